// SPDX-License-Identifier: Apache-2.0
#include "texture/maps.h"

#include "texture/window.h"

#include <math.h>
#include <omp.h>
#include <string.h>

bool rc_family_has_maps(const rc_family *family) {
  return !family->original_only && !family->looks_around;
}

// ---- Afresh: the cube as a region of its own ----

/// The neighbourhood of one voxel, with a margin of one voxel.
typedef struct cube {
  int64_t side;
  double *intensity;
  uint8_t *mask;
  uint16_t *levels, *ivh; ///< NULL when the region has none
  rc_roi roi;
} cube;

static uint16_t *level_room(const rc_levels *levels, rc_arena *arena, size_t n, bool *good) {
  uint16_t *room = levels->value == NULL ? NULL : rc_arena_alloc(arena, n, sizeof *room);
  *good = *good && (levels->value == NULL || room != NULL);
  return room;
}

static rc_status make_cube(const rc_roi *roi, int64_t radius, rc_arena *arena, cube *out,
                           rc_error *err) {
  const int64_t side = 2 * radius + 3;
  const size_t n = (size_t)(side * side * side);
  bool good = true;
  cube c = {.side = side, .roi = *roi};
  c.intensity = rc_arena_alloc(arena, n, sizeof *c.intensity);
  c.mask = rc_arena_alloc(arena, n, sizeof *c.mask);
  c.levels = level_room(&roi->texture, arena, n, &good);
  c.ivh = level_room(&roi->ivh, arena, n, &good);
  if (!good || c.intensity == NULL || c.mask == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a feature map");
  c.roi.intensity = c.intensity;
  c.roi.morph = c.roi.mask = c.mask;
  c.roi.texture.value = c.levels;
  c.roi.ivh.value = c.ivh;
  for (int d = 0; d < 3; d++)
    c.roi.grid.size[d] = side;
  *out = c;
  return RC_OK;
}

/// Part of a row of the cube that lies in the region's arrays: `n` voxels from `from` there and
/// from `to` in the cube.
typedef struct overlap {
  int64_t from, to, n;
} overlap;

static overlap row_overlap(const rc_roi *roi, const cube *c, const int64_t at[3], int64_t y,
                           int64_t z) {
  const int64_t *size = roi->grid.size, reach = c->side / 2 - 1;
  int64_t ry = at[1] + y, rz = at[2] + z;
  int64_t low = at[0] - reach < 0 ? 0 : at[0] - reach;
  int64_t high = at[0] + reach >= size[0] ? size[0] : at[0] + reach + 1;
  if (ry < 0 || rz < 0 || ry >= size[1] || rz >= size[2])
    return (overlap){0, 0, 0};
  return (overlap){low + size[0] * (ry + size[1] * rz),
                   low - at[0] + reach + 1 + c->side * (y + reach + 1 + c->side * (z + reach + 1)),
                   high - low};
}

static void clear_row(cube *c, int64_t row, int64_t n) {
  memset(c->mask + row, 0, (size_t)n);
  if (c->levels != NULL)
    memset(c->levels + row, 0, (size_t)n * sizeof *c->levels);
  if (c->ivh != NULL)
    memset(c->ivh + row, 0, (size_t)n * sizeof *c->ivh);
}

static void copy_levels(const uint16_t *from, const overlap *o, const uint8_t *mask, uint16_t *to) {
  for (int64_t i = 0; to != NULL && i < o->n; i++)
    to[o->to + i] = mask[o->to + i] ? from[o->from + i] : 0;
}

/// Cuts the cube around voxel `at` out of the region.
static void load_cube(const rc_roi *roi, const int64_t at[3], cube *c) {
  const int64_t reach = c->side / 2 - 1;
  c->roi.n_mask = 0;
  for (int64_t z = -reach; z <= reach; z++)
    for (int64_t y = -reach; y <= reach; y++) {
      int64_t row = 1 + c->side * (y + reach + 1 + c->side * (z + reach + 1));
      clear_row(c, row, 2 * reach + 1);
      overlap o = row_overlap(roi, c, at, y, z);
      if (o.n == 0)
        continue;
      memcpy(c->mask + o.to, roi->mask + o.from, (size_t)o.n);
      memcpy(c->intensity + o.to, roi->intensity + o.from, (size_t)o.n * sizeof *c->intensity);
      copy_levels(roi->texture.value, &o, c->mask, c->levels);
      copy_levels(roi->ivh.value, &o, c->mask, c->ivh);
      for (int64_t i = 0; i < o.n; i++)
        c->roi.n_mask += c->mask[o.to + i];
    }
  c->roi.n_morph = c->roi.n_mask;
}

// ---- One thread's work ----

/// A family of the request.
typedef struct mapper {
  rc_feature_settings alone; ///< that family only
  int64_t first, n;          ///< its columns, of all
  const bool *wanted;        ///< [n_features]
  const rc_sliding *sliding; ///< NULL: each cube is computed afresh
  void *state;
} mapper;

typedef struct worker {
  const rc_roi *roi;
  const rc_map_request *request;
  double *const *map;
  rc_arena *arena;
  mapper *mapper; ///< [n_mappers]
  int64_t n_mappers;
  bool slides, cuts; ///< some family slides; some does not
  rc_window window;
  cube cube;
  double *value; ///< [n_columns]: of all columns
} worker;

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory for a feature map");
}

/// Which features of a family are asked for; NULL: none is.
static rc_status list_wanted(const rc_map_request *request, const rc_feature_column *column,
                             int64_t first, int64_t n, rc_arena *arena, const bool **out,
                             rc_error *err) {
  const rc_family *family = column[first].family;
  bool *wanted = rc_arena_alloc(arena, (size_t)family->n_features, sizeof *wanted), any = false;
  if (wanted == NULL)
    return no_memory(err);
  for (int64_t c = 0; c < request->n_columns; c++) {
    const int64_t k = request->column[c] - first;
    if (k < 0 || k >= n)
      continue;
    wanted[k % family->n_features] = any = true;
  }
  *out = any ? wanted : NULL;
  return RC_OK;
}

/// A mapper for the family of columns first .. first + n - 1.
static rc_status add_mapper(worker *w, const rc_feature_column *column, int64_t first, int64_t n,
                            rc_error *err) {
  const rc_family *family = column[first].family;
  int64_t i = 0;
  while (rc_families[i] != family)
    i++;
  mapper m = {.alone = *w->request->features, .first = first, .n = n};
  m.alone.families = UINT64_C(1) << i;
  rc_status status = list_wanted(w->request, column, first, n, w->arena, &m.wanted, err);
  if (status != RC_OK || m.wanted == NULL)
    return status;
  const rc_sliding_wish wish = {m.alone.params[i], rc_feature_wanted(&m.alone, i), m.wanted};
  if (family->sliding != NULL && !w->request->afresh &&
      (w->window.n_levels > 0 || !family->needs_levels))
    status = family->sliding->create(&w->window, &wish, w->arena, &m.state, err);
  m.sliding = m.state != NULL ? family->sliding : NULL;
  w->slides = w->slides || m.sliding != NULL;
  w->cuts = w->cuts || m.sliding == NULL;
  w->mapper[w->n_mappers++] = m;
  return status;
}

static rc_status make_worker(const rc_roi *roi, const rc_map_request *request, rc_arena *arena,
                             double *const *map, worker *out, rc_error *err) {
  worker w = {.roi = roi, .request = request, .map = map, .arena = arena};
  rc_feature_column *column;
  int64_t n_columns = 0, end;
  rc_status status = rc_feature_columns(request->features, arena, &column, &n_columns, err);
  if (status == RC_OK)
    status = rc_window_create(roi, request->radius, arena, &w.window, err);
  if (status == RC_OK)
    status = make_cube(roi, request->radius, arena, &w.cube, err);
  w.mapper = rc_arena_alloc(arena, (size_t)rc_n_families, sizeof *w.mapper);
  w.value = rc_arena_alloc(arena, (size_t)n_columns, sizeof *w.value);
  if (status == RC_OK && (w.mapper == NULL || w.value == NULL))
    status = no_memory(err);
  for (int64_t first = 0; status == RC_OK && first < n_columns; first = end) {
    for (end = first; end < n_columns && column[end].family == column[first].family; end++)
      ;
    status = add_mapper(&w, column, first, end - first, err);
  }
  *out = w;
  return status;
}

static void add_plane(worker *w) {
  rc_window_add(&w->window);
  for (int64_t i = 0; i < w->n_mappers; i++)
    if (w->mapper[i].sliding != NULL && w->mapper[i].sliding->add != NULL)
      w->mapper[i].sliding->add(w->mapper[i].state, &w->window);
}

static void remove_plane(worker *w) {
  for (int64_t i = 0; i < w->n_mappers; i++)
    if (w->mapper[i].sliding != NULL && w->mapper[i].sliding->remove != NULL)
      w->mapper[i].sliding->remove(w->mapper[i].state, &w->window);
  rc_window_remove(&w->window);
}

/// Moves the window to the cube around x, plane by plane.
static void slide_to(worker *w, int64_t x) {
  const int64_t reach = w->request->radius, end = w->roi->grid.size[0] - 1;
  const int64_t last = x + reach < end ? x + reach : end;
  while (w->window.last < last) {
    if (w->window.last - w->window.first + 1 == w->window.side)
      remove_plane(w);
    add_plane(w);
  }
  while (w->window.first < x - reach)
    remove_plane(w);
}

/// Empties the window and puts it before the first cube of row (y, z), around x.
static void start_row(worker *w, int64_t x, int64_t y, int64_t z) {
  const int64_t reach = w->request->radius;
  while (w->window.first <= w->window.last)
    remove_plane(w);
  w->window.y = y;
  w->window.z = z;
  w->window.first = x < reach ? 0 : x - reach;
  w->window.last = w->window.first - 1;
}

static rc_status finish_slid(worker *w, const mapper *m, rc_error *err) {
  double *value = w->value + m->first;
  for (int64_t k = 0; k < m->n; k++)
    value[k] = NAN;
  return m->sliding->finish(m->state, &w->window, value, err);
}

static rc_status map_voxel(worker *w, const int64_t at[3], rc_error *err) {
  const int64_t v = at[0] + w->roi->grid.size[0] * (at[1] + w->roi->grid.size[1] * at[2]);
  rc_status status = RC_OK;
  if (w->cuts)
    load_cube(w->roi, at, &w->cube);
  if (w->slides) {
    slide_to(w, at[0]);
    rc_window_list_levels(&w->window);
  }
  for (int64_t i = 0; i < w->n_mappers && status == RC_OK; i++) {
    const mapper *m = &w->mapper[i];
    status = m->sliding != NULL ? finish_slid(w, m, err)
                                : rc_features_compute(&m->alone, &w->cube.roi, w->arena,
                                                      w->value + m->first, NULL, err);
  }
  for (int64_t c = 0; status == RC_OK && c < w->request->n_columns; c++)
    w->map[c][v] = w->value[w->request->column[c]];
  return status;
}

/// All voxels of one slice's row; the window starts anew, so rows may be done in any order.
static rc_status map_row(worker *w, int64_t y, int64_t z, rc_error *err) {
  const int64_t *size = w->roi->grid.size, first = size[0] * (y + size[1] * z);
  rc_status status = RC_OK;
  bool started = false;
  for (int64_t x = 0; status == RC_OK && x < size[0]; x++) {
    const int64_t at[3] = {x, y, z};
    if (!w->roi->mask[first + x]) {
      for (int64_t c = 0; c < w->request->n_columns; c++)
        w->map[c][first + x] = NAN;
      continue;
    }
    if (!started)
      start_row(w, x, y, z);
    started = true;
    status = map_voxel(w, at, err);
  }
  return status;
}

rc_status rc_maps_compute(const rc_roi *roi, const rc_map_request *request,
                          rc_arena *const *scratch, int n_threads, double *const *map,
                          rc_error *err) {
  const int64_t rows = roi->grid.size[1] * roi->grid.size[2];
  rc_status result = RC_OK;
#pragma omp parallel num_threads(n_threads)
  {
    rc_arena *arena = scratch[omp_get_thread_num()];
    const rc_arena_mark mark = rc_arena_get_mark(arena);
    rc_error mine = RC_ERROR_INIT;
    worker w;
    rc_status status = make_worker(roi, request, arena, map, &w, &mine);
#pragma omp for schedule(dynamic, 8)
    for (int64_t row = 0; row < rows; row++)
      if (status == RC_OK)
        status = map_row(&w, row % roi->grid.size[1], row / roi->grid.size[1], &mine);
    rc_arena_rewind(arena, mark);
#pragma omp critical(rc_maps_error)
    if (status != RC_OK && result == RC_OK)
      result = rc_fail(err, status, "%s", mine.message);
  }
  return result;
}
