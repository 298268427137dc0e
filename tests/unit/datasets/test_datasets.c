// SPDX-License-Identifier: Apache-2.0
// The generator against what it claims: the field's covariance, the hazard's marginals, and images
// and outlines that the project's own reader finds where the phantom has them.
#include "support.h"

#include "data/volume.h"
#include "datasets/dicom_files.h"
#include "datasets/output.h"
#include "datasets/truth.h"
#include "images/images.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Covariance of the tumour's field at a shift along x, over the inside of `n` tumours.
static double field_covariance(double correlation_mm, double shift_mm, int n) {
  double sum = 0.0, count = 0.0;
  for (int patient = 0; patient < n; patient++) {
    rc_error err = RC_ERROR_INIT;
    rc_phantom *phantom = NULL;
    assert_int_equal(rc_phantom_create(3, patient, correlation_mm, &phantom, &err), RC_OK);
    for (int i = 0; i < 24 * 24 * 24; i++) {
      const double a[3] = {i % 24 - 14.0, i / 24 % 24 - 14.0, i / 576 - 12.0};
      const double b[3] = {a[0] + shift_mm, a[1], a[2]};
      double va, vb;
      if (rc_phantom_at(phantom, a, &va) != RC_TISSUE_TUMOUR ||
          rc_phantom_at(phantom, b, &vb) != RC_TISSUE_TUMOUR)
        continue;
      sum += va * vb;
      count++;
    }
    rc_phantom_destroy(phantom);
  }
  return sum / count;
}

/// White noise under a Gaussian kernel of SD s has covariance exp(-d^2 / (4 s^2)).
static void test_field_covariance(void **state) {
  (void)state;
  const double s = 2.0;
  // About 250 independent patches in 12 tumours: a standard error near 0.06.
  assert_near(field_covariance(s, 0.0, 12), 1.0, 0.2, 0.0);
  assert_near(field_covariance(s, 2.0, 12), exp(-4.0 / (4.0 * s * s)), 0.2, 0.0);
  assert_near(field_covariance(s, 8.0, 12), exp(-64.0 / (4.0 * s * s)), 0.2, 0.0);
}

static void test_truth(void **state) {
  (void)state;
  enum { N = 2000 };
  rc_error err = RC_ERROR_INIT;
  rc_truth_patient *patient = NULL;
  assert_int_equal(rc_truth_draw(5, N, &patient, &err), RC_OK);
  double mean = 0.0, square = 0.0, hazard_ok = 0.0;
  int mutated[RC_TRUTH_GENES] = {0}, at_zero = 0, alive = 0;
  for (int i = 0; i < N; i++) {
    double expected = RC_TRUTH_TEXTURE_EFFECT * patient[i].texture;
    mean += patient[i].texture / N;
    square += patient[i].texture * patient[i].texture / N;
    for (int g = 0; g < RC_TRUTH_GENES; g++) {
      mutated[g] += patient[i].mutated[g];
      if (rc_truth_genes[g].causal && patient[i].mutated[g])
        expected += RC_TRUTH_GENE_EFFECT;
    }
    hazard_ok += fabs(patient[i].log_hazard - expected) < 1e-12;
    assert_true(patient[i].time_months > 0.0 && patient[i].time_months <= 84.0);
    // Everyone is followed for 36 months; half of those with log hazard near 0 live to the median.
    if (fabs(patient[i].log_hazard) < 0.25) {
      at_zero++;
      alive += patient[i].time_months > 36.0;
    }
  }
  assert_near(mean, 0.0, 1e-9, 0.0);
  assert_near(square, 1.0, 1e-3, 0.0);
  assert_near(hazard_ok, N, 0.0, 0.0);
  for (int g = 0; g < RC_TRUTH_GENES; g++)
    assert_near(mutated[g] / (double)N, rc_truth_genes[g].share, 0.05, 0.0);
  assert_true(at_zero > 100);
  const double survival = pow(0.5, pow(36.0 / RC_TRUTH_MEDIAN_MONTHS, RC_TRUTH_SHAPE));
  assert_near(alive / (double)at_zero, survival, 4.0 * 0.5 / sqrt(at_zero), 0.0);
  free(patient);
}

static void test_truth_refuses(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_truth_patient *patient = NULL;
  assert_int_equal(rc_truth_draw(1, 0, &patient, &err), RC_ERR_USAGE);
  assert_null(patient);
}

/// Writes one series of `patient` and reads it back with the project's reader.
static void round_trip(int64_t patient, rc_scanner_kind kind, double tolerance) {
  char folder[RC_OUTPUT_PATH], slices[RC_OUTPUT_PATH], structures[RC_OUTPUT_PATH];
  const rc_image_limits limits = rc_image_limits_default();
  const rc_scanner *scanner = &rc_scanners[kind];
  rc_error err = RC_ERROR_INIT;
  rc_phantom *phantom = NULL;
  rc_scan scan;
  rc_volume volume = {0};
  rc_mask mask = {0};
  snprintf(folder, sizeof folder, "%s", test_folder("round_trip"));
  assert_int_equal(rc_output_path(slices, &err, folder, "%s", scanner->folder), RC_OK);
  assert_int_equal(rc_output_path(structures, &err, folder, "RTSTRUCT_%s.dcm", scanner->folder),
                   RC_OK);
  assert_int_equal(rc_phantom_create(1, patient, 3.0, &phantom, &err), RC_OK);
  assert_int_equal(rc_scan_make(phantom, 1, patient, kind, scanner->size, &scan, &err), RC_OK);
  assert_int_equal(rc_dicom_files_write(folder, "P", 1, patient, phantom, &scan, &err), RC_OK);

  rc_image_info info;
  rc_status status = rc_image_read(slices, NULL, NULL, &limits, &volume, &info, &err);
  assert_string_equal(err.message, "");
  assert_int_equal(status, RC_OK);
  assert_string_equal(info.modality, scanner->modality);
  assert_int_equal(rc_geometry_match(&volume.geometry, &scan.geometry, 1e-4, &err), RC_OK);
  status = rc_mask_read(structures, rc_structure_roi[RC_STRUCTURE_TUMOUR], &volume.geometry,
                        &limits, &mask, &err);
  assert_string_equal(err.message, "");
  assert_int_equal(status, RC_OK);
  assert_int_equal(rc_geometry_voxels(&volume.geometry), rc_geometry_voxels(&scan.geometry));

  int64_t n_true = 0, n_wrong = 0, n = rc_geometry_voxels(&scan.geometry);
  for (int64_t i = 0; i < n; i++) {
    const int64_t *size = scan.geometry.size;
    const double index[3] = {(double)(i % size[0]), (double)(i / size[0] % size[1]),
                             (double)(i / size[0] / size[1])};
    double place[3];
    rc_geometry_to_world(&scan.geometry, index, place);
    for (int d = 0; d < 3; d++)
      place[d] -= scan.centre_mm[d];
    bool truly = rc_phantom_inside(phantom, RC_STRUCTURE_TUMOUR, place);
    n_true += truly;
    n_wrong += truly != (mask.value[i] != 0);
    if (truly) // outside, air may be clipped to what 12 bits or a positive scale hold
      assert_near(volume.value[i], scan.value[i], tolerance, 0.0);
  }
  // The outline is a polygon of the true surface: only voxels that it grazes may differ.
  assert_true(n_true > 100);
  assert_true((double)n_wrong < 0.01 * (double)n_true);
  rc_mask_release(&mask);
  rc_volume_release(&volume);
  rc_scan_release(&scan);
  rc_phantom_destroy(phantom);
}

static void test_ct_signed(void **state) {
  (void)state;
  round_trip(0, RC_SCANNER_CT, 0.5 + 1e-6);
}

static void test_ct_unsigned_reversed(void **state) {
  (void)state;
  round_trip(3, RC_SCANNER_CT, 0.5 + 1e-6);
}

static void test_pet(void **state) {
  (void)state;
  round_trip(1, RC_SCANNER_PET, 2e-4);
}

static void test_mr_tilted(void **state) {
  (void)state;
  round_trip(2, RC_SCANNER_MR, 0.5 + 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_field_covariance),
      cmocka_unit_test(test_truth),
      cmocka_unit_test(test_truth_refuses),
      cmocka_unit_test(test_ct_signed),
      cmocka_unit_test(test_ct_unsigned_reversed),
      cmocka_unit_test(test_pet),
      cmocka_unit_test(test_mr_tilted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
