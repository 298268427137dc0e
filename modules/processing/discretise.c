// SPDX-License-Identifier: Apache-2.0
#include "processing/discretise.h"

#include "processing/pyradiomics.h"

#include <math.h>

rc_intensity_summary rc_intensity_summarise(const double *intensity, const uint8_t *mask,
                                            int64_t n) {
  rc_intensity_summary out = {0, NAN, NAN, NAN, NAN};
  double sum = 0;
  for (int64_t i = 0; i < n; i++) {
    if (!mask[i])
      continue;
    double value = intensity[i];
    if (out.n == 0)
      out.low = out.high = value;
    out.low = value < out.low ? value : out.low;
    out.high = value > out.high ? value : out.high;
    sum += value;
    out.n++;
  }
  if (out.n == 0)
    return out;
  out.mean = sum / (double)out.n;
  double squares = 0;
  for (int64_t i = 0; i < n; i++)
    if (mask[i])
      squares += (intensity[i] - out.mean) * (intensity[i] - out.mean);
  out.sd = sqrt(squares / (double)out.n);
  return out;
}

int64_t rc_resegment(const rc_resegmentation_settings *settings, const double *intensity,
                     uint8_t *mask, int64_t n) {
  double low = -INFINITY, high = INFINITY;
  if (settings->range.n > 0)
    low = settings->range.value[0];
  if (settings->range.n > 1)
    high = settings->range.value[1];
  if (!isnan(settings->outlier_sigma)) {
    rc_intensity_summary all = rc_intensity_summarise(intensity, mask, n);
    low = fmax(low, all.mean - settings->outlier_sigma * all.sd);
    high = fmin(high, all.mean + settings->outlier_sigma * all.sd);
  }
  int64_t left = 0;
  for (int64_t i = 0; i < n; i++) {
    if (mask[i] && !(intensity[i] >= low && intensity[i] <= high))
      mask[i] = 0;
    left += mask[i];
  }
  return left;
}

/// Can the intensities serve as grey levels as they are?
static bool are_levels(const double *intensity, const uint8_t *mask, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (mask[i] &&
        !(intensity[i] >= 1 && intensity[i] <= UINT16_MAX && intensity[i] == floor(intensity[i])))
      return false;
  return true;
}

static double level_fixed_number(double intensity, const rc_intensity_summary *roi, double n_bins) {
  if (!(intensity < roi->high))
    return n_bins;
  double level = floor(n_bins * (intensity - roi->low) / (roi->high - roi->low)) + 1;
  return level > n_bins ? n_bins : level;
}

static double level_fixed_size(double intensity, double low, double width) {
  double level = floor((intensity - low) / width) + 1;
  return level < 1 ? 1 : level;
}

/// Where level 1 begins and how wide levels are, before any voxel is looked up.
static rc_levels describe_levels(const rc_discretisation_settings *settings, const rc_reals *range,
                                 const rc_intensity_summary *roi) {
  rc_levels levels = {.method = (rc_discretisation_method)settings->method,
                      .low = roi->low,
                      .width = 1,
                      .high = roi->high};
  if (settings->method == RC_DISCRETISE_FIXED_BIN_NUMBER) {
    levels.n_levels = (int32_t)settings->n_bins;
    levels.width = (roi->high - roi->low) / (double)settings->n_bins;
    return levels;
  }
  if (range->n > 0)
    levels.low = range->value[0];
  if (range->n > 1)
    levels.high = range->value[1];
  if (settings->method == RC_DISCRETISE_FIXED_BIN_SIZE) {
    levels.width = settings->bin_width;
    if (!isnan(settings->lowest))
      levels.low = settings->lowest;
  }
  return levels;
}

rc_status rc_discretise(const rc_discretisation_settings *settings, const rc_reals *range,
                        const double *intensity, const uint8_t *mask, int64_t n, rc_arena *arena,
                        rc_levels *out, rc_error *err) {
  if (settings->edges == RC_PROFILE_PYRADIOMICS) // values of responses are doubles
    return rc_pyradiomics_discretise(settings, RC_VOXEL_DOUBLE, intensity, mask, n, arena, out,
                                     err);
  rc_intensity_summary roi = rc_intensity_summarise(intensity, mask, n);
  rc_levels levels = describe_levels(settings, range, &roi);
  if (settings->method == RC_DISCRETISE_NONE && !are_levels(intensity, mask, n)) {
    *out = levels;
    return RC_OK;
  }
  uint16_t *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for grey levels of %lld voxels", (long long)n);
  for (int64_t i = 0; i < n; i++) {
    if (!mask[i])
      continue;
    double level = intensity[i];
    if (settings->method == RC_DISCRETISE_FIXED_BIN_NUMBER)
      level = level_fixed_number(intensity[i], &roi, (double)settings->n_bins);
    if (settings->method == RC_DISCRETISE_FIXED_BIN_SIZE)
      level = level_fixed_size(intensity[i], levels.low, levels.width);
    if (!(level <= UINT16_MAX))
      return rc_fail(err, RC_ERR_LIMIT,
                     "bins of %g from %g give intensity %g a grey level above 65535: use a larger "
                     "bin_width, or re-segmentation against outliers",
                     levels.width, levels.low, intensity[i]);
    value[i] = (uint16_t)level;
    if (value[i] > levels.n_levels)
      levels.n_levels = value[i];
  }
  levels.value = value;
  *out = levels;
  return RC_OK;
}
