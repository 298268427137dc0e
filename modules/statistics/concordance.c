// SPDX-License-Identifier: Apache-2.0
// Harrell's C (JAMA 247:2543, 1982), counted with a Fenwick tree over the ranks of the score.
#include "statistics/survival.h"

#include <math.h>
#include <stdlib.h>

/// Numbers of rows in the risk set by rank, with prefix sums in O(log n).
typedef struct tree {
  int64_t n;
  int64_t *count; ///< [n + 1], 1-based
  int64_t total;
} tree;

static void tree_add(tree *risk, int64_t rank, int64_t change) {
  for (int64_t i = rank + 1; i <= risk->n; i += i & -i)
    risk->count[i] += change;
  risk->total += change;
}

/// Rows with a rank below `rank`.
static int64_t tree_below(const tree *risk, int64_t rank) {
  int64_t sum = 0;
  for (int64_t i = rank; i > 0; i -= i & -i)
    sum += risk->count[i];
  return sum;
}

typedef struct scored {
  double score;
  int64_t position;
} scored;

static int compare_scored(const void *a, const void *b) {
  const scored *x = a;
  const scored *y = b;
  if (x->score != y->score)
    return x->score < y->score ? -1 : 1;
  return (x->position > y->position) - (x->position < y->position);
}

/// rank[position] of each row, equal scores sharing one; returns the number of ranks.
static int64_t rank_scores(const rc_survival *survival, const double *score, scored *sorted,
                           int64_t *rank) {
  for (int64_t i = 0; i < survival->n; i++)
    sorted[i] = (scored){score[survival->row[i]], i};
  qsort(sorted, (size_t)survival->n, sizeof *sorted, compare_scored);
  int64_t ranks = 0;
  for (int64_t i = 0; i < survival->n; i++) {
    if (i > 0 && sorted[i].score != sorted[i - 1].score)
      ranks++;
    rank[sorted[i].position] = ranks;
  }
  return survival->n > 0 ? ranks + 1 : 0;
}

static void count_event(const tree *risk, int64_t rank, rc_concordance *out) {
  const int64_t below = tree_below(risk, rank);
  const int64_t not_above = tree_below(risk, rank + 1);
  out->concordant += below;
  out->tied_score += not_above - below;
  out->discordant += risk->total - not_above;
}

rc_status rc_concordance_count(const rc_survival *survival, const double *score, rc_arena *arena,
                               rc_concordance *out, rc_error *err) {
  const size_t n = (size_t)survival->n;
  *out = (rc_concordance){.c = NAN};
  int64_t *rank = rc_arena_alloc(arena, n, sizeof *rank);
  scored *sorted = rc_arena_alloc(arena, n, sizeof *sorted);
  tree risk = {.count = rc_arena_alloc(arena, n + 1, sizeof *risk.count)};
  if (rank == NULL || sorted == NULL || risk.count == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for the concordance of %lld rows",
                   (long long)survival->n);
  risk.n = rank_scores(survival, score, sorted, rank);

  int64_t next_entry = survival->n - 1;
  for (int64_t last = survival->n - 1; last >= 0;) {
    const double t = survival->time[last];
    int64_t first = last;
    int64_t events = 0;
    for (; first >= 0 && survival->time[first] == t; first--) {
      if (survival->event[first])
        events++;
      else
        tree_add(&risk, rank[first], 1); // outlives the events of this time
    }
    for (; survival->entry != NULL && next_entry >= 0; next_entry--) {
      const int64_t j = survival->by_entry[next_entry];
      if (survival->entry[j] < t)
        break;
      tree_add(&risk, rank[j], -1); // not yet under observation
    }
    for (int64_t i = first + 1; i <= last; i++)
      if (survival->event[i])
        count_event(&risk, rank[i], out);
    for (int64_t i = first + 1; i <= last; i++)
      if (survival->event[i])
        tree_add(&risk, rank[i], 1);
    out->tied_time += events * (events - 1) / 2;
    last = first;
  }
  const double usable = (double)(out->concordant + out->discordant + out->tied_score);
  if (usable > 0.0)
    out->c = ((double)out->concordant + 0.5 * (double)out->tied_score) / usable;
  return RC_OK;
}
