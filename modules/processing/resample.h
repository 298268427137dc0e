// SPDX-License-Identifier: Apache-2.0
/// @file resample.h
/// Interpolation onto a regular grid aligned with the original at the centres (IBSI-1 section 2.4,
/// alignment 3WE3), axis by axis.
///
/// Every new sample is a fixed weighted sum of original samples: one for nearest, two for linear
/// and up to 60 for the interpolating cubic B-spline, whose recursive prefilter and basis are
/// folded into one set of weights that decay as 0.268^distance and end below 1e-16. A sample
/// therefore has the same bits however little of the image around it is computed. Beyond the
/// image its outermost samples repeat, as IBSI recommends.
#ifndef RADCOHORT_PROCESSING_RESAMPLE_H
#define RADCOHORT_PROCESSING_RESAMPLE_H

#include "base/arena.h"
#include "base/error.h"
#include "data/geometry.h"
#include <stdbool.h>

/// How one axis of the new grid lies on the old one.
typedef struct rc_axis_map {
  int64_t n_in, n_out;
  double step;   ///< new spacing in old voxels
  bool identity; ///< the axis keeps its samples
} rc_axis_map;

/// n_out = ceil(n_in * spacing_in / spacing_out); spacings equal to 1e-6 keep the axis. The ceiling
/// ignores an excess below 1e-6 of the extent, which is what single-precision spacings leave.
rc_status rc_axis_map_make(int64_t n_in, double spacing_in, double spacing_out, rc_axis_map *out,
                           rc_error *err);

/// Position of new sample `j` in old voxel indices. Within 1e-9 of a voxel's centre or edge it is
/// exactly there.
double rc_axis_position(const rc_axis_map *map, int64_t j);

/// New samples within `reach` old voxels of the old range [low, high): a half-open range clipped to
/// the new axis.
void rc_axis_cover(const rc_axis_map *map, int64_t low, int64_t high, double reach,
                   int64_t *new_low, int64_t *new_high);

/// Old samples [low, high) that the new samples [new_low, new_high) are made of by `method`
/// (rc_interpolation_method).
void rc_axis_support(const rc_axis_map *map, int method, int64_t new_low, int64_t new_high,
                     int64_t *low, int64_t *high);

/// Samples `box` of the new grid from `in`, which holds the box `held` of the old grid (a superset
/// of the support; x fastest, doubles). `out` has the size of `box`. Parallel over lines; the
/// result does not depend on the number of threads. Scratch comes from `arena` and is rewound.
rc_status rc_resample(const double *in, const rc_box *held, const rc_axis_map map[3], int method,
                      const rc_box *box, rc_arena *arena, double *out, rc_error *err);

#endif
