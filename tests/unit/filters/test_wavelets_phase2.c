// SPDX-License-Identifier: Apache-2.0
// IBSI-2, phase 2, configurations 6 to 9: wavelets on the CT phantom and the statistics of their
// responses in the ROI, natively in the plane (A) and in a volume of 1 mm voxels (B).
#include "maps.h"

#include "base/arena.h"
#include "data/roi.h"
#include "filters/separable_wavelet.h"
#include "filters/spectral.h"
#include "filters/wavelet_taps.h"
#include "processing/processing.h"
#include "processing/resample.h"
#include "texture/registry.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FEATURES = 32 };

/// The phantom on the grid of a configuration: rounded if interpolated.
typedef struct phantom {
  int64_t size[3], n;
  double *intensity;
  uint8_t *mask; ///< intensities within [-1000, 400]
} phantom;

static double *resampled(const double *value, const rc_geometry *grid, const rc_axis_map map[3],
                         int method, rc_arena *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_box held = {{0, 0, 0}, {grid->size[0], grid->size[1], grid->size[2]}};
  rc_box box = {{0, 0, 0}, {map[0].n_out, map[1].n_out, map[2].n_out}};
  double *out = malloc((size_t)(map[0].n_out * map[1].n_out * map[2].n_out) * sizeof *out);
  assert_non_null(out);
  if (rc_resample(value, &held, map, method, &box, arena, out, &err) != RC_OK)
    fail_msg("%s", err.message);
  return out;
}

static phantom read_phantom(bool volume) {
  rc_error err = RC_ERROR_INIT;
  phantom out = {{0, 0, 0}, 1, NULL, NULL};
  rc_volume image = test_image("ibsi1/ct_phantom/nifti/image.nii.gz");
  rc_volume mask = test_image("ibsi1/ct_phantom/nifti/mask.nii.gz");
  rc_arena *arena = rc_arena_create(0);
  rc_axis_map map[3];
  for (int d = 0; d < 3; d++) {
    double spacing = image.geometry.spacing_mm[d];
    assert_int_equal(
        rc_axis_map_make(image.geometry.size[d], spacing, volume ? 1.0 : spacing, &map[d], &err),
        RC_OK);
    out.size[d] = map[d].n_out;
    out.n *= map[d].n_out;
  }
  out.intensity = resampled(image.value, &image.geometry, map, RC_INTERP_CUBIC_SPLINE, arena);
  double *part = resampled(mask.value, &image.geometry, map, RC_INTERP_LINEAR, arena);
  out.mask = malloc((size_t)out.n);
  assert_non_null(out.mask);
  for (int64_t i = 0; i < out.n; i++) {
    out.intensity[i] = rint(out.intensity[i]);
    out.mask[i] = part[i] >= 0.5 && out.intensity[i] >= -1000.0 && out.intensity[i] <= 400.0;
  }
  free(part);
  rc_arena_destroy(arena);
  rc_volume_release(&mask);
  rc_volume_release(&image);
  return out;
}

static void measure(const phantom *p, const double *response, double value[MAX_FEATURES]) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  rc_family_output out = {value, NULL};
  rc_roi roi = {.intensity = response, .morph = p->mask, .mask = p->mask};
  for (int d = 0; d < 3; d++) {
    roi.grid.size[d] = p->size[d];
    roi.grid.spacing_mm[d] = 1.0;
  }
  for (int64_t i = 0; i < p->n; i++)
    roi.n_mask += p->mask[i];
  roi.n_morph = roi.n_mask;
  if (rc_family_statistics.compute(&roi, NULL, RC_AGG_BIT(RC_AGG_NONE), arena, &out, &err) != RC_OK)
    fail_msg("%s", err.message);
  rc_arena_destroy(arena);
}

static double feature_named(const char *tag, const double value[MAX_FEATURES]) {
  for (int64_t k = 0; k < (int64_t)rc_family_statistics.n_features; k++)
    if (strcmp(rc_family_statistics.feature[k].tag, tag) == 0)
      return value[k];
  fail_msg("no feature %s", tag);
  return NAN;
}

/// Compares with every row of the configuration that has a consensus value; returns their number.
static int compare(const char *configuration, const double value[MAX_FEATURES]) {
  const char *path = test_data("ibsi2/reference_values.csv");
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  char line[256];
  int n = 0, missed = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    char *field[5] = {line}, *rest = line;
    int n_fields = 1;
    while (n_fields < 5 && (rest = strchr(rest, ';')) != NULL) {
      *rest++ = '\0';
      field[n_fields++] = rest;
    }
    if (n_fields < 5 || strcmp(field[0], configuration) != 0 || field[3][0] == '\0')
      continue;
    double expected = strtod(field[3], NULL), tolerance = strtod(field[4], NULL);
    double actual = feature_named(field[2], value);
    n++;
    if (!(fabs(actual - expected) <= tolerance)) {
      print_message("%s %s: %g, expected %g +- %g\n", configuration, field[2], actual, expected,
                    tolerance);
      missed++;
    }
  }
  fclose(file);
  assert_int_equal(missed, 0);
  return n;
}

static void check(const char *configuration, const phantom *p, const rc_separable_wavelet *wavelet,
                  const rc_spectral *spectral, int n_rows) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  double *response = malloc((size_t)p->n * sizeof *response), value[MAX_FEATURES];
  assert_non_null(response);
  rc_status status =
      wavelet != NULL
          ? rc_separable_wavelet_apply(wavelet, p->intensity, p->size, response, arena, &err)
          : rc_spectral_apply(spectral, p->intensity, p->size, response, arena, &err);
  if (status != RC_OK)
    fail_msg("%s", err.message);
  measure(p, response, value);
  free(response);
  rc_arena_destroy(arena);
  assert_int_equal(compare(configuration, value), n_rows);
}

static int db3(void) {
  for (int f = 0; rc_wavelet_families[f] != NULL; f++)
    if (strcmp(rc_wavelet_families[f], "db3") == 0)
      return f;
  fail_msg("no db3");
  return -1;
}

static void check_all(bool volume) {
  phantom p = read_phantom(volume);
  rc_separable_wavelet w = {.family = db3(),
                            .high_pass = {false, !volume, volume},
                            .n_axes = volume ? 3 : 2,
                            .level = 1,
                            .rotations = true,
                            .pooling = RC_POOL_MEAN,
                            .boundary = RC_BOUNDARY_MIRROR};
  check(volume ? "6.B" : "6.A", &p, &w, NULL, 18);
  w.level = 2;
  w.high_pass[0] = w.high_pass[1] = true;
  check(volume ? "7.B" : "7.A", &p, &w, NULL, 18);
  rc_spectral s = {.kind = RC_SPECTRAL_SIMONCELLI,
                   .n_axes = volume ? 3 : 2,
                   .level = 1,
                   .boundary = RC_BOUNDARY_MIRROR};
  check(volume ? "8.B" : "8.A", &p, NULL, &s, volume ? 17 : 18);
  s.level = 2;
  check(volume ? "9.B" : "9.A", &p, NULL, &s, 18);
  free(p.mask);
  free(p.intensity);
}

static void test_slices(void **state) {
  (void)state;
  check_all(false);
}

static void test_volume(void **state) {
  (void)state;
  check_all(true);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_slices), cmocka_unit_test(test_volume)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
