// SPDX-License-Identifier: Apache-2.0
// Wavelets and Riesz transforms set as in a workflow: the reference maps of IBSI-2, phase 1, and
// settings that make no sense.
#include "maps.h"

#include "base/arena.h"
#include "filters/wavelets.h"

#include <stdlib.h>
#include <string.h>

/// Sets parameters from "key value" pairs, ended by NULL; numbers of a list are parted by blanks.
static void set(const rc_param_table *table, const char *const *pair, void *settings,
                rc_arena *arena) {
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_param_defaults(table, settings, arena, &err), RC_OK);
  for (; pair[0] != NULL; pair += 2) {
    const rc_param *param = rc_param_find(table, pair[0]);
    if (param == NULL)
      fail_msg("no parameter %s", pair[0]);
    char *text = rc_arena_strdup(arena, pair[1]);
    const char *item[3] = {text};
    int64_t n = 1;
    for (char *blank = strchr(text, ' '); blank != NULL && n < 3; blank = strchr(blank, ' ')) {
      *blank++ = '\0';
      item[n++] = blank;
    }
    if (rc_param_set(param, settings, item, n, arena, &err) != RC_OK)
      fail_msg("%s", err.message);
  }
}

typedef struct map_test {
  const char *map, *phantom;
  const char *set[14];
} map_test;

static void check_map(const map_test *test, bool spectral) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  rc_volume image = test_phantom(test->phantom);
  double *response = malloc((size_t)rc_geometry_voxels(&image.geometry) * sizeof *response);
  rc_separable_wavelet_settings wavelet = {0};
  rc_spectral_settings other = {0};
  assert_non_null(response);
  rc_status status;
  if (spectral) {
    set(&rc_spectral_params, test->set, &other, arena);
    status = rc_spectral_run(&other, &image.geometry, image.value, response, arena, &err);
  } else {
    set(&rc_separable_wavelet_params, test->set, &wavelet, arena);
    status =
        rc_separable_wavelet_run(&wavelet, &image.geometry, image.value, response, arena, &err);
  }
  if (status != RC_OK)
    fail_msg("%s: %s", test->map, err.message);
  double difference = map_difference(test->map, response);
  print_message("%s: %.2e of the range\n", test->map, difference);
  assert_true(difference <= map_tolerance);
  free(response);
  rc_volume_release(&image);
  rc_arena_destroy(arena);
}

static void test_separable_wavelets(void **state) {
  (void)state;
  static const map_test test[] = {
      {"5_a_1", "impulse", {"wavelet", "db2", "band", "LHL", "boundary", "zero", NULL}},
      {"5_a_2",
       "impulse",
       {"wavelet", "db2", "band", "LHL", "boundary", "zero", "rotations", "true", NULL}},
      {"6_a_1", "sphere", {"wavelet", "coif1", "band", "HHL", "boundary", "periodic", NULL}},
      {"6_a_2",
       "sphere",
       {"wavelet", "coif1", "band", "HHL", "boundary", "periodic", "rotations", "true", NULL}},
      {"7_a_1", "checkerboard", {"band", "LLL", "level", "2", "rotations", "true", NULL}},
      {"7_a_2", "checkerboard", {"band", "HHH", "level", "2", "rotations", "true", NULL}}};
  for (size_t k = 0; k < sizeof test / sizeof *test; k++)
    check_map(&test[k], false);
}

static void test_simoncelli_and_riesz(void **state) {
  (void)state;
  static const map_test test[] = {
      {"8_a_1", "checkerboard", {"level", "1", NULL}},
      {"8_a_2", "checkerboard", {"level", "2", NULL}},
      {"8_a_3", "checkerboard", {"level", "3", NULL}},
      {"9_a",
       "impulse",
       {"kernel", "laplacian_of_gaussian", "sigma", "3", "riesz", "1 0 0", "boundary", "zero",
        "padding", "0.25", NULL}},
      {"9_b_1",
       "sphere",
       {"kernel", "laplacian_of_gaussian", "sigma", "3", "riesz", "0 2 0", "boundary", "zero",
        "padding", "0.25", NULL}},
      {"10_b_1", "pattern_1", {"riesz", "0 2 0", "boundary", "nearest", "padding", "0.25", NULL}}};
  for (size_t k = 0; k < sizeof test / sizeof *test; k++)
    check_map(&test[k], true);
}

/// The map of test 2.a is the Laplacian of Gaussian alone: the way through the Fourier transform,
/// padded by no more than the kernel's radius.
static void test_laplacian_of_gaussian(void **state) {
  (void)state;
  static const map_test test[] = {
      {"2_a",
       "impulse",
       {"kernel", "laplacian_of_gaussian", "sigma", "3", "boundary", "zero", NULL}},
      {"2_b",
       "checkerboard",
       {"kernel", "laplacian_of_gaussian", "sigma", "5", "boundary", "mirror", NULL}},
      {"2_c",
       "checkerboard",
       {"kernel", "laplacian_of_gaussian", "sigma", "5", "boundary", "mirror", "dimensions", "2",
        NULL}}};
  for (size_t k = 0; k < sizeof test / sizeof *test; k++)
    check_map(&test[k], true);
}

static void test_settings_without_sense_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *set[8], *hint;
  } wrong[] = {{{"kernel", "laplacian_of_gaussian", NULL}, "sigma"},
               {{"riesz", "1 0", NULL}, "3 axes"},
               {{"riesz", "1 0.5 0", NULL}, "whole number"},
               {{"dimensions", "2", "riesz", "1 0 0", NULL}, "2 axes"},
               {{"kernel", "none", NULL}, "riesz"},
               {{"kernel", "none", "riesz", "0 0 0", NULL}, "riesz"}};
  rc_arena *arena = rc_arena_create(0);
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    rc_error err = RC_ERROR_INIT;
    rc_spectral_settings settings = {0};
    set(&rc_spectral_params, wrong[k].set, &settings, arena);
    assert_int_equal(rc_spectral_check(&settings, &err), RC_ERR_WORKFLOW);
    assert_non_null(strstr(err.message, wrong[k].hint));
  }
  static const char *const no_band[] = {NULL}, *const bad_band[] = {"band", "LXL", NULL};
  rc_error err = RC_ERROR_INIT;
  rc_separable_wavelet_settings wavelet = {0};
  set(&rc_separable_wavelet_params, no_band, &wavelet, arena);
  assert_int_equal(rc_separable_wavelet_check(&wavelet, &err), RC_ERR_WORKFLOW);
  rc_error_clear(&err);
  set(&rc_separable_wavelet_params, bad_band, &wavelet, arena);
  assert_int_equal(rc_separable_wavelet_check(&wavelet, &err), RC_ERR_WORKFLOW);
  assert_non_null(strstr(err.message, "LXL"));
  rc_arena_destroy(arena);
}

static void test_laplacian_refuses_oblong_voxels(void **state) {
  (void)state;
  static const char *const pairs[] = {"kernel", "laplacian_of_gaussian", "sigma", "2", NULL};
  rc_geometry grid = {{4, 4, 4}, {1, 1, 3}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_spectral_settings settings = {0};
  double in[64] = {0}, out[64];
  set(&rc_spectral_params, pairs, &settings, arena);
  assert_int_equal(rc_spectral_run(&settings, &grid, in, out, arena, &err), RC_ERR_NUMERIC);
  assert_non_null(strstr(err.message, "interpolate"));
  rc_error_clear(&err);
  settings.dimensions = 2;
  assert_int_equal(rc_spectral_run(&settings, &grid, in, out, arena, &err), RC_OK);
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_separable_wavelets),
                                     cmocka_unit_test(test_simoncelli_and_riesz),
                                     cmocka_unit_test(test_laplacian_of_gaussian),
                                     cmocka_unit_test(test_settings_without_sense_are_refused),
                                     cmocka_unit_test(test_laplacian_refuses_oblong_voxels)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
