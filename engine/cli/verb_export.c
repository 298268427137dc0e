// SPDX-License-Identifier: Apache-2.0
#include "cli/isolate.h"
#include "cli/verbs.h"
#include "report/select.h"
#include "report/text_table.h"
#include "store/tables.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/// RFC 4180: quoted where needed, quotes doubled.
static void put_quoted(FILE *file, const char *text) {
  if (strpbrk(text, ",\"\r\n") == NULL) {
    fputs(text, file);
    return;
  }
  putc('"', file);
  for (; *text != '\0'; text++) {
    if (*text == '"')
      putc('"', file);
    putc(*text, file);
  }
  putc('"', file);
}

static void put_cell(FILE *file, const rc_frame *frame, int64_t row, int64_t column) {
  char number[64];
  const rc_column *c = &frame->column[column];
  putc(',', file);
  if (c->type == RC_COLUMN_TEXT)
    put_quoted(file, c->text[row]);
  else
    fputs(rc_frame_cell(frame, row, column, number, sizeof number), file);
}

static void put_csv(FILE *file, const rc_frame *frame) {
  put_quoted(file, frame->index_name);
  for (int64_t c = 0; c < frame->n_columns; c++) {
    putc(',', file);
    put_quoted(file, frame->column[c].name);
  }
  putc('\n', file);
  for (int64_t row = 0; row < frame->n_rows; row++) {
    put_quoted(file, frame->index[row]);
    for (int64_t c = 0; c < frame->n_columns; c++)
      put_cell(file, frame, row, c);
    putc('\n', file);
  }
}

/// Under another name first, so that readers never see half a file.
static rc_status write_file(const char *path, const rc_frame *frame, rc_arena *arena,
                            rc_error *err) {
  const char *part = rc_arena_printf(arena, "%s.part", path);
  if (part == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  FILE *file = fopen(part, "wb");
  if (file == NULL)
    return rc_fail(err, RC_ERR_IO, "%s: cannot be written: %s", part, strerror(errno));
  put_csv(file, frame);
  bool failed = ferror(file) != 0;
  if (fclose(file) != 0 || failed) {
    rc_fail(err, RC_ERR_IO, "%s: writing failed: %s", part, strerror(errno));
    remove(part);
    return RC_ERR_IO;
  }
  return rc_store_publish(part, path, err);
}

static rc_status list(const char *path, rc_arena *arena, rc_error *err) {
  rc_table_entry *entry = NULL;
  int64_t n = 0;
  rc_status status = rc_tables_list(path, arena, &entry, &n, err);
  rc_frame *frame = status == RC_OK ? rc_frame_create(arena, "tables", "table", n) : NULL;
  rc_column *what = frame == NULL ? NULL : rc_frame_add(frame, "what", RC_COLUMN_TEXT);
  if (status != RC_OK || what == NULL)
    return status != RC_OK ? status : rc_fail(err, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; i < n; i++) {
    frame->index[i] = entry[i].name;
    what->text[i] = entry[i].what;
  }
  const char *text = rc_text_table(frame, &(rc_text_table_options){.cell = 200}, arena);
  if (text == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  fputs(text, stdout);
  return RC_OK;
}

static rc_status export_table(const rc_arguments *arguments, rc_error *err) {
  const char *path = rc_operand(arguments, 0), *name = rc_option_value(arguments, "table"),
             *out = rc_option_value(arguments, "out");
  rc_texts globs = rc_option_values(arguments, "columns");
  rc_arena *arena = rc_arguments_arena(arguments);
  rc_frame *frame = NULL;
  if (name == NULL)
    return rc_fail(err, RC_ERR_USAGE, "export: --table NAME is needed; --list names the tables");
  rc_status status = rc_tables_open(path, name, arena, &frame, err);
  if (status == RC_OK)
    status = rc_select_columns(frame, &globs, arena, &frame, err);
  if (status != RC_OK)
    return status;
  if (out != NULL)
    return write_file(out, frame, arena, err);
  put_csv(stdout, frame);
  return RC_OK;
}

static int work(const rc_arguments *arguments) {
  rc_error err = RC_ERROR_INIT;
  rc_status status = rc_option_value(arguments, "list") != NULL
                         ? list(rc_operand(arguments, 0), rc_arguments_arena(arguments), &err)
                         : export_table(arguments, &err);
  return status == RC_OK ? RC_EXIT_OK : rc_report_error(&err);
}

static int run(const rc_arguments *arguments) {
  return rc_isolate(work, arguments);
}

static const rc_option options[] = {
    {"list", NULL, "name the tables of the file"},
    {"table", "NAME", "CT, CT/obs, CT/var, obs, var, provenance, or a result's name"},
    {"columns", "GLOB", "only columns that match, e.g. 'stat_*'; may be given again"},
    {"out", "FILE.csv", "where to write; default standard output"},
};

const rc_verb rc_verb_export = {
    .name = "export",
    .summary = "Write any table of a cohort file as CSV",
    .usage = "FILE.h5mu --table NAME [--out FILE.csv]",
    .details =
        "Numbers have as many digits as it takes to read back the same bits; a missing number is\n"
        "an empty cell. Texts are quoted as RFC 4180 asks. A modality's name gives rows with "
        "their\n"
        "description and every feature in one wide table.",
    .examples =
        "  radcohort export cohort.h5mu --list                        # what there is\n"
        "  radcohort export cohort.h5mu --table CT --out ct.csv       # all of one modality\n"
        "  radcohort export cohort.h5mu --table CT --columns 'glcm_*' # some features\n"
        "  radcohort export cohort.h5mu --table screen | head         # a model's result\n",
    .option = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
