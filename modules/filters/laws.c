// SPDX-License-Identifier: Apache-2.0
// Laws kernels and texture energy (IBSI-2 section 4.4; K. I. Laws, Textured image segmentation,
// 1980).
#include "filters/registry.h"
#include "filters/separable.h"
#include "filters/settings.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { MAX_TAPS = 5, MAX_DISTANCE = 100, MAX_WINDOW = 2 * MAX_DISTANCE + 1 };

typedef struct settings {
  const char *kernels; ///< "L5E5S5": along x, y and, in a volume, z
  bool rotations;
  int pooling, boundary;
  int64_t energy; ///< distance delta; 0: the response itself
} settings;

static const rc_param params[] = {
    {"kernels", RC_PARAM_TEXT, offsetof(settings, kernels), 0, 0, "", NULL, NULL,
     "One of L3, E3, S3, L5, E5, S5, W5, R5 along x, y and, in a volume, z: L5E5, E3W5R5."},
    RC_FILTER_ROTATIONS(settings),
    RC_FILTER_POOLING(settings, "max"),
    {"energy", RC_PARAM_INT, offsetof(settings, energy), 0, MAX_DISTANCE, "voxels", NULL, "0",
     "Mean of absolute responses up to that distance; 0: the response itself."},
    RC_FILTER_BOUNDARY(settings, "mirror"),
};
static const rc_param_table table = RC_FILTER_TABLE("laws", "Laws kernels.", params, settings);

/// Normalised to unit length when used.
static const struct {
  const char *name;
  int64_t n;
  double tap[MAX_TAPS];
} known[] = {{"L3", 3, {1, 2, 1}},         {"E3", 3, {-1, 0, 1}},
             {"S3", 3, {-1, 2, -1}},       {"L5", 5, {1, 4, 6, 4, 1}},
             {"E5", 5, {-1, -2, 0, 2, 1}}, {"S5", 5, {-1, 0, 2, 0, -1}},
             {"W5", 5, {-1, 2, 0, -2, 1}}, {"R5", 5, {1, -4, 6, -4, 1}}};
#define N_KNOWN (sizeof known / sizeof known[0])

/// The filter and the memory its kernels point to.
typedef struct laws {
  rc_separable filter;
  rc_product product;
  double tap[3][MAX_TAPS];
} laws;

static rc_status parse(const settings *s, laws *out, rc_error *err) {
  const char *text = s->kernels == NULL ? "" : s->kernels;
  size_t n = strlen(text) / 2;
  bool good = strlen(text) % 2 == 0 && (n == 2 || n == 3);
  *out = (laws){.filter = {.n_axes = (int64_t)n,
                           .n_kernels = (int64_t)n,
                           .rotations = s->rotations,
                           .pooling = (rc_pooling)s->pooling,
                           .boundary = (rc_boundary)s->boundary}};
  for (size_t d = 0; good && d < n; d++) {
    size_t k = 0;
    while (k < N_KNOWN && strncmp(known[k].name, text + 2 * d, 2) != 0)
      k++;
    good = k < N_KNOWN;
    double square = 0.0;
    for (int64_t i = 0; good && i < known[k].n; i++)
      square += known[k].tap[i] * known[k].tap[i];
    for (int64_t i = 0; good && i < known[k].n; i++)
      out->tap[d][i] = known[k].tap[i] / sqrt(square);
    out->product.kernel[d] = (int)d;
    if (good)
      out->filter.kernel[d] = (rc_axis_kernel){
          .n_stages = 1, .stage = {{.n = known[k].n, .tap = out->tap[d], .step = 1}}};
  }
  if (good)
    return RC_OK;
  return rc_fail(
      err, RC_ERR_WORKFLOW,
      "laws: kernels \"%.32s\": expected two or three of L3, E3, S3, L5, E5, S5, W5, R5, "
      "for example L5E5S5",
      text);
}

static rc_status check(const void *at, rc_error *err) {
  laws l;
  return parse(at, &l, err);
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  (void)response;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "laws_%.16s", s->kernels);
  if (s->rotations)
    rc_filter_label_add(out, capacity, "_%s", rc_pooling_names[s->pooling]);
  if (s->energy > 0)
    rc_filter_label_add(out, capacity, "_energy_%lld", (long long)s->energy);
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  const settings *s = at;
  laws l;
  (void)spacing_mm;
  rc_status status = parse(s, &l, err);
  if (status != RC_OK)
    return status;
  *out = rc_separable_support(&l.filter);
  for (int64_t d = 0; d < l.filter.n_axes; d++)
    out->reach[d] += s->energy;
  return RC_OK;
}

// --- energy ------------------------------------------------------------------------------------

/// The response on its way to its energy.
typedef struct energy {
  const settings *s;
  const rc_filter_image *image; ///< with the voxels wanted of the energy
  int64_t n_axes;
  rc_arena *arena;
  rc_filter_take take;
  void *user;
} energy;

static rc_status take_response(void *at, int64_t number, const double *response, rc_error *err) {
  const energy *e = at;
  double *magnitude = NULL, tap[MAX_WINDOW];
  const int64_t n = rc_geometry_voxels(&e->image->grid), width = 2 * e->s->energy + 1;
  const rc_arena_mark mark = rc_arena_get_mark(e->arena);
  rc_status status = rc_filter_response(e->image, e->arena, &magnitude, err);
  for (int64_t i = 0; status == RC_OK && i < n; i++)
    magnitude[i] = fabs(response[i]);
  for (int64_t k = 0; k < width; k++)
    tap[k] = 1.0 / (double)width;
  rc_separable mean = {.n_axes = e->n_axes,
                       .n_kernels = 1,
                       .kernel = {{.n_stages = 1, .stage = {{.n = width, .tap = tap, .step = 1}}}},
                       .boundary = (rc_boundary)e->s->boundary};
  const rc_product product = {{0, 0, 0}};
  rc_filter_image of = *e->image;
  of.value = magnitude;
  (void)number;
  if (status == RC_OK)
    status = rc_separable_run(&mean, &product, 1, &of, e->arena, e->take, e->user, err);
  rc_arena_rewind(e->arena, mark);
  return status;
}

/// The voxels whose responses the energies of the wanted ones are made of.
static rc_filter_image widened(const rc_filter_image *image, const settings *s, int64_t n_axes) {
  rc_filter_image out = *image;
  for (int64_t d = 0; d < n_axes; d++)
    rc_kernel_needs(s->energy, (rc_boundary)s->boundary, image->grid.size[d], image->wanted.low[d],
                    image->wanted.high[d], &out.wanted.low[d], &out.wanted.high[d]);
  return out;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  const settings *s = at;
  laws l;
  rc_status status = parse(s, &l, err);
  if (status != RC_OK)
    return status;
  if (s->energy == 0)
    return rc_separable_run(&l.filter, &l.product, 1, image, arena, take, user, err);
  rc_filter_image wide = widened(image, s, l.filter.n_axes);
  energy e = {s, image, l.filter.n_axes, arena, take, user};
  return rc_separable_run(&l.filter, &l.product, 1, &wide, arena, take_response, &e, err);
}

const rc_filter rc_filter_laws = {
    .key = "laws",
    .name = "Laws kernels",
    .ibsi = "JTXT",
    .source = "IBSI-2 section 4.4",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .check = check,
    .label = label,
    .support = support,
    .apply = apply,
};
