// SPDX-License-Identifier: Apache-2.0
/// @file roi.h
/// What every feature family receives: one region of interest on its final grid. All arrays have
/// the grid's size, x fastest, and are borrowed from the case's arena.
///
/// The grid is the mask's bounding box plus a margin: at least one voxel on every side (so that
/// kernels may look at all 26 neighbours without bounds checks) and enough for the 6.2 mm sphere of
/// the local-intensity features. Voxels of the margin that lie outside the image have a NaN
/// intensity; both masks are 0 there.
#ifndef RADCOHORT_DATA_ROI_H
#define RADCOHORT_DATA_ROI_H

#include "data/geometry.h"
#include "data/volume.h"
#include <stdint.h>

/// How intensities became grey levels. Names as in IBSI-1 section 2.7.
typedef enum rc_discretisation_method {
  RC_DISCRETISE_NONE,            ///< intensities are used as they are
  RC_DISCRETISE_FIXED_BIN_SIZE,  ///< FBS
  RC_DISCRETISE_FIXED_BIN_NUMBER ///< FBN
} rc_discretisation_method;

/// Grey levels 1..n_levels inside the intensity mask, 0 outside. Without discretisation `value` is
/// filled only where every intensity is an integer from 1 to 65535; `width` is 1 then.
typedef struct rc_levels {
  rc_discretisation_method method;
  const uint16_t *value; ///< NULL when method is NONE and intensities are not small integers
  int32_t n_levels;      ///< the highest level that occurs; for FBN the number of bins
  double low;            ///< FBS, FBN: intensity at the lower edge of level 1; NONE: as `high`
  double width;          ///< bin width in intensity units
  double high;           ///< upper end of the intensity range that `low` begins: the end of the
                         ///< re-segmentation range if there is one, else the highest intensity in
                         ///< the mask. The range G of IBSI-1 section 3.5 is [low, high] for NONE,
                         ///< [low + width / 2, high - width / 2] for FBS, [1, n_levels] for FBN.
} rc_levels;

/// Facts about one stage of processing ("init", "interp", "reseg"), for the diagnostic features.
typedef struct rc_stage_facts {
  int64_t image_size[3]; ///< whole image
  double spacing_mm[3];
  double image_mean, image_min, image_max; ///< NaN when whole-image facts were not asked for
  int64_t int_box[3], morph_box[3];        ///< bounding boxes of the two masks, in voxels
  int64_t int_voxels, morph_voxels;
  double int_mean, int_min, int_max; ///< inside the intensity mask
} rc_stage_facts;

typedef struct rc_roi {
  rc_geometry grid;
  rc_box box; ///< of the arrays, on the grid of the whole processed image; may reach outside it
  rc_geometry image_grid; ///< of the whole processed image
  rc_intensity_unit unit;
  const double *intensity;
  const uint8_t *morph; ///< morphological mask
  const uint8_t *mask;  ///< intensity mask (morphological mask after re-segmentation)
  int64_t n_morph;
  int64_t n_mask;
  rc_levels texture; ///< for intensity histogram and texture matrices
  rc_levels ivh;     ///< for the intensity-volume histogram
  rc_stage_facts init, interp, reseg;
} rc_roi;

#endif
