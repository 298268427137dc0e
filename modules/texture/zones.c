// SPDX-License-Identifier: Apache-2.0
#include "texture/zones.h"

#include "texture/tally.h"

#include <omp.h>
#include <string.h>

/// What labelling looks at; offsets are subtracted from a voxel's index.
typedef struct labeller {
  const rc_level_grid *grid;
  uint32_t *label;
  int64_t row, slice; ///< step along y and z
} labeller;

static uint32_t find(uint32_t *label, uint32_t v) {
  while (label[v] != v) {
    label[v] = label[label[v]];
    v = label[v];
  }
  return v;
}

/// Joins the zone with root `root` and that of voxel u; returns the joint root, the lower index.
static uint32_t join(uint32_t *label, uint32_t root, uint32_t u) {
  uint32_t other = find(label, u);
  if (other == root)
    return root;
  uint32_t low = other < root ? other : root, high = other < root ? root : other;
  label[high] = low;
  return low;
}

/// Joins with the neighbour at `u` when it has the same level.
static uint32_t link(const labeller *work, uint32_t root, const uint16_t *at, int64_t offset,
                     uint32_t v) {
  if (at[-offset] != *at)
    return root;
  return join(work->label, root, (uint32_t)(v - offset));
}

/// The three neighbours on a line along x. The middle one touches the other two, so they are
/// linked to it already.
static uint32_t link_line(const labeller *work, uint32_t root, const uint16_t *at, int64_t offset,
                          uint32_t v) {
  if (at[-offset] == *at)
    return join(work->label, root, (uint32_t)(v - offset));
  root = link(work, root, at, offset + 1, v);
  return link(work, root, at, offset - 1, v);
}

/// Links voxel v to its neighbours that come before it. Neighbours that touch each other and have
/// v's level are in one zone already, so the most central one may stand for many.
static void label_voxel(const labeller *work, bool look_below, const uint16_t *at, uint32_t v) {
  uint32_t *label = work->label, root = v;
  label[v] = v;
  if (look_below && at[-work->slice] == *at) {
    label[v] = find(label, (uint32_t)(v - work->slice));
    return;
  }
  if (at[-work->row] == *at) {
    root = join(label, root, (uint32_t)(v - work->row));
    if (look_below)
      link_line(work, root, at, work->slice - work->row, v);
    return;
  }
  root = link(work, root, at, 1, v);
  root = link(work, root, at, work->row + 1, v);
  root = link(work, root, at, work->row - 1, v);
  if (!look_below)
    return;
  root = link_line(work, root, at, work->slice + work->row, v);
  root = link(work, root, at, work->slice + 1, v);
  root = link(work, root, at, work->slice - 1, v);
  link_line(work, root, at, work->slice - work->row, v);
}

static void label_slice(const labeller *work, int64_t z, bool look_below) {
  const rc_level_grid *grid = work->grid;
  for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
    int64_t r = y + grid->size[1] * z;
    for (int64_t x = grid->first[r]; x < grid->last[r]; x++) {
      uint32_t v = (uint32_t)(r * grid->size[0] + x);
      if (grid->level[v] != 0)
        label_voxel(work, look_below, grid->level + v, v);
    }
  }
}

/// Links slice z to the one below, both labelled.
static void join_below(const labeller *work, int64_t z) {
  const rc_level_grid *grid = work->grid;
  for (int64_t v = z * work->slice; v < (z + 1) * work->slice; v++) {
    if (grid->level[v] == 0)
      continue;
    uint32_t root = find(work->label, (uint32_t)v);
    for (int64_t dy = -1; dy <= 1; dy++)
      root = link_line(work, root, grid->level + v, work->slice + dy * work->row, (uint32_t)v);
  }
}

/// Points every label at its root. Labels never point up, so one pass in order is enough.
static void flatten(const labeller *work, int64_t z) {
  uint32_t *label = work->label;
  for (int64_t v = z * work->slice; v < (z + 1) * work->slice; v++)
    if (work->grid->level[v] != 0)
      label[v] = label[label[v]];
}

void rc_zones_label(const rc_level_grid *grid, bool solid, uint32_t *label) {
  const labeller work = {grid, label, grid->step[1], grid->step[2]};
  const int64_t z0 = grid->margin, n = grid->size[2] - 2 * grid->margin;
  int64_t n_slabs = rc_level_grid_is_big(grid) ? omp_get_max_threads() : 1;
  n_slabs = n_slabs < n ? n_slabs : n;
#pragma omp parallel for num_threads((int)n_slabs) schedule(static, 1) if (n_slabs > 1)
  for (int64_t s = 0; s < n_slabs; s++)
    for (int64_t z = z0 + s * n / n_slabs; z < z0 + (s + 1) * n / n_slabs; z++)
      label_slice(&work, z, solid && z > z0 + s * n / n_slabs);
  for (int64_t s = 1; solid && s < n_slabs; s++)
    join_below(&work, z0 + s * n / n_slabs);
  for (int64_t z = z0; z < z0 + n; z++)
    flatten(&work, z);
}

/// Tables of zones by level and measure.
typedef struct zone_work {
  const rc_level_grid *grid;
  uint32_t *label, *value; ///< grid's size
} zone_work;

/// Features of the zones of slices z0 .. z1 - 1. A row of the table is as long as the level's
/// largest measure.
static rc_status slab_features(const zone_work *work, int64_t z0, int64_t z1, double n_voxels,
                               rc_arena *arena, double *feature, rc_error *err) {
  const rc_level_grid *grid = work->grid;
  const int64_t from = z0 * grid->step[2], to = z1 * grid->step[2];
  rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_tally_shape shape;
  uint32_t *cell = NULL;
  int64_t *column = NULL;
  int64_t *largest = rc_arena_alloc(arena, (size_t)grid->n_levels + 1, sizeof *largest);
  rc_status status = RC_ERR_MEMORY;
  if (largest == NULL)
    goto done;
  for (int64_t v = from; v < to; v++)
    if (work->value[v] > largest[grid->level[v]])
      largest[grid->level[v]] = work->value[v];
  status =
      rc_tally_shape_create(grid->n_levels, grid->grey, largest, INT64_MAX, arena, &shape, err);
  if (status != RC_OK)
    goto done;
  status = RC_ERR_MEMORY;
  cell = rc_arena_alloc(arena, (size_t)shape.n_cells, sizeof *cell);
  column = rc_arena_alloc(arena, (size_t)shape.widest + 1, sizeof *column);
  if (cell == NULL || column == NULL)
    goto done;
  for (int64_t v = from; v < to; v++)
    if (work->value[v] != 0)
      cell[shape.base[grid->level[v]] + work->value[v] - 1]++;
  rc_tally_features(&shape, cell, n_voxels, column, RC_TALLY_SHARED, feature);
  status = RC_OK;
done:
  rc_arena_rewind(arena, mark);
  return status == RC_ERR_MEMORY ? rc_fail(err, status, "no memory for a table of zones") : status;
}

static rc_status slice_means(const zone_work *work, rc_arena *arena, double *mean, rc_error *err) {
  const rc_level_grid *grid = work->grid;
  double *row = rc_arena_alloc(arena, (size_t)(grid->size[2] * RC_TALLY_SHARED), sizeof *row);
  if (row == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the features of each slice");
  for (int64_t z = 0; z < grid->size[2]; z++) {
    rc_status status = slab_features(work, z, z + 1, (double)grid->n_slice[z], arena,
                                     row + z * RC_TALLY_SHARED, err);
    if (status != RC_OK)
      return status;
  }
  rc_mean_of_rows(row, grid->size[2], RC_TALLY_SHARED, mean);
  return RC_OK;
}

static void find_zones(const zone_work *work, bool solid, rc_zone_measure *measure, void *context) {
  size_t n = (size_t)(work->grid->step[2] * work->grid->size[2]);
  rc_zones_label(work->grid, solid, work->label);
  memset(work->value, 0, n * sizeof *work->value);
  measure(work->grid, solid, work->label, context, work->value);
}

rc_status rc_zones_compute(const rc_roi *roi, uint32_t aggregations, rc_zone_measure *measure,
                           void *context, rc_arena *arena, rc_family_output *out, rc_error *err) {
  rc_level_grid grid;
  rc_status status = rc_level_grid_create(roi, 1, RC_LEVELS_COMPACT, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  size_t n = (size_t)(grid.step[2] * grid.size[2]);
  zone_work work = {&grid, rc_arena_alloc(arena, n, sizeof *work.label),
                    rc_arena_alloc(arena, n, sizeof *work.value)};
  if (work.label == NULL || work.value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the zones of %lld voxels",
                   (long long)grid.n_voxels);
  double *by_slice = rc_output_row(out, aggregations, RC_AGG_2D, RC_TALLY_SHARED);
  double *merged = rc_output_row(out, aggregations, RC_AGG_2_5D, RC_TALLY_SHARED);
  double *solid = rc_output_row(out, aggregations, RC_AGG_3D, RC_TALLY_SHARED);
  double n_voxels = (double)grid.n_voxels;
  if (by_slice != NULL || merged != NULL)
    find_zones(&work, false, measure, context);
  if (by_slice != NULL)
    status = slice_means(&work, arena, by_slice, err);
  if (status == RC_OK && merged != NULL)
    status = slab_features(&work, 0, grid.size[2], n_voxels, arena, merged, err);
  if (status == RC_OK && solid != NULL) {
    find_zones(&work, true, measure, context);
    status = slab_features(&work, 0, grid.size[2], n_voxels, arena, solid, err);
  }
  return status;
}
