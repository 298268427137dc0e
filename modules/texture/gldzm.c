// SPDX-License-Identifier: Apache-2.0
#include "texture/registry.h"
#include "texture/tally.h"
#include "texture/zones.h"

// In the order of rc_tally_feature.
//    enumerator, tag, name, IBSI code, unit, definition
#define FEATURES(X)                                                                                \
  X(SDE, "dzm_sde", "Small distance emphasis", "0GBI", RC_FU_NONE, "mean of 1 / distance^2")       \
  X(LDE, "dzm_lde", "Large distance emphasis", "MB4I", RC_FU_NONE, "mean of distance^2")           \
  X(LGZE, "dzm_lgze", "Low grey level zone emphasis", "S1RA", RC_FU_NONE, "mean of 1 / level^2")   \
  X(HGZE, "dzm_hgze", "High grey level zone emphasis", "K26C", RC_FU_LEVEL2, "mean of level^2")    \
  X(SDLGE, "dzm_sdlge", "Small distance low grey level emphasis", "RUVG", RC_FU_NONE,              \
    "mean of 1 / (level^2 distance^2)")                                                            \
  X(SDHGE, "dzm_sdhge", "Small distance high grey level emphasis", "DKNJ", RC_FU_LEVEL2,           \
    "mean of level^2 / distance^2")                                                                \
  X(LDLGE, "dzm_ldlge", "Large distance low grey level emphasis", "A7WM", RC_FU_NONE,              \
    "mean of distance^2 / level^2")                                                                \
  X(LDHGE, "dzm_ldhge", "Large distance high grey level emphasis", "KLTH", RC_FU_LEVEL2,           \
    "mean of level^2 distance^2")                                                                  \
  X(GLNU, "dzm_glnu", "Grey level non-uniformity", "VFT7", RC_FU_NONE,                             \
    "sum over levels of squared zone counts, per zone")                                            \
  X(GLNU_NORM, "dzm_glnu_norm", "Normalised grey level non-uniformity", "7HP3", RC_FU_NONE,        \
    "the same per squared number of zones")                                                        \
  X(ZDNU, "dzm_zdnu", "Zone distance non-uniformity", "V294", RC_FU_NONE,                          \
    "sum over distances of squared zone counts, per zone")                                         \
  X(ZDNU_NORM, "dzm_zdnu_norm", "Normalised zone distance non-uniformity", "IATH", RC_FU_NONE,     \
    "the same per squared number of zones")                                                        \
  X(Z_PERC, "dzm_z_perc", "Zone percentage", "VIWW", RC_FU_NONE, "zones per voxel")                \
  X(GL_VAR, "dzm_gl_var", "Grey level variance", "QK93", RC_FU_LEVEL2,                             \
    "variance of the level of a zone")                                                             \
  X(ZD_VAR, "dzm_zd_var", "Zone distance variance", "7WT1", RC_FU_NONE,                            \
    "variance of the distance to the border")                                                      \
  X(ZD_ENTR, "dzm_zd_entr", "Zone distance entropy", "GBDU", RC_FU_BIT,                            \
    "entropy of the pair level and distance")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };
_Static_assert((int)N_FEATURES == (int)RC_TALLY_SHARED && (int)ZD_ENTR == (int)RC_TALLY_ENTROPY &&
                   (int)Z_PERC == (int)RC_TALLY_PERCENTAGE,
               "features are listed in the order of rc_tally_feature");

static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

/// The distance map and what it is made from.
typedef struct distance_map {
  const rc_roi *roi;
  uint16_t *distance; ///< the region's grid
} distance_map;

static uint16_t lower(uint16_t a, uint16_t b) {
  return a < b ? a : b;
}

/// One sweep over the voxels in the direction of `sign`: a voxel is at most one further from the
/// outside than those before it. Beyond the grid is outside.
static void sweep(const rc_roi *roi, bool solid, int64_t sign, uint16_t *distance) {
  const int64_t *size = roi->grid.size;
  const int64_t row = size[0], slice = size[0] * size[1], n = slice * size[2];
  int64_t v = sign > 0 ? 0 : n - 1;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, v += sign) {
        if (roi->morph[v] == 0)
          continue;
        uint16_t before = x > 0 ? distance[v - sign] : 0;
        before = lower(before, y > 0 ? distance[v - sign * row] : 0);
        if (solid)
          before = lower(before, z > 0 ? distance[v - sign * slice] : 0);
        distance[v] = lower(distance[v], (uint16_t)(lower(before, UINT16_MAX - 1) + 1));
      }
}

/// City-block distance to the outside of the morphological mask, 1 at its border: two sweeps are
/// exact. Within slices, or in the volume.
static void map_distance(const distance_map *map, bool solid) {
  const int64_t *size = map->roi->grid.size;
  int64_t n = size[0] * size[1] * size[2];
  for (int64_t v = 0; v < n; v++)
    map->distance[v] = map->roi->morph[v] != 0 ? UINT16_MAX : 0;
  sweep(map->roi, solid, 1, map->distance);
  sweep(map->roi, solid, -1, map->distance);
}

/// The lowest distance of a zone's voxels.
static void measure_distance(const rc_level_grid *grid, bool solid, const uint32_t *label,
                             void *context, uint32_t *value) {
  const distance_map *map = context;
  const int64_t *size = map->roi->grid.size;
  map_distance(map, solid);
  for (int64_t z = grid->margin; z < grid->size[2] - grid->margin; z++)
    for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
      int64_t r = y + grid->size[1] * z;
      int64_t from = grid->low[0] + size[0] * (y + grid->low[1] + size[1] * (z + grid->low[2]));
      const uint16_t *distance = map->distance + from;
      for (int64_t x = grid->first[r]; x < grid->last[r]; x++) {
        int64_t v = r * grid->size[0] + x;
        if (grid->level[v] == 0)
          continue;
        // A voxel outside the morphological mask would have 0; sizes start at 1.
        uint32_t here = distance[x] > 0 ? distance[x] : 1;
        uint32_t *lowest = &value[label[v]];
        if (*lowest == 0 || here < *lowest)
          *lowest = here;
      }
    }
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)settings;
  size_t n = (size_t)rc_geometry_voxels(&roi->grid);
  distance_map map = {roi, rc_arena_alloc(arena, n, sizeof *map.distance)};
  if (map.distance == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a distance map");
  return rc_zones_compute(roi, aggregations, measure_distance, &map, arena, out, err);
}

const rc_family rc_family_gldzm = {
    .key = "gldzm",
    .name = "Grey level distance zone matrix",
    .ibsi = "VMDZ",
    .source = "IBSI-1 section 3.9",
    .aggregations = RC_AGG_ZONAL,
    .feature = features,
    .n_features = N_FEATURES,
    .params = NULL,
    .needs_levels = true,
    .by_default = true,
    .compute = compute,
};
