// SPDX-License-Identifier: Apache-2.0
/// @file zones.h
/// Zones of linked voxels of equal grey level (IBSI-1 section 3.8): 8-connected within a slice,
/// 26-connected in the volume. The size zone and the distance zone matrices count the same zones
/// by different measures; everything but the measure is here.
#ifndef RADCOHORT_TEXTURE_ZONES_H
#define RADCOHORT_TEXTURE_ZONES_H

#include "texture/level_grid.h"

/// Zones are numbered 0 .. n - 1 by their first voxels, so those of one slice follow each other.
typedef struct rc_zones {
  int64_t n;
  uint32_t *zone;       ///< [grid's size]: zone of each voxel of the mask; not set outside
  uint16_t *level;      ///< [n]: compact level
  int64_t *slice_first; ///< [size[2] + 1]: zones that begin before the slice
} rc_zones;

/// Finds the zones. Uses several threads for big regions; the result does not depend on how many.
rc_status rc_zones_find(const rc_level_grid *grid, bool solid, rc_arena *arena, rc_zones *out,
                        rc_error *err);

/// Measures every zone: writes a number >= 1 to value[0 .. zones->n - 1], which is zero before.
typedef void rc_zone_measure(const rc_level_grid *grid, bool solid, const rc_zones *zones,
                             void *context, uint32_t *value);

/// A whole family over zones: features in the order of rc_tally_feature, RC_TALLY_SHARED of them,
/// for RC_AGG_ZONAL aggregations. Scratch: 6 bytes a voxel of the mask's box, 6 a zone, and a
/// table of no more cells than, over all levels, their largest measures.
rc_status rc_zones_compute(const rc_roi *roi, uint32_t aggregations, rc_zone_measure *measure,
                           void *context, rc_arena *arena, rc_family_output *out, rc_error *err);

#endif
