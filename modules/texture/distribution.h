// SPDX-License-Identifier: Apache-2.0
/// @file distribution.h
/// Statistics of a set of values given as distinct values with counts: what the intensity-based
/// statistics (IBSI-1 section 3.3) and the intensity histogram (section 3.4) define alike.
#ifndef RADCOHORT_TEXTURE_DISTRIBUTION_H
#define RADCOHORT_TEXTURE_DISTRIBUTION_H

#include "base/arena.h"
#include "base/error.h"
#include "data/roi.h"
#include <stdint.h>

/// n distinct values in ascending order; total is the sum of the counts.
typedef struct rc_distribution {
  int64_t n;
  const double *value;
  const int64_t *count; ///< each > 0
  int64_t total;
} rc_distribution;

typedef struct rc_distribution_facts {
  double mean, variance, skewness, kurtosis; ///< population moments; excess kurtosis
  double median, min, p10, p90, max;
  double interquartile_range, range;
  double mean_deviation;        ///< mean absolute deviation from the mean
  double robust_mean_deviation; ///< the same over values from p10 to p90
  double median_deviation;      ///< mean absolute deviation from the median
  double variation;             ///< coefficient of variation; NaN when the mean is 0
  double quartile_dispersion;   ///< NaN when the quartiles add to 0
  double energy;                ///< sum of squares
} rc_distribution_facts;

/// Intensities inside the mask (roi->n_mask > 0), sorted. RC_ERR_NUMERIC: one is not finite.
rc_status rc_distribution_of_intensities(const rc_roi *roi, rc_arena *arena, rc_distribution *out,
                                         rc_error *err);

/// Levels (the region's grid, 0 outside the mask). n == 0 when there is none.
rc_status rc_distribution_of_levels(const rc_roi *roi, const uint16_t *level, rc_arena *arena,
                                    rc_distribution *out, rc_error *err);

/// All facts of a distribution with n > 0.
rc_distribution_facts rc_distribution_describe(const rc_distribution *distribution);

/// Percentile (0..100), interpolated linearly between order statistics as R's type 7: the digital
/// phantom's 90th is 4.
double rc_distribution_percentile(const rc_distribution *distribution, double percent);

#endif
