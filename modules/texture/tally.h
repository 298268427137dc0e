// SPDX-License-Identifier: Apache-2.0
/// @file tally.h
/// Counts by grey level and size: what run length, size zone, distance zone and dependence
/// matrices have in common, and the features that IBSI-1 defines alike on all four.
///
/// A grey level with few voxels cannot have a large size, so its row is short: the table is jagged
/// and never larger than the region, however many levels and sizes there are.
#ifndef RADCOHORT_TEXTURE_TALLY_H
#define RADCOHORT_TEXTURE_TALLY_H

#include "texture/level_grid.h"
#include "texture/logarithms.h"

/// The features in the order every family lists them.
typedef enum rc_tally_feature {
  RC_TALLY_SMALL,                    ///< small size emphasis
  RC_TALLY_LARGE,                    ///< large size emphasis
  RC_TALLY_LOW_GREY,                 ///< low grey level emphasis
  RC_TALLY_HIGH_GREY,                ///< high grey level emphasis
  RC_TALLY_SMALL_LOW,                ///< small size, low grey level
  RC_TALLY_SMALL_HIGH,               ///< small size, high grey level
  RC_TALLY_LARGE_LOW,                ///< large size, low grey level
  RC_TALLY_LARGE_HIGH,               ///< large size, high grey level
  RC_TALLY_GREY_NU,                  ///< grey level non-uniformity
  RC_TALLY_GREY_NU_NORM,             ///< normalised
  RC_TALLY_SIZE_NU,                  ///< size non-uniformity
  RC_TALLY_SIZE_NU_NORM,             ///< normalised
  RC_TALLY_PERCENTAGE,               ///< counted items per voxel
  RC_TALLY_GREY_VARIANCE,            ///< grey level variance
  RC_TALLY_SIZE_VARIANCE,            ///< size variance
  RC_TALLY_ENTROPY,                  ///< entropy
  RC_TALLY_SHARED,                   ///< how many all four families have
  RC_TALLY_ENERGY = RC_TALLY_SHARED, ///< energy; NGLDM only
  RC_TALLY_COUNT
} rc_tally_feature;

/// The shape of a table; tables of one shape can be added cell by cell.
typedef struct rc_tally_shape {
  int32_t n_levels;
  const int32_t *grey; ///< [n_levels + 1]
  /// [n_levels + 2]: compact level i has cells base[i] .. base[i + 1] - 1, for sizes 1, 2, ...
  const int64_t *base;
  int64_t n_cells;
  int64_t widest;    ///< largest size any level can have
  rc_logarithms log; ///< of counts; may be empty
} rc_tally_shape;

/// Level i gets min(count[i], max_size) cells. count[1..n_levels]; borrowed grey.
rc_status rc_tally_shape_create(int32_t n_levels, const int32_t *grey, const int64_t *count,
                                int64_t max_size, rc_arena *arena, rc_tally_shape *out,
                                rc_error *err);

/// The first `n_features` of rc_tally_feature from the counts cell[n_cells]; `n_voxels` is what
/// the percentage divides by; `column` is scratch, [widest + 1], zero before and after. All values
/// are NaN when nothing was counted. Cells are visited in order, so equal counts give equal bits.
void rc_tally_features(const rc_tally_shape *shape, const uint32_t *cell, double n_voxels,
                       double *column, int64_t n_features, double *value);

/// The same of weighted counts, none negative.
void rc_tally_weighted(const rc_tally_shape *shape, const double *cell, double n_voxels,
                       double *column, int64_t n_features, double *value);

#endif
