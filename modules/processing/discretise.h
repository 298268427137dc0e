// SPDX-License-Identifier: Apache-2.0
/// @file discretise.h
/// The steps after interpolation: which voxels stay in the intensity mask, and their grey levels.
#ifndef RADCOHORT_PROCESSING_DISCRETISE_H
#define RADCOHORT_PROCESSING_DISCRETISE_H

#include "processing/processing.h"

/// Mean, population standard deviation and extremes of the intensities under a mask; NaN when it is
/// empty. Sums run in voxel order.
typedef struct rc_intensity_summary {
  int64_t n;
  double mean, sd, low, high;
} rc_intensity_summary;

rc_intensity_summary rc_intensity_summarise(const double *intensity, const uint8_t *mask,
                                            int64_t n);

/// Takes voxels out of `mask` (IBSI-1 section 2.5) and returns how many are left.
int64_t rc_resegment(const rc_resegmentation_settings *settings, const double *intensity,
                     uint8_t *mask, int64_t n);

/// Grey levels of the voxels under `mask` (IBSI-1 section 2.7). `range` is that of re-segmentation.
/// RC_ERR_LIMIT: a level above 65535.
rc_status rc_discretise(const rc_discretisation_settings *settings, const rc_reals *range,
                        const double *intensity, const uint8_t *mask, int64_t n, rc_arena *arena,
                        rc_levels *out, rc_error *err);

#endif
