// SPDX-License-Identifier: Apache-2.0
/// @file pyradiomics.h
/// The chain of PyRadiomics 3 (van Griethuysen et al. 2017, doi:10.1158/0008-5472.CAN-17-0339), for
/// modules/processing only: processing.h has what others call.
#ifndef RADCOHORT_PROCESSING_PYRADIOMICS_H
#define RADCOHORT_PROCESSING_PYRADIOMICS_H

#include "processing/processing.h"

/// rc_roi_prepare for a mask that is not empty and lies on the image's grid.
rc_status rc_pyradiomics_prepare(const rc_volume *image, const rc_mask *mask,
                                 const rc_processing_settings *settings, int64_t max_voxels,
                                 rc_arena *arena, rc_roi *out, rc_error *err);

/// rc_roi_surroundings.
rc_status rc_pyradiomics_surroundings(const rc_volume *image,
                                      const rc_processing_settings *settings, const rc_roi *roi,
                                      const rc_surroundings_wish *wish, rc_arena *arena,
                                      rc_surroundings *out, rc_error *err);

/// rc_discretise with edges that are multiples of the width, or numpy's for a number of bins. In
/// single precision the latter are rounded, as numpy rounds them.
rc_status rc_pyradiomics_discretise(const rc_discretisation_settings *settings, rc_voxel_type type,
                                    const double *intensity, const uint8_t *mask, int64_t n,
                                    rc_arena *arena, rc_levels *out, rc_error *err);

/// Takes voxels out of `mask`. Thresholds are rounded to `type`, and the mean and standard
/// deviation that they may be taken from are those of its arithmetic.
rc_status rc_pyradiomics_resegment(const rc_pyradiomics_resegmentation_settings *settings,
                                   rc_voxel_type type, const double *intensity, uint8_t *mask,
                                   int64_t n, rc_arena *arena, rc_error *err);

/// Adds the steps of the profile to the text of rc_processing_describe.
void rc_pyradiomics_describe(const rc_pyradiomics_settings *s, char *out, size_t capacity);

rc_status rc_pyradiomics_check(const rc_pyradiomics_settings *settings, rc_error *err);

#endif
