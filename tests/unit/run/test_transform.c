// SPDX-License-Identifier: Apache-2.0
// Features on responses of filters: columns and values meet, and the part of the image that a
// filter is shown changes no bit.
#include "support.h"

#include "processing/processing.h"
#include "run/transform.h"
#include "workflow/columns.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char workflow_text[] =
    "cohort: {dicom: .}\n"
    "images:\n"
    "  MR:\n"
    "    interpolation: {spacing: [1.2, 1.2, 1.5], image: cubic_spline}\n"
    "    resegmentation: {range: [-900, 900]}\n"
    "    transforms:\n"
    "      - {filter: separable_wavelet, wavelet: db3, bands: LLH, rotations: true}\n"
    "      - original\n"
    "      - {filter: separable_wavelet, bands: HHH, level: 2, boundary: periodic, name: around,\n"
    "         discretisation: {bins: 8}, features: {families: [statistics, glcm]}}\n"
    "      - {filter: nonseparable_wavelet, features: {families: [local_intensity]}}\n"
    "features: {families: [local_intensity, morphology, statistics, intensity_histogram, glcm]}\n";

typedef struct fixture {
  rc_arena *arena;
  rc_workflow *workflow;
  const rc_image_entry *entry;
  rc_volume image;
  rc_mask mask;
  rc_roi roi;
  rc_entry_column *column;
  int64_t n;
  double *value;
  char undefined[RC_UNDEFINED_TEXT];
  rc_error err;
} fixture;

static void load_workflow(fixture *f) {
  char path[4096];
  const char *report = NULL;
  snprintf(path, sizeof path, "%s/workflow.yaml", test_folder("transform"));
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(workflow_text, file);
  fclose(file);
  if (rc_workflow_load(path, NULL, f->arena, &f->workflow, &report, &f->err) != RC_OK)
    fail_msg("%s", report);
  f->entry = &f->workflow->image[0];
}

/// A ball near an edge of an image of noise.
static void make_image(fixture *f) {
  rc_geometry grid = {{22, 20, 18}, {1, 1, 2}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  assert_int_equal(rc_volume_create(&grid, 0, &f->image, &f->err), RC_OK);
  assert_int_equal(rc_mask_create(&grid, 0, &f->mask, &f->err), RC_OK);
  uint64_t s = 42;
  for (int64_t i = 0; i < rc_geometry_voxels(&grid); i++) {
    int64_t x = i % 22 - 6, y = i / 22 % 20 - 9, z = i / 440 - 8;
    s ^= s << 13, s ^= s >> 7, s ^= s << 17;
    f->image.value[i] = (double)(s >> 11) / 9007199254740992.0 * 2000 - 1000;
    f->mask.value[i] = x * x + y * y + z * z <= 25;
  }
}

static fixture make(void) {
  fixture f = {.arena = rc_arena_create(0), .err = RC_ERROR_INIT};
  load_workflow(&f);
  make_image(&f);
  assert_int_equal(
      rc_roi_prepare(&f.image, &f.mask, &f.entry->processing, 0, f.arena, &f.roi, &f.err), RC_OK);
  assert_int_equal(rc_entry_columns(f.entry, f.arena, &f.column, &f.n, &f.err), RC_OK);
  f.value = rc_arena_alloc(f.arena, (size_t)f.n, sizeof *f.value);
  if (rc_transforms_run(f.entry, &f.image, &f.roi, f.arena, f.value, f.undefined, &f.err) != RC_OK)
    fail_msg("%s", f.err.message);
  return f;
}

static void release(fixture *f) {
  rc_volume_release(&f->image);
  rc_mask_release(&f->mask);
  rc_arena_destroy(f->arena);
}

/// Features of a transform's responses with the whole image shown to its filter.
typedef struct answer {
  const fixture *f;
  const rc_transform *transform;
  rc_surroundings around;
  double *value;
} answer;

static rc_status keep(void *user, int64_t response, const double *value, rc_error *err) {
  answer *a = user;
  rc_roi roi;
  int64_t width = 0;
  rc_status status =
      rc_roi_of_response(&a->f->roi, &a->around, value, &a->transform->discretisation,
                         &a->transform->ivh, a->f->arena, &roi, err);
  if (status == RC_OK)
    status = rc_transform_width(a->transform, a->f->arena, &width, err);
  if (status == RC_OK)
    status = rc_features_compute(&a->transform->features, &roi, a->f->arena,
                                 a->value + response * width, NULL, err);
  return status;
}

static void shown_the_whole_image(fixture *f, const rc_transform *t, double *value) {
  answer a = {.f = f, .transform = t, .value = value};
  rc_surroundings_wish all = {.whole = true, .around_mask = true};
  assert_int_equal(rc_roi_surroundings(&f->image, &f->entry->processing, &f->roi, &all, f->arena,
                                       &a.around, &f->err),
                   RC_OK);
  rc_filter_image image = {
      .grid = a.around.grid, .value = a.around.value, .wanted = a.around.wanted};
  if (t->filter->apply(t->settings, &image, f->arena, keep, &a, &f->err) != RC_OK)
    fail_msg("%s", f->err.message);
}

static void test_the_part_shown_changes_no_bit(void **state) {
  (void)state;
  fixture f = make();
  double *expected = calloc((size_t)f.n, sizeof *expected);
  assert_non_null(expected);
  int64_t compared = 0;
  for (int64_t i = 0; i < f.n; i++) {
    const rc_transform *t = f.column[i].transform;
    if (t->filter != NULL && (i == 0 || f.column[i - 1].transform != t))
      shown_the_whole_image(&f, t, expected + i);
    if (t->filter != NULL) {
      assert_memory_equal(&f.value[i], &expected[i], sizeof *expected);
      compared += !isnan(f.value[i]);
    }
  }
  assert_true(compared > 80);
  free(expected);
  release(&f);
}

static void test_the_original_is_the_region_itself(void **state) {
  (void)state;
  fixture f = make();
  double *expected = calloc((size_t)f.n, sizeof *expected);
  assert_non_null(expected);
  assert_int_equal(rc_features_compute(&f.entry->features, &f.roi, f.arena, expected, NULL, &f.err),
                   RC_OK);
  int64_t first = 0, n = 0;
  while (f.column[first].transform->filter != NULL)
    first++;
  for (n = 0; f.column[first + n].transform->filter == NULL; n++)
    assert_memory_equal(&f.value[first + n], &expected[n], sizeof *expected);
  assert_true(n > 80);
  free(expected);
  release(&f);
}

static void test_names(void **state) {
  (void)state;
  fixture f = make();
  bool morphology = false;
  for (int64_t i = 0; i < f.n; i++) {
    const rc_entry_column *c = &f.column[i];
    for (int64_t j = 0; j < i; j++)
      assert_string_not_equal(c->name, f.column[j].name);
    morphology = morphology || strcmp(c->feature.family->key, "morphology") == 0;
    if (strcmp(c->feature.family->key, "morphology") == 0)
      assert_string_equal(c->response, "original");
    if (strcmp(c->response, "original") == 0)
      assert_string_equal(c->name, c->feature.name);
    else
      assert_int_equal(strncmp(c->name, c->response, strlen(c->response)), 0);
  }
  assert_true(morphology);
  assert_int_equal(strncmp(f.column[f.n - 1].name, "simoncelli_1_loc_", 17), 0);
  release(&f);
}

static void test_threads_do_not_matter(void **state) {
  (void)state;
  int before = omp_get_max_threads();
  omp_set_num_threads(1);
  fixture one = make();
  omp_set_num_threads(4);
  fixture four = make();
  omp_set_num_threads(before);
  assert_int_equal(one.n, four.n);
  assert_memory_equal(one.value, four.value, (size_t)one.n * sizeof *one.value);
  release(&one);
  release(&four);
}

static void test_what_a_filter_cannot_see_is_named(void **state) {
  (void)state;
  fixture f = make();
  f.image.value[0] = NAN; // far from the region, but the spectral filter sees everything
  f.workflow->image[0].processing.interpolation.image_method = RC_INTERP_LINEAR;
  assert_int_equal(
      rc_transforms_run(f.entry, &f.image, &f.roi, f.arena, f.value, f.undefined, &f.err),
      RC_ERR_NUMERIC);
  assert_non_null(strstr(f.err.message, "wavelet"));
  release(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_part_shown_changes_no_bit),
      cmocka_unit_test(test_the_original_is_the_region_itself),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_threads_do_not_matter),
      cmocka_unit_test(test_what_a_filter_cannot_see_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
