// SPDX-License-Identifier: Apache-2.0
/// @file morphology.h
/// The principal axes of a region.
#ifndef RADCOHORT_TEXTURE_MORPHOLOGY_H
#define RADCOHORT_TEXTURE_MORPHOLOGY_H

#include "base/error.h"
#include "data/geometry.h"
#include <stdint.h>

/// Population variances (mm^2) of the centres of the mask's voxels along their principal axes,
/// largest first; exactly 0 across a region that is flat. `box` holds every set voxel, of which
/// there is one at least.
rc_status rc_principal_variances(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                                 const double spacing_mm[3], double variance[3], rc_error *err);

#endif
