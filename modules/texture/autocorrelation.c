// SPDX-License-Identifier: Apache-2.0
#include "texture/autocorrelation.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

/// The region within its box, and the sums that both methods fill. Sums over ordered pairs i != j.
typedef struct pairs {
  const double *intensity; ///< at voxel box->low
  const uint8_t *mask;
  int64_t row, slice; ///< steps of y and z in both
  int64_t n[3];       ///< size of the box
  double spacing_mm[3];
  double mean;
  int64_t n_voxels;
  double weight;  ///< W
  double product; ///< M
  double square;  ///< G
} pairs;

static double distance_weight(const pairs *p, int64_t x, int64_t y, int64_t z) {
  if (x == 0 && y == 0 && z == 0)
    return 0.0;
  double dx = (double)x * p->spacing_mm[0], dy = (double)y * p->spacing_mm[1],
         dz = (double)z * p->spacing_mm[2];
  return 1.0 / sqrt(dx * dx + dy * dy + dz * dz);
}

// --- pair by pair ------------------------------------------------------------------------------

typedef struct voxel {
  int32_t at[3];
  double deviation;
} voxel;

static int64_t list_voxels(const pairs *p, voxel *list) {
  int64_t n = 0;
  for (int64_t z = 0; z < p->n[2]; z++)
    for (int64_t y = 0; y < p->n[1]; y++)
      for (int64_t x = 0; x < p->n[0]; x++) {
        int64_t i = x + p->row * y + p->slice * z;
        if (p->mask[i])
          list[n++] = (voxel){{(int32_t)x, (int32_t)y, (int32_t)z}, p->intensity[i] - p->mean};
      }
  return n;
}

static rc_status sum_directly(pairs *p, rc_arena *arena, rc_error *err) {
  voxel *list = rc_arena_alloc(arena, (size_t)p->n_voxels, sizeof *list);
  double *by_lag = rc_arena_alloc(arena, (size_t)(p->n[0] * p->n[1] * p->n[2]), sizeof *by_lag);
  if (list == NULL || by_lag == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for spatial autocorrelation");
  for (int64_t z = 0, i = 0; z < p->n[2]; z++)
    for (int64_t y = 0; y < p->n[1]; y++)
      for (int64_t x = 0; x < p->n[0]; x++, i++)
        by_lag[i] = distance_weight(p, x, y, z);

  int64_t n = list_voxels(p, list);
  for (int64_t i = 0; i < n; i++) {
    double weight = 0.0, product = 0.0, square = 0.0;
    for (int64_t j = 0; j < i; j++) {
      int64_t lag[3];
      for (int d = 0; d < 3; d++) {
        lag[d] = list[i].at[d] - list[j].at[d];
        lag[d] = lag[d] < 0 ? -lag[d] : lag[d];
      }
      double w = by_lag[lag[0] + p->n[0] * (lag[1] + p->n[1] * lag[2])];
      weight += w;
      product += w * list[j].deviation;
      square += w * list[j].deviation * list[j].deviation;
    }
    double d = list[i].deviation;
    p->weight += 2.0 * weight;
    p->product += 2.0 * product * d;
    p->square += square + weight * d * d;
  }
  return RC_OK;
}

// --- by Fourier transform ----------------------------------------------------------------------

/// Rows transformed together on the way into planes.
#define BATCH 8

typedef enum field { FIELD_MASK, FIELD_SQUARE, FIELD_DEVIATION } field;

/// Two fields are transformed first, for W and G; M follows in the memory of one of them.
#define N_SPECTRA 2

/// Everything of one transform. Periods are even and at least twice the box, so that no lag wraps
/// around; the weights of lags are even in each axis, so their transform is a real cosine one.
/// Only the x axis is transformed for the whole box; y and z follow plane by plane in buffers.
typedef struct fourier {
  int64_t half[3];                   ///< half periods L: frequencies 0..L, period 2 L
  fftw_complex *spectrum[N_SPECTRA]; ///< [kx 0..L][z < n][y < n]
  double *kernel;                    ///< [kx 0..L], and for each [z 0..L][y 0..L] and padding
  int64_t kernel_step;               ///< from one kx to the next: whole cache lines
  fftw_plan along_x, along_y, along_z, kernel_x, kernel_plane;
} fourier;

static bool smooth(int64_t n) {
  static const int64_t prime[4] = {2, 3, 5, 7};
  for (int k = 0; k < 4; k++)
    while (n % prime[k] == 0)
      n /= prime[k];
  return n == 1;
}

static int64_t half_period(int64_t n) {
  while (!smooth(n))
    n++;
  return n;
}

static void *zeroed(rc_arena *arena, int64_t n, size_t size) {
  return rc_arena_alloc(arena, (size_t)n, size);
}

/// Plans depend on sizes and alignment (64 bytes) alone, and are made without measuring, so the
/// same region is always transformed in the same way. FFTW's planner is not thread-safe.
static rc_status make_plans(fourier *f, const int64_t n[3], void *scratch, rc_error *err) {
  int px = (int)(2 * f->half[0]), py = (int)(2 * f->half[1]), pz = (int)(2 * f->half[2]);
  int kx = px / 2 + 1, ky = py / 2 + 1, kz = pz / 2 + 1;
  double *real = scratch;
  fftw_complex *complex_values = scratch;
  fftw_complex *spectrum = f->spectrum[0];
  const fftw_r2r_kind even[2] = {FFTW_REDFT00, FFTW_REDFT00};
  const int plane[2] = {kz, ky};
#pragma omp critical(rc_fftw_planner)
  {
    f->along_x = fftw_plan_many_dft_r2c(1, &px, BATCH, real, NULL, 1, px, spectrum, NULL, BATCH, 1,
                                        FFTW_ESTIMATE);
    f->along_y = fftw_plan_many_dft(1, &py, (int)n[2], complex_values, NULL, 1, py, complex_values,
                                    NULL, 1, py, FFTW_FORWARD, FFTW_ESTIMATE);
    f->along_z = fftw_plan_many_dft(1, &pz, py, complex_values, NULL, py, 1, complex_values, NULL,
                                    py, 1, FFTW_FORWARD, FFTW_ESTIMATE);
    f->kernel_x = fftw_plan_many_r2r(1, &kx, BATCH, real, NULL, 1, kx, (double *)spectrum, NULL,
                                     BATCH, 1, even, FFTW_ESTIMATE);
    f->kernel_plane = fftw_plan_r2r(2, plane, real, real, even, FFTW_ESTIMATE);
  }
  if (f->along_x == NULL || f->along_y == NULL || f->along_z == NULL || f->kernel_x == NULL ||
      f->kernel_plane == NULL)
    return rc_fail(err, RC_ERR_NUMERIC, "FFTW has no plan for periods %d x %d x %d", px, py, pz);
  return RC_OK;
}

static void drop_plans(fourier *f) {
#pragma omp critical(rc_fftw_planner)
  {
    fftw_plan plan[5] = {f->along_x, f->along_y, f->along_z, f->kernel_x, f->kernel_plane};
    for (int k = 0; k < 5; k++)
      if (plan[k] != NULL)
        fftw_destroy_plan(plan[k]);
  }
}

/// Buffers of one thread.
typedef struct workspace {
  double *rows;             ///< [BATCH][2 L] of x
  fftw_complex *row_result; ///< [kx][BATCH]
  fftw_complex *plane[2];   ///< [2 L of z][2 L of y]
} workspace;

static bool make_workspace(const fourier *f, rc_arena *arena, workspace *w) {
  int64_t plane = 4 * f->half[1] * f->half[2];
  w->rows = zeroed(arena, BATCH * (2 * f->half[0] + 2), sizeof(double));
  w->row_result = zeroed(arena, BATCH * (f->half[0] + 1), sizeof(fftw_complex));
  w->plane[0] = zeroed(arena, plane, sizeof(fftw_complex));
  w->plane[1] = zeroed(arena, plane, sizeof(fftw_complex));
  return w->rows != NULL && w->row_result != NULL && w->plane[0] != NULL && w->plane[1] != NULL;
}

static double field_value(const pairs *p, field which, int64_t i) {
  if (!p->mask[i])
    return 0.0;
  double d = p->intensity[i] - p->mean;
  return which == FIELD_MASK ? 1.0 : which == FIELD_SQUARE ? d * d : d;
}

/// Transforms rows y .. y + BATCH - 1 of slice z of a field along x into spectrum[kx][z][y].
static void transform_rows(const pairs *p, const fourier *f, field which, fftw_complex *spectrum,
                           int64_t y, int64_t z, workspace *w) {
  int64_t period = 2 * f->half[0], rows = p->n[1] - y < BATCH ? p->n[1] - y : BATCH;
  memset(w->rows, 0, (size_t)(BATCH * period) * sizeof(double));
  for (int64_t b = 0; b < rows; b++)
    for (int64_t x = 0; x < p->n[0]; x++)
      w->rows[b * period + x] = field_value(p, which, x + p->row * (y + b) + p->slice * z);
  fftw_execute_dft_r2c(f->along_x, w->rows, w->row_result);
  for (int64_t k = 0; k <= f->half[0]; k++)
    memcpy(spectrum + y + p->n[1] * (z + p->n[2] * k), w->row_result + BATCH * k,
           (size_t)rows * sizeof(fftw_complex));
}

/// The same for the weights of lags (x, y .. y + BATCH - 1, z).
static void transform_weights(const pairs *p, const fourier *f, int64_t y, int64_t z,
                              workspace *w) {
  int64_t nx = f->half[0] + 1, ny = f->half[1] + 1;
  int64_t rows = ny - y < BATCH ? ny - y : BATCH;
  for (int64_t b = 0; b < rows; b++)
    for (int64_t x = 0; x < nx; x++)
      w->rows[b * nx + x] = distance_weight(p, x, y + b, z);
  fftw_execute_r2r(f->kernel_x, w->rows, (double *)w->row_result);
  for (int64_t k = 0; k < nx; k++)
    memcpy(f->kernel + y + ny * z + f->kernel_step * k, (double *)w->row_result + BATCH * k,
           (size_t)rows * sizeof(double));
}

/// Transforms plane kx of a spectrum along y and z into out[z][y].
static void transform_plane(const pairs *p, const fourier *f, const fftw_complex *spectrum,
                            int64_t kx, fftw_complex *out) {
  int64_t py = 2 * f->half[1], pz = 2 * f->half[2];
  const fftw_complex *in = spectrum + p->n[1] * p->n[2] * kx;
  memset(out, 0, (size_t)(py * pz) * sizeof *out);
  for (int64_t z = 0; z < p->n[2]; z++)
    memcpy(out + py * z, in + p->n[1] * z, (size_t)p->n[1] * sizeof *out);
  fftw_execute_dft(f->along_y, out, out);
  fftw_execute_dft(f->along_z, out, out);
}

static double real_product(fftw_complex a, fftw_complex b) {
  return creal(a) * creal(b) + cimag(a) * cimag(b);
}

/// Sum over the plane of kernel * Re(conj(a) b); the kernel holds frequencies 0..L of both axes.
static double plane_sum(const fourier *f, const double *kernel, const fftw_complex *a,
                        const fftw_complex *b) {
  int64_t py = 2 * f->half[1], pz = 2 * f->half[2], ly = f->half[1];
  double sum = 0.0;
  for (int64_t z = 0; z < pz; z++) {
    const double *row = kernel + (ly + 1) * (z <= f->half[2] ? z : pz - z);
    const fftw_complex *ra = a + py * z, *rb = b + py * z;
    double row_sum = row[0] * real_product(ra[0], rb[0]) + row[ly] * real_product(ra[ly], rb[ly]);
    for (int64_t y = 1; y < ly; y++)
      row_sum += row[y] * (real_product(ra[y], rb[y]) + real_product(ra[py - y], rb[py - y]));
    sum += row_sum;
  }
  return sum;
}

/// Shares of plane kx in the three sums, in the order of `share`.
enum { SHARE_WEIGHT, SHARE_SQUARE, SHARE_PRODUCT, N_SHARES };

/// All rows of a field into a spectrum; called by every thread of a team.
static void transform_field(const pairs *p, const fourier *f, field which, fftw_complex *spectrum,
                            workspace *w) {
#pragma omp for schedule(static)
  for (int64_t z = 0; z < p->n[2]; z++)
    for (int64_t y = 0; y < p->n[1]; y += BATCH)
      transform_rows(p, f, which, spectrum, y, z, w);
}

static void run_thread(const pairs *p, const fourier *f, workspace *w, double (*share)[N_SHARES]) {
#pragma omp for schedule(static) nowait
  for (int64_t z = 0; z < f->half[2] + 1; z++)
    for (int64_t y = 0; y <= f->half[1]; y += BATCH)
      transform_weights(p, f, y, z, w);
  transform_field(p, f, FIELD_MASK, f->spectrum[0], w);
  transform_field(p, f, FIELD_SQUARE, f->spectrum[1], w);
#pragma omp for schedule(static)
  for (int64_t kx = 0; kx <= f->half[0]; kx++) {
    double *kernel = f->kernel + f->kernel_step * kx;
    fftw_execute_r2r(f->kernel_plane, kernel, kernel);
    transform_plane(p, f, f->spectrum[0], kx, w->plane[0]);
    transform_plane(p, f, f->spectrum[1], kx, w->plane[1]);
    share[kx][SHARE_WEIGHT] = plane_sum(f, kernel, w->plane[0], w->plane[0]);
    share[kx][SHARE_SQUARE] = plane_sum(f, kernel, w->plane[0], w->plane[1]);
  }
  transform_field(p, f, FIELD_DEVIATION, f->spectrum[0], w);
#pragma omp for schedule(static)
  for (int64_t kx = 0; kx <= f->half[0]; kx++) {
    transform_plane(p, f, f->spectrum[0], kx, w->plane[0]);
    share[kx][SHARE_PRODUCT] =
        plane_sum(f, f->kernel + f->kernel_step * kx, w->plane[0], w->plane[0]);
  }
}

static void run_transforms(pairs *p, const fourier *f, workspace *work, double (*share)[N_SHARES]) {
#pragma omp parallel
  run_thread(p, f, &work[omp_get_thread_num()], share);

  double total = 8.0 * (double)f->half[0] * (double)f->half[1] * (double)f->half[2];
  double sum[N_SHARES] = {0};
  for (int64_t kx = 0; kx <= f->half[0]; kx++)
    for (int k = 0; k < N_SHARES; k++) // all but the first and last plane stand for -kx, too
      sum[k] += (kx == 0 || kx == f->half[0] ? 1.0 : 2.0) * share[kx][k];
  p->weight = sum[SHARE_WEIGHT] / total;
  p->square = sum[SHARE_SQUARE] / total;
  p->product = sum[SHARE_PRODUCT] / total;
}

static rc_status sum_by_fourier(pairs *p, rc_arena *arena, rc_error *err) {
  rc_status status = RC_OK;
  fourier f = {0};
  int threads = omp_get_max_threads();
  bool enough = true;
  for (int d = 0; d < 3; d++)
    f.half[d] = half_period(p->n[d]);
  int64_t nx = f.half[0] + 1;
  workspace *work = rc_arena_alloc(arena, (size_t)threads, sizeof *work);
  double(*share)[N_SHARES] = rc_arena_alloc(arena, (size_t)nx, sizeof *share);
  for (int k = 0; k < N_SPECTRA; k++) {
    f.spectrum[k] = zeroed(arena, nx * p->n[1] * p->n[2], sizeof(fftw_complex));
    enough = enough && f.spectrum[k] != NULL;
  }
  f.kernel_step = ((f.half[1] + 1) * (f.half[2] + 1) + 7) / 8 * 8;
  f.kernel = zeroed(arena, nx, (size_t)f.kernel_step * sizeof(double));
  for (int t = 0; t < threads && work != NULL; t++)
    enough = enough && make_workspace(&f, arena, &work[t]);
  if (!enough || work == NULL || share == NULL || f.kernel == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for spatial autocorrelation");
  status = make_plans(&f, p->n, work[0].plane[0], err);
  if (status == RC_OK)
    run_transforms(p, &f, work, share);
  drop_plans(&f);
  return status;
}

/// A transform costs about as much as this many pairs for each voxel of the padded box.
#define PAIRS_PER_PADDED_VOXEL 40.0

static bool direct_is_faster(const pairs *p) {
  double padded = 8.0;
  for (int d = 0; d < 3; d++)
    padded *= (double)half_period(p->n[d]);
  return 0.5 * (double)p->n_voxels * (double)p->n_voxels <= PAIRS_PER_PADDED_VOXEL * padded;
}

/// Sum of squared deviations, slice by slice; 0 exactly when the intensity is constant. Counts the
/// voxels, too.
static double squared_deviations(pairs *p) {
  double sum = 0.0, low = INFINITY, high = -INFINITY;
  for (int64_t z = 0; z < p->n[2]; z++) {
    double slice = 0.0;
    for (int64_t y = 0; y < p->n[1]; y++)
      for (int64_t x = 0; x < p->n[0]; x++) {
        int64_t i = x + p->row * y + p->slice * z;
        if (!p->mask[i])
          continue;
        double d = p->intensity[i] - p->mean;
        slice += d * d;
        low = p->intensity[i] < low ? p->intensity[i] : low;
        high = p->intensity[i] > high ? p->intensity[i] : high;
        p->n_voxels++;
      }
    sum += slice;
  }
  return high > low ? sum : 0.0;
}

rc_status rc_autocorrelation(const double *intensity, const uint8_t *mask, const int64_t size[3],
                             const rc_box *box, const double spacing_mm[3], double mean,
                             rc_pair_method method, rc_arena *arena, double *moran_i,
                             double *geary_c, rc_error *err) {
  int64_t start = box->low[0] + size[0] * (box->low[1] + size[1] * box->low[2]);
  pairs p = {intensity + start,
             mask + start,
             size[0],
             size[0] * size[1],
             {0},
             {0},
             mean,
             0,
             0.0,
             0.0,
             0.0};
  for (int d = 0; d < 3; d++) {
    p.n[d] = box->high[d] - box->low[d];
    p.spacing_mm[d] = spacing_mm[d];
  }
  *moran_i = *geary_c = NAN;
  double squares = squared_deviations(&p);
  if (squares == 0.0)
    return RC_OK;
  bool direct = method == RC_PAIRS_DIRECT || (method == RC_PAIRS_BY_COST && direct_is_faster(&p));
  rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_status status = direct ? sum_directly(&p, arena, err) : sum_by_fourier(&p, arena, err);
  rc_arena_rewind(arena, mark);
  if (status != RC_OK)
    return status;
  double n = (double)p.n_voxels;
  *moran_i = n / p.weight * p.product / squares;
  // sum w (x_i - x_j)^2 = 2 sum w d_i^2 - 2 sum w d_i d_j
  *geary_c = (n - 1.0) / p.weight * (p.square - p.product) / squares;
  return RC_OK;
}
