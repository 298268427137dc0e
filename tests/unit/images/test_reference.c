// SPDX-License-Identifier: Apache-2.0
// The IBSI CT phantom and the sarcoma cohort, each as DICOM + RTSTRUCT and as NIfTI: two formats
// written by other people must tell the same story.
#include "images/images.h"
#include "support.h"

#include <math.h>
#include <stdio.h>

/// The grid index in `b` of each end of `a`'s grid tells which axes run backwards.
static void find_flips(const rc_geometry *a, const rc_geometry *b, int flip[3]) {
  for (int d = 0; d < 3; d++) {
    double index[3] = {0, 0, 0}, world[3], back[3];
    rc_geometry_to_world(a, index, world);
    rc_geometry_to_index(b, world, back);
    flip[d] = fabs(back[d]) > 0.5;
    assert_near(back[d], flip[d] ? (double)b->size[d] - 1 : 0, 0.02, 0);
  }
}

static int64_t partner(const rc_geometry *a, const rc_geometry *b, const int flip[3], int64_t i) {
  int64_t at[3] = {i % a->size[0], i / a->size[0] % a->size[1], i / (a->size[0] * a->size[1])};
  for (int d = 0; d < 3; d++)
    if (flip[d])
      at[d] = b->size[d] - 1 - at[d];
  return at[0] + b->size[0] * (at[1] + b->size[1] * at[2]);
}

static void ct_phantom_in_both_formats(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume dicom, nifti;
  rc_mask contour, label;
  rc_image_info info;
  int flip[3];
  assert_int_equal(rc_image_read(test_data("ibsi1/ct_phantom/dicom/image"), NULL, NULL, NULL,
                                 &dicom, &info, &err),
                   RC_OK);
  assert_int_equal(info.unit, RC_UNIT_HU);
  assert_int_equal(info.n_files, 60);
  assert_near(dicom.geometry.spacing_mm[2], 3, 0, 0);
  assert_int_equal(rc_image_read(test_data("ibsi1/ct_phantom/nifti/image.nii.gz"), NULL, NULL, NULL,
                                 &nifti, NULL, &err),
                   RC_OK);
  assert_int_equal(rc_mask_read(test_data("ibsi1/ct_phantom/dicom/mask/DCM_RS_00060.dcm"), "GTV-1",
                                &dicom.geometry, NULL, &contour, &err),
                   RC_OK);
  assert_int_equal(rc_mask_read(test_data("ibsi1/ct_phantom/nifti/mask.nii.gz"), NULL,
                                &nifti.geometry, NULL, &label, &err),
                   RC_OK);
  assert_int_equal(rc_mask_count(&contour), 125256); // IBSI-1, CT phantom diagnostics
  assert_int_equal(rc_mask_count(&label), 125256);
  find_flips(&dicom.geometry, &nifti.geometry, flip);
  int64_t n = rc_geometry_voxels(&dicom.geometry), different = 0;
  for (int64_t i = 0; i < n; i++) {
    int64_t j = partner(&dicom.geometry, &nifti.geometry, flip, i);
    different += contour.value[i] != label.value[j];
    different += dicom.value[i] != round(nifti.value[j]);
  }
  assert_int_equal(different, 0);
  rc_volume_release(&dicom);
  rc_volume_release(&nifti);
  rc_mask_release(&contour);
  rc_mask_release(&label);
}

static void a_box_is_the_same_voxels(void **state) {
  (void)state;
  rc_volume whole, part;
  const rc_box box = {{50, 60, 10}, {80, 61, 13}};
  static const char *const paths[] = {"ibsi1/ct_phantom/dicom/image",
                                      "ibsi1/ct_phantom/nifti/image.nii.gz"};
  for (int p = 0; p < 2; p++) {
    assert_int_equal(rc_image_read(test_data(paths[p]), NULL, NULL, NULL, &whole, NULL, NULL),
                     RC_OK);
    assert_int_equal(rc_image_read(test_data(paths[p]), NULL, &box, NULL, &part, NULL, NULL),
                     RC_OK);
    assert_memory_equal(&part.geometry, &whole.geometry, sizeof part.geometry);
    assert_memory_equal(&part.held, &box, sizeof box);
    assert_true(rc_volume_is_whole(&whole) && !rc_volume_is_whole(&part));
    for (int64_t z = 0; z < 3; z++)
      for (int64_t x = 0; x < 30; x++)
        assert_near(
            part.value[x + 30 * z],
            whole.value[x + 50 + whole.geometry.size[0] * (60 + whole.geometry.size[1] * (z + 10))],
            0, 0);
    rc_volume_release(&whole);
    rc_volume_release(&part);
  }
}

/// One patient and modality of the sarcoma cohort: contours on the DICOM grid against the voxel
/// mask. False when the cohort does not have the patient.
static bool compare_sarcoma(int number, const char *modality) {
  rc_error err = RC_ERROR_INIT;
  rc_image_info image, labels;
  rc_mask contour, label;
  char path[256], roi[32];
  int flip[3];
  snprintf(path, sizeof path, "%s/STS_%03d/%s/image", test_data("sts/dicom"), number, modality);
  rc_status status = rc_image_probe(path, NULL, NULL, &image, &err);
  if (status == RC_ERR_NOT_FOUND)
    return false;
  assert_int_equal(status, RC_OK);
  snprintf(path, sizeof path, "%s/STS_%03d/%s/mask", test_data("sts/dicom"), number, modality);
  snprintf(roi, sizeof roi, "GTV_Mass_%s", modality);
  assert_int_equal(rc_mask_read(path, roi, &image.geometry, NULL, &contour, &err), RC_OK);
  snprintf(path, sizeof path, "%s/STS_%03d/%s_mask.nii.gz", test_data("sts/nifti"), number,
           modality);
  assert_int_equal(rc_image_probe(path, NULL, NULL, &labels, &err), RC_OK);
  assert_int_equal(rc_mask_read(path, NULL, &labels.geometry, NULL, &label, &err), RC_OK);
  find_flips(&image.geometry, &labels.geometry, flip);
  const int64_t n = rc_geometry_voxels(&image.geometry), count = rc_mask_count(&label);
  int64_t different = 0;
  for (int64_t i = 0; i < n; i++)
    different +=
        contour.value[i] != label.value[partner(&image.geometry, &labels.geometry, flip, i)];
  print_message("STS_%03d %s: %lld voxels, %lld differ\n", number, modality, (long long)count,
                (long long)different);
  assert_true(count > 100);
  assert_int_equal(different, 0);
  rc_mask_release(&contour);
  rc_mask_release(&label);
  return true;
}

/// The rasterised contours and the published voxel masks are the same voxels in all modalities.
static void sarcoma_contours_match_label_masks(void **state) {
  (void)state;
  static const char *const modalities[] = {"CT", "PET", "MR_T1"};
  int tried = 0;
  for (int m = 0; m < 3; m++)
    for (int number = 1; number <= 60; number++)
      tried += compare_sarcoma(number, modalities[m]);
  assert_int_equal(tried, 3 * 14);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(ct_phantom_in_both_formats),
                                     cmocka_unit_test(a_box_is_the_same_voxels),
                                     cmocka_unit_test(sarcoma_contours_match_label_masks)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
