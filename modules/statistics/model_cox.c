// SPDX-License-Identifier: Apache-2.0
// The model kinds cox and cox_univariate.
#include "statistics/cox.h"
#include "statistics/distributions.h"
#include "statistics/model_parts.h"

#include <math.h>
#include <string.h>

static rc_status no_memory(const rc_model *model, rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for model %s", model->settings->name);
}

/// Coefficient, standard error and what follows from them.
typedef struct estimate {
  double coef, hr, hr_low, hr_high, se, z, p;
} estimate;

static estimate make_estimate(double coef, double se) {
  const double z = coef / se;
  return (estimate){.coef = coef,
                    .hr = exp(coef),
                    .hr_low = exp(coef - RC_NORMAL_975 * se),
                    .hr_high = exp(coef + RC_NORMAL_975 * se),
                    .se = se,
                    .z = z,
                    .p = rc_normal_two_sided(z)};
}

/// Columns of an estimate, in the order in which set_estimate fills them.
#define ESTIMATE_NAMES "coef", "hr", "hr_low", "hr_high", "se", "z", "p"
#define ESTIMATE_TYPES "rrrrrrr"

static void set_estimate(rc_column *first, int64_t row, const estimate *e) {
  first[0].real[row] = e->coef;
  first[1].real[row] = e->hr;
  first[2].real[row] = e->hr_low;
  first[3].real[row] = e->hr_high;
  first[4].real[row] = e->se;
  first[5].real[row] = e->z;
  first[6].real[row] = e->p;
}

/// One Cox model of the rows that have every column.
typedef struct multivariable {
  bool *keep; ///< [n_rows]
  rc_model_term *term;
  int64_t n_terms;
  rc_cox_fit fit;
} multivariable;

static rc_status fit_terms(const rc_model *model, rc_arena *arena, multivariable *out,
                           rc_error *err) {
  const int64_t n_rows = model->table->n_rows;
  out->keep = rc_arena_alloc(arena, (size_t)n_rows, sizeof *out->keep);
  if (out->keep == NULL)
    return no_memory(model, err);
  for (int64_t i = 0; i < n_rows; i++) {
    out->keep[i] = model->usable[i];
    for (int64_t c = 0; c < model->n_columns; c++)
      out->keep[i] = out->keep[i] && !rc_model_missing(model->column[c], i);
  }
  rc_survival *survival = NULL;
  rc_status status = rc_survival_subset(model->survival, out->keep, arena, &survival, err);
  if (status == RC_OK && survival->n == 0)
    status = rc_fail(err, RC_ERR_EMPTY, "no patient has a value in every term");
  if (status == RC_OK)
    status = rc_model_expand(model->column, model->n_columns, out->keep, n_rows, arena, &out->term,
                             &out->n_terms, err);
  if (status != RC_OK)
    return status;
  const double **x = rc_arena_alloc(arena, (size_t)out->n_terms, sizeof *x);
  if (x == NULL)
    return no_memory(model, err);
  for (int64_t j = 0; j < out->n_terms; j++) {
    if (out->term[j].reason != NULL && out->term[j].column->type == RC_COLUMN_TEXT)
      return rc_fail(err, RC_ERR_FORMAT, "terms: %s: %s", out->term[j].name, out->term[j].reason);
    double *value = NULL;
    status = rc_model_values(&out->term[j], out->keep, n_rows, model->settings->standardise, arena,
                             &value, err);
    if (status != RC_OK)
      return status;
    x[j] = value;
  }
  return rc_cox_run(survival, x, out->n_terms, (rc_cox_ties)model->settings->ties, arena, &out->fit,
                    err);
}

static rc_status make_term_frame(const rc_model *model, const multivariable *fitted,
                                 rc_arena *arena, rc_frame **out, rc_error *err) {
  static const char *const names[] = {ESTIMATE_NAMES, "reason"};
  rc_status status = rc_model_frame(arena, model->settings->name, NULL, "term", fitted->n_terms,
                                    ESTIMATE_TYPES "t", names, out, err);
  if (status != RC_OK)
    return status;
  const rc_cox_fit *fit = &fitted->fit;
  for (int64_t j = 0; j < fitted->n_terms; j++) {
    const estimate e = make_estimate(fit->coef[j], sqrt(fit->variance[j * fit->n_terms + j]));
    (*out)->index[j] = fitted->term[j].name;
    set_estimate((*out)->column, j, &e);
    (*out)->column[7].text[j] = rc_cox_term_reason(fit->term[j]);
  }
  return RC_OK;
}

static rc_status make_fit_frame(const rc_model *model, const rc_cox_fit *fit, rc_arena *arena,
                                rc_frame **out, rc_error *err) {
  static const char *const names[] = {
      "n",           "n_missing",  "events",     "df",         "loglik_null", "loglik",
      "lrt",         "lrt_p",      "wald",       "wald_p",     "score",       "score_p",
      "concordance", "concordant", "discordant", "tied_score", "tied_time",   "iterations"};
  rc_status status = rc_model_frame(arena, model->settings->name, "fit", "model", 1,
                                    "iiiirrrrrrrrriiiii", names, out, err);
  if (status != RC_OK)
    return status;
  rc_column *column = (*out)->column;
  (*out)->index[0] = model->settings->name;
  column[0].integer[0] = fit->n;
  column[1].integer[0] = model->table->n_rows - fit->n;
  column[2].integer[0] = fit->n_events;
  column[3].integer[0] = fit->df;
  const double reals[] = {fit->loglik_null, fit->loglik,  fit->lrt,
                          fit->lrt_p,       fit->wald,    fit->wald_p,
                          fit->score_test,  fit->score_p, fit->concordance.c};
  for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
    column[4 + i].real[0] = reals[i];
  const int64_t integers[] = {fit->concordance.concordant, fit->concordance.discordant,
                              fit->concordance.tied_score, fit->concordance.tied_time,
                              fit->iterations};
  for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++)
    column[13 + i].integer[0] = integers[i];
  return RC_OK;
}

static const char *describe_cox(const rc_model *model, const multivariable *fitted,
                                rc_arena *arena) {
  const rc_cox_fit *fit = &fitted->fit;
  const char *text = rc_arena_printf(
      arena,
      "%s: Cox regression, %lld of %lld patients, %lld events, C-index %.3f, likelihood ratio p = "
      "%.3g",
      model->settings->name, (long long)fit->n, (long long)model->table->n_rows,
      (long long)fit->n_events, fit->concordance.c, fit->lrt_p);
  for (int64_t j = 0; j < fitted->n_terms && j < 12 && text != NULL; j++) {
    const estimate e = make_estimate(fit->coef[j], sqrt(fit->variance[j * fit->n_terms + j]));
    text = fit->term[j] == RC_COX_FITTED
               ? rc_arena_printf(arena, "%s\n  %s: HR %.3g (%.3g to %.3g), p = %.3g", text,
                                 fitted->term[j].name, e.hr, e.hr_low, e.hr_high, e.p)
               : rc_arena_printf(arena, "%s\n  %s: undefined, %s", text, fitted->term[j].name,
                                 rc_cox_term_reason(fit->term[j]));
  }
  if (text != NULL && fitted->n_terms > 12)
    text = rc_arena_printf(arena, "%s\n  and %lld more terms", text,
                           (long long)(fitted->n_terms - 12));
  return text;
}

rc_status rc_model_finish_cox(const rc_model *model, const double *task_values, rc_arena *arena,
                              rc_model_result *out, rc_error *err) {
  (void)task_values;
  multivariable fitted = {0};
  rc_status status = fit_terms(model, arena, &fitted, err);
  if (status == RC_OK && fitted.fit.n_events == 0)
    status = rc_fail(err, RC_ERR_EMPTY, "none of the %lld patients has an event",
                     (long long)fitted.fit.n);
  if (status == RC_OK)
    status = make_term_frame(model, &fitted, arena, &out->frame[0], err);
  if (status == RC_OK)
    status = make_fit_frame(model, &fitted.fit, arena, &out->frame[1], err);
  if (status != RC_OK)
    return status;
  out->n_frames = 2;
  out->summary = describe_cox(model, &fitted, arena);
  return out->summary == NULL ? no_memory(model, err) : RC_OK;
}

/// What a task of the screen returns, by position.
enum { TASK_N, TASK_EVENTS, TASK_COEF, TASK_SE, TASK_LRT_P, TASK_CONCORDANCE, TASK_TERM };

rc_status rc_model_task_univariate(const rc_model *model, int64_t task, rc_arena *scratch,
                                   double *values, rc_error *err) {
  const rc_model_term *term = &model->term[task];
  const int64_t n_rows = model->table->n_rows;
  bool *keep = rc_arena_alloc(scratch, (size_t)n_rows, sizeof *keep);
  if (keep == NULL)
    return no_memory(model, err);
  for (int64_t i = 0; i < n_rows; i++)
    keep[i] = model->usable[i] && !rc_model_missing(term->column, i);
  rc_survival *survival = NULL;
  double *x = NULL;
  rc_cox_fit fit = {0};
  rc_status status = rc_survival_subset(model->survival, keep, scratch, &survival, err);
  if (status == RC_OK)
    status = rc_model_values(term, keep, n_rows, model->settings->standardise, scratch, &x, err);
  if (status == RC_OK)
    status = rc_cox_run(survival, (const double *const[]){x}, 1, (rc_cox_ties)model->settings->ties,
                        scratch, &fit, err);
  if (status != RC_OK)
    return status;
  values[TASK_N] = (double)fit.n;
  values[TASK_EVENTS] = (double)fit.n_events;
  values[TASK_COEF] = fit.coef[0];
  values[TASK_SE] = sqrt(fit.variance[0]);
  values[TASK_LRT_P] = fit.lrt_p;
  values[TASK_CONCORDANCE] = fit.concordance.c;
  values[TASK_TERM] = (double)fit.term[0];
  return RC_OK;
}

/// Columns of the screen's frame.
enum {
  SCREEN_N,
  SCREEN_MISSING,
  SCREEN_EVENTS,
  SCREEN_ESTIMATE,
  SCREEN_P = SCREEN_ESTIMATE + 6,
  SCREEN_Q,
  SCREEN_LRT_P,
  SCREEN_CONCORDANCE,
  SCREEN_REASON
};

static const char *screen_reason(const rc_model_term *term, const double *values) {
  if (term->reason != NULL)
    return term->reason;
  if (values[RC_MODEL_TASK_STATUS] != (double)RC_OK)
    return rc_status_meaning((rc_status)values[RC_MODEL_TASK_STATUS]);
  if (values[TASK_N] == 0.0)
    return "no patient has a value";
  return rc_cox_term_reason((rc_cox_term)values[TASK_TERM]);
}

static const char *describe_screen(const rc_model *model, const rc_frame *frame, rc_arena *arena) {
  const double *p = frame->column[SCREEN_P].real;
  const double *q = frame->column[SCREEN_Q].real;
  int64_t n_tested = 0;
  int64_t n_found = 0;
  int64_t best = -1;
  for (int64_t i = 0; i < frame->n_rows; i++) {
    n_tested += isnan(p[i]) ? 0 : 1;
    n_found += q[i] < 0.05 ? 1 : 0;
    if (!isnan(p[i]) && (best < 0 || p[i] < p[best]))
      best = i;
  }
  const char *text = rc_arena_printf(
      arena, "%s: %lld terms, one Cox regression each, %lld defined, %lld with q < 0.05",
      model->settings->name, (long long)frame->n_rows, (long long)n_tested, (long long)n_found);
  if (text == NULL || best < 0)
    return text;
  const rc_column *estimates = frame->column + SCREEN_ESTIMATE;
  return rc_arena_printf(arena, "%s\n  first %s: HR %.3g (%.3g to %.3g), p = %.3g, q = %.3g", text,
                         frame->index[best], estimates[1].real[best], estimates[2].real[best],
                         estimates[3].real[best], p[best], q[best]);
}

rc_status rc_model_finish_univariate(const rc_model *model, const double *task_values,
                                     rc_arena *arena, rc_model_result *out, rc_error *err) {
  static const char *const names[] = {"n", "n_missing", "events",      ESTIMATE_NAMES,
                                      "q", "lrt_p",     "concordance", "reason"};
  rc_frame *frame = NULL;
  rc_status status = rc_model_frame(arena, model->settings->name, NULL, "feature", model->n_terms,
                                    "iii" ESTIMATE_TYPES "rrrt", names, &frame, err);
  if (status != RC_OK)
    return status;
  rc_column *column = frame->column;
  for (int64_t i = 0; i < model->n_terms; i++) {
    const double *values = task_values + i * RC_MODEL_TASK_VALUES;
    const estimate e = make_estimate(values[TASK_COEF], values[TASK_SE]);
    frame->index[i] = model->term[i].name;
    const bool done = values[RC_MODEL_TASK_STATUS] == (double)RC_OK;
    const int64_t n = done ? (int64_t)values[TASK_N] : 0;
    column[SCREEN_N].integer[i] = n;
    column[SCREEN_MISSING].integer[i] = model->table->n_rows - n;
    column[SCREEN_EVENTS].integer[i] = done ? (int64_t)values[TASK_EVENTS] : 0;
    set_estimate(column + SCREEN_ESTIMATE, i, &e);
    column[SCREEN_LRT_P].real[i] = values[TASK_LRT_P];
    column[SCREEN_CONCORDANCE].real[i] = values[TASK_CONCORDANCE];
    column[SCREEN_REASON].text[i] = screen_reason(&model->term[i], values);
  }
  status = rc_fdr_adjust(column[SCREEN_P].real, model->n_terms, arena, column[SCREEN_Q].real, err);
  if (status != RC_OK)
    return status;
  out->frame[0] = frame;
  out->n_frames = 1;
  out->summary = describe_screen(model, frame, arena);
  return out->summary == NULL ? no_memory(model, err) : RC_OK;
}
