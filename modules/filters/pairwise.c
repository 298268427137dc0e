// SPDX-License-Identifier: Apache-2.0
#include "filters/pairwise.h"

#include "base/clones.h"

#include <string.h>

enum { RUNNING = 8, BLOCK = 128 };

/// to += row, column by column. Sums of two single numbers are exact enough in double precision for
/// rounding them again to give what single precision gives.
RC_CLONES static void add(double *restrict to, const double *restrict row, int64_t width,
                          bool single) {
  for (int64_t x = 0; x < width && !single; x++)
    to[x] += row[x];
  for (int64_t x = 0; x < width && single; x++)
    to[x] = (double)(float)(to[x] + row[x]);
}

static void sum_block(const double (*row)[RC_PAIRWISE_COLUMNS], int64_t n, int64_t width,
                      bool single, double *out) {
  double sum[RUNNING][RC_PAIRWISE_COLUMNS];
  int64_t i = RUNNING;
  memcpy(sum, row, sizeof sum);
  for (; i + RUNNING <= n; i += RUNNING)
    for (int k = 0; k < RUNNING; k++)
      add(sum[k], row[i + k], width, single);
  for (int step = 1; step < RUNNING; step *= 2)
    for (int k = 0; k < RUNNING; k += 2 * step)
      add(sum[k], sum[k + step], width, single);
  for (; i < n; i++)
    add(sum[0], row[i], width, single);
  memcpy(out, sum[0], (size_t)width * sizeof *out);
}

void rc_pairwise_sums(const double (*row)[RC_PAIRWISE_COLUMNS], int64_t n, int64_t width,
                      bool single, double *out) {
  if (n > BLOCK) {
    const int64_t half = n / 2 - n / 2 % RUNNING;
    double second[RC_PAIRWISE_COLUMNS];
    rc_pairwise_sums(row, half, width, single, out);
    rc_pairwise_sums(row + half, n - half, width, single, second);
    add(out, second, width, single);
  } else if (n >= RUNNING) {
    sum_block(row, n, width, single, out);
  } else {
    memset(out, 0, (size_t)width * sizeof *out);
    for (int64_t i = 0; i < n; i++)
      add(out, row[i], width, single);
  }
}
