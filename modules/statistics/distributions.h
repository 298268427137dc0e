// SPDX-License-Identifier: Apache-2.0
/// @file distributions.h
/// Tail probabilities and multiple-testing correction. Pure functions, relative accuracy about
/// 1e-12 down to the smallest normal double. Thread-safe.
#ifndef RADCOHORT_STATISTICS_DISTRIBUTIONS_H
#define RADCOHORT_STATISTICS_DISTRIBUTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include <stdint.h>

/// The 0.975 quantile of the standard normal distribution: half-width of a 95 % interval.
#define RC_NORMAL_975 1.959963984540054

/// P(|Z| > |z|) for standard normal Z; NaN for NaN.
double rc_normal_two_sided(double z);

/// P(X > x) for chi-squared X with `df` degrees of freedom, by the finite series for integer df
/// (Abramowitz and Stegun 26.4.4 and 26.4.5). 1 for x <= 0; NaN for NaN or df < 1.
double rc_chi2_upper(double x, int64_t df);

/// Benjamini-Hochberg adjusted p values (JRSS B 57:289, 1995), as R's p.adjust(method = "BH"):
/// NaN entries stay NaN and do not count. p and q: [n], may be the same array.
rc_status rc_fdr_adjust(const double *p, int64_t n, rc_arena *arena, double *q, rc_error *err);

#endif
