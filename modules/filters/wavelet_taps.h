// SPDX-License-Identifier: Apache-2.0
/// @file wavelet_taps.h
/// Analysis filters of wavelets: Haar, Daubechies' extremal phase family, symlets, Coiflets
/// (I. Daubechies, Ten Lectures on Wavelets, SIAM 1992, chapters 6 and 8), the discrete Meyer
/// wavelet and biorthogonal splines (A. Cohen, I. Daubechies, J.-C. Feauveau, Comm. Pure Appl.
/// Math. 45 (1992) 485-560). Order and signs of the taps are those of PyWavelets, which the
/// reference response maps of IBSI-2 share.
#ifndef RADCOHORT_FILTERS_WAVELET_TAPS_H
#define RADCOHORT_FILTERS_WAVELET_TAPS_H

#include <stdint.h>

enum { RC_WAVELET_MAX_TAPS = 62 };

typedef struct rc_wavelet {
  int64_t n;                        ///< even
  double low[RC_WAVELET_MAX_TAPS];  ///< sums to sqrt(2)
  double high[RC_WAVELET_MAX_TAPS]; ///< (-1)^(k+1) times the low-pass filter of synthesis, which
                                    ///< for an orthogonal wavelet is `low` mirrored
} rc_wavelet;

/// "haar", "db1" ... "db20", "sym2" ... "sym20", "coif1" ... "coif5", "dmey", "bior1.1" ...
/// "bior6.8", "rbio1.1" ... "rbio6.8", ended by NULL: the choices of a parameter.
extern const char *const rc_wavelet_families[];

/// The filters of the family with that index in rc_wavelet_families.
rc_wavelet rc_wavelet_get(int family);

/// Rounds the family's filters to what PyWavelets convolves images of single precision with: it
/// keeps Coiflets divided by sqrt(2) and multiplies in that precision.
void rc_wavelet_round(int family, rc_wavelet *wavelet);

#endif
