// SPDX-License-Identifier: Apache-2.0
/// @file sliding_pairs.h
/// Symmetric co-occurrence matrices of a window (window.h) at distance 1, one for each of the 13
/// directions or their sum or both, kept up as it slides: the pairs of a plane that comes are
/// counted, those of a plane that goes are taken away.
#ifndef RADCOHORT_TEXTURE_SLIDING_PAIRS_H
#define RADCOHORT_TEXTURE_SLIDING_PAIRS_H

#include "texture/level_grid.h"
#include "texture/window.h"

typedef struct rc_sliding_pairs {
  bool each, sum; ///< the directions' own tables; their sum, which is the last table
  int64_t n_tables;
  int32_t n_levels; ///< of the region
  int64_t words;    ///< of 64 bits, in a row of `bit`
  uint32_t *pair;   ///< [n_tables][n_levels + 1][n_levels + 1]: both ways, by the region's levels
  uint64_t *bit;    ///< [n_tables][n_levels + 1][words]: which are not zero
} rc_sliding_pairs;

/// With more levels the tables would not be worth their memory (14 of 256 KiB).
#define RC_SLIDING_PAIRS_MAX_LEVELS 256

rc_status rc_sliding_pairs_create(const rc_window *window, bool each, bool sum, rc_arena *arena,
                                  rc_sliding_pairs *out, rc_error *err);
void rc_sliding_pairs_add(rc_sliding_pairs *pairs, const rc_window *window);
void rc_sliding_pairs_remove(rc_sliding_pairs *pairs, const rc_window *window);

/// The columns that are not zero of a row, from column `from` on, ascending: 64 at a time. Use:
/// for (rc_pair_columns c = rc_pair_columns_of(p, t, i, from); rc_pair_columns_next(&c);) c.column
typedef struct rc_pair_columns {
  const uint64_t *bit;
  int64_t word, words;
  uint64_t left;
  int32_t column;
} rc_pair_columns;

static inline rc_pair_columns rc_pair_columns_of(const rc_sliding_pairs *pairs, int64_t table,
                                                 int32_t row, int32_t from) {
  const uint64_t *bit = pairs->bit + (table * (pairs->n_levels + 1) + row) * pairs->words;
  return (rc_pair_columns){bit, from / 64, pairs->words,
                           bit[from / 64] & ~UINT64_C(0) << (from % 64), 0};
}

static inline bool rc_pair_columns_next(rc_pair_columns *c) {
  while (c->left == 0) {
    if (++c->word >= c->words)
      return false;
    c->left = c->bit[c->word];
  }
  c->column = (int32_t)(64 * c->word + __builtin_ctzll(c->left));
  c->left &= c->left - 1;
  return true;
}

static inline const uint32_t *rc_sliding_pairs_row(const rc_sliding_pairs *pairs, int64_t table,
                                                   int32_t row) {
  const int64_t side = pairs->n_levels + 1;
  return pairs->pair + (table * side + row) * side;
}

#endif
