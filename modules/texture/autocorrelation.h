// SPDX-License-Identifier: Apache-2.0
/// @file autocorrelation.h
/// Moran's I and Geary's C (IBSI-1 section 3.1) over all pairs of voxels of a mask, weighted by one
/// over their distance. Small regions are summed pair by pair; for large ones the three sums
///
///   W = sum w_ij,   M = sum w_ij d_i d_j,   G = sum w_ij d_i^2      (d: deviation from the mean)
///
/// are sums over lags of w times an autocorrelation, which Parseval's theorem turns into sums over
/// frequencies: O(n log n) for n voxels of the bounding box. The two agree to about 1e-13.
#ifndef RADCOHORT_TEXTURE_AUTOCORRELATION_H
#define RADCOHORT_TEXTURE_AUTOCORRELATION_H

#include "base/arena.h"
#include "base/error.h"
#include "texture/mesh.h"
#include <stdint.h>

typedef enum rc_pair_method {
  RC_PAIRS_BY_COST, ///< whichever is expected to be faster; depends on the region alone
  RC_PAIRS_DIRECT,
  RC_PAIRS_FOURIER
} rc_pair_method;

/// `box`, at most RC_MESH_MAX_EXTENT long, holds every voxel of `mask` ([z][y][x], size voxels; at
/// least one is set), `mean` is the mean of `intensity` over them. A constant intensity gives NaN
/// for both. RC_PAIRS_FOURIER takes 64 MB of `arena` or, if that is more, 16 bytes a voxel of the
/// box; and four padded planes a thread.
rc_status rc_autocorrelation(const double *intensity, const uint8_t *mask, const int64_t size[3],
                             const rc_box *box, const double spacing_mm[3], double mean,
                             rc_pair_method method, rc_arena *arena, double *moran_i,
                             double *geary_c, rc_error *err);

#endif
