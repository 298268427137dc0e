// SPDX-License-Identifier: Apache-2.0
// Re-segmentation and grey levels of PyRadiomics 3, whose numbers are those of numpy 1.
#include "processing/discretise.h"
#include "processing/pyradiomics.h"

#include <math.h>

/// A number compared with an array of that type is rounded to it first.
static double as_compared(rc_voxel_type type, double value) {
  return type == RC_VOXEL_SINGLE ? (double)(float)value : value;
}

#define NUMPY_UNROLLED 8  ///< partial sums
#define NUMPY_BLOCK 128   ///< longest run without halving
#define NUMPY_BUFFER 8192 ///< values that are summed before the next are looked at

/// Pairwise summation in single precision: rounding errors are numpy's.
static float pairwise(const float *value, int64_t n) {
  if (n > NUMPY_BLOCK) {
    int64_t half = n / 2;
    half -= half % NUMPY_UNROLLED;
    return pairwise(value, half) + pairwise(value + half, n - half);
  }
  float part[NUMPY_UNROLLED] = {0}, sum = 0;
  int64_t i = n < NUMPY_UNROLLED ? 0 : n - n % NUMPY_UNROLLED;
  for (int64_t k = 0; k < i; k++)
    part[k % NUMPY_UNROLLED] += value[k];
  if (i > 0)
    sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  for (; i < n; i++)
    sum += value[i];
  return sum;
}

static float sum_single(const float *value, int64_t n) {
  float sum = 0;
  for (int64_t from = 0; from < n; from += NUMPY_BUFFER)
    sum += pairwise(value + from, n - from < NUMPY_BUFFER ? n - from : NUMPY_BUFFER);
  return sum;
}

/// Mean and population standard deviation as numpy takes them of single precision values: in it.
static rc_status summarise_single(const double *intensity, const uint8_t *mask, int64_t n,
                                  rc_arena *arena, rc_intensity_summary *out, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  float *value = rc_arena_alloc(arena, (size_t)out->n, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %lld intensities", (long long)out->n);
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++)
    if (mask[i])
      value[count++] = (float)intensity[i];
  const float sum = sum_single(value, count), mean = sum / (float)count;
  for (int64_t i = 0; i < count; i++)
    value[i] = (value[i] - mean) * (value[i] - mean);
  out->mean = (float)((double)sum / (double)count);
  out->sd = sqrtf((float)((double)sum_single(value, count) / (double)count));
  rc_arena_rewind(arena, mark);
  return RC_OK;
}

rc_status rc_pyradiomics_resegment(const rc_pyradiomics_resegmentation_settings *settings,
                                   rc_voxel_type type, const double *intensity, uint8_t *mask,
                                   int64_t n, rc_arena *arena, rc_error *err) {
  const rc_reals *range = &settings->range;
  rc_intensity_summary all = rc_intensity_summarise(intensity, mask, n);
  if (all.n > 0 && type == RC_VOXEL_SINGLE && settings->mode == RC_RANGE_SIGMA) {
    rc_status status = summarise_single(intensity, mask, n, arena, &all, err);
    if (status != RC_OK)
      return status;
  }
  double threshold[2] = {range->value[0], range->n > 1 ? range->value[1] : INFINITY};
  if (range->n > 1 && threshold[0] > threshold[1]) {
    threshold[0] = range->value[1];
    threshold[1] = range->value[0];
  }
  for (int i = 0; i < 2; i++) {
    if (isinf(threshold[i]))
      continue;
    if (settings->mode == RC_RANGE_RELATIVE)
      threshold[i] *= all.high;
    if (settings->mode == RC_RANGE_SIGMA)
      threshold[i] = all.mean + all.sd * threshold[i];
    threshold[i] = as_compared(type, threshold[i]);
  }
  for (int64_t i = 0; i < n; i++)
    if (mask[i] && !(intensity[i] >= threshold[0] && intensity[i] <= threshold[1]))
      mask[i] = 0;
  return RC_OK;
}

/// Edges of bins: n + 1 of them, level k from edge k - 1 to below edge k.
typedef struct bins {
  double low, width; ///< edge k is low + k * width
  double step;       ///< from the first edge to the second one
  int64_t n;         ///< 0: no end
  bool single;       ///< edges are rounded
  double last;       ///< the last edge when there is an end
} bins;

/// Edges at multiples of the width, as numpy.arange makes them from the first one.
static bins bins_of_width(double lowest, double width) {
  double rest = fmod(lowest, width);
  rest = rest < 0 ? rest + width : rest;
  const double low = lowest - rest;
  return (bins){.low = low, .width = low + width - low, .step = width};
}

/// Equal bins from the lowest to the highest intensity, as numpy.histogram makes them. The last
/// edge is moved up by 1 so that the highest intensity lies below it.
static bins bins_of_number(double lowest, double highest, int64_t n, bool single) {
  if (lowest == highest) {
    lowest -= 0.5;
    highest += 0.5;
  }
  bins b = {.low = lowest, .width = (highest - lowest) / (double)n, .n = n, .single = single};
  b.step = b.width;
  b.last = single ? (double)((float)highest + 1.0F) : highest + 1;
  return b;
}

static double edge_of(const bins *b, int64_t k) {
  if (b->n > 0 && k == b->n)
    return b->last;
  double edge = k == 1 && b->n == 0 ? b->low + b->step : (double)k * b->width + b->low;
  return b->single ? (double)(float)edge : edge;
}

/// How many edges an intensity has reached; above `most`, most + 1.
static int64_t level_of(const bins *b, double value, int64_t most) {
  const double guess = floor((value - b->low) / b->width);
  int64_t k = guess > (double)most ? most : guess > 0 ? (int64_t)guess : 0;
  k = b->n > 0 && k > b->n - 1 ? b->n - 1 : k;
  while (k > 0 && edge_of(b, k) > value)
    k--;
  while (k < most && (b->n == 0 || k < b->n - 1) && edge_of(b, k + 1) <= value)
    k++;
  return k + 1;
}

rc_status rc_pyradiomics_discretise(const rc_discretisation_settings *settings, rc_voxel_type type,
                                    const double *intensity, const uint8_t *mask, int64_t n,
                                    rc_arena *arena, rc_levels *out, rc_error *err) {
  const rc_intensity_summary roi = rc_intensity_summarise(intensity, mask, n);
  const bool fixed_size = settings->n_bins == 0;
  const bins b = fixed_size
                     ? bins_of_width(roi.low, settings->bin_width)
                     : bins_of_number(roi.low, roi.high, settings->n_bins, type == RC_VOXEL_SINGLE);
  rc_levels levels = {.method = fixed_size ? RC_DISCRETISE_FIXED_BIN_SIZE
                                           : RC_DISCRETISE_FIXED_BIN_NUMBER,
                      .low = b.low,
                      .width = b.width,
                      .high = roi.high};
  uint16_t *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for grey levels of %lld voxels", (long long)n);
  for (int64_t i = 0; i < n; i++) {
    if (!mask[i])
      continue;
    const int64_t level = level_of(&b, intensity[i], UINT16_MAX);
    if (level > UINT16_MAX)
      return rc_fail(err, RC_ERR_LIMIT,
                     "bins of %g from %g give intensity %g a grey level above 65535: use a larger "
                     "bin_width",
                     b.width, b.low, intensity[i]);
    value[i] = (uint16_t)level;
    levels.n_levels = value[i] > levels.n_levels ? value[i] : levels.n_levels;
  }
  levels.value = value;
  *out = levels;
  return RC_OK;
}
