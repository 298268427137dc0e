// SPDX-License-Identifier: Apache-2.0
// Local binary patterns in space: J. Banerjee, A. Moelker, W. J. Niessen, T. van Walsum, 3D
// LBP-based rotationally invariant region description, ACCV Workshops 2012, LNCS 7728, as
// PyRadiomics computes them. Intensities on a sphere around the voxel (vertices of an icosphere,
// cubic spline, 0 outside the image) are compared with its own. The bits s(v) are taken apart into
// spherical harmonics,
//   c_nm = sum over v of s(v) Y_nm(v),   f_n(v) = sum over m of c_nm Y_nm(v),
// and response n is Re sqrt(sum over v of f_n(v)^2) (no conjugation; the two angles in PyRadiomics'
// order). The last response is the kurtosis of the intensities on the sphere.
#include "base/clones.h"
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
enum { MAX_LEVELS = 8, MAX_RADIUS = 10, CHUNK = RC_PAIRWISE_COLUMNS, MAX_MARGIN = MAX_RADIUS + 2 };

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
  int64_t margin; ///< coefficients beyond a voxel that its samples along a line need
  const double *coefficient;
  double largest; ///< magnitude in the image
  double *response[MAX_LEVELS + 1];
} job;

/// For a chunk of a row.
typedef struct scratch {
  double line[CHUNK + 2 * MAX_MARGIN]; ///< coefficients interpolated along z and y, from x - margin
  double sample[RC_ICOSPHERE_MAX_VERTICES][CHUNK];
  double bit[RC_ICOSPHERE_MAX_VERTICES][CHUNK]; ///< 1: the sample is at least the voxel
  double real[CHUNK], imaginary[CHUNK];         ///< of one coefficient c_nm
  double complex c[2 * MAX_LEVELS][CHUNK];      ///< those of one degree
} scratch;

static bool lies_inside(double at, int64_t n) {
  return at >= 0.0 && at <= (double)(n - 1);
}

/// line[from .. to - 1] = sum of weight[k] row[k][x + i], all of them inside the image.
RC_CLONES static void combine_rows(const double *const row[16], const double weight[16], int64_t x,
                                   int64_t from, int64_t to, double *line) {
  for (int64_t i = from; i < to; i++)
    line[i] = 0.0;
  for (int k = 0; k < 16; k++)
    for (int64_t i = from; i < to; i++)
      line[i] += weight[k] * row[k][x + i];
}

/// Interpolates along z and y, for x from `x` - margin on.
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
  const int64_t start = x - j->margin, n = width + 2 * j->margin;
  const int64_t from = start < 0 ? -start : 0, to = start + n > size[0] ? size[0] - start : n;
  combine_rows(row, weight, start, from, to, line);
  for (int64_t i = from > 0 ? 0 : to; i < n; i = i + 1 == from ? to : i + 1) {
    int64_t at = rc_mirror_spline_index(size[0], start + i);
    line[i] = 0.0;
    for (int k = 0; k < 16; k++)
      line[i] += weight[k] * row[k][at];
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
    const double *line = s->line + j->margin + (int64_t)floor(v[2]) - 1;
    for (int64_t x = 0; x < width; x++)
      sample[x] = weight[0] * line[x] + weight[1] * line[x + 1] + weight[2] * line[x + 2] +
                  weight[3] * line[x + 3];
    for (int64_t x = 0; x < width; x++)
      sample[x] =
          lies_inside((double)(at[0] + x) + v[2], size[0]) ? rounded(j->type, sample[x]) : 0.0;
  }
}

// --- responses ---------------------------------------------------------------------------------

/// row[v][x] = row[v][x] - mean[x], squared.
RC_CLONES static void square_differences(double (*row)[CHUNK], int64_t n, int64_t width,
                                         const double *mean, bool single) {
  for (int64_t v = 0; v < n; v++)
    for (int64_t x = 0; x < width; x++) {
      const double exact = row[v][x] - mean[x], difference = single ? (double)(float)exact : exact;
      const double square = difference * difference;
      row[v][x] = single ? (double)(float)square : square;
    }
}

static void divide(double *value, int64_t width, double by, bool single) {
  for (int64_t x = 0; x < width; x++)
    value[x] = single ? (double)(float)(value[x] / by) : value[x] / by;
}

/// Fourth moment over the square of the second, less 3; -3 when all are equal. In single precision
/// for such an image, as SciPy has it. Overwrites the samples.
static void run_kurtosis(const job *j, int64_t width, scratch *s, double *out) {
  static const double zeros[CHUNK] = {0.0};
  const bool single = j->type == RC_VOXEL_SINGLE;
  const int64_t n = j->sphere->n;
  const double tiny = single ? FLT_EPSILON : DBL_EPSILON;
  double mean[CHUNK], second[CHUNK], fourth[CHUNK];
  rc_pairwise_sums(s->sample, n, width, single, mean);
  divide(mean, width, (double)n, single);
  square_differences(s->sample, n, width, mean, single);
  rc_pairwise_sums(s->sample, n, width, single, second);
  divide(second, width, (double)n, single);
  square_differences(s->sample, n, width, zeros, single);
  rc_pairwise_sums(s->sample, n, width, single, fourth);
  divide(fourth, width, (double)n, single);
  for (int64_t x = 0; x < width; x++) {
    const bool level = second[x] <= tiny * mean[x] * tiny * mean[x];
    if (single)
      out[x] = (double)((float)fourth[x] / ((float)second[x] * (float)second[x]) - 3.0F);
    else
      out[x] = fourth[x] / (second[x] * second[x]) - 3.0;
    out[x] = level ? -3.0 : out[x];
  }
}

/// c_nm of every voxel: the bits' share of one harmonic.
RC_CLONES static void project(const sphere *s, const double complex *harmonic, int64_t width,
                              scratch *on) {
  for (int64_t x = 0; x < width; x++)
    on->real[x] = on->imaginary[x] = 0.0;
  for (int64_t v = 0; v < s->n; v++) {
    const double real = creal(harmonic[v]), imaginary = cimag(harmonic[v]);
    for (int64_t x = 0; x < width; x++) {
      on->real[x] += on->bit[v][x] * real;
      on->imaginary[x] += on->bit[v][x] * imaginary;
    }
  }
}

/// As CMPLX, which not every compiler has with this C library.
static double complex from_parts(double real, double imaginary) {
  const double part[2] = {real, imaginary};
  double complex z;
  memcpy(&z, part, sizeof z);
  return z;
}

/// Without the care for infinities that the language's own product takes.
static double complex product(double complex a, double complex b) {
  return from_parts(creal(a) * creal(b) - cimag(a) * cimag(b),
                    creal(a) * cimag(b) + cimag(a) * creal(b));
}

/// Response of degree n for the voxels of a chunk.
static void run_degree(const sphere *s, int64_t n, int64_t width, scratch *on, double *out) {
  for (int64_t m = 0; m <= 2 * n; m++) {
    project(s, s->harmonic[n * n + m], width, on);
    for (int64_t x = 0; x < width; x++)
      on->c[m][x] = from_parts(on->real[x], on->imaginary[x]);
  }
  for (int64_t x = 0; x < width; x++) {
    double complex sum = 0.0;
    for (int64_t a = 0; a <= 2 * n; a++)
      for (int64_t b = 0; b <= 2 * n; b++)
        sum += product(product(on->c[a][x], on->c[b][x]), s->gram[n][a][b]);
    out[x] = creal(csqrt(sum));
  }
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

/// Sets the bits of one vertex; is any sample so close to its voxel that rounding may decide?
RC_CLONES static bool set_bits(const double *sample, const double *centre, int64_t width,
                               double close, double *bit) {
  int ties = 0;
  for (int64_t x = 0; x < width; x++) {
    bit[x] = sample[x] >= centre[x] ? 1.0 : 0.0;
    ties += fabs(sample[x] - centre[x]) <= close;
  }
  return ties > 0;
}

/// Compares the samples around voxels `at` to `at` + width - 1 along x with the voxels themselves.
static void compare(const job *j, const int64_t at[3], int64_t width, const double *centre,
                    scratch *s) {
  const double close = 1e-9 * j->largest;
  for (int64_t v = 0; v < j->sphere->n; v++) {
    const double *from = j->sphere->vertex[v];
    if (!set_bits(s->sample[v], centre, width, close, s->bit[v]))
      continue;
    for (int64_t x = 0; x < width; x++) {
      const double point[3] = {(double)at[2] + from[0], (double)at[1] + from[1],
                               (double)(at[0] + x) + from[2]};
      if (fabs(s->sample[v][x] - centre[x]) <= close)
        s->sample[v][x] = sample_in_order(j, point);
    }
    set_bits(s->sample[v], centre, width, close, s->bit[v]);
  }
}

static void run_chunk(const job *j, const int64_t at[3], int64_t width, scratch *s) {
  const sphere *on = j->sphere;
  const int64_t voxel = at[0] + j->image->grid.size[0] * (at[1] + j->image->grid.size[1] * at[2]);
  sample_chunk(j, at, width, s);
  compare(j, at, width, j->image->value + voxel, s);
  for (int64_t n = 0; n < on->levels; n++)
    run_degree(on, n, width, s, j->response[n] + voxel);
  run_kurtosis(j, width, s, j->response[on->levels] + voxel);
}

static void run_all(const job *j, scratch *of_threads) {
  const rc_box *box = &j->image->wanted;
  const int64_t rows = box->high[1] - box->low[1];
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < rows * (box->high[2] - box->low[2]); r++) {
    int64_t at[3] = {box->low[0], box->low[1] + r % rows, box->low[2] + r / rows};
    for (; at[0] < box->high[0]; at[0] += CHUNK) {
      int64_t left = box->high[0] - at[0];
      run_chunk(j, at, left < CHUNK ? left : CHUNK, of_threads + omp_get_thread_num());
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
  job j = {.image = image, .type = type, .margin = (int64_t)ceil(s->radius) + 2};
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
