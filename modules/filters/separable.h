// SPDX-License-Identifier: Apache-2.0
/// @file separable.h
/// Filters that are products of one kernel along each axis, and their right-angle rotations, whose
/// responses are pooled (IBSI-2 section 3.3). Kernels along different axes commute, so products
/// that agree along z, or along z and y, share those passes: a whole filter bank, or all turns of
/// one filter, costs little more than its passes along x.
#ifndef RADCOHORT_FILTERS_SEPARABLE_H
#define RADCOHORT_FILTERS_SEPARABLE_H

#include "filters/convolve.h"
#include "filters/filter.h"
#include "filters/pooling.h"

enum { RC_SEPARABLE_STAGES = 8, RC_SEPARABLE_KERNELS = 3 };

/// What runs along one axis: convolutions one after another, the image continued before each.
typedef struct rc_axis_kernel {
  int64_t n_stages;
  rc_kernel stage[RC_SEPARABLE_STAGES];
} rc_axis_kernel;

/// One filter: the number of the kernel that runs along x, y and z.
typedef struct rc_product {
  int kernel[3];
} rc_product;

typedef struct rc_separable {
  int64_t n_axes; ///< 2: slice by slice in the xy plane; 3: volume
  int64_t n_kernels;
  rc_axis_kernel kernel[RC_SEPARABLE_KERNELS];
  bool rotations; ///< pool over the 4 (2-D) or 24 (3-D) right-angle rotations
  rc_pooling pooling;
  rc_boundary boundary;
} rc_separable;

/// What any product of the kernels, turned in any way, depends on.
rc_filter_support rc_separable_support(const rc_separable *filter);

/// The response of each product, given to `take` with its number, in any order. Turns that are
/// equal by symmetry are computed once: they occur equally often, so the mean over the different
/// ones is the mean over all. Scratch (at most five volumes) comes from `arena` and is given back.
rc_status rc_separable_run(const rc_separable *filter, const rc_product *product,
                           int64_t n_products, const rc_filter_image *image, rc_arena *arena,
                           rc_filter_take take, void *user, rc_error *err);

#endif
