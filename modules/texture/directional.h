// SPDX-License-Identifier: Apache-2.0
/// @file directional.h
/// Which matrices the aggregations of a family with directions ask for (co-occurrence and run
/// length, IBSI-1 sections 3.6 and 3.7), where their features go, and the means over them.
#ifndef RADCOHORT_TEXTURE_DIRECTIONAL_H
#define RADCOHORT_TEXTURE_DIRECTIONAL_H

#include "texture/level_grid.h"

/// Rows of n_features doubles, NaN at first, to be filled for each matrix that is not empty; NULL
/// where not asked for.
typedef struct rc_directional {
  int64_t n_features;
  int64_t n_slices;
  double *slice_avg;  ///< [n_slices * 4]: each slice and direction (2D_avg)
  double *slice_comb; ///< [n_slices]: each slice (2D_comb)
  double *flat_avg;   ///< [4]: each direction, slices merged (2_5D_avg)
  double *flat_comb;  ///< [1]: slices and directions merged (2_5D_comb)
  double *solid_avg;  ///< [13]: each direction (3D_avg)
  double *solid_comb; ///< [1]: directions merged (3D_comb)
} rc_directional;

rc_status rc_directional_create(const rc_level_grid *grid, uint32_t aggregations,
                                int64_t n_features, rc_arena *arena, rc_directional *out,
                                rc_error *err);

/// Are features of single slices, or of 3-D matrices, asked for?
bool rc_directional_by_slice(const rc_directional *wanted);
bool rc_directional_solid(const rc_directional *wanted);

/// Where the features of slice z go: the four directions, or their sum. NULL if not asked for.
double *rc_directional_slice_avg(const rc_directional *wanted, int64_t z);
double *rc_directional_slice_comb(const rc_directional *wanted, int64_t z);

/// Writes the mean of each aggregation. When one had no matrix that is not empty, its values are
/// NaN and the reason is `undefined`.
void rc_directional_finish(const rc_directional *wanted, uint32_t aggregations,
                           const char *undefined, rc_family_output *out);

#endif
