// SPDX-License-Identifier: Apache-2.0
#include "texture/ngtdm.h"

#include "base/clones.h"
#include "texture/level_grid.h"
#include "texture/registry.h"
#include "texture/window.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(COARSENESS, "ngt_coarseness", "Coarseness", "QCDE", RC_FU_NONE,                                \
    "1 over the mean grey tone difference weighted by level probability; at most 10^6")            \
  X(CONTRAST, "ngt_contrast", "Contrast", "65HE", RC_FU_NONE,                                      \
    "spread of levels times mean grey tone difference")                                            \
  X(BUSYNESS, "ngt_busyness", "Busyness", "NQ30", RC_FU_NONE,                                      \
    "weighted grey tone difference over differences of weighted levels")                           \
  X(COMPLEXITY, "ngt_complexity", "Complexity", "HDEZ", RC_FU_NONE,                                \
    "level differences weighted by their grey tone differences")                                   \
  X(STRENGTH, "ngt_strength", "Strength", "1X9X", RC_FU_NONE,                                      \
    "squared level differences over grey tone differences")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

/// IBSI-1's ceiling of coarseness.
#define COARSENESS_MAX 1e6

static const rc_param params[] = {
    {"distance", RC_PARAM_INT, offsetof(rc_ngtdm_settings, distance), 1, 4, "voxels", NULL, "1",
     "Chebyshev radius of the neighbourhood."},
};
static const rc_param_table param_table = {"ngtdm", "Neighbourhood grey tone difference matrix.",
                                           params, sizeof params / sizeof params[0],
                                           sizeof(rc_ngtdm_settings)};

/// Grey tone differences as whole numbers: |level * neighbours - sum of the neighbours' levels| is
/// added up by level and number of neighbours, and divided by that number once, at the end. So the
/// matrix is exact, in whatever order voxels come.
typedef struct tone_table {
  uint64_t *difference; ///< [(n_levels + 1) * (most + 1)]: by compact level and neighbours
  int64_t *count;       ///< [n_levels + 1]: voxels with a neighbour
} tone_table;

/// The matrix itself, levels without voxels left out.
typedef struct tone_matrix {
  int64_t n;
  double *level;  ///< [n]
  double *count;  ///< [n]: voxels with a neighbour
  double *tone;   ///< [n]: s_i of IBSI-1
  double *sorted; ///< [n]: scratch
} tone_matrix;

typedef struct ngtdm_thread {
  uint32_t *sum; ///< [size[0]]: of the levels of the neighbours, for each voxel of a row
  uint16_t *n;   ///< [size[0]]: how many neighbours
  tone_table slice, flat, solid; ///< of one slice, of all slices, of the volume
  tone_matrix matrix;
} ngtdm_thread;

typedef struct ngtdm_work {
  const rc_level_grid *grid; ///< numbered by grey level
  const rc_ngtdm_settings *settings;
  int64_t distance;
  uint64_t far;      ///< bit d: neighbours at distance d count, the centre (0) does
  int64_t most;      ///< neighbours a voxel can have
  bool solid;        ///< the volume is wanted, too
  double *slice_row; ///< [n_slices][N_FEATURES], or NULL
} ngtdm_work;

// ---- From a matrix to features ----

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// Sum of |a - b| over all ordered pairs; sorts `value`.
static double sum_of_differences(double *value, int64_t n) {
  qsort(value, (size_t)n, sizeof *value, by_value);
  double sum = 0.0, below = 0.0;
  for (int64_t i = 0; i < n; i++) {
    sum += (double)i * value[i] - below;
    below += value[i];
  }
  return 2.0 * sum;
}

/// IBSI-1's complexity without its 1 / N; counts stand for probabilities as they cancel out. Pair
/// by pair.
static double pairwise_complexity(const tone_matrix *m) {
  double sum = 0.0;
  for (int64_t a = 0; a < m->n; a++) {
    double part = 0.0, weight = m->count[a] * m->tone[a];
    for (int64_t b = a + 1; b < m->n; b++)
      part += (m->level[b] - m->level[a]) * (weight + m->count[b] * m->tone[b]) /
              (m->count[a] + m->count[b]);
    sum += part;
  }
  return 2.0 * sum;
}

/// The same: of all levels with one count, those below a level are summed up while levels pass by.
static double grouped_complexity(const tone_matrix *m, const double *count, int64_t n_counts) {
  double sum = 0.0;
  for (int64_t k = 0; k < n_counts; k++) {
    double n = 0.0, levels = 0.0, weights = 0.0, products = 0.0, part = 0.0;
    for (int64_t a = 0; a < m->n; a++) {
      double level = m->level[a] - m->level[0], weight = m->count[a] * m->tone[a];
      part +=
          (level * (n * weight + weights) - weight * levels - products) / (m->count[a] + count[k]);
      if (m->count[a] != count[k])
        continue;
      n += 1.0;
      levels += level;
      weights += weight;
      products += level * weight;
    }
    sum += part;
  }
  return 2.0 * sum;
}

/// Many levels have few different counts, as counts add up to the number of voxels. Uses m->sorted.
static double complexity(const tone_matrix *m) {
  int64_t n = 0;
  memcpy(m->sorted, m->count, (size_t)m->n * sizeof *m->sorted);
  qsort(m->sorted, (size_t)m->n, sizeof *m->sorted, by_value);
  for (int64_t a = 0; a < m->n; a++)
    if (a == 0 || m->sorted[a] != m->sorted[n - 1])
      m->sorted[n++] = m->sorted[a];
  return 4 * n < m->n ? grouped_complexity(m, m->sorted, n) : pairwise_complexity(m);
}

static void matrix_features(tone_matrix *m, bool ceiling, double *value) {
  double total = 0.0, mean = 0.0, tones = 0.0, weighted = 0.0;
  double level_mean = 0.0, variance = 0.0, spread = 0.0;
  for (int64_t i = 0; i < m->n; i++) {
    total += m->count[i];
    mean += m->count[i] * m->level[i];
    level_mean += m->level[i];
    tones += m->tone[i];
    weighted += m->count[i] * m->tone[i];
  }
  if (!(total > 0.0)) {
    for (int f = 0; f < N_FEATURES; f++)
      value[f] = NAN;
    return;
  }
  double n = (double)m->n;
  mean /= total;
  level_mean /= n;
  weighted /= total;
  for (int64_t i = 0; i < m->n; i++) {
    double d = m->level[i] - mean, e = m->level[i] - level_mean;
    variance += m->count[i] * d * d;
    spread += e * e;
    m->sorted[i] = m->level[i] * m->count[i] / total;
  }
  variance /= total;
  // Sums over pairs of levels: of p_i p_j (i - j)^2 it is twice the variance, and of
  // (p_i + p_j) (i - j)^2 the moment about the mean of levels follows in the same way.
  double shift = mean - level_mean;
  double strength = 2.0 * (spread + n * (variance + shift * shift));
  double differences = sum_of_differences(m->sorted, m->n);
  bool coarse = ceiling ? !(weighted * COARSENESS_MAX > 1.0) : !(weighted > 0.0);
  value[COARSENESS] = coarse ? COARSENESS_MAX : 1.0 / weighted;
  value[CONTRAST] = m->n > 1 ? 2.0 * variance / (n * (n - 1.0)) * (tones / total) : 0.0;
  value[BUSYNESS] = m->n > 1 && differences > 0.0 ? weighted / differences : 0.0;
  value[COMPLEXITY] = complexity(m) / total;
  value[STRENGTH] = tones > 0.0 ? strength / tones : 0.0;
}

/// Adds a level to the matrix: difference[most + 1] by number of neighbours, of `count` voxels.
static void gather_level(double level, const uint64_t *difference, int64_t most, int64_t count,
                         tone_matrix *m) {
  double tone = 0.0;
  if (count == 0)
    return;
  for (int64_t k = 1; k <= most; k++)
    if (difference[k] != 0)
      tone += (double)difference[k] / (double)k;
  m->level[m->n] = level;
  m->count[m->n] = (double)count;
  m->tone[m->n] = tone;
  m->n++;
}

/// Gathers the matrix from its table.
static void gather(const ngtdm_work *work, const tone_table *table, tone_matrix *m) {
  const rc_level_grid *grid = work->grid;
  m->n = 0;
  for (int32_t i = 1; i <= grid->n_levels; i++)
    gather_level(grid->grey[i], table->difference + i * (work->most + 1), work->most,
                 table->count[i], m);
}

static void table_features(const ngtdm_work *work, const tone_table *table, tone_matrix *m,
                           double *value) {
  gather(work, table, m);
  matrix_features(m, !work->settings->pyradiomics, value);
}

// ---- From voxels to a table ----

/// Adds near[x - reach .. x + reach] and how many of them are in the mask, those that count on a
/// row that is `away` from the centre's.
RC_CLONES static void add_near(const uint16_t *restrict near, int64_t n, int64_t reach,
                               uint64_t far, int64_t away, uint32_t *restrict sum,
                               uint16_t *restrict count) {
  if (reach == 1) { // the usual case: one pass for the three neighbours
    for (int64_t x = 0; x < n; x++)
      sum[x] += (uint32_t)near[x - 1] + near[x] + near[x + 1];
    for (int64_t x = 0; x < n; x++)
      count[x] = (uint16_t)(count[x] + (near[x - 1] != 0) + (near[x] != 0) + (near[x + 1] != 0));
    return;
  }
  for (int64_t dx = -reach; dx <= reach; dx++)
    for (int64_t x = 0; x < n && (far >> (llabs(dx) > away ? llabs(dx) : away) & 1) != 0; x++) {
      sum[x] += near[x + dx];
      count[x] = (uint16_t)(count[x] + (near[x + dx] != 0));
    }
}

/// Adds all neighbours at z + dz; with dz == 0 the centre is among them.
static void add_slice(const ngtdm_work *work, const uint16_t *row, int64_t n, int64_t dz,
                      ngtdm_thread *thread) {
  const rc_level_grid *grid = work->grid;
  for (int64_t dy = -work->distance; dy <= work->distance; dy++) {
    const int64_t away = llabs(dy) > llabs(dz) ? llabs(dy) : llabs(dz);
    add_near(row + dy * grid->step[1] + dz * grid->step[2], n, work->distance, work->far, away,
             thread->sum, thread->n);
  }
}

static void count_row(const ngtdm_work *work, const uint16_t *row, int64_t n,
                      const ngtdm_thread *thread, tone_table *table) {
  const uint16_t fewest = work->settings->pyradiomics ? 1 : 2; // the centre is counted, too
  for (int64_t x = 0; x < n; x++) {
    if (row[x] == 0 || thread->n[x] < fewest)
      continue;
    // The centre is no neighbour of itself.
    int64_t near = thread->n[x] - 1, sum = (int64_t)thread->sum[x] - row[x];
    int64_t level = work->grid->compact[row[x]];
    table->count[level]++;
    table->difference[level * (work->most + 1) + near] += (uint64_t)llabs(row[x] * near - sum);
  }
}

static void count_slice(const ngtdm_work *work, int64_t z, tone_table *flat, ngtdm_thread *thread) {
  const rc_level_grid *grid = work->grid;
  for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
    int64_t r = y + grid->size[1] * z, n = grid->last[r] - grid->first[r];
    const uint16_t *row = grid->level + r * grid->size[0] + grid->first[r];
    memset(thread->sum, 0, (size_t)n * sizeof *thread->sum);
    memset(thread->n, 0, (size_t)n * sizeof *thread->n);
    add_slice(work, row, n, 0, thread);
    count_row(work, row, n, thread, flat);
    if (!work->solid)
      continue;
    for (int64_t dz = 1; dz <= work->distance; dz++) {
      add_slice(work, row, n, dz, thread);
      add_slice(work, row, n, -dz, thread);
    }
    count_row(work, row, n, thread, &thread->solid);
  }
}

static size_t table_cells(const ngtdm_work *work) {
  return ((size_t)work->grid->n_levels + 1) * ((size_t)work->most + 1);
}

static void add_table(const ngtdm_work *work, tone_table *to, const tone_table *from) {
  size_t n = table_cells(work);
  for (size_t k = 0; k < n; k++)
    to->difference[k] += from->difference[k];
  for (int32_t i = 1; i <= work->grid->n_levels; i++)
    to->count[i] += from->count[i];
}

static void do_slice(const ngtdm_work *work, int64_t z, ngtdm_thread *thread) {
  if (work->slice_row == NULL) {
    count_slice(work, z, &thread->flat, thread);
    return;
  }
  tone_table *slice = &thread->slice;
  memset(slice->difference, 0, table_cells(work) * sizeof *slice->difference);
  memset(slice->count, 0, ((size_t)work->grid->n_levels + 1) * sizeof *slice->count);
  count_slice(work, z, slice, thread);
  table_features(work, slice, &thread->matrix, work->slice_row + z * N_FEATURES);
  add_table(work, &thread->flat, slice);
}

static bool table_create(const ngtdm_work *work, bool wanted, rc_arena *arena, tone_table *out) {
  out->difference = rc_arena_alloc(arena, wanted ? table_cells(work) : 0, sizeof(uint64_t));
  out->count = rc_arena_alloc(arena, (size_t)work->grid->n_levels + 1, sizeof(int64_t));
  return out->difference != NULL && out->count != NULL;
}

static bool thread_create(const ngtdm_work *work, rc_arena *arena, ngtdm_thread *out) {
  size_t n = (size_t)work->grid->n_levels, width = (size_t)work->grid->size[0];
  double *four = rc_arena_alloc(arena, 4 * n, sizeof *four);
  out->sum = rc_arena_alloc(arena, width, sizeof *out->sum);
  out->n = rc_arena_alloc(arena, width, sizeof *out->n);
  if (four == NULL || out->sum == NULL || out->n == NULL)
    return false;
  out->matrix = (tone_matrix){0, four, four + n, four + 2 * n, four + 3 * n};
  return table_create(work, work->slice_row != NULL, arena, &out->slice) &&
         table_create(work, true, arena, &out->flat) &&
         table_create(work, work->solid, arena, &out->solid);
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  rc_level_grid grid;
  const rc_ngtdm_settings *set = settings;
  ngtdm_work work = {.grid = &grid, .settings = set, .distance = set->distance};
  work.far = set->shells == 0 ? ~UINT64_C(0) : set->shells << 1 | 1;
  rc_status status = rc_level_grid_create(roi, work.distance, RC_LEVELS_GREY, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  double *by_slice = rc_output_row(out, aggregations, RC_AGG_2D, N_FEATURES);
  double *merged = rc_output_row(out, aggregations, RC_AGG_2_5D, N_FEATURES);
  double *solid = rc_output_row(out, aggregations, RC_AGG_3D, N_FEATURES);
  int64_t side = 2 * work.distance + 1;
  work.solid = solid != NULL;
  work.most = side * side * (work.solid ? side : 1) - 1;
  status = rc_feature_rows(aggregations, RC_AGG_2D, grid.size[2], N_FEATURES, arena,
                           &work.slice_row, err);
  if (status != RC_OK)
    return status;
  int n_threads = rc_level_grid_threads(&grid, 3 * table_cells(&work) * sizeof(uint64_t));
  ngtdm_thread *thread = rc_arena_alloc(arena, (size_t)n_threads, sizeof *thread);
  bool enough = thread != NULL;
  for (int t = 0; enough && t < n_threads; t++)
    enough = thread_create(&work, arena, &thread[t]);
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a matrix of %d levels", (int)grid.n_levels);

#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) if (n_threads > 1)
  for (int64_t z = grid.margin; z < grid.size[2] - grid.margin; z++)
    if (grid.n_slice[z] > 0)
      do_slice(&work, z, &thread[omp_get_thread_num()]);
  for (int t = 1; t < n_threads; t++) {
    add_table(&work, &thread[0].flat, &thread[t].flat);
    if (work.solid)
      add_table(&work, &thread[0].solid, &thread[t].solid);
  }

  if (by_slice != NULL)
    rc_mean_of_rows(work.slice_row, grid.size[2], N_FEATURES, by_slice);
  if (merged != NULL)
    table_features(&work, &thread[0].flat, &thread[0].matrix, merged);
  if (solid != NULL)
    table_features(&work, &thread[0].solid, &thread[0].matrix, solid);
  for (int64_t i = 0; i < 3; i++) {
    const double *row = i == 0 ? by_slice : i == 1 ? merged : solid;
    if (row != NULL && isnan(row[0]))
      out->undefined = "no voxel of the intensity mask has a neighbour in it";
  }
  return RC_OK;
}

// ---- Sliding ----

enum { NEAR = 27 }; ///< voxels at distance 1, the centre among them

typedef struct followed {
  const rc_ngtdm_settings *settings;
  uint32_t *
      sum[3]; ///< [side][stride * stride]: grey levels about a voxel before, in and after its plane
  uint16_t *n[3];   ///< the same: how many voxels
  tone_table table; ///< by the region's levels
  tone_matrix matrix;
} followed;

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  const rc_ngtdm_settings *set = wish->params;
  const size_t n = (size_t)window->n_levels + 1,
               planes = (size_t)window->side * window->stride * window->stride;
  if (wish->aggregations != RC_AGG_BIT(RC_AGG_3D) || set->distance != 1)
    return RC_OK;
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  double *four = rc_arena_alloc(arena, 4 * n, sizeof *four);
  bool enough = f != NULL && four != NULL;
  for (int k = 0; enough && k < 3; k++) {
    f->sum[k] = rc_arena_alloc(arena, planes, sizeof *f->sum[k]);
    f->n[k] = rc_arena_alloc(arena, planes, sizeof *f->n[k]);
    enough = f->sum[k] != NULL && f->n[k] != NULL;
  }
  if (enough) {
    f->settings = set;
    f->table.difference = rc_arena_alloc(arena, n * NEAR, sizeof *f->table.difference);
    f->table.count = rc_arena_alloc(arena, n, sizeof *f->table.count);
    f->matrix = (tone_matrix){0, four, four + n, four + 2 * n, four + 3 * n};
    enough = f->table.difference != NULL && f->table.count != NULL;
  }
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a matrix of %d levels",
                   (int)window->n_levels);
  *state = f;
  return RC_OK;
}

/// Sum and number of the nine voxels of `near` about each voxel of the mask in `plane`.
static void sum_near(const rc_window *w, const uint16_t *plane, const uint16_t *near, uint32_t *sum,
                     uint16_t *n) {
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++) {
      sum[v] = n[v] = 0;
      for (int64_t u = v - w->stride; plane[v] != 0 && u <= v + w->stride; u += w->stride)
        for (int64_t t = u - 1; t <= u + 1; t++) {
          sum[v] += (uint32_t)w->grey[near[t]];
          n[v] = (uint16_t)(n[v] + (near[t] != 0));
        }
    }
}

static void change(void *state, const rc_window *w, int64_t x, bool left, bool right, int by) {
  followed *f = state;
  const int64_t from = (x % w->side) * w->stride * w->stride;
  const uint16_t *plane = rc_window_plane(w, x);
  const int64_t fewest = f->settings->pyradiomics ? 1 : 2; // as in count_row
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t i = z * w->stride + 1; i <= z * w->stride + w->side; i++) {
      const int64_t v = from + i, grey = w->grey[plane[i]];
      const int64_t n = f->n[1][v] + (left ? f->n[0][v] : 0) + (right ? f->n[2][v] : 0);
      const int64_t sum = f->sum[1][v] + (left ? f->sum[0][v] : 0) + (right ? f->sum[2][v] : 0);
      if (plane[i] == 0 || n < fewest)
        continue;
      const int64_t difference = llabs(grey * (n - 1) - (sum - grey));
      f->table.count[plane[i]] += by;
      f->table.difference[plane[i] * NEAR + n - 1] += (uint64_t)(by * difference);
    }
}

static void add_plane(void *state, const rc_window *w) {
  followed *f = state;
  const uint16_t *plane = rc_window_plane(w, w->last);
  const int64_t size = w->stride * w->stride, here = (w->last % w->side) * size;
  sum_near(w, plane, plane, f->sum[1] + here, f->n[1] + here);
  if (w->last > w->first) {
    const uint16_t *before = rc_window_plane(w, w->last - 1);
    const int64_t there = ((w->last - 1) % w->side) * size;
    sum_near(w, plane, before, f->sum[0] + here, f->n[0] + here);
    sum_near(w, before, plane, f->sum[2] + there, f->n[2] + there);
  }
  rc_window_neighbours_add(w, change, f);
}

static void remove_plane(void *state, const rc_window *w) {
  rc_window_neighbours_remove(w, change, state);
}

static rc_status finish(void *state, const rc_window *w, double *value, rc_error *err) {
  followed *f = state;
  (void)err;
  f->matrix.n = 0;
  for (int32_t i = 1; i <= w->n_present; i++)
    gather_level(w->present_grey[i], f->table.difference + w->present[i] * NEAR, NEAR - 1,
                 f->table.count[w->present[i]], &f->matrix);
  matrix_features(&f->matrix, !f->settings->pyradiomics, value);
  return RC_OK;
}

static const rc_sliding sliding = {follow, add_plane, remove_plane, finish};

const rc_family rc_family_ngtdm = {
    .profile = RC_PROFILE_IBSI,
    .key = "ngtdm",
    .name = "Neighbourhood grey tone difference matrix",
    .ibsi = "IPET",
    .source = "IBSI-1 section 3.10",
    .aggregations = RC_AGG_ZONAL,
    .feature = features,
    .n_features = N_FEATURES,
    .params = &param_table,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
