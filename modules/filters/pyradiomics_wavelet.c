// SPDX-License-Identifier: Apache-2.0
// PyRadiomics' wavelets: PyWavelets' stationary transform, one level after another with taps that
// stay side by side. The image repeats; along an axis with an odd number of voxels its first voxel
// is put behind the last one before. Passes run along x, y, z in this order, and in the precision
// of the image's voxels, as there, so that the bits are the same.
#include "filters/registry.h"
#include "filters/separable.h"
#include "filters/settings.h"
#include "filters/wavelet_taps.h"

#include <stddef.h>
#include <string.h>

enum { LOW, HIGH, MAX_LEVELS = 8 };

typedef struct settings {
  int family; ///< index in rc_wavelet_families
  int64_t level, start_level;
  bool force_2d;
  int64_t force_2d_dimension;
} settings;

static const rc_param params[] = {
    {"wavelet", RC_PARAM_CHOICE, offsetof(settings, family), 0, 0, "", rc_wavelet_families, "coif1",
     "PyRadiomics' wavelet: which one."},
    {"level", RC_PARAM_INT, offsetof(settings, level), 1, MAX_LEVELS, "", NULL, "1",
     "PyRadiomics' level: number of levels; each gives its high-pass bands, the last one the "
     "low-pass band, too."},
    {"start_level", RC_PARAM_INT, offsetof(settings, start_level), 0, MAX_LEVELS, "", NULL, "0",
     "PyRadiomics' start_level: levels of low-pass filtering before the first."},
    {"force_2d", RC_PARAM_BOOL, offsetof(settings, force_2d), 0, 0, "", NULL, "false",
     "PyRadiomics' force2D: filter within slices only."},
    {"force_2d_dimension", RC_PARAM_INT, offsetof(settings, force_2d_dimension), 0, 2, "", NULL,
     "0", "PyRadiomics' force2Ddimension: the axis across the slices; 0 is z, 1 is y, 2 is x."},
};
static const rc_param_table table = RC_FILTER_TABLE(
    "wavelet", "Stationary wavelet transform of the periodic image.", params, settings);

/// The filtered axes, x before y before z; returns their number.
static int list_axes(const settings *s, int axis[3]) {
  int n = 0;
  for (int d = 0; d < 3; d++)
    if (!s->force_2d || d != 2 - (int)s->force_2d_dimension)
      axis[n++] = d;
  return n;
}

/// Bands of a level without the low-pass one: 7 or 3.
static int64_t high_bands(const settings *s) {
  return s->force_2d ? 3 : 7;
}

/// Levels' high-pass bands, then the low-pass band of the last.
static int64_t count(const void *at) {
  const settings *s = at;
  return s->level * high_bands(s) + 1;
}

/// Letters of a band, the first for the first filtered axis.
static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  int axis[3], n = list_axes(s, axis);
  bool is_low = response + 1 == count(s);
  int64_t level = is_low ? s->level : response / high_bands(s) + 1;
  int64_t band = is_low ? 0 : response % high_bands(s) + 1;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "wavelet");
  if (level > 1)
    rc_filter_label_add(out, capacity, "%lld", (long long)level);
  rc_filter_label_add(out, capacity, "-");
  for (int i = n - 1; i >= 0; i--)
    rc_filter_label_add(out, capacity, "%c", (band >> i & 1) != 0 ? 'H' : 'L');
}

static int64_t longest_reach(const settings *s) {
  return (s->start_level + s->level) * (rc_wavelet_get(s->family).n / 2);
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  int axis[3], n = list_axes(at, axis);
  (void)spacing_mm, (void)err;
  *out = (rc_filter_support){.wraps = true};
  for (int i = 0; i < n; i++)
    out->reach[axis[i]] = longest_reach(at);
  return RC_OK;
}

// --- transform ---------------------------------------------------------------------------------

typedef struct job {
  const settings *s;
  const rc_filter_image *image;
  rc_arena *arena;
  rc_filter_take take;
  void *user;
  int n_axes, axis[3];
  int64_t size[3]; ///< even along filtered axes
  rc_wavelet taps; ///< in the image's precision
  rc_kernel kernel[2];
  double *data;     ///< what the present level decomposes
  double *after[3]; ///< after the passes along axis[0], and [1], and [2]
  double *out;      ///< on the image's grid; NULL when it has even sizes
} job;

static void make_kernels(job *j) {
  const bool single = j->image->type == RC_VOXEL_SINGLE;
  j->taps = rc_wavelet_get(j->s->family);
  if (single)
    rc_wavelet_round(j->s->family, &j->taps);
  j->kernel[LOW] = (rc_kernel){.n = j->taps.n, .tap = j->taps.low, .step = 1, .single = single};
  j->kernel[HIGH] = (rc_kernel){.n = j->taps.n, .tap = j->taps.high, .step = 1, .single = single};
}

static rc_status allocate(job *j, rc_error *err) {
  const int64_t *size = j->image->grid.size;
  bool padded = false;
  memcpy(j->size, size, sizeof j->size);
  for (int i = 0; i < j->n_axes; i++) {
    j->size[j->axis[i]] += size[j->axis[i]] % 2;
    padded = padded || size[j->axis[i]] % 2 != 0;
  }
  size_t n = (size_t)(j->size[0] * j->size[1] * j->size[2]);
  bool good = (j->data = rc_arena_alloc(j->arena, n, sizeof(double))) != NULL;
  for (int i = 0; i < j->n_axes; i++)
    good = good && (j->after[i] = rc_arena_alloc(j->arena, n, sizeof(double))) != NULL;
  if (!good)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a wavelet transform of %zu voxels", n);
  return padded ? rc_filter_response(j->image, j->arena, &j->out, err) : RC_OK;
}

/// Copies the image; what an odd axis is filled up with is its first voxel.
static void load(const job *j) {
  const int64_t *from = j->image->grid.size, *to = j->size;
#pragma omp parallel for schedule(static)
  for (int64_t z = 0; z < to[2]; z++)
    for (int64_t y = 0; y < to[1]; y++) {
      const double *row = j->image->value + from[0] * (y % from[1] + from[1] * (z % from[2]));
      double *target = j->data + to[0] * (y + to[1] * z);
      memcpy(target, row, (size_t)from[0] * sizeof *target);
      if (to[0] > from[0])
        target[from[0]] = row[0];
    }
}

/// Gives a band to the caller, without what the axes were filled up with.
static rc_status give(const job *j, int64_t response, const double *band, rc_error *err) {
  const rc_box *box = &j->image->wanted;
  const int64_t *size = j->image->grid.size;
  if (j->out == NULL)
    return j->take(j->user, response, band, err);
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++)
      memcpy(j->out + box->low[0] + size[0] * (y + size[1] * z),
             band + box->low[0] + j->size[0] * (y + j->size[1] * z),
             (size_t)(box->high[0] - box->low[0]) * sizeof *band);
  return j->take(j->user, response, j->out, err);
}

/// What pass number i of a level fills: the wanted voxels, and what the passes and levels to come
/// read around them.
static rc_box box_of_pass(const job *j, int64_t levels_to_come, int i) {
  const int64_t reach = rc_kernel_reach(&j->kernel[LOW]);
  rc_box box = j->image->wanted;
  for (int k = 0; k < j->n_axes; k++) {
    int64_t d = j->axis[k], passes = levels_to_come + (k > i);
    rc_kernel_needs(passes * reach, RC_BOUNDARY_PERIODIC, j->size[d], box.low[d], box.high[d],
                    &box.low[d], &box.high[d]);
  }
  return box;
}

/// Response at `at` of a line of n voxels. PyWavelets adds what lies beyond the far edge first, the
/// furthest voxel at last.
static double sum_at_far_edge(const rc_kernel *kernel, const double *line, int64_t step, int64_t n,
                              int64_t at) {
  const int64_t end = at + kernel->n / 2, beyond = end - n;
  double sum = 0.0;
  for (int64_t k = 0; k < kernel->n; k++) {
    int64_t tap = k <= beyond ? beyond - k : k;
    double voxel = line[rc_boundary_index(RC_BOUNDARY_PERIODIC, n, end - tap) * step];
    sum = kernel->single ? (double)((float)sum + (float)kernel->tap[tap] * (float)voxel)
                         : sum + kernel->tap[tap] * voxel;
  }
  return sum;
}

/// Does the voxels along `axis` again that read beyond its far edge.
static void run_far_edge(const job *j, const rc_kernel *kernel, int axis, const rc_box *box,
                         const double *in, double *out) {
  const int64_t stride[3] = {1, j->size[0], j->size[0] * j->size[1]};
  const int64_t n = j->size[axis], from = n - kernel->n / 2;
  rc_box edge = *box;
  edge.low[axis] = from > box->low[axis] ? from : box->low[axis];
#pragma omp parallel for schedule(static)
  for (int64_t z = edge.low[2]; z < edge.high[2]; z++)
    for (int64_t y = edge.low[1]; y < edge.high[1]; y++)
      for (int64_t x = edge.low[0]; x < edge.high[0]; x++) {
        const int64_t at[3] = {x, y, z}, voxel = x + stride[1] * y + stride[2] * z;
        const double *line = in + voxel - at[axis] * stride[axis];
        out[voxel] = sum_at_far_edge(kernel, line, stride[axis], n, at[axis]);
      }
}

static rc_status run_pass(const job *j, int pass, int axis, const rc_box *box, const double *in,
                          double *out, rc_error *err) {
  const rc_kernel *kernel = &j->kernel[pass];
  rc_status status =
      rc_convolve(kernel, axis, RC_BOUNDARY_PERIODIC, j->size, box, in, out, j->arena, err);
  if (status == RC_OK)
    run_far_edge(j, kernel, axis, box, in, out);
  return status;
}

/// Pass i and those after it on `in`, and bands given to the caller. The low-pass band comes last
/// and stays in after[n_axes - 1].
static rc_status run_passes(const job *j, int64_t level, int i, int64_t band, const double *in,
                            rc_error *err) {
  const int64_t last = j->s->start_level + j->s->level;
  const int64_t first_response = (level - j->s->start_level) * high_bands(j->s);
  if (i == j->n_axes && band == 0)
    return level + 1 < last ? RC_OK : give(j, count(j->s) - 1, in, err);
  if (i == j->n_axes)
    return give(j, first_response + band - 1, in, err);
  const rc_box box = box_of_pass(j, last - level - 1, i);
  rc_status status = RC_OK;
  for (int pass = level < j->s->start_level ? LOW : HIGH; pass >= LOW && status == RC_OK; pass--) {
    status = run_pass(j, pass, j->axis[i], &box, in, j->after[i], err);
    if (status == RC_OK)
      status = run_passes(j, level, i + 1, 2 * band + pass, j->after[i], err);
  }
  return status;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  const settings *s = at;
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  job j = {.s = s, .image = image, .arena = arena, .take = take, .user = user};
  j.n_axes = list_axes(s, j.axis);
  make_kernels(&j);
  rc_status status = allocate(&j, err);
  if (status == RC_OK)
    load(&j);
  for (int64_t level = 0; level < s->start_level + s->level && status == RC_OK; level++) {
    status = run_passes(&j, level, 0, 0, j.data, err);
    double *low = j.after[j.n_axes - 1];
    j.after[j.n_axes - 1] = j.data;
    j.data = low;
  }
  rc_arena_rewind(arena, mark);
  return status;
}

const rc_filter rc_filter_pyradiomics_wavelet = {
    .key = "wavelet",
    .name = "Wavelet",
    .ibsi = "",
    .source = "PyRadiomics 3, imageoperations; PyWavelets swtn",
    .profile = RC_PROFILE_PYRADIOMICS,
    .params = &table,
    .count = count,
    .label = label,
    .support = support,
    .apply = apply,
};
