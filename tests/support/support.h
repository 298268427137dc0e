// SPDX-License-Identifier: Apache-2.0
/// @file support.h
/// What all tests share: cmocka with its includes in the right order, and where data lies.
#ifndef RADCOHORT_TEST_SUPPORT_H
#define RADCOHORT_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/// Path of a reference file ("ibsi1/reference/dig_phantom.csv") in a static buffer (four are kept).
/// When it is absent: prints the reason and skips the running test, or fails it when CI=true.
const char *test_data(const char *relative);

/// Path of a file in the source tree, in a static buffer (four are kept).
const char *test_source(const char *relative);

/// A fresh private folder below the build tree for this test; static buffer, removed by nobody.
const char *test_folder(const char *name);

/// Fails unless |actual - expected| <= absolute + relative * |expected|; NaN equals NaN.
#define assert_near(actual, expected, absolute, relative)                                          \
  test_near((actual), (expected), (absolute), (relative), #actual, __FILE__, __LINE__)
void test_near(double actual, double expected, double absolute, double relative, const char *what,
               const char *file, int line);

#endif
