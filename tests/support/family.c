// SPDX-License-Identifier: Apache-2.0
#include "family.h"

#include "support.h"

#include "data/frame.h"
#include "texture/level_grid.h"
#include "texture/tally.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double spacing[3] = {1.0, 1.0, 1.0};

static test_values no_values(const rc_family *family) {
  test_values out = {.family = family};
  for (int a = 0; a < RC_AGG_COUNT; a++)
    for (int f = 0; f < TEST_MAX_FEATURES; f++)
      out.value[a][f] = NAN;
  return out;
}

test_values test_compute(const rc_family *family, const rc_roi *roi, const void *params) {
  test_values out = no_values(family);
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  double packed[RC_AGG_COUNT * TEST_MAX_FEATURES];
  void *defaults = NULL;
  assert_true(family->n_features <= TEST_MAX_FEATURES);
  if (params == NULL && family->params != NULL) {
    defaults = rc_arena_alloc(arena, 1, family->params->struct_size);
    assert_int_equal(rc_param_defaults(family->params, defaults, arena, &err), RC_OK);
    params = defaults;
  }
  for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
    packed[i] = NAN;
  rc_family_output output = {packed, NULL};
  if (family->compute(roi, params, family->aggregations, arena, &output, &err) != RC_OK)
    fail_msg("%s: %s", family->key, err.message);
  const double *value = packed;
  for (int a = 0; a < RC_AGG_COUNT; a++) {
    if ((family->aggregations & RC_AGG_BIT(a)) == 0)
      continue;
    memcpy(out.value[a], value, (size_t)family->n_features * sizeof *value);
    value += family->n_features;
  }
  out.undefined = output.undefined;
  rc_arena_destroy(arena);
  return out;
}

int64_t test_feature(const rc_family *family, const char *tag) {
  for (int64_t f = 0; f < family->n_features; f++)
    if (strcmp(family->feature[f].tag, tag) == 0)
      return f;
  fail_msg("no feature %s", tag);
  return -1;
}

static void differ(const test_values *a, int aggregation, int64_t f, double x, double y) {
  fail_msg("%s_%s is %.17g, expected %.17g", a->family->feature[f].tag,
           rc_aggregation_suffix((rc_aggregation)aggregation), x, y);
}

void test_values_same(const test_values *a, const test_values *b, uint32_t mask) {
  for (int g = 0; g < RC_AGG_COUNT; g++)
    for (int64_t f = 0; (mask & RC_AGG_BIT(g)) && f < a->family->n_features; f++)
      if (memcmp(&a->value[g][f], &b->value[g][f], sizeof(double)) != 0 &&
          !(isnan(a->value[g][f]) && isnan(b->value[g][f])))
        differ(a, g, f, a->value[g][f], b->value[g][f]);
}

void test_values_near(const test_values *a, const test_values *b, uint32_t mask, double tolerance) {
  for (int g = 0; g < RC_AGG_COUNT; g++)
    for (int64_t f = 0; (mask & RC_AGG_BIT(g)) && f < a->family->n_features; f++) {
      double x = a->value[g][f], y = b->value[g][f];
      if (isnan(x) != isnan(y) || fabs(x - y) > tolerance * (1.0 + fabs(y)))
        differ(a, g, f, x, y);
    }
}

// ---- Published values ----

static bool find_column(const rc_family *family, const char *tag, int *aggregation, int64_t *f) {
  char name[128];
  for (int a = 0; a < RC_AGG_COUNT; a++)
    for (*f = 0; (family->aggregations & RC_AGG_BIT(a)) && *f < family->n_features; ++*f) {
      const char *suffix = rc_aggregation_suffix((rc_aggregation)a);
      snprintf(name, sizeof name, "%s%s%s", family->feature[*f].tag, *suffix ? "_" : "", suffix);
      *aggregation = a;
      if (strcmp(name, tag) == 0)
        return true;
    }
  return false;
}

/// References are printed with three significant digits.
static double three_digits(double value) {
  double place = value == 0.0 ? 1.0 : pow(10.0, floor(log10(fabs(value))) - 2.0);
  return rint(value / place) * place;
}

void test_phantom_reference(const rc_family *family) {
  const char *path = test_data("ibsi1/reference/dig_phantom.csv");
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  test_roi *region = test_roi_phantom();
  test_values values = test_compute(family, &region->roi, NULL);
  int64_t found = 0, offered = 0;
  char line[256];
  while (fgets(line, sizeof line, file) != NULL) {
    char *end;
    double reference = strtod(line, &end);
    if (end == line || *end != ';')
      continue;
    double tolerance = strtod(end + 1, &end);
    char *tag = end + 1;
    tag[strcspn(tag, "\r\n")] = '\0';
    int aggregation;
    int64_t f;
    if (!find_column(family, tag, &aggregation, &f))
      continue;
    found++;
    double value = values.value[aggregation][f];
    if (!(fabs(three_digits(value) - reference) <= tolerance + 1e-9 * fabs(reference)))
      fail_msg("%s is %.10g, published %g +- %g", tag, value, reference, tolerance);
  }
  fclose(file);
  for (int a = 0; a < RC_AGG_COUNT; a++)
    offered += family->aggregations & RC_AGG_BIT(a) ? family->n_features : 0;
  // The area under the intensity-volume histogram has no published value.
  offered -= strcmp(family->key, "intensity_volume_histogram") == 0;
  assert_int_equal(found, offered);
  test_roi_destroy(region);
}

// ---- Brute force ----

int test_level(const test_roi *region, int64_t x, int64_t y, int64_t z) {
  const int64_t *size = region->roi.grid.size;
  if (x < 0 || y < 0 || z < 0 || x >= size[0] || y >= size[1] || z >= size[2])
    return 0;
  return region->level[x + size[0] * (y + size[1] * z)];
}

void test_table_features(const double *n, int64_t n_levels, int64_t n_sizes, double n_voxels,
                         double *value) {
  double total = 0.0, level_mean = 0.0, size_mean = 0.0;
  for (int64_t i = 0; i < n_levels; i++)
    for (int64_t j = 0; j < n_sizes; j++) {
      total += n[i * n_sizes + j];
      level_mean += (double)(i + 1) * n[i * n_sizes + j];
      size_mean += (double)(j + 1) * n[i * n_sizes + j];
    }
  for (int f = 0; f < RC_TALLY_COUNT; f++)
    value[f] = total > 0.0 ? 0.0 : NAN;
  if (!(total > 0.0))
    return;
  level_mean /= total;
  size_mean /= total;
  for (int64_t i = 0; i < n_levels; i++)
    for (int64_t j = 0; j < n_sizes; j++) {
      double p = n[i * n_sizes + j] / total, level = (double)(i + 1), size = (double)(j + 1);
      if (p == 0.0)
        continue;
      value[RC_TALLY_SMALL] += p / size / size;
      value[RC_TALLY_LARGE] += p * size * size;
      value[RC_TALLY_LOW_GREY] += p / level / level;
      value[RC_TALLY_HIGH_GREY] += p * level * level;
      value[RC_TALLY_SMALL_LOW] += p / size / size / level / level;
      value[RC_TALLY_SMALL_HIGH] += p / size / size * level * level;
      value[RC_TALLY_LARGE_LOW] += p * size * size / level / level;
      value[RC_TALLY_LARGE_HIGH] += p * size * size * level * level;
      value[RC_TALLY_GREY_VARIANCE] += p * (level - level_mean) * (level - level_mean);
      value[RC_TALLY_SIZE_VARIANCE] += p * (size - size_mean) * (size - size_mean);
      value[RC_TALLY_ENTROPY] -= p * log2(p);
      value[RC_TALLY_ENERGY] += p * p;
    }
  for (int64_t i = 0; i < n_levels; i++) {
    double row = 0.0;
    for (int64_t j = 0; j < n_sizes; j++)
      row += n[i * n_sizes + j];
    value[RC_TALLY_GREY_NU] += row * row / total;
    value[RC_TALLY_GREY_NU_NORM] += row * row / total / total;
  }
  for (int64_t j = 0; j < n_sizes; j++) {
    double column = 0.0;
    for (int64_t i = 0; i < n_levels; i++)
      column += n[i * n_sizes + j];
    value[RC_TALLY_SIZE_NU] += column * column / total;
    value[RC_TALLY_SIZE_NU_NORM] += column * column / total / total;
  }
  value[RC_TALLY_PERCENTAGE] = total / n_voxels;
}

/// Adds one matrix to a mean, unless it is empty.
static void add_view(const rc_family *family, test_brute *brute, const test_view *view,
                     const void *params, double *sum, int64_t *n) {
  double value[TEST_MAX_FEATURES];
  brute(view, params, value);
  if (isnan(value[0]))
    return;
  ++*n;
  for (int64_t f = 0; f < family->n_features; f++)
    sum[f] += value[f];
}

/// The mean over the matrices that an aggregation asks for.
static void brute_aggregate(const rc_family *family, test_brute *brute, const test_roi *region,
                            const void *params, rc_aggregation aggregation, double *mean) {
  bool by_slice =
      aggregation == RC_AGG_2D || aggregation == RC_AGG_2D_AVG || aggregation == RC_AGG_2D_COMB;
  bool by_direction = aggregation == RC_AGG_2D_AVG || aggregation == RC_AGG_2_5D_AVG ||
                      aggregation == RC_AGG_3D_AVG;
  bool solid =
      aggregation == RC_AGG_3D || aggregation == RC_AGG_3D_AVG || aggregation == RC_AGG_3D_COMB;
  int n_directions = solid ? RC_DIRECTIONS_3D : RC_DIRECTIONS_2D;
  int64_t n_slices = region->roi.grid.size[2], n = 0;
  double sum[TEST_MAX_FEATURES] = {0.0};
  for (int64_t z = 0; z < (by_slice ? n_slices : 1); z++)
    for (int d = 0; d < (by_direction ? n_directions : 1); d++) {
      test_view view = {region,
                        by_slice ? z : 0,
                        by_slice ? z + 1 : n_slices,
                        rc_direction + d,
                        by_direction ? 1 : n_directions,
                        solid};
      add_view(family, brute, &view, params, sum, &n);
    }
  for (int64_t f = 0; f < family->n_features; f++)
    mean[f] = n > 0 ? sum[f] / (double)n : NAN;
}

test_values test_brute_compute(const rc_family *family, test_brute *brute, const test_roi *region,
                               const void *params) {
  test_values out = no_values(family);
  for (int a = 0; a < RC_AGG_COUNT; a++)
    if (family->aggregations & RC_AGG_BIT(a))
      brute_aggregate(family, brute, region, params, (rc_aggregation)a, out.value[a]);
  return out;
}

void test_equals_brute(const rc_family *family, test_brute *brute, const void *params) {
  static const struct {
    int64_t size[3];
    int32_t n_levels;
  } shape[] = {{{9, 8, 7}, 6},   {{9, 8, 7}, 32},   {{14, 3, 5}, 2}, {{1, 9, 6}, 4},
               {{7, 1, 1}, 3},   {{5, 6, 1}, 5},    {{1, 1, 1}, 1},  {{2, 2, 2}, 300},
               {{6, 7, 8}, 400}, {{11, 12, 9}, 700}};
  for (size_t s = 0; s < sizeof shape / sizeof shape[0]; s++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
      test_roi *region = test_roi_random(shape[s].size, spacing, shape[s].n_levels, seed);
      test_values fast = test_compute(family, &region->roi, params);
      test_values slow = test_brute_compute(family, brute, region, params);
      test_values_near(&fast, &slow, family->aggregations, 1e-11);
      test_roi_destroy(region);
    }
}

// ---- Properties ----

static void check_empty(const rc_family *family) {
  static const int64_t size[3] = {4, 3, 2};
  test_roi *region = test_roi_random(size, spacing, 4, 7);
  memset(region->mask, 0, (size_t)rc_geometry_voxels(&region->roi.grid));
  test_roi_recount(region);
  test_values values = test_compute(family, &region->roi, NULL);
  assert_non_null(values.undefined);
  for (int a = 0; a < RC_AGG_COUNT; a++)
    for (int64_t f = 0; f < family->n_features; f++)
      assert_true(isnan(values.value[a][f]));
  test_roi_destroy(region);
}

static void check_margin(const rc_family *family, const test_roi *region) {
  static const test_margin margin = {{3, 1, 2}, {1, 4, 1}};
  test_roi *wide = test_roi_widen(region, &margin);
  test_values a = test_compute(family, &region->roi, NULL);
  test_values b = test_compute(family, &wide->roi, NULL);
  test_values_same(&a, &b, family->aggregations);
  test_roi_destroy(wide);
}

static void check_turned(const rc_family *family, const test_roi *region) {
  const uint32_t solid =
      RC_AGG_BIT(RC_AGG_3D) | RC_AGG_BIT(RC_AGG_3D_AVG) | RC_AGG_BIT(RC_AGG_3D_COMB);
  static const int axes[][3] = {{1, 0, 2}, {2, 1, 0}, {1, 2, 0}, {0, 1, 2}};
  static const bool mirror[][3] = {
      {false, false, false}, {true, false, false}, {false, true, true}, {true, true, true}};
  test_values a = test_compute(family, &region->roi, NULL);
  for (size_t t = 0; t < sizeof axes / sizeof axes[0]; t++) {
    test_roi *turned = test_roi_turn(region, axes[t], mirror[t]);
    test_values b = test_compute(family, &turned->roi, NULL);
    test_values_near(&b, &a, family->aggregations & solid, 1e-12);
    // Within a slice, exchanging x and y or mirroring changes nothing either.
    if (axes[t][2] == 2)
      test_values_near(&b, &a, family->aggregations & ~solid, 1e-11);
    test_roi_destroy(turned);
  }
}

static void check_threads(const rc_family *family, int32_t n_levels) {
  static const int64_t size[3] = {46, 42, 38};
  test_roi *region = test_roi_random(size, spacing, n_levels, 11);
  assert_true(region->roi.n_mask > 30000);
  int before = omp_get_max_threads();
  omp_set_num_threads(1);
  test_values one = test_compute(family, &region->roi, NULL);
  omp_set_num_threads(4);
  test_values four = test_compute(family, &region->roi, NULL);
  omp_set_num_threads(before);
  test_values_same(&one, &four, family->aggregations);
  test_roi_destroy(region);
}

/// However little memory there is, a family ends with a clear error or with its values.
static void check_memory(const rc_family *family, const test_roi *region) {
  double value[RC_AGG_COUNT * TEST_MAX_FEATURES];
  int n_failed = 0, n_done = 0;
  for (size_t limit = 2048; limit <= (size_t)1 << 26; limit += limit / 4) {
    rc_error err = RC_ERROR_INIT;
    rc_arena *arena = rc_arena_create(limit);
    rc_family_output out = {value, NULL};
    void *params = NULL;
    rc_status status = RC_OK;
    if (family->params != NULL) {
      params = rc_arena_alloc(arena, 1, family->params->struct_size);
      assert_non_null(params);
      status = rc_param_defaults(family->params, params, arena, &err);
      assert_int_equal(status, RC_OK);
    }
    status = family->compute(&region->roi, params, family->aggregations, arena, &out, &err);
    assert_true(status == RC_OK || (status == RC_ERR_MEMORY && err.message[0] != '\0'));
    assert_false(status != RC_OK && n_done > 0);
    n_failed += status != RC_OK;
    n_done += status == RC_OK;
    rc_arena_destroy(arena);
  }
  assert_true(n_failed > 0 && n_done > 0);
}

void test_matrix_properties(const rc_family *family) {
  static const int64_t size[3] = {10, 9, 8};
  check_empty(family);
  for (int32_t n_levels = 3; n_levels <= 3000; n_levels *= 10) {
    test_roi *region = test_roi_random(size, spacing, n_levels, 5);
    check_margin(family, region);
    check_turned(family, region);
    check_memory(family, region);
    test_roi_destroy(region);
  }
  check_threads(family, 32);
  check_threads(family, 600);
}
