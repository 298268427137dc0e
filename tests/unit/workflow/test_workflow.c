// SPDX-License-Identifier: Apache-2.0
#include "support.h"
#include "workflow/workflow.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rc_status load(const char *path, const char *const *sets, int64_t n_sets, rc_arena *arena,
                      rc_workflow **out, const char **report) {
  rc_texts texts = {n_sets, (const char **)sets};
  return rc_workflow_load(path, &texts, arena, out, report, NULL);
}

static const char *read_file(const char *path, rc_arena *arena) {
  char *text = rc_arena_alloc(arena, 1 << 20, 1);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t n = fread(text, 1, (1 << 20) - 1, file);
  fclose(file);
  text[n] = '\0';
  return text;
}

/// The report with every path cut to the file's name, so that expectations hold on any machine.
static const char *without_folder(const char *report, const char *folder, rc_arena *arena) {
  char *out = rc_arena_strdup(arena, report);
  size_t n = strlen(folder) + 1;
  for (char *at = out; (at = strstr(at, folder)) != NULL;)
    memmove(at, at + n, strlen(at + n) + 1);
  return out;
}

/// tests/cases/<name>/workflow.yaml must give exactly the report in expected.txt. With
/// RADCOHORT_SHOW_CASES set, prints what it got, for writing a new case.
static void broken_workflows(void **state) {
  (void)state;
  int n = 0;
  const char *folder = test_source("tests/cases");
  DIR *stream = opendir(folder);
  assert_non_null(stream);
  const struct dirent *entry;
  while ((entry = readdir(stream)) != NULL) {
    char path[4096], expected[4096], where[4096];
    if (entry->d_name[0] == '.')
      continue;
    snprintf(where, sizeof where, "%s/%.200s", folder, entry->d_name);
    snprintf(path, sizeof path, "%.3800s/workflow.yaml", where);
    snprintf(expected, sizeof expected, "%.3800s/expected.txt", where);
    rc_arena *arena = rc_arena_create(0);
    rc_workflow *workflow = NULL;
    const char *report = NULL;
    assert_int_equal(load(path, NULL, 0, arena, &workflow, &report), RC_ERR_WORKFLOW);
    assert_non_null(report);
    const char *got = without_folder(report, where, arena);
    if (getenv("RADCOHORT_SHOW_CASES") != NULL)
      printf("== %s\n%s", entry->d_name, got);
    else
      assert_string_equal(got, read_file(expected, arena));
    rc_arena_destroy(arena);
    n++;
  }
  closedir(stream);
  assert_true(n >= 14);
}

static void shipped_workflows_are_valid(void **state) {
  (void)state;
  static const char *const names[] = {"demo", "ibsi1", "sts", "lgg", "filters", "pyradiomics"};
  for (int i = 0; i < 6; i++) {
    char path[128];
    rc_arena *arena = rc_arena_create(0);
    rc_workflow *workflow = NULL;
    const char *report = NULL;
    snprintf(path, sizeof path, "workflows/%s.yaml", names[i]);
    rc_status status = load(test_source(path), NULL, 0, arena, &workflow, &report);
    if (report != NULL)
      print_error("%s", report);
    assert_int_equal(status, RC_OK);
    rc_arena_destroy(arena);
  }
}

static void settings_arrive(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  const char *report = NULL;
  assert_int_equal(load(test_source("workflows/ibsi1.yaml"), NULL, 0, arena, &w, &report), RC_OK);
  assert_int_equal(w->n_images, 5);
  const rc_image_entry *a = &w->image[0], *e = &w->image[4];
  assert_string_equal(a->name, "config_A");
  assert_string_equal(a->modality, "CT");
  assert_true(a->processing.whole_image_facts);
  assert_int_equal(a->processing.interpolation.spacing_mm.n, 0);
  assert_near(a->processing.resegmentation.range.value[0], -500, 0, 0);
  assert_int_equal(a->processing.discretisation.method, RC_DISCRETISE_FIXED_BIN_SIZE);
  assert_near(a->processing.discretisation.bin_width, 25, 0, 0);
  assert_int_equal(
      a->features.aggregations,
      (RC_AGG_DIRECTIONAL | RC_AGG_ZONAL | RC_AGG_BIT(RC_AGG_NONE)) &
          ~(RC_AGG_BIT(RC_AGG_3D) | RC_AGG_BIT(RC_AGG_3D_AVG) | RC_AGG_BIT(RC_AGG_3D_COMB)));
  assert_true(isnan(a->processing.resegmentation.outlier_sigma));
  assert_int_equal(e->processing.interpolation.image_method, RC_INTERP_CUBIC_SPLINE);
  assert_near(e->processing.resegmentation.outlier_sigma, 3, 0, 0);
  assert_int_equal(e->processing.ivh.n_bins, 1000);
  assert_int_equal(e->features.aggregations & RC_AGG_BIT(RC_AGG_2D), 0);
  // What an entry's own features do not name is as in the workflow's: all families, here.
  assert_int_equal(a->features.families, e->features.families);
  assert_true(a->features.families == rc_family_bits(RC_PROFILE_IBSI));
  assert_int_equal(w->run.seed, 1);
  rc_arena_destroy(arena);
}

static void overrides(void **state) {
  (void)state;
  static const char *const good[] = {"run.seed=7", "images.CT.interpolation.spacing=[2, 2, 3]",
                                     "models.0.by=variants.TP53", "cohort.roi=[A, B]",
                                     "features.ngldm.alpha=1"};
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  const char *report = NULL;
  const char *demo = test_source("workflows/demo.yaml");
  assert_int_equal(load(demo, good, 5, arena, &w, &report), RC_OK);
  assert_int_equal(w->run.seed, 7);
  assert_near(w->image[0].processing.interpolation.spacing_mm.value[2], 3, 0, 0);
  assert_string_equal(w->model[0].by, "variants.TP53");
  assert_int_equal(w->cohort.roi.n, 2);

  setenv("RADCOHORT_SET_run__seed", "9", 1);
  assert_int_equal(load(demo, NULL, 0, arena, &w, &report), RC_OK);
  assert_int_equal(w->run.seed, 9);
  assert_int_equal(load(demo, good, 1, arena, &w, &report), RC_OK);
  assert_int_equal(w->run.seed, 7); // the command line wins
  unsetenv("RADCOHORT_SET_run__seed");

  static const char *const bad[] = {
      "run.seed",         "=3",          "run.seed=x", "run..seed=1", "models.9.by=a",
      "cohort.roi.0.x=1", "run.seed=[1", "run=&a 3"};
  for (int i = 0; i < 8; i++)
    assert_int_equal(load(demo, &bad[i], 1, arena, &w, &report), RC_ERR_WORKFLOW);
  rc_arena_destroy(arena);
}

static void missing_and_huge_files(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  const char *report = NULL;
  assert_int_equal(load("/nonexistent/w.yaml", NULL, 0, arena, &w, &report), RC_ERR_WORKFLOW);
  char path[4096];
  snprintf(path, sizeof path, "%s/huge.yaml", test_folder("workflow"));
  FILE *file = fopen(path, "wb");
  for (int i = 0; i < 5 << 10; i++)
    for (int j = 0; j < 1024; j++)
      fputc('#', file);
  fclose(file);
  assert_int_equal(load(path, NULL, 0, arena, &w, &report), RC_ERR_WORKFLOW);
  rc_arena_destroy(arena);
}

/// Damaged bytes give errors, never crashes: every prefix, and every byte changed in turn.
static void damaged_bytes(void **state) {
  (void)state;
  char path[4096];
  rc_arena *arena = rc_arena_create(0);
  const char *text = read_file(test_source("workflows/demo.yaml"), arena);
  size_t n = strlen(text);
  snprintf(path, sizeof path, "%s/damaged.yaml", test_folder("workflow"));
  static const char replacements[] = {'\0', '{', '&', '\t', '\xff', '-'};
  for (size_t i = 0; i < n; i += 3) {
    char *copy = rc_arena_strdup(arena, text);
    copy[i] = replacements[i / 3 % sizeof replacements];
    FILE *file = fopen(path, "wb");
    fwrite(copy, 1, i % 2 == 0 ? n : i, file);
    fclose(file);
    rc_arena *own = rc_arena_create(0);
    rc_workflow *w = NULL;
    const char *report = NULL;
    rc_status status = load(path, NULL, 0, own, &w, &report);
    assert_true(status == RC_OK || status == RC_ERR_WORKFLOW);
    assert_true((status == RC_OK) == (w != NULL));
    rc_arena_destroy(own);
  }
  rc_arena_destroy(arena);
}

/// workflows/README.md holds the generated schema between two markers; it must be the present one.
static void documented_schema_is_current(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  char *printed = NULL;
  size_t n = 0;
  FILE *memory = open_memstream(&printed, &n);
  assert_int_equal(rc_workflow_print_schema(memory, NULL), RC_OK);
  fclose(memory);
  const char *readme = read_file(test_source("workflows/README.md"), arena);
  const char *start = strstr(readme, "<!-- schema -->\n");
  const char *end = strstr(readme, "<!-- end of schema -->\n");
  assert_non_null(start);
  assert_non_null(end);
  start += strlen("<!-- schema -->\n");
  if ((size_t)(end - start) != n || strncmp(start, printed, n) != 0)
    fail_msg("workflows/README.md is stale: replace its schema by `radcohort plan --schema`");
  free(printed);
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(broken_workflows),
                                     cmocka_unit_test(shipped_workflows_are_valid),
                                     cmocka_unit_test(settings_arrive),
                                     cmocka_unit_test(overrides),
                                     cmocka_unit_test(missing_and_huge_files),
                                     cmocka_unit_test(damaged_bytes),
                                     cmocka_unit_test(documented_schema_is_current)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
