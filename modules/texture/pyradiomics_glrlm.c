// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' run length class: features of IBSI-1's matrix of each direction, averaged, or those
// of the directions' weighted sum. A direction in which no line holds two voxels of the region is
// left out.
#include "texture/glrlm.h"
#include "texture/pyradiomics.h"
#include "texture/registry.h"
#include "texture/tally.h"

#include <math.h>

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(GLNU, "GrayLevelNonUniformity", "Grey level non-uniformity", "R5YN", RC_FU_NONE,               \
    "sum over levels of squared run counts, per run")                                              \
  X(GLNU_NORM, "GrayLevelNonUniformityNormalized", "Normalised grey level non-uniformity", "OVBL", \
    RC_FU_NONE, "the same per squared number of runs")                                             \
  X(GL_VAR, "GrayLevelVariance", "Grey level variance", "8CE5", RC_FU_LEVEL2,                      \
    "variance of the level of a run")                                                              \
  X(HGRE, "HighGrayLevelRunEmphasis", "High grey level run emphasis", "G3QZ", RC_FU_LEVEL2,        \
    "mean of level^2")                                                                             \
  X(LRE, "LongRunEmphasis", "Long run emphasis", "W4KF", RC_FU_NONE, "mean of length^2")           \
  X(LRHGE, "LongRunHighGrayLevelEmphasis", "Long run high grey level emphasis", "3KUM",            \
    RC_FU_LEVEL2, "mean of level^2 length^2")                                                      \
  X(LRLGE, "LongRunLowGrayLevelEmphasis", "Long run low grey level emphasis", "IVPO", RC_FU_NONE,  \
    "mean of length^2 / level^2")                                                                  \
  X(LGRE, "LowGrayLevelRunEmphasis", "Low grey level run emphasis", "V3SW", RC_FU_NONE,            \
    "mean of 1 / level^2")                                                                         \
  X(ENTROPY, "RunEntropy", "Run entropy", "HJ9O", RC_FU_BIT,                                       \
    "entropy of the pair level and length")                                                        \
  X(RLNU, "RunLengthNonUniformity", "Run length non-uniformity", "W92Y", RC_FU_NONE,               \
    "sum over lengths of squared run counts, per run")                                             \
  X(RLNU_NORM, "RunLengthNonUniformityNormalized", "Normalised run length non-uniformity", "IC23", \
    RC_FU_NONE, "the same per squared number of runs")                                             \
  X(PERCENTAGE, "RunPercentage", "Run percentage", "9ZK5", RC_FU_NONE, "runs per voxel")           \
  X(VARIANCE, "RunVariance", "Run variance", "SXLW", RC_FU_NONE, "variance of run length")         \
  X(SRE, "ShortRunEmphasis", "Short run emphasis", "22OV", RC_FU_NONE, "mean of 1 / length^2")     \
  X(SRHGE, "ShortRunHighGrayLevelEmphasis", "Short run high grey level emphasis", "GD3A",          \
    RC_FU_LEVEL2, "mean of level^2 / length^2")                                                    \
  X(SRLGE, "ShortRunLowGrayLevelEmphasis", "Short run low grey level emphasis", "HTZT",            \
    RC_FU_NONE, "mean of 1 / (level^2 length^2)")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

typedef struct glrlm_settings {
  int weighting;
  rc_pyradiomics_plane plane;
} glrlm_settings;

static const rc_param params[] = {RC_PYRADIOMICS_WEIGHTING_PARAM(glrlm_settings, weighting),
                                  RC_PYRADIOMICS_PLANE_PARAMS(glrlm_settings, plane)};
static const rc_param_table param_table = {"glrlm", "Grey level run length matrix.", params,
                                           sizeof params / sizeof params[0],
                                           sizeof(glrlm_settings)};

static bool inside(const rc_level_grid *grid, const int64_t at[3]) {
  for (int d = 0; d < 3; d++)
    if (at[d] < 0 || at[d] >= grid->size[d])
      return false;
  return true;
}

/// Is there another voxel of the region further along the direction?
static bool has_next(const rc_level_grid *grid, const int step[3], int64_t x, int64_t y,
                     int64_t z) {
  int64_t at[3] = {x + step[0], y + step[1], z + step[2]};
  for (; inside(grid, at); at[0] += step[0], at[1] += step[1], at[2] += step[2])
    if (grid->level[at[0] + at[1] * grid->step[1] + at[2] * grid->step[2]] != 0)
      return true;
  return false;
}

/// Does any line along the direction hold two voxels of the region? As a rule the first voxel
/// looked at tells.
static bool has_lines(const rc_level_grid *grid, const int step[3]) {
  for (int64_t z = 0; z < grid->size[2]; z++)
    for (int64_t y = 0; y < grid->size[1]; y++) {
      int64_t r = y + grid->size[1] * z;
      for (int64_t x = grid->first[r]; x < grid->last[r]; x++)
        if (grid->level[x + r * grid->size[0]] != 0 && has_next(grid, step, x, y, z))
          return true;
    }
  return false;
}

/// The features of each direction that counts, averaged.
static rc_status average(const rc_level_grid *grid, int n, rc_arena *arena, double *value,
                         rc_error *err) {
  double row[RC_DIRECTIONS_3D][RC_TALLY_SHARED];
  rc_status status = rc_glrlm_rows(grid, n, arena, row[0], err);
  if (status != RC_OK)
    return status;
  for (int d = 0; d < n; d++)
    if (!has_lines(grid, rc_direction[d]))
      row[d][0] = NAN;
  rc_mean_of_rows(row[0], n, RC_TALLY_SHARED, value);
  return RC_OK;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const glrlm_settings *set = settings;
  const int n = set->plane.force_2d ? RC_DIRECTIONS_2D : RC_DIRECTIONS_3D;
  rc_roi oriented;
  rc_level_grid grid;
  double value[RC_TALLY_SHARED], weight[RC_DIRECTIONS_3D] = {0};
  (void)aggregations;
  rc_status status = rc_pyradiomics_orient(roi, &set->plane, arena, &oriented, err);
  if (status == RC_OK)
    status = rc_level_grid_create(&oriented, 1, RC_LEVELS_COMPACT, arena, &grid, err);
  if (status != RC_OK)
    return status;
  if (grid.n_voxels == 0) {
    out->undefined = rc_reason_empty_mask;
    return RC_OK;
  }
  if (set->weighting == RC_PYRADIOMICS_UNMERGED)
    status = average(&grid, n, arena, value, err);
  else {
    for (int d = 0; d < n; d++)
      if (has_lines(&grid, rc_direction[d]))
        weight[d] =
            rc_pyradiomics_length(set->weighting, rc_direction[d], oriented.grid.spacing_mm);
    status = rc_glrlm_weighted(&grid, n, weight, arena, value, err);
  }
  if (status != RC_OK)
    return status;
  rc_pyradiomics_take(&rc_family_glrlm, value, &rc_family_pyradiomics_glrlm, out->value);
  if (isnan(out->value[0]))
    out->undefined = "no line holds two voxels of the intensity mask";
  return RC_OK;
}

// ---- Sliding ----

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  const glrlm_settings *set = wish->params;
  if (set->weighting != RC_PYRADIOMICS_UNMERGED || set->plane.force_2d)
    return RC_OK;
  return rc_glrlm_follow(window, arena, state, err);
}

/// Is there another voxel of the window further along the direction? `v` is in the plane at x.
static bool window_has_next(const rc_window *w, const int step[3], int64_t x, int64_t v) {
  int64_t y = v % w->stride + step[1], z = v / w->stride + step[2];
  for (x += step[0];
       x >= w->first && x <= w->last && y >= 1 && y <= w->side && z >= 1 && z <= w->side;
       x += step[0], y += step[1], z += step[2])
    if (rc_window_plane(w, x)[y + z * w->stride] != 0)
      return true;
  return false;
}

/// As has_lines, of the window.
static bool window_has_lines(const rc_window *w, const int step[3]) {
  for (int64_t x = w->first; x <= w->last; x++) {
    const uint16_t *plane = rc_window_plane(w, x);
    for (int64_t z = 1; z <= w->side; z++)
      for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++)
        if (plane[v] != 0 && window_has_next(w, step, x, v))
          return true;
  }
  return false;
}

static rc_status finish(void *state, const rc_window *window, double *value, rc_error *err) {
  double row[RC_DIRECTIONS_3D][RC_TALLY_SHARED], mean[RC_TALLY_SHARED];
  (void)err;
  for (int d = 0; d < RC_DIRECTIONS_3D; d++)
    if (window_has_lines(window, rc_direction[d]))
      rc_glrlm_followed(state, window, d, row[d]);
    else
      row[d][0] = NAN;
  rc_mean_of_rows(row[0], RC_DIRECTIONS_3D, RC_TALLY_SHARED, mean);
  rc_pyradiomics_take(&rc_family_glrlm, mean, &rc_family_pyradiomics_glrlm, value);
  return RC_OK;
}

static const rc_sliding sliding = {follow, rc_glrlm_add, rc_glrlm_remove, finish};

const rc_family rc_family_pyradiomics_glrlm = {
    .profile = RC_PROFILE_PYRADIOMICS,
    .key = "glrlm",
    .name = "Grey level run length matrix",
    .ibsi = "TP0I",
    .source = RC_PYRADIOMICS_SOURCE,
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .params = &param_table,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
    .sliding = &sliding,
};
