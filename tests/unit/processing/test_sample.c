// SPDX-License-Identifier: Apache-2.0
// Another image on a region's grid, and parts of a region.
#include "roi.h"
#include "support.h"

#include "processing/sample.h"
#include "texture/contract.h"

#include <math.h>
#include <string.h>

static const int64_t box[3] = {9, 8, 7};
static const double spacing[3] = {1, 1.5, 2};

/// Turned, finer, and large enough for the region or not.
static rc_geometry turned(int64_t size) {
  const double c = cos(0.4), s = sin(0.4), from = size < 10 ? 3 : -4;
  return (rc_geometry){
      {size, size, size}, {0.8, 1.2, 1.7}, {from, from, from}, {c, -s, 0, s, c, 0, 0, 0, 1}};
}

static double plane(const double world[3]) {
  return 2 + 0.5 * world[0] - 3 * world[1] + 0.25 * world[2];
}

static rc_volume make_plane(const rc_geometry *grid) {
  rc_volume image = {0};
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_volume_create(grid, 0, &image, &err), RC_OK);
  for (int64_t i = 0; i < rc_geometry_voxels(grid); i++) {
    const double index[3] = {(double)(i % grid->size[0]),
                             (double)(i / grid->size[0] % grid->size[1]),
                             (double)(i / grid->size[0] / grid->size[1])};
    double world[3];
    rc_geometry_to_world(grid, index, world);
    image.value[i] = plane(world);
  }
  return image;
}

/// Trilinear interpolation keeps a plane; outside the image there is nothing.
static void a_plane_stays_a_plane(void **state) {
  (void)state;
  test_roi *region = test_roi_random(box, spacing, 7, 3);
  const rc_geometry *grid = &region->roi.grid;
  double out[9 * 8 * 7];
  for (int64_t size = 6; size <= 40; size += 34) {
    rc_geometry other = turned(size);
    rc_volume image = make_plane(&other);
    int64_t n = 0, n_inside = 0;
    rc_roi_sample(&region->roi, &image, out);
    for (int64_t i = 0; i < rc_geometry_voxels(grid); i++) {
      if (!region->mask[i])
        continue;
      const double index[3] = {(double)(i % grid->size[0]),
                               (double)(i / grid->size[0] % grid->size[1]),
                               (double)(i / grid->size[0] / grid->size[1])};
      double world[3], at[3];
      bool inside = true, outside = false;
      rc_geometry_to_world(grid, index, world);
      rc_geometry_to_index(&other, world, at);
      for (int d = 0; d < 3; d++) {
        inside = inside && at[d] >= 0 && at[d] <= (double)(size - 1);
        outside = outside || at[d] < -0.5 || at[d] > (double)size - 0.5;
      }
      if (inside)
        assert_near(out[n], plane(world), 1e-12, 1e-12);
      assert_true(outside == (bool)isnan(out[n]));
      n_inside += inside;
      n++;
    }
    assert_int_equal(n, region->roi.n_mask);
    assert_true(n_inside > 0 && (size > 6 || n_inside < n));
    rc_volume_release(&image);
  }
  test_roi_destroy(region);
}

static void edges_repeat_for_half_a_voxel(void **state) {
  (void)state;
  const int64_t size[3] = {1, 1, 1};
  const double intensity = 1, unit[3] = {1, 1, 1};
  const uint8_t inside = 1;
  test_roi *region = test_roi_create(size, unit, &intensity, &inside, NULL, NULL);
  rc_geometry grid = {{1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  rc_volume image = {0};
  rc_error err = RC_ERROR_INIT;
  double voxel[3], world[3], out;
  assert_int_equal(rc_volume_create(&grid, 0, &image, &err), RC_OK);
  image.value[0] = 42;
  for (int d = 0; d < 3; d++)
    voxel[d] = (double)(region->roi.grid.size[d] / 2);
  rc_geometry_to_world(&region->roi.grid, voxel, world);
  for (int far = 0; far < 2; far++) {
    for (int d = 0; d < 3; d++)
      image.geometry.origin_mm[d] = world[d] + (far ? 0.51 : 0.49);
    rc_roi_sample(&region->roi, &image, &out);
    assert_near(out, far ? NAN : 42, 0, 0);
  }
  rc_volume_release(&image);
  test_roi_destroy(region);
}

static void parts_make_the_whole(void **state) {
  (void)state;
  test_roi *region = test_roi_random(box, spacing, 7, 3);
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  const int64_t n = rc_geometry_voxels(&region->roi.grid), n_mask = region->roi.n_mask;
  uint8_t *label = rc_arena_alloc(arena, (size_t)n_mask, 1);
  rc_roi part[4];
  int64_t total = 0;
  for (int64_t v = 0; v < n_mask; v++)
    label[v] = (uint8_t)(1 + v % 5 % 3);
  for (uint8_t h = 0; h < 4; h++) {
    assert_int_equal(rc_roi_part(&region->roi, label, h, arena, &part[h], &err), RC_OK);
    total += part[h].n_mask;
    assert_int_equal(part[h].n_morph, part[h].n_mask);
  }
  assert_int_equal(part[0].n_mask, 0);
  assert_int_equal(total, n_mask);
  for (int64_t i = 0, v = 0; i < n; i++) {
    int64_t found = 0;
    for (uint8_t h = 1; h < 4; h++) {
      bool here = region->mask[i] && label[v] == h;
      assert_int_equal(part[h].mask[i], here);
      assert_int_equal(part[h].texture.value[i], here ? region->level[i] : 0);
      found += part[h].mask[i];
    }
    assert_int_equal(found, region->mask[i]);
    v += region->mask[i];
  }
  rc_arena_destroy(arena);
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_plane_stays_a_plane),
                                     cmocka_unit_test(edges_repeat_for_half_a_voxel),
                                     cmocka_unit_test(parts_make_the_whole)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
