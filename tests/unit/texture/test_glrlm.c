// SPDX-License-Identifier: Apache-2.0
// Run lengths: against the IBSI-1 reference values, brute force and invariances.
#include "family.h"
#include "support.h"

#include "texture/registry.h"
#include "texture/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t longest(const rc_geometry *grid) {
  int64_t n = grid->size[0] > grid->size[1] ? grid->size[0] : grid->size[1];
  return n > grid->size[2] ? n : grid->size[2];
}

/// Walks along every run from its first voxel.
static void brute(const test_view *view, const void *params, double *value) {
  (void)params;
  const rc_geometry *grid = &view->region->roi.grid;
  const int64_t n_levels =
      65535 < view->region->roi.texture.n_levels ? 65535 : view->region->roi.texture.n_levels;
  const int64_t n_sizes = longest(grid);
  double *n = calloc((size_t)(n_levels * n_sizes), sizeof *n), n_voxels = 0.0;
  double all[RC_TALLY_COUNT];
  for (int64_t z = view->z0; z < view->z1; z++)
    for (int64_t y = 0; y < grid->size[1]; y++)
      for (int64_t x = 0; x < grid->size[0]; x++)
        for (int d = 0; d < view->n_directions; d++) {
          const int *s = view->direction[d];
          int level = test_level(view->region, x, y, z);
          n_voxels += level != 0;
          if (level == 0 || test_level(view->region, x - s[0], y - s[1], z - s[2]) == level)
            continue;
          int64_t run = 1;
          while (test_level(view->region, x + run * s[0], y + run * s[1], z + run * s[2]) == level)
            run++;
          n[(level - 1) * n_sizes + run - 1] += 1.0;
        }
  test_table_features(n, n_levels, n_sizes, n_voxels, all);
  memcpy(value, all, RC_TALLY_SHARED * sizeof *value);
  free(n);
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_glrlm);
}

static void equals_brute_force(void **state) {
  (void)state;
  test_equals_brute(&rc_family_glrlm, brute, NULL);
}

static void has_the_properties_of_a_family(void **state) {
  (void)state;
  test_matrix_properties(&rc_family_glrlm);
}

/// A box of one level: in each direction as many runs as it has lines of voxels.
static void counts_the_lines_of_a_box(void **state) {
  (void)state;
  static const int64_t size[3] = {4, 3, 2};
  static const double spacing[3] = {1, 1, 1};
  double intensity[24];
  uint8_t mask[24];
  for (int i = 0; i < 24; i++) {
    intensity[i] = 3.0;
    mask[i] = 1;
  }
  test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(region);
  test_values values = test_compute(&rc_family_glrlm, &region->roi, NULL);
  const double *comb = values.value[RC_AGG_3D_COMB], *flat = values.value[RC_AGG_2_5D_COMB];
  // A line begins at each voxel that has none before it in the direction.
  double lines_2d = (24 - 18) + (24 - 16) + 2 * (24 - 12);
  double lines_3d = lines_2d + (24 - 12) + 2 * (24 - 9) + 2 * (24 - 8) + 4 * (24 - 6);
  int64_t percentage = test_feature(&rc_family_glrlm, "rlm_r_perc");
  assert_near(flat[percentage], lines_2d / (24 * 4), 0, 1e-15);
  assert_near(comb[percentage], lines_3d / (24 * 13), 0, 1e-15);
  assert_near(comb[test_feature(&rc_family_glrlm, "rlm_hgre")], 9.0, 0, 1e-15);
  assert_near(comb[test_feature(&rc_family_glrlm, "rlm_gl_var")], 0.0, 0, 0);
  test_roi_destroy(region);
}

/// Blocks of one level, so that runs are as long as they can be in every direction.
static void follows_long_runs(void **state) {
  (void)state;
  static const int64_t size[3] = {70, 50, 40};
  static const double spacing[3] = {1, 1, 1};
  static double intensity[70 * 50 * 40];
  static uint8_t mask[70 * 50 * 40];
  int64_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        intensity[i] = 1 + (x >= 35) + (z >= 33 ? 2 : 0);
        mask[i] = x != 60 || y % 7 > 0;
      }
  test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(region);
  test_values fast = test_compute(&rc_family_glrlm, &region->roi, NULL);
  test_values slow = test_brute_compute(&rc_family_glrlm, brute, region, NULL);
  test_values_near(&fast, &slow, rc_family_glrlm.aggregations, 1e-12);
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(equals_brute_force),
      cmocka_unit_test(has_the_properties_of_a_family),
      cmocka_unit_test(counts_the_lines_of_a_box),
      cmocka_unit_test(follows_long_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
