// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' size zone class: IBSI-1's matrix by volume, or with force_2d by slice and merged.
#include "texture/pyradiomics.h"
#include "texture/registry.h"

//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(GLNU, "GrayLevelNonUniformity", "Grey level non-uniformity", "JNSA", RC_FU_NONE,               \
    "sum over levels of squared zone counts, per zone")                                            \
  X(GLNU_NORM, "GrayLevelNonUniformityNormalized", "Normalised grey level non-uniformity", "Y1RO", \
    RC_FU_NONE, "the same per squared number of zones")                                            \
  X(GL_VAR, "GrayLevelVariance", "Grey level variance", "BYLV", RC_FU_LEVEL2,                      \
    "variance of the level of a zone")                                                             \
  X(HGZE, "HighGrayLevelZoneEmphasis", "High grey level zone emphasis", "5GN9", RC_FU_LEVEL2,      \
    "mean of level^2")                                                                             \
  X(LAE, "LargeAreaEmphasis", "Large area emphasis", "48P8", RC_FU_NONE, "mean of size^2")         \
  X(LAHGE, "LargeAreaHighGrayLevelEmphasis", "Large area high grey level emphasis", "J17V",        \
    RC_FU_LEVEL2, "mean of level^2 size^2")                                                        \
  X(LALGE, "LargeAreaLowGrayLevelEmphasis", "Large area low grey level emphasis", "YH51",          \
    RC_FU_NONE, "mean of size^2 / level^2")                                                        \
  X(LGZE, "LowGrayLevelZoneEmphasis", "Low grey level zone emphasis", "XMSY", RC_FU_NONE,          \
    "mean of 1 / level^2")                                                                         \
  X(SZNU, "SizeZoneNonUniformity", "Size zone non-uniformity", "4JP3", RC_FU_NONE,                 \
    "sum over sizes of squared zone counts, per zone")                                             \
  X(SZNU_NORM, "SizeZoneNonUniformityNormalized", "Normalised size zone non-uniformity", "VB3A",   \
    RC_FU_NONE, "the same per squared number of zones")                                            \
  X(SAE, "SmallAreaEmphasis", "Small area emphasis", "5QRC", RC_FU_NONE, "mean of 1 / size^2")     \
  X(SAHGE, "SmallAreaHighGrayLevelEmphasis", "Small area high grey level emphasis", "HW1V",        \
    RC_FU_LEVEL2, "mean of level^2 / size^2")                                                      \
  X(SALGE, "SmallAreaLowGrayLevelEmphasis", "Small area low grey level emphasis", "5RAI",          \
    RC_FU_NONE, "mean of 1 / (level^2 size^2)")                                                    \
  X(ENTROPY, "ZoneEntropy", "Zone entropy", "GU8N", RC_FU_BIT,                                     \
    "entropy of the pair level and size")                                                          \
  X(PERCENTAGE, "ZonePercentage", "Zone percentage", "P30P", RC_FU_NONE, "zones per voxel")        \
  X(VARIANCE, "ZoneVariance", "Zone variance", "3NSA", RC_FU_NONE, "variance of zone size")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

typedef struct glszm_settings {
  rc_pyradiomics_plane plane;
} glszm_settings;

static const rc_param params[] = {RC_PYRADIOMICS_PLANE_PARAMS(glszm_settings, plane)};
static const rc_param_table param_table = {"glszm", "Grey level size zone matrix.", params,
                                           sizeof params / sizeof params[0],
                                           sizeof(glszm_settings)};

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  const rc_pyradiomics_plane *plane = &((const glszm_settings *)settings)->plane;
  rc_roi oriented;
  (void)aggregations;
  rc_status status = rc_pyradiomics_orient(roi, plane, arena, &oriented, err);
  if (status != RC_OK)
    return status;
  return rc_pyradiomics_compute(&rc_family_glszm, &oriented, NULL,
                                plane->force_2d ? RC_AGG_2_5D : RC_AGG_3D, arena,
                                &rc_family_pyradiomics_glszm, out, err);
}

const rc_family rc_family_pyradiomics_glszm = {
    .profile = RC_PROFILE_PYRADIOMICS,
    .key = "glszm",
    .name = "Grey level size zone matrix",
    .ibsi = "9SAK",
    .source = RC_PYRADIOMICS_SOURCE,
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .params = &param_table,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
};
