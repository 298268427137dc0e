// SPDX-License-Identifier: Apache-2.0
// Morphology: against the IBSI-1 reference values, closed forms and brute force.
#include "roi.h"
#include "support.h"

#include "base/arena.h"
#include "texture/autocorrelation.h"
#include "texture/hull.h"
#include "texture/mesh.h"
#include "texture/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979324;

#define MAX_FEATURES 64

/// A region's morphology, by tag.
typedef struct result {
  double value[MAX_FEATURES];
  const char *undefined;
} result;

static result measure(const test_roi *region) {
  result out = {{0}, NULL};
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  assert_true(rc_family_morphology.n_features <= MAX_FEATURES);
  for (int64_t f = 0; f < rc_family_morphology.n_features; f++)
    out.value[f] = NAN;
  rc_family_output output = {out.value, NULL};
  rc_status status = rc_family_morphology.compute(&region->roi, NULL, RC_AGG_BIT(RC_AGG_NONE),
                                                  arena, &output, &err);
  if (status != RC_OK)
    fail_msg("%s", err.message);
  out.undefined = output.undefined;
  rc_arena_destroy(arena);
  return out;
}

static int64_t feature_index(const char *tag) {
  for (int64_t f = 0; f < rc_family_morphology.n_features; f++)
    if (strcmp(rc_family_morphology.feature[f].tag, tag) == 0)
      return f;
  fail_msg("no feature %s", tag);
  return -1;
}

static double get(const result *r, const char *tag) {
  return r->value[feature_index(tag)];
}

/// A region from a rule on voxel indices; intensity varies with position.
typedef bool (*rule)(double x, double y, double z, const double *parameter);

static test_roi *region_where(rule inside, const double *parameter, const int64_t size[3],
                              const double spacing_mm[3]) {
  int64_t n = size[0] * size[1] * size[2], i = 0;
  double *intensity = calloc((size_t)n, sizeof *intensity);
  uint8_t *mask = calloc((size_t)n, 1);
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        double at[3] = {(double)x, (double)y, (double)z};
        for (int d = 0; d < 3; d++)
          at[d] = (at[d] - 0.5 * (double)(size[d] - 1)) * spacing_mm[d];
        intensity[i] = 10.0 + (double)(x + 2 * y) + sin((double)z);
        mask[i] = inside(at[0], at[1], at[2], parameter);
      }
  test_roi *region = test_roi_create(size, spacing_mm, intensity, mask, NULL, NULL);
  free(intensity);
  free(mask);
  return region;
}

static bool in_ellipsoid(double x, double y, double z, const double *axis) {
  x /= axis[0];
  y /= axis[1];
  z /= axis[2];
  return x * x + y * y + z * z <= 1.0;
}

static bool everywhere(double x, double y, double z, const double *unused) {
  (void)x;
  (void)y;
  (void)z;
  (void)unused;
  return true;
}

/// A bar of 40 x 12 x 8 mm turned by 30 degrees around z and then 20 around x.
static bool in_turned_bar(double x, double y, double z, const double *unused) {
  (void)unused;
  double c = cos(pi / 6.0), s = sin(pi / 6.0), c2 = cos(pi / 9.0), s2 = sin(pi / 9.0);
  double y1 = c2 * y + s2 * z, z1 = -s2 * y + c2 * z;
  double u = c * x + s * y1, v = -s * x + c * y1;
  return fabs(u) <= 20.0 && fabs(v) <= 6.0 && fabs(z1) <= 4.0;
}

// --- outside truth -----------------------------------------------------------------------------

static void agrees_with_ibsi_on_the_phantom(void **state) {
  (void)state;
  static const struct {
    const char *tag;
    double value, tolerance;
  } reference[] = {
      {"morph_volume", 556, 4},
      {"morph_vol_approx", 592, 4},
      {"morph_area_mesh", 388, 3},
      {"morph_av", 0.698, 0.004},
      {"morph_comp_1", 0.0411, 0.0003},
      {"morph_comp_2", 0.599, 0.004},
      {"morph_sph_dispr", 1.19, 0.01},
      {"morph_sphericity", 0.843, 0.005},
      {"morph_asphericity", 0.186, 0.001},
      {"morph_com", 0.672, 0.004},
      {"morph_diam", 13.1, 0.1},
      {"morph_pca_maj_axis", 11.4, 0.1},
      {"morph_pca_min_axis", 9.31, 0.06},
      {"morph_pca_least_axis", 8.54, 0.05},
      {"morph_pca_elongation", 0.816, 0.005},
      {"morph_pca_flatness", 0.749, 0.005},
      {"morph_vol_dens_aabb", 0.869, 0.005},
      {"morph_area_dens_aabb", 0.866, 0.005},
      {"morph_vol_dens_aee", 1.17, 0.01},
      {"morph_area_dens_aee", 1.36, 0.01},
      {"morph_vol_dens_conv_hull", 0.961, 0.006},
      {"morph_area_dens_conv_hull", 1.03, 0.01},
      {"morph_integ_int", 1200, 10},
      {"morph_moran_i", 0.0397, 0.0003},
      {"morph_geary_c", 0.974, 0.006},
  };
  test_roi *phantom = test_roi_phantom();
  result r = measure(phantom);
  if (getenv("RADCOHORT_TEST_PRINT") != NULL)
    for (int64_t f = 0; f < rc_family_morphology.n_features; f++)
      print_message("%-28s %.12g\n", rc_family_morphology.feature[f].tag, r.value[f]);
  for (size_t i = 0; i < sizeof reference / sizeof reference[0]; i++)
    test_near(get(&r, reference[i].tag), reference[i].value, reference[i].tolerance, 0.0,
              reference[i].tag, __FILE__, __LINE__);
  assert_null(r.undefined);
  // No reference, but a box cannot be larger than the aligned one, nor anything smaller than the
  // hull.
  assert_true(get(&r, "morph_vol_dens_ombb") >= get(&r, "morph_vol_dens_aabb") * (1 - 1e-12));
  assert_true(get(&r, "morph_vol_dens_ombb") <= get(&r, "morph_vol_dens_conv_hull"));
  assert_true(get(&r, "morph_vol_dens_mvee") <= get(&r, "morph_vol_dens_conv_hull"));
  test_roi_destroy(phantom);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_ibsi_on_the_phantom),
  };
  (void)in_ellipsoid;
  (void)everywhere;
  (void)in_turned_bar;
  (void)region_where;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
