// SPDX-License-Identifier: Apache-2.0
/// @file glrlm.h
/// Run length matrices of single directions, beyond what the aggregations of rc_family_glrlm ask
/// for. Features are RC_TALLY_SHARED ones in the order of rc_tally_feature; directions are the
/// first n of rc_direction, RC_DIRECTIONS_2D or RC_DIRECTIONS_3D of them.
#ifndef RADCOHORT_TEXTURE_GLRLM_H
#define RADCOHORT_TEXTURE_GLRLM_H

#include "texture/level_grid.h"

/// Features of each direction's matrix, row[n][RC_TALLY_SHARED]. The grid has compact levels.
rc_status rc_glrlm_rows(const rc_level_grid *grid, int n, rc_arena *arena, double *row,
                        rc_error *err);

/// Features of the sum of the matrices, each times its weight (>= 0), value[RC_TALLY_SHARED]; NaN
/// when all weights are 0.
rc_status rc_glrlm_weighted(const rc_level_grid *grid, int n, const double *weight, rc_arena *arena,
                            double *value, rc_error *err);

#endif
