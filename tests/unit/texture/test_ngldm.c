// SPDX-License-Identifier: Apache-2.0
// Dependences: against the IBSI-1 reference values, brute force and invariances.
#include "family.h"
#include "support.h"

#include "texture/ngldm.h"
#include "texture/registry.h"
#include "texture/tally.h"

#include <stdlib.h>

static bool counts(uint64_t shells, int64_t dx, int64_t dy, int64_t dz) {
  int64_t d = llabs(dx) > llabs(dy) ? llabs(dx) : llabs(dy);
  d = llabs(dz) > d ? llabs(dz) : d;
  return d == 0 || shells == 0 || (shells >> (d - 1) & 1) != 0;
}

static void brute(const test_view *view, const void *params, double *value) {
  static const rc_ngldm_settings fallback = {1, 0, 0};
  const rc_ngldm_settings *set = params != NULL ? params : &fallback;
  const rc_roi *roi = &view->region->roi;
  const int64_t *size = roi->grid.size, n_levels = roi->texture.n_levels;
  const int64_t r = set->distance, side = 2 * r + 1, n_sizes = side * side * side;
  double *n = calloc((size_t)(n_levels * n_sizes), sizeof *n), n_voxels = 0.0;
  for (int64_t z = view->z0; z < view->z1; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        int level = test_level(view->region, x, y, z), dependence = 0;
        n_voxels += level != 0;
        if (level == 0)
          continue;
        for (int64_t dz = view->solid ? -r : 0; dz <= (view->solid ? r : 0); dz++)
          for (int64_t dy = -r; dy <= r; dy++)
            for (int64_t dx = -r; dx <= r; dx++) {
              int near = test_level(view->region, x + dx, y + dy, z + dz);
              dependence +=
                  near != 0 && abs(near - level) <= set->alpha && counts(set->shells, dx, dy, dz);
            }
        n[(level - 1) * n_sizes + dependence - 1] += 1.0;
      }
  test_table_features(n, n_levels, n_sizes, n_voxels, value);
  free(n);
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_ngldm);
}

static void equals_brute_force(void **state) {
  (void)state;
  test_equals_brute(&rc_family_ngldm, brute, NULL);
}

static void equals_brute_force_with_other_parameters(void **state) {
  (void)state;
  static const rc_ngldm_settings params[] = {{1, 1, 0}, {2, 0, 0}, {3, 2, 0}, {1, 65535, 0},
                                             {1, 0, 1}, {2, 0, 2}, {3, 1, 5}, {3, 0, 6}};
  static const int64_t size[3] = {9, 8, 7};
  static const double spacing[3] = {1, 1, 1};
  for (size_t p = 0; p < sizeof params / sizeof params[0]; p++) {
    test_roi *region = test_roi_random(size, spacing, 12, 4);
    test_values fast = test_compute(&rc_family_ngldm, &region->roi, &params[p]);
    test_values slow = test_brute_compute(&rc_family_ngldm, brute, region, &params[p]);
    test_values_near(&fast, &slow, rc_family_ngldm.aggregations, 1e-12);
    test_roi_destroy(region);
  }
}

static void has_the_properties_of_a_family(void **state) {
  (void)state;
  test_matrix_properties(&rc_family_ngldm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(equals_brute_force),
      cmocka_unit_test(equals_brute_force_with_other_parameters),
      cmocka_unit_test(has_the_properties_of_a_family),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
