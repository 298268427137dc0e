// SPDX-License-Identifier: Apache-2.0
/// @file linear.h
/// Small symmetric matrices. Written out here, because threaded BLAS and LAPACK libraries round
/// differently for different numbers of threads, and results must not.
#ifndef RADCOHORT_BASE_LINEAR_H
#define RADCOHORT_BASE_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

/// Replaces the lower triangle of a ([n][n], row-major) by its Cholesky factor L, a = L L'. False,
/// with `a` unusable, when it is not positive definite or not finite.
bool rc_cholesky(double *a, int64_t n);

/// Solves L L' x = b in place of b.
void rc_cholesky_solve(const double *factor, int64_t n, double *b);

/// The inverse of L L' as a full matrix, [n][n].
void rc_cholesky_inverse(const double *factor, int64_t n, double *inverse);

/// Eigenvalues of a symmetric 3 x 3 matrix (row-major), largest first, by Jacobi rotations (Golub
/// and Van Loan, section 8.5). False when it is not finite.
bool rc_eigenvalues3(const double matrix[9], double value[3]);

#endif
