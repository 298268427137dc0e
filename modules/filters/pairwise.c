// SPDX-License-Identifier: Apache-2.0
#include "filters/pairwise.h"

enum { RUNNING = 8, BLOCK = 128 };

static double add(double a, double b, bool single) {
  return single ? (double)((float)a + (float)b) : a + b;
}

static double sum_block(const double *value, int64_t n, bool single) {
  double sum[RUNNING];
  int64_t i = RUNNING;
  for (int k = 0; k < RUNNING; k++)
    sum[k] = value[k];
  for (; i + RUNNING <= n; i += RUNNING)
    for (int k = 0; k < RUNNING; k++)
      sum[k] = add(sum[k], value[i + k], single);
  for (int width = 1; width < RUNNING; width *= 2)
    for (int k = 0; k < RUNNING; k += 2 * width)
      sum[k] = add(sum[k], sum[k + width], single);
  for (; i < n; i++)
    sum[0] = add(sum[0], value[i], single);
  return sum[0];
}

double rc_pairwise_sum(const double *value, int64_t n, bool single) {
  double sum = 0.0;
  if (n > BLOCK) {
    int64_t half = n / 2 - n / 2 % RUNNING;
    return add(rc_pairwise_sum(value, half, single),
               rc_pairwise_sum(value + half, n - half, single), single);
  }
  if (n >= RUNNING)
    return sum_block(value, n, single);
  for (int64_t i = 0; i < n; i++)
    sum = add(sum, value[i], single);
  return sum;
}
