// SPDX-License-Identifier: Apache-2.0
/// @file pairwise.h
/// Sums in the order of NumPy, for filters that have to give the bits of a program built on it.
#ifndef RADCOHORT_FILTERS_PAIRWISE_H
#define RADCOHORT_FILTERS_PAIRWISE_H

#include <stdbool.h>
#include <stdint.h>

/// The sum of n numbers: eight running sums for blocks of up to 128, halves of larger ones added.
/// `single`: every sum is rounded to single precision; so are the numbers.
double rc_pairwise_sum(const double *value, int64_t n, bool single);

#endif
