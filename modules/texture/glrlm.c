// SPDX-License-Identifier: Apache-2.0
#include "texture/glrlm.h"
#include "texture/directional.h"
#include "texture/registry.h"
#include "texture/tally.h"

#include <omp.h>
#include <string.h>

// In the order of rc_tally_feature.
//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(SRE, "rlm_sre", "Short runs emphasis", "22OV", RC_FU_NONE, "mean of 1 / length^2")             \
  X(LRE, "rlm_lre", "Long runs emphasis", "W4KF", RC_FU_NONE, "mean of length^2")                  \
  X(LGRE, "rlm_lgre", "Low grey level run emphasis", "V3SW", RC_FU_NONE, "mean of 1 / level^2")    \
  X(HGRE, "rlm_hgre", "High grey level run emphasis", "G3QZ", RC_FU_LEVEL2, "mean of level^2")     \
  X(SRLGE, "rlm_srlge", "Short run low grey level emphasis", "HTZT", RC_FU_NONE,                   \
    "mean of 1 / (level^2 length^2)")                                                              \
  X(SRHGE, "rlm_srhge", "Short run high grey level emphasis", "GD3A", RC_FU_LEVEL2,                \
    "mean of level^2 / length^2")                                                                  \
  X(LRLGE, "rlm_lrlge", "Long run low grey level emphasis", "IVPO", RC_FU_NONE,                    \
    "mean of length^2 / level^2")                                                                  \
  X(LRHGE, "rlm_lrhge", "Long run high grey level emphasis", "3KUM", RC_FU_LEVEL2,                 \
    "mean of level^2 length^2")                                                                    \
  X(GLNU, "rlm_glnu", "Grey level non-uniformity", "R5YN", RC_FU_NONE,                             \
    "sum over levels of squared run counts, per run")                                              \
  X(GLNU_NORM, "rlm_glnu_norm", "Normalised grey level non-uniformity", "OVBL", RC_FU_NONE,        \
    "the same per squared number of runs")                                                         \
  X(RLNU, "rlm_rlnu", "Run length non-uniformity", "W92Y", RC_FU_NONE,                             \
    "sum over lengths of squared run counts, per run")                                             \
  X(RLNU_NORM, "rlm_rlnu_norm", "Normalised run length non-uniformity", "IC23", RC_FU_NONE,        \
    "the same per squared number of runs")                                                         \
  X(R_PERC, "rlm_r_perc", "Run percentage", "9ZK5", RC_FU_NONE, "runs per voxel and direction")    \
  X(GL_VAR, "rlm_gl_var", "Grey level variance", "8CE5", RC_FU_LEVEL2,                             \
    "variance of the level of a run")                                                              \
  X(RL_VAR, "rlm_rl_var", "Run length variance", "SXLW", RC_FU_NONE, "variance of run length")     \
  X(RL_ENTR, "rlm_rl_entr", "Run entropy", "HJ9O", RC_FU_BIT,                                      \
    "entropy of the pair level and length")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };
_Static_assert((int)N_FEATURES == (int)RC_TALLY_SHARED && (int)RL_ENTR == (int)RC_TALLY_ENTROPY &&
                   (int)R_PERC == (int)RC_TALLY_PERCENTAGE,
               "features are listed in the order of rc_tally_feature");

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

/// What one thread needs. Table cells first count the voxels at place j of a run, which is the
/// number of runs of at least j voxels; differences along a row then give runs of exactly j.
typedef struct run_scratch {
  uint16_t *place[2]; ///< [size[0] * size[1]]: place in its run, of this slice and the one below
  uint32_t *table;    ///< [RC_DIRECTIONS_2D][n_cells]
  uint32_t *merged;   ///< [n_cells]
  double *column;     ///< [widest + 1]
} run_scratch;

typedef struct run_work {
  const rc_level_grid *grid;
  rc_tally_shape shape;
  const int64_t *base_1; ///< [n_levels + 1]: cell of place j is base_1[level] + j
  int n_threads;
  run_scratch *scratch; ///< [n_threads]
  uint32_t *in_plane;   ///< [RC_DIRECTIONS_2D][n_cells]: all slices
  uint32_t *solid;      ///< [n_cells]: all directions; NULL when no 3-D matrix is asked for
} run_work;

static size_t scratch_bytes(const rc_level_grid *grid, const rc_tally_shape *shape) {
  return 2 * (size_t)grid->step[2] * sizeof(uint16_t) +
         (RC_DIRECTIONS_2D + 1) * (size_t)shape->n_cells * sizeof(uint32_t) +
         ((size_t)shape->widest + 1) * sizeof(double);
}

static bool scratch_create(const run_work *work, rc_arena *arena, run_scratch *out) {
  size_t slice = (size_t)work->grid->step[2], n_cells = (size_t)work->shape.n_cells;
  out->place[0] = rc_arena_alloc(arena, slice, sizeof(uint16_t));
  out->place[1] = rc_arena_alloc(arena, slice, sizeof(uint16_t));
  out->table = rc_arena_alloc(arena, n_cells * RC_DIRECTIONS_2D, sizeof(uint32_t));
  out->merged = rc_arena_alloc(arena, n_cells, sizeof(uint32_t));
  out->column = rc_arena_alloc(arena, (size_t)work->shape.widest + 1, sizeof(double));
  return out->place[0] != NULL && out->place[1] != NULL && out->table != NULL &&
         out->merged != NULL && out->column != NULL;
}

/// The place in their runs of the voxels of a row, whose voxel before in the run's direction is
/// before[x] with place before_place[x].
static void place_row(const uint16_t *restrict row, const uint16_t *restrict before,
                      const uint16_t *restrict before_place, uint16_t *restrict place, int64_t n) {
  for (int64_t x = 0; x < n; x++)
    place[x] = (uint16_t)(1 + (before_place[x] & -(row[x] == before[x])));
}

static void place_along_row(const uint16_t *row, uint16_t *place, int64_t n) {
  uint16_t run = 0;
  for (int64_t x = 0; x < n; x++) {
    run = (uint16_t)(1 + (run & -(row[x] == row[x - 1])));
    place[x] = run;
  }
}

static void count_row(const uint16_t *row, const uint16_t *place, int64_t n, const int64_t *base_1,
                      uint32_t *cell) {
  for (int64_t x = 0; x < n; x++)
    if (row[x] != 0)
      cell[base_1[row[x]] + place[x]]++;
}

/// Counts slice z in direction d; `below` holds the places of slice z - 1 and is not read when the
/// direction lies in the slice.
static void count_slice(const run_work *work, int d, int64_t z, const uint16_t *below,
                        uint16_t *place, uint32_t *cell) {
  const rc_level_grid *grid = work->grid;
  const int *step = rc_direction[d];
  const int64_t width = grid->size[0];
  const int64_t offset = step[0] + width * step[1] + grid->step[2] * step[2];
  const uint16_t *source = step[2] != 0 ? below : place;
  for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
    int64_t r = y + grid->size[1] * z, first = grid->first[r], n = grid->last[r] - first;
    const uint16_t *row = grid->level + r * width + first;
    uint16_t *row_place = place + y * width + first;
    if (d == 0)
      place_along_row(row, row_place, n);
    else
      place_row(row, row - offset, source + (y - step[1]) * width + first - step[0], row_place, n);
    count_row(row, row_place, n, work->base_1, cell);
  }
}

/// From runs of at least j voxels to runs of exactly j.
static void difference(const rc_tally_shape *shape, uint32_t *cell) {
  for (int32_t i = 1; i <= shape->n_levels; i++)
    for (int64_t k = shape->base[i]; k + 1 < shape->base[i + 1]; k++)
      cell[k] -= cell[k + 1];
}

static void add_tables(uint32_t *to, const uint32_t *from, int64_t n) {
  for (int64_t k = 0; k < n; k++)
    to[k] += from[k];
}

/// Features of each in-plane table and of their sum; each table counts `n_voxels`.
static void flat_features(const run_work *work, const uint32_t *table, int64_t n_voxels,
                          double *each, double *comb, run_scratch *scratch) {
  const rc_tally_shape *shape = &work->shape;
  for (int d = 0; each != NULL && d < RC_DIRECTIONS_2D; d++)
    rc_tally_features(shape, table + d * shape->n_cells, (double)n_voxels, scratch->column,
                      N_FEATURES, each + d * N_FEATURES);
  if (comb == NULL)
    return;
  memset(scratch->merged, 0, (size_t)shape->n_cells * sizeof *scratch->merged);
  for (int d = 0; d < RC_DIRECTIONS_2D; d++)
    add_tables(scratch->merged, table + d * shape->n_cells, shape->n_cells);
  rc_tally_features(shape, scratch->merged, (double)(n_voxels * RC_DIRECTIONS_2D), scratch->column,
                    N_FEATURES, comb);
}

/// Adds a thread's in-plane tables to those of all slices, and clears them.
static void flush(run_work *work, run_scratch *scratch) {
  int64_t n = work->shape.n_cells * RC_DIRECTIONS_2D;
#pragma omp critical(rc_glrlm)
  add_tables(work->in_plane, scratch->table, n);
  memset(scratch->table, 0, (size_t)n * sizeof *scratch->table);
}

/// One slice in the four in-plane directions, with its features if they are wanted.
static void count_flat_slice(run_work *work, const rc_directional *wanted, int64_t z,
                             run_scratch *scratch) {
  const int64_t n_cells = work->shape.n_cells;
  for (int d = 0; d < RC_DIRECTIONS_2D; d++)
    count_slice(work, d, z, NULL, scratch->place[0], scratch->table + d * n_cells);
  if (!rc_directional_by_slice(wanted))
    return;
  for (int d = 0; d < RC_DIRECTIONS_2D; d++)
    difference(&work->shape, scratch->table + d * n_cells);
  flat_features(work, scratch->table, work->grid->n_slice[z], rc_directional_slice_avg(wanted, z),
                rc_directional_slice_comb(wanted, z), scratch);
  flush(work, scratch);
}

/// All slices in the in-plane directions; slices are shared out to the threads.
static void count_in_plane(run_work *work, const rc_directional *wanted) {
  const rc_level_grid *grid = work->grid;
#pragma omp parallel for num_threads(work->n_threads) schedule(dynamic, 1) if (work->n_threads > 1)
  for (int64_t z = grid->margin; z < grid->size[2] - grid->margin; z++)
    if (grid->n_slice[z] > 0)
      count_flat_slice(work, wanted, z, &work->scratch[omp_get_thread_num()]);
  if (rc_directional_by_slice(wanted))
    return; // done slice by slice
  for (int t = 0; t < work->n_threads; t++)
    flush(work, &work->scratch[t]);
  for (int d = 0; d < RC_DIRECTIONS_2D; d++)
    difference(&work->shape, work->in_plane + d * work->shape.n_cells);
}

/// One direction that leaves the slice: its features if wanted, and its share of the sum.
static void count_solid_direction(run_work *work, int d, double *each, run_scratch *scratch) {
  const rc_level_grid *grid = work->grid;
  const rc_tally_shape *shape = &work->shape;
  memset(scratch->merged, 0, (size_t)shape->n_cells * sizeof *scratch->merged);
  for (int64_t z = grid->margin; z < grid->size[2] - grid->margin; z++)
    count_slice(work, d, z, scratch->place[(z + 1) % 2], scratch->place[z % 2], scratch->merged);
  difference(shape, scratch->merged);
  if (each != NULL)
    rc_tally_features(shape, scratch->merged, (double)grid->n_voxels, scratch->column, N_FEATURES,
                      each + d * N_FEATURES);
#pragma omp critical(rc_glrlm)
  add_tables(work->solid, scratch->merged, shape->n_cells);
}

/// The nine directions that leave the slice, shared out to the threads, and the sum of all.
static void count_solid(run_work *work, const rc_directional *wanted) {
  const rc_tally_shape *shape = &work->shape;
#pragma omp parallel for num_threads(work->n_threads) schedule(dynamic, 1) if (work->n_threads > 1)
  for (int d = RC_DIRECTIONS_2D; d < RC_DIRECTIONS_3D; d++)
    count_solid_direction(work, d, wanted->solid_avg, &work->scratch[omp_get_thread_num()]);
  for (int d = 0; d < RC_DIRECTIONS_2D; d++)
    add_tables(work->solid, work->in_plane + d * shape->n_cells, shape->n_cells);
  flat_features(work, work->in_plane, work->grid->n_voxels, wanted->solid_avg, NULL,
                &work->scratch[0]);
  if (wanted->solid_comb != NULL)
    rc_tally_features(shape, work->solid, (double)(work->grid->n_voxels * RC_DIRECTIONS_3D),
                      work->scratch[0].column, N_FEATURES, wanted->solid_comb);
}

static rc_status work_create(const rc_level_grid *grid, bool solid, rc_arena *arena, run_work *out,
                             rc_error *err) {
  run_work work = {.grid = grid};
  int64_t longest = 0;
  for (int axis = 0; axis < (solid ? 3 : 2); axis++) {
    int64_t extent = grid->size[axis] - 2 * grid->margin;
    longest = extent > longest ? extent : longest;
  }
  rc_status status = rc_tally_shape_create(grid->n_levels, grid->grey, grid->count, longest, arena,
                                           &work.shape, err);
  if (status != RC_OK)
    return status;
  size_t n_cells = (size_t)work.shape.n_cells;
  work.n_threads = rc_level_grid_threads(grid, scratch_bytes(grid, &work.shape));
  work.scratch = rc_arena_alloc(arena, (size_t)work.n_threads, sizeof *work.scratch);
  work.in_plane = rc_arena_alloc(arena, n_cells * RC_DIRECTIONS_2D, sizeof *work.in_plane);
  work.solid = solid ? rc_arena_alloc(arena, n_cells, sizeof *work.solid) : NULL;
  int64_t *base_1 = rc_arena_alloc(arena, (size_t)grid->n_levels + 1, sizeof *base_1);
  bool enough = work.scratch != NULL && work.in_plane != NULL && (work.solid != NULL || !solid) &&
                base_1 != NULL;
  for (int t = 0; enough && t < work.n_threads; t++)
    enough = scratch_create(&work, arena, &work.scratch[t]);
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for run lengths of %d levels",
                   (int)grid->n_levels);
  for (int32_t i = 1; i <= grid->n_levels; i++)
    base_1[i] = work.shape.base[i] - 1;
  work.base_1 = base_1;
  *out = work;
  return RC_OK;
}

/// The features of every matrix that `wanted` asks for.
static rc_status count_runs(const rc_level_grid *grid, const rc_directional *wanted,
                            rc_arena *arena, rc_error *err) {
  run_work work;
  rc_status status = work_create(grid, rc_directional_solid(wanted), arena, &work, err);
  if (status != RC_OK)
    return status;
  count_in_plane(&work, wanted);
  flat_features(&work, work.in_plane, grid->n_voxels, wanted->flat_avg, wanted->flat_comb,
                &work.scratch[0]);
  if (rc_directional_solid(wanted))
    count_solid(&work, wanted);
  return RC_OK;
}

rc_status rc_glrlm_rows(const rc_level_grid *grid, int n, rc_arena *arena, double *row,
                        rc_error *err) {
  rc_directional wanted = {.n_features = N_FEATURES, .n_slices = grid->size[2]};
  *(n == RC_DIRECTIONS_3D ? &wanted.solid_avg : &wanted.flat_avg) = row;
  return count_runs(grid, &wanted, arena, err);
}

rc_status rc_glrlm_weighted(const rc_level_grid *grid, int n, const double *weight, rc_arena *arena,
                            double *value, rc_error *err) {
  const rc_directional none = {.n_features = N_FEATURES, .n_slices = grid->size[2]};
  run_work work;
  double n_voxels = 0.0;
  rc_status status = work_create(grid, n == RC_DIRECTIONS_3D, arena, &work, err);
  if (status != RC_OK)
    return status;
  const int64_t n_cells = work.shape.n_cells;
  double *cell = rc_arena_alloc(arena, (size_t)n_cells, sizeof *cell);
  if (cell == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for run lengths of %d levels",
                   (int)grid->n_levels);
  count_in_plane(&work, &none);
  for (int d = 0; d < n; d++) { // one after the other, so that sums are always the same
    if (d >= RC_DIRECTIONS_2D)
      count_solid_direction(&work, d, NULL, &work.scratch[0]);
    const uint32_t *table =
        d < RC_DIRECTIONS_2D ? work.in_plane + d * n_cells : work.scratch[0].merged;
    for (int64_t k = 0; k < n_cells; k++)
      cell[k] += weight[d] * table[k];
    n_voxels += weight[d] * (double)grid->n_voxels;
  }
  rc_tally_weighted(&work.shape, cell, n_voxels, work.scratch[0].column, N_FEATURES, value);
  return RC_OK;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)settings;
  rc_level_grid grid;
  rc_status status = rc_level_grid_create(roi, 1, RC_LEVELS_COMPACT, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  rc_directional wanted;
  status = rc_directional_create(&grid, aggregations, N_FEATURES, arena, &wanted, err);
  if (status == RC_OK)
    status = count_runs(&grid, &wanted, arena, err);
  if (status == RC_OK)
    rc_directional_finish(&wanted, aggregations, rc_reason_empty_mask, out);
  return status;
}

// ---- Sliding ----

/// More levels than this would take 7 MB and more for the largest cube.
#define MAX_SLIDING_LEVELS 4096

typedef struct followed {
  int64_t width;     ///< lengths that a run can have, from 1 on
  size_t n_cells;    ///< of a table
  uint32_t *table;   ///< [RC_DIRECTIONS_3D][n_levels + 1][width]: runs by the region's levels
  uint16_t *place;   ///< [RC_DIRECTIONS_3D][side][stride * stride]: of a voxel in its run, which
                     ///< may begin before the window's first plane
  uint32_t *present; ///< [n_levels][width]: rows of the levels present
  rc_tally_shape shape;
  double *column;
  uint32_t aggregations;
} followed;

rc_status rc_glrlm_follow(const rc_window *w, rc_arena *arena, void **state, rc_error *err) {
  const size_t n = (size_t)w->n_levels, width = (size_t)w->side;
  if (w->n_levels > MAX_SLIDING_LEVELS)
    return RC_OK;
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  int64_t *base = rc_arena_alloc(arena, n + 2, sizeof *base);
  bool enough = f != NULL && base != NULL;
  if (enough) {
    f->width = w->side;
    f->n_cells = (n + 1) * width;
    f->table = rc_arena_alloc(arena, RC_DIRECTIONS_3D * f->n_cells, sizeof *f->table);
    f->place = rc_arena_alloc(arena, RC_DIRECTIONS_3D * (size_t)(w->side * w->stride * w->stride),
                              sizeof *f->place);
    f->present = rc_arena_alloc(arena, n * width, sizeof *f->present);
    f->column = rc_arena_alloc(arena, width + 1, sizeof *f->column);
    enough = rc_logarithms_create(RC_LOGARITHMS_OF_CUBES, arena, &f->shape.log);
  }
  if (!enough || f->table == NULL || f->place == NULL || f->present == NULL || f->column == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for run lengths of %d levels", (int)w->n_levels);
  for (size_t i = 1; i < n + 2; i++)
    base[i] = f->width * ((int64_t)i - 1);
  f->shape.base = base;
  f->shape.grey = w->present_grey;
  f->shape.widest = f->width;
  *state = f;
  return RC_OK;
}

static uint32_t *run_cell(followed *f, int d, uint16_t level, int64_t length) {
  return f->table + (size_t)d * f->n_cells + (size_t)(level * f->width + length - 1);
}

static uint16_t *place_of(const followed *f, const rc_window *w, int d, int64_t x) {
  return f->place + (d * w->side + x % w->side) * w->stride * w->stride;
}

/// Changes the number of runs within a plane by `by`; the neighbours are `offset` away.
static void change_plane_runs(followed *f, const rc_window *w, int d, const uint16_t *plane,
                              int64_t offset, uint32_t by) {
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++) {
      const uint16_t level = plane[v];
      int64_t length = 1;
      if (level == 0 || plane[v - offset] == level)
        continue;
      while (plane[v + length * offset] == level)
        length++;
      *run_cell(f, d, level, length) += by;
    }
}

/// The last plane's voxels begin runs or go on with those of the plane before, `back` away there.
static void lengthen_runs(followed *f, const rc_window *w, int d, int64_t back) {
  const bool any = w->last > w->first;
  const uint16_t *plane = rc_window_plane(w, w->last);
  const uint16_t *before = any ? rc_window_plane(w, w->last - 1) : NULL;
  const uint16_t *before_place = any ? place_of(f, w, d, w->last - 1) : NULL;
  uint16_t *place = place_of(f, w, d, w->last);
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++) {
      const uint16_t level = plane[v];
      int64_t length = 0;
      place[v] = 1;
      if (level == 0)
        continue;
      if (any && before[v + back] == level) {
        place[v] = (uint16_t)(before_place[v + back] + 1);
        length = place[v] - 1 < w->last - w->first ? place[v] - 1 : w->last - w->first;
        --*run_cell(f, d, level, length);
      }
      ++*run_cell(f, d, level, length + 1);
    }
}

/// The first plane's voxels, each at the begin of a run, leave it.
static void shorten_runs(followed *f, const rc_window *w, int d, int64_t back) {
  const uint16_t *plane = rc_window_plane(w, w->first);
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++) {
      const uint16_t level = plane[v];
      int64_t length = 1;
      if (level == 0)
        continue;
      while (w->first + length <= w->last &&
             rc_window_plane(w, w->first + length)[v - length * back] == level)
        length++;
      --*run_cell(f, d, level, length);
      if (length > 1)
        ++*run_cell(f, d, level, length - 1);
    }
}

void rc_glrlm_add(void *state, const rc_window *w) {
  for (int d = 0; d < RC_DIRECTIONS_3D; d++) {
    const int64_t offset = rc_direction[d][1] + w->stride * rc_direction[d][2];
    if (rc_direction[d][0] == 0)
      change_plane_runs(state, w, d, rc_window_plane(w, w->last), offset, 1);
    else
      lengthen_runs(state, w, d, -rc_direction[d][0] * offset);
  }
}

void rc_glrlm_remove(void *state, const rc_window *w) {
  for (int d = 0; d < RC_DIRECTIONS_3D; d++) {
    const int64_t offset = rc_direction[d][1] + w->stride * rc_direction[d][2];
    if (rc_direction[d][0] == 0)
      change_plane_runs(state, w, d, rc_window_plane(w, w->first), offset, UINT32_MAX);
    else
      shorten_runs(state, w, d, -rc_direction[d][0] * offset);
  }
}

void rc_glrlm_followed(void *state, const rc_window *w, int d, double value[]) {
  followed *f = state;
  const bool sum = d == RC_DIRECTIONS_3D;
  const int first = sum ? 0 : d, end = sum ? RC_DIRECTIONS_3D : d + 1;
  for (int32_t i = 0; i < w->n_present; i++) {
    uint32_t *row = f->present + i * f->width;
    memset(row, 0, (size_t)f->width * sizeof *row);
    for (int k = first; k < end; k++)
      add_tables(row, run_cell(f, k, w->present[i + 1], 1), f->width);
  }
  f->shape.n_levels = w->n_present;
  f->shape.n_cells = w->n_present * f->width;
  rc_tally_features(&f->shape, f->present, (double)(w->n_voxels * (end - first)), f->column,
                    N_FEATURES, value);
}

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  if ((wish->aggregations & ~(RC_AGG_BIT(RC_AGG_3D_AVG) | RC_AGG_BIT(RC_AGG_3D_COMB))) != 0)
    return RC_OK;
  rc_status status = rc_glrlm_follow(window, arena, state, err);
  if (*state != NULL)
    ((followed *)*state)->aggregations = wish->aggregations;
  return status;
}

static rc_status finish(void *state, const rc_window *window, double *value, rc_error *err) {
  const uint32_t aggregations = ((followed *)state)->aggregations;
  const rc_family_output out = {value, NULL};
  double *mean = rc_output_row(&out, aggregations, RC_AGG_3D_AVG, N_FEATURES);
  double *comb = rc_output_row(&out, aggregations, RC_AGG_3D_COMB, N_FEATURES);
  double each[RC_DIRECTIONS_3D][N_FEATURES];
  (void)err;
  for (int d = 0; mean != NULL && d < RC_DIRECTIONS_3D; d++)
    rc_glrlm_followed(state, window, d, each[d]);
  if (mean != NULL)
    rc_mean_of_rows(each[0], RC_DIRECTIONS_3D, N_FEATURES, mean);
  if (comb != NULL)
    rc_glrlm_followed(state, window, RC_DIRECTIONS_3D, comb);
  return RC_OK;
}

static const rc_sliding sliding = {follow, rc_glrlm_add, rc_glrlm_remove, finish};

const rc_family rc_family_glrlm = {
    .profile = RC_PROFILE_IBSI,
    .key = "glrlm",
    .name = "Grey level run length matrix",
    .ibsi = "TP0I",
    .source = "IBSI-1 section 3.7",
    .aggregations = RC_AGG_DIRECTIONAL,
    .feature = features,
    .n_features = N_FEATURES,
    .params = NULL,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
