// SPDX-License-Identifier: Apache-2.0
#include "statistics/models.h"

#include "statistics/model_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NEEDS_NOTHING = 0, NEEDS_BY = 1, NEEDS_TERMS = 2 };

/// Every kind, once:
//   key             needs          task                       finish                        help
#define KIND_LIST(X)                                                                               \
  X(kaplan_meier, NEEDS_NOTHING, NULL, rc_model_finish_kaplan_meier,                               \
    "Kaplan-Meier curves with medians, whole cohort or by group; log-rank test between groups")    \
  X(logrank, NEEDS_BY, NULL, rc_model_finish_logrank,                                              \
    "log-rank test between the groups of one column")                                              \
  X(cox, NEEDS_TERMS, NULL, rc_model_finish_cox,                                                   \
    "Cox proportional hazards regression on all terms together")                                   \
  X(cox_univariate, NEEDS_TERMS, rc_model_task_univariate, rc_model_finish_univariate,             \
    "one Cox regression a term, with Benjamini-Hochberg correction")

typedef struct kind {
  unsigned needs;
  rc_status (*task)(const rc_model *, int64_t, rc_arena *, double *, rc_error *); ///< NULL: none
  rc_status (*finish)(const rc_model *, const double *, rc_arena *, rc_model_result *, rc_error *);
} kind;

static const kind kinds[] = {
#define X(key, needs, task, finish, help) {needs, task, finish},
    KIND_LIST(X)
#undef X
};

const char *const rc_model_kinds[] = {
#define X(key, needs, task, finish, help) #key,
    KIND_LIST(X)
#undef X
        NULL};

const char *const rc_model_kind_help[] = {
#define X(key, needs, task, finish, help) help,
    KIND_LIST(X)
#undef X
        NULL};

static const char *const cut_choices[] = {"none", "median", NULL};
static const char *const ties_choices[] = {"efron", "breslow", NULL};
static const char *const interval_choices[] = {"log", "log_log", "plain", NULL};

#define AT(member) offsetof(rc_model_settings, member)
static const rc_param params[] = {
    {.key = "name",
     .type = RC_PARAM_TEXT,
     .offset = AT(name),
     .help = "name of the result in the cohort file"},
    {.key = "kind",
     .type = RC_PARAM_CHOICE,
     .offset = AT(kind),
     .choices = rc_model_kinds,
     .help = "what to fit"},
    {.key = "time",
     .type = RC_PARAM_TEXT,
     .offset = AT(time),
     .help = "column with the follow-up time, e.g. clinical.days"},
    {.key = "event",
     .type = RC_PARAM_TEXT,
     .offset = AT(event),
     .help = "column that is 1 for an event at that time and 0 for a censored patient"},
    {.key = "event_is",
     .type = RC_PARAM_TEXT,
     .offset = AT(event_is),
     .fallback = "none",
     .help = "the value of the event column that means an event, where it is not 1"},
    {.key = "entry",
     .type = RC_PARAM_TEXT,
     .offset = AT(entry),
     .fallback = "none",
     .help = "column with the time at which the patient came under observation"},
    {.key = "by",
     .type = RC_PARAM_TEXT,
     .offset = AT(by),
     .fallback = "none",
     .help = "column whose values make the groups of kaplan_meier and logrank"},
    {.key = "cut",
     .type = RC_PARAM_CHOICE,
     .offset = AT(cut),
     .choices = cut_choices,
     .fallback = "none",
     .help = "split a numeric `by` into two groups at its median"},
    {.key = "terms",
     .type = RC_PARAM_TEXTS,
     .offset = AT(terms),
     .fallback = "none",
     .help = "columns or globs (CT.*) that are the covariates of cox and cox_univariate"},
    {.key = "ties",
     .type = RC_PARAM_CHOICE,
     .offset = AT(ties),
     .choices = ties_choices,
     .fallback = "efron",
     .help = "how Cox regression treats events at one time"},
    {.key = "standardise",
     .type = RC_PARAM_BOOL,
     .offset = AT(standardise),
     .fallback = "false",
     .help = "hazard ratios per standard deviation of each covariate"},
    {.key = "interval",
     .type = RC_PARAM_CHOICE,
     .offset = AT(interval),
     .choices = interval_choices,
     .fallback = "log",
     .help = "scale of the 95 % interval of a Kaplan-Meier curve"},
};
#undef AT

const rc_param_table rc_model_params = {
    .name = "models",
    .help = "Statistics on the joined patient table; columns are named <table>.<variable>",
    .param = params,
    .n = sizeof params / sizeof params[0],
    .struct_size = sizeof(rc_model_settings),
};

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for a model");
}

/// The column, or an error that names the nearest one.
static rc_status find_column(const rc_model *model, const char *key, const char *name,
                             const rc_column **out, rc_error *err) {
  const rc_frame *table = model->table;
  *out = rc_frame_find(table, name);
  if (*out != NULL)
    return RC_OK;
  const char *nearest = NULL;
  int smallest = (int)(strlen(name) / 3) + 2;
  for (int64_t i = 0; i < table->n_columns; i++) {
    const int distance = rc_edit_distance(name, table->column[i].name);
    if (distance < smallest) {
      smallest = distance;
      nearest = table->column[i].name;
    }
  }
  return rc_fail(err, RC_ERR_NOT_FOUND, "%s: there is no column '%s' in the patient table%s%s%s",
                 key, name, nearest != NULL ? "; did you mean '" : "",
                 nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

/// Reads a numeric column into `out`, NaN where missing.
static rc_status read_times(const rc_model *model, const char *key, const char *name, double *out,
                            rc_error *err) {
  const rc_column *column = NULL;
  rc_status status = find_column(model, key, name, &column, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < model->table->n_rows; i++) {
    if (column->type == RC_COLUMN_TEXT && column->text[i][0] != '\0')
      return rc_fail(err, RC_ERR_FORMAT, "%s: column '%s' holds text ('%.40s' for patient %s)", key,
                     name, column->text[i], model->table->index[i]);
    out[i] = rc_model_number(column, i);
  }
  return RC_OK;
}

/// 1 event, 0 censored, -1 missing, -2 neither.
static int read_event(const rc_column *column, int64_t row, const char *event_is) {
  if (rc_model_missing(column, row))
    return -1;
  double wanted = 0.0;
  bool truth = false;
  if (column->type == RC_COLUMN_TEXT) {
    if (event_is != NULL)
      return strcmp(column->text[row], event_is) == 0 ? 1 : 0;
    return rc_parse_bool(column->text[row], &truth) ? (int)truth : -2;
  }
  const double value = rc_model_number(column, row);
  if (event_is != NULL)
    return rc_parse_real(event_is, &wanted) && value == wanted ? 1 : 0;
  return value == 1.0 ? 1 : value == 0.0 ? 0 : -2;
}

static rc_status read_events(rc_model *model, bool *event, rc_error *err) {
  const rc_model_settings *settings = model->settings;
  const rc_frame *table = model->table;
  const rc_column *column = NULL;
  rc_status status = find_column(model, "event", settings->event, &column, err);
  if (status != RC_OK)
    return status;
  int64_t n_events = 0;
  for (int64_t i = 0; i < table->n_rows; i++) {
    const int code = read_event(column, i, settings->event_is);
    if (code == -2) {
      char cell[64];
      rc_frame_cell(table, i, column - table->column, cell, sizeof cell);
      return rc_fail(err, RC_ERR_FORMAT,
                     "event: column '%s' is '%s' for patient %s; expected 1 (event) or 0 "
                     "(censored), or set event_is to the value that means an event",
                     column->name, cell, table->index[i]);
    }
    event[i] = code == 1;
    n_events += code == 1 ? 1 : 0;
    model->usable[i] = model->usable[i] && code >= 0;
  }
  if (n_events == 0 && settings->event_is != NULL)
    return rc_fail(err, RC_ERR_NOT_FOUND, "event_is: no patient has '%s' in column '%s'",
                   settings->event_is, column->name);
  return RC_OK;
}

static rc_status read_outcome(rc_model *model, rc_arena *arena, rc_error *err) {
  const rc_model_settings *settings = model->settings;
  const int64_t n = model->table->n_rows;
  double *time = rc_arena_alloc(arena, (size_t)n, sizeof *time);
  double *entry = rc_arena_alloc(arena, (size_t)n, sizeof *entry);
  bool *event = rc_arena_alloc(arena, (size_t)n, sizeof *event);
  model->usable = rc_arena_alloc(arena, (size_t)n, sizeof *model->usable);
  if (time == NULL || entry == NULL || event == NULL || model->usable == NULL)
    return no_memory(err);
  rc_status status = read_times(model, "time", settings->time, time, err);
  if (status == RC_OK && settings->entry != NULL)
    status = read_times(model, "entry", settings->entry, entry, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < n; i++)
    model->usable[i] = !isnan(time[i]) && !isnan(entry[i]);
  status = read_events(model, event, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < n && settings->entry != NULL; i++)
    if (model->usable[i] && !(entry[i] < time[i]))
      return rc_fail(err, RC_ERR_FORMAT, "patient %s: entry %g is not before time %g",
                     model->table->index[i], entry[i], time[i]);
  status = rc_survival_create(n, settings->entry != NULL ? entry : NULL, time, event, model->usable,
                              arena, &model->survival, err);
  if (status == RC_OK && model->survival->n == 0)
    return rc_fail(err, RC_ERR_EMPTY, "no patient has both '%s' and '%s'", settings->time,
                   settings->event);
  return status;
}

static bool is_glob(const char *text) {
  return strpbrk(text, "*?[") != NULL;
}

static bool same_name(const char *a, const char *b) {
  return a != NULL && strcmp(a, b) == 0;
}

/// Time, entry, event and groups are no covariates of themselves.
static bool is_outcome(const rc_model_settings *settings, const char *name) {
  return same_name(settings->time, name) || same_name(settings->entry, name) ||
         same_name(settings->event, name) || same_name(settings->by, name);
}

/// Takes column i once.
static void take_column(rc_model *model, bool *taken, int64_t i) {
  if (!taken[i])
    model->column[model->n_columns++] = &model->table->column[i];
  taken[i] = true;
}

static rc_status find_terms(rc_model *model, rc_arena *arena, rc_error *err) {
  const rc_model_settings *settings = model->settings;
  const rc_frame *table = model->table;
  bool *taken = rc_arena_alloc(arena, (size_t)table->n_columns, sizeof *taken);
  model->column = rc_arena_alloc(arena, (size_t)table->n_columns, sizeof *model->column);
  if (taken == NULL || model->column == NULL)
    return no_memory(err);
  for (int64_t t = 0; t < settings->terms.n; t++) {
    const char *pattern = settings->terms.item[t];
    const rc_column *exact = rc_frame_find(table, pattern);
    if (exact != NULL || !is_glob(pattern)) {
      rc_status status = find_column(model, "terms", pattern, &exact, err);
      if (status != RC_OK)
        return status;
      take_column(model, taken, exact - table->column);
      continue;
    }
    int64_t matches = 0;
    for (int64_t i = 0; i < table->n_columns; i++) {
      if (!rc_glob(pattern, table->column[i].name, false) ||
          is_outcome(settings, table->column[i].name))
        continue;
      take_column(model, taken, i);
      matches++;
    }
    if (matches == 0)
      return rc_fail(err, RC_ERR_NOT_FOUND, "terms: no column of the patient table matches '%s'",
                     pattern);
  }
  return RC_OK;
}

/// `message` about a setting that is absent.
static rc_status needs(const rc_model_settings *settings, const char *key, rc_error *err) {
  return rc_fail(err, RC_ERR_WORKFLOW, "a %s model needs '%s'", rc_model_kinds[settings->kind],
                 key);
}

static rc_status check_settings(const rc_model_settings *settings, rc_error *err) {
  const int64_t n_kinds = sizeof kinds / sizeof kinds[0];
  if (settings->kind < 0 || settings->kind >= n_kinds)
    return rc_fail(err, RC_ERR_INTERNAL, "model kind %d", settings->kind);
  const unsigned needed = kinds[settings->kind].needs;
  if (settings->name == NULL)
    return needs(settings, "name", err);
  if (settings->time == NULL)
    return needs(settings, "time", err);
  if (settings->event == NULL)
    return needs(settings, "event", err);
  if ((needed & NEEDS_BY) != 0 && settings->by == NULL)
    return needs(settings, "by", err);
  if ((needed & NEEDS_TERMS) != 0 && settings->terms.n == 0)
    return needs(settings, "terms", err);
  return RC_OK;
}

rc_status rc_model_prepare(const rc_model_settings *settings, const rc_frame *table,
                           rc_arena *arena, rc_model **out, rc_error *err) {
  rc_status status = check_settings(settings, err);
  if (status != RC_OK)
    return status;
  rc_model *model = rc_arena_alloc(arena, 1, sizeof *model);
  if (model == NULL)
    return no_memory(err);
  model->settings = settings;
  model->table = table;
  status = read_outcome(model, arena, err);
  if (status == RC_OK && settings->by != NULL)
    status = find_column(model, "by", settings->by, &model->by, err);
  if (status == RC_OK && settings->terms.n > 0)
    status = find_terms(model, arena, err);
  if (status == RC_OK && kinds[settings->kind].task != NULL)
    status = rc_model_expand(model->column, model->n_columns, model->usable, table->n_rows, arena,
                             &model->term, &model->n_terms, err);
  if (status == RC_OK)
    *out = model;
  return status;
}

int64_t rc_model_n_tasks(const rc_model *model) {
  return kinds[model->settings->kind].task != NULL ? model->n_terms : 0;
}

rc_status rc_model_task(const rc_model *model, int64_t task, rc_arena *scratch,
                        double values[RC_MODEL_TASK_VALUES], rc_error *err) {
  for (int i = 0; i < RC_MODEL_TASK_VALUES; i++)
    values[i] = NAN;
  rc_status status = task < 0 || task >= rc_model_n_tasks(model)
                         ? rc_fail(err, RC_ERR_INTERNAL, "model %s has no task %lld",
                                   model->settings->name, (long long)task)
                         : kinds[model->settings->kind].task(model, task, scratch, values, err);
  values[RC_MODEL_TASK_STATUS] = (double)status;
  return status;
}

rc_status rc_model_finish(const rc_model *model, const double *task_values, rc_arena *arena,
                          rc_model_result *out, rc_error *err) {
  *out = (rc_model_result){0};
  return kinds[model->settings->kind].finish(model, task_values, arena, out, err);
}
