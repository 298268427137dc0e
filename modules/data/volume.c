// SPDX-License-Identifier: Apache-2.0
#include "data/volume.h"

#include <stdlib.h>
#include <string.h>

const char *const rc_voxel_type_names[] = {"double", "single", "integer", NULL};

const char *rc_intensity_unit_name(rc_intensity_unit unit) {
  switch (unit) {
  case RC_UNIT_HU:
    return "HU";
  case RC_UNIT_SUV:
    return "SUV";
  case RC_UNIT_BQML:
    return "Bq/ml";
  case RC_UNIT_GRAY:
    return "Gy";
  case RC_UNIT_ARBITRARY:
    break;
  }
  return "";
}

/// Room for the voxels of `part`, checked against the limit on the whole.
static rc_status allocate(const rc_geometry *geometry, const rc_box *part, int64_t max_voxels,
                          size_t voxel_bytes, void **value, rc_error *err) {
  rc_status status = rc_geometry_check(geometry, err);
  if (status != RC_OK)
    return status;
  int64_t voxels = rc_geometry_voxels(geometry);
  if (max_voxels > 0 && voxels > max_voxels)
    return rc_fail(err, RC_ERR_LIMIT, "the image has %lld voxels, over the limit of %lld",
                   (long long)voxels, (long long)max_voxels);
  voxels = 1;
  for (int d = 0; d < 3; d++)
    voxels *= part->high[d] - part->low[d];
  *value = calloc((size_t)voxels, voxel_bytes);
  if (*value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %lld voxels of %zu bytes", (long long)voxels,
                   voxel_bytes);
  return RC_OK;
}

static rc_box whole_box(const rc_geometry *g) {
  return (rc_box){{0, 0, 0}, {g->size[0], g->size[1], g->size[2]}};
}

rc_status rc_volume_create_part(const rc_geometry *geometry, const rc_box *part, int64_t max_voxels,
                                rc_volume *out, rc_error *err) {
  void *value = NULL;
  rc_geometry grid = *geometry; // may be a member of *out
  rc_box held = *part;
  rc_status status = allocate(&grid, &held, max_voxels, sizeof *out->value, &value, err);
  memset(out, 0, sizeof *out);
  if (status == RC_OK) {
    out->geometry = grid;
    out->held = held;
    out->value = value;
  }
  return status;
}

rc_status rc_volume_create(const rc_geometry *geometry, int64_t max_voxels, rc_volume *out,
                           rc_error *err) {
  const rc_box all = whole_box(geometry);
  return rc_volume_create_part(geometry, &all, max_voxels, out, err);
}

bool rc_volume_is_whole(const rc_volume *volume) {
  const rc_box all = whole_box(&volume->geometry);
  return memcmp(&all, &volume->held, sizeof all) == 0;
}

rc_status rc_mask_create(const rc_geometry *geometry, int64_t max_voxels, rc_mask *out,
                         rc_error *err) {
  void *value = NULL;
  rc_geometry grid = *geometry; // may be a member of *out
  const rc_box all = whole_box(&grid);
  rc_status status = allocate(&grid, &all, max_voxels, sizeof *out->value, &value, err);
  memset(out, 0, sizeof *out);
  if (status == RC_OK) {
    out->geometry = grid;
    out->value = value;
  }
  return status;
}

void rc_volume_release(rc_volume *volume) {
  if (volume == NULL)
    return;
  free(volume->value);
  memset(volume, 0, sizeof *volume);
}

void rc_mask_release(rc_mask *mask) {
  if (mask == NULL)
    return;
  free(mask->value);
  memset(mask, 0, sizeof *mask);
}

int64_t rc_mask_count(const rc_mask *mask) {
  int64_t n = rc_geometry_voxels(&mask->geometry), count = 0;
  for (int64_t i = 0; i < n; i++)
    count += mask->value[i] != 0;
  return count;
}

static void include(rc_box *box, const int64_t at[3]) {
  for (int d = 0; d < 3; d++) {
    if (at[d] < box->low[d])
      box->low[d] = at[d];
    if (at[d] >= box->high[d])
      box->high[d] = at[d] + 1;
  }
}

rc_box rc_mask_bounds(const rc_mask *mask) {
  const int64_t *size = mask->geometry.size;
  rc_box box = {{size[0], size[1], size[2]}, {0, 0, 0}};
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++) {
      const uint8_t *row = mask->value + size[0] * (y + size[1] * z);
      const uint8_t *first = memchr(row, 1, (size_t)size[0]);
      if (first == NULL)
        continue;
      int64_t last = size[0] - 1;
      while (row[last] == 0)
        last--;
      include(&box, (int64_t[3]){first - row, y, z});
      include(&box, (int64_t[3]){last, y, z});
    }
  if (box.high[0] == 0)
    memset(&box, 0, sizeof box);
  return box;
}
