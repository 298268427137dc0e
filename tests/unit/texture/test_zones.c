// SPDX-License-Identifier: Apache-2.0
// Zones: those that IBSI-1 section 6 lists for the digital phantom.
#include "roi.h"
#include "support.h"

#include "texture/zones.h"

#include <stdlib.h>

typedef struct zone_count {
  int level, size, n;
} zone_count;

/// Checks that the zones of slices z0 .. z1 - 1 are the listed ones and no others.
static void check_zones(const rc_level_grid *grid, const rc_zones *zones, int64_t z0, int64_t z1,
                        const zone_count *expected, int n_expected) {
  uint32_t *size = calloc((size_t)zones->n, sizeof *size);
  int64_t found = 0, listed = 0;
  for (int64_t v = 0; v < grid->step[2] * grid->size[2]; v++)
    if (grid->level[v] != 0)
      size[zones->zone[v]]++;
  for (int e = 0; e < n_expected; e++) {
    int n = 0;
    for (int64_t k = zones->slice_first[z0]; k < zones->slice_first[z1]; k++)
      n +=
          grid->grey[zones->level[k]] == expected[e].level && size[k] == (uint32_t)expected[e].size;
    assert_int_equal(n, expected[e].n);
    listed += n;
  }
  found = zones->slice_first[z1] - zones->slice_first[z0];
  assert_int_equal(found, listed);
  free(size);
}

static void of_the_phantom_are_those_published(void **state) {
  (void)state;
  static const zone_count slice[4][5] = {
      {{1, 3, 1}, {1, 6, 1}, {4, 2, 1}, {4, 6, 1}, {6, 3, 1}},
      {{1, 4, 1}, {1, 8, 1}, {3, 1, 1}, {4, 2, 2}, {6, 1, 2}},
      {{1, 14, 1}, {4, 2, 1}, {6, 1, 1}},
      {{1, 15, 1}, {4, 2, 1}, {6, 1, 1}},
  };
  static const int n_slice[4] = {5, 5, 3, 3};
  static const zone_count volume[] = {{1, 50, 1}, {3, 1, 1}, {4, 2, 1}, {4, 14, 1}, {6, 7, 1}};
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  test_roi *region = test_roi_phantom();
  rc_level_grid grid;
  rc_zones zones;
  assert_int_equal(rc_level_grid_create(&region->roi, 1, RC_LEVELS_COMPACT, arena, &grid, &err),
                   RC_OK);
  assert_int_equal(rc_zones_find(&grid, false, arena, &zones, &err), RC_OK);
  for (int z = 0; z < 4; z++)
    check_zones(&grid, &zones, z + 1, z + 2, slice[z], n_slice[z]);
  assert_int_equal(rc_zones_find(&grid, true, arena, &zones, &err), RC_OK);
  check_zones(&grid, &zones, 0, grid.size[2], volume, 5);
  test_roi_destroy(region);
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(of_the_phantom_are_those_published)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
