// SPDX-License-Identifier: Apache-2.0
// Images read once for all tasks of a unit, and ahead in a thread: rows do not change.
#include "support.h"

#include "run/reader.h"
#include "workflow/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 600 };

typedef struct fixture {
  rc_arena *arena, *scratch;
  rc_workflow *workflow;
  int64_t n_columns;
} fixture;

static fixture make(const char *read_ahead) {
  char path[4096];
  const char *report = NULL;
  rc_error err = RC_ERROR_INIT;
  fixture f = {.arena = rc_arena_create(0), .scratch = rc_arena_create(0)};
  snprintf(path, sizeof path, "%s/workflow.yaml", test_folder("reader"));
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file,
          "cohort: {dicom: .}\nimages: {PET: {}}\nfeatures: {families: [statistics, glcm]}\n"
          "run: {read_ahead: %s}\n",
          read_ahead);
  fclose(file);
  if (rc_workflow_load(path, NULL, f.arena, &f.workflow, &report, &err) != RC_OK)
    fail_msg("%s", report);
  rc_entry_column *column = NULL;
  assert_int_equal(rc_entry_columns(&f.workflow->image[0], f.arena, &column, &f.n_columns, &err),
                   RC_OK);
  assert_true(f.n_columns > 20 && f.n_columns <= MOST);
  return f;
}

static void release(fixture *f) {
  rc_arena_destroy(f->arena);
  rc_arena_destroy(f->scratch);
}

/// A PET of the sarcoma cohort; `roi` "" and "1" are the same voxels.
static rc_task task_of(const fixture *f, const char *patient, const char *roi) {
  char name[128];
  snprintf(name, sizeof name, "sts/nifti/%s/PET_image.nii.gz", patient);
  const char *image = rc_arena_strdup(f->arena, test_data(name));
  snprintf(name, sizeof name, "sts/nifti/%s/PET_mask.nii.gz", patient);
  return (rc_task){.patient = patient,
                   .time_point = "",
                   .roi = roi,
                   .image_path = image,
                   .mask_path = rc_arena_strdup(f->arena, test_data(name))};
}

static rc_case_row run(fixture *f, const rc_task *task, rc_case_image *image, double *value) {
  rc_case_row row;
  const rc_arena_mark mark = rc_arena_get_mark(f->scratch);
  rc_case_run(f->workflow, task, image, f->n_columns, f->scratch, &row, value);
  rc_arena_rewind(f->scratch, mark);
  return row;
}

static void assert_same_row(const fixture *f, const rc_case_row *a, const double *va,
                            const rc_case_row *b, const double *vb) {
  assert_int_equal(a->status, RC_OK);
  assert_int_equal(b->status, RC_OK);
  assert_string_equal(a->digest, b->digest);
  assert_memory_equal(va, vb, (size_t)f->n_columns * sizeof *va);
}

static void test_one_reading_serves_all_regions(void **state) {
  (void)state;
  fixture f = make("never");
  rc_task first = task_of(&f, "STS_001", ""), second = task_of(&f, "STS_001", "1");
  rc_task other = task_of(&f, "STS_003", "1");
  rc_case_image shared = {0}, fresh = {0};
  double a[MOST], b[MOST], c[MOST];
  rc_case_row ra = run(&f, &first, &shared, a);
  const double *voxels = shared.volume.value;
  rc_case_row rb = run(&f, &second, &shared, b);
  assert_ptr_equal(shared.volume.value, voxels); // not read again
  assert_same_row(&f, &ra, a, &rb, b);
  rc_case_row rc = run(&f, &other, &shared, c); // another image takes its place
  rc_case_row rd = run(&f, &other, &fresh, b);
  assert_same_row(&f, &rc, c, &rd, b);
  assert_true(a[0] != c[0]);
  rc_case_image_release(&shared);
  rc_case_image_release(&fresh);
  release(&f);
}

static void test_reading_ahead_changes_nothing(void **state) {
  (void)state;
  static const char *const patient[] = {"STS_001", "STS_003", "STS_002"};
  static const char *const wish[] = {"never", "always"};
  double value[2][3][MOST];
  rc_case_row row[2][3];
  for (int w = 0; w < 2; w++) {
    fixture f = make(wish[w]);
    rc_reader reader = {.workflow = f.workflow};
    rc_task task[3];
    for (int i = 0; i < 3; i++)
      task[i] = task_of(&f, patient[i], "");
    for (int i = 0; i < 3; i++) {
      rc_case_image *image = rc_reader_image(&reader, &task[i]);
      if (i < 2)
        rc_reader_begin(&reader, &task[i + 1]);
      assert_int_equal(reader.thread != NULL, w == 1 && i < 2);
      row[w][i] = run(&f, &task[i], image, value[w][i]);
    }
    if (w == 1)
      for (int i = 0; i < 3; i++)
        assert_same_row(&f, &row[0][i], value[0][i], &row[1][i], value[1][i]);
    rc_reader_begin(&reader, &task[0]); // never asked for: released while it is being read
    rc_reader_release(&reader);
    release(&f);
  }
}

static void test_an_unreadable_image_fails_each_of_its_tasks(void **state) {
  (void)state;
  fixture f = make("always");
  rc_task task = task_of(&f, "STS_001", ""), known = task;
  rc_reader reader = {.workflow = f.workflow};
  double value[MOST];
  task.image_path = "/nonexistent/image.nii.gz";
  rc_reader_begin(&reader, &task);
  for (int i = 0; i < 2; i++) {
    rc_case_row row = run(&f, &task, rc_reader_image(&reader, &task), value);
    assert_int_equal(row.status, RC_ERR_NOT_FOUND);
    assert_non_null(strstr(row.error, "/nonexistent/image.nii.gz"));
  }
  known.problem = "seen when planning"; // such a task never touches the file
  known.problem_status = RC_ERR_GEOMETRY;
  rc_case_row row = run(&f, &known, rc_reader_image(&reader, &known), value);
  assert_int_equal(row.status, RC_ERR_GEOMETRY);
  assert_string_equal(row.error, "seen when planning");
  rc_reader_release(&reader);
  release(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_reading_serves_all_regions),
      cmocka_unit_test(test_reading_ahead_changes_nothing),
      cmocka_unit_test(test_an_unreadable_image_fails_each_of_its_tasks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
