// SPDX-License-Identifier: Apache-2.0
#include "texture/tally.h"

#include <math.h>

rc_status rc_tally_shape_create(int32_t n_levels, const int32_t *grey, const int64_t *count,
                                int64_t max_size, rc_arena *arena, rc_tally_shape *out,
                                rc_error *err) {
  int64_t *base = rc_arena_alloc(arena, (size_t)n_levels + 2, sizeof *base);
  if (base == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a table of %d grey levels", (int)n_levels);
  rc_tally_shape shape = {.n_levels = n_levels, .grey = grey, .base = base};
  for (int32_t i = 1; i <= n_levels; i++) {
    int64_t width = count[i] < max_size ? count[i] : max_size;
    base[i] = shape.n_cells;
    shape.n_cells += width;
    shape.widest = width > shape.widest ? width : shape.widest;
  }
  base[n_levels + 1] = shape.n_cells;
  *out = shape;
  return RC_OK;
}

/// Sums over all cells of a table.
typedef struct tally_sums {
  double n;                ///< items
  double size;             ///< of sizes
  double grey;             ///< of grey levels
  double squares, n_log_n; ///< of count^2 and count log2 count
  double grey_squares;     ///< of squared row sums
  double size_squares;     ///< of squared column sums
  double emphasis[RC_TALLY_LARGE_HIGH + 1];
} tally_sums;

/// Counts of a table: whole numbers or, where n is NULL, weighted ones. Inlined into the two public
/// functions below, each of which leaves one of the pointers NULL.
typedef struct tally_cells {
  const uint32_t *n;
  const double *weighted;
} tally_cells;

static inline double log_at(const rc_tally_shape *shape, tally_cells cells, int64_t k) {
  return cells.n != NULL ? rc_log2_of(&shape->log, cells.n[k]) : log2(cells.weighted[k]);
}

static inline double count_at(tally_cells cells, int64_t k) {
  return cells.n != NULL ? cells.n[k] : cells.weighted[k];
}

/// Adds row i: cells for sizes 1, 2, ... at one grey level.
static inline void add_row(const rc_tally_shape *shape, tally_cells cells, int32_t i,
                           double *column, tally_sums *sums) {
  const int64_t first = shape->base[i], last = shape->base[i + 1];
  const double grey = shape->grey[i];
  double items = 0.0, small = 0.0, large = 0.0;
  for (int64_t k = first; k < last; k++) {
    double count = count_at(cells, k), size = (double)(k - first + 1);
    if (!(count > 0.0))
      continue;
    column[k - first + 1] += count;
    items += count;
    small += count / (size * size);
    large += count * (size * size);
    sums->size += count * size;
    sums->squares += count * count;
    sums->n_log_n += count * log_at(shape, cells, k);
  }
  const double grey2 = grey * grey, inverse = 1.0 / grey2;
  sums->n += items;
  sums->grey += grey * items;
  sums->grey_squares += items * items;
  double *emphasis = sums->emphasis;
  emphasis[RC_TALLY_SMALL] += small;
  emphasis[RC_TALLY_LARGE] += large;
  emphasis[RC_TALLY_LOW_GREY] += items * inverse;
  emphasis[RC_TALLY_HIGH_GREY] += items * grey2;
  emphasis[RC_TALLY_SMALL_LOW] += small * inverse;
  emphasis[RC_TALLY_SMALL_HIGH] += small * grey2;
  emphasis[RC_TALLY_LARGE_LOW] += large * inverse;
  emphasis[RC_TALLY_LARGE_HIGH] += large * grey2;
}

static inline double row_items(const rc_tally_shape *shape, tally_cells cells, int32_t i) {
  double items = 0.0;
  for (int64_t k = shape->base[i]; k < shape->base[i + 1]; k++)
    items += count_at(cells, k);
  return items;
}

static inline double grey_variance(const rc_tally_shape *shape, tally_cells cells,
                                   const tally_sums *sums) {
  double mean = sums->grey / sums->n, variance = 0.0;
  for (int32_t i = 1; i <= shape->n_levels; i++) {
    double d = shape->grey[i] - mean;
    variance += d * d * row_items(shape, cells, i);
  }
  return variance / sums->n;
}

/// Size variance and squared column sums; leaves the columns zero.
static double finish_columns(int64_t widest, double *column, tally_sums *sums) {
  double mean = sums->size / sums->n, variance = 0.0;
  for (int64_t size = 1; size <= widest; size++) {
    if (!(column[size] > 0.0))
      continue;
    double items = column[size], d = (double)size - mean;
    variance += d * d * items;
    sums->size_squares += items * items;
    column[size] = 0.0;
  }
  return variance / sums->n;
}

static inline void features(const rc_tally_shape *shape, tally_cells cells, double n_voxels,
                            double *column, int64_t n_features, double *value) {
  tally_sums sums = {0};
  for (int32_t i = 1; i <= shape->n_levels; i++)
    add_row(shape, cells, i, column, &sums);
  if (!(sums.n > 0.0)) {
    for (int64_t f = 0; f < n_features; f++)
      value[f] = NAN;
    return;
  }
  double all[RC_TALLY_COUNT];
  for (int f = 0; f <= RC_TALLY_LARGE_HIGH; f++)
    all[f] = sums.emphasis[f] / sums.n;
  all[RC_TALLY_GREY_VARIANCE] = grey_variance(shape, cells, &sums);
  all[RC_TALLY_SIZE_VARIANCE] = finish_columns(shape->widest, column, &sums);
  all[RC_TALLY_GREY_NU] = sums.grey_squares / sums.n;
  all[RC_TALLY_GREY_NU_NORM] = sums.grey_squares / (sums.n * sums.n);
  all[RC_TALLY_SIZE_NU] = sums.size_squares / sums.n;
  all[RC_TALLY_SIZE_NU_NORM] = sums.size_squares / (sums.n * sums.n);
  all[RC_TALLY_PERCENTAGE] = sums.n / n_voxels;
  all[RC_TALLY_ENTROPY] = fmax(log2(sums.n) - sums.n_log_n / sums.n, 0.0);
  all[RC_TALLY_ENERGY] = sums.squares / (sums.n * sums.n);
  for (int64_t f = 0; f < n_features; f++)
    value[f] = all[f];
}

void rc_tally_features(const rc_tally_shape *shape, const uint32_t *cell, double n_voxels,
                       double *column, int64_t n_features, double *value) {
  features(shape, (tally_cells){cell, NULL}, n_voxels, column, n_features, value);
}

void rc_tally_weighted(const rc_tally_shape *shape, const double *cell, double n_voxels,
                       double *column, int64_t n_features, double *value) {
  features(shape, (tally_cells){NULL, cell}, n_voxels, column, n_features, value);
}
