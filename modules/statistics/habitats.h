// SPDX-License-Identifier: Apache-2.0
/// @file habitats.h
/// Habitats: sub-regions of a region whose voxels are alike in several co-registered images
/// (Gatenby et al. 2013, doi:10.1148/radiol.13122697), found by k-means of standardised
/// intensities.
#ifndef RADCOHORT_STATISTICS_HABITATS_H
#define RADCOHORT_STATISTICS_HABITATS_H

#include "statistics/kmeans.h"

typedef struct rc_habitat_settings {
  int64_t clusters;   ///< 2 .. RC_KMEANS_MAX_CLUSTERS
  int64_t starts;     ///< of k-means; the best result counts
  int64_t iterations; ///< at most, from each start
} rc_habitat_settings;

/// Clusters voxels with channel[n_channels][n] intensities, each channel brought to mean 0 and
/// (population) standard deviation 1 over the voxels where all are finite; one that is constant
/// there counts for nothing. label[n]: 1 .. clusters in ascending order of the mean of channel 0
/// (then 1, ...), 0 where a channel is not finite. RC_ERR_EMPTY: fewer different voxels than
/// clusters.
rc_status rc_habitats_find(const double *const *channel, int64_t n_channels, int64_t n,
                           const rc_habitat_settings *settings, rc_rng *rng, rc_arena *arena,
                           uint8_t *label, rc_error *err);

#endif
