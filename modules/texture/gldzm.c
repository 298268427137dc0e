// SPDX-License-Identifier: Apache-2.0
#include "base/clones.h"
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

/// City-block distances to the outside of the morphological mask, 1 at its border, on the box of
/// the mask with a margin of one voxel.
typedef struct distance_map {
  int64_t low[3];     ///< index in the region's grid of the map's voxel (0, 0, 0)
  int64_t size[3];    ///< margins included
  int64_t step[3];    ///< in memory
  uint16_t *distance; ///< 0 outside the mask
} distance_map;

static int64_t min64(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/// The box of the morphological mask, empty (high <= low) when the mask is.
static rc_box mask_box(const rc_roi *roi) {
  const int64_t *size = roi->grid.size;
  rc_box box = {{size[0], size[1], size[2]}, {0, 0, 0}};
  const uint8_t *row = roi->morph;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++, row += size[0]) {
      int64_t first = 0, last = size[0];
      unsigned any = 0;
      for (int64_t x = 0; x < size[0]; x++)
        any |= row[x];
      if (any == 0)
        continue;
      while (row[first] == 0)
        first++;
      while (row[last - 1] == 0)
        last--;
      const int64_t low[3] = {first, y, z}, high[3] = {last, y + 1, z + 1};
      for (int d = 0; d < 3; d++) {
        box.low[d] = min64(box.low[d], low[d]);
        box.high[d] = max64(box.high[d], high[d]);
      }
    }
  return box;
}

static rc_status map_create(const rc_roi *roi, rc_arena *arena, distance_map *map, rc_error *err) {
  rc_box box = mask_box(roi);
  int64_t n = 1;
  for (int d = 0; d < 3; d++) {
    map->low[d] = box.low[d] - 1;
    map->size[d] = max64(box.high[d] - box.low[d], 0) + 2;
    map->step[d] = n;
    n *= map->size[d];
  }
  map->distance = rc_arena_alloc(arena, (size_t)n, sizeof *map->distance);
  if (map->distance == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a distance map");
  return RC_OK;
}

/// Where row (y, z) of the map begins.
static uint16_t *map_row(const distance_map *map, int64_t y, int64_t z) {
  return map->distance + y * map->step[1] + z * map->step[2];
}

/// A voxel is at most one further away than its neighbour in another row.
RC_CLONES static void relax(uint16_t *restrict row, const uint16_t *restrict near, int64_t n) {
  for (int64_t x = 0; x < n; x++) {
    uint16_t next = (uint16_t)(near[x] + 1);
    row[x] = row[x] < next ? row[x] : next;
  }
}

/// Distances along a row of the mask: to the nearer end of each run of voxels.
static void measure_row(const uint8_t *mask, uint16_t *row, int64_t n) {
  for (int64_t x = 0; x < n; x++) {
    if (mask[x] == 0) {
      row[x] = 0;
      continue;
    }
    const int64_t first = x;
    while (x < n && mask[x] != 0)
      x++;
    for (int64_t k = first; k < x; k++) {
      uint16_t before = (uint16_t)(k - first + 1), after = (uint16_t)(x - k);
      row[k] = before < after ? before : after;
    }
    x--;
  }
}

/// Distances to the outside within slice z: along x, then along y.
static void map_slice(const distance_map *map, const rc_roi *roi, int64_t z) {
  const int64_t *size = roi->grid.size, nx = map->size[0], ny = map->size[1];
  for (int64_t y = 1; y < ny - 1; y++) {
    const uint8_t *mask = roi->morph + size[0] * (y + map->low[1] + size[1] * (z + map->low[2]));
    measure_row(mask + map->low[0] + 1, map_row(map, y, z) + 1, nx - 2);
    relax(map_row(map, y, z), map_row(map, y - 1, z), nx);
  }
  for (int64_t y = ny - 2; y >= 1; y--)
    relax(map_row(map, y, z), map_row(map, y + 1, z), nx);
}

/// Smaller maps are not worth more threads.
#define VOXELS_WORTH_THREADS 50000

/// City-block distances are found along one axis after the other.
static void map_distances(const distance_map *map, const rc_roi *roi, bool solid) {
  const int64_t *size = map->size;
  const bool threads = map->step[2] * size[2] > VOXELS_WORTH_THREADS;
#pragma omp parallel for schedule(static) if (threads)
  for (int64_t z = 1; z < size[2] - 1; z++)
    map_slice(map, roi, z);
#pragma omp parallel for schedule(static) if (threads && solid)
  for (int64_t y = 1; y < (solid ? size[1] - 1 : 0); y++) {
    for (int64_t z = 1; z < size[2] - 1; z++)
      relax(map_row(map, y, z), map_row(map, y, z - 1), size[0]);
    for (int64_t z = size[2] - 2; z >= 1; z--)
      relax(map_row(map, y, z), map_row(map, y, z + 1), size[0]);
  }
}

typedef struct depth_context {
  const rc_roi *roi;
  const distance_map *map;
} depth_context;

static void measure_slice(const rc_level_grid *grid, const rc_zones *zones, const distance_map *map,
                          int64_t z, uint32_t *value) {
  for (int64_t y = grid->margin; y < grid->size[1] - grid->margin; y++) {
    int64_t r = y + grid->size[1] * z;
    const uint16_t *distance =
        map_row(map, y + grid->low[1] - map->low[1], z + grid->low[2] - map->low[2]) +
        grid->low[0] - map->low[0];
    for (int64_t x = grid->first[r]; x < grid->last[r]; x++) {
      int64_t v = r * grid->size[0] + x;
      if (grid->level[v] == 0)
        continue;
      uint32_t *lowest = &value[zones->zone[v]];
      if (*lowest == 0 || distance[x] < *lowest)
        *lowest = distance[x];
    }
  }
}

/// The lowest distance of a zone's voxels.
static void measure_distance(const rc_level_grid *grid, bool solid, const rc_zones *zones,
                             void *context, uint32_t *value) {
  const depth_context *depth = context;
  const bool threads = !solid && grid->n_voxels > VOXELS_WORTH_THREADS; // zones within slices
  map_distances(depth->map, depth->roi, solid);
#pragma omp parallel for schedule(static) if (threads)
  for (int64_t z = grid->margin; z < grid->size[2] - grid->margin; z++)
    measure_slice(grid, zones, depth->map, z, value);
}

/// The map covers the levels only if these lie inside the morphological mask.
static bool levels_inside(const rc_roi *roi) {
  int64_t n = rc_geometry_voxels(&roi->grid);
  unsigned outside = 0;
  for (int64_t v = 0; v < n; v++)
    outside |= (roi->texture.value[v] != 0) & (roi->morph[v] == 0);
  return outside == 0;
}

static rc_status compute(const rc_roi *roi, const void *settings, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)settings;
  distance_map map;
  if (!levels_inside(roi))
    return rc_fail(err, RC_ERR_INTERNAL, "the intensity mask leaves the morphological mask");
  rc_status status = map_create(roi, arena, &map, err);
  if (status != RC_OK)
    return status;
  depth_context depth = {roi, &map};
  return rc_zones_compute(roi, aggregations, measure_distance, &depth, arena, out, err);
}

const rc_family rc_family_gldzm = {
    .profile = RC_PROFILE_IBSI,
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
