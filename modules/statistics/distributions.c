// SPDX-License-Identifier: Apache-2.0
#include "statistics/distributions.h"

#include <math.h>
#include <stdlib.h>

double rc_normal_two_sided(double z) {
  return erfc(fabs(z) / sqrt(2.0));
}

/// Sum of h^k exp(-h) / gamma(k + 1) for k = first, first + 1, ... last. Terms are carried as
/// logarithms, because the first ones underflow where a later one does not.
static double gamma_series(double h, double first, double log_first, int64_t n_terms) {
  double sum = 0.0;
  double log_term = log_first;
  double k = first;
  for (int64_t i = 0; i < n_terms; i++) {
    sum += exp(log_term);
    k += 1.0;
    log_term += log(h / k);
  }
  return sum;
}

double rc_chi2_upper(double x, int64_t df) {
  if (isnan(x) || df < 1)
    return NAN;
  if (x <= 0.0)
    return 1.0;
  if (isinf(x))
    return 0.0;
  const double h = 0.5 * x;
  double upper;
  if (df % 2 == 0) {
    upper = gamma_series(h, 0.0, -h, df / 2);
  } else {
    const double log_gamma_1_5 = log(0.5 * sqrt(acos(-1.0)));
    const double log_first = 0.5 * log(h) - h - log_gamma_1_5;
    upper = erfc(sqrt(h)) + gamma_series(h, 0.5, log_first, (df - 1) / 2);
  }
  return fmin(upper, 1.0);
}

typedef struct ranked {
  double p;
  int64_t row;
} ranked;

static int compare_ranked(const void *a, const void *b) {
  const ranked *x = a;
  const ranked *y = b;
  if (x->p != y->p)
    return x->p < y->p ? -1 : 1;
  return (x->row > y->row) - (x->row < y->row);
}

rc_status rc_fdr_adjust(const double *p, int64_t n, rc_arena *arena, double *q, rc_error *err) {
  ranked *sorted = rc_arena_alloc(arena, (size_t)n, sizeof *sorted);
  if (sorted == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for %lld p values", (long long)n);
  int64_t m = 0;
  for (int64_t i = 0; i < n; i++) {
    if (isnan(p[i]))
      q[i] = NAN;
    else
      sorted[m++] = (ranked){p[i], i};
  }
  qsort(sorted, (size_t)m, sizeof *sorted, compare_ranked);
  double smallest = 1.0;
  for (int64_t i = m; i-- > 0;) {
    smallest = fmin(smallest, sorted[i].p * (double)m / (double)(i + 1));
    q[sorted[i].row] = smallest;
  }
  return RC_OK;
}
