// SPDX-License-Identifier: Apache-2.0
// Fourteen sarcoma patients against the medians of up to nine teams of the IBSI validation. Strict
// are the rows where at least four teams gave a value and their quartiles lie within 0.1 % of the
// median; each must be met within 1 %. The intensity-volume histogram is left out, whose settings
// were not published. Diagnostics are checked alike but counted apart. tests/README.md says more.
#include "support.h"

#include "data/frame.h"
#include "run/measure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONSENSUS_BYTES (16 << 20)
#define MIN_TEAMS 4
#define STRICT_SPREAD 0.001
#define AGREEMENT 0.01

/// One modality's settings and how many strict rows and agreed diagnostics it has.
typedef struct modality {
  const char *name; ///< in the consensus and in file names
  int64_t n_strict, n_diagnostic;
  rc_processing_settings processing;
} modality;

#define SPLINE_TO(mm, rounded)                                                                     \
  { {1, {mm}}, RC_INTERP_CUBIC_SPLINE, RC_INTERP_LINEAR, 0.5, rounded }
#define FIXED_SIZE(width)                                                                          \
  { RC_DISCRETISE_FIXED_BIN_SIZE, width, 0, NAN, RC_PROFILE_IBSI }
#define AS_IS                                                                                      \
  { RC_DISCRETISE_NONE, NAN, 0, NAN, RC_PROFILE_IBSI }

// Bins begin where the range does. The lower end of 0 also takes voxels away: of STS_035's MR,
// where the spline overshoots below 0 and the published minimum after re-segmentation is above it.
static const modality ct = {"CT",
                            1257,
                            784,
                            {.interpolation = SPLINE_TO(1, true),
                             .resegmentation = {{2, {-200, 200}}, NAN},
                             .discretisation = FIXED_SIZE(10),
                             .ivh = AS_IS,
                             .whole_image_facts = true}};
static const modality pet = {"PET",
                             594,
                             757,
                             {.interpolation = SPLINE_TO(3, false),
                              .resegmentation = {{1, {0}}, NAN},
                              .discretisation = FIXED_SIZE(0.25),
                              .ivh = AS_IS,
                              .whole_image_facts = true}};
static const modality mr = {"MR_T1",
                            1277,
                            761,
                            {.interpolation = SPLINE_TO(1, false),
                             .resegmentation = {{1, {0}}, NAN},
                             .discretisation = FIXED_SIZE(10),
                             .ivh = AS_IS,
                             .whole_image_facts = true}};

/// The consensus, and the columns that are read.
typedef struct consensus {
  const rc_frame *frame;
  const char **id, **modality, **tag;
  const double *teams, *median, *q25, *q75;
} consensus;

static const rc_column *column(const rc_frame *frame, const char *name, rc_column_type type) {
  const rc_column *found = rc_frame_find(frame, name);
  if (found == NULL || found->type != type)
    fail_msg("no usable column '%s'", name);
  return found;
}

static consensus read_consensus(rc_arena *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  if (rc_frame_read_csv(test_data("sts/ibsi_consensus.csv"), CONSENSUS_BYTES, arena, &frame,
                        &err) != RC_OK)
    fail_msg("%s", err.message);
  return (consensus){frame,
                     column(frame, "id", RC_COLUMN_TEXT)->text,
                     column(frame, "modality", RC_COLUMN_TEXT)->text,
                     column(frame, "tag", RC_COLUMN_TEXT)->text,
                     column(frame, "teams", RC_COLUMN_REAL)->real,
                     column(frame, "median", RC_COLUMN_REAL)->real,
                     column(frame, "q25", RC_COLUMN_REAL)->real,
                     column(frame, "q75", RC_COLUMN_REAL)->real};
}

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_diagnostic(const char *tag) {
  return ends_with(tag, "_img") || ends_with(tag, "_roi");
}

static bool is_strict(const consensus *c, int64_t row) {
  return strncmp(c->tag[row], "ivh_", 4) != 0 && c->teams[row] >= MIN_TEAMS &&
         fabs(c->q75[row] - c->q25[row]) <= STRICT_SPREAD * fabs(c->median[row]);
}

static rc_feature_settings all_features(rc_arena *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_feature_settings features;
  if (rc_feature_settings_default(RC_PROFILE_IBSI, arena, &features, &err) != RC_OK)
    fail_msg("%s", err.message);
  features.families = rc_family_bits(RC_PROFILE_IBSI);
  features.aggregations = RC_AGG_BIT(RC_AGG_3D_COMB) | RC_AGG_BIT(RC_AGG_3D);
  return features;
}

/// Rows and agreements by family; the last entry collects tags that no family offers. Both sums are
/// kept for features [0] and diagnostics [1].
typedef struct tally {
  int64_t rows[65], met[65];
  int64_t all_rows[2], all_met[2];
} tally;

static void compare(const consensus *c, const modality *m, const char *patient,
                    const rc_measurement *measured, tally *t) {
  for (int64_t row = 0; row < c->frame->n_rows; row++) {
    if (strcmp(c->id[row], patient) != 0 || strcmp(c->modality[row], m->name) != 0 ||
        !is_strict(c, row))
      continue;
    int64_t family = rc_n_families;
    int64_t found = rc_measurement_find(measured, c->tag[row]);
    double value = found < 0 ? NAN : measured->value[found];
    for (int64_t i = 0; found >= 0 && i < rc_n_families; i++)
      if (rc_families[i] == measured->column[found].family)
        family = i;
    bool met = fabs(value - c->median[row]) <= AGREEMENT * fabs(c->median[row]);
    t->rows[family]++;
    t->met[family] += met;
    t->all_rows[is_diagnostic(c->tag[row])]++;
    t->all_met[is_diagnostic(c->tag[row])] += met;
    if (!met)
      print_message("  %s %s %s: %.8g, median of %g teams %.8g\n", patient, m->name, c->tag[row],
                    value, c->teams[row], c->median[row]);
  }
}

static bool is_first_of_patient(const consensus *c, int64_t row) {
  for (int64_t i = 0; i < row; i++)
    if (strcmp(c->id[i], c->id[row]) == 0)
      return false;
  return true;
}

static void measure(const modality *m, const char *patient, bool dicom, rc_arena *arena,
                    const rc_feature_settings *features, rc_measurement *out) {
  rc_error err = RC_ERROR_INIT;
  char image[256], mask[256], roi[64] = "";
  if (dicom) {
    snprintf(roi, sizeof roi, "GTV_Mass_%s", m->name);
    snprintf(image, sizeof image, "sts/dicom/%s/%s/image", patient, m->name);
    snprintf(mask, sizeof mask, "sts/dicom/%s/%s/mask/RS.dcm", patient, m->name);
  } else {
    snprintf(image, sizeof image, "sts/nifti/%s/%s_image.nii.gz", patient, m->name);
    snprintf(mask, sizeof mask, "sts/nifti/%s/%s_mask.nii.gz", patient, m->name);
  }
  if (rc_measure(test_data(image), test_data(mask), roi, &m->processing, features, arena, out,
                 &err) != RC_OK)
    fail_msg("%s: %s", patient, err.message);
}

static void report(const modality *m, const tally *t) {
  for (int64_t i = 0; i <= rc_n_families; i++)
    if (t->rows[i] > 0)
      print_message("  %-8s %-28s %4lld of %4lld\n", m->name,
                    i < rc_n_families ? rc_families[i]->key : "not offered", (long long)t->met[i],
                    (long long)t->rows[i]);
  print_message("  %-8s %-28s %4lld of %4lld strict rows within 1 %%, diagnostics apart\n", m->name,
                "all", (long long)t->all_met[0], (long long)t->all_rows[0]);
  assert_int_equal(t->all_rows[0], m->n_strict);
  assert_int_equal(t->all_rows[1], m->n_diagnostic);
  assert_int_equal(t->all_met[0], t->all_rows[0]);
  assert_int_equal(t->all_met[1], t->all_rows[1]);
}

static void check(const modality *m, bool dicom) {
  test_data("sts"); // may skip, so before the arena
  rc_arena *arena = rc_arena_create(0);
  assert_non_null(arena);
  const consensus c = read_consensus(arena);
  const rc_feature_settings features = all_features(arena);
  tally t = {{0}, {0}, {0}, {0}};
  for (int64_t row = 0; row < c.frame->n_rows; row++) {
    if (!is_first_of_patient(&c, row))
      continue;
    const rc_arena_mark mark = rc_arena_get_mark(arena);
    rc_measurement measured;
    measure(m, c.id[row], dicom, arena, &features, &measured);
    compare(&c, m, c.id[row], &measured, &t);
    rc_arena_rewind(arena, mark);
  }
  report(m, &t);
  rc_arena_destroy(arena);
}

static void test_ct_dicom(void **state) {
  (void)state;
  check(&ct, true);
}

static void test_ct_nifti(void **state) {
  (void)state;
  check(&ct, false);
}

static void test_pet_dicom(void **state) {
  (void)state;
  check(&pet, true);
}

static void test_pet_nifti(void **state) {
  (void)state;
  check(&pet, false);
}

static void test_mr_dicom(void **state) {
  (void)state;
  check(&mr, true);
}

static void test_mr_nifti(void **state) {
  (void)state;
  check(&mr, false);
}

/// One name as argument runs one test, so that CTest runs them side by side.
int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ct_dicom),  cmocka_unit_test(test_ct_nifti),
      cmocka_unit_test(test_pet_dicom), cmocka_unit_test(test_pet_nifti),
      cmocka_unit_test(test_mr_dicom),  cmocka_unit_test(test_mr_nifti),
  };
  if (argc > 1)
    cmocka_set_test_filter(argv[1]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
