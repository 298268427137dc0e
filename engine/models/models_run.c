// SPDX-License-Identifier: Apache-2.0
#include "models/models_run.h"

#include <math.h>
#include <string.h>

/// One model, or why there is none.
typedef struct entry {
  const rc_model_settings *settings;
  rc_model *model; ///< NULL when it could not be prepared
  rc_error problem;
  int64_t first_task, n_tasks;
} entry;

struct rc_models {
  entry *entry;
  int64_t n, n_tasks;
  rc_arena *arena;
};

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for models");
}

static bool starts_with_modality(const char *name, const char *modality) {
  const size_t n = strlen(modality);
  return name != NULL && strncmp(name, modality, n) == 0 && name[n] == '.';
}

/// True when the model names a column of that modality.
static bool uses(const rc_model_settings *settings, const char *modality) {
  const char *const columns[] = {settings->time, settings->entry, settings->event, settings->by};
  for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
    if (starts_with_modality(columns[i], modality))
      return true;
  for (int64_t i = 0; i < settings->terms.n; i++)
    if (starts_with_modality(settings->terms.item[i], modality))
      return true;
  return false;
}

static void prepare_one(entry *e, const entry *before, int64_t n_before,
                        const rc_patient_table *table, rc_arena *arena) {
  for (int64_t i = 0; i < n_before; i++)
    if (e->settings->name != NULL && before[i].settings->name != NULL &&
        strcmp(before[i].settings->name, e->settings->name) == 0) {
      rc_fail(&e->problem, RC_ERR_WORKFLOW, "another model has this name");
      return;
    }
  // A modality that has no one row a patient is the cause of every column missing from it.
  for (int64_t i = 0; i < table->n_problems; i++)
    if (uses(e->settings, table->problem[i].modality)) {
      rc_fail(&e->problem, RC_ERR_FORMAT, "%s", table->problem[i].message);
      return;
    }
  if (rc_model_prepare(e->settings, table->frame, arena, &e->model, &e->problem) == RC_OK)
    e->n_tasks = rc_model_n_tasks(e->model);
}

rc_status rc_models_prepare_table(const rc_model_settings *settings, int64_t n,
                                  const rc_patient_table *table, rc_arena *arena, rc_models **out,
                                  int64_t *n_tasks, rc_error *err) {
  rc_models *models = rc_arena_alloc(arena, 1, sizeof *models);
  if (models == NULL)
    return no_memory(err);
  models->entry = rc_arena_alloc(arena, (size_t)n, sizeof *models->entry);
  if (models->entry == NULL)
    return no_memory(err);
  models->arena = arena;
  models->n = n;
  for (int64_t i = 0; i < n; i++) {
    entry *e = &models->entry[i];
    e->settings = &settings[i];
    prepare_one(e, models->entry, i, table, arena);
    if (e->problem.status == RC_ERR_MEMORY)
      return no_memory(err);
    e->first_task = models->n_tasks;
    models->n_tasks += e->n_tasks;
  }
  *out = models;
  *n_tasks = models->n_tasks;
  return RC_OK;
}

rc_status rc_models_task(rc_models *models, int64_t t, double values[RC_MODEL_TASK_VALUES],
                         rc_error *err) {
  for (int64_t i = 0; i < models->n; i++) {
    const entry *e = &models->entry[i];
    if (t < e->first_task || t >= e->first_task + e->n_tasks)
      continue;
    const rc_arena_mark mark = rc_arena_get_mark(models->arena);
    rc_model_task(e->model, t - e->first_task, models->arena, values, NULL);
    rc_arena_rewind(models->arena, mark);
    return RC_OK;
  }
  return rc_fail(err, RC_ERR_INTERNAL, "no model has task %lld", (long long)t);
}

/// What finishing gathers.
typedef struct gathering {
  rc_frame **frame;
  int64_t n_frames;
  const char *findings;
  int64_t n_failed;
} gathering;

static bool frame_exists(const gathering *g, const char *name) {
  for (int64_t i = 0; i < g->n_frames; i++)
    if (strcmp(g->frame[i]->name, name) == 0)
      return true;
  return false;
}

/// Fits what is left to fit; a failure goes to e->problem.
static void finish_one(entry *e, const double *values, rc_arena *arena, gathering *g,
                       const char **text) {
  rc_model_result result = {0};
  if (e->problem.status == RC_OK)
    rc_model_finish(e->model, values, arena, &result, &e->problem);
  for (int64_t f = 0; e->problem.status == RC_OK && f < result.n_frames; f++)
    if (frame_exists(g, result.frame[f]->name))
      rc_fail(&e->problem, RC_ERR_WORKFLOW, "its result '%s' bears the name of another result",
              result.frame[f]->name);
  if (e->problem.status != RC_OK) {
    g->n_failed++;
    *text = rc_arena_printf(arena, "%s: failed: %s",
                            e->settings->name != NULL ? e->settings->name : "a model",
                            e->problem.message);
    return;
  }
  *text = result.summary;
  for (int64_t f = 0; f < result.n_frames; f++)
    g->frame[g->n_frames++] = result.frame[f];
}

static void record(rc_frame *list, int64_t row, const entry *e, const char *text) {
  const bool failed = e->problem.status != RC_OK;
  list->index[row] = e->settings->name != NULL ? e->settings->name : "";
  list->column[0].text[row] = rc_model_kinds[e->settings->kind];
  list->column[1].text[row] = rc_status_name(e->problem.status);
  list->column[2].text[row] = failed ? e->problem.message : "";
  list->column[3].text[row] = failed ? "" : text;
}

rc_status rc_models_finish(rc_models *models, const double *task_values, rc_arena *arena,
                           rc_frame ***frames, int64_t *n_frames, const char **findings,
                           int64_t *n_failed, rc_error *err) {
  static const char *const columns[] = {"kind", "status", "error", "summary"};
  gathering g = {.findings = ""};
  g.frame = rc_arena_alloc(arena, (size_t)models->n * RC_MODEL_FRAMES + 1, sizeof(rc_frame *));
  rc_frame *list = rc_frame_create(arena, "models", "model", models->n);
  if (g.frame == NULL || list == NULL)
    return no_memory(err);
  for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
    if (rc_frame_add(list, columns[c], RC_COLUMN_TEXT) == NULL)
      return no_memory(err);
  g.frame[g.n_frames++] = list;
  for (int64_t i = 0; i < models->n; i++) {
    entry *e = &models->entry[i];
    const char *text = NULL;
    finish_one(e, e->n_tasks > 0 ? task_values + e->first_task * RC_MODEL_TASK_VALUES : NULL, arena,
               &g, &text);
    if (text != NULL)
      g.findings = rc_arena_printf(arena, "%s%s%s", g.findings, i == 0 ? "" : "\n", text);
    if (text == NULL || g.findings == NULL)
      return no_memory(err);
    record(list, i, e, text);
  }
  *frames = g.frame;
  *n_frames = g.n_frames;
  *findings = g.findings;
  *n_failed = g.n_failed;
  return RC_OK;
}
