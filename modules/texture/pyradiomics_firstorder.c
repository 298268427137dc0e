// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' first-order class: IBSI-1's intensity-based statistics (section 3.3) with the
// kurtosis of Pearson (no 3 is taken away) and energies of shifted intensities, and two features of
// the histogram of grey levels (section 3.4).
#include "texture/distribution.h"
#include "texture/level_grid.h"
#include "texture/pyradiomics.h"
#include "texture/registry.h"
#include "texture/sliding_distribution.h"

#include <math.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(P10, "10Percentile", "10th percentile", "QG58", RC_FU_INTENSITY, "10th percentile")            \
  X(P90, "90Percentile", "90th percentile", "8DWT", RC_FU_INTENSITY, "90th percentile")            \
  X(ENERGY, "Energy", "Energy", "", RC_FU_INTENSITY2, "sum of squared, shifted intensities")       \
  X(ENTROPY, "Entropy", "Entropy", "TLU2", RC_FU_BIT, "entropy of grey levels")                    \
  X(IQR, "InterquartileRange", "Interquartile range", "SALO", RC_FU_INTENSITY,                     \
    "75th minus 25th percentile")                                                                  \
  X(KURTOSIS, "Kurtosis", "Kurtosis", "", RC_FU_NONE,                                              \
    "fourth standardised moment; 0 where all are equal")                                           \
  X(MAX, "Maximum", "Maximum", "84IY", RC_FU_INTENSITY, "highest intensity")                       \
  X(MEAN, "Mean", "Mean", "Q4LE", RC_FU_INTENSITY, "mean")                                         \
  X(MAD, "MeanAbsoluteDeviation", "Mean absolute deviation", "4FUA", RC_FU_INTENSITY,              \
    "mean distance from the mean")                                                                 \
  X(MEDIAN, "Median", "Median", "Y12H", RC_FU_INTENSITY, "median")                                 \
  X(MIN, "Minimum", "Minimum", "1GSF", RC_FU_INTENSITY, "lowest intensity")                        \
  X(RANGE, "Range", "Range", "2OJQ", RC_FU_INTENSITY, "maximum minus minimum")                     \
  X(RMAD, "RobustMeanAbsoluteDeviation", "Robust mean absolute deviation", "1128",                 \
    RC_FU_INTENSITY,                                                                               \
    "mean distance from the mean, of intensities from the 10th to the 90th percentile")            \
  X(RMS, "RootMeanSquared", "Root mean squared", "", RC_FU_INTENSITY,                              \
    "root of the mean squared, shifted intensity")                                                 \
  X(SKEWNESS, "Skewness", "Skewness", "KE2A", RC_FU_NONE,                                          \
    "third standardised moment; 0 where all are equal")                                            \
  X(TOTAL_ENERGY, "TotalEnergy", "Total energy", "", RC_FU_NONE,                                   \
    "energy times the volume of a voxel in mm^3")                                                  \
  X(UNIFORMITY, "Uniformity", "Uniformity", "BJ5W", RC_FU_NONE,                                    \
    "sum of squared probabilities of grey levels")                                                 \
  X(VARIANCE, "Variance", "Variance", "ECT3", RC_FU_INTENSITY2, "population variance")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

typedef struct firstorder_settings {
  double voxel_array_shift;
} firstorder_settings;

static const rc_param params[] = {
    {"voxel_array_shift", RC_PARAM_REAL, offsetof(firstorder_settings, voxel_array_shift), -1e12,
     1e12, "intensity", NULL, "0",
     "PyRadiomics' voxelArrayShift: added to intensities in Energy, TotalEnergy and "
     "RootMeanSquared."},
};
static const rc_param_table param_table = {"firstorder", "First-order statistics.", params,
                                           sizeof params / sizeof params[0],
                                           sizeof(firstorder_settings)};

/// Partial sums of this many terms keep rounding errors small.
#define BLOCK 1024

static double shifted_energy(const rc_distribution *d, double shift) {
  double sum = 0.0;
  for (int64_t from = 0; from < d->n; from += BLOCK) {
    double part = 0.0;
    for (int64_t i = from; i < d->n && i < from + BLOCK; i++) {
      double value = d->value[i] + shift;
      part += (double)d->count[i] * value * value;
    }
    sum += part;
  }
  return sum;
}

static void describe_intensities(const rc_roi *roi, const rc_distribution *d, double shift,
                                 double *value) {
  rc_distribution_facts facts = rc_distribution_describe(d);
  const double *spacing = roi->grid.spacing_mm;
  double energy = shifted_energy(d, shift);
  value[P10] = facts.p10;
  value[P90] = facts.p90;
  value[ENERGY] = energy;
  value[IQR] = facts.interquartile_range;
  value[KURTOSIS] = facts.variance > 0.0 ? facts.kurtosis + 3.0 : 0.0;
  value[MAX] = facts.max;
  value[MEAN] = facts.mean;
  value[MAD] = facts.mean_deviation;
  value[MEDIAN] = facts.median;
  value[MIN] = facts.min;
  value[RANGE] = facts.range;
  value[RMAD] = facts.robust_mean_deviation;
  value[RMS] = sqrt(energy / (double)d->total);
  value[SKEWNESS] = facts.skewness;
  value[TOTAL_ENERGY] = energy * (spacing[0] * spacing[1] * spacing[2]);
  value[VARIANCE] = facts.variance;
}

static void describe_levels(const rc_distribution *d, double *value) {
  double total = (double)d->total, squares = 0.0, n_log_n = 0.0;
  for (int64_t i = 0; i < d->n; i++) {
    double n = (double)d->count[i];
    squares += n * n;
    n_log_n += n * log2(n);
  }
  value[ENTROPY] = fmax(log2(total) - n_log_n / total, 0.0);
  value[UNIFORMITY] = squares / (total * total);
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const firstorder_settings *set = settings;
  rc_distribution distribution;
  (void)aggregations;
  if (roi->n_mask == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  rc_status status = rc_distribution_of_intensities(roi, arena, &distribution, err);
  if (status != RC_OK)
    return status;
  describe_intensities(roi, &distribution, set->voxel_array_shift, out->value);
  if (roi->texture.value == NULL) {
    out->undefined = "Entropy and Uniformity need a discretisation";
    return RC_OK;
  }
  status = rc_distribution_of_levels(roi, roi->texture.value, arena, &distribution, err);
  if (status == RC_OK && distribution.n > 0)
    describe_levels(&distribution, out->value);
  return status;
}

// ---- Sliding ----

typedef struct followed {
  const firstorder_settings *settings;
  void *values;
  rc_sliding_levels levels;
} followed;

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  if (f == NULL || !rc_sliding_levels_create(window, arena, &f->levels))
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  f->settings = wish->params;
  *state = f;
  return rc_sliding_values_create(window, arena, &f->values, err);
}

static void add_plane(void *state, const rc_window *window) {
  rc_sliding_values_add(((followed *)state)->values, window);
}

static void remove_plane(void *state, const rc_window *window) {
  rc_sliding_values_remove(((followed *)state)->values, window);
}

static rc_status finish(void *state, const rc_window *window, double *value, rc_error *err) {
  const followed *f = state;
  rc_distribution distribution;
  rc_status status = rc_sliding_values_distribution(f->values, window, &distribution, err);
  if (status != RC_OK)
    return status;
  describe_intensities(window->roi, &distribution, f->settings->voxel_array_shift, value);
  distribution = rc_sliding_levels_distribution(&f->levels, window);
  if (distribution.n > 0)
    describe_levels(&distribution, value);
  return RC_OK;
}

static const rc_sliding sliding = {follow, add_plane, remove_plane, finish};

const rc_family rc_family_pyradiomics_firstorder = {
    .profile = RC_PROFILE_PYRADIOMICS,
    .key = "firstorder",
    .name = "First-order statistics",
    .ibsi = "UHIW",
    .source = RC_PYRADIOMICS_SOURCE,
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .params = &param_table,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
