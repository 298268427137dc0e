// SPDX-License-Identifier: Apache-2.0
/// @file kmeans.h
/// k-means clustering: starts drawn by k-means++ (Arthur and Vassilvitskii 2007), Lloyd's iteration
/// (1982, doi:10.1109/TIT.1982.1056489), the best of several starts. The same bits for any number
/// of threads.
#ifndef RADCOHORT_STATISTICS_KMEANS_H
#define RADCOHORT_STATISTICS_KMEANS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/rng.h"

#include <stdbool.h>
#include <stdint.h>

enum { RC_KMEANS_MAX_CLUSTERS = 32, RC_KMEANS_MAX_DIMENSIONS = 16 };

typedef struct rc_kmeans_settings {
  int64_t n_clusters;     ///< 1 .. RC_KMEANS_MAX_CLUSTERS
  int64_t n_starts;       ///< the one with the lowest inertia wins; of equal ones the first
  int64_t max_iterations; ///< of each start
} rc_kmeans_settings;

typedef struct rc_points {
  const double *const *value; ///< [n_dimensions][n], finite
  int64_t n_dimensions;       ///< 1 .. RC_KMEANS_MAX_DIMENSIONS
  int64_t n;
} rc_points;

typedef struct rc_kmeans {
  uint8_t *cluster; ///< [n]: 0 .. n_clusters - 1
  double *centre;   ///< [n_clusters][n_dimensions]: means of the clusters' points
  double inertia;   ///< sum of squared distances of points to the centres they were given to
  bool converged;   ///< the winning start ended because no point changed its cluster
} rc_kmeans;

/// Memory comes from `arena`: 9 bytes a point beside the result. RC_ERR_EMPTY: there are fewer
/// different points than clusters.
rc_status rc_kmeans_run(const rc_points *points, const rc_kmeans_settings *settings, rc_rng *rng,
                        rc_arena *arena, rc_kmeans *out, rc_error *err);

#endif
