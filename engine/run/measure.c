// SPDX-License-Identifier: Apache-2.0
#include "run/measure.h"

#include "images/images.h"

#include <stdlib.h>
#include <string.h>

static rc_status read_pair(const char *image_path, const char *mask_path, const char *roi,
                           rc_volume *image, rc_mask *mask, rc_error *err) {
  const rc_image_limits limits = rc_image_limits_default();
  rc_status status = rc_image_read(image_path, NULL, NULL, &limits, image, NULL, err);
  if (status != RC_OK) {
    rc_error_context(err, "image %s", image_path);
    return status;
  }
  status = rc_mask_read(mask_path, roi, &image->geometry, &limits, mask, err);
  if (status != RC_OK)
    rc_error_context(err, "mask %s", mask_path);
  return status;
}

rc_status rc_measure(const char *image_path, const char *mask_path, const char *roi,
                     const rc_processing_settings *processing, const rc_feature_settings *features,
                     rc_arena *arena, rc_measurement *out, rc_error *err) {
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_roi region;
  rc_feature_column *column = NULL;
  const char *undefined = NULL;
  int64_t n = 0;
  rc_status status = rc_feature_columns(features, arena, &column, &n, err);
  if (status != RC_OK)
    return status;
  double *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %lld features", (long long)n);
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  char *reason = NULL;
  status = read_pair(image_path, mask_path, roi, &image, &mask, err);
  if (status == RC_OK)
    status = rc_roi_prepare(&image, &mask, processing, 0, arena, &region, err);
  if (status == RC_OK)
    status = rc_features_compute(features, &region, arena, value, &undefined, err);
  if (status == RC_OK) {
    reason = strdup(undefined == NULL ? "" : undefined);
    status = reason == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory") : RC_OK;
  }
  rc_arena_rewind(arena, mark);
  if (status == RC_OK) {
    *out = (rc_measurement){column, value, n, rc_arena_strdup(arena, reason)};
    if (out->undefined == NULL)
      status = rc_fail(err, RC_ERR_MEMORY, "no memory");
  }
  free(reason);
  rc_mask_release(&mask);
  rc_volume_release(&image);
  return status;
}

int64_t rc_measurement_find(const rc_measurement *measurement, const char *name) {
  for (int64_t i = 0; i < measurement->n; i++)
    if (strcmp(measurement->column[i].name, name) == 0)
      return i;
  return -1;
}
