// SPDX-License-Identifier: Apache-2.0
/// @file rasterise.h
/// Closed planar contours to voxels: a voxel belongs to the region when its centre lies inside, by
/// counting edge crossings (even-odd). IBSI-1 section 2.3.
#ifndef RADCOHORT_IMAGES_RASTERISE_H
#define RADCOHORT_IMAGES_RASTERISE_H

#include <stdint.h>

/// Toggles, in `slice` (size[1] rows of size[0] voxels), every voxel whose centre lies inside the
/// polygon. Several contours of one slice, toggled in turn, give holes and islands (XOR).
/// `point`: n pairs (x, y) in voxel coordinates, centres at whole numbers. A centre exactly on an
/// edge belongs to the side the half-open rule gives it: left and upper edges in, others out.
/// `flips` is scratch of (size[0] + 1) * size[1] bytes, zero before and after.
/// Cost: the rows each edge crosses plus the polygon's bounding box.
void rc_rasterise_contour(const double *point, int64_t n, const int64_t size[2], uint8_t *slice,
                          uint8_t *flips);

#endif
