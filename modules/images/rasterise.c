// SPDX-License-Identifier: Apache-2.0
#include "images/rasterise.h"

#include <math.h>
#include <stdbool.h>

/// Rows and columns of marks made so far: low <= index < high.
typedef struct extent {
  int64_t low[2], high[2];
} extent;

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

static void note(extent *e, int64_t x, int64_t y) {
  const int64_t at[2] = {x, y};
  for (int d = 0; d < 2; d++) {
    e->low[d] = at[d] < e->low[d] ? at[d] : e->low[d];
    e->high[d] = at[d] >= e->high[d] ? at[d] + 1 : e->high[d];
  }
}

/// Marks where the rows of voxel centres cross an edge: a crossing at x toggles all voxels left of
/// it, so it is noted at the first voxel it does not toggle.
static void mark_edge(const double *a, const double *b, const int64_t size[2], uint8_t *flips,
                      extent *marked) {
  const double rows = (double)size[1];
  const int64_t low = (int64_t)clamp(ceil(fmin(a[1], b[1])), 0, rows);
  const int64_t high = (int64_t)clamp(ceil(fmax(a[1], b[1])), 0, rows);
  for (int64_t y = low; y < high; y++) {
    const double x = a[0] + (b[0] - a[0]) * ((double)y - a[1]) / (b[1] - a[1]);
    const int64_t mark = (int64_t)clamp(ceil(x), 0, (double)size[0]);
    flips[mark + (size[0] + 1) * y] ^= 1;
    note(marked, mark, y);
  }
}

void rc_rasterise_contour(const double *point, int64_t n, const int64_t size[2], uint8_t *slice,
                          uint8_t *flips) {
  extent marked = {{size[0], size[1]}, {0, 0}};
  if (n < 3)
    return;
  for (int64_t i = 0, j = n - 1; i < n; j = i++)
    mark_edge(point + 2 * i, point + 2 * j, size, flips, &marked);
  for (int64_t y = marked.low[1]; y < marked.high[1]; y++) {
    uint8_t *flip = flips + (size[0] + 1) * y, *row = slice + size[0] * y;
    uint8_t inside = 0;
    for (int64_t x = marked.high[0] - 1; x > marked.low[0]; x--) {
      inside ^= flip[x];
      flip[x] = 0;
      row[x - 1] ^= inside;
    }
    flip[marked.low[0]] = 0;
  }
}
