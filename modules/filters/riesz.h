// SPDX-License-Identifier: Apache-2.0
/// @file riesz.h
/// The Riesz transform (IBSI-2 section 4.9) as a setting of the filters that can have one.
#ifndef RADCOHORT_FILTERS_RIESZ_H
#define RADCOHORT_FILTERS_RIESZ_H

#include "filters/filter.h"
#include "filters/spectral.h"

/// Members rc_reals riesz and double padding of a settings struct.
#define RC_RIESZ_ORDER(type)                                                                       \
  {                                                                                                \
    "riesz", RC_PARAM_REALS, offsetof(type, riesz), 0, RC_RIESZ_MAX_ORDER, "", NULL, "none",       \
        "Order of a Riesz transform along x, y (and z), whole numbers."                            \
  }
#define RC_RIESZ_PADDING(type)                                                                     \
  {                                                                                                \
    "padding", RC_PARAM_REAL, offsetof(type, padding), 0, 1, "", NULL, "0",                        \
        "Part of the image's size that is added on either side before a Fourier transform."        \
  }

/// One whole order for each filtered axis, or none. RC_ERR_WORKFLOW.
rc_status rc_riesz_check(const rc_reals *riesz, int64_t dimensions, rc_error *err);

/// Adds "_riesz_0_2_0", or nothing.
void rc_riesz_label(const rc_reals *riesz, char *out, size_t capacity);

/// Orders and padding of a filter on an image: `padding` of its size, at least `margin` voxels.
void rc_riesz_set(const rc_reals *riesz, double padding, int64_t margin, const rc_geometry *grid,
                  rc_spectral *out);

#endif
