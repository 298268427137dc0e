// SPDX-License-Identifier: Apache-2.0
#include "filters/spectral.h"

#include "filters/settings.h"

#include <complex.h>
#include <fftw3.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

/// One transform of a padded volume, or one for each padded slice.
typedef struct transform {
  int64_t n[3];             ///< padded size; n[2] is 1 for a slice
  int64_t half;             ///< n[0] / 2 + 1 frequencies along x
  int64_t n_frequencies;    ///< of one transform
  int64_t n_transforms;     ///< 1, or the number of slices
  double *space;            ///< [z][y][x]
  double complex *image;    ///< [n_transforms][z][y][half]: spectra of the image
  double complex *spectrum; ///< [z][y][half]: of one response
  double complex *factor;   ///< [z][y][half]: transfer function over the number of samples
  fftw_plan forward, backward;
} transform;

// --- transfer functions ------------------------------------------------------------------------

/// Frequency of Fourier index k on the centred grid of n samples.
static double frequency(int64_t n, int64_t k) {
  if (n == 1)
    return 0.0;
  return (double)(2 * ((k + n / 2) % n) - (n - 1)) / (double)(n - 1);
}

static double wavelet_gain(const rc_spectral *f, double r) {
  double top = ldexp(1.0, 1 - (int)f->level);
  switch (f->kind) {
  case RC_SPECTRAL_SIMONCELLI:
    return r >= top / 4.0 && r <= top ? cos(PI / 2.0 * log2(2.0 * r / top)) : 0.0;
  case RC_SPECTRAL_SHANNON:
    return r >= top / 2.0 && r <= top ? 1.0 : 0.0;
  case RC_SPECTRAL_LOG:
  case RC_SPECTRAL_ALL:
    break;
  }
  return 1.0;
}

static int64_t riesz_order(const rc_spectral *f) {
  return f->riesz[0] + f->riesz[1] + f->riesz[2];
}

static double complex riesz_constant(const rc_spectral *f) {
  static const double complex power_of_minus_i[4] = {1.0, -I, -1.0, I};
  double ratio = tgamma((double)riesz_order(f) + 1.0);
  for (int d = 0; d < 3; d++)
    ratio /= tgamma((double)f->riesz[d] + 1.0);
  return power_of_minus_i[riesz_order(f) % 4] * sqrt(ratio);
}

static double whole_power(double base, int64_t exponent) {
  double product = 1.0;
  for (int64_t k = 0; k < exponent; k++)
    product *= base;
  return product;
}

/// Wavelet and Riesz factor at one Fourier index.
static double complex gain_at(const rc_spectral *f, const int64_t n[3], const int64_t k[3],
                              double complex constant) {
  double square = 0.0, product = 1.0;
  for (int d = 0; d < 3; d++) {
    double v = frequency(n[d], k[d]);
    square += v * v;
    product *= whole_power(v, f->riesz[d]);
  }
  double r = sqrt(square), gain = wavelet_gain(f, r);
  int64_t order = riesz_order(f);
  if (order == 0)
    return gain;
  return r > 0.0 ? gain * constant * product / whole_power(r, order) : 0.0;
}

/// The centred grid is not symmetric about zero for even n. The real part of a response is that of
/// the Hermitian part of the transfer function: (h(k) + conj(h(-k))) / 2.
static void fill_factor(const rc_spectral *f, transform *t) {
  double complex constant = riesz_constant(f);
  double scale = 1.0 / (double)(t->n[0] * t->n[1] * t->n[2]);
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < t->n[1] * t->n[2]; row++)
    for (int64_t x = 0; x < t->half; x++) {
      const int64_t k[3] = {x, row % t->n[1], row / t->n[1]};
      int64_t opposite[3];
      for (int d = 0; d < 3; d++)
        opposite[d] = (t->n[d] - k[d]) % t->n[d];
      double complex h = gain_at(f, t->n, k, constant) + conj(gain_at(f, t->n, opposite, constant));
      t->factor[row * t->half + x] *= 0.5 * scale * h;
    }
}

int64_t rc_spectral_log_radius(const rc_spectral *f) {
  return (int64_t)floor(f->cutoff * f->sigma + 0.5);
}

/// Sampled Laplacian of Gaussian, centred on voxel (0, 0, 0) of the periodic grid.
static void place_log(const rc_spectral *f, const transform *t, double *kernel) {
  int64_t radius = rc_spectral_log_radius(f);
  int64_t reach[3] = {radius, radius, f->n_axes == 3 ? radius : 0};
  double variance = f->sigma * f->sigma, axes = (double)f->n_axes;
  double scale = -pow(2.0 * PI * variance, -axes / 2.0) / variance;
  memset(kernel, 0, (size_t)(t->n[0] * t->n[1] * t->n[2]) * sizeof *kernel);
  for (int64_t z = -reach[2]; z <= reach[2]; z++)
    for (int64_t y = -reach[1]; y <= reach[1]; y++)
      for (int64_t x = -reach[0]; x <= reach[0]; x++) {
        double square = (double)(x * x + y * y + z * z) / variance;
        int64_t at[3];
        at[0] = rc_boundary_index(RC_BOUNDARY_PERIODIC, t->n[0], x);
        at[1] = rc_boundary_index(RC_BOUNDARY_PERIODIC, t->n[1], y);
        at[2] = rc_boundary_index(RC_BOUNDARY_PERIODIC, t->n[2], z);
        kernel[at[0] + t->n[0] * (at[1] + t->n[1] * at[2])] +=
            scale * (axes - square) * exp(-square / 2.0);
      }
}

static void make_factor(const rc_spectral *f, transform *t) {
  if (f->kind == RC_SPECTRAL_LOG) {
    place_log(f, t, t->space);
    fftw_execute_dft_r2c(t->forward, t->space, t->factor);
  } else {
    for (int64_t i = 0; i < t->n_frequencies; i++)
      t->factor[i] = 1.0;
  }
  fill_factor(f, t);
}

// --- transforms --------------------------------------------------------------------------------

static rc_status make_transform(const rc_spectral *f, const int64_t size[3], transform *t,
                                rc_arena *arena, rc_error *err) {
  for (int d = 0; d < 3; d++) {
    t->n[d] = d < f->n_axes ? size[d] + 2 * f->pad[d] : 1;
    if (t->n[d] > INT_MAX)
      return rc_fail(err, RC_ERR_LIMIT, "image too large for a Fourier transform");
  }
  t->half = t->n[0] / 2 + 1;
  t->n_frequencies = t->half * t->n[1] * t->n[2];
  t->n_transforms = f->n_axes == 3 ? 1 : size[2];
  size_t rows = (size_t)(t->n[1] * t->n[2]);
  t->image = rc_arena_alloc(arena, (size_t)(t->n_transforms * t->n_frequencies), sizeof *t->image);
  t->space = rc_arena_alloc(arena, rows * (size_t)t->n[0], sizeof *t->space);
  t->spectrum = rc_arena_alloc(arena, rows * (size_t)t->half, sizeof *t->spectrum);
  t->factor = rc_arena_alloc(arena, rows * (size_t)t->half, sizeof *t->factor);
  if (t->image == NULL || t->space == NULL || t->spectrum == NULL || t->factor == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a Fourier transform of %lld voxels",
                   (long long)(t->n[0] * t->n[1] * t->n[2]));
  const int n[3] = {(int)t->n[2], (int)t->n[1], (int)t->n[0]};
  int skip = 3 - (int)f->n_axes;
#pragma omp critical(rc_fftw_planner)
  {
    // Spectra of slices need not be aligned alike.
    t->forward = fftw_plan_dft_r2c((int)f->n_axes, n + skip, t->space, t->spectrum,
                                   FFTW_ESTIMATE | FFTW_UNALIGNED);
    t->backward = fftw_plan_dft_c2r((int)f->n_axes, n + skip, t->spectrum, t->space, FFTW_ESTIMATE);
  }
  if (t->forward == NULL || t->backward == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no plan for a Fourier transform of %lld x %lld x %lld",
                   (long long)t->n[0], (long long)t->n[1], (long long)t->n[2]);
  return RC_OK;
}

static void release_transform(transform *t) {
#pragma omp critical(rc_fftw_planner)
  {
    if (t->forward != NULL)
      fftw_destroy_plan(t->forward);
    if (t->backward != NULL)
      fftw_destroy_plan(t->backward);
  }
}

/// Copies the image, or its slice `first`, into the padded grid, continued beyond its edges.
static void pad_image(const rc_spectral *f, const double *in, const int64_t size[3], int64_t first,
                      transform *t) {
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < t->n[1] * t->n[2]; row++) {
    double *target = t->space + row * t->n[0];
    int64_t y = rc_boundary_index(f->boundary, size[1], row % t->n[1] - f->pad[1]);
    int64_t z = first;
    if (f->n_axes == 3)
      z = rc_boundary_index(f->boundary, size[2], row / t->n[1] - f->pad[2]);
    for (int64_t x = 0; x < t->n[0]; x++) {
      int64_t at = rc_boundary_index(f->boundary, size[0], x - f->pad[0]);
      target[x] = y < 0 || z < 0 || at < 0 ? 0.0 : in[at + size[0] * (y + size[1] * z)];
    }
  }
}

static void crop_response(const rc_spectral *f, const transform *t, const int64_t size[3],
                          int64_t first, double *out) {
  int64_t slices = f->n_axes == 3 ? size[2] : 1;
  int64_t pad_z = f->n_axes == 3 ? f->pad[2] : 0;
  for (int64_t z = 0; z < slices; z++)
    for (int64_t y = 0; y < size[1]; y++)
      memcpy(out + size[0] * (y + size[1] * (z + first)),
             t->space + f->pad[0] + t->n[0] * (y + f->pad[1] + t->n[1] * (z + pad_z)),
             (size_t)size[0] * sizeof *out);
}

static rc_status check(const rc_spectral *f, rc_error *err) {
  bool wavelet = f->kind == RC_SPECTRAL_SIMONCELLI || f->kind == RC_SPECTRAL_SHANNON;
  if (wavelet && (f->level < 1 || f->level > RC_SPECTRAL_MAX_LEVEL))
    return rc_fail(err, RC_ERR_USAGE, "wavelet level %lld: expected 1 .. %d", (long long)f->level,
                   RC_SPECTRAL_MAX_LEVEL);
  if (f->kind == RC_SPECTRAL_LOG && !(f->sigma > 0.0 && f->cutoff > 0.0))
    return rc_fail(err, RC_ERR_USAGE, "Laplacian of Gaussian: sigma and cutoff must be positive");
  for (int d = 0; d < 3; d++)
    if (f->riesz[d] < 0 || f->riesz[d] > RC_RIESZ_MAX_ORDER)
      return rc_fail(err, RC_ERR_USAGE, "Riesz order %lld: expected 0 .. %d",
                     (long long)f->riesz[d], RC_RIESZ_MAX_ORDER);
  if (f->n_axes == 2 && f->riesz[2] != 0)
    return rc_fail(err, RC_ERR_USAGE, "a Riesz order along z needs a filter in three dimensions");
  return RC_OK;
}

static void transform_image(const rc_spectral *f, const rc_filter_image *image, transform *t) {
  for (int64_t i = 0; i < t->n_transforms; i++) {
    pad_image(f, image->value, image->grid.size, i, t);
    fftw_execute_dft_r2c(t->forward, t->space, t->image + i * t->n_frequencies);
  }
}

static void respond(const rc_spectral *f, const int64_t size[3], transform *t, double *out) {
  make_factor(f, t);
  for (int64_t i = 0; i < t->n_transforms; i++) {
    const double complex *image = t->image + i * t->n_frequencies;
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < t->n_frequencies; k++)
      t->spectrum[k] = image[k] * t->factor[k];
    fftw_execute(t->backward);
    crop_response(f, t, size, i, out);
  }
}

rc_status rc_spectral_run(const rc_spectral *filter, int64_t n, const rc_filter_image *image,
                          rc_arena *arena, rc_filter_take take, void *user, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  double *out = NULL;
  transform t = {0};
  rc_status status = rc_filter_response(image, arena, &out, err);
  for (int64_t i = 0; status == RC_OK && i < n; i++)
    status = check(&filter[i], err);
  if (status == RC_OK)
    status = make_transform(filter, image->grid.size, &t, arena, err);
  if (status == RC_OK)
    transform_image(filter, image, &t);
  for (int64_t i = 0; status == RC_OK && i < n; i++) {
    respond(&filter[i], image->grid.size, &t, out);
    status = take(user, i, out, err);
  }
  release_transform(&t);
  rc_arena_rewind(arena, mark);
  return status;
}
