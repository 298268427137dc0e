// SPDX-License-Identifier: Apache-2.0
/// @file family.h
/// What the tests of texture families share: computing one, the published values of the digital
/// phantom, and properties that every family has, among them equality with a brute-force
/// implementation that the test file supplies.
#ifndef RADCOHORT_TEST_FAMILY_H
#define RADCOHORT_TEST_FAMILY_H

#include "roi.h"
#include "texture/contract.h"

#define TEST_MAX_FEATURES 32

/// Values by aggregation and feature; NaN where not computed.
typedef struct test_values {
  const rc_family *family;
  double value[RC_AGG_COUNT][TEST_MAX_FEATURES];
  const char *undefined;
} test_values;

/// All aggregations of a family. `params` NULL: the defaults. A failure fails the test.
test_values test_compute(const rc_family *family, const rc_roi *roi, const void *params);

/// Index of a feature by its tag; an unknown one fails the test.
int64_t test_feature(const rc_family *family, const char *tag);

/// Equal bits in the aggregations of `mask`; names the feature that differs.
void test_values_same(const test_values *a, const test_values *b, uint32_t mask);
/// Equal within a relative tolerance and an absolute one of as much.
void test_values_near(const test_values *a, const test_values *b, uint32_t mask, double tolerance);

/// Every published value of the family on the digital phantom, to the three digits printed.
void test_phantom_reference(const rc_family *family);

/// Features of one matrix, by brute force: the voxels of slices z0 .. z1 - 1 of region->level,
/// looking in `n_directions` directions, or, for families without directions, `solid` or not. All
/// NaN when the matrix is empty.
typedef struct test_view {
  const test_roi *region;
  int64_t z0, z1;
  const int (*direction)[3];
  int n_directions;
  bool solid;
} test_view;
typedef void test_brute(const test_view *view, const void *params, double *value);

/// The brute-force values of a family in all its aggregations.
test_values test_brute_compute(const rc_family *family, test_brute *brute, const test_roi *region,
                               const void *params);

/// Compares a family with brute force on random regions of several shapes and numbers of levels.
void test_equals_brute(const rc_family *family, test_brute *brute, const void *params);

/// Properties of any family of texture matrices: empty mask, one voxel, one level, wider margins,
/// turned axes, little memory, one thread or four.
void test_matrix_properties(const rc_family *family);

/// The level at a voxel, 0 outside the grid.
int test_level(const test_roi *region, int64_t x, int64_t y, int64_t z);

/// IBSI-1's features of a table n[level - 1][size - 1] by their definitions, in the order of
/// rc_tally_feature, RC_TALLY_COUNT of them. All NaN for an empty table.
void test_table_features(const double *n, int64_t n_levels, int64_t n_sizes, double n_voxels,
                         double *value);

#endif
