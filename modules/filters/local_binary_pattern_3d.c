// SPDX-License-Identifier: Apache-2.0
// Local binary patterns in space: J. Banerjee, A. Moelker, W. J. Niessen, T. van Walsum, 3D
// LBP-based rotationally invariant region description, ACCV Workshops 2012, LNCS 7728, as
// PyRadiomics computes them. Intensities on a sphere around the voxel (vertices of an icosphere,
// cubic spline, 0 outside the image) are compared with its own. The bits s(v) are taken apart into
// spherical harmonics,
//   c_nm = sum over v of s(v) Y_nm(v),   f_n(v) = sum over m of c_nm Y_nm(v),
// and response n is Re sqrt(sum over v of f_n(v)^2) (no conjugation; the two angles in PyRadiomics'
// order). The last response is the kurtosis of the intensities on the sphere.
#include "filters/icosphere.h"
#include "filters/mirror_spline.h"
#include "filters/pairwise.h"
#include "filters/registry.h"
#include "filters/settings.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <omp.h>
#include <stddef.h>
#include <string.h>

static const double PI = 3.14159265358979323846;
enum { MAX_LEVELS = 8, MAX_RADIUS = 10, CHUNK = 64, MARGIN = MAX_RADIUS + 4 };

typedef struct settings {
  int64_t levels;
  double radius; ///< voxels
  int64_t subdivision;
} settings;

static const rc_param params[] = {
    {"levels", RC_PARAM_INT, offsetof(settings, levels), 1, MAX_LEVELS, "", NULL, "2",
     "PyRadiomics' lbp3DLevels: degrees of the spherical harmonics, from 0; each gives a "
     "response."},
    {"icosphere_radius", RC_PARAM_REAL, offsetof(settings, radius), 0.1, MAX_RADIUS, "voxels", NULL,
     "1", "PyRadiomics' lbp3DIcosphereRadius: radius of the sphere."},
    {"icosphere_subdivision", RC_PARAM_INT, offsetof(settings, subdivision), 1,
     RC_ICOSPHERE_MAX_SUBDIVISION, "", NULL, "1",
     "PyRadiomics' lbp3DIcosphereSubdivision: 1 gives 42 points on the sphere, 2 gives 162."},
};
static const rc_param_table table = RC_FILTER_TABLE(
    "local_binary_pattern_3d", "Local binary patterns in space, and the kurtosis on the sphere.",
    params, settings);

/// A response for each level, and the kurtosis.
static int64_t count(const void *at) {
  return ((const settings *)at)->levels + 1;
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "lbp_3d_%.12g", s->radius);
  if (s->subdivision != 1)
    rc_filter_label_add(out, capacity, "_%lld", (long long)s->subdivision);
  if (response < s->levels)
    rc_filter_label_add(out, capacity, "_m%lld", (long long)response + 1);
  else
    rc_filter_label_add(out, capacity, "_k");
}

static void pyradiomics_label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "lbp-3D-");
  if (response < s->levels)
    rc_filter_label_add(out, capacity, "m%lld", (long long)response + 1);
  else
    rc_filter_label_add(out, capacity, "k");
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  (void)at, (void)spacing_mm, (void)err;
  *out = (rc_filter_support){.whole = true}; // a spline coefficient depends on all voxels
  return RC_OK;
}

// --- the sphere --------------------------------------------------------------------------------

enum { MAX_HARMONICS = MAX_LEVELS * MAX_LEVELS };

/// Harmonic number n^2 + n + m is Y_nm.
typedef struct sphere {
  int64_t n, levels;
  double vertex[RC_ICOSPHERE_MAX_VERTICES][3]; ///< along z, y, x
  int64_t order[RC_ICOSPHERE_MAX_VERTICES];    ///< neighbours share z, then y
  double complex harmonic[MAX_HARMONICS][RC_ICOSPHERE_MAX_VERTICES];
  /// gram[n][m][m']: sum over vertices of Y_nm Y_nm', m from -n
  double complex gram[MAX_LEVELS][2 * MAX_LEVELS][2 * MAX_LEVELS];
} sphere;

/// Legendre function of degree n and order m >= 0, with the Condon-Shortley phase.
static double legendre(int64_t n, int64_t m, double x) {
  double before = 0.0, here = 1.0;
  for (int64_t k = 1; k <= m; k++)
    here *= -(double)(2 * k - 1) * sqrt(fmax(0.0, 1.0 - x * x));
  for (int64_t k = m + 1; k <= n; k++) {
    double next = ((double)(2 * k - 1) * x * here - (double)(k + m - 1) * before) / (double)(k - m);
    before = here;
    here = next;
  }
  return here;
}

static double complex harmonic(int64_t n, int64_t m, double azimuth, double polar) {
  const int64_t order = m < 0 ? -m : m;
  double scale = (double)(2 * n + 1) / (4 * PI);
  for (int64_t k = n - order + 1; k <= n + order; k++)
    scale /= (double)k;
  double complex y =
      sqrt(scale) * legendre(n, order, cos(polar)) * cexp(I * (double)order * azimuth);
  return m < 0 ? (order % 2 == 0 ? 1.0 : -1.0) * conj(y) : y;
}

static void fill_harmonics(const settings *s, sphere *out) {
  for (int64_t v = 0; v < out->n; v++) {
    const double *at = out->vertex[v];
    double theta = acos(fmax(-1.0, fmin(1.0, at[2] / s->radius))), phi = atan2(at[1], at[0]);
    for (int64_t n = 0; n < s->levels; n++)
      for (int64_t m = -n; m <= n; m++)
        out->harmonic[n * n + n + m][v] = harmonic(n, m, theta, phi);
  }
  for (int64_t n = 0; n < s->levels; n++)
    for (int64_t a = 0; a <= 2 * n; a++)
      for (int64_t b = 0; b <= 2 * n; b++) {
        double complex sum = 0.0;
        for (int64_t v = 0; v < out->n; v++)
          sum += out->harmonic[n * n + a][v] * out->harmonic[n * n + b][v];
        out->gram[n][a][b] = sum;
      }
}

static bool comes_before(const double a[3], const double b[3]) {
  return a[0] != b[0] ? a[0] < b[0] : a[1] < b[1];
}

static void make_sphere(const settings *s, sphere *out) {
  out->levels = s->levels;
  out->n = rc_icosphere(s->subdivision, s->radius, out->vertex);
  fill_harmonics(s, out);
  for (int64_t v = 0; v < out->n; v++) { // insertion sort
    int64_t i = v;
    for (; i > 0 && comes_before(out->vertex[v], out->vertex[out->order[i - 1]]); i--)
      out->order[i] = out->order[i - 1];
    out->order[i] = v;
  }
}

// --- intensities on the sphere -----------------------------------------------------------------

typedef struct job {
  const sphere *sphere;
  const rc_filter_image *image;
  rc_voxel_type type;
  const double *coefficient;
  double largest; ///< magnitude in the image
  double *response[MAX_LEVELS + 1];
} job;

/// For a chunk of a row.
typedef struct scratch {
  double line[CHUNK + 2 * MARGIN]; ///< coefficients interpolated along z and y, from x - MARGIN
  double sample[RC_ICOSPHERE_MAX_VERTICES][CHUNK];
} scratch;

static bool lies_inside(double at, int64_t n) {
  return at >= 0.0 && at <= (double)(n - 1);
}

/// Interpolates along z and y, for x from `x` - MARGIN on.
static void make_line(const job *j, double y, double z, int64_t x, int64_t width, double *line) {
  const int64_t *size = j->image->grid.size;
  const double *row[16];
  double wy[4], wz[4], weight[16];
  rc_mirror_spline_weights(y, wy);
  rc_mirror_spline_weights(z, wz);
  for (int b = 0; b < 4; b++)
    for (int a = 0; a < 4; a++) {
      int64_t at_y = rc_mirror_spline_index(size[1], (int64_t)floor(y) - 1 + a);
      int64_t at_z = rc_mirror_spline_index(size[2], (int64_t)floor(z) - 1 + b);
      row[4 * b + a] = j->coefficient + size[0] * (at_y + size[1] * at_z);
      weight[4 * b + a] = wz[b] * wy[a];
    }
  for (int64_t i = 0; i < width + 2 * MARGIN; i++) {
    int64_t at = rc_mirror_spline_index(size[0], x - MARGIN + i);
    double sum = 0.0;
    for (int k = 0; k < 16; k++)
      sum += weight[k] * row[k][at];
    line[i] = sum;
  }
}

/// To the type that SciPy's map_coordinates gives back: the image's.
static double rounded(rc_voxel_type type, double value) {
  if (type == RC_VOXEL_SINGLE)
    return (double)(float)value;
  return type == RC_VOXEL_INTEGER ? trunc(value > 0 ? value + 0.5 : value - 0.5) : value;
}

/// Fills sample[vertex][0 .. width-1] for the voxels from (x, y, z) on.
static void sample_chunk(const job *j, const int64_t at[3], int64_t width, scratch *s) {
  const int64_t *size = j->image->grid.size;
  const double *last = NULL;
  for (int64_t i = 0; i < j->sphere->n; i++) {
    const double *v = j->sphere->vertex[j->sphere->order[i]];
    double *sample = s->sample[j->sphere->order[i]], weight[4];
    double z = (double)at[2] + v[0], y = (double)at[1] + v[1];
    memset(sample, 0, (size_t)width * sizeof *sample);
    if (!lies_inside(z, size[2]) || !lies_inside(y, size[1]))
      continue;
    if (last == NULL || last[0] != v[0] || last[1] != v[1])
      make_line(j, y, z, at[0], width, s->line);
    last = v;
    rc_mirror_spline_weights(v[2], weight);
    const double *line = s->line + MARGIN + (int64_t)floor(v[2]) - 1;
    for (int64_t x = 0; x < width; x++)
      sample[x] = weight[0] * line[x] + weight[1] * line[x + 1] + weight[2] * line[x + 2] +
                  weight[3] * line[x + 3];
    for (int64_t x = 0; x < width; x++)
      sample[x] =
          lies_inside((double)(at[0] + x) + v[2], size[0]) ? rounded(j->type, sample[x]) : 0.0;
  }
}

// --- responses ---------------------------------------------------------------------------------

static double mean_of(const double *value, int64_t n, bool single) {
  double sum = rc_pairwise_sum(value, n, single);
  return single ? (double)((float)sum / (float)n) : sum / (double)n;
}

/// Replaces values by their squares.
static void square_all(double *value, int64_t n, bool single) {
  for (int64_t i = 0; i < n; i++)
    value[i] = single ? (double)((float)value[i] * (float)value[i]) : value[i] * value[i];
}

/// Fourth moment over the square of the second, less 3; -3 when all are equal. In single precision
/// for such an image, as SciPy has it.
static double kurtosis(double *value, int64_t n, rc_voxel_type type) {
  const bool single = type == RC_VOXEL_SINGLE;
  const double mean = mean_of(value, n, single), tiny = single ? FLT_EPSILON : DBL_EPSILON;
  for (int64_t i = 0; i < n; i++)
    value[i] = single ? (double)((float)value[i] - (float)mean) : value[i] - mean;
  square_all(value, n, single);
  double second = mean_of(value, n, single);
  square_all(value, n, single);
  double fourth = mean_of(value, n, single);
  if (second <= tiny * mean * tiny * mean)
    return -3.0;
  return single ? (double)((float)fourth / ((float)second * (float)second) - 3.0F)
                : fourth / (second * second) - 3.0;
}

/// Response of degree n to the bits.
static double degree(const sphere *s, int64_t n, const double *bit) {
  double complex c[2 * MAX_LEVELS], sum = 0.0;
  for (int64_t m = 0; m <= 2 * n; m++) {
    c[m] = 0.0;
    for (int64_t v = 0; v < s->n; v++)
      c[m] += bit[v] * s->harmonic[n * n + m][v];
  }
  for (int64_t a = 0; a <= 2 * n; a++)
    for (int64_t b = 0; b <= 2 * n; b++)
      sum += c[a] * c[b] * s->gram[n][a][b];
  return creal(csqrt(sum));
}

/// Interpolates at one point with SciPy's sum, term by term.
static double sample_in_order(const job *j, const double at[3]) {
  const int64_t *size = j->image->grid.size;
  double weight[3][4], sum = 0.0;
  for (int d = 0; d < 3; d++)
    if (!lies_inside(at[d], size[2 - d]))
      return 0.0;
  for (int d = 0; d < 3; d++)
    rc_mirror_spline_weights(at[d], weight[d]);
  for (int k = 0; k < 64; k++) {
    const int step[3] = {k / 16, k / 4 % 4, k % 4};
    int64_t index[3];
    for (int d = 0; d < 3; d++)
      index[d] = rc_mirror_spline_index(size[2 - d], (int64_t)floor(at[d]) - 1 + step[d]);
    double term = j->coefficient[index[2] + size[0] * (index[1] + size[1] * index[0])];
    for (int d = 0; d < 3; d++)
      term *= weight[d][step[d]];
    sum += term;
  }
  return rounded(j->type, sum);
}

/// Are two intensities so close that rounding may decide which is larger?
static bool nearly_tie(double a, double b, double largest) {
  return fabs(a - b) <= 1e-9 * largest;
}

static void run_voxel(const job *j, const scratch *s, const int64_t at[3], int64_t x,
                      int64_t voxel) {
  const sphere *on = j->sphere;
  double value[RC_ICOSPHERE_MAX_VERTICES], bit[RC_ICOSPHERE_MAX_VERTICES];
  for (int64_t v = 0; v < on->n; v++) {
    const double *from = on->vertex[v];
    const double point[3] = {(double)at[2] + from[0], (double)at[1] + from[1],
                             (double)(at[0] + x) + from[2]};
    value[v] = s->sample[v][x];
    if (nearly_tie(value[v], j->image->value[voxel], j->largest))
      value[v] = sample_in_order(j, point);
    bit[v] = value[v] >= j->image->value[voxel] ? 1.0 : 0.0;
  }
  for (int64_t n = 0; n < on->levels; n++)
    j->response[n][voxel] = degree(on, n, bit);
  j->response[on->levels][voxel] = kurtosis(value, on->n, j->type);
}

static void run_all(const job *j, scratch *of_threads) {
  const rc_box *box = &j->image->wanted;
  const int64_t *size = j->image->grid.size;
  const int64_t rows = box->high[1] - box->low[1];
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < rows * (box->high[2] - box->low[2]); r++) {
    scratch *s = of_threads + omp_get_thread_num();
    int64_t at[3] = {box->low[0], box->low[1] + r % rows, box->low[2] + r / rows};
    for (; at[0] < box->high[0]; at[0] += CHUNK) {
      int64_t left = box->high[0] - at[0], width = left < CHUNK ? left : CHUNK;
      sample_chunk(j, at, width, s);
      for (int64_t x = 0; x < width; x++)
        run_voxel(j, s, at, x, at[0] + x + size[0] * (at[1] + size[1] * at[2]));
    }
  }
}

static rc_status make_coefficients(const rc_filter_image *image, rc_arena *arena, job *j,
                                   rc_error *err) {
  double *coefficient = NULL;
  rc_status status = rc_filter_response(image, arena, &coefficient, err);
  if (status != RC_OK)
    return status;
  memcpy(coefficient, image->value, (size_t)rc_geometry_voxels(&image->grid) * sizeof *coefficient);
  j->coefficient = coefficient;
  for (int64_t i = 0; i < rc_geometry_voxels(&image->grid); i++)
    j->largest = fmax(j->largest, fabs(image->value[i]));
  return rc_mirror_spline(image->grid.size, coefficient, arena, err);
}

static rc_status run(const settings *s, rc_voxel_type type, const rc_filter_image *image,
                     rc_arena *arena, rc_filter_take take, void *user, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  job j = {.image = image, .type = type};
  sphere *on = rc_arena_alloc(arena, 1, sizeof *on);
  scratch *of_threads = rc_arena_alloc(arena, (size_t)omp_get_max_threads(), sizeof *of_threads);
  rc_status status = on != NULL && of_threads != NULL
                         ? make_coefficients(image, arena, &j, err)
                         : rc_fail(err, RC_ERR_MEMORY, "no memory for local binary patterns");
  for (int64_t i = 0; i < count(s) && status == RC_OK; i++)
    status = rc_filter_response(image, arena, &j.response[i], err);
  if (status == RC_OK) {
    make_sphere(s, on);
    j.sphere = on;
    run_all(&j, of_threads);
  }
  for (int64_t i = 0; i < count(s) && status == RC_OK; i++)
    status = take(user, i, j.response[i], err);
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

const rc_filter rc_filter_local_binary_pattern_3d = {
    .key = "local_binary_pattern_3d",
    .name = "Local binary pattern, 3-D",
    .ibsi = "",
    .source = "Banerjee et al. 2012, as in PyRadiomics 3",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .count = count,
    .label = label,
    .support = support,
    .apply = apply,
};

const rc_filter rc_filter_pyradiomics_local_binary_pattern_3d = {
    .key = "local_binary_pattern_3d",
    .name = "Local binary pattern, 3-D",
    .ibsi = "",
    .source = "PyRadiomics 3, imageoperations",
    .profile = RC_PROFILE_PYRADIOMICS,
    .params = &table,
    .count = count,
    .label = pyradiomics_label,
    .support = support,
    .apply = pyradiomics_apply,
};
