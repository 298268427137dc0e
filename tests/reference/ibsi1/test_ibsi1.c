// SPDX-License-Identifier: Apache-2.0
// Every published IBSI-1 value: the digital phantom, and configurations A to E of the CT phantom
// from NIfTI and from DICOM with RTSTRUCT. `radcohort verify ibsi1` shows the same to users.
#include "support.h"

#include "run/verify.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_PHANTOM 482
#define N_CHEST 1622

/// What was computed with one thread, for comparison with three.
static double one_thread[N_PHANTOM + 2 * N_CHEST];

static void test_rule_of_agreement(void **state) {
  (void)state;
  assert_true(rc_verify_agrees(0.9765625, 0.977, 0, false));
  assert_true(rc_verify_agrees(-46.948, -46.9, 0, false));
  assert_true(rc_verify_agrees(1488.6, 1490, 0, false));
  assert_false(rc_verify_agrees(1484.6, 1490, 0, false));
  assert_true(rc_verify_agrees(3.9951, 4, 0, false)); // 4.00
  assert_false(rc_verify_agrees(4.2, 4, 0, false));
  assert_true(rc_verify_agrees(363400, 358000, 5000, false)); // 363000
  assert_false(rc_verify_agrees(363600, 358000, 5000, false));
  assert_true(rc_verify_agrees(125256, 125256, 0, true));
  assert_false(rc_verify_agrees(125257, 125256, 0, true));
  assert_true(rc_verify_agrees(-266.4, -266, 0, true));
  assert_true(rc_verify_agrees(0, 0, 0, true));
  assert_false(rc_verify_agrees(NAN, 0, 1e9, false));
  assert_false(rc_verify_agrees(INFINITY, 0, INFINITY, false));
}

static void test_every_published_value(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  char data[4096];
  snprintf(data, sizeof data, "%s", test_data("ibsi1")); // may skip, so before the arena
  rc_arena *arena = rc_arena_create(0);
  assert_non_null(arena);
  data[strlen(data) - strlen("/ibsi1")] = '\0';
  omp_set_num_threads(1);
  if (rc_verify_ibsi1(data, arena, &frame, &err) != RC_OK)
    fail_msg("%s", err.message);
  const rc_column *passed = rc_frame_find(frame, "passed"), *set = rc_frame_find(frame, "set"),
                  *value = rc_frame_find(frame, "value"),
                  *reference = rc_frame_find(frame, "reference"),
                  *tolerance = rc_frame_find(frame, "tolerance");
  int64_t n = 0;
  for (int64_t i = 0; i < frame->n_rows; i++) {
    n += passed->integer[i];
    if (!passed->integer[i])
      print_message("  %s: %s is %.8g, expected %g +- %g\n", set->text[i], frame->index[i],
                    value->real[i], reference->real[i], tolerance->real[i]);
  }
  print_message("  %lld of %lld published values\n", (long long)n, (long long)frame->n_rows);
  assert_int_equal(frame->n_rows, N_PHANTOM + 2 * N_CHEST);
  memcpy(one_thread, value->real, sizeof one_thread);
  assert_int_equal(n, frame->n_rows);
  rc_arena_destroy(arena);
}

/// Copies a reference file line by line; `from` (a whole line) becomes `to`.
static void copy_with_change(const char *in_path, const char *out_path, const char *from,
                             const char *to) {
  char line[256];
  FILE *in = fopen(in_path, "r"), *out = fopen(out_path, "w");
  assert_non_null(in);
  assert_non_null(out);
  while (fgets(line, sizeof line, in) != NULL) {
    line[strcspn(line, "\r\n")] = '\0';
    fprintf(out, "%s\n", strcmp(line, from) == 0 ? to : line);
  }
  assert_int_equal(fclose(out), 0);
  fclose(in);
}

static void link_anew(const char *target, const char *path) {
  unlink(path);
  assert_int_equal(symlink(target, path), 0);
}

/// Verification must be able to fail: one value and one tag are changed in a copy of the
/// references.
static void test_a_wrong_value_is_found_and_threads_change_no_bit(void **state) {
  (void)state;
  static const char *const folders[] = {"digital_phantom", "ct_phantom"};
  static const char *const files[] = {"dig_phantom.csv",    "chest_config_a.csv",
                                      "chest_config_b.csv", "chest_config_c.csv",
                                      "chest_config_d.csv", "chest_config_e.csv"};
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  char root[4096], path[4200], original[4200];
  snprintf(original, sizeof original, "%s", test_data("ibsi1"));
  rc_arena *arena = rc_arena_create(0);
  assert_non_null(arena);
  snprintf(root, sizeof root, "%s", test_folder("verify_ibsi1"));
  snprintf(path, sizeof path, "%s/ibsi1", root);
  mkdir(path, 0777);
  snprintf(path, sizeof path, "%s/ibsi1/reference", root);
  mkdir(path, 0777);
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
    char target[8400];
    snprintf(target, sizeof target, "%s/%s", original, folders[i]);
    snprintf(path, sizeof path, "%s/ibsi1/%s", root, folders[i]);
    link_anew(target, path);
  }
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    char source[8400];
    snprintf(source, sizeof source, "%s/reference/%s", original, files[i]);
    snprintf(path, sizeof path, "%s/ibsi1/reference/%s", root, files[i]);
    if (i == 0)
      copy_with_change(source, path, "556;4;morph_volume", "561;4;morph_volume");
    else
      copy_with_change(source, path, "125256;0;int_mask_vox_count_init_roi",
                       i == 5 ? "125256;0;no_such_feature"
                              : "125256;0;int_mask_vox_count_init_roi");
  }
  omp_set_num_threads(3);
  if (rc_verify_ibsi1(root, arena, &frame, &err) != RC_OK)
    fail_msg("%s", err.message);
  const rc_column *passed = rc_frame_find(frame, "passed"), *value = rc_frame_find(frame, "value");
  int64_t missed = 0;
  assert_int_equal(frame->n_rows, N_PHANTOM + 2 * N_CHEST);
  for (int64_t i = 0; i < frame->n_rows; i++) {
    if (strcmp(frame->index[i], "no_such_feature") != 0)
      assert_memory_equal(&value->real[i], &one_thread[i], sizeof one_thread[i]);
    if (passed->integer[i])
      continue;
    missed++;
    assert_true(strcmp(frame->index[i], "morph_volume") == 0 ||
                strcmp(frame->index[i], "no_such_feature") == 0);
  }
  assert_int_equal(missed, 3); // the unknown tag once from NIfTI and once from DICOM
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rule_of_agreement),
      cmocka_unit_test(test_every_published_value),
      cmocka_unit_test(test_a_wrong_value_is_found_and_threads_change_no_bit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
