// SPDX-License-Identifier: Apache-2.0
// Every feature of two made regions and sums over every filter's responses, a line each, with all
// their bits: to be compared between builds and processors. One thread is enough: threads never
// change a bit (tests/job, unit tests).
#include "filters/filter.h"
#include "texture/contract.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { NX = 61, NY = 54, NZ = 37, N = NX * NY * NZ };

/// The arrays of a region: an uneven ellipsoid with holes, and a margin of one voxel.
typedef struct region {
  double intensity[N];
  uint8_t morph[N], mask[N];
  uint16_t level[N];
  rc_roi roi;
} region;

static void fill(region *r, int32_t n_levels, bool whole) {
  uint64_t random = 5;
  r->roi = (rc_roi){.grid = {{NX, NY, NZ}, {0.9, 0.9, 2.5}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}},
                    .unit = RC_UNIT_HU,
                    .intensity = r->intensity,
                    .morph = r->morph,
                    .mask = r->mask};
  for (int i = 0; i < N; i++) {
    int x = i % NX, y = i / NX % NY, z = i / (NX * NY);
    random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double u = (double)(random >> 11) * 0x1p-53, dx = (x - 30.0) / 29.0, dy = (y - 26.5) / 25.0;
    double dz = (z - 18.0) / 17.0, lump = (double)((x / 7 + y / 5 + z / 3) % 9) / 9.0;
    double value = 100.0 * lump + 60.0 * u - 40.0;
    r->morph[i] = dx * dx + dy * dy + dz * dz <= 1.0 - 0.3 * lump;
    r->mask[i] = r->morph[i] && (random >> 20 & 63) != 0;
    r->intensity[i] = whole ? floor(value) : value;
    r->level[i] = r->mask[i] ? (uint16_t)(1 + (value + 40.0) / 160.0 * n_levels) : 0;
    r->roi.n_morph += r->morph[i];
    r->roi.n_mask += r->mask[i];
  }
  r->roi.texture = (rc_levels){.method = RC_DISCRETISE_FIXED_BIN_SIZE,
                               .value = r->level,
                               .n_levels = n_levels,
                               .low = -40.0,
                               .width = 160.0 / n_levels,
                               .high = 120.0};
  r->roi.ivh = r->roi.texture;
}

static rc_status print_features(const region *r, const char *name, rc_profile profile,
                                rc_arena *arena, rc_error *err) {
  rc_feature_settings settings;
  rc_feature_column *column;
  int64_t n;
  rc_status status = rc_feature_settings_default(profile, arena, &settings, err);
  settings.aggregations = RC_AGG_BIT(RC_AGG_COUNT) - 1;
  if (status == RC_OK)
    status = rc_feature_columns(&settings, arena, &column, &n, err);
  if (status != RC_OK)
    return status;
  double *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  status = rc_features_compute(&settings, &r->roi, arena, value, NULL, err);
  for (int64_t i = 0; i < n && status == RC_OK; i++)
    printf("%s.%s.%s %a\n", name, column[i].family->key, column[i].name, value[i]);
  return status;
}

// --- filters -------------------------------------------------------------------------------------

/// Settings without a default.
static const char *const wanted[][2] = {{"sigma", "1.5"}, {"lambda", "3"}, {"kernels", "L5E5S5"}};

static rc_status make_settings(const rc_filter *filter, rc_arena *arena, void **out,
                               rc_error *err) {
  *out = NULL;
  if (filter->params == NULL)
    return RC_OK;
  *out = rc_arena_alloc(arena, 1, filter->params->struct_size);
  if (*out == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  rc_status status = rc_param_defaults(filter->params, *out, arena, err);
  for (size_t k = 0; k < sizeof wanted / sizeof wanted[0] && status == RC_OK; k++) {
    const rc_param *param = rc_param_find(filter->params, wanted[k][0]);
    if (param != NULL)
      status = rc_param_set(param, *out, &wanted[k][1], 1, arena, err);
  }
  return status;
}

static rc_status print_response(void *user, int64_t response, const double *value, rc_error *err) {
  const rc_filter *filter = user;
  double sum = 0.0, squares = 0.0, moment = 0.0;
  (void)err;
  for (int i = 0; i < N; i++) {
    sum += fabs(value[i]);
    squares += value[i] * value[i];
    moment += value[i] * value[i] * (1.0 + (double)i / N);
  }
  printf("filter%d.%s.%lld %a\nfilter%d.%s.%lld.squares %a\nfilter%d.%s.%lld.moment %a\n",
         (int)filter->profile, filter->key, (long long)response, sum, (int)filter->profile,
         filter->key, (long long)response, squares, (int)filter->profile, filter->key,
         (long long)response, moment);
  return RC_OK;
}

static rc_status print_filters(const region *r, rc_arena *arena, rc_error *err) {
  rc_filter_image image = {r->roi.grid, r->intensity, {{0, 0, 0}, {NX, NY, NZ}}, RC_VOXEL_DOUBLE};
  rc_status status = RC_OK;
  for (int d = 0; d < 3; d++)
    image.grid.spacing_mm[d] = 1.0;
  for (const rc_filter *const *filter = rc_filters; *filter != NULL && status == RC_OK; filter++) {
    const rc_arena_mark mark = rc_arena_get_mark(arena);
    void *settings = NULL;
    status = make_settings(*filter, arena, &settings, err);
    if (status == RC_OK)
      status = (*filter)->apply(settings, &image, arena, print_response, (void *)*filter, err);
    rc_arena_rewind(arena, mark);
  }
  return status;
}

int main(void) {
  static const struct {
    const char *name;
    int32_t n_levels;
    bool whole;
  } cases[] = {{"whole", 32, true}, {"fine", 700, false}};
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  region *r = malloc(sizeof *r);
  if (arena == NULL || r == NULL)
    return 1;
  omp_set_num_threads(1);
  rc_status status = RC_OK;
  for (int k = 0; k < 2 && status == RC_OK; k++) {
    fill(r, cases[k].n_levels, cases[k].whole);
    status = print_features(r, cases[k].name, RC_PROFILE_IBSI, arena, &err);
    if (status == RC_OK)
      status = print_features(r, cases[k].name, RC_PROFILE_PYRADIOMICS, arena, &err);
  }
  if (status == RC_OK)
    status = print_filters(r, arena, &err);
  if (status != RC_OK)
    fprintf(stderr, "%s\n", err.message);
  rc_arena_destroy(arena);
  free(r);
  return status == RC_OK ? 0 : 1;
}
