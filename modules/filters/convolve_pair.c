// SPDX-License-Identifier: Apache-2.0
#include "filters/convolve_pair.h"

#include "base/clones.h"
#include "filters/eight.h"

#include <assert.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

// Voxels of a row that are summed in registers at a time.
#define CHUNK 16
// Bytes of the first-level cache that rows may take.
#define CACHE (24 << 10)

/// Rows as their results need them: a row of results is made of 2 * reach + 1 neighbours.
typedef struct rows {
  const double **of[2]; ///< of in[0] and in[1]
  double *padded[2];    ///< a row along x, continued beyond its ends
} rows;

/// What one call makes: voxels x .. x + n - 1 of a row, from the rows around `of`[..][reach].
typedef struct piece {
  const double *const *of[2];
  int64_t x, n;
  double *out[2]; ///< from x = 0 on
} piece;

/// Voxels x .. x + 15; `second` and `first`: are there in[1] and out[0]?
static inline __attribute__((always_inline)) void
combine_chunk(const rc_kernel_pair *k, const piece *p, int64_t x, bool second, bool first) {
  const double *const *row = p->of[0] + k->reach, *const *other = p->of[1] + k->reach;
  rc_eight sum0[2] = {0}, sum1[2];
  for (int v = 0; v < 2; v++) {
    if (first)
      sum0[v] = k->a[0] * RC_EIGHT_OF(row[0] + x + 8 * v);
    sum1[v] = k->b[0] * RC_EIGHT_OF(row[0] + x + 8 * v);
    if (second)
      sum1[v] += k->a[0] * RC_EIGHT_OF(other[0] + x + 8 * v);
  }
  for (int64_t j = 1; j <= k->reach; j++)
    for (int v = 0; v < 2; v++) {
      const rc_eight both = RC_EIGHT_OF(row[-j] + x + 8 * v) + RC_EIGHT_OF(row[j] + x + 8 * v);
      if (first)
        sum0[v] += k->a[j] * both;
      sum1[v] += k->b[j] * both;
      if (second)
        sum1[v] +=
            k->a[j] * (RC_EIGHT_OF(other[-j] + x + 8 * v) + RC_EIGHT_OF(other[j] + x + 8 * v));
    }
  for (int v = 0; v < 2; v++) {
    if (first)
      RC_EIGHT(p->out[0] + x + 8 * v) = sum0[v];
    RC_EIGHT(p->out[1] + x + 8 * v) = sum1[v];
  }
}

/// The same for one voxel.
static inline __attribute__((always_inline)) void
combine_one(const rc_kernel_pair *k, const piece *p, int64_t x, bool second, bool first) {
  const double *const *row = p->of[0] + k->reach, *const *other = p->of[1] + k->reach;
  double sum0 = k->a[0] * row[0][x], sum1 = k->b[0] * row[0][x];
  if (second)
    sum1 += k->a[0] * other[0][x];
  for (int64_t j = 1; j <= k->reach; j++) {
    const double both = row[-j][x] + row[j][x];
    sum0 += k->a[j] * both;
    sum1 += k->b[j] * both;
    if (second)
      sum1 += k->a[j] * (other[-j][x] + other[j][x]);
  }
  if (first)
    p->out[0][x] = sum0;
  p->out[1][x] = sum1;
}

/// All of a piece; its last chunk begins early, so that it is full, too.
static inline __attribute__((always_inline)) void combine(const rc_kernel_pair *k, const piece *p,
                                                          bool second, bool first) {
  const int64_t end = p->x + p->n;
  for (int64_t x = p->x; x < end && p->n >= CHUNK; x += CHUNK)
    combine_chunk(k, p, x + CHUNK <= end ? x : end - CHUNK, second, first);
  for (int64_t x = p->x; x < end && p->n < CHUNK; x++)
    combine_one(k, p, x, second, first);
}

RC_CLONES static void make_two_of_one(const rc_kernel_pair *k, const piece *p) {
  combine(k, p, false, true);
}

RC_CLONES static void make_two_of_two(const rc_kernel_pair *k, const piece *p) {
  combine(k, p, true, true);
}

RC_CLONES static void make_one_of_two(const rc_kernel_pair *k, const piece *p) {
  combine(k, p, true, false);
}

static void make_piece(const rc_kernel_pair *k, const piece *p, bool second, bool first) {
  if (!second)
    make_two_of_one(k, p);
  else if (first)
    make_two_of_two(k, p);
  else
    make_one_of_two(k, p);
}

typedef struct job {
  const rc_kernel_pair *kernels;
  int axis;
  rc_boundary boundary;
  const int64_t *size;
  const rc_box *box;
  const double *const *in;
  double *const *out;
  const double *zeros; ///< a row beyond the image
} job;

static int64_t index_of(const job *j, int64_t x, int64_t y, int64_t z) {
  return x + j->size[0] * (y + j->size[1] * z);
}

/// All rows of the image along axis 1 or 2 at `across` of the other one, continued beyond its ends.
static void list_rows(const job *j, const double *in, int64_t across, const double **row) {
  const int64_t reach = j->kernels->reach, from = j->box->low[j->axis] - reach;
  for (int64_t i = from; i < j->box->high[j->axis] + reach; i++) {
    int64_t at = rc_boundary_index(j->boundary, j->size[j->axis], i);
    int64_t y = j->axis == 1 ? at : across, z = j->axis == 1 ? across : at;
    row[i - from] = at >= 0 ? in + index_of(j, j->box->low[0], y, z) : j->zeros;
  }
}

/// Rows for a result along x: the row itself, continued beyond its ends, shifted.
static void shift_row(const job *j, const double *in, int64_t y, int64_t z, double *padded,
                      const double **row) {
  const int64_t reach = j->kernels->reach, n = j->size[0];
  const int64_t from = j->box->low[0] - reach, to = j->box->high[0] + reach;
  const int64_t first = from > 0 ? from : 0, last = to < n ? to : n;
  const double *source = in + index_of(j, 0, y, z);
  memcpy(padded + first - from, source + first, (size_t)(last - first) * sizeof *padded);
  for (int64_t x = from < first ? from : last; x < to; x = x + 1 == first ? last : x + 1) {
    int64_t at = rc_boundary_index(j->boundary, n, x);
    padded[x - from] = at < 0 ? 0.0 : source[at];
  }
  for (int64_t k = 0; k <= 2 * reach; k++)
    row[k] = padded + k;
}

/// Results along axis 1 or 2 at `across` of the other one, in strips so narrow that all the rows
/// they read stay in the first-level cache.
static void run_across(const job *j, int64_t across, const rows *r) {
  const int64_t n = j->box->high[0] - j->box->low[0], low = j->box->low[j->axis];
  const int64_t n_rows = (2 * j->kernels->reach + 1) * (j->in[1] == NULL ? 1 : 2);
  const int64_t fits = CACHE / (n_rows * (int64_t)sizeof(double)) / CHUNK * CHUNK;
  const int64_t strip = fits < CHUNK ? CHUNK : fits;
  for (int i = 0; i < 2 && j->in[i] != NULL; i++)
    list_rows(j, j->in[i], across, r->of[i]);
  for (int64_t x = 0; x < n; x += strip)
    for (int64_t at = low; at < j->box->high[j->axis]; at++) {
      int64_t y = j->axis == 1 ? at : across, z = j->axis == 1 ? across : at;
      piece p = {.x = x, .n = n - x < strip ? n - x : strip};
      for (int i = 0; i < 2; i++) {
        p.of[i] = r->of[i] + (at - low);
        if (j->out[i] != NULL)
          p.out[i] = j->out[i] + index_of(j, j->box->low[0], y, z);
      }
      make_piece(j->kernels, &p, j->in[1] != NULL, j->out[0] != NULL);
    }
}

static void run_along(const job *j, int64_t y, int64_t z, const rows *r) {
  piece p = {.of = {r->of[0], r->of[1]}, .n = j->box->high[0] - j->box->low[0]};
  for (int i = 0; i < 2; i++) {
    if (j->in[i] != NULL)
      shift_row(j, j->in[i], y, z, r->padded[i], r->of[i]);
    if (j->out[i] != NULL)
      p.out[i] = j->out[i] + index_of(j, j->box->low[0], y, z);
  }
  make_piece(j->kernels, &p, j->in[1] != NULL, j->out[0] != NULL);
}

static void run(const job *j, const rows *of_threads) {
  const rc_box *box = j->box;
  const int outer = j->axis == 2 ? 1 : 2;
#pragma omp parallel for schedule(static)
  for (int64_t a = box->low[outer]; a < box->high[outer]; a++) {
    const rows *r = of_threads + omp_get_thread_num();
    if (j->axis > 0)
      run_across(j, a, r);
    else
      for (int64_t y = box->low[1]; y < box->high[1]; y++)
        run_along(j, y, a, r);
  }
}

static bool allocate(const job *j, int threads, rows *of_threads, rc_arena *arena) {
  const int64_t axis = j->axis, reach = j->kernels->reach;
  const size_t n = (size_t)(j->box->high[axis] - j->box->low[axis] + 2 * reach);
  bool good = true;
  for (int t = 0; t < threads; t++)
    for (int i = 0; i < 2; i++) {
      rows *r = &of_threads[t];
      r->of[i] = rc_arena_alloc(arena, n, sizeof *r->of[i]);
      r->padded[i] = rc_arena_alloc(arena, j->axis == 0 ? n : 1, sizeof *r->padded[i]);
      good = good && r->of[i] != NULL && r->padded[i] != NULL;
    }
  return good;
}

rc_status rc_convolve_pair(const rc_kernel_pair *kernels, int axis, rc_boundary boundary,
                           const int64_t size[3], const rc_box *box, const double *const in[2],
                           double *const out[2], rc_arena *arena, rc_error *err) {
  assert(out[0] != NULL || in[1] != NULL);
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const int threads = omp_get_max_threads();
  rc_status status = RC_OK;
  rows *of_threads = rc_arena_alloc(arena, (size_t)threads, sizeof *of_threads);
  job j = {kernels, axis, boundary, size, box, in, out, NULL};
  j.zeros = rc_arena_alloc(arena, (size_t)(box->high[0] - box->low[0]), sizeof(double));
  if (of_threads != NULL && j.zeros != NULL && allocate(&j, threads, of_threads, arena))
    run(&j, of_threads);
  else
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for kernels of %lld taps",
                     (long long)(2 * kernels->reach + 1));
  rc_arena_rewind(arena, mark);
  return status;
}
