// SPDX-License-Identifier: Apache-2.0
/// @file itk_resample.h
/// Interpolation as ITK's ResampleImageFilter does it (nearest neighbour, linear, and cubic
/// B-splines with mirrored edges after Unser 1999, doi:10.1109/79.799930), on a grid whose axes are
/// those of the image.
///
/// The order of operations is ITK's, to the last bit where axes of the image are axes of the
/// patient: its results become whole numbers by cutting digits off, and positions may lie half-way
/// between two voxels of a mask, so that rounding errors decide.
#ifndef RADCOHORT_PROCESSING_ITK_RESAMPLE_H
#define RADCOHORT_PROCESSING_ITK_RESAMPLE_H

#include "base/arena.h"
#include "base/error.h"
#include "data/volume.h"

typedef enum rc_itk_interpolator {
  RC_ITK_NEAREST,
  RC_ITK_LINEAR,
  RC_ITK_B_SPLINE
} rc_itk_interpolator;

/// How a grid lies on an image.
typedef struct rc_itk_map {
  rc_geometry from, to;
  double forward[9]; ///< from indices of `to` to mm, row by row
  double back[9];    ///< from mm to indices of `from`
} rc_itk_map;

rc_itk_map rc_itk_map_make(const rc_geometry *from, const rc_geometry *to);

/// The voxels of the image that `box` of the grid is made of; empty when it lies outside.
rc_box rc_itk_support(const rc_itk_map *map, rc_itk_interpolator method, const rc_box *box);

/// Makes B-spline coefficients of the values in `held`, a box of the image that is what
/// rc_itk_support says, in place.
void rc_itk_prefilter(double *value, const rc_box *held);

/// Samples `box` of the grid into `out`, which holds it. `value` holds the box `held` of the image
/// (for B-splines, coefficients). Where `mask` (as `out`; NULL: none) is 0, `out` stays as it is.
/// Outside the image the result is 0. Parallel; the same bits for any number of threads.
void rc_itk_resample(const double *value, const rc_box *held, const rc_itk_map *map,
                     rc_itk_interpolator method, const rc_box *box, const uint8_t *mask,
                     double *out);

/// A value as the image's type holds it: whole numbers by cutting off, within the type's range.
double rc_itk_cast(const rc_volume *image, rc_voxel_type type, double value);

#endif
