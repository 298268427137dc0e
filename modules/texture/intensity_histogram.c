// SPDX-License-Identifier: Apache-2.0
#include "texture/distribution.h"
#include "texture/level_grid.h"
#include "texture/registry.h"
#include "texture/sliding_distribution.h"

#include <math.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(MEAN, "ih_mean", "Mean discretised intensity", "X6K6", RC_FU_LEVEL, "mean level")              \
  X(VAR, "ih_var", "Discretised intensity variance", "CH89", RC_FU_LEVEL2,                         \
    "population variance of levels")                                                               \
  X(SKEW, "ih_skew", "Discretised intensity skewness", "88K1", RC_FU_NONE,                         \
    "third standardised moment; 0 where all are equal")                                            \
  X(KURT, "ih_kurt", "(Excess) discretised intensity kurtosis", "C3I7", RC_FU_NONE,                \
    "fourth standardised moment minus 3; 0 where all are equal")                                   \
  X(MEDIAN, "ih_median", "Median discretised intensity", "WIFQ", RC_FU_LEVEL, "median level")      \
  X(MIN, "ih_min", "Minimum discretised intensity", "1PR8", RC_FU_LEVEL, "lowest level")           \
  X(P10, "ih_p10", "10th discretised intensity percentile", "GPMT", RC_FU_LEVEL,                   \
    "10th percentile of levels")                                                                   \
  X(P90, "ih_p90", "90th discretised intensity percentile", "OZ0C", RC_FU_LEVEL,                   \
    "90th percentile of levels")                                                                   \
  X(MAX, "ih_max", "Maximum discretised intensity", "3NCY", RC_FU_LEVEL, "highest level")          \
  X(MODE, "ih_mode", "Intensity histogram mode", "AMMC", RC_FU_LEVEL,                              \
    "most frequent level; of several, the one closest to the mean")                                \
  X(IQR, "ih_iqr", "Discretised intensity interquartile range", "WR0O", RC_FU_LEVEL,               \
    "75th minus 25th percentile")                                                                  \
  X(RANGE, "ih_range", "Discretised intensity range", "5Z3W", RC_FU_LEVEL,                         \
    "maximum minus minimum level")                                                                 \
  X(MAD, "ih_mad", "Intensity histogram mean absolute deviation", "D2ZX", RC_FU_LEVEL,             \
    "mean distance from the mean level")                                                           \
  X(RMAD, "ih_rmad", "Intensity histogram robust mean absolute deviation", "WRZB", RC_FU_LEVEL,    \
    "mean distance from the mean, of levels from the 10th to the 90th percentile")                 \
  X(MEDAD, "ih_medad", "Intensity histogram median absolute deviation", "4RNL", RC_FU_LEVEL,       \
    "mean distance from the median level")                                                         \
  X(COV, "ih_cov", "Intensity histogram coefficient of variation", "CWYJ", RC_FU_NONE,             \
    "standard deviation over mean")                                                                \
  X(QCOD, "ih_qcod", "Intensity histogram quartile coefficient of dispersion", "SLWD", RC_FU_NONE, \
    "difference over sum of the quartiles")                                                        \
  X(ENTROPY, "ih_entropy", "Discretised intensity entropy", "TLU2", RC_FU_BIT,                     \
    "entropy of levels")                                                                           \
  X(UNIFORMITY, "ih_uniformity", "Discretised intensity uniformity", "BJ5W", RC_FU_NONE,           \
    "sum of squared level probabilities")                                                          \
  X(MAX_GRAD, "ih_max_grad", "Maximum histogram gradient", "12CE", RC_FU_VOXEL,                    \
    "steepest rise of the histogram")                                                              \
  X(MAX_GRAD_G, "ih_max_grad_g", "Maximum histogram gradient intensity", "8E6O", RC_FU_LEVEL,      \
    "level of the steepest rise")                                                                  \
  X(MIN_GRAD, "ih_min_grad", "Minimum histogram gradient", "VQB3", RC_FU_VOXEL,                    \
    "steepest fall of the histogram")                                                              \
  X(MIN_GRAD_G, "ih_min_grad_g", "Minimum histogram gradient intensity", "RHQZ", RC_FU_LEVEL,      \
    "level of the steepest fall")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

static double mode_of(const rc_distribution *d, double mean) {
  int64_t best = 0;
  for (int64_t k = 1; k < d->n; k++) {
    bool closer = fabs(d->value[k] - mean) < fabs(d->value[best] - mean);
    if (d->count[k] > d->count[best] || (d->count[k] == d->count[best] && closer))
      best = k;
  }
  return d->value[best];
}

static void entropy_features(const rc_distribution *d, double *value) {
  double entropy = 0.0, uniformity = 0.0;
  for (int64_t k = 0; k < d->n; k++) {
    double p = (double)d->count[k] / (double)d->total;
    entropy -= p * log2(p);
    uniformity += p * p;
  }
  value[ENTROPY] = fmax(entropy, 0.0);
  value[UNIFORMITY] = uniformity;
}

/// Voxels of each level from 0 to the highest that occurs (N_g of IBSI-1), and 0 beyond.
static int64_t *fill_histogram(const rc_distribution *d, rc_arena *arena) {
  int64_t *count = rc_arena_alloc(arena, (size_t)d->value[d->n - 1] + 2, sizeof *count);
  for (int64_t k = 0; count != NULL && k < d->n; k++)
    count[(int64_t)d->value[k]] = d->count[k];
  return count;
}

/// Twice the slope of the histogram at level g: central differences, one-sided at the ends.
static int64_t twice_gradient(const int64_t *count, int64_t n_levels, int64_t g) {
  if (n_levels == 1)
    return 0;
  if (g == 1)
    return 2 * (count[2] - count[1]);
  if (g == n_levels)
    return 2 * (count[g] - count[g - 1]);
  return count[g + 1] - count[g - 1];
}

static void gradient_features(const int64_t *count, int64_t n_levels, double *value) {
  int64_t rise = INT64_MIN, fall = INT64_MAX;
  for (int64_t g = 1; g <= n_levels; g++) {
    int64_t slope = twice_gradient(count, n_levels, g);
    if (slope > rise) {
      rise = slope;
      value[MAX_GRAD_G] = (double)g;
    }
    if (slope < fall) {
      fall = slope;
      value[MIN_GRAD_G] = (double)g;
    }
  }
  value[MAX_GRAD] = (double)rise / 2.0;
  value[MIN_GRAD] = (double)fall / 2.0;
}

/// `count` is a histogram as fill_histogram makes it.
static void describe(const rc_distribution *distribution, const int64_t *count, double *value) {
  rc_distribution_facts facts = rc_distribution_describe(distribution);
  value[MEAN] = facts.mean;
  value[VAR] = facts.variance;
  value[SKEW] = facts.skewness;
  value[KURT] = facts.kurtosis;
  value[MEDIAN] = facts.median;
  value[MIN] = facts.min;
  value[P10] = facts.p10;
  value[P90] = facts.p90;
  value[MAX] = facts.max;
  value[MODE] = mode_of(distribution, facts.mean);
  value[IQR] = facts.interquartile_range;
  value[RANGE] = facts.range;
  value[MAD] = facts.mean_deviation;
  value[RMAD] = facts.robust_mean_deviation;
  value[MEDAD] = facts.median_deviation;
  value[COV] = facts.variation;
  value[QCOD] = facts.quartile_dispersion;
  entropy_features(distribution, value);
  gradient_features(count, (int64_t)facts.max, value);
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)settings;
  (void)aggregations;
  rc_distribution distribution;
  rc_status status = rc_distribution_of_levels(roi, roi->texture.value, arena, &distribution, err);
  if (status != RC_OK)
    return status;
  if (distribution.n == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  int64_t *count = fill_histogram(&distribution, arena);
  if (count == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  describe(&distribution, count, out->value);
  return RC_OK;
}

// ---- Sliding ----

typedef struct followed {
  rc_sliding_levels levels;
  int64_t *histogram; ///< [highest level + 2]: zero between two cubes
} followed;

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  (void)wish;
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  if (f == NULL || !rc_sliding_levels_create(window, arena, &f->levels))
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  f->histogram = rc_arena_alloc(arena, (size_t)window->grey[window->n_levels] + 2, sizeof(int64_t));
  if (f->histogram == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  *state = f;
  return RC_OK;
}

static rc_status finish(void *state, const rc_window *window, double *value, rc_error *err) {
  followed *f = state;
  (void)err;
  const rc_distribution distribution = rc_sliding_levels_distribution(&f->levels, window);
  if (distribution.n == 0)
    return RC_OK;
  for (int64_t k = 0; k < distribution.n; k++)
    f->histogram[(int64_t)distribution.value[k]] = distribution.count[k];
  describe(&distribution, f->histogram, value);
  for (int64_t k = 0; k < distribution.n; k++)
    f->histogram[(int64_t)distribution.value[k]] = 0;
  return RC_OK;
}

static const rc_sliding sliding = {follow, NULL, NULL, finish};

const rc_family rc_family_intensity_histogram = {
    .profile = RC_PROFILE_IBSI,
    .key = "intensity_histogram",
    .name = "Intensity histogram",
    .ibsi = "ZVCW",
    .source = "IBSI-1 section 3.4",
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .params = NULL,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
