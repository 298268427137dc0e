// SPDX-License-Identifier: Apache-2.0
// Models as a workflow asks for them: columns, groups, terms, what is left out and what is said.
// Their numbers are compared with R in test_reference.c.
#include "statistics/models.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KAPLAN_MEIER, LOGRANK, COX, COX_UNIVARIATE };
enum { N = 12 };

static int make_arena(void **state) {
  *state = rc_arena_create(0);
  return *state == NULL ? -1 : 0;
}

static int drop_arena(void **state) {
  rc_arena_destroy(*state);
  return 0;
}

#define TEXTS(...)                                                                                 \
  {                                                                                                \
    .n = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), .item = (const char *[]) {  \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }
#define OUTCOME .name = "m", .time = "c.time", .event = "c.event"

/// Twelve patients with a bit of everything.
static rc_frame *make_table(rc_arena *arena) {
  static const double time[N] = {5, 3, 9, 2, 7, 6, 1, 8, 4, 10, NAN, 3};
  static const double event[N] = {1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, NAN};
  static const double age[N] = {60, 71, 52, 80, 49, 66, 77, NAN, 58, 41, 50, 50};
  static const char *const status[N] = {"dead", "dead", "alive", "dead",  "alive", "dead",
                                        "dead", "dead", "alive", "alive", "dead",  ""};
  static const char *const sex[N] = {"m", "f", "m", "f", "f", "m", "f", "m", "", "f", "m", "x"};
  rc_frame *table = rc_frame_create(arena, "patients", "patient", N);
  double *to_time = rc_frame_add(table, "c.time", RC_COLUMN_REAL)->real;
  double *to_event = rc_frame_add(table, "c.event", RC_COLUMN_REAL)->real;
  double *to_age = rc_frame_add(table, "c.age", RC_COLUMN_REAL)->real;
  const char **to_status = rc_frame_add(table, "c.status", RC_COLUMN_TEXT)->text;
  const char **to_sex = rc_frame_add(table, "c.sex", RC_COLUMN_TEXT)->text;
  int64_t *grade = rc_frame_add(table, "c.grade", RC_COLUMN_INT)->integer;
  double *empty = rc_frame_add(table, "c.empty", RC_COLUMN_REAL)->real;
  double *same = rc_frame_add(table, "c.same", RC_COLUMN_REAL)->real;
  const char **id = rc_frame_add(table, "c.note", RC_COLUMN_TEXT)->text;
  for (int i = 0; i < N; i++) {
    table->index[i] = rc_arena_printf(arena, "P%d", i + 1);
    to_time[i] = time[i];
    to_event[i] = event[i];
    to_age[i] = age[i];
    to_status[i] = status[i];
    to_sex[i] = sex[i];
    grade[i] = i % 3;
    empty[i] = NAN;
    same[i] = 7;
    id[i] = "one";
  }
  return table;
}

static rc_model_result run(const rc_model_settings *settings, const rc_frame *table,
                           rc_arena *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_model *model = NULL;
  rc_model_result result = {0};
  double *values = NULL;
  rc_status status = rc_model_prepare(settings, table, arena, &model, &err);
  for (int64_t t = 0; status == RC_OK && t < rc_model_n_tasks(model); t++) {
    if (values == NULL)
      values = rc_arena_alloc(arena, (size_t)rc_model_n_tasks(model), 8 * sizeof *values);
    status = rc_model_task(model, t, arena, values + t * RC_MODEL_TASK_VALUES, &err);
  }
  if (status == RC_OK)
    status = rc_model_finish(model, values, arena, &result, &err);
  if (status != RC_OK)
    fail_msg("%s", err.message);
  return result;
}

static void fails(rc_model_settings settings, rc_status expected, const char *message,
                  rc_arena *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_model *model = NULL;
  rc_model_result result;
  const rc_frame *table = make_table(arena);
  rc_status status = rc_model_prepare(&settings, table, arena, &model, &err);
  if (status == RC_OK)
    status = rc_model_finish(model, NULL, arena, &result, &err);
  if (status != expected || strstr(err.message, message) == NULL)
    fail_msg("%s: '%s', expected '%s'", rc_status_name(status), err.message, message);
}

static void groups(void **state) {
  const rc_frame *table = make_table(*state);
  rc_model_settings settings = {OUTCOME, .kind = KAPLAN_MEIER};
  rc_model_result all = run(&settings, table, *state);
  assert_int_equal(all.n_frames, 2);
  assert_string_equal(all.frame[0]->index[0], "all");
  assert_int_equal(rc_frame_find(all.frame[0], "n")->integer[0], 10);
  assert_int_equal(rc_frame_find(all.frame[0], "events")->integer[0], 6);
  assert_non_null(strstr(all.summary, "m: 10 of 12 patients, 6 events"));
  settings.by = "c.sex"; // P9 has none, and P12 with "x" no outcome
  rc_model_result sex = run(&settings, table, *state);
  assert_int_equal(sex.n_frames, 3);
  assert_string_equal(sex.frame[2]->name, "m_test");
  assert_int_equal(sex.frame[0]->n_rows, 2);
  assert_string_equal(sex.frame[0]->index[0], "f");
  assert_int_equal(rc_frame_find(sex.frame[2], "n")->integer[0], 9);
  assert_int_equal(rc_frame_find(sex.frame[2], "n_missing")->integer[0], 3);
  settings.by = "c.grade";
  rc_model_result grade = run(&settings, table, *state);
  assert_int_equal(grade.frame[0]->n_rows, 3);
  assert_string_equal(grade.frame[0]->index[2], "2");
  settings.by = "c.age"; // of P1 to P10 without P8: 41 49 52 58 60 66 71 77 80
  settings.cut = 1;
  rc_model_result age = run(&settings, table, *state);
  assert_string_equal(age.frame[0]->index[0], "<= 60");
  assert_string_equal(age.frame[0]->index[1], "> 60");
  assert_int_equal(rc_frame_find(age.frame[0], "n")->integer[0], 5);
  assert_int_equal(rc_frame_find(age.frame[0], "n")->integer[1], 4);
}

/// The three ways to say what an event is agree.
static void events(void **state) {
  const rc_frame *table = make_table(*state);
  rc_model_settings number = {OUTCOME, .kind = COX, .terms = TEXTS("c.age")};
  rc_model_settings text = number;
  text.event = "c.status";
  text.event_is = "dead";
  rc_model_settings inverse = number;
  inverse.event_is = "0";
  rc_model_result a = run(&number, table, *state);
  rc_model_result b = run(&text, table, *state);
  rc_model_result c = run(&inverse, table, *state);
  assert_true(a.frame[0]->column[0].real[0] == b.frame[0]->column[0].real[0]);
  assert_int_equal(rc_frame_find(a.frame[1], "events")->integer[0], 5);
  assert_int_equal(rc_frame_find(c.frame[1], "events")->integer[0], 4);
}

static void terms_of_a_screen(void **state) {
  static const struct {
    const char *name, *reason;
    int n;
  } expected[] = {{"c.age", "", 9},
                  {"c.status=dead", "without end", 10},
                  {"c.sex=m", "", 9},
                  {"c.grade", "", 10},
                  {"c.empty", "no patient has a value", 0},
                  {"c.same", "does not vary", 10},
                  {"c.note", "one level only", 10}};
  const rc_frame *table = make_table(*state);
  const rc_model_settings settings = {OUTCOME, .kind = COX_UNIVARIATE,
                                      .terms = TEXTS("c.age", "c.*")};
  rc_model_result result = run(&settings, table, *state);
  assert_int_equal(result.n_frames, 1);
  assert_int_equal(result.frame[0]->n_rows, 7);
  double smallest = 1.0;
  double smallest_q = 1.0;
  for (int i = 0; i < 7; i++) {
    assert_string_equal(result.frame[0]->index[i], expected[i].name);
    const char *reason = rc_frame_find(result.frame[0], "reason")->text[i];
    if (strstr(reason, expected[i].reason) == NULL ||
        (reason[0] == '\0') != (expected[i].reason[0] == '\0'))
      fail_msg("%s: '%s'", expected[i].name, reason);
    assert_int_equal(rc_frame_find(result.frame[0], "n")->integer[i], expected[i].n);
    const double p = rc_frame_find(result.frame[0], "p")->real[i];
    assert_true(isnan(p) == (reason[0] != '\0'));
    if (p < smallest)
      smallest = p;
    smallest_q = fmin(smallest_q, rc_frame_find(result.frame[0], "q")->real[i]);
  }
  assert_true(smallest_q >= smallest && smallest_q <= 3 * smallest * (1 + 1e-12));
}

static void standardised_ratios_are_per_sd(void **state) {
  const rc_frame *table = make_table(*state);
  rc_model_settings settings = {OUTCOME, .kind = COX, .terms = TEXTS("c.age", "c.grade")};
  rc_model_result raw = run(&settings, table, *state);
  settings.standardise = true;
  rc_model_result scaled = run(&settings, table, *state);
  // Ages of P1 to P10 without P8: standard deviation by hand.
  const double ages[] = {60, 71, 52, 80, 49, 66, 77, 58, 41};
  double mean = 0.0;
  double square = 0.0;
  for (int i = 0; i < 9; i++)
    mean += ages[i] / 9;
  for (int i = 0; i < 9; i++)
    square += (ages[i] - mean) * (ages[i] - mean);
  assert_near(scaled.frame[0]->column[0].real[0],
              raw.frame[0]->column[0].real[0] * sqrt(square / 8), 0, 1e-9);
  assert_near(scaled.frame[0]->column[5].real[0], raw.frame[0]->column[5].real[0], 0, 1e-9);
}

/// The order of tasks and what ran before do not matter.
static void tasks_stand_alone(void **state) {
  const rc_frame *table = make_table(*state);
  const rc_model_settings settings = {OUTCOME, .kind = COX_UNIVARIATE, .terms = TEXTS("c.*")};
  rc_error err = RC_ERROR_INIT;
  rc_model *model = NULL;
  double forward[7][RC_MODEL_TASK_VALUES], backward[7][RC_MODEL_TASK_VALUES];
  rc_arena *small = rc_arena_create(64);
  assert_int_equal(rc_model_prepare(&settings, table, *state, &model, &err), RC_OK);
  assert_int_equal(rc_model_n_tasks(model), 7);
  for (int t = 0; t < 7; t++)
    assert_int_equal(rc_model_task(model, t, *state, forward[t], &err), RC_OK);
  for (int t = 6; t >= 0; t--)
    assert_int_equal(rc_model_task(model, t, *state, backward[t], &err), RC_OK);
  assert_memory_equal(forward, backward, sizeof forward);
  // A task without memory says so in its values, and the result still comes.
  assert_int_equal(rc_model_task(model, 0, small, forward[0], NULL), RC_ERR_MEMORY);
  rc_model_result result;
  assert_int_equal(rc_model_finish(model, &forward[0][0], *state, &result, &err), RC_OK);
  assert_string_equal(rc_frame_find(result.frame[0], "reason")->text[0], "out of memory");
  assert_int_equal(rc_model_task(model, 7, *state, forward[0], &err), RC_ERR_INTERNAL);
  rc_arena_destroy(small);
}

static void wrong_settings(void **state) {
  const rc_model_settings cox = {OUTCOME, .kind = COX, .terms = TEXTS("c.age")};
  rc_model_settings s = cox;
  s.terms = (rc_texts)TEXTS("c.agee");
  fails(s, RC_ERR_NOT_FOUND, "no column 'c.agee' in the patient table; did you mean 'c.age'?",
        *state);
  s.terms = (rc_texts)TEXTS("PET.*");
  fails(s, RC_ERR_NOT_FOUND, "no column of the patient table matches 'PET.*'", *state);
  s.terms = (rc_texts){0};
  fails(s, RC_ERR_WORKFLOW, "a cox model needs 'terms'", *state);
  s.terms = (rc_texts)TEXTS("c.note");
  fails(s, RC_ERR_FORMAT, "c.note: a text with one level only", *state);
  s.terms = (rc_texts)TEXTS("c.empty");
  fails(s, RC_ERR_EMPTY, "no patient has a value in every term", *state);
  s = cox;
  s.event = "c.grade";
  fails(s, RC_ERR_FORMAT, "column 'c.grade' is '2' for patient P3; expected 1 (event) or 0",
        *state);
  s = cox;
  s.event_is = "7";
  fails(s, RC_ERR_NOT_FOUND, "no patient has '7' in column 'c.event'", *state);
  s = cox;
  s.time = "c.sex";
  fails(s, RC_ERR_FORMAT, "column 'c.sex' holds text ('m' for patient P1)", *state);
  s.time = "c.empty";
  fails(s, RC_ERR_EMPTY, "no patient has both 'c.empty' and 'c.event'", *state);
  s = cox;
  s.entry = "c.grade";
  s.time = "c.grade";
  fails(s, RC_ERR_FORMAT, "patient P1: entry 0 is not before time 0", *state);
  s = cox;
  s.kind = LOGRANK;
  fails(s, RC_ERR_WORKFLOW, "a logrank model needs 'by'", *state);
  s.by = "c.sex";
  s.cut = 1;
  fails(s, RC_ERR_FORMAT, "column 'c.sex' holds text and has no median", *state);
}

static void kinds_are_complete(void **state) {
  (void)state;
  int n = 0;
  while (rc_model_kinds[n] != NULL) {
    assert_non_null(rc_model_kind_help[n]);
    n++;
  }
  assert_int_equal(n, 4);
  assert_null(rc_model_kind_help[n]);
  assert_string_equal(rc_model_kinds[COX_UNIVARIATE], "cox_univariate");
  for (int64_t i = 0; i < rc_model_params.n; i++)
    assert_true(rc_model_params.param[i].help != NULL &&
                rc_model_params.param[i].offset < rc_model_params.struct_size);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, drop_arena)
  const struct CMUnitTest tests[] = {
      TEST(groups),
      TEST(events),
      TEST(terms_of_a_screen),
      TEST(standardised_ratios_are_per_sd),
      TEST(tasks_stand_alone),
      TEST(wrong_settings),
      TEST(kinds_are_complete),
  };
  return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}
