// SPDX-License-Identifier: Apache-2.0
#include "filters/convolve.h"

#include "base/clones.h"

#include <omp.h>
#include <string.h>

// One row is summed in registers, a chunk of voxels at a time.
#define CHUNK 32

int64_t rc_kernel_reach(const rc_kernel *kernel) {
  return kernel->step * (kernel->n / 2);
}

void rc_kernel_needs(int64_t reach, rc_boundary boundary, int64_t size, int64_t low, int64_t high,
                     int64_t *from, int64_t *to) {
  bool leaves = reach > low || reach > size - high;
  bool all = leaves && boundary == RC_BOUNDARY_PERIODIC;
  *from = all || reach > low ? 0 : low - reach;
  *to = all || reach > size - high ? size : high + reach;
}

static int64_t offset_of(const rc_kernel *kernel, int64_t k) {
  int64_t offset = kernel->step * (kernel->n / 2 - k);
  return kernel->flipped ? -offset : offset;
}

/// out[x] = sum of tap[k] * row[k][x]; a row that is NULL counts as zeros.
RC_CLONES static void combine(const double *const *row, const double *tap, int64_t n_taps,
                              int64_t n, double *out) {
  int64_t x = 0;
  for (; x + CHUNK <= n; x += CHUNK) {
    double sum[CHUNK];
    for (int i = 0; i < CHUNK; i++)
      sum[i] = 0.0;
    for (int64_t k = 0; k < n_taps; k++) {
      if (row[k] == NULL)
        continue;
      const double *from = row[k] + x;
      const double weight = tap[k];
      for (int i = 0; i < CHUNK; i++)
        sum[i] += weight * from[i];
    }
    memcpy(out + x, sum, sizeof sum);
  }
  for (; x < n; x++) {
    double sum = 0.0;
    for (int64_t k = 0; k < n_taps; k++)
      if (row[k] != NULL)
        sum += tap[k] * row[k][x];
    out[x] = sum;
  }
}

/// The same with every product and sum in single precision. Taps and rows hold such numbers.
RC_CLONES static void combine_single(const double *const *row, const double *tap, int64_t n_taps,
                                     int64_t n, double *out) {
  for (int64_t x = 0; x < n; x += CHUNK) {
    const int m = n - x < CHUNK ? (int)(n - x) : CHUNK;
    float sum[CHUNK];
    for (int i = 0; i < m; i++)
      sum[i] = 0.0F;
    for (int64_t k = 0; k < n_taps; k++) {
      if (row[k] == NULL)
        continue;
      const double *from = row[k] + x;
      const float weight = (float)tap[k];
      for (int i = 0; i < m; i++)
        sum[i] += weight * (float)from[i];
    }
    for (int i = 0; i < m; i++)
      out[x + i] = (double)sum[i];
  }
}

static void combine_row(const rc_kernel *kernel, const double *const *row, int64_t n, double *out) {
  if (kernel->single)
    combine_single(row, kernel->tap, kernel->n, n, out);
  else
    combine(row, kernel->tap, kernel->n, n, out);
}

typedef struct job {
  const rc_kernel *kernel;
  rc_boundary boundary;
  const int64_t *size;
  const rc_box *box;
  const double *in;
  double *out;
} job;

static int64_t index_of(const job *j, int64_t x, int64_t y, int64_t z) {
  return x + j->size[0] * (y + j->size[1] * z);
}

/// Row (y, z) of the box along axis 1 or 2: whole rows are combined.
static void row_across(const job *j, int axis, int64_t y, int64_t z, const double **row) {
  for (int64_t k = 0; k < j->kernel->n; k++) {
    int64_t at[2] = {y, z};
    at[axis - 1] =
        rc_boundary_index(j->boundary, j->size[axis], at[axis - 1] + offset_of(j->kernel, k));
    bool inside = at[0] >= 0 && at[1] >= 0;
    row[k] = inside ? j->in + index_of(j, j->box->low[0], at[0], at[1]) : NULL;
  }
  combine_row(j->kernel, row, j->box->high[0] - j->box->low[0],
              j->out + index_of(j, j->box->low[0], y, z));
}

/// Row (y, z) of the box along x: the row, continued beyond its ends, is combined with itself.
static void row_along(const job *j, int64_t y, int64_t z, const double **row, double *padded) {
  const int64_t reach = rc_kernel_reach(j->kernel), low = j->box->low[0], n = j->box->high[0] - low;
  const double *from = j->in + index_of(j, 0, y, z);
  int64_t first = low - reach < 0 ? 0 : low - reach;
  int64_t last = low + n + reach > j->size[0] ? j->size[0] : low + n + reach;
  for (int64_t x = low - reach; x < first; x++) {
    int64_t at = rc_boundary_index(j->boundary, j->size[0], x);
    padded[x - low + reach] = at < 0 ? 0.0 : from[at];
  }
  memcpy(padded + first - low + reach, from + first, (size_t)(last - first) * sizeof *padded);
  for (int64_t x = last; x < low + n + reach; x++) {
    int64_t at = rc_boundary_index(j->boundary, j->size[0], x);
    padded[x - low + reach] = at < 0 ? 0.0 : from[at];
  }
  for (int64_t k = 0; k < j->kernel->n; k++)
    row[k] = padded + reach + offset_of(j->kernel, k);
  combine_row(j->kernel, row, n, j->out + index_of(j, low, y, z));
}

/// Neighbouring iterations share most of the rows they read, so the filtered axis runs inside.
static void run(const job *j, int axis, const double **row, double *padded, int64_t n_padded) {
  const rc_box *box = j->box;
  int outer = axis == 2 ? 1 : 2, inner = 3 - outer;
#pragma omp parallel for schedule(static)
  for (int64_t a = box->low[outer]; a < box->high[outer]; a++) {
    const int thread = omp_get_thread_num();
    for (int64_t b = box->low[inner]; b < box->high[inner]; b++) {
      int64_t y = outer == 1 ? a : b, z = outer == 1 ? b : a;
      if (axis == 0)
        row_along(j, y, z, row + thread * j->kernel->n, padded + thread * n_padded);
      else
        row_across(j, axis, y, z, row + thread * j->kernel->n);
    }
  }
}

rc_status rc_convolve(const rc_kernel *kernel, int axis, rc_boundary boundary,
                      const int64_t size[3], const rc_box *box, const double *in, double *out,
                      rc_arena *arena, rc_error *err) {
  const job j = {kernel, boundary, size, box, in, out};
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  size_t threads = (size_t)omp_get_max_threads();
  int64_t n_padded = axis == 0 ? box->high[0] - box->low[0] + 2 * rc_kernel_reach(kernel) : 0;
  const double **row = rc_arena_alloc(arena, threads * (size_t)kernel->n, sizeof *row);
  double *padded = rc_arena_alloc(arena, threads * (size_t)n_padded, sizeof *padded);
  rc_status status = RC_OK;
  if (row != NULL && padded != NULL)
    run(&j, axis, row, padded, n_padded);
  else
    status =
        rc_fail(err, RC_ERR_MEMORY, "no memory for a kernel of %lld taps", (long long)kernel->n);
  rc_arena_rewind(arena, mark);
  return status;
}
