// SPDX-License-Identifier: Apache-2.0
// Laplacian of Gaussian (IBSI-2 section 4.3), sampled at voxel centres, cut off, in voxel units and
// not multiplied by sigma^2. Its kernel on a cube is a sum of products,
//   sum over axes d of  b(k_d) * product over the others of a(k),
//   a(k) = exp(-k^2 / 2 s^2) / (sqrt(2 pi) s),  b(k) = -(1 - k^2 / s^2) / s^2 a(k),
// so it is applied along one axis after the other. With a Riesz transform (section 4.9) it goes
// through the Fourier transform instead.
#include "filters/convolve.h"
#include "filters/convolve_pair.h"
#include "filters/registry.h"
#include "filters/riesz.h"
#include "filters/settings.h"
#include "filters/spectral.h"

#include <math.h>
#include <stddef.h>

static const double PI = 3.14159265358979323846;
#define MAX_RADIUS 2048

typedef struct settings {
  rc_numbers sigma; ///< mm
  double cutoff;    ///< in sigma
  int64_t dimensions;
  int boundary;
  rc_reals riesz;
  double padding;
} settings;

static const rc_param params[] = {
    {"sigma", RC_PARAM_NUMBERS, offsetof(settings, sigma), 0.01, 1000, "mm", NULL, NULL,
     "Standard deviation, or several: each gives a response."},
    {"cutoff", RC_PARAM_REAL, offsetof(settings, cutoff), 1, 20, "", NULL, "4",
     "Radius of the kernel in standard deviations."},
    RC_FILTER_DIMENSIONS(settings, "3"),
    RC_FILTER_BOUNDARY(settings, "mirror"),
    RC_RIESZ_ORDER(settings),
    RC_RIESZ_PADDING(settings),
};
static const rc_param_table table =
    RC_FILTER_TABLE("laplacian_of_gaussian", "Laplacian of Gaussian.", params, settings);

static rc_status check(const void *at, rc_error *err) {
  const settings *s = at;
  return rc_riesz_check(&s->riesz, s->dimensions, err);
}

static int64_t count(const void *at) {
  return ((const settings *)at)->sigma.n;
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "log_%.12g%s", s->sigma.value[response],
                      s->dimensions == 2 ? "_2d" : "");
  rc_riesz_label(&s->riesz, out, capacity);
}

static int64_t radius_of(double sigma, double cutoff) {
  return (int64_t)floor(cutoff * sigma + 0.5);
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  const settings *s = at;
  double width = 1;
  rc_status status =
      rc_filter_voxel_width("a Laplacian of Gaussian", spacing_mm, s->dimensions, &width, err);
  *out = (rc_filter_support){.wraps = s->boundary == RC_BOUNDARY_PERIODIC, .whole = s->riesz.n > 0};
  for (int64_t i = 0; status == RC_OK && i < s->sigma.n; i++) {
    int64_t radius = radius_of(s->sigma.value[i] / width, s->cutoff);
    if (radius > MAX_RADIUS)
      return rc_fail(
          err, RC_ERR_LIMIT,
          "a Laplacian of Gaussian of sigma %g mm reaches over %lld voxels, more than %d",
          s->sigma.value[i], (long long)radius, MAX_RADIUS);
    for (int64_t d = 0; d < s->dimensions; d++)
      out->reach[d] = radius > out->reach[d] ? radius : out->reach[d];
  }
  return status;
}

// --- in space ----------------------------------------------------------------------------------

/// One scale at work.
typedef struct job {
  const settings *s;
  const rc_filter_image *image;
  rc_arena *arena;
  rc_kernel_pair kernels;
  double *after_z[2]; ///< convolved along z with a and b; NULL in two dimensions
  double *after_y[2]; ///< a everywhere; b along one of the axes so far
  double *out;        ///< in three dimensions after_z[0], which is done with by then
} job;

static rc_status make_kernels(job *j, double sigma, rc_error *err) {
  const int64_t radius = radius_of(sigma, j->s->cutoff);
  double *a = rc_arena_alloc(j->arena, (size_t)radius + 1, sizeof *a);
  double *b = rc_arena_alloc(j->arena, (size_t)radius + 1, sizeof *b);
  if (a == NULL || b == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a kernel");
  for (int64_t k = 0; k <= radius; k++) {
    double square = (double)(k * k) / (sigma * sigma);
    a[k] = exp(-square / 2) / (sqrt(2 * PI) * sigma);
    b[k] = -(1 - square) / (sigma * sigma) * a[k];
  }
  j->kernels = (rc_kernel_pair){radius, a, b};
  return RC_OK;
}

/// The wanted voxels, wider along the axes below `axis`, which are still to be filtered.
static rc_box box_after(const job *j, int axis) {
  rc_box box = j->image->wanted;
  for (int d = 0; d < axis; d++)
    rc_kernel_needs(j->kernels.reach, (rc_boundary)j->s->boundary, j->image->grid.size[d],
                    box.low[d], box.high[d], &box.low[d], &box.high[d]);
  return box;
}

/// plain_out = a * plain and bent_out = b * plain + a * bent along the axis.
static rc_status pass(const job *j, int axis, const double *plain, const double *bent,
                      double *plain_out, double *bent_out, rc_error *err) {
  const double *in[2] = {plain, bent};
  double *out[2] = {plain_out, bent_out};
  rc_box box = box_after(j, axis);
  return rc_convolve_pair(&j->kernels, axis, (rc_boundary)j->s->boundary, j->image->grid.size, &box,
                          in, out, j->arena, err);
}

static rc_status run_passes(const job *j, rc_error *err) {
  const double *plain = j->image->value;
  rc_status status = RC_OK;
  if (j->s->dimensions == 3) {
    status = pass(j, 2, plain, NULL, j->after_z[0], j->after_z[1], err);
    plain = j->after_z[0];
  }
  if (status == RC_OK)
    status = pass(j, 1, plain, j->after_z[1], j->after_y[0], j->after_y[1], err);
  return status == RC_OK ? pass(j, 0, j->after_y[0], j->after_y[1], NULL, j->out, err) : status;
}

static rc_status allocate(job *j, rc_error *err) {
  double **volume[] = {&j->after_y[0], &j->after_y[1], &j->out, &j->after_z[1]};
  rc_status status = RC_OK;
  for (int i = 0; status == RC_OK && i < (j->s->dimensions == 3 ? 4 : 3); i++)
    status = rc_filter_response(j->image, j->arena, volume[i], err);
  j->after_z[0] = j->out;
  return status;
}

static rc_status run_in_space(const settings *s, double width, const rc_filter_image *image,
                              rc_arena *arena, rc_filter_take take, void *user, rc_error *err) {
  job j = {.s = s, .image = image, .arena = arena};
  rc_status status = allocate(&j, err);
  for (int64_t i = 0; status == RC_OK && i < s->sigma.n; i++) {
    const rc_arena_mark mark = rc_arena_get_mark(arena);
    status = make_kernels(&j, s->sigma.value[i] / width, err);
    if (status == RC_OK)
      status = run_passes(&j, err);
    if (status == RC_OK)
      status = take(user, i, j.out, err);
    rc_arena_rewind(arena, mark);
  }
  return status;
}

// --- with a Riesz transform --------------------------------------------------------------------

static rc_status run_riesz(const settings *s, double width, const rc_filter_image *image,
                           rc_arena *arena, rc_filter_take take, void *user, rc_error *err) {
  rc_spectral filter[RC_PARAM_MAX_NUMBERS];
  int64_t margin = 0;
  for (int64_t i = 0; i < s->sigma.n; i++) {
    int64_t radius = radius_of(s->sigma.value[i] / width, s->cutoff);
    margin = radius > margin ? radius : margin;
  }
  // The kernel must not reach around the periodic grid to the other edge.
  if (s->boundary == RC_BOUNDARY_PERIODIC)
    margin = 0;
  for (int64_t i = 0; i < s->sigma.n; i++) {
    filter[i] = (rc_spectral){.kind = RC_SPECTRAL_LOG,
                              .n_axes = s->dimensions,
                              .sigma = s->sigma.value[i] / width,
                              .cutoff = s->cutoff,
                              .boundary = (rc_boundary)s->boundary};
    rc_riesz_set(&s->riesz, s->padding, margin, &image->grid, &filter[i]);
  }
  return rc_spectral_run(filter, s->sigma.n, image, arena, take, user, err);
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  const settings *s = at;
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  double width = 1;
  rc_status status = rc_filter_voxel_width("a Laplacian of Gaussian", image->grid.spacing_mm,
                                           s->dimensions, &width, err);
  if (status == RC_OK)
    status = s->riesz.n > 0 ? run_riesz(s, width, image, arena, take, user, err)
                            : run_in_space(s, width, image, arena, take, user, err);
  rc_arena_rewind(arena, mark);
  return status;
}

const rc_filter rc_filter_laplacian_of_gaussian = {
    .key = "laplacian_of_gaussian",
    .name = "Laplacian of Gaussian",
    .ibsi = "L6PA",
    .source = "IBSI-2 section 4.3",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .check = check,
    .count = count,
    .label = label,
    .support = support,
    .apply = apply,
};
