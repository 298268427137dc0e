// SPDX-License-Identifier: Apache-2.0
#include "filters/boundary.h"

#include <stddef.h>

const char *const rc_boundary_names[] = {"zero", "nearest", "periodic", "mirror", NULL};

static int64_t remainder_of(int64_t at, int64_t period) {
  int64_t r = at % period;
  return r < 0 ? r + period : r;
}

int64_t rc_boundary_index(rc_boundary boundary, int64_t n, int64_t at) {
  if (at >= 0 && at < n)
    return at;
  int64_t folded = 0;
  switch (boundary) {
  case RC_BOUNDARY_ZERO:
    break;
  case RC_BOUNDARY_NEAREST:
    return at < 0 ? 0 : n - 1;
  case RC_BOUNDARY_PERIODIC:
    return remainder_of(at, n);
  case RC_BOUNDARY_MIRROR:
    folded = remainder_of(at, 2 * n);
    return folded < n ? folded : 2 * n - 1 - folded;
  }
  return -1;
}
