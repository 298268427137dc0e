// SPDX-License-Identifier: Apache-2.0
// Size zones: against the IBSI-1 reference values, brute force and invariances.
#include "family.h"
#include "support.h"

#include "texture/registry.h"
#include "texture/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fill {
  const test_view *view;
  uint8_t *done;
  int level;
  int64_t size;
} fill;

/// Visits all linked voxels of equal level.
static void flood(fill *f, int64_t x, int64_t y, int64_t z) {
  const int64_t *size = f->view->region->roi.grid.size;
  if (test_level(f->view->region, x, y, z) != f->level)
    return;
  uint8_t *done = &f->done[x + size[0] * (y + size[1] * z)];
  if (*done)
    return;
  *done = 1;
  f->size++;
  int64_t reach = f->view->solid ? 1 : 0;
  for (int64_t dz = -reach; dz <= reach; dz++)
    for (int64_t dy = -1; dy <= 1; dy++)
      for (int64_t dx = -1; dx <= 1; dx++)
        flood(f, x + dx, y + dy, z + dz);
}

static void brute(const test_view *view, const void *params, double *value) {
  (void)params;
  const rc_roi *roi = &view->region->roi;
  const int64_t *size = roi->grid.size, n_levels = roi->texture.n_levels, n_sizes = roi->n_mask;
  double *n = calloc((size_t)(n_levels * n_sizes), sizeof *n), n_voxels = 0.0;
  double all[RC_TALLY_COUNT];
  uint8_t *done = calloc((size_t)rc_geometry_voxels(&roi->grid), 1);
  for (int64_t z = view->z0; z < view->z1; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        fill f = {view, done, test_level(view->region, x, y, z), 0};
        n_voxels += f.level != 0;
        if (f.level == 0)
          continue;
        flood(&f, x, y, z);
        if (f.size > 0)
          n[(f.level - 1) * n_sizes + f.size - 1] += 1.0;
      }
  test_table_features(n, n_levels, n_sizes, n_voxels, all);
  memcpy(value, all, RC_TALLY_SHARED * sizeof *value);
  free(n);
  free(done);
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_glszm);
}

static void equals_brute_force(void **state) {
  (void)state;
  test_equals_brute(&rc_family_glszm, brute, NULL);
}

static void has_the_properties_of_a_family(void **state) {
  (void)state;
  test_matrix_properties(&rc_family_glszm);
}

/// Zones shaped to need many joins: a comb, a spiral and a staircase through the volume.
static void joins_winding_zones(void **state) {
  (void)state;
  static const int64_t size[3] = {7, 7, 3};
  static const double spacing[3] = {1, 1, 1};
  static const char *const rows[21] = {
      "1212121", "1212121", "1111111", "2222222", "2111112", "2122212", "2121212",
      "2221222", "1111111", "1222221", "1211121", "1212121", "1222121", "1111121",
      "1121111", "2112111", "2211211", "2221121", "1222112", "1122211", "1112221"};
  double intensity[147];
  uint8_t mask[147];
  for (int i = 0; i < 147; i++) {
    intensity[i] = rows[i / 7][i % 7] - '0';
    mask[i] = 1;
  }
  test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(region);
  test_values fast = test_compute(&rc_family_glszm, &region->roi, NULL);
  test_values slow = test_brute_compute(&rc_family_glszm, brute, region, NULL);
  test_values_near(&fast, &slow, rc_family_glszm.aggregations, 1e-13);
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(equals_brute_force),
      cmocka_unit_test(has_the_properties_of_a_family),
      cmocka_unit_test(joins_winding_zones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
