// SPDX-License-Identifier: Apache-2.0
#include "filters/recursive_gaussian.h"

#include "base/clones.h"
#include "filters/eight.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

// --- coefficients ------------------------------------------------------------------------------

/// Deriche's fit of the Gaussian and its second derivative for x >= 0 by
///   sum over i of (a_i cos(w_i x / s) + b_i sin(w_i x / s)) exp(l_i x / s).
static const double W[2] = {0.6681, 2.0787}, L[2] = {-1.3932, -1.3732};
static const double A[2][2] = {{1.3530, -0.3531}, {-1.3563, 0.3446}}; // order 0, order 2
static const double B[2][2] = {{1.8151, 0.0902}, {5.2318, -2.2355}};

/// The oscillations sampled at voxels.
typedef struct waves {
  double sine[2], cosine[2], decay[2];
} waves;

/// A polynomial in z^-1 at z = 1: its value, and moments of its coefficients.
typedef struct moments {
  double sum, first, second;
} moments;

static waves sample_waves(double sigma) {
  waves w;
  for (int i = 0; i < 2; i++) {
    w.sine[i] = sin(W[i] / sigma);
    w.cosine[i] = cos(W[i] / sigma);
    w.decay[i] = exp(L[i] / sigma);
  }
  return w;
}

static moments make_past(const waves *w, double past[4]) {
  const double c1 = w->cosine[0], c2 = w->cosine[1], e1 = w->decay[0], e2 = w->decay[1];
  past[3] = e1 * e1 * e2 * e2;
  past[2] = -2 * c1 * e1 * e2 * e2;
  past[2] += -2 * c2 * e2 * e1 * e1;
  past[1] = 4 * c2 * c1 * e1 * e2;
  past[1] += e1 * e1 + e2 * e2;
  past[0] = -2 * (e2 * c2 + e1 * c1);
  return (moments){1.0 + past[0] + past[1] + past[2] + past[3],
                   past[0] + 2 * past[1] + 3 * past[2] + 4 * past[3],
                   past[0] + 4 * past[1] + 9 * past[2] + 16 * past[3]};
}

static moments make_in(const waves *w, const double a[2], const double b[2], double in[4]) {
  const double s1 = w->sine[0], s2 = w->sine[1], c1 = w->cosine[0], c2 = w->cosine[1];
  const double e1 = w->decay[0], e2 = w->decay[1];
  in[0] = a[0] + a[1];
  in[1] = e2 * (b[1] * s2 - (a[1] + 2 * a[0]) * c2);
  in[1] += e1 * (b[0] * s1 - (a[0] + 2 * a[1]) * c1);
  in[2] = (a[0] + a[1]) * c2 * c1;
  in[2] -= b[0] * c2 * s1 + b[1] * c1 * s2;
  in[2] *= 2 * e1 * e2;
  in[2] += a[1] * e1 * e1 + a[0] * e2 * e2;
  in[3] = e2 * e1 * e1 * (b[1] * s2 - a[1] * c2);
  in[3] += e1 * e2 * e2 * (b[0] * s1 - a[0] * c1);
  return (moments){in[0] + in[1] + in[2] + in[3], in[1] + 2 * in[2] + 3 * in[3],
                   in[1] + 4 * in[2] + 9 * in[3]};
}

/// Scaled so that a constant keeps its value.
static void make_gaussian(const waves *w, const moments *past, double in[4]) {
  const moments m = make_in(w, A[0], B[0], in);
  double whole = 2 * m.sum / past->sum - in[0];
  for (int k = 0; k < 4; k++)
    in[k] *= 1.0 / whole;
}

/// Mixed with the Gaussian so that a constant gives zero, and scaled so that a parabola gives its
/// second derivative, times sigma^2.
static void make_second_derivative(const waves *w, const moments *past, double sigma,
                                   double in[4]) {
  double plain[4], bent[4];
  const moments p = make_in(w, A[0], B[0], plain), q = make_in(w, A[1], B[1], bent);
  const double sum = past->sum;
  double mix = -(2 * q.sum - sum * bent[0]) / (2 * p.sum - sum * plain[0]);
  for (int k = 0; k < 4; k++)
    in[k] = bent[k] + mix * plain[k];
  const moments m = {q.sum + mix * p.sum, q.first + mix * p.first, q.second + mix * p.second};
  double scale = m.second * sum * sum - past->second * m.sum * sum -
                 2 * m.first * past->first * sum + 2 * past->first * past->first * m.sum;
  scale /= sum * sum * sum;
  for (int k = 0; k < 4; k++)
    in[k] *= sigma * sigma / scale;
}

rc_recursive rc_recursive_gaussian(double sigma, double spacing, int order) {
  rc_recursive f;
  const waves w = sample_waves(sigma / spacing);
  const moments past = make_past(&w, f.past);
  if (order == 0)
    make_gaussian(&w, &past, f.in);
  else
    make_second_derivative(&w, &past, sigma, f.in);
  for (int k = 0; k < 3; k++)
    f.out[k] = f.in[k + 1] - f.past[k] * f.in[0];
  f.out[3] = -f.past[3] * f.in[0];
  double in = f.in[0] + f.in[1] + f.in[2] + f.in[3];
  double out = f.out[0] + f.out[1] + f.out[2] + f.out[3];
  for (int k = 0; k < 4; k++) {
    f.in_edge[k] = f.past[k] * in / past.sum;
    f.out_edge[k] = f.past[k] * out / past.sum;
  }
  return f;
}

// --- lines -------------------------------------------------------------------------------------

// So many neighbouring lines are filtered together: a line's own sums wait for one another.
enum { LANES = 16 };
typedef struct lanes {
  rc_eight v[2];
} lanes;

/// a wa + b wb + c wc + d wd, in this order.
static inline __attribute__((always_inline)) void combine(lanes *sum, const double w[4],
                                                          const lanes *a, const lanes *b,
                                                          const lanes *c, const lanes *d) {
  for (int i = 0; i < 2; i++)
    sum->v[i] = a->v[i] * w[0] + b->v[i] * w[1] + c->v[i] * w[2] + d->v[i] * w[3];
}

static inline __attribute__((always_inline)) void subtract(lanes *from, const lanes *what) {
  for (int i = 0; i < 2; i++)
    from->v[i] -= what->v[i];
}

static inline __attribute__((always_inline)) void add(lanes *to, const lanes *what) {
  for (int i = 0; i < 2; i++)
    to->v[i] += what->v[i];
}

/// here = sum over k of in[k] x[k] - sum over k of past[k] before[k]; it takes the place of the
/// oldest, before[3].
static inline __attribute__((always_inline)) void
take_step(lanes *here, const double in[4], const lanes *const x[4], const double past[4],
          lanes *before0, lanes *before1, lanes *before2, lanes *before3) {
  lanes sum;
  combine(here, in, x[0], x[1], x[2], x[3]);
  combine(&sum, past, before0, before1, before2, before3);
  subtract(here, &sum);
  *before3 = *here;
}

/// A step at x with `known` voxels before it: beyond the edge lie copies of the outermost one, and
/// other weights of what came before.
static void take_step_at_edge(const rc_recursive *f, bool forward, int64_t known, const lanes *x,
                              lanes before[4], lanes *here) {
  const double *in = forward ? f->in : f->out, *edge = forward ? f->in_edge : f->out_edge;
  const lanes *input[4];
  double past[4];
  for (int64_t k = 0; k < 4; k++) {
    int64_t back = forward ? k : k + 1;
    back = back < known ? back : known;
    input[k] = forward ? x - back : x + back;
    past[k] = k < known ? f->past[k] : edge[k];
  }
  take_step(here, in, input, past, &before[0], &before[1], &before[2], &before[3]);
  const lanes oldest = before[3];
  before[3] = before[2];
  before[2] = before[1];
  before[1] = before[0];
  before[0] = oldest;
}

/// y = forward(x). In turns of four, so that what came before needs not be moved.
RC_CLONES static void run_forward(const rc_recursive *f, int64_t n, const lanes *x, lanes *y) {
  lanes b[4] = {x[0], x[0], x[0], x[0]}; // before, latest first
  int64_t i = 0;
  for (; i < 4; i++)
    take_step_at_edge(f, true, i, x + i, b, y + i);
  for (; i + 4 <= n; i += 4) {
    const lanes *p = x + i;
    const lanes *const in[4][4] = {{p, p - 1, p - 2, p - 3},
                                   {p + 1, p, p - 1, p - 2},
                                   {p + 2, p + 1, p, p - 1},
                                   {p + 3, p + 2, p + 1, p}};
    take_step(y + i, f->in, in[0], f->past, &b[0], &b[1], &b[2], &b[3]);
    take_step(y + i + 1, f->in, in[1], f->past, &b[3], &b[0], &b[1], &b[2]);
    take_step(y + i + 2, f->in, in[2], f->past, &b[2], &b[3], &b[0], &b[1]);
    take_step(y + i + 3, f->in, in[3], f->past, &b[1], &b[2], &b[3], &b[0]);
  }
  for (; i < n; i++)
    take_step_at_edge(f, true, i, x + i, b, y + i);
}

/// y += backward(x).
RC_CLONES static void add_backward(const rc_recursive *f, int64_t n, const lanes *x, lanes *y) {
  const int64_t last = n - 1;
  lanes b[4] = {x[last], x[last], x[last], x[last]}, here[4]; // behind, nearest first
  int64_t i = last;
  for (; i > last - 4; i--) {
    take_step_at_edge(f, false, last - i, x + i, b, here);
    add(y + i, here);
  }
  for (; i >= 3; i -= 4) {
    const lanes *p = x + i;
    const lanes *const in[4][4] = {{p + 1, p + 2, p + 3, p + 4},
                                   {p, p + 1, p + 2, p + 3},
                                   {p - 1, p, p + 1, p + 2},
                                   {p - 2, p - 1, p, p + 1}};
    take_step(here, f->out, in[0], f->past, &b[0], &b[1], &b[2], &b[3]);
    take_step(here + 1, f->out, in[1], f->past, &b[3], &b[0], &b[1], &b[2]);
    take_step(here + 2, f->out, in[2], f->past, &b[2], &b[3], &b[0], &b[1]);
    take_step(here + 3, f->out, in[3], f->past, &b[1], &b[2], &b[3], &b[0]);
    for (int k = 0; k < 4; k++)
      add(y + i - k, here + k);
  }
  for (; i >= 0; i--) {
    take_step_at_edge(f, false, last - i, x + i, b, here);
    add(y + i, here);
  }
}

typedef struct job {
  const rc_recursive *filter;
  int axis, across; ///< lanes lie side by side along `across`
  int64_t n, stride[3];
  const rc_box *box;
  const double *in_double;
  const float *in_single;
  float *out;
} job;

/// Reads n_lanes lines that start at voxel `at`; spare lanes repeat the first.
RC_CLONES static void load(const job *j, int64_t at, int64_t n_lanes, lanes *x) {
  const int64_t step = j->stride[j->axis], side = j->stride[j->across];
  double *to = (double *)x;
  if (side == 1 && n_lanes == LANES) { // whole rows of lanes
    for (int64_t i = 0; i < j->n; i++, at += step)
      for (int64_t l = 0; l < LANES; l++)
        to[i * LANES + l] =
            j->in_single != NULL ? (double)j->in_single[at + l] : j->in_double[at + l];
    return;
  }
  for (int64_t l = 0; l < LANES; l++) {
    const int64_t from = at + (l < n_lanes ? l : 0) * side;
    for (int64_t i = 0; i < j->n; i++)
      to[i * LANES + l] = j->in_single != NULL ? (double)j->in_single[from + i * step]
                                               : j->in_double[from + i * step];
  }
}

RC_CLONES static void store(const job *j, int64_t at, int64_t n_lanes, const lanes *y) {
  const int64_t step = j->stride[j->axis], side = j->stride[j->across];
  const double *from = (const double *)y;
  for (int64_t i = j->box->low[j->axis]; i < j->box->high[j->axis]; i++)
    for (int64_t l = 0; l < n_lanes; l++)
      j->out[at + i * step + l * side] = (float)from[i * LANES + l];
}

/// Every block of lines side by side; `third` is the axis that is neither theirs nor across.
static void run_lines(const job *j, lanes *scratch) {
  const int third = 3 - j->axis - j->across;
  const rc_box *box = j->box;
  const int64_t low = box->low[j->across], high = box->high[j->across];
  const int64_t blocks = (high - low + LANES - 1) / LANES;
  const int64_t rows = box->high[third] - box->low[third];
#pragma omp parallel for schedule(static)
  for (int64_t b = 0; b < blocks * rows; b++) {
    lanes *x = scratch + 2 * j->n * omp_get_thread_num(), *y = x + j->n;
    int64_t first = low + b % blocks * LANES;
    int64_t n_lanes = high - first < LANES ? high - first : LANES;
    int64_t at = first * j->stride[j->across] + (box->low[third] + b / blocks) * j->stride[third];
    load(j, at, n_lanes, x);
    run_forward(j->filter, j->n, x, y);
    add_backward(j->filter, j->n, x, y);
    store(j, at, n_lanes, y);
  }
}

rc_status rc_recursive_run(const rc_recursive *filter, int axis, const int64_t size[3],
                           const rc_box *box, const double *in_double, const float *in_single,
                           float *out, rc_arena *arena, rc_error *err) {
  assert(size[axis] >= RC_RECURSIVE_MIN_SIZE);
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const job j = {.filter = filter,
                 .axis = axis,
                 .across = axis == 0 ? 1 : 0,
                 .n = size[axis],
                 .stride = {1, size[0], size[0] * size[1]},
                 .box = box,
                 .in_double = in_double,
                 .in_single = in_single,
                 .out = out};
  lanes *scratch = rc_arena_alloc(arena, 2 * (size_t)omp_get_max_threads() * (size_t)size[axis],
                                  sizeof *scratch);
  if (scratch == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for lines of %lld voxels", (long long)size[axis]);
  run_lines(&j, scratch);
  rc_arena_rewind(arena, mark);
  return RC_OK;
}
