// SPDX-License-Identifier: Apache-2.0
#include "texture/pyradiomics.h"

#include <math.h>
#include <string.h>

const char *const rc_pyradiomics_distance_names[] = {"1", "2", "3", "4", "5", "6", "7", "8", NULL};

const char *const rc_pyradiomics_weighting_names[] = {
    [RC_PYRADIOMICS_UNMERGED] = "none",           [RC_PYRADIOMICS_MANHATTAN] = "manhattan",
    [RC_PYRADIOMICS_EUCLIDEAN] = "euclidean",     [RC_PYRADIOMICS_INFINITY] = "infinity",
    [RC_PYRADIOMICS_UNWEIGHTED] = "no_weighting", NULL};

double rc_pyradiomics_length(int weighting, const int step[3], const double spacing_mm[3]) {
  double sum = 0.0, squares = 0.0, longest = 0.0;
  for (int d = 0; d < 3; d++) {
    double length = fabs(step[d] * spacing_mm[d]);
    sum += length;
    squares += length * length;
    longest = fmax(longest, length);
  }
  switch (weighting) {
  case RC_PYRADIOMICS_MANHATTAN:
    return sum;
  case RC_PYRADIOMICS_EUCLIDEAN:
    return sqrt(squares);
  case RC_PYRADIOMICS_INFINITY:
    return longest;
  default:
    return 1.0;
  }
}

int64_t rc_pyradiomics_farthest(uint64_t distances) {
  int64_t farthest = 0;
  for (; distances != 0; distances >>= 1)
    farthest++;
  return farthest;
}

rc_status rc_pyradiomics_orient(const rc_roi *roi, const rc_pyradiomics_plane *plane,
                                rc_arena *arena, rc_roi *out, rc_error *err) {
  *out = *roi;
  if (!plane->force_2d || plane->dimension == 0)
    return RC_OK;
  const int across = plane->dimension == 1 ? 1 : 0;
  const int64_t *size = roi->grid.size;
  uint16_t *level = rc_arena_alloc(arena, (size_t)rc_geometry_voxels(&roi->grid), sizeof *level);
  if (level == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for levels with exchanged axes");
  out->grid.size[across] = size[2];
  out->grid.size[2] = size[across];
  out->grid.spacing_mm[across] = roi->grid.spacing_mm[2];
  out->grid.spacing_mm[2] = roi->grid.spacing_mm[across];
  int64_t step[3] = {1, out->grid.size[0], out->grid.size[0] * out->grid.size[1]};
  const int64_t swap = step[across];
  step[across] = step[2];
  step[2] = swap;
  const uint16_t *from = roi->texture.value;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++)
        level[x * step[0] + y * step[1] + z * step[2]] = *from++;
  out->texture.value = level;
  return RC_OK;
}

/// Which feature of `from` has the IBSI code of feature f of `to`; -1: none.
static int64_t counterpart(const rc_family *from, const rc_family *to, int64_t f) {
  for (int64_t k = 0; k < from->n_features && to->feature[f].ibsi[0] != '\0'; k++)
    if (strcmp(to->feature[f].ibsi, from->feature[k].ibsi) == 0)
      return k;
  return -1;
}

void rc_pyradiomics_take(const rc_family *from, const double *from_value, const rc_family *to,
                         double *value) {
  for (int64_t f = 0; f < to->n_features; f++) {
    const int64_t k = counterpart(from, to, f);
    if (k >= 0)
      value[f] = from_value[k];
  }
}

rc_status rc_pyradiomics_compute(const rc_family *from, const rc_roi *roi, const void *settings,
                                 rc_aggregation aggregation, rc_arena *arena, const rc_family *to,
                                 rc_family_output *out, rc_error *err) {
  double *value = rc_arena_alloc(arena, (size_t)from->n_features, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for features");
  for (int64_t f = 0; f < from->n_features; f++)
    value[f] = NAN;
  rc_family_output own = {value, NULL};
  rc_status status = from->compute(roi, settings, RC_AGG_BIT(aggregation), arena, &own, err);
  if (status != RC_OK)
    return status;
  rc_pyradiomics_take(from, value, to, out->value);
  out->undefined = own.undefined;
  return RC_OK;
}

// ---- Sliding ----

typedef struct followed {
  const rc_family *from;
  void *state;
  double *value;        ///< of the family
  int64_t *counterpart; ///< [n_features of the class]
  int64_t n_features;
} followed;

rc_status rc_pyradiomics_follow(const rc_family *from, const rc_window *window,
                                const void *settings, size_t settings_size,
                                rc_aggregation aggregation, const rc_family *to, rc_arena *arena,
                                void **state, rc_error *err) {
  followed *f = rc_arena_alloc(arena, 1, sizeof *f);
  void *own = rc_arena_alloc(arena, 1, settings_size);
  bool *wanted = rc_arena_alloc(arena, (size_t)from->n_features, sizeof *wanted);
  if (f != NULL) {
    f->value = rc_arena_alloc(arena, (size_t)from->n_features, sizeof *f->value);
    f->counterpart = rc_arena_alloc(arena, (size_t)to->n_features, sizeof *f->counterpart);
  }
  if (f == NULL || own == NULL || wanted == NULL || f->value == NULL || f->counterpart == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for features");
  memcpy(own, settings, settings_size);
  memset(wanted, true, (size_t)from->n_features * sizeof *wanted);
  f->from = from;
  f->n_features = to->n_features;
  for (int64_t k = 0; k < to->n_features; k++)
    f->counterpart[k] = counterpart(from, to, k);
  const rc_sliding_wish wish = {own, RC_AGG_BIT(aggregation), wanted};
  rc_status status = from->sliding->create(window, &wish, arena, &f->state, err);
  *state = f->state != NULL ? f : NULL;
  return status;
}

void rc_pyradiomics_add(void *state, const rc_window *window) {
  const followed *f = state;
  f->from->sliding->add(f->state, window);
}

void rc_pyradiomics_remove(void *state, const rc_window *window) {
  const followed *f = state;
  f->from->sliding->remove(f->state, window);
}

rc_status rc_pyradiomics_finish(void *state, const rc_window *window, double *value,
                                rc_error *err) {
  const followed *f = state;
  for (int64_t k = 0; k < f->from->n_features; k++)
    f->value[k] = NAN;
  rc_status status = f->from->sliding->finish(f->state, window, f->value, err);
  for (int64_t k = 0; k < f->n_features; k++)
    if (f->counterpart[k] >= 0)
      value[k] = f->value[f->counterpart[k]];
  return status;
}
