// SPDX-License-Identifier: Apache-2.0
// Clinical tables and the variant table, read and matched to the cohort's patients.
#include "models/id_index.h"
#include "models/join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/// Tables above these sizes after decompression are refused. A clinical table is held in memory
/// whole; of a variant table only names and counts are.
static const size_t MAX_TABLE_BYTES = (size_t)256 << 20;
static const size_t MAX_VARIANT_BYTES = (size_t)16 << 30;
/// Ids listed in one note.
enum { NOTE_IDS = 1000 };

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for tables");
}

/// A growing list of notes.
typedef struct notes {
  rc_arena *arena;
  rc_texts list;
  int64_t capacity;
} notes;

/// Takes ownership of nothing; `text` NULL means that it could not be made.
static rc_status add_note(notes *to, const char *text, rc_error *err) {
  if (text == NULL)
    return no_memory(err);
  if (to->list.n == to->capacity) {
    const int64_t wanted = to->capacity == 0 ? 16 : 2 * to->capacity;
    const char **grown = rc_arena_alloc(to->arena, (size_t)wanted, sizeof *grown);
    if (grown == NULL)
      return no_memory(err);
    if (to->list.n > 0)
      memcpy(grown, to->list.item, (size_t)to->list.n * sizeof *grown);
    to->list.item = grown;
    to->capacity = wanted;
  }
  to->list.item[to->list.n++] = text;
  return RC_OK;
}

/// "A, B, C" of the ids for which `wanted` holds; at most NOTE_IDS of them.
static const char *list_ids(const char *const *id, const bool *wanted, int64_t n, rc_arena *arena) {
  size_t length = 64;
  int64_t listed = 0;
  int64_t total = 0;
  for (int64_t i = 0; i < n; i++)
    if (wanted[i] && total++ < NOTE_IDS)
      length += strlen(id[i]) + 2;
  char *text = rc_arena_alloc(arena, length, 1);
  char *at = text;
  for (int64_t i = 0; text != NULL && i < n && listed < NOTE_IDS; i++) {
    if (!wanted[i])
      continue;
    if (listed++ > 0)
      at = stpcpy(at, ", ");
    at = stpcpy(at, id[i]);
  }
  if (text == NULL || total <= NOTE_IDS)
    return text;
  return rc_arena_printf(arena, "%s and %lld more", text, (long long)(total - NOTE_IDS));
}

// ---- one clinical table ------------------------------------------------------------------------

static rc_status find_id_column(const rc_clinical_settings *settings, const rc_frame *table,
                                const char *path, const rc_column **out, rc_error *err) {
  *out = settings->patient == NULL ? &table->column[0] : rc_frame_find(table, settings->patient);
  if (*out != NULL)
    return RC_OK;
  const char *nearest = rc_frame_nearest(table, settings->patient);
  return rc_fail(err, RC_ERR_NOT_FOUND, "%s: there is no column '%s'%s%s%s", path,
                 settings->patient, nearest != NULL ? "; did you mean '" : "",
                 nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

/// Ids of all rows, cut where asked; none empty, none twice.
static rc_status read_ids(const rc_clinical_settings *settings, const rc_frame *table,
                          const char *path, const rc_column *column, rc_arena *arena,
                          const char ***out, rc_error *err) {
  const int64_t n = table->n_rows;
  const char **id = rc_arena_alloc(arena, (size_t)n, sizeof *id);
  if (id == NULL)
    return no_memory(err);
  for (int64_t i = 0; i < n; i++) {
    const char *text = column->text[i];
    if (text[0] == '\0')
      return rc_fail(err, RC_ERR_FORMAT, "%s: column '%s' is empty in data row %lld", path,
                     column->name, (long long)(i + 1));
    char *cut = rc_arena_strdup(arena, text);
    if (cut == NULL)
      return no_memory(err);
    if (settings->tcga_barcodes)
      rc_tcga_patient(text, cut, strlen(text) + 1);
    id[i] = cut;
  }
  rc_id_index index;
  rc_status status = rc_id_index_make(id, n, arena, &index, err);
  for (int64_t i = 1; status == RC_OK && i < n; i++)
    if (strcmp(index.entry[i].id, index.entry[i - 1].id) == 0)
      return rc_fail(err, RC_ERR_FORMAT,
                     "%s: patient %s is in data rows %lld and %lld; one row a patient is expected",
                     path, index.entry[i].id, (long long)(index.entry[i - 1].row + 1),
                     (long long)(index.entry[i].row + 1));
  *out = id;
  return status;
}

static bool is_missing(const rc_clinical_settings *settings, const char *text) {
  for (int64_t i = 0; i < settings->missing.n; i++)
    if (strcasecmp(settings->missing.item[i], text) == 0)
      return true;
  return false;
}

/// Empties the cells that the settings call missing.
static void clear_missing(const rc_clinical_settings *settings, const rc_frame *table,
                          const rc_column *id_column) {
  for (int64_t c = 0; c < table->n_columns && settings->missing.n > 0; c++)
    for (int64_t i = 0; i < table->n_rows; i++)
      if (&table->column[c] != id_column && is_missing(settings, table->column[c].text[i]))
        table->column[c].text[i] = "";
}

/// How a column of texts reads.
typedef enum nature { NATURE_TEXT, NATURE_NUMBER, NATURE_INFINITE } nature;

static bool is_infinite(const char *text) {
  text += *text == '-' || *text == '+';
  return strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0;
}

/// What the cells of a column are.
typedef struct census {
  int64_t numbers, infinite, texts;
  const char *text; ///< one of the texts
} census;

static census count_cells(const rc_column *column, int64_t n) {
  census cells = {0};
  for (int64_t i = 0; i < n; i++) {
    double value = 0.0;
    if (column->text[i][0] == '\0')
      continue;
    if (rc_parse_real(column->text[i], &value)) {
      cells.numbers++;
    } else if (is_infinite(column->text[i])) {
      cells.infinite++;
    } else {
      cells.texts++;
      cells.text = column->text[i];
    }
  }
  return cells;
}

static nature nature_of(const census *cells) {
  if (cells->texts > 0 || cells->numbers == 0)
    return NATURE_TEXT;
  return cells->infinite > 0 ? NATURE_INFINITE : NATURE_NUMBER;
}

static bool is_selected(const rc_clinical_settings *settings, const char *name) {
  for (int64_t i = 0; i < settings->columns.n; i++)
    if (rc_glob(settings->columns.item[i], name, false) ||
        strcmp(settings->columns.item[i], name) == 0)
      return true;
  return settings->columns.n == 0;
}

static rc_status check_selection(const rc_clinical_settings *settings, const rc_frame *table,
                                 const char *path, rc_error *err) {
  for (int64_t i = 0; i < settings->columns.n; i++) {
    const char *pattern = settings->columns.item[i];
    bool found = false;
    for (int64_t c = 0; c < table->n_columns; c++)
      found = found || rc_glob(pattern, table->column[c].name, false) ||
              strcmp(pattern, table->column[c].name) == 0;
    if (found)
      continue;
    const char *nearest = rc_frame_nearest(table, pattern);
    return rc_fail(err, RC_ERR_NOT_FOUND, "%s: columns: nothing matches '%s'%s%s%s", path, pattern,
                   nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "'?" : "");
  }
  return RC_OK;
}

/// The column's name in the cohort file, where '/' would start a group.
static const char *safe_name(const char *name, rc_arena *arena) {
  char *safe = rc_arena_strdup(arena, name);
  for (char *at = safe; at != NULL && *at != '\0'; at++)
    if (*at == '/')
      *at = '_';
  return safe;
}

static bool is_index(const rc_frame *frame, const char *name, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (strcmp(frame->index[i], name) == 0)
      return true;
  return false;
}

/// A table being sorted into obs and X.
typedef struct sorter {
  const rc_clinical_settings *settings;
  const rc_frame *table;
  const rc_column *id_column;
  nature *nature; ///< [n_columns]
  int64_t n_numeric;
  rc_frame *obs, *var;
  double *x;
} sorter;

static bool skips(const sorter *s, int64_t c) {
  return &s->table->column[c] == s->id_column ||
         !is_selected(s->settings, s->table->column[c].name);
}

/// A name that neither obs nor the first v variables have: two names may differ by '/' only, and a
/// column "patient" would hide the ids.
static const char *unique_name(const sorter *s, const char *name, int64_t v, rc_arena *arena) {
  const char *unique = safe_name(name, arena);
  while (unique != NULL && (rc_frame_find(s->obs, unique) != NULL || is_index(s->var, unique, v)))
    unique = rc_arena_printf(arena, "%s_", unique);
  return unique;
}

static rc_status note_column(const sorter *s, int64_t c, const census *cells, notes *to,
                             rc_error *err) {
  const char *table = s->settings->name;
  const char *name = s->table->column[c].name;
  rc_status status = RC_OK;
  if (s->nature[c] == NATURE_INFINITE)
    status =
        add_note(to,
                 rc_arena_printf(to->arena, "%s: %s: %lld infinite values are taken as missing",
                                 table, name, (long long)cells->infinite),
                 err);
  // Mostly numbers: likely a remark among them, which would make levels of every number.
  if (status == RC_OK && cells->texts > 0 && cells->numbers > 4 * cells->texts)
    status = add_note(to,
                      rc_arena_printf(to->arena,
                                      "%s: %s is read as text, because %lld of its values are no "
                                      "numbers, e.g. '%.60s'; `missing` can list them",
                                      table, name, (long long)cells->texts, cells->text),
                      err);
  if (status == RC_OK && strchr(name, '/') != NULL)
    status =
        add_note(to,
                 rc_arena_printf(to->arena, "%s: column '%s' is called '%s' in the cohort file",
                                 table, name, safe_name(name, to->arena)),
                 err);
  return status;
}

static rc_status find_natures(sorter *s, rc_arena *arena, notes *to, rc_error *err) {
  s->nature = rc_arena_alloc(arena, (size_t)s->table->n_columns, sizeof *s->nature);
  if (s->nature == NULL)
    return no_memory(err);
  for (int64_t c = 0; c < s->table->n_columns; c++) {
    if (skips(s, c))
      continue;
    const census cells = count_cells(&s->table->column[c], s->table->n_rows);
    s->nature[c] = nature_of(&cells);
    s->n_numeric += s->nature[c] != NATURE_TEXT ? 1 : 0;
    rc_status status = note_column(s, c, &cells, to, err);
    if (status != RC_OK)
      return status;
  }
  return RC_OK;
}

/// Numeric columns to X and var, text columns to obs.
static rc_status sort_columns(sorter *s, const char **id, rc_arena *arena, rc_error *err) {
  const int64_t n = s->table->n_rows;
  const char *name = s->settings->name;
  s->obs = rc_frame_create(arena, name, RC_PATIENT_COLUMN, n);
  s->var = rc_frame_create(arena, name, "variable", s->n_numeric);
  if (s->n_numeric > 0 && n > INT64_MAX / 8 / s->n_numeric)
    return rc_fail(err, RC_ERR_LIMIT, "table %s is too large", name);
  s->x = rc_arena_alloc(arena, (size_t)(n * s->n_numeric), sizeof *s->x);
  rc_column *patient =
      s->obs == NULL ? NULL : rc_frame_add(s->obs, RC_PATIENT_COLUMN, RC_COLUMN_TEXT);
  rc_column *source = s->var == NULL ? NULL : rc_frame_add(s->var, "source", RC_COLUMN_TEXT);
  rc_column *missing = s->var == NULL ? NULL : rc_frame_add(s->var, "n_missing", RC_COLUMN_INT);
  if (patient == NULL || source == NULL || missing == NULL || s->x == NULL)
    return no_memory(err);
  source = rc_frame_find(s->var, "source");
  for (int64_t i = 0; i < n; i++)
    s->obs->index[i] = patient->text[i] = id[i];
  int64_t v = 0;
  for (int64_t c = 0; c < s->table->n_columns; c++) {
    if (skips(s, c))
      continue;
    const rc_column *from = &s->table->column[c];
    const char *safe = unique_name(s, from->name, v, arena);
    if (safe == NULL)
      return no_memory(err);
    if (s->nature[c] == NATURE_TEXT) {
      rc_column *to = rc_frame_add(s->obs, safe, RC_COLUMN_TEXT);
      if (to == NULL)
        return no_memory(err);
      memcpy(to->text, from->text, (size_t)n * sizeof *to->text);
      continue;
    }
    s->var->index[v] = safe;
    source->text[v] = s->table->name;
    for (int64_t i = 0; i < n; i++) {
      double *cell = &s->x[i * s->n_numeric + v];
      if (!rc_parse_real(from->text[i], cell))
        *cell = NAN;
      missing->integer[v] += isnan(*cell) ? 1 : 0;
    }
    v++;
  }
  return RC_OK;
}

static rc_status read_clinical(const rc_workflow *workflow, const rc_clinical_settings *settings,
                               rc_arena *arena, notes *to, rc_modality *out, rc_error *err) {
  const char *path = rc_workflow_input_path(workflow, settings->file, arena);
  sorter s = {.settings = settings};
  rc_frame *table = NULL;
  const char **id = NULL;
  if (path == NULL)
    return no_memory(err);
  rc_status status = rc_frame_read_csv_text(path, MAX_TABLE_BYTES, arena, &table, err);
  s.table = table;
  if (status == RC_OK)
    status = find_id_column(settings, table, path, &s.id_column, err);
  if (status == RC_OK)
    status = read_ids(settings, table, path, s.id_column, arena, &id, err);
  if (status == RC_OK)
    status = check_selection(settings, table, path, err);
  if (status == RC_OK) {
    clear_missing(settings, table, s.id_column);
    status = find_natures(&s, arena, to, err);
  }
  if (status == RC_OK)
    status = sort_columns(&s, id, arena, err);
  if (status == RC_OK)
    *out = (rc_modality){
        .name = settings->name, .obs = s.obs, .var = s.var, .x = s.x, .is_table = true};
  return status;
}

// ---- the variant table -------------------------------------------------------------------------

/// X with the burden in front of the genes.
static rc_status add_burden(const rc_variant_matrix *matrix, rc_arena *arena, rc_frame **var,
                            double **x, rc_error *err) {
  const int64_t n = matrix->obs->n_rows;
  const int64_t genes = matrix->var->n_rows;
  *var = rc_frame_create(arena, RC_VARIANTS_MODALITY, "variable", genes + 1);
  if (*var == NULL || n > INT64_MAX / 8 / (genes + 1) ||
      rc_frame_add(*var, "kind", RC_COLUMN_TEXT) == NULL ||
      rc_frame_add(*var, "n_patients", RC_COLUMN_INT) == NULL ||
      rc_frame_add(*var, "n_variants", RC_COLUMN_INT) == NULL)
    return no_memory(err);
  *x = rc_arena_alloc(arena, (size_t)(n * (genes + 1)), sizeof **x);
  if (*x == NULL)
    return no_memory(err);
  rc_column *column = (*var)->column;
  const int64_t *burden = rc_frame_find(matrix->obs, "n_variants")->integer;
  (*var)->index[0] = RC_VARIANTS_BURDEN;
  column[0].text[0] = "burden";
  column[2].integer[0] = matrix->n_rows_counted;
  for (int64_t i = 0; i < n; i++) {
    (*x)[i * (genes + 1)] = (double)burden[i];
    column[1].integer[0] += burden[i] > 0 ? 1 : 0;
    memcpy(*x + i * (genes + 1) + 1, matrix->x + i * genes, (size_t)genes * sizeof **x);
  }
  for (int64_t g = 0; g < genes; g++) {
    (*var)->index[g + 1] = matrix->var->index[g];
    column[0].text[g + 1] = "mutated";
    column[1].integer[g + 1] = rc_frame_find(matrix->var, "n_patients")->integer[g];
    column[2].integer[g + 1] = rc_frame_find(matrix->var, "n_variants")->integer[g];
  }
  return RC_OK;
}

static rc_status note_samples(const rc_frame *obs, notes *to, rc_error *err) {
  const int64_t *n_samples = rc_frame_find(obs, "n_samples")->integer;
  bool *several = rc_arena_alloc(to->arena, (size_t)obs->n_rows, sizeof *several);
  int64_t n = 0;
  if (several == NULL)
    return no_memory(err);
  for (int64_t i = 0; i < obs->n_rows; i++) {
    several[i] = n_samples[i] > 1;
    n += several[i] ? 1 : 0;
  }
  if (n == 0)
    return RC_OK;
  const char *ids = list_ids(obs->index, several, obs->n_rows, to->arena);
  return add_note(to,
                  ids == NULL ? NULL
                              : rc_arena_printf(to->arena,
                                                RC_VARIANTS_MODALITY
                                                ": %lld patients have several tumour samples, "
                                                "whose mutations are taken together: %s",
                                                (long long)n, ids),
                  err);
}

static rc_status read_variants(const rc_workflow *workflow, rc_arena *arena, notes *to,
                               rc_modality *out, rc_error *err) {
  rc_variant_matrix matrix;
  rc_frame *var = NULL;
  double *x = NULL;
  const char *path = rc_workflow_input_path(workflow, workflow->variants.file, arena);
  if (path == NULL)
    return no_memory(err);
  rc_status status = rc_maf_read(&workflow->variants, path, MAX_VARIANT_BYTES, arena, &matrix, err);
  if (status == RC_OK)
    status = add_burden(&matrix, arena, &var, &x, err);
  if (status == RC_OK)
    status = note_samples(matrix.obs, to, err);
  if (status != RC_OK)
    return status;
  rc_column *patient = rc_frame_add(matrix.obs, RC_PATIENT_COLUMN, RC_COLUMN_TEXT);
  if (patient == NULL)
    return no_memory(err);
  for (int64_t i = 0; i < matrix.obs->n_rows; i++)
    patient->text[i] = matrix.obs->index[i];
  *out = (rc_modality){
      .name = RC_VARIANTS_MODALITY, .obs = matrix.obs, .var = var, .x = x, .is_table = true};
  return RC_OK;
}

// ---- matching ----------------------------------------------------------------------------------

static rc_status note_unmatched(const char *table, const char *what, const char *const *id,
                                const bool *lonely, int64_t n, notes *to, rc_error *err) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++)
    count += lonely[i] ? 1 : 0;
  if (count == 0)
    return RC_OK;
  const char *ids = list_ids(id, lonely, n, to->arena);
  return add_note(to,
                  ids == NULL ? NULL
                              : rc_arena_printf(to->arena, "%s: %lld of %lld patients %s: %s",
                                                table, (long long)count, (long long)n, what, ids),
                  err);
}

/// Notes on ids without a partner, in either direction.
static rc_status match(const rc_modality *table, const rc_texts *patients, rc_arena *arena,
                       notes *to, rc_error *err) {
  const int64_t n = table->obs->n_rows;
  bool *lonely_row = rc_arena_alloc(arena, (size_t)n, sizeof *lonely_row);
  bool *lonely_patient = rc_arena_alloc(arena, (size_t)patients->n, sizeof *lonely_patient);
  rc_id_index index;
  if (lonely_row == NULL || lonely_patient == NULL)
    return no_memory(err);
  rc_status status = rc_id_index_make(table->obs->index, n, arena, &index, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < n; i++)
    lonely_row[i] = true;
  for (int64_t p = 0; p < patients->n; p++) {
    int64_t count = 0;
    const int64_t first = rc_id_index_find(&index, patients->item[p], &count);
    lonely_patient[p] = count == 0;
    for (int64_t k = 0; k < count; k++)
      lonely_row[index.entry[first + k].row] = false;
  }
  status = note_unmatched(table->name, "are not in the cohort and stay out of the models",
                          table->obs->index, lonely_row, n, to, err);
  if (status != RC_OK)
    return status;
  char *what = rc_arena_printf(arena, "of the cohort have no row in table %s", table->name);
  return what == NULL
             ? no_memory(err)
             : note_unmatched("cohort", what, patients->item, lonely_patient, patients->n, to, err);
}

static rc_status check_names(const rc_workflow *workflow, const rc_tables *tables, rc_error *err) {
  for (int64_t i = 0; i < tables->n; i++) {
    const char *name = tables->modality[i].name;
    for (int64_t k = 0; k < i; k++)
      if (strcmp(name, tables->modality[k].name) == 0)
        return rc_fail(err, RC_ERR_WORKFLOW, "two tables are called '%s'; give each its own `name`",
                       name);
    for (int64_t k = 0; k < workflow->n_images; k++)
      if (strcmp(name, workflow->image[k].name) == 0)
        return rc_fail(err, RC_ERR_WORKFLOW, "a table and an image modality are both called '%s'",
                       name);
  }
  return RC_OK;
}

rc_status rc_tables_read(const rc_workflow *workflow, const rc_texts *image_patients,
                         rc_arena *arena, rc_tables *out, rc_error *err) {
  notes to = {.arena = arena};
  *out = (rc_tables){0};
  out->modality = rc_arena_alloc(arena, (size_t)workflow->n_clinical + 1, sizeof *out->modality);
  if (out->modality == NULL)
    return no_memory(err);
  rc_status status = RC_OK;
  for (int64_t i = 0; i < workflow->n_clinical && status == RC_OK; i++)
    status =
        read_clinical(workflow, &workflow->clinical[i], arena, &to, &out->modality[out->n++], err);
  if (status == RC_OK && workflow->variants.file != NULL)
    status = read_variants(workflow, arena, &to, &out->modality[out->n++], err);
  if (status == RC_OK)
    status = check_names(workflow, out, err);
  if (status == RC_OK && image_patients->n > 0)
    status = rc_texts_sort(image_patients, arena, &out->patients, err);
  else if (status == RC_OK && out->n > 0)
    status = rc_patients_of(out->modality[0].obs, arena, &out->patients, err);
  for (int64_t i = 0; i < out->n && status == RC_OK; i++)
    status = match(&out->modality[i], &out->patients, arena, &to, err);
  out->notes = to.list;
  return status;
}
