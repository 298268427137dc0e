// SPDX-License-Identifier: Apache-2.0
// Local intensity: the IBSI-1 reference values, and sums voxel by voxel.
#include "roi.h"
#include "support.h"

#include "base/arena.h"
#include "texture/registry.h"

#include <math.h>
#include <string.h>

enum { LOCAL, GLOBAL };

static void measure(const test_roi *region, double value[2]) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  rc_family_output out = {value, NULL};
  value[LOCAL] = value[GLOBAL] = NAN;
  assert_string_equal(rc_family_local_intensity.feature[LOCAL].tag, "loc_peak_loc");
  assert_string_equal(rc_family_local_intensity.feature[GLOBAL].tag, "loc_peak_glob");
  assert_int_equal(rc_family_local_intensity.compute(&region->roi, NULL, RC_AGG_BIT(RC_AGG_NONE),
                                                     arena, &out, &err),
                   RC_OK);
  rc_arena_destroy(arena);
}

/// Mean of all voxels of the image within 1 cm^3 around one, one by one.
static double sphere_mean(const rc_roi *roi, const int64_t centre[3]) {
  const int64_t *size = roi->grid.size;
  double radius = 10.0 * cbrt(3.0 / (4.0 * 3.14159265358979324)), sum = 0.0;
  int64_t n = 0, i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        const int64_t at[3] = {x, y, z};
        double square = 0.0;
        for (int d = 0; d < 3; d++) {
          double mm = (double)(at[d] - centre[d]) * roi->grid.spacing_mm[d];
          square += mm * mm;
        }
        if (square > radius * radius || isnan(roi->intensity[i]))
          continue;
        sum += roi->intensity[i];
        n++;
      }
  return sum / (double)n;
}

static void peaks_one_by_one(const rc_roi *roi, double value[2]) {
  const int64_t *size = roi->grid.size;
  double highest = -INFINITY;
  value[LOCAL] = value[GLOBAL] = -INFINITY;
  for (int64_t i = 0; i < rc_geometry_voxels(&roi->grid); i++)
    if (roi->mask[i])
      highest = fmax(highest, roi->intensity[i]);
  for (int64_t i = 0; i < rc_geometry_voxels(&roi->grid); i++) {
    if (!roi->mask[i])
      continue;
    const int64_t at[3] = {i % size[0], i / size[0] % size[1], i / size[0] / size[1]};
    double mean = sphere_mean(roi, at);
    value[GLOBAL] = fmax(value[GLOBAL], mean);
    if (roi->intensity[i] == highest)
      value[LOCAL] = fmax(value[LOCAL], mean);
  }
}

static void agrees_with_ibsi_on_the_phantom(void **state) {
  (void)state;
  test_roi *phantom = test_roi_phantom();
  double value[2];
  measure(phantom, value);
  assert_near(value[LOCAL], 2.6, 0.05, 0.0); // printed with two digits, no tolerance
  assert_near(value[GLOBAL], 3.1, 0.05, 0.0);
  test_roi_destroy(phantom);
}

static void agrees_with_sums_one_by_one(void **state) {
  (void)state;
  static const double spacing[][3] = {
      {2.0, 2.0, 2.0}, {0.9, 1.4, 3.0}, {3.0, 0.8, 1.1}, {7.0, 7.0, 7.0}, {0.3, 0.3, 0.3}};
  for (size_t k = 0; k < sizeof spacing / sizeof spacing[0]; k++) {
    test_roi *region = test_roi_random((int64_t[]){11, 8, 7}, spacing[k], 8, 80 + k);
    // Some voxels inside the grid lie outside the image, too.
    for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i += 13)
      if (!region->mask[i])
        region->intensity[i] = NAN;
    double value[2], expected[2];
    measure(region, value);
    peaks_one_by_one(&region->roi, expected);
    assert_near(value[LOCAL], expected[LOCAL], 0.0, 1e-12);
    assert_near(value[GLOBAL], expected[GLOBAL], 0.0, 1e-12);
    test_roi_destroy(region);
  }
}

/// Two brightest voxels: the one with bright neighbours counts, even when they are not in the
/// region.
static void picks_the_best_of_several_maxima(void **state) {
  (void)state;
  double intensity[41] = {0};
  uint8_t mask[41] = {0};
  mask[5] = mask[20] = mask[35] = 1;
  intensity[5] = intensity[35] = 10.0;
  intensity[20] = 9.0;
  for (int i = 18; i <= 22; i++)
    intensity[i] = 9.0;
  intensity[34] = 4.0; // outside
  test_roi *region =
      test_roi_create((int64_t[]){41, 1, 1}, (double[]){3.0, 9, 9}, intensity, mask, NULL, NULL);
  double value[2];
  measure(region, value);
  assert_near(value[LOCAL], 14.0 / 5.0, 0.0, 1e-14); // two voxels each way
  assert_near(value[GLOBAL], 9.0, 0.0, 1e-14);
  test_roi_destroy(region);
}

static void whole_numbers_are_summed_exactly(void **state) {
  (void)state;
  test_roi *region = test_roi_random((int64_t[]){9, 9, 9}, (double[]){1, 1, 1}, 8, 90);
  for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
    region->intensity[i] = floor(region->intensity[i]) * 1000.0;
  double value[2], expected[2];
  measure(region, value);
  peaks_one_by_one(&region->roi, expected);
  assert_true(value[LOCAL] == expected[LOCAL] && value[GLOBAL] == expected[GLOBAL]);
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_ibsi_on_the_phantom),
      cmocka_unit_test(agrees_with_sums_one_by_one),
      cmocka_unit_test(picks_the_best_of_several_maxima),
      cmocka_unit_test(whole_numbers_are_summed_exactly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
