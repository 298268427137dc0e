// SPDX-License-Identifier: Apache-2.0
/// @file linear.h
/// Cholesky factors of small symmetric matrices. Written out here, because threaded BLAS libraries
/// add in an order that depends on the number of threads, and results must not.
#ifndef RADCOHORT_STATISTICS_LINEAR_H
#define RADCOHORT_STATISTICS_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

/// Replaces the lower triangle of a ([n][n], row-major) by its Cholesky factor L, a = L L'. False,
/// with `a` unusable, when it is not positive definite or not finite.
bool rc_cholesky(double *a, int64_t n);

/// Solves L L' x = b in place of b.
void rc_cholesky_solve(const double *factor, int64_t n, double *b);

/// The inverse of L L' as a full matrix, [n][n].
void rc_cholesky_inverse(const double *factor, int64_t n, double *inverse);

#endif
