// SPDX-License-Identifier: Apache-2.0
// Contours to voxels: known shapes, and a slow point-in-polygon test as a second opinion.
#include "images/rasterise.h"

#include "base/rng.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 12
#define HEIGHT 10

static const int64_t size[2] = {WIDTH, HEIGHT};

static int64_t count(const uint8_t *slice) {
  int64_t n = 0;
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    n += slice[i];
  return n;
}

static void draw(const double *point, int64_t n, uint8_t *slice) {
  static const uint8_t zeros[(WIDTH + 1) * HEIGHT];
  uint8_t flips[(WIDTH + 1) * HEIGHT] = {0};
  rc_rasterise_contour(point, n, size, slice, flips);
  assert_memory_equal(flips, zeros, sizeof flips); // scratch is left clean
}

static void a_rectangle_between_centres(void **state) {
  (void)state;
  uint8_t slice[WIDTH * HEIGHT] = {0};
  const double box[] = {1.5, 2.5, 6.5, 2.5, 6.5, 5.5, 1.5, 5.5};
  draw(box, 4, slice);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      assert_int_equal(slice[x + WIDTH * y], x >= 2 && x <= 6 && y >= 3 && y <= 5);
}

/// Shared edges count once: rectangles side by side neither overlap nor leave a gap.
static void edges_on_centres_belong_to_one_side(void **state) {
  (void)state;
  uint8_t left[WIDTH * HEIGHT] = {0}, right[WIDTH * HEIGHT] = {0};
  const double a[] = {1, 1, 5, 1, 5, 6, 1, 6}, b[] = {5, 1, 9, 1, 9, 6, 5, 6};
  draw(a, 4, left);
  draw(b, 4, right);
  assert_int_equal(count(left), 4 * 5);
  assert_int_equal(count(right), 4 * 5);
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    assert_int_equal(left[i] & right[i], 0);
}

static void second_contour_inside_is_a_hole(void **state) {
  (void)state;
  uint8_t slice[WIDTH * HEIGHT] = {0};
  const double outer[] = {0.5, 0.5, 9.5, 0.5, 9.5, 8.5, 0.5, 8.5};
  const double inner[] = {3.5, 3.5, 6.5, 3.5, 6.5, 6.5, 3.5, 6.5};
  const double island[] = {4.5, 4.5, 5.5, 4.5, 5.5, 5.5, 4.5, 5.5};
  draw(outer, 4, slice);
  draw(inner, 4, slice);
  assert_int_equal(count(slice), 9 * 8 - 9);
  draw(island, 4, slice);
  assert_int_equal(count(slice), 9 * 8 - 9 + 1);
}

/// One contour that runs inwards, around the hole and back on the same line.
static void keyhole_is_a_hole(void **state) {
  (void)state;
  uint8_t slice[WIDTH * HEIGHT] = {0};
  const double keyhole[] = {0.5, 0.5, 9.5, 0.5, 9.5, 8.5, 0.5, 8.5, 0.5, 4, 3.5, 4,
                            3.5, 6.5, 6.5, 6.5, 6.5, 3.5, 3.5, 3.5, 3.5, 4, 0.5, 4};
  draw(keyhole, 12, slice);
  assert_int_equal(count(slice), 9 * 8 - 9);
  assert_int_equal(slice[5 + WIDTH * 5], 0);
  assert_int_equal(slice[2 + WIDTH * 4], 1); // on the channel
}

static void outside_the_grid_is_clipped(void **state) {
  (void)state;
  uint8_t slice[WIDTH * HEIGHT] = {0};
  const double around[] = {-1e6, -1e6, 1e6, -1e6, 1e6, 1e6, -1e6, 1e6};
  const double beside[] = {-9, -9, -5, -9, -5, 50, -9, 50};
  const double corner[] = {8.5, 7.5, 40, 7.5, 40, 40, 8.5, 40};
  draw(around, 4, slice);
  assert_int_equal(count(slice), WIDTH * HEIGHT);
  memset(slice, 0, sizeof slice);
  draw(beside, 4, slice);
  assert_int_equal(count(slice), 0);
  draw(corner, 4, slice);
  assert_int_equal(count(slice), 3 * 2);
  draw(corner, 2, slice); // a line encloses nothing
  assert_int_equal(count(slice), 3 * 2);
}

/// Crossings of a ray to the right, one point at a time (the textbook form of the rule).
static int inside(const double *p, int64_t n, double x, double y) {
  int odd = 0;
  for (int64_t i = 0, j = n - 1; i < n; j = i++)
    if ((p[2 * i + 1] < y) != (p[2 * j + 1] < y) &&
        x < p[2 * i] + (p[2 * j] - p[2 * i]) * (y - p[2 * i + 1]) / (p[2 * j + 1] - p[2 * i + 1]))
      odd = !odd;
  return odd;
}

static void random_polygons_agree_with_the_textbook(void **state) {
  (void)state;
  rc_rng rng = rc_rng_init(7, 1);
  int64_t set = 0;
  for (int trial = 0; trial < 300; trial++) {
    double point[2 * 15];
    uint8_t slice[WIDTH * HEIGHT] = {0};
    const int64_t n = 3 + (int64_t)rc_rng_below(&rng, 13);
    for (int64_t i = 0; i < n; i++) {
      point[2 * i] = rc_rng_uniform(&rng) * (WIDTH + 6) - 3;
      point[2 * i + 1] = rc_rng_uniform(&rng) * (HEIGHT + 6) - 3;
    }
    draw(point, n, slice);
    for (int y = 0; y < HEIGHT; y++)
      for (int x = 0; x < WIDTH; x++)
        assert_int_equal(slice[x + WIDTH * y], inside(point, n, x, y));
    set += count(slice);
  }
  assert_true(set > 300 * 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_rectangle_between_centres),
                                     cmocka_unit_test(edges_on_centres_belong_to_one_side),
                                     cmocka_unit_test(second_contour_inside_is_a_hole),
                                     cmocka_unit_test(keyhole_is_a_hole),
                                     cmocka_unit_test(outside_the_grid_is_clipped),
                                     cmocka_unit_test(random_polygons_agree_with_the_textbook)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
