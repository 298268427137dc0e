// SPDX-License-Identifier: Apache-2.0
#include "cli/isolate.h"
#include "cli/verbs.h"
#include "report/select.h"
#include "report/text_table.h"
#include "store/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_ROWS 20
#define PLAIN_WIDTH 120
#define MAX_FAILED 10
#define BEST_ROWS 5
/// Results with more rows than this are only counted, unless they have p-values to rank by.
#define SMALL_RESULT 8
#define INDENT "  "

static int64_t screen_width(void) {
  struct winsize size;
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
    return size.ws_col;
  return PLAIN_WIDTH;
}

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory");
}

static rc_status print_frame(const rc_frame *frame, int64_t rows, int64_t cell, rc_arena *arena,
                             rc_error *err) {
  rc_text_table_options how = {
      .indent = INDENT, .width = screen_width(), .max_rows = rows, .cell = cell};
  const char *text = rc_text_table(frame, &how, arena);
  if (text == NULL)
    return no_memory(err);
  fputs(text, stdout);
  return RC_OK;
}

// ---- one table ---------------------------------------------------------------------------------

static rc_status show_table(const rc_arguments *arguments, rc_error *err) {
  int64_t rows = DEFAULT_ROWS;
  rc_arena *arena = rc_arguments_arena(arguments);
  rc_texts globs = rc_option_values(arguments, "columns");
  const char *wanted = rc_option_value(arguments, "rows");
  rc_frame *frame = NULL;
  if (wanted != NULL && (!rc_parse_int(wanted, &rows) || rows < 0))
    return rc_fail(err, RC_ERR_USAGE, "--rows: expected a number from 0 (all)");
  rc_status status =
      rc_tables_open(rc_operand(arguments, 0), rc_operand(arguments, 1), arena, &frame, err);
  if (status == RC_OK)
    status = rc_select_columns(frame, &globs, arena, &frame, err);
  return status == RC_OK ? print_frame(frame, rows, 32, arena, err) : status;
}

// ---- the summary -------------------------------------------------------------------------------

/// What the summary is made of.
typedef struct summary {
  const char *path;
  rc_arena *arena;
  rc_store_summary *modality;
  int64_t n;
  rc_texts uns;
  rc_frame **failed; ///< per modality: rows whose status is not ok; NULL where rows have none
} summary;

static rc_status load(summary *s, rc_error *err) {
  rc_status status = rc_store_list(s->path, s->arena, &s->modality, &s->n, &s->uns, err);
  s->failed = rc_arena_alloc(s->arena, (size_t)s->n, sizeof *s->failed);
  if (status == RC_OK && s->failed == NULL)
    status = no_memory(err);
  for (int64_t m = 0; status == RC_OK && m < s->n; m++) {
    rc_frame *obs = NULL;
    status = rc_store_read_obs(s->path, s->modality[m].name, s->arena, &obs, err);
    const rc_column *row_status = status == RC_OK ? rc_frame_find(obs, "status") : NULL;
    if (row_status == NULL || row_status->type != RC_COLUMN_TEXT ||
        rc_frame_find(obs, "error") == NULL)
      continue;
    s->failed[m] = rc_select_other(obs, row_status, rc_status_name(RC_OK), s->arena);
    if (s->failed[m] == NULL)
      status = no_memory(err);
  }
  return status;
}

static rc_status print_modalities(const summary *s, rc_error *err) {
  rc_frame *frame = rc_frame_create(s->arena, "modalities", "modality", s->n);
  if (frame == NULL || rc_frame_add(frame, "rows", RC_COLUMN_INT) == NULL ||
      rc_frame_add(frame, "columns", RC_COLUMN_INT) == NULL ||
      rc_frame_add(frame, "not ok", RC_COLUMN_INT) == NULL)
    return no_memory(err);
  for (int64_t m = 0; m < s->n; m++) {
    frame->index[m] = s->modality[m].name;
    frame->column[0].integer[m] = s->modality[m].n_obs;
    frame->column[1].integer[m] = s->modality[m].n_var;
    frame->column[2].integer[m] = s->failed[m] == NULL ? 0 : s->failed[m]->n_rows;
  }
  puts("Modalities");
  return print_frame(frame, 0, 0, s->arena, err);
}

static rc_status print_failed(const summary *s, rc_error *err) {
  const char *names[] = {"status", "error"};
  const rc_texts columns = {2, names};
  rc_status status = RC_OK;
  for (int64_t m = 0; status == RC_OK && m < s->n; m++) {
    rc_frame *part = NULL;
    if (s->failed[m] == NULL || s->failed[m]->n_rows == 0)
      continue;
    status = rc_select_columns(s->failed[m], &columns, s->arena, &part, err);
    if (status != RC_OK)
      break;
    printf("\nNot ok in %s\n", rc_printable(s->modality[m].name, 0, s->arena));
    status = print_frame(part, MAX_FAILED, 80, s->arena, err);
  }
  return status;
}

/// The columns of a survival model that say most; a result without them is shown whole.
static rc_status keep_telling(rc_frame **frame, rc_arena *arena, rc_error *err) {
  static const char *const telling[] = {"n",       "events", "hr", "hr_low",
                                        "hr_high", "p",      "q",  "concordance"};
  const char *found[sizeof telling / sizeof *telling];
  rc_texts columns = {0, found};
  for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
    if (rc_frame_find(*frame, telling[i]) != NULL)
      found[columns.n++] = telling[i];
  return rc_frame_find(*frame, "hr") == NULL
             ? RC_OK
             : rc_select_columns(*frame, &columns, arena, frame, err);
}

static rc_status print_lines(const char *text, rc_arena *arena, rc_error *err) {
  while (*text != '\0') {
    size_t n = strcspn(text, "\n");
    const char *line = rc_arena_printf(arena, "%.*s", (int)(n < 4096 ? n : 4096), text);
    line = line == NULL ? NULL : rc_printable(line, 0, arena);
    if (line == NULL)
      return no_memory(err);
    printf(INDENT "%s\n", line);
    text += n + (text[n] == '\n');
  }
  return RC_OK;
}

/// Sentences are printed as text; a row that has none says what its error was.
static rc_status print_sentences(const rc_frame *frame, const rc_column *sentences, rc_arena *arena,
                                 rc_error *err) {
  const rc_column *error = rc_frame_find(frame, "error");
  rc_status status = RC_OK;
  for (int64_t row = 0; status == RC_OK && row < frame->n_rows; row++) {
    const char *text = sentences->text[row];
    if (text[0] == '\0' && error != NULL && error->type == RC_COLUMN_TEXT)
      text = rc_arena_printf(arena, "%s failed: %s", frame->index[row], error->text[row]);
    status = text == NULL ? no_memory(err) : print_lines(text, arena, err);
  }
  return status;
}

static rc_status print_result(const summary *s, const char *name, rc_error *err) {
  rc_frame *frame = NULL;
  rc_status status = rc_store_read_uns(s->path, name, s->arena, &frame, err);
  if (status != RC_OK)
    return status;
  const rc_column *p = rc_frame_find(frame, "p"), *text = rc_frame_find(frame, "summary");
  bool ranked = p != NULL && p->type == RC_COLUMN_REAL && frame->n_rows > BEST_ROWS;
  printf("\n%s: %" PRId64 " row%s%s\n", rc_printable(name, 0, s->arena), frame->n_rows,
         frame->n_rows == 1 ? "" : "s", ranked ? "; those with the smallest p" : "");
  if (text != NULL && text->type == RC_COLUMN_TEXT)
    return print_sentences(frame, text, s->arena, err);
  if (ranked)
    frame = rc_select_smallest(frame, p, BEST_ROWS, s->arena);
  if (frame == NULL)
    return no_memory(err);
  if (frame->n_rows > SMALL_RESULT)
    return RC_OK;
  status = ranked ? keep_telling(&frame, s->arena, err) : RC_OK;
  return status == RC_OK ? print_frame(frame, 0, 0, s->arena, err) : status;
}

static rc_status print_facts(const summary *s, rc_error *err) {
  rc_frame *facts = NULL;
  rc_status status = rc_store_read_facts(s->path, s->arena, &facts, err);
  if (status != RC_OK)
    return status;
  puts("\nProvenance");
  return print_frame(facts, 0, 100, s->arena, err);
}

static rc_status show_summary(const rc_arguments *arguments, rc_error *err) {
  summary s = {.path = rc_operand(arguments, 0), .arena = rc_arguments_arena(arguments)};
  rc_status status = load(&s, err);
  if (status == RC_OK)
    status = print_modalities(&s, err);
  if (status == RC_OK)
    status = print_failed(&s, err);
  for (int64_t i = 0; status == RC_OK && i < s.uns.n; i++)
    status = print_result(&s, s.uns.item[i], err);
  return status == RC_OK ? print_facts(&s, err) : status;
}

static int work(const rc_arguments *arguments) {
  rc_error err = RC_ERROR_INIT;
  rc_status status =
      rc_operand_count(arguments) > 1 ? show_table(arguments, &err) : show_summary(arguments, &err);
  return status == RC_OK ? RC_EXIT_OK : rc_report_error(&err);
}

static int run(const rc_arguments *arguments) {
  return rc_isolate(work, arguments);
}

static const rc_option options[] = {
    {"rows", "N", "show N rows of the table, 0: all (default 20)"},
    {"columns", "GLOB", "only columns that match, e.g. 'stat_*'; may be given again"},
};

const rc_verb rc_verb_show = {
    .name = "show",
    .summary = "Summarise a cohort file, or show one of its tables",
    .usage = "FILE.h5mu [TABLE] [options]",
    .details = "Without a table: modalities, rows that failed and why, results of models with the\n"
               "strongest first, provenance. Tables are named as in `radcohort export`. Numbers\n"
               "are rounded for reading.",
    .examples = "  radcohort show cohort.h5mu                        # the summary\n"
                "  radcohort show cohort.h5mu CT --columns 'stat_*'  # some features\n"
                "  radcohort show cohort.h5mu CT/obs --rows 0        # every case\n"
                "  radcohort show cohort.h5mu screen                 # a model's result\n",
    .option = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
