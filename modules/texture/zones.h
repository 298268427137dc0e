// SPDX-License-Identifier: Apache-2.0
/// @file zones.h
/// Zones of linked voxels of equal grey level (IBSI-1 section 3.8): 8-connected within a slice,
/// 26-connected in the volume. The size zone and the distance zone matrices count the same zones
/// by different measures; everything but the measure is here.
#ifndef RADCOHORT_TEXTURE_ZONES_H
#define RADCOHORT_TEXTURE_ZONES_H

#include "texture/level_grid.h"

/// Measures every zone: writes a number >= 1 to value[v] of its representative v, and leaves the
/// others zero. `label` gives each voxel's representative, which is the lowest index of its zone;
/// it is not set outside the mask. `value` has the grid's size and is zero before.
typedef void rc_zone_measure(const rc_level_grid *grid, bool solid, const uint32_t *label,
                             void *context, uint32_t *value);

/// Labels every voxel of the mask with the lowest index of its zone. Uses several threads for big
/// regions; the labels do not depend on how many.
void rc_zones_label(const rc_level_grid *grid, bool solid, uint32_t *label);

/// A whole family over zones: features in the order of rc_tally_feature, RC_TALLY_SHARED of them,
/// for RC_AGG_ZONAL aggregations. Scratch: 2 bytes a voxel of the mask's box for levels, 8 for
/// labels and measures, and 4 a voxel of the mask for the table at most.
rc_status rc_zones_compute(const rc_roi *roi, uint32_t aggregations, rc_zone_measure *measure,
                           void *context, rc_arena *arena, rc_family_output *out, rc_error *err);

#endif
