// SPDX-License-Identifier: Apache-2.0
#include "processing/resample.h"

#include "processing/processing.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// The pole of the cubic B-spline's inverse filter, whose impulse response is sqrt(3) * pole^|k|.
#define SPLINE_POLE (-0.26794919243112270647)
#define SPLINE_GAIN 1.7320508075688772935
// |pole|^28 < 1e-16.
#define SPLINE_RADIUS 28
#define SPLINE_TAPS (2 * SPLINE_RADIUS + 4)

#define SAME_SPACING 1e-6
#define SNAP 1e-9

rc_status rc_axis_map_make(int64_t n_in, double spacing_in, double spacing_out, rc_axis_map *out,
                           rc_error *err) {
  assert(n_in >= 1 && spacing_in > 0 && spacing_out > 0);
  rc_axis_map map = {n_in, n_in, 1.0, true};
  if (fabs(spacing_out - spacing_in) > SAME_SPACING * spacing_in) {
    double n_out = ceil((double)n_in * spacing_in / spacing_out * (1.0 - SAME_SPACING));
    if (!(n_out < INT32_MAX))
      return rc_fail(err, RC_ERR_LIMIT,
                     "interpolating %lld voxels of %g mm to %g mm gives too large a grid",
                     (long long)n_in, spacing_in, spacing_out);
    map.n_out = n_out < 1 ? 1 : (int64_t)n_out;
    map.step = spacing_out / spacing_in;
    map.identity = false;
  }
  *out = map;
  return RC_OK;
}

double rc_axis_position(const rc_axis_map *map, int64_t j) {
  if (map->identity)
    return (double)j;
  // Measured from the common centre, so that a mirrored image gives mirrored positions.
  double t = ((double)(2 * j + 1 - map->n_out) * map->step + (double)(map->n_in - 1)) / 2;
  double half = rint(2 * t) / 2;
  return fabs(t - half) < SNAP ? half : t;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

/// The new index whose position is `t`, as a real number.
static double axis_index(const rc_axis_map *map, double t) {
  return (2 * t - (double)(map->n_in - 1)) / (2 * map->step) + (double)(map->n_out - 1) / 2;
}

void rc_axis_cover(const rc_axis_map *map, int64_t low, int64_t high, double reach,
                   int64_t *new_low, int64_t *new_high) {
  double first = floor(axis_index(map, (double)low - reach));
  double last = ceil(axis_index(map, (double)(high - 1) + reach));
  *new_low = first < 0 ? 0 : clamp((int64_t)first, 0, map->n_out);
  *new_high = last < 0 ? 0 : clamp((int64_t)last + 1, *new_low, map->n_out);
}

/// The first original sample (perhaps outside the image) of a new sample, and how many.
static void sample_support(const rc_axis_map *map, int method, int64_t j, int64_t *first,
                           int64_t *taps) {
  double t = rc_axis_position(map, j);
  double whole = floor(t);
  *first = (int64_t)whole;
  *taps = 1;
  if (method == RC_INTERP_NEAREST) {
    *first = (int64_t)floor(t + 0.5);
  } else if (t > whole && method == RC_INTERP_LINEAR) {
    *taps = 2;
  } else if (t > whole) {
    *first -= SPLINE_RADIUS + 1;
    *taps = SPLINE_TAPS;
  }
}

void rc_axis_support(const rc_axis_map *map, int method, int64_t new_low, int64_t new_high,
                     int64_t *low, int64_t *high) {
  assert(new_low < new_high);
  int64_t first, last, taps;
  sample_support(map, method, new_low, &first, &taps);
  *low = first;
  *high = first + taps;
  // A sample on a voxel's centre reads less than its neighbours, so every sample is asked.
  for (int64_t j = new_low + 1; j < new_high; j++) {
    sample_support(map, method, j, &last, &taps);
    if (last < *low)
      *low = last;
    if (last + taps > *high)
      *high = last + taps;
  }
  *low = clamp(*low, 0, map->n_in - 1);
  *high = clamp(*high, *low + 1, map->n_in);
}

/// The weights of the new samples of one axis of a box.
typedef struct axis_weights {
  int64_t n;       ///< new samples
  int64_t stride;  ///< most taps of any
  int64_t *first;  ///< [n] first original sample; may lie outside the image
  int64_t *taps;   ///< [n]
  int64_t *centre; ///< [n] the tap that the others are measured against
  double *weight;  ///< [n][stride]
} axis_weights;

/// Weights of the cardinal spline at fraction f of a voxel: the basis convolved with the inverse
/// filter.
static void spline_weights(double f, double *weight) {
  double g = 1 - f;
  const double basis[4] = {g * g * g / 6, 2.0 / 3 - f * f * (2 - f) / 2,
                           2.0 / 3 - g * g * (2 - g) / 2, f * f * f / 6};
  double power[SPLINE_TAPS];
  power[0] = SPLINE_GAIN;
  for (int k = 1; k < SPLINE_TAPS; k++)
    power[k] = power[k - 1] * SPLINE_POLE;
  for (int tap = 0; tap < SPLINE_TAPS; tap++) {
    weight[tap] = 0;
    for (int b = 0; b < 4; b++) {
      int distance = tap - (SPLINE_RADIUS + b);
      weight[tap] += basis[b] * power[distance < 0 ? -distance : distance];
    }
  }
}

static rc_status make_weights(const rc_axis_map *map, int method, int64_t low, int64_t high,
                              rc_arena *arena, axis_weights *out, rc_error *err) {
  axis_weights w = {.n = high - low};
  w.stride = method == RC_INTERP_CUBIC_SPLINE ? SPLINE_TAPS : 2;
  w.first = rc_arena_alloc(arena, (size_t)w.n, sizeof *w.first);
  w.taps = rc_arena_alloc(arena, (size_t)w.n, sizeof *w.taps);
  w.centre = rc_arena_alloc(arena, (size_t)w.n, sizeof *w.centre);
  w.weight = rc_arena_alloc(arena, (size_t)w.n, (size_t)w.stride * sizeof *w.weight);
  if (w.first == NULL || w.taps == NULL || w.centre == NULL || w.weight == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for interpolation weights");
  for (int64_t i = 0; i < w.n; i++) {
    double *weight = w.weight + i * w.stride;
    sample_support(map, method, low + i, &w.first[i], &w.taps[i]);
    double t = rc_axis_position(map, low + i);
    if (w.taps[i] == 1) {
      weight[0] = 1;
    } else if (w.taps[i] == 2) {
      weight[1] = t - floor(t);
      weight[0] = 1 - weight[1];
    } else {
      spline_weights(t - floor(t), weight);
      w.centre[i] = SPLINE_RADIUS + 1;
    }
  }
  *out = w;
  return RC_OK;
}

/// A block of samples in the middle of the passes; x fastest.
typedef struct block {
  const double *value;
  rc_box box;
} block;

static int64_t extent(const rc_box *box, int axis) {
  return box->high[axis] - box->low[axis];
}

/// One sample from the taps of a line of neighbours. Measured against the centre tap, so that a
/// constant stays the constant to the last bit.
static double weigh(const double *sample, const double *weight, int64_t taps, int64_t centre) {
  double middle = sample[centre];
  if (taps == 1)
    return middle;
  if (taps == 2)
    return middle + weight[1] * (sample[1] - middle);
  double sum[4] = {0, 0, 0, 0};
  for (int64_t k = 0; k < SPLINE_TAPS; k += 4)
    for (int64_t s = 0; s < 4; s++)
      sum[s] += weight[k + s] * (sample[k + s] - middle);
  return middle + ((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

_Static_assert(SPLINE_TAPS % 4 == 0, "weigh keeps four sums");

/// Along x: each line is copied with its outermost samples repeated, then weighed.
static rc_status pass_x(const block *in, int64_t n_in, const axis_weights *w, rc_arena *arena,
                        double *out, rc_error *err) {
  int64_t width = extent(&in->box, 0);
  int64_t lines = extent(&in->box, 1) * extent(&in->box, 2);
  int64_t from = w->first[0], to = from;
  for (int64_t i = 0; i < w->n; i++) {
    from = w->first[i] < from ? w->first[i] : from;
    to = w->first[i] + w->taps[i] > to ? w->first[i] + w->taps[i] : to;
  }
  // Threads take lines in chunks, each with a scratch line of its own.
  int64_t chunks = lines < 256 ? lines : 256;
  double *scratch = rc_arena_alloc(arena, (size_t)chunks, (size_t)(to - from) * sizeof *scratch);
  if (scratch == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for interpolation");
#pragma omp parallel for schedule(dynamic)
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
    double *padded = scratch + chunk * (to - from);
    for (int64_t line = lines * chunk / chunks; line < lines * (chunk + 1) / chunks; line++) {
      const double *source = in->value + line * width;
      for (int64_t i = from; i < to; i++)
        padded[i - from] = source[clamp(i, 0, n_in - 1) - in->box.low[0]];
      for (int64_t i = 0; i < w->n; i++)
        out[line * w->n + i] = weigh(padded + (w->first[i] - from), w->weight + i * w->stride,
                                     w->taps[i], w->centre[i]);
    }
  }
  return RC_OK;
}

/// out = middle + sum of weight * (sample - middle), over a whole row at once.
static void weigh_rows(const block *in, int64_t n_in, const axis_weights *w, int64_t i,
                       const double *base, int64_t stride, int axis, int64_t width, double *out) {
  const double *middle =
      base + (clamp(w->first[i] + w->centre[i], 0, n_in - 1) - in->box.low[axis]) * stride;
  memcpy(out, middle, (size_t)width * sizeof *out);
  if (w->taps[i] == 1)
    return;
  for (int64_t k = 0; k < w->taps[i]; k++) {
    const double *row = base + (clamp(w->first[i] + k, 0, n_in - 1) - in->box.low[axis]) * stride;
    const double weight = w->weight[i * w->stride + k];
    if (row == middle)
      continue;
    for (int64_t x = 0; x < width; x++)
      out[x] += weight * (row[x] - middle[x]);
  }
}

static void pass_y(const block *in, int64_t n_in, const axis_weights *w, double *out) {
  int64_t width = extent(&in->box, 0), height = extent(&in->box, 1);
  int64_t rows = w->n * extent(&in->box, 2);
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < rows; row++)
    weigh_rows(in, n_in, w, row % w->n, in->value + row / w->n * height * width, width, 1, width,
               out + row * width);
}

static void pass_z(const block *in, int64_t n_in, const axis_weights *w, double *out) {
  int64_t width = extent(&in->box, 0), height = extent(&in->box, 1);
  int64_t rows = w->n * height;
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < rows; row++)
    weigh_rows(in, n_in, w, row / height, in->value + row % height * width, width * height, 2,
               width, out + row * width);
}

/// Copies box `inner` out of a block.
static void extract(const block *in, const rc_box *inner, double *out) {
  int64_t width = extent(&in->box, 0), height = extent(&in->box, 1);
  for (int64_t z = inner->low[2]; z < inner->high[2]; z++)
    for (int64_t y = inner->low[1]; y < inner->high[1]; y++) {
      const double *row =
          in->value + ((z - in->box.low[2]) * height + (y - in->box.low[1])) * width;
      memcpy(out, row + (inner->low[0] - in->box.low[0]), (size_t)extent(inner, 0) * sizeof *out);
      out += extent(inner, 0);
    }
}

static double *block_alloc(rc_arena *arena, const rc_box *box) {
  // No axis exceeds 2^31 samples, so neither factor overflows; the arena checks their product.
  size_t plane = (size_t)extent(box, 0) * (size_t)extent(box, 1);
  return rc_arena_alloc(arena, plane, (size_t)extent(box, 2) * sizeof(double));
}

rc_status rc_resample(const double *in, const rc_box *held, const rc_axis_map map[3], int method,
                      const rc_box *box, rc_arena *arena, double *out, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_status status = RC_OK;
  axis_weights w[3];
  block now = {in, *held};
  rc_box next = *held;
  int last = -1;
  for (int axis = 0; axis < 3; axis++) {
    rc_axis_support(&map[axis], method, box->low[axis], box->high[axis], &next.low[axis],
                    &next.high[axis]);
    assert(next.low[axis] >= held->low[axis] && next.high[axis] <= held->high[axis]);
    if (!map[axis].identity)
      last = axis;
  }
  if (last < 0) {
    extract(&now, box, out);
    return RC_OK;
  }
  // Only what the box needs goes through the passes.
  if (memcmp(&next, held, sizeof next) != 0) {
    double *part = block_alloc(arena, &next);
    if (part == NULL) {
      status = rc_fail(err, RC_ERR_MEMORY, "no memory for interpolation");
      goto done;
    }
    extract(&now, &next, part);
    now = (block){part, next};
  }
  for (int axis = 0; axis <= last; axis++) {
    if (map[axis].identity)
      continue;
    next.low[axis] = box->low[axis];
    next.high[axis] = box->high[axis];
    double *target = axis == last ? out : block_alloc(arena, &next);
    if (target == NULL) {
      status = rc_fail(err, RC_ERR_MEMORY, "no memory for interpolation");
      goto done;
    }
    status =
        make_weights(&map[axis], method, box->low[axis], box->high[axis], arena, &w[axis], err);
    if (status == RC_OK && axis == 0)
      status = pass_x(&now, map[axis].n_in, &w[axis], arena, target, err);
    if (status != RC_OK)
      goto done;
    if (axis == 1)
      pass_y(&now, map[axis].n_in, &w[axis], target);
    if (axis == 2)
      pass_z(&now, map[axis].n_in, &w[axis], target);
    now = (block){target, next};
  }

done:
  rc_arena_rewind(arena, mark);
  return status;
}
