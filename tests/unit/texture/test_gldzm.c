// SPDX-License-Identifier: Apache-2.0
// Distance zones: against the IBSI-1 reference values, brute force and invariances.
#include "family.h"
#include "support.h"

#include "texture/registry.h"
#include "texture/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool inside(const uint8_t *mask, const int64_t *size, int64_t x, int64_t y, int64_t z) {
  if (x < 0 || y < 0 || z < 0 || x >= size[0] || y >= size[1] || z >= size[2])
    return false;
  return mask[x + size[0] * (y + size[1] * z)] != 0;
}

/// Distances by erosion, as IBSI-1 section 3.9 describes it: what is left after k erosions has a
/// distance above k.
static void erode_away(const test_view *view, int *distance) {
  const int64_t *size = view->region->roi.grid.size;
  int64_t n = rc_geometry_voxels(&view->region->roi.grid), left = 1;
  uint8_t *mask = malloc((size_t)n), *next = malloc((size_t)n);
  memcpy(mask, view->region->morph, (size_t)n);
  while (left > 0) {
    left = 0;
    for (int64_t i = 0; i < n; i++) {
      int64_t x = i % size[0], y = i / size[0] % size[1], z = i / (size[0] * size[1]);
      distance[i] += mask[i] != 0;
      bool keeps = mask[i] && inside(mask, size, x - 1, y, z) && inside(mask, size, x + 1, y, z) &&
                   inside(mask, size, x, y - 1, z) && inside(mask, size, x, y + 1, z);
      if (view->solid)
        keeps = keeps && inside(mask, size, x, y, z - 1) && inside(mask, size, x, y, z + 1);
      next[i] = keeps;
      left += keeps;
    }
    memcpy(mask, next, (size_t)n);
  }
  free(mask);
  free(next);
}

typedef struct fill {
  const test_view *view;
  const int *distance;
  uint8_t *done;
  int level, nearest;
} fill;

/// Visits all linked voxels of equal level.
static void flood(fill *f, int64_t x, int64_t y, int64_t z) {
  const int64_t *size = f->view->region->roi.grid.size;
  if (test_level(f->view->region, x, y, z) != f->level)
    return;
  int64_t i = x + size[0] * (y + size[1] * z);
  if (f->done[i])
    return;
  f->done[i] = 1;
  if (f->nearest == 0 || f->distance[i] < f->nearest)
    f->nearest = f->distance[i];
  int64_t reach = f->view->solid ? 1 : 0;
  for (int64_t dz = -reach; dz <= reach; dz++)
    for (int64_t dy = -1; dy <= 1; dy++)
      for (int64_t dx = -1; dx <= 1; dx++)
        flood(f, x + dx, y + dy, z + dz);
}

static void brute(const test_view *view, const void *params, double *value) {
  (void)params;
  const rc_roi *roi = &view->region->roi;
  const int64_t *size = roi->grid.size, n_levels = roi->texture.n_levels, n_sizes = 32;
  double *n = calloc((size_t)(n_levels * n_sizes), sizeof *n), n_voxels = 0.0;
  double all[RC_TALLY_COUNT];
  size_t n_grid = (size_t)rc_geometry_voxels(&roi->grid);
  uint8_t *done = calloc(n_grid, 1);
  int *distance = calloc(n_grid, sizeof *distance);
  erode_away(view, distance);
  for (int64_t z = view->z0; z < view->z1; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        fill f = {view, distance, done, test_level(view->region, x, y, z), 0};
        n_voxels += f.level != 0;
        if (f.level == 0)
          continue;
        flood(&f, x, y, z);
        if (f.nearest > 0)
          n[(f.level - 1) * n_sizes + f.nearest - 1] += 1.0;
      }
  test_table_features(n, n_levels, n_sizes, n_voxels, all);
  memcpy(value, all, RC_TALLY_SHARED * sizeof *value);
  free(n);
  free(done);
  free(distance);
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_gldzm);
}

static void equals_brute_force(void **state) {
  (void)state;
  test_equals_brute(&rc_family_gldzm, brute, NULL);
}

static void has_the_properties_of_a_family(void **state) {
  (void)state;
  test_matrix_properties(&rc_family_gldzm);
}

/// In a solid cube distances reach the middle; a voxel that re-segmentation takes from the
/// intensity mask does not make a new border.
static void measures_depth_by_the_morphological_mask(void **state) {
  (void)state;
  static const int64_t size[3] = {9, 9, 9};
  static const double spacing[3] = {1, 1, 1};
  static double intensity[729];
  static uint8_t morph[729], mask[729];
  for (int i = 0; i < 729; i++) {
    intensity[i] = 1 + i % 5 % 2;
    morph[i] = mask[i] = 1;
  }
  const int centre = 4 + 9 * (4 + 9 * 4);
  intensity[centre] = 7;
  mask[centre - 1] = mask[centre + 1] = 0;
  test_roi *region = test_roi_create(size, spacing, intensity, morph, mask, NULL);
  test_roi_levels_as_is(region);
  test_values fast = test_compute(&rc_family_gldzm, &region->roi, NULL);
  test_values slow = test_brute_compute(&rc_family_gldzm, brute, region, NULL);
  test_values_near(&fast, &slow, rc_family_gldzm.aggregations, 1e-13);
  // Only the central voxel has level 7, at depth 5; all others belong to zones at the border.
  int64_t f = test_feature(&rc_family_gldzm, "dzm_ldhge");
  double zones = fast.value[RC_AGG_3D][test_feature(&rc_family_gldzm, "dzm_z_perc")] * 727;
  double border = slow.value[RC_AGG_3D][test_feature(&rc_family_gldzm, "dzm_hgze")] * zones - 49;
  assert_near(fast.value[RC_AGG_3D][f] * zones, border + 25 * 49, 0, 1e-12);
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(equals_brute_force),
      cmocka_unit_test(has_the_properties_of_a_family),
      cmocka_unit_test(measures_depth_by_the_morphological_mask),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
