// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' shape class: measures of the morphological mask. Differences from IBSI-1 section
// 3.1: the surface where voxels touch at an edge or a corner only (mesh_pyradiomics.c), axes from
// the population's variance, diameters within planes.
#include "texture/diameter.h"
#include "texture/hull.h"
#include "texture/mesh.h"
#include "texture/morphology.h"
#include "texture/pyradiomics.h"
#include "texture/registry.h"

#include <math.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(ELONGATION, "Elongation", "Elongation", "Q3CK", RC_FU_NONE, "minor over major axis length")    \
  X(FLATNESS, "Flatness", "Flatness", "N17B", RC_FU_NONE, "least over major axis length")          \
  X(LEAST_AXIS, "LeastAxisLength", "Least axis length", "", RC_FU_MM,                              \
    "4 times the standard deviation of voxel centres along the third principal axis")              \
  X(MAJOR_AXIS, "MajorAxisLength", "Major axis length", "", RC_FU_MM,                              \
    "the same for the first principal axis")                                                       \
  X(DIAMETER_Y, "Maximum2DDiameterColumn", "Maximum 2D diameter (column)", "", RC_FU_MM,           \
    "largest distance between two points of the surface with the same y")                          \
  X(DIAMETER_X, "Maximum2DDiameterRow", "Maximum 2D diameter (row)", "", RC_FU_MM,                 \
    "the same with the same x")                                                                    \
  X(DIAMETER_Z, "Maximum2DDiameterSlice", "Maximum 2D diameter (slice)", "", RC_FU_MM,             \
    "the same with the same z")                                                                    \
  X(DIAMETER, "Maximum3DDiameter", "Maximum 3D diameter", "L0JK", RC_FU_MM,                        \
    "largest distance between two points of the surface")                                          \
  X(MESH_VOLUME, "MeshVolume", "Mesh volume", "RNU0", RC_FU_MM3, "volume inside the surface, V")   \
  X(MINOR_AXIS, "MinorAxisLength", "Minor axis length", "", RC_FU_MM,                              \
    "4 times the standard deviation of voxel centres along the second principal axis")             \
  X(SPHERICITY, "Sphericity", "Sphericity", "QCFX", RC_FU_NONE,                                    \
    "area of a sphere of volume V over A")                                                         \
  X(AREA, "SurfaceArea", "Surface area", "C0JK", RC_FU_MM2, "area of the surface, A")              \
  X(AREA_TO_VOLUME, "SurfaceVolumeRatio", "Surface to volume ratio", "2PR5", RC_FU_PER_MM,         \
    "A / V")                                                                                       \
  X(VOXEL_VOLUME, "VoxelVolume", "Voxel volume", "YEKZ", RC_FU_MM3,                                \
    "number of voxels times the volume of one")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

static const double pi = 3.14159265358979324;

static void describe_surface(const rc_roi *roi, const rc_box *box, double *value) {
  double volume, area;
  rc_mesh_measure_pyradiomics(roi->morph, roi->grid.size, box, roi->grid.spacing_mm, &volume,
                              &area);
  value[MESH_VOLUME] = volume;
  value[AREA] = area;
  value[AREA_TO_VOLUME] = area / volume;
  value[SPHERICITY] = cbrt(36.0 * pi * volume * volume) / area;
}

static rc_status describe_diameters(const rc_roi *roi, const rc_box *box, rc_arena *arena,
                                    double *value, rc_error *err) {
  rc_half_point *point = NULL;
  int64_t n = 0;
  rc_hull hull;
  double plane[3];
  rc_status status = rc_mesh_outline(roi->morph, roi->grid.size, box, arena, &point, &n, err);
  if (status == RC_OK)
    status = rc_hull_create(point, n, roi->grid.spacing_mm, arena, &hull, err);
  if (status == RC_OK)
    status = rc_plane_diameters(roi->morph, roi->grid.size, box, roi->grid.spacing_mm, arena, plane,
                                err);
  if (status != RC_OK)
    return status;
  value[DIAMETER] = rc_hull_diameter(&hull);
  value[DIAMETER_X] = plane[0];
  value[DIAMETER_Y] = plane[1];
  value[DIAMETER_Z] = plane[2];
  return RC_OK;
}

static rc_status describe_axes(const rc_roi *roi, const rc_box *box, double *value, rc_error *err) {
  double variance[3];
  rc_status status =
      rc_principal_variances(roi->morph, roi->grid.size, box, roi->grid.spacing_mm, variance, err);
  if (status != RC_OK)
    return status;
  value[MAJOR_AXIS] = 4.0 * sqrt(variance[0]);
  value[MINOR_AXIS] = 4.0 * sqrt(variance[1]);
  value[LEAST_AXIS] = 4.0 * sqrt(variance[2]);
  if (variance[0] > 0.0) {
    value[ELONGATION] = sqrt(variance[1] / variance[0]);
    value[FLATNESS] = sqrt(variance[2] / variance[0]);
  }
  return RC_OK;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const double *spacing = roi->grid.spacing_mm;
  double *value = out->value;
  int64_t n;
  (void)settings;
  (void)aggregations;
  const rc_box box = rc_mesh_bounds(roi->morph, roi->grid.size, &n);
  describe_surface(roi, &box, value);
  value[VOXEL_VOLUME] = (double)n * (spacing[0] * spacing[1] * spacing[2]);
  rc_status status = describe_axes(roi, &box, value, err);
  if (status == RC_OK)
    status = describe_diameters(roi, &box, arena, value, err);
  if (status == RC_OK && isnan(value[ELONGATION]))
    out->undefined = "a single voxel has no axes";
  return status;
}

const rc_family rc_family_pyradiomics_shape = {
    .profile = RC_PROFILE_PYRADIOMICS,
    .key = "shape",
    .name = "Shape",
    .ibsi = "HCUG",
    .source = RC_PYRADIOMICS_SOURCE,
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .by_default = true,
    .original_only = true,
    .compute = compute,
};
