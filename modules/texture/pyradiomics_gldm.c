// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' dependence class: IBSI-1's neighbouring grey level dependence matrix by volume, or
// with force_2d by slice and merged. Neighbours lie at any of the distances asked for, in IBSI-1 at
// all up to one.
#include "texture/ngldm.h"
#include "texture/pyradiomics.h"
#include "texture/registry.h"

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(ENTROPY, "DependenceEntropy", "Dependence entropy", "FCBV", RC_FU_BIT,                         \
    "entropy of the pair level and dependence")                                                    \
  X(DNU, "DependenceNonUniformity", "Dependence non-uniformity", "Z87G", RC_FU_NONE,               \
    "sum over dependences of squared voxel counts, per voxel")                                     \
  X(DNU_NORM, "DependenceNonUniformityNormalized", "Normalised dependence non-uniformity", "OKJI", \
    RC_FU_NONE, "the same per squared number of voxels")                                           \
  X(VARIANCE, "DependenceVariance", "Dependence variance", "DNX2", RC_FU_NONE,                     \
    "variance of dependence")                                                                      \
  X(GLNU, "GrayLevelNonUniformity", "Grey level non-uniformity", "FP8K", RC_FU_NONE,               \
    "sum over levels of squared voxel counts, per voxel")                                          \
  X(GL_VAR, "GrayLevelVariance", "Grey level variance", "1PFV", RC_FU_LEVEL2,                      \
    "variance of the level of a voxel")                                                            \
  X(HGLE, "HighGrayLevelEmphasis", "High grey level emphasis", "OAE7", RC_FU_LEVEL2,               \
    "mean of level^2")                                                                             \
  X(LDE, "LargeDependenceEmphasis", "Large dependence emphasis", "IMOQ", RC_FU_NONE,               \
    "mean of dependence^2")                                                                        \
  X(LDHGLE, "LargeDependenceHighGrayLevelEmphasis", "Large dependence high grey level emphasis",   \
    "9QMG", RC_FU_LEVEL2, "mean of level^2 dependence^2")                                          \
  X(LDLGLE, "LargeDependenceLowGrayLevelEmphasis", "Large dependence low grey level emphasis",     \
    "NBZI", RC_FU_NONE, "mean of dependence^2 / level^2")                                          \
  X(LGLE, "LowGrayLevelEmphasis", "Low grey level emphasis", "TL9H", RC_FU_NONE,                   \
    "mean of 1 / level^2")                                                                         \
  X(SDE, "SmallDependenceEmphasis", "Small dependence emphasis", "SODN", RC_FU_NONE,               \
    "mean of 1 / dependence^2")                                                                    \
  X(SDHGLE, "SmallDependenceHighGrayLevelEmphasis", "Small dependence high grey level emphasis",   \
    "JA6D", RC_FU_LEVEL2, "mean of level^2 / dependence^2")                                        \
  X(SDLGLE, "SmallDependenceLowGrayLevelEmphasis", "Small dependence low grey level emphasis",     \
    "EQ3F", RC_FU_NONE, "mean of 1 / (level^2 dependence^2)")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

typedef struct gldm_settings {
  uint64_t distances;
  int64_t alpha;
  rc_pyradiomics_plane plane;
} gldm_settings;

static const rc_param params[] = {
    RC_PYRADIOMICS_DISTANCES_PARAM(gldm_settings, distances),
    {"alpha", RC_PARAM_INT, offsetof(gldm_settings, alpha), 0, 65535, "levels", NULL, "0",
     "PyRadiomics' gldm_a: a neighbour depends on the centre when their levels differ by no more."},
    RC_PYRADIOMICS_PLANE_PARAMS(gldm_settings, plane)};
static const rc_param_table param_table = {"gldm", "Grey level dependence matrix.", params,
                                           sizeof params / sizeof params[0], sizeof(gldm_settings)};

static rc_ngldm_settings settings_of(const gldm_settings *set) {
  return (rc_ngldm_settings){.distance = rc_pyradiomics_farthest(set->distances),
                             .alpha = set->alpha,
                             .shells = set->distances};
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const gldm_settings *set = settings;
  const rc_ngldm_settings matrix = settings_of(set);
  rc_roi oriented;
  (void)aggregations;
  rc_status status = rc_pyradiomics_orient(roi, &set->plane, arena, &oriented, err);
  if (status != RC_OK)
    return status;
  return rc_pyradiomics_compute(&rc_family_ngldm, &oriented, &matrix,
                                set->plane.force_2d ? RC_AGG_2_5D : RC_AGG_3D, arena,
                                &rc_family_pyradiomics_gldm, out, err);
}

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  const gldm_settings *set = wish->params;
  const rc_ngldm_settings matrix = settings_of(set);
  if (set->plane.force_2d)
    return RC_OK;
  return rc_pyradiomics_follow(&rc_family_ngldm, window, &matrix, sizeof matrix, RC_AGG_3D,
                               &rc_family_pyradiomics_gldm, arena, state, err);
}

static const rc_sliding sliding = {follow, rc_pyradiomics_add, rc_pyradiomics_remove,
                                   rc_pyradiomics_finish};

const rc_family rc_family_pyradiomics_gldm = {
    .profile = RC_PROFILE_PYRADIOMICS,
    .key = "gldm",
    .name = "Grey level dependence matrix",
    .ibsi = "REK0",
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
