// SPDX-License-Identifier: Apache-2.0
// The chain from image and mask to a region of interest: closed forms, invariances, bad days.
#include "support.h"

#include "processing/processing.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/// An image and mask on one grid, and memory for what is made of them.
typedef struct fixture {
  rc_arena *arena;
  rc_volume image;
  rc_mask mask;
  rc_processing_settings settings;
  rc_error err;
} fixture;

static fixture make(int64_t nx, int64_t ny, int64_t nz, double sx, double sy, double sz) {
  fixture f = {.arena = rc_arena_create(0), .err = RC_ERROR_INIT};
  rc_geometry grid = {{nx, ny, nz}, {sx, sy, sz}, {-20, 5, 100}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  assert_non_null(f.arena);
  assert_int_equal(rc_volume_create(&grid, 0, &f.image, &f.err), RC_OK);
  assert_int_equal(rc_mask_create(&grid, 0, &f.mask, &f.err), RC_OK);
  assert_int_equal(rc_processing_defaults(f.arena, &f.settings, &f.err), RC_OK);
  return f;
}

static void release(fixture *f) {
  rc_volume_release(&f->image);
  rc_mask_release(&f->mask);
  rc_arena_destroy(f->arena);
}

static int64_t at(const int64_t size[3], int64_t x, int64_t y, int64_t z) {
  return x + size[0] * (y + size[1] * z);
}

static void fill_random(double *value, int64_t n, uint64_t s) {
  for (int64_t i = 0; i < n; i++) {
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    value[i] = (double)(s >> 11) / 9007199254740992.0 * 2000 - 1000;
  }
}

/// Random intensities and a lumpy ball around a voxel.
static void fill_ball(fixture *f, const int64_t centre[3], double radius, uint64_t seed) {
  const int64_t *size = f->image.geometry.size;
  fill_random(f->image.value, rc_geometry_voxels(&f->image.geometry), seed);
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        double dx = (double)(x - centre[0]), dy = (double)(y - centre[1]),
               dz = (double)(z - centre[2]);
        double r = sqrt(dx * dx + dy * dy + dz * dz) + 0.5 * sin(3 * dx) * cos(2 * dy);
        f->mask.value[at(size, x, y, z)] = r <= radius;
      }
}

static rc_roi prepare(fixture *f) {
  rc_roi roi;
  rc_status status = rc_roi_prepare(&f->image, &f->mask, &f->settings, 0, f->arena, &roi, &f->err);
  if (status != RC_OK)
    fail_msg("%s", f->err.message);
  return roi;
}

static rc_status try_prepare(fixture *f, int64_t max_voxels) {
  rc_roi roi;
  rc_error_clear(&f->err);
  return rc_roi_prepare(&f->image, &f->mask, &f->settings, max_voxels, f->arena, &roi, &f->err);
}

static void set_spacing(fixture *f, int method, double spacing) {
  f->settings.interpolation.spacing_mm = (rc_reals){1, {spacing, 0, 0}};
  f->settings.interpolation.image_method = method;
}

static void set_width(fixture *f, double width) {
  f->settings.discretisation.method = RC_DISCRETISE_FIXED_BIN_SIZE;
  f->settings.discretisation.bin_width = width;
}

static void assert_same_roi(const rc_roi *a, const rc_roi *b) {
  size_t n = (size_t)rc_geometry_voxels(&a->grid);
  assert_memory_equal(a->grid.size, b->grid.size, sizeof a->grid.size);
  assert_int_equal(a->n_morph, b->n_morph);
  assert_int_equal(a->n_mask, b->n_mask);
  assert_memory_equal(a->morph, b->morph, n);
  assert_memory_equal(a->mask, b->mask, n);
  assert_memory_equal(a->intensity, b->intensity, n * sizeof *a->intensity);
  assert_memory_equal(a->texture.value, b->texture.value, n * sizeof *a->texture.value);
  assert_int_equal(a->texture.n_levels, b->texture.n_levels);
}

static void test_no_processing_keeps_every_voxel(void **state) {
  (void)state;
  fixture f = make(12, 11, 10, 1, 1, 2);
  fill_ball(&f, (int64_t[3]){2, 5, 4}, 2.6, 1);
  rc_roi roi = prepare(&f);
  assert_int_equal(roi.n_morph, rc_mask_count(&f.mask));
  assert_int_equal(roi.n_mask, roi.n_morph);
  // 6.2 mm around the box: 7 voxels of 1 mm, 4 of 2 mm.
  rc_box box = rc_mask_bounds(&f.mask);
  const int64_t margin[3] = {7, 7, 4};
  for (int d = 0; d < 3; d++) {
    assert_int_equal(roi.grid.size[d], box.high[d] - box.low[d] + 2 * margin[d]);
    assert_near(roi.grid.origin_mm[d],
                f.image.geometry.origin_mm[d] +
                    (double)(box.low[d] - margin[d]) * f.image.geometry.spacing_mm[d],
                1e-12, 0);
  }
  int64_t i = 0;
  for (int64_t z = 0; z < roi.grid.size[2]; z++)
    for (int64_t y = 0; y < roi.grid.size[1]; y++)
      for (int64_t x = 0; x < roi.grid.size[0]; x++, i++) {
        const int64_t old[3] = {x + box.low[0] - margin[0], y + box.low[1] - margin[1],
                                z + box.low[2] - margin[2]};
        bool inside = true;
        for (int d = 0; d < 3; d++)
          inside = inside && old[d] >= 0 && old[d] < f.image.geometry.size[d];
        int64_t j = inside ? at(f.image.geometry.size, old[0], old[1], old[2]) : 0;
        if (inside)
          assert_true(roi.intensity[i] == f.image.value[j]);
        else
          assert_true(isnan(roi.intensity[i]));
        assert_int_equal(roi.morph[i], inside ? f.mask.value[j] : 0);
      }
  release(&f);
}

static void test_interpolated_ramp_is_the_ramp(void **state) {
  (void)state;
  fixture f = make(30, 28, 20, 0.9765625, 0.9765625, 3);
  const int64_t *size = f.image.geometry.size;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        double world[3];
        rc_geometry_to_world(&f.image.geometry, (double[3]){(double)x, (double)y, (double)z},
                             world);
        f.image.value[at(size, x, y, z)] = 3 * world[0] - 2 * world[1] + world[2];
        f.mask.value[at(size, x, y, z)] = x > 9 && x < 20 && y > 9 && y < 18 && z > 8 && z < 12;
      }
  set_spacing(&f, RC_INTERP_LINEAR, 2);
  rc_roi roi = prepare(&f);
  for (int d = 0; d < 3; d++)
    assert_true(roi.grid.spacing_mm[d] == 2);
  int64_t seen = 0;
  for (int64_t z = 0, i = 0; z < roi.grid.size[2]; z++)
    for (int64_t y = 0; y < roi.grid.size[1]; y++)
      for (int64_t x = 0; x < roi.grid.size[0]; x++, i++) {
        double world[3];
        if (!roi.mask[i])
          continue;
        rc_geometry_to_world(&roi.grid, (double[3]){(double)x, (double)y, (double)z}, world);
        assert_near(roi.intensity[i], 3 * world[0] - 2 * world[1] + world[2], 1e-10, 0);
        seen++;
      }
  assert_int_equal(seen, roi.n_mask);
  assert_true(seen > 50);
  release(&f);
}

/// A box of 4 x 4 x 4 voxels of 3 mm on a grid of 1 mm: 12^3 voxels reach a partial volume of 0.5,
/// none of those outside do, but 14^3 reach a third and 10^3 are full.
static void test_partial_volume_threshold(void **state) {
  (void)state;
  fixture f = make(12, 12, 12, 3, 3, 3);
  for (int64_t z = 4; z < 8; z++)
    for (int64_t y = 4; y < 8; y++)
      for (int64_t x = 4; x < 8; x++)
        f.mask.value[at(f.mask.geometry.size, x, y, z)] = 1;
  fill_random(f.image.value, 12 * 12 * 12, 7);
  set_spacing(&f, RC_INTERP_LINEAR, 1);
  f.settings.interpolation.mask_method = RC_INTERP_NEAREST;
  assert_int_equal(prepare(&f).n_morph, 12 * 12 * 12);
  f.settings.interpolation.mask_method = RC_INTERP_LINEAR;
  f.settings.interpolation.mask_threshold = 1;
  assert_int_equal(prepare(&f).n_morph, 10 * 10 * 10);
  // In one dimension the profile falls 1, 2/3, 1/3, 0, so the face keeps two thirds and loses the
  // edges, where the product is 4/9.
  f.settings.interpolation.mask_threshold = 0.5;
  assert_int_equal(prepare(&f).n_morph, 10 * 10 * 10 + 6 * 10 * 10);
  f.settings.interpolation.mask_threshold = 1.0 / 3;
  assert_int_equal(prepare(&f).n_morph, 12 * 12 * 12 - 8 + 6 * 10 * 10);
  release(&f);
}

static void test_half_partial_volume_belongs_to_the_mask(void **state) {
  (void)state;
  // 4 voxels of 3 mm become 6 of 2 mm at -1/6, 1/2, 7/6, 11/6, 5/2 and 19/6: two lie halfway into
  // the mask.
  fixture f = make(4, 1, 1, 3, 3, 3);
  f.mask.value[1] = f.mask.value[2] = 1;
  f.settings.interpolation.spacing_mm = (rc_reals){3, {2, 3, 3}};
  rc_roi roi = prepare(&f);
  assert_int_equal(roi.n_morph, 4);
  assert_int_equal(roi.interp.morph_box[0], 4);
  release(&f);
}

static void test_in_plane_only(void **state) {
  (void)state;
  fixture f = make(20, 20, 6, 1, 1, 5);
  fill_ball(&f, (int64_t[3]){10, 10, 3}, 2.5, 3);
  f.settings.interpolation.spacing_mm = (rc_reals){2, {0.5, 2, 0}};
  f.settings.interpolation.image_method = RC_INTERP_CUBIC_SPLINE;
  rc_roi roi = prepare(&f);
  const int64_t expected[3] = {40, 10, 6};
  assert_memory_equal(roi.interp.image_size, expected, sizeof expected);
  assert_true(roi.grid.spacing_mm[0] == 0.5 && roi.grid.spacing_mm[1] == 2);
  assert_true(roi.grid.spacing_mm[2] == 5);
  release(&f);
}

static void test_rounding_without_interpolation(void **state) {
  (void)state;
  fixture f = make(3, 1, 1, 1, 1, 1);
  const double given[3] = {1.0000002, -999.9999, 40.4};
  const double expected[3] = {1, -1000, 40};
  memcpy(f.image.value, given, sizeof given);
  memset(f.mask.value, 1, 3);
  f.settings.interpolation.round = true;
  rc_roi roi = prepare(&f);
  int found = 0;
  for (int64_t i = 0; i < rc_geometry_voxels(&roi.grid); i++)
    if (roi.mask[i])
      assert_true(roi.intensity[i] == expected[found++]);
  assert_int_equal(found, 3);
  assert_near(roi.init.int_min, -999.9999, 0, 0);
  release(&f);
}

/// Lays values along x, all in the mask, and returns the levels (or 0 for "left the mask").
static void levels_of(fixture *f, const double *value, int64_t n, int *level, rc_roi *out) {
  memcpy(f->image.value, value, (size_t)n * sizeof *value);
  memset(f->mask.value, 1, (size_t)n);
  rc_roi roi = prepare(f);
  int64_t found = 0;
  for (int64_t i = 0; i < rc_geometry_voxels(&roi.grid); i++)
    if (roi.morph[i])
      level[found++] = roi.mask[i] ? roi.texture.value[i] : 0;
  assert_int_equal(found, n);
  *out = roi;
}

static void test_fixed_bin_size(void **state) {
  (void)state;
  fixture f = make(8, 1, 1, 1, 1, 1);
  static const double value[8] = {-500, -475.0001, -475, -1, 0, 399.9, 400, 400.1};
  static const int from_range[8] = {1, 1, 2, 20, 21, 36, 37, 0};
  static const int from_lowest[8] = {1, 1, 1, 1, 1, 16, 17, 0};
  static const int from_minimum[8] = {1, 1, 2, 20, 21, 36, 37, 37};
  int level[8];
  rc_roi roi;
  set_width(&f, 25);
  levels_of(&f, value, 8, level, &roi);
  assert_memory_equal(level, from_minimum, sizeof level);
  assert_true(roi.texture.low == -500 && roi.texture.width == 25 && roi.texture.high == 400.1);

  f.settings.resegmentation.range = (rc_reals){2, {-500, 400, 0}};
  levels_of(&f, value, 8, level, &roi);
  assert_memory_equal(level, from_range, sizeof level);
  assert_int_equal(roi.n_mask, 7);
  assert_int_equal(roi.n_morph, 8);
  assert_int_equal(roi.texture.n_levels, 37);
  assert_true(roi.texture.low == -500 && roi.texture.high == 400);

  f.settings.discretisation.lowest = 0;
  levels_of(&f, value, 8, level, &roi);
  assert_memory_equal(level, from_lowest, sizeof level);
  release(&f);
}

static void test_fixed_bin_number(void **state) {
  (void)state;
  fixture f = make(6, 1, 1, 1, 1, 1);
  static const double value[6] = {-10, -9.99, 0, 4.999, 5, 10};
  static const int expected[6] = {1, 1, 3, 3, 4, 4};
  static const int one[6] = {4, 4, 4, 4, 4, 4};
  static const double constant[6] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
  int level[6];
  rc_roi roi;
  f.settings.discretisation.n_bins = 4;
  levels_of(&f, value, 6, level, &roi);
  assert_memory_equal(level, expected, sizeof level);
  assert_int_equal(roi.texture.n_levels, 4);
  assert_true(roi.texture.low == -10 && roi.texture.width == 5 && roi.texture.high == 10);
  // The highest intensity gets the last level, and here every intensity is the highest.
  levels_of(&f, constant, 6, level, &roi);
  assert_memory_equal(level, one, sizeof level);
  release(&f);
}

static void test_intensities_as_levels(void **state) {
  (void)state;
  fixture f = make(4, 1, 1, 1, 1, 1);
  static const double levels[4] = {1, 6, 3, 65535};
  static const int expected[4] = {1, 6, 3, 65535};
  int level[4];
  rc_roi roi;
  f.settings.discretisation.method = RC_DISCRETISE_NONE;
  levels_of(&f, levels, 4, level, &roi);
  assert_memory_equal(level, expected, sizeof level);
  assert_int_equal(roi.texture.n_levels, 65535);
  static const double not_levels[3][4] = {{1, 2, 3, 65536}, {0, 1, 2, 3}, {1, 2.5, 3, 4}};
  for (int i = 0; i < 3; i++) {
    memcpy(f.image.value, not_levels[i], sizeof not_levels[i]);
    roi = prepare(&f);
    assert_null(roi.texture.value);
    assert_true(roi.texture.low == not_levels[i][0] && roi.texture.high == not_levels[i][3]);
  }
  release(&f);
}

static void test_too_many_levels_are_refused(void **state) {
  (void)state;
  fixture f = make(2, 1, 1, 1, 1, 1);
  f.image.value[1] = 1e300;
  memset(f.mask.value, 1, 2);
  set_width(&f, 0.1);
  assert_int_equal(try_prepare(&f, 0), RC_ERR_LIMIT);
  assert_non_null(strstr(f.err.message, "bin_width"));
  release(&f);
}

static void test_outliers_are_judged_before_the_range(void **state) {
  (void)state;
  fixture f = make(12, 1, 1, 1, 1, 1);
  // Mean 10, population SD 33.17 (= sqrt(12100 * 11 / 121)); without the 120 the SD were 0.
  for (int i = 0; i < 12; i++)
    f.image.value[i] = i == 5 ? 120 : 0;
  memset(f.mask.value, 1, 12);
  f.settings.resegmentation.outlier_sigma = 3.3;
  f.settings.resegmentation.range = (rc_reals){2, {0, 119, 0}};
  assert_int_equal(prepare(&f).n_mask, 11);
  f.settings.resegmentation.range = (rc_reals){1, {0, 0, 0}};
  assert_int_equal(prepare(&f).n_mask, 11);
  f.settings.resegmentation.outlier_sigma = 3.4; // sqrt(11) = 3.317 SD above the mean
  assert_int_equal(prepare(&f).n_mask, 12);
  f.settings.resegmentation.range = (rc_reals){2, {1, 119, 0}};
  rc_roi roi = prepare(&f);
  assert_int_equal(roi.n_mask, 0);
  assert_int_equal(roi.n_morph, 12);
  assert_true(isnan(roi.reseg.int_mean));
  assert_int_equal(roi.reseg.int_box[0], 0);
  assert_int_equal(roi.reseg.morph_box[0], 12);
  release(&f);
}

static void test_whole_image_facts_change_no_bit(void **state) {
  (void)state;
  fixture f = make(60, 64, 70, 0.9, 0.9, 1.1);
  fill_ball(&f, (int64_t[3]){30, 33, 34}, 5, 11);
  set_width(&f, 25);
  f.settings.interpolation.round = true;
  for (int method = 0; method < 3; method++) {
    set_spacing(&f, method, 1);
    f.settings.whole_image_facts = false;
    rc_roi part = prepare(&f);
    f.settings.whole_image_facts = true;
    rc_roi all = prepare(&f);
    assert_same_roi(&part, &all);
    assert_true(isnan(part.interp.image_mean));
    assert_true(fabs(all.interp.image_mean) < 10);
    assert_true(all.interp.image_min <= all.interp.int_min);
    assert_true(all.init.image_max <= 1000 && all.init.image_max > 999);
  }
  release(&f);
}

/// A case that moves by whole voxels within a larger image of the same parity moves its ROI alike.
static void test_translation(void **state) {
  (void)state;
  fixture a = make(80, 80, 80, 1, 1, 1), b = make(80, 80, 80, 1, 1, 1);
  const int64_t *size = a.image.geometry.size;
  fill_ball(&a, (int64_t[3]){36, 38, 40}, 5, 5);
  // New samples lie every 0.75 voxels, so that three old voxels are four new ones.
  for (int64_t z = 3; z < 80; z++)
    for (int64_t y = 0; y < 80; y++)
      for (int64_t x = 3; x < 80; x++) {
        b.image.value[at(size, x, y, z)] = a.image.value[at(size, x - 3, y, z - 3)];
        b.mask.value[at(size, x, y, z)] = a.mask.value[at(size, x - 3, y, z - 3)];
      }
  fixture *both[2] = {&a, &b};
  rc_roi roi[2];
  for (int i = 0; i < 2; i++) {
    set_spacing(both[i], RC_INTERP_CUBIC_SPLINE, 0.75);
    set_width(both[i], 25);
    roi[i] = prepare(both[i]);
  }
  assert_near(roi[1].grid.origin_mm[0] - roi[0].grid.origin_mm[0], 3, 1e-9, 0);
  assert_near(roi[1].grid.origin_mm[1] - roi[0].grid.origin_mm[1], 0, 1e-9, 0);
  assert_int_equal(roi[0].n_morph, roi[1].n_morph);
  size_t n = (size_t)rc_geometry_voxels(&roi[0].grid);
  assert_memory_equal(roi[0].morph, roi[1].morph, n);
  for (size_t i = 0; i < n; i++)
    assert_near(roi[0].intensity[i], roi[1].intensity[i], 1e-9, 0);
  release(&a);
  release(&b);
}

static void test_threads_do_not_matter(void **state) {
  (void)state;
  fixture f = make(40, 40, 40, 0.9, 0.8, 2);
  fill_ball(&f, (int64_t[3]){20, 18, 20}, 6, 13);
  set_spacing(&f, RC_INTERP_CUBIC_SPLINE, 1);
  set_width(&f, 10);
  int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  rc_roi one = prepare(&f);
  omp_set_num_threads(7);
  rc_roi seven = prepare(&f);
  omp_set_num_threads(threads);
  // NaN of the margin has one bit pattern too.
  assert_same_roi(&one, &seven);
  release(&f);
}

static void test_one_voxel(void **state) {
  (void)state;
  fixture f = make(1, 1, 1, 1, 1, 1);
  f.image.value[0] = 42;
  f.mask.value[0] = 1;
  for (int method = 0; method < 3; method++) {
    set_spacing(&f, method, 0.5);
    rc_roi roi = prepare(&f);
    assert_int_equal(roi.n_mask, 8);
    assert_true(roi.interp.int_min == 42 && roi.interp.int_max == 42);
    assert_true(roi.interp.int_mean == 42);
  }
  set_spacing(&f, RC_INTERP_LINEAR, 10);
  assert_int_equal(prepare(&f).n_mask, 1);
  release(&f);
}

static void test_constant_image(void **state) {
  (void)state;
  fixture f = make(20, 20, 20, 1, 1, 1);
  fill_ball(&f, (int64_t[3]){10, 10, 10}, 4, 17);
  for (int i = 0; i < 8000; i++)
    f.image.value[i] = 0.3;
  set_spacing(&f, RC_INTERP_CUBIC_SPLINE, 0.7);
  rc_roi roi = prepare(&f);
  for (int64_t i = 0; i < rc_geometry_voxels(&roi.grid); i++)
    if (roi.mask[i])
      assert_int_equal(roi.texture.value[i], 32);
  assert_true(roi.reseg.int_min == 0.3 && roi.reseg.int_max == 0.3);
  release(&f);
}

static void test_empty_masks(void **state) {
  (void)state;
  fixture f = make(9, 9, 9, 1, 1, 1);
  assert_int_equal(try_prepare(&f, 0), RC_ERR_EMPTY);
  f.mask.value[at(f.mask.geometry.size, 2, 2, 2)] = 1; // between the new samples at 0, 4 and 8
  set_spacing(&f, RC_INTERP_LINEAR, 4);
  assert_int_equal(try_prepare(&f, 0), RC_ERR_EMPTY);
  assert_non_null(strstr(f.err.message, "mask_threshold"));
  release(&f);
}

static void test_intensities_that_are_not_finite(void **state) {
  (void)state;
  fixture f = make(40, 40, 40, 1, 1, 1);
  fill_ball(&f, (int64_t[3]){10, 10, 10}, 3, 19);
  f.image.value[at(f.image.geometry.size, 10, 10, 10)] = NAN;
  f.image.value[at(f.image.geometry.size, 11, 10, 10)] = INFINITY;
  rc_roi roi = prepare(&f);
  assert_int_equal(roi.n_mask, roi.n_morph - 2);
  assert_int_equal(roi.init.int_voxels, roi.init.morph_voxels - 2);
  assert_true(isfinite(roi.reseg.int_mean) && isfinite(roi.reseg.int_max));
  set_spacing(&f, RC_INTERP_LINEAR, 0.8);
  roi = prepare(&f);
  assert_true(roi.n_mask < roi.n_morph && roi.n_mask > roi.n_morph / 2);
  assert_true(isfinite(roi.reseg.int_mean));
  set_spacing(&f, RC_INTERP_CUBIC_SPLINE, 0.8);
  assert_int_equal(try_prepare(&f, 0), RC_ERR_NUMERIC);
  assert_non_null(strstr(f.err.message, "linear"));
  release(&f);
}

static void test_grids_must_match(void **state) {
  (void)state;
  fixture f = make(5, 5, 5, 1, 1, 1);
  f.mask.value[62] = 1;
  f.mask.geometry.origin_mm[1] += 0.5;
  assert_int_equal(try_prepare(&f, 0), RC_ERR_GEOMETRY);
  release(&f);
}

static void test_limits(void **state) {
  (void)state;
  fixture f = make(50, 50, 50, 1, 1, 1);
  f.mask.value[at(f.mask.geometry.size, 25, 25, 25)] = 1;
  f.settings.interpolation.mask_method = RC_INTERP_NEAREST;
  set_spacing(&f, RC_INTERP_LINEAR, 0.5);
  assert_int_equal(try_prepare(&f, 999999), RC_ERR_LIMIT);
  assert_int_equal(try_prepare(&f, 1000000), RC_OK);
  set_spacing(&f, RC_INTERP_LINEAR, 0.01); // the margin alone has 1241^3 voxels
  assert_int_equal(try_prepare(&f, 1000000), RC_ERR_LIMIT);
  release(&f);
}

static void test_memory_stays_below_the_estimate(void **state) {
  (void)state;
  static const struct {
    int method;
    double spacing, radius;
  } known[] = {{RC_INTERP_LINEAR, 1, 8},
               {RC_INTERP_CUBIC_SPLINE, 1, 4},
               {RC_INTERP_CUBIC_SPLINE, 0.5, 12},
               {RC_INTERP_CUBIC_SPLINE, 3, 20}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    fixture f = make(100, 100, 50, 0.9765625, 0.9765625, 3);
    fill_ball(&f, (int64_t[3]){50, 50, 25}, known[i].radius, 23);
    set_spacing(&f, known[i].method, known[i].spacing);
    rc_roi roi = prepare(&f);
    size_t image = 9 * 100 * 100 * 50; // the decoded image and its mask are held beside the arena
    size_t estimate = rc_processing_bytes(100 * 100 * 50, rc_geometry_voxels(&roi.grid));
    assert_true(image + rc_arena_peak(f.arena) <= estimate + (1 << 20));
    release(&f);
  }
}

static void test_settings_are_checked(void **state) {
  (void)state;
  fixture f = make(3, 3, 3, 1, 1, 1);
  const rc_processing_settings good = f.settings;
  f.mask.value[13] = 1;
  assert_int_equal(rc_processing_check(&good, &f.err), RC_OK);
  rc_processing_settings bad[6];
  for (int i = 0; i < 6; i++)
    bad[i] = good;
  bad[0].interpolation.spacing_mm = (rc_reals){1, {0, 0, 0}};
  bad[1].resegmentation.range = (rc_reals){2, {5, 4, 0}};
  bad[2].resegmentation.range = (rc_reals){3, {1, 2, 3}};
  bad[3].discretisation.method = RC_DISCRETISE_FIXED_BIN_SIZE; // without a width
  bad[4].ivh.method = RC_DISCRETISE_FIXED_BIN_SIZE;
  bad[5].interpolation.mask_method = RC_INTERP_CUBIC_SPLINE;
  for (int i = 0; i < 6; i++) {
    f.settings = bad[i];
    assert_int_equal(try_prepare(&f, 0), RC_ERR_WORKFLOW);
  }
  release(&f);
}

static void test_description(void **state) {
  (void)state;
  fixture f = make(1, 1, 1, 1, 1, 1);
  char text[256], small[12];
  rc_processing_describe(&f.settings, false, text, sizeof text);
  assert_string_equal(text, "original grid; FBN 32");
  set_spacing(&f, RC_INTERP_LINEAR, 2);
  set_width(&f, 25);
  f.settings.interpolation.round = true;
  f.settings.resegmentation.range = (rc_reals){2, {-1000, 400, 0}};
  f.settings.resegmentation.outlier_sigma = 3;
  f.settings.ivh.method = RC_DISCRETISE_FIXED_BIN_SIZE;
  f.settings.ivh.bin_width = 2.5;
  rc_processing_describe(&f.settings, false, text, sizeof text);
  assert_string_equal(text, "2x2x2 mm linear, mask linear >= 0.5; round; range [-1000, 400]; "
                            "outliers 3 sigma; FBS 25 from -1000; IVH FBS 2.5 from -1000");
  rc_processing_describe(&f.settings, true, text, sizeof text);
  assert_non_null(strstr(text, "range [-1000, 400]"));
  assert_non_null(strstr(text, "FBS 25 from minimum"));
  rc_processing_describe(&f.settings, false, small, sizeof small);
  assert_string_equal(small, "2x2x2 mm li");
  release(&f);
}

static rc_surroundings surroundings(fixture *f, const rc_roi *roi, rc_surroundings_wish wish) {
  rc_surroundings around;
  rc_status status =
      rc_roi_surroundings(&f->image, &f->settings, roi, &wish, f->arena, &around, &f->err);
  if (status != RC_OK)
    fail_msg("%s", f->err.message);
  return around;
}

/// What a filter sees is the processed image, the same bits however much of it is asked for; it
/// reaches as far as asked, or to the image's edge.
static void test_surroundings_are_the_processed_image(void **state) {
  (void)state;
  fixture f = make(24, 20, 16, 1.1, 0.9, 2.0);
  fill_ball(&f, (int64_t[3]){7, 10, 8}, 5, 5);
  set_spacing(&f, RC_INTERP_CUBIC_SPLINE, 1.3);
  rc_roi roi = prepare(&f);
  const int64_t reach[3] = {4, 2, 3};
  rc_surroundings all = surroundings(&f, &roi, (rc_surroundings_wish){.whole = true});
  rc_surroundings part = surroundings(&f, &roi, (rc_surroundings_wish){.reach = {4, 2, 3}});
  rc_surroundings wrapped =
      surroundings(&f, &roi, (rc_surroundings_wish){.reach = {9, 2, 3}, .wraps = true});
  assert_memory_equal(all.grid.size, roi.interp.image_size, sizeof all.grid.size);
  assert_int_equal(wrapped.grid.size[0],
                   all.grid.size[0]); // the reach leaves the image on the left
  assert_int_equal(wrapped.grid.size[1], part.grid.size[1]);
  for (int d = 1; d < 3; d++) {
    assert_int_equal(part.wanted.low[d], reach[d]);
    assert_int_equal(part.wanted.high[d] - part.wanted.low[d], roi.interp.morph_box[d]);
  }
  int64_t compared = 0;
  for (int64_t z = part.box.low[2]; z < part.box.high[2]; z++)
    for (int64_t y = part.box.low[1]; y < part.box.high[1]; y++)
      for (int64_t x = part.box.low[0]; x < part.box.high[0]; x++, compared++) {
        double here = part.value[at(part.grid.size, x - part.box.low[0], y - part.box.low[1],
                                    z - part.box.low[2])];
        assert_true(here == all.value[at(all.grid.size, x, y, z)]);
        int64_t rx = x - roi.box.low[0], ry = y - roi.box.low[1], rz = z - roi.box.low[2];
        if (rx >= 0 && ry >= 0 && rz >= 0 && rx < roi.grid.size[0] && ry < roi.grid.size[1] &&
            rz < roi.grid.size[2])
          assert_true(here == roi.intensity[at(roi.grid.size, rx, ry, rz)]);
      }
  assert_int_equal(compared, rc_geometry_voxels(&part.grid));
  release(&f);
}

/// The image taken as its own response gives the region again, levels and masks included.
static void test_the_image_as_its_own_response(void **state) {
  (void)state;
  fixture f = make(18, 17, 12, 1, 1, 2);
  fill_ball(&f, (int64_t[3]){9, 8, 6}, 5, 11);
  f.settings.resegmentation.range = (rc_reals){2, {-600, 700, 0}};
  rc_roi roi = prepare(&f), again;
  rc_surroundings around = surroundings(&f, &roi, (rc_surroundings_wish){.around_mask = true});
  assert_int_equal(rc_roi_of_response(&roi, &around, around.value, &f.settings.discretisation,
                                      &f.settings.ivh, f.arena, &again, &f.err),
                   RC_OK);
  size_t n = (size_t)rc_geometry_voxels(&roi.grid);
  assert_int_equal(again.n_mask, roi.n_mask);
  assert_true(roi.n_mask < roi.n_morph);
  assert_memory_equal(again.mask, roi.mask, n);
  assert_memory_equal(again.texture.value, roi.texture.value, n * sizeof *roi.texture.value);
  for (size_t i = 0; i < n; i++)
    assert_true(again.intensity[i] == roi.intensity[i] ||
                (isnan(again.intensity[i]) && isnan(roi.intensity[i])));
  release(&f);
}

static void test_surroundings_that_are_not_finite(void **state) {
  (void)state;
  fixture f = make(18, 17, 12, 1, 1, 2);
  fill_ball(&f, (int64_t[3]){9, 8, 6}, 4, 11);
  f.image.value[0] = NAN;
  rc_roi roi = prepare(&f);
  rc_surroundings around;
  rc_surroundings_wish wish = {.whole = true};
  assert_int_equal(
      rc_roi_surroundings(&f.image, &f.settings, &roi, &wish, f.arena, &around, &f.err),
      RC_ERR_NUMERIC);
  assert_non_null(strstr(f.err.message, "1 voxels"));
  wish.whole = false;
  rc_error_clear(&f.err);
  assert_int_equal(
      rc_roi_surroundings(&f.image, &f.settings, &roi, &wish, f.arena, &around, &f.err), RC_OK);
  release(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_processing_keeps_every_voxel),
      cmocka_unit_test(test_interpolated_ramp_is_the_ramp),
      cmocka_unit_test(test_partial_volume_threshold),
      cmocka_unit_test(test_half_partial_volume_belongs_to_the_mask),
      cmocka_unit_test(test_in_plane_only),
      cmocka_unit_test(test_rounding_without_interpolation),
      cmocka_unit_test(test_fixed_bin_size),
      cmocka_unit_test(test_fixed_bin_number),
      cmocka_unit_test(test_intensities_as_levels),
      cmocka_unit_test(test_too_many_levels_are_refused),
      cmocka_unit_test(test_outliers_are_judged_before_the_range),
      cmocka_unit_test(test_whole_image_facts_change_no_bit),
      cmocka_unit_test(test_translation),
      cmocka_unit_test(test_threads_do_not_matter),
      cmocka_unit_test(test_one_voxel),
      cmocka_unit_test(test_constant_image),
      cmocka_unit_test(test_empty_masks),
      cmocka_unit_test(test_intensities_that_are_not_finite),
      cmocka_unit_test(test_grids_must_match),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_memory_stays_below_the_estimate),
      cmocka_unit_test(test_settings_are_checked),
      cmocka_unit_test(test_description),
      cmocka_unit_test(test_surroundings_are_the_processed_image),
      cmocka_unit_test(test_the_image_as_its_own_response),
      cmocka_unit_test(test_surroundings_that_are_not_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
