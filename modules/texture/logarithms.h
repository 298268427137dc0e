// SPDX-License-Identifier: Apache-2.0
/// @file logarithms.h
/// log2 of counts, from a table where it reaches: for kernels that take many logarithms of small
/// whole numbers. The table holds what log2 says, so it changes no bit.
#ifndef RADCOHORT_TEXTURE_LOGARITHMS_H
#define RADCOHORT_TEXTURE_LOGARITHMS_H

#include "base/arena.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/// Most counts in the cubes of maps are below.
#define RC_LOGARITHMS_OF_CUBES 4096

typedef struct rc_logarithms {
  int64_t n;           ///< 0: no table
  const double *value; ///< [n]
} rc_logarithms;

static inline bool rc_logarithms_create(int64_t n, rc_arena *arena, rc_logarithms *out) {
  double *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  for (int64_t k = 0; value != NULL && k < n; k++)
    value[k] = log2((double)k);
  *out = (rc_logarithms){n, value};
  return value != NULL;
}

static inline double rc_log2_of(const rc_logarithms *table, int64_t count) {
  return count < table->n ? table->value[count] : log2((double)count);
}

#endif
