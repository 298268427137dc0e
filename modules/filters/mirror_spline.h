// SPDX-License-Identifier: Apache-2.0
/// @file mirror_spline.h
/// Cubic B-splines through an image that is mirrored about its outermost voxels, as in SciPy's
/// ndimage: P. Thévenaz, T. Blu, M. Unser, Interpolation revisited, IEEE TMI 19 (2000) 739-758.
#ifndef RADCOHORT_FILTERS_MIRROR_SPLINE_H
#define RADCOHORT_FILTERS_MIRROR_SPLINE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

/// Turns the voxels [z][y][x] of `size` into spline coefficients, in place. Parallel over lines,
/// the same bits for any number of threads. Scratch comes from `arena` and is given back.
rc_status rc_mirror_spline(const int64_t size[3], double *value, rc_arena *arena, rc_error *err);

/// Weights of the coefficients floor(at) - 1 ... floor(at) + 2 at a point.
void rc_mirror_spline_weights(double at, double weight[4]);

/// The coefficient of an axis of n that stands at position `at`, however far outside.
int64_t rc_mirror_spline_index(int64_t n, int64_t at);

#endif
