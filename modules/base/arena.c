// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define SMALL_BLOCK ((size_t)64 << 10)
#define LARGE_BLOCK ((size_t)1 << 20)

/// Blocks from this size on come from the kernel, in huge pages if it has them: a page fault for
/// every 4 kB would cost as much as many a computation on them. Not under the address sanitizer,
/// which knows the ends of malloc's blocks only.
///
/// Released blocks are kept for the next use, up to MAX_SPARE bytes: new memory has to be cleared
/// by the kernel.
#define HUGE_PAGE ((size_t)2 << 20)
#if defined(__SANITIZE_ADDRESS__)
#define MAPPED_BLOCK SIZE_MAX
#define MAX_SPARE 0
#else
#define MAPPED_BLOCK (2 * HUGE_PAGE)
#define MAX_SPARE ((size_t)256 << 20)
#endif

/// Blocks form a stack; only the top one is allocated from.
typedef struct block {
  struct block *below;
  void *memory;  ///< where the block is to be released
  size_t mapped; ///< bytes of memory to unmap; 0: from malloc
  size_t capacity;
  size_t used;
  size_t clean;         ///< bytes from here on have never been used and are zero
  unsigned char *bytes; ///< aligned, behind this header
} block;

struct rc_arena {
  block *top;
  block *spare; ///< latest first
  size_t limit;
  size_t total; ///< bytes handed out, with padding
  size_t peak;
};

rc_arena *rc_arena_create(size_t limit_bytes) {
  rc_arena *arena = calloc(1, sizeof *arena);
  if (arena != NULL)
    arena->limit = limit_bytes;
  return arena;
}

static void release(block *b) {
  if (b->mapped > 0)
    munmap(b->memory, b->mapped);
  else
    free(b->memory);
}

static void release_all(block *b) {
  while (b != NULL) {
    block *below = b->below;
    release(b);
    b = below;
  }
}

void rc_arena_destroy(rc_arena *arena) {
  if (arena == NULL)
    return;
  release_all(arena->top);
  release_all(arena->spare);
  free(arena);
}

/// Moves the top block to the spare ones, the oldest of which go if they become too many.
static void pop_block(rc_arena *arena) {
  block *b = arena->top;
  arena->top = b->below;
  b->below = arena->spare;
  arena->spare = b;
  size_t kept = 0;
  for (block **at = &arena->spare; *at != NULL; at = &(*at)->below) {
    kept += (*at)->capacity;
    if (kept <= MAX_SPARE)
      continue;
    release_all(*at);
    *at = NULL;
    break;
  }
}

/// Takes the smallest spare block that is large enough, but not much too large; NULL: none is.
static block *take_spare(rc_arena *arena, size_t capacity) {
  block **best = NULL;
  for (block **at = &arena->spare; *at != NULL; at = &(*at)->below)
    if ((*at)->capacity >= capacity && (*at)->capacity / 4 <= capacity &&
        (best == NULL || (*at)->capacity < (*best)->capacity))
      best = at;
  if (best == NULL)
    return NULL;
  block *taken = *best;
  *best = taken->below;
  taken->used = 0;
  return taken;
}

/// Releases spare blocks that are too small, so that a new one of that capacity does not add to the
/// memory held.
static void make_way(rc_arena *arena, size_t capacity) {
  size_t released = 0;
  for (block **at = &arena->spare; *at != NULL && released < capacity;) {
    block *b = *at;
    if (b->capacity >= capacity) {
      at = &b->below;
      continue;
    }
    released += b->capacity;
    *at = b->below;
    release(b);
  }
}

/// The first multiple of `step` from `address` on.
static unsigned char *align(unsigned char *address, size_t step) {
  return address + (step - (uintptr_t)address % step) % step;
}

static block *map_block(size_t capacity) {
  const size_t bytes = sizeof(block) + ALIGNMENT + capacity + HUGE_PAGE;
  unsigned char *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return NULL;
  block *fresh = (block *)align(memory, HUGE_PAGE);
  madvise(fresh, bytes - (size_t)((unsigned char *)fresh - memory), MADV_HUGEPAGE); // or not
  *fresh = (block){.memory = memory, .mapped = bytes, .capacity = capacity};
  return fresh;
}

static block *malloc_block(size_t capacity) {
  block *fresh = malloc(sizeof(block) + ALIGNMENT + capacity);
  if (fresh != NULL)
    *fresh = (block){.memory = fresh, .capacity = capacity, .clean = capacity};
  return fresh;
}

static bool push_block(rc_arena *arena, size_t bytes) {
  size_t usual = arena->top == NULL ? SMALL_BLOCK : LARGE_BLOCK;
  size_t capacity = bytes > usual ? bytes : usual;
  if (capacity > SIZE_MAX - sizeof(block) - ALIGNMENT - HUGE_PAGE)
    return false;
  block *fresh = take_spare(arena, capacity);
  if (fresh == NULL) {
    make_way(arena, capacity);
    fresh = capacity >= MAPPED_BLOCK ? map_block(capacity) : malloc_block(capacity);
  }
  if (fresh == NULL)
    return false;
  fresh->bytes = align((unsigned char *)(fresh + 1), ALIGNMENT);
  fresh->below = arena->top;
  arena->top = fresh;
  return true;
}

/// Zeroed bytes, rounded up to the alignment.
static void *take(rc_arena *arena, size_t bytes) {
  if (bytes > SIZE_MAX - ALIGNMENT)
    return NULL;
  size_t rounded = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  if (rounded == 0)
    rounded = ALIGNMENT;
  if (arena->limit != 0 && (arena->total > arena->limit || rounded > arena->limit - arena->total))
    return NULL;
  if (arena->top == NULL || rounded > arena->top->capacity - arena->top->used)
    if (!push_block(arena, rounded))
      return NULL;
  block *top = arena->top;
  unsigned char *result = top->bytes + top->used;
  if (top->used < top->clean)
    memset(result, 0, top->clean - top->used < rounded ? top->clean - top->used : rounded);
  top->used += rounded;
  top->clean = top->used > top->clean ? top->used : top->clean;
  arena->total += rounded;
  if (arena->total > arena->peak)
    arena->peak = arena->total;
  return result;
}

void *rc_arena_alloc(rc_arena *arena, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size)
    return NULL;
  return take(arena, count * size);
}

char *rc_arena_strdup(rc_arena *arena, const char *text) {
  size_t n = strlen(text) + 1;
  char *copy = rc_arena_alloc(arena, n, 1);
  if (copy != NULL)
    memcpy(copy, text, n);
  return copy;
}

char *rc_arena_printf(rc_arena *arena, const char *format, ...) {
  va_list first, second;
  va_start(first, format);
  va_copy(second, first);
  int n = vsnprintf(NULL, 0, format, first);
  va_end(first);
  char *text = n < 0 ? NULL : rc_arena_alloc(arena, (size_t)n + 1, 1);
  if (text != NULL)
    vsnprintf(text, (size_t)n + 1, format, second);
  va_end(second);
  return text;
}

rc_arena_mark rc_arena_get_mark(const rc_arena *arena) {
  rc_arena_mark mark = {arena->top, arena->top == NULL ? 0 : arena->top->used, arena->total};
  return mark;
}

void rc_arena_rewind(rc_arena *arena, rc_arena_mark mark) {
  while (arena->top != mark.block)
    pop_block(arena);
  if (arena->top != NULL)
    arena->top->used = mark.used;
  arena->total = mark.total;
}

size_t rc_arena_used(const rc_arena *arena) {
  return arena->total;
}

size_t rc_arena_peak(const rc_arena *arena) {
  return arena->peak;
}
