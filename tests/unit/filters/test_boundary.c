// SPDX-License-Identifier: Apache-2.0
// Boundary conditions written out, far beyond the edges, and for one voxel; pooling.
#include "support.h"

#include "filters/boundary.h"
#include "filters/pooling.h"

static void test_positions(void **state) {
  (void)state;
  static const struct {
    rc_boundary boundary;
    const char *row; ///< voxels at positions -7 .. 9 of the row "abc"
  } test[] = {{RC_BOUNDARY_ZERO, "-------abc-------"},
              {RC_BOUNDARY_NEAREST, "aaaaaaaabcccccccc"},
              {RC_BOUNDARY_PERIODIC, "cabcabcabcabcabca"},
              {RC_BOUNDARY_MIRROR, "aabccbaabccbaabcc"}};
  for (size_t k = 0; k < sizeof test / sizeof *test; k++)
    for (int64_t at = -7; at < 10; at++) {
      char voxel = test[k].row[at + 7];
      assert_int_equal(rc_boundary_index(test[k].boundary, 3, at), voxel == '-' ? -1 : voxel - 'a');
    }
}

static void test_single_voxel(void **state) {
  (void)state;
  for (int64_t at = -3; at <= 3; at++) {
    assert_int_equal(rc_boundary_index(RC_BOUNDARY_ZERO, 1, at), at == 0 ? 0 : -1);
    assert_int_equal(rc_boundary_index(RC_BOUNDARY_NEAREST, 1, at), 0);
    assert_int_equal(rc_boundary_index(RC_BOUNDARY_PERIODIC, 1, at), 0);
    assert_int_equal(rc_boundary_index(RC_BOUNDARY_MIRROR, 1, at), 0);
  }
}

static void test_names_follow_the_enum(void **state) {
  (void)state;
  assert_string_equal(rc_boundary_names[RC_BOUNDARY_ZERO], "zero");
  assert_string_equal(rc_boundary_names[RC_BOUNDARY_NEAREST], "nearest");
  assert_string_equal(rc_boundary_names[RC_BOUNDARY_PERIODIC], "periodic");
  assert_string_equal(rc_boundary_names[RC_BOUNDARY_MIRROR], "mirror");
  assert_null(rc_boundary_names[RC_BOUNDARY_MIRROR + 1]);
  assert_string_equal(rc_pooling_names[RC_POOL_MEAN], "mean");
  assert_string_equal(rc_pooling_names[RC_POOL_MAX], "max");
  assert_null(rc_pooling_names[RC_POOL_MAX + 1]);
}

static void test_pooling(void **state) {
  (void)state;
  static const double response[3][2] = {{1.0, -9.0}, {5.0, -2.0}, {3.0, -4.0}};
  double mean[2] = {99.0, 99.0}, highest[2] = {99.0, 99.0};
  for (int t = 0; t < 3; t++) {
    rc_pool_add(RC_POOL_MEAN, t, response[t], 2, mean);
    rc_pool_add(RC_POOL_MAX, t, response[t], 2, highest);
  }
  rc_pool_finish(RC_POOL_MEAN, 3, 2, mean);
  rc_pool_finish(RC_POOL_MAX, 3, 2, highest);
  assert_true(mean[0] == 3.0 && mean[1] == -5.0);
  assert_true(highest[0] == 5.0 && highest[1] == -2.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_positions), cmocka_unit_test(test_single_voxel),
      cmocka_unit_test(test_names_follow_the_enum), cmocka_unit_test(test_pooling)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
