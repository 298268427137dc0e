// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' co-occurrence class: features of the matrix of each direction, averaged, or those of
// the directions' weighted sum. Directions without a pair are left out. Differences from IBSI-1
// section 3.6: a distance d stands for all offsets at Chebyshev distance d, not for 13 directions;
// matrices need not be symmetric; the first information correlation of a flat region is 0.
#include "texture/logarithms.h"
#include "texture/pair_matrix.h"
#include "texture/pyradiomics.h"
#include "texture/registry.h"
#include "texture/sliding_pairs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(AUTOCORRELATION, "Autocorrelation", "Autocorrelation", "QWB0", RC_FU_LEVEL2,                   \
    "mean product of the two levels")                                                              \
  X(PROMINENCE, "ClusterProminence", "Cluster prominence", "AE86", RC_FU_NONE,                     \
    "fourth central moment of the sum")                                                            \
  X(SHADE, "ClusterShade", "Cluster shade", "7NFM", RC_FU_NONE, "third central moment of the sum") \
  X(TENDENCY, "ClusterTendency", "Cluster tendency", "DG8W", RC_FU_LEVEL2,                         \
    "second central moment of the sum")                                                            \
  X(CONTRAST, "Contrast", "Contrast", "ACUI", RC_FU_LEVEL2, "mean squared difference")             \
  X(CORRELATION, "Correlation", "Correlation", "NI2N", RC_FU_NONE,                                 \
    "correlation of the two levels; 1 where all are equal")                                        \
  X(DIFF_AVERAGE, "DifferenceAverage", "Difference average", "TF7R", RC_FU_LEVEL,                  \
    "mean absolute difference within pairs")                                                       \
  X(DIFF_ENTROPY, "DifferenceEntropy", "Difference entropy", "NTRS", RC_FU_BIT,                    \
    "entropy of the absolute difference")                                                          \
  X(DIFF_VARIANCE, "DifferenceVariance", "Difference variance", "D3YU", RC_FU_LEVEL2,              \
    "variance of the absolute difference")                                                         \
  X(ID, "Id", "Inverse difference", "IB1Z", RC_FU_NONE, "mean of 1 / (1 + difference)")            \
  X(IDM, "Idm", "Inverse difference moment", "WF0Z", RC_FU_NONE,                                   \
    "mean of 1 / (1 + squared difference)")                                                        \
  X(IDMN, "Idmn", "Normalised inverse difference moment", "1QCO", RC_FU_NONE,                      \
    "the same with differences divided by the number of levels")                                   \
  X(IDN, "Idn", "Normalised inverse difference", "NDRX", RC_FU_NONE,                               \
    "mean of 1 / (1 + difference / number of levels)")                                             \
  X(IMC1, "Imc1", "Informational measure of correlation 1", "R8DG", RC_FU_NONE,                    \
    "joint entropy beyond that of independent levels, over the entropy of a level; 0 where all "   \
    "are equal")                                                                                   \
  X(IMC2, "Imc2", "Informational measure of correlation 2", "JN9H", RC_FU_NONE,                    \
    "square root of 1 - exp(-2 (entropy of independent levels - joint entropy))")                  \
  X(INVERSE_VARIANCE, "InverseVariance", "Inverse variance", "E8JP", RC_FU_NONE,                   \
    "mean of 1 / squared difference, over pairs that differ")                                      \
  X(JOINT_AVERAGE, "JointAverage", "Joint average", "60VM", RC_FU_LEVEL, "mean level of a pair")   \
  X(JOINT_ENERGY, "JointEnergy", "Joint energy", "8ZQL", RC_FU_NONE,                               \
    "sum of squared pair probabilities")                                                           \
  X(JOINT_ENTROPY, "JointEntropy", "Joint entropy", "TU9B", RC_FU_BIT, "entropy of pairs")         \
  X(MCC, "MCC", "Maximal correlation coefficient", "", RC_FU_NONE,                                 \
    "largest correlation that any two functions of the two levels have; 1 where all are equal")    \
  X(MAXIMUM, "MaximumProbability", "Maximum probability", "GYBY", RC_FU_NONE,                      \
    "probability of the most frequent pair of levels")                                             \
  X(SUM_AVERAGE, "SumAverage", "Sum average", "ZGXS", RC_FU_LEVEL, "mean sum of a pair's levels")  \
  X(SUM_ENTROPY, "SumEntropy", "Sum entropy", "P6QZ", RC_FU_BIT, "entropy of the sum")             \
  X(SUM_SQUARES, "SumSquares", "Sum of squares", "UR99", RC_FU_LEVEL2,                             \
    "variance of the first level of a pair")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

typedef struct glcm_settings {
  uint64_t distances;
  bool symmetric;
  int weighting;
  rc_pyradiomics_plane plane;
} glcm_settings;

static const rc_param params[] = {RC_PYRADIOMICS_DISTANCES_PARAM(glcm_settings, distances),
                                  {"symmetric", RC_PARAM_BOOL, offsetof(glcm_settings, symmetric),
                                   0, 0, "", NULL, "true",
                                   "PyRadiomics' symmetricalGLCM: count every pair both ways."},
                                  RC_PYRADIOMICS_WEIGHTING_PARAM(glcm_settings, weighting),
                                  RC_PYRADIOMICS_PLANE_PARAMS(glcm_settings, plane)};
static const rc_param_table param_table = {"glcm", "Grey level co-occurrence matrix.", params,
                                           sizeof params / sizeof params[0], sizeof(glcm_settings)};

// ---- From a matrix to features ----

/// Features that are means of a weight of the difference of levels.
static const int weighted_features[] = {ID, IDN, IDM, IDMN, INVERSE_VARIANCE};
enum { N_WEIGHTS = sizeof weighted_features / sizeof weighted_features[0] };

/// Sums over the cells of one matrix.
typedef struct matrix_sums {
  const rc_level_grid *grid;
  double total, squares, n_log_n, max;
  double *row, *column; ///< [n_levels + 1]: by the first and by the second level
  double *diff;         ///< [max_level]: by |i - j|
  double *sum;          ///< [2 * max_level + 1]: by i + j
  rc_logarithms log;    ///< of counts; only where they are whole numbers
  double *bin[2]; ///< [2 * max_level + 1] each: values and counts of a histogram, without gaps
  double (*weight)[N_WEIGHTS]; ///< [max_level]: by |i - j|, of weighted_features
  bool correlates;             ///< the maximal correlation coefficient is wanted
  rc_pair_scratch scratch;
  double *feature; ///< [matrices][N_FEATURES]
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

static rc_status sums_create(const rc_level_grid *grid, int64_t n_matrices, rc_arena *arena,
                             matrix_sums *out, rc_error *err) {
  const size_t n = (size_t)grid->n_levels + 1, greys = (size_t)grid->max_level;
  out->grid = grid;
  out->row = rc_arena_alloc(arena, n, sizeof(double));
  out->column = rc_arena_alloc(arena, n, sizeof(double));
  out->diff = rc_arena_alloc(arena, greys, sizeof(double));
  out->sum = rc_arena_alloc(arena, 2 * greys + 1, sizeof(double));
  out->feature = rc_arena_alloc(arena, (size_t)n_matrices * N_FEATURES, sizeof(double));
  out->weight = rc_arena_alloc(arena, greys, sizeof *out->weight);
  for (int k = 0; k < 2; k++)
    out->bin[k] = rc_arena_alloc(arena, 2 * greys + 1, sizeof(double));
  if (out->row == NULL || out->column == NULL || out->diff == NULL || out->sum == NULL ||
      out->feature == NULL || out->weight == NULL || out->bin[0] == NULL || out->bin[1] == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for matrices of %d levels", (int)grid->n_levels);
  out->correlates = true;
  weigh_differences(grid, out->weight);
  return rc_pair_scratch_create(grid->n_levels, arena, &out->scratch, err);
}

static double log_of(const matrix_sums *s, double count) {
  return s->log.n > 0 ? rc_log2_of(&s->log, (int64_t)count) : log2(count);
}

static void add_cells(const rc_pair_matrix *m, matrix_sums *s) {
  const int32_t *grey = s->grid->grey;
  for (int32_t i = 1; i <= m->n; i++)
    for (int64_t k = m->first[i]; k < m->first[i + 1]; k++) {
      const double count = m->count[k];
      const int32_t j = m->column[k];
      s->total += count;
      s->squares += count * count;
      s->n_log_n += count * log_of(s, count);
      s->max = count > s->max ? count : s->max;
      s->row[i] += count;
      s->column[j] += count;
      s->diff[abs(grey[i] - grey[j])] += count;
      s->sum[grey[i] + grey[j]] += count;
    }
}

/// How far the histograms can reach: differences 0 .. n_diff - 1, sums low .. low + n_sum - 1.
typedef struct histogram_reach {
  int64_t n_diff, low, n_sum;
} histogram_reach;

static histogram_reach reach_of(const rc_level_grid *grid) {
  const int64_t low = grid->grey[1], n_diff = grid->grey[grid->n_levels] - low + 1;
  return (histogram_reach){n_diff, 2 * low, 2 * n_diff - 1};
}

static void sums_clear(matrix_sums *s) {
  const size_t n = (size_t)s->grid->n_levels + 1;
  const histogram_reach to = reach_of(s->grid);
  s->total = s->squares = s->n_log_n = s->max = 0.0;
  memset(s->row, 0, n * sizeof *s->row);
  memset(s->column, 0, n * sizeof *s->column);
  memset(s->diff, 0, (size_t)to.n_diff * sizeof *s->diff);
  memset(s->sum + to.low, 0, (size_t)to.n_sum * sizeof *s->sum);
}

/// From counts with sum `total`, the largest of which is `most`. A single one has no entropy, not
/// even that of rounding.
static double entropy(double n_log_n, double most, double total) {
  return most < total ? fmax(log2(total) - n_log_n / total, 0.0) : 0.0;
}

/// Entropy and central moments of a histogram whose bin k stands for value[k], or for first + k.
typedef struct histogram_facts {
  double mean, moment2, moment3, moment4, entropy;
} histogram_facts;

static histogram_facts describe(const double *count, const int32_t *value, int64_t first,
                                int64_t n_bins, matrix_sums *s) {
  histogram_facts facts = {0};
  double n_log_n = 0.0, most = 0.0, *at = s->bin[0], *times = s->bin[1];
  int64_t n = 0;
  for (int64_t k = 0; k < n_bins; k++) { // no branch: which bins are empty cannot be foretold
    at[n] = (double)(value != NULL ? value[k] : first + k);
    times[n] = count[k];
    n += count[k] > 0.0;
  }
  for (int64_t k = 0; k < n; k++) {
    facts.mean += times[k] * at[k];
    n_log_n += times[k] * log_of(s, times[k]);
    most = times[k] > most ? times[k] : most;
  }
  facts.mean /= s->total;
  for (int64_t k = 0; k < n; k++) {
    double d = at[k] - facts.mean, square = times[k] * d * d;
    facts.moment2 += square;
    facts.moment3 += square * d;
    facts.moment4 += square * d * d;
  }
  facts.moment2 /= s->total;
  facts.moment3 /= s->total;
  facts.moment4 /= s->total;
  facts.entropy = entropy(n_log_n, most, s->total);
  return facts;
}

/// The features that weigh differences of levels, of which there are `n` at most.
static void difference_features(const matrix_sums *s, int64_t n, double *value) {
  double sum[N_WEIGHTS] = {0}, contrast = 0.0;
  for (int64_t k = 0; k < n; k++) {
    if (!(s->diff[k] > 0.0))
      continue;
    contrast += s->diff[k] * (double)k * (double)k;
    for (int w = 0; w < N_WEIGHTS; w++)
      sum[w] += s->diff[k] * s->weight[k][w];
  }
  value[CONTRAST] = contrast / s->total;
  for (int w = 0; w < N_WEIGHTS; w++)
    value[weighted_features[w]] = sum[w] / s->total;
}

/// The entropies HXY1 and HXY2 are both the sum of those of the two levels.
static void information_features(double joint, double first, double second, double *value) {
  const double shared = fmax(first + second - joint, 0.0), larger = fmax(first, second);
  value[IMC1] = larger > 0.0 ? -shared / larger : 0.0;
  value[IMC2] = sqrt(1.0 - exp(-2.0 * shared));
}

static void matrix_features(const rc_pair_matrix *m, matrix_sums *s, double *value) {
  const rc_level_grid *grid = s->grid;
  const int64_t n = grid->n_levels + 1;
  const double total = s->total;
  const histogram_reach to = reach_of(grid);
  histogram_facts first = describe(s->row, grid->grey, 0, n, s);
  histogram_facts second = describe(s->column, grid->grey, 0, n, s);
  histogram_facts diff = describe(s->diff, NULL, 0, to.n_diff, s);
  histogram_facts sum = describe(s->sum + to.low, NULL, to.low, to.n_sum, s);
  difference_features(s, to.n_diff, value);
  const double covariance = (sum.moment2 - first.moment2 - second.moment2) / 2.0;
  const double spread = sqrt(first.moment2) * sqrt(second.moment2);
  value[AUTOCORRELATION] = covariance + first.mean * second.mean;
  value[PROMINENCE] = sum.moment4;
  value[SHADE] = sum.moment3;
  value[TENDENCY] = sum.moment2;
  value[CORRELATION] = spread > 0.0 ? covariance / spread : 1.0;
  value[DIFF_AVERAGE] = diff.mean;
  value[DIFF_ENTROPY] = diff.entropy;
  value[DIFF_VARIANCE] = diff.moment2;
  value[JOINT_AVERAGE] = first.mean;
  value[JOINT_ENERGY] = s->squares / (total * total);
  value[JOINT_ENTROPY] = entropy(s->n_log_n, s->max, total);
  value[MAXIMUM] = s->max / total;
  value[SUM_AVERAGE] = sum.mean;
  value[SUM_ENTROPY] = sum.entropy;
  value[SUM_SQUARES] = first.moment2;
  information_features(value[JOINT_ENTROPY], first.entropy, second.entropy, value);
  value[MCC] = NAN;
  if (s->correlates)
    value[MCC] =
        m->n > 1 ? rc_pair_correlation(m, s->row, s->column, total, DBL_EPSILON, &s->scratch) : 1.0;
}

/// Leaves NaN for a matrix without pairs.
static rc_status visit(const rc_pair_matrix *m, int64_t d, void *context, rc_error *err) {
  matrix_sums *s = context;
  double *value = s->feature + d * N_FEATURES;
  (void)err;
  sums_clear(s);
  add_cells(m, s);
  if (s->total > 0.0)
    matrix_features(m, s, value);
  else
    for (int f = 0; f < N_FEATURES; f++)
      value[f] = NAN;
  return RC_OK;
}

// ---- Offsets ----

/// Of two opposite offsets, PyRadiomics takes the one that is positive in z, or in y, or in x, as
/// axes were before they were exchanged.
static bool is_later(const glcm_settings *set, const int step[3]) {
  int axis[3] = {0, 1, 2};
  if (set->plane.force_2d && set->plane.dimension != 0) {
    axis[2] = 2 - (int)set->plane.dimension;
    axis[axis[2]] = 2;
  }
  for (int d = 2; d >= 0; d--)
    if (step[axis[d]] != 0)
      return step[axis[d]] > 0;
  return false;
}

static bool is_wanted(const glcm_settings *set, const int step[3]) {
  int64_t distance = 0;
  for (int d = 0; d < 3; d++)
    distance = abs(step[d]) > distance ? abs(step[d]) : distance;
  return is_later(set, step) && !(set->plane.force_2d && step[2] != 0) &&
         (set->distances >> (distance - 1) & 1);
}

/// One of each two opposite offsets at the distances, with its weight: exp(-length^2).
static rc_status list_offsets(const rc_level_grid *grid, const glcm_settings *set,
                              const double spacing_mm[3], rc_arena *arena, rc_pair_wish *out,
                              rc_error *err) {
  const int reach = (int)grid->margin, side = 2 * reach + 1;
  int64_t *offset = rc_arena_alloc(arena, (size_t)(side * side * side), sizeof *offset);
  double *weight = rc_arena_alloc(arena, (size_t)(side * side * side), sizeof *weight);
  if (offset == NULL || weight == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a list of directions");
  *out = (rc_pair_wish){.offset = offset, .symmetric = set->symmetric};
  for (int k = 0; k < side * side * side; k++) {
    const int step[3] = {k % side - reach, k / side % side - reach, k / (side * side) - reach};
    if (!is_wanted(set, step))
      continue;
    double length = rc_pyradiomics_length(set->weighting, step, spacing_mm);
    weight[out->n] = set->weighting == RC_PYRADIOMICS_UNWEIGHTED ? 1.0 : exp(-length * length);
    offset[out->n++] = step[0] * grid->step[0] + step[1] * grid->step[1] + step[2] * grid->step[2];
  }
  out->weight = set->weighting == RC_PYRADIOMICS_UNMERGED ? NULL : weight;
  return RC_OK;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const glcm_settings *set = settings;
  rc_roi oriented;
  rc_level_grid grid;
  rc_pair_wish wish = {0};
  matrix_sums sums = {0};
  (void)aggregations;
  rc_status status = rc_pyradiomics_orient(roi, &set->plane, arena, &oriented, err);
  if (status == RC_OK)
    status = rc_level_grid_create(&oriented, rc_pyradiomics_farthest(set->distances),
                                  RC_LEVELS_COMPACT, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  status = list_offsets(&grid, set, oriented.grid.spacing_mm, arena, &wish, err);
  const int64_t n = wish.weight != NULL ? 1 : wish.n;
  if (status == RC_OK)
    status = sums_create(&grid, n, arena, &sums, err);
  if (status == RC_OK)
    status = rc_pair_matrices(&grid, &wish, arena, visit, &sums, err);
  if (status != RC_OK)
    return status;
  rc_mean_of_rows(sums.feature, n, N_FEATURES, out->value);
  if (isnan(out->value[0]))
    out->undefined = "no two voxels of the intensity mask lie at the distances";
  return RC_OK;
}

// ---- Sliding ----

typedef struct followed {
  rc_sliding_pairs pairs;
  rc_level_grid grid; ///< the levels of the cube; of the region while it is made
  matrix_sums sums;
  rc_pair_matrix matrix;
} followed;

static bool matrix_create(const rc_window *window, bool sum, rc_arena *arena, rc_pair_matrix *out) {
  const size_t n = (size_t)window->n_levels,
               cube = (size_t)(window->side * window->side * window->side);
  const size_t pairs = 2 * cube * (sum ? RC_DIRECTIONS_3D : 1),
               most = n * n < pairs ? n * n : pairs;
  out->first = rc_arena_alloc(arena, n + 2, sizeof *out->first);
  out->column = rc_arena_alloc(arena, most, sizeof *out->column);
  out->count = rc_arena_alloc(arena, most, sizeof *out->count);
  return out->first != NULL && out->column != NULL && out->count != NULL;
}

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  const glcm_settings *set = wish->params;
  const bool sum = set->weighting == RC_PYRADIOMICS_UNWEIGHTED;
  if (set->distances != 1 || !set->symmetric || set->plane.force_2d ||
      (set->weighting != RC_PYRADIOMICS_UNMERGED && !sum) ||
      window->n_levels > RC_SLIDING_PAIRS_MAX_LEVELS)
    return RC_OK;
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  if (f == NULL || !matrix_create(window, sum, arena, &f->matrix))
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a matrix");
  f->grid.n_levels = window->n_levels;
  f->grid.max_level = window->grey[window->n_levels];
  f->grid.n_greys = window->roi->texture.n_levels > f->grid.max_level
                        ? window->roi->texture.n_levels
                        : f->grid.max_level;
  f->grid.grey = window->present_grey;
  rc_status status = sums_create(&f->grid, sum ? 1 : RC_DIRECTIONS_3D, arena, &f->sums, err);
  if (status != RC_OK)
    return status;
  f->sums.correlates = wish->wanted[MCC];
  if (!rc_logarithms_create(RC_LOGARITHMS_OF_CUBES, arena, &f->sums.log))
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a table of logarithms");
  *state = f;
  return rc_sliding_pairs_create(window, !sum, sum, arena, &f->pairs, err);
}

static void add_plane(void *state, const rc_window *window) {
  rc_sliding_pairs_add(&((followed *)state)->pairs, window);
}

static void remove_plane(void *state, const rc_window *window) {
  rc_sliding_pairs_remove(&((followed *)state)->pairs, window);
}

/// One of the window's tables as a matrix of the levels that are present.
static void gather(const followed *f, const rc_window *window, int64_t table, rc_pair_matrix *m) {
  int64_t n = 0;
  for (int32_t i = 1; i <= m->n; i++) {
    const uint32_t *count = rc_sliding_pairs_row(&f->pairs, table, window->present[i]);
    m->first[i] = n;
    for (rc_pair_columns c = rc_pair_columns_of(&f->pairs, table, window->present[i], 1);
         rc_pair_columns_next(&c); n++) {
      m->column[n] = window->rank[c.column];
      m->count[n] = count[c.column];
    }
  }
  m->first[m->n + 1] = n;
}

static rc_status finish(void *state, const rc_window *window, double *value, rc_error *err) {
  followed *f = state;
  rc_status status = RC_OK;
  if (window->n_present == 0)
    return RC_OK;
  f->grid.n_levels = f->matrix.n = window->n_present;
  f->grid.max_level = window->present_grey[window->n_present];
  rc_pair_scratch_fit(window->n_present, &f->sums.scratch);
  for (int64_t t = 0; t < f->pairs.n_tables && status == RC_OK; t++) {
    gather(f, window, t, &f->matrix);
    status = visit(&f->matrix, t, &f->sums, err);
  }
  rc_mean_of_rows(f->sums.feature, f->pairs.n_tables, N_FEATURES, value);
  return status;
}

static const rc_sliding sliding = {follow, add_plane, remove_plane, finish};

const rc_family rc_family_pyradiomics_glcm = {
    .profile = RC_PROFILE_PYRADIOMICS,
    .key = "glcm",
    .name = "Grey level co-occurrence matrix",
    .ibsi = "LFYI",
    .source = RC_PYRADIOMICS_SOURCE,
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .params = &param_table,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
