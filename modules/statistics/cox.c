// SPDX-License-Identifier: Apache-2.0
#include "statistics/cox.h"

#include "base/linear.h"
#include "statistics/distributions.h"

#include <math.h>
#include <string.h>

enum { MAX_ITERATIONS = 60, MAX_HALVINGS = 40 };

/// Newton stops when the gain that it still predicts for the log-likelihood is below this; the
/// step that shows it is still taken, so that coefficients are accurate to rounding.
static const double GAIN_TOLERANCE = 1e-14;
/// A step longer than this (in standard deviations of the covariate) when the likelihood has
/// already settled to SETTLED_GAIN means that the likelihood has no maximum.
static const double ENDLESS_STEP = 1e-3;
static const double SETTLED_GAIN = 1e-9;
static const double NEARLY_SETTLED_GAIN = 1e-4;
static const double SLOW_RATIO = 0.05;
/// Beside an infinite coefficient, one whose variance (covariate in standard deviations) exceeds
/// this has lost all information.
static const double LOST_VARIANCE = 1e6;
/// Pivots of the information below this part of the largest diagonal count as zero. Where all are
/// smaller than LEAST_INFORMATION (covariates have unit variance), rounding is all there is.
static const double PIVOT_TOLERANCE = 1e-11;
static const double LEAST_INFORMATION = 1e-2;
/// When so little of the weight is left after rows have gone from the risk set, their rounding
/// errors would outweigh it, and the sums are made anew.
static const double LEAST_REST = 1e-3;

const char *rc_cox_term_reason(rc_cox_term term) {
  static const char *const reasons[] = {
#define X(enumerator, text) text,
      RC_COX_TERM_LIST(X)
#undef X
  };
  return (unsigned)term < RC_COX_TERM_COUNT ? reasons[term] : "?";
}

/// Sums over a set of rows: of weights, of weight times covariates, of weight times products.
typedef struct sums {
  double w;
  double *wx;  ///< [p]
  double *wxx; ///< [p][p], lower triangle
} sums;

/// One problem: the covariates in use, and the place for log-likelihood and derivatives.
typedef struct problem {
  const rc_survival *survival;
  rc_cox_ties ties;
  int64_t p;
  double *z;      ///< [n][p] covariates, centred and scaled to unit standard deviation
  double *weight; ///< [n] exp(linear predictor)
  double *eta;    ///< [n] linear predictor
  sums risk, deaths;
  double peak;         ///< largest weight of the risk set since its sums were made
  double *mean;        ///< [p] scratch
  double *death_x;     ///< [p] sum of covariates of the events of one time
  double loglik;       ///< results of evaluate() from here
  double *gradient;    ///< [p]
  double *information; ///< [p][p], lower triangle
} problem;

static void clear(sums *set, int64_t p) {
  set->w = 0.0;
  memset(set->wx, 0, (size_t)p * sizeof *set->wx);
  memset(set->wxx, 0, (size_t)(p * p) * sizeof *set->wxx);
}

/// Adds one row; a negative weight takes it away again.
static void add_row(sums *set, const double *z, double w, int64_t p) {
  set->w += w;
  for (int64_t j = 0; j < p; j++) {
    const double wz = w * z[j];
    set->wx[j] += wz;
    for (int64_t k = 0; k <= j; k++)
      set->wxx[j * p + k] += wz * z[k];
  }
}

/// One factor of the likelihood's denominator: the risk set less `part` of the events' share.
static void add_factor(problem *at, double part) {
  const int64_t p = at->p;
  const double w = at->risk.w - part * at->deaths.w;
  at->loglik -= log(w);
  for (int64_t j = 0; j < p; j++) {
    const double mean = (at->risk.wx[j] - part * at->deaths.wx[j]) / w;
    at->mean[j] = mean;
    at->gradient[j] -= mean;
    for (int64_t k = 0; k <= j; k++) {
      const double second = (at->risk.wxx[j * p + k] - part * at->deaths.wxx[j * p + k]) / w;
      at->information[j * p + k] += second - mean * at->mean[k];
    }
  }
}

/// Takes the rows whose entry is at or after t from the risk set. Positions from `joined` on have
/// joined it. Returns the position in by_entry to go on from.
static int64_t remove_late_entries(problem *at, double t, int64_t joined, int64_t next_entry) {
  const rc_survival *survival = at->survival;
  const int64_t p = at->p;
  const int64_t before = next_entry;
  for (; next_entry >= 0; next_entry--) {
    const int64_t j = survival->by_entry[next_entry];
    if (survival->entry[j] < t)
      break;
    add_row(&at->risk, at->z + j * p, -at->weight[j], p);
  }
  at->peak = fmax(at->peak, at->risk.w);
  if (next_entry == before || at->risk.w >= LEAST_REST * at->peak)
    return next_entry;
  clear(&at->risk, p);
  for (int64_t i = survival->n - 1; i >= joined; i--)
    if (survival->entry[i] < t)
      add_row(&at->risk, at->z + i * p, at->weight[i], p);
  at->peak = at->risk.w;
  return next_entry;
}

/// Log-likelihood, gradient and information for the weights and predictors in `at`. Rows join the
/// risk set from the last time backwards and leave it at their entry.
static void sweep(problem *at) {
  const rc_survival *survival = at->survival;
  const int64_t p = at->p;
  clear(&at->risk, p);
  at->peak = 0.0;
  at->loglik = 0.0;
  memset(at->gradient, 0, (size_t)p * sizeof *at->gradient);
  memset(at->information, 0, (size_t)(p * p) * sizeof *at->information);
  int64_t next_entry = survival->n - 1;
  for (int64_t i = survival->n - 1; i >= 0;) {
    const double t = survival->time[i];
    int64_t n_deaths = 0;
    clear(&at->deaths, p);
    for (; i >= 0 && survival->time[i] == t; i--) {
      const double *z = at->z + i * p;
      add_row(&at->risk, z, at->weight[i], p);
      at->peak = fmax(at->peak, at->risk.w);
      if (!survival->event[i])
        continue;
      n_deaths++;
      at->loglik += at->eta[i];
      for (int64_t j = 0; j < p; j++)
        at->gradient[j] += z[j];
      if (at->ties == RC_COX_EFRON)
        add_row(&at->deaths, z, at->weight[i], p);
    }
    if (survival->entry != NULL)
      next_entry = remove_late_entries(at, t, i + 1, next_entry);
    for (int64_t d = 0; d < n_deaths; d++)
      add_factor(at, at->ties == RC_COX_EFRON ? (double)d / (double)n_deaths : 0.0);
  }
}

static void evaluate(problem *at, const double *beta) {
  double highest = -HUGE_VAL;
  for (int64_t i = 0; i < at->survival->n; i++) {
    double eta = 0.0;
    for (int64_t j = 0; j < at->p; j++)
      eta += beta[j] * at->z[i * at->p + j];
    at->eta[i] = eta;
    highest = fmax(highest, eta);
  }
  // The likelihood does not change when all predictors shift; exp() must not overflow.
  const double shift = highest > 300.0 ? highest - 300.0 : 0.0;
  for (int64_t i = 0; i < at->survival->n; i++) {
    at->eta[i] -= shift;
    at->weight[i] = exp(at->eta[i]);
  }
  sweep(at);
}

/// Centres and scales covariate j of the caller's rows into column `to` of z. Returns the scale
/// (standard deviation), 0 when the covariate does not vary.
static double load_covariate(problem *at, const double *x, int64_t to, int64_t stride) {
  const rc_survival *survival = at->survival;
  const int64_t n = survival->n;
  double mean = 0.0;
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  for (int64_t i = 0; i < n; i++) {
    const double value = x[survival->row[i]];
    mean += value / (double)n;
    low = fmin(low, value);
    high = fmax(high, value);
  }
  // Neither a constant nor one that differs by rounding only; NaN cannot pass either.
  if (n < 2 || !(high - low > 1e-14 * fmax(fabs(low), fabs(high))))
    return 0.0;
  double square = 0.0;
  for (int64_t i = 0; i < n; i++) {
    const double part = (x[survival->row[i]] - mean) / (high - low);
    square += part * part;
  }
  const double scale = (high - low) * sqrt(square / (double)(n - 1));
  for (int64_t i = 0; i < n; i++)
    at->z[i * stride + to] = (x[survival->row[i]] - mean) / scale;
  return scale;
}

/// Marks covariates whose pivot of the information at zero vanishes when they are taken in order.
/// Returns how many are left; `kept` lists them.
static int64_t find_rank(const problem *at, double *work, int64_t *kept) {
  const int64_t p = at->p;
  double largest = LEAST_INFORMATION;
  memcpy(work, at->information, (size_t)(p * p) * sizeof *work);
  for (int64_t j = 0; j < p; j++)
    largest = fmax(largest, work[j * p + j]);
  int64_t n_kept = 0;
  for (int64_t j = 0; j < p; j++) {
    const double pivot = work[j * p + j];
    if (!(pivot > PIVOT_TOLERANCE * largest))
      continue;
    kept[n_kept++] = j;
    for (int64_t i = j + 1; i < p; i++) {
      const double factor = work[i * p + j] / pivot;
      for (int64_t k = j + 1; k <= i; k++)
        work[i * p + k] -= factor * work[k * p + j];
    }
  }
  return n_kept;
}

/// Keeps the listed covariates of z only (in place, rows get shorter).
static void drop_covariates(problem *at, const int64_t *kept, int64_t n_kept) {
  const int64_t p = at->p;
  for (int64_t i = 0; i < at->survival->n; i++)
    for (int64_t j = 0; j < n_kept; j++)
      at->z[i * n_kept + j] = at->z[i * p + kept[j]];
  at->p = n_kept;
}

static rc_status problem_create(problem *at, int64_t p, rc_arena *arena, rc_error *err) {
  const rc_survival *survival = at->survival;
  const size_t n = (size_t)survival->n;
  const size_t m = (size_t)p;
  if (p < 1 || p > 10000 || (survival->n > 0 && p > INT64_MAX / 8 / survival->n))
    return rc_fail(err, RC_ERR_LIMIT, "%lld covariates in one Cox model; 1 to 10000 can be fitted",
                   (long long)p);
  at->z = rc_arena_alloc(arena, n * m, sizeof *at->z);
  at->weight = rc_arena_alloc(arena, n, sizeof *at->weight);
  at->eta = rc_arena_alloc(arena, n, sizeof *at->eta);
  at->risk.wx = rc_arena_alloc(arena, m, sizeof(double));
  at->risk.wxx = rc_arena_alloc(arena, m * m, sizeof(double));
  at->deaths.wx = rc_arena_alloc(arena, m, sizeof(double));
  at->deaths.wxx = rc_arena_alloc(arena, m * m, sizeof(double));
  at->mean = rc_arena_alloc(arena, m, sizeof *at->mean);
  at->gradient = rc_arena_alloc(arena, m, sizeof *at->gradient);
  at->information = rc_arena_alloc(arena, m * m, sizeof *at->information);
  if (at->z == NULL || at->weight == NULL || at->eta == NULL || at->risk.wx == NULL ||
      at->risk.wxx == NULL || at->deaths.wx == NULL || at->deaths.wxx == NULL || at->mean == NULL ||
      at->gradient == NULL || at->information == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a Cox model of %lld rows x %lld terms",
                   (long long)survival->n, (long long)p);
  return RC_OK;
}

/// What Newton works with, beside the problem.
typedef struct newton {
  double *beta;    ///< [p] where the problem was evaluated last
  double *trial;   ///< [p]
  double *step;    ///< [p]
  double *factor;  ///< [p][p] Cholesky factor of the information
  double *inverse; ///< [p][p] of the information, at the end
  int64_t iterations;
  bool converged;
  bool endless; ///< the likelihood has no maximum
} newton;

/// step = information^-1 gradient; false, with the step as it was, when the information is not
/// positive definite.
static bool solve_step(const problem *at, newton *search) {
  const size_t p = (size_t)at->p;
  memcpy(search->factor, at->information, p * p * sizeof(double));
  if (!rc_cholesky(search->factor, at->p))
    return false;
  memcpy(search->step, at->gradient, p * sizeof(double));
  rc_cholesky_solve(search->factor, at->p, search->step);
  return true;
}

static double dot(const double *a, const double *b, int64_t n) {
  double sum = 0.0;
  for (int64_t i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/// Moves along the step, halving it while the likelihood falls or is not finite.
static bool take_step(problem *at, newton *search) {
  const double before = at->loglik;
  const double slack = 1e-10 * (1.0 + fabs(before));
  double length = 1.0;
  for (int halving = 0; halving <= MAX_HALVINGS; halving++, length *= 0.5) {
    for (int64_t j = 0; j < at->p; j++)
      search->trial[j] = search->beta[j] + length * search->step[j];
    evaluate(at, search->trial);
    if (isfinite(at->loglik) && at->loglik >= before - slack) {
      memcpy(search->beta, search->trial, (size_t)at->p * sizeof(double));
      return true;
    }
  }
  evaluate(at, search->beta);
  return false;
}

static bool step_is_endless(const newton *search, int64_t j) {
  return fabs(search->step[j]) > ENDLESS_STEP * fmax(1.0, fabs(search->beta[j]));
}

static bool any_step_is_endless(const newton *search, int64_t p) {
  for (int64_t j = 0; j < p; j++)
    if (step_is_endless(search, j))
      return true;
  return false;
}

/// Newton's method converges quadratically to a maximum, but along a direction in which the
/// likelihood grows for ever its gains shrink by a factor e only and its steps do not shrink.
static void maximise(problem *at, newton *search) {
  double last_gain = HUGE_VAL;
  bool slow = false;
  while (search->iterations < MAX_ITERATIONS && solve_step(at, search)) {
    const double gain = 0.5 * dot(search->step, at->gradient, at->p);
    slow = gain > SLOW_RATIO * last_gain;
    if (slow && gain < SETTLED_GAIN && any_step_is_endless(search, at->p)) {
      search->endless = true;
      return;
    }
    last_gain = gain;
    search->iterations++;
    if (!take_step(at, search))
      break;
    if (gain < GAIN_TOLERANCE) {
      search->converged = true;
      return;
    }
  }
  // Rounding can stop the search before its gains have settled.
  search->endless = slow && last_gain < NEARLY_SETTLED_GAIN && any_step_is_endless(search, at->p);
}

static rc_status newton_create(newton *search, int64_t p, rc_arena *arena, rc_error *err) {
  const size_t m = (size_t)p;
  *search = (newton){0};
  search->beta = rc_arena_alloc(arena, m, sizeof(double));
  search->trial = rc_arena_alloc(arena, m, sizeof(double));
  search->step = rc_arena_alloc(arena, m, sizeof(double));
  search->factor = rc_arena_alloc(arena, m * m, sizeof(double));
  search->inverse = rc_arena_alloc(arena, m * m, sizeof(double));
  if (search->beta == NULL || search->trial == NULL || search->step == NULL ||
      search->factor == NULL || search->inverse == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a Cox model of %lld terms", (long long)p);
  return RC_OK;
}

static rc_status fit_create(rc_cox_fit *out, const rc_survival *survival, int64_t n_terms,
                            rc_arena *arena, rc_error *err) {
  const size_t p = (size_t)n_terms;
  *out = (rc_cox_fit){.n = survival->n, .n_events = survival->n_events, .n_terms = n_terms};
  out->term = rc_arena_alloc(arena, p, sizeof *out->term);
  out->coef = rc_arena_alloc(arena, p, sizeof *out->coef);
  out->variance = rc_arena_alloc(arena, p * p, sizeof *out->variance);
  if (out->term == NULL || out->coef == NULL || out->variance == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a Cox model of %lld terms",
                   (long long)n_terms);
  for (size_t j = 0; j < p; j++)
    out->coef[j] = NAN;
  for (size_t j = 0; j < p * p; j++)
    out->variance[j] = NAN;
  out->lrt = out->lrt_p = out->wald = out->wald_p = out->score_test = out->score_p = NAN;
  out->loglik_null = out->loglik = NAN;
  out->concordance.c = NAN;
  return RC_OK;
}

/// Loads all covariates that vary and are independent; names[] lists which term each column of z
/// is, scale[] its standard deviation.
static rc_status load_terms(problem *at, const double *const *x, rc_cox_fit *out, int64_t *names,
                            double *scale, rc_arena *arena, rc_error *err) {
  const int64_t n_terms = out->n_terms;
  const size_t p = (size_t)n_terms;
  int64_t *kept = rc_arena_alloc(arena, p, sizeof *kept);
  double *work = rc_arena_alloc(arena, p * p, sizeof *work);
  double *zero = rc_arena_alloc(arena, p, sizeof *zero);
  if (kept == NULL || work == NULL || zero == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a Cox model of %lld terms",
                   (long long)n_terms);
  int64_t n_varying = 0;
  for (int64_t j = 0; j < n_terms; j++) {
    const double s = load_covariate(at, x[j], n_varying, n_terms);
    out->term[j] = s > 0.0 ? RC_COX_FITTED : RC_COX_CONSTANT;
    if (s > 0.0) {
      names[n_varying] = j;
      scale[n_varying++] = s;
    }
  }
  for (int64_t j = 0; j < n_varying; j++)
    kept[j] = j;
  at->p = n_terms;
  drop_covariates(at, kept, n_varying);
  if (n_varying == 0)
    return RC_OK;
  evaluate(at, zero);
  const int64_t n_kept = find_rank(at, work, kept);
  for (int64_t j = 0; j < n_varying; j++)
    out->term[names[j]] = RC_COX_COLLINEAR;
  for (int64_t j = 0; j < n_kept; j++) {
    names[j] = names[kept[j]];
    scale[j] = scale[kept[j]];
    out->term[names[j]] = RC_COX_FITTED;
  }
  drop_covariates(at, kept, n_kept);
  return RC_OK;
}

/// Coefficients and variances in the caller's units, and the tests, from the end of the search.
static void store_result(const problem *at, newton *search, const int64_t *names,
                         const double *scale, rc_cox_fit *out) {
  const int64_t p = at->p;
  out->loglik = at->loglik;
  out->iterations = search->iterations;
  out->lrt = 2.0 * (out->loglik - out->loglik_null);
  out->lrt_p = rc_chi2_upper(out->lrt, p);
  if (!search->converged && !search->endless) {
    out->lrt = out->lrt_p = out->loglik = NAN;
    for (int64_t j = 0; j < p; j++)
      out->term[names[j]] = RC_COX_DIVERGED;
    return;
  }
  if (!search->endless) {
    out->wald = 0.0;
    for (int64_t j = 0; j < p; j++)
      for (int64_t k = 0; k < p; k++)
        out->wald +=
            search->beta[j] * search->beta[k] * at->information[j > k ? j * p + k : k * p + j];
    out->wald_p = rc_chi2_upper(out->wald, p);
  }
  memcpy(search->factor, at->information, (size_t)(p * p) * sizeof(double));
  const bool inverted = rc_cholesky(search->factor, p);
  if (inverted)
    rc_cholesky_inverse(search->factor, p, search->inverse);
  for (int64_t j = 0; j < p; j++) {
    const int64_t t = names[j];
    if (search->endless && step_is_endless(search, j))
      out->term[t] = search->step[j] > 0.0 ? RC_COX_INFINITE_UP : RC_COX_INFINITE_DOWN;
    else if (search->endless && !(inverted && search->inverse[j * p + j] < LOST_VARIANCE))
      out->term[t] = RC_COX_UNDETERMINED;
    else
      out->coef[t] = search->beta[j] / scale[j];
  }
  for (int64_t j = 0; j < p && inverted; j++)
    for (int64_t k = 0; k < p; k++)
      if (out->term[names[j]] == RC_COX_FITTED && out->term[names[k]] == RC_COX_FITTED)
        out->variance[names[j] * out->n_terms + names[k]] =
            search->inverse[j * p + k] / (scale[j] * scale[k]);
}

/// Harrell's C of the linear predictor, which `at` holds in the survival's order.
static rc_status add_concordance(const problem *at, rc_arena *arena, rc_cox_fit *out,
                                 rc_error *err) {
  rc_survival by_position = *at->survival;
  int64_t *identity = rc_arena_alloc(arena, (size_t)out->n, sizeof *identity);
  if (identity == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for the concordance");
  for (int64_t i = 0; i < out->n; i++)
    identity[i] = i;
  by_position.row = identity;
  return rc_concordance_count(&by_position, at->eta, arena, &out->concordance, err);
}

rc_status rc_cox_run(const rc_survival *survival, const double *const *x, int64_t n_terms,
                     rc_cox_ties ties, rc_arena *arena, rc_cox_fit *out, rc_error *err) {
  problem at = {.survival = survival, .ties = ties};
  newton search;
  rc_status status = problem_create(&at, n_terms, arena, err);
  if (status == RC_OK)
    status = fit_create(out, survival, n_terms, arena, err);
  if (status == RC_OK)
    status = newton_create(&search, n_terms, arena, err);
  if (status != RC_OK)
    return status;
  int64_t *names = rc_arena_alloc(arena, (size_t)n_terms, sizeof *names);
  double *scale = rc_arena_alloc(arena, (size_t)n_terms, sizeof *scale);
  if (names == NULL || scale == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a Cox model");
  if (survival->n_events == 0) {
    for (int64_t j = 0; j < n_terms; j++)
      out->term[j] = RC_COX_NO_EVENTS;
    return RC_OK;
  }
  status = load_terms(&at, x, out, names, scale, arena, err);
  if (status != RC_OK)
    return status;

  out->df = at.p;
  evaluate(&at, search.beta);
  out->loglik_null = out->loglik = at.loglik;
  if (at.p == 0)
    return RC_OK;
  if (solve_step(&at, &search)) {
    out->score_test = dot(search.step, at.gradient, at.p);
    out->score_p = rc_chi2_upper(out->score_test, at.p);
  }
  maximise(&at, &search);
  store_result(&at, &search, names, scale, out);
  return search.converged || search.endless ? add_concordance(&at, arena, out, err) : RC_OK;
}
