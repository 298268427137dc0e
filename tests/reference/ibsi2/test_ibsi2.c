// SPDX-License-Identifier: Apache-2.0
// `radcohort verify ibsi2` shows all of IBSI-2 met; here it must see what is not: one published
// value and one response map are exchanged for others.
#include "support.h"

#include "run/checks.h"
#include "run/verify.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_MAPS = 33, N_STATISTICS = 323 };

static char original[4096], root[4096];

static void link_anew(const char *from, const char *to) {
  char target[8400], path[8400];
  snprintf(target, sizeof target, "%s/%s", original, from);
  snprintf(path, sizeof path, "%s/%s", root, to);
  unlink(path);
  assert_int_equal(symlink(target, path), 0);
}

static void make_folder(const char *name) {
  char path[8400];
  snprintf(path, sizeof path, "%s/%s", root, name);
  mkdir(path, 0777);
}

static void link_maps(void) {
  static const char *const maps[] = {"1_a_1", "1_a_2", "1_a_3", "1_a_4", "1_b_1", "2_a",   "2_b",
                                     "2_c",   "3_a_1", "3_a_2", "3_a_3", "3_b_1", "3_b_2", "3_b_3",
                                     "3_c_1", "3_c_2", "3_c_3", "4_a_1", "4_a_2", "4_b_1", "4_b_2",
                                     "5_a_1", "5_a_2", "6_a_1", "6_a_2", "7_a_1", "7_a_2", "8_a_1",
                                     "8_a_2", "8_a_3", "9_a",   "9_b_1", "10_b_1"};
  for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
    char from[128], to[128];
    const char *source = strcmp(maps[i], "1_a_2") == 0 ? "1_a_1" : maps[i];
    snprintf(from, sizeof from, "ibsi2/response_maps/%s.nii.gz", source);
    snprintf(to, sizeof to, "ibsi2/response_maps/%s.nii.gz", maps[i]);
    link_anew(from, to);
  }
}

static void change_a_value(void) {
  char line[256], from[8400], to[8400];
  snprintf(from, sizeof from, "%s/ibsi2/reference_values.csv", original);
  snprintf(to, sizeof to, "%s/ibsi2/reference_values.csv", root);
  FILE *in = fopen(from, "r"), *out = fopen(to, "w");
  assert_non_null(in);
  assert_non_null(out);
  int changed = 0;
  while (fgets(line, sizeof line, in) != NULL) {
    bool hit = strncmp(line, "1.A;Mean;stat_mean;-47;4.6", 26) == 0;
    fputs(hit ? "1.A;Mean;stat_mean;-57;4.6\n" : line, out);
    changed += hit;
  }
  assert_int_equal(fclose(out), 0);
  fclose(in);
  assert_int_equal(changed, 1);
}

static void test_what_is_wrong_is_found(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  snprintf(original, sizeof original, "%s", test_data("ibsi2")); // may skip, so before the arena
  original[strlen(original) - strlen("/ibsi2")] = '\0';
  snprintf(root, sizeof root, "%s", test_folder("verify_ibsi2"));
  make_folder("ibsi2");
  make_folder("ibsi2/response_maps");
  link_anew("ibsi1", "ibsi1");
  link_anew("ibsi2/digital_phantom", "ibsi2/digital_phantom");
  link_maps();
  change_a_value();
  rc_arena *arena = rc_arena_create(0);
  if (rc_verify_ibsi2(root, arena, &frame, &err) != RC_OK)
    fail_msg("%s", err.message);
  assert_int_equal(frame->n_rows, N_MAPS + N_STATISTICS);
  for (int64_t i = 0; i < frame->n_rows; i++) {
    const rc_check check = rc_checks_row(frame, i);
    bool changed = strcmp(check.tag, "1.a.2") == 0 ||
                   (strcmp(check.tag, "stat_mean") == 0 && strcmp(check.family, "1.A") == 0);
    if (check.passed == changed)
      fail_msg("%s %s: %g, expected %g +- %g", check.family, check.tag, check.value,
               check.reference, check.tolerance);
  }
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_wrong_is_found)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
