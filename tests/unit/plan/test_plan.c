// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"
#include "plan/plan_pack.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *write_text(const char *name, const char *text) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", test_folder("plan"), name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  return path;
}

static rc_status make(const char *workflow_text, rc_arena *arena, rc_workflow **w, rc_plan **plan,
                      rc_error *err) {
  const char *report = NULL;
  rc_status status =
      rc_workflow_load(write_text("workflow.yaml", workflow_text), NULL, arena, w, &report, err);
  if (report != NULL)
    print_error("%s", report);
  assert_int_equal(status, RC_OK);
  return rc_plan_create(*w, arena, plan, err);
}

static rc_plan *plan_of(const char *format, const char *root, rc_arena *arena, rc_workflow **w) {
  rc_plan *plan = NULL;
  rc_error err = RC_ERROR_INIT;
  const char *text = rc_arena_printf(arena, format, root);
  rc_status status = make(text, arena, w, &plan, &err);
  if (status != RC_OK)
    print_error("%s\n", err.message);
  assert_int_equal(status, RC_OK);
  return plan;
}

static double cost_of_unit(const rc_plan *plan, int64_t u) {
  double cost = 0;
  for (int64_t i = plan->first[u]; i < plan->first[u + 1]; i++)
    cost += plan->task[i].cost;
  return cost;
}

/// Units part the tasks by image, none is empty, and the costliest comes first.
static void check_units(const rc_plan *plan) {
  assert_int_equal(plan->first[0], 0);
  assert_int_equal(plan->first[plan->n_units], plan->n_tasks);
  for (int64_t u = 0; u < plan->n_units; u++) {
    int64_t first = plan->first[u];
    assert_true(first < plan->first[u + 1]);
    for (int64_t i = first; i < plan->first[u + 1]; i++)
      assert_true(rc_task_same_image(&plan->task[first], &plan->task[i]));
    if (u > 0)
      assert_false(rc_task_same_image(&plan->task[first - 1], &plan->task[first]));
    if (u > 0)
      assert_true(cost_of_unit(plan, plan->order[u - 1]) >= cost_of_unit(plan, plan->order[u]));
  }
}

static void check_rows(const rc_plan *plan, int64_t n_images) {
  int64_t next_row[8] = {0};
  assert_true(n_images <= 8);
  for (int64_t i = 0; i < plan->n_tasks; i++) {
    const rc_task *t = &plan->task[i];
    assert_int_equal(t->index, i);
    assert_int_equal(t->row, next_row[t->entry]++);
    if (i > 0 && t->entry == t[-1].entry)
      assert_true(strcmp(t[-1].observation, t->observation) < 0);
  }
  for (int64_t e = 0; e < n_images; e++)
    assert_int_equal(plan->n_rows[e], next_row[e]);
  check_units(plan);
}

static const char pattern_yaml[] =
    "cohort: {root: '%s', image: 'nifti/{patient}/{modality}_image.nii.gz',\n"
    "  mask: 'nifti/{patient}/{modality}_mask.nii.gz'}\n"
    "images: {CT: {}, PET: {}, MR_T1: {}}\n";

static void patterns_find_the_sarcoma_cohort(void **state) {
  (void)state;
  const char *sts = test_data("sts");
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = plan_of(pattern_yaml, sts, arena, &w);
  assert_int_equal(plan->n_tasks, 42);
  assert_int_equal(plan->n_rows[0], 14);
  check_rows(plan, 3);
  assert_string_equal(plan->task[0].observation, "STS_001");
  assert_string_equal(plan->task[0].roi, "");
  assert_null(plan->task[0].problem);
  assert_true(plan->task[0].info.geometry.size[0] > 10);
  assert_true(plan->task[0].memory_bytes > 0);
  rc_arena_destroy(arena);
}

static const char scan_yaml[] = "cohort: {root: '%s', dicom: dicom, roi: ['gtv_mass*'], "
                                "ignore_case: true}\n"
                                "images: {CT: {habitats: {clusters: 2, with: [anatomy, PET]}}, "
                                "PET: {}, anatomy: {modality: MR}}\n";

static void an_archive_is_scanned(void **state) {
  (void)state;
  const char *sts = test_data("sts");
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = plan_of(scan_yaml, sts, arena, &w);
  assert_int_equal(plan->n_tasks, 42);
  check_rows(plan, 3);
  for (int64_t i = 0; i < plan->n_tasks; i++) {
    const rc_task *t = &plan->task[i];
    assert_null(t->problem);
    assert_true(t->image_files.n > 10);
    assert_int_equal(strncmp(t->roi, "GTV_Mass", 8), 0);
    assert_int_equal(t->info.unit, t->entry == 0   ? RC_UNIT_HU
                                   : t->entry == 1 ? RC_UNIT_SUV
                                                   : RC_UNIT_ARBITRARY);
  }
  rc_arena_destroy(arena);
}

static void plans_travel_whole(void **state) {
  (void)state;
  const char *sts = test_data("sts");
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = plan_of(scan_yaml, sts, arena, &w), *copy = NULL;
  unsigned char *bytes = NULL;
  size_t n = 0;
  assert_int_equal(rc_plan_pack(plan, 3, &bytes, &n, NULL), RC_OK);
  assert_int_equal(rc_plan_unpack(bytes, n, 3, arena, &copy, NULL), RC_OK);
  assert_int_equal(copy->n_tasks, plan->n_tasks);
  assert_int_equal(copy->n_units, plan->n_units);
  assert_memory_equal(copy->first, plan->first, (size_t)(plan->n_units + 1) * sizeof *plan->first);
  assert_memory_equal(copy->order, plan->order, (size_t)plan->n_units * sizeof *plan->order);
  for (int64_t i = 0; i < plan->n_tasks; i++) {
    const rc_task *a = &plan->task[i], *b = &copy->task[i];
    assert_string_equal(a->observation, b->observation);
    assert_string_equal(a->mask_path, b->mask_path);
    assert_string_equal(a->info.series_uid, b->info.series_uid);
    assert_string_equal(a->info.format, b->info.format);
    assert_int_equal(a->image_files.n, b->image_files.n);
    assert_string_equal(a->image_files.item[3], b->image_files.item[3]);
    assert_null(b->problem);
    assert_int_equal(b->n_companions, i < 14 ? 2 : 0);
    for (int64_t c = 0; c < b->n_companions; c++) {
      const rc_task *other = b->companion[c];
      assert_int_equal(other->entry, c == 0 ? 2 : 1);
      assert_string_equal(other->patient, b->patient);
      assert_true(other >= copy->task && other < copy->task + copy->n_tasks);
    }
  }
  // Cut anywhere, it is refused, not believed.
  for (size_t cut = 0; cut < n; cut += n / 97 + 1)
    assert_int_equal(rc_plan_unpack(bytes, cut, 3, arena, &copy, NULL), RC_ERR_INTERNAL);
  free(bytes);
  rc_arena_destroy(arena);
}

static void a_case_list(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = NULL;
  rc_error err = RC_ERROR_INIT;
  write_text("cases.csv", "patient,modality,image,mask,time_point\n"
                          "007,CT,missing.nii.gz,missing_mask.nii.gz,b\n"
                          "007,CT,missing.nii.gz,missing_mask.nii.gz,a\n"
                          "12,PT,missing.nii.gz,missing_mask.nii.gz,a\n");
  static const char text[] = "cohort: {root: '.', list: cases.csv}\nimages: {CT: {}, PET: {}}\n";
  assert_int_equal(make(text, arena, &w, &plan, &err), RC_OK);
  assert_int_equal(plan->n_tasks, 3);
  assert_string_equal(plan->task[0].observation, "007/a");
  assert_string_equal(plan->task[1].observation, "007/b");
  assert_string_equal(plan->task[2].observation, "12/a");
  assert_non_null(strstr(plan->task[0].problem, "missing.nii.gz")); // recorded, not fatal

  write_text("cases.csv", "patient,modality,image\n1,CT,a\n");
  assert_int_equal(make(text, arena, &w, &plan, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "cases.csv:1: column 'mask' is missing"));
  rc_error_clear(&err);
  write_text("cases.csv", "patient,modality,image,mask\n");
  assert_int_equal(make(text, arena, &w, &plan, &err), RC_ERR_EMPTY);
  rc_error_clear(&err);
  write_text("cases.csv", "patient,modality,image,mask\n,CT,a,b\n");
  assert_int_equal(make(text, arena, &w, &plan, &err), RC_ERR_FORMAT);
  rc_arena_destroy(arena);
}

static bool has_note(const rc_plan *plan, const char *text) {
  for (int64_t i = 0; i < plan->notes.n; i++)
    if (strstr(plan->notes.item[i], text) != NULL)
      return true;
  return false;
}

/// The image of another entry is found by patient and time point; none or several are no companion.
static void companions_are_found(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = NULL;
  rc_error err = RC_ERROR_INIT;
  write_text("cases.csv", "patient,modality,image,mask,time_point\n"
                          "1,CT,ct1a.nii.gz,m.nii.gz,a\n1,PT,pt1b.nii.gz,m.nii.gz,b\n"
                          "1,CT,ct1b.nii.gz,m.nii.gz,b\n2,CT,ct2a.nii.gz,m.nii.gz,a\n"
                          "2,PT,pt2a.nii.gz,m.nii.gz,a\n2,PT,pt2a_again.nii.gz,m.nii.gz,a\n");
  static const char text[] = "cohort: {root: '.', list: cases.csv}\n"
                             "images: {CT: {habitats: {clusters: 2, with: PET}}, PET: {}}\n";
  assert_int_equal(make(text, arena, &w, &plan, &err), RC_OK);
  assert_int_equal(plan->n_tasks, 6);
  for (int64_t i = 0; i < 3; i++)
    assert_int_equal(plan->task[i].n_companions, 1);
  assert_null(plan->task[0].companion[0]);
  assert_non_null(strstr(plan->task[1].companion[0]->image_path, "pt1b.nii.gz"));
  assert_null(plan->task[2].companion[0]);
  assert_true(has_note(plan, "1/a: no PET image, or several, for the habitats of its CT"));
  assert_true(has_note(plan, "2/a: no PET image, or several, for the habitats of its CT"));
  rc_arena_destroy(arena);
}

/// Parts of a name may hold any character, '/' and '#' too; no two rows may share one.
static void names_are_unique(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = NULL;
  write_text("cases.csv", "patient,modality,image,mask,time_point\n"
                          "A,CT,i,m,b/c\n"
                          "A/b,CT,i,m,c\n"
                          "A,CT,j,m,b/c\n"
                          "A,CT,i,m,b/c#2\n"
                          "B,CT,i,m,\n");
  assert_int_equal(
      make("cohort: {root: '.', list: cases.csv}\nimages: {CT: {}}\n", arena, &w, &plan, NULL),
      RC_OK);
  assert_int_equal(plan->n_tasks, 5);
  for (int64_t i = 0; i < 5; i++)
    for (int64_t j = 0; j < i; j++)
      assert_string_not_equal(plan->task[i].observation, plan->task[j].observation);
  assert_string_equal(plan->task[0].observation, "A/b/c");
  assert_string_equal(plan->task[4].observation, "B"); // it has no time point
  assert_true(has_note(plan, "2 images of CT with the same ROI"));
  rc_arena_destroy(arena);
}

static void filters_that_select_nothing_are_told(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = NULL;
  write_text("cases.csv", "patient,modality,image,mask\n"
                          "STS_001,CT,i,m\nSTS_002,CT,i,m\n");
  assert_int_equal(
      make("cohort: {root: '.', list: cases.csv, patients: [STS_001, STS_0002, 'S*']}\n"
           "images: {CT: {}}\n",
           arena, &w, &plan, NULL),
      RC_OK);
  assert_true(has_note(plan, "cohort.patients: 'STS_0002' matches nothing; did you mean 'STS_00"));
  assert_false(has_note(plan, "'STS_001' matches nothing"));
  assert_false(has_note(plan, "'S*' matches nothing"));
  rc_arena_destroy(arena);
}

static void an_unreadable_mask_is_one_failing_task(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = NULL;
  write_text("scan.nii", "this is no image");
  write_text("mask.nii", "nor is this a mask");
  write_text("cases.csv", "patient,modality,image,mask\nP,CT,scan.nii,mask.nii\n");
  assert_int_equal(make("cohort: {root: '.', list: cases.csv, roi: [GTV]}\nimages: {CT: {}}\n",
                        arena, &w, &plan, NULL),
                   RC_OK);
  assert_int_equal(plan->n_tasks, 1);
  assert_non_null(strstr(plan->task[0].problem, "scan.nii: neither NIfTI nor DICOM"));
  rc_arena_destroy(arena);
}

/// Planning 20,000 cases must not take quadratic time; 100 times slower would run into the limit.
static void many_cases(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_workflow *w = NULL;
  rc_plan *plan = NULL;
  char path[4096];
  snprintf(path, sizeof path, "%s/cases.csv", test_folder("plan"));
  FILE *file = fopen(path, "wb");
  fprintf(file, "patient,modality,image,mask\n");
  for (int i = 0; i < 20000; i++)
    fprintf(file, "P%d,CT,none,none\n", (i * 7919) % 20000);
  fclose(file);
  assert_int_equal(
      make("cohort: {root: '.', list: cases.csv}\nimages: {CT: {}}\n", arena, &w, &plan, NULL),
      RC_OK);
  assert_int_equal(plan->n_tasks, 20000);
  check_rows(plan, 1);
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(patterns_find_the_sarcoma_cohort),
                                     cmocka_unit_test(an_archive_is_scanned),
                                     cmocka_unit_test(plans_travel_whole),
                                     cmocka_unit_test(a_case_list),
                                     cmocka_unit_test(companions_are_found),
                                     cmocka_unit_test(names_are_unique),
                                     cmocka_unit_test(filters_that_select_nothing_are_told),
                                     cmocka_unit_test(an_unreadable_mask_is_one_failing_task),
                                     cmocka_unit_test(many_cases)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
