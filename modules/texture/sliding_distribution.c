// SPDX-License-Identifier: Apache-2.0
#include "texture/sliding_distribution.h"

#include <math.h>
#include <string.h>

typedef struct values {
  double *plane; ///< [side][side * side]: of each plane, ascending
  int64_t *n;    ///< [side]: of each plane, those that are finite
  double *all;   ///< [n_all]: of the cube, ascending
  double *spare; ///< as large: the next cube is written there
  int64_t n_all;
  double *value;  ///< distinct ones of the cube, and
  int64_t *count; ///< how often
} values;

rc_status rc_sliding_values_create(const rc_window *window, rc_arena *arena, void **state,
                                   rc_error *err) {
  const size_t cube = (size_t)(window->side * window->side * window->side);
  values *s = rc_arena_alloc(arena, 1, sizeof *s);
  if (s != NULL) {
    s->plane = rc_arena_alloc(arena, cube, sizeof *s->plane);
    s->n = rc_arena_alloc(arena, (size_t)window->side, sizeof *s->n);
    s->all = rc_arena_alloc(arena, cube, sizeof *s->all);
    s->spare = rc_arena_alloc(arena, cube, sizeof *s->spare);
    s->value = rc_arena_alloc(arena, cube, sizeof *s->value);
    s->count = rc_arena_alloc(arena, cube, sizeof *s->count);
  }
  if (s == NULL || s->plane == NULL || s->n == NULL || s->all == NULL || s->spare == NULL ||
      s->value == NULL || s->count == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory to sort the voxels of a cube");
  *state = s;
  return RC_OK;
}

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

void rc_sliding_values_add(void *state, const rc_window *window) {
  values *s = state;
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

void rc_sliding_values_remove(void *state, const rc_window *window) {
  values *s = state;
  const int64_t slot = window->first % window->side, n = s->n[slot];
  const double *plane = s->plane + slot * window->side * window->side;
  int64_t a = 0, to = 0;
  for (int64_t p = 0; p < n; p++, a++)
    while (s->all[a] < plane[p])
      s->spare[to++] = s->all[a++];
  memcpy(s->spare + to, s->all + a, (size_t)(s->n_all - a) * sizeof *s->all);
  take_over(s, s->n_all - n);
}

rc_status rc_sliding_values_distribution(void *state, const rc_window *window, rc_distribution *out,
                                         rc_error *err) {
  values *s = state;
  int64_t k = -1;
  if (s->n_all != window->n_voxels)
    return rc_fail(err, RC_ERR_NUMERIC, "an intensity inside the mask is not finite");
  for (int64_t i = 0; i < s->n_all; i++) {
    if (k < 0 || s->all[i] > s->value[k]) {
      s->value[++k] = s->all[i];
      s->count[k] = 0;
    }
    s->count[k]++;
  }
  *out = (rc_distribution){k + 1, s->value, s->count, s->n_all};
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
