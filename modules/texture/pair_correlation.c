// SPDX-License-Identifier: Apache-2.0
// The maximal correlation coefficient, see pair_matrix.h. With A(i, k) = p(i, k) / sqrt(p(i) p(k)),
// the eigenvalues of Q are those of A A'. Its largest is 1, with the vector sqrt(p(i)); where the
// matrix falls into parts that share no level, each part has that eigenvalue once. Lanczos'
// iteration runs in the space across from those vectors and finds the next one.
#include "texture/pair_matrix.h"

#include <float.h>
#include <math.h>
#include <string.h>

/// Vectors kept, if memory for so many numbers allows; more are rarely needed.
#define MAX_STEPS 96
#define MAX_NUMBERS (INT64_C(1) << 22)
#define MIN_STEPS 8
#define MAX_RESTARTS 64
#define MAX_LAGUERRE 64

/// The iteration ends when the eigenvalue is known to this part of itself, or when no more than
/// CLOSED of it leads out of the vectors there are.
#define PRECISION 1e-8
#define CLOSED 1e-9
/// Below this, what is left of an eigenvalue is rounding.
#define NOTHING 1e-15
/// No eigenvalue is above 1, so one that is so close to it need not be compared with others.
#define ALMOST_ONE (1.0 - 1e-10)

void rc_pair_scratch_fit(int32_t n, rc_pair_scratch *out) {
  int64_t steps = MAX_NUMBERS / n < MAX_STEPS ? MAX_NUMBERS / n : MAX_STEPS;
  steps = steps < MIN_STEPS ? MIN_STEPS : steps;
  out->n_steps = steps < n ? steps : n;
}

rc_status rc_pair_scratch_create(int32_t n, rc_arena *arena, rc_pair_scratch *out, rc_error *err) {
  const size_t side = (size_t)n + 1;
  rc_pair_scratch_fit(n, out);
  const size_t m = (size_t)out->n_steps;
  double *five = rc_arena_alloc(arena, 5 * side, sizeof *five);
  out->basis = rc_arena_alloc(arena, (m + 1) * side, sizeof *out->basis);
  out->diagonal = rc_arena_alloc(arena, 4 * (m + 1), sizeof *out->diagonal);
  out->part = rc_arena_alloc(arena, 2 * side, sizeof *out->part);
  out->share = rc_arena_alloc(arena, 4 * side, sizeof *out->share);
  if (five == NULL || out->basis == NULL || out->diagonal == NULL || out->part == NULL ||
      out->share == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for eigenvectors of %d levels", (int)n);
  out->row = five;
  out->column = five + side;
  out->top = five + 2 * side;
  out->vector = five + 3 * side;
  out->image = five + 4 * side;
  out->along = out->share + 2 * side;
  out->beside = out->diagonal + (m + 1);
  out->turn = out->beside + (m + 1);
  out->pivot = out->turn + (m + 1);
  return RC_OK;
}

// ---- Vectors of levels 1..n ----

static double dot(const double *a, const double *b, int32_t n) {
  double sum = 0.0;
  for (int32_t i = 1; i <= n; i++)
    sum += a[i] * b[i];
  return sum;
}

static void subtract(double *a, double factor, const double *b, int32_t n) {
  for (int32_t i = 1; i <= n; i++)
    a[i] -= factor * b[i];
}

/// Makes `a` one long if it is longer than `least`; returns how long it was.
static double normalise(double *a, int32_t n, double least) {
  const double length = sqrt(dot(a, a, n));
  for (int32_t i = 1; i <= n && length > least; i++)
    a[i] /= length;
  return length;
}

/// to = A A' from. `row` and `column` hold 1 / sqrt of the sums, 0 where a sum is 0.
static void apply(const rc_pair_matrix *m, const rc_pair_scratch *s, const double *from,
                  double *middle, double *to) {
  memset(middle, 0, ((size_t)m->n + 1) * sizeof *middle);
  for (int32_t i = 1; i <= m->n; i++) {
    const double part = s->row[i] * from[i];
    for (int64_t k = m->first[i]; k < m->first[i + 1]; k++)
      middle[m->column[k]] += part * m->count[k];
  }
  for (int32_t j = 1; j <= m->n; j++)
    middle[j] *= s->column[j] * s->column[j];
  for (int32_t i = 1; i <= m->n; i++) {
    double sum = 0.0;
    for (int64_t k = m->first[i]; k < m->first[i + 1]; k++)
      sum += m->count[k] * middle[m->column[k]];
    to[i] = s->row[i] * sum;
  }
}

// ---- Parts ----

static int32_t find(int32_t *part, int32_t i) {
  while (part[i] != i) {
    part[i] = part[part[i]];
    i = part[i];
  }
  return i;
}

/// Numbers the parts: s->part[i] of first level i, s->part[n + 1 + k] of second level k.
static void find_parts(const rc_pair_matrix *m, rc_pair_scratch *s) {
  const int32_t side = m->n + 1;
  for (int32_t i = 0; i < 2 * side; i++)
    s->part[i] = i;
  for (int32_t i = 1; i <= m->n; i++)
    for (int64_t k = m->first[i]; k < m->first[i + 1]; k++) {
      int32_t a = find(s->part, i), b = find(s->part, side + m->column[k]);
      s->part[a > b ? a : b] = a > b ? b : a;
    }
  s->n_parts = 0;
  for (int32_t i = 0; i < 2 * side; i++) // roots come before what they stand for
    s->part[i] = s->part[i] == i ? s->n_parts++ : s->part[s->part[i]];
  memset(s->share, 0, (size_t)s->n_parts * sizeof *s->share);
  for (int32_t i = 1; i <= m->n; i++)
    s->share[s->part[i]] += s->top[i] * s->top[i];
}

/// Takes away what lies along the first vector of each part.
static void subtract_tops(rc_pair_scratch *s, double *vector, int32_t n) {
  memset(s->along, 0, (size_t)s->n_parts * sizeof *s->along);
  for (int32_t i = 1; i <= n; i++)
    s->along[s->part[i]] += s->top[i] * vector[i];
  for (int32_t i = 1; i <= n; i++)
    if (s->top[i] > 0.0)
      vector[i] -= s->top[i] * s->along[s->part[i]] / s->share[s->part[i]];
}

// ---- The small tridiagonal matrix ----

/// No eigenvalue of the first n steps is above.
static double bound_of_steps(const rc_pair_scratch *s, int64_t n) {
  double bound = 0.0;
  for (int64_t i = 0; i < n; i++)
    bound = fmax(bound, s->diagonal[i] + (i > 0 ? s->beside[i - 1] : 0.0) +
                            (i < n - 1 ? s->beside[i] : 0.0));
  return bound;
}

/// The step of Laguerre's method from `x`, above all eigenvalues, towards the largest: it never
/// goes too far, as all roots of the characteristic polynomial are real. With the pivots q(i) of
/// x - T, q(i) = x - d(i) - b(i - 1)^2 / q(i - 1), the polynomial is their product. Negative: there
/// is nothing left but rounding.
static double laguerre_step(const rc_pair_scratch *s, int64_t n, double x) {
  double q = 0.0, q1 = 0.0, q2 = 0.0, g = 0.0,
         h = 0.0; // a pivot and its derivatives; logarithmic ones
  for (int64_t i = 0; i < n; i++) {
    const double ratio = i > 0 ? s->beside[i - 1] / q : 0.0, slope = i > 0 ? q1 / q : 0.0;
    const double weight = ratio * ratio;
    q2 = weight * (q2 - 2.0 * q1 * slope);
    q1 = 1.0 + weight * q1;
    q = x - s->diagonal[i] - (i > 0 ? ratio * s->beside[i - 1] : 0.0);
    if (!(q > 0.0))
      return -1.0;
    g += q1 / q;
    h += (q1 / q) * (q1 / q) - q2 / q;
  }
  const double m = (double)n;
  return m / (g + sqrt(fmax((m - 1.0) * (m * h - g * g), 0.0)));
}

/// Inverse iteration just above the largest eigenvalue: x - T has positive pivots there, and what
/// it starts with is not across from the vector, as neither has a negative component.
static void vector_of_steps(rc_pair_scratch *s, int64_t n, double x, double least) {
  double *q = s->pivot, *v = s->turn;
  for (int64_t i = 0; i < n; i++) {
    v[i] = 1.0;
    q[i] = x - s->diagonal[i] - (i > 0 ? s->beside[i - 1] * s->beside[i - 1] / q[i - 1] : 0.0);
    q[i] = fmax(q[i], least);
  }
  for (int round = 0; round < 3; round++) {
    double squares = 0.0;
    for (int64_t i = 1; i < n; i++)
      v[i] += s->beside[i - 1] / q[i - 1] * v[i - 1];
    for (int64_t i = n - 1; i >= 0; i--) {
      v[i] = (v[i] + (i < n - 1 ? s->beside[i] * v[i + 1] : 0.0)) / q[i];
      squares += v[i] * v[i];
    }
    for (int64_t i = 0; i < n; i++)
      v[i] /= sqrt(squares);
  }
}

/// The largest eigenvalue of the first n steps, its vector in s->turn.
static double largest_of_steps(rc_pair_scratch *s, int64_t n) {
  const double bound = bound_of_steps(s, n), least = DBL_EPSILON * bound;
  double x = bound;
  for (int k = 0; k < MAX_LAGUERRE; k++) {
    const double step = laguerre_step(s, n, x);
    if (!(step > least))
      break;
    x -= step;
  }
  vector_of_steps(s, n, x + 4.0 * least, least);
  return x;
}

// ---- The iteration ----

/// Something of every direction, mostly along the levels themselves.
static void start_vector(const rc_pair_matrix *m, rc_pair_scratch *s) {
  uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  for (int32_t i = 1; i <= m->n; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double noise = (double)(state >> 11) * 0x1p-53 - 0.5;
    s->vector[i] = s->top[i] > 0.0 ? s->top[i] * ((double)i / m->n - 0.5) + 0.1 * noise : 0.0;
  }
}

/// One series of steps from s->vector; leaves the best vector there. True when it is converged.
static bool run_steps(const rc_pair_matrix *m, rc_pair_scratch *s, double *value) {
  const int32_t n = m->n;
  const size_t side = (size_t)n + 1;
  int64_t steps = 0;
  bool done = false;
  double scale = 0.0;
  subtract_tops(s, s->vector, n);
  *value = 0.0;
  if (!(normalise(s->vector, n, NOTHING) > NOTHING))
    return true;
  memcpy(s->basis, s->vector, side * sizeof *s->basis);
  while (!done && steps < s->n_steps) {
    double *now = s->basis + (size_t)steps * side, *next = now + side;
    apply(m, s, now, s->image, next);
    s->diagonal[steps] = dot(now, next, n);
    for (int again = 0; again < 2; again++) { // twice is enough for orthogonality to rounding
      subtract_tops(s, next, n);
      for (int64_t k = 0; k <= steps; k++) {
        const double *old = s->basis + (size_t)k * side;
        subtract(next, dot(next, old, n), old, n);
      }
    }
    scale = fmax(scale, s->diagonal[steps]);
    const double length = normalise(next, n, CLOSED * scale + NOTHING);
    done = !(length > CLOSED * scale + NOTHING);
    s->beside[steps++] = length;
    if (!done && steps % 8 != 0 && steps < s->n_steps)
      continue;
    *value = largest_of_steps(s, steps);
    done = done || length * fabs(s->turn[steps - 1]) <= PRECISION * *value + NOTHING;
  }
  memset(s->vector, 0, side * sizeof *s->vector);
  for (int64_t k = 0; k < steps; k++)
    subtract(s->vector, -s->turn[k], s->basis + (size_t)k * side, n);
  return done;
}

/// The eigenvalues to first order once `epsilon` is added to the divisors: left vector times matrix
/// times right vector, sqrt(p) u and u / sqrt(p). They are added up by part, in s->along: for a
/// vector u that is a sum of one vector of each, divided by the square of that.
static void with_epsilon(const rc_pair_matrix *m, const double *row, const double *column,
                         double total, double epsilon, rc_pair_scratch *s) {
  memset(s->along, 0, (size_t)s->n_parts * sizeof *s->along);
  memset(s->image, 0, ((size_t)m->n + 1) * sizeof *s->image);
  for (int32_t i = 1; i <= m->n; i++)
    for (int64_t k = m->first[i]; k < m->first[i + 1]; k++)
      s->image[m->column[k]] += m->count[k] / total * s->vector[i] * s->row[i] * sqrt(total);
  for (int32_t i = 1; i <= m->n; i++) {
    double sum = 0.0, own = row[i] / total;
    for (int64_t k = m->first[i]; k < m->first[i + 1]; k++) {
      int32_t j = m->column[k];
      sum += m->count[k] / total * s->image[j] / (own * (column[j] / total) + epsilon);
    }
    s->along[s->part[i]] += s->vector[i] * sqrt(own) * sum;
  }
}

/// The larger two of what has been seen.
static void note(double value, double largest[2]) {
  if (value > largest[0]) {
    largest[1] = largest[0];
    largest[0] = value;
  } else if (value > largest[1])
    largest[1] = value;
}

double rc_pair_correlation(const rc_pair_matrix *matrix, const double *row, const double *column,
                           double total, double epsilon, rc_pair_scratch *s) {
  double value = 0.0, largest[2] = {0.0, 0.0};
  for (int32_t i = 1; i <= matrix->n; i++) {
    s->row[i] = row[i] > 0.0 ? 1.0 / sqrt(row[i]) : 0.0;
    s->column[i] = column[i] > 0.0 ? 1.0 / sqrt(column[i]) : 0.0;
    s->top[i] = sqrt(row[i] / total);
  }
  find_parts(matrix, s);
  memcpy(s->vector, s->top, ((size_t)matrix->n + 1) * sizeof *s->vector);
  with_epsilon(matrix, row, column, total, epsilon, s);
  for (int32_t p = 0; p < s->n_parts; p++)
    if (s->share[p] > 0.0)
      note(s->along[p] / s->share[p], largest);
  if (largest[1] >= ALMOST_ONE)
    return sqrt(largest[1]);
  start_vector(matrix, s);
  for (int k = 0; k < MAX_RESTARTS && !run_steps(matrix, s, &value); k++)
    ;
  if (value > NOTHING) {
    with_epsilon(matrix, row, column, total, epsilon, s);
    value = 0.0;
    for (int32_t p = 0; p < s->n_parts; p++)
      value += s->along[p];
    note(value, largest);
  }
  return sqrt(largest[1]);
}
