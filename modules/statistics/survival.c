// SPDX-License-Identifier: Apache-2.0
#include "statistics/survival.h"

#include <math.h>
#include <stdlib.h>

/// What a row looks like while it is being sorted.
typedef struct item {
  double key;
  int64_t row;
} item;

static int compare_items(const void *a, const void *b) {
  const item *x = a;
  const item *y = b;
  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return (x->row > y->row) - (x->row < y->row);
}

static rc_status no_memory(rc_error *err, int64_t n) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory for survival data of %lld rows", (long long)n);
}

/// Makes nearly equal keys equal: every sorted key within the tolerance of its predecessor takes
/// the first key of its run. The rule is that of R's aeqSurv.
static void merge_near_ties(item *sorted, int64_t n) {
  const double tolerance = 1.4901161193847656e-08; // square root of the double epsilon
  double sum = 0.0;
  int64_t n_distinct = 0;
  for (int64_t i = 0; i < n; i++) {
    if (i == 0 || sorted[i].key != sorted[i - 1].key) {
      sum += fabs(sorted[i].key);
      n_distinct++;
    }
  }
  const double mean = n_distinct > 0 ? sum / (double)n_distinct : 0.0;
  double previous = 0.0;
  double cut = 0.0;
  for (int64_t i = 0; i < n; i++) {
    const double key = sorted[i].key;
    const double step = key - previous;
    if (i == 0 || (step > tolerance && step > tolerance * mean))
      cut = key;
    sorted[i].key = cut;
    previous = key;
  }
}

static rc_status check_finite(int64_t n, const double *value, const bool *keep, const char *what,
                              rc_error *err) {
  for (int64_t i = 0; i < n; i++)
    if ((keep == NULL || keep[i]) && !isfinite(value[i]))
      return rc_fail(err, RC_ERR_FORMAT, "row %lld: the %s is not finite", (long long)(i + 1),
                     what);
  return RC_OK;
}

/// Positions in ascending order of entry.
static int64_t *order_by_entry(const double *entry, int64_t n, item *scratch, rc_arena *arena) {
  int64_t *order = rc_arena_alloc(arena, (size_t)n, sizeof *order);
  if (order == NULL)
    return NULL;
  for (int64_t i = 0; i < n; i++)
    scratch[i] = (item){entry[i], i};
  qsort(scratch, (size_t)n, sizeof *scratch, compare_items);
  for (int64_t i = 0; i < n; i++)
    order[i] = scratch[i].row;
  return order;
}

/// Collects times (and entries) of kept rows into `all` with near ties merged; row numbers at or
/// above `n` stand for entries.
static int64_t collect_items(int64_t n, const double *entry, const double *time, const bool *keep,
                             item *all) {
  int64_t m = 0;
  for (int64_t i = 0; i < n; i++) {
    if (keep != NULL && !keep[i])
      continue;
    all[m++] = (item){time[i], i};
    if (entry != NULL)
      all[m++] = (item){entry[i], n + i};
  }
  qsort(all, (size_t)m, sizeof *all, compare_items);
  merge_near_ties(all, m);
  return m;
}

/// Entries of the m sorted items, moved to the rows of `made` and put in order.
static rc_status add_entries(rc_survival *made, int64_t n, item *all, int64_t m, rc_arena *arena,
                             rc_error *err) {
  double *by_row = rc_arena_alloc(arena, (size_t)n, sizeof *by_row);
  double *entries = rc_arena_alloc(arena, (size_t)made->n, sizeof *entries);
  if (by_row == NULL || entries == NULL)
    return no_memory(err, n);
  for (int64_t i = 0; i < m; i++)
    if (all[i].row >= n)
      by_row[all[i].row - n] = all[i].key;
  for (int64_t i = 0; i < made->n; i++) {
    entries[i] = by_row[made->row[i]];
    if (!(entries[i] < made->time[i]))
      return rc_fail(err, RC_ERR_FORMAT, "row %lld: entry %g is not before time %g",
                     (long long)(made->row[i] + 1), entries[i], made->time[i]);
  }
  made->entry = entries;
  made->by_entry = order_by_entry(entries, made->n, all, arena);
  return made->by_entry == NULL ? no_memory(err, n) : RC_OK;
}

rc_status rc_survival_create(int64_t n, const double *entry, const double *time, const bool *event,
                             const bool *keep, rc_arena *arena, rc_survival **out, rc_error *err) {
  if (n < 0 || n > INT64_MAX / 4)
    return rc_fail(err, RC_ERR_LIMIT, "survival data of %lld rows", (long long)n);
  const size_t n_items = (size_t)n * (entry != NULL ? 2 : 1);
  rc_survival *made = rc_arena_alloc(arena, 1, sizeof *made);
  double *times = rc_arena_alloc(arena, (size_t)n, sizeof *times);
  bool *events = rc_arena_alloc(arena, (size_t)n, sizeof *events);
  int64_t *rows = rc_arena_alloc(arena, (size_t)n, sizeof *rows);
  item *all = rc_arena_alloc(arena, n_items, sizeof *all);
  if (made == NULL || times == NULL || events == NULL || rows == NULL || all == NULL)
    return no_memory(err, n);
  rc_status status = check_finite(n, time, keep, "time", err);
  if (status == RC_OK && entry != NULL)
    status = check_finite(n, entry, keep, "entry", err);
  if (status != RC_OK)
    return status;
  const int64_t m = collect_items(n, entry, time, keep, all);
  for (int64_t i = 0; i < m; i++) {
    if (all[i].row >= n)
      continue;
    times[made->n] = all[i].key;
    rows[made->n] = all[i].row;
    events[made->n] = event[all[i].row];
    made->n_events += event[all[i].row] ? 1 : 0;
    made->n++;
  }
  made->time = times;
  made->event = events;
  made->row = rows;
  if (entry != NULL) {
    status = add_entries(made, n, all, m, arena, err);
    if (status != RC_OK)
      return status;
  }
  *out = made;
  return RC_OK;
}

rc_status rc_survival_subset(const rc_survival *survival, const bool *keep, rc_arena *arena,
                             rc_survival **out, rc_error *err) {
  const size_t n = (size_t)survival->n;
  rc_survival *made = rc_arena_alloc(arena, 1, sizeof *made);
  double *time = rc_arena_alloc(arena, n, sizeof *time);
  double *entry = rc_arena_alloc(arena, survival->entry != NULL ? n : 0, sizeof *entry);
  bool *event = rc_arena_alloc(arena, n, sizeof *event);
  int64_t *row = rc_arena_alloc(arena, n, sizeof *row);
  int64_t *by_entry = rc_arena_alloc(arena, survival->entry != NULL ? n : 0, sizeof *by_entry);
  int64_t *moved = rc_arena_alloc(arena, survival->entry != NULL ? n : 0, sizeof *moved);
  if (made == NULL || time == NULL || entry == NULL || event == NULL || row == NULL ||
      by_entry == NULL || moved == NULL)
    return no_memory(err, survival->n);
  for (int64_t i = 0; i < survival->n; i++) {
    const bool kept = keep[survival->row[i]];
    if (survival->entry != NULL)
      moved[i] = kept ? made->n : -1;
    if (!kept)
      continue;
    time[made->n] = survival->time[i];
    event[made->n] = survival->event[i];
    row[made->n] = survival->row[i];
    if (survival->entry != NULL)
      entry[made->n] = survival->entry[i];
    made->n_events += survival->event[i] ? 1 : 0;
    made->n++;
  }
  made->time = time;
  made->event = event;
  made->row = row;
  if (survival->entry != NULL) {
    int64_t m = 0;
    for (int64_t i = 0; i < survival->n; i++)
      if (moved[survival->by_entry[i]] >= 0)
        by_entry[m++] = moved[survival->by_entry[i]];
    made->entry = entry;
    made->by_entry = by_entry;
  }
  *out = made;
  return RC_OK;
}
