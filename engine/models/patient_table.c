// SPDX-License-Identifier: Apache-2.0
// All modalities as one table with one row a patient.
#include "models/id_index.h"
#include "models/join.h"

#include <math.h>
#include <string.h>

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for the patient table");
}

/// The rows of one modality that stand for each patient: of patient p, row[first[p] ..
/// first[p + 1] - 1].
typedef struct choice {
  int64_t *first; ///< [n_patients + 1]
  int64_t *row;
} choice;

static const char *text_at(const rc_frame *frame, const char *name, int64_t row) {
  const rc_column *column = rc_frame_find(frame, name);
  return column == NULL || column->type != RC_COLUMN_TEXT ? NULL : column->text[row];
}

static bool passes(const rc_texts *globs, const char *text) {
  for (int64_t i = 0; text != NULL && i < globs->n; i++)
    if (strcmp(globs->item[i], text) == 0 || rc_glob(globs->item[i], text, false))
      return true;
  return globs->n == 0;
}

static bool row_counts(const rc_modality *modality, const rc_join_settings *settings, int64_t row) {
  if (modality->is_table)
    return true;
  const char *status = text_at(modality->obs, "status", row);
  return (status == NULL || strcmp(status, rc_status_name(RC_OK)) == 0) &&
         passes(&settings->roi, text_at(modality->obs, "roi", row)) &&
         passes(&settings->time_points, text_at(modality->obs, "time_point", row));
}

/// The largest of the rows by volume, the first among equals.
static int64_t find_largest(const rc_modality *modality, const int64_t *row, int64_t n) {
  const rc_column *volume = rc_frame_find(modality->obs, "volume_mm3");
  int64_t best = row[0];
  for (int64_t i = 1; volume != NULL && volume->type == RC_COLUMN_REAL && i < n; i++)
    if (volume->real[row[i]] > volume->real[best])
      best = row[i];
  return best;
}

/// Reduces a patient's rows to what the settings ask for; returns how many are left, or -1 when
/// several are an error.
static int64_t reduce(const rc_modality *modality, const rc_join_settings *settings, int64_t *row,
                      int64_t n) {
  if (n < 2)
    return n;
  switch ((rc_join_several)settings->several) {
  case RC_JOIN_ERROR:
    return -1;
  case RC_JOIN_FIRST:
    return 1;
  case RC_JOIN_LARGEST:
    row[0] = find_largest(modality, row, n);
    return 1;
  case RC_JOIN_MEAN:
    return n;
  }
  return -1;
}

/// Rows that patients may have together; one row can serve two barcodes of one patient.
static size_t count_matches(const rc_id_index *index, const rc_texts *patients) {
  size_t total = 0;
  for (int64_t p = 0; p < patients->n; p++) {
    int64_t count = 0;
    rc_id_index_find(index, patients->item[p], &count);
    total += (size_t)count;
  }
  return total;
}

/// Rows for every patient; *problem is set, and nothing chosen, when a patient has too many.
static rc_status choose_rows(const rc_modality *modality, const rc_texts *patients,
                             const rc_join_settings *settings, rc_arena *arena, choice *out,
                             const char **problem, rc_error *err) {
  const rc_column *ids = rc_frame_find(modality->obs, RC_PATIENT_COLUMN);
  rc_id_index index;
  out->first = rc_arena_alloc(arena, (size_t)patients->n + 1, sizeof *out->first);
  if (ids == NULL || ids->type != RC_COLUMN_TEXT)
    return rc_fail(err, RC_ERR_FORMAT, "modality %s has no obs column '%s'", modality->name,
                   RC_PATIENT_COLUMN);
  rc_status status = rc_id_index_make(ids->text, modality->obs->n_rows, arena, &index, err);
  if (status != RC_OK)
    return status;
  out->row = rc_arena_alloc(arena, count_matches(&index, patients), sizeof *out->row);
  if (out->first == NULL || out->row == NULL)
    return no_memory(err);
  int64_t at = 0;
  for (int64_t p = 0; p < patients->n; p++) {
    int64_t count = 0;
    int64_t n = 0;
    const int64_t found = rc_id_index_find(&index, patients->item[p], &count);
    out->first[p] = at;
    for (int64_t k = 0; k < count; k++) {
      const int64_t row = index.entry[found + k].row;
      if (row_counts(modality, settings, row))
        out->row[at + n++] = row;
    }
    const int64_t kept = reduce(modality, settings, out->row + at, n);
    if (kept < 0) {
      *problem = rc_arena_printf(
          arena,
          "%s: patient %s has %lld rows (%s, %s%s); choose with tables.images: roi, time_points or "
          "several",
          modality->name, patients->item[p], (long long)n, modality->obs->index[out->row[at]],
          modality->obs->index[out->row[at + 1]], n > 2 ? ", ..." : "");
      return *problem == NULL ? no_memory(err) : RC_OK;
    }
    at += kept;
    out->first[p + 1] = at;
  }
  return RC_OK;
}

static rc_column *add_column(rc_frame *frame, const char *modality, const char *variable,
                             rc_column_type type, rc_arena *arena) {
  const char *name = rc_arena_printf(arena, "%s.%s", modality, variable);
  return name == NULL ? NULL : rc_frame_add(frame, name, type);
}

/// Mean of variable v over the patient's rows that have it; NaN without any.
static double value_of(const rc_modality *modality, const choice *rows, int64_t patient,
                       int64_t v) {
  double sum = 0.0;
  int64_t n = 0;
  for (int64_t k = rows->first[patient]; k < rows->first[patient + 1]; k++) {
    const double value = modality->x[rows->row[k] * modality->var->n_rows + v];
    if (isnan(value))
      continue;
    sum += value;
    n++;
  }
  return n == 0 ? NAN : n == 1 ? sum : sum / (double)n;
}

static rc_status add_variables(const rc_modality *modality, const choice *rows, rc_frame *frame,
                               rc_arena *arena, rc_error *err) {
  for (int64_t v = 0; v < modality->var->n_rows; v++) {
    rc_column *column =
        add_column(frame, modality->name, modality->var->index[v], RC_COLUMN_REAL, arena);
    if (column == NULL)
      return no_memory(err);
    for (int64_t p = 0; p < frame->n_rows; p++)
      column->real[p] = value_of(modality, rows, p, v);
  }
  return RC_OK;
}

/// Text columns of a table's obs are variables, too.
static rc_status add_texts(const rc_modality *modality, const choice *rows, rc_frame *frame,
                           rc_arena *arena, rc_error *err) {
  for (int64_t c = 0; c < modality->obs->n_columns; c++) {
    const rc_column *from = &modality->obs->column[c];
    if (from->type != RC_COLUMN_TEXT || strcmp(from->name, RC_PATIENT_COLUMN) == 0)
      continue;
    rc_column *to = add_column(frame, modality->name, from->name, RC_COLUMN_TEXT, arena);
    if (to == NULL)
      return no_memory(err);
    for (int64_t p = 0; p < frame->n_rows; p++)
      if (rows->first[p] < rows->first[p + 1])
        to->text[p] = from->text[rows->row[rows->first[p]]];
  }
  return RC_OK;
}

rc_status rc_patients_of(const rc_frame *obs, rc_arena *arena, rc_texts *out, rc_error *err) {
  const rc_column *ids = rc_frame_find(obs, RC_PATIENT_COLUMN);
  if (ids == NULL || ids->type != RC_COLUMN_TEXT)
    return rc_fail(err, RC_ERR_FORMAT, "modality %s has no obs column '%s'", obs->name,
                   RC_PATIENT_COLUMN);
  return rc_texts_sort(&(rc_texts){obs->n_rows, ids->text}, arena, out, err);
}

rc_status rc_patient_table_make(const rc_modality *modality, int64_t n, const rc_texts *patients,
                                const rc_join_settings *settings, rc_arena *arena,
                                rc_patient_table *out, rc_error *err) {
  *out = (rc_patient_table){0};
  out->frame = rc_frame_create(arena, "patients", RC_PATIENT_COLUMN, patients->n);
  out->problem = rc_arena_alloc(arena, (size_t)n, sizeof *out->problem);
  if (out->frame == NULL || out->problem == NULL)
    return no_memory(err);
  for (int64_t p = 0; p < patients->n; p++)
    out->frame->index[p] = patients->item[p];
  for (int64_t m = 0; m < n; m++) {
    choice rows = {0};
    const char *problem = NULL;
    rc_status status = choose_rows(&modality[m], patients, settings, arena, &rows, &problem, err);
    if (status == RC_OK && problem != NULL) {
      out->problem[out->n_problems++] = (rc_join_problem){modality[m].name, problem};
      continue;
    }
    if (status == RC_OK)
      status = add_variables(&modality[m], &rows, out->frame, arena, err);
    if (status == RC_OK && modality[m].is_table)
      status = add_texts(&modality[m], &rows, out->frame, arena, err);
    if (status != RC_OK)
      return status;
  }
  return RC_OK;
}
