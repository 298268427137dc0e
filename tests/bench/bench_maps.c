// SPDX-License-Identifier: Apache-2.0
// Microseconds a voxel of the maps of every family, each cube computed afresh and slid, a line
// each:
//
//   bench_maps [--profile ibsi|pyradiomics] [--family KEY] [--skip FEATURE] [--radius N] [--axis N]
//              [--bins N]
//
// on a synthetic ball with a radius of `axis` voxels and that many grey levels. One thread.
// Families that do not slide have one number. The last column is the most memory that a thread
// took, for the slid one.
#include "base/arena.h"
#include "processing/processing.h"
#include "texture/maps.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
  rc_profile profile;
  const char *family, *skip; ///< by its tag
  double axis, radius, bins;
} options;

static const double all_radii[] = {1, 2, 3, 5};

static bool parse(int argc, char **argv, options *o) {
  for (int i = 1; i + 1 < argc; i += 2) {
    double *number = strcmp(argv[i], "--axis") == 0     ? &o->axis
                     : strcmp(argv[i], "--radius") == 0 ? &o->radius
                     : strcmp(argv[i], "--bins") == 0   ? &o->bins
                                                        : NULL;
    if (number != NULL) {
      if (!rc_parse_real(argv[i + 1], number))
        return false;
    } else if (strcmp(argv[i], "--family") == 0)
      o->family = argv[i + 1];
    else if (strcmp(argv[i], "--skip") == 0)
      o->skip = argv[i + 1];
    else if (strcmp(argv[i], "--profile") == 0)
      o->profile = strcmp(argv[i + 1], rc_profile_names[RC_PROFILE_PYRADIOMICS]) == 0
                       ? RC_PROFILE_PYRADIOMICS
                       : RC_PROFILE_IBSI;
    else
      return false;
  }
  return argc % 2 == 1 && o->axis >= 1 && o->axis <= 200 && o->bins >= 1 && o->bins <= 1000 &&
         o->radius >= 0 && o->radius <= RC_MAP_MAX_RADIUS;
}

/// Smooth lumps plus noise, in whole numbers.
static void fill_ball(const rc_volume *image, const rc_mask *mask, double axis) {
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
        image->value[i] =
            floor(60.0 * sin(0.11 * dx) * cos(0.13 * dy) + 40.0 * sin(0.17 * dz) + 80.0 * noise);
        mask->value[i] = dx * dx + dy * dy + dz * dz <= axis * axis;
      }
}

/// Fastest of three runs.
static rc_status time_map(const rc_roi *roi, const rc_map_request *request, double *const *map,
                          double *seconds, size_t *bytes, rc_error *err) {
  rc_arena *scratch = rc_arena_create(0);
  rc_status status = scratch == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory") : RC_OK;
  *seconds = INFINITY;
  for (int run = 0; run < 3 && status == RC_OK; run++) {
    double start = omp_get_wtime();
    status = rc_maps_compute(roi, request, &scratch, 1, map, err);
    double took = omp_get_wtime() - start;
    *seconds = took < *seconds ? took : *seconds;
    *bytes = rc_arena_peak(scratch);
  }
  rc_arena_destroy(scratch);
  return status;
}

static rc_status bench_family(const rc_roi *roi, const rc_feature_settings *settings,
                              int64_t radius, const char *skip, rc_arena *arena, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_feature_column *column;
  rc_map_request request = {.features = settings, .radius = radius};
  rc_status status = rc_feature_columns(settings, arena, &column, &request.n_columns, err);
  int64_t n = request.n_columns, voxels = rc_geometry_voxels(&roi->grid);
  int64_t *index = rc_arena_alloc(arena, (size_t)n, sizeof *index);
  double **map = rc_arena_alloc(arena, (size_t)n, sizeof *map), seconds[2];
  double *room = rc_arena_alloc(arena, (size_t)(n * voxels), sizeof *room);
  size_t bytes = 0;
  if (status != RC_OK || index == NULL || map == NULL || room == NULL)
    return status != RC_OK ? status : rc_fail(err, RC_ERR_MEMORY, "no memory");
  request.n_columns = 0;
  for (int64_t c = 0; c < n; c++) {
    if (skip != NULL && strcmp(column[c].feature->tag, skip) == 0)
      continue;
    map[request.n_columns] = room + c * voxels;
    index[request.n_columns++] = c;
  }
  request.column = index;
  for (int slid = 0; slid < 2 && status == RC_OK; slid++) {
    request.afresh = slid == 0;
    status = time_map(roi, &request, map, &seconds[slid], &bytes, err);
  }
  if (status == RC_OK)
    printf("  %-28s %6lld %12.2f %12.2f %8.1f %12.1f\n", column[0].family->key, (long long)radius,
           1e6 * seconds[0] / (double)roi->n_mask, 1e6 * seconds[1] / (double)roi->n_mask,
           seconds[0] / seconds[1], (double)bytes / 1024);
  rc_arena_rewind(arena, mark);
  return status;
}

static rc_status bench(const rc_roi *roi, const options *o, rc_arena *arena, rc_error *err) {
  rc_feature_settings settings;
  rc_status status = rc_feature_settings_default(o->profile, arena, &settings, err);
  const rc_family_range range = rc_families_of(o->profile);
  printf("%lld voxels, %d levels\n", (long long)roi->n_mask, (int)roi->texture.n_levels);
  printf("  %-28s %6s %12s %12s %8s %12s\n", "family", "radius", "afresh us", "slid us", "ratio",
         "KiB");
  for (int64_t i = range.first; i < range.end && status == RC_OK; i++) {
    const rc_family *family = rc_families[i];
    if (!rc_family_has_maps(family) || !family->by_default ||
        (o->family != NULL && strcmp(family->key, o->family) != 0))
      continue;
    settings.families = UINT64_C(1) << i;
    for (size_t r = 0; r < sizeof all_radii / sizeof *all_radii && status == RC_OK; r++) {
      if (o->radius > 0 && r > 0)
        break;
      double radius = o->radius > 0 ? o->radius : all_radii[r];
      status = bench_family(roi, &settings, (int64_t)radius, o->skip, arena, err);
    }
  }
  return status;
}

static rc_status bench_ball(const options *o, rc_error *err) {
  int64_t side = 2 * (int64_t)ceil(o->axis) + 3;
  rc_geometry grid = {{side, side, side}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  rc_arena *arena = rc_arena_create(0);
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_processing_settings settings;
  rc_roi roi;
  rc_status status = arena == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory") : RC_OK;
  if (status == RC_OK)
    status = rc_volume_create(&grid, 0, &image, err);
  if (status == RC_OK)
    status = rc_mask_create(&grid, 0, &mask, err);
  if (status == RC_OK)
    status = rc_processing_defaults(arena, &settings, err);
  if (status == RC_OK) {
    fill_ball(&image, &mask, o->axis);
    settings.discretisation.method = RC_DISCRETISE_FIXED_BIN_NUMBER;
    settings.discretisation.n_bins = (int64_t)o->bins;
    status = rc_roi_prepare(&image, &mask, &settings, 0, arena, &roi, err);
  }
  if (status == RC_OK)
    status = bench(&roi, o, arena, err);
  rc_volume_release(&image);
  rc_mask_release(&mask);
  rc_arena_destroy(arena);
  return status;
}

int main(int argc, char **argv) {
  options o = {RC_PROFILE_IBSI, NULL, NULL, 14, 0, 32};
  rc_error err = RC_ERROR_INIT;
  if (!parse(argc, argv, &o)) {
    fprintf(stderr,
            "usage: bench_maps [--profile ibsi|pyradiomics] [--family KEY] [--skip FEATURE] "
            "[--radius N] [--axis 1..200] [--bins 1..1000]\n");
    return 2;
  }
  rc_status status = bench_ball(&o, &err);
  if (status != RC_OK)
    fprintf(stderr, "bench_maps: %s\n", err.message);
  return status == RC_OK ? 0 : 1;
}
