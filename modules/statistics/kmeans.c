// SPDX-License-Identifier: Apache-2.0
// Points are handled in blocks. Blocks may be worked on by any thread; what they add up is put
// together in their order, so that sums have the same bits whatever the number of threads.
#include "statistics/kmeans.h"

#include <math.h>
#include <string.h>

// With fewer blocks than FEW_BLOCKS, waiting for threads may take longer than the work.
enum {
  BLOCK = 2048,
  FEW_BLOCKS = 64,
  MOST_CENTRES = RC_KMEANS_MAX_CLUSTERS * RC_KMEANS_MAX_DIMENSIONS
};

/// What a block adds up: for each cluster its number of points and their sum.
typedef struct block_sums {
  double *sum;    ///< [n_clusters][n_dimensions]
  int64_t *count; ///< [n_clusters]
  double inertia; ///< or, while starts are drawn, the sum of squared distances
  int64_t n_changed;
} block_sums;

typedef struct search {
  const rc_points *points;
  int64_t k, n_blocks;
  double *distance; ///< [n]: squared, to the nearest centre
  uint8_t *cluster; ///< [n]
  block_sums *block;
  double centre[MOST_CENTRES]; ///< [k][n_dimensions]
} search;

static int64_t block_end(const search *s, int64_t b) {
  int64_t end = (b + 1) * BLOCK;
  return end < s->points->n ? end : s->points->n;
}

/// Squared distances of a block's points to one centre.
static void measure(const rc_points *p, int64_t from, int64_t n, const double *centre,
                    double *restrict out) {
  for (int64_t d = 0; d < p->n_dimensions; d++) {
    const double *restrict value = p->value[d] + from;
    const double at = centre[d];
    if (d == 0)
      for (int64_t i = 0; i < n; i++)
        out[i] = (value[i] - at) * (value[i] - at);
    else
      for (int64_t i = 0; i < n; i++)
        out[i] += (value[i] - at) * (value[i] - at);
  }
}

// ---- Starts ----

static void take_point(search *s, int64_t c, int64_t point) {
  for (int64_t d = 0; d < s->points->n_dimensions; d++)
    s->centre[c * s->points->n_dimensions + d] = s->points->value[d][point];
}

/// Takes note of centre c in the points' distances; the sum of all.
static double come_nearer(search *s, int64_t c) {
  const double *centre = s->centre + c * s->points->n_dimensions;
  double total = 0.0;
#pragma omp parallel for schedule(static) if (s->n_blocks > FEW_BLOCKS)
  for (int64_t b = 0; b < s->n_blocks; b++) {
    double to_centre[BLOCK], sum = 0.0, *distance = s->distance + b * BLOCK;
    const int64_t n = block_end(s, b) - b * BLOCK;
    measure(s->points, b * BLOCK, n, centre, to_centre);
    for (int64_t i = 0; i < n; i++) {
      distance[i] = c == 0 || to_centre[i] < distance[i] ? to_centre[i] : distance[i];
      sum += distance[i];
    }
    s->block[b].inertia = sum;
  }
  for (int64_t b = 0; b < s->n_blocks; b++)
    total += s->block[b].inertia;
  return total;
}

/// A point, drawn with a probability proportional to its squared distance.
static int64_t draw_far_point(const search *s, double total, rc_rng *rng) {
  double left = rc_rng_uniform(rng) * total;
  int64_t b = 0, last = -1;
  while (b < s->n_blocks - 1 && left >= s->block[b].inertia)
    left -= s->block[b++].inertia;
  for (; b < s->n_blocks; b++) // rounding may lead beyond the block
    for (int64_t i = b * BLOCK; i < block_end(s, b); i++) {
      if (!(s->distance[i] > 0.0))
        continue;
      last = i;
      left -= s->distance[i];
      if (left < 0.0)
        return i;
    }
  for (int64_t i = s->points->n - 1; last < 0 && i >= 0; i--)
    last = s->distance[i] > 0.0 ? i : last;
  return last;
}

/// k-means++. False: there are fewer different points than clusters.
static bool draw_start(search *s, rc_rng *rng) {
  take_point(s, 0, (int64_t)rc_rng_below(rng, (uint64_t)s->points->n));
  for (int64_t c = 1; c < s->k; c++) {
    const double total = come_nearer(s, c - 1);
    if (!(total > 0.0))
      return false;
    take_point(s, c, draw_far_point(s, total, rng));
  }
  return true;
}

// ---- Iterations ----

/// Gives a block's points to their nearest centres (of equal ones to the first) and adds them up.
static void assign_block(search *s, int64_t b) {
  const rc_points *p = s->points;
  block_sums *sums = &s->block[b];
  double nearest[BLOCK], other[BLOCK];
  uint8_t cluster[BLOCK];
  const int64_t from = b * BLOCK, n = block_end(s, b) - from;
  measure(p, from, n, s->centre, nearest);
  memset(cluster, 0, (size_t)n);
  for (int64_t c = 1; c < s->k; c++) {
    measure(p, from, n, s->centre + c * p->n_dimensions, other);
    for (int64_t i = 0; i < n; i++) {
      const bool nearer = other[i] < nearest[i];
      nearest[i] = nearer ? other[i] : nearest[i];
      cluster[i] = nearer ? (uint8_t)c : cluster[i];
    }
  }
  memset(sums->sum, 0, (size_t)(s->k * p->n_dimensions) * sizeof *sums->sum);
  memset(sums->count, 0, (size_t)s->k * sizeof *sums->count);
  sums->inertia = 0.0;
  sums->n_changed = 0;
  for (int64_t i = 0; i < n; i++) {
    double *sum = sums->sum + cluster[i] * p->n_dimensions;
    for (int64_t d = 0; d < p->n_dimensions; d++)
      sum[d] += p->value[d][from + i];
    sums->count[cluster[i]]++;
    sums->inertia += nearest[i];
    sums->n_changed += cluster[i] != s->cluster[from + i];
  }
  memcpy(s->cluster + from, cluster, (size_t)n);
  memcpy(s->distance + from, nearest, (size_t)n * sizeof *nearest);
}

/// A cluster that lost all its points starts anew at the point that is furthest from its centre.
static void restart_cluster(search *s, int64_t c) {
  int64_t furthest = 0;
  for (int64_t i = 1; i < s->points->n; i++)
    furthest = s->distance[i] > s->distance[furthest] ? i : furthest;
  s->distance[furthest] = 0.0;
  take_point(s, c, furthest);
}

/// One iteration: gives points to centres, moves the centres. The number of points that changed
/// their cluster.
static int64_t iterate(search *s, double *inertia) {
  const int64_t width = s->points->n_dimensions;
  int64_t n_changed = 0;
#pragma omp parallel for schedule(static) if (s->n_blocks > FEW_BLOCKS)
  for (int64_t b = 0; b < s->n_blocks; b++)
    assign_block(s, b);
  *inertia = 0.0;
  for (int64_t b = 0; b < s->n_blocks; b++) {
    *inertia += s->block[b].inertia;
    n_changed += s->block[b].n_changed;
  }
  for (int64_t c = 0; c < s->k; c++) {
    double sum[RC_KMEANS_MAX_DIMENSIONS] = {0};
    int64_t count = 0;
    for (int64_t b = 0; b < s->n_blocks; b++) {
      count += s->block[b].count[c];
      for (int64_t d = 0; d < width; d++)
        sum[d] += s->block[b].sum[c * width + d];
    }
    if (count == 0) {
      restart_cluster(s, c);
      n_changed++;
    }
    for (int64_t d = 0; count > 0 && d < width; d++)
      s->centre[c * width + d] = sum[d] / (double)count;
  }
  return n_changed;
}

static rc_status open_search(search *s, rc_arena *arena, rc_error *err) {
  const rc_points *p = s->points;
  const size_t n_sums = (size_t)(s->n_blocks * s->k);
  double *sum = rc_arena_alloc(arena, n_sums * (size_t)p->n_dimensions, sizeof *sum);
  int64_t *count = rc_arena_alloc(arena, n_sums, sizeof *count);
  s->distance = rc_arena_alloc(arena, (size_t)p->n, sizeof *s->distance);
  s->cluster = rc_arena_alloc(arena, (size_t)p->n, sizeof *s->cluster);
  s->block = rc_arena_alloc(arena, (size_t)s->n_blocks, sizeof *s->block);
  if (sum == NULL || count == NULL || s->distance == NULL || s->cluster == NULL || s->block == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory to cluster %lld points", (long long)p->n);
  for (int64_t b = 0; b < s->n_blocks; b++) {
    s->block[b].sum = sum + b * s->k * p->n_dimensions;
    s->block[b].count = count + b * s->k;
  }
  return RC_OK;
}

rc_status rc_kmeans_run(const rc_points *points, const rc_kmeans_settings *settings, rc_rng *rng,
                        rc_arena *arena, rc_kmeans *out, rc_error *err) {
  const size_t n_centres = (size_t)(settings->n_clusters * points->n_dimensions);
  search s = {
      .points = points, .k = settings->n_clusters, .n_blocks = (points->n + BLOCK - 1) / BLOCK};
  out->cluster = rc_arena_alloc(arena, (size_t)points->n, sizeof *out->cluster);
  out->centre = rc_arena_alloc(arena, n_centres, sizeof *out->centre);
  out->inertia = INFINITY;
  if (out->cluster == NULL || out->centre == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory to cluster %lld points", (long long)points->n);
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_status status = open_search(&s, arena, err);
  for (int64_t start = 0; status == RC_OK && start < settings->n_starts; start++) {
    double inertia = 0.0;
    int64_t n_changed = 1;
    if (points->n < s.k || !draw_start(&s, rng)) {
      status =
          rc_fail(err, RC_ERR_EMPTY, "there are fewer than %lld different points", (long long)s.k);
      break;
    }
    memset(s.cluster, UINT8_MAX, (size_t)points->n);
    for (int64_t i = 0; n_changed > 0 && i < settings->max_iterations; i++)
      n_changed = iterate(&s, &inertia);
    if (!(inertia < out->inertia))
      continue;
    out->inertia = inertia;
    out->converged = n_changed == 0;
    memcpy(out->cluster, s.cluster, (size_t)points->n);
    memcpy(out->centre, s.centre, n_centres * sizeof *out->centre);
  }
  rc_arena_rewind(arena, mark);
  return status;
}
