// SPDX-License-Identifier: Apache-2.0
// The two ends of the models that touch the cohort file: tables into it, the patient table out.
#include "models/models_run.h"

#include "models/id_index.h"

#include <string.h>

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for tables");
}

rc_status rc_join_tables(const rc_workflow *workflow, const rc_plan *plan, rc_arena *arena,
                         rc_joined_tables *out, rc_error *err) {
  rc_texts patients = {.n = plan->n_tasks};
  rc_tables tables;
  *out = (rc_joined_tables){0};
  patients.item = rc_arena_alloc(arena, (size_t)plan->n_tasks, sizeof *patients.item);
  if (patients.item == NULL)
    return no_memory(err);
  for (int64_t t = 0; t < plan->n_tasks; t++)
    patients.item[t] = plan->task[t].patient;
  rc_status status = rc_tables_read(workflow, &patients, arena, &tables, err);
  if (status != RC_OK)
    return status;
  out->modality = rc_arena_alloc(arena, (size_t)tables.n, sizeof *out->modality);
  if (out->modality == NULL)
    return no_memory(err);
  for (int64_t i = 0; i < tables.n; i++)
    out->modality[i] = (rc_store_modality){.name = tables.modality[i].name,
                                           .obs = tables.modality[i].obs,
                                           .var = tables.modality[i].var,
                                           .x = tables.modality[i].x};
  out->n = tables.n;
  out->notes = tables.notes;
  return RC_OK;
}

static rc_status read_modality(const char *path, const char *name, bool is_table, rc_arena *arena,
                               rc_modality *out, rc_error *err) {
  rc_frame *obs = NULL;
  rc_frame *var = NULL;
  double *x = NULL;
  rc_status status = rc_store_read_obs(path, name, arena, &obs, err);
  if (status == RC_OK)
    status = rc_store_read_var(path, name, arena, &var, err);
  if (status == RC_OK)
    status = rc_store_read_x(path, name, arena, &x, err);
  *out = (rc_modality){.name = name, .obs = obs, .var = var, .x = x, .is_table = is_table};
  return status;
}

/// The patients of all image modalities together, or those of the first table.
static rc_status find_patients(const rc_modality *modality, int64_t n, rc_arena *arena,
                               rc_texts *out, rc_error *err) {
  rc_texts all = {0};
  int64_t total = 0;
  bool has_images = false;
  for (int64_t m = 0; m < n; m++) {
    total += modality[m].obs->n_rows;
    has_images = has_images || (!modality[m].is_table && modality[m].obs->n_rows > 0);
  }
  *out = (rc_texts){0};
  if (!has_images) {
    for (int64_t m = 0; m < n; m++)
      if (modality[m].is_table)
        return rc_patients_of(modality[m].obs, arena, out, err);
    return RC_OK;
  }
  all.item = rc_arena_alloc(arena, (size_t)total, sizeof *all.item);
  if (all.item == NULL)
    return no_memory(err);
  for (int64_t m = 0; m < n; m++) {
    rc_texts some = {0};
    if (modality[m].is_table)
      continue;
    rc_status status = rc_patients_of(modality[m].obs, arena, &some, err);
    if (status != RC_OK)
      return status;
    if (some.n > 0)
      memcpy(all.item + all.n, some.item, (size_t)some.n * sizeof *some.item);
    all.n += some.n;
  }
  return rc_texts_sort(&all, arena, out, err);
}

rc_status rc_models_prepare(const rc_workflow *workflow, const char *cohort_path, rc_arena *arena,
                            rc_models **out, int64_t *n_tasks, rc_error *err) {
  const int64_t n_variants = workflow->variants.file != NULL ? 1 : 0;
  const int64_t n = workflow->n_images + workflow->n_clinical + n_variants;
  rc_modality *modality = rc_arena_alloc(arena, (size_t)n, sizeof *modality);
  rc_texts patients = {0};
  rc_patient_table table;
  if (modality == NULL)
    return no_memory(err);
  rc_status status = RC_OK;
  for (int64_t m = 0; m < n && status == RC_OK; m++) {
    const bool is_table = m >= workflow->n_images;
    const int64_t c = m - workflow->n_images;
    const char *name = !is_table                  ? workflow->image[m].name
                       : c < workflow->n_clinical ? workflow->clinical[c].name
                                                  : RC_VARIANTS_MODALITY;
    status = read_modality(cohort_path, name, is_table, arena, &modality[m], err);
  }
  if (status == RC_OK)
    status = find_patients(modality, n, arena, &patients, err);
  if (status == RC_OK)
    status = rc_patient_table_make(modality, n, &patients, &workflow->join, arena, &table, err);
  if (status == RC_OK)
    status = rc_models_prepare_table(workflow->model, workflow->n_models, &table, arena, out,
                                     n_tasks, err);
  return status;
}
