// SPDX-License-Identifier: Apache-2.0
#include "texture/maps.h"

#include <math.h>
#include <omp.h>
#include <string.h>

bool rc_family_has_maps(const rc_family *family) {
  return !family->original_only && !family->looks_around;
}

/// The neighbourhood of one voxel as a region of its own: a cube with a margin of one voxel.
typedef struct window {
  int64_t side;
  double *intensity;
  uint8_t *mask;
  uint16_t *levels, *ivh; ///< NULL when the region has none
  double *value;          ///< of all columns
  rc_roi roi;
} window;

static uint16_t *level_room(const rc_levels *levels, rc_arena *arena, size_t n, bool *good) {
  uint16_t *room = levels->value == NULL ? NULL : rc_arena_alloc(arena, n, sizeof *room);
  *good = *good && (levels->value == NULL || room != NULL);
  return room;
}

static rc_status make_window(const rc_roi *roi, const rc_map_request *request, int64_t n_columns,
                             rc_arena *arena, window *out, rc_error *err) {
  const int64_t side = 2 * request->radius + 3;
  const size_t n = (size_t)(side * side * side);
  bool good = true;
  window w = {.side = side, .roi = *roi};
  w.intensity = rc_arena_alloc(arena, n, sizeof *w.intensity);
  w.mask = rc_arena_alloc(arena, n, sizeof *w.mask);
  w.value = rc_arena_alloc(arena, (size_t)n_columns, sizeof *w.value);
  w.levels = level_room(&roi->texture, arena, n, &good);
  w.ivh = level_room(&roi->ivh, arena, n, &good);
  if (!good || w.intensity == NULL || w.mask == NULL || w.value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a feature map");
  w.roi.intensity = w.intensity;
  w.roi.morph = w.roi.mask = w.mask;
  w.roi.texture.value = w.levels;
  w.roi.ivh.value = w.ivh;
  for (int d = 0; d < 3; d++)
    w.roi.grid.size[d] = side;
  *out = w;
  return RC_OK;
}

/// Part of a row of the cube that lies in the region's arrays: `n` voxels from `from` there and
/// from `to` in the cube.
typedef struct overlap {
  int64_t from, to, n;
} overlap;

static overlap row_overlap(const rc_roi *roi, const window *w, const int64_t at[3], int64_t y,
                           int64_t z) {
  const int64_t *size = roi->grid.size, reach = w->side / 2 - 1;
  int64_t ry = at[1] + y, rz = at[2] + z;
  int64_t low = at[0] - reach < 0 ? 0 : at[0] - reach;
  int64_t high = at[0] + reach >= size[0] ? size[0] : at[0] + reach + 1;
  if (ry < 0 || rz < 0 || ry >= size[1] || rz >= size[2])
    return (overlap){0, 0, 0};
  return (overlap){low + size[0] * (ry + size[1] * rz),
                   low - at[0] + reach + 1 + w->side * (y + reach + 1 + w->side * (z + reach + 1)),
                   high - low};
}

static void clear_row(window *w, int64_t row, int64_t n) {
  memset(w->mask + row, 0, (size_t)n);
  if (w->levels != NULL)
    memset(w->levels + row, 0, (size_t)n * sizeof *w->levels);
  if (w->ivh != NULL)
    memset(w->ivh + row, 0, (size_t)n * sizeof *w->ivh);
}

static void copy_levels(const uint16_t *from, const overlap *o, const uint8_t *mask, uint16_t *to) {
  for (int64_t i = 0; to != NULL && i < o->n; i++)
    to[o->to + i] = mask[o->to + i] ? from[o->from + i] : 0;
}

/// Cuts the cube around voxel `at` out of the region.
static void load_window(const rc_roi *roi, const int64_t at[3], window *w) {
  const int64_t reach = w->side / 2 - 1;
  w->roi.n_mask = 0;
  for (int64_t z = -reach; z <= reach; z++)
    for (int64_t y = -reach; y <= reach; y++) {
      int64_t row = 1 + w->side * (y + reach + 1 + w->side * (z + reach + 1));
      clear_row(w, row, 2 * reach + 1);
      overlap o = row_overlap(roi, w, at, y, z);
      if (o.n == 0)
        continue;
      memcpy(w->mask + o.to, roi->mask + o.from, (size_t)o.n);
      memcpy(w->intensity + o.to, roi->intensity + o.from, (size_t)o.n * sizeof *w->intensity);
      copy_levels(roi->texture.value, &o, w->mask, w->levels);
      copy_levels(roi->ivh.value, &o, w->mask, w->ivh);
      for (int64_t i = 0; i < o.n; i++)
        w->roi.n_mask += w->mask[o.to + i];
    }
  w->roi.n_morph = w->roi.n_mask;
}

static rc_status map_voxel(const rc_roi *roi, const rc_map_request *request, const int64_t at[3],
                           window *w, rc_arena *arena, double *const *map, rc_error *err) {
  const int64_t v = at[0] + roi->grid.size[0] * (at[1] + roi->grid.size[1] * at[2]);
  load_window(roi, at, w);
  rc_status status = rc_features_compute(request->features, &w->roi, arena, w->value, NULL, err);
  for (int64_t c = 0; status == RC_OK && c < request->n_columns; c++)
    map[c][v] = w->value[request->column[c]];
  return status;
}

/// All voxels of one slice's row.
static rc_status map_row(const rc_roi *roi, const rc_map_request *request, int64_t y, int64_t z,
                         window *w, rc_arena *arena, double *const *map, rc_error *err) {
  const int64_t *size = roi->grid.size, first = size[0] * (y + size[1] * z);
  rc_status status = RC_OK;
  for (int64_t x = 0; status == RC_OK && x < size[0]; x++) {
    const int64_t at[3] = {x, y, z};
    if (roi->mask[first + x])
      status = map_voxel(roi, request, at, w, arena, map, err);
    else
      for (int64_t c = 0; c < request->n_columns; c++)
        map[c][first + x] = NAN;
  }
  return status;
}

static rc_status count_columns(const rc_feature_settings *features, rc_arena *arena, int64_t *n,
                               rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_feature_column *column = NULL;
  rc_status status = rc_feature_columns(features, arena, &column, n, err);
  rc_arena_rewind(arena, mark);
  return status;
}

rc_status rc_maps_compute(const rc_roi *roi, const rc_map_request *request,
                          rc_arena *const *scratch, int n_threads, double *const *map,
                          rc_error *err) {
  const int64_t rows = roi->grid.size[1] * roi->grid.size[2];
  int64_t n_columns = 0;
  rc_status result = count_columns(request->features, scratch[0], &n_columns, err);
  if (result != RC_OK)
    return result;
#pragma omp parallel num_threads(n_threads)
  {
    rc_arena *arena = scratch[omp_get_thread_num()];
    const rc_arena_mark mark = rc_arena_get_mark(arena);
    rc_error mine = RC_ERROR_INIT;
    window w;
    rc_status status = make_window(roi, request, n_columns, arena, &w, &mine);
#pragma omp for schedule(dynamic, 8)
    for (int64_t row = 0; row < rows; row++)
      if (status == RC_OK)
        status = map_row(roi, request, row % roi->grid.size[1], row / roi->grid.size[1], &w, arena,
                         map, &mine);
    rc_arena_rewind(arena, mark);
#pragma omp critical(rc_maps_error)
    if (status != RC_OK && result == RC_OK)
      result = rc_fail(err, status, "%s", mine.message);
  }
  return result;
}
