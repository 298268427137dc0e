// SPDX-License-Identifier: Apache-2.0
#include "texture/distribution.h"
#include "texture/level_grid.h"
#include "texture/registry.h"

#include <math.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(V10, "ivh_v10", "Volume fraction at 10% intensity", "NK6P", RC_FU_NONE,                        \
    "largest volume fraction with at least 10 % of the intensity range")                           \
  X(V90, "ivh_v90", "Volume fraction at 90% intensity", "4279", RC_FU_NONE,                        \
    "largest volume fraction with at least 90 % of the intensity range")                           \
  X(I10, "ivh_i10", "Intensity at 10% volume", "PWN1", RC_FU_INTENSITY,                            \
    "lowest intensity of at most 10 % of the volume; a level with a fixed number of bins")         \
  X(I90, "ivh_i90", "Intensity at 90% volume", "BOHI", RC_FU_INTENSITY,                            \
    "lowest intensity of at most 90 % of the volume; a level with a fixed number of bins")         \
  X(DIFF_V, "ivh_diff_v10_v90", "Volume fraction difference between 10% and 90% intensity",        \
    "WITY", RC_FU_NONE, "volume fraction at 10 % minus at 90 % intensity")                         \
  X(DIFF_I, "ivh_diff_i10_i90", "Intensity difference between 10% and 90% volume", "JXJA",         \
    RC_FU_INTENSITY, "intensity at 10 % minus at 90 % volume")                                     \
  X(AUC, "ivh_auc", "Area under the IVH curve", "9CMM", RC_FU_NONE,                                \
    "area under volume fraction over intensity fraction; no reference values exist")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

/// The histogram: discretised intensities that occur, and the range G of IBSI-1 section 3.5 with
/// its steps. Steps between intensities that occur need not be stored: their volume fraction is
/// that of the next one that does.
typedef struct ivh {
  rc_distribution values; ///< discretised intensities
  double low, high;       ///< G
  double step;            ///< w_d; 0: only intensities that occur are looked at
} ivh;

/// Intensities as they are. Steps are 1 when they are whole numbers; others have no natural step.
static rc_status from_intensities(const rc_roi *roi, rc_arena *arena, ivh *h, rc_error *err) {
  rc_status status = rc_distribution_of_intensities(roi, arena, &h->values, err);
  if (status != RC_OK)
    return status;
  h->low = roi->ivh.low;
  h->high = roi->ivh.high;
  h->step = h->low == floor(h->low) ? 1.0 : 0.0;
  for (int64_t k = 0; k < h->values.n; k++)
    if (h->values.value[k] != floor(h->values.value[k]))
      h->step = 0.0;
  return RC_OK;
}

/// Levels: bin centres with a fixed bin size, the levels themselves with a fixed number of bins.
static rc_status from_levels(const rc_roi *roi, rc_arena *arena, ivh *h, rc_error *err) {
  const rc_levels *levels = &roi->ivh;
  rc_status status = rc_distribution_of_levels(roi, levels->value, arena, &h->values, err);
  if (status != RC_OK)
    return status;
  if (levels->method == RC_DISCRETISE_FIXED_BIN_NUMBER) {
    h->low = h->step = 1.0;
    h->high = levels->n_levels;
    return RC_OK;
  }
  double *centre = rc_arena_alloc(arena, (size_t)h->values.n, sizeof *centre);
  if (centre == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  for (int64_t k = 0; k < h->values.n; k++)
    centre[k] = levels->low + (h->values.value[k] - 0.5) * levels->width;
  h->values.value = centre;
  h->low = levels->low + 0.5 * levels->width;
  h->high = levels->high - 0.5 * levels->width;
  h->step = levels->width;
  return RC_OK;
}

/// Volume fraction at the first step with at least that share of the range.
static double volume_at(const ivh *h, double share) {
  const rc_distribution *d = &h->values;
  int64_t below = 0;
  for (int64_t k = 0; k < d->n && (d->value[k] - h->low) / (h->high - h->low) < share; k++)
    below += d->count[k];
  return (double)(d->total - below) / (double)d->total;
}

/// The first step that at most that share of the volume reaches: the one after the highest
/// intensity that more of it reaches.
static double intensity_at(const ivh *h, double share) {
  const rc_distribution *d = &h->values;
  int64_t above = d->total, k = 0;
  while (k + 1 < d->n && (double)(above - d->count[k]) > share * (double)d->total)
    above -= d->count[k++];
  if (h->step > 0.0)
    return d->value[k] + h->step;
  return d->value[k + 1 < d->n ? k + 1 : k];
}

/// Trapezoids over all steps of the range. The volume fractions of the steps add up to the mean
/// number of steps that a voxel reaches.
static double area(const ivh *h) {
  const rc_distribution *d = &h->values;
  double range = h->high - h->low, reached = 0.0;
  int64_t at_end = 0;
  for (int64_t k = 0; k < d->n; k++) {
    reached += (double)d->count[k] * (d->value[k] - h->low) / range;
    if (d->value[k] >= h->high)
      at_end += d->count[k];
  }
  double ends = (1.0 + (double)at_end / (double)d->total) / 2.0;
  return reached / (double)d->total + (1.0 - ends) * h->step / range;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)settings;
  (void)aggregations;
  if (roi->n_mask == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  ivh h;
  bool as_is = roi->ivh.method == RC_DISCRETISE_NONE || roi->ivh.value == NULL;
  rc_status status =
      as_is ? from_intensities(roi, arena, &h, err) : from_levels(roi, arena, &h, err);
  if (status != RC_OK)
    return status;
  double *value = out->value;
  value[I10] = intensity_at(&h, 0.1);
  value[I90] = intensity_at(&h, 0.9);
  value[DIFF_I] = value[I10] - value[I90];
  if (!(h.high > h.low)) {
    value[AUC] = 0.0;
    out->undefined = "the intensity range is a single step, so there are no intensity fractions";
    return RC_OK;
  }
  value[V10] = volume_at(&h, 0.1);
  value[V90] = volume_at(&h, 0.9);
  value[DIFF_V] = value[V10] - value[V90];
  value[AUC] = area(&h);
  return RC_OK;
}

const rc_family rc_family_intensity_volume_histogram = {
    .profile = RC_PROFILE_IBSI,
    .key = "intensity_volume_histogram",
    .name = "Intensity-volume histogram",
    .ibsi = "P88C",
    .source = "IBSI-1 section 3.5",
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .params = NULL,
    .needs_levels = false,
    .by_default = true,
    .compute = compute,
};
