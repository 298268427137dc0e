// SPDX-License-Identifier: Apache-2.0
// Time and memory of every feature family, a line each:
//
//   bench_texture [--data DIR] [--family KEY] [--axis N] [--bins N] [--aggregations all|3D]
//   bench_texture --image FILE --mask FILE [--profile NAME] [--bins N] [--runs N]
//
// on the region of the IBSI CT phantom (DIR/ibsi1/ct_phantom, as in configuration A) when it is
// there, and on a synthetic ball of about 1.6 million voxels (--axis: its radius in voxels; of
// whole numbers for up to 256 bins, else of so many different ones that every bin occurs). `3D`
// leaves one matrix a family, all directions merged, as most programs have it. The second form
// takes the region from NIfTI files and prints JSON: the milliseconds of N runs of the preparation
// and of every family of the profile, and all values, for comparison with other programs.
#include "base/arena.h"
#include "images/images.h"
#include "processing/processing.h"
#include "texture/autocorrelation.h"
#include "texture/contract.h"
#include "texture/mesh.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
  const char *data, *family, *image, *mask;
  rc_profile profile;
  double axis;
  int64_t bins, runs;
  uint32_t aggregations;
} options;

static bool parse_profile(const char *name, rc_profile *out) {
  for (int p = 0; rc_profile_names[p] != NULL; p++)
    if (strcmp(rc_profile_names[p], name) == 0) {
      *out = (rc_profile)p;
      return true;
    }
  return false;
}

static bool parse_aggregations(const char *name, uint32_t *out) {
  const bool all = strcmp(name, "all") == 0;
  *out = all ? RC_AGG_BIT(RC_AGG_COUNT) - 1
             : RC_AGG_BIT(RC_AGG_NONE) | RC_AGG_BIT(RC_AGG_3D) | RC_AGG_BIT(RC_AGG_3D_COMB);
  return all || strcmp(name, "3D") == 0;
}

static bool parse(int argc, char **argv, options *o) {
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--data") == 0)
      o->data = argv[i + 1];
    else if (strcmp(argv[i], "--family") == 0)
      o->family = argv[i + 1];
    else if (strcmp(argv[i], "--image") == 0)
      o->image = argv[i + 1];
    else if (strcmp(argv[i], "--mask") == 0)
      o->mask = argv[i + 1];
    else if (!(strcmp(argv[i], "--profile") == 0 && parse_profile(argv[i + 1], &o->profile)) &&
             !(strcmp(argv[i], "--aggregations") == 0 &&
               parse_aggregations(argv[i + 1], &o->aggregations)) &&
             !(strcmp(argv[i], "--axis") == 0 && rc_parse_real(argv[i + 1], &o->axis)) &&
             !(strcmp(argv[i], "--bins") == 0 && rc_parse_int(argv[i + 1], &o->bins)) &&
             !(strcmp(argv[i], "--runs") == 0 && rc_parse_int(argv[i + 1], &o->runs)))
      return false;
  }
  return argc % 2 == 1 && o->axis >= 1.0 && o->axis <= 1000.0 && o->bins >= 1 && o->bins <= 65535 &&
         o->runs >= 1 && o->runs <= 1000 && (o->image == NULL) == (o->mask == NULL);
}

/// Fastest of three runs (of fewer if they take long) or of half a second of them, in one arena as
/// in a run over a cohort: memory that the process has used before costs less.
static rc_status time_family(const rc_feature_settings *settings, const rc_roi *roi, double *value,
                             double *seconds, size_t *bytes, rc_error *err) {
  double spent = 0.0;
  rc_status status = RC_OK;
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  *seconds = INFINITY;
  for (int run = 0; run < 100 && ((run < 3 && spent < 10.0) || spent < 0.5) && status == RC_OK;
       run++) {
    double start = omp_get_wtime();
    status = rc_features_compute(settings, roi, arena, value, NULL, err);
    double took = omp_get_wtime() - start;
    rc_arena_rewind(arena, mark);
    spent += took;
    *seconds = took < *seconds ? took : *seconds;
  }
  *bytes = rc_arena_peak(arena);
  rc_arena_destroy(arena);
  return status;
}

static rc_status bench(const char *name, const rc_roi *roi, const options *o, rc_arena *arena,
                       rc_error *err) {
  double n = (double)roi->n_morph, whole = 0.0;
  printf("%s: %.0f voxels in %lld x %lld x %lld, %d threads\n", name, n,
         (long long)roi->grid.size[0], (long long)roi->grid.size[1], (long long)roi->grid.size[2],
         omp_get_max_threads());
  printf("  %-28s %9s %9s %12s\n", "family", "ms", "ns/voxel", "bytes/voxel");
  rc_feature_settings settings;
  rc_status status = rc_feature_settings_default(RC_PROFILE_IBSI, arena, &settings, err);
  settings.aggregations = o->aggregations;
  const rc_family_range range = rc_families_of(RC_PROFILE_IBSI);
  for (int64_t i = range.first; i < range.end && status == RC_OK; i++) {
    if (o->family != NULL && strcmp(rc_families[i]->key, o->family) != 0)
      continue;
    rc_feature_column *column;
    int64_t columns;
    double seconds = INFINITY;
    size_t bytes = 0;
    settings.families = UINT64_C(1) << i;
    status = rc_feature_columns(&settings, arena, &column, &columns, err);
    double *value = status == RC_OK ? rc_arena_alloc(arena, (size_t)columns, sizeof *value) : NULL;
    if (status == RC_OK && value == NULL)
      status = rc_fail(err, RC_ERR_MEMORY, "no memory for %lld columns", (long long)columns);
    if (status == RC_OK)
      status = time_family(&settings, roi, value, &seconds, &bytes, err);
    if (status != RC_OK)
      break;
    whole += seconds;
    printf("  %-28s %9.2f %9.1f %12.1f\n", rc_families[i]->key, 1e3 * seconds, 1e9 * seconds / n,
           (double)bytes / n);
  }
  printf("  %-28s %9.2f %9.1f\n", "all", 1e3 * whole, 1e9 * whole / n);
  return status;
}

/// Smooth lumps plus noise, Hounsfield-like; whole numbers or not.
static void fill_ball(const rc_volume *image, const rc_mask *mask, double axis, bool whole) {
  const int64_t *size = image->geometry.size;
  uint64_t state = 1;
  int64_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double dx = (double)x - 0.5 * (double)(size[0] - 1),
               dy = (double)y - 0.5 * (double)(size[1] - 1),
               dz = (double)z - 0.5 * (double)(size[2] - 1);
        double noise = (double)(state >> 40) / 16777216.0;
        double value =
            60.0 * sin(0.11 * dx) * cos(0.13 * dy) + 40.0 * sin(0.17 * dz) + 80.0 * noise;
        image->value[i] = whole ? floor(value) : value;
        mask->value[i] = dx * dx + dy * dy + dz * dz <= axis * axis;
      }
}

static rc_status bench_image(const char *name, const rc_volume *image, const rc_mask *mask,
                             const options *o, rc_error *err) {
  rc_arena *arena = rc_arena_create(0);
  rc_processing_settings settings;
  rc_roi roi;
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  rc_status status = rc_processing_defaults(arena, &settings, err);
  settings.discretisation.method = RC_DISCRETISE_FIXED_BIN_NUMBER;
  settings.discretisation.n_bins = (int32_t)o->bins;
  double start = omp_get_wtime();
  if (status == RC_OK)
    status = rc_roi_prepare(image, mask, &settings, 0, arena, &roi, err);
  if (status == RC_OK) {
    printf("%s: prepared in %.1f ms\n", name, 1e3 * (omp_get_wtime() - start));
    status = bench(name, &roi, o, arena, err);
  }
  rc_arena_destroy(arena);
  return status;
}

static rc_status bench_ball(const options *o, rc_error *err) {
  int64_t side = 2 * (int64_t)ceil(o->axis) + 3;
  rc_geometry grid = {{side, side, side}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_status status = rc_volume_create(&grid, 0, &image, err);
  if (status == RC_OK)
    status = rc_mask_create(&grid, 0, &mask, err);
  if (status == RC_OK) {
    fill_ball(&image, &mask, o->axis, o->bins <= 256);
    status = bench_image("ball", &image, &mask, o, err);
  }
  rc_volume_release(&image);
  rc_mask_release(&mask);
  return status;
}

static rc_status bench_phantom(const options *o, rc_error *err) {
  char image_path[4096], mask_path[4096];
  snprintf(image_path, sizeof image_path, "%s/ibsi1/ct_phantom/nifti/image.nii.gz", o->data);
  snprintf(mask_path, sizeof mask_path, "%s/ibsi1/ct_phantom/nifti/mask.nii.gz", o->data);
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_status status = rc_image_read(image_path, NULL, NULL, NULL, &image, NULL, err);
  if (status == RC_OK)
    status = rc_mask_read(mask_path, NULL, &image.geometry, NULL, &mask, err);
  if (status == RC_OK)
    status = bench_image("CT phantom", &image, &mask, o, err);
  rc_volume_release(&image);
  rc_mask_release(&mask);
  return status;
}

// --- JSON, for comparison with other programs ----------------------------------------------------

static void print_times(const char *key, const double *ms, int64_t runs) {
  printf("  \"%s\": [", key);
  for (int64_t r = 0; r < runs; r++)
    printf("%s%.4f", r == 0 ? "" : ", ", ms[r]);
  printf("],\n");
}

/// Milliseconds of every run of one family, in one arena as in a run over a cohort, and its values.
static rc_status run_family(const rc_feature_settings *settings, const rc_roi *roi, int64_t runs,
                            double *ms, double *value, rc_error *err) {
  rc_status status = RC_OK;
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  for (int64_t r = 0; r < runs && status == RC_OK; r++) {
    double start = omp_get_wtime();
    status = rc_features_compute(settings, roi, arena, value, NULL, err);
    ms[r] = 1e3 * (omp_get_wtime() - start);
    rc_arena_rewind(arena, mark);
  }
  rc_arena_destroy(arena);
  return status;
}

/// Moran's I and Geary's C alone: they are part of `morphology`, and few programs have them.
static rc_status run_autocorrelation(const rc_roi *roi, int64_t runs, double *ms, rc_error *err) {
  int64_t n = 0, size[3];
  double sum = 0.0;
  rc_status status = RC_OK;
  memcpy(size, roi->grid.size, sizeof size);
  rc_box box = rc_mesh_bounds(roi->mask, size, &n);
  for (int64_t i = 0; i < size[0] * size[1] * size[2]; i++)
    sum += roi->mask[i] ? roi->intensity[i] : 0.0;
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  for (int64_t r = 0; r < runs && n > 0 && status == RC_OK; r++) {
    double moran, geary;
    double start = omp_get_wtime();
    status = rc_autocorrelation(roi->intensity, roi->mask, size, &box, roi->grid.spacing_mm,
                                sum / (double)n, RC_PAIRS_BY_COST, arena, &moran, &geary, err);
    ms[r] = 1e3 * (omp_get_wtime() - start);
    rc_arena_rewind(arena, mark);
  }
  rc_arena_destroy(arena);
  return status;
}

static void print_values(const rc_feature_column *column, const double *value, int64_t n,
                         bool *first) {
  for (int64_t c = 0; c < n; c++) {
    if (!isfinite(value[c]))
      continue;
    printf("%s\"%s\": %.17g", *first ? "" : ", ", column[c].name, value[c]);
    *first = false;
  }
}

static rc_status families_as_json(const rc_roi *roi, const options *o, rc_arena *arena,
                                  rc_error *err) {
  rc_feature_settings settings;
  rc_status status = rc_feature_settings_default(o->profile, arena, &settings, err);
  const rc_family_range range = rc_families_of(o->profile);
  double *ms = rc_arena_alloc(arena, (size_t)o->runs, sizeof *ms);
  rc_feature_column **column = rc_arena_alloc(arena, (size_t)rc_n_families, sizeof *column);
  int64_t *n = rc_arena_alloc(arena, (size_t)rc_n_families, sizeof *n);
  double **value = rc_arena_alloc(arena, (size_t)rc_n_families, sizeof *value);
  if (status == RC_OK && (ms == NULL || column == NULL || n == NULL || value == NULL))
    status = rc_fail(err, RC_ERR_MEMORY, "no memory");
  for (int64_t i = range.first; i < range.end && status == RC_OK; i++) {
    settings.families = UINT64_C(1) << i;
    status = rc_feature_columns(&settings, arena, &column[i], &n[i], err);
    if (status == RC_OK)
      value[i] = rc_arena_alloc(arena, (size_t)n[i] + 1, sizeof **value);
    if (status == RC_OK && value[i] == NULL)
      status = rc_fail(err, RC_ERR_MEMORY, "no memory for %lld columns", (long long)n[i]);
    if (status == RC_OK)
      status = run_family(&settings, roi, o->runs, ms, value[i], err);
    if (status == RC_OK)
      print_times(rc_families[i]->key, ms, o->runs);
  }
  if (status == RC_OK && o->profile == RC_PROFILE_IBSI) {
    status = run_autocorrelation(roi, o->runs, ms, err);
    print_times("autocorrelation", ms, o->runs);
  }
  if (status != RC_OK)
    return status;
  bool first = true;
  printf("  \"values\": {");
  for (int64_t i = range.first; i < range.end; i++)
    print_values(column[i], value[i], n[i], &first);
  printf("}\n}\n");
  return RC_OK;
}

static rc_status image_as_json(const rc_volume *image, const rc_mask *mask, const options *o,
                               rc_error *err) {
  rc_arena *arena = rc_arena_create(0);
  rc_processing_settings settings;
  rc_roi roi;
  double *ms = NULL;
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  rc_status status = o->profile == RC_PROFILE_IBSI ? rc_processing_defaults(arena, &settings, err)
                                                   : rc_pyradiomics_defaults(arena, &settings, err);
  settings.discretisation.method = RC_DISCRETISE_FIXED_BIN_NUMBER;
  settings.discretisation.n_bins = (int32_t)o->bins;
  ms = rc_arena_alloc(arena, (size_t)o->runs, sizeof *ms);
  if (status == RC_OK && ms == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "no memory");
  rc_arena_mark before = rc_arena_get_mark(arena);
  for (int64_t r = 0; r < o->runs && status == RC_OK; r++) {
    rc_arena_rewind(arena, before);
    double start = omp_get_wtime();
    status = rc_roi_prepare(image, mask, &settings, 0, arena, &roi, err);
    ms[r] = 1e3 * (omp_get_wtime() - start);
  }
  if (status == RC_OK) {
    printf("{\n  \"voxels\": %lld,\n  \"threads\": %d,\n", (long long)roi.n_mask,
           omp_get_max_threads());
    print_times("prepare", ms, o->runs);
    status = families_as_json(&roi, o, arena, err);
  }
  rc_arena_destroy(arena);
  return status;
}

static rc_status bench_files(const options *o, rc_error *err) {
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_status status = rc_image_read(o->image, NULL, NULL, NULL, &image, NULL, err);
  if (status == RC_OK)
    status = rc_mask_read(o->mask, NULL, &image.geometry, NULL, &mask, err);
  if (status == RC_OK)
    status = image_as_json(&image, &mask, o, err);
  rc_volume_release(&image);
  rc_mask_release(&mask);
  return status;
}

int main(int argc, char **argv) {
  options o = {.profile = RC_PROFILE_IBSI,
               .axis = 72.5,
               .bins = 32,
               .runs = 5,
               .aggregations = RC_AGG_BIT(RC_AGG_COUNT) - 1};
  rc_error err = RC_ERROR_INIT;
  if (!parse(argc, argv, &o)) {
    fprintf(stderr, "usage: bench_texture [--data DIR] [--family KEY] [--axis 1..1000] [--bins N]\n"
                    "                     [--aggregations all|3D]\n"
                    "       bench_texture --image FILE --mask FILE [--profile NAME] [--bins N] "
                    "[--runs N]\n");
    return 2;
  }
  rc_status status = o.image != NULL  ? bench_files(&o, &err)
                     : o.data != NULL ? bench_phantom(&o, &err)
                                      : RC_OK;
  if (status == RC_OK && o.image == NULL)
    status = bench_ball(&o, &err);
  if (status != RC_OK)
    fprintf(stderr, "bench_texture: %s\n", err.message);
  return status == RC_OK ? 0 : 1;
}
