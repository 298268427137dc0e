// SPDX-License-Identifier: Apache-2.0
// Intensity histogram: against the IBSI-1 reference values and by hand.
#include "family.h"
#include "support.h"

#include "texture/registry.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double spacing[3] = {1, 1, 1};

static double get(const test_values *values, const char *tag) {
  return values->value[RC_AGG_NONE][test_feature(&rc_family_intensity_histogram, tag)];
}

static test_values of_line(const double *level, int64_t n) {
  const int64_t size[3] = {n, 1, 1};
  uint8_t mask[64];
  memset(mask, 1, sizeof mask);
  test_roi *region = test_roi_create(size, spacing, level, mask, NULL, NULL);
  test_roi_levels_as_is(region);
  test_values values = test_compute(&rc_family_intensity_histogram, &region->roi, NULL);
  test_roi_destroy(region);
  return values;
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_intensity_histogram);
}

/// What both families define, they define alike.
static void agrees_with_the_statistics(void **state) {
  (void)state;
  static const int64_t size[3] = {12, 11, 10};
  static const char *const tail[] = {"mean", "var",   "skew", "kurt", "median", "min",
                                     "p10",  "p90",   "max",  "iqr",  "range",  "mad",
                                     "rmad", "medad", "cov",  "qcod"};
  test_roi *region = test_roi_random(size, spacing, 40, 9);
  test_values histogram = test_compute(&rc_family_intensity_histogram, &region->roi, NULL);
  for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
    region->intensity[i] = region->level[i];
  test_values statistics = test_compute(&rc_family_statistics, &region->roi, NULL);
  for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++) {
    char tag[2][32];
    snprintf(tag[0], sizeof tag[0], "ih_%s", tail[i]);
    snprintf(tag[1], sizeof tag[1], "stat_%s", tail[i]);
    assert_near(get(&histogram, tag[0]),
                statistics.value[RC_AGG_NONE][test_feature(&rc_family_statistics, tag[1])], 0, 0);
  }
  test_roi_destroy(region);
}

static void takes_the_mode_closest_to_the_mean(void **state) {
  (void)state;
  // Mean 3.2; levels 1, 4 and 6 are equally frequent.
  static const double several[] = {1, 1, 4, 4, 6, 6, 2, 3, 2.0 + 1, 2};
  test_values values = of_line(several, 10);
  assert_near(get(&values, "ih_mean"), 3.2, 0, 1e-15);
  assert_near(get(&values, "ih_mode"), 3, 0, 0);
  // Two at the same distance: the lower.
  static const double two[] = {2, 2, 6, 6};
  values = of_line(two, 4);
  assert_near(get(&values, "ih_mode"), 2, 0, 0);
}

static void counts_missing_levels_in_gradients(void **state) {
  (void)state;
  // Counts of levels 1..5: 0 3 0 0 2; slopes 3 0 -1.5 1 2.
  static const double level[] = {2, 2, 2, 5, 5};
  test_values values = of_line(level, 5);
  assert_near(get(&values, "ih_max_grad"), 3, 0, 0);
  assert_near(get(&values, "ih_max_grad_g"), 1, 0, 0);
  assert_near(get(&values, "ih_min_grad"), -1.5, 0, 0);
  assert_near(get(&values, "ih_min_grad_g"), 3, 0, 0);
  assert_near(get(&values, "ih_entropy"), -(0.6 * log2(0.6) + 0.4 * log2(0.4)), 0, 1e-14);
  assert_near(get(&values, "ih_uniformity"), 0.52, 0, 1e-14);
}

static void knows_a_single_level(void **state) {
  (void)state;
  static const double level[] = {1, 1, 1};
  test_values values = of_line(level, 3);
  assert_null(values.undefined);
  static const char *const nought[] = {"ih_var", "ih_skew", "ih_entropy", "ih_max_grad",
                                       "ih_cov", "ih_qcod", "ih_rmad"};
  for (size_t i = 0; i < sizeof nought / sizeof nought[0]; i++)
    assert_near(get(&values, nought[i]), 0, 0, 0);
  assert_near(get(&values, "ih_uniformity"), 1, 0, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(agrees_with_the_statistics),
      cmocka_unit_test(takes_the_mode_closest_to_the_mean),
      cmocka_unit_test(counts_missing_levels_in_gradients),
      cmocka_unit_test(knows_a_single_level),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
