// SPDX-License-Identifier: Apache-2.0
#include "texture/distribution.h"

#include <math.h>
#include <string.h>

/// Sums are made of partial sums of this many terms, to keep rounding errors small.
#define BLOCK 1024

/// The k-th smallest value, from 0.
static double order_statistic(const rc_distribution *d, int64_t k) {
  int64_t below = 0, i = 0;
  while (i + 1 < d->n && below + d->count[i] <= k)
    below += d->count[i++];
  return d->value[i];
}

double rc_distribution_percentile(const rc_distribution *d, double percent) {
  double position = percent * (double)(d->total - 1) / 100.0, whole = floor(position);
  double low = order_statistic(d, (int64_t)whole), share = position - whole;
  if (!(share > 0.0))
    return low;
  double high = order_statistic(d, (int64_t)whole + 1);
  return low + share * (high - low);
}

/// Mean of the values first .. last - 1. One distinct value is its own mean; a rounded one would
/// leave a tiny variance.
static double mean_of(const rc_distribution *d, int64_t first, int64_t last) {
  double sum = 0.0, total = 0.0;
  if (last - first == 1)
    return d->value[first];
  for (int64_t from = first; from < last; from += BLOCK) {
    double part = 0.0;
    for (int64_t i = from; i < last && i < from + BLOCK; i++) {
      part += (double)d->count[i] * d->value[i];
      total += (double)d->count[i];
    }
    sum += part;
  }
  return sum / total;
}

/// Mean of |value - centre| over the values first .. last - 1.
static double deviation(const rc_distribution *d, int64_t first, int64_t last, double centre) {
  double sum = 0.0, total = 0.0;
  for (int64_t from = first; from < last; from += BLOCK) {
    double part = 0.0;
    for (int64_t i = from; i < last && i < from + BLOCK; i++) {
      part += (double)d->count[i] * fabs(d->value[i] - centre);
      total += (double)d->count[i];
    }
    sum += part;
  }
  return sum / total;
}

static double robust_deviation(const rc_distribution *d, double p10, double p90) {
  int64_t first = 0, last = d->n;
  while (first < d->n && d->value[first] < p10)
    first++;
  while (last > first && d->value[last - 1] > p90)
    last--;
  return last > first ? deviation(d, first, last, mean_of(d, first, last)) : NAN;
}

static void moments(const rc_distribution *d, rc_distribution_facts *facts) {
  double sum[4] = {0.0};
  for (int64_t from = 0; from < d->n; from += BLOCK) {
    double part[4] = {0.0};
    for (int64_t i = from; i < d->n && i < from + BLOCK; i++) {
      double n = (double)d->count[i], e = d->value[i] - facts->mean, e2 = e * e;
      part[0] += n * e2;
      part[1] += n * e2 * e;
      part[2] += n * e2 * e2;
      part[3] += n * d->value[i] * d->value[i];
    }
    for (int m = 0; m < 4; m++)
      sum[m] += part[m];
  }
  double total = (double)d->total, variance = sum[0] / total;
  facts->variance = variance;
  facts->skewness = variance > 0.0 ? sum[1] / total / (variance * sqrt(variance)) : 0.0;
  facts->kurtosis = variance > 0.0 ? sum[2] / total / (variance * variance) - 3.0 : 0.0;
  facts->energy = sum[3];
}

rc_distribution_facts rc_distribution_describe(const rc_distribution *d) {
  rc_distribution_facts facts;
  facts.min = d->value[0];
  facts.max = d->value[d->n - 1];
  facts.range = facts.max - facts.min;
  facts.mean = mean_of(d, 0, d->n);
  moments(d, &facts);
  facts.median = rc_distribution_percentile(d, 50.0);
  facts.p10 = rc_distribution_percentile(d, 10.0);
  facts.p90 = rc_distribution_percentile(d, 90.0);
  double p25 = rc_distribution_percentile(d, 25.0), p75 = rc_distribution_percentile(d, 75.0);
  facts.interquartile_range = p75 - p25;
  facts.quartile_dispersion = p75 + p25 != 0.0 ? (p75 - p25) / (p75 + p25) : NAN;
  facts.mean_deviation = deviation(d, 0, d->n, facts.mean);
  facts.robust_mean_deviation = robust_deviation(d, facts.p10, facts.p90);
  facts.median_deviation = deviation(d, 0, d->n, facts.median);
  facts.variation = facts.mean != 0.0 ? sqrt(facts.variance) / facts.mean : NAN;
  return facts;
}

/// Keys sort as unsigned numbers in the order of the values they stand for.
static uint64_t key_of(double value) {
  uint64_t bits;
  value += 0.0; // -0 and 0 are one value
  memcpy(&bits, &value, sizeof bits);
  return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double value_of(uint64_t key) {
  double value;
  uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#define DIGIT_BITS 11
#define N_DIGITS 2048
#define N_PASSES 6

/// Radix sort; returns whichever of the two arrays holds the result. A pass whose digit is the
/// same for all is skipped: whole-numbered intensities need two or three.
static uint64_t *sort_keys(uint64_t *key, uint64_t *spare, int64_t n) {
  uint64_t differs = 0;
  for (int64_t i = 1; i < n; i++)
    differs |= key[i] ^ key[0];
  for (int pass = 0; pass < N_PASSES; pass++) {
    const int shift = pass * DIGIT_BITS;
    int64_t start[N_DIGITS] = {0}, at = 0;
    if ((differs >> shift & (N_DIGITS - 1)) == 0)
      continue;
    for (int64_t i = 0; i < n; i++)
      start[key[i] >> shift & (N_DIGITS - 1)]++;
    for (int d = 0; d < N_DIGITS; d++) {
      int64_t count = start[d];
      start[d] = at;
      at += count;
    }
    for (int64_t i = 0; i < n; i++)
      spare[start[key[i] >> shift & (N_DIGITS - 1)]++] = key[i];
    uint64_t *swap = key;
    key = spare;
    spare = swap;
  }
  return key;
}

static rc_status no_memory(rc_error *err, int64_t n) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory to sort %lld voxels", (long long)n);
}

/// Keys of the intensities inside the mask.
static rc_status gather_keys(const rc_roi *roi, uint64_t *key, rc_error *err) {
  int64_t n_voxels = rc_geometry_voxels(&roi->grid), n = 0;
  for (int64_t i = 0; i < n_voxels && n < roi->n_mask; i++) {
    if (roi->mask[i] == 0)
      continue;
    if (!isfinite(roi->intensity[i]))
      return rc_fail(err, RC_ERR_NUMERIC, "an intensity inside the mask is not finite");
    key[n++] = key_of(roi->intensity[i]);
  }
  if (n != roi->n_mask)
    return rc_fail(err, RC_ERR_INTERNAL, "the intensity mask has %lld voxels, not %lld",
                   (long long)n, (long long)roi->n_mask);
  return RC_OK;
}

rc_status rc_distribution_of_intensities(const rc_roi *roi, rc_arena *arena, rc_distribution *out,
                                         rc_error *err) {
  const int64_t n = roi->n_mask;
  int64_t distinct = 1, k = 0;
  uint64_t *key = rc_arena_alloc(arena, (size_t)n, sizeof *key);
  uint64_t *spare = rc_arena_alloc(arena, (size_t)n, sizeof *spare);
  if (key == NULL || spare == NULL)
    return no_memory(err, n);
  rc_status status = gather_keys(roi, key, err);
  if (status != RC_OK)
    return status;
  key = sort_keys(key, spare, n);
  for (int64_t i = 1; i < n; i++)
    distinct += key[i] != key[i - 1];
  double *value = rc_arena_alloc(arena, (size_t)distinct, sizeof *value);
  int64_t *count = rc_arena_alloc(arena, (size_t)distinct, sizeof *count);
  if (value == NULL || count == NULL)
    return no_memory(err, n);
  for (int64_t i = 0; i < n; i++) {
    k += i > 0 && key[i] != key[i - 1];
    value[k] = value_of(key[i]);
    count[k]++;
  }
  *out = (rc_distribution){distinct, value, count, n};
  return RC_OK;
}

rc_status rc_distribution_of_levels(const rc_roi *roi, const uint16_t *level, rc_arena *arena,
                                    rc_distribution *out, rc_error *err) {
  int64_t n_voxels = rc_geometry_voxels(&roi->grid), total = 0, distinct = 0;
  int64_t *seen = rc_arena_alloc(arena, (size_t)UINT16_MAX + 1, sizeof *seen);
  if (seen == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  for (int64_t i = 0; i < n_voxels; i++)
    if (level[i] != 0)
      seen[level[i]]++;
  for (int32_t g = 1; g <= UINT16_MAX; g++)
    distinct += seen[g] > 0;
  double *value = rc_arena_alloc(arena, (size_t)distinct, sizeof *value);
  int64_t *count = rc_arena_alloc(arena, (size_t)distinct, sizeof *count);
  if (value == NULL || count == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  distinct = 0;
  for (int32_t g = 1; g <= UINT16_MAX; g++) {
    if (seen[g] == 0)
      continue;
    value[distinct] = g;
    count[distinct++] = seen[g];
    total += seen[g];
  }
  *out = (rc_distribution){distinct, value, count, total};
  return RC_OK;
}
