// SPDX-License-Identifier: Apache-2.0
/// @file diameter.h
/// Diameters of a region's surface within the planes across an axis.
#ifndef RADCOHORT_TEXTURE_DIAMETER_H
#define RADCOHORT_TEXTURE_DIAMETER_H

#include "base/arena.h"
#include "base/error.h"
#include "data/geometry.h"
#include <stdint.h>

/// Largest distance (mm) between two points of the surface (see mesh.h) that have the same x, the
/// same y, the same z: diameter_mm[3]. Planes through voxel centres count, and those half-way
/// between. `box` is not empty and holds every set voxel. RC_ERR_LIMIT if it is longer than
/// RC_MESH_MAX_EXTENT. Takes some 64 bytes for each of the voxels of the box's three faces.
rc_status rc_plane_diameters(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                             const double spacing_mm[3], rc_arena *arena, double diameter_mm[3],
                             rc_error *err);

#endif
