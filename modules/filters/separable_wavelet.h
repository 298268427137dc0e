// SPDX-License-Identifier: Apache-2.0
/// @file separable_wavelet.h
/// Undecimated separable wavelets (IBSI-2 section 4.6, filter 25BO) by the algorithm a trous: level
/// j filters the low-pass response of level j - 1 with taps 2^(j-1) voxels apart. Taps keep the
/// gain of the orthogonal transform: each low-pass level multiplies a constant image by sqrt(2)
/// per axis.
#ifndef RADCOHORT_FILTERS_SEPARABLE_WAVELET_H
#define RADCOHORT_FILTERS_SEPARABLE_WAVELET_H

#include "base/arena.h"
#include "base/error.h"
#include "filters/boundary.h"
#include "filters/pooling.h"

#include <stdbool.h>
#include <stdint.h>

enum { RC_WAVELET_MAX_LEVEL = 8 };

typedef struct rc_separable_wavelet {
  int family;           ///< index in rc_wavelet_families
  bool high_pass[3];    ///< band along x, y, z: "LHL" is {false, true, false}
  int64_t n_axes;       ///< 2: filtered slice by slice in the xy plane; 3: volume
  int64_t level;        ///< 1 .. RC_WAVELET_MAX_LEVEL
  bool rotations;       ///< pool over the 4 (2-D) or 24 (3-D) right-angle rotations
  rc_pooling pooling;   ///< how, with rotations
  rc_boundary boundary; ///< continued so before every level
} rc_separable_wavelet;

/// Reads "LHL" or "HH": one letter an axis, x first; sets high_pass and n_axes. RC_ERR_WORKFLOW for
/// other letters or lengths.
rc_status rc_wavelet_band_parse(const char *text, rc_separable_wavelet *out, rc_error *err);

/// `in` and `out` are [z][y][x] of size[3]; they do not overlap. Scratch comes from `arena` and is
/// given back. The same bits for any number of threads.
rc_status rc_separable_wavelet_apply(const rc_separable_wavelet *wavelet, const double *in,
                                     const int64_t size[3], double *out, rc_arena *arena,
                                     rc_error *err);

#endif
