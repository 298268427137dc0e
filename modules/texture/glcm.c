// SPDX-License-Identifier: Apache-2.0
#include "texture/glcm.h"
#include "texture/directional.h"
#include "texture/level_grid.h"
#include "texture/logarithms.h"
#include "texture/registry.h"
#include "texture/sliding_pairs.h"

#include <math.h>
#include <omp.h>
#include <string.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(JOINT_MAX, "cm_joint_max", "Joint maximum", "GYBY", RC_FU_NONE,                                \
    "probability of the most frequent pair of levels")                                             \
  X(JOINT_AVG, "cm_joint_avg", "Joint average", "60VM", RC_FU_LEVEL, "mean level of a pair")       \
  X(JOINT_VAR, "cm_joint_var", "Joint variance", "UR99", RC_FU_LEVEL2,                             \
    "variance of a level within pairs")                                                            \
  X(JOINT_ENTR, "cm_joint_entr", "Joint entropy", "TU9B", RC_FU_BIT, "entropy of pairs")           \
  X(DIFF_AVG, "cm_diff_avg", "Difference average", "TF7R", RC_FU_LEVEL,                            \
    "mean absolute difference within pairs")                                                       \
  X(DIFF_VAR, "cm_diff_var", "Difference variance", "D3YU", RC_FU_LEVEL2,                          \
    "variance of the absolute difference")                                                         \
  X(DIFF_ENTR, "cm_diff_entr", "Difference entropy", "NTRS", RC_FU_BIT,                            \
    "entropy of the absolute difference")                                                          \
  X(SUM_AVG, "cm_sum_avg", "Sum average", "ZGXS", RC_FU_LEVEL, "mean sum of a pair's levels")      \
  X(SUM_VAR, "cm_sum_var", "Sum variance", "OEEB", RC_FU_LEVEL2, "variance of the sum")            \
  X(SUM_ENTR, "cm_sum_entr", "Sum entropy", "P6QZ", RC_FU_BIT, "entropy of the sum")               \
  X(ENERGY, "cm_energy", "Angular second moment", "8ZQL", RC_FU_NONE,                              \
    "sum of squared pair probabilities")                                                           \
  X(CONTRAST, "cm_contrast", "Contrast", "ACUI", RC_FU_LEVEL2, "mean squared difference")          \
  X(DISSIMILARITY, "cm_dissimilarity", "Dissimilarity", "8S9J", RC_FU_LEVEL,                       \
    "mean absolute difference")                                                                    \
  X(INV_DIFF, "cm_inv_diff", "Inverse difference", "IB1Z", RC_FU_NONE,                             \
    "mean of 1 / (1 + difference)")                                                                \
  X(INV_DIFF_NORM, "cm_inv_diff_norm", "Normalised inverse difference", "NDRX", RC_FU_NONE,        \
    "the same with differences divided by the number of levels")                                   \
  X(INV_DIFF_MOM, "cm_inv_diff_mom", "Inverse difference moment", "WF0Z", RC_FU_NONE,              \
    "mean of 1 / (1 + squared difference)")                                                        \
  X(INV_DIFF_MOM_NORM, "cm_inv_diff_mom_norm", "Normalised inverse difference moment", "1QCO",     \
    RC_FU_NONE, "the same with differences divided by the number of levels")                       \
  X(INV_VAR, "cm_inv_var", "Inverse variance", "E8JP", RC_FU_NONE,                                 \
    "mean of 1 / squared difference, over pairs that differ")                                      \
  X(CORR, "cm_corr", "Correlation", "NI2N", RC_FU_NONE,                                            \
    "correlation of the two levels; 1 where all are equal")                                        \
  X(AUTO_CORR, "cm_auto_corr", "Autocorrelation", "QWB0", RC_FU_LEVEL2,                            \
    "mean product of the two levels")                                                              \
  X(CLUST_TEND, "cm_clust_tend", "Cluster tendency", "DG8W", RC_FU_LEVEL2,                         \
    "second central moment of the sum")                                                            \
  X(CLUST_SHADE, "cm_clust_shade", "Cluster shade", "7NFM", RC_FU_NONE,                            \
    "third central moment of the sum")                                                             \
  X(CLUST_PROM, "cm_clust_prom", "Cluster prominence", "AE86", RC_FU_NONE,                         \
    "fourth central moment of the sum")                                                            \
  X(INFO_CORR1, "cm_info_corr1", "Information correlation 1", "R8DG", RC_FU_NONE,                  \
    "joint entropy beyond that of independent levels, over the entropy of a level; 1 where all "   \
    "are equal")                                                                                   \
  X(INFO_CORR2, "cm_info_corr2", "Information correlation 2", "JN9H", RC_FU_NONE,                  \
    "square root of 1 - exp(-2 (entropy of independent levels - joint entropy))")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

typedef struct glcm_settings {
  int64_t distance;
} glcm_settings;

static const rc_param params[] = {
    {"distance", RC_PARAM_INT, offsetof(glcm_settings, distance), 1, 64, "voxels", NULL, "1",
     "Chebyshev distance between the two voxels of a pair."},
};
static const rc_param_table param_table = {"glcm", "Grey level co-occurrence matrix.", params,
                                           sizeof params / sizeof params[0], sizeof(glcm_settings)};

// ---- From a matrix to features ----

/// Features that are means of a weight of the difference of levels.
static const int weighted_features[] = {INV_DIFF, INV_DIFF_NORM, INV_DIFF_MOM, INV_DIFF_MOM_NORM,
                                        INV_VAR};
enum { N_WEIGHTS = sizeof weighted_features / sizeof weighted_features[0] };

/// What the features need to know of one symmetric matrix. Counts are whole numbers; histograms
/// are zeroed once they are used. Sums of products stay exact in double up to 2^53.
typedef struct matrix_sums {
  double squares; ///< sum of squared counts
  double n_log_n; ///< sum of count log2 count
  int64_t max;
  int64_t *marginal; ///< [n_levels + 1]
  int64_t *diff;     ///< [max_level]: by |i - j|
  int64_t *sum;      ///< [2 * max_level + 1]: by i + j
  rc_logarithms log; ///< of counts
  double *bin[2];    ///< [2 * max_level + 1] each: values and counts of a histogram, without gaps
  double (*weight)[N_WEIGHTS]; ///< [max_level]: by |i - j|, of weighted_features
} matrix_sums;

/// In the order of weighted_features.
static void weigh_differences(const rc_level_grid *grid, double (*weight)[N_WEIGHTS]) {
  for (int64_t k = 0; k < grid->max_level; k++) {
    const double d = (double)k, share = d / (double)grid->n_greys;
    const double of[N_WEIGHTS] = {1.0 / (1.0 + d), 1.0 / (1.0 + share), 1.0 / (1.0 + d * d),
                                  1.0 / (1.0 + share * share), k > 0 ? 1.0 / (d * d) : 0.0};
    memcpy(weight[k], of, sizeof of);
  }
}

static bool sums_create(const rc_level_grid *grid, rc_arena *arena, matrix_sums *sums) {
  size_t n = (size_t)grid->max_level;
  sums->marginal = rc_arena_alloc(arena, (size_t)grid->n_levels + 1, sizeof(int64_t));
  sums->diff = rc_arena_alloc(arena, n, sizeof(int64_t));
  sums->sum = rc_arena_alloc(arena, 2 * n + 1, sizeof(int64_t));
  for (int k = 0; k < 2; k++)
    sums->bin[k] = rc_arena_alloc(arena, 2 * n + 1, sizeof(double));
  sums->weight = rc_arena_alloc(arena, n, sizeof *sums->weight);
  if (sums->weight != NULL)
    weigh_differences(grid, sums->weight);
  return sums->marginal != NULL && sums->diff != NULL && sums->sum != NULL &&
         sums->bin[0] != NULL && sums->bin[1] != NULL && sums->weight != NULL;
}

/// Adds the pairs (i, j) and (j, i), `n` each, or the pair (i, i) where i == j.
static void add_cell(matrix_sums *sums, const int32_t *grey, int32_t i, int32_t j, int64_t n) {
  double count = (double)n, twice = i == j ? 1.0 : 2.0;
  int64_t both = i == j ? n : 2 * n;
  sums->squares += twice * count * count;
  sums->n_log_n += twice * count * rc_log2_of(&sums->log, n);
  sums->max = n > sums->max ? n : sums->max;
  sums->marginal[i] += n;
  if (i != j)
    sums->marginal[j] += n;
  sums->diff[grey[j] - grey[i]] += both;
  sums->sum[grey[i] + grey[j]] += both;
}

/// From counts with sum `total`, the largest of which is `most`. A single one has no entropy, not
/// even that of rounding.
static double entropy(double n_log_n, double most, double total, const rc_logarithms *log) {
  return most < total ? fmax(rc_log2_of(log, (int64_t)total) - n_log_n / total, 0.0) : 0.0;
}

/// Entropy and central moments of a histogram whose bin k stands for value[k], or for first + k.
typedef struct histogram_facts {
  double mean, moment2, moment3, moment4, entropy;
} histogram_facts;

static histogram_facts describe(const int64_t *count, const int32_t *value, int64_t first,
                                int64_t n_bins, double total, matrix_sums *sums) {
  histogram_facts facts = {0};
  double n_log_n = 0.0, most = 0.0, *at = sums->bin[0], *times = sums->bin[1];
  int64_t n = 0;
  for (int64_t k = 0; k < n_bins; k++) { // no branch: which bins are empty cannot be foretold
    at[n] = (double)(value != NULL ? value[k] : first + k);
    times[n] = (double)count[k];
    n += count[k] != 0;
  }
  for (int64_t k = 0; k < n; k++) {
    facts.mean += times[k] * at[k];
    n_log_n += times[k] * rc_log2_of(&sums->log, (int64_t)times[k]);
    most = times[k] > most ? times[k] : most;
  }
  facts.mean /= total;
  for (int64_t k = 0; k < n; k++) {
    double d = at[k] - facts.mean, square = times[k] * d * d;
    facts.moment2 += square;
    facts.moment3 += square * d;
    facts.moment4 += square * d * d;
  }
  facts.moment2 /= total;
  facts.moment3 /= total;
  facts.moment4 /= total;
  facts.entropy = entropy(n_log_n, most, total, &sums->log);
  return facts;
}

/// The features that weigh differences of levels, of which there are `n` at most.
static void difference_features(const matrix_sums *sums, int64_t n, double total, double *value) {
  double sum[N_WEIGHTS] = {0}, contrast = 0.0;
  for (int64_t k = 0; k < n; k++) {
    if (sums->diff[k] == 0)
      continue;
    const double count = (double)sums->diff[k], d = (double)k;
    contrast += count * d * d;
    for (int w = 0; w < N_WEIGHTS; w++)
      sum[w] += count * sums->weight[k][w];
  }
  value[CONTRAST] = contrast / total;
  for (int w = 0; w < N_WEIGHTS; w++)
    value[weighted_features[w]] = sum[w] / total;
}

/// Information correlations. The matrix is symmetric, so the entropies HXY1 and HXY2 of IBSI-1 are
/// both twice the entropy of a level.
static void information_features(double joint, double level, double *value) {
  double shared = fmax(2.0 * level - joint, 0.0);
  value[INFO_CORR1] = level > 0.0 ? -shared / level : 1.0;
  value[INFO_CORR2] = sqrt(1.0 - exp(-2.0 * shared));
}

/// All features of one matrix, NaN when it is empty. Clears `sums` for the next matrix. Only the
/// part of the histograms is looked at that levels from the lowest to the highest can reach.
static void finish_matrix(const rc_level_grid *grid, matrix_sums *sums, double *value) {
  const size_t n = (size_t)grid->n_levels + 1;
  const int64_t low = grid->grey[1], n_greys = grid->grey[grid->n_levels] - low + 1;
  const size_t n_sums = 2 * (size_t)n_greys - 1;
  int64_t *sum_count = sums->sum + 2 * low;
  double total = 0.0;
  for (size_t i = 1; i < n; i++)
    total += (double)sums->marginal[i];
  if (total > 0.0) {
    histogram_facts level = describe(sums->marginal, grid->grey, 0, (int64_t)n, total, sums);
    histogram_facts diff = describe(sums->diff, NULL, 0, n_greys, total, sums);
    histogram_facts sum = describe(sum_count, NULL, 2 * low, (int64_t)n_sums, total, sums);
    value[JOINT_MAX] = (double)sums->max / total;
    value[JOINT_AVG] = level.mean;
    value[JOINT_VAR] = level.moment2;
    value[JOINT_ENTR] = entropy(sums->n_log_n, (double)sums->max, total, &sums->log);
    value[DIFF_AVG] = value[DISSIMILARITY] = diff.mean;
    value[DIFF_VAR] = diff.moment2;
    value[DIFF_ENTR] = diff.entropy;
    value[SUM_AVG] = sum.mean;
    value[SUM_VAR] = value[CLUST_TEND] = sum.moment2;
    value[SUM_ENTR] = sum.entropy;
    value[ENERGY] = sums->squares / (total * total);
    value[CLUST_SHADE] = sum.moment3;
    value[CLUST_PROM] = sum.moment4;
    difference_features(sums, n_greys, total, value);
    // i j = ((i + j)^2 - (i - j)^2) / 4, and likewise for the covariance
    double covariance = (sum.moment2 - value[CONTRAST]) / 4.0;
    value[AUTO_CORR] = covariance + level.mean * level.mean;
    value[CORR] = level.moment2 > 0.0 ? covariance / level.moment2 : 1.0;
    information_features(value[JOINT_ENTR], level.entropy, value);
  } else
    for (int f = 0; f < N_FEATURES; f++)
      value[f] = NAN;
  memset(sums->marginal, 0, n * sizeof *sums->marginal);
  memset(sums->diff, 0, (size_t)n_greys * sizeof *sums->diff);
  memset(sum_count, 0, n_sums * sizeof *sum_count);
  sums->squares = sums->n_log_n = 0.0;
  sums->max = 0;
}

// ---- Few levels: one table of all pairs for each direction ----

/// Tables of one thread. Pairs are counted one way only; column 0 takes neighbours outside.
typedef struct dense_tables {
  uint32_t *pair;   ///< [n_directions][n_levels + 1][n_levels + 1]
  uint32_t *slice;  ///< the same for one slice; NULL when features by slice are not wanted
  uint32_t *merged; ///< [n_levels + 1][n_levels + 1]
  matrix_sums sums;
} dense_tables;

static int n_directions(const rc_directional *wanted) {
  return rc_directional_solid(wanted) ? RC_DIRECTIONS_3D : RC_DIRECTIONS_2D;
}

static size_t table_cells(const rc_level_grid *grid) {
  size_t side = (size_t)grid->n_levels + 1;
  return side * side;
}

static bool dense_create(const rc_level_grid *grid, const rc_directional *wanted, rc_arena *arena,
                         dense_tables *out) {
  size_t cells = table_cells(grid), n = (size_t)n_directions(wanted);
  bool by_slice = rc_directional_by_slice(wanted);
  out->pair = rc_arena_alloc(arena, cells * n, sizeof *out->pair);
  out->slice = by_slice ? rc_arena_alloc(arena, cells * n, sizeof *out->slice) : NULL;
  out->merged = rc_arena_alloc(arena, cells, sizeof *out->merged);
  return out->pair != NULL && (out->slice != NULL || !by_slice) && out->merged != NULL &&
         sums_create(grid, arena, &out->sums);
}

/// Counts all pairs that start in slice z. The loop over directions has a constant length in the
/// usual cases, so that it is unrolled.
static void count_slice(const rc_level_grid *grid, const int64_t *offset, int n, int64_t z,
                        uint32_t *pair) {
  const int64_t side = grid->n_levels + 1, cells = side * side;
  for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
    int64_t r = y + grid->size[1] * z;
    const uint16_t *row = grid->level + r * grid->size[0];
    for (int64_t x = grid->first[r]; x < grid->last[r]; x++) {
      if (row[x] == 0)
        continue;
      uint32_t *line = pair + side * row[x];
      const uint16_t *at = row + x;
      if (n != RC_DIRECTIONS_2D && n != RC_DIRECTIONS_3D) {
        for (int d = 0; d < n; d++)
          line[d * cells + at[offset[d]]]++;
        continue;
      }
      for (int d = 0; d < RC_DIRECTIONS_2D; d++)
        line[d * cells + at[offset[d]]]++;
      if (n == RC_DIRECTIONS_2D)
        continue;
      for (int d = RC_DIRECTIONS_2D; d < RC_DIRECTIONS_3D; d++)
        line[d * cells + at[offset[d]]]++;
    }
  }
}

static void add_tables(uint32_t *to, const uint32_t *from, size_t n) {
  for (size_t i = 0; i < n; i++)
    to[i] += from[i];
}

rc_status rc_glcm_count(const rc_level_grid *grid, const int64_t *offset, int n, rc_arena *arena,
                        uint32_t **pair, rc_error *err) {
  const size_t cells = table_cells(grid) * (size_t)n;
  const int n_threads = rc_level_grid_threads(grid, cells * sizeof **pair);
  uint32_t **table = rc_arena_alloc(arena, (size_t)n_threads, sizeof *table);
  bool enough = table != NULL;
  for (int t = 0; enough && t < n_threads; t++) {
    table[t] = rc_arena_alloc(arena, cells, sizeof **table);
    enough = table[t] != NULL;
  }
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for matrices of %d levels", (int)grid->n_levels);
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) if (n_threads > 1)
  for (int64_t z = grid->margin; z < grid->size[2] - grid->margin; z++)
    if (grid->n_slice[z] > 0)
      count_slice(grid, offset, n, z, table[omp_get_thread_num()]);
  for (int t = 1; t < n_threads; t++)
    add_tables(table[0], table[t], cells);
  *pair = table[0];
  return RC_OK;
}

static void dense_features(const rc_level_grid *grid, const uint32_t *pair, matrix_sums *sums,
                           double *value) {
  const int32_t n = grid->n_levels;
  const int64_t side = n + 1;
  for (int32_t i = 1; i <= n; i++)
    for (int32_t j = i; j <= n; j++) {
      int64_t count = (int64_t)pair[i * side + j] + pair[j * side + i];
      if (count != 0)
        add_cell(sums, grid->grey, i, j, count);
    }
  finish_matrix(grid, sums, value);
}

/// Features of each of `n` direction tables and of their sum.
static void dense_directions(const rc_level_grid *grid, const uint32_t *pair, int n, double *each,
                             double *comb, dense_tables *scratch) {
  size_t cells = table_cells(grid);
  for (int d = 0; each != NULL && d < n; d++)
    dense_features(grid, pair + cells * (size_t)d, &scratch->sums, each + d * N_FEATURES);
  if (comb == NULL)
    return;
  memset(scratch->merged, 0, cells * sizeof *scratch->merged);
  for (int d = 0; d < n; d++)
    add_tables(scratch->merged, pair + cells * (size_t)d, cells);
  dense_features(grid, scratch->merged, &scratch->sums, comb);
}

/// Counts one slice, with its features if they are wanted.
static void dense_slice(const rc_level_grid *grid, const int64_t *offset, int64_t z,
                        const rc_directional *wanted, dense_tables *tables) {
  const int n = n_directions(wanted);
  if (tables->slice == NULL) {
    count_slice(grid, offset, n, z, tables->pair);
    return;
  }
  size_t cells = table_cells(grid) * (size_t)n;
  memset(tables->slice, 0, cells * sizeof *tables->slice);
  count_slice(grid, offset, n, z, tables->slice);
  dense_directions(grid, tables->slice, RC_DIRECTIONS_2D, rc_directional_slice_avg(wanted, z),
                   rc_directional_slice_comb(wanted, z), tables);
  add_tables(tables->pair, tables->slice, cells);
}

static rc_status compute_dense(const rc_level_grid *grid, int64_t distance,
                               const rc_directional *wanted, rc_arena *arena, rc_error *err) {
  size_t bytes = 2 * table_cells(grid) * (size_t)n_directions(wanted) * sizeof(uint32_t);
  int n_threads = rc_level_grid_threads(grid, bytes);
  dense_tables *tables = rc_arena_alloc(arena, (size_t)n_threads, sizeof *tables);
  bool enough = tables != NULL;
  for (int t = 0; enough && t < n_threads; t++)
    enough = dense_create(grid, wanted, arena, &tables[t]);
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for matrices of %d levels", (int)grid->n_levels);

  int64_t offset[RC_DIRECTIONS_3D];
  rc_level_grid_directions(grid, distance, offset);
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) if (n_threads > 1)
  for (int64_t z = grid->margin; z < grid->size[2] - grid->margin; z++)
    if (grid->n_slice[z] > 0)
      dense_slice(grid, offset, z, wanted, &tables[omp_get_thread_num()]);
  for (int t = 1; t < n_threads; t++)
    add_tables(tables[0].pair, tables[t].pair, table_cells(grid) * (size_t)n_directions(wanted));

  dense_directions(grid, tables[0].pair, RC_DIRECTIONS_2D, wanted->flat_avg, wanted->flat_comb,
                   &tables[0]);
  if (rc_directional_solid(wanted))
    dense_directions(grid, tables[0].pair, RC_DIRECTIONS_3D, wanted->solid_avg, wanted->solid_comb,
                     &tables[0]);
  return RC_OK;
}

// ---- Many levels: voxels sorted by level, one row of a matrix at a time ----

typedef struct sparse_rows {
  uint32_t *voxel;   ///< voxels sorted by level, and by position within a level
  int64_t *end;      ///< [n_levels + 1]: one past the last voxel of a level
  uint32_t *row;     ///< [n_levels + 1]: pairs of the current level with each other one
  uint16_t *touched; ///< [n_levels]: which of them are not zero
  matrix_sums sums;
} sparse_rows;

static bool sparse_create(const rc_level_grid *grid, rc_arena *arena, sparse_rows *out) {
  size_t side = (size_t)grid->n_levels + 1;
  out->voxel = rc_arena_alloc(arena, (size_t)grid->n_voxels, sizeof *out->voxel);
  out->end = rc_arena_alloc(arena, side, sizeof *out->end);
  out->row = rc_arena_alloc(arena, side, sizeof *out->row);
  out->touched = rc_arena_alloc(arena, side, sizeof *out->touched);
  return out->voxel != NULL && out->end != NULL && out->row != NULL && out->touched != NULL &&
         sums_create(grid, arena, &out->sums);
}

void rc_glcm_sort(const rc_level_grid *grid, int64_t z0, int64_t z1, uint32_t *voxel,
                  int64_t *end) {
  int64_t from = z0 * grid->step[2], to = z1 * grid->step[2], at = 0;
  memset(end, 0, ((size_t)grid->n_levels + 1) * sizeof *end);
  for (int64_t v = from; v < to; v++)
    end[grid->level[v]]++;
  end[0] = 0;
  for (int32_t i = 1; i <= grid->n_levels; i++) {
    int64_t n = end[i];
    end[i] = at;
    at += n;
  }
  for (int64_t v = from; v < to; v++)
    if (grid->level[v] != 0)
      voxel[end[grid->level[v]]++] = (uint32_t)v;
}

/// Features of the matrix of `n` directions over the sorted voxels. Looks both ways from each
/// voxel, so a row is complete after its level; cells left of the diagonal are not needed.
static void sparse_features(const rc_level_grid *grid, const int64_t *offset, int n,
                            sparse_rows *rows, double *value) {
  int64_t v = 0;
  for (int32_t i = 1; i <= grid->n_levels; i++) {
    int64_t n_touched = 0;
    for (; v < rows->end[i]; v++) {
      const uint16_t *at = grid->level + rows->voxel[v];
      for (int side = 0; side < 2 * n; side++) {
        uint16_t j = side < n ? at[offset[side]] : at[-offset[side - n]];
        if (j < i)
          continue;
        if (rows->row[j]++ == 0)
          rows->touched[n_touched++] = j;
      }
    }
    for (int64_t t = 0; t < n_touched; t++) {
      int32_t j = rows->touched[t];
      add_cell(&rows->sums, grid->grey, i, j, rows->row[j]);
      rows->row[j] = 0;
    }
  }
  finish_matrix(grid, &rows->sums, value);
}

static void sparse_directions(const rc_level_grid *grid, const int64_t *offset, int n, double *each,
                              double *comb, sparse_rows *rows) {
  for (int d = 0; each != NULL && d < n; d++)
    sparse_features(grid, offset + d, 1, rows, each + d * N_FEATURES);
  if (comb != NULL)
    sparse_features(grid, offset, n, rows, comb);
}

static rc_status compute_sparse(const rc_level_grid *grid, int64_t distance,
                                const rc_directional *wanted, rc_arena *arena, rc_error *err) {
  sparse_rows rows = {0};
  if (!sparse_create(grid, arena, &rows))
    return rc_fail(err, RC_ERR_MEMORY, "no memory for matrices of %d levels", (int)grid->n_levels);
  int64_t offset[RC_DIRECTIONS_3D];
  rc_level_grid_directions(grid, distance, offset);
  for (int64_t z = 0; rc_directional_by_slice(wanted) && z < grid->size[2]; z++) {
    if (grid->n_slice[z] == 0)
      continue;
    rc_glcm_sort(grid, z, z + 1, rows.voxel, rows.end);
    sparse_directions(grid, offset, RC_DIRECTIONS_2D, rc_directional_slice_avg(wanted, z),
                      rc_directional_slice_comb(wanted, z), &rows);
  }
  rc_glcm_sort(grid, 0, grid->size[2], rows.voxel, rows.end);
  sparse_directions(grid, offset, RC_DIRECTIONS_2D, wanted->flat_avg, wanted->flat_comb, &rows);
  sparse_directions(grid, offset, RC_DIRECTIONS_3D, wanted->solid_avg, wanted->solid_comb, &rows);
  return RC_OK;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  int64_t distance = ((const glcm_settings *)settings)->distance;
  rc_level_grid grid;
  rc_directional wanted;
  rc_status status = rc_level_grid_create(roi, distance, RC_LEVELS_COMPACT, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  status = rc_directional_create(&grid, aggregations, N_FEATURES, arena, &wanted, err);
  if (status != RC_OK)
    return status;
  status = grid.n_levels <= RC_GLCM_MAX_DENSE_LEVELS
               ? compute_dense(&grid, distance, &wanted, arena, err)
               : compute_sparse(&grid, distance, &wanted, arena, err);
  if (status == RC_OK)
    rc_directional_finish(&wanted, aggregations,
                          "no two voxels of the intensity mask lie at the distance", out);
  return status;
}

// ---- Sliding ----

typedef struct followed {
  rc_sliding_pairs pairs;
  uint32_t aggregations;
  rc_level_grid grid; ///< the levels of the cube; of the region while it is made
  matrix_sums sums;
  double each[RC_DIRECTIONS_3D][N_FEATURES];
} followed;

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  const uint32_t each = RC_AGG_BIT(RC_AGG_3D_AVG), sum = RC_AGG_BIT(RC_AGG_3D_COMB);
  if ((wish->aggregations & ~(each | sum)) != 0 ||
      ((const glcm_settings *)wish->params)->distance != 1 ||
      window->n_levels > RC_SLIDING_PAIRS_MAX_LEVELS)
    return RC_OK;
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  if (f == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a matrix");
  f->aggregations = wish->aggregations;
  f->grid.n_levels = window->n_levels;
  f->grid.max_level = window->grey[window->n_levels];
  f->grid.n_greys = window->roi->texture.n_levels > f->grid.max_level
                        ? window->roi->texture.n_levels
                        : f->grid.max_level;
  f->grid.grey = window->present_grey;
  if (!sums_create(&f->grid, arena, &f->sums) ||
      !rc_logarithms_create(RC_LOGARITHMS_OF_CUBES, arena, &f->sums.log))
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a matrix");
  *state = f;
  return rc_sliding_pairs_create(window, (wish->aggregations & each) != 0,
                                 (wish->aggregations & sum) != 0, arena, &f->pairs, err);
}

static void add_plane(void *state, const rc_window *window) {
  rc_sliding_pairs_add(&((followed *)state)->pairs, window);
}

static void remove_plane(void *state, const rc_window *window) {
  rc_sliding_pairs_remove(&((followed *)state)->pairs, window);
}

/// The features of one table of the window.
static void followed_features(followed *f, const rc_window *window, int64_t table, double *value) {
  for (int32_t i = 1; i <= window->n_present; i++) {
    const uint16_t row = window->present[i];
    const uint32_t *count = rc_sliding_pairs_row(&f->pairs, table, row);
    for (rc_pair_columns c = rc_pair_columns_of(&f->pairs, table, row, row);
         rc_pair_columns_next(&c);)
      add_cell(&f->sums, f->grid.grey, i, window->rank[c.column], count[c.column]);
  }
  finish_matrix(&f->grid, &f->sums, value);
}

static rc_status finish(void *state, const rc_window *window, double *value, rc_error *err) {
  followed *f = state;
  rc_family_output out = {value, NULL};
  double *mean = rc_output_row(&out, f->aggregations, RC_AGG_3D_AVG, N_FEATURES);
  double *comb = rc_output_row(&out, f->aggregations, RC_AGG_3D_COMB, N_FEATURES);
  (void)err;
  if (window->n_present == 0)
    return RC_OK;
  f->grid.n_levels = window->n_present;
  f->grid.max_level = window->present_grey[window->n_present];
  for (int d = 0; mean != NULL && d < RC_DIRECTIONS_3D; d++)
    followed_features(f, window, d, f->each[d]);
  if (mean != NULL)
    rc_mean_of_rows(f->each[0], RC_DIRECTIONS_3D, N_FEATURES, mean);
  if (comb != NULL)
    followed_features(f, window, f->pairs.n_tables - 1, comb);
  return RC_OK;
}

static const rc_sliding sliding = {follow, add_plane, remove_plane, finish};

const rc_family rc_family_glcm = {
    .profile = RC_PROFILE_IBSI,
    .key = "glcm",
    .name = "Grey level co-occurrence matrix",
    .ibsi = "LFYI",
    .source = "IBSI-1 section 3.6",
    .aggregations = RC_AGG_DIRECTIONAL,
    .feature = features,
    .n_features = N_FEATURES,
    .params = &param_table,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
