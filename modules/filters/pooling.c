// SPDX-License-Identifier: Apache-2.0
#include "filters/pooling.h"

#include <stddef.h>
#include <string.h>

const char *const rc_pooling_names[] = {"mean", "max", NULL};

void rc_pool_add(rc_pooling pooling, int64_t turn, const double *response, int64_t n,
                 double *pooled) {
  if (turn == 0) {
    memcpy(pooled, response, (size_t)n * sizeof *pooled);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    if (pooling == RC_POOL_MEAN)
      pooled[i] += response[i];
    else if (response[i] > pooled[i])
      pooled[i] = response[i];
}

void rc_pool_finish(rc_pooling pooling, int64_t n_turns, int64_t n, double *pooled) {
  if (pooling != RC_POOL_MEAN)
    return;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < n; i++)
    pooled[i] /= (double)n_turns;
}
