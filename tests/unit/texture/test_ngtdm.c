// SPDX-License-Identifier: Apache-2.0
// Grey tone differences: against the IBSI-1 reference values, brute force and invariances.
#include "family.h"
#include "support.h"

#include "texture/ngtdm.h"
#include "texture/registry.h"

#include <math.h>
#include <stdlib.h>

static bool counts(uint64_t shells, int64_t dx, int64_t dy, int64_t dz) {
  int64_t d = llabs(dx) > llabs(dy) ? llabs(dx) : llabs(dy);
  d = llabs(dz) > d ? llabs(dz) : d;
  return d > 0 && (shells == 0 || (shells >> (d - 1) & 1) != 0);
}

/// The definitions of IBSI-1 section 3.10. s[i - 1] and n[i - 1] belong to level i.
static void define(const double *s, const double *n, int n_levels, double *value) {
  double total = 0, weighted = 0, tones = 0, present = 0;
  double contrast = 0, busyness = 0, complexity = 0, strength = 0;
  for (int i = 0; i < n_levels; i++)
    total += n[i];
  for (int i = 0; i < 5; i++)
    value[i] = NAN;
  if (total == 0)
    return;
  for (int i = 0; i < n_levels; i++) {
    weighted += n[i] / total * s[i];
    tones += s[i];
    present += n[i] > 0;
    for (int j = 0; j < n_levels; j++) {
      double p = n[i] / total, q = n[j] / total, d = i - j;
      if (p == 0 || q == 0)
        continue;
      contrast += p * q * d * d;
      busyness += fabs((i + 1) * p - (j + 1) * q);
      complexity += fabs(d) * (p * s[i] + q * s[j]) / (p + q);
      strength += (p + q) * d * d;
    }
  }
  value[0] = weighted > 0 ? fmin(1 / weighted, 1e6) : 1e6;
  value[1] = present > 1 ? contrast / (present * (present - 1)) * tones / total : 0;
  value[2] = present > 1 && busyness > 0 ? weighted / busyness : 0;
  value[3] = complexity / total;
  value[4] = tones > 0 ? strength / tones : 0;
}

static void brute(const test_view *view, const void *params, double *value) {
  const rc_roi *roi = &view->region->roi;
  const int64_t *size = roi->grid.size, n_levels = roi->texture.n_levels;
  static const rc_ngtdm_settings fallback = {1, 0, false};
  const rc_ngtdm_settings *set = params == NULL ? &fallback : params;
  const int64_t r = set->distance;
  double *s = calloc((size_t)n_levels, sizeof *s), *n = calloc((size_t)n_levels, sizeof *n);
  for (int64_t z = view->z0; z < view->z1; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        int level = test_level(view->region, x, y, z);
        double sum = 0, neighbours = 0;
        if (level == 0)
          continue;
        for (int64_t dz = view->solid ? -r : 0; dz <= (view->solid ? r : 0); dz++)
          for (int64_t dy = -r; dy <= r; dy++)
            for (int64_t dx = -r; dx <= r; dx++) {
              int near = test_level(view->region, x + dx, y + dy, z + dz);
              if (near == 0 || !counts(set->shells, dx, dy, dz))
                continue;
              sum += near;
              neighbours++;
            }
        if (neighbours == 0 && !set->pyradiomics)
          continue;
        s[level - 1] += neighbours == 0 ? 0 : fabs(level - sum / neighbours);
        n[level - 1]++;
      }
  define(s, n, (int)n_levels, value);
  free(s);
  free(n);
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_ngtdm);
}

static void equals_brute_force(void **state) {
  (void)state;
  test_equals_brute(&rc_family_ngtdm, brute, NULL);
}

static void equals_brute_force_at_a_distance(void **state) {
  (void)state;
  static const rc_ngtdm_settings settings[] = {{2, 0, false}, {4, 0, false}, {1, 1, true},
                                               {3, 5, true},  {2, 2, true},  {4, 14, false}};
  static const int64_t size[3] = {9, 8, 7};
  static const double spacing[3] = {1, 1, 1};
  for (size_t t = 0; t < sizeof settings / sizeof settings[0]; t++) {
    const rc_ngtdm_settings *params = &settings[t];
    test_roi *region = test_roi_random(size, spacing, 12, 4);
    test_values fast = test_compute(&rc_family_ngtdm, &region->roi, params);
    test_values slow = test_brute_compute(&rc_family_ngtdm, brute, region, params);
    test_values_near(&fast, &slow, rc_family_ngtdm.aggregations, 1e-12);
    test_roi_destroy(region);
  }
}

/// From as many levels as voxels to some for which pairs of levels are still summed one by one.
static void equals_brute_force_with_many_levels(void **state) {
  (void)state;
  static const int levels[] = {2500, 600, 200, 60};
  static const int64_t size[3] = {13, 12, 11};
  for (size_t t = 0; t < sizeof levels / sizeof levels[0]; t++) {
    test_roi *region = test_roi_random(size, (double[]){1, 1, 1}, levels[t], 50 + t);
    test_values fast = test_compute(&rc_family_ngtdm, &region->roi, NULL);
    test_values slow = test_brute_compute(&rc_family_ngtdm, brute, region, NULL);
    test_values_near(&fast, &slow, rc_family_ngtdm.aggregations, 1e-12);
    test_roi_destroy(region);
  }
}

static void has_the_properties_of_a_family(void **state) {
  (void)state;
  test_matrix_properties(&rc_family_ngtdm);
}

static void knows_the_flat_and_the_lonely(void **state) {
  (void)state;
  static const int64_t size[3] = {3, 1, 1};
  static const double spacing[3] = {1, 1, 1}, intensity[3] = {4, 4, 4};
  uint8_t mask[3] = {1, 1, 1};
  test_roi *flat = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(flat);
  test_values values = test_compute(&rc_family_ngtdm, &flat->roi, NULL);
  static const double expected[5] = {1e6, 0, 0, 0, 0};
  for (int f = 0; f < 5; f++)
    assert_near(values.value[RC_AGG_3D][f], expected[f], 0, 0);
  test_roi_destroy(flat);
  mask[1] = 0;
  test_roi *lonely = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(lonely);
  values = test_compute(&rc_family_ngtdm, &lonely->roi, NULL);
  assert_non_null(values.undefined);
  for (int f = 0; f < 5; f++)
    assert_true(isnan(values.value[RC_AGG_3D][f]));
  test_roi_destroy(lonely);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(equals_brute_force),
      cmocka_unit_test(equals_brute_force_at_a_distance),
      cmocka_unit_test(equals_brute_force_with_many_levels),
      cmocka_unit_test(has_the_properties_of_a_family),
      cmocka_unit_test(knows_the_flat_and_the_lonely),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
