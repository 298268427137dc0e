// SPDX-License-Identifier: Apache-2.0
/// @file pairwise.h
/// Sums in the order of NumPy, for filters that have to give the bits of a program built on it.
#ifndef RADCOHORT_FILTERS_PAIRWISE_H
#define RADCOHORT_FILTERS_PAIRWISE_H

#include <stdbool.h>
#include <stdint.h>

/// Columns that are summed side by side, at most.
enum { RC_PAIRWISE_COLUMNS = 64 };

/// out[x] = sum over i < n of row[i][x], for x < width <= RC_PAIRWISE_COLUMNS: eight running sums
/// for blocks of up to 128 rows, halves of larger ones added. `single`: every sum is rounded to
/// single precision; so are the numbers.
void rc_pairwise_sums(const double (*row)[RC_PAIRWISE_COLUMNS], int64_t n, int64_t width,
                      bool single, double *out);

#endif
