// SPDX-License-Identifier: Apache-2.0
// Intensity-volume histogram: against the IBSI-1 reference values and a step-by-step histogram.
#include "family.h"
#include "support.h"

#include "texture/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double spacing[3] = {1, 1, 1};
static const int64_t size[3] = {9, 8, 7};

static double get(const test_values *values, const char *tag) {
  return values->value[RC_AGG_NONE][test_feature(&rc_family_intensity_volume_histogram, tag)];
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_intensity_volume_histogram);
}

/// Walks along all steps of G = [low, high], counting voxels at each as IBSI-1 section 3.5 does.
static void check_steps(const test_roi *region, const double *x, double low, double high,
                        double step) {
  test_values values = test_compute(&rc_family_intensity_volume_histogram, &region->roi, NULL);
  int64_t n_grid = rc_geometry_voxels(&region->roi.grid), n = (int64_t)((high - low) / step + 1.5);
  double v10 = -1, v90 = -1, i10 = NAN, i90 = NAN, area = 0, previous = 1;
  for (int64_t k = 0; k <= n; k++) {
    double at = low + (double)k * step, gamma = (at - low) / (high - low), reached = 0;
    for (int64_t i = 0; i < n_grid; i++)
      reached += region->mask[i] && x[i] > at - 1e-9;
    double nu = reached / (double)region->roi.n_mask;
    if (k > 0 && k < n)
      area += (previous + nu) / 2 * step / (high - low);
    if (k < n && gamma > 0.1 - 1e-12 && v10 < 0)
      v10 = nu;
    if (k < n && gamma > 0.9 - 1e-12 && v90 < 0)
      v90 = nu;
    if (isnan(i10) && nu <= 0.1)
      i10 = at;
    if (isnan(i90) && nu <= 0.9)
      i90 = at;
    previous = nu;
  }
  assert_near(get(&values, "ivh_v10"), v10, 0, 1e-14);
  assert_near(get(&values, "ivh_v90"), v90, 0, 1e-14);
  assert_near(get(&values, "ivh_i10"), i10, 1e-9, 1e-12);
  assert_near(get(&values, "ivh_i90"), i90, 1e-9, 1e-12);
  assert_near(get(&values, "ivh_diff_v10_v90"), v10 - v90, 0, 1e-13);
  assert_near(get(&values, "ivh_diff_i10_i90"), i10 - i90, 1e-9, 1e-12);
  assert_near(get(&values, "ivh_auc"), area, 0, 1e-12);
}

static void walks_over_whole_intensities(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    test_roi *region = test_roi_random(size, spacing, 8, seed);
    for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
      region->intensity[i] = rint(region->intensity[i]) - 30;
    // A re-segmentation range that reaches beyond the intensities.
    region->roi.ivh = (rc_levels){RC_DISCRETISE_NONE, NULL, 0, -100, 1, 150};
    check_steps(region, region->intensity, -100, 150, 1);
    test_roi_destroy(region);
  }
}

static void walks_over_bin_centres(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    test_roi *region = test_roi_random(size, spacing, 40, seed);
    int64_t n = rc_geometry_voxels(&region->roi.grid);
    double *x = calloc((size_t)n, sizeof *x);
    for (int64_t i = 0; i < n; i++)
      x[i] = -20 + (region->level[i] - 0.5) * 2.5;
    region->roi.ivh.method = RC_DISCRETISE_FIXED_BIN_SIZE;
    region->roi.ivh.low = -20;
    region->roi.ivh.width = 2.5;
    region->roi.ivh.high = 105;
    check_steps(region, x, -18.75, 103.75, 2.5);
    free(x);
    test_roi_destroy(region);
  }
}

static void walks_over_bin_numbers(void **state) {
  (void)state;
  test_roi *region = test_roi_random(size, spacing, 1000, 2);
  int64_t n = rc_geometry_voxels(&region->roi.grid);
  double *x = calloc((size_t)n, sizeof *x);
  for (int64_t i = 0; i < n; i++)
    x[i] = region->level[i];
  check_steps(region, x, 1, 1000, 1);
  free(x);
  test_roi_destroy(region);
}

/// Without whole numbers there are no steps: the intensities that occur stand for them.
static void takes_continuous_intensities(void **state) {
  (void)state;
  static const int64_t line[3] = {11, 1, 1};
  double intensity[11];
  uint8_t mask[11];
  for (int i = 0; i < 11; i++) {
    intensity[i] = 0.25 * (10 - i);
    mask[i] = 1;
  }
  test_roi *region = test_roi_create(line, spacing, intensity, mask, NULL, NULL);
  region->roi.ivh = (rc_levels){RC_DISCRETISE_NONE, NULL, 0, 0, 1, 2.5};
  test_values values = test_compute(&rc_family_intensity_volume_histogram, &region->roi, NULL);
  assert_near(get(&values, "ivh_v10"), 10.0 / 11, 0, 1e-15);
  assert_near(get(&values, "ivh_v90"), 2.0 / 11, 0, 1e-15);
  assert_near(get(&values, "ivh_i10"), 2.5, 0, 0);
  assert_near(get(&values, "ivh_i90"), 0.5, 0, 0);
  assert_near(get(&values, "ivh_auc"), 0.5, 0, 1e-15);
  test_roi_destroy(region);
}

static void knows_the_flat_and_the_empty(void **state) {
  (void)state;
  static const int64_t line[3] = {2, 1, 1};
  static const double intensity[2] = {5, 5};
  static const uint8_t mask[2] = {1, 1};
  test_roi *region = test_roi_create(line, spacing, intensity, mask, NULL, NULL);
  region->roi.ivh = (rc_levels){RC_DISCRETISE_NONE, NULL, 0, 5, 1, 5};
  test_values values = test_compute(&rc_family_intensity_volume_histogram, &region->roi, NULL);
  assert_non_null(values.undefined);
  assert_true(isnan(get(&values, "ivh_v10")));
  assert_near(get(&values, "ivh_auc"), 0, 0, 0);
  assert_near(get(&values, "ivh_i90"), 6, 0, 0);
  memset(region->mask, 0, (size_t)rc_geometry_voxels(&region->roi.grid));
  test_roi_recount(region);
  values = test_compute(&rc_family_intensity_volume_histogram, &region->roi, NULL);
  assert_non_null(values.undefined);
  assert_true(isnan(get(&values, "ivh_i10")));
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(walks_over_whole_intensities),
      cmocka_unit_test(walks_over_bin_centres),
      cmocka_unit_test(walks_over_bin_numbers),
      cmocka_unit_test(takes_continuous_intensities),
      cmocka_unit_test(knows_the_flat_and_the_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
