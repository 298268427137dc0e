// SPDX-License-Identifier: Apache-2.0
// Odd DICOM files (pydicom's test files). Every file either decodes to the values pydicom 3.0.2
// with pylibjpeg reads from it, or is refused with a message that names the reason.
#include "images/dicom.h"
#include "images/images.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct quirk {
  const char *file;
  rc_status status;     ///< of rc_image_read
  const char *says;     ///< part of the message
  int64_t pixels;       ///< when rc_dicom_pixels decodes it; else 0
  double sum, weighted; ///< of stored values; weighted by index modulo 1009. From pydicom.
  double tolerance;     ///< lossy codecs: mean difference of a pixel
} quirk;

static const quirk quirks[] = {
    {"CT_small.dcm", RC_OK, "", 16384, 14826310, 7418195250, 0},
    {"MR_small.dcm", RC_OK, "", 4096, 2125338, 1081267324, 0},
    {"MR_small_RLE.dcm", RC_OK, "", 4096, 2125338, 1081267324, 0},
    {"MR_small_bigendian.dcm", RC_OK, "", 4096, 2125338, 1081267324, 0},
    {"MR_small_implicit.dcm", RC_OK, "", 4096, 2125338, 1081267324, 0},
    {"MR_small_jp2klossless.dcm", RC_OK, "", 4096, 2125338, 1081267324, 0},
    {"MR_small_jpeg_ls_lossless.dcm", RC_OK, "", 4096, 2125338, 1081267324, 0},
    {"JPEG2000.dcm", RC_ERR_FORMAT, "ImagePositionPatient (0020,0032)", 262144, 3527976, 1788588290,
     0.01},
    {"JPGExtended.dcm", RC_ERR_FORMAT, "ImagePositionPatient (0020,0032)", 262144, 3770427,
     1912508137, 0.02},
    {"MR_truncated.dcm", RC_ERR_FORMAT, "truncated", 0, 0, 0, 0},
    {"ExplVR_BigEnd.dcm", RC_ERR_UNSUPPORTED, "(0028,0004) is RGB", 0, 0, 0, 0},
    {"image_dfl.dcm", RC_ERR_UNSUPPORTED, "deflated", 0, 0, 0, 0},
    {"badVR.dcm", RC_ERR_UNSUPPORTED, "RTDOSE", 0, 0, 0, 0},
    {"rtdose.dcm", RC_ERR_UNSUPPORTED, "RTDOSE", 0, 0, 0, 0},
    {"rtplan.dcm", RC_ERR_UNSUPPORTED, "RTPLAN", 0, 0, 0, 0},
    {"rtstruct.dcm", RC_ERR_UNSUPPORTED, "RTSTRUCT", 0, 0, 0, 0},
    {"liver_1frame.dcm", RC_ERR_UNSUPPORTED, "SEG", 0, 0, 0, 0},
    {"UN_sequence.dcm", RC_ERR_FORMAT, "Rows (0028,0010)", 0, 0, 0, 0},
    {"priv_SQ.dcm", RC_ERR_FORMAT, "Rows (0028,0010)", 0, 0, 0, 0},
    {"meta_missing_tsyntax.dcm", RC_ERR_FORMAT, "Rows (0028,0010)", 0, 0, 0, 0},
    {"no_meta.dcm", RC_ERR_FORMAT, "neither NIfTI nor DICOM", 0, 0, 0, 0},
};

static const char *path_of(const quirk *q) {
  char relative[128];
  snprintf(relative, sizeof relative, "dicom_quirks/%s", q->file);
  return test_data(relative);
}

static void check_pixels(const quirk *q) {
  rc_error err = RC_ERROR_INIT;
  rc_dicom *dicom = NULL;
  double *value = calloc((size_t)q->pixels, sizeof *value), sum = 0, weighted = 0;
  assert_non_null(value);
  assert_int_equal(rc_dicom_open(path_of(q), &dicom, &err), RC_OK);
  assert_int_equal(rc_dicom_pixels(dicom, value, q->pixels, &err), RC_OK);
  for (int64_t i = 0; i < q->pixels; i++) {
    sum += value[i];
    weighted += value[i] * (double)(i % 1009);
  }
  assert_near(sum, q->sum, q->tolerance * (double)q->pixels, 0);
  assert_near(weighted, q->weighted, q->tolerance * 505 * (double)q->pixels, 0);
  assert_int_equal(rc_dicom_pixels(dicom, value, q->pixels - 1, &err), RC_ERR_FORMAT);
  rc_dicom_close(dicom);
  free(value);
}

static void every_file_decodes_or_says_why(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof quirks / sizeof *quirks; i++) {
    const quirk *q = &quirks[i];
    rc_error err = RC_ERROR_INIT;
    rc_volume image;
    rc_status status = rc_image_read(path_of(q), NULL, NULL, NULL, &image, NULL, &err);
    if (status != q->status || strstr(err.message, q->says) == NULL)
      fail_msg("%s: %s: %s", q->file, rc_status_name(status), err.message);
    if (status != RC_OK)
      assert_non_null(strstr(err.message, q->file));
    if (q->pixels > 0)
      check_pixels(q);
    rc_volume_release(&image);
  }
}

/// RescaleIntercept is -1024, so the first voxels are pydicom's 175, 180, 166 less that.
static void rescale_and_placement_of_a_ct_slice(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  rc_image_info info;
  assert_int_equal(
      rc_image_read(test_data("dicom_quirks/CT_small.dcm"), NULL, NULL, NULL, &image, &info, &err),
      RC_OK);
  assert_int_equal(image.unit, RC_UNIT_HU);
  assert_string_equal(info.modality, "CT");
  assert_near(image.value[0], 175 - 1024, 0, 0);
  assert_near(image.value[1], 180 - 1024, 0, 0);
  assert_near(image.value[2], 166 - 1024, 0, 0);
  assert_near(image.geometry.spacing_mm[0], 0.661468, 0, 0);
  assert_near(image.geometry.spacing_mm[2], 5, 0, 0); // SliceThickness: one slice has no distance
  assert_near(image.geometry.origin_mm[0], -158.135803, 0, 0);
  assert_near(image.geometry.origin_mm[1], -179.035797, 0, 0);
  assert_near(image.geometry.origin_mm[2], -75.699997, 0, 0);
  rc_volume_release(&image);
}

static void regions_of_an_implicit_rtstruct_without_header(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_texts names;
  rc_arena *arena = rc_arena_create(0);
  const char *path = test_data("dicom_quirks/rtstruct.dcm");
  assert_int_equal(rc_mask_rois(path, NULL, arena, &names, &err), RC_OK);
  assert_int_equal(names.n, 3);
  assert_string_equal(names.item[0], "patient");
  assert_string_equal(names.item[1], "Isocenter 1");
  assert_string_equal(names.item[2], "Isocenter 2");
  rc_arena_destroy(arena);
}

/// A stream of another size than Rows and Columns say would overrun the codec's buffer.
static void streams_must_be_of_the_header_s_size(void **state) {
  (void)state;
  static const char *const files[] = {"dicom_quirks/MR_small_jp2klossless.dcm",
                                      "dicom_quirks/MR_small_jpeg_ls_lossless.dcm"};
  static const unsigned char header[][2] = {{0xFF, 0x51}, {0xFF, 0xF7}}; // SIZ, SOF55
  static const int at_width[] = {9, 8};                                  // low byte of the width
  for (int f = 0; f < 2; f++) {
    rc_error err = RC_ERROR_INIT;
    rc_volume image;
    char path[4200];
    unsigned char bytes[16384];
    FILE *file = fopen(test_data(files[f]), "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    size_t at = 1000;
    while (at + 16 < n && memcmp(bytes + at, header[f], 2) != 0)
      at++;
    at += (size_t)at_width[f];
    assert_int_equal(bytes[at], 64);
    bytes[at] = 128;
    snprintf(path, sizeof path, "%s/%d.dcm", test_folder("dicom_streams"), f);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
    assert_int_equal(rc_image_read(path, NULL, NULL, NULL, &image, NULL, &err), RC_ERR_FORMAT);
    assert_non_null(strstr(err.message, "of the size"));
  }
}

/// SimpleITK 2.5 reads them as integers of 32 and 16 bits: 16 bits and an intercept of -1024 need
/// more than 16.
static void the_type_of_voxels_is_known(void **state) {
  (void)state;
  static const struct {
    const char *file;
    double high;
  } given[] = {{"dicom_quirks/CT_small.dcm", 2147483647}, {"dicom_quirks/MR_small.dcm", 32767}};
  rc_error err = RC_ERROR_INIT;
  for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
    rc_volume image;
    assert_int_equal(rc_image_read(test_data(given[i].file), NULL, NULL, NULL, &image, NULL, &err),
                     RC_OK);
    assert_int_equal(image.type, RC_VOXEL_INTEGER);
    assert_near(image.type_high, given[i].high, 0, 0);
    assert_near(image.type_low, -given[i].high - 1, 0, 0);
    rc_volume_release(&image);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_file_decodes_or_says_why),
      cmocka_unit_test(streams_must_be_of_the_header_s_size),
      cmocka_unit_test(the_type_of_voxels_is_known),
      cmocka_unit_test(rescale_and_placement_of_a_ct_slice),
      cmocka_unit_test(regions_of_an_implicit_rtstruct_without_header)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
