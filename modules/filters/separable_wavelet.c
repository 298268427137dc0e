// SPDX-License-Identifier: Apache-2.0
#include "filters/separable_wavelet.h"

#include "filters/wavelet_taps.h"

#include <omp.h>
#include <string.h>

/// What runs along one axis: band and direction.
typedef struct pass {
  bool high, flipped;
} pass;

/// A pass as a number, and how many there are.
enum { N_PASSES = 4 };
static int number_of(pass p) {
  return 2 * p.high + p.flipped;
}
static pass pass_of(int number) {
  return (pass){number / 2 == 1, number % 2 == 1};
}

/// Everything one call works with.
typedef struct job {
  const rc_separable_wavelet *wavelet;
  const int64_t *size;
  int64_t plane; ///< voxels of a slice
  int64_t n_taps;
  double tap[2][RC_WAVELET_MAX_TAPS];        ///< low, high
  bool wanted[N_PASSES][N_PASSES][N_PASSES]; ///< turns, by the passes along z, y, x
  int64_t n_turns;                           ///< of them
  double *volume[2];                         ///< after the passes along z
  double *scratch;                           ///< for each thread two slices and two rows
} job;

rc_status rc_wavelet_band_parse(const char *text, rc_separable_wavelet *out, rc_error *err) {
  size_t n = strlen(text);
  bool valid = n == 2 || n == 3;
  for (size_t d = 0; valid && d < n; d++)
    valid = text[d] == 'L' || text[d] == 'H';
  if (!valid)
    return rc_fail(err, RC_ERR_WORKFLOW,
                   "wavelet band \"%s\": expected one letter L or H for each of x, y and, in three "
                   "dimensions, z (LH, HHL)",
                   text);
  out->n_axes = (int64_t)n;
  for (size_t d = 0; d < 3; d++)
    out->high_pass[d] = d < n && text[d] == 'H';
  return RC_OK;
}

// --- rotations ---------------------------------------------------------------------------------

/// Marks the turns of the filter that differ. Those that are equal occur equally often, so the mean
/// over the different ones is the mean over all.
static void mark_turns(const rc_separable_wavelet *w, job *j) {
  static const int order[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}};
  static const bool odd[6] = {false, true, true, false, false, true};
  int n_orders = w->n_axes == 2 ? 2 : 6, n_flips = w->n_axes == 2 ? 4 : 8;
  for (int p = 0; p < (w->rotations ? n_orders : 1); p++)
    for (int flips = 0; flips < (w->rotations ? n_flips : 1); flips++) {
      const bool flipped[3] = {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0};
      // A turn has determinant +1; the others are mirror images.
      if ((flipped[0] ^ flipped[1] ^ flipped[2]) != odd[p])
        continue;
      int along[3];
      for (int d = 0; d < 3; d++)
        along[d] = number_of((pass){w->high_pass[order[p][d]], flipped[d]});
      bool *turn = &j->wanted[along[2]][along[1]][along[0]];
      j->n_turns += !*turn;
      *turn = true;
    }
}

// --- one axis ----------------------------------------------------------------------------------

/// Where tap k reads, relative to the output voxel: the taps, made odd in number by a trailing
/// zero, lie centred on it, and convolution reverses them.
static int64_t tap_offset(const job *j, int64_t k, int64_t level, pass p) {
  int64_t offset = ((int64_t)1 << (level - 1)) * (j->n_taps / 2 - k);
  return p.flipped ? -offset : offset;
}

/// Low-pass on the way, the band at the last level.
static const double *taps_at(const job *j, int64_t level, pass p) {
  return j->tap[level == j->wavelet->level && p.high];
}

static void add_row(double weight, const double *source, int64_t n, double *target) {
  for (int64_t x = 0; x < n; x++)
    target[x] += weight * source[x];
}

/// One level across n_rows rows of size[0] voxels, `step` apart: rows are combined as a whole.
static void filter_across(const job *j, int64_t level, pass p, int64_t n_rows, int64_t step,
                          const double *in, double *out) {
  const double *tap = taps_at(j, level, p);
  for (int64_t row = 0; row < n_rows; row++) {
    double *target = out + row * step;
    memset(target, 0, (size_t)j->size[0] * sizeof *target);
    for (int64_t k = 0; k < j->n_taps; k++) {
      int64_t from =
          rc_boundary_index(j->wavelet->boundary, n_rows, row + tap_offset(j, k, level, p));
      if (from >= 0)
        add_row(tap[k], in + from * step, j->size[0], target);
    }
  }
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
  if (low < high)
    add_row(weight, source + low + offset, high - low, target + low);
  for (int64_t x = high; x < n; x++)
    target[x] += weight * value_beyond(boundary, source, n, x + offset);
}

/// All levels along one row. Returns which of the two buffers holds the result.
static const double *filter_along(const job *j, pass p, const double *in, double *buffer[2]) {
  for (int64_t level = 1; level <= j->wavelet->level; level++) {
    const double *tap = taps_at(j, level, p);
    double *target = buffer[level % 2];
    memset(target, 0, (size_t)j->size[0] * sizeof *target);
    for (int64_t k = 0; k < j->n_taps; k++)
      add_shifted(tap[k], tap_offset(j, k, level, p), j->wavelet->boundary, in, j->size[0], target);
    in = target;
  }
  return in;
}

// --- all axes ----------------------------------------------------------------------------------

// Filters along different axes commute, also their levels. So turns share what they have in common:
// each pass along z is computed once, each along y once below it, and rows along x are pooled as
// they come.

static const double *pass_z(const job *j, pass p, const double *in) {
  for (int64_t level = 1; level <= j->wavelet->level; level++) {
    double *target = j->volume[level % 2];
#pragma omp parallel for schedule(static)
    for (int64_t y = 0; y < j->size[1]; y++)
      filter_across(j, level, p, j->size[2], j->plane, in + y * j->size[0],
                    target + y * j->size[0]);
    in = target;
  }
  return in;
}

static const double *pass_y(const job *j, pass p, const double *slice, double *buffer[2]) {
  for (int64_t level = 1; level <= j->wavelet->level; level++) {
    filter_across(j, level, p, j->size[1], j->size[0], slice, buffer[level % 2]);
    slice = buffer[level % 2];
  }
  return slice;
}

static int64_t count_wanted(const bool wanted[N_PASSES]) {
  int64_t n = 0;
  for (int x = 0; x < N_PASSES; x++)
    n += wanted[x];
  return n;
}

/// Passes along y and x of one slice, pooled into `out`; `first` is the number of the first turn.
static void pool_slice(const job *j, int along_z, int64_t first, const double *slice,
                       double *scratch, double *out) {
  double *planes[2] = {scratch, scratch + j->plane};
  double *rows[2] = {scratch + 2 * j->plane, scratch + 2 * j->plane + j->size[0]};
  for (int y = 0; y < N_PASSES; y++) {
    const bool *wanted = j->wanted[along_z][y];
    int64_t n = count_wanted(wanted);
    if (n == 0)
      continue;
    const double *plane = pass_y(j, pass_of(y), slice, planes);
    for (int64_t row = 0; row < j->plane; row += j->size[0]) {
      int64_t turn = first;
      for (int x = 0; x < N_PASSES; x++)
        if (wanted[x])
          rc_pool_add(j->wavelet->pooling, turn++, filter_along(j, pass_of(x), plane + row, rows),
                      j->size[0], out + row);
    }
    first += n;
  }
}

static void filter_turns(const job *j, const double *in, double *out) {
  int64_t first = 0, scratch = 2 * (j->plane + j->size[0]);
  for (int z = 0; z < N_PASSES; z++) {
    int64_t n = 0;
    for (int y = 0; y < N_PASSES; y++)
      n += count_wanted(j->wanted[z][y]);
    if (n == 0)
      continue;
    const double *volume = j->wavelet->n_axes == 3 ? pass_z(j, pass_of(z), in) : in;
#pragma omp parallel for schedule(static)
    for (int64_t slice = 0; slice < j->size[2]; slice++)
      pool_slice(j, z, first, volume + slice * j->plane,
                 j->scratch + omp_get_thread_num() * scratch, out + slice * j->plane);
    first += n;
  }
  rc_pool_finish(j->wavelet->pooling, j->n_turns, j->plane * j->size[2], out);
}

static bool allocate(job *j, rc_arena *arena) {
  size_t n = j->wavelet->n_axes == 3 ? (size_t)(j->plane * j->size[2]) : 0;
  j->volume[1] = rc_arena_alloc(arena, n, sizeof(double));
  j->volume[0] = rc_arena_alloc(arena, j->wavelet->level > 1 ? n : 0, sizeof(double));
  j->scratch = rc_arena_alloc(arena, (size_t)omp_get_max_threads(),
                              2 * (size_t)(j->plane + j->size[0]) * sizeof(double));
  return j->volume[0] != NULL && j->volume[1] != NULL && j->scratch != NULL;
}

rc_status rc_separable_wavelet_apply(const rc_separable_wavelet *w, const double *in,
                                     const int64_t size[3], double *out, rc_arena *arena,
                                     rc_error *err) {
  if (w->level < 1 || w->level > RC_WAVELET_MAX_LEVEL)
    return rc_fail(err, RC_ERR_USAGE, "wavelet level %lld: expected 1 .. %d", (long long)w->level,
                   RC_WAVELET_MAX_LEVEL);
  const rc_wavelet_taps *taps = rc_wavelet_find(w->family);
  job j = {.wavelet = w, .size = size, .plane = size[0] * size[1], .n_taps = taps->n};
  memcpy(j.tap[0], taps->low, (size_t)taps->n * sizeof *taps->low);
  rc_wavelet_high_pass(taps, j.tap[1]);
  mark_turns(w, &j);

  rc_status status = RC_OK;
  rc_arena_mark mark = rc_arena_get_mark(arena);
  if (allocate(&j, arena))
    filter_turns(&j, in, out);
  else
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for a wavelet of %lld voxels",
                     (long long)(j.plane * size[2]));
  rc_arena_rewind(arena, mark);
  return status;
}
