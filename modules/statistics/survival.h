// SPDX-License-Identifier: Apache-2.0
/// @file survival.h
/// Right-censored, optionally left-truncated survival data, and what is counted on them:
/// Kaplan-Meier curves, the log-rank test, Harrell's C. Definitions follow R's `survival` package
/// (Therneau), against which they are tested. All functions are deterministic and thread-safe;
/// results live in the arena given.
#ifndef RADCOHORT_STATISTICS_SURVIVAL_H
#define RADCOHORT_STATISTICS_SURVIVAL_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

/// Follow-up of n rows, kept in ascending order of time (ties by row). Row i is at risk during
/// (entry[i], time[i]].
typedef struct rc_survival {
  int64_t n;
  int64_t n_events;
  const double *entry;     ///< [n], or NULL when everybody is observed from the start
  const double *time;      ///< [n], ascending
  const bool *event;       ///< [n], true: event at `time`, false: censored
  const int64_t *row;      ///< [n], index of the row in the caller's arrays
  const int64_t *by_entry; ///< [n], positions in ascending order of entry; NULL without entry
} rc_survival;

/// Sorts the rows for which `keep` holds (NULL: all). Times that differ by less than about 1.5e-8
/// of the mean time are made equal, as R does, so that 0.1 + 0.2 ties with 0.3. All values must be
/// finite and entry < time (RC_ERR_FORMAT names the row otherwise).
rc_status rc_survival_create(int64_t n, const double *entry, const double *time, const bool *event,
                             const bool *keep, rc_arena *arena, rc_survival **out, rc_error *err);

/// The rows for which `keep` (indexed as the caller's arrays are) holds, without sorting again.
rc_status rc_survival_subset(const rc_survival *survival, const bool *keep, rc_arena *arena,
                             rc_survival **out, rc_error *err);

/// A Kaplan-Meier curve: one entry per distinct time, events or censorings.
typedef struct rc_km_curve {
  int64_t n;        ///< rows in the group
  int64_t n_events; ///< events in the group
  int64_t n_times;
  double *time;
  int64_t *n_risk;                        ///< just before the time
  int64_t *n_event;                       ///< at the time
  int64_t *n_censor;                      ///< at the time
  double *survival;                       ///< just after the time
  double *se;                             ///< of survival, Greenwood; NaN once survival is 0
  double *low, *high;                     ///< 95 % interval
  double median, median_low, median_high; ///< NaN: not reached
} rc_km_curve;

/// Interval types of R's survfit: log (its default), log-log, plain.
typedef enum rc_km_interval { RC_KM_LOG, RC_KM_LOG_LOG, RC_KM_PLAIN } rc_km_interval;

/// `group[row]` (caller's rows) selects the rows that equal `which`; NULL: every row.
rc_status rc_kaplan_meier(const rc_survival *survival, const int64_t *group, int64_t which,
                          rc_km_interval interval, rc_arena *arena, rc_km_curve *out,
                          rc_error *err);

/// Log-rank test over k groups (Mantel; hypergeometric variance).
typedef struct rc_logrank {
  int64_t n_groups;
  int64_t *n;       ///< [n_groups] rows
  double *observed; ///< [n_groups] events
  double *expected; ///< [n_groups]
  double *variance; ///< [n_groups][n_groups] of observed - expected
  double chi2, p;   ///< NaN when fewer than two groups were ever at risk of an event
  int64_t df;
} rc_logrank;

/// `group[row]` (caller's rows) in 0..n_groups-1.
rc_status rc_logrank_test(const rc_survival *survival, const int64_t *group, int64_t n_groups,
                          rc_arena *arena, rc_logrank *out, rc_error *err);

/// Pairs counted for Harrell's C. A pair is usable when the shorter time ended in an event while
/// the other row was at risk; an event and a censoring at one time count as "event first".
typedef struct rc_concordance {
  int64_t concordant;
  int64_t discordant;
  int64_t tied_score; ///< usable, equal scores; count one half
  int64_t tied_time;  ///< both events at one time; not usable
  double c;           ///< NaN without a usable pair
} rc_concordance;

/// `score[row]` (caller's rows): higher means earlier event. O(n log n). Two scores tie when their
/// bits are equal.
rc_status rc_concordance_count(const rc_survival *survival, const double *score, rc_arena *arena,
                               rc_concordance *out, rc_error *err);

#endif
