// SPDX-License-Identifier: Apache-2.0
// The responses of a filter of the PyRadiomics profile on a box of an image:
//
//   pyradiomics_image_types IMAGE TYPE X0,Y0,Z0,X1,Y1,Z1 STEP FILTER [parameter=value ...]
//
// TYPE is that of the image's voxels: double, single or integer. For each response a line with its
// label and a line with the voxels 0, STEP, 2 STEP ... of the box, x fastest; "-" when the filter
// does not work on an image that small.
#include "base/text.h"
#include "filters/filter.h"
#include "images/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct printer {
  const rc_filter *filter;
  const void *settings;
  int64_t n, step;
} printer;

static rc_status print_response(void *user, int64_t response, const double *value, rc_error *err) {
  const printer *p = user;
  char label[128];
  (void)err;
  p->filter->label(p->settings, response, label, sizeof label);
  printf("%s\n", label);
  for (int64_t i = 0; value != NULL && i < p->n; i += p->step)
    printf("%.17g%c", value[i], i + p->step < p->n ? ' ' : '\n');
  if (value == NULL)
    puts("-");
  return RC_OK;
}

/// Cuts a box out of the volume.
static rc_status crop(const rc_volume *image, const rc_box *box, rc_arena *arena,
                      rc_filter_image *out, rc_error *err) {
  const int64_t *size = image->geometry.size;
  out->grid = rc_geometry_crop(&image->geometry, box);
  out->wanted = (rc_box){{0, 0, 0}, {out->grid.size[0], out->grid.size[1], out->grid.size[2]}};
  for (int d = 0; d < 3; d++)
    if (box->low[d] < 0 || box->high[d] > size[d] || box->low[d] >= box->high[d])
      return rc_fail(err, RC_ERR_USAGE, "the box leaves the image");
  double *value = rc_arena_alloc(arena, (size_t)rc_geometry_voxels(&out->grid), sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  out->value = value;
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++)
      for (int64_t x = box->low[0]; x < box->high[0]; x++)
        *value++ = image->value[x + size[0] * (y + size[1] * z)];
  return RC_OK;
}

static rc_status read_settings(const rc_filter *filter, char **word, int n_words, void *settings,
                               rc_arena *arena, rc_error *err) {
  rc_status status = rc_param_defaults(filter->params, settings, arena, err);
  for (int i = 0; status == RC_OK && i < n_words; i++) {
    const char *item[16];
    int64_t n = 0;
    char *value = strchr(word[i], '=');
    if (value == NULL)
      return rc_fail(err, RC_ERR_USAGE, "%s: expected parameter=value", word[i]);
    *value++ = '\0';
    for (char *at = strtok(value, ","); at != NULL && n < 16; at = strtok(NULL, ","))
      item[n++] = at;
    const rc_param *param = rc_param_find(filter->params, word[i]);
    status = param == NULL ? rc_fail(err, RC_ERR_USAGE, "there is no parameter %s", word[i])
                           : rc_param_set(param, settings, item, n, arena, err);
  }
  if (status == RC_OK && filter->check != NULL)
    status = filter->check(settings, err);
  return status;
}

static bool find_type(const char *text, rc_voxel_type *out) {
  for (int i = 0; rc_voxel_type_names[i] != NULL; i++)
    if (strcmp(rc_voxel_type_names[i], text) == 0) {
      *out = (rc_voxel_type)i;
      return true;
    }
  return false;
}

static rc_status run(int argc, char **argv, rc_volume *volume, rc_arena *arena, rc_error *err) {
  rc_filter_image image = {0};
  rc_box box;
  long long edge[6];
  int64_t step;
  if (argc < 6 || !find_type(argv[2], &image.type) ||
      sscanf(argv[3], "%lld,%lld,%lld,%lld,%lld,%lld", &edge[0], &edge[1], &edge[2], &edge[3],
             &edge[4], &edge[5]) != 6 ||
      !rc_parse_int(argv[4], &step) || step < 1)
    return rc_fail(err, RC_ERR_USAGE, "expected IMAGE TYPE X0,Y0,Z0,X1,Y1,Z1 STEP FILTER");
  for (int d = 0; d < 3; d++) {
    box.low[d] = edge[d];
    box.high[d] = edge[3 + d];
  }
  const rc_filter *filter = rc_filter_find(RC_PROFILE_PYRADIOMICS, argv[5]);
  if (filter == NULL)
    return rc_fail(err, RC_ERR_USAGE, "there is no filter %s", argv[5]);
  void *settings = rc_arena_alloc(arena, 1, filter->params->struct_size + 1);
  rc_status status = rc_image_read(argv[1], NULL, NULL, NULL, volume, NULL, err);
  if (status == RC_OK)
    status = crop(volume, &box, arena, &image, err);
  if (status == RC_OK)
    status = read_settings(filter, argv + 6, argc - 6, settings, arena, err);
  printer p = {filter, settings, rc_geometry_voxels(&image.grid), step};
  return status == RC_OK ? filter->apply(settings, &image, arena, print_response, &p, err) : status;
}

int main(int argc, char **argv) {
  rc_error err = RC_ERROR_INIT;
  rc_volume volume = {0};
  rc_arena *arena = rc_arena_create(0);
  rc_status status = arena == NULL ? RC_ERR_MEMORY : run(argc, argv, &volume, arena, &err);
  if (status != RC_OK)
    fprintf(stderr, "%s\n", err.message);
  rc_volume_release(&volume);
  rc_arena_destroy(arena);
  return status == RC_OK ? 0 : 1;
}
