// SPDX-License-Identifier: Apache-2.0
/// @file geometry.h
/// Where voxels lie in the patient. Axis 0 (x) is the fastest in memory: linear index
/// i = x + size[0] * (y + size[1] * z). World coordinates are DICOM's LPS, in millimetres.
#ifndef RADCOHORT_DATA_GEOMETRY_H
#define RADCOHORT_DATA_GEOMETRY_H

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct rc_geometry {
  int64_t size[3];      ///< voxels along x, y, z; each >= 1
  double spacing_mm[3]; ///< centre to centre; each > 0
  double origin_mm[3];  ///< world position of the centre of voxel (0, 0, 0)
  double direction[9];  ///< direction[3*r + c]: world component r of the unit vector of axis c
} rc_geometry;

/// A half-open box of voxels: low[d] <= index < high[d].
typedef struct rc_box {
  int64_t low[3];
  int64_t high[3];
} rc_box;

/// Sizes within 1..2^31-1 and the product representable, spacings finite and positive, directions
/// orthonormal to 1e-4 (gantry tilt is refused here).
rc_status rc_geometry_check(const rc_geometry *geometry, rc_error *err);

int64_t rc_geometry_voxels(const rc_geometry *geometry);

/// Same grid? Sizes equal, spacing/origin/direction within `tolerance` of a voxel. The message
/// names the first difference.
rc_status rc_geometry_match(const rc_geometry *a, const rc_geometry *b, double tolerance,
                            rc_error *err);

void rc_geometry_to_world(const rc_geometry *geometry, const double index[3], double world_mm[3]);
void rc_geometry_to_index(const rc_geometry *geometry, const double world_mm[3], double index[3]);

/// The geometry of a box of the grid (the box may reach outside it).
rc_geometry rc_geometry_crop(const rc_geometry *geometry, const rc_box *box);

#endif
