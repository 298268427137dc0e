// SPDX-License-Identifier: Apache-2.0
// Undecimated separable wavelets (IBSI-2 section 4.6) by the algorithm a trous: level j filters the
// low-pass response of level j - 1 with taps 2^(j-1) voxels apart. Taps keep the gain of the
// orthogonal transform: each low-pass level multiplies a constant image by sqrt(2) per axis. The
// decimated transform is no filter in the sense of the standard, as its responses depend on where
// the image begins.
#include "filters/registry.h"
#include "filters/separable.h"
#include "filters/settings.h"
#include "filters/wavelet_taps.h"

#include <stddef.h>
#include <string.h>

enum { LOW, HIGH, MAX_BANDS = 12 };

typedef struct settings {
  int family; ///< index in rc_wavelet_families
  rc_texts bands;
  int64_t level;
  bool rotations;
  int pooling, boundary;
} settings;

static const rc_param params[] = {
    {"wavelet", RC_PARAM_CHOICE, offsetof(settings, family), 0, 0, "", rc_wavelet_families, "coif1",
     "Which wavelet."},
    {"bands", RC_PARAM_TEXTS, offsetof(settings, bands), 0, 0, "", NULL, "all",
     "Low (L) or high (H) pass along x, y and, in a volume, z: LH, HHL, a list of such; all: the "
     "eight of a volume."},
    {"level", RC_PARAM_INT, offsetof(settings, level), 1, RC_SEPARABLE_STAGES, "", NULL, "1",
     "Decomposition level, undecimated."},
    RC_FILTER_ROTATIONS(settings),
    RC_FILTER_POOLING(settings, "mean"),
    RC_FILTER_BOUNDARY(settings, "mirror"),
};
static const rc_param_table table =
    RC_FILTER_TABLE("separable_wavelet", "Undecimated separable wavelet.", params, settings);

static const char *const all_bands[] = {"LLL", "LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"};

/// The bands asked for: "all" stands for the eight of a volume.
static rc_texts bands_of(const settings *s) {
  bool all = s->bands.n == 1 && strcmp(s->bands.item[0], "all") == 0;
  return all ? (rc_texts){8, (const char **)all_bands} : s->bands;
}

static bool is_band(const char *text) {
  size_t n = strlen(text);
  return (n == 2 || n == 3) && strspn(text, "LH") == n;
}

static rc_status check(const void *at, rc_error *err) {
  const rc_texts bands = bands_of(at);
  if (bands.n < 1 || bands.n > MAX_BANDS)
    return rc_fail(err, RC_ERR_WORKFLOW, "separable_wavelet: expected 1 to %d bands", MAX_BANDS);
  for (int64_t i = 0; i < bands.n; i++) {
    if (!is_band(bands.item[i]))
      return rc_fail(err, RC_ERR_WORKFLOW,
                     "separable_wavelet: band \"%.16s\": expected one letter L or H for each of x, "
                     "y and, in three dimensions, z (LH, HHL)",
                     bands.item[i]);
    if (strlen(bands.item[i]) != strlen(bands.item[0]))
      return rc_fail(err, RC_ERR_WORKFLOW,
                     "separable_wavelet: bands \"%s\" and \"%s\": expected as many letters in each",
                     bands.item[0], bands.item[i]);
  }
  return RC_OK;
}

static int64_t count(const void *at) {
  return bands_of(at).n;
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  out[0] = '\0';
  rc_filter_label_add(out, capacity, "%s_%.3s", rc_wavelet_families[s->family],
                      bands_of(s).item[response]);
  if (s->level > 1)
    rc_filter_label_add(out, capacity, "_level_%lld", (long long)s->level);
  if (s->rotations)
    rc_filter_label_add(out, capacity, "_%s", rc_pooling_names[s->pooling]);
}

/// The filter and the memory its kernels point to.
typedef struct wavelet {
  rc_separable filter;
  rc_product product[MAX_BANDS];
  rc_wavelet taps;
} wavelet;

/// Low-pass on the way, the band at the last level.
static rc_axis_kernel make_kernel(int64_t levels, const rc_wavelet *taps, const double *last) {
  rc_axis_kernel kernel = {.n_stages = levels};
  for (int64_t s = 0; s < levels; s++)
    kernel.stage[s] = (rc_kernel){
        .n = taps->n, .tap = s + 1 == levels ? last : taps->low, .step = INT64_C(1) << s};
  return kernel;
}

static void make(const settings *s, wavelet *out) {
  const rc_texts bands = bands_of(s);
  out->taps = rc_wavelet_get(s->family);
  out->filter = (rc_separable){.n_axes = (int64_t)strlen(bands.item[0]),
                               .n_kernels = 2,
                               .rotations = s->rotations,
                               .pooling = (rc_pooling)s->pooling,
                               .boundary = (rc_boundary)s->boundary};
  out->filter.kernel[LOW] = make_kernel(s->level, &out->taps, out->taps.low);
  out->filter.kernel[HIGH] = make_kernel(s->level, &out->taps, out->taps.high);
  for (int64_t i = 0; i < bands.n; i++)
    for (int64_t d = 0; d < 3; d++)
      out->product[i].kernel[d] = d < out->filter.n_axes && bands.item[i][d] == 'H' ? HIGH : LOW;
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  wavelet w;
  (void)spacing_mm, (void)err;
  make(at, &w);
  *out = rc_separable_support(&w.filter);
  return RC_OK;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  wavelet w;
  make(at, &w);
  return rc_separable_run(&w.filter, w.product, count(at), image, arena, take, user, err);
}

const rc_filter rc_filter_separable_wavelet = {
    .key = "separable_wavelet",
    .name = "Separable wavelet",
    .ibsi = "25BO",
    .source = "IBSI-2 section 4.6",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .check = check,
    .count = count,
    .label = label,
    .support = support,
    .apply = apply,
};
