// SPDX-License-Identifier: Apache-2.0
// The model kinds kaplan_meier and logrank.
#include "statistics/model_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rc_status no_memory(const rc_model *model, rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for model %s", model->settings->name);
}

/// The patients used, and the group of each.
typedef struct grouping {
  rc_survival *survival;
  int64_t *group; ///< [n_rows]
  int64_t n_groups;
  const char **label; ///< [n_groups]
} grouping;

static int compare_reals(const void *a, const void *b) {
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

static rc_status too_many(const rc_model *model, int64_t n, rc_error *err) {
  return rc_fail(err, RC_ERR_LIMIT,
                 "by: column '%s' has %lld different values; at most %d groups can be compared%s",
                 model->by->name, (long long)n, RC_MODEL_MAX_LEVELS,
                 model->by->type == RC_COLUMN_TEXT ? "" : " (cut: median makes two)");
}

static rc_status group_by_text(const rc_model *model, const bool *keep, rc_arena *arena,
                               grouping *out, rc_error *err) {
  if (model->settings->cut != 0)
    return rc_fail(err, RC_ERR_FORMAT, "cut: column '%s' holds text and has no median",
                   model->by->name);
  rc_status status = rc_model_levels(model->by, keep, model->table->n_rows, RC_MODEL_MAX_LEVELS,
                                     arena, &out->label, &out->n_groups, err);
  if (status != RC_OK)
    return status;
  if (out->n_groups > RC_MODEL_MAX_LEVELS)
    return too_many(model, out->n_groups, err);
  for (int64_t i = 0; i < model->table->n_rows; i++)
    for (int64_t g = 0; keep[i] && g < out->n_groups; g++)
      if (strcmp(model->by->text[i], out->label[g]) == 0)
        out->group[i] = g;
  return RC_OK;
}

/// Sorted values of `by` in the kept rows.
static int64_t sorted_values(const rc_model *model, const bool *keep, double *value) {
  int64_t n = 0;
  for (int64_t i = 0; i < model->table->n_rows; i++)
    if (keep[i])
      value[n++] = rc_model_number(model->by, i);
  qsort(value, (size_t)n, sizeof *value, compare_reals);
  return n;
}

/// The number in the fewest digits that read back to it.
static const char *number_text(double value, rc_arena *arena) {
  char text[32];
  double back = 0.0;
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (rc_parse_real(text, &back) && back == value)
      break;
  }
  return rc_arena_strdup(arena, text);
}

static rc_status group_by_median(const rc_model *model, const bool *keep, const double *sorted,
                                 int64_t n, rc_arena *arena, grouping *out, rc_error *err) {
  const double median = n == 0 ? 0.0 : 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
  const char *text = number_text(median, arena);
  out->n_groups = 2;
  out->label[0] = rc_arena_printf(arena, "<= %s", text == NULL ? "" : text);
  out->label[1] = rc_arena_printf(arena, "> %s", text == NULL ? "" : text);
  if (text == NULL || out->label[0] == NULL || out->label[1] == NULL)
    return no_memory(model, err);
  for (int64_t i = 0; i < model->table->n_rows; i++)
    out->group[i] = keep[i] && rc_model_number(model->by, i) > median ? 1 : 0;
  return RC_OK;
}

static rc_status group_by_number(const rc_model *model, const bool *keep, rc_arena *arena,
                                 grouping *out, rc_error *err) {
  double *value = rc_arena_alloc(arena, (size_t)model->table->n_rows, sizeof *value);
  out->label = rc_arena_alloc(arena, RC_MODEL_MAX_LEVELS, sizeof *out->label);
  if (value == NULL || out->label == NULL)
    return no_memory(model, err);
  const int64_t n = sorted_values(model, keep, value);
  if (model->settings->cut != 0)
    return group_by_median(model, keep, value, n, arena, out, err);
  for (int64_t i = 0; i < n; i++)
    if (i == 0 || value[i] != value[i - 1])
      value[out->n_groups++] = value[i];
  if (out->n_groups > RC_MODEL_MAX_LEVELS)
    return too_many(model, out->n_groups, err);
  for (int64_t g = 0; g < out->n_groups; g++) {
    out->label[g] = number_text(value[g], arena);
    if (out->label[g] == NULL)
      return no_memory(model, err);
  }
  for (int64_t i = 0; i < model->table->n_rows; i++)
    for (int64_t g = 0; keep[i] && g < out->n_groups; g++)
      if (rc_model_number(model->by, i) == value[g])
        out->group[i] = g;
  return RC_OK;
}

static rc_status make_groups(const rc_model *model, rc_arena *arena, grouping *out, rc_error *err) {
  const int64_t n_rows = model->table->n_rows;
  bool *keep = rc_arena_alloc(arena, (size_t)n_rows, sizeof *keep);
  out->group = rc_arena_alloc(arena, (size_t)n_rows, sizeof *out->group);
  if (keep == NULL || out->group == NULL)
    return no_memory(model, err);
  for (int64_t i = 0; i < n_rows; i++)
    keep[i] = model->usable[i] && (model->by == NULL || !rc_model_missing(model->by, i));
  rc_status status = rc_survival_subset(model->survival, keep, arena, &out->survival, err);
  if (status != RC_OK)
    return status;
  if (out->survival->n == 0)
    return rc_fail(err, RC_ERR_EMPTY, "by: no patient with follow-up has a value in '%s'",
                   model->settings->by != NULL ? model->settings->by : "");
  if (model->by == NULL) {
    static const char *whole[] = {"all"};
    out->label = whole;
    out->n_groups = 1;
    return RC_OK;
  }
  return model->by->type == RC_COLUMN_TEXT ? group_by_text(model, keep, arena, out, err)
                                           : group_by_number(model, keep, arena, out, err);
}

static rc_status make_test_frame(const rc_model *model, const grouping *groups,
                                 const rc_logrank *test, rc_arena *arena, rc_frame **out,
                                 rc_error *err) {
  static const char *const names[] = {"n", "n_missing", "events", "chi2", "df", "p", "reason"};
  rc_status status =
      rc_model_frame(arena, model->settings->name, "test", "test", 1, "iiirirt", names, out, err);
  if (status != RC_OK)
    return status;
  rc_column *column = (*out)->column;
  (*out)->index[0] = "logrank";
  column[0].integer[0] = groups->survival->n;
  column[1].integer[0] = model->table->n_rows - groups->survival->n;
  column[2].integer[0] = groups->survival->n_events;
  column[3].real[0] = test->chi2;
  column[4].integer[0] = test->df;
  column[5].real[0] = test->p;
  if (isnan(test->p))
    column[6].text[0] = groups->survival->n_events == 0
                            ? "no events"
                            : "fewer than two groups were at risk when events happened";
  return RC_OK;
}

static const char *describe_test(const rc_model *model, const grouping *groups,
                                 const rc_logrank *test, rc_arena *arena) {
  if (groups->n_groups < 2)
    return rc_arena_printf(arena, "%s: %lld of %lld patients, %lld events", model->settings->name,
                           (long long)groups->survival->n, (long long)model->table->n_rows,
                           (long long)groups->survival->n_events);
  return rc_arena_printf(
      arena,
      "%s by %s: %lld of %lld patients, %lld events, log-rank chi2 = %.4g on %lld degree%s of "
      "freedom, p = %.3g",
      model->settings->name, model->settings->by, (long long)groups->survival->n,
      (long long)model->table->n_rows, (long long)groups->survival->n_events, test->chi2,
      (long long)test->df, test->df == 1 ? "" : "s", test->p);
}

rc_status rc_model_finish_logrank(const rc_model *model, const double *task_values, rc_arena *arena,
                                  rc_model_result *out, rc_error *err) {
  static const char *const names[] = {"n", "observed", "expected", "variance"};
  (void)task_values;
  grouping groups = {0};
  rc_logrank test = {0};
  rc_status status = make_groups(model, arena, &groups, err);
  if (status == RC_OK)
    status = rc_logrank_test(groups.survival, groups.group, groups.n_groups, arena, &test, err);
  if (status == RC_OK)
    status = rc_model_frame(arena, model->settings->name, NULL, "group", groups.n_groups, "irrr",
                            names, &out->frame[0], err);
  if (status == RC_OK)
    status = make_test_frame(model, &groups, &test, arena, &out->frame[1], err);
  if (status != RC_OK)
    return status;
  for (int64_t g = 0; g < groups.n_groups; g++) {
    rc_column *column = out->frame[0]->column;
    out->frame[0]->index[g] = groups.label[g];
    column[0].integer[g] = test.n[g];
    column[1].real[g] = test.observed[g];
    column[2].real[g] = test.expected[g];
    column[3].real[g] = test.variance[g * groups.n_groups + g];
  }
  out->n_frames = 2;
  out->summary = describe_test(model, &groups, &test, arena);
  return out->summary == NULL ? no_memory(model, err) : RC_OK;
}

/// A column of one curve into the frame, from row `at` on.
static void copy_reals(rc_column *column, int64_t at, const double *value, int64_t n) {
  memcpy(column->real + at, value, (size_t)n * sizeof *value);
}

static void copy_integers(rc_column *column, int64_t at, const int64_t *value, int64_t n) {
  memcpy(column->integer + at, value, (size_t)n * sizeof *value);
}

static rc_status make_curve_frame(const rc_model *model, const grouping *groups,
                                  const rc_km_curve *curve, rc_arena *arena, rc_frame **out,
                                  rc_error *err) {
  static const char *const names[] = {"group",    "time", "n_risk", "n_event", "n_censor",
                                      "survival", "se",   "low",    "high"};
  int64_t n_rows = 0;
  for (int64_t g = 0; g < groups->n_groups; g++)
    n_rows += curve[g].n_times;
  rc_status status = rc_model_frame(arena, model->settings->name, "curve", "point", n_rows,
                                    "triiirrrr", names, out, err);
  if (status != RC_OK)
    return status;
  int64_t at = 0;
  for (int64_t g = 0; g < groups->n_groups; g++) {
    rc_column *column = (*out)->column;
    const int64_t n = curve[g].n_times;
    for (int64_t i = 0; i < n; i++) {
      column[0].text[at + i] = groups->label[g];
      (*out)->index[at + i] = rc_arena_printf(arena, "%lld", (long long)(at + i));
      if ((*out)->index[at + i] == NULL)
        return no_memory(model, err);
    }
    copy_reals(&column[1], at, curve[g].time, n);
    copy_integers(&column[2], at, curve[g].n_risk, n);
    copy_integers(&column[3], at, curve[g].n_event, n);
    copy_integers(&column[4], at, curve[g].n_censor, n);
    copy_reals(&column[5], at, curve[g].survival, n);
    copy_reals(&column[6], at, curve[g].se, n);
    copy_reals(&column[7], at, curve[g].low, n);
    copy_reals(&column[8], at, curve[g].high, n);
    at += n;
  }
  return RC_OK;
}

/// "814 (629 to 1256)", a bound that was not reached as "-".
static const char *median_text(const rc_km_curve *curve, rc_arena *arena) {
  char part[3][32];
  const double value[3] = {curve->median, curve->median_low, curve->median_high};
  for (int i = 0; i < 3; i++) {
    if (isnan(value[i]))
      snprintf(part[i], sizeof part[i], "-");
    else
      snprintf(part[i], sizeof part[i], "%.6g", value[i]);
  }
  return isnan(curve->median)
             ? rc_arena_strdup(arena, "median not reached")
             : rc_arena_printf(arena, "median %s (%s to %s)", part[0], part[1], part[2]);
}

static rc_status make_group_frame(const rc_model *model, const grouping *groups,
                                  const rc_km_curve *curve, rc_arena *arena, rc_model_result *out,
                                  rc_error *err) {
  static const char *const names[] = {"n", "events", "median", "median_low", "median_high"};
  rc_status status = rc_model_frame(arena, model->settings->name, NULL, "group", groups->n_groups,
                                    "iirrr", names, &out->frame[0], err);
  if (status != RC_OK)
    return status;
  rc_column *column = out->frame[0]->column;
  for (int64_t g = 0; g < groups->n_groups; g++) {
    out->frame[0]->index[g] = groups->label[g];
    column[0].integer[g] = curve[g].n;
    column[1].integer[g] = curve[g].n_events;
    column[2].real[g] = curve[g].median;
    column[3].real[g] = curve[g].median_low;
    column[4].real[g] = curve[g].median_high;
    const char *median = median_text(&curve[g], arena);
    if (median != NULL)
      out->summary = rc_arena_printf(arena, "%s\n  %s: %lld patients, %lld events, %s",
                                     out->summary, groups->label[g], (long long)curve[g].n,
                                     (long long)curve[g].n_events, median);
    if (median == NULL || out->summary == NULL)
      return no_memory(model, err);
  }
  return RC_OK;
}

rc_status rc_model_finish_kaplan_meier(const rc_model *model, const double *task_values,
                                       rc_arena *arena, rc_model_result *out, rc_error *err) {
  (void)task_values;
  grouping groups = {0};
  rc_logrank test = {0};
  rc_status status = make_groups(model, arena, &groups, err);
  if (status == RC_OK)
    status = rc_logrank_test(groups.survival, groups.group, groups.n_groups, arena, &test, err);
  if (status != RC_OK)
    return status;
  rc_km_curve *curve = rc_arena_alloc(arena, (size_t)groups.n_groups, sizeof *curve);
  out->summary = describe_test(model, &groups, &test, arena);
  if (curve == NULL || out->summary == NULL)
    return no_memory(model, err);
  for (int64_t g = 0; g < groups.n_groups && status == RC_OK; g++)
    status = rc_kaplan_meier(groups.survival, groups.group, g,
                             (rc_km_interval)model->settings->interval, arena, &curve[g], err);
  if (status == RC_OK)
    status = make_group_frame(model, &groups, curve, arena, out, err);
  if (status == RC_OK)
    status = make_curve_frame(model, &groups, curve, arena, &out->frame[1], err);
  if (status == RC_OK && groups.n_groups > 1)
    status = make_test_frame(model, &groups, &test, arena, &out->frame[2], err);
  if (status == RC_OK)
    out->n_frames = groups.n_groups > 1 ? 3 : 2;
  return status;
}
