// SPDX-License-Identifier: Apache-2.0
/// @file sample.h
/// Another image on a region's grid, and parts of a region.
#ifndef RADCOHORT_PROCESSING_SAMPLE_H
#define RADCOHORT_PROCESSING_SAMPLE_H

#include "base/arena.h"
#include "base/error.h"
#include "data/roi.h"
#include "data/volume.h"

/// out[v] for the n_mask voxels of the region's intensity mask, in their order in memory: the
/// intensity of `image` at the same place in the world, by trilinear interpolation; NaN outside the
/// image, all of which must be held. Up to half a voxel beyond the outermost centres these repeat.
void rc_roi_sample(const rc_roi *roi, const rc_volume *image, double *out);

/// The part of `base` whose voxels bear `wanted`; label[v] belongs to the n_mask voxels of the
/// intensity mask, in order. Both masks of the part are these voxels; intensities are shared, and
/// so are bins: a voxel keeps its grey level. The part may be empty. Lives in `arena` and borrows
/// from `base`.
rc_status rc_roi_part(const rc_roi *base, const uint8_t *label, uint8_t wanted, rc_arena *arena,
                      rc_roi *out, rc_error *err);

#endif
