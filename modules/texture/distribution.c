// SPDX-License-Identifier: Apache-2.0
#include "texture/distribution.h"

#include "base/clones.h"

#include <math.h>
#include <stdbool.h>
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

static rc_status no_memory(rc_error *err, int64_t n) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory to sort %lld voxels", (long long)n);
}

// ---- Whole numbers, such as HU: counted ----

/// What the intensities inside the mask are like.
typedef struct survey {
  double low, high;
  bool whole, finite;
} survey;

/// Voxels looked at side by side.
#define LANES 8

typedef struct lane_survey {
  double low[LANES], high[LANES], odd[LANES]; ///< odd: 0 for whole numbers, NaN where not finite
} lane_survey;

static inline void survey_lanes(const double *intensity, const uint8_t *mask, lane_survey *s) {
  for (int l = 0; l < LANES; l++) {
    double value = intensity[l], part = value - nearbyint(value);
    bool set = mask[l] != 0;
    double least = set ? value : INFINITY, most = set ? value : -INFINITY;
    s->low[l] = least < s->low[l] ? least : s->low[l];
    s->high[l] = most > s->high[l] ? most : s->high[l];
    s->odd[l] += set ? fabs(part) : 0.0;
  }
}

RC_CLONES static survey survey_voxels(const double *intensity, const uint8_t *mask, int64_t n) {
  lane_survey lanes;
  double rest[LANES] = {0.0};
  uint8_t rest_mask[LANES] = {0};
  int64_t i = 0;
  for (int l = 0; l < LANES; l++) {
    lanes.low[l] = INFINITY;
    lanes.high[l] = -INFINITY;
    lanes.odd[l] = 0.0;
  }
  for (; i + LANES <= n; i += LANES)
    survey_lanes(intensity + i, mask + i, &lanes);
  for (int l = 0; i < n; i++, l++) {
    rest[l] = intensity[i];
    rest_mask[l] = mask[i];
  }
  survey_lanes(rest, rest_mask, &lanes);
  survey s = {INFINITY, -INFINITY, true, true};
  for (int l = 0; l < LANES; l++) {
    s.low = lanes.low[l] < s.low ? lanes.low[l] : s.low;
    s.high = lanes.high[l] > s.high ? lanes.high[l] : s.high;
    s.whole = s.whole && lanes.odd[l] == 0.0;
    s.finite = s.finite && !isnan(lanes.odd[l]);
  }
  return s;
}

/// A table of counts from `low` to `high` is worth its memory if it is not much longer than the
/// list of intensities.
static bool is_countable(const survey *s, int64_t n) {
  return s->whole && fabs(s->low) < 0x1p52 && fabs(s->high) < 0x1p52 &&
         s->high - s->low < 2.0 * (double)n + 65536.0;
}

static rc_status count_whole(const rc_roi *roi, const survey *s, rc_arena *arena,
                             rc_distribution *out, rc_error *err) {
  const int64_t n_voxels = rc_geometry_voxels(&roi->grid), low = (int64_t)s->low;
  const int64_t n_values = (int64_t)(s->high - s->low) + 1;
  int64_t distinct = 0;
  int64_t *count = rc_arena_alloc(arena, (size_t)n_values, sizeof *count);
  double *value = rc_arena_alloc(arena, (size_t)n_values, sizeof *value);
  if (count == NULL || value == NULL)
    return no_memory(err, roi->n_mask);
  for (int64_t i = 0; i < n_voxels; i++)
    if (roi->mask[i] != 0)
      count[(int64_t)roi->intensity[i] - low]++;
  for (int64_t k = 0; k < n_values; k++) {
    if (count[k] == 0)
      continue;
    value[distinct] = (double)(low + k);
    count[distinct++] = count[k];
  }
  *out = (rc_distribution){distinct, value, count, roi->n_mask};
  return RC_OK;
}

// ---- Any numbers: sorted ----

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

/// Radix sort of n keys; `spare` has room for as many. A pass whose digit is the same for all is
/// skipped.
static void sort_by_digits(uint64_t *key, uint64_t *spare, int64_t n) {
  uint64_t differs = 0, *from = key, *to = spare;
  for (int64_t i = 1; i < n; i++)
    differs |= key[i] ^ key[0];
  for (int pass = 0; pass < N_PASSES; pass++) {
    const int shift = pass * DIGIT_BITS;
    int64_t start[N_DIGITS] = {0}, at = 0;
    if ((differs >> shift & (N_DIGITS - 1)) == 0)
      continue;
    for (int64_t i = 0; i < n; i++)
      start[from[i] >> shift & (N_DIGITS - 1)]++;
    for (int d = 0; d < N_DIGITS; d++) {
      int64_t count = start[d];
      start[d] = at;
      at += count;
    }
    for (int64_t i = 0; i < n; i++)
      to[start[from[i] >> shift & (N_DIGITS - 1)]++] = from[i];
    uint64_t *swap = from;
    from = to;
    to = swap;
  }
  if (from != key)
    memcpy(key, from, (size_t)n * sizeof *key);
}

static void sort_by_insertion(uint64_t *key, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    uint64_t moved = key[i];
    int64_t k = i;
    for (; k > 0 && key[k - 1] > moved; k--)
      key[k] = key[k - 1];
    key[k] = moved;
  }
}

/// Longer buckets than this are sorted by digits: they hold equal values, or the intensities are
/// spread very unevenly.
#define SHORT_BUCKET 48

/// Intensities are thrown into buckets of equal width, one for each two of them, that are sorted
/// one by one.
typedef struct buckets {
  int64_t n;
  double low, per_unit;
  uint32_t *end; ///< [n + 1]: at first the bucket's start
} buckets;

static int64_t bucket_of(const buckets *b, double value) {
  int64_t k = (int64_t)((value - b->low) * b->per_unit); // rounding keeps the order
  return k < b->n ? k : b->n - 1;
}

static void sort_intensities(const rc_roi *roi, const survey *s, buckets *b, uint64_t *key,
                             uint64_t *spare) {
  const int64_t n_voxels = rc_geometry_voxels(&roi->grid);
  const double width = s->high - s->low;
  uint32_t at = 0;
  b->low = s->low;
  b->per_unit = width > 0.0 && isfinite((double)b->n / width) ? (double)b->n / width : 0.0;
  for (int64_t i = 0; i < n_voxels; i++)
    if (roi->mask[i] != 0)
      b->end[bucket_of(b, roi->intensity[i])]++;
  for (int64_t k = 0; k < b->n; k++) {
    uint32_t count = b->end[k];
    b->end[k] = at;
    at += count;
  }
  for (int64_t i = 0; i < n_voxels; i++)
    if (roi->mask[i] != 0)
      key[b->end[bucket_of(b, roi->intensity[i])]++] = key_of(roi->intensity[i]);
  for (int64_t k = 0, first = 0; k < b->n; first = b->end[k++]) {
    int64_t n = b->end[k] - first;
    if (n > SHORT_BUCKET)
      sort_by_digits(key + first, spare + first, n);
    else
      sort_by_insertion(key + first, n);
  }
}

static rc_status sort_any(const rc_roi *roi, const survey *s, rc_arena *arena, rc_distribution *out,
                          rc_error *err) {
  const int64_t n = roi->n_mask;
  int64_t distinct = 1, k = 0;
  buckets b = {.n = n / 2 + 1};
  uint64_t *key = rc_arena_alloc(arena, (size_t)n, sizeof *key);
  uint64_t *spare = rc_arena_alloc(arena, (size_t)n, sizeof *spare);
  b.end = rc_arena_alloc(arena, (size_t)b.n, sizeof *b.end);
  if (key == NULL || spare == NULL || b.end == NULL || n > (int64_t)UINT32_MAX)
    return no_memory(err, n);
  sort_intensities(roi, s, &b, key, spare);
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

rc_status rc_distribution_of_intensities(const rc_roi *roi, rc_arena *arena, rc_distribution *out,
                                         rc_error *err) {
  survey all = survey_voxels(roi->intensity, roi->mask, rc_geometry_voxels(&roi->grid));
  if (!all.finite)
    return rc_fail(err, RC_ERR_NUMERIC, "an intensity inside the mask is not finite");
  return is_countable(&all, roi->n_mask) ? count_whole(roi, &all, arena, out, err)
                                         : sort_any(roi, &all, arena, out, err);
}

/// No lower than the highest level.
static unsigned bound_of_levels(const uint16_t *level, int64_t n) {
  unsigned bits = 0;
  for (int64_t i = 0; i < n; i++)
    bits |= level[i];
  return bits;
}

rc_status rc_distribution_of_levels(const rc_roi *roi, const uint16_t *level, rc_arena *arena,
                                    rc_distribution *out, rc_error *err) {
  const int64_t n_voxels = rc_geometry_voxels(&roi->grid);
  const int64_t n_levels = (int64_t)bound_of_levels(level, n_voxels) + 1;
  int64_t total = 0, distinct = 0;
  // Neighbours are often alike: counts in two tables in turn need not wait for each other.
  int64_t *seen = rc_arena_alloc(arena, 2 * (size_t)n_levels, sizeof *seen), *odd = seen + n_levels;
  double *value = rc_arena_alloc(arena, (size_t)n_levels, sizeof *value);
  if (seen == NULL || value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a histogram");
  for (int64_t i = 0; i < n_voxels; i += 2) {
    seen[level[i]]++;
    if (i + 1 < n_voxels)
      odd[level[i + 1]]++;
  }
  for (int64_t g = 1; g < n_levels; g++) {
    int64_t count = seen[g] + odd[g];
    if (count == 0)
      continue;
    value[distinct] = (double)g;
    seen[distinct++] = count;
    total += count;
  }
  *out = (rc_distribution){distinct, value, seen, total};
  return RC_OK;
}
