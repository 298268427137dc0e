// SPDX-License-Identifier: Apache-2.0
/// @file boundary.h
/// How an image goes on beyond its edges (IBSI-2 section 3.1).
#ifndef RADCOHORT_FILTERS_BOUNDARY_H
#define RADCOHORT_FILTERS_BOUNDARY_H

#include <stdint.h>

typedef enum rc_boundary {
  RC_BOUNDARY_ZERO,     ///< 0 0 | a b c | 0 0
  RC_BOUNDARY_NEAREST,  ///< a a | a b c | c c
  RC_BOUNDARY_PERIODIC, ///< b c | a b c | a b
  RC_BOUNDARY_MIRROR    ///< b a | a b c | c b
} rc_boundary;

/// "zero", "nearest", "periodic", "mirror", NULL: the choices of a parameter, in enum order.
extern const char *const rc_boundary_names[];

/// The voxel of 0 .. n-1 that stands at position `at`, however far outside; -1 where the image is
/// continued by zero.
int64_t rc_boundary_index(rc_boundary boundary, int64_t n, int64_t at);

#endif
