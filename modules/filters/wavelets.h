// SPDX-License-Identifier: Apache-2.0
/// @file wavelets.h
/// Wavelets and Riesz transforms as a workflow asks for them: settings with their parameter tables,
/// lengths in millimetres, applied to an image on its grid. Responses are on the same grid.
#ifndef RADCOHORT_FILTERS_WAVELETS_H
#define RADCOHORT_FILTERS_WAVELETS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/geometry.h"

#include <stdbool.h>

/// IBSI-2 filter 25BO, see separable_wavelet.h.
typedef struct rc_separable_wavelet_settings {
  int family;       ///< index in rc_wavelet_families
  const char *band; ///< "LH": in the plane; "LHH": volume
  int64_t level;
  bool rotations;
  int pooling;  ///< rc_pooling
  int boundary; ///< rc_boundary
} rc_separable_wavelet_settings;

/// IBSI-2 filter LODD, or the Laplacian of Gaussian, with a Riesz transform if `riesz` is not all
/// zero; see spectral.h.
typedef struct rc_spectral_settings {
  int kind; ///< rc_spectral_kind
  int64_t dimensions;
  int64_t level;  ///< wavelets
  double sigma;   ///< LoG, mm; voxels must be as wide in all directions that are filtered
  double cutoff;  ///< LoG, in sigma
  rc_reals riesz; ///< order along x, y (and z); none: no Riesz transform
  int boundary;   ///< rc_boundary, in the padding
  double padding; ///< part of the image's size added on either side before the transform
} rc_spectral_settings;

extern const rc_param_table rc_separable_wavelet_params;
extern const rc_param_table rc_spectral_params;

/// Whether settings make sense together. RC_ERR_WORKFLOW says what to change.
rc_status rc_separable_wavelet_check(const rc_separable_wavelet_settings *settings, rc_error *err);
rc_status rc_spectral_check(const rc_spectral_settings *settings, rc_error *err);

/// `in` and `out`: all voxels of `grid`, not overlapping. RC_ERR_NUMERIC: a Laplacian of Gaussian
/// on voxels that are not as wide in all directions.
rc_status rc_separable_wavelet_run(const rc_separable_wavelet_settings *settings,
                                   const rc_geometry *grid, const double *in, double *out,
                                   rc_arena *arena, rc_error *err);
rc_status rc_spectral_run(const rc_spectral_settings *settings, const rc_geometry *grid,
                          const double *in, double *out, rc_arena *arena, rc_error *err);

#endif
