// SPDX-License-Identifier: Apache-2.0
// A case gives the same bits whether all of its image is read or only what it looks at.
#include "support.h"

#include "run/case.h"
#include "run/volume_file.h"
#include "workflow/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NX = 130, NY = 120, NZ = 110, N = NX * NY * NZ, MOST = 2000 };

static const rc_geometry grid = {
    {NX, NY, NZ}, {0.9, 1.1, 2.5}, {-12, 30, 7}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};

/// What is done with the image, and whether a part of it is enough.
static const struct {
  const char *entry;
  bool part;
} wish[] = {
    {"{}", true},
    {"{interpolation: {spacing: [1, 1, 1], image: cubic_spline, mask: linear}}", true},
    {"{interpolation: {spacing: [2, 2], image: linear}, resegmentation: {range: [-2]}}", true},
    {"{interpolation: {spacing: 2}, features: {families: [local_intensity, statistics]}}", true},
    {"{interpolation: {spacing: 3}, transforms: [original, {filter: laplacian_of_gaussian, "
     "sigma: [1, 2]}, {filter: mean, size: 5, boundary: zero}]}",
     true},
    {"{interpolation: {spacing: 2}, transforms: [{filter: laws, kernels: L5E5E5, rotations: true, "
     "energy: 3, features: {families: [local_intensity]}}]}",
     true},
    {"{transforms: [{filter: separable_wavelet, wavelet: db2, bands: LLH, boundary: periodic}]}",
     false},
    {"{transforms: [nonseparable_wavelet]}", false},
    {"{whole_image_facts: true, features: {families: [diagnostics]}}", false},
};
enum { N_WISHES = sizeof wish / sizeof wish[0] };

/// Centre and radii of the region in voxels: inside, in a corner (cut there), all of the image.
static const double region[][4] = {{65, 60, 55, 6}, {1, 118, 108, 5}, {65, 60, 55, 300}};
enum { N_REGIONS = sizeof region / sizeof region[0] };

static const char *path_of(const char *name) {
  static char path[4][4096];
  static int next;
  next = (next + 1) % 4;
  snprintf(path[next], sizeof path[next], "%s/%s", test_folder("case_image"), name);
  return path[next];
}

static void write_files(int r) {
  static double value[N];
  static uint8_t label[N];
  rc_error err = RC_ERROR_INIT;
  uint64_t noise = 7;
  for (int i = 0; i < N; i++) {
    const double at[3] = {i % NX, i / NX % NY, i / NX / NY};
    double distance = 0;
    noise = noise * 6364136223846793005u + 1442695040888963407u;
    value[i] = 5 * sin(at[0] / 7) + 4 * cos(at[1] / 5 + at[2] / 9) + (double)(noise >> 60) / 4;
    for (int d = 0; d < 3; d++)
      distance += (at[d] - region[r][d]) * (at[d] - region[r][d]);
    label[i] = distance <= region[r][3] * region[r][3] ? 2 : 0;
  }
  assert_int_equal(rc_volume_file_write(path_of("image.nii.gz"), &grid, value, &err), RC_OK);
  assert_int_equal(rc_label_file_write(path_of("mask.nii.gz"), &grid, label, &err), RC_OK);
}

static rc_workflow *load(const char *entry, rc_arena *arena) {
  const char *path = path_of("workflow.yaml"), *report = NULL;
  rc_workflow *workflow = NULL;
  rc_error err = RC_ERROR_INIT;
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, "cohort: {dicom: .}\nimages: {CT: %s}\nfeatures: {families: [statistics, glcm]}\n",
          entry);
  fclose(file);
  if (rc_workflow_load(path, NULL, arena, &workflow, &report, &err) != RC_OK)
    fail_msg("%s", report);
  return workflow;
}

/// Runs the case and tells how much of the image it held.
static rc_case_row run(const rc_workflow *workflow, const rc_task *task, int64_t n, double *value,
                       bool *whole) {
  rc_case_image image = {0};
  rc_case_row row;
  rc_arena *arena = rc_arena_create(0);
  rc_case_run(workflow, task, &image, n, arena, &row, value);
  *whole = rc_volume_is_whole(&image.volume);
  rc_case_image_release(&image);
  rc_arena_destroy(arena);
  return row;
}

static void compare(const char *entry, bool part, bool inside) {
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *workflow = load(entry, arena);
  rc_entry_column *column = NULL;
  rc_error err = RC_ERROR_INIT;
  double value[2][MOST];
  rc_case_row row[2];
  bool whole[2];
  int64_t n = 0;
  rc_task task = {.patient = "1", .time_point = "", .roi = "2", .observation = "1"};
  task.image_path = rc_arena_strdup(arena, path_of("image.nii.gz"));
  task.mask_path = rc_arena_strdup(arena, path_of("mask.nii.gz"));
  assert_int_equal(rc_image_probe(task.image_path, NULL, NULL, &task.info, &err), RC_OK);
  assert_int_equal(rc_entry_columns(&workflow->image[0], arena, &column, &n, &err), RC_OK);
  assert_true(n > 0 && n <= MOST);
  for (int shared = 0; shared < 2; shared++) {
    task.shares_image = shared;
    row[shared] = run(workflow, &task, n, value[shared], &whole[shared]);
    if (row[shared].status != RC_OK)
      fail_msg("%s: %s", entry, row[shared].error);
  }
  assert_true(whole[1]);
  if (inside && whole[0] == part)
    fail_msg("%s: %s of the image was read", entry, part ? "all" : "a part");
  for (int64_t c = 0; c < n; c++)
    if (memcmp(&value[0][c], &value[1][c], sizeof(double)) != 0)
      fail_msg("%s: %s: %.17g, of the whole image %.17g", entry, column[c].name, value[0][c],
               value[1][c]);
  assert_string_equal(row[0].digest, row[1].digest);
  rc_arena_destroy(arena);
}

static void a_part_gives_the_same_bits(void **state) {
  (void)state;
  for (int r = 0; r < N_REGIONS; r++) {
    write_files(r);
    for (int w = 0; w < N_WISHES; w++)
      if (r < 2 || w < 2)
        compare(wish[w].entry, wish[w].part, r < 2);
  }
}

/// A chain that is given too little of an image says so; it never looks beyond.
static void too_small_a_part_is_refused(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_roi roi;
  write_files(0);
  rc_workflow *workflow = load(wish[1].entry, arena);
  const rc_box part = {{50, 50, 45}, {80, 70, 65}};
  assert_int_equal(rc_image_read(path_of("image.nii.gz"), NULL, &part, NULL, &image, NULL, &err),
                   RC_OK);
  assert_int_equal(rc_mask_read(path_of("mask.nii.gz"), "2", &image.geometry, NULL, &mask, &err),
                   RC_OK);
  assert_int_equal(
      rc_roi_prepare(&image, &mask, &workflow->image[0].processing, 0, arena, &roi, &err),
      RC_ERR_INTERNAL);
  rc_volume_release(&image);
  rc_mask_release(&mask);
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_part_gives_the_same_bits),
                                     cmocka_unit_test(too_small_a_part_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
