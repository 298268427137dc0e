// SPDX-License-Identifier: Apache-2.0
#include "filters/separable_wavelet.h"

#include "filters/wavelet_taps.h"

#include <math.h>
#include <string.h>

enum { MAX_ROTATIONS = 24 };

/// What runs along one axis: band and direction.
typedef struct pass {
  bool high, flipped;
} pass;

typedef struct rotation {
  pass axis[3];
} rotation;

/// The filters of one level.
typedef struct bank {
  int64_t n;
  double tap[2][RC_WAVELET_MAX_TAPS]; ///< low, high
} bank;

typedef struct grid {
  const int64_t *size;
  int64_t step[3];
  int64_t n_voxels;
} grid;

rc_status rc_wavelet_band_parse(const char *text, rc_separable_wavelet *out, rc_error *err) {
  size_t n = strlen(text);
  bool valid = n == 2 || n == 3;
  for (size_t d = 0; valid && d < n; d++)
    valid = text[d] == 'L' || text[d] == 'H';
  if (!valid)
    return rc_fail(err, RC_ERR_USAGE,
                   "wavelet band \"%s\": expected one letter L or H for each of x, y and, in three "
                   "dimensions, z (LH, HHL)",
                   text);
  out->n_axes = (int64_t)n;
  for (size_t d = 0; d < 3; d++)
    out->high_pass[d] = d < n && text[d] == 'H';
  return RC_OK;
}

// --- rotations ---------------------------------------------------------------------------------

static bool same_rotation(const rotation *a, const rotation *b) {
  for (int d = 0; d < 3; d++)
    if (a->axis[d].high != b->axis[d].high || a->axis[d].flipped != b->axis[d].flipped)
      return false;
  return true;
}

/// Turns of the filter that differ. Those that are equal occur equally often, so the mean over the
/// different ones is the mean over all.
static int list_rotations(const rc_separable_wavelet *w, rotation *list) {
  static const int order[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}};
  static const bool odd[6] = {false, true, true, false, false, true};
  bool in_plane = w->n_axes == 2;
  int n = 0;
  for (int p = 0; p < (in_plane ? 2 : 6); p++)
    for (int flips = 0; flips < (in_plane ? 4 : 8); flips++) {
      bool flipped[3] = {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0};
      // A turn has determinant +1; the others are mirror images.
      if ((flipped[0] ^ flipped[1] ^ flipped[2]) != odd[p])
        continue;
      rotation next;
      for (int d = 0; d < 3; d++)
        next.axis[d] = (pass){w->high_pass[order[p][d]], flipped[d]};
      bool known = false;
      for (int k = 0; k < n && !known; k++)
        known = same_rotation(&list[k], &next);
      if (!known)
        list[n++] = next;
      if (!w->rotations)
        return n;
    }
  return n;
}

// --- one pass along one axis -------------------------------------------------------------------

/// Where tap k reads, relative to the output voxel: the taps, extended by a zero to an odd number,
/// lie centred on it (IBSI-2: even filters get a trailing zero), and convolution reverses them.
static int64_t tap_offset(int64_t n_taps, int64_t k, int64_t hole, bool flipped) {
  int64_t offset = hole * (n_taps / 2 - k);
  return flipped ? -offset : offset;
}

static double value_beyond(rc_boundary boundary, const double *row, int64_t n, int64_t at) {
  int64_t from = rc_boundary_index(boundary, n, at);
  return from < 0 ? 0.0 : row[from];
}

/// target += weight * the row `source`, moved by offset.
static void add_shifted(double weight, int64_t offset, rc_boundary boundary, const double *source,
                        int64_t n, double *target) {
  int64_t low = offset < 0 ? -offset : 0, high = offset > 0 ? n - offset : n;
  low = low > n ? n : low;
  high = high < low ? low : high;
  for (int64_t x = 0; x < low; x++)
    target[x] += weight * value_beyond(boundary, source, n, x + offset);
  for (int64_t x = low; x < high; x++)
    target[x] += weight * source[x + offset];
  for (int64_t x = high; x < n; x++)
    target[x] += weight * value_beyond(boundary, source, n, x + offset);
}

/// target += weight * the row `source`.
static void add_row(double weight, const double *source, int64_t n, double *target) {
  for (int64_t x = 0; x < n; x++)
    target[x] += weight * source[x];
}

/// Along x a row is read at shifted positions; along y and z whole rows are combined.
static void filter_pass(const grid *g, int axis, const double *tap, int64_t n_taps, int64_t hole,
                        bool flipped, rc_boundary boundary, const double *in, double *out) {
  int64_t n = g->size[0], rows = g->n_voxels / n;
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < rows; row++) {
    const double *source = in + row * n;
    double *target = out + row * n;
    memset(target, 0, (size_t)n * sizeof *target);
    for (int64_t k = 0; k < n_taps; k++) {
      int64_t offset = tap_offset(n_taps, k, hole, flipped);
      if (axis == 0) {
        add_shifted(tap[k], offset, boundary, source, n, target);
        continue;
      }
      int64_t at = axis == 1 ? row % g->size[1] : row / g->size[1];
      int64_t from = rc_boundary_index(boundary, g->size[axis], at + offset);
      if (from >= 0)
        add_row(tap[k], source + (from - at) * g->step[axis], n, target);
    }
  }
}

/// All levels for one turn of the filter. The last pass ends in work[0].
static void filter_turn(const rc_separable_wavelet *w, const bank *filters, const rotation *turn,
                        const grid *g, const double *in, double *work[2]) {
  const double *from = in;
  int to = (int)((w->level * w->n_axes) % 2); // so that the last one writes work[0]
  for (int64_t level = 1; level <= w->level; level++)
    for (int axis = 0; axis < (int)w->n_axes; axis++) {
      bool high = level == w->level && turn->axis[axis].high;
      to = 1 - to;
      filter_pass(g, axis, filters->tap[high], filters->n, (int64_t)1 << (level - 1),
                  turn->axis[axis].flipped, w->boundary, from, work[to]);
      from = work[to];
    }
}

rc_status rc_separable_wavelet_apply(const rc_separable_wavelet *w, const double *in,
                                     const int64_t size[3], double *out, rc_arena *arena,
                                     rc_error *err) {
  if (w->level < 1 || w->level > RC_WAVELET_MAX_LEVEL)
    return rc_fail(err, RC_ERR_USAGE, "wavelet level %lld: expected 1 .. %d", (long long)w->level,
                   RC_WAVELET_MAX_LEVEL);
  const rc_wavelet_taps *taps = rc_wavelet_find(w->family);
  bank filters = {.n = taps->n};
  memcpy(filters.tap[0], taps->low, (size_t)taps->n * sizeof *taps->low);
  rc_wavelet_high_pass(taps, filters.tap[1]);

  grid g = {size, {1, size[0], size[0] * size[1]}, size[0] * size[1] * size[2]};
  rc_arena_mark mark = rc_arena_get_mark(arena);
  double *work[2] = {rc_arena_alloc(arena, (size_t)g.n_voxels, sizeof(double)),
                     rc_arena_alloc(arena, (size_t)g.n_voxels, sizeof(double))};
  rc_status status = RC_OK;
  if (work[0] == NULL || work[1] == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for a wavelet of %lld voxels",
                     (long long)g.n_voxels);
    goto done;
  }
  rotation turn[MAX_ROTATIONS];
  int n_turns = list_rotations(w, turn);
  for (int t = 0; t < n_turns; t++) {
    filter_turn(w, &filters, &turn[t], &g, in, work);
    rc_pool_add(w->pooling, t, work[0], g.n_voxels, out);
  }
  rc_pool_finish(w->pooling, n_turns, g.n_voxels, out);
done:
  rc_arena_rewind(arena, mark);
  return status;
}
