// SPDX-License-Identifier: Apache-2.0
#include "texture/level_grid.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

const char rc_reason_empty_mask[] = "no voxel is left in the intensity mask";

const int rc_direction[RC_DIRECTIONS_3D][3] = {
    {1, 0, 0},  {-1, 1, 0}, {0, 1, 0}, {1, 1, 0},  {-1, -1, 1}, {0, -1, 1}, {1, -1, 1},
    {-1, 0, 1}, {0, 0, 1},  {1, 0, 1}, {-1, 1, 1}, {0, 1, 1},   {1, 1, 1},
};

/// With fewer, starting a thread costs more than it gains.
#define VOXELS_PER_THREAD 10000

/// Bytes of scratch that all further threads together may take.
#define SCRATCH_PER_VOXEL 16

/// Counts are 32 bits wide; merging 26 neighbours of every voxel must fit.
#define MAX_VOXELS (INT64_C(0xffffffff) / 27)
#define MAX_AXIS 65535

/// How many threads a box of that many voxels is worth; 1 within another parallel part.
static int threads_for(int64_t voxels) {
  int64_t n = omp_in_parallel() ? 1 : omp_get_max_threads(), worth = voxels / VOXELS_PER_THREAD;
  n = n < worth ? n : worth;
  return n > 1 ? (int)n : 1;
}

/// The half-open box of voxels with a level. Returns a bound of the levels, 0 when there is none.
static unsigned find_box(const rc_roi *roi, rc_box *box) {
  const int64_t *size = roi->grid.size;
  const int n_threads = threads_for(rc_geometry_voxels(&roi->grid));
  int64_t low_x = size[0], low_y = size[1], low_z = size[2], high_x = 0, high_y = 0, high_z = 0;
  unsigned bits = 0;
#pragma omp parallel for num_threads(n_threads) schedule(static) if (n_threads > 1)                \
    reduction(|                                                                                    \
              : bits) reduction(min                                                                \
                                : low_x, low_y, low_z) reduction(max                               \
                                                                 : high_x, high_y, high_z)
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++) {
      const uint16_t *row = roi->texture.value + size[0] * (y + size[1] * z);
      unsigned any = 0;
      for (int64_t x = 0; x < size[0]; x++)
        any |= row[x];
      if (any == 0)
        continue;
      bits |= any;
      int64_t first = 0, last = size[0] - 1;
      while (row[first] == 0)
        first++;
      while (row[last] == 0)
        last--;
      low_x = first < low_x ? first : low_x;
      high_x = last + 1 > high_x ? last + 1 : high_x;
      low_y = y < low_y ? y : low_y;
      high_y = y + 1 > high_y ? y + 1 : high_y;
      low_z = z < low_z ? z : low_z;
      high_z = z + 1 > high_z ? z + 1 : high_z;
    }
  *box = (rc_box){{low_x, low_y, low_z}, {high_x, high_y, high_z}};
  return bits;
}

static rc_status out_of_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory for the grey levels of a region");
}

/// Row (y, z) of the output, as x = 0 of the region's grid would lie in it.
static const uint16_t *source_row(const rc_roi *roi, const rc_level_grid *grid, int64_t y,
                                  int64_t z) {
  const int64_t *size = roi->grid.size;
  int64_t row = y + grid->low[1] + size[1] * (z + grid->low[2]);
  return roi->texture.value + row * size[0] + grid->low[0];
}

/// Adds up how often each level occurs. Neighbours are often alike, so they are counted in two
/// tables in turn: a count need not wait for the one before it.
static void count_levels(const uint16_t *level, int64_t n, int64_t *even, int64_t *odd) {
  int64_t x = 0;
  for (; x + 1 < n; x += 2) {
    even[level[x]]++;
    odd[level[x + 1]]++;
  }
  if (x < n)
    even[level[x]]++;
}

/// Numbers the grey levels: fills max_level, n_levels, n_voxels, grey, count and compact. `bound`
/// is no lower than the highest level.
static rc_status number_levels(const rc_roi *roi, unsigned bound, rc_arena *arena,
                               rc_level_grid *grid, rc_error *err) {
  const int32_t n_seen = (int32_t)bound + 1;
  const int64_t m = grid->margin, voxels = grid->size[0] * grid->size[1] * grid->size[2];
  const int n_threads = threads_for(voxels / (1 + n_seen / 256)); // tables cost, too
  int64_t *seen = rc_arena_alloc(arena, (size_t)n_threads * 2 * (size_t)n_seen, sizeof *seen);
  if (seen == NULL)
    return out_of_memory(err);
#pragma omp parallel for num_threads(n_threads) schedule(static) if (n_threads > 1)
  for (int64_t z = m; z < grid->size[2] - m; z++) {
    int64_t *own = seen + (int64_t)omp_get_thread_num() * 2 * n_seen * (n_threads > 1);
    for (int64_t y = m; y < grid->size[1] - m; y++)
      count_levels(source_row(roi, grid, y, z) + m, grid->size[0] - 2 * m, own, own + n_seen);
  }
  for (int32_t grey = 1; grey < n_seen; grey++) {
    for (int table = 1; table < 2 * n_threads; table++)
      seen[grey] += seen[(int64_t)table * n_seen + grey];
    if (seen[grey] == 0)
      continue;
    grid->n_levels++;
    grid->max_level = grey;
    grid->n_voxels += seen[grey];
  }
  int32_t *greys = rc_arena_alloc(arena, (size_t)grid->n_levels + 1, sizeof *greys);
  int64_t *count = rc_arena_alloc(arena, (size_t)grid->n_levels + 1, sizeof *count);
  uint16_t *compact = rc_arena_alloc(arena, (size_t)grid->max_level + 1, sizeof *compact);
  if (greys == NULL || count == NULL || compact == NULL)
    return out_of_memory(err);
  int32_t n = 0;
  for (int32_t grey = 1; grey <= grid->max_level; grey++) {
    if (seen[grey] == 0)
      continue;
    compact[grey] = (uint16_t)++n;
    greys[n] = grey;
    count[n] = seen[grey];
  }
  grid->n_greys = roi->texture.n_levels > grid->max_level ? roi->texture.n_levels : grid->max_level;
  grid->grey = greys;
  grid->count = count;
  grid->compact = compact;
  return RC_OK;
}

/// Copies one row and notes its extent; returns its voxels.
static int64_t copy_row(const uint16_t *from, const uint16_t *number, int64_t begin, int64_t end,
                        uint16_t *to, uint16_t *first, uint16_t *last) {
  int64_t n = 0;
  if (number == NULL)
    memcpy(to + begin, from + begin, (size_t)(end - begin) * sizeof *to);
  else
    for (int64_t x = begin; x < end; x++)
      to[x] = number[from[x]];
  for (int64_t x = begin; x < end; x++)
    n += to[x] != 0;
  while (begin < end && to[begin] == 0)
    begin++;
  while (end > begin && to[end - 1] == 0)
    end--;
  *first = (uint16_t)begin;
  *last = (uint16_t)end;
  return n;
}

static rc_status copy_levels(const rc_roi *roi, rc_level_numbering numbering, rc_arena *arena,
                             rc_level_grid *grid, rc_error *err) {
  int64_t n_rows = grid->size[1] * grid->size[2];
  uint16_t *level = rc_arena_alloc(arena, (size_t)(n_rows * grid->size[0]), sizeof *level);
  uint16_t *first = rc_arena_alloc(arena, (size_t)n_rows, sizeof *first);
  uint16_t *last = rc_arena_alloc(arena, (size_t)n_rows, sizeof *last);
  int64_t *n_slice = rc_arena_alloc(arena, (size_t)grid->size[2], sizeof *n_slice);
  if (level == NULL || first == NULL || last == NULL || n_slice == NULL)
    return out_of_memory(err);
  bool as_is = numbering == RC_LEVELS_GREY || grid->n_levels == grid->max_level;
  const uint16_t *number = as_is ? NULL : grid->compact;
  const int64_t m = grid->margin;
  const int n_threads = threads_for(n_rows * grid->size[0]);
#pragma omp parallel for num_threads(n_threads) schedule(static) if (n_threads > 1)
  for (int64_t z = m; z < grid->size[2] - m; z++)
    for (int64_t y = m; y < grid->size[1] - m; y++) {
      int64_t r = y + grid->size[1] * z;
      n_slice[z] += copy_row(source_row(roi, grid, y, z), number, m, grid->size[0] - m,
                             level + r * grid->size[0], &first[r], &last[r]);
    }
  grid->level = level;
  grid->first = first;
  grid->last = last;
  grid->n_slice = n_slice;
  return RC_OK;
}

rc_status rc_level_grid_create(const rc_roi *roi, int64_t margin, rc_level_numbering numbering,
                               rc_arena *arena, rc_level_grid *out, rc_error *err) {
  assert(margin >= 1);
  rc_level_grid grid = {.margin = margin};
  rc_box box;
  *out = grid;
  unsigned bound = find_box(roi, &box);
  if (bound == 0)
    return RC_OK;
  int64_t voxels = 1;
  for (int d = 0; d < 3; d++) {
    grid.size[d] = box.high[d] - box.low[d] + 2 * margin;
    grid.low[d] = box.low[d] - margin;
    if (grid.size[d] > MAX_AXIS)
      return rc_fail(err, RC_ERR_LIMIT, "the region spans more than %d voxels along one axis",
                     MAX_AXIS);
    grid.step[d] = voxels;
    voxels *= grid.size[d];
  }
  if (voxels > (int64_t)UINT32_MAX)
    return rc_fail(err, RC_ERR_LIMIT, "the region's box has %lld voxels, more than %lld",
                   (long long)voxels, (long long)UINT32_MAX);
  rc_status status = number_levels(roi, bound, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels > MAX_VOXELS)
    return rc_fail(err, RC_ERR_LIMIT, "the region has %lld voxels, more than %lld",
                   (long long)grid.n_voxels, (long long)MAX_VOXELS);
  status = copy_levels(roi, numbering, arena, &grid, err);
  if (status == RC_OK)
    *out = grid;
  return status;
}

void rc_level_grid_directions(const rc_level_grid *grid, int64_t distance,
                              int64_t offset[RC_DIRECTIONS_3D]) {
  assert(distance <= grid->margin);
  for (int d = 0; d < RC_DIRECTIONS_3D; d++) {
    offset[d] = 0;
    for (int axis = 0; axis < 3; axis++)
      offset[d] += distance * rc_direction[d][axis] * grid->step[axis];
  }
}

double *rc_output_row(const rc_family_output *out, uint32_t aggregations,
                      rc_aggregation aggregation, int64_t n_features) {
  if ((aggregations & RC_AGG_BIT(aggregation)) == 0)
    return NULL;
  double *row = out->value;
  for (int a = 0; a < (int)aggregation; a++)
    if (aggregations & RC_AGG_BIT(a))
      row += n_features;
  return row;
}

rc_status rc_feature_rows(uint32_t aggregations, rc_aggregation aggregation, int64_t n_rows,
                          int64_t n_features, rc_arena *arena, double **out, rc_error *err) {
  *out = NULL;
  if ((aggregations & RC_AGG_BIT(aggregation)) == 0)
    return RC_OK;
  double *row = rc_arena_alloc(arena, (size_t)(n_rows * n_features), sizeof *row);
  if (row == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the features of each matrix");
  for (int64_t i = 0; i < n_rows * n_features; i++)
    row[i] = NAN;
  *out = row;
  return RC_OK;
}

void rc_mean_of_rows(const double *row, int64_t n_rows, int64_t n_features, double *mean) {
  int64_t n = 0;
  for (int64_t f = 0; f < n_features; f++)
    mean[f] = 0.0;
  for (int64_t r = 0; r < n_rows; r++, row += n_features) {
    if (isnan(row[0]))
      continue;
    n++;
    for (int64_t f = 0; f < n_features; f++)
      mean[f] += row[f];
  }
  for (int64_t f = 0; f < n_features; f++)
    mean[f] = n > 0 ? mean[f] / (double)n : NAN;
}

int rc_level_grid_threads(const rc_level_grid *grid, size_t bytes_per_thread) {
  int64_t n = omp_get_max_threads(), slices = grid->size[2] - 2 * grid->margin;
  int64_t worth = grid->n_voxels / VOXELS_PER_THREAD;
  int64_t affordable = 1 + SCRATCH_PER_VOXEL * grid->n_voxels / (int64_t)(bytes_per_thread + 1);
  n = n < slices ? n : slices;
  n = n < worth ? n : worth;
  n = n < affordable ? n : affordable;
  return n > 1 ? (int)n : 1;
}
