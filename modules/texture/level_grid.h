// SPDX-License-Identifier: Apache-2.0
/// @file level_grid.h
/// The grey levels of a region as the texture kernels want them: cut to the bounding box of the
/// intensity mask, with a margin of zeros on every side so that neighbours need no bounds checks,
/// and numbered 1..n without gaps.
#ifndef RADCOHORT_TEXTURE_LEVEL_GRID_H
#define RADCOHORT_TEXTURE_LEVEL_GRID_H

#include "texture/contract.h"

/// Directions of the 26-neighbourhood, one of each opposite pair; all point to a higher index.
enum { RC_DIRECTIONS_2D = 4, RC_DIRECTIONS_3D = 13 };

typedef enum rc_level_numbering {
  RC_LEVELS_COMPACT, ///< level[] holds 1..n_levels, grey levels that do not occur are left out
  RC_LEVELS_GREY     ///< level[] holds the grey levels themselves
} rc_level_numbering;

/// Arrays live in the caller's arena. "Compact" levels count the grey levels that occur.
typedef struct rc_level_grid {
  int64_t size[3];         ///< voxels by axis, margins included; each <= 65535
  int64_t step[3];         ///< distance in memory between neighbours along x, y, z
  int64_t margin;          ///< voxels of zeros on every side
  int64_t low[3];          ///< index in the region's own grid of this grid's voxel (0, 0, 0)
  const uint16_t *level;   ///< [size[0] * size[1] * size[2]], x fastest; 0 outside the mask
  const uint16_t *first;   ///< [size[1] * size[2]]: x of the first voxel of each row
  const uint16_t *last;    ///< one past the last; first == last where a row is empty
  int64_t n_voxels;        ///< voxels in the mask
  const int64_t *n_slice;  ///< [size[2]]: voxels of each slice
  int32_t n_levels;        ///< grey levels that occur
  int32_t max_level;       ///< highest grey level that occurs
  int32_t n_greys;         ///< N_g of IBSI-1, roi->texture.n_levels: in a part of a region, the
                           ///< region's; >= max_level
  const int32_t *grey;     ///< [n_levels + 1]: grey level of a compact one
  const int64_t *count;    ///< [n_levels + 1]: voxels of a compact level
  const uint16_t *compact; ///< [max_level + 1]: compact level of a grey level
} rc_level_grid;

/// Cuts roi->texture. An empty mask is no error: n_voxels is 0 then and the arrays are not set.
/// RC_ERR_LIMIT: an axis longer than 65535 voxels, or so many voxels that counts may overflow.
rc_status rc_level_grid_create(const rc_roi *roi, int64_t margin, rc_level_numbering numbering,
                               rc_arena *arena, rc_level_grid *out, rc_error *err);

/// Memory offsets of the directions at Chebyshev distance `distance` (<= margin): the first
/// RC_DIRECTIONS_2D lie in the slice.
void rc_level_grid_directions(const rc_level_grid *grid, int64_t distance,
                              int64_t offset[RC_DIRECTIONS_3D]);

/// Steps along x, y, z of the directions, in the same order.
extern const int rc_direction[RC_DIRECTIONS_3D][3];

/// Where the values of one aggregation go in a family's output; NULL when it was not asked for.
double *rc_output_row(const rc_family_output *out, uint32_t aggregations,
                      rc_aggregation aggregation, int64_t n_features);

/// Rows of features that an aggregation is to be the mean of, NaN at first; NULL when it was not
/// asked for.
rc_status rc_feature_rows(uint32_t aggregations, rc_aggregation aggregation, int64_t n_rows,
                          int64_t n_features, rc_arena *arena, double **out, rc_error *err);

/// Means over matrices, as the averaging aggregations ask for: row[n_rows][n_features], rows whose
/// first value is NaN (empty matrices) are left out; added in order of rows. All NaN gives NaN.
void rc_mean_of_rows(const double *row, int64_t n_rows, int64_t n_features, double *mean);

/// How many threads a region is worth when each needs that much scratch: no more than OpenMP
/// offers or slices there are, and all their scratch together, but for one, is below 16 bytes a
/// voxel of the mask. Results must not depend on it.
int rc_level_grid_threads(const rc_level_grid *grid, size_t bytes_per_thread);

/// Reason given for NaN when no voxel is left in the intensity mask.
extern const char rc_reason_empty_mask[];

#endif
