// SPDX-License-Identifier: Apache-2.0
// The chain of the PyRadiomics profile: grey levels as numpy gives them, interpolation as SimpleITK
// does, which regions are refused. tests/reference/pyradiomics compares the whole with PyRadiomics.
#include "support.h"

#include "processing/box.h"
#include "processing/itk_resample.h"
#include "processing/pyradiomics.h"

#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// ---- grey levels -------------------------------------------------------------------------------

enum { N_VALUES = 6 };

/// numpy 1.26: numpy.digitize(values, edges) with the edges that PyRadiomics' getBinEdges makes.
static const struct {
  rc_voxel_type type;
  double width;
  int64_t bins;
  double value[N_VALUES];
  int level[N_VALUES];
} numpy[] = {
    {RC_VOXEL_DOUBLE, 25, 0, {54, 75, 99.99999999999999, 100, 166, 150}, {1, 2, 2, 3, 5, 5}},
    {RC_VOXEL_DOUBLE, 0.1, 0, {-0.1, 0.1, 0.3, 0.7, -0.3, 0.6}, {3, 5, 6, 11, 1, 10}},
    {RC_VOXEL_SINGLE, 0.1, 0, {0.1, 0.2, 0.3, 0.5, 0.7, 0.6}, {1, 2, 3, 5, 6, 6}},
    {RC_VOXEL_INTEGER, 25, 0, {-60, -50, -25, -1, 0, 24}, {1, 2, 3, 3, 4, 4}},
    {RC_VOXEL_DOUBLE, 25, 0, {7, 7, 7, 7, 7, 7}, {1, 1, 1, 1, 1, 1}},
    {RC_VOXEL_DOUBLE, 0, 4, {7, 7, 7, 7, 7, 7}, {3, 3, 3, 3, 3, 3}},
    {RC_VOXEL_SINGLE, 0, 5, {7, 7, 7, 7, 7, 7}, {3, 3, 3, 3, 3, 3}},
    {RC_VOXEL_INTEGER, 0, 10, {0, 1, 2, 3, 4, 10}, {1, 2, 3, 4, 5, 10}},
    {RC_VOXEL_SINGLE, 0, 5, {0.1, 0.4, 0.7, 1.0, 1.3, 1.6}, {1, 2, 3, 4, 4, 5}},
    {RC_VOXEL_DOUBLE, 0, 5, {0.1, 0.4, 0.7, 1.0, 1.3, 1.6}, {1, 2, 3, 4, 5, 5}},
    {RC_VOXEL_SINGLE, 0, 5, {-1.5, -0.9, -0.3, 0.3, 0.9, 1.5}, {1, 2, 3, 4, 5, 5}},
};

static void test_levels_are_those_of_numpy(void **state) {
  (void)state;
  const uint8_t mask[N_VALUES] = {1, 1, 1, 1, 1, 1};
  for (size_t c = 0; c < sizeof numpy / sizeof numpy[0]; c++) {
    rc_arena *arena = rc_arena_create(0);
    rc_error err = RC_ERROR_INIT;
    rc_levels levels;
    double value[N_VALUES];
    int highest = 0;
    for (int i = 0; i < N_VALUES; i++) {
      value[i] =
          numpy[c].type == RC_VOXEL_SINGLE ? (double)(float)numpy[c].value[i] : numpy[c].value[i];
      highest = numpy[c].level[i] > highest ? numpy[c].level[i] : highest;
    }
    const rc_discretisation_settings settings = {.bin_width = numpy[c].width,
                                                 .n_bins = numpy[c].bins};
    assert_int_equal(rc_pyradiomics_discretise(&settings, numpy[c].type, value, mask, N_VALUES,
                                               arena, &levels, &err),
                     RC_OK);
    for (int i = 0; i < N_VALUES; i++)
      if (levels.value[i] != numpy[c].level[i])
        fail_msg("case %zu, value %d: level %d, numpy says %d", c, i, levels.value[i],
                 numpy[c].level[i]);
    assert_int_equal(levels.n_levels, highest);
    rc_arena_destroy(arena);
  }
}

static void test_too_many_levels_are_refused(void **state) {
  (void)state;
  const uint8_t mask[2] = {1, 1};
  const double value[2] = {0, 1e6};
  const rc_discretisation_settings settings = {.bin_width = 1};
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_levels levels;
  assert_int_equal(
      rc_pyradiomics_discretise(&settings, RC_VOXEL_DOUBLE, value, mask, 2, arena, &levels, &err),
      RC_ERR_LIMIT);
  assert_non_null(strstr(err.message, "bin_width"));
  rc_arena_destroy(arena);
}

static void test_ranges(void **state) {
  (void)state;
  static const struct {
    rc_reals range;
    int mode;
    rc_voxel_type type;
    int left; ///< of 0.1, 1, 2, 3, 4: mean 2.02, population SD 1.378
  } given[] = {
      {{1, {2}}, RC_RANGE_ABSOLUTE, RC_VOXEL_DOUBLE, 3},
      {{2, {1, 3}}, RC_RANGE_ABSOLUTE, RC_VOXEL_DOUBLE, 3},
      {{2, {3, 1}}, RC_RANGE_ABSOLUTE, RC_VOXEL_DOUBLE, 3},
      {{1, {0.5}}, RC_RANGE_RELATIVE, RC_VOXEL_DOUBLE, 3},
      {{2, {0.25, 0.5}}, RC_RANGE_RELATIVE, RC_VOXEL_DOUBLE, 2},
      {{2, {-1, 1}}, RC_RANGE_SIGMA, RC_VOXEL_DOUBLE, 3},
      {{1, {0.1}}, RC_RANGE_ABSOLUTE, RC_VOXEL_DOUBLE, 5},
      {{1, {0.1 + 1e-12}}, RC_RANGE_ABSOLUTE, RC_VOXEL_DOUBLE, 4},
      {{1, {0.1 + 1e-12}}, RC_RANGE_ABSOLUTE, RC_VOXEL_SINGLE, 5}, // rounded to 0.1F
  };
  for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
    uint8_t mask[6] = {1, 1, 1, 1, 1, 0};
    double value[6] = {0.1, 1, 2, 3, 4, 2};
    if (given[i].type == RC_VOXEL_SINGLE)
      value[0] = (double)0.1F;
    const rc_pyradiomics_resegmentation_settings settings = {given[i].range, given[i].mode, false};
    rc_arena *arena = rc_arena_create(0);
    rc_error err = RC_ERROR_INIT;
    int64_t left = 0;
    assert_int_equal(
        rc_pyradiomics_resegment(&settings, given[i].type, value, mask, 6, arena, &err), RC_OK);
    rc_arena_destroy(arena);
    for (int v = 0; v < 6; v++)
      left += mask[v];
    if (left != given[i].left)
      fail_msg("range %zu leaves %lld voxels, not %d", i, (long long)left, given[i].left);
  }
}

/// Mean + SD of these values is 100788.8125 in numpy 1.26, which sums them in single precision, and
/// 100788.8047 when they are summed in double precision.
static void test_sigma_in_single_precision(void **state) {
  (void)state;
  enum { N = 20001 };
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  double *value = rc_arena_alloc(arena, N, sizeof *value);
  uint8_t *mask = rc_arena_alloc(arena, N, 1);
  uint32_t s = 1;
  for (int i = 0; i < N; i++) {
    s = s * 1664525U + 1013904223U;
    value[i] = (double)((float)(s >> 8) / 16777216.0F * 1000.0F + 1e5F);
  }
  const float edge = 100788.8125F;
  value[0] = (double)nextafterf(edge, 0);
  value[1] = (double)edge;
  memset(mask, 1, N);
  const rc_pyradiomics_resegmentation_settings settings = {{1, {1}}, RC_RANGE_SIGMA, false};
  assert_int_equal(
      rc_pyradiomics_resegment(&settings, RC_VOXEL_SINGLE, value, mask, N, arena, &err), RC_OK);
  assert_int_equal(mask[0], 0);
  assert_int_equal(mask[1], 1);
  rc_arena_destroy(arena);
}

// ---- interpolation -----------------------------------------------------------------------------

/// SimpleITK 2.5 on the image of `toy`, spacing 0.7 x 1.1 x 1.3 mm, corners aligned.
static const struct {
  int64_t at[3];
  double nearest, linear, spline;
} itk[] = {
    {{0, 0, 0}, -8, -8, -7.6378628989518775},
    {{3, 2, 1}, -6, -2.5299999999999976, -3.5839985561211503},
    {{6, 4, 2}, 4, 3.674999999999997, 3.3733749955653587},
    {{5, 1, 3}, -3, 0.11874999999999503, -0.5880045958182704},
    {{0, 3, 3}, -2, -1.799999999999998, -1.1964542463539958},
};

static rc_volume toy(void) {
  const rc_geometry grid = {{5, 4, 3}, {1, 1.5, 2}, {10, -5, 3}, {0, -1, 0, 1, 0, 0, 0, 0, 1}};
  rc_volume image;
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_volume_create(&grid, 0, &image, &err), RC_OK);
  for (int z = 0, i = 0; z < 3; z++)
    for (int y = 0; y < 4; y++)
      for (int x = 0; x < 5; x++, i++) {
        int value = (7 * x * x + 3 * y - 5 * z * z * x + 11 * x * y) % 17;
        image.value[i] = (value < 0 ? value + 17 : value) - 8;
      }
  return image;
}

static void test_interpolation_is_that_of_itk(void **state) {
  (void)state;
  rc_volume image = toy();
  rc_geometry grid = {{7, 5, 4}, {0.7, 1.1, 1.3}, {10.2, -5.15, 2.65}, {0}};
  memcpy(grid.direction, image.geometry.direction, sizeof grid.direction);
  const rc_itk_map map = rc_itk_map_make(&image.geometry, &grid);
  const rc_box box = whole(&grid);
  for (int method = RC_ITK_NEAREST; method <= RC_ITK_B_SPLINE; method++) {
    double value[60], out[140];
    rc_box held = rc_itk_support(&map, (rc_itk_interpolator)method, &box);
    assert_int_equal(voxels_of(&held), 60);
    memcpy(value, image.value, sizeof value);
    if (method == RC_ITK_B_SPLINE)
      rc_itk_prefilter(value, &held);
    rc_itk_resample(value, &held, &map, (rc_itk_interpolator)method, &box, NULL, out);
    for (size_t i = 0; i < sizeof itk / sizeof itk[0]; i++) {
      const double expected[] = {itk[i].nearest, itk[i].linear, itk[i].spline};
      assert_near(out[itk[i].at[0] + 7 * (itk[i].at[1] + 5 * itk[i].at[2])], expected[method], 0,
                  0);
    }
  }
  rc_volume_release(&image);
}

static void test_values_are_held_as_the_image_holds_them(void **state) {
  (void)state;
  const rc_volume image = {.type_low = 0, .type_high = 255};
  assert_true(rc_itk_cast(&image, RC_VOXEL_INTEGER, 1.999) == 1);
  assert_true(rc_itk_cast(&image, RC_VOXEL_INTEGER, -3.5) == 0);
  assert_true(rc_itk_cast(&image, RC_VOXEL_INTEGER, 300) == 255);
  assert_true(rc_itk_cast(&image, RC_VOXEL_SINGLE, 0.1) == (double)0.1F);
  assert_true(rc_itk_cast(&image, RC_VOXEL_DOUBLE, 0.1) == 0.1);
}

// ---- the chain ---------------------------------------------------------------------------------

typedef struct fixture {
  rc_arena *arena;
  rc_volume image;
  rc_mask mask;
  rc_processing_settings settings;
  rc_error err;
} fixture;

/// Noise and a box of a mask in 20 x 18 x 12 voxels of 0.9 x 1.1 x 3 mm.
static fixture make(const rc_box *box) {
  fixture f = {.arena = rc_arena_create(0), .err = RC_ERROR_INIT};
  const rc_geometry grid = {
      {20, 18, 12}, {0.9, 1.1, 3}, {-20, 5, 100}, {1, 0, 0, 0, -1, 0, 0, 0, 1}};
  uint64_t s = 7;
  assert_int_equal(rc_volume_create(&grid, 0, &f.image, &f.err), RC_OK);
  assert_int_equal(rc_mask_create(&grid, 0, &f.mask, &f.err), RC_OK);
  assert_int_equal(rc_pyradiomics_defaults(f.arena, &f.settings, &f.err), RC_OK);
  for (int64_t z = 0, i = 0; z < 12; z++)
    for (int64_t y = 0; y < 18; y++)
      for (int64_t x = 0; x < 20; x++, i++) {
        s = s * 6364136223846793005U + 1442695040888963407U;
        f.image.value[i] = (double)(s >> 40) / 16777216 * 400 - 200;
        f.mask.value[i] = x >= box->low[0] && x < box->high[0] && y >= box->low[1] &&
                          y < box->high[1] && z >= box->low[2] && z < box->high[2];
      }
  return f;
}

static void release(fixture *f) {
  rc_volume_release(&f->image);
  rc_mask_release(&f->mask);
  rc_arena_destroy(f->arena);
}

static rc_roi prepare(fixture *f) {
  rc_roi roi;
  if (rc_roi_prepare(&f->image, &f->mask, &f->settings, 0, f->arena, &roi, &f->err) != RC_OK)
    fail_msg("%s", f->err.message);
  return roi;
}

static void refuses(fixture *f, rc_status expected, const char *message) {
  rc_roi roi;
  rc_error_clear(&f->err);
  assert_int_equal(rc_roi_prepare(&f->image, &f->mask, &f->settings, 0, f->arena, &roi, &f->err),
                   expected);
  assert_non_null(strstr(f->err.message, message));
}

static const rc_box middle = {{5, 4, 3}, {15, 12, 9}};

static void test_no_step_keeps_every_voxel(void **state) {
  (void)state;
  fixture f = make(&middle);
  rc_roi roi = prepare(&f);
  assert_int_equal(roi.n_mask, 10 * 8 * 6);
  assert_int_equal(roi.n_morph, roi.n_mask);
  rc_box all = whole(&f.image.geometry), frame = roi.box;
  for (int64_t z = middle.low[2]; z < middle.high[2]; z++)
    for (int64_t y = middle.low[1]; y < middle.high[1]; y++)
      assert_memory_equal(roi.intensity + line_start(&frame, &middle, y, z),
                          f.image.value + line_start(&all, &middle, y, z), 10 * sizeof(double));
  release(&f);
}

static void test_small_regions_are_refused(void **state) {
  (void)state;
  static const rc_box voxel = {{5, 4, 3}, {6, 5, 4}}, line = {{5, 4, 3}, {12, 5, 4}},
                      slice = {{5, 4, 3}, {12, 9, 4}}, none = {{0, 0, 0}, {0, 0, 0}};
  fixture f = make(&voxel);
  f.settings.pyradiomics.mask.minimum_dimensions = 1;
  refuses(&f, RC_ERR_EMPTY, "one voxel only");
  release(&f);
  f = make(&line);
  refuses(&f, RC_ERR_EMPTY, "1 dimensions");
  f.settings.pyradiomics.mask.minimum_dimensions = 1;
  assert_int_equal(prepare(&f).n_mask, 7);
  release(&f);
  f = make(&slice);
  assert_int_equal(prepare(&f).n_mask, 35);
  f.settings.pyradiomics.mask.minimum_dimensions = 3;
  refuses(&f, RC_ERR_EMPTY, "2 dimensions");
  release(&f);
  f = make(&middle);
  f.settings.pyradiomics.mask.minimum_size = 480; // that many are too few
  refuses(&f, RC_ERR_EMPTY, "more than 480");
  f.settings.pyradiomics.mask.minimum_size = 479;
  prepare(&f);
  f.settings.pyradiomics.resegmentation.range = (rc_reals){1, {0}};
  refuses(&f, RC_ERR_EMPTY, "after re-segmentation");
  f.settings.pyradiomics.mask.minimum_size = 0;
  f.settings.pyradiomics.resegmentation.range = (rc_reals){1, {1000}};
  refuses(&f, RC_ERR_EMPTY, "no voxel");
  release(&f);
  f = make(&none);
  refuses(&f, RC_ERR_EMPTY, "empty");
  release(&f);
}

static void test_one_slice_keeps_its_spacing(void **state) {
  (void)state;
  static const rc_box slice = {{5, 4, 3}, {12, 9, 4}};
  fixture f = make(&slice);
  f.settings.pyradiomics.interpolation.spacing_mm = (rc_reals){1, {2}};
  rc_roi roi = prepare(&f);
  assert_near(roi.image_grid.spacing_mm[0], 2, 0, 0);
  assert_near(roi.image_grid.spacing_mm[2], 3, 0, 0);
  release(&f);
}

static void test_spacing_that_is_there_crops_only(void **state) {
  (void)state;
  fixture f = make(&middle);
  rc_roi plain = prepare(&f);
  f.settings.pyradiomics.interpolation = (rc_pyradiomics_interpolation_settings){
      .spacing_mm = {3, {0.9000001, 0, 3}}, .image_method = RC_ITK_B_SPLINE, .pad = 2};
  rc_roi roi = prepare(&f);
  assert_int_equal(roi.image_grid.size[0], 14);
  assert_int_equal(roi.image_grid.size[1], 12);
  assert_int_equal(roi.image_grid.size[2], 10);
  assert_memory_equal(roi.image_grid.spacing_mm, f.image.geometry.spacing_mm, 3 * sizeof(double));
  assert_int_equal(roi.n_mask, plain.n_mask);
  assert_memory_equal(roi.texture.value, plain.texture.value,
                      (size_t)rc_geometry_voxels(&roi.grid) * sizeof *roi.texture.value);
  release(&f);
}

static void test_shape_stays_within_what_is_left(void **state) {
  (void)state;
  fixture f = make(&middle);
  rc_box all = whole(&f.image.geometry);
  for (int64_t i = 0; i < voxels_of(&all); i++)
    f.image.value[i] = 0;
  static const rc_box bright = {{6, 5, 4}, {9, 8, 6}};
  for (int64_t z = bright.low[2]; z < bright.high[2]; z++)
    for (int64_t y = bright.low[1]; y < bright.high[1]; y++)
      for (int64_t x = bright.low[0]; x < bright.high[0]; x += 2)
        f.image.value[x + 20 * (y + 18 * z)] = 10;
  f.settings.pyradiomics.resegmentation.range = (rc_reals){1, {5}};
  rc_roi roi = prepare(&f);
  assert_int_equal(roi.n_mask, 2 * 3 * 2);
  assert_int_equal(roi.n_morph, 3 * 3 * 2);
  f.settings.pyradiomics.resegmentation.shape = true;
  assert_int_equal(prepare(&f).n_morph, 2 * 3 * 2);
  release(&f);
}

static void test_normalised_image(void **state) {
  (void)state;
  static const rc_box all = {{0, 0, 0}, {20, 18, 12}};
  fixture f = make(&all);
  f.settings.pyradiomics.normalise =
      (rc_pyradiomics_normalise_settings){.enabled = true, .scale = 100, .remove_outliers = 1.5};
  rc_roi roi = prepare(&f);
  double most = 0;
  for (int64_t i = 0; i < rc_geometry_voxels(&roi.grid); i++)
    if (roi.mask[i])
      most = fmax(most, fabs(roi.intensity[i]));
  assert_near(most, 150, 0, 0);
  for (int64_t i = 0; i < rc_geometry_voxels(&f.image.geometry); i++)
    f.image.value[i] = 3;
  refuses(&f, RC_ERR_NUMERIC, "constant");
  release(&f);
}

static void test_intensities_that_are_not_finite(void **state) {
  (void)state;
  fixture f = make(&middle);
  f.image.value[7 + 20 * (6 + 18 * 5)] = NAN;
  assert_int_equal(prepare(&f).n_mask, 479);
  f.settings.pyradiomics.interpolation.spacing_mm = (rc_reals){1, {2}};
  refuses(&f, RC_ERR_NUMERIC, "linear");
  f.settings.pyradiomics.interpolation.image_method = RC_ITK_LINEAR;
  prepare(&f);
  release(&f);
}

static void test_limits_and_settings(void **state) {
  (void)state;
  fixture f = make(&middle);
  rc_roi roi;
  rc_pyradiomics_interpolation_settings *s = &f.settings.pyradiomics.interpolation;
  s->spacing_mm = (rc_reals){1, {0.1}};
  assert_int_equal(rc_roi_prepare(&f.image, &f.mask, &f.settings, 1000, f.arena, &roi, &f.err),
                   RC_ERR_LIMIT);
  s->spacing_mm = (rc_reals){1, {1e-12}};
  refuses(&f, RC_ERR_LIMIT, "too large a grid");
  s->spacing_mm = (rc_reals){2, {1, 1}};
  refuses(&f, RC_ERR_WORKFLOW, "x, y and z");
  s->spacing_mm = (rc_reals){1, {100}};
  refuses(&f, RC_ERR_EMPTY, "interpolation");
  release(&f);
}

/// What filters see: the same grid, and under the mask the same bits as the region has.
static void same_bits_around(fixture *f) {
  rc_roi roi = prepare(f);
  const rc_surroundings_wish everything = {.whole = true}, near = {.reach = {3, 3, 3}};
  rc_surroundings around, part;
  assert_int_equal(
      rc_roi_surroundings(&f->image, &f->settings, &roi, &everything, f->arena, &around, &f->err),
      RC_OK);
  assert_int_equal(
      rc_roi_surroundings(&f->image, &f->settings, &roi, &near, f->arena, &part, &f->err), RC_OK);
  assert_memory_equal(around.grid.size, roi.image_grid.size, sizeof around.grid.size);
  const rc_box *box = &part.box;
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++)
      assert_memory_equal(around.value + line_start(&around.box, box, y, z),
                          part.value + line_start(box, box, y, z),
                          (size_t)extent(box, 0) * sizeof(double));
  int64_t i = 0, n = 0;
  for (int64_t z = roi.box.low[2]; z < roi.box.high[2]; z++)
    for (int64_t y = roi.box.low[1]; y < roi.box.high[1]; y++)
      for (int64_t x = roi.box.low[0]; x < roi.box.high[0]; x++, i++) {
        const rc_box at = {{x, y, z}, {x + 1, y + 1, z + 1}};
        if (!roi.mask[i])
          continue;
        n++;
        assert_true(roi.intensity[i] == around.value[line_start(&around.box, &at, y, z)]);
      }
  assert_int_equal(n, roi.n_mask);
}

static void test_surroundings_have_the_bits_of_the_region(void **state) {
  (void)state;
  fixture f = make(&middle);
  same_bits_around(&f);
  f.settings.pyradiomics.normalise.enabled = true;
  same_bits_around(&f);
  f.settings.pyradiomics.interpolation.pre_crop = true;
  same_bits_around(&f);
  f.settings.pyradiomics.interpolation.spacing_mm = (rc_reals){3, {1, 0.7, 0}};
  same_bits_around(&f);
  f.settings.pyradiomics.normalise.enabled = false;
  f.image.type = RC_VOXEL_INTEGER;
  f.image.type_low = INT16_MIN;
  f.image.type_high = INT16_MAX;
  same_bits_around(&f);
  release(&f);
}

static void test_threads_do_not_matter(void **state) {
  (void)state;
  fixture f = make(&middle);
  f.settings.pyradiomics.interpolation.spacing_mm = (rc_reals){1, {0.8}};
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  rc_roi one = prepare(&f);
  omp_set_num_threads(3);
  rc_roi three = prepare(&f);
  omp_set_num_threads(threads);
  assert_memory_equal(one.intensity, three.intensity,
                      (size_t)rc_geometry_voxels(&one.grid) * sizeof(double));
  release(&f);
}

static void test_memory_stays_below_the_estimate(void **state) {
  (void)state;
  static const double spacing[] = {0, 0.5, 1, 3};
  for (size_t i = 0; i < sizeof spacing / sizeof spacing[0]; i++) {
    fixture f = make(&middle);
    const size_t voxels = (size_t)rc_geometry_voxels(&f.image.geometry);
    f.settings.pyradiomics.interpolation.spacing_mm = (rc_reals){1, {spacing[i]}};
    rc_roi roi = prepare(&f);
    size_t estimate = rc_processing_bytes((int64_t)voxels, rc_geometry_voxels(&roi.image_grid));
    assert_true(9 * voxels + rc_arena_peak(f.arena) <= estimate + (1 << 16));
    release(&f);
  }
}

static void test_description(void **state) {
  (void)state;
  fixture f = make(&middle);
  char text[256];
  rc_processing_describe(&f.settings, false, text, sizeof text);
  assert_string_equal(text, "original grid; FBS 25 from a multiple");
  f.settings.pyradiomics.normalise =
      (rc_pyradiomics_normalise_settings){.enabled = true, .scale = 100, .remove_outliers = 3};
  f.settings.pyradiomics.interpolation.spacing_mm = (rc_reals){3, {1, 1, 0}};
  f.settings.pyradiomics.resegmentation.range = (rc_reals){2, {-3, 3}};
  f.settings.pyradiomics.resegmentation.mode = RC_RANGE_SIGMA;
  f.settings.discretisation.n_bins = 64;
  rc_processing_describe(&f.settings, true, text, sizeof text);
  assert_string_equal(text, "normalised, scale 100, outliers 3 sigma; 1x1xoriginal mm b_spline, "
                            "pad 5; range sigma [-3, 3]; FBN 64");
  release(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_levels_are_those_of_numpy),
      cmocka_unit_test(test_too_many_levels_are_refused),
      cmocka_unit_test(test_ranges),
      cmocka_unit_test(test_sigma_in_single_precision),
      cmocka_unit_test(test_interpolation_is_that_of_itk),
      cmocka_unit_test(test_values_are_held_as_the_image_holds_them),
      cmocka_unit_test(test_no_step_keeps_every_voxel),
      cmocka_unit_test(test_small_regions_are_refused),
      cmocka_unit_test(test_one_slice_keeps_its_spacing),
      cmocka_unit_test(test_spacing_that_is_there_crops_only),
      cmocka_unit_test(test_shape_stays_within_what_is_left),
      cmocka_unit_test(test_normalised_image),
      cmocka_unit_test(test_intensities_that_are_not_finite),
      cmocka_unit_test(test_limits_and_settings),
      cmocka_unit_test(test_surroundings_have_the_bits_of_the_region),
      cmocka_unit_test(test_threads_do_not_matter),
      cmocka_unit_test(test_memory_stays_below_the_estimate),
      cmocka_unit_test(test_description),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
