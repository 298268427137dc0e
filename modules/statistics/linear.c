// SPDX-License-Identifier: Apache-2.0
#include "statistics/linear.h"

#include <math.h>
#include <string.h>

static double dot(const double *a, const double *b, int64_t n) {
  double sum = 0.0;
  for (int64_t i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

bool rc_cholesky(double *a, int64_t n) {
  for (int64_t j = 0; j < n; j++) {
    double *row = a + j * n;
    for (int64_t k = 0; k < j; k++)
      row[k] = (row[k] - dot(row, a + k * n, k)) / a[k * n + k];
    const double pivot = row[j] - dot(row, row, j);
    if (!(pivot > 0.0) || !isfinite(pivot))
      return false;
    row[j] = sqrt(pivot);
  }
  return true;
}

void rc_cholesky_solve(const double *factor, int64_t n, double *b) {
  for (int64_t j = 0; j < n; j++)
    b[j] = (b[j] - dot(factor + j * n, b, j)) / factor[j * n + j];
  for (int64_t j = n; j-- > 0;) {
    b[j] /= factor[j * n + j];
    for (int64_t k = 0; k < j; k++)
      b[k] -= factor[j * n + k] * b[j];
  }
}

void rc_cholesky_inverse(const double *factor, int64_t n, double *inverse) {
  memset(inverse, 0, (size_t)(n * n) * sizeof *inverse);
  for (int64_t j = 0; j < n; j++) {
    inverse[j * n + j] = 1.0;
    rc_cholesky_solve(factor, n, inverse + j * n); // the inverse is symmetric: rows are columns
  }
}
