// SPDX-License-Identifier: Apache-2.0
/// @file arena.h
/// A growing bump allocator with a hard limit. Everything that lives as long as one case (or one
/// workflow, one plan) comes from one arena and is released at once. Not thread-safe: allocate
/// before a parallel region, or give each thread its own. Memory that was rewound is kept for later
/// use, 256 MiB of it at most.
#ifndef RADCOHORT_BASE_ARENA_H
#define RADCOHORT_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

typedef struct rc_arena rc_arena;

/// A point to rewind to; see rc_arena_mark.
typedef struct rc_arena_mark_s {
  void *block;
  size_t used;
  size_t total;
} rc_arena_mark;

/// `limit_bytes` bounds the sum of all live allocations; 0 means no limit. NULL if out of memory.
rc_arena *rc_arena_create(size_t limit_bytes);
void rc_arena_destroy(rc_arena *arena); ///< takes NULL

/// `count` items of `size` bytes, 64-byte aligned, zeroed. NULL on overflow, limit or no memory
/// (callers turn that into RC_ERR_MEMORY). count == 0 gives a valid, unusable pointer.
void *rc_arena_alloc(rc_arena *arena, size_t count, size_t size);
char *rc_arena_strdup(rc_arena *arena, const char *text);
char *rc_arena_printf(rc_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// Scratch use: mark, allocate, rewind. Rewinding frees everything allocated since the mark.
rc_arena_mark rc_arena_get_mark(const rc_arena *arena);
void rc_arena_rewind(rc_arena *arena, rc_arena_mark mark);

/// Bytes now handed out, and the most that ever were.
size_t rc_arena_used(const rc_arena *arena);
size_t rc_arena_peak(const rc_arena *arena);

#endif
