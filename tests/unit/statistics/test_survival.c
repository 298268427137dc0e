// SPDX-License-Identifier: Apache-2.0
// What has an exact answer, what must not change, and the edges.
#include "base/rng.h"
#include "statistics/cox.h"
#include "statistics/distributions.h"
#include "statistics/survival.h"
#include "support.h"

#include <math.h>
#include <string.h>

enum { MOST = 300 };

static int make_arena(void **state) {
  *state = rc_arena_create(0);
  return *state == NULL ? -1 : 0;
}

static int drop_arena(void **state) {
  rc_arena_destroy(*state);
  return 0;
}

static rc_survival *survival_of(int64_t n, const double *entry, const double *time,
                                const bool *event, void *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_survival *made = NULL;
  if (rc_survival_create(n, entry, time, event, NULL, arena, &made, &err) != RC_OK)
    fail_msg("%s", err.message);
  return made;
}

static rc_cox_fit fit(const rc_survival *survival, const double *const *x, int64_t p,
                      rc_cox_ties ties, void *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_cox_fit out;
  if (rc_cox_run(survival, x, p, ties, arena, &out, &err) != RC_OK)
    fail_msg("%s", err.message);
  return out;
}

/// A random cohort; grid > 0 rounds times up to multiples of it, which makes ties.
typedef struct cohort {
  int64_t n;
  double entry[MOST], time[MOST], x[MOST], y[MOST];
  bool event[MOST];
  int64_t group[MOST];
} cohort;

static void make_cohort(cohort *c, int64_t n, double grid, uint64_t stream) {
  rc_rng rng = rc_rng_init(20240607, stream);
  c->n = n;
  for (int64_t i = 0; i < n; i++) {
    c->x[i] = rc_rng_normal(&rng);
    c->y[i] = (double)rc_rng_below(&rng, 3);
    c->group[i] = (int64_t)rc_rng_below(&rng, 3);
    c->time[i] = rc_rng_exponential(&rng) * exp(-0.7 * c->x[i]) + 0.01;
    c->entry[i] = c->time[i] * rc_rng_uniform(&rng) * 0.9;
    c->event[i] = rc_rng_uniform(&rng) < 0.7;
    if (grid > 0) {
      c->time[i] = ceil(c->time[i] / grid) * grid;
      c->entry[i] = floor(c->entry[i] / grid) * grid;
    }
  }
}

/// Harrell's C by looking at every pair.
static rc_concordance count_pairs(const cohort *c, bool with_entry, const double *score) {
  rc_concordance out = {0};
  for (int64_t i = 0; i < c->n; i++)
    for (int64_t j = 0; j < c->n; j++) {
      if (i == j || !c->event[i] || (with_entry && !(c->entry[j] < c->time[i])))
        continue;
      const bool later = c->time[j] > c->time[i] || (c->time[j] == c->time[i] && !c->event[j]);
      if (c->time[j] == c->time[i] && c->event[j] && i < j)
        out.tied_time++;
      if (!later)
        continue;
      out.concordant += score[i] > score[j];
      out.discordant += score[i] < score[j];
      out.tied_score += score[i] == score[j];
    }
  return out;
}

static void concordance_counts_every_pair(void **state) {
  static cohort c;
  rc_error err = RC_ERROR_INIT;
  for (uint64_t stream = 0; stream < 24; stream++) {
    make_cohort(&c, 5 + (int64_t)stream * 10, stream % 2 == 0 ? 0.125 : 0, stream);
    const bool with_entry = stream % 3 == 0;
    const double *score = stream % 4 == 0 ? c.y : c.x;
    const rc_survival *survival =
        survival_of(c.n, with_entry ? c.entry : NULL, c.time, c.event, *state);
    const rc_concordance expected = count_pairs(&c, with_entry, score);
    rc_concordance actual;
    assert_int_equal(rc_concordance_count(survival, score, *state, &actual, &err), RC_OK);
    assert_int_equal(actual.concordant, expected.concordant);
    assert_int_equal(actual.discordant, expected.discordant);
    assert_int_equal(actual.tied_score, expected.tied_score);
    assert_int_equal(actual.tied_time, expected.tied_time);
  }
}

/// Without ties the log-rank test is the score test of the Cox model on group indicators.
static void logrank_is_the_score_test(void **state) {
  static cohort c;
  static double first[MOST], second[MOST];
  rc_error err = RC_ERROR_INIT;
  for (uint64_t stream = 100; stream < 106; stream++) {
    make_cohort(&c, 200, 0, stream);
    for (int64_t i = 0; i < c.n; i++) {
      first[i] = c.group[i] == 1;
      second[i] = c.group[i] == 2;
    }
    const rc_survival *survival =
        survival_of(c.n, stream % 2 == 0 ? c.entry : NULL, c.time, c.event, *state);
    rc_logrank test;
    assert_int_equal(rc_logrank_test(survival, c.group, 3, *state, &test, &err), RC_OK);
    const rc_cox_fit model =
        fit(survival, (const double *const[]){first, second}, 2, RC_COX_EFRON, *state);
    assert_near(test.chi2, model.score_test, 0, 1e-10);
    assert_int_equal(test.df, 2);
  }
}

/// Entry before the first event is the same as none; rows in any order, covariates in any unit.
static void what_must_not_change(void **state) {
  static cohort c, shuffled;
  static double zero[MOST], scaled[MOST];
  rc_rng rng = rc_rng_init(1, 2);
  make_cohort(&c, MOST, 0.0625, 3);
  shuffled = c;
  for (int64_t i = c.n - 1; i > 0; i--) {
    const int64_t k = (int64_t)rc_rng_below(&rng, (uint64_t)i + 1);
#define SWAP(type, array)                                                                          \
  do {                                                                                             \
    type kept = shuffled.array[i];                                                                 \
    shuffled.array[i] = shuffled.array[k];                                                         \
    shuffled.array[k] = kept;                                                                      \
  } while (0)
    SWAP(double, time);
    SWAP(double, x);
    SWAP(double, y);
    SWAP(bool, event);
  }
  for (int64_t i = 0; i < c.n; i++)
    scaled[i] = 1e6 * c.x[i] + 1e7;
  const rc_survival *plain = survival_of(c.n, NULL, c.time, c.event, *state);
  const rc_survival *entered = survival_of(c.n, zero, c.time, c.event, *state);
  const rc_survival *mixed = survival_of(c.n, NULL, shuffled.time, shuffled.event, *state);
  for (int ties = 0; ties < 2; ties++) {
    const rc_cox_fit a =
        fit(plain, (const double *const[]){c.x, c.y}, 2, (rc_cox_ties)ties, *state);
    const rc_cox_fit b =
        fit(entered, (const double *const[]){c.x, c.y}, 2, (rc_cox_ties)ties, *state);
    const rc_cox_fit d =
        fit(mixed, (const double *const[]){shuffled.x, shuffled.y}, 2, (rc_cox_ties)ties, *state);
    const rc_cox_fit e =
        fit(plain, (const double *const[]){scaled, c.y}, 2, (rc_cox_ties)ties, *state);
    const rc_cox_fit again =
        fit(plain, (const double *const[]){c.x, c.y}, 2, (rc_cox_ties)ties, *state);
    assert_memory_equal(a.coef, again.coef, 2 * sizeof(double));
    for (int j = 0; j < 2; j++) {
      assert_near(b.coef[j], a.coef[j], 0, 1e-12);
      assert_near(d.coef[j], a.coef[j], 0, 1e-10);
      assert_near(e.coef[j] * (j == 0 ? 1e6 : 1), a.coef[j], 0, 1e-8);
    }
    assert_near(d.loglik, a.loglik, 0, 1e-12);
    assert_true(a.concordance.c == b.concordance.c && a.concordance.c == d.concordance.c);
  }
}

/// A subset without sorting again is what sorting the kept rows gives.
static void subset_is_the_same_as_new(void **state) {
  static cohort c;
  bool keep[MOST];
  rc_error err = RC_ERROR_INIT;
  rc_survival *fresh = NULL;
  rc_survival *subset = NULL;
  make_cohort(&c, MOST, 0.125, 9);
  for (int64_t i = 0; i < c.n; i++)
    keep[i] = c.x[i] > -0.5;
  const rc_survival *whole = survival_of(c.n, c.entry, c.time, c.event, *state);
  assert_int_equal(rc_survival_subset(whole, keep, *state, &subset, &err), RC_OK);
  assert_int_equal(rc_survival_create(c.n, c.entry, c.time, c.event, keep, *state, &fresh, &err),
                   RC_OK);
  assert_int_equal(subset->n, fresh->n);
  assert_int_equal(subset->n_events, fresh->n_events);
  assert_true(subset->n < c.n && subset->n > 0);
  const size_t n = (size_t)subset->n;
  assert_memory_equal(subset->time, fresh->time, n * sizeof(double));
  assert_memory_equal(subset->entry, fresh->entry, n * sizeof(double));
  assert_memory_equal(subset->event, fresh->event, n * sizeof(bool));
  assert_memory_equal(subset->row, fresh->row, n * sizeof(int64_t));
  assert_memory_equal(subset->by_entry, fresh->by_entry, n * sizeof(int64_t));
}

/// Everybody with x dies before anybody without: the likelihood's limit is known.
static void separation_is_infinite(void **state) {
  const double time[] = {1, 2, 3, 4, 5, 6, 7, 8};
  const bool event[] = {true, true, true, true, true, true, true, true};
  const double up[] = {1, 1, 1, 1, 0, 0, 0, 0};
  const double down[] = {0, 0, 0, 0, 3e5, 3e5, 3e5, 3e5};
  const rc_survival *survival = survival_of(8, NULL, time, event, *state);
  const double limit = -2.0 * log(24.0);
  for (int ties = 0; ties < 2; ties++) {
    rc_cox_fit model = fit(survival, (const double *const[]){up}, 1, (rc_cox_ties)ties, *state);
    assert_int_equal(model.term[0], RC_COX_INFINITE_UP);
    assert_true(isnan(model.coef[0]) && isnan(model.variance[0]) && isnan(model.wald));
    assert_near(model.loglik_null, -log(40320.0), 0, 1e-14);
    assert_near(model.loglik, limit, 1e-8, 0);
    assert_near(model.lrt, 2.0 * (limit + log(40320.0)), 1e-7, 0);
    assert_true(model.lrt_p < 0.01);
    model = fit(survival, (const double *const[]){down}, 1, (rc_cox_ties)ties, *state);
    assert_int_equal(model.term[0], RC_COX_INFINITE_DOWN);
  }
}

/// Partial log-likelihood of one covariate without ties, straight from its definition.
static double loglik_by_definition(const cohort *c, double coef) {
  double sum = 0.0;
  for (int64_t i = 0; i < c->n; i++) {
    if (!c->event[i])
      continue;
    double highest = -HUGE_VAL;
    double total = 0.0;
    for (int64_t j = 0; j < c->n; j++)
      if (c->entry[j] < c->time[i] && c->time[j] >= c->time[i])
        highest = fmax(highest, coef * c->x[j]);
    for (int64_t j = 0; j < c->n; j++)
      if (c->entry[j] < c->time[i] && c->time[j] >= c->time[i])
        total += exp(coef * c->x[j] - highest);
    sum += coef * c->x[i] - highest - log(total);
  }
  return sum;
}

/// A row whose weight is e^100 times the others' comes and goes: nothing of it may stay behind.
static void outlier_that_enters_late(void **state) {
  static cohort c;
  make_cohort(&c, 40, 0, 77);
  for (int64_t i = 0; i < c.n; i++)
    c.entry[i] *= 0.2;
  double latest = 0.0;
  for (int64_t i = 0; i < c.n; i++)
    latest = fmax(latest, c.time[i]);
  c.x[0] = 150;
  c.time[0] = latest + 2;
  c.entry[0] = latest + 1;
  c.event[0] = true;
  const rc_survival *survival = survival_of(c.n, c.entry, c.time, c.event, *state);
  const rc_cox_fit model = fit(survival, (const double *const[]){c.x}, 1, RC_COX_EFRON, *state);
  assert_int_equal(model.term[0], RC_COX_FITTED);
  assert_true(model.coef[0] * c.x[0] > 50);
  const double best = loglik_by_definition(&c, model.coef[0]);
  assert_near(model.loglik, best, 0, 1e-12);
  assert_true(loglik_by_definition(&c, model.coef[0] + 1e-5) < best);
  assert_true(loglik_by_definition(&c, model.coef[0] - 1e-5) < best);
}

/// Two covariates that differ in the sixth digit have large standard errors, not infinite
/// coefficients.
static void near_collinearity_is_not_infinity(void **state) {
  static cohort c;
  static double copy[MOST];
  make_cohort(&c, MOST, 0, 12);
  for (int64_t i = 0; i < c.n; i++)
    copy[i] = c.x[i] + 1e-5 * (c.y[i] - 1);
  const rc_survival *survival = survival_of(c.n, NULL, c.time, c.event, *state);
  const rc_cox_fit model =
      fit(survival, (const double *const[]){c.x, copy}, 2, RC_COX_EFRON, *state);
  const rc_cox_fit plain =
      fit(survival, (const double *const[]){c.x, c.y}, 2, RC_COX_EFRON, *state);
  assert_true(model.term[0] == RC_COX_FITTED && model.term[1] == RC_COX_FITTED);
  assert_near(model.loglik, plain.loglik, 0, 1e-9);
  assert_near(model.coef[1] * 1e-5, plain.coef[1], 0, 1e-4);
}

static void undefined_covariates(void **state) {
  static cohort c;
  static double same[MOST], shifted[MOST], nearly[MOST];
  static bool none[MOST];
  make_cohort(&c, 60, 0, 5);
  for (int64_t i = 0; i < c.n; i++) {
    same[i] = 0.1;
    shifted[i] = 5 - 3 * c.x[i];
    nearly[i] = 1e10 + (i % 2 == 0 ? 0 : 1e-6); // varies in the last bit
  }
  const rc_survival *survival = survival_of(c.n, NULL, c.time, c.event, *state);
  const rc_cox_fit alone = fit(survival, (const double *const[]){c.x}, 1, RC_COX_EFRON, *state);
  const rc_cox_fit model =
      fit(survival, (const double *const[]){same, c.x, shifted, nearly}, 4, RC_COX_EFRON, *state);
  assert_int_equal(model.term[0], RC_COX_CONSTANT);
  assert_int_equal(model.term[1], RC_COX_FITTED);
  assert_int_equal(model.term[2], RC_COX_COLLINEAR);
  assert_int_equal(model.df, model.term[3] == RC_COX_CONSTANT ? 1 : 2);
  assert_true(isnan(model.coef[0]) && isnan(model.coef[2]));
  if (model.df == 1)
    assert_near(model.coef[1], alone.coef[0], 0, 1e-12);
  const rc_cox_fit constant = fit(survival, (const double *const[]){same}, 1, RC_COX_EFRON, *state);
  assert_int_equal(constant.df, 0);
  assert_near(constant.loglik, alone.loglik_null, 0, 1e-14);
  const rc_survival *eventless = survival_of(c.n, NULL, c.time, none, *state);
  const rc_cox_fit nothing = fit(eventless, (const double *const[]){c.x}, 1, RC_COX_EFRON, *state);
  assert_int_equal(nothing.term[0], RC_COX_NO_EVENTS);
  assert_true(isnan(nothing.coef[0]) && isnan(nothing.lrt));
}

static void logrank_edges(void **state) {
  const double time[] = {1, 2, 3, 4};
  const bool event[] = {true, true, false, false};
  const bool none[4] = {false};
  const int64_t one[] = {0, 0, 0, 0};
  const int64_t late[] = {1, 0, 0, 0};
  rc_error err = RC_ERROR_INIT;
  rc_logrank test;
  const rc_survival *survival = survival_of(4, NULL, time, event, *state);
  assert_int_equal(rc_logrank_test(survival, one, 1, *state, &test, &err), RC_OK);
  assert_true(isnan(test.p) && test.df == 0);
  // A third group that nobody is in does not count.
  assert_int_equal(rc_logrank_test(survival, late, 3, *state, &test, &err), RC_OK);
  assert_int_equal(test.df, 1);
  // Expected: 1/4 at time 1, nothing at time 2. Variance: 1/4 * 3/4.
  assert_near(test.expected[1], 0.25, 0, 1e-15);
  assert_near(test.chi2, 0.75 * 0.75 / (3.0 / 16.0), 0, 1e-14);
  const rc_survival *eventless = survival_of(4, NULL, time, none, *state);
  assert_int_equal(rc_logrank_test(eventless, late, 2, *state, &test, &err), RC_OK);
  assert_true(isnan(test.p));
}

static void kaplan_meier_edges(void **state) {
  const double time[] = {1, 2, 3, 4};
  const bool event[] = {true, true, true, true};
  const bool none[4] = {false};
  rc_error err = RC_ERROR_INIT;
  rc_km_curve curve;
  const rc_survival *survival = survival_of(4, NULL, time, event, *state);
  assert_int_equal(rc_kaplan_meier(survival, NULL, 0, RC_KM_LOG, *state, &curve, &err), RC_OK);
  assert_int_equal(curve.n_times, 4);
  assert_near(curve.survival[1], 0.5, 0, 1e-15);
  assert_near(curve.median, 2.5, 0, 0); // runs along one half from 2 to 3
  assert_near(curve.se[0], sqrt(0.75 * 0.25 / 4), 0, 1e-14);
  assert_true(curve.survival[3] == 0.0 && isnan(curve.se[3]) && isnan(curve.low[3]));
  const rc_survival *eventless = survival_of(4, NULL, time, none, *state);
  assert_int_equal(rc_kaplan_meier(eventless, NULL, 0, RC_KM_LOG, *state, &curve, &err), RC_OK);
  assert_true(curve.survival[3] == 1.0 && isnan(curve.median) && curve.se[3] == 0.0);
  const rc_survival *empty = survival_of(0, NULL, time, event, *state);
  assert_int_equal(rc_kaplan_meier(empty, NULL, 0, RC_KM_LOG, *state, &curve, &err), RC_OK);
  assert_int_equal(curve.n_times, 0);
}

static void near_ties_are_ties(void **state) {
  const double time[] = {0.3, 0.1 + 0.2, 0.5};
  const bool event[] = {true, true, true};
  rc_error err = RC_ERROR_INIT;
  rc_km_curve curve;
  assert_true(time[0] != time[1]);
  const rc_survival *survival = survival_of(3, NULL, time, event, *state);
  assert_int_equal(rc_kaplan_meier(survival, NULL, 0, RC_KM_LOG, *state, &curve, &err), RC_OK);
  assert_int_equal(curve.n_times, 2);
  assert_int_equal(curve.n_event[0], 2);
}

static void wrong_times(void **state) {
  const double time[] = {1, 2, NAN};
  const double entry[] = {0, 2, 0};
  const bool event[] = {true, true, true};
  const bool keep[] = {true, true, false};
  rc_survival *out = NULL;
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_survival_create(3, NULL, time, event, NULL, *state, &out, &err),
                   RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "row 3"));
  rc_error_clear(&err);
  assert_int_equal(rc_survival_create(3, NULL, time, event, keep, *state, &out, &err), RC_OK);
  assert_int_equal(rc_survival_create(3, entry, time, event, keep, *state, &out, &err),
                   RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "row 2: entry 2 is not before time 2"));
}

/// R: p.adjust(c(0.01, 0.02, NA, 0.03, 0.04, 0.5), "BH")
static void false_discovery_rate(void **state) {
  const double p[] = {0.01, 0.02, NAN, 0.03, 0.04, 0.5};
  const double expected[] = {0.05, 0.05, NAN, 0.05, 0.05, 0.5};
  double q[6];
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_fdr_adjust(p, 6, *state, q, &err), RC_OK);
  for (int i = 0; i < 6; i++)
    assert_near(q[i], expected[i], 0, 1e-14);
  assert_int_equal(rc_fdr_adjust(p, 0, *state, q, &err), RC_OK);
}

static void tail_edges(void **state) {
  (void)state;
  assert_true(rc_chi2_upper(0, 3) == 1.0 && rc_chi2_upper(-1, 3) == 1.0);
  assert_true(rc_chi2_upper(INFINITY, 3) == 0.0);
  assert_true(isnan(rc_chi2_upper(NAN, 3)) && isnan(rc_chi2_upper(1, 0)));
  assert_true(isnan(rc_normal_two_sided(NAN)) && rc_normal_two_sided(-INFINITY) == 0.0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, drop_arena)
  const struct CMUnitTest tests[] = {
      TEST(concordance_counts_every_pair),
      TEST(logrank_is_the_score_test),
      TEST(what_must_not_change),
      TEST(subset_is_the_same_as_new),
      TEST(separation_is_infinite),
      TEST(outlier_that_enters_late),
      TEST(near_collinearity_is_not_infinity),
      TEST(undefined_covariates),
      TEST(logrank_edges),
      TEST(kaplan_meier_edges),
      TEST(near_ties_are_ties),
      TEST(wrong_times),
      TEST(false_discovery_rate),
      TEST(tail_edges),
  };
  return cmocka_run_group_tests_name("survival", tests, NULL, NULL);
}
