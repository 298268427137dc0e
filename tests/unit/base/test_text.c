// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "support.h"

#include <string.h>

static void numbers_are_whole_texts(void **state) {
  (void)state;
  double real;
  int64_t integer;
  assert_true(rc_parse_real(" 1.5e-3 ", &real));
  assert_near(real, 1.5e-3, 0, 0);
  assert_true(rc_parse_real("-.5", &real));
  static const char *const wrong[] = {"", " ", "1x", "0x10", "nan", "inf", "1e999", "1 2", "--1"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_false(rc_parse_real(wrong[i], &real));
  assert_true(rc_parse_int("-9223372036854775808", &integer));
  assert_true(integer == INT64_MIN);
  assert_false(rc_parse_int("9223372036854775808", &integer));
  assert_false(rc_parse_int("1.0", &integer));
}

static void globs(void **state) {
  (void)state;
  assert_true(rc_glob("GTV*", "GTV-1", false));
  assert_false(rc_glob("GTV*", "gtv-1", false));
  assert_true(rc_glob("GTV*", "gtv-1", true));
  assert_true(rc_glob("*a*b?c[0-9]", "xxaxxbyc7", false));
  assert_false(rc_glob("[!a-c]x", "bx", false));
  assert_true(rc_glob("[", "[", false));
  assert_true(rc_glob("", "", false));
  assert_false(rc_glob("", "a", false));
  assert_true(rc_glob("**", "", false));
  char text[2001];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  assert_false(rc_glob("*a*a*a*a*a*a*a*a*a*b", text, false)); // must not take exponential time
}

static void nearest_candidate(void **state) {
  (void)state;
  static const char *const keys[] = {"interpolation", "resegmentation", "discretisation"};
  assert_string_equal(rc_nearest("discretization", keys, 3), "discretisation");
  assert_null(rc_nearest("colour", keys, 3));
  assert_int_equal(rc_edit_distance("abcd", "abdc"), 1);
  assert_int_equal(rc_edit_distance("kitten", "sitting"), 3);
}

static void barcodes(void **state) {
  (void)state;
  char out[32];
  rc_tcga_patient("TCGA-CS-4938-01A-11D", out, sizeof out);
  assert_string_equal(out, "TCGA-CS-4938");
  rc_tcga_patient("TCGA-CS-4938", out, sizeof out);
  assert_string_equal(out, "TCGA-CS-4938");
  rc_tcga_patient("TCGA-HT-A4Ds", out, sizeof out); // seen in published tables
  assert_string_equal(out, "TCGA-HT-A4DS");
  rc_tcga_patient("STS_003-a-b-c", out, sizeof out);
  assert_string_equal(out, "STS_003-a-b-c");
  rc_tcga_patient("TCGA-CS-4938-01A", out, 5);
  assert_string_equal(out, "TCGA");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_whole_texts),
                                     cmocka_unit_test(globs), cmocka_unit_test(nearest_candidate),
                                     cmocka_unit_test(barcodes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
