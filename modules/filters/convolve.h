// SPDX-License-Identifier: Apache-2.0
/// @file convolve.h
/// Convolution of a volume with a kernel along one axis: what all separable filters are made of.
#ifndef RADCOHORT_FILTERS_CONVOLVE_H
#define RADCOHORT_FILTERS_CONVOLVE_H

#include "base/arena.h"
#include "base/error.h"
#include "data/geometry.h"
#include "filters/boundary.h"

#include <stdbool.h>
#include <stdint.h>

/// Taps lie centred on the voxel: tap k reads the voxel step * (n / 2 - k) further on, so an even
/// number of taps is as if a zero followed them.
typedef struct rc_kernel {
  int64_t n;
  const double *tap;
  int64_t step; ///< voxels from tap to tap, 1 unless dilated
  bool flipped; ///< the kernel mirrored about its centre
  bool single;  ///< products and sums are rounded to single precision; so are taps and input
} rc_kernel;

/// How far a kernel reads, in voxels.
int64_t rc_kernel_reach(const rc_kernel *kernel);

/// The voxels of an axis of `size` that are needed so that those in [low, high) can be convolved:
/// [*from, *to), all of the axis where the reach of a periodic kernel leaves it.
void rc_kernel_needs(int64_t reach, rc_boundary boundary, int64_t size, int64_t low, int64_t high,
                     int64_t *from, int64_t *to);

/// out(v) = sum over k of tap[k] in(v + offset_k), in the order of k, for v in `box`. `in` and
/// `out` are [z][y][x] of `size` and do not overlap; other voxels of `out` are left alone. Parallel
/// over rows; the same bits for any number of threads and any box. Scratch comes from `arena` and
/// is given back.
rc_status rc_convolve(const rc_kernel *kernel, int axis, rc_boundary boundary,
                      const int64_t size[3], const rc_box *box, const double *in, double *out,
                      rc_arena *arena, rc_error *err);

#endif
