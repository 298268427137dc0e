// SPDX-License-Identifier: Apache-2.0
// Mean filter (IBSI-2 section 4.2): the mean over a square or cube of voxels.
#include "filters/registry.h"
#include "filters/separable.h"
#include "filters/settings.h"

#include <stddef.h>

enum { MAX_SIZE = 255 };

typedef struct settings {
  int64_t size;
  int64_t dimensions;
  int boundary;
} settings;

static const rc_param params[] = {
    {"size", RC_PARAM_INT, offsetof(settings, size), 1, MAX_SIZE, "voxels", NULL, "5",
     "Edge of the square or cube, odd."},
    RC_FILTER_DIMENSIONS(settings, "3"),
    RC_FILTER_BOUNDARY(settings, "mirror"),
};
static const rc_param_table table = RC_FILTER_TABLE("mean", "Mean filter.", params, settings);

static rc_status check(const void *at, rc_error *err) {
  const settings *s = at;
  if (s->size % 2 == 0)
    return rc_fail(err, RC_ERR_WORKFLOW, "mean: size %lld: expected an odd number",
                   (long long)s->size);
  return RC_OK;
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  (void)response;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "mean_%lld%s", (long long)s->size,
                      s->dimensions == 2 ? "_2d" : "");
}

static rc_separable make(const settings *s, double tap[MAX_SIZE]) {
  for (int64_t k = 0; k < s->size; k++)
    tap[k] = 1.0 / (double)s->size;
  return (rc_separable){
      .n_axes = s->dimensions,
      .n_kernels = 1,
      .kernel = {{.n_stages = 1, .stage = {{.n = s->size, .tap = tap, .step = 1}}}},
      .boundary = (rc_boundary)s->boundary};
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  double tap[MAX_SIZE];
  rc_separable filter = make(at, tap);
  (void)spacing_mm, (void)err;
  *out = rc_separable_support(&filter);
  return RC_OK;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  double tap[MAX_SIZE];
  const rc_product product = {{0, 0, 0}};
  rc_separable filter = make(at, tap);
  return rc_separable_run(&filter, &product, 1, image, arena, take, user, err);
}

const rc_filter rc_filter_mean = {
    .key = "mean",
    .name = "Mean",
    .ibsi = "S60F",
    .source = "IBSI-2 section 4.2",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .check = check,
    .label = label,
    .support = support,
    .apply = apply,
};
