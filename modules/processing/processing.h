// SPDX-License-Identifier: Apache-2.0
/// @file processing.h
/// From a decoded image and mask to an rc_roi, as in IBSI-1 chapter 2 (interpolation, rounding,
/// re-segmentation, discretisation) or as PyRadiomics does it. Each step owns its settings struct
/// and parameter table; the profile says which steps there are.
#ifndef RADCOHORT_PROCESSING_PROCESSING_H
#define RADCOHORT_PROCESSING_PROCESSING_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/profile.h"
#include "data/roi.h"
#include "data/volume.h"
#include <stdbool.h>

typedef enum rc_interpolation_method {
  RC_INTERP_NEAREST,
  RC_INTERP_LINEAR,
  RC_INTERP_CUBIC_SPLINE ///< interpolating cubic B-spline
} rc_interpolation_method;

/// `interpolation:` IBSI-1 section 2.4. The new grid has ceil(n * old / new spacing) voxels an axis
/// and shares its centre with the old one; beyond the image its outermost voxels repeat.
typedef struct rc_interpolation_settings {
  rc_reals spacing_mm;   ///< n == 0: none; 1: isotropic; 2: in plane only; 3: x y z
  int image_method;      ///< rc_interpolation_method
  int mask_method;       ///< nearest or linear
  double mask_threshold; ///< partial volume needed to belong to the mask, default 0.5
  bool round;            ///< round intensities to the nearest integer, interpolated or not
} rc_interpolation_settings;

/// `resegmentation:` IBSI-1 section 2.5. Both conditions look at the intensities of the mask before
/// either took voxels away; a voxel stays when it meets both.
typedef struct rc_resegmentation_settings {
  rc_reals range;       ///< n == 0: none; 1: at least low; 2: inclusive [low, high]
  double outlier_sigma; ///< NaN: none; else voxels beyond mean +- sigma * population SD leave
} rc_resegmentation_settings;

/// `discretisation:` and `ivh:` IBSI-1 section 2.7.
typedef struct rc_discretisation_settings {
  int method;       ///< rc_discretisation_method
  double bin_width; ///< for fixed bin size, intensity units; NaN: not given
  int64_t n_bins;   ///< for fixed bin number
  double lowest;    ///< FBS: lower edge of level 1; NaN: range's low end, else the ROI minimum
  /// PyRadiomics: `method` is not looked at, n_bins 0 means bins of fixed size, whose edges are
  /// multiples of their width.
  rc_profile edges;
} rc_discretisation_settings;

extern const rc_param_table rc_interpolation_params;
extern const rc_param_table rc_resegmentation_params;
extern const rc_param_table rc_discretisation_params;
extern const rc_param_table rc_ivh_params; ///< same struct, default method none

/// Steps of the PyRadiomics profile, named after its settings.
typedef struct rc_pyradiomics_mask_settings {
  int64_t minimum_dimensions; ///< minimumROIDimensions
  int64_t minimum_size;       ///< minimumROISize: voxels that are still too few; 0: none
} rc_pyradiomics_mask_settings;

typedef struct rc_pyradiomics_normalise_settings {
  double scale;           ///< normalizeScale
  double remove_outliers; ///< removeOutliers, in SD; NaN: none
  bool enabled;           ///< normalize; not a parameter: the section is there
} rc_pyradiomics_normalise_settings;

typedef struct rc_pyradiomics_interpolation_settings {
  rc_reals spacing_mm; ///< resampledPixelSpacing; 0 keeps that of the image
  int image_method;    ///< interpolator: nearest, linear, b_spline
  int64_t pad;         ///< padDistance, voxels
  bool pre_crop;       ///< preCrop
} rc_pyradiomics_interpolation_settings;

typedef enum rc_pyradiomics_range_mode {
  RC_RANGE_ABSOLUTE, ///< intensities
  RC_RANGE_RELATIVE, ///< parts of the highest intensity in the ROI
  RC_RANGE_SIGMA     ///< standard deviations from the mean
} rc_pyradiomics_range_mode;

typedef struct rc_pyradiomics_resegmentation_settings {
  rc_reals range; ///< resegmentRange; n == 0: none; 1: at least; 2: from, to
  int mode;       ///< rc_pyradiomics_range_mode
  bool shape;     ///< resegmentShape
} rc_pyradiomics_resegmentation_settings;

typedef struct rc_pyradiomics_settings {
  rc_pyradiomics_mask_settings mask;
  rc_pyradiomics_normalise_settings normalise;
  rc_pyradiomics_interpolation_settings interpolation;
  rc_pyradiomics_resegmentation_settings resegmentation;
} rc_pyradiomics_settings;

extern const rc_param_table rc_pyradiomics_mask_params;
extern const rc_param_table rc_pyradiomics_normalise_params;
extern const rc_param_table rc_pyradiomics_interpolation_params;
extern const rc_param_table rc_pyradiomics_resegmentation_params;
extern const rc_param_table rc_pyradiomics_discretisation_params; ///< rc_discretisation_settings

/// RC_ERR_WORKFLOW: a spacing of two numbers, a range of three.
rc_status rc_pyradiomics_interpolation_check(const rc_pyradiomics_interpolation_settings *s,
                                             rc_error *err);
rc_status rc_pyradiomics_resegmentation_check(const rc_pyradiomics_resegmentation_settings *s,
                                              rc_error *err);

typedef struct rc_processing_settings {
  rc_interpolation_settings interpolation;
  rc_resegmentation_settings resegmentation;
  rc_discretisation_settings discretisation;
  rc_discretisation_settings ivh;
  rc_pyradiomics_settings pyradiomics; ///< its own steps before discretisation, in its profile
  bool whole_image_facts; ///< fill image_mean/min/max of rc_stage_facts (needs the whole image)
  rc_profile profile;     ///< whose chain this is
} rc_processing_settings;

/// Every step with its default: no interpolation, no re-segmentation, 32 bins, IVH as it is. The
/// profile is IBSI's.
rc_status rc_processing_defaults(rc_arena *arena, rc_processing_settings *out, rc_error *err);

/// The same for PyRadiomics: bins of width 25.
rc_status rc_pyradiomics_defaults(rc_arena *arena, rc_processing_settings *out, rc_error *err);

/// The spacing that a chain gives an image: as rc_interpolation_settings.spacing_mm.
rc_reals rc_processing_spacing(const rc_processing_settings *settings);

/// Do the settings of a step make sense (a bin width for fixed bin size, a range with low <= high,
/// positive spacings)? RC_ERR_WORKFLOW says what to change. `step` is the section's name:
/// rc_discretisation_params.name or rc_ivh_params.name.
rc_status rc_interpolation_check(const rc_interpolation_settings *s, rc_error *err);
rc_status rc_resegmentation_check(const rc_resegmentation_settings *s, rc_error *err);
rc_status rc_discretisation_check(const rc_discretisation_settings *s, const char *step,
                                  rc_error *err);
/// All of them; the first that fails.
rc_status rc_processing_check(const rc_processing_settings *settings, rc_error *err);

/// Runs the chain on one image and one mask on the same grid (checked). Unless whole_image_facts
/// is set, only the part of the image around the ROI is interpolated; values are the same bits
/// either way, and for any number of threads. The ROI and all its arrays live in `arena`.
///
/// The intensity mask lacks voxels whose intensity is not finite. A cubic spline would spread such
/// an intensity over its whole neighbourhood, so RC_ERR_NUMERIC is returned when one lies near.
/// RC_ERR_EMPTY: the mask is empty, at the start or after interpolation; RC_ERR_GEOMETRY: grids
/// differ; RC_ERR_LIMIT: the new grid would exceed `max_voxels` (0: no limit), or an intensity
/// would get a grey level above 65535; RC_ERR_WORKFLOW: see rc_processing_check. Re-segmentation
/// that leaves no voxel is not an error (n_mask == 0).
///
/// In the PyRadiomics profile the grid is the image's, or what PyRadiomics crops or resamples it
/// to: aligned at the first voxel's corner and cut `pad` voxels around the ROI. Intensities are
/// known in the mask only, and the facts about the stages are not filled. RC_ERR_EMPTY then also:
/// too few voxels or dimensions, before or after re-segmentation.
rc_status rc_roi_prepare(const rc_volume *image, const rc_mask *mask,
                         const rc_processing_settings *settings, int64_t max_voxels,
                         rc_arena *arena, rc_roi *out, rc_error *err);

/// What a filter needs to see around an ROI.
typedef struct rc_surroundings_wish {
  int64_t reach[3]; ///< voxels of the processed image on either side
  bool wraps;       ///< where that leaves the image, the opposite edge follows: all of the axis
  bool whole;       ///< all of the image
  bool around_mask; ///< responses are used on all of the ROI's arrays, not in its mask only
} rc_surroundings_wish;

/// The processed image around an ROI.
typedef struct rc_surroundings {
  rc_geometry grid;    ///< of `value`
  const double *value; ///< [z][y][x], finite
  rc_box wanted;       ///< voxels of `grid` whose responses are used
  rc_box box;          ///< of `grid`, on the grid of the whole processed image
  rc_voxel_type type;  ///< what PyRadiomics would hold the values in
} rc_surroundings;

/// The part of an image that rc_roi_prepare and rc_roi_surroundings look at, for a mask inside the
/// box `mask` and any wish up to `wish`: all of it where something needs all of it. Held in memory,
/// it gives the same bits as the whole image.
rc_status rc_processing_extent(const rc_geometry *image, const rc_box *mask,
                               const rc_processing_settings *settings,
                               const rc_surroundings_wish *wish, rc_box *out, rc_error *err);

/// The image as it was processed for `roi` (made by rc_roi_prepare from the same image and
/// settings; the same bits there), with what `wish` asks for around it, before re-segmentation.
/// RC_ERR_NUMERIC: an intensity in it is not finite. Lives in `arena`.
rc_status rc_roi_surroundings(const rc_volume *image, const rc_processing_settings *settings,
                              const rc_roi *roi, const rc_surroundings_wish *wish, rc_arena *arena,
                              rc_surroundings *out, rc_error *err);

/// The ROI `base` with the intensities of a filter's response (IBSI-2 chapter 2: the masks are
/// those of the unfiltered image, re-segmented by its intensities). `response` has the grid of
/// `around` and is used in its `wanted` part; elsewhere intensities are NaN. Levels are made anew;
/// the facts about the stages stay those of `base`.
/// Lives in `arena` and borrows from `base`.
rc_status rc_roi_of_response(const rc_roi *base, const rc_surroundings *around,
                             const double *response, const rc_discretisation_settings *levels,
                             const rc_discretisation_settings *ivh, rc_arena *arena, rc_roi *out,
                             rc_error *err);

/// Bytes that an image of image_voxels, its mask and one ROI whose grid (bounding box and margin)
/// has box_voxels need at most at one time, all families included; what a case costs beyond a few
/// MiB. Used by the plan.
size_t rc_processing_bytes(int64_t image_voxels, int64_t box_voxels);

/// One line that names the chain for `var/processing`, e.g. "2x2x2 mm linear, mask linear >= 0.5;
/// round; range [-1000, 400]; FBS 25 from -1000; IVH FBS 2.5 from -1000".
/// `of_response`: the levels are those of a filter's response, whose values no range begins.
void rc_processing_describe(const rc_processing_settings *settings, bool of_response, char *out,
                            size_t capacity);

#endif
