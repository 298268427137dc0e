// SPDX-License-Identifier: Apache-2.0
#include "texture/window.h"

#include <string.h>

/// Fills n_levels, grey and compact.
static rc_status number_levels(const rc_roi *roi, rc_arena *arena, rc_window *w, rc_error *err) {
  const int64_t n_voxels = rc_geometry_voxels(&roi->grid);
  int32_t highest = 0;
  for (int64_t v = 0; v < n_voxels; v++)
    if (roi->mask[v] && roi->texture.value[v] > highest)
      highest = roi->texture.value[v];
  uint16_t *compact = rc_arena_alloc(arena, (size_t)highest + 1, sizeof *compact);
  if (compact == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %d grey levels", (int)highest);
  for (int64_t v = 0; v < n_voxels; v++)
    compact[roi->mask[v] ? roi->texture.value[v] : 0] = 1;
  compact[0] = 0;
  for (int32_t g = 1; g <= highest; g++)
    w->n_levels += compact[g];
  int32_t *grey = rc_arena_alloc(arena, (size_t)w->n_levels + 1, sizeof *grey), n = 0;
  if (grey == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %d grey levels", (int)w->n_levels);
  for (int32_t g = 1; g <= highest; g++)
    if (compact[g] != 0) {
      compact[g] = (uint16_t)++n;
      grey[n] = g;
    }
  w->compact = compact;
  w->grey = grey;
  return RC_OK;
}

rc_status rc_window_create(const rc_roi *roi, int64_t radius, rc_arena *arena, rc_window *out,
                           rc_error *err) {
  const int64_t side = 2 * radius + 1, stride = side + 2;
  rc_window w = {.roi = roi, .radius = radius, .side = side, .stride = stride, .last = -1};
  if (roi->texture.value != NULL) {
    rc_status status = number_levels(roi, arena, &w, err);
    if (status != RC_OK)
      return status;
  }
  const size_t n = (size_t)w.n_levels + 1, plane = (size_t)(stride * stride);
  w.count = rc_arena_alloc(arena, n, sizeof *w.count);
  w.present = rc_arena_alloc(arena, n, sizeof *w.present);
  w.present_grey = rc_arena_alloc(arena, n, sizeof *w.present_grey);
  w.rank = rc_arena_alloc(arena, n, sizeof *w.rank);
  w.bit = rc_arena_alloc(arena, n / 64 + 1, sizeof *w.bit);
  w.level = rc_arena_alloc(arena, (size_t)side * plane, sizeof *w.level);
  w.intensity = rc_arena_alloc(arena, (size_t)(side * side * side), sizeof *w.intensity);
  w.n_plane = rc_arena_alloc(arena, (size_t)side, sizeof *w.n_plane);
  if (w.count == NULL || w.present == NULL || w.present_grey == NULL || w.rank == NULL ||
      w.bit == NULL || w.level == NULL || w.intensity == NULL || w.n_plane == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a cube of %lld voxels a side",
                   (long long)side);
  *out = w;
  return RC_OK;
}

/// Copies the voxels at (x, z) into a row of the plane and the list of intensities.
static void load_row(const rc_window *w, int64_t x, int64_t z, uint16_t *plane, double *intensity,
                     int64_t *n) {
  const rc_roi *roi = w->roi;
  const int64_t *size = roi->grid.size;
  const int64_t low = w->y < w->radius ? 0 : w->y - w->radius;
  const int64_t high = w->y + w->radius >= size[1] ? size[1] - 1 : w->y + w->radius;
  for (int64_t at = low; at <= high; at++) {
    const int64_t v = x + size[0] * (at + size[1] * z);
    if (!roi->mask[v])
      continue;
    intensity[(*n)++] = roi->intensity[v];
    if (w->n_levels > 0)
      plane[at - w->y + w->radius + 1] = w->compact[roi->texture.value[v]];
  }
}

/// Adds `sign` to the count of every voxel's level.
static void count_plane(rc_window *w, const uint16_t *plane, uint32_t sign) {
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t y = 1; y <= w->side; y++) {
      const uint16_t level = plane[z * w->stride + y];
      const uint64_t bit = UINT64_C(1) << (level & 63);
      w->count[level] += sign;
      if (w->count[level] == 0)
        w->bit[level >> 6] &= ~bit;
      else
        w->bit[level >> 6] |= bit;
    }
}

void rc_window_add(rc_window *w) {
  const int64_t x = ++w->last, *size = w->roi->grid.size;
  const int64_t slot = x % w->side;
  uint16_t *plane = w->level + slot * w->stride * w->stride;
  int64_t *n = &w->n_plane[slot];
  memset(plane, 0, (size_t)(w->stride * w->stride) * sizeof *plane);
  *n = 0;
  for (int64_t dz = -w->radius; dz <= w->radius; dz++)
    if (w->z + dz >= 0 && w->z + dz < size[2])
      load_row(w, x, w->z + dz, plane + (dz + w->radius + 1) * w->stride,
               w->intensity + slot * w->side * w->side, n);
  w->n_voxels += *n;
  count_plane(w, plane, 1);
}

void rc_window_remove(rc_window *w) {
  w->n_voxels -= w->n_plane[w->first % w->side];
  count_plane(w, rc_window_plane(w, w->first), UINT32_MAX);
  w->first++;
}

void rc_window_list_levels(rc_window *w) {
  const int32_t words = w->n_levels / 64 + 1;
  w->n_present = 0;
  for (int32_t k = 0; k < words; k++)
    for (uint64_t left = k > 0 ? w->bit[k] : w->bit[k] & ~UINT64_C(1); left != 0;
         left &= left - 1) {
      const uint16_t level = (uint16_t)(64 * k + __builtin_ctzll(left));
      w->present[++w->n_present] = level;
      w->present_grey[w->n_present] = w->grey[level];
      w->rank[level] = (uint16_t)w->n_present;
    }
}

void rc_window_neighbours_add(const rc_window *w, rc_window_change *change, void *state) {
  const int64_t x = w->last, before = x - 1;
  if (before >= w->first) {
    change(state, w, before, before > w->first, false, -1);
    change(state, w, before, before > w->first, true, 1);
  }
  change(state, w, x, before >= w->first, false, 1);
}

void rc_window_neighbours_remove(const rc_window *w, rc_window_change *change, void *state) {
  const int64_t x = w->first, after = x + 1;
  change(state, w, x, false, after <= w->last, -1);
  if (after <= w->last) {
    change(state, w, after, true, after < w->last, -1);
    change(state, w, after, false, after < w->last, 1);
  }
}
