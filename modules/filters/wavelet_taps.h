// SPDX-License-Identifier: Apache-2.0
/// @file wavelet_taps.h
/// Analysis filters of orthogonal wavelets: Haar, Daubechies' extremal phase family and Coiflets
/// (I. Daubechies, Ten Lectures on Wavelets, SIAM 1992, tables 6.1 and 8.1). Order and signs of
/// the taps are those of PyWavelets, which the reference response maps of IBSI-2 share.
#ifndef RADCOHORT_FILTERS_WAVELET_TAPS_H
#define RADCOHORT_FILTERS_WAVELET_TAPS_H

#include <stdint.h>

enum { RC_WAVELET_MAX_TAPS = 30 };

typedef struct rc_wavelet_taps {
  int64_t n;                       ///< even
  double low[RC_WAVELET_MAX_TAPS]; ///< sums to sqrt(2); squares sum to 1
} rc_wavelet_taps;

/// "haar", "db2" ... "db10", "coif1" ... "coif5", ended by NULL: the choices of a parameter.
extern const char *const rc_wavelet_families[];

/// The low-pass filter of the family with that index in rc_wavelet_families.
const rc_wavelet_taps *rc_wavelet_find(int family);

/// The high-pass filter: high[k] = (-1)^(k+1) low[n-1-k] (quadrature mirror). `high` has room for
/// taps->n numbers.
void rc_wavelet_high_pass(const rc_wavelet_taps *taps, double *high);

/// Rounds the family's taps, low or high pass, to what PyWavelets convolves images of single
/// precision with: it keeps Coiflets divided by sqrt(2) and multiplies in that precision.
void rc_wavelet_round(int family, double *tap);

#endif
