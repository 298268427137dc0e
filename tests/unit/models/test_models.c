// SPDX-License-Identifier: Apache-2.0
// Tables joined to patients, and a workflow's models on the joined table. Figures of the public
// data sets are R's (tests/reference/survival/reference.csv).
#include "models/models_run.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

enum { KAPLAN_MEIER, LOGRANK, COX, COX_UNIVARIATE };

static const char *write_table(const char *name, const char *text) {
  static char path[4][4096];
  static int turn;
  char *to = path[turn++ % 4];
  snprintf(to, sizeof path[0], "%s/%s", test_folder("models"), name);
  FILE *file = fopen(to, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  return to;
}

static void read_tables(const rc_workflow *workflow, const rc_texts *images, void *arena,
                        rc_tables *out) {
  rc_error err = RC_ERROR_INIT;
  const rc_texts none = {0};
  if (rc_tables_read(workflow, images != NULL ? images : &none, arena, out, &err) != RC_OK)
    fail_msg("%s", err.message);
}

static void tables_fail(const rc_workflow *workflow, rc_status expected, const char *message,
                        void *arena) {
  rc_error err = RC_ERROR_INIT;
  const rc_texts none = {0};
  rc_tables out;
  assert_int_equal(rc_tables_read(workflow, &none, arena, &out, &err), expected);
  if (strstr(err.message, message) == NULL)
    fail_msg("'%s' is not in '%s'", message, err.message);
}

static void has_note(const rc_tables *tables, const char *text) {
  for (int64_t i = 0; i < tables->notes.n; i++)
    if (strstr(tables->notes.item[i], text) != NULL)
      return;
  for (int64_t i = 0; i < tables->notes.n; i++)
    print_message("note: %s\n", tables->notes.item[i]);
  fail_msg("no note has '%s'", text);
}

/// Everything that finishing gives.
typedef struct outcome {
  rc_frame **frame;
  int64_t n_frames, n_tasks, n_failed;
  const char *findings;
} outcome;

static void run_models(const rc_model_settings *settings, int64_t n, const rc_patient_table *table,
                       rc_arena *arena, outcome *out) {
  rc_error err = RC_ERROR_INIT;
  rc_models *models = NULL;
  if (rc_models_prepare_table(settings, n, table, arena, &models, &out->n_tasks, &err) != RC_OK)
    fail_msg("%s", err.message);
  double *values =
      rc_arena_alloc(arena, (size_t)out->n_tasks * RC_MODEL_TASK_VALUES, sizeof *values);
  for (int64_t t = out->n_tasks; t-- > 0;) // any order will do
    assert_int_equal(rc_models_task(models, t, values + t * RC_MODEL_TASK_VALUES, &err), RC_OK);
  if (rc_models_finish(models, values, arena, &out->frame, &out->n_frames, &out->findings,
                       &out->n_failed, &err) != RC_OK)
    fail_msg("%s", err.message);
}

static const rc_frame *find_frame(const outcome *out, const char *name) {
  for (int64_t i = 0; i < out->n_frames; i++)
    if (strcmp(out->frame[i]->name, name) == 0)
      return out->frame[i];
  fail_msg("no frame %s", name);
  return NULL;
}

static double number(const rc_frame *frame, const char *row, const char *column) {
  const rc_column *found = rc_frame_find(frame, column);
  for (int64_t i = 0; found != NULL && i < frame->n_rows; i++)
    if (strcmp(frame->index[i], row) == 0)
      return found->type == RC_COLUMN_INT ? (double)found->integer[i] : found->real[i];
  fail_msg("%s has no %s, %s", frame->name, row, column);
  return NAN;
}

static void join(const rc_tables *tables, void *arena, rc_patient_table *out) {
  rc_error err = RC_ERROR_INIT;
  const rc_join_settings settings = {0};
  if (rc_patient_table_make(tables->modality, tables->n, &tables->patients, &settings, arena, out,
                            &err) != RC_OK)
    fail_msg("%s", err.message);
}

static void glioma(void **state) {
  rc_clinical_settings clinical[] = {{.name = "clinical",
                                      .file = test_data("tcga_lgg/TCGA_clinical_INFO.csv"),
                                      .patient = "Tumor"},
                                     {.name = "vasari",
                                      .file = test_data("tcga_lgg/TCGA_vasari_INFO.csv"),
                                      .missing = TEXTS("only t2")}};
  const rc_workflow workflow = {.folder = ".", .clinical = clinical, .n_clinical = 2};
  const rc_model_settings models[] = {
      {.name = "survival",
       .kind = KAPLAN_MEIER,
       .time = "clinical.daystolastordeath",
       .event = "clinical.death01",
       .by = "clinical.IDH1"},
      {.name = "together",
       .kind = COX,
       .time = "clinical.daystolastordeath",
       .event = "clinical.death01",
       .terms = TEXTS("clinical.IDH1", "clinical.age_at_initial_pathologic", "clinical.gender")},
      {.name = "screen",
       .kind = COX_UNIVARIATE,
       .time = "clinical.daystolastordeath",
       .event = "clinical.death01",
       .terms = TEXTS("vasari.*", "clinical.*")}};
  rc_tables tables;
  rc_patient_table table;
  outcome out;
  read_tables(&workflow, NULL, *state, &tables);
  assert_int_equal(tables.n, 2);
  assert_int_equal(tables.patients.n, 188);
  assert_int_equal(tables.modality[1].var->n_rows, 25); // f1 has several remarks
  has_note(&tables, "vasari: f1 is read as text, because ");
  has_note(&tables, "called 'IDH_1p19q Subtype'");
  join(&tables, *state, &table);
  assert_int_equal(table.frame->n_rows, 188);
  run_models(models, 3, &table, *state, &out);
  assert_int_equal(out.n_failed, 0);
  const rc_frame *test = find_frame(&out, "survival_test");
  assert_near(number(test, "logrank", "chi2"), 17.920877537711828, 0, 1e-9);
  const rc_frame *groups = find_frame(&out, "survival");
  assert_near(number(groups, "0", "median"), 775, 0, 0);
  assert_near(number(groups, "1", "median"), 2875, 0, 0);
  const rc_frame *cox = find_frame(&out, "together");
  assert_near(number(cox, "clinical.IDH1", "coef"), -1.1527174564154856, 0, 1e-9);
  assert_near(number(cox, "clinical.gender=MALE", "coef"), -0.36617313952016622, 0, 1e-9);
  const rc_frame *screen = find_frame(&out, "screen");
  assert_int_equal(screen->n_rows, out.n_tasks);
  assert_true(screen->n_rows > 26);
  assert_string_equal(screen->index[0], "vasari.f2");
  for (int64_t i = 0; i < screen->n_rows; i++) {
    const bool defined = !isnan(rc_frame_find(screen, "p")->real[i]);
    const char *reason = rc_frame_find(screen, "reason")->text[i];
    assert_true(defined == (reason[0] == '\0'));
    assert_null(strstr(screen->index[i], "daystolastordeath"));
  }
  assert_non_null(strstr(out.findings, "survival by clinical.IDH1: 183 of 188 patients"));
}

/// The workflow that ships runs as it is, but for where the data are.
static void shipped_glioma_workflow(void **state) {
  rc_arena *arena = *state;
  rc_error err = RC_ERROR_INIT;
  rc_workflow *workflow = NULL;
  const char *report = NULL;
  const char *table_path = test_data("tcga_lgg/TCGA_vasari_INFO.csv");
  char *folder = rc_arena_strdup(arena, table_path);
  *strrchr(folder, '/') = '\0';
  const rc_texts sets = TEXTS(rc_arena_printf(arena, "cohort.root=%s", folder));
  if (rc_workflow_load(test_source("workflows/lgg.yaml"), &sets, arena, &workflow, &report, &err) !=
      RC_OK)
    fail_msg("%s", report != NULL ? report : err.message);
  rc_tables tables;
  rc_patient_table table;
  outcome out;
  read_tables(workflow, NULL, arena, &tables);
  assert_int_equal(tables.modality[1].var->n_rows, 26); // f1 without its remarks
  join(&tables, arena, &table);
  run_models(workflow->model, workflow->n_models, &table, arena, &out);
  assert_int_equal(out.n_failed, 0);
  assert_near(number(find_frame(&out, "logrank_IDH1_test"), "logrank", "chi2"), 17.920877537711828,
              0, 1e-9);
  assert_int_equal(find_frame(&out, "vasari_univariate")->n_rows, 26);
}

static void leukaemia(void **state) {
  rc_clinical_settings clinical[] = {
      {.name = "clinical", .file = test_data("tcga_laml/tcga_laml_annot.tsv")}};
  rc_workflow workflow = {.folder = ".", .clinical = clinical, .n_clinical = 1};
  workflow.variants = (rc_maf_settings){
      .file = test_data("tcga_laml/tcga_laml.maf.gz"), .tcga_barcodes = true, .min_patients = 5};
  const rc_model_settings models[] = {{.name = "dnmt3a",
                                       .kind = LOGRANK,
                                       .time = "clinical.days_to_last_followup",
                                       .event = "clinical.Overall_Survival_Status",
                                       .by = "variants.DNMT3A"},
                                      {.name = "genes",
                                       .kind = COX_UNIVARIATE,
                                       .time = "clinical.days_to_last_followup",
                                       .event = "clinical.Overall_Survival_Status",
                                       .terms = TEXTS("variants.*")}};
  rc_tables tables;
  rc_patient_table table;
  outcome out;
  read_tables(&workflow, NULL, *state, &tables);
  assert_int_equal(tables.n, 2);
  assert_string_equal(tables.modality[1].var->index[0], "n_variants");
  assert_int_equal(tables.modality[1].var->n_rows, 1 + 23);
  assert_int_equal(tables.patients.n, 200);
  has_note(&tables, "infinite values are taken as missing");
  has_note(&tables, "cohort: 7 of 200 patients of the cohort have no row in table variants: "
                    "TCGA-AB-2811, TCGA-AB-2815, TCGA-AB-2837");
  join(&tables, *state, &table);
  run_models(models, 2, &table, *state, &out);
  assert_int_equal(out.n_failed, 0);
  assert_int_equal(out.n_tasks, 24);
  assert_near(number(find_frame(&out, "dnmt3a_test"), "logrank", "chi2"), 11.522362709040616, 0,
              1e-9);
  assert_near(number(find_frame(&out, "dnmt3a_test"), "logrank", "n"), 182, 0, 0);
  assert_near(number(find_frame(&out, "genes"), "variants.TP53", "n_missing"), 18, 0, 0);
}

#define SMALL "id,days,dead,age,sex\n007,5,1,50,m\n08,8,0,60,f\n9,3,1,70,f\n10,9,1,55,m\n"

/// Two image rows of patient 08, a failed one of 007, none of 10.
static rc_modality make_images(rc_arena *arena, double *x) {
  static const char *const patient[] = {"08", "007", "9", "08"};
  static const char *const roi[] = {"GTV", "GTV", "GTV", "node"};
  static const char *const status[] = {"ok", "geometry", "ok", "ok"};
  static const double volume[] = {10, 20, 30, 40};
  rc_frame *obs = rc_frame_create(arena, "CT", "observation", 4);
  rc_frame *var = rc_frame_create(arena, "CT", "feature", 2);
  for (int i = 0; i < 3; i++)
    assert_non_null(
        rc_frame_add(obs, (const char *const[]){"patient", "roi", "status"}[i], RC_COLUMN_TEXT));
  rc_frame_add(obs, "volume_mm3", RC_COLUMN_REAL);
  for (int r = 0; r < 4; r++) {
    obs->index[r] = rc_arena_printf(arena, "%s/%s", patient[r], roi[r]);
    obs->column[0].text[r] = patient[r];
    obs->column[1].text[r] = roi[r];
    obs->column[2].text[r] = status[r];
    obs->column[3].real[r] = volume[r];
    x[2 * r] = 100 + r;
    x[2 * r + 1] = r == 3 ? NAN : 200 + r;
  }
  var->index[0] = "a";
  var->index[1] = "b";
  return (rc_modality){.name = "CT", .obs = obs, .var = var, .x = x};
}

static void images_join_as_asked(void **state) {
  rc_arena *arena = *state;
  rc_error err = RC_ERROR_INIT;
  double x[8];
  const rc_texts ids = TEXTS("007", "08", "10", "9");
  const rc_modality images = make_images(arena, x);
  rc_patient_table table;
  rc_join_settings settings = {0};
  // Several rows: refused, with the way out.
  assert_int_equal(rc_patient_table_make(&images, 1, &ids, &settings, arena, &table, &err), RC_OK);
  assert_int_equal(table.n_problems, 1);
  assert_int_equal(table.frame->n_columns, 0);
  assert_non_null(strstr(table.problem[0].message, "CT: patient 08 has 2 rows (08/GTV, 08/node)"));
  const struct {
    rc_join_settings settings;
    double a, b;
  } cases[] = {{{.roi = TEXTS("G*")}, 100, 200},
               {{.roi = TEXTS("node")}, 103, NAN},
               {{.several = RC_JOIN_FIRST}, 100, 200},
               {{.several = RC_JOIN_LARGEST}, 103, NAN},
               {{.several = RC_JOIN_MEAN}, 101.5, 200}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(
        rc_patient_table_make(&images, 1, &ids, &cases[i].settings, arena, &table, &err), RC_OK);
    assert_int_equal(table.n_problems, 0);
    const double *a = rc_frame_find(table.frame, "CT.a")->real;
    const double *b = rc_frame_find(table.frame, "CT.b")->real;
    assert_near(a[1], cases[i].a, 0, 0);
    assert_near(b[1], cases[i].b, 0, 0);
    assert_true(isnan(a[0]) && isnan(a[2])); // failed; no image
    assert_near(a[3], i == 1 ? NAN : 102, 0, 0);
  }
}

static void ids_stay_as_written(void **state) {
  rc_clinical_settings clinical[] = {
      {.name = "clinical", .file = "small.csv", .columns = TEXTS("d*", "sex")}};
  const rc_workflow workflow = {
      .folder = test_folder("models"), .clinical = clinical, .n_clinical = 1};
  const rc_texts images = TEXTS("9", "007", "11", "007");
  rc_tables tables;
  write_table("small.csv", SMALL);
  read_tables(&workflow, &images, *state, &tables);
  assert_int_equal(tables.patients.n, 3);
  assert_string_equal(tables.patients.item[0], "007");
  assert_int_equal(tables.modality[0].obs->n_rows, 4); // nothing is dropped
  assert_int_equal(tables.modality[0].var->n_rows, 2);
  has_note(&tables, "clinical: 2 of 4 patients are not in the cohort and stay out of the models: "
                    "08, 10");
  has_note(&tables, "cohort: 1 of 3 patients of the cohort have no row in table clinical: 11");
}

static void barcodes(void **state) {
  rc_clinical_settings clinical[] = {
      {.name = "clinical",
       .file = write_table("codes.csv", "code,x\nTCGA-AA-0001-01A-11D,1\nTCGA-AA-0002-01A,2\n"),
       .tcga_barcodes = true}};
  const rc_workflow workflow = {.folder = ".", .clinical = clinical, .n_clinical = 1};
  const rc_texts images = TEXTS("TCGA-AA-0001", "TCGA-AA-0002-06B");
  rc_tables tables;
  rc_patient_table table;
  read_tables(&workflow, &images, *state, &tables);
  assert_int_equal(tables.notes.n, 0);
  join(&tables, *state, &table);
  assert_near(rc_frame_find(table.frame, "clinical.x")->real[0], 1, 0, 0);
  assert_near(rc_frame_find(table.frame, "clinical.x")->real[1], 2, 0, 0);
}

static void wrong_tables(void **state) {
  rc_clinical_settings clinical[2] = {{.name = "clinical"}, {.name = "clinical"}};
  rc_workflow workflow = {.folder = ".", .clinical = clinical, .n_clinical = 1};
  clinical[0].file = write_table("twice.csv", "id,x\na,1\nb,2\na,3\n");
  tables_fail(&workflow, RC_ERR_FORMAT, "twice.csv: patient a is in data rows 1 and 3", *state);
  clinical[0].file = write_table("empty.csv", "id,x\na,1\n,2\n");
  tables_fail(&workflow, RC_ERR_FORMAT, "empty.csv: column 'id' is empty in data row 2", *state);
  clinical[0].file = write_table("small.csv", SMALL);
  clinical[0].patient = "idd";
  tables_fail(&workflow, RC_ERR_NOT_FOUND, "no column 'idd'; did you mean 'id'?", *state);
  clinical[0].patient = NULL;
  clinical[0].columns = (rc_texts)TEXTS("days", "agee");
  tables_fail(&workflow, RC_ERR_NOT_FOUND, "nothing matches 'agee'; did you mean 'age'?", *state);
  clinical[0].columns = (rc_texts){0};
  clinical[1].file = clinical[0].file;
  workflow.n_clinical = 2;
  tables_fail(&workflow, RC_ERR_WORKFLOW, "two tables are called 'clinical'", *state);
  clinical[0].file = "/nonexistent.csv";
  tables_fail(&workflow, RC_ERR_NOT_FOUND, "/nonexistent.csv", *state);
}

/// One model's failure leaves the others alone.
static void failures_are_results(void **state) {
  rc_arena *arena = *state;
  double x[8];
  rc_clinical_settings clinical[] = {{.name = "clinical", .file = write_table("small.csv", SMALL)}};
  const rc_workflow workflow = {.folder = ".", .clinical = clinical, .n_clinical = 1};
  rc_tables tables;
  rc_error err = RC_ERROR_INIT;
  read_tables(&workflow, NULL, arena, &tables);
  const rc_modality both[] = {make_images(arena, x), tables.modality[0]};
  const rc_join_settings settings = {0};
  rc_patient_table table;
  assert_int_equal(rc_patient_table_make(both, 2, &tables.patients, &settings, arena, &table, &err),
                   RC_OK);
#define OUTCOME .time = "clinical.days", .event = "clinical.dead"
  const rc_model_settings models[] = {
      {.name = "good", .kind = COX, OUTCOME, .terms = TEXTS("clinical.age")},
      {.name = "typo", .kind = COX, OUTCOME, .terms = TEXTS("clinical.agee")},
      {.name = "image", .kind = COX_UNIVARIATE, OUTCOME, .terms = TEXTS("CT.*")},
      {.name = "good", .kind = KAPLAN_MEIER, OUTCOME},
      {.name = "good_fit", .kind = KAPLAN_MEIER, OUTCOME},
      {.name = "groupless", .kind = LOGRANK, OUTCOME},
      {.name = "text", .kind = KAPLAN_MEIER, .time = "clinical.sex", .event = "clinical.dead"},
      {.name = "whole", .kind = KAPLAN_MEIER, OUTCOME}};
  outcome out;
  run_models(models, 8, &table, arena, &out);
  static const struct {
    const char *status, *message;
  } expected[] = {{"ok", ""},
                  {"not_found", "did you mean 'clinical.age'?"},
                  {"format", "CT: patient 08 has 2 rows"},
                  {"workflow", "another model has this name"},
                  {"workflow", "its result 'good_fit' bears the name of another result"},
                  {"workflow", "a logrank model needs 'by'"},
                  {"format", "column 'clinical.sex' holds text"},
                  {"ok", ""}};
  assert_int_equal(out.n_failed, 6);
  const rc_frame *list = find_frame(&out, "models");
  for (int64_t i = 0; i < 8; i++) {
    assert_string_equal(rc_frame_find(list, "status")->text[i], expected[i].status);
    if (strstr(rc_frame_find(list, "error")->text[i], expected[i].message) == NULL)
      fail_msg("model %d: '%s'", (int)i, rc_frame_find(list, "error")->text[i]);
  }
  assert_non_null(strstr(out.findings, "typo: failed: terms: "));
  assert_int_equal(find_frame(&out, "whole_curve")->n_rows, 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(glioma, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(shipped_glioma_workflow, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(leukaemia, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(images_join_as_asked, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(ids_stay_as_written, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(barcodes, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(wrong_tables, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(failures_are_results, make_arena, drop_arena),
  };
  return cmocka_run_group_tests_name("models of a workflow", tests, NULL, NULL);
}
