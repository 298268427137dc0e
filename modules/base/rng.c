// SPDX-License-Identifier: Apache-2.0
#include "base/rng.h"

#include <math.h>
#include <Random123/philox.h>

rc_rng rc_rng_init(uint64_t seed, uint64_t stream) {
  rc_rng rng = {{(uint32_t)seed, (uint32_t)(seed >> 32)},
                {0, 0, (uint32_t)stream, (uint32_t)(stream >> 32)},
                {0, 0, 0, 0},
                4};
  return rng;
}

uint32_t rc_rng_u32(rc_rng *rng) {
  if (rng->used == 4) {
    philox4x32_ctr_t counter;
    philox4x32_key_t key;
    for (int i = 0; i < 4; i++)
      counter.v[i] = rng->counter[i];
    for (int i = 0; i < 2; i++)
      key.v[i] = rng->key[i];
    philox4x32_ctr_t block = philox4x32(counter, key);
    for (int i = 0; i < 4; i++)
      rng->block[i] = block.v[i];
    if (++rng->counter[0] == 0)
      rng->counter[1]++;
    rng->used = 0;
  }
  return rng->block[rng->used++];
}

uint64_t rc_rng_u64(rc_rng *rng) {
  uint64_t low = rc_rng_u32(rng);
  return low | (uint64_t)rc_rng_u32(rng) << 32;
}

double rc_rng_uniform(rc_rng *rng) {
  return ((double)(rc_rng_u64(rng) >> 11) + 0.5) * 0x1p-53;
}

double rc_rng_normal(rc_rng *rng) {
  const double two_pi = 6.283185307179586476925286766559;
  double radius = sqrt(-2.0 * log(rc_rng_uniform(rng)));
  return radius * cos(two_pi * rc_rng_uniform(rng));
}

double rc_rng_exponential(rc_rng *rng) {
  return -log(rc_rng_uniform(rng));
}

uint64_t rc_rng_below(rc_rng *rng, uint64_t n) {
  // Rejecting the incomplete last block of n keeps every outcome equally likely.
  uint64_t reject_below = (0 - n) % n;
  uint64_t draw;
  do
    draw = rc_rng_u64(rng);
  while (draw < reject_below);
  return draw % n;
}
