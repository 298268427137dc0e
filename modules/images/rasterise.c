// SPDX-License-Identifier: Apache-2.0
#include "images/rasterise.h"

#include <math.h>

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

/// The row range a polygon can touch: rows y with low <= y < high.
static void row_range(const double *point, int64_t n, int64_t rows, int64_t *low, int64_t *high) {
  double least = INFINITY, most = -INFINITY;
  for (int64_t i = 0; i < n; i++) {
    least = fmin(least, point[2 * i + 1]);
    most = fmax(most, point[2 * i + 1]);
  }
  *low = (int64_t)clamp(floor(least), 0, (double)rows);
  *high = (int64_t)clamp(floor(most) + 1, 0, (double)rows);
}

/// Marks where row y crosses the polygon: a crossing at x toggles all voxels left of it, so it is
/// noted at the first voxel it does not toggle. Returns the range of marks.
static void mark_crossings(const double *point, int64_t n, double y, int64_t columns,
                           uint8_t *flips, int64_t *least, int64_t *most) {
  for (int64_t i = 0, j = n - 1; i < n; j = i++) {
    const double *a = point + 2 * i, *b = point + 2 * j;
    if ((a[1] > y) == (b[1] > y))
      continue;
    double x = a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]);
    int64_t mark = (int64_t)clamp(ceil(x), 0, (double)columns);
    flips[mark] ^= 1;
    *least = mark < *least ? mark : *least;
    *most = mark > *most ? mark : *most;
  }
}

void rc_rasterise_contour(const double *point, int64_t n, const int64_t size[2], uint8_t *slice,
                          uint8_t *flips) {
  int64_t low, high;
  if (n < 3)
    return;
  row_range(point, n, size[1], &low, &high);
  for (int64_t y = low; y < high; y++) {
    int64_t least = size[0], most = 0;
    mark_crossings(point, n, (double)y, size[0], flips, &least, &most);
    uint8_t inside = 0;
    for (int64_t x = most; x > least; x--) {
      inside ^= flips[x];
      flips[x] = 0;
      slice[x - 1 + size[0] * y] ^= inside;
    }
    if (least <= size[0])
      flips[least] = 0;
  }
}
