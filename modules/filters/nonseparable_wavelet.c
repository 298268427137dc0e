// SPDX-License-Identifier: Apache-2.0
// Isotropic wavelets of Simoncelli and Shannon (IBSI-2 section 4.7) and Riesz transforms of them or
// of the image itself (section 4.9), through the Fourier transform of the whole image.
#include "filters/registry.h"
#include "filters/riesz.h"
#include "filters/settings.h"

#include <math.h>
#include <stddef.h>

enum { SIMONCELLI, SHANNON, NONE };
static const char *const wavelets[] = {"simoncelli", "shannon", "none", NULL};
static const rc_spectral_kind kinds[] = {RC_SPECTRAL_SIMONCELLI, RC_SPECTRAL_SHANNON,
                                         RC_SPECTRAL_ALL};

typedef struct settings {
  int wavelet;
  rc_numbers level;
  int64_t dimensions;
  int boundary;
  rc_reals riesz;
  double padding;
} settings;

static const rc_param params[] = {
    {"wavelet", RC_PARAM_CHOICE, offsetof(settings, wavelet), 0, 0, "", wavelets, "simoncelli",
     "Which wavelet; none: the Riesz transform of the image itself."},
    {"level", RC_PARAM_NUMBERS, offsetof(settings, level), 1, RC_SPECTRAL_MAX_LEVEL, "", NULL, "1",
     "Decomposition level, or several: each gives a response."},
    RC_FILTER_DIMENSIONS(settings, "3"),
    RC_FILTER_BOUNDARY(settings, "periodic"),
    RC_RIESZ_ORDER(settings),
    RC_RIESZ_PADDING(settings),
};
static const rc_param_table table =
    RC_FILTER_TABLE("nonseparable_wavelet",
                    "Isotropic wavelet; without padding the image is periodic.", params, settings);

static rc_status check(const void *at, rc_error *err) {
  const settings *s = at;
  double order = 0.0;
  for (int64_t i = 0; i < s->level.n; i++)
    if (s->level.value[i] != floor(s->level.value[i]))
      return rc_fail(err, RC_ERR_WORKFLOW, "level: %g is not a whole number", s->level.value[i]);
  for (int64_t d = 0; d < s->riesz.n; d++)
    order += s->riesz.value[d];
  if (s->wavelet == NONE && order == 0.0)
    return rc_fail(err, RC_ERR_WORKFLOW, "without a wavelet and without riesz nothing is left");
  return rc_riesz_check(&s->riesz, s->dimensions, err);
}

static int64_t count(const void *at) {
  const settings *s = at;
  return s->wavelet == NONE ? 1 : s->level.n;
}

static void label(const void *at, int64_t response, char *out, size_t capacity) {
  const settings *s = at;
  out[0] = '\0';
  if (s->wavelet == NONE)
    rc_filter_label_add(out, capacity, "image");
  else
    rc_filter_label_add(out, capacity, "%s_%.0f", wavelets[s->wavelet], s->level.value[response]);
  rc_filter_label_add(out, capacity, "%s", s->dimensions == 2 ? "_2d" : "");
  rc_riesz_label(&s->riesz, out, capacity);
}

static rc_status support(const void *at, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  (void)at, (void)spacing_mm, (void)err;
  *out = (rc_filter_support){.whole = true};
  return RC_OK;
}

static rc_status apply(const void *at, const rc_filter_image *image, rc_arena *arena,
                       rc_filter_take take, void *user, rc_error *err) {
  const settings *s = at;
  rc_spectral filter[RC_PARAM_MAX_NUMBERS];
  int64_t n = count(s);
  for (int64_t i = 0; i < n; i++) {
    filter[i] = (rc_spectral){.kind = kinds[s->wavelet],
                              .n_axes = s->dimensions,
                              .level = (int64_t)s->level.value[i],
                              .boundary = (rc_boundary)s->boundary};
    rc_riesz_set(&s->riesz, s->padding, 0, &image->grid, &filter[i]);
  }
  return rc_spectral_run(filter, n, image, arena, take, user, err);
}

const rc_filter rc_filter_nonseparable_wavelet = {
    .key = "nonseparable_wavelet",
    .name = "Non-separable wavelet",
    .ibsi = "LODD",
    .source = "IBSI-2 section 4.7",
    .profile = RC_PROFILE_IBSI,
    .params = &table,
    .check = check,
    .count = count,
    .label = label,
    .support = support,
    .apply = apply,
};
