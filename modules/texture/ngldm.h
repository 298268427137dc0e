// SPDX-License-Identifier: Apache-2.0
/// @file ngldm.h
/// Settings of rc_family_ngldm (IBSI-1 section 3.11) beyond those that a workflow has.
#ifndef RADCOHORT_TEXTURE_NGLDM_H
#define RADCOHORT_TEXTURE_NGLDM_H

#include <stdint.h>

typedef struct rc_ngldm_settings {
  int64_t distance; ///< of the farthest neighbours (Chebyshev)
  int64_t alpha;
  /// Bit d - 1: neighbours at distance d count, d = `distance` among them; 0: all do.
  uint64_t shells;
} rc_ngldm_settings;

#endif
