// SPDX-License-Identifier: Apache-2.0
#include "texture/registry.h"
#include "texture/tally.h"
#include "texture/zones.h"

// In the order of rc_tally_feature.
//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(SZE, "szm_sze", "Small zone emphasis", "5QRC", RC_FU_NONE, "mean of 1 / size^2")               \
  X(LZE, "szm_lze", "Large zone emphasis", "48P8", RC_FU_NONE, "mean of size^2")                   \
  X(LGZE, "szm_lgze", "Low grey level zone emphasis", "XMSY", RC_FU_NONE, "mean of 1 / level^2")   \
  X(HGZE, "szm_hgze", "High grey level zone emphasis", "5GN9", RC_FU_LEVEL2, "mean of level^2")    \
  X(SZLGE, "szm_szlge", "Small zone low grey level emphasis", "5RAI", RC_FU_NONE,                  \
    "mean of 1 / (level^2 size^2)")                                                                \
  X(SZHGE, "szm_szhge", "Small zone high grey level emphasis", "HW1V", RC_FU_LEVEL2,               \
    "mean of level^2 / size^2")                                                                    \
  X(LZLGE, "szm_lzlge", "Large zone low grey level emphasis", "YH51", RC_FU_NONE,                  \
    "mean of size^2 / level^2")                                                                    \
  X(LZHGE, "szm_lzhge", "Large zone high grey level emphasis", "J17V", RC_FU_LEVEL2,               \
    "mean of level^2 size^2")                                                                      \
  X(GLNU, "szm_glnu", "Grey level non-uniformity", "JNSA", RC_FU_NONE,                             \
    "sum over levels of squared zone counts, per zone")                                            \
  X(GLNU_NORM, "szm_glnu_norm", "Normalised grey level non-uniformity", "Y1RO", RC_FU_NONE,        \
    "the same per squared number of zones")                                                        \
  X(ZSNU, "szm_zsnu", "Zone size non-uniformity", "4JP3", RC_FU_NONE,                              \
    "sum over sizes of squared zone counts, per zone")                                             \
  X(ZSNU_NORM, "szm_zsnu_norm", "Normalised zone size non-uniformity", "VB3A", RC_FU_NONE,         \
    "the same per squared number of zones")                                                        \
  X(Z_PERC, "szm_z_perc", "Zone percentage", "P30P", RC_FU_NONE, "zones per voxel")                \
  X(GL_VAR, "szm_gl_var", "Grey level variance", "BYLV", RC_FU_LEVEL2,                             \
    "variance of the level of a zone")                                                             \
  X(ZS_VAR, "szm_zs_var", "Zone size variance", "3NSA", RC_FU_NONE, "variance of zone size")       \
  X(ZS_ENTR, "szm_zs_entr", "Zone size entropy", "GU8N", RC_FU_BIT,                                \
    "entropy of the pair level and size")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };
_Static_assert((int)N_FEATURES == (int)RC_TALLY_SHARED && (int)ZS_ENTR == (int)RC_TALLY_ENTROPY &&
                   (int)Z_PERC == (int)RC_TALLY_PERCENTAGE,
               "features are listed in the order of rc_tally_feature");

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

static void measure_size(const rc_level_grid *grid, bool solid, const rc_zones *zones,
                         void *context, uint32_t *size) {
  (void)solid;
  (void)context;
  for (int64_t r = 0; r < grid->size[1] * grid->size[2]; r++)
    for (int64_t v = r * grid->size[0] + grid->first[r]; v < r * grid->size[0] + grid->last[r]; v++)
      if (grid->level[v] != 0)
        size[zones->zone[v]]++;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)settings;
  return rc_zones_compute(roi, aggregations, measure_size, NULL, arena, out, err);
}

const rc_family rc_family_glszm = {
    .profile = RC_PROFILE_IBSI,
    .key = "glszm",
    .name = "Grey level size zone matrix",
    .ibsi = "9SAK",
    .source = "IBSI-1 section 3.8",
    .aggregations = RC_AGG_ZONAL,
    .feature = features,
    .n_features = N_FEATURES,
    .params = NULL,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
};
