// SPDX-License-Identifier: Apache-2.0
// Kaplan-Meier (JASA 53:457, 1958) with Greenwood's variance and R survfit's intervals and medians.
#include "statistics/distributions.h"
#include "statistics/survival.h"

#include <math.h>

static bool belongs(const rc_survival *survival, const int64_t *group, int64_t which, int64_t i) {
  return group == NULL || group[survival->row[i]] == which;
}

static rc_status allocate_curve(int64_t n, rc_arena *arena, rc_km_curve *out, rc_error *err) {
  const size_t count = (size_t)n;
  out->time = rc_arena_alloc(arena, count, sizeof *out->time);
  out->n_risk = rc_arena_alloc(arena, count, sizeof *out->n_risk);
  out->n_event = rc_arena_alloc(arena, count, sizeof *out->n_event);
  out->n_censor = rc_arena_alloc(arena, count, sizeof *out->n_censor);
  out->survival = rc_arena_alloc(arena, count, sizeof *out->survival);
  out->se = rc_arena_alloc(arena, count, sizeof *out->se);
  out->low = rc_arena_alloc(arena, count, sizeof *out->low);
  out->high = rc_arena_alloc(arena, count, sizeof *out->high);
  if (out->time == NULL || out->n_risk == NULL || out->n_event == NULL || out->n_censor == NULL ||
      out->survival == NULL || out->se == NULL || out->low == NULL || out->high == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for a Kaplan-Meier curve of %lld rows",
                   (long long)n);
  return RC_OK;
}

/// Fills low and high of one time from survival s and the standard error of log(s).
static void set_interval(rc_km_interval interval, double s, double log_se, double *low,
                         double *high) {
  const double width = RC_NORMAL_975 * log_se;
  *low = NAN;
  *high = NAN;
  switch (interval) {
  case RC_KM_LOG:
    if (s > 0.0) {
      *low = exp(log(s) - width);
      *high = fmin(exp(log(s) + width), 1.0);
    }
    break;
  case RC_KM_LOG_LOG:
    if (s > 0.0 && s < 1.0) {
      const double shift = width / log(s);
      *low = exp(-exp(log(-log(s)) - shift));
      *high = exp(-exp(log(-log(s)) + shift));
    }
    break;
  case RC_KM_PLAIN:
    if (s > 0.0) {
      *low = fmax(s - width * s, 0.0);
      *high = fmin(s + width * s, 1.0);
    }
    break;
  }
}

/// Where a falling curve crosses one half: the first time at or below it, or, when it runs along
/// one half, the middle of that stretch. NaN when it never does.
static double crossing_time(const double *curve, const double *time, int64_t n) {
  const double tolerance = 1.4901161193847656e-08;
  int64_t first = 0;
  while (first < n && !(curve[first] < 0.5 + tolerance))
    first++;
  if (first == n)
    return NAN;
  if (fabs(curve[first] - 0.5) >= tolerance)
    return time[first];
  for (int64_t i = first + 1; i < n; i++)
    if (curve[i] < curve[first])
      return 0.5 * (time[first] + time[i]);
  return time[first];
}

rc_status rc_kaplan_meier(const rc_survival *survival, const int64_t *group, int64_t which,
                          rc_km_interval interval, rc_arena *arena, rc_km_curve *out,
                          rc_error *err) {
  *out = (rc_km_curve){0};
  rc_status status = allocate_curve(survival->n, arena, out, err);
  if (status != RC_OK)
    return status;

  int64_t not_entered = 0;
  int64_t next_entry = 0;
  for (int64_t i = 0; i < survival->n; i++)
    out->n += belongs(survival, group, which, i) ? 1 : 0;
  if (survival->entry != NULL)
    not_entered = out->n;

  int64_t left = 0; // rows whose time has passed
  double s = 1.0;
  double greenwood = 0.0;
  for (int64_t i = 0; i < survival->n;) {
    const double t = survival->time[i];
    int64_t events = 0;
    int64_t censored = 0;
    for (; i < survival->n && survival->time[i] == t; i++) {
      if (!belongs(survival, group, which, i))
        continue;
      events += survival->event[i] ? 1 : 0;
      censored += survival->event[i] ? 0 : 1;
    }
    if (events + censored == 0)
      continue;
    while (survival->entry != NULL && next_entry < survival->n &&
           survival->entry[survival->by_entry[next_entry]] < t) {
      not_entered -= belongs(survival, group, which, survival->by_entry[next_entry]) ? 1 : 0;
      next_entry++;
    }
    const int64_t at_risk = out->n - left - not_entered;
    s *= (double)(at_risk - events) / (double)at_risk;
    if (events > 0)
      greenwood += (double)events / ((double)at_risk * (double)(at_risk - events));
    const int64_t k = out->n_times++;
    out->time[k] = t;
    out->n_risk[k] = at_risk;
    out->n_event[k] = events;
    out->n_censor[k] = censored;
    out->survival[k] = s;
    out->se[k] = s > 0.0 ? s * sqrt(greenwood) : NAN;
    set_interval(interval, s, sqrt(greenwood), &out->low[k], &out->high[k]);
    out->n_events += events;
    left += events + censored;
  }
  out->median = crossing_time(out->survival, out->time, out->n_times);
  out->median_low = crossing_time(out->low, out->time, out->n_times);
  out->median_high = crossing_time(out->high, out->time, out->n_times);
  return RC_OK;
}
