// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_BYTES 4096

static char *next_buffer(void) {
  static char buffer[4][PATH_BYTES];
  static int turn;
  turn = (turn + 1) % 4;
  return buffer[turn];
}

static const char *environment(const char *name) {
  const char *value = getenv(name);
  if (value == NULL)
    fail_msg("%s is not set: run the tests through ctest", name);
  return value;
}

const char *test_data(const char *relative) {
  char *path = next_buffer();
  struct stat facts;
  snprintf(path, PATH_BYTES, "%s/%s", environment("RADCOHORT_TEST_DATA"), relative);
  if (stat(path, &facts) == 0)
    return path;
  const char *ci = getenv("CI");
  if (ci != NULL && strcmp(ci, "true") == 0)
    fail_msg("reference data is required here but missing: %s", path);
  print_message("skipped: no reference data at %s\n", path);
  skip();
  return NULL;
}

const char *test_source(const char *relative) {
  char *path = next_buffer();
  snprintf(path, PATH_BYTES, "%s/%s", environment("RADCOHORT_SOURCE_DIR"), relative);
  return path;
}

const char *test_folder(const char *name) {
  char *path = next_buffer();
  snprintf(path, PATH_BYTES, "%s/test-output", environment("RADCOHORT_BUILD_DIR"));
  mkdir(path, 0777);
  snprintf(path, PATH_BYTES, "%s/test-output/%s", environment("RADCOHORT_BUILD_DIR"), name);
  mkdir(path, 0777);
  return path;
}

void test_near(double actual, double expected, double absolute, double relative, const char *what,
               const char *file, int line) {
  if (isnan(actual) && isnan(expected))
    return;
  if (fabs(actual - expected) <= absolute + relative * fabs(expected))
    return;
  print_error("%s:%d: %s is %.17g, expected %.17g within %g + %g relative\n", file, line, what,
              actual, expected, absolute, relative);
  _fail(file, line);
}
