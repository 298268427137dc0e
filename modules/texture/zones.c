// SPDX-License-Identifier: Apache-2.0
#include "texture/zones.h"

#include "texture/tally.h"

#include <string.h>

/// Neighbours before a voxel, as bits: those of equal level are found for a whole row at once. The
/// first four lie in the slice.
enum {
  WEST,
  NORTH_WEST,
  NORTH,
  NORTH_EAST,
  BELOW,
  BELOW_WEST,
  BELOW_EAST,
  BELOW_NORTH,
  BELOW_NORTH_WEST,
  BELOW_NORTH_EAST,
  BELOW_SOUTH,
  BELOW_SOUTH_WEST,
  BELOW_SOUTH_EAST,
  N_BEFORE
};
enum { N_BEFORE_2D = BELOW };
#define BIT(neighbour) (1u << (neighbour))

static const int before[N_BEFORE][3] = {
    {-1, 0, 0},  {-1, -1, 0},  {0, -1, 0},  {1, -1, 0}, {0, 0, -1},  {-1, 0, -1}, {1, 0, -1},
    {0, -1, -1}, {-1, -1, -1}, {1, -1, -1}, {0, 1, -1}, {-1, 1, -1}, {1, 1, -1}};

/// Voxels compared at a time; their bits stay in the first-level cache.
#define CHUNK 256

typedef struct labeller {
  const rc_level_grid *grid;
  uint32_t *label;              ///< [grid's size]: a voxel of the same zone, no later than itself
  int64_t offset[N_BEFORE + 1]; ///< negative; the last is 0: the voxel itself
} labeller;

static uint32_t find(uint32_t *label, uint32_t v) {
  v = label[v]; // most often the root
  while (label[v] != v) {
    label[v] = label[label[v]];
    v = label[v];
  }
  return v;
}

/// Joins the zone with root `root` and that of voxel u; returns the joint root, the lower index.
static uint32_t join(uint32_t *label, uint32_t root, uint32_t u) {
  uint32_t other = find(label, u);
  uint32_t low = other < root ? other : root, high = other < root ? root : other;
  label[high] = low;
  return low;
}

/// equal[x] gets a bit for each of the first `n_before` neighbours that has row[x]'s level.
static void compare(const uint16_t *row, const int64_t *offset, int n_before, int64_t n,
                    uint16_t *restrict equal) {
  memset(equal, 0, (size_t)n * sizeof *equal);
  for (int d = 0; d < n_before; d++) {
    const uint16_t *restrict near = row + offset[d];
    for (int64_t x = 0; x < n; x++)
      equal[x] = (uint16_t)(equal[x] | (-(row[x] == near[x]) & (1 << d)));
  }
}

/// Leaves of three neighbours on a line along x only the middle one if it is there: the other two
/// touch it, and are linked to it already.
static unsigned thin(unsigned equal, int middle) {
  return equal & BIT(middle) ? equal & ~(BIT(middle + 1) | BIT(middle + 2)) : equal;
}

/// One neighbour may stand for all that touch it, as they are linked already.
static unsigned representatives(unsigned equal) {
  if (equal & BIT(BELOW)) // touches all others
    return BIT(BELOW);
  equal = thin(equal, BELOW_SOUTH);
  if (equal & BIT(NORTH)) // touches all but the line south of it
    return equal & (BIT(NORTH) | BIT(BELOW_SOUTH) | BIT(BELOW_SOUTH_WEST) | BIT(BELOW_SOUTH_EAST));
  return thin(equal, BELOW_NORTH);
}

/// Which bit is the only one of `bit`, for bits 0 to 15, by a de Bruijn sequence.
static int position(unsigned bit) {
  static const int8_t at[16] = {0, 1, 2, 5, 3, 9, 6, 11, 15, 4, 8, 10, 14, 7, 13, 12};
  return at[(bit * 0x09afu & 0xffffu) >> 12];
}

/// A voxel without an equal neighbour takes the label of itself, so that only those with several
/// need a branch.
static void label_chunk(const labeller *work, const uint16_t *equal, uint32_t v, int64_t n) {
  for (int64_t x = 0; x < n; x++, v++) {
    if (work->grid->level[v] == 0)
      continue;
    unsigned left = representatives(equal[x]), first = left | BIT(N_BEFORE);
    work->label[v] = v;
    uint32_t root = find(work->label, (uint32_t)(v + work->offset[position(first & -first)]));
    work->label[v] = root;
    for (left &= left - 1; left != 0; left &= left - 1)
      root = join(work->label, root, (uint32_t)(v + work->offset[position(left & -left)]));
  }
}

static void label_slice(const labeller *work, int64_t z, int n_before) {
  const rc_level_grid *grid = work->grid;
  uint16_t equal[CHUNK];
  for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
    int64_t r = y + grid->size[1] * z;
    for (int64_t x = grid->first[r]; x < grid->last[r]; x += CHUNK) {
      int64_t n = grid->last[r] - x < CHUNK ? grid->last[r] - x : CHUNK;
      int64_t v = r * grid->size[0] + x;
      compare(grid->level + v, work->offset, n_before, n, equal);
      label_chunk(work, equal, (uint32_t)v, n);
    }
  }
}

/// Links slice z to the one below, both labelled.
static void join_below(const labeller *work, int64_t z) {
  const rc_level_grid *grid = work->grid;
  for (int64_t v = z * grid->step[2]; v < (z + 1) * grid->step[2]; v++) {
    const uint16_t *at = grid->level + v;
    for (int d = N_BEFORE_2D; *at != 0 && d < N_BEFORE; d++)
      if (at[work->offset[d]] == *at)
        join(work->label, find(work->label, (uint32_t)v), (uint32_t)(v + work->offset[d]));
  }
}

/// Numbers the zones in place: labels point to earlier voxels, which have their number already.
static void number_zones(const labeller *work, uint16_t *level, rc_zones *zones) {
  const rc_level_grid *grid = work->grid;
  uint32_t *label = work->label;
  for (int64_t z = 0; z < grid->size[2]; z++) {
    zones->slice_first[z] = zones->n;
    for (int64_t r = z * grid->size[1]; r < (z + 1) * grid->size[1]; r++)
      for (int64_t v = r * grid->size[0] + grid->first[r]; v < r * grid->size[0] + grid->last[r];
           v++) {
        if (grid->level[v] == 0)
          continue;
        if (label[v] == (uint32_t)v) {
          level[zones->n] = grid->level[v];
          label[v] = (uint32_t)zones->n++;
        } else
          label[v] = label[label[v]];
      }
  }
  zones->slice_first[grid->size[2]] = zones->n;
}

rc_status rc_zones_find(const rc_level_grid *grid, bool solid, rc_arena *arena, rc_zones *out,
                        rc_error *err) {
  size_t n_grid = (size_t)(grid->step[2] * grid->size[2]);
  rc_zones zones = {0};
  zones.zone = rc_arena_alloc(arena, n_grid, sizeof *zones.zone);
  zones.level = rc_arena_alloc(arena, (size_t)grid->n_voxels, sizeof *zones.level);
  zones.slice_first = rc_arena_alloc(arena, (size_t)grid->size[2] + 1, sizeof *zones.slice_first);
  if (zones.zone == NULL || zones.level == NULL || zones.slice_first == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the zones of %lld voxels",
                   (long long)grid->n_voxels);
  labeller work = {grid, zones.zone, {0}};
  for (int d = 0; d < N_BEFORE; d++)
    for (int axis = 0; axis < 3; axis++)
      work.offset[d] += before[d][axis] * grid->step[axis];

  // Slabs of slices are labelled side by side and then joined.
  const int64_t z0 = grid->margin, n = grid->size[2] - 2 * grid->margin;
  const int n_slabs = rc_level_grid_threads(grid, 0);
#pragma omp parallel for num_threads(n_slabs) schedule(static, 1) if (n_slabs > 1)
  for (int s = 0; s < n_slabs; s++) {
    int64_t first = z0 + s * n / n_slabs, end = z0 + (s + 1) * n / n_slabs;
    for (int64_t z = first; z < end; z++)
      label_slice(&work, z, solid && z > first ? N_BEFORE : N_BEFORE_2D);
  }
  for (int s = 1; solid && s < n_slabs; s++)
    join_below(&work, z0 + s * n / n_slabs);
  number_zones(&work, zones.level, &zones);
  *out = zones;
  return RC_OK;
}

/// Features of zones first .. last - 1, in a table whose rows are as long as their level's largest
/// measure.
static rc_status range_features(const rc_level_grid *grid, const rc_zones *zones,
                                const uint32_t *value, int64_t first, int64_t last, double n_voxels,
                                rc_arena *arena, double *feature, rc_error *err) {
  rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_tally_shape shape;
  uint32_t *cell = NULL;
  double *column = NULL;
  int64_t *largest = rc_arena_alloc(arena, (size_t)grid->n_levels + 1, sizeof *largest);
  rc_status status = RC_ERR_MEMORY;
  if (largest == NULL)
    goto done;
  for (int64_t k = first; k < last; k++)
    if (value[k] > largest[zones->level[k]])
      largest[zones->level[k]] = value[k];
  status =
      rc_tally_shape_create(grid->n_levels, grid->grey, largest, INT64_MAX, arena, &shape, err);
  if (status != RC_OK)
    goto done;
  status = RC_ERR_MEMORY;
  cell = rc_arena_alloc(arena, (size_t)shape.n_cells, sizeof *cell);
  column = rc_arena_alloc(arena, (size_t)shape.widest + 1, sizeof *column);
  if (cell == NULL || column == NULL)
    goto done;
  for (int64_t k = first; k < last; k++)
    cell[shape.base[zones->level[k]] + value[k] - 1]++;
  rc_tally_features(&shape, cell, n_voxels, column, RC_TALLY_SHARED, feature);
  status = RC_OK;
done:
  rc_arena_rewind(arena, mark);
  return status == RC_ERR_MEMORY ? rc_fail(err, status, "no memory for a table of zones") : status;
}

static rc_status slice_means(const rc_level_grid *grid, const rc_zones *zones,
                             const uint32_t *value, rc_arena *arena, double *mean, rc_error *err) {
  double *row = rc_arena_alloc(arena, (size_t)(grid->size[2] * RC_TALLY_SHARED), sizeof *row);
  if (row == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the features of each slice");
  for (int64_t z = 0; z < grid->size[2]; z++) {
    rc_status status =
        range_features(grid, zones, value, zones->slice_first[z], zones->slice_first[z + 1],
                       (double)grid->n_slice[z], arena, row + z * RC_TALLY_SHARED, err);
    if (status != RC_OK)
      return status;
  }
  rc_mean_of_rows(row, grid->size[2], RC_TALLY_SHARED, mean);
  return RC_OK;
}

/// Zones within slices or in the volume, measured, into the rows that are not NULL.
static rc_status compute_zones(const rc_level_grid *grid, bool solid, rc_zone_measure *measure,
                               void *context, rc_arena *arena, double *by_slice, double *merged,
                               rc_error *err) {
  rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_zones zones;
  uint32_t *value = NULL;
  rc_status status = rc_zones_find(grid, solid, arena, &zones, err);
  if (status != RC_OK)
    goto done;
  value = rc_arena_alloc(arena, (size_t)zones.n, sizeof *value);
  if (value == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for %lld zones", (long long)zones.n);
    goto done;
  }
  measure(grid, solid, &zones, context, value);
  if (by_slice != NULL)
    status = slice_means(grid, &zones, value, arena, by_slice, err);
  if (status == RC_OK && merged != NULL)
    status =
        range_features(grid, &zones, value, 0, zones.n, (double)grid->n_voxels, arena, merged, err);
done:
  rc_arena_rewind(arena, mark);
  return status;
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
  double *by_slice = rc_output_row(out, aggregations, RC_AGG_2D, RC_TALLY_SHARED);
  double *merged = rc_output_row(out, aggregations, RC_AGG_2_5D, RC_TALLY_SHARED);
  double *solid = rc_output_row(out, aggregations, RC_AGG_3D, RC_TALLY_SHARED);
  if (by_slice != NULL || merged != NULL)
    status = compute_zones(&grid, false, measure, context, arena, by_slice, merged, err);
  if (status == RC_OK && solid != NULL)
    status = compute_zones(&grid, true, measure, context, arena, NULL, solid, err);
  return status;
}
