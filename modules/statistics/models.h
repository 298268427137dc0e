// SPDX-License-Identifier: Apache-2.0
/// @file models.h
/// Models a workflow can ask for, on one patient table. Each is declared once in models.c: its
/// key, parameters and how many independent tasks it splits into (so that a scheduler may run
/// them anywhere); results are frames.
#ifndef RADCOHORT_STATISTICS_MODELS_H
#define RADCOHORT_STATISTICS_MODELS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/frame.h"

/// One entry of `models:`.
typedef struct rc_model_settings {
  const char *name; ///< name of the result; required
  int kind;         ///< index into rc_model_kinds
  const char *time;  ///< column: follow-up time
  const char *entry; ///< column: left truncation (start of the interval), NULL: none
  const char *event; ///< column: 1 event, 0 censored
  const char *by;    ///< column: groups (kaplan_meier, logrank)
  rc_texts terms;    ///< column names or globs ("CT.*"): covariates
  int ties;          ///< 0 efron, 1 breslow
  bool standardise;  ///< scale covariates to unit SD first (univariate screens)
} rc_model_settings;

extern const rc_param_table rc_model_params;
extern const char *const rc_model_kinds[]; ///< NULL-terminated: kaplan_meier, logrank, cox, cox_univariate

/// The joined patient table every model works on: columns named "<modality>.<variable>", e.g.
/// "clinical.age", "variants.IDH1", "CT.stat_mean". One row per patient.
/// How many tasks the model splits into on this table (1 for all but univariate screens).
rc_status rc_model_prepare(const rc_model_settings *settings, const rc_frame *table,
                           rc_arena *arena, int64_t *n_tasks, rc_error *err);

/// Numbers a task returns, fixed per kind.
#define RC_MODEL_TASK_VALUES 8
/// Runs task t of a model with many tasks; fills values. Deterministic.
rc_status rc_model_task(const rc_model_settings *settings, const rc_frame *table, int64_t task,
                        rc_arena *arena, double values[RC_MODEL_TASK_VALUES], rc_error *err);

/// Makes the result frames: from the tasks' values (univariate: adds Benjamini-Hochberg q) or, for
/// single-task models, by fitting now. At most 4 frames, named "<name>" or "<name>_<part>".
rc_status rc_model_finish(const rc_model_settings *settings, const rc_frame *table,
                          const double *task_values, int64_t n_tasks, rc_arena *arena,
                          rc_frame *frames[4], int64_t *n_frames, rc_error *err);

#endif
