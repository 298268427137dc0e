// SPDX-License-Identifier: Apache-2.0
#include "base/linear.h"

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

/// Rotates rows and columns p and q so that a[p][q] becomes zero.
static void rotate(double a[3][3], int p, int q) {
  if (a[p][q] == 0.0)
    return;
  double theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
  double t = copysign(1.0, theta) / (fabs(theta) + sqrt(theta * theta + 1.0));
  double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
  int r = 3 - p - q;
  double rp = a[r][p], rq = a[r][q], pq = a[p][q];
  a[p][p] -= t * pq;
  a[q][q] += t * pq;
  a[p][q] = a[q][p] = 0.0;
  a[r][p] = a[p][r] = c * rp - s * rq;
  a[r][q] = a[q][r] = s * rp + c * rq;
}

bool rc_eigenvalues3(const double matrix[9], double value[3]) {
  // Convergence is quadratic: a handful of sweeps reaches the last bit; more change nothing.
  const int sweeps = 16;
  double a[3][3];
  for (int i = 0; i < 9; i++) {
    if (!isfinite(matrix[i]))
      return false;
    a[i / 3][i % 3] = matrix[i];
  }
  for (int sweep = 0; sweep < sweeps; sweep++) {
    rotate(a, 0, 1);
    rotate(a, 0, 2);
    rotate(a, 1, 2);
  }
  for (int d = 0; d < 3; d++)
    value[d] = a[d][d];
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2 - i; j++)
      if (value[j] < value[j + 1]) {
        double swap = value[j];
        value[j] = value[j + 1];
        value[j + 1] = swap;
      }
  return true;
}
