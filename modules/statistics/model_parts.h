// SPDX-License-Identifier: Apache-2.0
/// @file model_parts.h
/// What the files of the model registry share; not for other modules.
#ifndef RADCOHORT_STATISTICS_MODEL_PARTS_H
#define RADCOHORT_STATISTICS_MODEL_PARTS_H

#include "statistics/models.h"
#include "statistics/survival.h"

/// A covariate: a numeric column, or one level of a text column against the others.
typedef struct rc_model_term {
  const char *name; ///< "clinical.age" or "clinical.sex=male"
  const rc_column *column;
  const char *level;  ///< NULL for a numeric column
  const char *reason; ///< not NULL: it cannot be tested, and why
} rc_model_term;

struct rc_model {
  const rc_model_settings *settings;
  const rc_frame *table;
  bool *usable; ///< [n_rows] the patient has time and event
  rc_survival *survival;
  const rc_column *by;      ///< NULL: none
  const rc_column **column; ///< [n_columns] columns that `terms` name, in that order
  int64_t n_columns;
  rc_model_term *term; ///< [n_terms] of a univariate screen: its tasks
  int64_t n_terms;
};

/// More levels than this make no groups and no contrasts.
enum { RC_MODEL_MAX_LEVELS = 32 };

/// A column's value as a number; NaN is missing. Text columns give NaN.
double rc_model_number(const rc_column *column, int64_t row);
bool rc_model_missing(const rc_column *column, int64_t row);

/// Sorted distinct texts of the rows for which `keep` holds, missing ones left out. At most `most`
/// are returned; *n counts them all.
rc_status rc_model_levels(const rc_column *column, const bool *keep, int64_t n_rows, int64_t most,
                          rc_arena *arena, const char ***levels, int64_t *n, rc_error *err);

/// The terms of `column` among the kept rows are added to `terms` (capacity *n + levels).
/// Text columns: treatment contrasts against the first level.
rc_status rc_model_expand(const rc_column *const *column, int64_t n_columns, const bool *keep,
                          int64_t n_rows, rc_arena *arena, rc_model_term **terms, int64_t *n,
                          rc_error *err);

/// The term's values for all rows of the table; NaN where missing. Divided by the standard
/// deviation over the kept rows when `standardise` is set.
rc_status rc_model_values(const rc_model_term *term, const bool *keep, int64_t n_rows,
                          bool standardise, rc_arena *arena, double **out, rc_error *err);

/// A frame with REAL, INT and TEXT columns in one go. `types` has a letter a column: r, i, t.
/// Columns are then found by their position in `names`.
rc_status rc_model_frame(rc_arena *arena, const char *name, const char *part,
                         const char *index_name, int64_t n_rows, const char *types,
                         const char *const *names, rc_frame **out, rc_error *err);

/// One kind's own work; see models.c.
rc_status rc_model_finish_kaplan_meier(const rc_model *model, const double *task_values,
                                       rc_arena *arena, rc_model_result *out, rc_error *err);
rc_status rc_model_finish_logrank(const rc_model *model, const double *task_values, rc_arena *arena,
                                  rc_model_result *out, rc_error *err);
rc_status rc_model_finish_cox(const rc_model *model, const double *task_values, rc_arena *arena,
                              rc_model_result *out, rc_error *err);
rc_status rc_model_finish_univariate(const rc_model *model, const double *task_values,
                                     rc_arena *arena, rc_model_result *out, rc_error *err);
rc_status rc_model_task_univariate(const rc_model *model, int64_t task, rc_arena *scratch,
                                   double *values, rc_error *err);

#endif
