// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' grey tone difference class: IBSI-1's matrix by volume, or with force_2d by slice and
// merged, but for voxels without a neighbour, which it counts with a difference of 0, and the
// ceiling of coarseness, which it gives to flat regions only.
#include "texture/ngtdm.h"
#include "texture/pyradiomics.h"
#include "texture/registry.h"

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(BUSYNESS, "Busyness", "Busyness", "NQ30", RC_FU_NONE,                                          \
    "weighted grey tone difference over differences of weighted levels")                           \
  X(COARSENESS, "Coarseness", "Coarseness", "QCDE", RC_FU_NONE,                                    \
    "1 over the mean grey tone difference weighted by level probability; 10^6 where that is 0")    \
  X(COMPLEXITY, "Complexity", "Complexity", "HDEZ", RC_FU_NONE,                                    \
    "level differences weighted by their grey tone differences")                                   \
  X(CONTRAST, "Contrast", "Contrast", "65HE", RC_FU_NONE,                                          \
    "spread of levels times mean grey tone difference")                                            \
  X(STRENGTH, "Strength", "Strength", "1X9X", RC_FU_NONE,                                          \
    "squared level differences over grey tone differences")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

typedef struct ngtdm_settings {
  uint64_t distances;
  rc_pyradiomics_plane plane;
} ngtdm_settings;

static const rc_param params[] = {RC_PYRADIOMICS_DISTANCES_PARAM(ngtdm_settings, distances),
                                  RC_PYRADIOMICS_PLANE_PARAMS(ngtdm_settings, plane)};
static const rc_param_table param_table = {"ngtdm", "Neighbourhood grey tone difference matrix.",
                                           params, sizeof params / sizeof params[0],
                                           sizeof(ngtdm_settings)};

static rc_ngtdm_settings settings_of(const ngtdm_settings *set) {
  return (rc_ngtdm_settings){.distance = rc_pyradiomics_farthest(set->distances),
                             .shells = set->distances,
                             .pyradiomics = true};
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const ngtdm_settings *set = settings;
  const rc_ngtdm_settings matrix = settings_of(set);
  rc_roi oriented;
  (void)aggregations;
  rc_status status = rc_pyradiomics_orient(roi, &set->plane, arena, &oriented, err);
  if (status != RC_OK)
    return status;
  return rc_pyradiomics_compute(&rc_family_ngtdm, &oriented, &matrix,
                                set->plane.force_2d ? RC_AGG_2_5D : RC_AGG_3D, arena,
                                &rc_family_pyradiomics_ngtdm, out, err);
}

static rc_status follow(const rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                        void **state, rc_error *err) {
  const ngtdm_settings *set = wish->params;
  const rc_ngtdm_settings matrix = settings_of(set);
  if (set->plane.force_2d)
    return RC_OK;
  return rc_pyradiomics_follow(&rc_family_ngtdm, window, &matrix, sizeof matrix, RC_AGG_3D,
                               &rc_family_pyradiomics_ngtdm, arena, state, err);
}

static const rc_sliding sliding = {follow, rc_pyradiomics_add, rc_pyradiomics_remove,
                                   rc_pyradiomics_finish};

const rc_family rc_family_pyradiomics_ngtdm = {
    .profile = RC_PROFILE_PYRADIOMICS,
    .key = "ngtdm",
    .name = "Neighbourhood grey tone difference matrix",
    .ibsi = "IPET",
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
