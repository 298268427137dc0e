// SPDX-License-Identifier: Apache-2.0
/// @file ngtdm.h
/// Settings of rc_family_ngtdm (IBSI-1 section 3.10) beyond those that a workflow has.
#ifndef RADCOHORT_TEXTURE_NGTDM_H
#define RADCOHORT_TEXTURE_NGTDM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rc_ngtdm_settings {
  int64_t distance; ///< of the farthest neighbours (Chebyshev)
  /// Bit d - 1: neighbours at distance d count, d = `distance` among them; 0: all do.
  uint64_t shells;
  /// Voxels without a neighbour are counted, with a difference of 0, and coarseness has its ceiling
  /// only where there is no difference.
  bool pyradiomics;
} rc_ngtdm_settings;

#endif
