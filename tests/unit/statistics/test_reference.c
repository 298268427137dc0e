// SPDX-License-Identifier: Apache-2.0
// Models on public data against figures of R's survival package (tests/reference/survival). Every
// model runs as a workflow runs it: settings and a patient table in, frames out.
#include "base/error.h"
#include "data/frame.h"
#include "genomics/maf.h"
#include "statistics/distributions.h"
#include "statistics/models.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-8 // relative

/// One line of reference.csv.
typedef struct figure {
  const char *key, *quantity, *term;
  double value;
  bool used;
} figure;

static rc_arena *arena;
static figure *figures;
static int64_t n_figures;

static char *next_part(char **at) {
  char *part = *at;
  char *comma = strchr(part, ',');
  if (comma != NULL)
    *comma = '\0';
  *at = comma == NULL ? part + strlen(part) : comma + 1;
  return part;
}

static int load_figures(void **state) {
  (void)state;
  char line[512];
  arena = rc_arena_create(0);
  FILE *file = fopen(test_source("tests/reference/survival/reference.csv"), "r");
  if (arena == NULL || file == NULL)
    return -1;
  figures = rc_arena_alloc(arena, 40000, sizeof *figures);
  bool has_header = false;
  while (figures != NULL && fgets(line, sizeof line, file) != NULL && n_figures < 40000) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#')
      continue;
    if (!has_header) {
      has_header = true;
      continue;
    }
    char *at = rc_arena_strdup(arena, line);
    figure *made = &figures[n_figures++];
    made->key = next_part(&at);
    made->quantity = next_part(&at);
    made->term = next_part(&at);
    if (!rc_parse_real(at, &made->value))
      made->value = NAN;
  }
  fclose(file);
  return n_figures > 5000 && n_figures < 40000 ? 0 : -1;
}

static int release(void **state) {
  (void)state;
  rc_arena_destroy(arena);
  return 0;
}

/// The reference for one quantity; fails the test when there is none.
static double reference(const char *key, const char *quantity, const char *term) {
  for (int64_t i = 0; i < n_figures; i++)
    if (strcmp(figures[i].key, key) == 0 && strcmp(figures[i].quantity, quantity) == 0 &&
        strcmp(figures[i].term, term) == 0) {
      figures[i].used = true;
      return figures[i].value;
    }
  fail_msg("no reference for %s %s %s", key, quantity, term);
  return NAN;
}

static void check(const char *key, const char *quantity, const char *term, double actual) {
  const double expected = reference(key, quantity, term);
  if (isnan(actual) && isnan(expected))
    return;
  if (!(fabs(actual - expected) <= TOLERANCE * fabs(expected)))
    fail_msg("%s %s %s: %.17g, R says %.17g", key, quantity, term, actual, expected);
}

static double cell(const rc_frame *frame, const char *column, int64_t row) {
  const rc_column *found = rc_frame_find(frame, column);
  if (found == NULL)
    fail_msg("frame %s has no column %s", frame->name, column);
  return found->type == RC_COLUMN_INT ? (double)found->integer[row] : found->real[row];
}

static rc_frame *read_table(const char *relative) {
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  if (rc_frame_read_csv(test_data(relative), 0, arena, &frame, &err) != RC_OK)
    fail_msg("%s", err.message);
  for (int64_t i = 0; i < frame->n_rows; i++)
    frame->index[i] = rc_arena_printf(arena, "row%lld", (long long)(i + 1));
  return frame;
}

/// Attribute names and data of an ARFF file as CSV in the build tree, then read as a table.
static rc_frame *read_arff(const char *relative, const char *as) {
  char line[4096], path[4096], name[256];
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  FILE *in = fopen(test_data(relative), "r");
  snprintf(path, sizeof path, "%s/%s", test_folder("statistics"), as);
  FILE *out = fopen(path, "w");
  assert_non_null(in);
  assert_non_null(out);
  bool in_data = false;
  int columns = 0;
  while (fgets(line, sizeof line, in) != NULL) {
    if (in_data && line[0] != '%' && line[0] != '\n')
      fputs(line, out);
    else if (sscanf(line, "@attribute %255s", name) == 1)
      fprintf(out, "%s%s", columns++ > 0 ? "," : "", name);
    else if (strncmp(line, "@data", 5) == 0) {
      in_data = true;
      fputs("\n", out);
    }
  }
  fclose(in);
  fclose(out);
  if (rc_frame_read_csv(path, 0, arena, &frame, &err) != RC_OK)
    fail_msg("%s", err.message);
  return frame;
}

static rc_model_result run(const rc_model_settings *settings, const rc_frame *table) {
  rc_error err = RC_ERROR_INIT;
  rc_model *model = NULL;
  rc_model_result result;
  rc_status status = rc_model_prepare(settings, table, arena, &model, &err);
  if (status != RC_OK)
    fail_msg("%s", err.message);
  const int64_t n_tasks = rc_model_n_tasks(model);
  double *values = rc_arena_alloc(arena, (size_t)n_tasks * RC_MODEL_TASK_VALUES, sizeof *values);
  for (int64_t t = 0; t < n_tasks && status == RC_OK; t++)
    status = rc_model_task(model, t, arena, values + t * RC_MODEL_TASK_VALUES, &err);
  if (status == RC_OK)
    status = rc_model_finish(model, values, arena, &result, &err);
  if (status != RC_OK)
    fail_msg("%s", err.message);
  assert_non_null(result.summary);
  return result;
}

static int find_kind(const char *name) {
  for (int i = 0; rc_model_kinds[i] != NULL; i++)
    if (strcmp(rc_model_kinds[i], name) == 0)
      return i;
  fail_msg("no kind %s", name);
  return -1;
}

/// Both ties of a Cox model against the reference `key`/efron and `key`/breslow.
static void check_cox(const char *key, rc_model_settings settings, const rc_frame *table) {
  static const char *const per_term[] = {"coef", "se", "p", "hr_low", "hr_high"};
  static const char *const whole[] = {"n",          "events",     "df",          "loglik_null",
                                      "loglik",     "lrt",        "lrt_p",       "wald",
                                      "score",      "score_p",    "concordance", "concordant",
                                      "discordant", "tied_score", "tied_time"};
  static const char *const ties[] = {"efron", "breslow"};
  settings.name = key;
  settings.kind = find_kind("cox");
  for (int tie = 0; tie < 2; tie++) {
    settings.ties = tie;
    rc_model_result result = run(&settings, table);
    const char *name = rc_arena_printf(arena, "%s/%s", key, ties[tie]);
    assert_int_equal(result.n_frames, 2);
    for (int64_t j = 0; j < result.frame[0]->n_rows; j++) {
      const char *dot = strchr(result.frame[0]->index[j], '.');
      const bool prefixed =
          dot != NULL && (strncmp(result.frame[0]->index[j], "clinical.", 9) == 0);
      const char *term = prefixed ? dot + 1 : result.frame[0]->index[j];
      for (size_t q = 0; q < sizeof per_term / sizeof per_term[0]; q++)
        check(name, per_term[q], term, cell(result.frame[0], per_term[q], j));
    }
    for (size_t q = 0; q < sizeof whole / sizeof whole[0]; q++)
      check(name, whole[q], "", cell(result.frame[1], whole[q], 0));
  }
}

#define TERMS(...)                                                                                 \
  {                                                                                                \
    .n = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), .item = (const char *[]) {  \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }

static void cox_lung(void **state) {
  (void)state;
  const rc_frame *table = read_table("survival/lung.csv");
  check_cox("lung",
            (rc_model_settings){.time = "time",
                                .event = "status",
                                .terms = TERMS("age", "sex", "ph.ecog", "ph.karno", "pat.karno",
                                               "meal.cal", "wt.loss")},
            table);
}

static void cox_rossi(void **state) {
  (void)state;
  check_cox("rossi",
            (rc_model_settings){.time = "week",
                                .event = "arrest",
                                .terms = TERMS("*")}, // every column but the outcome
            read_table("survival/rossi.csv"));
}

static void cox_larynx(void **state) {
  (void)state;
  check_cox("larynx",
            (rc_model_settings){.time = "time", .event = "death", .terms = TERMS("age", "Stage_*")},
            read_table("survival/larynx.csv"));
}

static void cox_veteran_categorical(void **state) {
  (void)state;
  check_cox(
      "veteran",
      (rc_model_settings){.time = "Survival_in_days",
                          .event = "Status",
                          .event_is = "dead",
                          .terms = TERMS("Treatment", "Celltype", "Karnofsky_score",
                                         "Months_from_Diagnosis", "Age_in_years", "Prior_therapy")},
      read_arff("survival/veteran.arff", "veteran.csv"));
}

static void cox_heart_start_stop(void **state) {
  (void)state;
  check_cox("heart",
            (rc_model_settings){.time = "stop",
                                .entry = "start",
                                .event = "event",
                                .terms = TERMS("age", "year", "surgery", "transplant")},
            read_table("survival/stanford_heart.csv"));
}

static void cox_collinear_covariate_is_left_out(void **state) {
  (void)state;
  rc_frame *table = read_table("survival/rossi.csv");
  rc_column *copy = rc_frame_add(table, "copy", RC_COLUMN_REAL);
  for (int64_t i = 0; i < table->n_rows; i++)
    copy->real[i] = 2 * cell(table, "fin", i) - cell(table, "age", i);
  check_cox("collinear",
            (rc_model_settings){
                .time = "week", .event = "arrest", .terms = TERMS("fin", "age", "copy", "prio")},
            table);
}

static void cox_lgg(void **state) {
  (void)state;
  check_cox("lgg",
            (rc_model_settings){.time = "daystolastordeath",
                                .event = "death01",
                                .terms = TERMS("IDH1", "age_at_initial_pathologic", "gender")},
            read_table("tcga_lgg/TCGA_clinical_INFO.csv"));
}

static void univariate_screen_of_lung(void **state) {
  (void)state;
  static const char *const quantities[] = {"coef", "n", "events", "p", "q", "lrt_p", "concordance"};
  const rc_frame *table = read_table("survival/lung.csv");
  rc_model_settings settings = {
      .name = "screen",
      .kind = find_kind("cox_univariate"),
      .time = "time",
      .event = "status",
      .terms = TERMS("age", "sex", "ph.*", "pat.karno", "meal.cal", "wt.loss")};
  rc_model_result result = run(&settings, table);
  assert_int_equal(result.frame[0]->n_rows, 7);
  for (int64_t i = 0; i < 7; i++)
    for (size_t q = 0; q < sizeof quantities / sizeof quantities[0]; q++)
      check("lung_screen", quantities[q], result.frame[0]->index[i],
            cell(result.frame[0], quantities[q], i));
}

/// Rows of a quantity in the reference, in order.
static int64_t reference_rows(const char *key, const char *quantity, figure **out, int64_t most) {
  int64_t n = 0;
  for (int64_t i = 0; i < n_figures; i++)
    if (strcmp(figures[i].key, key) == 0 && strcmp(figures[i].quantity, quantity) == 0 && n < most)
      out[n++] = &figures[i];
  return n;
}

static void check_curves(const char *key, rc_model_settings settings, const rc_frame *table) {
  static const char *const intervals[] = {"log", "log_log", "plain"};
  static const char *const columns[] = {"time",     "n_risk", "n_event", "n_censor",
                                        "survival", "se",     "low",     "high"};
  static const char *const medians[] = {"median", "median_low", "median_high"};
  static figure *rows[4000];
  settings.name = key;
  settings.kind = find_kind("kaplan_meier");
  for (int interval = 0; interval < 3; interval++) {
    settings.interval = interval;
    rc_model_result result = run(&settings, table);
    const char *name = rc_arena_printf(arena, "%s/%s", key, intervals[interval]);
    for (size_t q = interval == 0 ? 0 : 6; q < sizeof columns / sizeof columns[0]; q++) {
      const int64_t n = reference_rows(name, columns[q], rows, 4000);
      assert_int_equal(n, result.frame[1]->n_rows);
      for (int64_t i = 0; i < n; i++) {
        rows[i]->used = true;
        assert_string_equal(rc_frame_find(result.frame[1], "group")->text[i], rows[i]->term);
        const double actual = cell(result.frame[1], columns[q], i);
        if (isnan(rows[i]->value) != isnan(actual) ||
            fabs(actual - rows[i]->value) > 1e-12 * fmax(1.0, fabs(actual)))
          fail_msg("%s %s row %lld: %.17g, R says %.17g", name, columns[q], (long long)i, actual,
                   rows[i]->value);
      }
    }
    for (int64_t g = 0; g < result.frame[0]->n_rows; g++)
      for (size_t q = 0; q < 3; q++)
        check(name, medians[q], result.frame[0]->index[g], cell(result.frame[0], medians[q], g));
  }
}

static void check_logrank(const char *key, rc_model_settings settings, const rc_frame *table) {
  static const char *const columns[] = {"n", "observed", "expected", "variance"};
  settings.name = key;
  settings.kind = find_kind("logrank");
  rc_model_result result = run(&settings, table);
  for (int64_t g = 0; g < result.frame[0]->n_rows; g++)
    for (size_t q = 0; q < 4; q++)
      check(key, columns[q], result.frame[0]->index[g], cell(result.frame[0], columns[q], g));
  check(key, "chi2", "", cell(result.frame[1], "chi2", 0));
  check(key, "p", "", cell(result.frame[1], "p", 0));
}

static void groups_of_lung(void **state) {
  (void)state;
  const rc_frame *table = read_table("survival/lung.csv");
  rc_model_settings settings = {.time = "time", .event = "status"};
  check_curves("lung_all", settings, table);
  settings.by = "sex";
  check_curves("lung_sex", settings, table);
  check_logrank("lung_sex", settings, table);
}

static void groups_of_rossi(void **state) {
  (void)state;
  check_logrank("rossi_prio", (rc_model_settings){.time = "week", .event = "arrest", .by = "prio"},
                read_table("survival/rossi.csv"));
}

static void groups_of_veteran(void **state) {
  (void)state;
  const rc_frame *table = read_arff("survival/veteran.arff", "veteran.csv");
  const rc_model_settings settings = {
      .time = "Survival_in_days", .event = "Status", .event_is = "dead", .by = "Celltype"};
  check_curves("veteran_celltype", settings, table);
  check_logrank("veteran_celltype", settings, table);
}

static void groups_of_heart_start_stop(void **state) {
  (void)state;
  check_curves(
      "heart_transplant",
      (rc_model_settings){.time = "stop", .entry = "start", .event = "event", .by = "transplant"},
      read_table("survival/stanford_heart.csv"));
}

static void groups_of_lgg(void **state) {
  (void)state;
  const rc_frame *table = read_table("tcga_lgg/TCGA_clinical_INFO.csv");
  rc_model_settings settings = {.time = "daystolastordeath", .event = "death01", .by = "IDH1"};
  check_curves("lgg_idh1", settings, table);
  check_logrank("lgg_idh1", settings, table);
  settings.by = "neoplasm_histologic_grade";
  check_logrank("lgg_grade", settings, table);
}

/// Clinical rows of the patients in the MAF, with two genes and the number of variants.
static rc_frame *leukaemia_table(void) {
  rc_error err = RC_ERROR_INIT;
  rc_frame *clinical = read_table("tcga_laml/tcga_laml_annot.tsv");
  rc_variant_matrix variants;
  const rc_maf_settings settings = {.tcga_barcodes = true, .min_patients = 1};
  if (rc_maf_read(&settings, test_data("tcga_laml/tcga_laml.maf.gz"), 0, arena, &variants, &err) !=
      RC_OK)
    fail_msg("%s", err.message);
  const rc_column *time = rc_frame_find(clinical, "days_to_last_followup");
  rc_frame *table = rc_frame_create(arena, "patients", "patient", variants.obs->n_rows);
  double *days = rc_frame_add(table, "time", RC_COLUMN_REAL)->real;
  double *event = rc_frame_add(table, "event", RC_COLUMN_REAL)->real;
  double *burden = rc_frame_add(table, "n_variants", RC_COLUMN_REAL)->real;
  double *genes[2] = {rc_frame_add(table, "DNMT3A", RC_COLUMN_REAL)->real,
                      rc_frame_add(table, "TP53", RC_COLUMN_REAL)->real};
  for (int64_t i = 0; i < table->n_rows; i++) {
    table->index[i] = variants.obs->index[i];
    burden[i] = (double)variants.obs->column[0].integer[i];
    for (int64_t g = 0; g < variants.var->n_rows; g++)
      for (int k = 0; k < 2; k++)
        if (strcmp(variants.var->index[g], table->column[3 + k].name) == 0)
          genes[k][i] = variants.x[i * variants.var->n_rows + g];
    for (int64_t r = 0; r < clinical->n_rows; r++) {
      if (strcmp(clinical->column[0].text[r], table->index[i]) != 0)
        continue;
      // The column holds "-Inf" for patients without follow-up, so it was read as text.
      if (!rc_parse_real(time->text[r], &days[i]))
        days[i] = NAN;
      event[i] = cell(clinical, "Overall_Survival_Status", r);
    }
  }
  return table;
}

static void leukaemia_by_mutation(void **state) {
  (void)state;
  const rc_frame *table = leukaemia_table();
  rc_model_settings settings = {.time = "time",
                                .event = "event",
                                .by = "DNMT3A",
                                .terms = TERMS("DNMT3A", "TP53", "n_variants")};
  check_cox("laml", settings, table);
  check_curves("laml_dnmt3a", settings, table);
  check_logrank("laml_dnmt3a", settings, table);
}

static void tails(void **state) {
  (void)state;
  int64_t n = 0;
  for (int64_t i = 0; i < n_figures; i++) {
    double argument = NAN;
    double df = 0.0;
    double actual = NAN;
    if (strcmp(figures[i].key, "chi2_upper") != 0 &&
        strcmp(figures[i].key, "normal_two_sided") != 0)
      continue;
    figures[i].used = true;
    assert_true(rc_parse_real(figures[i].term, &argument));
    if (figures[i].key[0] == 'c') {
      assert_true(rc_parse_real(figures[i].quantity, &df));
      actual = rc_chi2_upper(argument, (int64_t)df);
    } else {
      actual = rc_normal_two_sided(argument);
    }
    assert_near(actual, figures[i].value, 0.0, 1e-12);
    n++;
  }
  assert_int_equal(n, 120);
}

/// No figure of the file went by unread. Runs last; skipped with the data.
static void every_figure_was_compared(void **state) {
  (void)state;
  int64_t n = 0;
  test_data("survival/lung.csv");
  for (int64_t i = 0; i < n_figures; i++) {
    if (!figures[i].used)
      print_error("not compared: %s %s %s\n", figures[i].key, figures[i].quantity, figures[i].term);
    n += figures[i].used ? 1 : 0;
  }
  print_message("%lld of %lld figures compared with R\n", (long long)n, (long long)n_figures);
  assert_int_equal(n, n_figures);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cox_lung),
      cmocka_unit_test(cox_rossi),
      cmocka_unit_test(cox_larynx),
      cmocka_unit_test(cox_veteran_categorical),
      cmocka_unit_test(cox_heart_start_stop),
      cmocka_unit_test(cox_collinear_covariate_is_left_out),
      cmocka_unit_test(cox_lgg),
      cmocka_unit_test(univariate_screen_of_lung),
      cmocka_unit_test(groups_of_lung),
      cmocka_unit_test(groups_of_rossi),
      cmocka_unit_test(groups_of_veteran),
      cmocka_unit_test(groups_of_heart_start_stop),
      cmocka_unit_test(groups_of_lgg),
      cmocka_unit_test(leukaemia_by_mutation),
      cmocka_unit_test(tails),
      cmocka_unit_test(every_figure_was_compared),
  };
  return cmocka_run_group_tests_name("models against R", tests, load_figures, release);
}
