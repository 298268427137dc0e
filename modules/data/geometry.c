// SPDX-License-Identifier: Apache-2.0
#include "data/geometry.h"

#include <math.h>

#define ORTHONORMAL_TOLERANCE 1e-4

static double column_dot(const rc_geometry *g, int a, int b) {
  double sum = 0;
  for (int r = 0; r < 3; r++)
    sum += g->direction[3 * r + a] * g->direction[3 * r + b];
  return sum;
}

static rc_status check_axis(const rc_geometry *g, int axis, rc_error *err) {
  static const char name[] = "xyz";
  if (g->size[axis] < 1 || g->size[axis] > INT32_MAX)
    return rc_fail(err, RC_ERR_GEOMETRY, "%lld voxels along %c; expected 1 to 2147483647",
                   (long long)g->size[axis], name[axis]);
  if (!(g->spacing_mm[axis] > 0) || !isfinite(g->spacing_mm[axis]))
    return rc_fail(err, RC_ERR_GEOMETRY, "voxel spacing %g mm along %c; expected a positive number",
                   g->spacing_mm[axis], name[axis]);
  if (!isfinite(g->origin_mm[axis]))
    return rc_fail(err, RC_ERR_GEOMETRY, "image position is not a number along %c", name[axis]);
  return RC_OK;
}

static rc_status check_directions(const rc_geometry *g, rc_error *err) {
  for (int a = 0; a < 3; a++)
    for (int b = a; b < 3; b++)
      if (!(fabs(column_dot(g, a, b) - (a == b)) <= ORTHONORMAL_TOLERANCE))
        return rc_fail(err, RC_ERR_GEOMETRY,
                       "image axes are not orthogonal (gantry tilt or shear); resample the image "
                       "to an orthogonal grid first");
  return RC_OK;
}

rc_status rc_geometry_check(const rc_geometry *geometry, rc_error *err) {
  for (int axis = 0; axis < 3; axis++)
    if (check_axis(geometry, axis, err) != RC_OK)
      return RC_ERR_GEOMETRY;
  int64_t plane = geometry->size[0] * geometry->size[1];
  if (plane > (INT64_MAX >> 5) / geometry->size[2])
    return rc_fail(err, RC_ERR_GEOMETRY, "the image has more voxels than can be counted");
  return check_directions(geometry, err);
}

int64_t rc_geometry_voxels(const rc_geometry *geometry) {
  return geometry->size[0] * geometry->size[1] * geometry->size[2];
}

rc_status rc_geometry_match(const rc_geometry *a, const rc_geometry *b, double tolerance,
                            rc_error *err) {
  for (int d = 0; d < 3; d++)
    if (a->size[d] != b->size[d])
      return rc_fail(err, RC_ERR_GEOMETRY,
                     "grids differ in size: %lld x %lld x %lld against %lld x %lld x %lld voxels",
                     (long long)a->size[0], (long long)a->size[1], (long long)a->size[2],
                     (long long)b->size[0], (long long)b->size[1], (long long)b->size[2]);
  // Comparing the corners catches spacing, origin and direction at once, in voxels.
  for (int corner = 0; corner < 8; corner++) {
    double index[3], world[3], back[3];
    for (int d = 0; d < 3; d++)
      index[d] = corner >> d & 1 ? (double)(a->size[d] - 1) : 0.0;
    rc_geometry_to_world(a, index, world);
    rc_geometry_to_index(b, world, back);
    for (int d = 0; d < 3; d++)
      if (!(fabs(back[d] - index[d]) <= tolerance))
        return rc_fail(err, RC_ERR_GEOMETRY,
                       "grids differ in position: voxel (%g, %g, %g) of one lies at "
                       "(%.3f, %.3f, %.3f) of the other",
                       index[0], index[1], index[2], back[0], back[1], back[2]);
  }
  return RC_OK;
}

void rc_geometry_to_world(const rc_geometry *geometry, const double index[3], double world_mm[3]) {
  for (int r = 0; r < 3; r++) {
    double sum = geometry->origin_mm[r];
    for (int c = 0; c < 3; c++)
      sum += geometry->direction[3 * r + c] * geometry->spacing_mm[c] * index[c];
    world_mm[r] = sum;
  }
}

void rc_geometry_to_index(const rc_geometry *geometry, const double world_mm[3], double index[3]) {
  for (int c = 0; c < 3; c++) {
    double sum = 0;
    for (int r = 0; r < 3; r++)
      sum += geometry->direction[3 * r + c] * (world_mm[r] - geometry->origin_mm[r]);
    index[c] = sum / geometry->spacing_mm[c];
  }
}

rc_geometry rc_geometry_crop(const rc_geometry *geometry, const rc_box *box) {
  rc_geometry crop = *geometry;
  double low[3];
  for (int d = 0; d < 3; d++) {
    low[d] = (double)box->low[d];
    crop.size[d] = box->high[d] - box->low[d];
  }
  rc_geometry_to_world(geometry, low, crop.origin_mm);
  return crop;
}
