// SPDX-License-Identifier: Apache-2.0
/// @file glrlm.h
/// Run length matrices of single directions, beyond what the aggregations of rc_family_glrlm ask
/// for. Features are RC_TALLY_SHARED ones in the order of rc_tally_feature; directions are the
/// first n of rc_direction, RC_DIRECTIONS_2D or RC_DIRECTIONS_3D of them.
#ifndef RADCOHORT_TEXTURE_GLRLM_H
#define RADCOHORT_TEXTURE_GLRLM_H

#include "texture/level_grid.h"
#include "texture/window.h"

/// Features of each direction's matrix, row[n][RC_TALLY_SHARED]. The grid has compact levels.
rc_status rc_glrlm_rows(const rc_level_grid *grid, int n, rc_arena *arena, double *row,
                        rc_error *err);

/// Features of the sum of the matrices, each times its weight (>= 0), value[RC_TALLY_SHARED]; NaN
/// when all weights are 0.
rc_status rc_glrlm_weighted(const rc_level_grid *grid, int n, const double *weight, rc_arena *arena,
                            double *value, rc_error *err);

/// The matrices of a window that slides. A run that a plane cuts is shortened, one that a plane
/// goes on with is lengthened. These fit an rc_sliding; *state stays NULL where the region has so
/// many levels that the tables are not worth their memory.
rc_status rc_glrlm_follow(const rc_window *window, rc_arena *arena, void **state, rc_error *err);
void rc_glrlm_add(void *state, const rc_window *window);
void rc_glrlm_remove(void *state, const rc_window *window);

/// Features of direction d, or of the sum of all 13 where d is RC_DIRECTIONS_3D.
void rc_glrlm_followed(void *state, const rc_window *window, int d, double value[]);

#endif
