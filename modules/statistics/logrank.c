// SPDX-License-Identifier: Apache-2.0
// The log-rank test (Mantel, Cancer Chemother Rep 50:163, 1966) over k groups, as R's survdiff.
#include "base/linear.h"
#include "statistics/distributions.h"
#include "statistics/survival.h"

#include <math.h>

/// Adds what d events among n rows at risk (at_risk[g] of them in group g) contribute.
static void add_time(rc_logrank *test, const int64_t *at_risk, int64_t n, int64_t d) {
  const int64_t k = test->n_groups;
  const double share = (double)d / (double)n;
  const double spread = n > 1 ? share * (double)(n - d) / (double)(n - 1) : 0.0;
  for (int64_t g = 0; g < k; g++) {
    const double n_g = (double)at_risk[g];
    test->expected[g] += share * n_g;
    for (int64_t h = 0; h < k; h++) {
      const double n_h = (double)at_risk[h];
      test->variance[g * k + h] += spread * ((g == h ? n_g : 0.0) - n_g * n_h / (double)n);
    }
  }
}

/// chi2 = u' V^-1 u over all but the first of the groups that were ever at risk of an event.
static rc_status solve_chi2(rc_logrank *test, rc_arena *arena, rc_error *err) {
  const int64_t k = test->n_groups;
  int64_t *used = rc_arena_alloc(arena, (size_t)k, sizeof *used);
  double *v = rc_arena_alloc(arena, (size_t)(k * k), sizeof *v);
  double *u = rc_arena_alloc(arena, (size_t)k, sizeof *u);
  double *x = rc_arena_alloc(arena, (size_t)k, sizeof *x);
  if (used == NULL || v == NULL || u == NULL || x == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a log-rank test");
  int64_t m = 0;
  for (int64_t g = 0; g < k; g++)
    if (test->expected[g] > 0.0)
      used[m++] = g;
  test->chi2 = NAN;
  test->p = NAN;
  test->df = m > 1 ? m - 1 : 0;
  if (m < 2)
    return RC_OK;
  const int64_t df = test->df;
  for (int64_t i = 0; i < df; i++) {
    const int64_t g = used[i + 1];
    u[i] = x[i] = test->observed[g] - test->expected[g];
    for (int64_t j = 0; j < df; j++)
      v[i * df + j] = test->variance[g * k + used[j + 1]];
  }
  if (!rc_cholesky(v, df))
    return RC_OK;
  rc_cholesky_solve(v, df, x);
  test->chi2 = 0.0;
  for (int64_t i = 0; i < df; i++)
    test->chi2 += u[i] * x[i];
  test->p = rc_chi2_upper(test->chi2, df);
  return RC_OK;
}

rc_status rc_logrank_test(const rc_survival *survival, const int64_t *group, int64_t n_groups,
                          rc_arena *arena, rc_logrank *out, rc_error *err) {
  *out = (rc_logrank){.n_groups = n_groups};
  if (n_groups < 1 || n_groups > 46340) // the variance matrix has n_groups^2 entries
    return rc_fail(err, RC_ERR_LIMIT, "log-rank test over %lld groups", (long long)n_groups);
  const size_t k = (size_t)n_groups;
  int64_t *at_risk = rc_arena_alloc(arena, k, sizeof *at_risk);
  out->n = rc_arena_alloc(arena, k, sizeof *out->n);
  out->observed = rc_arena_alloc(arena, k, sizeof *out->observed);
  out->expected = rc_arena_alloc(arena, k, sizeof *out->expected);
  out->variance = rc_arena_alloc(arena, k * k, sizeof *out->variance);
  if (at_risk == NULL || out->n == NULL || out->observed == NULL || out->expected == NULL ||
      out->variance == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a log-rank test of %lld groups",
                   (long long)n_groups);
  // From the last time backwards: rows join the risk set at their time and leave it at their entry.
  int64_t total = 0;
  int64_t next_entry = survival->n - 1;
  for (int64_t i = survival->n - 1; i >= 0;) {
    const double t = survival->time[i];
    int64_t events = 0;
    for (; i >= 0 && survival->time[i] == t; i--) {
      const int64_t g = group[survival->row[i]];
      at_risk[g]++;
      total++;
      out->n[g]++;
      out->observed[g] += survival->event[i] ? 1.0 : 0.0;
      events += survival->event[i] ? 1 : 0;
    }
    for (; survival->entry != NULL && next_entry >= 0; next_entry--) {
      const int64_t j = survival->by_entry[next_entry];
      if (survival->entry[j] < t)
        break;
      at_risk[group[survival->row[j]]]--;
      total--;
    }
    if (events > 0)
      add_time(out, at_risk, total, events);
  }
  return solve_chi2(out, arena, err);
}
