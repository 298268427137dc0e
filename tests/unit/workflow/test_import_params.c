// SPDX-License-Identifier: Apache-2.0
// Parameter files of PyRadiomics as workflows. What the workflows compute is compared with
// PyRadiomics in tests/reference/pyradiomics.
#include "support.h"

#include "workflow/import_params.h"
#include "workflow/workflow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
  rc_arena *arena;
  rc_imported_params imported;
  const char *report;
  rc_error err;
} fixture;

static const char *write_file(const char *name, const char *text) {
  static char path[4200];
  snprintf(path, sizeof path, "%s/%s", test_folder("import_params"), name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  return path;
}

static rc_status import(fixture *f, const char *text) {
  *f = (fixture){.arena = rc_arena_create(0), .err = RC_ERROR_INIT};
  assert_non_null(f->arena);
  return rc_params_import(write_file("params.yaml", text), "MR", f->arena, &f->imported, &f->report,
                          &f->err);
}

static void release(fixture *f) {
  rc_arena_destroy(f->arena);
}

static void has(const char *text, const char *part) {
  if (strstr(text, part) == NULL)
    fail_msg("'%s' is not in\n%s", part, text);
}

static void lacks(const char *text, const char *part) {
  if (strstr(text, part) != NULL)
    fail_msg("'%s' is in\n%s", part, text);
}

/// The workflow that was made, loaded.
static const rc_image_entry *load(fixture *f) {
  rc_workflow *workflow = NULL;
  const char *report = NULL;
  if (rc_workflow_load(write_file("workflow.yaml", f->imported.workflow), NULL, f->arena, &workflow,
                       &report, &f->err) != RC_OK)
    fail_msg("%s\n%s\n%s", f->err.message, report == NULL ? "" : report, f->imported.workflow);
  assert_int_equal(workflow->profile, RC_PROFILE_PYRADIOMICS);
  assert_int_equal(workflow->n_images, 1);
  assert_string_equal(workflow->image[0].name, "MR");
  return &workflow->image[0];
}

static void every_setting_arrives(void **state) {
  (void)state;
  fixture f;
  assert_int_equal(import(&f, "setting:\n"
                              "  minimumROIDimensions: 3\n"
                              "  minimumROISize: 50\n"
                              "  label: 4\n"
                              "  normalize: True\n"
                              "  normalizeScale: 100\n"
                              "  removeOutliers: 3\n"
                              "  interpolator: sitkLinear\n"
                              "  resampledPixelSpacing: [1, 1.5, 0]\n"
                              "  padDistance: 7\n"
                              "  preCrop: yes\n"
                              "  resegmentRange: [-3, 3]\n"
                              "  resegmentMode: sigma\n"
                              "  resegmentShape: true\n"
                              "  binWidth: 0.5\n"
                              "  voxelArrayShift: 300\n"
                              "  symmetricalGLCM: false\n"
                              "  weightingNorm: euclidean\n"
                              "  gldm_a: 1\n"
                              "  distances: [1, 3]\n"
                              "  force2D: true\n"
                              "  force2Ddimension: 1\n"
                              "  geometryTolerance: 0.001\n"
                              "  additionalInfo: false\n"
                              "  correctMask: false\n"
                              "imageType:\n"
                              "  Original: {}\n"
                              "  Wavelet: {wavelet: db2, level: 2, start_level: 1}\n"
                              "  Gradient: {gradientUseSpacing: false}\n"
                              "  Square:\n"),
                   RC_OK);
  assert_non_null(strstr(f.imported.workflow, "roi: [\"4\"]"));
  const rc_image_entry *entry = load(&f);
  const rc_pyradiomics_settings *s = &entry->processing.pyradiomics;
  assert_int_equal(s->mask.minimum_dimensions, 3);
  assert_int_equal(s->mask.minimum_size, 50);
  assert_true(s->normalise.enabled);
  assert_near(s->normalise.scale, 100, 0, 0);
  assert_near(s->normalise.remove_outliers, 3, 0, 0);
  assert_int_equal(s->interpolation.image_method, 1);
  assert_int_equal(s->interpolation.spacing_mm.n, 3);
  assert_near(s->interpolation.spacing_mm.value[1], 1.5, 0, 0);
  assert_int_equal(s->interpolation.pad, 7);
  assert_true(s->interpolation.pre_crop);
  assert_near(s->resegmentation.range.value[0], -3, 0, 0);
  assert_int_equal(s->resegmentation.mode, RC_RANGE_SIGMA);
  assert_true(s->resegmentation.shape);
  assert_near(entry->processing.discretisation.bin_width, 0.5, 0, 0);
  assert_int_equal(entry->processing.discretisation.n_bins, 0);
  static const char *const settings[] = {
      "  firstorder: {voxel_array_shift: 300}\n",
      "  glcm: {symmetric: false, weighting_norm: euclidean, distances: [1, 3], force_2d: true, "
      "force_2d_dimension: 1}\n",
      "  glrlm: {weighting_norm: euclidean, force_2d: true, force_2d_dimension: 1}\n",
      "  glszm: {force_2d: true, force_2d_dimension: 1}\n",
      "  gldm: {alpha: 1, distances: [1, 3], force_2d: true, force_2d_dimension: 1}\n",
      "  ngtdm: {distances: [1, 3], force_2d: true, force_2d_dimension: 1}\n",
      "      - original\n",
      "      - {filter: wavelet, wavelet: db2, level: 2, start_level: 1, force_2d: true, "
      "force_2d_dimension: 1}\n",
      "      - {filter: gradient, use_spacing: false}\n",
      "      - square\n",
  };
  for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
    has(f.imported.workflow, settings[i]);
  has(f.imported.notes, "params.yaml:23:3: geometryTolerance");
  lacks(f.imported.notes, "additionalInfo"); // switched off, there is nothing to say
  lacks(f.imported.notes, "correctMask");
  release(&f);
}

static void defaults_stay_defaults(void **state) {
  (void)state;
  fixture f;
  assert_int_equal(import(&f, "setting: {interpolator: null, resampledPixelSpacing: [1, 1, 1], "
                              "resegmentRange: , binCount: ~,\n"
                              "          normalizeScale: 10, weightingNorm: null}\n"),
                   RC_OK);
  assert_string_equal(f.imported.notes, "");
  lacks(f.imported.workflow, "Not as in");
  const rc_image_entry *entry = load(&f);
  assert_false(entry->processing.pyradiomics.normalise.enabled); // a scale alone does nothing
  assert_int_equal(entry->processing.pyradiomics.interpolation.spacing_mm.n, 0);
  assert_int_equal(entry->processing.pyradiomics.resegmentation.range.n, 0);
  assert_near(entry->processing.discretisation.bin_width, 25, 0, 0);
  assert_int_equal(entry->n_transforms, 1);
  has(f.imported.workflow, "families: [firstorder, shape, glcm, glrlm, glszm, gldm, ngtdm]");
  release(&f);
}

/// Settings of an image type count for it alone; the original's bins are the entry's.
static void image_types_have_settings_of_their_own(void **state) {
  (void)state;
  fixture f;
  assert_int_equal(import(&f,
                          "{\"setting\": {\"binWidth\": 25, \"force2D\": true},\n"
                          " \"imageType\": {\"LoG\": {\"sigma\": [1.0, 2.5], \"binWidth\": 5},\n"
                          "  \"Original\": {\"binCount\": 16, \"distances\": [2]},\n"
                          "  \"LBP2D\": {\"force2D\": false}, \"Exponential\": {}},\n"
                          " \"featureClass\": {\"glcm\": [], \"shape\": null}}\n"),
                   RC_OK);
  const rc_image_entry *entry = load(&f);
  assert_int_equal(entry->processing.discretisation.n_bins, 16);
  assert_int_equal(entry->n_transforms, 4);
  assert_int_equal(entry->transform[0].discretisation.n_bins, 0);
  assert_near(entry->transform[0].discretisation.bin_width, 5, 0, 0);
  assert_near(entry->transform[2].discretisation.bin_width, 25, 0, 0);
  assert_int_equal(entry->transform[2].discretisation.n_bins, 0);
  has(f.imported.workflow, "- {filter: original, features: {glcm: {distances: [2]}}}\n");
  has(f.imported.workflow, "features: {glcm: {force_2d: false}}}\n");
  has(f.imported.workflow, "families: [shape, glcm]");
  lacks(f.imported.workflow, "integer_names");
  release(&f);
}

static void the_shape_needs_no_original(void **state) {
  (void)state;
  fixture f;
  assert_int_equal(import(&f, "imageType: {LoG: {sigma: [1, 2.5]}}\n"), RC_OK);
  has(f.imported.workflow, "- {filter: original, features: {families: [shape]}}\n");
  has(f.imported.workflow, "sigma: [1, 2.5], integer_names: true}\n"); // as its names have it
  load(&f);
  release(&f);
  assert_int_equal(import(&f, "imageType: {LoG: {sigma: [1, 2.0]}}\nfeatureClass: {glcm: }\n"),
                   RC_OK);
  lacks(f.imported.workflow, "original");
  has(f.imported.notes, "params.yaml:1:26: sigma: 1 and 1.0");
  assert_int_equal(load(&f)->n_transforms, 1);
  release(&f);
}

static void what_is_not_taken_over_is_listed(void **state) {
  (void)state;
  fixture f;
  assert_int_equal(import(&f, "setting:\n"
                              "  correctMask: true\n"
                              "  label_channel: 2\n"
                              "  interpolator: sitkGaussian\n"
                              "  binwidth: 3\n"
                              "  binCount: many\n"
                              "imageType:\n"
                              "  Wavelet: {wavelet: db21}\n"
                              "  LoG: {}\n"
                              "  Foo: {}\n"
                              "  Square: {padDistance: 3}\n"
                              "featureClass:\n"
                              "  firstorder: [Mean, Energy]\n"
                              "  shape: [Compactness1]\n"
                              "  shape2D: []\n"
                              "voxelSetting:\n"
                              "  kernelRadius: 2\n"
                              "  maskedKernel: true\n"
                              "  initValue: nan\n"
                              "  voxelBatch: 100\n"),
                   RC_OK);
  static const char *const notes[] = {
      "params.yaml:2:3: correctMask: not taken over",
      "params.yaml:3:3: label_channel: not taken over",
      "params.yaml:4:17: interpolator: 'sitkGaussian' is not supported; expected one of nearest",
      "params.yaml:5:3: binwidth: there is no such setting",
      "params.yaml:6:13: binCount: 'many' is not supported",
      "params.yaml:8:3: imageType: Wavelet was left out",
      "params.yaml:8:22: wavelet: 'db21' is not supported",
      "params.yaml:9:3: LoG: without sigma",
      "params.yaml:10:3: imageType: there is no image type 'Foo'",
      "params.yaml:11:12: padDistance: has no effect within an image type",
      "params.yaml:13:3: featureClass: all 18 features of firstorder are computed, not 2 only",
      "params.yaml:14:3: featureClass: all 14 features of shape are computed, not 0 only",
      "params.yaml:14:11: featureClass: shape_Compactness1 is not computed",
      "params.yaml:15:3: featureClass: shape2D is not computed",
      "params.yaml:17:3: voxelSetting: kernelRadius: only the comment",
      "params.yaml:19:3: voxelSetting: initValue: maps are NaN",
  };
  for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
    has(f.imported.notes, notes[i]);
    has(f.imported.workflow, notes[i]);
  }
  has(f.imported.workflow, "# maps: {features: [firstorder_Mean, firstorder_Energy], radius: 2}");
  int64_t n = 0;
  for (const char *c = f.imported.notes; *c != '\0'; c++)
    n += *c == '\n';
  assert_int_equal(n, sizeof notes / sizeof notes[0]);
  assert_int_equal(load(&f)->n_transforms, 2); // the original for its shape, and the square
  release(&f);
}

static void what_is_no_parameter_file_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } given[] = {
      {"", "no parameter file"},
      {"just a text", "no parameter file"},
      {"- setting", "no parameter file"},
      {"cohort: {}\nimages: {}", "params.yaml:1:1: 'cohort' is no section"},
      {"setting: 3", "params.yaml:1:10: setting: expected keys and values"},
      {"setting: {binWidth: 3", "not valid YAML"},
      {"setting: {binWidth: 3, binWidth: 4}", "duplicate key"},
      {"setting: &a {binWidth: 3}", "anchors"},
      {"imageType: {Original: [", "not valid YAML"},
      {"featureClass: {shape2D: }", "none of its classes"},
  };
  for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
    fixture f;
    assert_int_equal(import(&f, given[i].text), RC_ERR_WORKFLOW);
    has(f.report == NULL ? f.err.message : f.report, given[i].says);
    assert_null(f.imported.workflow);
    release(&f);
  }
  fixture f = {.arena = rc_arena_create(0), .err = RC_ERROR_INIT};
  assert_int_equal(
      rc_params_import("/nowhere/params.yaml", "CT", f.arena, &f.imported, &f.report, &f.err),
      RC_ERR_WORKFLOW);
  has(f.err.message, "No such file");
  release(&f);
}

/// What is written comes from checked values only.
static void no_text_of_the_file_becomes_yaml(void **state) {
  (void)state;
  fixture f;
  assert_int_equal(import(&f, "setting: {binWidth: \"3}\\nimages: {\", resegmentMode: \"x: y\",\n"
                              "  resegmentRange: [1, {a: b}], distances: [[1]], normalize: []}\n"
                              "imageType: {\"Square: {}\\n#\": {}, Square: []}\n"),
                   RC_OK);
  load(&f);
  lacks(f.imported.workflow, "\nimages: {");
  release(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_setting_arrives),
      cmocka_unit_test(defaults_stay_defaults),
      cmocka_unit_test(image_types_have_settings_of_their_own),
      cmocka_unit_test(the_shape_needs_no_original),
      cmocka_unit_test(what_is_not_taken_over_is_listed),
      cmocka_unit_test(what_is_no_parameter_file_is_refused),
      cmocka_unit_test(no_text_of_the_file_becomes_yaml),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
