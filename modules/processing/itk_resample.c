// SPDX-License-Identifier: Apache-2.0
#include "processing/itk_resample.h"

#include "base/clones.h"
#include "processing/box.h"

#include <math.h>

#define TAPS 4
// The prefilter's impulse response decays as 0.268^distance; what lies further than this from the
// voxels that are read changes no bit.
#define PREFILTER_REACH 64
// How many voxels the recursion's start looks at: 0.268^18 < 1e-10.
#define HORIZON 18

/// direction * diag(spacing), row by row.
static void index_to_mm(const rc_geometry *grid, double out[9]) {
  for (int r = 0; r < 3; r++)
    for (int c = 0; c < 3; c++)
      out[3 * r + c] = grid->direction[3 * r + c] * grid->spacing_mm[c];
}

rc_itk_map rc_itk_map_make(const rc_geometry *from, const rc_geometry *to) {
  rc_itk_map map = {.from = *from, .to = *to};
  index_to_mm(to, map.forward);
  for (int r = 0; r < 3; r++)
    for (int c = 0; c < 3; c++)
      map.back[3 * r + c] = from->direction[3 * c + r] * (1 / from->spacing_mm[r]);
  return map;
}

static void locate(const rc_itk_map *map, const int64_t index[3], double out[3]) {
  double point[3];
  for (int r = 0; r < 3; r++) {
    point[r] = map->to.origin_mm[r];
    for (int c = 0; c < 3; c++)
      point[r] += map->forward[3 * r + c] * (double)index[c];
    point[r] -= map->from.origin_mm[r];
  }
  for (int r = 0; r < 3; r++) {
    out[r] = 0;
    for (int c = 0; c < 3; c++)
      out[r] += map->back[3 * r + c] * point[c];
  }
}

/// A line of the grid along x: positions are interpolated between its ends.
typedef struct scan_line {
  double start[3], end[3];
  int64_t n;
} scan_line;

static scan_line line_of(const rc_itk_map *map, int64_t y, int64_t z) {
  scan_line line = {.n = map->to.size[0]};
  const int64_t first[3] = {0, y, z}, last[3] = {map->to.size[0], y, z};
  locate(map, first, line.start);
  locate(map, last, line.end);
  return line;
}

static void position(const scan_line *line, int64_t x, double out[3]) {
  const double alpha = (double)x / (double)line->n;
  for (int d = 0; d < 3; d++)
    out[d] = line->start[d] + alpha * (line->end[d] - line->start[d]);
}

static bool is_inside(const rc_itk_map *map, const double at[3]) {
  bool inside = true;
  for (int d = 0; d < 3; d++)
    inside = inside && at[d] >= -0.5 && at[d] < (double)map->from.size[d] - 0.5;
  return inside;
}

rc_box rc_itk_support(const rc_itk_map *map, rc_itk_interpolator method, const rc_box *box) {
  const double reach = method == RC_ITK_B_SPLINE ? PREFILTER_REACH + 2 : 2;
  rc_box all = whole(&map->from), out;
  for (int d = 0; d < 3; d++) {
    out.low[d] = INT64_MAX;
    out.high[d] = INT64_MIN;
  }
  for (int corner = 0; corner < 8; corner++) {
    int64_t index[3];
    double at[3];
    for (int d = 0; d < 3; d++)
      index[d] = corner >> d & 1 ? box->high[d] - 1 : box->low[d];
    locate(map, index, at);
    for (int d = 0; d < 3; d++) {
      double low = fmax(floor(at[d]) - reach, -1e9), high = fmin(ceil(at[d]) + reach + 1, 1e10);
      out.low[d] = low < (double)out.low[d] ? (int64_t)low : out.low[d];
      out.high[d] = high > (double)out.high[d] ? (int64_t)high : out.high[d];
    }
  }
  out = intersect(&out, &all);
  for (int d = 0; d < 3; d++)
    if (out.high[d] < out.low[d])
      out.high[d] = out.low[d];
  return out;
}

// ---- B-splines ---------------------------------------------------------------------------------

/// The start of the recursion along one line of n values, `stride` apart; edges are mirrored.
static double first_causal(const double *c, int64_t n, int64_t stride, double pole) {
  double power = pole, sum = c[0];
  if (HORIZON < n) {
    for (int64_t k = 1; k < HORIZON; k++) {
      sum += power * c[k * stride];
      power *= pole;
    }
    return sum;
  }
  const double inverse = 1.0 / pole;
  double mirrored = pow(pole, (double)(n - 1));
  sum = c[0] + mirrored * c[(n - 1) * stride];
  mirrored *= mirrored * inverse;
  for (int64_t k = 1; k <= n - 2; k++) {
    sum += (power + mirrored) * c[k * stride];
    power *= pole;
    mirrored *= inverse;
  }
  return sum / (1.0 - power * power);
}

/// Values to coefficients along `width` neighbouring lines at once.
static void prefilter_lines(double *c, int64_t n, int64_t stride, int64_t width) {
  const double pole = sqrt(3.0) - 2.0, gain = (1.0 - pole) * (1.0 - 1.0 / pole);
  if (n == 1)
    return;
  for (int64_t k = 0; k < n; k++)
    for (int64_t i = 0; i < width; i++)
      c[k * stride + i] *= gain;
  for (int64_t i = 0; i < width; i++)
    c[i] = first_causal(c + i, n, stride, pole);
  for (int64_t k = 1; k < n; k++)
    for (int64_t i = 0; i < width; i++)
      c[k * stride + i] += pole * c[(k - 1) * stride + i];
  double *last = c + (n - 1) * stride;
  for (int64_t i = 0; i < width; i++)
    last[i] = (pole / (pole * pole - 1.0)) * (pole * last[i - stride] + last[i]);
  for (int64_t k = n - 2; k >= 0; k--)
    for (int64_t i = 0; i < width; i++)
      c[k * stride + i] = pole * (c[(k + 1) * stride + i] - c[k * stride + i]);
}

void rc_itk_prefilter(double *value, const rc_box *held) {
  const int64_t nx = extent(held, 0), ny = extent(held, 1), nz = extent(held, 2);
#pragma omp parallel for schedule(static)
  for (int64_t line = 0; line < ny * nz; line++)
    prefilter_lines(value + line * nx, nx, 1, 1);
#pragma omp parallel for schedule(static)
  for (int64_t z = 0; z < nz; z++)
    prefilter_lines(value + z * ny * nx, ny, nx, nx);
#pragma omp parallel for schedule(static)
  for (int64_t y = 0; y < ny; y++)
    prefilter_lines(value + y * nx, nz, nx * ny, nx);
}

/// What one axis contributes to a sample.
typedef struct taps {
  double weight[TAPS];
  int64_t at[TAPS]; ///< offset of the coefficient from that of the box's first voxel
} taps;

static taps spline_taps(double at, int64_t n, int64_t low, int64_t stride) {
  taps out;
  const int64_t base = (int64_t)floorf((float)at);
  const double w = at - (double)base;
  out.weight[3] = (1.0 / 6.0) * w * w * w;
  out.weight[0] = (1.0 / 6.0) + 0.5 * w * (w - 1.0) - out.weight[3];
  out.weight[2] = w + out.weight[0] - 2.0 * out.weight[3];
  out.weight[1] = 1.0 - out.weight[0] - out.weight[2] - out.weight[3];
  for (int k = 0; k < TAPS; k++) {
    int64_t i = n == 1 ? 0 : base - 1 + k;
    while (i < 0 || i >= n)
      i = i < 0 ? -i : 2 * (n - 1) - i;
    out.at[k] = (i - low) * stride;
  }
  return out;
}

/// Voxels that are summed side by side: each in ITK's order, none waiting for another.
#define LANES 8

/// Samples of one line whose turn it is, with what each takes along x.
typedef struct batch {
  double weight[TAPS][LANES];
  int64_t at[TAPS][LANES];
  double *out[LANES];
  int n;
} batch;

RC_CLONES static void sum_batch(const double *value, const taps *y, const taps *z, const batch *b,
                                double sum[LANES]) {
  for (int l = 0; l < LANES; l++)
    sum[l] = 0;
  for (int k = 0; k < TAPS; k++)
    for (int j = 0; j < TAPS; j++) {
      const double *row = value + z->at[k] + y->at[j];
      for (int i = 0; i < TAPS; i++)
        for (int l = 0; l < LANES; l++)
          sum[l] += b->weight[i][l] * y->weight[j] * z->weight[k] * row[b->at[i][l]];
    }
}

/// Lanes without a voxel repeat the first one's.
static void finish_batch(const double *value, const taps *y, const taps *z, batch *b) {
  double sum[LANES];
  for (int l = b->n; l < LANES; l++)
    for (int i = 0; i < TAPS; i++) {
      b->weight[i][l] = b->weight[i][0];
      b->at[i][l] = b->at[i][0];
    }
  if (b->n > 0)
    sum_batch(value, y, z, b, sum);
  for (int l = 0; l < b->n; l++)
    *b->out[l] = sum[l];
  b->n = 0;
}

/// A line's samples on their way: those across it are the same as long as the position there is.
typedef struct spline_line {
  const double *value;
  const rc_box *held;
  const int64_t *size;
  double at[2]; ///< y and z of the batch
  taps y, z;
  batch batch;
} spline_line;

static void add_sample(spline_line *line, const double at[3], double *out) {
  const int64_t step = extent(line->held, 0);
  if (at[1] != line->at[0] || at[2] != line->at[1]) {
    finish_batch(line->value, &line->y, &line->z, &line->batch);
    line->y = spline_taps(at[1], line->size[1], line->held->low[1], step);
    line->z = spline_taps(at[2], line->size[2], line->held->low[2], step * extent(line->held, 1));
    line->at[0] = at[1];
    line->at[1] = at[2];
  }
  const taps x = spline_taps(at[0], line->size[0], line->held->low[0], 1);
  batch *b = &line->batch;
  for (int i = 0; i < TAPS; i++) {
    b->weight[i][b->n] = x.weight[i];
    b->at[i][b->n] = x.at[i];
  }
  b->out[b->n++] = out;
  if (b->n == LANES)
    finish_batch(line->value, &line->y, &line->z, b);
}

// ---- linear and nearest ------------------------------------------------------------------------

/// The voxel before a position, the way to the next one (0: none) and how far along it.
typedef struct between {
  int64_t at, next;
  double part;
} between;

static between neighbours(double at, int64_t n, int64_t low, int64_t stride) {
  int64_t base = (int64_t)floor(at);
  base = base < 0 ? 0 : base;
  const double part = at - (double)base;
  const bool alone = part <= 0 || base + 1 >= n;
  return (between){(base - low) * stride, alone ? 0 : stride, alone ? 0 : part};
}

static double mix(double a, double b, const between *axis) {
  return axis->next == 0 ? a : a + (b - a) * axis->part;
}

static double linear_at(const double *value, const rc_box *held, const int64_t size[3],
                        const double at[3]) {
  const int64_t step = extent(held, 0);
  const between x = neighbours(at[0], size[0], held->low[0], 1),
                y = neighbours(at[1], size[1], held->low[1], step),
                z = neighbours(at[2], size[2], held->low[2], step * extent(held, 1));
  double plane[2];
  for (int c = 0; c < 2; c++) {
    double row[2];
    for (int b = 0; b < 2; b++) {
      const double *from = value + x.at + y.at + z.at + c * z.next + b * y.next;
      row[b] = mix(from[0], from[x.next], &x);
    }
    plane[c] = mix(row[0], row[1], &y);
  }
  return mix(plane[0], plane[1], &z);
}

static double nearest_at(const double *value, const rc_box *held, const double at[3]) {
  int64_t index[3];
  for (int d = 0; d < 3; d++)
    index[d] = (int64_t)floor(at[d] + 0.5) - held->low[d];
  return value[index[0] + extent(held, 0) * (index[1] + extent(held, 1) * index[2])];
}

// ---- all ---------------------------------------------------------------------------------------

void rc_itk_resample(const double *value, const rc_box *held, const rc_itk_map *map,
                     rc_itk_interpolator method, const rc_box *box, const uint8_t *mask,
                     double *out) {
  const int64_t width = extent(box, 0), height = extent(box, 1), depth = extent(box, 2);
#pragma omp parallel for schedule(dynamic)
  for (int64_t row = 0; row < height * depth; row++) {
    const scan_line line = line_of(map, box->low[1] + row % height, box->low[2] + row / height);
    spline_line samples = {.value = value, .held = held, .size = map->from.size, .at = {NAN, NAN}};
    for (int64_t x = 0; x < width; x++) {
      const int64_t i = row * width + x;
      double at[3];
      if (mask != NULL && !mask[i])
        continue;
      position(&line, box->low[0] + x, at);
      if (!is_inside(map, at))
        out[i] = 0;
      else if (method == RC_ITK_B_SPLINE)
        add_sample(&samples, at, &out[i]);
      else
        out[i] = method == RC_ITK_LINEAR ? linear_at(value, held, map->from.size, at)
                                         : nearest_at(value, held, at);
    }
    finish_batch(value, &samples.y, &samples.z, &samples.batch);
  }
}

double rc_itk_cast(const rc_volume *image, rc_voxel_type type, double value) {
  if (type == RC_VOXEL_SINGLE)
    return (double)(float)value;
  if (type == RC_VOXEL_INTEGER)
    return trunc(fmin(fmax(value, image->type_low), image->type_high));
  return value;
}
