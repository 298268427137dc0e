// SPDX-License-Identifier: Apache-2.0
#include "texture/autocorrelation.h"

#include "base/clones.h"

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

/// Rows transformed together. They are turned on the way to the next axis: the results of so many
/// rows at one frequency are two cache lines.
#define BATCH 8

typedef enum field { FIELD_MASK, FIELD_SQUARE, FIELD_DEVIATION, N_FIELDS } field;

/// Spectra may take so many bytes, or more for each voxel of the box; of larger regions they are
/// made for a part of kx at a time.
#define MAX_BYTES (INT64_C(64) << 20)
#define BYTES_PER_VOXEL 16

/// Everything of one transform. Periods are even and at least twice the box, so that no lag wraps
/// around. The weights of lags are even along each axis, so their transform is real.
typedef struct fourier {
  int64_t half[3];                  ///< half periods L: period 2 L
  int64_t first, end;               ///< kx that are in memory, of 0..L
  fftw_complex *spectrum[N_FIELDS]; ///< [kx][z < n][y < n]
  double *weight;                   ///< [kx][z 0..L][y 0..L]
  fftw_plan real[3];                ///< along each axis: rows of real numbers to frequencies 0..L
  fftw_plan full[3];                ///< along y and z: rows of complex numbers
} fourier;

/// FFTW's unmeasured plans are slow for lengths with factors of 3, and best for 2 and 5: time of a
/// transform of this length by that of one of about the same.
static double slowness(int64_t length) {
  static const int64_t prime[4] = {2, 5, 7, 3};
  static const double price[4] = {1.0, 1.0, 1.2, 1.5};
  double factor = 1.0;
  for (int k = 0; k < 4; k++) {
    factor *= length % prime[k] == 0 ? price[k] : 1.0;
    while (length % prime[k] == 0)
      length /= prime[k];
  }
  return length == 1 ? factor : INFINITY;
}

static int64_t half_period(int64_t n) {
  int64_t best = n;
  double least = INFINITY;
  for (int64_t half = n; half <= 2 * n && (double)half < least; half++) {
    double cost = slowness(2 * half) * (double)half;
    if (cost < least) {
      least = cost;
      best = half;
    }
  }
  return best;
}

/// Buffers of one thread. What lies behind the voxels of the box in `rows`, `line` stays zero.
typedef struct workspace {
  double *rows[N_FIELDS];         ///< [BATCH][2 L of x]
  double *even;                   ///< [BATCH][2 L of any]
  fftw_complex *line[3];          ///< [BATCH][2 L of y], [BATCH][2 L of z]
  fftw_complex *result[N_FIELDS]; ///< [BATCH][2 L of any]
  fftw_complex *plane[N_FIELDS];  ///< [ky][z < n]
  double *turned;                 ///< [ky 0..L][z 0..L]
  double *kernel;                 ///< [ky 0..L][kz][2]: the transformed weights, each twice
} workspace;

static bool make_workspace(const fourier *f, const int64_t n[3], rc_arena *arena, workspace *w) {
  const int64_t *half = f->half;
  int64_t longest = half[0];
  bool enough = true;
  for (int d = 1; d < 3; d++) {
    longest = half[d] > longest ? half[d] : longest;
    w->line[d] = rc_arena_alloc(arena, (size_t)(2 * BATCH * half[d]), sizeof(fftw_complex));
    enough = enough && w->line[d] != NULL;
  }
  for (int k = 0; k < N_FIELDS; k++) {
    w->rows[k] = rc_arena_alloc(arena, (size_t)(2 * BATCH * half[0]), sizeof(double));
    w->result[k] = rc_arena_alloc(arena, (size_t)(2 * BATCH * longest), sizeof(fftw_complex));
    w->plane[k] = rc_arena_alloc(arena, (size_t)(2 * half[1] * n[2]), sizeof(fftw_complex));
    enough = enough && w->rows[k] != NULL && w->result[k] != NULL && w->plane[k] != NULL;
  }
  w->even = rc_arena_alloc(arena, (size_t)(2 * BATCH * longest), sizeof(double));
  w->turned = rc_arena_alloc(arena, (size_t)((half[1] + 1) * (half[2] + 1)), sizeof(double));
  w->kernel = rc_arena_alloc(arena, (size_t)((half[1] + 1) * 4 * half[2]), sizeof(double));
  return enough && w->even != NULL && w->turned != NULL && w->kernel != NULL;
}

/// Plans depend on sizes and alignment (64 bytes) alone, and are made without measuring, so the
/// same region is always transformed in the same way. FFTW's planner is not thread-safe.
static rc_status make_plans(fourier *f, const workspace *w, rc_error *err) {
  bool enough = true;
#pragma omp critical(rc_fftw_planner)
  for (int d = 0; d < 3; d++) {
    int period = (int)(2 * f->half[d]), n = period / 2 + 1;
    f->real[d] = fftw_plan_many_dft_r2c(1, &period, BATCH, w->even, NULL, 1, period, w->result[0],
                                        NULL, 1, n, FFTW_ESTIMATE);
    if (d > 0)
      f->full[d] = fftw_plan_many_dft(1, &period, BATCH, w->line[d], NULL, 1, period, w->result[0],
                                      NULL, 1, period, FFTW_FORWARD, FFTW_ESTIMATE);
    enough = enough && f->real[d] != NULL && (d == 0 || f->full[d] != NULL);
  }
  return enough ? RC_OK
                : rc_fail(err, RC_ERR_NUMERIC, "FFTW has no plan for periods %d x %d x %d",
                          (int)(2 * f->half[0]), (int)(2 * f->half[1]), (int)(2 * f->half[2]));
}

static void drop_plans(fourier *f) {
#pragma omp critical(rc_fftw_planner)
  for (int d = 0; d < 3; d++) {
    if (f->real[d] != NULL)
      fftw_destroy_plan(f->real[d]);
    if (f->full[d] != NULL)
      fftw_destroy_plan(f->full[d]);
  }
}

static int64_t rows_at(int64_t from, int64_t end) {
  return end - from < BATCH ? end - from : BATCH;
}

/// to[k][b] = from[b][k] for `n` rows b; steps are those of k in `to` and of b in `from`.
static void turn(const fftw_complex *from, int64_t from_step, int64_t n, int64_t n_frequencies,
                 fftw_complex *to, int64_t to_step) {
  for (int64_t k = 0; k < n_frequencies; k++, from++, to += to_step) {
    if (n == BATCH) // unrolled
      for (int64_t b = 0; b < BATCH; b++)
        memcpy(to + b, from + from_step * b, sizeof *to);
    else
      for (int64_t b = 0; b < n; b++)
        memcpy(to + b, from + from_step * b, sizeof *to);
  }
}

/// The same for the real parts.
static void turn_real(const fftw_complex *from, int64_t from_step, int64_t n, int64_t n_frequencies,
                      double *to, int64_t to_step) {
  for (int64_t k = 0; k < n_frequencies; k++, from++, to += to_step)
    for (int64_t b = 0; b < n; b++)
      to[b] = creal(from[from_step * b]);
}

// Along x, for the whole box.

/// The fields of one row.
RC_CLONES static void fill_row(const uint8_t *set, const double *intensity, double mean, int64_t n,
                               double *restrict mask, double *restrict square,
                               double *restrict deviation) {
  for (int64_t x = 0; x < n; x++) {
    double d = set[x] != 0 ? intensity[x] - mean : 0.0;
    mask[x] = set[x] != 0 ? 1.0 : 0.0;
    square[x] = d * d;
    deviation[x] = d;
  }
}

static bool is_empty(const uint8_t *row, int64_t n) {
  unsigned any = 0;
  for (int64_t x = 0; x < n; x++)
    any |= row[x];
  return any == 0;
}

/// Rows y .. y + BATCH - 1 of slice z of all fields.
static void transform_rows(const pairs *p, const fourier *f, int64_t y, int64_t z, workspace *w) {
  const int64_t period = 2 * f->half[0], n = rows_at(y, p->n[1]), planes = f->end - f->first;
  bool empty = true;
  for (int64_t b = 0; b < n; b++) {
    const int64_t at = p->row * (y + b) + p->slice * z;
    empty = empty && is_empty(p->mask + at, p->n[0]);
    fill_row(p->mask + at, p->intensity + at, p->mean, p->n[0], w->rows[FIELD_MASK] + b * period,
             w->rows[FIELD_SQUARE] + b * period, w->rows[FIELD_DEVIATION] + b * period);
  }
  for (int k = 0; k < N_FIELDS; k++) {
    fftw_complex *to = f->spectrum[k] + y + p->n[1] * z;
    if (!empty) {
      fftw_execute_dft_r2c(f->real[0], w->rows[k], w->result[0]);
      turn(w->result[0] + f->first, f->half[0] + 1, n, planes, to, p->n[1] * p->n[2]);
    } else
      for (int64_t kx = 0; kx < planes; kx++)
        memset(to + p->n[1] * p->n[2] * kx, 0, (size_t)n * sizeof *to);
  }
}

/// Continues row b of w->even, of which 0..L are filled, evenly to its period.
static void mirror(double *row, int64_t half) {
  for (int64_t i = 1; i < half; i++)
    row[2 * half - i] = row[i];
}

/// Weights of lags 0..n - 1 along x that lie `across` (a squared distance) apart otherwise.
RC_CLONES static void fill_weights(double spacing_mm, double across, int64_t n,
                                   double *restrict row) {
  for (int64_t x = 0; x < n; x++) {
    double along = (double)(int32_t)x * spacing_mm;
    row[x] = 1.0 / sqrt(along * along + across);
  }
  row[0] = across > 0.0 ? row[0] : 0.0;
}

/// Those of lags (0..L, y .. y + BATCH - 1, z).
static void transform_weights(const pairs *p, const fourier *f, int64_t y, int64_t z,
                              workspace *w) {
  const int64_t half = f->half[0], ny = f->half[1] + 1, n = rows_at(y, ny);
  for (int64_t b = 0; b < n; b++) {
    double *row = w->even + 2 * half * b;
    double dy = (double)(y + b) * p->spacing_mm[1], dz = (double)z * p->spacing_mm[2];
    fill_weights(p->spacing_mm[0], dy * dy + dz * dz, half + 1, row);
    mirror(row, half);
  }
  fftw_execute_dft_r2c(f->real[0], w->even, w->result[0]);
  turn_real(w->result[0] + f->first, half + 1, n, f->end - f->first, f->weight + y + ny * z,
            ny * (f->half[2] + 1));
}

// Along y and z, plane by plane of kx, in the buffers of a thread.

/// w->kernel of a plane of weights.
static void transform_weight_plane(const fourier *f, const double *weight, workspace *w) {
  const int64_t ly = f->half[1], lz = f->half[2];
  for (int64_t z = 0; z <= lz; z += BATCH) {
    const int64_t n = rows_at(z, lz + 1);
    for (int64_t b = 0; b < n; b++) {
      double *row = w->even + 2 * ly * b;
      memcpy(row, weight + (ly + 1) * (z + b), (size_t)(ly + 1) * sizeof *row);
      mirror(row, ly);
    }
    fftw_execute_dft_r2c(f->real[1], w->even, w->result[0]);
    turn_real(w->result[0], ly + 1, n, ly + 1, w->turned + z, lz + 1);
  }
  for (int64_t ky = 0; ky <= ly; ky += BATCH) {
    const int64_t n = rows_at(ky, ly + 1);
    for (int64_t b = 0; b < n; b++) {
      double *row = w->even + 2 * lz * b;
      memcpy(row, w->turned + (lz + 1) * (ky + b), (size_t)(lz + 1) * sizeof *row);
      mirror(row, lz);
    }
    fftw_execute_dft_r2c(f->real[2], w->even, w->result[0]);
    for (int64_t b = 0; b < n; b++) {
      const fftw_complex *from = w->result[0] + (lz + 1) * b;
      double *to = w->kernel + 4 * lz * (ky + b);
      for (int64_t kz = 0; kz < 2 * lz; kz++)
        to[2 * kz] = to[2 * kz + 1] = creal(from[kz <= lz ? kz : 2 * lz - kz]);
    }
  }
}

/// Plane kx of a spectrum, along y and turned: plane[ky][z].
static void transform_along_y(const pairs *p, const fourier *f, const fftw_complex *spectrum,
                              workspace *w, fftw_complex *plane) {
  const int64_t period = 2 * f->half[1], ny = p->n[1], nz = p->n[2];
  for (int64_t z = 0; z < nz; z += BATCH) {
    const int64_t n = rows_at(z, nz);
    for (int64_t b = 0; b < n; b++)
      memcpy(w->line[1] + period * b, spectrum + ny * (z + b), (size_t)ny * sizeof *spectrum);
    fftw_execute_dft(f->full[1], w->line[1], w->result[0]);
    turn(w->result[0], period, n, period, plane + z, nz);
  }
}

/// Columns ky .. ky + BATCH - 1 of a plane, along z.
static void transform_along_z(const pairs *p, const fourier *f, const fftw_complex *plane,
                              int64_t ky, workspace *w, fftw_complex *result) {
  const int64_t period = 2 * f->half[2], nz = p->n[2], n = rows_at(ky, 2 * f->half[1]);
  for (int64_t b = 0; b < n; b++)
    memcpy(w->line[2] + period * b, plane + nz * (ky + b), (size_t)nz * sizeof *plane);
  fftw_execute_dft(f->full[2], w->line[2], result);
}

/// Shares of a plane of kx in the three sums, in the order of `share`.
enum { SHARE_WEIGHT, SHARE_SQUARE, SHARE_PRODUCT, N_SHARES };

/// Sums are made of so many partial ones, so that the compiler may make them side by side.
#define LANES 8

/// Adds the sums over a column of kernel * Re(conj(a) b), n real and imaginary parts of each.
RC_CLONES static void add_column(const double *kernel, const double *mask, const double *square,
                                 const double *deviation, int64_t n, double share[N_SHARES]) {
  double part[N_SHARES][LANES] = {{0.0}};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int64_t l = 0; l < LANES; l++) {
      double weighted = kernel[i + l] * mask[i + l];
      part[SHARE_WEIGHT][l] += weighted * mask[i + l];
      part[SHARE_SQUARE][l] += weighted * square[i + l];
      part[SHARE_PRODUCT][l] += kernel[i + l] * deviation[i + l] * deviation[i + l];
    }
  for (int64_t l = 0; i < n; i++, l++) {
    part[SHARE_WEIGHT][l] += kernel[i] * mask[i] * mask[i];
    part[SHARE_SQUARE][l] += kernel[i] * mask[i] * square[i];
    part[SHARE_PRODUCT][l] += kernel[i] * deviation[i] * deviation[i];
  }
  for (int k = 0; k < N_SHARES; k++)
    for (int l = 0; l < LANES; l++)
      share[k] += part[k][l];
}

static void add_plane(const pairs *p, const fourier *f, int64_t kx, workspace *w,
                      double share[N_SHARES]) {
  const int64_t ly = f->half[1], lz = f->half[2], at = kx - f->first;
  transform_weight_plane(f, f->weight + (ly + 1) * (lz + 1) * at, w);
  for (int k = 0; k < N_FIELDS; k++)
    transform_along_y(p, f, f->spectrum[k] + p->n[1] * p->n[2] * at, w, w->plane[k]);
  for (int64_t ky = 0; ky < 2 * ly; ky += BATCH) {
    for (int k = 0; k < N_FIELDS; k++)
      transform_along_z(p, f, w->plane[k], ky, w, w->result[k]);
    for (int64_t b = 0; b < rows_at(ky, 2 * ly); b++) {
      const int64_t row = ky + b <= ly ? ky + b : 2 * ly - ky - b;
      const double *column[N_FIELDS];
      for (int k = 0; k < N_FIELDS; k++)
        column[k] = (const double *)(w->result[k] + 2 * lz * b);
      add_column(w->kernel + 4 * lz * row, column[FIELD_MASK], column[FIELD_SQUARE],
                 column[FIELD_DEVIATION], 4 * lz, share);
    }
  }
}

/// Called by every thread of a team.
static void run_thread(const pairs *p, const fourier *f, workspace *w, double (*share)[N_SHARES]) {
#pragma omp for schedule(static) nowait
  for (int64_t z = 0; z < f->half[2] + 1; z++)
    for (int64_t y = 0; y <= f->half[1]; y += BATCH)
      transform_weights(p, f, y, z, w);
#pragma omp for schedule(dynamic, 1)
  for (int64_t z = 0; z < p->n[2]; z++)
    for (int64_t y = 0; y < p->n[1]; y += BATCH)
      transform_rows(p, f, y, z, w);
#pragma omp for schedule(dynamic, 1)
  for (int64_t kx = f->first; kx < f->end; kx++)
    add_plane(p, f, kx, w, share[kx]);
}

/// kx that can be in memory at a time.
static int64_t planes_at_a_time(const pairs *p, const fourier *f) {
  const int64_t box = p->n[0] * p->n[1] * p->n[2];
  int64_t room = BYTES_PER_VOXEL * box > MAX_BYTES ? BYTES_PER_VOXEL * box : MAX_BYTES;
  int64_t plane = N_FIELDS * p->n[1] * p->n[2] * (int64_t)sizeof(fftw_complex) +
                  (f->half[1] + 1) * (f->half[2] + 1) * (int64_t)sizeof(double);
  int64_t all = f->half[0] + 1, chunks = (all * plane + room - 1) / room;
  return (all + chunks - 1) / chunks;
}

static void run_transforms(pairs *p, fourier *f, workspace *work, double (*share)[N_SHARES]) {
  const int64_t all = f->half[0] + 1, step = planes_at_a_time(p, f);
  for (f->first = 0; f->first < all; f->first = f->end) {
    f->end = f->first + step < all ? f->first + step : all;
#pragma omp parallel
    run_thread(p, f, &work[omp_get_thread_num()], share);
  }
  double total = 8.0 * (double)f->half[0] * (double)f->half[1] * (double)f->half[2];
  double sum[N_SHARES] = {0};
  for (int64_t kx = 0; kx < all; kx++)
    for (int k = 0; k < N_SHARES; k++) // all but the first and last plane stand for -kx, too
      sum[k] += (kx == 0 || kx == all - 1 ? 1.0 : 2.0) * share[kx][k];
  p->weight = sum[SHARE_WEIGHT] / total;
  p->square = sum[SHARE_SQUARE] / total;
  p->product = sum[SHARE_PRODUCT] / total;
}

static rc_status sum_by_fourier(pairs *p, rc_arena *arena, rc_error *err) {
  fourier f = {0};
  int threads = omp_get_max_threads();
  bool enough = true;
  for (int d = 0; d < 3; d++)
    f.half[d] = half_period(p->n[d]);
  const int64_t planes = planes_at_a_time(p, &f);
  workspace *work = rc_arena_alloc(arena, (size_t)threads, sizeof *work);
  double(*share)[N_SHARES] = rc_arena_alloc(arena, (size_t)f.half[0] + 1, sizeof *share);
  for (int k = 0; k < N_FIELDS; k++) {
    f.spectrum[k] =
        rc_arena_alloc(arena, (size_t)(planes * p->n[1] * p->n[2]), sizeof(fftw_complex));
    enough = enough && f.spectrum[k] != NULL;
  }
  f.weight =
      rc_arena_alloc(arena, (size_t)(planes * (f.half[1] + 1) * (f.half[2] + 1)), sizeof(double));
  for (int t = 0; t < threads && work != NULL; t++)
    enough = enough && make_workspace(&f, p->n, arena, &work[t]);
  if (!enough || work == NULL || share == NULL || f.weight == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for spatial autocorrelation");
  rc_status status = make_plans(&f, &work[0], err);
  if (status == RC_OK)
    run_transforms(p, &f, work, share);
  drop_plans(&f);
  return status;
}

/// A transform costs about as much as this many pairs for each voxel of the padded box.
#define PAIRS_PER_PADDED_VOXEL 8.0

static bool direct_is_faster(const pairs *p) {
  double padded = 8.0;
  for (int d = 0; d < 3; d++)
    padded *= (double)half_period(p->n[d]);
  return 0.5 * (double)p->n_voxels * (double)p->n_voxels <= PAIRS_PER_PADDED_VOXEL * padded;
}

/// Sum of squared deviations, slice by slice (`slice` has room for each); 0 exactly when the
/// intensity is constant. Counts the voxels, too.
static double squared_deviations(pairs *p, double *slice) {
  double sum = 0.0, low = INFINITY, high = -INFINITY;
  int64_t n = 0;
#pragma omp parallel for schedule(static) reduction(+ : n) reduction(min : low)                    \
    reduction(max : high) if (p->slice * p->n[2] > 100000)
  for (int64_t z = 0; z < p->n[2]; z++)
    for (int64_t y = 0; y < p->n[1]; y++)
      for (int64_t x = 0; x < p->n[0]; x++) {
        int64_t i = x + p->row * y + p->slice * z;
        if (!p->mask[i])
          continue;
        double d = p->intensity[i] - p->mean;
        slice[z] += d * d;
        low = p->intensity[i] < low ? p->intensity[i] : low;
        high = p->intensity[i] > high ? p->intensity[i] : high;
        n++;
      }
  for (int64_t z = 0; z < p->n[2]; z++)
    sum += slice[z];
  p->n_voxels = n;
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
  rc_arena_mark mark = rc_arena_get_mark(arena);
  double *slice = rc_arena_alloc(arena, (size_t)p.n[2], sizeof *slice);
  if (slice == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for spatial autocorrelation");
  double squares = squared_deviations(&p, slice);
  rc_arena_rewind(arena, mark);
  if (squares == 0.0)
    return RC_OK;
  bool direct = method == RC_PAIRS_DIRECT || (method == RC_PAIRS_BY_COST && direct_is_faster(&p));
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
