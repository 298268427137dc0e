// SPDX-License-Identifier: Apache-2.0
// The grid of grey levels that the texture kernels work on.
#include "roi.h"
#include "support.h"

#include "texture/level_grid.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static const double spacing[3] = {1, 1, 1};

static void cuts_to_the_mask_and_numbers_levels(void **state) {
  (void)state;
  static const int64_t size[3] = {6, 1, 2};
  static const double intensity[12] = {9, 500, 9, 7, 65535, 9, 9, 9, 7, 9, 9, 9};
  static const uint8_t mask[12] = {0, 1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0};
  static const test_margin margin = {{5, 3, 2}, {1, 2, 4}};
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  rc_level_grid grid;
  test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, &margin);
  test_roi_levels_as_is(region);
  assert_int_equal(rc_level_grid_create(&region->roi, 2, RC_LEVELS_COMPACT, arena, &grid, &err),
                   RC_OK);
  static const int64_t whole[3] = {8, 5, 6}, low[3] = {4, 1, 0};
  assert_memory_equal(grid.size, whole, sizeof whole);
  assert_memory_equal(grid.low, low, sizeof low);
  assert_int_equal(grid.n_levels, 3);
  assert_int_equal(grid.max_level, 65535);
  assert_int_equal(grid.n_voxels, 4);
  assert_int_equal(grid.n_slice[2], 3);
  assert_int_equal(grid.n_slice[3], 1);
  static const int32_t grey[4] = {0, 7, 500, 65535};
  assert_memory_equal(grid.grey, grey, sizeof grey);
  assert_int_equal(grid.count[1], 2);
  assert_int_equal(grid.compact[500], 2);
  const uint16_t *row = grid.level + 2 * grid.step[1] + 2 * grid.step[2];
  static const uint16_t expected[8] = {0, 0, 2, 0, 1, 3, 0, 0};
  assert_memory_equal(row, expected, sizeof expected);
  int64_t r = 2 + grid.size[1] * 2;
  assert_int_equal(grid.first[r], 2);
  assert_int_equal(grid.last[r], 6);
  assert_int_equal(grid.first[r + 1], grid.last[r + 1]);
  assert_int_equal(rc_level_grid_create(&region->roi, 1, RC_LEVELS_GREY, arena, &grid, &err),
                   RC_OK);
  assert_int_equal(grid.level[1 + grid.step[1] + grid.step[2]], 500);
  test_roi_destroy(region);
  rc_arena_destroy(arena);
}

static void refuses_an_axis_that_is_too_long(void **state) {
  (void)state;
  static const int64_t size[3] = {66000, 1, 1};
  static double intensity[66000];
  static uint8_t mask[66000];
  intensity[0] = intensity[65999] = mask[0] = mask[65999] = 1;
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  rc_level_grid grid;
  test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(region);
  assert_int_equal(rc_level_grid_create(&region->roi, 1, RC_LEVELS_COMPACT, arena, &grid, &err),
                   RC_ERR_LIMIT);
  assert_non_null(strstr(err.message, "65535"));
  test_roi_destroy(region);
  rc_arena_destroy(arena);
}

static void has_each_direction_once(void **state) {
  (void)state;
  int seen[27] = {0};
  for (int d = 0; d < RC_DIRECTIONS_3D; d++) {
    const int *s = rc_direction[d];
    int index = s[0] + 1 + 3 * (s[1] + 1) + 9 * (s[2] + 1);
    assert_true(index > 13);
    assert_true((s[2] == 0) == (d < RC_DIRECTIONS_2D));
    assert_int_equal(seen[index]++, 0);
  }
}

static void means_leave_out_empty_matrices(void **state) {
  (void)state;
  const double row[6] = {1, 10, NAN, NAN, 3, 30};
  double mean[2];
  rc_mean_of_rows(row, 3, 2, mean);
  assert_near(mean[0], 2, 0, 0);
  assert_near(mean[1], 20, 0, 0);
  rc_mean_of_rows(row + 2, 1, 2, mean);
  assert_true(isnan(mean[0]) && isnan(mean[1]));
}

static void shares_out_threads_within_bounds(void **state) {
  (void)state;
  const int before = omp_get_max_threads();
  rc_level_grid grid = {.size = {102, 102, 42}, .margin = 1, .n_voxels = 400000};
  omp_set_num_threads(64);
  assert_int_equal(rc_level_grid_threads(&grid, 0), 40);
  assert_int_equal(rc_level_grid_threads(&grid, 2000000), 4);
  assert_int_equal(rc_level_grid_threads(&grid, (size_t)1 << 40), 1);
  grid.n_voxels = 35000;
  assert_int_equal(rc_level_grid_threads(&grid, 0), 3);
  grid.n_voxels = 10;
  assert_int_equal(rc_level_grid_threads(&grid, 0), 1);
  omp_set_num_threads(2);
  grid.n_voxels = 400000;
  assert_int_equal(rc_level_grid_threads(&grid, 0), 2);
  omp_set_num_threads(before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cuts_to_the_mask_and_numbers_levels),
      cmocka_unit_test(refuses_an_axis_that_is_too_long),
      cmocka_unit_test(has_each_direction_once),
      cmocka_unit_test(means_leave_out_empty_matrices),
      cmocka_unit_test(shares_out_threads_within_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
