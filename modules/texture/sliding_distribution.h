// SPDX-License-Identifier: Apache-2.0
/// @file sliding_distribution.h
/// The distributions of a window's intensities and grey levels (distribution.h), kept up as it
/// slides: the same as those of a region that is the cube.
#ifndef RADCOHORT_TEXTURE_SLIDING_DISTRIBUTION_H
#define RADCOHORT_TEXTURE_SLIDING_DISTRIBUTION_H

#include "texture/distribution.h"
#include "texture/window.h"
#include <stdbool.h>

/// Intensities, sorted: a plane that comes is sorted and merged, one that goes is taken out, each
/// in one pass. These fit an rc_sliding.
rc_status rc_sliding_values_create(const rc_window *window, rc_arena *arena, void **state,
                                   rc_error *err);
void rc_sliding_values_add(void *state, const rc_window *window);
void rc_sliding_values_remove(void *state, const rc_window *window);

/// Borrowed until the window moves; the window has a voxel. RC_ERR_NUMERIC: an intensity in it is
/// not finite.
rc_status rc_sliding_values_distribution(void *state, const rc_window *window, rc_distribution *out,
                                         rc_error *err);

/// Room for the distribution of levels, which the window counts itself.
typedef struct rc_sliding_levels {
  double *value;
  int64_t *count;
} rc_sliding_levels;

bool rc_sliding_levels_create(const rc_window *window, rc_arena *arena, rc_sliding_levels *out);
rc_distribution rc_sliding_levels_distribution(const rc_sliding_levels *levels,
                                               const rc_window *window);

#endif
