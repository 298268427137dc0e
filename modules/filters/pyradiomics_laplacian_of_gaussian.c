// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' Laplacian of Gaussian is ITK's LaplacianRecursiveGaussianImageFilter, normalised
// across scales: for each axis the second derivative along it and the Gaussian along the others,
// by recursion through the whole image, kept in single precision after every pass.
#include "filters/recursive_gaussian.h"
#include "filters/registry.h"
#include "filters/settings.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct settings {
  rc_numbers sigma; ///< mm
  bool integer_names;
} settings;

static const rc_param params[] = {
    {"sigma", RC_PARAM_NUMBERS, offsetof(settings, sigma), 0.01, 1000, "mm", NULL, NULL,
     "PyRadiomics' sigma: standard deviation, or several: each gives a response."},
    {"integer_names", RC_PARAM_BOOL, offsetof(settings, integer_names), 0, 0, "", NULL, "false",
     "Name whole numbers without a decimal, `log-sigma-1-mm-3D`, as PyRadiomics does where its "
     "parameter file writes 1 and not 1.0."},
};
static const rc_param_table table =
    RC_FILTER_TABLE("laplacian_of_gaussian",
                    "Laplacian of Gaussian by recursion, times sigma^2. Undefined where the image "
                    "has fewer than 4 voxels along an axis, or than sigma and one voxel more.",
                    params, settings);

static int64_t count(const void *at) {
  return ((const settings *)at)->sigma.n;
}

/// The fewest decimals that give the number back, but `fewest` at least: "1.0", "0.75".
static void print_number(double value, int fewest, char *out, size_t capacity) {
  for (int digits = fewest; digits <= 17; digits++) {
    snprintf(out, capacity, "%.*f", digits, value);
    if (strtod(out, NULL) == value)
      return;
  }
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  char number[32];
  print_number(s->sigma.value[response], s->integer_names ? 0 : 1, number, sizeof number);
  for (char *c = number; *c != '\0'; c++)
    *c = *c == '.' ? '-' : *c;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "log-sigma-%s-mm-3D", number);
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  (void)at, (void)spacing_mm, (void)err;
  *out = (rc_filter_support){.whole = true};
  return RC_OK;
}

static bool is_large_enough(const rc_geometry *grid, double sigma) {
  bool good = true;
  for (int d = 0; d < 3; d++)
    good = good && grid->size[d] >= RC_RECURSIVE_MIN_SIZE &&
           (double)grid->size[d] >= ceil(sigma / grid->spacing_mm[d]) + 1;
  return good;
}

typedef struct job {
  const rc_filter_image *image;
  rc_arena *arena;
  float *part; ///< one axis' term on its way
  double *sum;
} job;

/// The wanted voxels, from edge to edge along the axes that are still to be filtered.
static rc_box box_after(const job *j, const int *axis, int n_done) {
  rc_box box = j->image->wanted;
  for (int i = n_done; i < 3; i++) {
    box.low[axis[i]] = 0;
    box.high[axis[i]] = j->image->grid.size[axis[i]];
  }
  return box;
}

/// The term of axis[0]: second derivative along it, then Gaussians along the others.
static rc_status run_term(job *j, double sigma, const int axis[3], rc_error *err) {
  const rc_geometry *grid = &j->image->grid;
  rc_status status = RC_OK;
  for (int i = 0; i < 3 && status == RC_OK; i++) {
    rc_recursive filter = rc_recursive_gaussian(sigma, grid->spacing_mm[axis[i]], i == 0 ? 2 : 0);
    rc_box box = box_after(j, axis, i + 1);
    status = rc_recursive_run(&filter, axis[i], grid->size, &box, j->image->value,
                              i == 0 ? NULL : j->part, j->part, j->arena, err);
  }
  return status;
}

static void add_term(const job *j, double weight, bool first) {
  const rc_box *box = &j->image->wanted;
  const int64_t *size = j->image->grid.size;
#pragma omp parallel for schedule(static)
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++) {
      const int64_t row = size[0] * (y + size[1] * z);
      for (int64_t x = box->low[0]; x < box->high[0]; x++) {
        double before = first ? 0.0 : j->sum[row + x];
        j->sum[row + x] = (double)(float)(before + (double)j->part[row + x] * weight);
      }
    }
}

static rc_status run_scale(job *j, double sigma, rc_error *err) {
  static const int order[3][3] = {{0, 1, 2}, {1, 0, 2}, {2, 0, 1}};
  rc_status status = RC_OK;
  for (int d = 0; d < 3 && status == RC_OK; d++) {
    double spacing = j->image->grid.spacing_mm[d];
    status = run_term(j, sigma, order[d], err);
    if (status == RC_OK)
      add_term(j, 1.0 / (spacing * spacing), d == 0);
  }
  return status;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  const settings *s = at;
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  job j = {.image = image, .arena = arena};
  rc_status status = rc_filter_response(image, arena, &j.sum, err);
  if (status == RC_OK) {
    j.part = rc_arena_alloc(arena, (size_t)rc_geometry_voxels(&image->grid), sizeof *j.part);
    status = j.part == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory for a response") : RC_OK;
  }
  for (int64_t i = 0; i < s->sigma.n && status == RC_OK; i++) {
    bool works = is_large_enough(&image->grid, s->sigma.value[i]);
    if (works)
      status = run_scale(&j, s->sigma.value[i], err);
    if (status == RC_OK)
      status = take(user, i, works ? j.sum : NULL, err);
  }
  rc_arena_rewind(arena, mark);
  return status;
}

const rc_filter rc_filter_pyradiomics_laplacian_of_gaussian = {
    .key = "laplacian_of_gaussian",
    .name = "Laplacian of Gaussian",
    .ibsi = "",
    .source = "PyRadiomics 3, imageoperations; ITK LaplacianRecursiveGaussianImageFilter",
    .profile = RC_PROFILE_PYRADIOMICS,
    .params = &table,
    .count = count,
    .label = label,
    .support = support,
    .apply = apply,
};
