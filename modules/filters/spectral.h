// SPDX-License-Identifier: Apache-2.0
/// @file spectral.h
/// Filters given by their transfer function and applied with FFTW: the isotropic wavelets of
/// Simoncelli and Shannon (IBSI-2 section 4.7, filter LODD) and Riesz transforms of them or of the
/// Laplacian of Gaussian (section 4.9). Frequencies are normalised to -1 .. 1 along each axis on
/// the centred grid of the IBSI-2 reference maps: n samples from -1 to 1, both included, the zero
/// frequency in the middle.
#ifndef RADCOHORT_FILTERS_SPECTRAL_H
#define RADCOHORT_FILTERS_SPECTRAL_H

#include "base/arena.h"
#include "base/error.h"
#include "filters/boundary.h"
#include "filters/filter.h"

#include <stdint.h>

enum { RC_SPECTRAL_MAX_LEVEL = 8, RC_RIESZ_MAX_ORDER = 8 };

typedef enum rc_spectral_kind {
  RC_SPECTRAL_SIMONCELLI, ///< cos(pi/2 log2(2 r / m)) for m/4 <= r <= m, m = 2^(1-level)
  RC_SPECTRAL_SHANNON,    ///< 1 for m/2 <= r <= m
  RC_SPECTRAL_LOG,        ///< Laplacian of Gaussian, cut off, sampled in space
  RC_SPECTRAL_ALL         ///< 1: the Riesz transform of the image itself
} rc_spectral_kind;

/// Riesz transform of order (l1, l2, l3), L = l1 + l2 + l3, along x, y, z:
/// (-i)^L sqrt(L! / (l1! l2! l3!)) v1^l1 v2^l2 v3^l3 / |v|^L, and 0 at |v| = 0.
typedef struct rc_spectral {
  rc_spectral_kind kind;
  int64_t n_axes;       ///< 2: slice by slice in the xy plane; 3: volume
  int64_t level;        ///< wavelets: 1 .. RC_SPECTRAL_MAX_LEVEL
  double sigma;         ///< LoG: in voxels
  double cutoff;        ///< LoG: kernel radius in sigma
  int64_t riesz[3];     ///< all zero: none; the third is zero in two dimensions
  rc_boundary boundary; ///< how the image goes on in the padding
  int64_t pad[3];       ///< voxels added on either side before the (periodic) transform
} rc_spectral;

/// Radius of the LoG's kernel in voxels: cutoff * sigma, rounded.
int64_t rc_spectral_log_radius(const rc_spectral *filter);

/// The real part of the response of each of n filters, given to `take` with its number, in order.
/// They share axes, boundary and padding, hence the image's spectrum. The whole image is needed:
/// its grid is transformed as it is. Scratch, about 40 bytes a padded voxel, comes from `arena` and
/// is given back. The same bits for any number of threads.
rc_status rc_spectral_run(const rc_spectral *filter, int64_t n, const rc_filter_image *image,
                          rc_arena *arena, rc_filter_take take, void *user, rc_error *err);

#endif
