// SPDX-License-Identifier: Apache-2.0
/// @file convolve_pair.h
/// Convolution along one axis with two symmetric kernels at a time. Voxels at the same distance on
/// either side are added before they are weighted, and that sum serves both kernels.
#ifndef RADCOHORT_FILTERS_CONVOLVE_PAIR_H
#define RADCOHORT_FILTERS_CONVOLVE_PAIR_H

#include "base/arena.h"
#include "base/error.h"
#include "data/geometry.h"
#include "filters/boundary.h"

#include <stdint.h>

/// Kernels a and b of 2 * reach + 1 taps; a[k] weighs the voxels k to either side.
typedef struct rc_kernel_pair {
  int64_t reach;
  const double *a, *b; ///< [reach + 1]
} rc_kernel_pair;

/// In `box`: out[0] = a * in[0] and out[1] = b * in[0] + a * in[1]. in[1] may be NULL (no second
/// term), and so may out[0] where in[1] is given. Volumes are [z][y][x] of `size` and do not
/// overlap; other voxels of `out` are left alone. Sums begin in the centre. Parallel over rows; the
/// same bits for any number of threads and any box. Scratch comes from `arena` and is given back.
rc_status rc_convolve_pair(const rc_kernel_pair *kernels, int axis, rc_boundary boundary,
                           const int64_t size[3], const rc_box *box, const double *const in[2],
                           double *const out[2], rc_arena *arena, rc_error *err);

#endif
