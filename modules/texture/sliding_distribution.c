// SPDX-License-Identifier: Apache-2.0
#include "texture/sliding_distribution.h"

#include <math.h>
#include <string.h>

/// Whole numbers over no wider a range are counted, others are sorted.
#define MAX_BINS 16384

typedef struct values {
  int64_t n_bins; ///< 0: sorted
  double low;     ///< value of bin 0
  uint32_t *bin;  ///< [n_bins]: voxels of the cube with that value
  uint64_t *bit;  ///< [n_bins / 64 + 1]: bins that are not empty
  double *plane;  ///< [side][side * side]: of each plane, ascending
  int64_t *n;     ///< [side]: of each plane, those that are finite
  double *all;    ///< [n_all]: of the cube, ascending
  double *spare;  ///< as large: the next cube is written there
  int64_t n_all;
  double *value;  ///< distinct ones of the cube, and
  int64_t *count; ///< how often
} values;

/// Bins for the region's intensities, from *low on; 0 where they are not whole numbers or too many.
static int64_t count_bins(const rc_roi *roi, double *low) {
  const int64_t n = rc_geometry_voxels(&roi->grid);
  double high = -INFINITY;
  *low = INFINITY;
  for (int64_t v = 0; v < n; v++) {
    if (!roi->mask[v])
      continue;
    const double value = roi->intensity[v] + 0.0; // -0 and 0 are one value
    if (!(floor(value) == value) || !isfinite(value))
      return 0;
    *low = value < *low ? value : *low;
    high = value > high ? value : high;
  }
  return high - *low < MAX_BINS ? (int64_t)(high - *low) + 1 : 0;
}

static bool create_bins(values *s, rc_arena *arena) {
  s->bin = rc_arena_alloc(arena, (size_t)s->n_bins, sizeof *s->bin);
  s->bit = rc_arena_alloc(arena, (size_t)s->n_bins / 64 + 1, sizeof *s->bit);
  return s->bin != NULL && s->bit != NULL;
}

static bool create_lists(values *s, const rc_window *window, size_t cube, rc_arena *arena) {
  s->plane = rc_arena_alloc(arena, cube, sizeof *s->plane);
  s->n = rc_arena_alloc(arena, (size_t)window->side, sizeof *s->n);
  s->all = rc_arena_alloc(arena, cube, sizeof *s->all);
  s->spare = rc_arena_alloc(arena, cube, sizeof *s->spare);
  return s->plane != NULL && s->n != NULL && s->all != NULL && s->spare != NULL;
}

rc_status rc_sliding_values_create(const rc_window *window, rc_arena *arena, void **state,
                                   rc_error *err) {
  const size_t cube = (size_t)(window->side * window->side * window->side);
  values *s = rc_arena_alloc(arena, 1, sizeof *s);
  bool enough = s != NULL;
  if (enough) {
    s->n_bins = count_bins(window->roi, &s->low);
    s->value = rc_arena_alloc(arena, cube, sizeof *s->value);
    s->count = rc_arena_alloc(arena, cube, sizeof *s->count);
    enough = s->value != NULL && s->count != NULL &&
             (s->n_bins > 0 ? create_bins(s, arena) : create_lists(s, window, cube, arena));
  }
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory to sort the voxels of a cube");
  *state = s;
  return RC_OK;
}

// ---- Counted ----

/// Adds `by` to the bins of the voxels of plane x.
static void count_plane(values *s, const rc_window *window, int64_t x, uint32_t by) {
  int64_t n;
  const double *intensity = rc_window_intensities(window, x, &n);
  for (int64_t i = 0; i < n; i++) {
    const int64_t k = (int64_t)(intensity[i] - s->low);
    const uint64_t bit = UINT64_C(1) << (k & 63);
    s->bin[k] += by;
    s->bit[k >> 6] = s->bin[k] != 0 ? s->bit[k >> 6] | bit : s->bit[k >> 6] & ~bit;
  }
}

static rc_distribution counted(const values *s, const rc_window *window) {
  int64_t n = 0;
  for (int64_t word = 0; word <= s->n_bins / 64; word++)
    for (uint64_t left = s->bit[word]; left != 0; left &= left - 1, n++) {
      const int64_t k = 64 * word + __builtin_ctzll(left);
      s->value[n] = s->low + (double)k;
      s->count[n] = s->bin[k];
    }
  return (rc_distribution){n, s->value, s->count, window->n_voxels};
}

// ---- Sorted ----

/// Shell's sort with Ciura's gaps: planes have few voxels.
static void sort(double *value, int64_t n) {
  static const int64_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
  for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
    for (int64_t i = gaps[g]; i < n; i++) {
      const double moved = value[i];
      int64_t k = i;
      for (; k >= gaps[g] && value[k - gaps[g]] > moved; k -= gaps[g])
        value[k] = value[k - gaps[g]];
      value[k] = moved;
    }
}

static void take_over(values *s, int64_t n) {
  double *old = s->all;
  s->all = s->spare;
  s->spare = old;
  s->n_all = n;
}

static void merge_plane(values *s, const rc_window *window) {
  const int64_t slot = window->last % window->side;
  double *plane = s->plane + slot * window->side * window->side;
  int64_t given, n = 0, a = 0, p = 0, to = 0;
  const double *intensity = rc_window_intensities(window, window->last, &given);
  for (int64_t i = 0; i < given; i++)
    if (isfinite(intensity[i]))
      plane[n++] = intensity[i] + 0.0; // -0 and 0 are one value
  sort(plane, n);
  s->n[slot] = n;
  while (a < s->n_all && p < n)
    s->spare[to++] = plane[p] < s->all[a] ? plane[p++] : s->all[a++];
  memcpy(s->spare + to, s->all + a, (size_t)(s->n_all - a) * sizeof *s->all);
  memcpy(s->spare + to + s->n_all - a, plane + p, (size_t)(n - p) * sizeof *plane);
  take_over(s, s->n_all + n);
}

static void take_plane_out(values *s, const rc_window *window) {
  const int64_t slot = window->first % window->side, n = s->n[slot];
  const double *plane = s->plane + slot * window->side * window->side;
  int64_t a = 0, to = 0;
  for (int64_t p = 0; p < n; p++, a++)
    while (s->all[a] < plane[p])
      s->spare[to++] = s->all[a++];
  memcpy(s->spare + to, s->all + a, (size_t)(s->n_all - a) * sizeof *s->all);
  take_over(s, s->n_all - n);
}

static rc_distribution sorted(const values *s) {
  int64_t k = -1;
  for (int64_t i = 0; i < s->n_all; i++) {
    if (k < 0 || s->all[i] > s->value[k]) {
      s->value[++k] = s->all[i];
      s->count[k] = 0;
    }
    s->count[k]++;
  }
  return (rc_distribution){k + 1, s->value, s->count, s->n_all};
}

// ---- Either ----

void rc_sliding_values_add(void *state, const rc_window *window) {
  values *s = state;
  if (s->n_bins > 0)
    count_plane(s, window, window->last, 1);
  else
    merge_plane(s, window);
}

void rc_sliding_values_remove(void *state, const rc_window *window) {
  values *s = state;
  if (s->n_bins > 0)
    count_plane(s, window, window->first, UINT32_MAX);
  else
    take_plane_out(s, window);
}

rc_status rc_sliding_values_distribution(void *state, const rc_window *window, rc_distribution *out,
                                         rc_error *err) {
  const values *s = state;
  if (s->n_bins == 0 && s->n_all != window->n_voxels)
    return rc_fail(err, RC_ERR_NUMERIC, "an intensity inside the mask is not finite");
  *out = s->n_bins > 0 ? counted(s, window) : sorted(s);
  return RC_OK;
}

bool rc_sliding_levels_create(const rc_window *window, rc_arena *arena, rc_sliding_levels *out) {
  const size_t n = (size_t)window->n_levels + 1;
  out->value = rc_arena_alloc(arena, n, sizeof *out->value);
  out->count = rc_arena_alloc(arena, n, sizeof *out->count);
  return out->value != NULL && out->count != NULL;
}

rc_distribution rc_sliding_levels_distribution(const rc_sliding_levels *levels,
                                               const rc_window *window) {
  int64_t total = 0;
  for (int32_t k = 0; k < window->n_present; k++) {
    levels->value[k] = window->present_grey[k + 1];
    levels->count[k] = window->count[window->present[k + 1]];
    total += levels->count[k];
  }
  return (rc_distribution){window->n_present, levels->value, levels->count, total};
}
