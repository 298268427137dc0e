// SPDX-License-Identifier: Apache-2.0
// Gabor filters (IBSI-2 section 4.5): in a plane, the modulus of the response to
//   exp(-(u^2 + gamma^2 v^2) / 2 sigma^2 + 2 pi i u / lambda),
// where u runs along the angle theta and v across it. Turned in steps and applied in the three
// orthogonal planes, responses are pooled. The kernel is long and, but for gamma 1, no product of
// kernels, so each plane goes through the Fourier transform, padded by the kernel's radius.
#include "filters/registry.h"
#include "filters/settings.h"

#include <complex.h>
#include <fftw3.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stddef.h>
#include <string.h>

static const double PI = 3.14159265358979323846;
enum { MAX_ANGLES = 180, MAX_RADIUS = 2048, MAX_SIDE = 32768 };

typedef struct settings {
  double sigma, lambda, gamma; ///< mm, mm, ratio
  double theta, step;          ///< degrees; step NaN: theta only
  bool planes;                 ///< all three orthogonal planes
  int pooling, boundary;
  double cutoff;
} settings;

static const rc_param params[] = {
    {"sigma", RC_PARAM_REAL, offsetof(settings, sigma), 0.01, 1000, "mm", NULL, NULL,
     "Standard deviation of the envelope along the wave."},
    {"lambda", RC_PARAM_REAL, offsetof(settings, lambda), 0.01, 1000, "mm", NULL, NULL,
     "Wavelength."},
    {"gamma", RC_PARAM_REAL, offsetof(settings, gamma), 0.01, 100, "", NULL, "1",
     "Standard deviation along the wave over that across it."},
    {"theta", RC_PARAM_REAL, offsetof(settings, theta), -360, 360, "degrees", NULL, "0",
     "Angle of the wave from x towards y; with `step`, the first angle."},
    {"step", RC_PARAM_REAL, offsetof(settings, step), 2, 180, "degrees", NULL, "none",
     "Pool over all angles in steps of that size, a divisor of 360; none: theta alone."},
    {"planes", RC_PARAM_BOOL, offsetof(settings, planes), 0, 0, "", NULL, "false",
     "Pool over the three orthogonal planes of a volume; false: the xy plane, slice by slice."},
    RC_FILTER_POOLING(settings, "mean"),
    {"cutoff", RC_PARAM_REAL, offsetof(settings, cutoff), 1, 20, "", NULL, "6",
     "Radius of the kernel in its larger standard deviation."},
    RC_FILTER_BOUNDARY(settings, "mirror"),
};
static const rc_param_table table = RC_FILTER_TABLE("gabor", "Gabor filter.", params, settings);

static rc_status check(const void *at, rc_error *err) {
  const settings *s = at;
  double steps = 360 / s->step;
  if (!isnan(s->step) && fabs(steps - rint(steps)) > 1e-9 * steps)
    return rc_fail(err, RC_ERR_WORKFLOW, "gabor: step %g: expected a divisor of 360", s->step);
  return RC_OK;
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  (void)response;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "gabor_%.12g_%.12g_%.12g", s->sigma, s->lambda, s->gamma);
  if (isnan(s->step))
    rc_filter_label_add(out, capacity, "_theta_%.12g", s->theta);
  else
    rc_filter_label_add(out, capacity, "_step_%.12g", s->step);
  rc_filter_label_add(out, capacity, "%s", s->planes ? "_3d" : "");
  if (!isnan(s->step) || s->planes)
    rc_filter_label_add(out, capacity, "_%s", rc_pooling_names[s->pooling]);
}

static rc_status kernel_radius(const settings *s, const double spacing_mm[3], double *width,
                               int64_t *radius, rc_error *err) {
  rc_status status =
      rc_filter_voxel_width("a Gabor filter", spacing_mm, s->planes ? 3 : 2, width, err);
  double reach = status == RC_OK ? ceil(s->cutoff * s->sigma / fmin(1, s->gamma) / *width) : 0;
  if (reach > MAX_RADIUS)
    return rc_fail(err, RC_ERR_LIMIT, "a Gabor filter reaches over %.0f voxels, more than %d",
                   reach, MAX_RADIUS);
  *radius = (int64_t)reach;
  return status;
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  const settings *s = at;
  double width = 1;
  int64_t r = 0;
  rc_status status = kernel_radius(s, spacing_mm, &width, &r, err);
  // Rounding in a Fourier transform depends on all of its samples, so the whole image is asked for:
  // the same bits whatever the region.
  (void)r;
  *out = (rc_filter_support){.whole = true};
  return status;
}

// --- planes ------------------------------------------------------------------------------------

/// The planes spanned by two axes of the volume, and their common transform.
typedef struct plane {
  int u, v, w;    ///< axes: rows along u, u before v, planes stacked along w
  int64_t n[2];   ///< padded samples along u and v
  int64_t radius; ///< padding on either side
  int64_t n_angles;
  double complex *kernel; ///< [n_angles][v][u]: transformed, over the number of samples
  double complex *buffer; ///< for each thread two planes: the image's spectrum, a response
  fftw_plan forward, backward;
} plane;

typedef struct job {
  const settings *s;
  const rc_filter_image *image;
  int64_t stride[3];
  double *pooled; ///< [z][y][x]
} job;

/// A size near n whose factors are small, which transforms fast.
static int64_t good_size(int64_t n) {
  for (;; n++) {
    int64_t rest = n;
    for (int64_t p = 2; p <= 7; p++)
      while (rest % p == 0)
        rest /= p;
    if (rest == 1)
      return n;
  }
}

/// Angles that give different moduli: the kernel turned by 180 degrees is the conjugate one.
static int64_t count_angles(const settings *s) {
  if (isnan(s->step))
    return 1;
  int64_t n = (int64_t)rint(360 / s->step);
  return n % 2 == 0 ? n / 2 : n;
}

/// The kernel of one angle, centred on sample (0, 0) of the periodic plane.
static void place_kernel(const settings *s, const plane *p, double width, double theta,
                         double complex *out) {
  const double sigma = s->sigma / width, lambda = s->lambda / width;
  const double c = cos(theta * PI / 180), d = sin(theta * PI / 180);
  const double scale = 1.0 / (double)(p->n[0] * p->n[1]);
  memset(out, 0, (size_t)(p->n[0] * p->n[1]) * sizeof *out);
  for (int64_t y = -p->radius; y <= p->radius; y++)
    for (int64_t x = -p->radius; x <= p->radius; x++) {
      double along = (double)x * c + (double)y * d, across = (double)y * c - (double)x * d;
      double square = along * along + s->gamma * s->gamma * across * across;
      int64_t at = (x < 0 ? x + p->n[0] : x) + p->n[0] * (y < 0 ? y + p->n[1] : y);
      out[at] = scale * exp(-square / (2 * sigma * sigma)) * cexp(2 * PI * I * along / lambda);
    }
}

static rc_status make_plane(const job *j, int u, int v, rc_arena *arena, plane *p, rc_error *err) {
  const int64_t *size = j->image->grid.size;
  double width = 1;
  *p = (plane){.u = u, .v = v, .w = 3 - u - v, .n_angles = count_angles(j->s)};
  rc_status status = kernel_radius(j->s, j->image->grid.spacing_mm, &width, &p->radius, err);
  if (status != RC_OK)
    return status;
  p->n[0] = good_size(size[u] + 2 * p->radius);
  p->n[1] = good_size(size[v] + 2 * p->radius);
  if (p->n[0] > MAX_SIDE || p->n[1] > MAX_SIDE || p->n_angles > MAX_ANGLES)
    return rc_fail(err, RC_ERR_LIMIT, "the image is too large for a Gabor filter");
  size_t n = (size_t)(p->n[0] * p->n[1]);
  p->kernel = rc_arena_alloc(arena, (size_t)p->n_angles * n, sizeof *p->kernel);
  p->buffer = rc_arena_alloc(arena, 2 * (size_t)omp_get_max_threads() * n, sizeof *p->buffer);
  if (p->kernel == NULL || p->buffer == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a Gabor filter");
#pragma omp critical(rc_fftw_planner)
  {
    const unsigned flags = FFTW_ESTIMATE | FFTW_UNALIGNED; // threads have planes of their own
    p->forward =
        fftw_plan_dft_2d((int)p->n[1], (int)p->n[0], p->buffer, p->buffer, FFTW_FORWARD, flags);
    p->backward =
        fftw_plan_dft_2d((int)p->n[1], (int)p->n[0], p->buffer, p->buffer, FFTW_BACKWARD, flags);
  }
  if (p->forward == NULL || p->backward == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no plan for a Fourier transform");
#pragma omp parallel for schedule(static)
  for (int64_t a = 0; a < p->n_angles; a++) {
    double step = isnan(j->s->step) ? 0 : j->s->step;
    double complex *kernel = p->kernel + a * (int64_t)n;
    place_kernel(j->s, p, width, j->s->theta + (double)a * step, kernel);
    fftw_execute_dft(p->forward, kernel, kernel);
  }
  return RC_OK;
}

static void release_plane(plane *p) {
#pragma omp critical(rc_fftw_planner)
  {
    if (p->forward != NULL)
      fftw_destroy_plan(p->forward);
    if (p->backward != NULL)
      fftw_destroy_plan(p->backward);
  }
}

/// Copies plane number w into the padded one, continued beyond its edges.
static void load_plane(const job *j, const plane *p, int64_t w, double complex *out) {
  const int64_t *size = j->image->grid.size;
  const rc_boundary boundary = (rc_boundary)j->s->boundary;
  memset(out, 0, (size_t)(p->n[0] * p->n[1]) * sizeof *out);
  for (int64_t y = 0; y < size[p->v] + 2 * p->radius; y++) {
    int64_t v = rc_boundary_index(boundary, size[p->v], y - p->radius);
    if (v < 0)
      continue;
    const double *row = j->image->value + v * j->stride[p->v] + w * j->stride[p->w];
    for (int64_t x = 0; x < size[p->u] + 2 * p->radius; x++) {
      int64_t u = rc_boundary_index(boundary, size[p->u], x - p->radius);
      out[y * p->n[0] + x] = u < 0 ? 0.0 : row[u * j->stride[p->u]];
    }
  }
}

/// Pools the moduli of a plane's response into the wanted voxels.
static void pool_plane(const job *j, const plane *p, int64_t w, int64_t number,
                       const double complex *response) {
  const rc_box *box = &j->image->wanted;
  for (int64_t v = box->low[p->v]; v < box->high[p->v]; v++) {
    const double complex *row = response + (v + p->radius) * p->n[0] + p->radius;
    double *out = j->pooled + v * j->stride[p->v] + w * j->stride[p->w];
    for (int64_t u = box->low[p->u]; u < box->high[p->u]; u++) {
      double modulus = cabs(row[u]);
      rc_pool_add((rc_pooling)j->s->pooling, number, &modulus, 1, out + u * j->stride[p->u]);
    }
  }
}

/// All angles in all planes of one kind; `first` is the number of the first response.
static void run_planes(const job *j, const plane *p, int64_t first) {
  const rc_box *box = &j->image->wanted;
  const int64_t n = p->n[0] * p->n[1];
#pragma omp parallel for schedule(static)
  for (int64_t w = box->low[p->w]; w < box->high[p->w]; w++) {
    double complex *image = p->buffer + 2 * omp_get_thread_num() * n, *response = image + n;
    load_plane(j, p, w, image);
    fftw_execute_dft(p->forward, image, image);
    for (int64_t a = 0; a < p->n_angles; a++) {
      const double complex *kernel = p->kernel + a * n;
      for (int64_t i = 0; i < n; i++)
        response[i] = image[i] * kernel[i];
      fftw_execute_dft(p->backward, response, response);
      pool_plane(j, p, w, first + a, response);
    }
  }
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  static const int axes[3][2] = {{0, 1}, {0, 2}, {1, 2}};
  const settings *s = at;
  const int64_t *size = image->grid.size;
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  job j = {.s = s, .image = image, .stride = {1, size[0], size[0] * size[1]}};
  int64_t done = 0;
  rc_status status = rc_filter_response(image, arena, &j.pooled, err);
  for (int k = 0; status == RC_OK && k < (s->planes ? 3 : 1); k++) {
    const rc_arena_mark before = rc_arena_get_mark(arena);
    plane p;
    status = make_plane(&j, axes[k][0], axes[k][1], arena, &p, err);
    if (status == RC_OK)
      run_planes(&j, &p, done);
    done += p.n_angles;
    release_plane(&p);
    rc_arena_rewind(arena, before);
  }
  if (status == RC_OK) {
    rc_pool_finish((rc_pooling)s->pooling, done, rc_geometry_voxels(&image->grid), j.pooled);
    status = take(user, 0, j.pooled, err);
  }
  rc_arena_rewind(arena, mark);
  return status;
}

const rc_filter rc_filter_gabor = {
    .key = "gabor",
    .name = "Gabor",
    .ibsi = "Q88H",
    .source = "IBSI-2 section 4.5",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .check = check,
    .label = label,
    .support = support,
    .apply = apply,
};
