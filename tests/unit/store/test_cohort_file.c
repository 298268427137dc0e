// SPDX-License-Identifier: Apache-2.0
// The cohort file from one rank: what is written is read, and what is wrong is refused.
#include "../../store/sample.h"
#include "store/tables.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS 6
#define COLUMNS 3

static const char *file_in_folder(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", test_folder("store"), name);
  return path;
}

/// A whole sample cohort written by this process.
static const char *write_sample(rc_arena *arena, const char *name) {
  const char *path = file_in_folder(name);
  rc_error err = RC_ERROR_INIT;
  rc_store *store = NULL;
  double scratch[COLUMNS + 1];
  assert_int_equal(sample_create(path, ROWS, COLUMNS, arena, &err), RC_OK);
  assert_int_equal(rc_store_open(path, MPI_COMM_SELF, &store, &err), RC_OK);
  for (int64_t m = 0; m < 2; m++)
    for (int64_t row = ROWS - 1; row >= 0; row--)
      assert_int_equal(sample_write_row(store, m, row, COLUMNS + m, scratch, &err), RC_OK);
  assert_int_equal(rc_store_close(store, &err), RC_OK);
  assert_int_equal(sample_finish(path, arena, &err), RC_OK);
  return path;
}

static void what_is_written_is_read(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  const char *path = write_sample(arena, "round.h5mu");
  rc_error err = RC_ERROR_INIT;
  rc_frame *obs = NULL, *var = NULL;
  double *x = NULL;
  for (int64_t m = 0; m < 2; m++) {
    const char *name = m == 0 ? "CT" : "PT";
    assert_int_equal(rc_store_read_obs(path, name, arena, &obs, &err), RC_OK);
    assert_int_equal(rc_store_read_var(path, name, arena, &var, &err), RC_OK);
    assert_int_equal(rc_store_read_x(path, name, arena, &x, &err), RC_OK);
    assert_int_equal(obs->n_rows, ROWS);
    assert_int_equal(var->n_rows, COLUMNS + m);
    assert_string_equal(var->index[1], "stat_1");
    assert_string_equal(obs->column[0].name, "patient");
    assert_string_equal(rc_frame_find(obs, "status")->text[3], "geometry");
    assert_string_equal(rc_frame_find(obs, "error")->text[3], "mask does not fit: größer");
    assert_int_equal(rc_frame_find(obs, "n_voxels")->integer[2], 102);
    assert_near(rc_frame_find(obs, "volume_mm3")->real[3], 1.5, 0, 0);
    for (int64_t i = 0; i < ROWS * (COLUMNS + m); i++)
      assert_near(x[i], sample_value(m, i / (COLUMNS + m), i % (COLUMNS + m)), 0, 0);
  }
  assert_int_equal(rc_store_read_obs(path, "clinical", arena, &obs, &err), RC_OK);
  assert_string_equal(rc_frame_find(obs, "sex_größe")->text[1], "weiblich ♀");
  assert_int_equal(rc_store_read_obs(path, NULL, arena, &obs, &err), RC_OK);
  assert_int_equal(obs->n_rows, ROWS + 1);
  assert_int_equal(rc_frame_find(obs, "PT")->integer[1], 1);
  assert_int_equal(rc_frame_find(obs, "CT")->integer[ROWS], 0);
  rc_arena_destroy(arena);
}

static void tables_have_names(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  const char *path = write_sample(arena, "tables.h5mu");
  rc_error err = RC_ERROR_INIT;
  rc_table_entry *entry = NULL;
  rc_frame *frame = NULL;
  int64_t n = 0;
  assert_int_equal(rc_tables_list(path, arena, &entry, &n, &err), RC_OK);
  assert_int_equal(n, 3 * 3 + 3 + 2);
  for (int64_t i = 0; i < n; i++)
    assert_int_equal(rc_tables_open(path, entry[i].name, arena, &frame, &err), RC_OK);
  assert_string_equal(entry[n - 1].name, "join/cox");
  assert_string_equal(frame->index_name, "term");
  assert_near(rc_frame_find(frame, "hr")->real[0], 1.0 / 3.0, 0, 0);
  assert_int_equal(rc_tables_open(path, "/CT", arena, &frame, &err), RC_OK);
  assert_near(rc_frame_find(frame, "stat_2")->real[1], sample_value(0, 1, 2), 0, 0);
  assert_int_equal(rc_tables_open(path, "provenance", arena, &frame, &err), RC_OK);
  assert_string_equal(frame->index[0], "program");
  assert_string_equal(frame->column[0].text[1], "12");
  assert_int_equal(rc_tables_open(path, "CT/obz", arena, &frame, &err), RC_ERR_NOT_FOUND);
  assert_non_null(strstr(err.message, "did you mean 'CT/obs'"));
  rc_arena_destroy(arena);
}

static void a_row_not_written_says_so(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_frame *obs = NULL;
  double *x = NULL;
  const char *path = file_in_folder("empty.h5mu");
  assert_int_equal(sample_create(path, ROWS, COLUMNS, arena, &err), RC_OK);
  assert_int_equal(rc_store_read_obs(path, "CT", arena, &obs, &err), RC_OK);
  assert_int_equal(rc_store_read_x(path, "CT", arena, &x, &err), RC_OK);
  for (int64_t row = 0; row < ROWS; row++)
    assert_string_equal(rc_frame_find(obs, "status")->text[row], RC_STORE_NOT_RUN);
  for (int64_t i = 0; i < ROWS * COLUMNS; i++)
    assert_true(isnan(x[i]));
  rc_arena_destroy(arena);
}

static void long_texts_end_at_a_character(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_store *store = NULL;
  rc_frame *obs = NULL;
  double x[COLUMNS] = {0};
  char text[1002] = "";
  for (int i = 0; i < 1000; i += 2)
    memcpy(text + i, "é", 2);
  text[0] = 'x';
  text[1] = '\xff';
  const char *path = file_in_folder("long.h5mu");
  rc_store_row live = {.status = "a_status_of_many_letters", .error = text, .undefined = text + 1};
  assert_int_equal(sample_create(path, ROWS, COLUMNS, arena, &err), RC_OK);
  assert_int_equal(rc_store_open(path, MPI_COMM_SELF, &store, &err), RC_OK);
  assert_int_equal(rc_store_write_row(store, 0, 0, x, &live, &err), RC_OK);
  assert_int_equal(rc_store_write_row(store, 0, ROWS, x, &live, &err), RC_ERR_INTERNAL);
  assert_int_equal(rc_store_write_row(store, 0, -1, x, &live, &err), RC_ERR_INTERNAL);
  assert_int_equal(rc_store_write_row(store, 3, 0, x, &live, &err), RC_ERR_INTERNAL);
  assert_int_equal(rc_store_write_row(store, 2, 0, x, &live, &err), RC_ERR_INTERNAL);
  assert_int_equal(rc_store_close(store, &err), RC_OK);
  assert_int_equal(rc_store_read_obs(path, "CT", arena, &obs, &err), RC_OK);
  assert_string_equal(rc_frame_find(obs, "status")->text[0], "a_status_of_many");
  assert_int_equal(strlen(rc_frame_find(obs, "error")->text[0]), 512);
  assert_int_equal(strlen(rc_frame_find(obs, "undefined")->text[0]), 511); // one byte would be half
  assert_memory_equal(rc_frame_find(obs, "error")->text[0], "x?éé", 6);
  assert_string_equal(rc_frame_find(obs, "digest")->text[0], "");
  rc_arena_destroy(arena);
}

static void names_that_hdf5_cannot_hold_are_changed(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = rc_frame_create(arena, "odd/name", "who/what", 1), *back = NULL;
  const char *names[] = {"a/b", "a_b", "", ".", "_index", "who_what", "latin \xe4"};
  const char *kept[] = {"a_b", "a_b.2", "_", "_.2", "_index.2", "who_what.2", "latin ?"};
  const char *path = file_in_folder("names.h5mu");
  for (int i = 0; i < 7; i++)
    rc_frame_add(frame, names[i], RC_COLUMN_INT)->integer[0] = i;
  frame->index[0] = "\xff row";
  assert_int_equal(sample_create(path, 1, 1, arena, &err), RC_OK);
  assert_int_equal(rc_store_add_frame(path, NULL, frame, &err), RC_OK);
  assert_int_equal(rc_store_add_frame(path, NULL, frame, &err), RC_ERR_WORKFLOW);
  assert_int_equal(rc_store_read_uns(path, "odd_name", arena, &back, NULL), RC_OK);
  assert_string_equal(back->index_name, "who_what");
  assert_string_equal(back->index[0], "? row");
  assert_int_equal(back->n_columns, 7);
  for (int i = 0; i < 7; i++) {
    assert_string_equal(back->column[i].name, kept[i]);
    assert_int_equal(back->column[i].integer[0], i);
  }
  rc_arena_destroy(arena);
}

static void a_frame_may_have_many_columns(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = rc_frame_create(arena, "wide", "row", 1), *back = NULL;
  const char *path = file_in_folder("wide.h5mu");
  enum { WIDE = 5000 }; // beyond what an attribute of HDF5's first format holds
  for (int i = 0; i < WIDE; i++)
    rc_frame_add(frame, rc_arena_printf(arena, "c%d", i), RC_COLUMN_INT)->integer[0] = i;
  assert_int_equal(sample_create(path, 1, 1, arena, &err), RC_OK);
  assert_int_equal(rc_store_add_frame(path, NULL, frame, &err), RC_OK);
  assert_int_equal(rc_store_read_uns(path, "wide", arena, &back, &err), RC_OK);
  assert_int_equal(back->n_columns, WIDE);
  assert_string_equal(back->column[WIDE - 1].name, "c4999");
  rc_arena_destroy(arena);
}

static void empty_tables_are_tables(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  const char *path = file_in_folder("nothing.h5mu");
  rc_frame *none = rc_frame_create(arena, "none", "row", 0), *back = NULL;
  rc_store_modality modality = {"CT", none, none, NULL, true};
  rc_store *store = NULL;
  rc_store_summary *list = NULL;
  rc_texts uns;
  int64_t n = 0;
  assert_int_equal(rc_store_create(path, &modality, 1, NULL, &err), RC_OK);
  assert_int_equal(rc_store_open(path, MPI_COMM_SELF, &store, &err), RC_OK);
  assert_int_equal(rc_store_close(store, &err), RC_OK);
  assert_int_equal(rc_store_add_frame(path, NULL, none, &err), RC_OK);
  assert_int_equal(rc_store_list(path, arena, &list, &n, &uns, &err), RC_OK);
  assert_int_equal(list[0].n_obs + list[0].n_var, 0);
  assert_int_equal(uns.n, 1);
  assert_int_equal(rc_tables_open(path, "CT", arena, &back, &err), RC_OK);
  assert_int_equal(rc_store_create(path, NULL, 0, NULL, &err), RC_OK);
  assert_int_equal(rc_store_list(path, arena, &list, &n, &uns, &err), RC_OK);
  assert_int_equal(n, 0);
  assert_int_equal(rc_store_close(NULL, &err), RC_OK);
  rc_arena_destroy(arena);
}

static void wrong_names_are_refused(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_frame *twice = sample_obs(arena, "CT", 3), *var = sample_var(arena, "CT", 2);
  const char *path = file_in_folder("twice.h5mu");
  twice->index[2] = twice->index[0];
  rc_store_modality modality = {"CT", twice, var, NULL, false};
  assert_int_equal(rc_store_create(path, &modality, 1, NULL, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "'CT' has the row name 'P00000' twice"));
  rc_error_clear(&err);
  modality.obs = sample_obs(arena, "CT", 3);
  modality.name = "C/T";
  assert_int_equal(rc_store_create(path, &modality, 1, NULL, &err), RC_ERR_WORKFLOW);
  rc_arena_destroy(arena);
}

static void places_that_cannot_be_written_are_errors(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  char longer[6000];
  memset(longer, 'a', sizeof longer);
  longer[sizeof longer - 1] = '\0';
  const char *paths[] = {"/proc/none/x.h5mu", longer, "/dev/full/x.h5mu", test_folder("store")};
  for (int i = 0; i < 4; i++) {
    rc_error err = RC_ERROR_INIT;
    assert_int_equal(sample_create(paths[i], 1, 1, arena, &err), RC_ERR_IO);
    assert_true(strlen(err.message) > 0);
  }
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_store_publish("/proc/none/a", "/proc/none/b", &err), RC_ERR_IO);
  rc_arena_destroy(arena);
}

static void publishing_renames(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  char part[4096], final[4096];
  snprintf(part, sizeof part, "%s", file_in_folder("done.h5mu.part"));
  snprintf(final, sizeof final, "%s", file_in_folder("done.h5mu"));
  assert_int_equal(sample_create(part, 1, 1, arena, &err), RC_OK);
  assert_int_equal(rc_store_publish(part, final, &err), RC_OK);
  assert_int_not_equal(access(part, F_OK), 0);
  assert_int_equal(access(final, R_OK), 0);
  rc_arena_destroy(arena);
}

/// Everything that reads, on one file; how many calls succeeded.
static int read_everything(const char *path) {
  rc_arena *arena = rc_arena_create((size_t)1 << 30);
  rc_table_entry *entry = NULL;
  rc_frame *frame = NULL;
  int64_t n = 0;
  rc_error err = RC_ERROR_INIT;
  int good = rc_tables_list(path, arena, &entry, &n, &err) == RC_OK;
  static const char *const names[] = {"CT", "PT/obs", "clinical/var", "obs", "cox", "provenance"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    rc_error_clear(&err);
    rc_status status = rc_tables_open(path, names[i], arena, &frame, &err);
    assert_true(status == RC_OK || err.message[0] != '\0');
    good += status == RC_OK;
  }
  rc_arena_destroy(arena);
  return good;
}

static void copy_start(const char *from, const char *to, long keep) {
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  assert_non_null(in);
  assert_non_null(out);
  long position = 0;
  for (int c; (c = getc(in)) != EOF && (keep < 0 || position < keep); position++)
    putc(c, out);
  fclose(in);
  assert_int_equal(fclose(out), 0);
}

static void files_that_are_no_cohort_are_errors(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  char good[4096];
  snprintf(good, sizeof good, "%s", write_sample(arena, "good.h5mu"));
  assert_int_equal(rc_store_read_obs("/proc/none", "CT", arena, &frame, &err), RC_ERR_NOT_FOUND);
  rc_error_clear(&err);
  assert_int_equal(rc_store_read_obs(test_source("LICENSE"), "CT", arena, &frame, &err),
                   RC_ERR_FORMAT);
  rc_error_clear(&err);
  assert_int_equal(rc_store_read_obs(good, "MR", arena, &frame, &err), RC_ERR_NOT_FOUND);
  const char *bad[] = {"../mod/CT", "", ".", "CT/obs"};
  for (int i = 0; i < 4; i++)
    assert_int_equal(rc_store_read_obs(good, bad[i], arena, &frame, NULL), RC_ERR_NOT_FOUND);
  const char *cut = file_in_folder("cut.h5mu");
  struct stat facts;
  assert_int_equal(stat(good, &facts), 0);
  for (long keep = 0; keep < facts.st_size; keep += facts.st_size / 12) {
    copy_start(good, cut, keep);
    assert_int_equal(read_everything(cut), 0);
  }
  copy_start(good, cut, -1);
  assert_int_equal(read_everything(cut), 7);
  rc_arena_destroy(arena);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(tables_have_names),
      cmocka_unit_test(a_row_not_written_says_so),
      cmocka_unit_test(long_texts_end_at_a_character),
      cmocka_unit_test(names_that_hdf5_cannot_hold_are_changed),
      cmocka_unit_test(a_frame_may_have_many_columns),
      cmocka_unit_test(empty_tables_are_tables),
      cmocka_unit_test(wrong_names_are_refused),
      cmocka_unit_test(places_that_cannot_be_written_are_errors),
      cmocka_unit_test(publishing_renames),
      cmocka_unit_test(files_that_are_no_cohort_are_errors),
  };
  MPI_Init(&argc, &argv);
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  MPI_Finalize();
  return failed;
}
