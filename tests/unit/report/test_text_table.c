// SPDX-License-Identifier: Apache-2.0
#include "report/text_table.h"
#include "support.h"

#include <math.h>
#include <string.h>

static rc_frame *sample(rc_arena *arena) {
  rc_frame *frame = rc_frame_create(arena, "cox", "term", 3);
  const char *names[] = {"CT.stat_mean", "IDH1", "größe"};
  rc_column *hr = rc_frame_add(frame, "hr", RC_COLUMN_REAL);
  rc_column *n = rc_frame_add(frame, "n", RC_COLUMN_INT);
  rc_column *why = rc_frame_add(frame, "reason", RC_COLUMN_TEXT);
  double values[] = {1.23456789, NAN, 2e-12};
  for (int i = 0; i < 3; i++) {
    frame->index[i] = names[i];
    hr->real[i] = values[i];
    n->integer[i] = i * 50;
  }
  why->text[1] = "no\nevents\x1b[2J\xff";
  return frame;
}

static void columns_line_up(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  assert_string_equal(rc_text_table(sample(arena), NULL, arena),
                      "term              hr    n  reason\n"
                      "CT.stat_mean  1.2346    0  \n"
                      "IDH1               -   50  no events?[2J?\n"
                      "größe          2e-12  100  \n");
  rc_arena_destroy(arena);
}

static void rows_and_columns_that_do_not_fit_are_counted(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_text_table_options options = {.max_rows = 1, .width = 23, .indent = "  "};
  assert_string_equal(rc_text_table(sample(arena), &options, arena),
                      "  term              hr\n"
                      "  CT.stat_mean  1.2346\n"
                      "  (2 more rows)\n"
                      "  (2 more columns: n reason)\n");
  rc_text_table_options narrow = {.cell = 4, .no_index = true, .digits = 2, .max_rows = 1};
  assert_string_equal(rc_text_table(sample(arena), &narrow, arena), " hr  n  rea…\n"
                                                                    "1.2  0  \n"
                                                                    "(2 more rows)\n");
  rc_arena_destroy(arena);
}

static void a_frame_without_columns_or_rows_is_fine(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  assert_string_equal(rc_text_table(rc_frame_create(arena, "a", "b", 0), NULL, arena), "b\n");
  rc_text_table_options options = {.no_index = true};
  assert_string_equal(rc_text_table(rc_frame_create(arena, "a", "b", 0), &options, arena), "b\n");
  rc_arena_destroy(arena);
}

static void malformed_utf8_is_recognised(void **state) {
  (void)state;
  assert_int_equal(rc_utf8_length("é"), 2);
  assert_int_equal(rc_utf8_length("€"), 3);
  assert_int_equal(rc_utf8_length("😀"), 4);
  assert_int_equal(rc_utf8_length(""), 1);
  const char *bad[] = {"\x80",         "\xc0\xaf",         "\xe2\x82", "\xed\xa0\x80",
                       "\xe0\x80\x80", "\xf4\x90\x80\x80", "\xf5",     "\xf0\x8f\xbf\xbf"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(rc_utf8_length(bad[i]), 0);
}

static void memory_limits_give_null(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0), *small = rc_arena_create(64);
  assert_null(rc_text_table(sample(arena), NULL, small));
  rc_arena_destroy(small);
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_line_up),
      cmocka_unit_test(rows_and_columns_that_do_not_fit_are_counted),
      cmocka_unit_test(a_frame_without_columns_or_rows_is_fine),
      cmocka_unit_test(malformed_utf8_is_recognised),
      cmocka_unit_test(memory_limits_give_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
