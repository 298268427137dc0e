// SPDX-License-Identifier: Apache-2.0
#include "statistics/habitats.h"

#include <math.h>
#include <string.h>

/// The voxels where all channels are finite.
static int64_t choose(const double *const *channel, int64_t n_channels, int64_t n, int64_t *voxel) {
  int64_t found = 0;
  for (int64_t i = 0; i < n; i++) {
    bool good = true;
    for (int64_t c = 0; c < n_channels; c++)
      good = good && isfinite(channel[c][i]);
    if (good)
      voxel[found++] = i;
  }
  return found;
}

/// out[n]: the chosen voxels of a channel with mean 0 and standard deviation 1.
static void standardise(const double *channel, const int64_t *voxel, int64_t n, double *out) {
  double sum = 0.0, squares = 0.0, low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < n; i++) {
    sum += channel[voxel[i]];
    low = fmin(low, channel[voxel[i]]);
    high = fmax(high, channel[voxel[i]]);
  }
  const double mean = sum / (double)n;
  for (int64_t i = 0; i < n; i++)
    squares += (channel[voxel[i]] - mean) * (channel[voxel[i]] - mean);
  const double sd = low < high ? sqrt(squares / (double)n) : INFINITY;
  for (int64_t i = 0; i < n; i++)
    out[i] = (channel[voxel[i]] - mean) / sd;
}

/// Does centre a come before b: lower in the first channel in which they differ?
static bool comes_first(const double *a, const double *b, int64_t n_channels) {
  for (int64_t c = 0; c < n_channels; c++)
    if (a[c] != b[c])
      return a[c] < b[c];
  return false;
}

/// rank[k]: how many centres come before it, and 1.
static void rank_centres(const double *centre, int64_t k, int64_t n_channels, uint8_t *rank) {
  for (int64_t i = 0; i < k; i++) {
    rank[i] = 1;
    for (int64_t j = 0; j < k; j++) {
      const double *own = centre + i * n_channels, *other = centre + j * n_channels;
      rank[i] +=
          comes_first(other, own, n_channels) || (j < i && !comes_first(own, other, n_channels));
    }
  }
}

rc_status rc_habitats_find(const double *const *channel, int64_t n_channels, int64_t n,
                           const rc_habitat_settings *settings, rc_rng *rng, rc_arena *arena,
                           uint8_t *label, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const rc_kmeans_settings kmeans = {settings->clusters, settings->starts, settings->iterations};
  double *value[RC_KMEANS_MAX_DIMENSIONS];
  uint8_t rank[RC_KMEANS_MAX_CLUSTERS];
  rc_kmeans found;
  rc_status status = RC_OK;
  int64_t *voxel = rc_arena_alloc(arena, (size_t)n, sizeof *voxel);
  if (voxel == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory to cluster %lld voxels", (long long)n);
  memset(label, 0, (size_t)n);
  const int64_t n_chosen = choose(channel, n_channels, n, voxel);
  if (n_chosen < settings->clusters)
    status =
        rc_fail(err, RC_ERR_EMPTY, "%lld voxels have a value in all images", (long long)n_chosen);
  for (int64_t c = 0; status == RC_OK && c < n_channels; c++) {
    value[c] = rc_arena_alloc(arena, (size_t)n_chosen, sizeof *value[c]);
    if (value[c] == NULL)
      status = rc_fail(err, RC_ERR_MEMORY, "no memory to cluster %lld voxels", (long long)n);
    else
      standardise(channel[c], voxel, n_chosen, value[c]);
  }
  const rc_points points = {(const double *const *)value, n_channels, n_chosen};
  if (status == RC_OK)
    status = rc_kmeans_run(&points, &kmeans, rng, arena, &found, err);
  if (status == RC_OK) {
    rank_centres(found.centre, settings->clusters, n_channels, rank);
    for (int64_t i = 0; i < n_chosen; i++)
      label[voxel[i]] = rank[found.cluster[i]];
  }
  rc_arena_rewind(arena, mark);
  return status;
}
