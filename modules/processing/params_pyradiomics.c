// SPDX-License-Identifier: Apache-2.0
#include "processing/itk_resample.h"
#include "processing/pyradiomics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) ((int64_t)(sizeof(table) / sizeof(table)[0]))

#define AT(member) offsetof(rc_pyradiomics_mask_settings, member)
static const rc_param mask[] = {
    {"minimum_dimensions", RC_PARAM_INT, AT(minimum_dimensions), 1, 3, "", NULL, "2",
     "minimumROIDimensions: along how many axes the ROI must have more than one voxel."},
    {"minimum_size", RC_PARAM_INT, AT(minimum_size), 0, 1e12, "voxels", NULL, "0",
     "minimumROISize: an ROI of so many voxels or fewer is refused; 0: none is."},
};
#undef AT
const rc_param_table rc_pyradiomics_mask_params = {
    "mask", "Which regions are refused. (PyRadiomics' label is `roi` of the cohort.)", mask,
    COUNT(mask), sizeof(rc_pyradiomics_mask_settings)};

#define AT(member) offsetof(rc_pyradiomics_normalise_settings, member)
static const rc_param normalise[] = {
    {"scale", RC_PARAM_REAL, AT(scale), 1e-12, 1e12, "", NULL, "1",
     "normalizeScale: the standard deviation afterwards."},
    {"remove_outliers", RC_PARAM_REAL, AT(remove_outliers), 1e-12, 1e12, "SD", NULL, "none",
     "removeOutliers: intensities further from the mean are set to that distance."},
};
#undef AT
const rc_param_table rc_pyradiomics_normalise_params = {
    "normalise",
    "PyRadiomics' normalize: z-scores over the whole image. On when the section is there, even "
    "empty (`normalise: {}`).",
    normalise, COUNT(normalise), sizeof(rc_pyradiomics_normalise_settings)};

static const char *const interpolators[] = {
    [RC_ITK_NEAREST] = "nearest", [RC_ITK_LINEAR] = "linear", [RC_ITK_B_SPLINE] = "b_spline", NULL};

#define AT(member) offsetof(rc_pyradiomics_interpolation_settings, member)
static const rc_param interpolation[] = {
    {"spacing", RC_PARAM_REALS, AT(spacing_mm), 0, 100, "mm", NULL, "none",
     "resampledPixelSpacing: x, y and z, or one number for all; 0 keeps that of the image."},
    {"image", RC_PARAM_CHOICE, AT(image_method), 0, 0, "", interpolators, "b_spline",
     "interpolator of intensities; the mask's is always the nearest neighbour."},
    {"pad", RC_PARAM_INT, AT(pad), 0, 10000, "voxels", NULL, "5",
     "padDistance: what filters see around the ROI once the image is resampled or cropped."},
    {"pre_crop", RC_PARAM_BOOL, AT(pre_crop), 0, 0, "", NULL, "false",
     "preCrop: without resampling, too, let filters see the ROI and `pad` voxels only."},
};
#undef AT
const rc_param_table rc_pyradiomics_interpolation_params = {
    "interpolation",
    "New voxel grid: its first voxel's corner is that of the image, as ITK interpolates.",
    interpolation, COUNT(interpolation), sizeof(rc_pyradiomics_interpolation_settings)};

static const char *const modes[] = {[RC_RANGE_ABSOLUTE] = "absolute",
                                    [RC_RANGE_RELATIVE] = "relative",
                                    [RC_RANGE_SIGMA] = "sigma",
                                    NULL};

#define AT(member) offsetof(rc_pyradiomics_resegmentation_settings, member)
static const rc_param resegmentation[] = {
    {"range", RC_PARAM_REALS, AT(range), -INFINITY, INFINITY, "", NULL, "none",
     "resegmentRange: [low, high] inclusive, or [low] alone."},
    {"mode", RC_PARAM_CHOICE, AT(mode), 0, 0, "", modes, "absolute",
     "resegmentMode: the range is in intensities, in parts of the highest intensity of the ROI, or "
     "in standard deviations from its mean."},
    {"shape", RC_PARAM_BOOL, AT(shape), 0, 0, "", NULL, "false",
     "resegmentShape: the shape is that of what is left."},
};
#undef AT
const rc_param_table rc_pyradiomics_resegmentation_params = {
    "resegmentation", "Which intensities belong to the region.", resegmentation,
    COUNT(resegmentation), sizeof(rc_pyradiomics_resegmentation_settings)};

#define AT(member) offsetof(rc_discretisation_settings, member)
static const rc_param discretisation[] = {
    {"bin_width", RC_PARAM_REAL, AT(bin_width), 1e-12, INFINITY, "intensity", NULL, "25",
     "binWidth: of bins whose edges are multiples of it."},
    {"bins", RC_PARAM_INT, AT(n_bins), 0, UINT16_MAX, "", NULL, "0",
     "binCount: so many equal bins from the lowest to the highest intensity; 0: bin_width is "
     "used."},
};
#undef AT
const rc_param_table rc_pyradiomics_discretisation_params = {
    "discretisation", "Grey levels, of the image and of responses of filters alike.",
    discretisation, COUNT(discretisation), sizeof(rc_discretisation_settings)};

rc_status rc_pyradiomics_defaults(rc_arena *arena, rc_processing_settings *out, rc_error *err) {
  rc_processing_settings settings = {.profile = RC_PROFILE_PYRADIOMICS};
  rc_pyradiomics_settings *s = &settings.pyradiomics;
  const struct {
    const rc_param_table *table;
    void *settings;
  } step[] = {{&rc_pyradiomics_mask_params, &s->mask},
              {&rc_pyradiomics_normalise_params, &s->normalise},
              {&rc_pyradiomics_interpolation_params, &s->interpolation},
              {&rc_pyradiomics_resegmentation_params, &s->resegmentation},
              {&rc_pyradiomics_discretisation_params, &settings.discretisation}};
  for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
    rc_status status = rc_param_defaults(step[i].table, step[i].settings, arena, err);
    if (status != RC_OK)
      return status;
  }
  settings.discretisation.edges = RC_PROFILE_PYRADIOMICS;
  *out = settings;
  return RC_OK;
}

rc_status rc_pyradiomics_interpolation_check(const rc_pyradiomics_interpolation_settings *s,
                                             rc_error *err) {
  if (s->spacing_mm.n == 2)
    return rc_fail(err, RC_ERR_WORKFLOW,
                   "interpolation.spacing: give x, y and z, 0 where it shall stay as it is");
  return RC_OK;
}

rc_status rc_pyradiomics_resegmentation_check(const rc_pyradiomics_resegmentation_settings *s,
                                              rc_error *err) {
  if (s->range.n > 2)
    return rc_fail(err, RC_ERR_WORKFLOW, "resegmentation.range: give [low, high] or [low]");
  return RC_OK;
}

rc_status rc_pyradiomics_check(const rc_pyradiomics_settings *settings, rc_error *err) {
  rc_status status = rc_pyradiomics_interpolation_check(&settings->interpolation, err);
  return status == RC_OK ? rc_pyradiomics_resegmentation_check(&settings->resegmentation, err)
                         : status;
}

__attribute__((format(printf, 3, 4))) static void add(char *out, size_t capacity,
                                                      const char *format, ...) {
  size_t used = strlen(out);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(out + used, capacity - used, format, arguments);
  va_end(arguments);
}

void rc_pyradiomics_describe(const rc_pyradiomics_settings *s, char *out, size_t capacity) {
  const rc_reals *spacing = &s->interpolation.spacing_mm, *range = &s->resegmentation.range;
  if (s->normalise.enabled) {
    add(out, capacity, "normalised, scale %.12g", s->normalise.scale);
    if (!isnan(s->normalise.remove_outliers))
      add(out, capacity, ", outliers %.12g sigma", s->normalise.remove_outliers);
    add(out, capacity, "; ");
  }
  if (spacing->n == 0) {
    add(out, capacity, "original grid%s", s->interpolation.pre_crop ? ", cropped" : "");
  } else {
    for (int d = 0; d < 3; d++) {
      const double wanted = spacing->value[spacing->n == 1 ? 0 : d];
      add(out, capacity, "%s", d == 0 ? "" : "x");
      if (wanted == 0)
        add(out, capacity, "original");
      else
        add(out, capacity, "%.12g", wanted);
    }
    add(out, capacity, " mm %s, pad %lld", interpolators[s->interpolation.image_method],
        (long long)s->interpolation.pad);
  }
  if (range->n > 0)
    add(out, capacity, "; range %s [%.12g, ", modes[s->resegmentation.mode], range->value[0]);
  if (range->n == 1)
    add(out, capacity, "inf)");
  if (range->n > 1)
    add(out, capacity, "%.12g]", range->value[1]);
}
