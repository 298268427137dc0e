// SPDX-License-Identifier: Apache-2.0
// Intensity statistics: against the IBSI-1 reference values, R's percentiles and definitions.
#include "family.h"
#include "support.h"

#include "texture/distribution.h"
#include "texture/registry.h"

#include <math.h>
#include <stdlib.h>

static double get(const test_values *values, const char *tag) {
  return values->value[RC_AGG_NONE][test_feature(&rc_family_statistics, tag)];
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double percentile(const double *sorted, int64_t n, double percent) {
  double h = percent / 100.0 * (double)(n - 1);
  int64_t k = (int64_t)h;
  return k + 1 < n ? sorted[k] + (h - (double)k) * (sorted[k + 1] - sorted[k]) : sorted[k];
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_statistics);
}

static void follows_the_definitions(void **state) {
  (void)state;
  static const int64_t size[3] = {21, 17, 13};
  static const double spacing[3] = {1, 1, 1};
  for (uint64_t seed = 1; seed <= 4; seed++) {
    test_roi *region = test_roi_random(size, spacing, 8, seed);
    int64_t n = region->roi.n_mask, k = 0;
    double *x = malloc((size_t)n * sizeof *x);
    for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
      if (region->mask[i]) {
        // Both signs and wide exponents, to be sorted.
        region->intensity[i] = (region->intensity[i] - 40.0) * (seed == 4 ? 1e-160 : 1.0);
        x[k++] = region->intensity[i];
      }
    qsort(x, (size_t)n, sizeof *x, by_value);
    test_values values = test_compute(&rc_family_statistics, &region->roi, NULL);
    double mean = 0, m[5] = {0}, medad = 0, mad = 0, square = 0;
    double median = percentile(x, n, 50), p10 = percentile(x, n, 10), p90 = percentile(x, n, 90);
    double p25 = percentile(x, n, 25), p75 = percentile(x, n, 75), inner = 0, n_inner = 0, rmad = 0;
    for (int64_t i = 0; i < n; i++)
      mean += x[i] / (double)n;
    for (int64_t i = 0; i < n; i++) {
      for (int p = 2; p <= 4; p++)
        m[p] += pow(x[i] - mean, p) / (double)n;
      mad += fabs(x[i] - mean) / (double)n;
      medad += fabs(x[i] - median) / (double)n;
      square += x[i] * x[i];
      if (x[i] >= p10 && x[i] <= p90) {
        inner += x[i];
        n_inner++;
      }
    }
    for (int64_t i = 0; i < n; i++)
      if (x[i] >= p10 && x[i] <= p90)
        rmad += fabs(x[i] - inner / n_inner) / n_inner;
    double scale = fabs(x[n - 1]) + fabs(x[0]);
    assert_near(get(&values, "stat_mean") / scale, mean / scale, 1e-14, 0);
    assert_near(get(&values, "stat_min"), x[0], 0, 0);
    assert_near(get(&values, "stat_max"), x[n - 1], 0, 0);
    assert_near(get(&values, "stat_median"), median, 0, 1e-14);
    assert_near(get(&values, "stat_p10"), p10, 0, 1e-13);
    assert_near(get(&values, "stat_p90"), p90, 0, 1e-13);
    assert_near(get(&values, "stat_iqr"), p75 - p25, 0, 1e-13);
    assert_near(get(&values, "stat_range"), x[n - 1] - x[0], 0, 0);
    assert_near(get(&values, "stat_qcod"), (p75 - p25) / (p75 + p25), 0, 1e-11);
    assert_near(get(&values, "stat_mad"), mad, 0, 1e-12);
    assert_near(get(&values, "stat_rmad"), rmad, 0, 1e-12);
    assert_near(get(&values, "stat_medad"), medad, 0, 1e-12);
    if (seed < 4) {
      assert_near(get(&values, "stat_var"), m[2], 0, 1e-12);
      assert_near(get(&values, "stat_skew"), m[3] / pow(m[2], 1.5), 1e-12, 1e-12);
      assert_near(get(&values, "stat_kurt"), m[4] / m[2] / m[2] - 3, 1e-12, 1e-12);
      assert_near(get(&values, "stat_cov"), sqrt(m[2]) / mean, 0, 1e-11);
      assert_near(get(&values, "stat_energy"), square, 0, 1e-12);
      assert_near(get(&values, "stat_rms"), sqrt(square / (double)n), 0, 1e-12);
    }
    free(x);
    test_roi_destroy(region);
  }
}

/// R: quantile(c(1, 1, 1, 2, 5, 5, 9), c(.1, .25, .5, .75, .9, .95)) is 1 1 2 5 6.6 7.8.
static void interpolates_percentiles_as_r(void **state) {
  (void)state;
  static const double value[] = {1, 2, 5, 9};
  static const int64_t count[] = {3, 1, 2, 1};
  static const double percent[] = {0, 10, 25, 50, 75, 90, 95, 100};
  static const double expected[] = {1, 1, 1, 2, 5, 6.6, 7.8, 9};
  const rc_distribution d = {4, value, count, 7};
  for (int i = 0; i < 8; i++)
    assert_near(rc_distribution_percentile(&d, percent[i]), expected[i], 0, 1e-15);
}

static void knows_the_constant_and_the_single(void **state) {
  (void)state;
  static const int64_t size[3] = {3, 1, 1};
  static const double spacing[3] = {1, 1, 1}, tenth[3] = {0.1, 0.1, 0.1}, zero[3] = {0, -0.0, 0};
  uint8_t mask[3] = {1, 1, 1};
  test_roi *region = test_roi_create(size, spacing, tenth, mask, NULL, NULL);
  test_values values = test_compute(&rc_family_statistics, &region->roi, NULL);
  assert_null(values.undefined);
  assert_near(get(&values, "stat_mean"), 0.1, 0, 0);
  static const char *const nought[] = {"stat_var",   "stat_skew", "stat_kurt", "stat_iqr",
                                       "stat_range", "stat_mad",  "stat_rmad", "stat_medad",
                                       "stat_cov",   "stat_qcod"};
  for (size_t i = 0; i < sizeof nought / sizeof nought[0]; i++)
    assert_near(get(&values, nought[i]), 0, 0, 0);
  test_roi_destroy(region);
  mask[0] = mask[2] = 0;
  region = test_roi_create(size, spacing, zero, mask, NULL, NULL);
  values = test_compute(&rc_family_statistics, &region->roi, NULL);
  assert_non_null(values.undefined);
  assert_true(isnan(get(&values, "stat_cov")) && isnan(get(&values, "stat_qcod")));
  assert_near(get(&values, "stat_median"), 0, 0, 0);
  region->mask[1] = 0;
  for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
    region->mask[i] = 0;
  test_roi_recount(region);
  values = test_compute(&rc_family_statistics, &region->roi, NULL);
  assert_non_null(values.undefined);
  assert_true(isnan(get(&values, "stat_mean")));
  test_roi_destroy(region);
}

/// Intensities of several kinds from a random number in [0, 1).
static double intensity_of_kind(int kind, double u) {
  switch (kind) {
  case 0:
    return floor(2000.0 * u) - 1000.0; // whole
  case 1:
    return 1e13 + floor(3.0 * u); // whole, far from zero
  case 2:
    return floor(1e9 * u) * 4.0; // whole, too far apart to be counted
  case 3:
    return 30.0 * u - 10.0;
  case 4:
    return floor(40.0 * u) / 8.0 - 2.0; // ties
  case 5:
    return u < 0.9 ? 0.25 : pow(10.0, 600.0 * u - 570.0); // most in one bucket
  case 6:
    return u < 0.5 ? -1.7e308 * u : 1.7e308 * u; // the range overflows
  case 7:
    return (u - 0.3) * 1e-310; // denormal
  default:
    return u < 0.3 ? -0.0 : u < 0.6 ? 0.0 : 0.5;
  }
}

static void sorts_any_intensities(void **state) {
  (void)state;
  static const int64_t size[3] = {19, 17, 15};
  const int64_t n = size[0] * size[1] * size[2];
  for (int kind = 0; kind <= 8; kind++) {
    test_roi *region = test_roi_random(size, (double[]){1, 1, 1}, 8, 90 + (uint64_t)kind);
    double *sorted = malloc((size_t)n * sizeof *sorted);
    uint64_t random = 1;
    int64_t m = 0, k = 0;
    assert_non_null(sorted);
    for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++) {
      random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      region->intensity[i] = intensity_of_kind(kind, (double)(random >> 11) * 0x1p-53);
      if (region->mask[i])
        sorted[m++] = region->intensity[i];
    }
    qsort(sorted, (size_t)m, sizeof *sorted, by_value);
    rc_arena *arena = rc_arena_create(0);
    rc_distribution d;
    rc_error err = RC_ERROR_INIT;
    assert_int_equal(rc_distribution_of_intensities(&region->roi, arena, &d, &err), RC_OK);
    assert_int_equal(d.total, m);
    for (int64_t v = 0; v < d.n; v++) {
      assert_true(v == 0 || d.value[v] > d.value[v - 1]);
      assert_true(d.count[v] > 0);
      for (int64_t c = 0; c < d.count[v]; c++)
        assert_true(k < m && sorted[k++] == d.value[v]);
    }
    assert_int_equal(k, m);
    rc_arena_destroy(arena);
    free(sorted);
    test_roi_destroy(region);
  }
}

static void refuses_intensities_that_are_not_finite(void **state) {
  (void)state;
  static const int64_t size[3] = {2, 1, 1};
  static const double spacing[3] = {1, 1, 1}, intensity[2] = {1, NAN};
  static const uint8_t mask[2] = {1, 1};
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  double value[TEST_MAX_FEATURES];
  rc_family_output out = {value, NULL};
  test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  assert_int_equal(
      rc_family_statistics.compute(&region->roi, NULL, RC_AGG_BIT(RC_AGG_NONE), arena, &out, &err),
      RC_ERR_NUMERIC);
  rc_arena_destroy(arena);
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(follows_the_definitions),
      cmocka_unit_test(interpolates_percentiles_as_r),
      cmocka_unit_test(knows_the_constant_and_the_single),
      cmocka_unit_test(sorts_any_intensities),
      cmocka_unit_test(refuses_intensities_that_are_not_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
