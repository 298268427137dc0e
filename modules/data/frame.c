// SPDX-License-Identifier: Apache-2.0
#include "data/frame.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rc_frame *rc_frame_create(rc_arena *arena, const char *name, const char *index_name,
                          int64_t n_rows) {
  rc_frame *frame = rc_arena_alloc(arena, 1, sizeof *frame);
  if (frame == NULL || n_rows < 0)
    return NULL;
  frame->arena = arena;
  frame->name = rc_arena_strdup(arena, name);
  frame->index_name = rc_arena_strdup(arena, index_name);
  frame->n_rows = n_rows;
  frame->index = rc_arena_alloc(arena, (size_t)n_rows, sizeof *frame->index);
  if (frame->name == NULL || frame->index_name == NULL || frame->index == NULL)
    return NULL;
  for (int64_t i = 0; i < n_rows; i++)
    frame->index[i] = "";
  return frame;
}

static bool grow(rc_frame *frame) {
  int64_t capacity = frame->capacity == 0 ? 16 : 2 * frame->capacity;
  rc_column *column = rc_arena_alloc(frame->arena, (size_t)capacity, sizeof *column);
  if (column == NULL)
    return false;
  if (frame->n_columns > 0)
    memcpy(column, frame->column, (size_t)frame->n_columns * sizeof *column);
  frame->column = column;
  frame->capacity = capacity;
  return true;
}

rc_column *rc_frame_add(rc_frame *frame, const char *name, rc_column_type type) {
  if (frame->n_columns == frame->capacity && !grow(frame))
    return NULL;
  rc_column *column = &frame->column[frame->n_columns];
  column->name = rc_arena_strdup(frame->arena, name);
  column->type = type;
  // All three kinds of cell are eight bytes of zero; texts are then pointed at "".
  column->real = rc_arena_alloc(frame->arena, (size_t)frame->n_rows, sizeof(double));
  if (column->name == NULL || column->real == NULL)
    return NULL;
  if (type == RC_COLUMN_TEXT)
    for (int64_t i = 0; i < frame->n_rows; i++)
      column->text[i] = "";
  frame->n_columns++;
  return column;
}

rc_column *rc_frame_find(const rc_frame *frame, const char *name) {
  for (int64_t i = 0; i < frame->n_columns; i++)
    if (strcmp(frame->column[i].name, name) == 0)
      return &frame->column[i];
  return NULL;
}

static void print_shortest(double value, char *out, size_t capacity) {
  if (isnan(value)) {
    snprintf(out, capacity, "%s", "");
    return;
  }
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(out, capacity, "%.*g", digits, value);
    if (strtod(out, NULL) == value)
      return;
  }
}

const char *rc_frame_cell(const rc_frame *frame, int64_t row, int64_t column, char *out,
                          size_t capacity) {
  const rc_column *c = &frame->column[column];
  switch (c->type) {
  case RC_COLUMN_REAL:
    print_shortest(c->real[row], out, capacity);
    break;
  case RC_COLUMN_INT:
    snprintf(out, capacity, "%" PRId64, c->integer[row]);
    break;
  case RC_COLUMN_TEXT:
    snprintf(out, capacity, "%s", c->text[row]);
    break;
  }
  return out;
}
