// SPDX-License-Identifier: Apache-2.0
#include "report/text_table.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_CELL 40
#define DEFAULT_DIGITS 5
#define GAP 2

static const char ellipsis[] = "…";

/// A growing text in an arena; `failed` sticks.
typedef struct text_buffer {
  rc_arena *arena;
  char *text;
  size_t used, capacity;
  bool failed;
} text_buffer;

static void put(text_buffer *b, const char *text, size_t n) {
  if (b->failed)
    return;
  if (b->capacity - b->used <= n) {
    size_t capacity = 2 * (b->used + n) + 256;
    char *grown = rc_arena_alloc(b->arena, capacity, 1);
    if (grown == NULL) {
      b->failed = true;
      return;
    }
    if (b->used > 0)
      memcpy(grown, b->text, b->used);
    b->text = grown;
    b->capacity = capacity;
  }
  memcpy(b->text + b->used, text, n);
  b->used += n;
  b->text[b->used] = '\0';
}

static void put_text(text_buffer *b, const char *text) {
  put(b, text, strlen(text));
}

static void put_blanks(text_buffer *b, int64_t n) {
  for (; n > 0; n--)
    put(b, " ", 1);
}

static int64_t count_points(const char *text) {
  int64_t n = 0;
  for (; *text != '\0'; text++)
    n += ((unsigned char)*text & 0xC0) != 0x80;
  return n;
}

/// Bytes of the code point at `text`, or 0 when it must not reach a terminal as it is.
static size_t printable_bytes(const char *text) {
  size_t n = rc_utf8_length(text);
  unsigned char first = (unsigned char)text[0];
  if (n == 1 && (first < 0x20 || first == 0x7F))
    return 0;
  if (n == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0)
    return 0; // C1 control codes
  return n;
}

const char *rc_printable(const char *text, int64_t limit, rc_arena *arena) {
  text_buffer b = {.arena = arena};
  put(&b, "", 0);
  for (int64_t points = 0; *text != '\0'; points++) {
    if (limit > 0 && points == limit - 1 && count_points(text) > 1) {
      put_text(&b, ellipsis);
      break;
    }
    size_t n = printable_bytes(text);
    if (n > 0)
      put(&b, text, n);
    else
      put_text(&b, *text == '\n' || *text == '\t' ? " " : "?");
    text += n > 0 ? n : 1;
  }
  return b.failed ? NULL : b.text;
}

/// What is printed: cell (row, column) with row -1 the header and column -1 the row names.
typedef struct table {
  const rc_frame *frame;
  rc_text_table_options options;
  int64_t first, n_rows; ///< columns first..n_columns - 1, rows 0..n_rows - 1
  rc_arena *arena;
} table;

static const char *number_text(const table *t, double value) {
  return isnan(value) ? "-" : rc_arena_printf(t->arena, "%.*g", t->options.digits, value);
}

static const char *cell_text(const table *t, int64_t row, int64_t column) {
  const rc_frame *frame = t->frame;
  if (column < 0)
    return rc_printable(row < 0 ? frame->index_name : frame->index[row], t->options.cell, t->arena);
  const rc_column *c = &frame->column[column];
  if (row < 0)
    return rc_printable(c->name, t->options.cell, t->arena);
  switch (c->type) {
  case RC_COLUMN_REAL:
    return number_text(t, c->real[row]);
  case RC_COLUMN_INT:
    return rc_arena_printf(t->arena, "%" PRId64, c->integer[row]);
  case RC_COLUMN_TEXT:
    return rc_printable(c->text[row], t->options.cell, t->arena);
  }
  return "";
}

/// Width of a column; -1 when out of memory. Cells are made again when printed: tables are small
/// and rewinding keeps the arena so.
static int64_t column_width(const table *t, int64_t column) {
  int64_t width = 0;
  for (int64_t row = -1; row < t->n_rows; row++) {
    rc_arena_mark mark = rc_arena_get_mark(t->arena);
    const char *text = cell_text(t, row, column);
    if (text == NULL)
      return -1;
    int64_t points = count_points(text);
    width = points > width ? points : width;
    rc_arena_rewind(t->arena, mark);
  }
  return width;
}

static void put_cell(text_buffer *b, const table *t, int64_t row, int64_t column, int64_t width,
                     bool last) {
  const char *text = cell_text(t, row, column);
  if (text == NULL) {
    b->failed = true;
    return;
  }
  int64_t blanks = width - count_points(text);
  bool right = column >= 0 && t->frame->column[column].type != RC_COLUMN_TEXT;
  if (right)
    put_blanks(b, blanks);
  put_text(b, text);
  if (!right && !last)
    put_blanks(b, blanks);
  if (!last)
    put_blanks(b, GAP);
}

static void put_row(text_buffer *b, const table *t, int64_t row, const int64_t *width,
                    int64_t end) {
  put_text(b, t->options.indent);
  for (int64_t c = t->first; c < end; c++)
    put_cell(b, t, row, c, width[c - t->first], c == end - 1);
  put_text(b, "\n");
}

/// The first column that no longer fits; the first one is always shown.
static int64_t last_fitting(const table *t, const int64_t *width) {
  int64_t total = count_points(t->options.indent), c = t->first;
  for (; c < t->frame->n_columns; c++) {
    total += width[c - t->first] + (c > t->first ? GAP : 0);
    if (t->options.width > 0 && total > t->options.width && c > t->first)
      break;
  }
  return c;
}

static void put_left_out(text_buffer *b, const table *t, int64_t end) {
  char line[96];
  int64_t rows = t->frame->n_rows - t->n_rows, columns = t->frame->n_columns - end;
  if (rows > 0) {
    snprintf(line, sizeof line, "(%" PRId64 " more row%s)\n", rows, rows == 1 ? "" : "s");
    put_text(b, t->options.indent);
    put_text(b, line);
  }
  if (columns <= 0)
    return;
  snprintf(line, sizeof line, "(%" PRId64 " more column%s:", columns, columns == 1 ? "" : "s");
  put_text(b, t->options.indent);
  put_text(b, line);
  const int64_t named = columns < 6 ? columns : 6;
  for (int64_t c = end; c < end + named; c++) {
    const char *name = cell_text(t, -1, c);
    put_text(b, " ");
    put_text(b, name == NULL ? "" : name);
  }
  put_text(b, columns > named ? " …)\n" : ")\n");
}

const char *rc_text_table(const rc_frame *frame, const rc_text_table_options *options,
                          rc_arena *arena) {
  table t = {.frame = frame, .n_rows = frame->n_rows, .arena = arena};
  if (options != NULL)
    t.options = *options;
  t.first = t.options.no_index && frame->n_columns > 0 ? 0 : -1;
  if (t.options.max_rows > 0 && t.options.max_rows < t.n_rows)
    t.n_rows = t.options.max_rows;
  if (t.options.cell <= 0)
    t.options.cell = DEFAULT_CELL;
  if (t.options.digits <= 0)
    t.options.digits = DEFAULT_DIGITS;
  if (t.options.indent == NULL)
    t.options.indent = "";
  int64_t *width = rc_arena_alloc(arena, (size_t)(frame->n_columns - t.first), sizeof *width);
  if (width == NULL)
    return NULL;
  for (int64_t c = t.first; c < frame->n_columns; c++) {
    width[c - t.first] = column_width(&t, c);
    if (width[c - t.first] < 0)
      return NULL;
  }
  int64_t end = last_fitting(&t, width);
  text_buffer b = {.arena = arena};
  for (int64_t row = -1; row < t.n_rows; row++)
    put_row(&b, &t, row, width, end);
  put_left_out(&b, &t, end);
  return b.failed ? NULL : b.text;
}
