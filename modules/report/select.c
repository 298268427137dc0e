// SPDX-License-Identifier: Apache-2.0
#include "report/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool matches_any(const rc_texts *globs, const char *name) {
  for (int64_t i = 0; i < globs->n; i++)
    if (rc_glob(globs->item[i], name, false))
      return true;
  return false;
}

/// Every glob must match a column, else it is a mistake.
static rc_status check_globs(const rc_frame *frame, const rc_texts *globs, rc_arena *arena,
                             rc_error *err) {
  const char **names = rc_arena_alloc(arena, (size_t)frame->n_columns, sizeof *names);
  if (names == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  for (int64_t c = 0; c < frame->n_columns; c++)
    names[c] = frame->column[c].name;
  for (int64_t i = 0; i < globs->n; i++) {
    bool used = false;
    for (int64_t c = 0; c < frame->n_columns && !used; c++)
      used = rc_glob(globs->item[i], names[c], false);
    const char *near = used ? NULL : rc_nearest(globs->item[i], names, frame->n_columns);
    if (!used)
      return rc_fail(err, RC_ERR_NOT_FOUND, "table '%.80s' has no column '%.200s'%s%s%s",
                     frame->name, globs->item[i], near == NULL ? "" : "; did you mean '",
                     near == NULL ? "" : near, near == NULL ? "" : "'?");
  }
  return RC_OK;
}

rc_status rc_select_columns(const rc_frame *frame, const rc_texts *globs, rc_arena *arena,
                            rc_frame **out, rc_error *err) {
  *out = NULL;
  rc_status status = check_globs(frame, globs, arena, err);
  if (status != RC_OK)
    return status;
  rc_frame *part = rc_arena_alloc(arena, 1, sizeof *part);
  rc_column *column = rc_arena_alloc(arena, (size_t)frame->n_columns, sizeof *column);
  if (part == NULL || column == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  *part = *frame;
  part->n_columns = 0;
  for (int64_t c = 0; c < frame->n_columns; c++)
    if (globs->n == 0 || matches_any(globs, frame->column[c].name))
      column[part->n_columns++] = frame->column[c];
  part->column = column;
  part->capacity = part->n_columns;
  part->arena = arena;
  *out = part;
  return RC_OK;
}

/// Rows of a frame by number.
static rc_frame *take_rows(const rc_frame *frame, const int64_t *row, int64_t n, rc_arena *arena) {
  rc_frame *part = rc_frame_create(arena, frame->name, frame->index_name, n);
  for (int64_t i = 0; part != NULL && i < n; i++)
    part->index[i] = frame->index[row[i]];
  for (int64_t c = 0; part != NULL && c < frame->n_columns; c++) {
    const rc_column *from = &frame->column[c];
    rc_column *to = rc_frame_add(part, from->name, from->type);
    for (int64_t i = 0; to != NULL && i < n; i++) {
      if (from->type == RC_COLUMN_REAL)
        to->real[i] = from->real[row[i]];
      else if (from->type == RC_COLUMN_INT)
        to->integer[i] = from->integer[row[i]];
      else
        to->text[i] = from->text[row[i]];
    }
    if (to == NULL)
      return NULL;
  }
  return part;
}

typedef struct keyed_row {
  double key;
  int64_t row;
} keyed_row;

static int by_key(const void *a, const void *b) {
  const keyed_row *x = a, *y = b;
  int order = (x->key > y->key) - (x->key < y->key);
  return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

rc_frame *rc_select_smallest(const rc_frame *frame, const rc_column *by, int64_t n,
                             rc_arena *arena) {
  int64_t found = 0;
  keyed_row *keyed = rc_arena_alloc(arena, (size_t)frame->n_rows, sizeof *keyed);
  int64_t *row = rc_arena_alloc(arena, (size_t)frame->n_rows, sizeof *row);
  if (keyed == NULL || row == NULL)
    return NULL;
  for (int64_t i = 0; i < frame->n_rows; i++)
    if (!isnan(by->real[i]))
      keyed[found++] = (keyed_row){by->real[i], i};
  qsort(keyed, (size_t)found, sizeof *keyed, by_key);
  n = found < n ? found : n;
  for (int64_t i = 0; i < n; i++)
    row[i] = keyed[i].row;
  return take_rows(frame, row, n, arena);
}

rc_frame *rc_select_other(const rc_frame *frame, const rc_column *column, const char *value,
                          rc_arena *arena) {
  int64_t n = 0;
  int64_t *row = rc_arena_alloc(arena, (size_t)frame->n_rows, sizeof *row);
  if (row == NULL)
    return NULL;
  for (int64_t i = 0; i < frame->n_rows; i++)
    if (strcmp(column->text[i], value) != 0)
      row[n++] = i;
  return take_rows(frame, row, n, arena);
}
