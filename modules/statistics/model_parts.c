// SPDX-License-Identifier: Apache-2.0
#include "statistics/model_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double rc_model_number(const rc_column *column, int64_t row) {
  switch (column->type) {
  case RC_COLUMN_REAL:
    return isfinite(column->real[row]) ? column->real[row] : NAN;
  case RC_COLUMN_INT:
    return (double)column->integer[row];
  case RC_COLUMN_TEXT:
    break;
  }
  return NAN;
}

bool rc_model_missing(const rc_column *column, int64_t row) {
  if (column->type == RC_COLUMN_TEXT)
    return column->text[row][0] == '\0';
  return isnan(rc_model_number(column, row));
}

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

rc_status rc_model_levels(const rc_column *column, const bool *keep, int64_t n_rows, int64_t most,
                          rc_arena *arena, const char ***levels, int64_t *n, rc_error *err) {
  const char **text = rc_arena_alloc(arena, (size_t)n_rows, sizeof *text);
  if (text == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for the levels of %s", column->name);
  int64_t n_texts = 0;
  for (int64_t i = 0; i < n_rows; i++)
    if (keep[i] && !rc_model_missing(column, i))
      text[n_texts++] = column->text[i];
  qsort(text, (size_t)n_texts, sizeof *text, compare_texts);
  int64_t distinct = 0;
  for (int64_t i = 0; i < n_texts; i++) {
    if (i > 0 && strcmp(text[i], text[i - 1]) == 0)
      continue;
    const char *level = text[i];
    if (distinct < most)
      text[distinct] = level;
    distinct++;
  }
  *levels = text;
  *n = distinct;
  return RC_OK;
}

/// Terms of one column; at most RC_MODEL_MAX_LEVELS are written to `out`.
static rc_status expand_column(const rc_column *column, const bool *keep, int64_t n_rows,
                               rc_arena *arena, rc_model_term *out, int64_t *n, rc_error *err) {
  if (column->type != RC_COLUMN_TEXT) {
    out[(*n)++] = (rc_model_term){.name = column->name, .column = column};
    return RC_OK;
  }
  const char **level = NULL;
  int64_t n_levels = 0;
  rc_status status =
      rc_model_levels(column, keep, n_rows, RC_MODEL_MAX_LEVELS, arena, &level, &n_levels, err);
  if (status != RC_OK)
    return status;
  if (n_levels < 2 || n_levels > RC_MODEL_MAX_LEVELS) {
    rc_model_term whole = {.name = column->name, .column = column};
    whole.reason =
        n_levels == 0 ? "no patient has a value"
        : n_levels == 1
            ? "a text with one level only"
            : rc_arena_printf(arena, "a text with %lld levels; at most %d can be compared",
                              (long long)n_levels, RC_MODEL_MAX_LEVELS);
    out[(*n)++] = whole;
    return whole.reason == NULL ? rc_fail(err, RC_ERR_MEMORY, "out of memory") : RC_OK;
  }
  for (int64_t i = 1; i < n_levels; i++) {
    const char *name = rc_arena_printf(arena, "%s=%s", column->name, level[i]);
    if (name == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "out of memory for the levels of %s", column->name);
    out[(*n)++] = (rc_model_term){.name = name, .column = column, .level = level[i]};
  }
  return RC_OK;
}

rc_status rc_model_expand(const rc_column *const *column, int64_t n_columns, const bool *keep,
                          int64_t n_rows, rc_arena *arena, rc_model_term **terms, int64_t *n,
                          rc_error *err) {
  size_t most = 0;
  for (int64_t i = 0; i < n_columns; i++)
    most += column[i]->type == RC_COLUMN_TEXT ? RC_MODEL_MAX_LEVELS : 1;
  *n = 0;
  *terms = rc_arena_alloc(arena, most, sizeof **terms);
  if (*terms == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for %lld model columns",
                   (long long)n_columns);
  rc_status status = RC_OK;
  for (int64_t i = 0; i < n_columns && status == RC_OK; i++)
    status = expand_column(column[i], keep, n_rows, arena, *terms, n, err);
  return status;
}

static void scale_to_unit_sd(double *value, const bool *keep, int64_t n_rows) {
  double mean = 0.0;
  int64_t n = 0;
  for (int64_t i = 0; i < n_rows; i++) {
    if (!keep[i] || isnan(value[i]))
      continue;
    n++;
    mean += (value[i] - mean) / (double)n;
  }
  double square = 0.0;
  for (int64_t i = 0; i < n_rows; i++)
    if (keep[i] && !isnan(value[i]))
      square += (value[i] - mean) * (value[i] - mean);
  const double sd = n > 1 ? sqrt(square / (double)(n - 1)) : 0.0;
  for (int64_t i = 0; i < n_rows && sd > 0.0; i++)
    value[i] /= sd;
}

rc_status rc_model_values(const rc_model_term *term, const bool *keep, int64_t n_rows,
                          bool standardise, rc_arena *arena, double **out, rc_error *err) {
  double *value = rc_arena_alloc(arena, (size_t)n_rows, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for the values of %s", term->name);
  for (int64_t i = 0; i < n_rows; i++) {
    if (term->level == NULL)
      value[i] = rc_model_number(term->column, i);
    else if (rc_model_missing(term->column, i))
      value[i] = NAN;
    else
      value[i] = strcmp(term->column->text[i], term->level) == 0 ? 1.0 : 0.0;
  }
  if (standardise)
    scale_to_unit_sd(value, keep, n_rows);
  *out = value;
  return RC_OK;
}

rc_status rc_model_frame(rc_arena *arena, const char *name, const char *part,
                         const char *index_name, int64_t n_rows, const char *types,
                         const char *const *names, rc_frame **out, rc_error *err) {
  const char *full = part == NULL ? name : rc_arena_printf(arena, "%s_%s", name, part);
  rc_frame *frame = full == NULL ? NULL : rc_frame_create(arena, full, index_name, n_rows);
  bool made = frame != NULL;
  for (size_t i = 0; made && types[i] != '\0'; i++) {
    const rc_column_type type = types[i] == 'r'   ? RC_COLUMN_REAL
                                : types[i] == 'i' ? RC_COLUMN_INT
                                                  : RC_COLUMN_TEXT;
    made = rc_frame_add(frame, names[i], type) != NULL;
  }
  if (!made)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for the results of model %s", name);
  *out = frame;
  return RC_OK;
}
