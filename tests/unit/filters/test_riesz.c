// SPDX-License-Identifier: Apache-2.0
// Simoncelli and Shannon wavelets and Riesz transforms: against the sum over all frequencies, and
// by their properties.
#include "filters/spectral.h"
#include "use.h"

#include <complex.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static double *apply(const rc_spectral *filter, const double *in, const int64_t size[3]) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  const rc_filter_image image = use_image(in, size);
  use_copies copies = {size[0] * size[1] * size[2], NULL};
  copies.value = malloc((size_t)copies.n * sizeof *copies.value);
  assert_non_null(copies.value);
  if (rc_spectral_run(filter, 1, &image, arena, use_take, &copies, &err) != RC_OK)
    fail_msg("%s", err.message);
  assert_int_equal(rc_arena_used(arena), 0);
  rc_arena_destroy(arena);
  return copies.value;
}

/// Reproducible values without pattern.
static double *noise(int64_t n) {
  double *value = malloc((size_t)n * sizeof *value);
  uint64_t state = 7;
  assert_non_null(value);
  for (int64_t i = 0; i < n; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value[i] = (double)(state >> 40) / 65536.0 - 100.0;
  }
  return value;
}

/// The definition, on the centred grid and without any Fourier transform of the library.
static double complex gain(const rc_spectral *f, const double v[3]) {
  double r = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]), top = pow(2.0, 1 - (double)f->level);
  double h = 1.0;
  if (f->kind == RC_SPECTRAL_SIMONCELLI)
    h = r >= top / 4 && r <= top ? cos(PI / 2 * log2(2 * r / top)) : 0.0;
  if (f->kind == RC_SPECTRAL_SHANNON)
    h = r >= top / 2 && r <= top;
  static const double factorial[4] = {1, 1, 2, 6};
  int64_t order = f->riesz[0] + f->riesz[1] + f->riesz[2];
  double complex riesz = sqrt(factorial[order] / (factorial[f->riesz[0]] * factorial[f->riesz[1]] *
                                                  factorial[f->riesz[2]]));
  for (int d = 0; d < 3; d++)
    for (int64_t k = 0; k < f->riesz[d]; k++)
      riesz *= r > 0 ? -I * v[d] / r : 0.0;
  return h * riesz;
}

static void sum_over_frequencies(const rc_spectral *f, const double *in, const int64_t n[3],
                                 double *out) {
  int64_t total = n[0] * n[1] * n[2];
  double complex *spectrum = calloc((size_t)total, sizeof *spectrum);
  for (int direction = 0; direction < 2; direction++)
    for (int64_t i = 0; i < total; i++) {
      const int64_t a[3] = {i % n[0], i / n[0] % n[1], i / n[0] / n[1]};
      double complex sum = 0.0;
      for (int64_t j = 0; j < total; j++) {
        const int64_t b[3] = {j % n[0], j / n[0] % n[1], j / n[0] / n[1]};
        double turns = 0.0;
        for (int d = 0; d < 3; d++)
          turns += (double)(a[d] * b[d] % n[d]) / (double)n[d];
        sum += direction == 0 ? in[j] * cexp(-2 * PI * I * turns)
                              : spectrum[j] * cexp(2 * PI * I * turns);
      }
      if (direction == 1) {
        out[i] = creal(sum) / (double)total;
        continue;
      }
      double v[3];
      for (int d = 0; d < 3; d++) { // centred: sample m of n lies at (m - c) / c, c = (n - 1) / 2
        double c = (double)(n[d] - 1) / 2.0;
        v[d] = n[d] == 1 ? 0.0 : ((double)((a[d] + n[d] / 2) % n[d]) - c) / c;
      }
      spectrum[i] = sum * gain(f, v);
    }
  free(spectrum);
}

static void test_sum_over_frequencies(void **state) {
  (void)state;
  static const int64_t size[3][3] = {{6, 5, 4}, {7, 4, 1}, {5, 3, 3}};
  static const int64_t order[4][3] = {{0, 0, 0}, {1, 0, 0}, {0, 2, 0}, {1, 1, 1}};
  static const rc_spectral_kind kind[3] = {RC_SPECTRAL_SIMONCELLI, RC_SPECTRAL_SHANNON,
                                           RC_SPECTRAL_ALL};
  double *image = noise(120), expected[120];
  for (int s = 0; s < 3; s++)
    for (int o = 0; o < 4; o++)
      for (int k = 0; k < 3; k++) {
        rc_spectral f = {.kind = kind[k], .n_axes = 3, .level = 1 + s % 2};
        memcpy(f.riesz, order[o], sizeof f.riesz);
        double *response = apply(&f, image, size[s]);
        sum_over_frequencies(&f, image, size[s], expected);
        for (int64_t i = 0; i < size[s][0] * size[s][1] * size[s][2]; i++)
          assert_near(response[i], expected[i], 1e-9, 0.0);
        free(response);
      }
  free(image);
}

/// Two dimensions are the slices one by one.
static void test_slices_are_independent(void **state) {
  (void)state;
  const int64_t size[3] = {9, 8, 3}, slice[3] = {9, 8, 1};
  double *image = noise(9 * 8 * 3);
  rc_spectral f = {.kind = RC_SPECTRAL_SIMONCELLI, .n_axes = 2, .level = 1, .riesz = {1, 1, 0}};
  double *all = apply(&f, image, size);
  for (int64_t z = 0; z < 3; z++) {
    double *one = apply(&f, image + 72 * z, slice), expected[72];
    sum_over_frequencies(&f, image + 72 * z, slice, expected);
    assert_memory_equal(one, all + 72 * z, 72 * sizeof *one);
    for (int i = 0; i < 72; i++)
      assert_near(one[i], expected[i], 1e-9, 0.0);
    free(one);
  }
  free(all);
  free(image);
}

/// Squares of all Riesz transforms of one order add up to the identity, so their energies add up to
/// the image's without its mean. Odd sizes: the centred grid is then symmetric.
static void test_riesz_keeps_the_energy(void **state) {
  (void)state;
  const int64_t size[3] = {9, 7, 5}, n = 9 * 7 * 5;
  double *image = noise(n), mean = 0.0;
  for (int64_t i = 0; i < n; i++)
    mean += image[i] / (double)n;
  double energy = 0.0;
  for (int64_t i = 0; i < n; i++)
    energy += (image[i] - mean) * (image[i] - mean);
  for (int64_t order = 1; order <= 3; order++) {
    double sum = 0.0;
    for (int64_t a = 0; a <= order; a++)
      for (int64_t b = 0; a + b <= order; b++) {
        rc_spectral f = {.kind = RC_SPECTRAL_ALL, .n_axes = 3, .riesz = {a, b, order - a - b}};
        double *response = apply(&f, image, size);
        for (int64_t i = 0; i < n; i++)
          sum += response[i] * response[i];
        free(response);
      }
    assert_near(sum, energy, 0.0, 1e-10);
  }
  free(image);
}

/// Along one axis a Riesz transform is Hilbert's: cosine to sine.
static void test_riesz_turns_cosine_to_sine(void **state) {
  (void)state;
  enum { N = 63 };
  const int64_t size[3] = {N, 1, 1};
  double wave[N];
  for (int i = 0; i < N; i++)
    wave[i] = cos(2 * PI * 5 * i / N);
  rc_spectral f = {.kind = RC_SPECTRAL_ALL, .n_axes = 3, .riesz = {1, 0, 0}};
  double *response = apply(&f, wave, size);
  for (int i = 0; i < N; i++)
    assert_near(response[i], sin(2 * PI * 5 * i / N), 1e-12, 0.0);
  free(response);
}

/// Without a Riesz transform, and padded beyond its radius, the LoG is a plain convolution.
static void test_log_is_a_convolution(void **state) {
  (void)state;
  const int64_t size[3] = {6, 5, 7};
  double *image = noise(6 * 5 * 7), sigma = 0.8, variance = sigma * sigma;
  rc_spectral f = {.kind = RC_SPECTRAL_LOG,
                   .n_axes = 3,
                   .sigma = sigma,
                   .cutoff = 4.0,
                   .boundary = RC_BOUNDARY_MIRROR,
                   .pad = {3, 3, 3}};
  double *response = apply(&f, image, size);
  for (int64_t z = 0, i = 0; z < 7; z++)
    for (int64_t y = 0; y < 5; y++)
      for (int64_t x = 0; x < 6; x++, i++) {
        double sum = 0.0;
        for (int64_t c = -3; c <= 3; c++)
          for (int64_t b = -3; b <= 3; b++)
            for (int64_t a = -3; a <= 3; a++) {
              double square = (double)(a * a + b * b + c * c);
              double weight = -(3.0 - square / variance) / variance * pow(2 * PI * variance, -1.5) *
                              exp(-square / (2 * variance));
              sum += weight * image[rc_boundary_index(f.boundary, 6, x - a) +
                                    6 * (rc_boundary_index(f.boundary, 5, y - b) +
                                         5 * rc_boundary_index(f.boundary, 7, z - c))];
            }
        assert_near(response[i], sum, 1e-9, 0.0);
      }
  free(response);
  free(image);
}

static void test_same_bits_for_any_number_of_threads(void **state) {
  (void)state;
  const int64_t size[3] = {33, 20, 11}, n = 33 * 20 * 11;
  double *image = noise(n);
  for (int64_t axes = 2; axes <= 3; axes++) {
    rc_spectral f = {.kind = RC_SPECTRAL_SIMONCELLI,
                     .n_axes = axes,
                     .level = 2,
                     .pad = {5, 5, 5},
                     .boundary = RC_BOUNDARY_NEAREST,
                     .riesz = {1, 0, 0}};
    omp_set_num_threads(1);
    double *one = apply(&f, image, size);
    omp_set_num_threads(4);
    double *four = apply(&f, image, size);
    assert_memory_equal(one, four, (size_t)n * sizeof *one);
    free(one);
    free(four);
  }
  free(image);
}

static void test_wrong_settings_are_refused(void **state) {
  (void)state;
  static const rc_spectral wrong[] = {
      {.kind = RC_SPECTRAL_SHANNON, .n_axes = 3, .level = 0},
      {.kind = RC_SPECTRAL_SIMONCELLI, .n_axes = 3, .level = RC_SPECTRAL_MAX_LEVEL + 1},
      {.kind = RC_SPECTRAL_LOG, .n_axes = 3, .sigma = 0.0, .cutoff = 4.0},
      {.kind = RC_SPECTRAL_ALL, .n_axes = 2, .riesz = {0, 0, 1}},
      {.kind = RC_SPECTRAL_ALL, .n_axes = 3, .riesz = {-1, 0, 0}}};
  const int64_t size[3] = {2, 2, 2};
  double in[8] = {0}, out[8];
  const rc_filter_image image = use_image(in, size);
  use_copies copies = {8, out};
  rc_arena *arena = rc_arena_create(0);
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    rc_error err = RC_ERROR_INIT;
    assert_int_equal(rc_spectral_run(&wrong[k], 1, &image, arena, use_take, &copies, &err),
                     RC_ERR_USAGE);
    assert_true(err.message[0] != '\0');
  }
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sum_over_frequencies),
                                     cmocka_unit_test(test_slices_are_independent),
                                     cmocka_unit_test(test_riesz_keeps_the_energy),
                                     cmocka_unit_test(test_riesz_turns_cosine_to_sine),
                                     cmocka_unit_test(test_log_is_a_convolution),
                                     cmocka_unit_test(test_same_bits_for_any_number_of_threads),
                                     cmocka_unit_test(test_wrong_settings_are_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
