// SPDX-License-Identifier: Apache-2.0
/// @file roi.h
/// Regions of interest made in memory, for tests of feature families. They are laid out as the
/// processing chain lays them out: the voxels given, plus a margin whose intensity is NaN (outside
/// the image) and whose masks are 0. Arrays are x fastest. Running out of memory fails the test.
#ifndef RADCOHORT_TEST_ROI_H
#define RADCOHORT_TEST_ROI_H

#include "data/roi.h"

#include <stdbool.h>

/// `roi` borrows the arrays that this owns; they may be changed by a test before it computes, if
/// test_roi_recount is called after changing a mask.
typedef struct test_roi {
  rc_roi roi;
  double *intensity;
  uint8_t *morph;
  uint8_t *mask;
  uint16_t *level; ///< NULL until levels are made
} test_roi;

/// Voxels to add below and above, by axis; each >= 1.
typedef struct test_margin {
  int64_t low[3], high[3];
} test_margin;

#define TEST_MARGIN_ONE                                                                            \
  {                                                                                                \
    {1, 1, 1}, {                                                                                   \
      1, 1, 1                                                                                      \
    }                                                                                              \
  }

/// From size[0] x size[1] x size[2] voxels. `mask` NULL: the same as `morph`. `margin` NULL: one
/// voxel on every side. No grey levels yet.
test_roi *test_roi_create(const int64_t size[3], const double spacing_mm[3],
                          const double *intensity, const uint8_t *morph, const uint8_t *mask,
                          const test_margin *margin);
void test_roi_destroy(test_roi *region); ///< takes NULL

/// Sets n_morph and n_mask from the masks, and clears levels outside the intensity mask.
void test_roi_recount(test_roi *region);

/// Grey level = intensity, which must be a whole number 1..65535 inside the mask.
void test_roi_levels_as_is(test_roi *region);
/// Fixed bin number, IBSI-1 section 2.7, for texture and for the intensity-volume histogram.
void test_roi_levels_fixed_number(test_roi *region, int32_t n_levels);

/// The IBSI digital phantom: 5 x 4 x 4 voxels of 2 mm, 74 in the region, levels 1..6.
test_roi *test_roi_phantom(void);

/// A lumpy random region in a box of that size: about 60 % of the voxels, not connected, smooth
/// intensities plus noise in `n_levels` levels; the intensity mask lacks some voxels of the
/// morphological one. Same seed, same region.
test_roi *test_roi_random(const int64_t size[3], const double spacing_mm[3], int32_t n_levels,
                          uint64_t seed);

/// The same region with axes exchanged and mirrored: new axis d is old axis axes[d], reversed where
/// mirror[d]. Levels are carried over.
test_roi *test_roi_turn(const test_roi *region, const int axes[3], const bool mirror[3]);

/// The same region with another margin around the old grid (which keeps its own margin).
test_roi *test_roi_widen(const test_roi *region, const test_margin *margin);

#endif
