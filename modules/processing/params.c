// SPDX-License-Identifier: Apache-2.0
#include "processing/pyradiomics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const method_names[] = {
    [RC_INTERP_NEAREST] = "nearest",
    [RC_INTERP_LINEAR] = "linear",
    [RC_INTERP_CUBIC_SPLINE] = "cubic_spline",
    NULL,
};

// The first two of method_names: a spline of a mask overshoots.
static const char *const mask_method_names[] = {"nearest", "linear", NULL};

static const char *const discretisation_names[] = {
    [RC_DISCRETISE_NONE] = "none",
    [RC_DISCRETISE_FIXED_BIN_SIZE] = "fixed_bin_size",
    [RC_DISCRETISE_FIXED_BIN_NUMBER] = "fixed_bin_number",
    NULL,
};

#define INTERPOLATION(member) offsetof(rc_interpolation_settings, member)
#define RESEGMENTATION(member) offsetof(rc_resegmentation_settings, member)
#define DISCRETISATION(member) offsetof(rc_discretisation_settings, member)
#define COUNT(table) ((int64_t)(sizeof(table) / sizeof(table)[0]))

static const rc_param interpolation[] = {
    {"spacing", RC_PARAM_REALS, INTERPOLATION(spacing_mm), 0.01, 100, "mm", NULL, "none",
     "New voxel spacing: one number for all axes, two for in plane only, or x, y and z."},
    {"image", RC_PARAM_CHOICE, INTERPOLATION(image_method), 0, 0, "", method_names, "linear",
     "How intensities are interpolated."},
    {"mask", RC_PARAM_CHOICE, INTERPOLATION(mask_method), 0, 0, "", mask_method_names, "linear",
     "How the mask is interpolated."},
    {"mask_threshold", RC_PARAM_REAL, INTERPOLATION(mask_threshold), 0.01, 1, "", NULL, "0.5",
     "The least part of a voxel inside the ROI that makes it part of the mask."},
    {"round", RC_PARAM_BOOL, INTERPOLATION(round), 0, 0, "", NULL, "false",
     "Round intensities to whole numbers, as CT wants after interpolation."},
};

const rc_param_table rc_interpolation_params = {
    "interpolation", "New voxel grid (IBSI-1 section 2.4).", interpolation, COUNT(interpolation),
    sizeof(rc_interpolation_settings)};

static const rc_param resegmentation[] = {
    {"range", RC_PARAM_REALS, RESEGMENTATION(range), -INFINITY, INFINITY, "intensity", NULL, "none",
     "Only intensities from low to high stay in the intensity mask: [low, high], or [low] alone."},
    {"outlier_sigma", RC_PARAM_REAL, RESEGMENTATION(outlier_sigma), 0, INFINITY, "SD", NULL, "none",
     "Intensities further than this many standard deviations from the mean leave."},
};

const rc_param_table rc_resegmentation_params = {
    "resegmentation", "Which intensities belong to the intensity mask (IBSI-1 section 2.5).",
    resegmentation, COUNT(resegmentation), sizeof(rc_resegmentation_settings)};

// Grey levels for texture and those of the intensity-volume histogram differ in defaults only.
// clang-format off
#define METHOD(fallback)                                                                           \
  {"method", RC_PARAM_CHOICE, DISCRETISATION(method), 0, 0, "", discretisation_names, fallback,    \
   "How intensities become grey levels."}
#define BIN_WIDTH                                                                                  \
  {"bin_width", RC_PARAM_REAL, DISCRETISATION(bin_width), 1e-12, INFINITY, "intensity", NULL,      \
   "none", "Width of a bin of fixed size; needed by fixed_bin_size."}
#define BINS(fallback)                                                                             \
  {"bins", RC_PARAM_INT, DISCRETISATION(n_bins), 1, UINT16_MAX, "", NULL, fallback,                \
   "How many bins fixed_bin_number makes."}
#define LOWEST                                                                                     \
  {"lowest", RC_PARAM_REAL, DISCRETISATION(lowest), -INFINITY, INFINITY, "intensity", NULL,        \
   "none", "Where the first bin of fixed size begins; else where the re-segmentation range does, " \
   "else at the lowest intensity of the ROI."}
// clang-format on

static const rc_param discretisation[] = {METHOD("fixed_bin_number"), BIN_WIDTH, BINS("32"),
                                          LOWEST};

const rc_param_table rc_discretisation_params = {
    "discretisation", "Grey levels for histogram and texture (IBSI-1 section 2.7).", discretisation,
    COUNT(discretisation), sizeof(rc_discretisation_settings)};

static const rc_param ivh[] = {METHOD("none"), BIN_WIDTH, BINS("1000"), LOWEST};

const rc_param_table rc_ivh_params = {
    "ivh", "Grey levels for the intensity-volume histogram (IBSI-1 section 3.5).", ivh, COUNT(ivh),
    sizeof(rc_discretisation_settings)};

rc_status rc_processing_defaults(rc_arena *arena, rc_processing_settings *out, rc_error *err) {
  rc_processing_settings settings = {0};
  rc_status status =
      rc_param_defaults(&rc_interpolation_params, &settings.interpolation, arena, err);
  if (status == RC_OK)
    status = rc_param_defaults(&rc_resegmentation_params, &settings.resegmentation, arena, err);
  if (status == RC_OK)
    status = rc_param_defaults(&rc_discretisation_params, &settings.discretisation, arena, err);
  if (status == RC_OK)
    status = rc_param_defaults(&rc_ivh_params, &settings.ivh, arena, err);
  if (status == RC_OK)
    *out = settings;
  return status;
}

rc_reals rc_processing_spacing(const rc_processing_settings *settings) {
  return settings->profile == RC_PROFILE_PYRADIOMICS
             ? settings->pyradiomics.interpolation.spacing_mm
             : settings->interpolation.spacing_mm;
}

rc_status rc_interpolation_check(const rc_interpolation_settings *s, rc_error *err) {
  if (s->spacing_mm.n < 0 || s->spacing_mm.n > 3)
    return rc_fail(err, RC_ERR_WORKFLOW, "interpolation.spacing: give one to three numbers");
  for (int64_t i = 0; i < s->spacing_mm.n; i++)
    if (!(s->spacing_mm.value[i] > 0) || !isfinite(s->spacing_mm.value[i]))
      return rc_fail(err, RC_ERR_WORKFLOW, "interpolation.spacing: %g mm is no spacing",
                     s->spacing_mm.value[i]);
  if (s->image_method < RC_INTERP_NEAREST || s->image_method > RC_INTERP_CUBIC_SPLINE)
    return rc_fail(err, RC_ERR_WORKFLOW, "interpolation.image: no such method");
  if (s->mask_method != RC_INTERP_NEAREST && s->mask_method != RC_INTERP_LINEAR)
    return rc_fail(err, RC_ERR_WORKFLOW, "interpolation.mask: use nearest or linear");
  if (!(s->mask_threshold > 0 && s->mask_threshold <= 1))
    return rc_fail(err, RC_ERR_WORKFLOW,
                   "interpolation.mask_threshold: %g is not above 0 and at most 1",
                   s->mask_threshold);
  return RC_OK;
}

rc_status rc_resegmentation_check(const rc_resegmentation_settings *s, rc_error *err) {
  if (s->range.n < 0 || s->range.n > 2)
    return rc_fail(err, RC_ERR_WORKFLOW, "resegmentation.range: give [low, high] or [low]");
  if (s->range.n == 2 && !(s->range.value[0] <= s->range.value[1]))
    return rc_fail(err, RC_ERR_WORKFLOW, "resegmentation.range: low (%g) is above high (%g)",
                   s->range.value[0], s->range.value[1]);
  if (s->outlier_sigma < 0)
    return rc_fail(err, RC_ERR_WORKFLOW, "resegmentation.outlier_sigma: %g is negative",
                   s->outlier_sigma);
  return RC_OK;
}

rc_status rc_discretisation_check(const rc_discretisation_settings *s, const char *step,
                                  rc_error *err) {
  if (s->edges == RC_PROFILE_PYRADIOMICS)
    return s->n_bins > 0 || s->bin_width > 0
               ? RC_OK
               : rc_fail(err, RC_ERR_WORKFLOW, "%s.bin_width: %g is not above 0", step,
                         s->bin_width);
  if (s->method < RC_DISCRETISE_NONE || s->method > RC_DISCRETISE_FIXED_BIN_NUMBER)
    return rc_fail(err, RC_ERR_WORKFLOW, "%s.method: no such method", step);
  if (s->method == RC_DISCRETISE_FIXED_BIN_SIZE && !(s->bin_width > 0))
    return rc_fail(err, RC_ERR_WORKFLOW,
                   "%s: fixed_bin_size needs bin_width, a number above 0 in intensity units", step);
  if (s->method == RC_DISCRETISE_FIXED_BIN_NUMBER && (s->n_bins < 1 || s->n_bins > UINT16_MAX))
    return rc_fail(err, RC_ERR_WORKFLOW, "%s.bins: %lld is not from 1 to 65535", step,
                   (long long)s->n_bins);
  return RC_OK;
}

rc_status rc_processing_check(const rc_processing_settings *settings, rc_error *err) {
  if (settings->profile == RC_PROFILE_PYRADIOMICS) {
    rc_status status = rc_pyradiomics_check(&settings->pyradiomics, err);
    return status == RC_OK ? rc_discretisation_check(&settings->discretisation,
                                                     rc_discretisation_params.name, err)
                           : status;
  }
  rc_status status = rc_interpolation_check(&settings->interpolation, err);
  if (status == RC_OK)
    status = rc_resegmentation_check(&settings->resegmentation, err);
  if (status == RC_OK)
    status = rc_discretisation_check(&settings->discretisation, rc_discretisation_params.name, err);
  if (status == RC_OK)
    status = rc_discretisation_check(&settings->ivh, rc_ivh_params.name, err);
  return status;
}

/// A text that grows to its capacity and no further.
typedef struct line {
  char *text;
  size_t capacity;
} line;

__attribute__((format(printf, 2, 3))) static void add(line *out, const char *format, ...) {
  size_t used = strlen(out->text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(out->text + used, out->capacity - used, format, arguments);
  va_end(arguments);
}

static void describe_levels(line *out, const char *prefix, const rc_discretisation_settings *s,
                            const rc_reals *range) {
  const bool multiples = s->edges == RC_PROFILE_PYRADIOMICS;
  if (s->method == RC_DISCRETISE_NONE && !multiples)
    return;
  if (multiples ? s->n_bins > 0 : s->method == RC_DISCRETISE_FIXED_BIN_NUMBER) {
    add(out, "; %sFBN %lld", prefix, (long long)s->n_bins);
    return;
  }
  add(out, "; %sFBS %.12g from ", prefix, s->bin_width);
  if (multiples)
    add(out, "a multiple");
  else if (!isnan(s->lowest))
    add(out, "%.12g", s->lowest);
  else if (range->n > 0)
    add(out, "%.12g", range->value[0]);
  else
    add(out, "minimum");
}

void rc_processing_describe(const rc_processing_settings *settings, bool of_response, char *out,
                            size_t capacity) {
  static const rc_reals no_range = {0};
  const rc_interpolation_settings *interp = &settings->interpolation;
  const rc_reals *spacing = &interp->spacing_mm, *range = &settings->resegmentation.range;
  if (capacity == 0)
    return;
  line text = {out, capacity};
  out[0] = '\0';
  if (settings->profile == RC_PROFILE_PYRADIOMICS) {
    rc_pyradiomics_describe(&settings->pyradiomics, out, capacity);
    describe_levels(&text, "", &settings->discretisation, &no_range);
    return;
  }
  if (spacing->n == 0) {
    add(&text, "original grid");
  } else {
    const double *s = spacing->value;
    if (spacing->n == 1)
      add(&text, "%.12gx%.12gx%.12g mm ", s[0], s[0], s[0]);
    else if (spacing->n == 2)
      add(&text, "%.12gx%.12g mm in plane ", s[0], s[1]);
    else
      add(&text, "%.12gx%.12gx%.12g mm ", s[0], s[1], s[2]);
    add(&text, "%s, mask %s >= %.12g", method_names[interp->image_method],
        method_names[interp->mask_method], interp->mask_threshold);
  }
  if (interp->round)
    add(&text, "; round");
  if (range->n == 1)
    add(&text, "; range [%.12g, inf)", range->value[0]);
  if (range->n == 2)
    add(&text, "; range [%.12g, %.12g]", range->value[0], range->value[1]);
  if (!isnan(settings->resegmentation.outlier_sigma))
    add(&text, "; outliers %.12g sigma", settings->resegmentation.outlier_sigma);
  range = of_response ? &no_range : range;
  describe_levels(&text, "", &settings->discretisation, range);
  describe_levels(&text, "IVH ", &settings->ivh, range);
}
