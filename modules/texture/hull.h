// SPDX-License-Identifier: Apache-2.0
/// @file hull.h
/// The convex hull of a region's surface, and the boxes and ellipsoids around it. The hull is built
/// (Qhull) from half-voxel integers, so it is exact whatever the spacing; measures are in mm.
#ifndef RADCOHORT_TEXTURE_HULL_H
#define RADCOHORT_TEXTURE_HULL_H

#include "base/arena.h"
#include "base/error.h"
#include "texture/mesh.h"
#include <stdint.h>

typedef struct rc_hull {
  int64_t n_vertices;
  rc_half_point *vertex; ///< half voxels
  double (*vertex_mm)[3];
  int64_t n_faces;
  int32_t (*face)[3]; ///< triangles of vertices, anticlockwise from outside
  double half_mm[3];  ///< half a voxel
} rc_hull;

/// The hull of n points that span three dimensions; everything in `arena`. RC_ERR_NUMERIC with
/// Qhull's own first line if it fails.
rc_status rc_hull_create(const rc_half_point *point, int64_t n, const double spacing_mm[3],
                         rc_arena *arena, rc_hull *out, rc_error *err);

void rc_hull_measure(const rc_hull *hull, double *volume_mm3, double *area_mm2);

/// Largest distance between two vertices.
double rc_hull_diameter(const rc_hull *hull);

/// A box's extents along its own axes.
typedef struct rc_hull_box_size {
  double side_mm[3];
} rc_hull_box_size;

double rc_hull_box_volume(const rc_hull_box_size *box);
double rc_hull_box_area(const rc_hull_box_size *box);

rc_hull_box_size rc_hull_aligned_box(const rc_hull *hull);

/// The smallest box with a side flush with a face of the hull, by rotating calipers around the
/// normal of every face, then turned around each of its own axes as long as that makes it smaller.
/// The true minimum has edges of the hull on two of its sides (O'Rourke 1985,
/// doi:10.1007/BF00991005) and is rarely below this.
rc_status rc_hull_oriented_box(const rc_hull *hull, rc_arena *arena, rc_hull_box_size *out,
                               rc_error *err);

/// Semi-axes, longest first, of the smallest ellipsoid around the hull: Khachiyan's barycentric
/// ascent with away steps (Todd and Yildirim 2007, doi:10.1016/j.dam.2007.02.013), exchanges
/// between pairs once few candidates are left, then scaled to enclose every vertex. Ends when the
/// optimality gap is below 1e-10. A region that is itself nearly an ellipsoid keeps so many
/// candidates that it stops after 5000 steps, at about 1e-5.
rc_status rc_hull_ellipsoid(const rc_hull *hull, rc_arena *arena, double semi_axis_mm[3],
                            rc_error *err);

#endif
