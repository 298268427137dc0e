// SPDX-License-Identifier: Apache-2.0
#include "texture/distribution.h"
#include "texture/level_grid.h"
#include "texture/registry.h"
#include "texture/sliding_distribution.h"

#include <math.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(MEAN, "stat_mean", "Mean intensity", "Q4LE", RC_FU_INTENSITY, "mean")                          \
  X(VAR, "stat_var", "Intensity variance", "ECT3", RC_FU_INTENSITY2, "population variance")        \
  X(SKEW, "stat_skew", "Intensity skewness", "KE2A", RC_FU_NONE,                                   \
    "third standardised moment; 0 where all are equal")                                            \
  X(KURT, "stat_kurt", "(Excess) intensity kurtosis", "IPH6", RC_FU_NONE,                          \
    "fourth standardised moment minus 3; 0 where all are equal")                                   \
  X(MEDIAN, "stat_median", "Median intensity", "Y12H", RC_FU_INTENSITY, "median")                  \
  X(MIN, "stat_min", "Minimum intensity", "1GSF", RC_FU_INTENSITY, "lowest intensity")             \
  X(P10, "stat_p10", "10th intensity percentile", "QG58", RC_FU_INTENSITY, "10th percentile")      \
  X(P90, "stat_p90", "90th intensity percentile", "8DWT", RC_FU_INTENSITY, "90th percentile")      \
  X(MAX, "stat_max", "Maximum intensity", "84IY", RC_FU_INTENSITY, "highest intensity")            \
  X(IQR, "stat_iqr", "Intensity interquartile range", "SALO", RC_FU_INTENSITY,                     \
    "75th minus 25th percentile")                                                                  \
  X(RANGE, "stat_range", "Intensity range", "2OJQ", RC_FU_INTENSITY, "maximum minus minimum")      \
  X(MAD, "stat_mad", "Intensity-based mean absolute deviation", "4FUA", RC_FU_INTENSITY,           \
    "mean distance from the mean")                                                                 \
  X(RMAD, "stat_rmad", "Intensity-based robust mean absolute deviation", "1128", RC_FU_INTENSITY,  \
    "mean distance from the mean, of intensities from the 10th to the 90th percentile")            \
  X(MEDAD, "stat_medad", "Intensity-based median absolute deviation", "N72L", RC_FU_INTENSITY,     \
    "mean distance from the median")                                                               \
  X(COV, "stat_cov", "Intensity-based coefficient of variation", "7TET", RC_FU_NONE,               \
    "standard deviation over mean")                                                                \
  X(QCOD, "stat_qcod", "Intensity-based quartile coefficient of dispersion", "9S40", RC_FU_NONE,   \
    "difference over sum of the quartiles")                                                        \
  X(ENERGY, "stat_energy", "Intensity-based energy", "N8CA", RC_FU_INTENSITY2,                     \
    "sum of squared intensities")                                                                  \
  X(RMS, "stat_rms", "Root mean square intensity", "5ZWQ", RC_FU_INTENSITY,                        \
    "root of the mean squared intensity")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

static void describe(const rc_distribution *distribution, double *value) {
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
  value[IQR] = facts.interquartile_range;
  value[RANGE] = facts.range;
  value[MAD] = facts.mean_deviation;
  value[RMAD] = facts.robust_mean_deviation;
  value[MEDAD] = facts.median_deviation;
  value[COV] = facts.variation;
  value[QCOD] = facts.quartile_dispersion;
  value[ENERGY] = facts.energy;
  value[RMS] = sqrt(facts.energy / (double)distribution->total);
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)settings;
  (void)aggregations;
  rc_distribution distribution;
  if (roi->n_mask == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  rc_status status = rc_distribution_of_intensities(roi, arena, &distribution, err);
  if (status != RC_OK)
    return status;
  double *value = out->value;
  describe(&distribution, value);
  if (isnan(value[COV]) || isnan(value[QCOD]))
    out->undefined = "the mean, or the sum of the quartiles, is 0";
  return RC_OK;
}

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  (void)wish;
  return rc_sliding_values_create(window, arena, state, err);
}

static rc_status finish(void *state, const rc_window *window, double *value, rc_error *err) {
  rc_distribution distribution;
  rc_status status = rc_sliding_values_distribution(state, window, &distribution, err);
  if (status == RC_OK)
    describe(&distribution, value);
  return status;
}

static const rc_sliding sliding = {follow, rc_sliding_values_add, rc_sliding_values_remove, finish};

const rc_family rc_family_statistics = {
    .profile = RC_PROFILE_IBSI,
    .key = "statistics",
    .name = "Intensity-based statistics",
    .ibsi = "UHIW",
    .source = "IBSI-1 section 3.3",
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .params = NULL,
    .needs_levels = false,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
