// SPDX-License-Identifier: Apache-2.0
// Every published IBSI-1 value: the digital phantom, and configurations A to E of the CT phantom
// from NIfTI and from DICOM with RTSTRUCT. `radcohort verify ibsi1` shows the same to users.
#include "support.h"

#include "run/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define N_PHANTOM 482
#define N_CHEST 1622

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
  rc_arena *arena = rc_arena_create(0);
  rc_frame *frame = NULL;
  char data[4096];
  assert_non_null(arena);
  snprintf(data, sizeof data, "%s", test_data("ibsi1"));
  data[strlen(data) - strlen("/ibsi1")] = '\0';
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
  assert_int_equal(n, frame->n_rows);
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rule_of_agreement),
      cmocka_unit_test(test_every_published_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
