// SPDX-License-Identifier: Apache-2.0
/// @file pair_matrix.h
/// Co-occurrence matrices as lists of their cells that are not zero: of pairs of levels one way or
/// both ways, for one direction or a weighted sum of several. Their size is bounded by the number
/// of voxels however many levels there are.
#ifndef RADCOHORT_TEXTURE_PAIR_MATRIX_H
#define RADCOHORT_TEXTURE_PAIR_MATRIX_H

#include "texture/level_grid.h"

typedef struct rc_pair_matrix {
  int32_t n;        ///< levels, compact, 1..n
  int64_t *first;   ///< [n + 2]: row i has cells first[i] .. first[i + 1] - 1
  uint16_t *column; ///< of each cell; in no particular order within a row
  double *count;    ///< of each cell, > 0
} rc_pair_matrix;

/// Which pairs: voxels at offset[0 .. n - 1] in memory, at most the grid's margin away.
typedef struct rc_pair_wish {
  const int64_t *offset;
  const double *weight; ///< NULL: a matrix for each offset; else one, the sum of weight * pairs
  int64_t n;
  bool symmetric; ///< pairs are seen both ways
} rc_pair_wish;

/// Receives matrix after matrix, number d of `wish->n` or of 1. The matrix is borrowed.
typedef rc_status rc_pair_visit(const rc_pair_matrix *matrix, int64_t d, void *context,
                                rc_error *err);

/// Makes the matrices of a grid with compact levels and hands them to `visit`, in order.
rc_status rc_pair_matrices(const rc_level_grid *grid, const rc_pair_wish *wish, rc_arena *arena,
                           rc_pair_visit *visit, void *context, rc_error *err);

/// Scratch of rc_pair_correlation.
typedef struct rc_pair_scratch {
  int64_t n_steps;
  double *row, *column, *top; ///< [n + 1] each
  double *vector, *image;     ///< [n + 1] each
  double *basis;              ///< [n_steps + 1][n + 1]
  double *diagonal, *beside;  ///< [n_steps + 1] each: the small tridiagonal matrix
  double *turn, *pivot;       ///< [n_steps + 1] each: its eigenvector; scratch
  int32_t *part;              ///< [2 * (n + 1)]: of a first level, and of a second
  int32_t n_parts;
  double *share, *along; ///< [2 * (n + 1)] each, by part
} rc_pair_scratch;

/// Room for matrices of n levels.
rc_status rc_pair_scratch_create(int32_t n, rc_arena *arena, rc_pair_scratch *out, rc_error *err);

/// Makes scratch of matrices of more levels what it would be had it been created for n.
void rc_pair_scratch_fit(int32_t n, rc_pair_scratch *scratch);

/// The maximal correlation coefficient of a matrix with sums row[1..n] and column[1..n] and their
/// total (Haralick 1973, doi:10.1109/TSMC.1973.4309314): the square root of the second largest
/// eigenvalue of Q(i, j) = sum over k of p(i, k) p(j, k) / (p(i) p(k)), that is the second singular
/// value of p(i, k) / sqrt(p(i) p(k)), by Lanczos' iteration to 1e-8. `epsilon` is added to every
/// divisor of Q; what that changes is taken to first order.
double rc_pair_correlation(const rc_pair_matrix *matrix, const double *row, const double *column,
                           double total, double epsilon, rc_pair_scratch *scratch);

#endif
