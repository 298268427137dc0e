// SPDX-License-Identifier: Apache-2.0
/// @file models_run.h
/// The models of a workflow: tables into the cohort file, the patient table out of it, every
/// model's tasks numbered in one row so that any scheduler can spread them, and their results as
/// frames. Knows no ranks. One model's failure is its result; the others go on.
#ifndef RADCOHORT_ENGINE_MODELS_RUN_H
#define RADCOHORT_ENGINE_MODELS_RUN_H

#include "models/join.h"
#include "plan/plan.h"
#include "statistics/models.h"
#include "store/cohort_file.h"
#include "workflow/workflow.h"

/// The workflow's tables as complete modalities of the cohort file.
typedef struct rc_joined_tables {
  rc_store_modality *modality;
  int64_t n;
  rc_texts notes; ///< unmatched ids on either side and the like; for the log
} rc_joined_tables;

rc_status rc_join_tables(const rc_workflow *workflow, const rc_plan *plan, rc_arena *arena,
                         rc_joined_tables *out, rc_error *err);

typedef struct rc_models rc_models;

/// Reads the patient table from a cohort file whose rows are written, and prepares all models.
/// Same result on every rank. Models that cannot run are remembered, not an error. `arena` must
/// live as long as the models; its scratch use by rc_models_task makes that call single-threaded.
rc_status rc_models_prepare(const rc_workflow *workflow, const char *cohort_path, rc_arena *arena,
                            rc_models **out, int64_t *n_tasks, rc_error *err);

/// The same on a patient table at hand.
rc_status rc_models_prepare_table(const rc_model_settings *settings, int64_t n,
                                  const rc_patient_table *table, rc_arena *arena, rc_models **out,
                                  int64_t *n_tasks, rc_error *err);

/// Runs task t in 0..n_tasks-1. A task that fails is recorded in `values`; always RC_OK unless t is
/// out of range.
rc_status rc_models_task(rc_models *models, int64_t t, double values[RC_MODEL_TASK_VALUES],
                         rc_error *err);

/// Results from the values of all tasks, [n_tasks][RC_MODEL_TASK_VALUES]. The first frame,
/// "models", lists every model with kind, status and error; then each model's own frames.
/// `findings` is text for people, a paragraph a model, failed ones included.
rc_status rc_models_finish(rc_models *models, const double *task_values, rc_arena *arena,
                           rc_frame ***frames, int64_t *n_frames, const char **findings,
                           int64_t *n_failed, rc_error *err);

#endif
