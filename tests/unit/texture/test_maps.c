// SPDX-License-Identifier: Apache-2.0
// Feature maps: each voxel's value is the family's own of the cube around it.
#include "roi.h"
#include "support.h"

#include "texture/maps.h"
#include "texture/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 4 };

static const int64_t box[3] = {9, 8, 7};
static const double spacing[3] = {1, 1.5, 2};

/// Everything of a profile that can be mapped, in some aggregations.
typedef struct fixture {
  rc_arena *arena, *scratch[MOST_THREADS];
  rc_feature_settings settings;
  rc_feature_column *column;
  int64_t n;
  int64_t *index;
} fixture;

static const uint32_t all = RC_AGG_BIT(RC_AGG_COUNT) - 1;

static fixture open_fixture(rc_profile profile, uint32_t aggregations) {
  fixture f = {.arena = rc_arena_create(0)};
  rc_error err = RC_ERROR_INIT;
  for (int t = 0; t < MOST_THREADS; t++)
    assert_non_null(f.scratch[t] = rc_arena_create(0));
  assert_int_equal(rc_feature_settings_default(profile, f.arena, &f.settings, &err), RC_OK);
  f.settings.families = 0;
  f.settings.aggregations = aggregations;
  for (int64_t i = 0; i < rc_n_families; i++)
    if (rc_families[i]->profile == profile && rc_family_has_maps(rc_families[i]))
      f.settings.families |= UINT64_C(1) << i;
  assert_int_equal(rc_feature_columns(&f.settings, f.arena, &f.column, &f.n, &err), RC_OK);
  assert_true(f.n >= 50);
  f.index = rc_arena_alloc(f.arena, (size_t)f.n, sizeof *f.index);
  assert_non_null(f.index);
  for (int64_t c = 0; c < f.n; c++)
    f.index[c] = c;
  return f;
}

static void close_fixture(fixture *f) {
  for (int t = 0; t < MOST_THREADS; t++)
    rc_arena_destroy(f->scratch[t]);
  rc_arena_destroy(f->arena);
}

static double **compute_request(fixture *f, const rc_roi *roi, const rc_map_request *request,
                                int n_threads) {
  rc_error err = RC_ERROR_INIT;
  const size_t n = (size_t)rc_geometry_voxels(&roi->grid);
  double **map = rc_arena_alloc(f->arena, (size_t)f->n, sizeof *map);
  assert_non_null(map);
  for (int64_t c = 0; c < f->n; c++) {
    assert_non_null(map[c] = rc_arena_alloc(f->arena, n, sizeof **map));
    memset(map[c], 0x5a, n * sizeof **map);
  }
  if (rc_maps_compute(roi, request, f->scratch, n_threads, map, &err) != RC_OK)
    fail_msg("%s", err.message);
  return map;
}

static double **compute(fixture *f, const rc_roi *roi, int64_t radius, int n_threads) {
  const rc_map_request request = {&f->settings, f->index, f->n, radius, false};
  return compute_request(f, roi, &request, n_threads);
}

/// The region without the voxels further than `radius` from `at`.
static void keep_near(const test_roi *region, const int64_t at[3], int64_t radius, test_roi *cut) {
  const int64_t *size = region->roi.grid.size;
  int64_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        bool near =
            llabs(x - at[0]) <= radius && llabs(y - at[1]) <= radius && llabs(z - at[2]) <= radius;
        cut->mask[i] = cut->morph[i] = near && region->mask[i];
        cut->level[i] = region->level[i];
      }
  test_roi_recount(cut);
}

/// Names the column whose value is not the family's own of the cut region.
static void assert_voxel(fixture *f, const rc_roi *cut, double *const *map, int64_t v) {
  rc_error err = RC_ERROR_INIT;
  double *own = rc_arena_alloc(f->arena, (size_t)f->n, sizeof *own);
  assert_int_equal(rc_features_compute(&f->settings, cut, f->arena, own, NULL, &err), RC_OK);
  for (int64_t c = 0; c < f->n; c++)
    if (!(isnan(own[c]) && isnan(map[c][v])) && !(map[c][v] == own[c]))
      fail_msg("%s at voxel %lld: %.17g, of the cube %.17g", f->column[c].name, (long long)v,
               map[c][v], own[c]);
}

static void each_voxel_is_measured_in_its_cube(void **state) {
  (void)state;
  for (int p = 0; rc_profile_names[p] != NULL; p++)
    for (int64_t radius = 1; radius <= 3; radius++) {
      fixture f = open_fixture((rc_profile)p, all);
      test_roi *region = test_roi_random(box, spacing, 7, 11), *cut;
      cut = test_roi_random(box, spacing, 7, 11);
      double **map = compute(&f, &region->roi, radius, 1);
      const int64_t *size = region->roi.grid.size;
      const int64_t n = rc_geometry_voxels(&region->roi.grid);
      for (int64_t v = 0; v < n; v++) {
        const int64_t at[3] = {v % size[0], v / size[0] % size[1], v / size[0] / size[1]};
        for (int64_t c = 0; !region->mask[v] && c < f.n; c++)
          assert_true(isnan(map[c][v]));
        if (!region->mask[v] || v % 3 != 0)
          continue;
        keep_near(region, at, radius, cut);
        assert_voxel(&f, &cut->roi, map, v);
      }
      test_roi_destroy(region);
      test_roi_destroy(cut);
      close_fixture(&f);
    }
}

/// All voxels, of regions with few and with many levels, whole-numbered intensities and others,
/// with and without a gap wider than the cube, in the aggregations that slide.
static void sliding_changes_no_bit(void **state) {
  (void)state;
  static const int64_t wide[3] = {23, 6, 5};
  const uint32_t avg = RC_AGG_BIT(RC_AGG_3D_AVG), comb = RC_AGG_BIT(RC_AGG_3D_COMB);
  const uint32_t solid = RC_AGG_BIT(RC_AGG_3D),
                 aggregations[] = {solid | avg | comb, solid | avg, comb, solid | avg | comb};
  for (int p = 0; rc_profile_names[p] != NULL; p++)
    for (int kind = 0; kind < 4; kind++) {
      fixture f = open_fixture((rc_profile)p, aggregations[kind]);
      test_roi *region = test_roi_random(wide, spacing, kind % 2 ? 90 : 5, 17);
      for (int64_t v = 0; kind >= 2 && v < rc_geometry_voxels(&region->roi.grid); v++)
        if (v % region->roi.grid.size[0] > 6 && v % region->roi.grid.size[0] < 15)
          region->mask[v] = 0;
      for (int64_t v = 0; v < rc_geometry_voxels(&region->roi.grid); v++)
        region->intensity[v] =
            kind % 2 ? region->intensity[v] / 3 - 2 : floor(8 * region->intensity[v]);
      test_roi_recount(region);
      rc_map_request request = {&f.settings, f.index, f.n, 1 + kind % 3, true};
      double **afresh = compute_request(&f, &region->roi, &request, 1);
      request.afresh = false;
      double **slid = compute_request(&f, &region->roi, &request, 1);
      for (int64_t c = 0; c < f.n; c++)
        for (int64_t v = 0; v < rc_geometry_voxels(&region->roi.grid); v++)
          if (!(isnan(afresh[c][v]) && isnan(slid[c][v])) && !(afresh[c][v] == slid[c][v]))
            fail_msg("%s, case %d, voxel %lld: %.17g slid, %.17g afresh", f.column[c].name, kind,
                     (long long)v, slid[c][v], afresh[c][v]);
      test_roi_destroy(region);
      close_fixture(&f);
    }
}

static void threads_change_no_bit(void **state) {
  (void)state;
  fixture f = open_fixture(RC_PROFILE_IBSI, all);
  test_roi *region = test_roi_random(box, spacing, 12, 5);
  const size_t n = (size_t)rc_geometry_voxels(&region->roi.grid);
  double **one = compute(&f, &region->roi, 2, 1), **four = compute(&f, &region->roi, 2, 4);
  for (int64_t c = 0; c < f.n; c++)
    assert_memory_equal(one[c], four[c], n * sizeof **one);
  test_roi_destroy(region);
  close_fixture(&f);
}

static void a_wide_cube_holds_the_whole_region(void **state) {
  (void)state;
  fixture f = open_fixture(RC_PROFILE_IBSI, all);
  test_roi *region = test_roi_phantom();
  double **map = compute(&f, &region->roi, RC_MAP_MAX_RADIUS, 2);
  for (int64_t v = 0; v < rc_geometry_voxels(&region->roi.grid); v++)
    if (region->mask[v])
      assert_voxel(&f, &region->roi, map, v);
  test_roi_destroy(region);
  close_fixture(&f);
}

static void one_voxel_and_none(void **state) {
  (void)state;
  const int64_t size[3] = {1, 1, 1};
  const double intensity = 3;
  const uint8_t inside = 1, outside = 0;
  for (int n_mask = 0; n_mask < 2; n_mask++) {
    fixture f = open_fixture(RC_PROFILE_IBSI, all);
    test_roi *region =
        test_roi_create(size, spacing, &intensity, &inside, n_mask ? &inside : &outside, NULL);
    test_roi_levels_as_is(region);
    double **map = compute(&f, &region->roi, 1, 1);
    for (int64_t v = 0; v < rc_geometry_voxels(&region->roi.grid); v++) {
      if (region->mask[v])
        assert_voxel(&f, &region->roi, map, v);
      for (int64_t c = 0; !region->mask[v] && c < f.n; c++)
        assert_true(isnan(map[c][v]));
    }
    test_roi_destroy(region);
    close_fixture(&f);
  }
}

static void little_memory_is_an_error(void **state) {
  (void)state;
  fixture f = open_fixture(RC_PROFILE_IBSI, all);
  test_roi *region = test_roi_random(box, spacing, 7, 3);
  rc_error err = RC_ERROR_INIT;
  rc_arena *small = rc_arena_create(4096);
  const rc_map_request request = {&f.settings, f.index, f.n, RC_MAP_MAX_RADIUS, false};
  double **map = compute(&f, &region->roi, 1, 1);
  assert_int_equal(rc_maps_compute(&region->roi, &request, &small, 1, map, &err), RC_ERR_MEMORY);
  rc_arena_destroy(small);
  test_roi_destroy(region);
  close_fixture(&f);
}

static void a_number_that_is_none_is_an_error(void **state) {
  (void)state;
  fixture f = open_fixture(RC_PROFILE_IBSI, all);
  test_roi *region = test_roi_random(box, spacing, 7, 3);
  rc_map_request request = {&f.settings, f.index, f.n, 1, false};
  double **map = compute(&f, &region->roi, 1, 1);
  int64_t v = 0;
  while (!region->mask[v])
    v++;
  region->intensity[v] = NAN;
  for (int afresh = 0; afresh < 2; afresh++) {
    rc_error err = RC_ERROR_INIT;
    request.afresh = afresh == 1;
    assert_int_equal(rc_maps_compute(&region->roi, &request, f.scratch, 1, map, &err),
                     RC_ERR_NUMERIC);
  }
  test_roi_destroy(region);
  close_fixture(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_voxel_is_measured_in_its_cube),
                                     cmocka_unit_test(sliding_changes_no_bit),
                                     cmocka_unit_test(threads_change_no_bit),
                                     cmocka_unit_test(a_wide_cube_holds_the_whole_region),
                                     cmocka_unit_test(one_voxel_and_none),
                                     cmocka_unit_test(little_memory_is_an_error),
                                     cmocka_unit_test(a_number_that_is_none_is_an_error)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
