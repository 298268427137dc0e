// SPDX-License-Identifier: Apache-2.0
/// @file maps.h
/// Phantoms and reference response maps of IBSI-2, and how far a response is from its map.
#ifndef RADCOHORT_TEST_MAPS_H
#define RADCOHORT_TEST_MAPS_H

#include "support.h"

#include "data/volume.h"
#include "images/images.h"

#include <math.h>
#include <stdio.h>

/// The standard: no voxel is off by more than 1 % of the map's range.
static const double map_tolerance = 0.01;

static inline rc_volume test_image(const char *relative) {
  rc_error err = RC_ERROR_INIT;
  rc_volume image = {0};
  if (rc_image_read(test_data(relative), NULL, NULL, NULL, &image, NULL, &err) != RC_OK)
    fail_msg("%s", err.message);
  return image;
}

static inline rc_volume test_phantom(const char *name) {
  char path[128];
  snprintf(path, sizeof path, "ibsi2/digital_phantom/%s/image.nii.gz", name);
  return test_image(path);
}

/// Largest difference from the map "6_a_1", relative to the map's range.
static inline double map_difference(const char *name, const double *response) {
  char path[128];
  snprintf(path, sizeof path, "ibsi2/response_maps/%s.nii.gz", name);
  rc_volume map = test_image(path);
  double low = INFINITY, high = -INFINITY, worst = 0.0;
  for (int64_t i = 0; i < rc_geometry_voxels(&map.geometry); i++) {
    low = fmin(low, map.value[i]);
    high = fmax(high, map.value[i]);
    worst = fmax(worst, fabs(response[i] - map.value[i]));
    if (isnan(response[i]))
      worst = INFINITY;
  }
  rc_volume_release(&map);
  assert_true(high > low);
  return worst / (high - low);
}

#endif
