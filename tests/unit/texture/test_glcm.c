// SPDX-License-Identifier: Apache-2.0
// Co-occurrence: against the IBSI-1 reference values, brute force and invariances.
#include "family.h"
#include "support.h"

#include "texture/registry.h"

#include <math.h>
#include <stdlib.h>

typedef struct glcm_params {
  int64_t distance;
} glcm_params;

static int highest_level(const test_roi *region) {
  int highest = 0;
  for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
    highest = region->level[i] > highest ? region->level[i] : highest;
  return highest;
}

/// The symmetric matrix p[n * n] of a view; returns the sum of its counts.
static double count_pairs(const test_view *view, int64_t distance, int n, double *p) {
  const int64_t *size = view->region->roi.grid.size;
  double total = 0.0;
  for (int64_t z = view->z0; z < view->z1; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++)
        for (int d = 0; d < view->n_directions; d++) {
          const int *step = view->direction[d];
          int i = test_level(view->region, x, y, z);
          int j = test_level(view->region, x + distance * step[0], y + distance * step[1],
                             z + distance * step[2]);
          if (i == 0 || j == 0)
            continue;
          p[(i - 1) * n + j - 1] += 1.0;
          p[(j - 1) * n + i - 1] += 1.0;
          total += 2.0;
        }
  return total;
}

static double plogp(double p) {
  return p > 0.0 ? p * log2(p) : 0.0;
}

static double *get(double *value, const char *tag) {
  return &value[test_feature(&rc_family_glcm, tag)];
}

/// The definitions of IBSI-1 section 3.6, one after the other.
static void define(const double *p, int n, double *value) {
  double *row = calloc((size_t)n, sizeof *row), *diff = calloc((size_t)n, sizeof *diff);
  double *sum = calloc(2 * (size_t)n + 1, sizeof *sum);
  double mean = 0, hx = 0, hxy = 0, hxy1 = 0, hxy2 = 0, sigma2 = 0, product = 0, most = 0;
  double energy = 0, contrast = 0, inverse[5] = {0}, cluster[3] = {0};
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      row[i] += p[i * n + j];
      diff[abs(i - j)] += p[i * n + j];
      sum[i + j + 2] += p[i * n + j];
      mean += (i + 1) * p[i * n + j];
    }
  for (int i = 0; i < n; i++) {
    hx -= plogp(row[i]);
    sigma2 += (i + 1 - mean) * (i + 1 - mean) * row[i];
    for (int j = 0; j < n; j++) {
      double q = p[i * n + j], k = abs(i - j), s = i + j + 2 - 2 * mean;
      hxy2 -= plogp(row[i] * row[j]);
      if (q == 0.0)
        continue;
      most = q > most ? q : most;
      hxy -= plogp(q);
      hxy1 -= q * log2(row[i] * row[j]);
      product += (i + 1.0) * (j + 1.0) * q;
      energy += q * q;
      contrast += k * k * q;
      inverse[0] += q / (1 + k);
      inverse[1] += q / (1 + k / n);
      inverse[2] += q / (1 + k * k);
      inverse[3] += q / (1 + k * k / n / n);
      inverse[4] += k > 0 ? q / (k * k) : 0.0;
      cluster[0] += s * s * q;
      cluster[1] += s * s * s * q;
      cluster[2] += s * s * s * s * q;
    }
  }
  double diff_mean = 0, diff_var = 0, diff_entropy = 0, sum_mean = 0, sum_var = 0, sum_entropy = 0;
  for (int k = 0; k < n; k++)
    diff_mean += k * diff[k];
  for (int k = 0; k < n; k++) {
    diff_var += (k - diff_mean) * (k - diff_mean) * diff[k];
    diff_entropy -= plogp(diff[k]);
  }
  for (int k = 2; k <= 2 * n; k++)
    sum_mean += k * sum[k];
  for (int k = 2; k <= 2 * n; k++) {
    sum_var += (k - sum_mean) * (k - sum_mean) * sum[k];
    sum_entropy -= plogp(sum[k]);
  }
  bool flat = most == 1.0;
  *get(value, "cm_joint_max") = most;
  *get(value, "cm_joint_avg") = mean;
  *get(value, "cm_joint_var") = sigma2;
  *get(value, "cm_joint_entr") = hxy;
  *get(value, "cm_diff_avg") = *get(value, "cm_dissimilarity") = diff_mean;
  *get(value, "cm_diff_var") = diff_var;
  *get(value, "cm_diff_entr") = diff_entropy;
  *get(value, "cm_sum_avg") = sum_mean;
  *get(value, "cm_sum_var") = sum_var;
  *get(value, "cm_sum_entr") = sum_entropy;
  *get(value, "cm_energy") = energy;
  *get(value, "cm_contrast") = contrast;
  *get(value, "cm_inv_diff") = inverse[0];
  *get(value, "cm_inv_diff_norm") = inverse[1];
  *get(value, "cm_inv_diff_mom") = inverse[2];
  *get(value, "cm_inv_diff_mom_norm") = inverse[3];
  *get(value, "cm_inv_var") = inverse[4];
  *get(value, "cm_corr") = flat ? 1.0 : (product - mean * mean) / sigma2;
  *get(value, "cm_auto_corr") = product;
  *get(value, "cm_clust_tend") = cluster[0];
  *get(value, "cm_clust_shade") = cluster[1];
  *get(value, "cm_clust_prom") = cluster[2];
  *get(value, "cm_info_corr1") = flat ? 1.0 : (hxy - hxy1) / hx;
  *get(value, "cm_info_corr2") = sqrt(1.0 - exp(-2.0 * fmax(hxy2 - hxy, 0.0)));
  free(row);
  free(diff);
  free(sum);
}

static void brute(const test_view *view, const void *params, double *value) {
  int64_t distance = params == NULL ? 1 : ((const glcm_params *)params)->distance;
  int n = highest_level(view->region);
  double *p = calloc((size_t)n * (size_t)n, sizeof *p);
  double total = count_pairs(view, distance, n, p);
  for (int64_t f = 0; f < rc_family_glcm.n_features; f++)
    value[f] = NAN;
  for (int k = 0; total > 0.0 && k < n * n; k++)
    p[k] /= total;
  if (total > 0.0)
    define(p, n, value);
  free(p);
}

static void meets_the_reference(void **state) {
  (void)state;
  test_phantom_reference(&rc_family_glcm);
}

static void equals_brute_force(void **state) {
  (void)state;
  test_equals_brute(&rc_family_glcm, brute, NULL);
}

static void equals_brute_force_at_a_distance(void **state) {
  (void)state;
  static const glcm_params two = {2}, three = {3};
  static const int64_t size[3] = {9, 8, 7};
  static const double spacing[3] = {1, 1, 1};
  for (int n_levels = 5; n_levels <= 500; n_levels *= 100) {
    test_roi *region = test_roi_random(size, spacing, n_levels, 3);
    for (int t = 0; t < 2; t++) {
      const glcm_params *params = t == 0 ? &two : &three;
      test_values fast = test_compute(&rc_family_glcm, &region->roi, params);
      test_values slow = test_brute_compute(&rc_family_glcm, brute, region, params);
      test_values_near(&fast, &slow, rc_family_glcm.aggregations, 1e-11);
    }
    test_roi_destroy(region);
  }
}

static void has_the_properties_of_a_family(void **state) {
  (void)state;
  test_matrix_properties(&rc_family_glcm);
}

/// Adding a constant to every level leaves what depends on differences alone.
static void ignores_a_shift_of_levels(void **state) {
  (void)state;
  static const char *const kept[] = {
      "cm_joint_max", "cm_joint_var", "cm_joint_entr", "cm_diff_avg",   "cm_diff_var",
      "cm_contrast",  "cm_corr",      "cm_energy",     "cm_clust_tend", "cm_clust_shade",
      "cm_inv_diff",  "cm_inv_var",   "cm_sum_entr",   "cm_info_corr1", "cm_info_corr2"};
  static const int64_t size[3] = {9, 8, 7};
  static const double spacing[3] = {1, 1, 1};
  test_roi *region = test_roi_random(size, spacing, 20, 3);
  test_values before = test_compute(&rc_family_glcm, &region->roi, NULL);
  for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
    if (region->level[i] != 0)
      region->level[i] = (uint16_t)(region->level[i] + 1000);
  region->roi.texture.n_levels += 1000;
  test_values after = test_compute(&rc_family_glcm, &region->roi, NULL);
  for (size_t k = 0; k < sizeof kept / sizeof kept[0]; k++) {
    int64_t f = test_feature(&rc_family_glcm, kept[k]);
    for (int a = RC_AGG_2D_AVG; a <= RC_AGG_3D_COMB; a++)
      assert_near(after.value[a][f], before.value[a][f], 1e-9, 1e-9);
    f = test_feature(&rc_family_glcm, "cm_joint_avg");
    assert_near(after.value[RC_AGG_3D_COMB][f], before.value[RC_AGG_3D_COMB][f] + 1000, 1e-9, 0);
  }
  test_roi_destroy(region);
}

static void of_one_level_is_flat(void **state) {
  (void)state;
  static const int64_t size[3] = {3, 3, 2};
  static const double spacing[3] = {1, 1, 1};
  test_roi *region = test_roi_random(size, spacing, 1, 1);
  test_values values = test_compute(&rc_family_glcm, &region->roi, NULL);
  assert_null(values.undefined);
  for (int a = RC_AGG_2D_AVG; a <= RC_AGG_3D_COMB; a++) {
    const double *v = values.value[a];
    assert_near(v[test_feature(&rc_family_glcm, "cm_joint_max")], 1.0, 0, 0);
    assert_near(v[test_feature(&rc_family_glcm, "cm_corr")], 1.0, 0, 0);
    assert_near(v[test_feature(&rc_family_glcm, "cm_joint_entr")], 0.0, 0, 0);
    assert_near(v[test_feature(&rc_family_glcm, "cm_contrast")], 0.0, 0, 0);
    assert_near(v[test_feature(&rc_family_glcm, "cm_inv_var")], 0.0, 0, 0);
  }
  test_roi_destroy(region);
}

/// Counts whose logarithm is rounded must not make entropy of nothing.
static void flat_lines_have_no_entropy(void **state) {
  (void)state;
  static const double spacing[3] = {1, 1, 1};
  for (int64_t n = 2; n < 60; n++) {
    double intensity[60];
    uint8_t mask[60];
    for (int i = 0; i < n; i++) {
      intensity[i] = 3;
      mask[i] = 1;
    }
    const int64_t size[3] = {n, 1, 1};
    test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
    test_roi_levels_as_is(region);
    test_values values = test_compute(&rc_family_glcm, &region->roi, NULL);
    const double *v = values.value[RC_AGG_3D_COMB];
    assert_near(v[test_feature(&rc_family_glcm, "cm_joint_entr")], 0.0, 0, 0);
    assert_near(v[test_feature(&rc_family_glcm, "cm_info_corr1")], 1.0, 0, 0);
    assert_near(v[test_feature(&rc_family_glcm, "cm_info_corr2")], 0.0, 0, 0);
    test_roi_destroy(region);
  }
}

static void without_pairs_is_undefined(void **state) {
  (void)state;
  static const int64_t size[3] = {3, 1, 1};
  static const double spacing[3] = {1, 1, 1}, intensity[3] = {2, 9, 5};
  static const uint8_t mask[3] = {1, 0, 1};
  test_roi *region = test_roi_create(size, spacing, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(region);
  test_values values = test_compute(&rc_family_glcm, &region->roi, NULL);
  assert_non_null(values.undefined);
  assert_true(isnan(values.value[RC_AGG_3D_COMB][0]) && isnan(values.value[RC_AGG_2D_AVG][0]));
  static const glcm_params two = {2};
  values = test_compute(&rc_family_glcm, &region->roi, &two);
  assert_null(values.undefined);
  assert_near(values.value[RC_AGG_3D_AVG][test_feature(&rc_family_glcm, "cm_contrast")], 9.0, 0, 0);
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(meets_the_reference),
      cmocka_unit_test(equals_brute_force),
      cmocka_unit_test(equals_brute_force_at_a_distance),
      cmocka_unit_test(has_the_properties_of_a_family),
      cmocka_unit_test(ignores_a_shift_of_levels),
      cmocka_unit_test(of_one_level_is_flat),
      cmocka_unit_test(flat_lines_have_no_entropy),
      cmocka_unit_test(without_pairs_is_undefined),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
