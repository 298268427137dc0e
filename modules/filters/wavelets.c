// SPDX-License-Identifier: Apache-2.0
#include "filters/wavelets.h"

#include "filters/boundary.h"
#include "filters/pooling.h"
#include "filters/registry.h"
#include "filters/separable_wavelet.h"
#include "filters/spectral.h"
#include "filters/wavelet_taps.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

// Spacings that differ by less than this part count as equal.
#define SPACING_TOLERANCE 1e-4

#define SEPARABLE(member) offsetof(rc_separable_wavelet_settings, member)
#define SPECTRAL(member) offsetof(rc_spectral_settings, member)
#define COUNT(table) ((int64_t)(sizeof(table) / sizeof(table)[0]))

static const char *const kind_names[] = {
    [RC_SPECTRAL_SIMONCELLI] = "simoncelli",
    [RC_SPECTRAL_SHANNON] = "shannon",
    [RC_SPECTRAL_LOG] = "laplacian_of_gaussian",
    [RC_SPECTRAL_ALL] = "none",
    NULL,
};

static const rc_param separable[] = {
    {"wavelet", RC_PARAM_CHOICE, SEPARABLE(family), 0, 0, "", rc_wavelet_families, "haar",
     "Which orthogonal wavelet."},
    {"band", RC_PARAM_TEXT, SEPARABLE(band), 0, 0, "", NULL, NULL,
     "Low (L) or high (H) pass along x, y and, in a volume, z: LH, HHL."},
    {"level", RC_PARAM_INT, SEPARABLE(level), 1, RC_WAVELET_MAX_LEVEL, "", NULL, "1",
     "Decomposition level, undecimated."},
    {"rotations", RC_PARAM_BOOL, SEPARABLE(rotations), 0, 0, "", NULL, "false",
     "Pool over all right-angle rotations of the filter."},
    {"pooling", RC_PARAM_CHOICE, SEPARABLE(pooling), 0, 0, "", rc_pooling_names, "mean",
     "How responses of rotated filters are pooled."},
    {"boundary", RC_PARAM_CHOICE, SEPARABLE(boundary), 0, 0, "", rc_boundary_names, "mirror",
     "How the image goes on beyond its edges."},
};

static const rc_param spectral[] = {
    {"kernel", RC_PARAM_CHOICE, SPECTRAL(kind), 0, 0, "", kind_names, "simoncelli",
     "Isotropic wavelet or other filter; none: the Riesz transform of the image itself."},
    {"dimensions", RC_PARAM_INT, SPECTRAL(dimensions), 2, 3, "", NULL, "3",
     "2: slice by slice in the xy plane; 3: volume."},
    {"level", RC_PARAM_INT, SPECTRAL(level), 1, RC_SPECTRAL_MAX_LEVEL, "", NULL, "1",
     "Decomposition level of a wavelet."},
    {"sigma", RC_PARAM_REAL, SPECTRAL(sigma), 0.01, 1000, "mm", NULL, "none",
     "Standard deviation of the Laplacian of Gaussian."},
    {"cutoff", RC_PARAM_REAL, SPECTRAL(cutoff), 1, 20, "", NULL, "4",
     "Radius of the Laplacian of Gaussian in standard deviations."},
    {"riesz", RC_PARAM_REALS, SPECTRAL(riesz), 0, RC_RIESZ_MAX_ORDER, "", NULL, "none",
     "Order of the Riesz transform along x, y and z, whole numbers."},
    {"boundary", RC_PARAM_CHOICE, SPECTRAL(boundary), 0, 0, "", rc_boundary_names, "periodic",
     "How the image goes on in the padding; a wavelet without padding is periodic."},
    {"padding", RC_PARAM_REAL, SPECTRAL(padding), 0, 1, "", NULL, "0",
     "Part of the image's size that is added on either side before the transform."},
};

const rc_param_table rc_separable_wavelet_params = {
    .name = "separable_wavelet",
    .help = "Undecimated separable wavelet (IBSI-2, 25BO).",
    .param = separable,
    .n = COUNT(separable),
    .struct_size = sizeof(rc_separable_wavelet_settings),
};

const rc_param_table rc_spectral_params = {
    .name = "spectral",
    .help = "Isotropic wavelet (IBSI-2, LODD) and Riesz transform.",
    .param = spectral,
    .n = COUNT(spectral),
    .struct_size = sizeof(rc_spectral_settings),
};

// --- separable ---------------------------------------------------------------------------------

static rc_status to_separable(const rc_separable_wavelet_settings *s, rc_separable_wavelet *out,
                              rc_error *err) {
  *out = (rc_separable_wavelet){.family = s->family,
                                .level = s->level,
                                .rotations = s->rotations,
                                .pooling = (rc_pooling)s->pooling,
                                .boundary = (rc_boundary)s->boundary};
  return rc_wavelet_band_parse(s->band == NULL ? "" : s->band, out, err);
}

rc_status rc_separable_wavelet_check(const rc_separable_wavelet_settings *s, rc_error *err) {
  rc_separable_wavelet wavelet;
  return to_separable(s, &wavelet, err);
}

rc_status rc_separable_wavelet_run(const rc_separable_wavelet_settings *s, const rc_geometry *grid,
                                   const double *in, double *out, rc_arena *arena, rc_error *err) {
  rc_separable_wavelet wavelet;
  rc_status status = to_separable(s, &wavelet, err);
  if (status == RC_OK)
    status = rc_separable_wavelet_apply(&wavelet, in, grid->size, out, arena, err);
  return status;
}

// --- spectral ----------------------------------------------------------------------------------

rc_status rc_spectral_check(const rc_spectral_settings *s, rc_error *err) {
  if (s->kind == RC_SPECTRAL_LOG && isnan(s->sigma))
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: kernel %s needs sigma", rc_spectral_params.name,
                   kind_names[RC_SPECTRAL_LOG]);
  if (s->riesz.n != 0 && s->riesz.n != s->dimensions)
    return rc_fail(err, RC_ERR_WORKFLOW,
                   "%s: riesz has %lld orders: give one for each of %lld axes",
                   rc_spectral_params.name, (long long)s->riesz.n, (long long)s->dimensions);
  double total = 0.0;
  for (int64_t d = 0; d < s->riesz.n; d++) {
    if (s->riesz.value[d] != floor(s->riesz.value[d]))
      return rc_fail(err, RC_ERR_WORKFLOW, "%s: riesz: %g is not a whole number",
                     rc_spectral_params.name, s->riesz.value[d]);
    total += s->riesz.value[d];
  }
  if (s->kind == RC_SPECTRAL_ALL && total == 0.0)
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: without a filter and without riesz nothing is left",
                   rc_spectral_params.name);
  return RC_OK;
}

static rc_status check_spacing(const rc_geometry *grid, int64_t dimensions, rc_error *err) {
  for (int64_t d = 1; d < dimensions; d++)
    if (fabs(grid->spacing_mm[d] - grid->spacing_mm[0]) > SPACING_TOLERANCE * grid->spacing_mm[0])
      return rc_fail(err, RC_ERR_NUMERIC,
                     "a Laplacian of Gaussian needs voxels as wide along all filtered axes, not "
                     "%g and %g mm: interpolate, or use 2 dimensions",
                     grid->spacing_mm[0], grid->spacing_mm[d]);
  return RC_OK;
}

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

rc_status rc_spectral_run(const rc_spectral_settings *s, const rc_geometry *grid, const double *in,
                          double *out, rc_arena *arena, rc_error *err) {
  rc_spectral filter = {.kind = (rc_spectral_kind)s->kind,
                        .n_axes = s->dimensions,
                        .level = s->level,
                        .boundary = (rc_boundary)s->boundary};
  rc_status status = rc_spectral_check(s, err);
  if (status == RC_OK && filter.kind == RC_SPECTRAL_LOG) {
    filter.sigma = s->sigma / grid->spacing_mm[0];
    filter.cutoff = s->cutoff;
    status = check_spacing(grid, s->dimensions, err);
  }
  if (status != RC_OK)
    return status;
  for (int64_t d = 0; d < s->dimensions; d++) {
    filter.riesz[d] = d < s->riesz.n ? (int64_t)s->riesz.value[d] : 0;
    filter.pad[d] = (int64_t)ceil(s->padding * (double)grid->size[d]);
    // The kernel must not reach around the periodic grid to the other edge.
    if (filter.kind == RC_SPECTRAL_LOG && filter.boundary != RC_BOUNDARY_PERIODIC)
      filter.pad[d] = larger(filter.pad[d], rc_spectral_log_radius(&filter));
  }
  return rc_spectral_apply(&filter, in, grid->size, out, arena, err);
}

// --- as the registry knows them ----------------------------------------------------------------

/// Voxels that the taps of all levels reach over.
static rc_status separable_support(const void *settings, const double spacing_mm[3],
                                   rc_filter_support *out, rc_error *err) {
  const rc_separable_wavelet_settings *s = settings;
  rc_separable_wavelet wavelet;
  rc_status status = to_separable(s, &wavelet, err);
  if (status != RC_OK)
    return status;
  (void)spacing_mm;
  int64_t reach = rc_wavelet_find(s->family)->n * ((INT64_C(1) << s->level) - 1);
  *out = (rc_filter_support){.reach = {reach, reach, wavelet.n_axes == 3 ? reach : 0},
                             .wraps = s->boundary == RC_BOUNDARY_PERIODIC};
  return RC_OK;
}

static rc_status spectral_support(const void *settings, const double spacing_mm[3],
                                  rc_filter_support *out, rc_error *err) {
  (void)settings, (void)spacing_mm, (void)err;
  *out = (rc_filter_support){.whole = true};
  return RC_OK;
}

static void separable_label(const void *settings, int64_t response, char *out, size_t capacity) {
  const rc_separable_wavelet_settings *s = settings;
  (void)response;
  snprintf(out, capacity, "%s_%s_%lld%s", rc_wavelet_families[s->family], s->band,
           (long long)s->level, s->rotations ? "_rotated" : "");
}

static void spectral_label(const void *settings, int64_t response, char *out, size_t capacity) {
  const rc_spectral_settings *s = settings;
  (void)response;
  snprintf(out, capacity, "%s_%lld", kind_names[s->kind], (long long)s->level);
}

static rc_status check_separable(const void *settings, rc_error *err) {
  return rc_separable_wavelet_check(settings, err);
}

static rc_status check_spectral(const void *settings, rc_error *err) {
  return rc_spectral_check(settings, err);
}

static double *response_of(const rc_filter_image *image, rc_arena *arena, rc_error *err) {
  int64_t n = rc_geometry_voxels(&image->grid);
  double *out = rc_arena_alloc(arena, (size_t)n, sizeof *out);
  if (out == NULL)
    rc_fail(err, RC_ERR_MEMORY, "no memory for a response of %lld voxels", (long long)n);
  return out;
}

static rc_status apply_separable(const void *settings, const rc_filter_image *image,
                                 rc_arena *arena, rc_filter_take take, void *user, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  double *out = response_of(image, arena, err);
  rc_status status =
      out == NULL ? RC_ERR_MEMORY
                  : rc_separable_wavelet_run(settings, &image->grid, image->value, out, arena, err);
  if (status == RC_OK)
    status = take(user, 0, out, err);
  rc_arena_rewind(arena, mark);
  return status;
}

static rc_status apply_spectral(const void *settings, const rc_filter_image *image, rc_arena *arena,
                                rc_filter_take take, void *user, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  double *out = response_of(image, arena, err);
  rc_status status = out == NULL
                         ? RC_ERR_MEMORY
                         : rc_spectral_run(settings, &image->grid, image->value, out, arena, err);
  if (status == RC_OK)
    status = take(user, 0, out, err);
  rc_arena_rewind(arena, mark);
  return status;
}

const rc_filter rc_filter_separable_wavelet = {
    .key = "separable_wavelet",
    .name = "Separable wavelet",
    .ibsi = "25BO",
    .source = "IBSI-2 section 4.6",
    .profile = RC_PROFILE_IBSI,
    .params = &rc_separable_wavelet_params,
    .check = check_separable,
    .label = separable_label,
    .support = separable_support,
    .apply = apply_separable,
};

const rc_filter rc_filter_nonseparable = {
    .key = "nonseparable_wavelet",
    .name = "Non-separable wavelet and Riesz transform",
    .ibsi = "LODD",
    .source = "IBSI-2 sections 4.7 and 4.9",
    .profile = RC_PROFILE_IBSI,
    .params = &rc_spectral_params,
    .check = check_spectral,
    .label = spectral_label,
    .support = spectral_support,
    .apply = apply_spectral,
};
