// SPDX-License-Identifier: Apache-2.0
/// @file models.h
/// Models a workflow can ask for, on one patient table. Each kind is declared once, in models.c:
/// its key, what it needs, how many independent tasks it splits into (so that a scheduler may run
/// them anywhere) and how its results are made. Results are frames.
#ifndef RADCOHORT_STATISTICS_MODELS_H
#define RADCOHORT_STATISTICS_MODELS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/frame.h"

/// One entry of `models:`.
typedef struct rc_model_settings {
  const char *name;     ///< name of the result; required
  int kind;             ///< index into rc_model_kinds
  const char *time;     ///< column: follow-up time
  const char *entry;    ///< column: left truncation (start of the interval), NULL: none
  const char *event;    ///< column: 1 event, 0 censored
  const char *event_is; ///< the value of `event` that means an event, NULL: 1
  const char *by;       ///< column: groups (kaplan_meier, logrank)
  int cut;              ///< 0 none, 1 median: makes two groups of a numeric `by`
  rc_texts terms;       ///< column names or globs ("CT.*"): covariates
  int ties;             ///< rc_cox_ties: 0 efron, 1 breslow
  bool standardise;     ///< scale covariates to unit SD first
  int interval;         ///< rc_km_interval: 0 log, 1 log_log, 2 plain
} rc_model_settings;

extern const rc_param_table rc_model_params;
extern const char
    *const rc_model_kinds[]; ///< NULL-terminated: kaplan_meier, logrank, cox, cox_univariate
extern const char *const rc_model_kind_help[]; ///< one sentence each, same order

/// A model whose columns have been found and checked on one table. Lives in the arena it was
/// prepared in; settings and table must outlive it.
typedef struct rc_model rc_model;

/// Finds the columns, sorts the patients, counts the tasks. `table` is the joined patient table:
/// columns named "<modality>.<variable>" ("clinical.age", "variants.IDH1", "CT.stat_mean"), one
/// row per patient, the index names them. Patients without time or event (or entry) are left out.
/// Globs in `terms` leave out the model's own time, entry, event and `by` columns.
/// RC_ERR_NOT_FOUND: an unknown column (names the nearest); RC_ERR_WORKFLOW: a setting that the
/// kind needs is missing; RC_ERR_FORMAT: a value that is no time or no event (names the patient);
/// RC_ERR_EMPTY: no patient is left.
rc_status rc_model_prepare(const rc_model_settings *settings, const rc_frame *table,
                           rc_arena *arena, rc_model **out, rc_error *err);

/// How many tasks the model splits into: one a feature for univariate screens, else 0.
int64_t rc_model_n_tasks(const rc_model *model);

/// Numbers a task returns; what they mean is the kind's own business.
#define RC_MODEL_TASK_VALUES 8
/// The last of them is the task's rc_status; the others are NaN unless that is RC_OK.
#define RC_MODEL_TASK_STATUS (RC_MODEL_TASK_VALUES - 1)
/// Runs task t; always fills `values`. Deterministic; depends on nothing but the model and t.
/// Thread-safe with an arena a thread. `scratch` may be rewound afterwards.
rc_status rc_model_task(const rc_model *model, int64_t task, rc_arena *scratch,
                        double values[RC_MODEL_TASK_VALUES], rc_error *err);

#define RC_MODEL_FRAMES 4
typedef struct rc_model_result {
  rc_frame *frame[RC_MODEL_FRAMES]; ///< named "<name>" or "<name>_<part>"
  int64_t n_frames;
  const char *summary; ///< one or more lines for people, no final newline
} rc_model_result;

/// Makes the result from the tasks' values ([n_tasks][RC_MODEL_TASK_VALUES], may be NULL without
/// tasks) or, for kinds without tasks, by fitting now. All in `arena`.
///   kaplan_meier    <name>: group, n, events, median, median_low, median_high
///                   <name>_curve: group, time, n_risk, n_event, n_censor, survival, se, low, high
///                   <name>_test: log-rank test between the groups, when there are two or more
///   logrank         <name>: group, n, observed, expected, variance; <name>_test
///   cox             <name>: term, coef, hr, hr_low, hr_high, se, z, p, reason;
///                   <name>_fit: n, n_missing, events, log-likelihoods, tests, concordance
///   cox_univariate  <name>: one row a feature in the table's order: n, n_missing, events, coef,
///                   hr, hr_low, hr_high, se, z, p, q, lrt_p, concordance, reason
/// An undefined number is NaN, and `reason` says why.
rc_status rc_model_finish(const rc_model *model, const double *task_values, rc_arena *arena,
                          rc_model_result *out, rc_error *err);

#endif
