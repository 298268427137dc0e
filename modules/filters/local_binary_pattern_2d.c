// SPDX-License-Identifier: Apache-2.0
// Local binary patterns in slices: T. Ojala, M. Pietikäinen, T. Mäenpää, Multiresolution gray-scale
// and rotation invariant texture classification with local binary patterns, IEEE PAMI 24 (2002)
// 971-987. Intensities on a circle around the voxel, bilinearly interpolated and 0 outside the
// image, are compared with its own; the bits make a code. As scikit-image's local_binary_pattern,
// with the same arithmetic, since equal intensities decide by their last bit.
#include "filters/registry.h"
#include "filters/settings.h"

#include <math.h>
#include <omp.h>
#include <stddef.h>

static const double PI = 3.14159265358979323846;
enum { MAX_SAMPLES = 24, MAX_RADIUS = 100 };

enum { METHOD_DEFAULT, METHOD_ROR, METHOD_UNIFORM, METHOD_NRI_UNIFORM, METHOD_VAR };
static const char *const methods[] = {"default", "ror", "uniform", "nri_uniform", "var", NULL};

typedef struct settings {
  double radius; ///< voxels
  int64_t samples;
  int method;
  int64_t dimension; ///< axis across the slices: 0 is z, 1 is y, 2 is x
} settings;

static const rc_param params[] = {
    {"radius", RC_PARAM_REAL, offsetof(settings, radius), 0.1, MAX_RADIUS, "voxels", NULL, "1",
     "Radius of the circle."},
    {"samples", RC_PARAM_INT, offsetof(settings, samples), 2, MAX_SAMPLES, "", NULL, "8",
     "Number of points on the circle."},
    {"method", RC_PARAM_CHOICE, offsetof(settings, method), 0, 0, "", methods, "uniform",
     "How the bits make a code: default: as a binary number; ror: the smallest of its rotations; "
     "uniform: number of ones, samples + 1 for patterns with more than two changes; nri_uniform: "
     "the same for each rotation; var: the variance of the samples, undefined where it is 0."},
    {"force_2d_dimension", RC_PARAM_INT, offsetof(settings, dimension), 0, 2, "", NULL, "0",
     "The axis across the slices; 0 is z, 1 is y, 2 is x."},
};
static const rc_param_table table = RC_FILTER_TABLE(
    "local_binary_pattern_2d", "Local binary patterns in slices.", params, settings);

static const rc_param pyradiomics_params[] = {
    {"radius", RC_PARAM_REAL, offsetof(settings, radius), 0.1, MAX_RADIUS, "voxels", NULL, "1",
     "PyRadiomics' lbp2DRadius: radius of the circle."},
    {"samples", RC_PARAM_INT, offsetof(settings, samples), 2, MAX_SAMPLES, "", NULL, "8",
     "PyRadiomics' lbp2DSamples: number of points on the circle."},
    {"method", RC_PARAM_CHOICE, offsetof(settings, method), 0, 0, "", methods, "uniform",
     "PyRadiomics' lbp2DMethod: how the bits make a code."},
    {"force_2d_dimension", RC_PARAM_INT, offsetof(settings, dimension), 0, 2, "", NULL, "0",
     "PyRadiomics' force2Ddimension: the axis across the slices; 0 is z, 1 is y, 2 is x."},
};
static const rc_param_table pyradiomics_table = RC_FILTER_TABLE(
    "local_binary_pattern_2d", "Local binary patterns in slices.", pyradiomics_params, settings);

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  static const char across[] = "zyx";
  const settings *s = at;
  (void)response;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "lbp_2d_%.12g_%lld_%s", s->radius, (long long)s->samples,
                      methods[s->method]);
  if (s->dimension != 0)
    rc_filter_label_add(out, capacity, "_%c", across[s->dimension]);
}

static void pyradiomics_label(const void *at, int64_t response, char *out, size_t capacity) {
  (void)at, (void)response;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "lbp-2D");
}

/// Axes along a slice's rows and columns: rows are counted along the first.
static void axes_of(const settings *s, int *row, int *column, int *across) {
  static const int axes[3][3] = {{1, 0, 2}, {2, 0, 1}, {1, 2, 0}};
  *row = axes[s->dimension][0];
  *column = axes[s->dimension][1];
  *across = axes[s->dimension][2];
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  const settings *s = at;
  int row, column, across;
  (void)spacing_mm, (void)err;
  axes_of(s, &row, &column, &across);
  *out = (rc_filter_support){.reach = {0, 0, 0}};
  out->reach[row] = out->reach[column] = (int64_t)ceil(s->radius) + 1;
  return RC_OK;
}

/// Where a sample lies along one axis, for a voxel on it.
typedef struct place {
  int64_t below, above; ///< -1: outside the image
  double fraction;
} place;

typedef struct job {
  const settings *s;
  const rc_filter_image *image;
  int row, column, across;
  int64_t stride[3];
  place *row_place, *column_place; ///< [voxel along the axis][sample]
  double *out;
} job;

static int64_t inside(int64_t at, int64_t n) {
  return at >= 0 && at < n ? at : -1;
}

static double round_to_5_decimals(double x) {
  return rint(x * 1e5) / 1e5;
}

static place *make_places(const job *j, int axis, rc_arena *arena) {
  const int64_t n = j->image->grid.size[axis], samples = j->s->samples;
  const double radius = (double)(float)j->s->radius;
  place *list = rc_arena_alloc(arena, (size_t)(n * samples), sizeof *list);
  for (int64_t i = 0; list != NULL && i < n; i++)
    for (int64_t p = 0; p < samples; p++) {
      double turn = 2 * PI * (double)p / (double)samples;
      double offset = axis == j->row ? -radius * sin(turn) : radius * cos(turn);
      double at = (double)i + round_to_5_decimals(offset);
      list[i * samples + p] =
          (place){inside((int64_t)floor(at), n), inside((int64_t)ceil(at), n), at - floor(at)};
    }
  return list;
}

static double voxel_at(const job *j, const double *slice, int64_t row, int64_t column) {
  return row < 0 || column < 0 ? 0.0
                               : slice[row * j->stride[j->row] + column * j->stride[j->column]];
}

static double sample_at(const job *j, const double *slice, const place *r, const place *c) {
  double top = (1 - c->fraction) * voxel_at(j, slice, r->below, c->below) +
               c->fraction * voxel_at(j, slice, r->below, c->above);
  double bottom = (1 - c->fraction) * voxel_at(j, slice, r->above, c->below) +
                  c->fraction * voxel_at(j, slice, r->above, c->above);
  return (1 - r->fraction) * top + r->fraction * bottom;
}

// --- codes -------------------------------------------------------------------------------------

static int64_t count_ones(const bool *bit, int64_t n) {
  int64_t ones = 0;
  for (int64_t p = 0; p < n; p++)
    ones += bit[p];
  return ones;
}

/// Changes from bit to bit, but for the one from the last to the first.
static int64_t count_changes(const bool *bit, int64_t n) {
  int64_t changes = 0;
  for (int64_t p = 0; p + 1 < n; p++)
    changes += bit[p] != bit[p + 1];
  return changes;
}

static int64_t smallest_rotation(const bool *bit, int64_t n) {
  int64_t smallest = INT64_MAX;
  for (int64_t turn = 0; turn < n; turn++) {
    int64_t code = 0;
    for (int64_t p = 0; p < n; p++)
      code |= (int64_t)bit[(p + turn) % n] << p;
    smallest = code < smallest ? code : smallest;
  }
  return smallest;
}

/// A number of its own for each uniform pattern and rotation.
static int64_t uniform_with_rotation(const bool *bit, int64_t n) {
  int64_t ones = count_ones(bit, n), first_one = 0, first_zero = 0;
  if (count_changes(bit, n) > 2)
    return n * (n - 1) + 2;
  if (ones == 0 || ones == n)
    return ones == 0 ? 0 : n * (n - 1) + 1;
  while (!bit[first_one])
    first_one++;
  while (bit[first_zero])
    first_zero++;
  return 1 + (ones - 1) * n + (first_one == 0 ? ones - first_zero : n - first_one);
}

/// Variance of the samples; NaN when there is none.
static double variance(const double *sample, int64_t n) {
  double sum = 0.0, squares = 0.0;
  for (int64_t p = 0; p < n; p++) {
    sum += sample[p];
    squares += sample[p] * sample[p];
  }
  double value = (squares - sum * sum / (double)n) / (double)n;
  return value != 0 ? value : NAN;
}

static double code_of(const settings *s, const double *sample, double centre) {
  const int64_t n = s->samples;
  bool bit[MAX_SAMPLES];
  int64_t code = 0;
  for (int64_t p = 0; p < n; p++)
    bit[p] = sample[p] - centre >= 0;
  switch (s->method) {
  case METHOD_DEFAULT:
    for (int64_t p = 0; p < n; p++)
      code |= (int64_t)bit[p] << p;
    return (double)code;
  case METHOD_ROR:
    return (double)smallest_rotation(bit, n);
  case METHOD_NRI_UNIFORM:
    return (double)uniform_with_rotation(bit, n);
  case METHOD_VAR:
    return variance(sample, n);
  default:
    return (double)(count_changes(bit, n) <= 2 ? count_ones(bit, n) : n + 1);
  }
}

// --- image -------------------------------------------------------------------------------------

static void run_voxel(const job *j, const int64_t at[3]) {
  const int64_t samples = j->s->samples;
  const double *slice = j->image->value + at[j->across] * j->stride[j->across];
  const place *r = j->row_place + at[j->row] * samples;
  const place *c = j->column_place + at[j->column] * samples;
  double sample[MAX_SAMPLES];
  for (int64_t p = 0; p < samples; p++)
    sample[p] = sample_at(j, slice, &r[p], &c[p]);
  int64_t voxel = at[0] + at[1] * j->stride[1] + at[2] * j->stride[2];
  j->out[voxel] = code_of(j->s, sample, j->image->value[voxel]);
}

static void run_all(const job *j) {
  const rc_box *box = &j->image->wanted;
#pragma omp parallel for schedule(static)
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++)
      for (int64_t x = box->low[0]; x < box->high[0]; x++)
        run_voxel(j, (const int64_t[3]){x, y, z});
}

/// PyRadiomics puts the codes into an image of the type that it came from.
static void round_to_type(rc_voxel_type type, int64_t n, double *value) {
  for (int64_t i = 0; type != RC_VOXEL_DOUBLE && i < n; i++)
    value[i] = type == RC_VOXEL_SINGLE ? (double)(float)value[i] : trunc(value[i]);
}

static rc_status run(const settings *s, rc_voxel_type type, const rc_filter_image *image,
                     rc_arena *arena, rc_filter_take take, void *user, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const int64_t *size = image->grid.size;
  job j = {.s = s, .image = image, .stride = {1, size[0], size[0] * size[1]}};
  axes_of(s, &j.row, &j.column, &j.across);
  j.row_place = make_places(&j, j.row, arena);
  j.column_place = make_places(&j, j.column, arena);
  rc_status status = rc_filter_response(image, arena, &j.out, err);
  if (status == RC_OK && (j.row_place == NULL || j.column_place == NULL))
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for local binary patterns");
  if (status == RC_OK) {
    run_all(&j);
    round_to_type(type, rc_geometry_voxels(&image->grid), j.out);
    status = take(user, 0, j.out, err);
  }
  rc_arena_rewind(arena, mark);
  return status;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  return run(at, RC_VOXEL_DOUBLE, image, arena, take, user, err);
}

static rc_status pyradiomics_apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                                   rc_filter_take take, void *user, rc_error *err) {
  return run(at, image->type, image, arena, take, user, err);
}

const rc_filter rc_filter_local_binary_pattern_2d = {
    .key = "local_binary_pattern_2d",
    .name = "Local binary pattern, 2-D",
    .ibsi = "",
    .source = "Ojala et al. 2002",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .label = label,
    .support = support,
    .apply = apply,
};

const rc_filter rc_filter_pyradiomics_local_binary_pattern_2d = {
    .key = "local_binary_pattern_2d",
    .name = "Local binary pattern, 2-D",
    .ibsi = "",
    .source = "PyRadiomics 3, imageoperations; scikit-image local_binary_pattern",
    .profile = RC_PROFILE_PYRADIOMICS,
    .params = &pyradiomics_table,
    .label = pyradiomics_label,
    .support = support,
    .apply = pyradiomics_apply,
};
