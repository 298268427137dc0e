// SPDX-License-Identifier: Apache-2.0
#include "job/layout.h"

#include "base/digest.h"
#include "dist/dispatch.h"
#include "images/dicom_shim.h"
#include "processing/processing.h"
#include "store/cohort_file.h"
#include "texture/libraries.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// A text column filled by `text(task)`.
typedef const char *(*task_text)(const rc_task *task);

static const char *patient_of(const rc_task *task) {
  return task->patient;
}
static const char *time_point_of(const rc_task *task) {
  return task->time_point;
}
static const char *roi_of(const rc_task *task) {
  return task->roi;
}
static const char *modality_of(const rc_task *task) {
  return task->info.modality;
}
static const char *series_of(const rc_task *task) {
  return task->info.series_uid;
}
static const char *study_of(const rc_task *task) {
  return task->info.study_uid;
}
static const char *frame_of(const rc_task *task) {
  return task->info.frame_uid;
}
static const char *format_of(const rc_task *task) {
  return task->info.format;
}

static const struct {
  const char *name;
  task_text text;
} obs_columns[] = {{"patient", patient_of},
                   {"time_point", time_point_of},
                   {"roi", roi_of},
                   {"dicom_modality", modality_of},
                   {"series_instance_uid", series_of},
                   {"study_instance_uid", study_of},
                   {"frame_of_reference_uid", frame_of},
                   {"format", format_of}};
#define N_OBS_COLUMNS (sizeof obs_columns / sizeof *obs_columns)

rc_frame *rc_layout_obs(const rc_workflow *workflow, const rc_plan *plan, int64_t entry,
                        rc_arena *arena) {
  rc_frame *obs =
      rc_frame_create(arena, workflow->image[entry].name, "observation", plan->n_rows[entry]);
  for (size_t c = 0; obs != NULL && c < N_OBS_COLUMNS; c++)
    if (rc_frame_add(obs, obs_columns[c].name, RC_COLUMN_TEXT) == NULL)
      return NULL;
  for (int64_t t = 0; obs != NULL && t < plan->n_tasks; t++) {
    const rc_task *task = &plan->task[t];
    if (task->entry != entry)
      continue;
    obs->index[task->row] = task->observation;
    for (size_t c = 0; c < N_OBS_COLUMNS; c++) {
      const char *text = obs_columns[c].text(task);
      obs->column[c].text[task->row] = text == NULL ? "" : text;
    }
  }
  return obs;
}

/// The intensity unit of an entry's images: that of the first readable one.
static rc_intensity_unit unit_of_entry(const rc_plan *plan, int64_t entry) {
  for (int64_t t = 0; t < plan->n_tasks; t++)
    if (plan->task[t].entry == entry && plan->task[t].problem == NULL)
      return plan->task[t].info.unit;
  return RC_UNIT_ARBITRARY;
}

enum {
  VAR_NAME,
  VAR_IBSI,
  VAR_FAMILY,
  VAR_FAMILY_IBSI,
  VAR_AGG,
  VAR_AGG_IBSI,
  VAR_UNITS,
  VAR_RESPONSE,
  VAR_FILTER,
  VAR_FILTER_IBSI,
  VAR_PROCESSING,
  VAR_SOURCE,
  VAR_DEFINITION,
  N_VAR_COLUMNS
};

static const char *const var_names[N_VAR_COLUMNS] = {
    "feature",   "ibsi_code", "family", "family_ibsi_code", "aggregation", "aggregation_ibsi_code",
    "units",     "response",  "filter", "filter_ibsi_code", "processing",  "source",
    "definition"};

/// What all columns of a transform share.
typedef struct transform_text {
  const char *processing, *filter, *ibsi;
} transform_text;

static void describe(rc_frame *var, int64_t row, const rc_entry_column *column,
                     rc_intensity_unit unit, const transform_text *shared) {
  const rc_feature_column *feature = &column->feature;
  rc_intensity_unit image = column->transform->filter == NULL ? unit : RC_UNIT_ARBITRARY;
  const char *text[N_VAR_COLUMNS] = {[VAR_NAME] = feature->feature->name,
                                     [VAR_IBSI] = feature->feature->ibsi,
                                     [VAR_FAMILY] = feature->family->key,
                                     [VAR_FAMILY_IBSI] = feature->family->ibsi,
                                     [VAR_AGG] = rc_aggregation_suffix(feature->aggregation),
                                     [VAR_AGG_IBSI] = rc_aggregation_ibsi(feature->aggregation),
                                     [VAR_UNITS] =
                                         rc_feature_unit_text(feature->feature->unit, image),
                                     [VAR_RESPONSE] = column->response,
                                     [VAR_FILTER] = shared->filter,
                                     [VAR_FILTER_IBSI] = shared->ibsi,
                                     [VAR_PROCESSING] = shared->processing,
                                     [VAR_SOURCE] = feature->family->source,
                                     [VAR_DEFINITION] = feature->feature->definition};
  var->index[row] = column->name;
  for (int c = 0; c < N_VAR_COLUMNS; c++)
    var->column[c].text[row] = text[c] == NULL ? "" : text[c];
}

/// "laplacian_of_gaussian: sigma 1.5; cutoff 4; boundary mirror"; "" for the original.
static const char *describe_filter(const rc_transform *t, rc_arena *arena) {
  char value[256];
  if (t->filter == NULL)
    return "";
  const rc_param_table *params = t->filter->params;
  const char *text = rc_arena_strdup(arena, t->filter->key);
  for (int64_t i = 0; params != NULL && text != NULL && i < params->n; i++) {
    rc_param_print(&params->param[i], t->settings, value, sizeof value);
    text =
        rc_arena_printf(arena, "%s%s %s %s", text, i == 0 ? ":" : ";", params->param[i].key, value);
  }
  return text;
}

static bool describe_transform(const rc_image_entry *entry, const rc_transform *t, rc_arena *arena,
                               transform_text *out) {
  char text[512];
  rc_processing_settings chain = entry->processing;
  chain.discretisation = t->discretisation;
  chain.ivh = t->ivh;
  rc_processing_describe(&chain, t->filter != NULL, text, sizeof text);
  out->processing = rc_arena_strdup(arena, text);
  out->filter = describe_filter(t, arena);
  out->ibsi = t->filter == NULL ? "" : t->filter->ibsi;
  return out->processing != NULL && out->filter != NULL;
}

rc_frame *rc_layout_var(const rc_workflow *workflow, const rc_plan *plan, int64_t entry,
                        const rc_entry_column *column, int64_t n_columns, rc_arena *arena) {
  const rc_image_entry *image = &workflow->image[entry];
  transform_text shared = {"", "", ""};
  rc_frame *var = rc_frame_create(arena, image->name, "feature", n_columns);
  for (int c = 0; var != NULL && c < N_VAR_COLUMNS; c++)
    if (rc_frame_add(var, var_names[c], RC_COLUMN_TEXT) == NULL)
      return NULL;
  rc_intensity_unit unit = unit_of_entry(plan, entry);
  for (int64_t i = 0; var != NULL && i < n_columns; i++) {
    if ((i == 0 || column[i].transform != column[i - 1].transform) &&
        !describe_transform(image, column[i].transform, arena, &shared))
      return NULL;
    describe(var, i, &column[i], unit, &shared);
  }
  return var;
}

void rc_layout_time(char *out, size_t capacity) {
  time_t seconds = time(NULL);
  struct tm parts;
  gmtime_r(&seconds, &parts);
  strftime(out, capacity, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static bool add_fact(rc_frame *facts, const char *key, const char *value) {
  rc_column *column = rc_frame_add(facts, key, RC_COLUMN_TEXT);
  if (column == NULL)
    return false;
  column->text[0] = rc_arena_strdup(facts->arena, value);
  return column->text[0] != NULL;
}

/// "clinical.csv sha256:..." for a table; "" when it cannot be read (the join will say so).
static bool add_table_fact(rc_frame *facts, const char *key, const char *path) {
  char text[RC_DIGEST_TEXT];
  rc_digest *digest = path == NULL ? NULL : rc_digest_create();
  if (digest == NULL)
    return false;
  const char *slash = strrchr(path, '/');
  bool readable = rc_digest_add_file(digest, path, NULL) == RC_OK;
  rc_digest_finish(digest, text);
  rc_digest_destroy(digest);
  const char *value = readable ? rc_arena_printf(facts->arena, "%s sha256:%s",
                                                 slash == NULL ? path : slash + 1, text)
                               : "";
  return value != NULL && add_fact(facts, key, value);
}

static bool add_tables(rc_frame *facts, const rc_workflow *workflow) {
  for (int64_t i = 0; i < workflow->n_clinical; i++) {
    const char *key = rc_arena_printf(facts->arena, "table_%lld", (long long)i + 1);
    if (key == NULL ||
        !add_table_fact(facts, key,
                        rc_workflow_input_path(workflow, workflow->clinical[i].file, facts->arena)))
      return false;
  }
  return workflow->variants.file == NULL ||
         add_table_fact(facts, "table_variants",
                        rc_workflow_input_path(workflow, workflow->variants.file, facts->arena));
}

rc_frame *rc_layout_facts(const rc_workflow *workflow, const rc_plan *plan, const char *version,
                          int n_ranks, rc_arena *arena) {
  char host[256] = "", start[32], number[32];
  rc_frame *facts = rc_frame_create(arena, "provenance", "run", 1);
  if (facts == NULL)
    return NULL;
  gethostname(host, sizeof host - 1);
  rc_layout_time(start, sizeof start);
  char hdf5[64], mpi[256];
  rc_store_library(hdf5, sizeof hdf5);
  rc_mpi_library(mpi, sizeof mpi);
  const char *libraries =
      rc_arena_printf(arena, "%s; %s; %s; %s; Qhull %s", hdf5, mpi, rc_dicom_library(),
                      rc_fourier_library(), rc_hull_library());
  if (libraries == NULL)
    return NULL;
  bool good = add_fact(facts, "libraries", libraries) &&
              add_fact(facts, "overrides", workflow->overrides) &&
              add_fact(facts, "program", "radcohort") && add_fact(facts, "version", version) &&
              add_fact(facts, "compiler", __VERSION__) &&
              add_fact(facts, "workflow", workflow->text) && add_tables(facts, workflow);
  snprintf(number, sizeof number, "%lld", (long long)plan->n_tasks);
  good = good && add_fact(facts, "n_tasks", number);
  snprintf(number, sizeof number, "%d", n_ranks);
  good = good && add_fact(facts, "host", host) && add_fact(facts, "n_ranks", number) &&
         add_fact(facts, "start", start);
  return good ? facts : NULL;
}
