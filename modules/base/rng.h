// SPDX-License-Identifier: Apache-2.0
/// @file rng.h
/// Counter-based random numbers (Philox 4x32-10, Random123): a stream is named by (seed, stream),
/// never shared, never global, so results do not depend on who draws first.
#ifndef RADCOHORT_BASE_RNG_H
#define RADCOHORT_BASE_RNG_H

#include <stdint.h>

typedef struct rc_rng {
  uint32_t key[2];
  uint32_t counter[4];
  uint32_t block[4];
  int used; ///< numbers of `block` already handed out
} rc_rng;

/// `seed` comes from the workflow, `stream` from the task (case index, patient number, ...).
rc_rng rc_rng_init(uint64_t seed, uint64_t stream);
uint32_t rc_rng_u32(rc_rng *rng);
uint64_t rc_rng_u64(rc_rng *rng);
double rc_rng_uniform(rc_rng *rng);             ///< in (0, 1), 53 bits
double rc_rng_normal(rc_rng *rng);              ///< mean 0, sd 1 (Box-Muller)
double rc_rng_exponential(rc_rng *rng);         ///< rate 1
uint64_t rc_rng_below(rc_rng *rng, uint64_t n); ///< unbiased in [0, n); n > 0

#endif
