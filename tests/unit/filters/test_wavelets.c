// SPDX-License-Identifier: Apache-2.0
// Separable wavelets: the taps' defining properties, and the transform's, against sums voxel by
// voxel.
#include "filters/boundary.h"
#include "filters/registry.h"
#include "filters/wavelet_taps.h"
#include "use.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int family_named(const char *name) {
  for (int f = 0; rc_wavelet_families[f] != NULL; f++)
    if (strcmp(rc_wavelet_families[f], name) == 0)
      return f;
  fail_msg("no wavelet %s", name);
  return -1;
}

/// Settings of the filter, as text where the filter takes text.
typedef struct wavelet_use {
  int family;
  const char *name, *band;
  int64_t level;
  rc_boundary boundary;
  bool rotations;
  const char *pooling;
} wavelet_use;

static wavelet_use wavelet(const char *family, const char *band, int64_t level,
                           rc_boundary boundary) {
  return (wavelet_use){family_named(family), family, band, level, boundary, false, "mean"};
}

static double *apply(const wavelet_use *w, const double *in, const int64_t size[3]) {
  char level[8];
  snprintf(level, sizeof level, "%d", (int)w->level);
  const char *const pair[] = {"wavelet",   w->name,
                              "bands",     w->band,
                              "level",     level,
                              "boundary",  rc_boundary_names[w->boundary],
                              "rotations", w->rotations ? "true" : "false",
                              "pooling",   w->pooling,
                              NULL};
  return use_filter(&rc_filter_separable_wavelet, pair, in, size);
}

/// Reproducible values without pattern.
static double *noise(int64_t n) {
  double *value = malloc((size_t)n * sizeof *value);
  uint64_t state = 42;
  assert_non_null(value);
  for (int64_t i = 0; i < n; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value[i] = (double)(state >> 40) / 65536.0 - 100.0;
  }
  return value;
}

// --- taps --------------------------------------------------------------------------------------

static void test_published_taps(void **state) {
  (void)state;
  // Daubechies 1992, table 6.1, N = 2 and 3, in closed form for N = 2.
  const rc_wavelet db2 = rc_wavelet_get(family_named("db2"));
  double q = sqrt(3.0), s = 4.0 * sqrt(2.0);
  const double low[4] = {(1 - q) / s, (3 - q) / s, (3 + q) / s, (1 + q) / s};
  const double high[4] = {-(1 + q) / s, (3 + q) / s, -(3 - q) / s, (1 - q) / s};
  assert_int_equal(db2.n, 4);
  for (int k = 0; k < 4; k++) {
    assert_near(db2.low[k], low[k], 1e-11, 0.0);
    assert_near(db2.high[k], high[k], 1e-11, 0.0);
  }
  const rc_wavelet db3 = rc_wavelet_get(family_named("db3"));
  assert_near(db3.low[5], 0.3326705529500825, 1e-11, 0.0);
  assert_near(db3.low[0], 0.0352262918857095, 1e-11, 0.0);
  // Table 8.1, K = 1, in closed form.
  const rc_wavelet coif1 = rc_wavelet_get(family_named("coif1"));
  double r = sqrt(7.0), u = 16.0 * sqrt(2.0);
  const double coiflet[6] = {(-3 + r) / u,     (1 - r) / u, (14 - 2 * r) / u,
                             (14 + 2 * r) / u, (5 + r) / u, (1 - r) / u};
  for (int k = 0; k < 6; k++)
    assert_near(coif1.low[k], coiflet[k], 1e-11, 0.0);
}

static bool starts(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

/// dmey is cut, and orthogonal but for what was cut off.
static bool is_orthogonal(int f) {
  const char *name = rc_wavelet_families[f];
  return !starts(name, "bior") && !starts(name, "rbio") && !starts(name, "dmey");
}

/// Centred and scaled, so that high powers stay small; over the sum of magnitudes.
static double moment_of(const double *high, int64_t n, int64_t power) {
  double moment = 0.0, size = 0.0;
  for (int64_t k = 0; k < n; k++) {
    double term = high[k] * pow((2.0 * (double)k - (double)n) / (double)n, (double)power);
    moment += term;
    size += fabs(term);
  }
  return moment / size;
}

/// Orthonormal to even shifts, and as many vanishing moments as the name says: for given length and
/// phase these equations have one solution.
static void test_taps_are_orthonormal_with_vanishing_moments(void **state) {
  (void)state;
  for (int f = 0; rc_wavelet_families[f] != NULL; f++) {
    const rc_wavelet taps = rc_wavelet_get(f);
    bool coiflet = starts(rc_wavelet_families[f], "coif");
    if (!is_orthogonal(f))
      continue;
    int64_t moments = coiflet ? taps.n / 3 : taps.n / 2;
    const double *high = taps.high;
    double sum = 0.0;
    for (int64_t k = 0; k < taps.n; k++)
      sum += taps.low[k];
    assert_near(sum, sqrt(2.0), 1e-10, 0.0);
    for (int64_t shift = 0; shift < taps.n; shift += 2) {
      double ll = 0.0, hh = 0.0, lh = 0.0;
      for (int64_t k = shift; k < taps.n; k++) {
        ll += taps.low[k] * taps.low[k - shift];
        hh += high[k] * high[k - shift];
        lh += taps.low[k] * high[k - shift];
      }
      assert_near(ll, shift == 0, 1e-10, 0.0);
      assert_near(hh, shift == 0, 1e-10, 0.0);
      assert_near(lh, 0.0, 1e-10, 0.0);
    }
    for (int64_t p = 0; p < moments; p++)
      assert_near(moment_of(high, taps.n, p), 0.0, 1e-7, 0.0);
  }
}

/// Analysis and synthesis are orthonormal to even shifts, and the wavelet has as many vanishing
/// moments as the first number says, exchanged the second.
static void test_biorthogonal_taps(void **state) {
  (void)state;
  int tested = 0;
  for (int f = 0; rc_wavelet_families[f] != NULL; f++) {
    const char *name = rc_wavelet_families[f];
    if (!starts(name, "bior") && !starts(name, "rbio"))
      continue;
    const rc_wavelet taps = rc_wavelet_get(f);
    double synthesis[RC_WAVELET_MAX_TAPS], sum = 0.0;
    for (int64_t k = 0; k < taps.n; k++) {
      synthesis[taps.n - 1 - k] = (k % 2 == 0 ? -1 : 1) * taps.high[k];
      sum += taps.low[k];
    }
    assert_near(sum, sqrt(2.0), 1e-9, 0.0);
    for (int64_t shift = -taps.n; shift <= taps.n; shift += 2) {
      double product = 0.0;
      for (int64_t k = 0; k < taps.n; k++)
        if (k - shift >= 0 && k - shift < taps.n)
          product += taps.low[k] * synthesis[k - shift];
      assert_near(product, shift == 0, 1e-9, 0.0);
    }
    const bool exchanged = starts(name, "rbio");
    int64_t moments = name[exchanged ? 6 : 4] - '0';
    if (strcmp(name + 4, "5.5") == 0) // shares the ten roots of its half-band filter as 6 and 4
      moments = exchanged ? 4 : 6;
    for (int64_t p = 0; p < moments; p++)
      assert_near(moment_of(taps.high, taps.n, p), 0.0, 1e-8, 0.0);
    assert_true(fabs(moment_of(taps.high, taps.n, moments)) > 1e-2);
    tested++;
  }
  assert_int_equal(tested, 30);
}

// --- transform ---------------------------------------------------------------------------------

/// The response to an impulse is the product of the taps, tap k at offset k - n/2.
static void test_impulse_response(void **state) {
  (void)state;
  const int64_t size[3] = {16, 15, 14};
  double *impulse = calloc(16 * 15 * 14, sizeof *impulse);
  impulse[8 + 16 * (7 + 15 * 6)] = 1.0;
  wavelet_use w = wavelet("db3", "HLL", 1, RC_BOUNDARY_ZERO);
  double *response = apply(&w, impulse, size);
  const rc_wavelet taps = rc_wavelet_get(w.family);
  const double *high = taps.high;
  for (int64_t z = 0, i = 0; z < 14; z++)
    for (int64_t y = 0; y < 15; y++)
      for (int64_t x = 0; x < 16; x++, i++) {
        int64_t a = x - 8 + 3, b = y - 7 + 3, c = z - 6 + 3;
        bool inside = a >= 0 && a < 6 && b >= 0 && b < 6 && c >= 0 && c < 6;
        assert_near(response[i], inside ? high[a] * taps.low[b] * taps.low[c] : 0.0, 1e-15, 1e-13);
      }
  free(response);
  free(impulse);
}

/// Undecimated and periodic: the energy of an image is that of its bands over 2 per axis.
static void test_bands_keep_the_energy(void **state) {
  (void)state;
  static const char *const band[8] = {"LLL", "LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"};
  const int64_t size[3] = {12, 9, 10}, n = 12 * 9 * 10;
  double *image = noise(n);
  for (int f = 0; rc_wavelet_families[f] != NULL; f++) {
    if (!is_orthogonal(f))
      continue;
    double energy = 0.0, sum = 0.0;
    for (int64_t i = 0; i < n; i++)
      energy += image[i] * image[i];
    for (int b = 0; b < 8; b++) {
      wavelet_use w = wavelet(rc_wavelet_families[f], band[b], 1, RC_BOUNDARY_PERIODIC);
      double *response = apply(&w, image, size);
      for (int64_t i = 0; i < n; i++)
        sum += response[i] * response[i];
      free(response);
    }
    assert_near(sum / 8.0, energy, 0.0, 1e-9);
  }
  free(image);
}

/// Filtering both bands again with the taps reversed, and adding, gives twice the image per axis:
/// perfect reconstruction, tried in the plane.
static void test_bands_reconstruct_the_image(void **state) {
  (void)state;
  const int64_t size[3] = {11, 8, 2}, n = 11 * 8 * 2;
  double *image = noise(n), *sum = calloc((size_t)n, sizeof *sum);
  static const char *const band[4] = {"LL", "LH", "HL", "HH"};
  for (int b = 0; b < 4; b++) {
    wavelet_use w = wavelet("coif1", band[b], 1, RC_BOUNDARY_PERIODIC);
    double *response = apply(&w, image, size);
    const rc_wavelet taps = rc_wavelet_get(w.family);
    double tap[2][RC_WAVELET_MAX_TAPS];
    memcpy(tap[0], taps.low, sizeof taps.low);
    memcpy(tap[1], taps.high, sizeof taps.high);
    for (int64_t z = 0; z < 2; z++)
      for (int64_t y = 0; y < 8; y++)
        for (int64_t x = 0; x < 11; x++)
          for (int64_t j = 0; j < taps.n; j++)
            for (int64_t k = 0; k < taps.n; k++) {
              int64_t from_x = (x + k - 3 + 11) % 11, from_y = (y + j - 3 + 16) % 8;
              sum[x + 11 * (y + 8 * z)] += tap[w.band[0] == 'H'][k] * tap[w.band[1] == 'H'][j] *
                                           response[from_x + 11 * (from_y + 8 * z)];
            }
    free(response);
  }
  for (int64_t i = 0; i < n; i++)
    assert_near(sum[i] / 4.0, image[i], 1e-9, 0.0);
  free(sum);
  free(image);
}

static double at(const double *image, const int64_t size[3], int64_t x, int64_t y, int64_t z,
                 rc_boundary boundary) {
  int64_t i = rc_boundary_index(boundary, size[0], x), j = rc_boundary_index(boundary, size[1], y),
          k = rc_boundary_index(boundary, size[2], z);
  return i < 0 || j < 0 || k < 0 ? 0.0 : image[i + size[0] * (j + size[1] * k)];
}

/// Against the triple sum, on an image smaller than the filter, with every boundary.
static void test_brute_force_on_small_image(void **state) {
  (void)state;
  static const rc_boundary boundary[4] = {RC_BOUNDARY_ZERO, RC_BOUNDARY_NEAREST,
                                          RC_BOUNDARY_PERIODIC, RC_BOUNDARY_MIRROR};
  const int64_t size[3] = {3, 1, 5};
  double *image = noise(15);
  for (int b = 0; b < 4; b++) {
    wavelet_use w = wavelet("db4", "LLH", 1, boundary[b]);
    double *response = apply(&w, image, size);
    const rc_wavelet taps = rc_wavelet_get(w.family);
    const double *high = taps.high;
    for (int64_t z = 0, i = 0; z < 5; z++)
      for (int64_t x = 0; x < 3; x++, i++) {
        double sum = 0.0;
        for (int64_t l = 0; l < 8; l++)
          for (int64_t m = 0; m < 8; m++)
            for (int64_t n = 0; n < 8; n++)
              sum += high[l] * taps.low[m] * taps.low[n] *
                     at(image, size, x + 4 - n, 4 - m, z + 4 - l, boundary[b]);
        assert_near(response[i], sum, 1e-10, 0.0);
      }
    free(response);
  }
  free(image);
}

/// Second level: low-pass along all axes, then the band with taps two voxels apart.
static void test_second_level_has_holes(void **state) {
  (void)state;
  const int64_t size[3] = {9, 8, 7}, n = 9 * 8 * 7;
  double *image = noise(n);
  wavelet_use second = wavelet("db2", "HL", 2, RC_BOUNDARY_MIRROR),
              first = wavelet("db2", "LL", 1, RC_BOUNDARY_MIRROR);
  double *response = apply(&second, image, size), *low = apply(&first, image, size);
  const rc_wavelet taps = rc_wavelet_get(first.family);
  const double *high = taps.high;
  for (int64_t z = 0, i = 0; z < 7; z++)
    for (int64_t y = 0; y < 8; y++)
      for (int64_t x = 0; x < 9; x++, i++) {
        double sum = 0.0;
        for (int64_t l = 0; l < 4; l++)
          for (int64_t k = 0; k < 4; k++)
            sum += high[k] * taps.low[l] *
                   at(low, size, x + 4 - 2 * k, y + 4 - 2 * l, z, RC_BOUNDARY_MIRROR);
        assert_near(response[i], sum, 1e-10, 0.0);
      }
  free(low);
  free(response);
  free(image);
}

/// Pooling over all turns does not change when the image is turned: (x, y, z) to (n - 1 - y, x, z).
static void test_pooled_response_turns_with_the_image(void **state) {
  (void)state;
  enum { N = 7 };
  const int64_t size[3] = {N, N, N};
  double *image = noise(N * N * N), *turned = malloc(N * N * N * sizeof *turned);
  for (int64_t z = 0; z < N; z++)
    for (int64_t y = 0; y < N; y++)
      for (int64_t x = 0; x < N; x++)
        turned[(N - 1 - y) + N * (x + N * z)] = image[x + N * (y + N * z)];
  for (int pooling = 0; pooling < 2; pooling++)
    for (int in_plane = 0; in_plane < 2; in_plane++) {
      wavelet_use w = wavelet("db2", in_plane ? "LH" : "LHH", 2, RC_BOUNDARY_MIRROR);
      w.rotations = true;
      w.pooling = pooling == 0 ? "mean" : "max";
      double *a = apply(&w, image, size), *b = apply(&w, turned, size);
      for (int64_t z = 0; z < N; z++)
        for (int64_t y = 0; y < N; y++)
          for (int64_t x = 0; x < N; x++)
            assert_near(b[(N - 1 - y) + N * (x + N * z)], a[x + N * (y + N * z)], 1e-10, 0.0);
      free(a);
      free(b);
    }
  free(turned);
  free(image);
}

static void test_same_bits_for_any_number_of_threads(void **state) {
  (void)state;
  const int64_t size[3] = {33, 20, 11}, n = 33 * 20 * 11;
  double *image = noise(n);
  wavelet_use w = wavelet("db3", "LLH", 2, RC_BOUNDARY_MIRROR);
  w.rotations = true;
  omp_set_num_threads(1);
  double *one = apply(&w, image, size);
  omp_set_num_threads(4);
  double *four = apply(&w, image, size);
  assert_memory_equal(one, four, (size_t)n * sizeof *one);
  free(one);
  free(four);
  free(image);
}

/// All bands at once share their passes; each is what it is alone.
static void test_a_bank_is_its_bands(void **state) {
  (void)state;
  static const char *const band[8] = {"LLL", "LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"};
  static const char *const bank[] = {"bands", "all", "wavelet", "db2", "level", "2", NULL};
  const int64_t size[3] = {12, 9, 10}, n = 12 * 9 * 10;
  double *image = noise(n);
  double *all = use_filter(&rc_filter_separable_wavelet, bank, image, size);
  for (int b = 0; b < 8; b++) {
    wavelet_use w = wavelet("db2", band[b], 2, RC_BOUNDARY_MIRROR);
    double *alone = apply(&w, image, size);
    assert_memory_equal(alone, all + b * n, (size_t)n * sizeof *alone);
    free(alone);
  }
  free(all);
  free(image);
}

static void test_wrong_settings_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *bands, *hint;
  } wrong[] = {{"L", "LH, HHL"},
               {"LHLH", "LH, HHL"},
               {"LXH", "LH, HHL"},
               {"lh", "LH, HHL"},
               {"LLH LH", "as many letters"}};
  const rc_filter *filter = &rc_filter_separable_wavelet;
  rc_arena *arena = rc_arena_create(0);
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    const char *const pair[] = {"bands", wrong[k].bands, NULL};
    rc_error err = RC_ERROR_INIT;
    assert_int_equal(filter->check(use_settings(filter, pair, arena), &err), RC_ERR_WORKFLOW);
    assert_non_null(strstr(err.message, wrong[k].hint));
  }
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_taps),
      cmocka_unit_test(test_taps_are_orthonormal_with_vanishing_moments),
      cmocka_unit_test(test_biorthogonal_taps),
      cmocka_unit_test(test_impulse_response),
      cmocka_unit_test(test_bands_keep_the_energy),
      cmocka_unit_test(test_bands_reconstruct_the_image),
      cmocka_unit_test(test_brute_force_on_small_image),
      cmocka_unit_test(test_second_level_has_holes),
      cmocka_unit_test(test_pooled_response_turns_with_the_image),
      cmocka_unit_test(test_same_bits_for_any_number_of_threads),
      cmocka_unit_test(test_a_bank_is_its_bands),
      cmocka_unit_test(test_wrong_settings_are_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
