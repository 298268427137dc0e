// SPDX-License-Identifier: Apache-2.0
// What is written as NIfTI reads back as it was.
#include "support.h"

#include "images/images.h"
#include "run/volume_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NX = 5, NY = 4, NZ = 3, N = NX * NY * NZ };

/// Turned about two axes, in odd units.
static rc_geometry tilted(void) {
  const double c = cos(0.3), s = sin(0.3), d = cos(-0.2), t = sin(-0.2);
  return (rc_geometry){{NX, NY, NZ},
                       {0.7, 1.1, 2.5},
                       {-12.5, 30.25, 7},
                       {c, -s * d, s * t, s, c * d, -c * t, 0, t, d}};
}

static void fill(double *value) {
  for (int i = 0; i < N; i++)
    value[i] = i % 7 == 3 ? NAN : (i - 20) * 0.125;
}

static void reads_back(void **state) {
  (void)state;
  char path[4096];
  double value[N];
  rc_error err = RC_ERROR_INIT;
  rc_volume image = {0};
  const rc_geometry grid = tilted();
  snprintf(path, sizeof path, "%s/one/two/map.nii.gz", test_folder("volume_file"));
  fill(value);
  for (int again = 0; again < 2; again++) // the second time over the first
    if (rc_volume_file_write(path, &grid, value, &err) != RC_OK)
      fail_msg("%s", err.message);
  if (rc_image_read(path, NULL, NULL, NULL, &image, NULL, &err) != RC_OK)
    fail_msg("%s", err.message);
  for (int d = 0; d < 3; d++) {
    assert_int_equal(image.geometry.size[d], grid.size[d]);
    assert_near(image.geometry.spacing_mm[d], grid.spacing_mm[d], 1e-6, 0);
    assert_near(image.geometry.origin_mm[d], grid.origin_mm[d], 1e-5, 0);
  }
  for (int k = 0; k < 9; k++)
    assert_near(image.geometry.direction[k], grid.direction[k], 1e-6, 0);
  for (int i = 0; i < N; i++)
    assert_near(image.value[i], value[i], 0, 0);
  rc_volume_release(&image);
}

static void says_why_not(void **state) {
  (void)state;
  char path[8192];
  double value[N];
  rc_error err = RC_ERROR_INIT;
  rc_geometry grid = tilted();
  fill(value);
  const char *folder = test_folder("volume_file_bad");
  snprintf(path, sizeof path, "%s/file", folder);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fclose(file);
  snprintf(path, sizeof path, "%s/file/map.nii.gz", folder);
  assert_int_equal(rc_volume_file_write(path, &grid, value, &err), RC_ERR_IO);
  assert_non_null(strstr(err.message, "/file"));
  memset(path, 'x', 5000);
  path[5000] = '\0';
  assert_int_equal(rc_volume_file_write(path, &grid, value, &err), RC_ERR_IO);
  grid.size[0] = 40000;
  snprintf(path, sizeof path, "%s/map.nii.gz", folder);
  assert_int_equal(rc_volume_file_write(path, &grid, value, &err), RC_ERR_LIMIT);
  assert_int_not_equal(access(path, F_OK), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(reads_back), cmocka_unit_test(says_why_not)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
