// SPDX-License-Identifier: Apache-2.0
#include "texture/ngldm.h"
#include "texture/registry.h"
#include "texture/tally.h"
#include "texture/window.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

// In the order of rc_tally_feature.
//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(LDE, "ngl_lde", "Low dependence emphasis", "SODN", RC_FU_NONE, "mean of 1 / dependence^2")     \
  X(HDE, "ngl_hde", "High dependence emphasis", "IMOQ", RC_FU_NONE, "mean of dependence^2")        \
  X(LGCE, "ngl_lgce", "Low grey level count emphasis", "TL9H", RC_FU_NONE, "mean of 1 / level^2")  \
  X(HGCE, "ngl_hgce", "High grey level count emphasis", "OAE7", RC_FU_LEVEL2, "mean of level^2")   \
  X(LDLGE, "ngl_ldlge", "Low dependence low grey level emphasis", "EQ3F", RC_FU_NONE,              \
    "mean of 1 / (level^2 dependence^2)")                                                          \
  X(LDHGE, "ngl_ldhge", "Low dependence high grey level emphasis", "JA6D", RC_FU_LEVEL2,           \
    "mean of level^2 / dependence^2")                                                              \
  X(HDLGE, "ngl_hdlge", "High dependence low grey level emphasis", "NBZI", RC_FU_NONE,             \
    "mean of dependence^2 / level^2")                                                              \
  X(HDHGE, "ngl_hdhge", "High dependence high grey level emphasis", "9QMG", RC_FU_LEVEL2,          \
    "mean of level^2 dependence^2")                                                                \
  X(GLNU, "ngl_glnu", "Grey level non-uniformity", "FP8K", RC_FU_NONE,                             \
    "sum over levels of squared neighbourhood counts, per neighbourhood")                          \
  X(GLNU_NORM, "ngl_glnu_norm", "Normalised grey level non-uniformity", "5SPA", RC_FU_NONE,        \
    "the same per squared number of neighbourhoods")                                               \
  X(DCNU, "ngl_dcnu", "Dependence count non-uniformity", "Z87G", RC_FU_NONE,                       \
    "sum over dependences of squared neighbourhood counts, per neighbourhood")                     \
  X(DCNU_NORM, "ngl_dcnu_norm", "Normalised dependence count non-uniformity", "OKJI", RC_FU_NONE,  \
    "the same per squared number of neighbourhoods")                                               \
  X(DC_PERC, "ngl_dc_perc", "Dependence count percentage", "6XV8", RC_FU_NONE,                     \
    "neighbourhoods per voxel: 1 as every voxel has one")                                          \
  X(GL_VAR, "ngl_gl_var", "Grey level variance", "1PFV", RC_FU_LEVEL2,                             \
    "variance of the centre's level")                                                              \
  X(DC_VAR, "ngl_dc_var", "Dependence count variance", "DNX2", RC_FU_NONE,                         \
    "variance of dependence")                                                                      \
  X(DC_ENTR, "ngl_dc_entr", "Dependence count entropy", "FCBV", RC_FU_BIT,                         \
    "entropy of the pair level and dependence")                                                    \
  X(DC_ENERGY, "ngl_dc_energy", "Dependence count energy", "CAS9", RC_FU_NONE,                     \
    "sum of squared probabilities of the pair level and dependence")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };
_Static_assert((int)N_FEATURES == (int)RC_TALLY_COUNT && (int)DC_ENERGY == (int)RC_TALLY_ENERGY &&
                   (int)DC_PERC == (int)RC_TALLY_PERCENTAGE,
               "features are listed in the order of rc_tally_feature");

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

static const rc_param params[] = {
    {"distance", RC_PARAM_INT, offsetof(rc_ngldm_settings, distance), 1, 8, "voxels", NULL, "1",
     "Chebyshev radius of the neighbourhood."},
    {"alpha", RC_PARAM_INT, offsetof(rc_ngldm_settings, alpha), 0, 65535, "levels", NULL, "0",
     "A neighbour depends on the centre when their levels differ by no more than this."},
};
static const rc_param_table param_table = {"ngldm", "Neighbouring grey level dependence matrix.",
                                           params, sizeof params / sizeof params[0],
                                           sizeof(rc_ngldm_settings)};

typedef struct ngldm_thread {
  uint16_t *dependent;  ///< [size[0]]: dependences of a row
  uint32_t *slice_cell; ///< [shape.n_cells]: one slice
  uint32_t *flat_cell;  ///< [shape.n_cells]: slices merged
  uint32_t *solid_cell; ///< [shape.n_cells]: in the volume
  double *column;       ///< [widest + 1]
} ngldm_thread;

typedef struct ngldm_work {
  const rc_level_grid *grid; ///< numbered by grey level
  int64_t distance, alpha;
  uint64_t far; ///< bit d: neighbours at distance d count, the centre (0) does
  rc_tally_shape shape;
  const int64_t *base; ///< [max_level + 1]: cell of dependence 0 of a grey level
  bool solid;          ///< the volume is wanted, too
  double *slice_row;   ///< [n_slices][N_FEATURES], or NULL
} ngldm_work;

/// Does the voxel dx along the row count, on a row that is `away` from the centre's?
static bool is_far(uint64_t far, int64_t away, int64_t dx) {
  int64_t distance = dx < 0 ? -dx : dx;
  return (far >> (distance > away ? distance : away) & 1) != 0;
}

/// dependent[x] += how many of near[x - reach .. x + reach] equal row[x].
static void add_equal(const uint16_t *restrict row, const uint16_t *restrict near, int64_t n,
                      int64_t reach, uint64_t far, int64_t away, uint16_t *restrict dependent) {
  if (reach == 1) { // the usual case: one pass for the three neighbours
    for (int64_t x = 0; x < n; x++)
      dependent[x] = (uint16_t)(dependent[x] + (near[x - 1] == row[x]) + (near[x] == row[x]) +
                                (near[x + 1] == row[x]));
    return;
  }
  for (int64_t dx = -reach; dx <= reach; dx++)
    for (int64_t x = 0; x < n && is_far(far, away, dx); x++)
      dependent[x] = (uint16_t)(dependent[x] + (near[x + dx] == row[x]));
}

/// The same for levels within alpha.
static void add_similar(const uint16_t *restrict row, const uint16_t *restrict near, int64_t n,
                        int64_t reach, uint64_t far, int64_t away, int32_t alpha,
                        uint16_t *restrict dependent) {
  for (int64_t dx = -reach; dx <= reach; dx++)
    for (int64_t x = 0; x < n && is_far(far, away, dx); x++) {
      int32_t level = near[x + dx], difference = level - row[x];
      bool similar = level != 0 && difference <= alpha && difference >= -alpha;
      dependent[x] = (uint16_t)(dependent[x] + similar);
    }
}

/// Adds the dependences on the rows at z + dz. Counts the centre itself when dz is 0, as IBSI-1's
/// dependence does.
static void add_slice(const ngldm_work *work, const uint16_t *row, int64_t n, int64_t dz,
                      uint16_t *dependent) {
  const rc_level_grid *grid = work->grid;
  for (int64_t dy = -work->distance; dy <= work->distance; dy++) {
    const uint16_t *near = row + dy * grid->step[1] + dz * grid->step[2];
    const int64_t away = llabs(dy) > llabs(dz) ? llabs(dy) : llabs(dz);
    if (work->alpha == 0)
      add_equal(row, near, n, work->distance, work->far, away, dependent);
    else
      add_similar(row, near, n, work->distance, work->far, away, (int32_t)work->alpha, dependent);
  }
}

static void count_row(const ngldm_work *work, const uint16_t *row, const uint16_t *dependent,
                      int64_t n, uint32_t *cell) {
  for (int64_t x = 0; x < n; x++)
    if (row[x] != 0)
      cell[work->base[row[x]] + dependent[x]]++;
}

static void count_slice(const ngldm_work *work, int64_t z, uint32_t *flat_cell,
                        ngldm_thread *thread) {
  const rc_level_grid *grid = work->grid;
  for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
    int64_t r = y + grid->size[1] * z, n = grid->last[r] - grid->first[r];
    const uint16_t *row = grid->level + r * grid->size[0] + grid->first[r];
    memset(thread->dependent, 0, (size_t)n * sizeof *thread->dependent);
    add_slice(work, row, n, 0, thread->dependent);
    count_row(work, row, thread->dependent, n, flat_cell);
    if (!work->solid)
      continue;
    for (int64_t dz = 1; dz <= work->distance; dz++) {
      add_slice(work, row, n, dz, thread->dependent);
      add_slice(work, row, n, -dz, thread->dependent);
    }
    count_row(work, row, thread->dependent, n, thread->solid_cell);
  }
}

static void add_tables(uint32_t *to, const uint32_t *from, int64_t n) {
  for (int64_t k = 0; k < n; k++)
    to[k] += from[k];
}

static void do_slice(const ngldm_work *work, int64_t z, ngldm_thread *thread) {
  if (work->slice_row == NULL) {
    count_slice(work, z, thread->flat_cell, thread);
    return;
  }
  const rc_tally_shape *shape = &work->shape;
  memset(thread->slice_cell, 0, (size_t)shape->n_cells * sizeof *thread->slice_cell);
  count_slice(work, z, thread->slice_cell, thread);
  rc_tally_features(shape, thread->slice_cell, (double)work->grid->n_slice[z], thread->column,
                    N_FEATURES, work->slice_row + z * N_FEATURES);
  add_tables(thread->flat_cell, thread->slice_cell, shape->n_cells);
}

static bool thread_create(const ngldm_work *work, rc_arena *arena, ngldm_thread *out) {
  size_t n = (size_t)work->shape.n_cells;
  out->dependent = rc_arena_alloc(arena, (size_t)work->grid->size[0], sizeof *out->dependent);
  out->slice_cell = rc_arena_alloc(arena, work->slice_row != NULL ? n : 0, sizeof(uint32_t));
  out->flat_cell = rc_arena_alloc(arena, n, sizeof(uint32_t));
  out->solid_cell = rc_arena_alloc(arena, work->solid ? n : 0, sizeof(uint32_t));
  out->column = rc_arena_alloc(arena, (size_t)work->shape.widest + 1, sizeof(double));
  return out->dependent != NULL && out->slice_cell != NULL && out->flat_cell != NULL &&
         out->solid_cell != NULL && out->column != NULL;
}

/// A table of all dependences that a neighbourhood can have, for every level that occurs.
static rc_status work_create(const rc_level_grid *grid, const rc_ngldm_settings *settings,
                             uint32_t aggregations, rc_arena *arena, ngldm_work *out,
                             rc_error *err) {
  ngldm_work work = {.grid = grid, .distance = settings->distance, .alpha = settings->alpha};
  work.far = settings->shells == 0 ? ~UINT64_C(0) : settings->shells << 1 | 1;
  int64_t side = 2 * work.distance + 1, most = side * side;
  work.solid = (aggregations & RC_AGG_BIT(RC_AGG_3D)) != 0;
  most *= work.solid ? side : 1;
  int64_t *width = rc_arena_alloc(arena, (size_t)grid->n_levels + 1, sizeof *width);
  int64_t *base = rc_arena_alloc(arena, (size_t)grid->max_level + 1, sizeof *base);
  if (width == NULL || base == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a table of dependences");
  for (int32_t i = 1; i <= grid->n_levels; i++)
    width[i] = most;
  rc_status status =
      rc_tally_shape_create(grid->n_levels, grid->grey, width, most, arena, &work.shape, err);
  if (status != RC_OK)
    return status;
  for (int32_t i = 1; i <= grid->n_levels; i++)
    base[grid->grey[i]] = work.shape.base[i] - 1;
  work.base = base;
  *out = work;
  return rc_feature_rows(aggregations, RC_AGG_2D, grid->size[2], N_FEATURES, arena, &out->slice_row,
                         err);
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const rc_ngldm_settings *set = settings;
  rc_level_grid grid;
  ngldm_work work;
  rc_status status = rc_level_grid_create(roi, set->distance, RC_LEVELS_GREY, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  status = work_create(&grid, set, aggregations, arena, &work, err);
  if (status != RC_OK)
    return status;
  int n_threads = rc_level_grid_threads(&grid, 3 * (size_t)work.shape.n_cells * sizeof(uint32_t));
  ngldm_thread *thread = rc_arena_alloc(arena, (size_t)n_threads, sizeof *thread);
  bool enough = thread != NULL;
  for (int t = 0; enough && t < n_threads; t++)
    enough = thread_create(&work, arena, &thread[t]);
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a table of dependences");

#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) if (n_threads > 1)
  for (int64_t z = grid.margin; z < grid.size[2] - grid.margin; z++)
    if (grid.n_slice[z] > 0)
      do_slice(&work, z, &thread[omp_get_thread_num()]);
  for (int t = 1; t < n_threads; t++) {
    add_tables(thread[0].flat_cell, thread[t].flat_cell, work.shape.n_cells);
    if (work.solid)
      add_tables(thread[0].solid_cell, thread[t].solid_cell, work.shape.n_cells);
  }

  double *by_slice = rc_output_row(out, aggregations, RC_AGG_2D, N_FEATURES);
  double *merged = rc_output_row(out, aggregations, RC_AGG_2_5D, N_FEATURES);
  double *solid = rc_output_row(out, aggregations, RC_AGG_3D, N_FEATURES);
  if (by_slice != NULL)
    rc_mean_of_rows(work.slice_row, grid.size[2], N_FEATURES, by_slice);
  if (merged != NULL)
    rc_tally_features(&work.shape, thread[0].flat_cell, (double)grid.n_voxels, thread[0].column,
                      N_FEATURES, merged);
  if (solid != NULL)
    rc_tally_features(&work.shape, thread[0].solid_cell, (double)grid.n_voxels, thread[0].column,
                      N_FEATURES, solid);
  return RC_OK;
}

// ---- Sliding ----

enum { NEAR = 27 }; ///< dependences that a voxel can have at distance 1, from 1 on

typedef struct followed {
  int32_t alpha;
  uint16_t *part[3]; ///< [side][stride * stride]: dependent ones before, in and after the plane
  uint32_t *cell;    ///< [n_levels + 1][NEAR], by the region's levels
  uint32_t *present; ///< [n_levels][NEAR]: rows of the levels present
  rc_tally_shape shape;
  double *column;
} followed;

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  const rc_ngldm_settings *set = wish->params;
  const size_t n = (size_t)window->n_levels,
               planes = (size_t)window->side * window->stride * window->stride;
  if (wish->aggregations != RC_AGG_BIT(RC_AGG_3D) || set->distance != 1)
    return RC_OK;
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  int64_t *base = rc_arena_alloc(arena, n + 2, sizeof *base);
  bool enough = f != NULL && base != NULL;
  for (int k = 0; enough && k < 3; k++)
    enough = (f->part[k] = rc_arena_alloc(arena, planes, sizeof *f->part[k])) != NULL;
  if (enough) {
    f->alpha = (int32_t)set->alpha;
    f->cell = rc_arena_alloc(arena, (n + 1) * NEAR, sizeof *f->cell);
    f->present = rc_arena_alloc(arena, n * NEAR, sizeof *f->present);
    f->column = rc_arena_alloc(arena, NEAR + 1, sizeof *f->column);
    enough = rc_logarithms_create(RC_LOGARITHMS_OF_CUBES, arena, &f->shape.log);
  }
  if (!enough || f->cell == NULL || f->present == NULL || f->column == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a table of dependences");
  for (size_t i = 1; i < n + 2; i++)
    base[i] = NEAR * ((int64_t)i - 1);
  f->shape.base = base;
  f->shape.grey = window->present_grey;
  f->shape.widest = NEAR;
  *state = f;
  return RC_OK;
}

/// part[v] = how many of the nine voxels about v in `near` depend on v of `plane`.
static void count_near(const followed *f, const rc_window *w, const uint16_t *plane,
                       const uint16_t *near, uint16_t *part) {
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++) {
      uint16_t n = 0;
      for (int64_t u = v - w->stride; plane[v] != 0 && u <= v + w->stride; u += w->stride)
        for (int64_t t = u - 1; t <= u + 1; t++)
          n = (uint16_t)(n + (f->alpha == 0 ? near[t] == plane[v]
                                            : near[t] != 0 && labs((long)w->grey[near[t]] -
                                                                   w->grey[plane[v]]) <= f->alpha));
      part[v] = n;
    }
}

static void change(void *state, const rc_window *w, int64_t x, bool left, bool right, int by) {
  followed *f = state;
  const int64_t from = (x % w->side) * w->stride * w->stride;
  const uint16_t *plane = rc_window_plane(w, x), *before = f->part[0] + from;
  const uint16_t *within = f->part[1] + from, *after = f->part[2] + from;
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++)
      if (plane[v] != 0)
        f->cell[plane[v] * NEAR + within[v] + (left ? before[v] : 0) + (right ? after[v] : 0) -
                1] += (uint32_t)by;
}

static uint16_t *part_of(const followed *f, const rc_window *w, int k, int64_t x) {
  return f->part[k] + (x % w->side) * w->stride * w->stride;
}

static void add_plane(void *state, const rc_window *w) {
  followed *f = state;
  const uint16_t *plane = rc_window_plane(w, w->last);
  count_near(f, w, plane, plane, part_of(f, w, 1, w->last));
  if (w->last > w->first) {
    const uint16_t *before = rc_window_plane(w, w->last - 1);
    count_near(f, w, plane, before, part_of(f, w, 0, w->last));
    count_near(f, w, before, plane, part_of(f, w, 2, w->last - 1));
  }
  rc_window_neighbours_add(w, change, f);
}

static void remove_plane(void *state, const rc_window *w) {
  rc_window_neighbours_remove(w, change, state);
}

static rc_status finish(void *state, const rc_window *w, double *value, rc_error *err) {
  followed *f = state;
  (void)err;
  for (int32_t i = 1; i <= w->n_present; i++)
    memcpy(f->present + (i - 1) * NEAR, f->cell + w->present[i] * NEAR, NEAR * sizeof *f->cell);
  f->shape.n_levels = w->n_present;
  f->shape.n_cells = (int64_t)w->n_present * NEAR;
  rc_tally_features(&f->shape, f->present, (double)w->n_voxels, f->column, N_FEATURES, value);
  return RC_OK;
}

static const rc_sliding sliding = {follow, add_plane, remove_plane, finish};

const rc_family rc_family_ngldm = {
    .profile = RC_PROFILE_IBSI,
    .key = "ngldm",
    .name = "Neighbouring grey level dependence matrix",
    .ibsi = "REK0",
    .source = "IBSI-1 section 3.11",
    .aggregations = RC_AGG_ZONAL,
    .feature = features,
    .n_features = N_FEATURES,
    .params = &param_table,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
