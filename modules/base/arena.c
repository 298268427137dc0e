// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64
#define SMALL_BLOCK ((size_t)64 << 10)
#define LARGE_BLOCK ((size_t)1 << 20)

/// Blocks form a stack; only the top one is allocated from.
typedef struct block {
  struct block *below;
  size_t capacity;
  size_t used;
  unsigned char *bytes; ///< aligned, inside `memory`
  unsigned char memory[];
} block;

struct rc_arena {
  block *top;
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

void rc_arena_destroy(rc_arena *arena) {
  if (arena == NULL)
    return;
  while (arena->top != NULL) {
    block *below = arena->top->below;
    free(arena->top);
    arena->top = below;
  }
  free(arena);
}

static bool push_block(rc_arena *arena, size_t bytes) {
  size_t usual = arena->top == NULL ? SMALL_BLOCK : LARGE_BLOCK;
  size_t capacity = bytes > usual ? bytes : usual;
  if (capacity > SIZE_MAX - sizeof(block) - ALIGNMENT)
    return false;
  block *fresh = malloc(sizeof(block) + capacity + ALIGNMENT);
  if (fresh == NULL)
    return false;
  uintptr_t start = ((uintptr_t)fresh->memory + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
  fresh->bytes = (unsigned char *)start;
  fresh->capacity = capacity;
  fresh->used = 0;
  fresh->below = arena->top;
  arena->top = fresh;
  return true;
}

/// Uninitialised bytes, rounded up to the alignment.
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
  void *result = arena->top->bytes + arena->top->used;
  arena->top->used += rounded;
  arena->total += rounded;
  if (arena->total > arena->peak)
    arena->peak = arena->total;
  return result;
}

void *rc_arena_alloc(rc_arena *arena, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size)
    return NULL;
  void *result = take(arena, count * size);
  if (result != NULL)
    memset(result, 0, count * size);
  return result;
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
  while (arena->top != mark.block) {
    block *below = arena->top->below;
    free(arena->top);
    arena->top = below;
  }
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
