// SPDX-License-Identifier: Apache-2.0
// Gradient magnitude: the length of the vector of central differences along x, y and z; beyond an
// edge its voxel repeats. ITK, and so PyRadiomics, stores the response in single precision.
#include "filters/boundary.h"
#include "filters/registry.h"
#include "filters/settings.h"

#include <math.h>
#include <stddef.h>

typedef struct settings {
  bool use_spacing;
} settings;

static const rc_param params[] = {
    {"use_spacing", RC_PARAM_BOOL, offsetof(settings, use_spacing), 0, 0, "", NULL, "true",
     "Change per millimetre; false: per voxel."},
};
static const rc_param_table table =
    RC_FILTER_TABLE("gradient", "Gradient magnitude.", params, settings);

static const rc_param pyradiomics_params[] = {
    {"use_spacing", RC_PARAM_BOOL, offsetof(settings, use_spacing), 0, 0, "", NULL, "true",
     "PyRadiomics' gradientUseSpacing: change per millimetre; false: per voxel."},
};
static const rc_param_table pyradiomics_table =
    RC_FILTER_TABLE("gradient", "Gradient magnitude.", pyradiomics_params, settings);

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  (void)at, (void)response;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "gradient");
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  (void)at, (void)spacing_mm, (void)err;
  *out = (rc_filter_support){.reach = {1, 1, 1}};
  return RC_OK;
}

static double square_of_difference(double before, double after, double half) {
  double difference = half * after - half * before;
  return difference * difference;
}

/// Row (y, z) of the wanted voxels.
static void run_row(const rc_filter_image *image, const double half[3], int64_t y, int64_t z,
                    double *out) {
  const int64_t *size = image->grid.size;
  const int64_t row = size[0] * (y + size[1] * z);
  const double *here = image->value + row;
  const double *before_y = y > 0 ? here - size[0] : here;
  const double *after_y = y + 1 < size[1] ? here + size[0] : here;
  const double *before_z = z > 0 ? here - size[0] * size[1] : here;
  const double *after_z = z + 1 < size[2] ? here + size[0] * size[1] : here;
  for (int64_t x = image->wanted.low[0]; x < image->wanted.high[0]; x++) {
    int64_t before = x > 0 ? x - 1 : 0, after = x + 1 < size[0] ? x + 1 : x;
    double sum = square_of_difference(here[before], here[after], half[0]);
    sum += square_of_difference(before_y[x], after_y[x], half[1]);
    sum += square_of_difference(before_z[x], after_z[x], half[2]);
    out[row + x] = sqrt(sum);
  }
}

static void round_row(const rc_filter_image *image, int64_t y, int64_t z, double *out) {
  const int64_t row = image->grid.size[0] * (y + image->grid.size[1] * z);
  for (int64_t x = image->wanted.low[0]; x < image->wanted.high[0]; x++)
    out[row + x] = (double)(float)out[row + x];
}

static rc_status run(const settings *s, bool single, const rc_filter_image *image, rc_arena *arena,
                     rc_filter_take take, void *user, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const rc_box *box = &image->wanted;
  double half[3], *out = NULL;
  for (int d = 0; d < 3; d++)
    half[d] = s->use_spacing ? 0.5 / image->grid.spacing_mm[d] : 0.5;
  rc_status status = rc_filter_response(image, arena, &out, err);
  if (status == RC_OK) {
#pragma omp parallel for schedule(static)
    for (int64_t z = box->low[2]; z < box->high[2]; z++)
      for (int64_t y = box->low[1]; y < box->high[1]; y++) {
        run_row(image, half, y, z, out);
        if (single)
          round_row(image, y, z, out);
      }
    status = take(user, 0, out, err);
  }
  rc_arena_rewind(arena, mark);
  return status;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  return run(at, false, image, arena, take, user, err);
}

static rc_status apply_single(const void *at, const rc_filter_image *image, rc_arena *arena,
                              rc_filter_take take, void *user, rc_error *err) {
  return run(at, true, image, arena, take, user, err);
}

const rc_filter rc_filter_gradient = {
    .key = "gradient",
    .name = "Gradient magnitude",
    .ibsi = "",
    .source = "central differences",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .label = label,
    .support = support,
    .apply = apply,
};

const rc_filter rc_filter_pyradiomics_gradient = {
    .key = "gradient",
    .name = "Gradient magnitude",
    .ibsi = "",
    .source = "PyRadiomics 3, imageoperations; ITK GradientMagnitudeImageFilter",
    .profile = RC_PROFILE_PYRADIOMICS,
    .params = &pyradiomics_table,
    .label = label,
    .support = support,
    .apply = apply_single,
};
