// SPDX-License-Identifier: Apache-2.0
// NIfTI files written byte by byte after the standard's table of header fields.
#include "images/images.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { UINT8 = 2, INT16 = 4, INT32 = 8, FLOAT32 = 16, FLOAT64 = 64, RGB24 = 128, INT8 = 256 };
enum { UINT16 = 512, UINT32 = 768, INT64 = 1024, UINT64 = 1280 };

/// A NIfTI-1 header with what the tests vary. 2 x 3 x 2 voxels of 1 x 2 x 3 mm unless told.
typedef struct header {
  int16_t dim[8], type, bits;
  float pixdim[8], slope, inter;
  int16_t qform, sform;
  float quatern[3], offset[3], srow[3][4];
  char units;
  const char *magic;
} header;

static header plain(int16_t type, int16_t bits) {
  return (header){.dim = {3, 2, 3, 2, 1, 1, 1, 1},
                  .type = type,
                  .bits = bits,
                  .pixdim = {1, 1, 2, 3, 1, 1, 1, 1},
                  .sform = 1,
                  .srow = {{1, 0, 0, 10}, {0, 2, 0, 20}, {0, 0, 3, 30}},
                  .units = 2,
                  .magic = "n+1"};
}

static void put(unsigned char *bytes, int at, const void *value, size_t n) {
  memcpy(bytes + at, value, n);
}

static void pack(const header *h, unsigned char bytes[352]) {
  const int32_t size = 348;
  const float vox_offset = strcmp(h->magic, "n+1") == 0 ? 352 : 0;
  memset(bytes, 0, 352);
  put(bytes, 0, &size, 4);
  put(bytes, 40, h->dim, 16);
  put(bytes, 70, &h->type, 2);
  put(bytes, 72, &h->bits, 2);
  put(bytes, 76, h->pixdim, 32);
  put(bytes, 108, &vox_offset, 4);
  put(bytes, 112, &h->slope, 4);
  put(bytes, 116, &h->inter, 4);
  put(bytes, 123, &h->units, 1);
  put(bytes, 252, &h->qform, 2);
  put(bytes, 254, &h->sform, 2);
  put(bytes, 256, h->quatern, 12);
  put(bytes, 268, h->offset, 12);
  put(bytes, 280, h->srow, 48);
  put(bytes, 344, h->magic, 4);
}

static const char *path_for(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", test_folder("nifti"), name);
  return path;
}

static const char *write_bytes(const char *name, const void *a, size_t n_a, const void *b,
                               size_t n_b) {
  const char *path = path_for(name);
  const size_t length = strlen(name);
  if (length > 3 && strcmp(name + length - 3, ".gz") == 0) {
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, a, (unsigned)n_a), n_a);
    if (n_b > 0)
      assert_int_equal(gzwrite(file, b, (unsigned)n_b), n_b);
    gzclose(file);
    return path;
  }
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(a, 1, n_a, file), n_a);
  if (n_b > 0)
    assert_int_equal(fwrite(b, 1, n_b, file), n_b);
  fclose(file);
  return path;
}

static const char *write_nifti(const char *name, const header *h, const void *voxels, size_t n) {
  unsigned char bytes[352];
  pack(h, bytes);
  return write_bytes(name, bytes, sizeof bytes, voxels, n);
}

static rc_status read_it(const char *path, rc_volume *image, rc_error *err) {
  rc_error_clear(err);
  return rc_image_read(path, NULL, NULL, NULL, image, NULL, err);
}

#define TYPE_TEST(c_type, code, a, b)                                                              \
  do {                                                                                             \
    const c_type voxels[12] = {(a), (b), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};                           \
    header h = plain(code, 8 * (int16_t)sizeof(c_type));                                           \
    rc_volume image;                                                                               \
    assert_int_equal(read_it(write_nifti("type.nii", &h, voxels, sizeof voxels), &image, &err),    \
                     RC_OK);                                                                       \
    for (int i = 0; i < 12; i++)                                                                   \
      assert_near(image.value[i], (double)voxels[i], 0, 0);                                        \
    rc_volume_release(&image);                                                                     \
  } while (0)

static void every_type_keeps_its_values(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  TYPE_TEST(uint8_t, UINT8, 0, UINT8_MAX);
  TYPE_TEST(int8_t, INT8, INT8_MIN, INT8_MAX);
  TYPE_TEST(int16_t, INT16, INT16_MIN, INT16_MAX);
  TYPE_TEST(uint16_t, UINT16, 0, UINT16_MAX);
  TYPE_TEST(int32_t, INT32, INT32_MIN, INT32_MAX);
  TYPE_TEST(uint32_t, UINT32, 0, UINT32_MAX);
  TYPE_TEST(int64_t, INT64, -(INT64_C(1) << 53), INT64_C(1) << 53);
  TYPE_TEST(uint64_t, UINT64, 0, UINT64_C(1) << 53);
  TYPE_TEST(float, FLOAT32, -1.5e30f, 3e-30f);
  TYPE_TEST(double, FLOAT64, -1.5e300, 3e-300);
}

/// What SimpleITK 2.5 makes of such files: integers stay, rescaled ones become single precision,
/// doubles stay doubles.
static void the_type_of_voxels_is_known(void **state) {
  (void)state;
  static const struct {
    int16_t code, bits;
    float slope, inter;
    rc_voxel_type type;
    double low, high;
  } given[] = {{UINT8, 8, 0, 0, RC_VOXEL_INTEGER, 0, 255},
               {INT16, 16, 1, 0, RC_VOXEL_INTEGER, -32768, 32767},
               {UINT16, 16, 0, 7, RC_VOXEL_INTEGER, 0, 65535},
               {INT32, 32, 1, 0, RC_VOXEL_INTEGER, -2147483648.0, 2147483647},
               {INT16, 16, 1, -5, RC_VOXEL_SINGLE, 0, 0},
               {INT16, 16, 2, 0, RC_VOXEL_SINGLE, 0, 0},
               {FLOAT32, 32, 0, 0, RC_VOXEL_SINGLE, 0, 0},
               {FLOAT64, 64, 0.5f, 0, RC_VOXEL_DOUBLE, 0, 0}};
  const double voxels[12] = {0};
  rc_error err = RC_ERROR_INIT;
  for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
    header h = plain(given[i].code, given[i].bits);
    rc_volume image;
    h.slope = given[i].slope;
    h.inter = given[i].inter;
    assert_int_equal(
        read_it(write_nifti("kind.nii", &h, voxels, (size_t)(12 * h.bits / 8)), &image, &err),
        RC_OK);
    assert_string_equal(rc_voxel_type_names[image.type], rc_voxel_type_names[given[i].type]);
    if (image.type == RC_VOXEL_INTEGER) {
      assert_near(image.type_low, given[i].low, 0, 0);
      assert_near(image.type_high, given[i].high, 0, 0);
    }
    rc_volume_release(&image);
  }
}

static void not_a_number_stays_so(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  float voxels[12] = {0};
  header h = plain(FLOAT32, 32);
  voxels[5] = NAN;
  voxels[6] = INFINITY;
  assert_int_equal(read_it(write_nifti("nan.nii.gz", &h, voxels, sizeof voxels), &image, &err),
                   RC_OK);
  assert_true(isnan(image.value[5]));
  assert_true(isinf(image.value[6]));
  assert_near(image.value[7], 0, 0, 0);
  rc_volume_release(&image);
}

static void slope_zero_means_none(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const int16_t voxels[12] = {4, -2};
  header h = plain(INT16, 16);
  h.inter = 100;
  assert_int_equal(read_it(write_nifti("slope.nii", &h, voxels, sizeof voxels), &image, &err),
                   RC_OK);
  assert_near(image.value[0], 4, 0, 0);
  rc_volume_release(&image);
  h.slope = 0.5F;
  assert_int_equal(read_it(write_nifti("slope.nii", &h, voxels, sizeof voxels), &image, &err),
                   RC_OK);
  assert_near(image.value[0], 102, 0, 0);
  assert_near(image.value[1], 99, 0, 0);
  rc_volume_release(&image);
}

/// RAS in the file, LPS in memory: x and y change sign.
static void sform_before_qform_before_spacing(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const uint8_t voxels[12] = {0};
  header h = plain(UINT8, 8);
  h.qform = 1;
  h.quatern[2] = 1; // half a turn about z: x and y point left and posterior, as in LPS
  h.offset[0] = 7;
  assert_int_equal(read_it(write_nifti("form.nii", &h, voxels, sizeof voxels), &image, &err),
                   RC_OK);
  const double sform_origin[3] = {-10, -20, 30}, qform_origin[3] = {-7, 0, 0};
  for (int d = 0; d < 3; d++) {
    assert_near(image.geometry.origin_mm[d], sform_origin[d], 0, 0);
    assert_near(image.geometry.spacing_mm[d], d + 1, 0, 0);
    assert_near(image.geometry.direction[4 * d], d < 2 ? -1 : 1, 0, 0);
  }
  rc_volume_release(&image);
  h.sform = 0;
  assert_int_equal(read_it(write_nifti("form.nii", &h, voxels, sizeof voxels), &image, &err),
                   RC_OK);
  for (int d = 0; d < 3; d++) {
    assert_near(image.geometry.origin_mm[d], qform_origin[d], 0, 0);
    assert_near(image.geometry.direction[4 * d], 1, 1e-12, 0);
  }
  rc_volume_release(&image);
  h.qform = 0;
  h.units = 1; // metres
  assert_int_equal(read_it(write_nifti("form.nii", &h, voxels, sizeof voxels), &image, &err),
                   RC_OK);
  assert_near(image.geometry.spacing_mm[2], 3000, 0, 0);
  assert_near(image.geometry.direction[0], -1, 0, 0);
  rc_volume_release(&image);
}

static void shear_is_refused(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const uint8_t voxels[12] = {0};
  header h = plain(UINT8, 8);
  h.srow[0][2] = 1;
  assert_int_equal(read_it(write_nifti("shear.nii", &h, voxels, sizeof voxels), &image, &err),
                   RC_ERR_GEOMETRY);
  assert_non_null(strstr(err.message, "orthogonal"));
}

static void extra_dimensions(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const uint8_t voxels[24] = {0};
  header h = plain(UINT8, 8);
  h.dim[0] = 5;
  assert_int_equal(read_it(write_nifti("dim.nii", &h, voxels, 12), &image, &err), RC_OK);
  rc_volume_release(&image);
  h.dim[4] = 2;
  assert_int_equal(read_it(write_nifti("dim.nii", &h, voxels, 24), &image, &err),
                   RC_ERR_UNSUPPORTED);
  assert_non_null(strstr(err.message, "one 3-D volume"));
  h = plain(RGB24, 24);
  assert_int_equal(read_it(write_nifti("rgb.nii", &h, voxels, 24), &image, &err),
                   RC_ERR_UNSUPPORTED);
}

static void other_byte_order(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  unsigned char bytes[352];
  unsigned char voxels[24] = {0x01, 0x02, 0xff, 0xfe}; // 258, -2 in big endian
  static const struct {
    int at, width, n;
  } fields[] = {{0, 4, 1},   {40, 2, 8},  {70, 2, 2},  {76, 4, 8},
                {108, 4, 3}, {252, 2, 2}, {256, 4, 6}, {280, 4, 12}};
  header h = plain(INT16, 16);
  pack(&h, bytes);
  for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
    for (int i = 0; i < fields[f].n; i++)
      for (int a = fields[f].at + i * fields[f].width, b = a + fields[f].width - 1; a < b;
           a++, b--) {
        unsigned char swap = bytes[a];
        bytes[a] = bytes[b];
        bytes[b] = swap;
      }
  assert_int_equal(
      read_it(write_bytes("big.nii", bytes, sizeof bytes, voxels, sizeof voxels), &image, &err),
      RC_OK);
  assert_near(image.value[0], 258, 0, 0);
  assert_near(image.value[1], -2, 0, 0);
  assert_near(image.geometry.origin_mm[2], 30, 0, 0);
  rc_volume_release(&image);
}

static void header_and_data_in_two_files(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  char before[65], after[65];
  uint8_t voxels[12] = {1, 2, 3};
  header h = plain(UINT8, 8);
  h.magic = "ni1";
  write_bytes("pair.img", voxels, sizeof voxels, NULL, 0);
  unsigned char bytes[352];
  pack(&h, bytes);
  const char *path = write_bytes("pair.hdr", bytes, 348, NULL, 0);
  assert_int_equal(read_it(path, &image, &err), RC_OK);
  assert_near(image.value[2], 3, 0, 0);
  rc_volume_release(&image);
  assert_int_equal(rc_image_digest(path, NULL, before, &err), RC_OK);
  voxels[0] = 9;
  write_bytes("pair.img", voxels, sizeof voxels, NULL, 0);
  assert_int_equal(rc_image_digest(path_for("pair.hdr"), NULL, after, &err), RC_OK);
  assert_string_not_equal(before, after); // the voxels count, not only the header
  write_bytes("pair.img", voxels, 11, NULL, 0);
  assert_int_equal(read_it(path_for("pair.hdr"), &image, &err), RC_ERR_FORMAT);
  remove(path_for("pair.img"));
  assert_int_not_equal(read_it(path_for("pair.hdr"), &image, &err), RC_OK);
}

static void damaged_files_are_errors(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  static const unsigned char garbage[600] = {0x5a, 0x11, 0x07};
  const uint8_t voxels[12] = {0};
  header h = plain(UINT8, 8);
  assert_int_equal(read_it(write_bytes("empty.nii", "", 0, NULL, 0), &image, &err), RC_ERR_FORMAT);
  assert_int_equal(read_it(write_bytes("garbage.nii", garbage, 600, NULL, 0), &image, &err),
                   RC_ERR_FORMAT);
  assert_int_equal(read_it(write_nifti("short.nii", &h, voxels, 11), &image, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "truncated"));
  assert_int_equal(read_it(write_nifti("short.nii.gz", &h, voxels, 11), &image, &err),
                   RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "short.nii.gz"));
  assert_int_equal(read_it(path_for("nowhere.nii"), &image, &err), RC_ERR_NOT_FOUND);
  for (int d = 1; d <= 3; d++)
    h.dim[d] = 2048;
  h.dim[2] = 512; // 2^31 voxels in a file of 364 bytes
  assert_int_equal(read_it(write_nifti("huge.nii", &h, voxels, 12), &image, &err), RC_ERR_FORMAT);
  assert_int_equal(read_it(write_nifti("huge.nii.gz", &h, voxels, 12), &image, &err),
                   RC_ERR_FORMAT);
  h.dim[2] = 2048;
  assert_int_equal(read_it(write_nifti("huge.nii.gz", &h, voxels, 12), &image, &err), RC_ERR_LIMIT);
  h = plain(UINT8, 8);
  h.dim[3] = -5;
  assert_int_not_equal(read_it(write_nifti("negative.nii", &h, voxels, 12), &image, &err), RC_OK);
}

/// The last byte of a gzip file belongs to its checksum and length.
static void damaged_checksum_is_an_error(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const uint8_t voxels[12] = {1, 2, 3, 4, 5, 6};
  header h = plain(UINT8, 8);
  const char *path = write_nifti("sum.nii.gz", &h, voxels, sizeof voxels);
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  fseek(file, -6, SEEK_END);
  int byte = fgetc(file);
  fseek(file, -6, SEEK_END);
  fputc(byte ^ 0x40, file);
  fclose(file);
  assert_int_equal(read_it(path, &image, &err), RC_ERR_FORMAT);
}

static void limits_hold(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const uint8_t voxels[12] = {0};
  header h = plain(UINT8, 8);
  const char *path = write_nifti("limit.nii", &h, voxels, sizeof voxels);
  const rc_image_limits eleven = {11, 0, 0}, bytes = {0, 11, 0}, enough = {12, 12 + 352, 0};
  assert_int_equal(rc_image_read(path, NULL, NULL, &eleven, &image, NULL, &err), RC_ERR_LIMIT);
  rc_error_clear(&err);
  assert_int_equal(rc_image_read(path, NULL, NULL, &bytes, &image, NULL, &err), RC_ERR_LIMIT);
  rc_error_clear(&err);
  assert_int_equal(rc_image_read(path, NULL, NULL, &enough, &image, NULL, &err), RC_OK);
  rc_volume_release(&image);
}

static void labels_of_a_mask(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_texts names;
  rc_mask mask;
  rc_image_info info;
  rc_arena *arena = rc_arena_create(0);
  const uint8_t voxels[12] = {0, 3, 3, 1, 0, 200, 1, 1};
  header h = plain(UINT8, 8);
  const char *path = write_nifti("labels.nii.gz", &h, voxels, sizeof voxels);
  assert_int_equal(rc_mask_rois(path, NULL, arena, &names, &err), RC_OK);
  assert_int_equal(names.n, 3);
  assert_string_equal(names.item[0], "1");
  assert_string_equal(names.item[1], "3");
  assert_string_equal(names.item[2], "200");
  assert_int_equal(rc_image_probe(path, NULL, NULL, &info, &err), RC_OK);
  assert_int_equal(rc_mask_read(path, "3", &info.geometry, NULL, &mask, &err), RC_OK);
  assert_int_equal(rc_mask_count(&mask), 2);
  rc_mask_release(&mask);
  assert_int_equal(rc_mask_read(path, NULL, &info.geometry, NULL, &mask, &err), RC_OK);
  assert_int_equal(rc_mask_count(&mask), 6);
  rc_mask_release(&mask);
  info.geometry.origin_mm[0] += 0.5;
  assert_int_equal(rc_mask_read(path, "3", &info.geometry, NULL, &mask, &err), RC_ERR_GEOMETRY);
  rc_arena_destroy(arena);
}

static void other_formats_are_refused_with_a_hint(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  static const char nrrd[] = "NRRD0004\ntype: short\n", mha[] = "ObjectType = Image\nNDims = 3\n";
  assert_int_equal(read_it(write_bytes("a.nrrd", nrrd, sizeof nrrd, NULL, 0), &image, &err),
                   RC_ERR_UNSUPPORTED);
  assert_non_null(strstr(err.message, "convert to NIfTI"));
  assert_int_equal(read_it(write_bytes("a.mha", mha, sizeof mha, NULL, 0), &image, &err),
                   RC_ERR_UNSUPPORTED);
  assert_non_null(strstr(err.message, "convert to NIfTI"));
}

/// IBSI-2's response maps carry a qform only; 2 mm voxels, 64 a side.
static void response_map_with_qform_only(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_image_info info;
  assert_int_equal(
      rc_image_probe(test_data("ibsi2/response_maps/3_b_2.nii.gz"), NULL, NULL, &info, &err),
      RC_OK);
  for (int d = 0; d < 3; d++) {
    assert_int_equal(info.geometry.size[d], 64);
    assert_near(info.geometry.spacing_mm[d], 2, 0, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_type_keeps_its_values),
                                     cmocka_unit_test(the_type_of_voxels_is_known),
                                     cmocka_unit_test(not_a_number_stays_so),
                                     cmocka_unit_test(slope_zero_means_none),
                                     cmocka_unit_test(sform_before_qform_before_spacing),
                                     cmocka_unit_test(shear_is_refused),
                                     cmocka_unit_test(extra_dimensions),
                                     cmocka_unit_test(other_byte_order),
                                     cmocka_unit_test(header_and_data_in_two_files),
                                     cmocka_unit_test(damaged_files_are_errors),
                                     cmocka_unit_test(damaged_checksum_is_an_error),
                                     cmocka_unit_test(limits_hold),
                                     cmocka_unit_test(labels_of_a_mask),
                                     cmocka_unit_test(other_formats_are_refused_with_a_hint),
                                     cmocka_unit_test(response_map_with_qform_only)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
