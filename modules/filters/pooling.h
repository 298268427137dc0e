// SPDX-License-Identifier: Apache-2.0
/// @file pooling.h
/// Responses of a turned filter brought together voxel by voxel (IBSI-2 section 3.3), one after
/// the other, so that one map and not one for each turn is kept.
#ifndef RADCOHORT_FILTERS_POOLING_H
#define RADCOHORT_FILTERS_POOLING_H

#include <stdint.h>

typedef enum rc_pooling { RC_POOL_MEAN, RC_POOL_MAX } rc_pooling;

/// "mean", "max", NULL: the choices of a parameter, in enum order.
extern const char *const rc_pooling_names[];

/// Takes in response number `turn` (from 0, in order) of n voxels; serial, so that rows may come
/// from many threads.
void rc_pool_add(rc_pooling pooling, int64_t turn, const double *response, int64_t n,
                 double *pooled);

/// After the last of `n_turns`.
void rc_pool_finish(rc_pooling pooling, int64_t n_turns, int64_t n, double *pooled);

#endif
