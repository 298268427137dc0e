// SPDX-License-Identifier: Apache-2.0
#include "run/verify.h"

#include "run/checks.h"
#include "run/measure.h"

#include <math.h>
#include <string.h>

#define REFERENCE_BYTES (1 << 20)
#define IN_SLICES                                                                                  \
  (RC_AGG_BIT(RC_AGG_2D_AVG) | RC_AGG_BIT(RC_AGG_2D_COMB) | RC_AGG_BIT(RC_AGG_2_5D_AVG) |          \
   RC_AGG_BIT(RC_AGG_2_5D_COMB) | RC_AGG_BIT(RC_AGG_2D) | RC_AGG_BIT(RC_AGG_2_5D))
#define IN_VOLUME (RC_AGG_BIT(RC_AGG_3D_AVG) | RC_AGG_BIT(RC_AGG_3D_COMB) | RC_AGG_BIT(RC_AGG_3D))

bool rc_verify_agrees(double value, double reference, double tolerance, bool whole) {
  if (!isfinite(value))
    return false;
  double place = value == 0 ? 1 : pow(10, floor(log10(fabs(value))) - 2);
  if (whole && place > 1)
    place = 1;
  // The slack is for decimal fractions that binary ones cannot hold.
  return fabs(rint(value / place) * place - reference) <= tolerance + 1e-9 * fabs(reference);
}

/// The settings of one reference data set (IBSI-1 chapter 5).
typedef struct configuration {
  const char *name;
  const char *reference; ///< file of published values
  uint32_t aggregations;
  rc_interpolation_settings interpolation;
  rc_resegmentation_settings resegmentation;
  rc_discretisation_settings discretisation, ivh;
} configuration;

#define FIXED_SIZE(width)                                                                          \
  { RC_DISCRETISE_FIXED_BIN_SIZE, width, 0, NAN, RC_PROFILE_IBSI }
#define FIXED_NUMBER(bins)                                                                         \
  { RC_DISCRETISE_FIXED_BIN_NUMBER, NAN, bins, NAN, RC_PROFILE_IBSI }
#define AS_IS                                                                                      \
  { RC_DISCRETISE_NONE, NAN, 0, NAN, RC_PROFILE_IBSI }

static const configuration phantom = {
    "digital phantom",
    "dig_phantom.csv",
    IN_SLICES | IN_VOLUME,
    {{0, {0}}, RC_INTERP_LINEAR, RC_INTERP_LINEAR, 0.5, false},
    {{0, {0}}, NAN},
    AS_IS,
    AS_IS,
};

// Intensities are rounded in A too: the CT phantom's NIfTI stores Hounsfield units as floats that
// are not quite integers.
static const configuration chest[] = {
    {"configuration A",
     "chest_config_a.csv",
     IN_SLICES,
     {{0, {0}}, RC_INTERP_LINEAR, RC_INTERP_LINEAR, 0.5, true},
     {{2, {-500, 400}}, NAN},
     FIXED_SIZE(25),
     AS_IS},
    {"configuration B",
     "chest_config_b.csv",
     IN_SLICES,
     {{2, {2, 2}}, RC_INTERP_LINEAR, RC_INTERP_LINEAR, 0.5, true},
     {{2, {-500, 400}}, NAN},
     FIXED_NUMBER(32),
     AS_IS},
    {"configuration C",
     "chest_config_c.csv",
     IN_VOLUME,
     {{3, {2, 2, 2}}, RC_INTERP_LINEAR, RC_INTERP_LINEAR, 0.5, true},
     {{2, {-1000, 400}}, NAN},
     FIXED_SIZE(25),
     FIXED_SIZE(2.5)},
    {"configuration D",
     "chest_config_d.csv",
     IN_VOLUME,
     {{3, {2, 2, 2}}, RC_INTERP_LINEAR, RC_INTERP_LINEAR, 0.5, true},
     {{0, {0}}, 3},
     FIXED_NUMBER(32),
     AS_IS},
    {"configuration E",
     "chest_config_e.csv",
     IN_VOLUME,
     {{3, {2, 2, 2}}, RC_INTERP_CUBIC_SPLINE, RC_INTERP_LINEAR, 0.5, true},
     {{2, {-1000, 400}}, 3},
     FIXED_NUMBER(32),
     FIXED_NUMBER(1000)},
};

/// Where the image and mask of a phantom lie below the data folder.
typedef struct source {
  const char *format;
  const char *image, *mask, *roi;
} source;

static const source phantom_source = {"NIfTI", "digital_phantom/image.nii.gz",
                                      "digital_phantom/mask.nii.gz", NULL};
static const source chest_sources[] = {
    {"NIfTI", "ct_phantom/nifti/image.nii.gz", "ct_phantom/nifti/mask.nii.gz", NULL},
    {"DICOM", "ct_phantom/dicom/image", "ct_phantom/dicom/mask/DCM_RS_00060.dcm", "GTV-1"},
};

#define N_CHEST ((int64_t)(sizeof chest / sizeof chest[0]))
#define N_SOURCES ((int64_t)(sizeof chest_sources / sizeof chest_sources[0]))
#define N_SETS (1 + N_CHEST * N_SOURCES)

/// One configuration on one source, measured, and what is published for it.
typedef struct set {
  const char *name;
  rc_measurement measured;
  const rc_frame *reference;
} set;

static rc_status read_reference(const char *data, const configuration *c, rc_arena *arena,
                                const rc_frame **out, rc_error *err) {
  rc_frame *frame = NULL;
  const char *path = rc_arena_printf(arena, "%s/ibsi1/reference/%s", data, c->reference);
  if (path == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  rc_status status = rc_frame_read_csv(path, REFERENCE_BYTES, arena, &frame, err);
  if (status != RC_OK)
    return status;
  static const struct {
    const char *name;
    rc_column_type type;
  } wanted[] = {
      {"tag", RC_COLUMN_TEXT}, {"reference value", RC_COLUMN_REAL}, {"tolerance", RC_COLUMN_REAL}};
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    const rc_column *column = rc_frame_find(frame, wanted[i].name);
    if (column == NULL || column->type != wanted[i].type)
      return rc_fail(err, RC_ERR_FORMAT, "%s: no usable column '%s'", path, wanted[i].name);
  }
  *out = frame;
  return RC_OK;
}

static rc_status measure_set(const char *data, const configuration *c, const source *s,
                             rc_arena *arena, set *out, rc_error *err) {
  rc_processing_settings processing = {.interpolation = c->interpolation,
                                       .resegmentation = c->resegmentation,
                                       .discretisation = c->discretisation,
                                       .ivh = c->ivh,
                                       .whole_image_facts = true};
  rc_feature_settings features;
  rc_status status = rc_feature_settings_default(RC_PROFILE_IBSI, arena, &features, err);
  if (status != RC_OK)
    return status;
  features.families = rc_family_bits(RC_PROFILE_IBSI);
  features.aggregations = c->aggregations;
  const char *image = rc_arena_printf(arena, "%s/ibsi1/%s", data, s->image);
  const char *mask = rc_arena_printf(arena, "%s/ibsi1/%s", data, s->mask);
  out->name = c == &phantom ? c->name : rc_arena_printf(arena, "%s, %s", c->name, s->format);
  if (image == NULL || mask == NULL || out->name == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory");
  status = read_reference(data, c, arena, &out->reference, err);
  if (status == RC_OK)
    status = rc_measure(image, mask, s->roi, &processing, &features, arena, &out->measured, err);
  if (status != RC_OK)
    rc_error_context(err, "%s", out->name);
  return status;
}

static int64_t count_valued(const rc_frame *reference) {
  const rc_column *value = rc_frame_find(reference, "reference value");
  int64_t n = 0;
  for (int64_t i = 0; i < reference->n_rows; i++)
    n += !isnan(value->real[i]);
  return n;
}

static void compare(const set *s, rc_checks *checks) {
  const rc_column *tag = rc_frame_find(s->reference, "tag");
  const rc_column *reference = rc_frame_find(s->reference, "reference value");
  const rc_column *tolerance = rc_frame_find(s->reference, "tolerance");
  for (int64_t i = 0; i < s->reference->n_rows; i++) {
    if (isnan(reference->real[i]))
      continue;
    int64_t found = rc_measurement_find(&s->measured, tag->text[i]);
    rc_check check = {.tag = tag->text[i],
                      .set = s->name,
                      .family = "not offered",
                      .reference = reference->real[i],
                      .tolerance = isnan(tolerance->real[i]) ? 0 : tolerance->real[i],
                      .value = NAN};
    if (found >= 0) {
      check.family = s->measured.column[found].family->key;
      check.value = s->measured.value[found];
    }
    bool whole = strcmp(check.family, "diagnostics") == 0;
    check.passed = rc_verify_agrees(check.value, check.reference, check.tolerance, whole);
    rc_checks_add(checks, &check);
  }
}

rc_status rc_verify_ibsi1(const char *data, rc_arena *arena, rc_frame **out, rc_error *err) {
  set sets[N_SETS];
  rc_checks checks = {0};
  rc_status status = measure_set(data, &phantom, &phantom_source, arena, &sets[0], err);
  int64_t n_rows = status == RC_OK ? count_valued(sets[0].reference) : 0;
  for (int64_t s = 0; s < N_SOURCES; s++)
    for (int64_t c = 0; c < N_CHEST && status == RC_OK; c++) {
      set *next = &sets[1 + s * N_CHEST + c];
      status = measure_set(data, &chest[c], &chest_sources[s], arena, next, err);
      if (status == RC_OK)
        n_rows += count_valued(next->reference);
    }
  if (status == RC_OK)
    status = rc_checks_create(n_rows, arena, &checks, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < N_SETS; i++)
    compare(&sets[i], &checks);
  *out = checks.frame;
  return RC_OK;
}
