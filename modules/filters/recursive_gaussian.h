// SPDX-License-Identifier: Apache-2.0
/// @file recursive_gaussian.h
/// A Gaussian, or its second derivative, along one axis by recursion: R. Deriche, Recursively
/// implementing the Gaussian and its derivatives, INRIA report 1893 (1993), normalised as in
/// G. Farnebäck and C.-F. Westin, Improving Deriche-style recursive Gaussian filters, J. Math.
/// Imaging Vis. 26 (2006) 293-299. The filter, its start at the edges and the order of its sums are
/// those of ITK's RecursiveGaussianImageFilter, down to the last bit.
#ifndef RADCOHORT_FILTERS_RECURSIVE_GAUSSIAN_H
#define RADCOHORT_FILTERS_RECURSIVE_GAUSSIAN_H

#include "base/arena.h"
#include "base/error.h"
#include "data/geometry.h"

/// An axis must have so many voxels.
enum { RC_RECURSIVE_MIN_SIZE = 4 };

/// y(i) = forward(i) + backward(i), with coefficients that weigh, newest first,
///   forward(i)  = sum of in[k]  x(i - k)     - sum of past[k] forward(i - 1 - k)
///   backward(i) = sum of out[k] x(i + 1 + k) - sum of past[k] backward(i + 1 + k)
/// The image goes on beyond an edge with its last voxel, which `in_edge` and `out_edge` bring in
/// for the terms of `past` that lie there.
typedef struct rc_recursive {
  double in[4], out[4], past[4], in_edge[4], out_edge[4];
} rc_recursive;

/// order 0: the Gaussian of `sigma` (as spacing, in mm); 2: its second derivative per voxel width
/// squared, times sigma^2.
rc_recursive rc_recursive_gaussian(double sigma, double spacing, int order);

/// Filters the lines of `in` ([z][y][x] of `size`) along `axis` that cross `box` and writes the
/// voxels of `box` to `out`, in single precision. `in` is in_single, or when that is NULL
/// in_double; `out` may be in_single. Lines are read from edge to edge. Parallel over lines, the
/// same bits for any number of threads. Scratch comes from `arena` and is given back.
rc_status rc_recursive_run(const rc_recursive *filter, int axis, const int64_t size[3],
                           const rc_box *box, const double *in_double, const float *in_single,
                           float *out, rc_arena *arena, rc_error *err);

#endif
