// SPDX-License-Identifier: Apache-2.0
// The features of PyRadiomics' classes of one region, a line each:
//
//   pyradiomics_values IMAGE MASK LABEL width|count BIN [radius=VOXELS] [class.parameter=value ...]
//
// With a radius, feature maps: the name is followed by the values of all voxels of the mask. Grey
// levels are made here as PyRadiomics makes them: bins of a width whose edges are multiples of it,
// or a number of bins from the lowest to the highest intensity. No interpolation.
#include "images/images.h"
#include "processing/processing.h"
#include "texture/maps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// n bins from edge `low`; an intensity on an edge belongs to the bin above.
typedef struct bins {
  double low, width;
  int64_t n;
} bins;

static bins find_bins(const rc_roi *roi, const char *how, double size) {
  double low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < rc_geometry_voxels(&roi->grid); i++) {
    if (!roi->mask[i])
      continue;
    low = fmin(low, roi->intensity[i]);
    high = fmax(high, roi->intensity[i]);
  }
  if (strcmp(how, "count") == 0)
    return (bins){low, (high - low) / size, (int64_t)size};
  return (bins){low - (low - size * floor(low / size)), size, UINT16_MAX};
}

static uint16_t level_of(const bins *b, double value) {
  int64_t k = b->width > 0 ? (int64_t)floor((value - b->low) / b->width) : 0;
  while (k > 0 && b->low + (double)k * b->width > value)
    k--;
  while (b->low + (double)(k + 1) * b->width <= value && b->width > 0)
    k++;
  k = k < b->n - 1 ? k : b->n - 1; // the highest intensity belongs to the last bin
  return (uint16_t)(k + 1);
}

static rc_status discretise(const char *how, double size, rc_arena *arena, rc_roi *roi,
                            rc_error *err) {
  const bins b = find_bins(roi, how, size);
  int64_t n = rc_geometry_voxels(&roi->grid);
  uint16_t *level = rc_arena_alloc(arena, (size_t)n, sizeof *level);
  if (level == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  roi->texture = (rc_levels){.method = RC_DISCRETISE_FIXED_BIN_SIZE, .value = level};
  for (int64_t i = 0; i < n; i++) {
    if (!roi->mask[i])
      continue;
    level[i] = level_of(&b, roi->intensity[i]);
    roi->texture.n_levels = level[i] > roi->texture.n_levels ? level[i] : roi->texture.n_levels;
  }
  roi->texture.low = b.low;
  roi->texture.width = b.width;
  return RC_OK;
}

static rc_status prepare(char **argument, rc_arena *arena, rc_roi *roi, rc_error *err) {
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_processing_settings settings;
  rc_status status = rc_image_read(argument[0], NULL, NULL, NULL, &image, NULL, err);
  if (status == RC_OK)
    status = rc_mask_read(argument[1], argument[2], &image.geometry, NULL, &mask, err);
  if (status == RC_OK)
    status = rc_processing_defaults(arena, &settings, err);
  if (status == RC_OK) {
    settings.discretisation.method = RC_DISCRETISE_NONE;
    status = rc_roi_prepare(&image, &mask, &settings, 0, arena, roi, err);
  }
  rc_mask_release(&mask);
  rc_volume_release(&image);
  return status;
}

/// "glcm.weighting_norm=manhattan" or "glcm.distances=1,3".
static rc_status set_parameter(char *text, const rc_feature_settings *settings, rc_arena *arena,
                               rc_error *err) {
  char *key = strchr(text, '.'), *value = key == NULL ? NULL : strchr(key, '=');
  if (value == NULL)
    return rc_fail(err, RC_ERR_USAGE, "%s: expected class.parameter=value", text);
  *key++ = *value++ = '\0';
  const char *item[8];
  int64_t n = 0;
  for (char *at = strtok(value, ","); at != NULL && n < 8; at = strtok(NULL, ","))
    item[n++] = at;
  const rc_family_range range = rc_families_of(RC_PROFILE_PYRADIOMICS);
  for (int64_t i = range.first; i < range.end; i++) {
    if (strcmp(rc_families[i]->key, text) != 0)
      continue;
    const rc_param *param = rc_param_find(rc_families[i]->params, key);
    if (param == NULL)
      break;
    return rc_param_set(param, settings->params[i], item, n, arena, err);
  }
  return rc_fail(err, RC_ERR_USAGE, "there is no parameter %s.%s", text, key);
}

/// The features of the region as a whole.
static rc_status print_values(const rc_feature_settings *settings, const rc_roi *roi,
                              const rc_feature_column *column, int64_t n, rc_arena *arena,
                              rc_error *err) {
  const char *undefined;
  double *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  rc_status status = value == NULL
                         ? rc_fail(err, RC_ERR_MEMORY, "no memory")
                         : rc_features_compute(settings, roi, arena, value, &undefined, err);
  for (int64_t i = 0; i < n && status == RC_OK; i++)
    printf("%s %.17g\n", column[i].name, value[i]);
  if (status == RC_OK && undefined[0] != '\0')
    fprintf(stderr, "%s\n", undefined);
  return status;
}

/// The maps of all features that can be mapped.
static rc_status print_maps(rc_feature_settings *settings, const rc_roi *roi, int64_t radius,
                            rc_arena *arena, rc_error *err) {
  const int64_t n_voxels = rc_geometry_voxels(&roi->grid);
  rc_feature_column *column;
  int64_t n;
  for (int64_t i = 0; i < rc_n_families; i++)
    if (!rc_family_has_maps(rc_families[i]))
      settings->families &= ~(UINT64_C(1) << i);
  rc_status status = rc_feature_columns(settings, arena, &column, &n, err);
  if (status != RC_OK)
    return status;
  int64_t *all = rc_arena_alloc(arena, (size_t)n, sizeof *all);
  double **map = rc_arena_alloc(arena, (size_t)n, sizeof *map);
  double *voxel = rc_arena_alloc(arena, (size_t)(n * n_voxels), sizeof *voxel);
  if (all == NULL || map == NULL || voxel == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  for (int64_t c = 0; c < n; c++) {
    all[c] = c;
    map[c] = voxel + c * n_voxels;
  }
  const rc_map_request request = {settings, all, n, radius, false};
  status = rc_maps_compute(roi, &request, &arena, 1, map, err);
  for (int64_t c = 0; c < n && status == RC_OK; c++) {
    printf("%s", column[c].name);
    for (int64_t v = 0; v < n_voxels; v++)
      if (roi->mask[v])
        printf(" %.17g", map[c][v]);
    printf("\n");
  }
  return status;
}

static rc_status run(int argc, char **argv, rc_arena *arena, rc_error *err) {
  rc_roi roi;
  rc_feature_settings settings;
  rc_feature_column *column;
  double size, radius = 0;
  int64_t n;
  if (argc < 6 || !rc_parse_real(argv[5], &size) || !(size > 0.0))
    return rc_fail(err, RC_ERR_USAGE, "expected IMAGE MASK LABEL width|count BIN");
  rc_status status = prepare(argv + 1, arena, &roi, err);
  if (status == RC_OK)
    status = discretise(argv[4], size, arena, &roi, err);
  if (status == RC_OK)
    status = rc_feature_settings_default(RC_PROFILE_PYRADIOMICS, arena, &settings, err);
  for (int i = 6; i < argc && status == RC_OK; i++)
    if (strncmp(argv[i], "radius=", 7) != 0)
      status = set_parameter(argv[i], &settings, arena, err);
    else if (!rc_parse_real(argv[i] + 7, &radius))
      status = rc_fail(err, RC_ERR_USAGE, "%s: expected a number", argv[i]);
  if (status == RC_OK && radius > 0)
    return print_maps(&settings, &roi, (int64_t)radius, arena, err);
  if (status == RC_OK)
    status = rc_feature_columns(&settings, arena, &column, &n, err);
  return status == RC_OK ? print_values(&settings, &roi, column, n, arena, err) : status;
}

int main(int argc, char **argv) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  rc_status status = arena == NULL ? RC_ERR_MEMORY : run(argc, argv, arena, &err);
  if (status != RC_OK)
    fprintf(stderr, "%s\n", err.message);
  rc_arena_destroy(arena);
  return status == RC_OK ? 0 : 1;
}
