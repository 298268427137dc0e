// SPDX-License-Identifier: Apache-2.0
/// @file cox.h
/// Cox proportional hazards regression (JRSS B 34:187, 1972) by Newton's method on the partial
/// likelihood, with Efron's (JASA 72:557, 1977) or Breslow's handling of tied events. Definitions
/// follow R's coxph, against which it is tested. Deterministic and thread-safe.
#ifndef RADCOHORT_STATISTICS_COX_H
#define RADCOHORT_STATISTICS_COX_H

#include "statistics/survival.h"

typedef enum rc_cox_ties { RC_COX_EFRON, RC_COX_BRESLOW } rc_cox_ties;

/// What became of one covariate; anything but RC_COX_FITTED leaves its numbers NaN.
#define RC_COX_TERM_LIST(X)                                                                        \
  X(RC_COX_FITTED, "")                                                                             \
  X(RC_COX_CONSTANT, "the covariate does not vary among the patients used")                        \
  X(RC_COX_COLLINEAR, "the covariate is a combination of earlier ones, or of no influence on "     \
                      "any risk set")                                                              \
  X(RC_COX_INFINITE_UP, "the likelihood grows without end: coefficient is +infinity")              \
  X(RC_COX_INFINITE_DOWN, "the likelihood grows without end: coefficient is -infinity")            \
  X(RC_COX_UNDETERMINED, "undetermined beside an infinite coefficient")                            \
  X(RC_COX_NO_EVENTS, "no events")                                                                 \
  X(RC_COX_DIVERGED, "the fit did not converge")

typedef enum rc_cox_term {
#define X(enumerator, text) enumerator,
  RC_COX_TERM_LIST(X)
#undef X
      RC_COX_TERM_COUNT
} rc_cox_term;

/// The sentence of the list; "" for a fitted covariate.
const char *rc_cox_term_reason(rc_cox_term term);

typedef struct rc_cox_fit {
  int64_t n, n_events;
  int64_t n_terms;
  rc_cox_term *term; ///< [n_terms]
  double *coef;      ///< [n_terms]; NaN unless fitted
  double *variance;  ///< [n_terms][n_terms]; NaN rows and columns unless fitted
  int64_t df;        ///< covariates neither constant nor collinear
  double loglik_null, loglik;
  double lrt, lrt_p;   ///< likelihood ratio test of all coefficients
  double wald, wald_p; ///< NaN with an infinite coefficient
  double score_test, score_p;
  rc_concordance concordance;
  int64_t iterations;
} rc_cox_fit;

/// Fits. `x[j][row]` is covariate j of the caller's row (all finite for the rows in `survival`).
/// Scratch and results come from `arena`. Not an error: no events, constant or collinear
/// covariates, infinite coefficients, no convergence; see `term`.
rc_status rc_cox_run(const rc_survival *survival, const double *const *x, int64_t n_terms,
                     rc_cox_ties ties, rc_arena *arena, rc_cox_fit *out, rc_error *err);

#endif
