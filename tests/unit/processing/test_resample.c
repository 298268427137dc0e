// SPDX-License-Identifier: Apache-2.0
// Interpolation against closed forms and against scipy 1.17.1's ndimage.map_coordinates(order,
// mode="nearest") at the coordinates of IBSI-1 section 2.4.
#include "support.h"

#include "processing/processing.h"
#include "processing/resample.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static rc_arena *arena;

static int set_up(void **state) {
  (void)state;
  arena = rc_arena_create(0);
  return arena == NULL;
}

static int tear_down(void **state) {
  (void)state;
  rc_arena_destroy(arena);
  return 0;
}

static rc_axis_map axis(int64_t n, double old_spacing, double new_spacing) {
  rc_error err = RC_ERROR_INIT;
  rc_axis_map map;
  assert_int_equal(rc_axis_map_make(n, old_spacing, new_spacing, &map, &err), RC_OK);
  return map;
}

static double *resample(const double *in, const rc_axis_map map[3], int method, const rc_box *box) {
  rc_error err = RC_ERROR_INIT;
  rc_box held = {{0, 0, 0}, {map[0].n_in, map[1].n_in, map[2].n_in}};
  int64_t n = 1;
  for (int d = 0; d < 3; d++)
    n *= box->high[d] - box->low[d];
  double *out = rc_arena_alloc(arena, (size_t)n, sizeof *out);
  assert_non_null(out);
  assert_int_equal(rc_resample(in, &held, map, method, box, arena, out, &err), RC_OK);
  return out;
}

static rc_box whole(const rc_axis_map map[3]) {
  rc_box box = {{0, 0, 0}, {map[0].n_out, map[1].n_out, map[2].n_out}};
  return box;
}

/// Resamples a line laid along one of the axes.
static double *resample_line(const double *in, rc_axis_map map, int along, int method) {
  rc_axis_map maps[3] = {axis(1, 1, 1), axis(1, 1, 1), axis(1, 1, 1)};
  maps[along] = map;
  rc_box box = whole(maps);
  return resample(in, maps, method, &box);
}

static void test_grid_sizes_are_rounded_up(void **state) {
  (void)state;
  static const struct {
    int64_t n;
    double old_spacing, new_spacing;
    int64_t expected;
  } known[] = {
      // The CT phantom's axes, configurations B to E.
      {204, 0.9765625, 2, 100},
      {201, 0.9765625, 2, 99},
      {60, 3, 2, 90},
      // What single precision leaves of 0.3 mm and 0.7 mm adds no voxel.
      {10, (double)0.3f, 0.1, 30},
      {100, (double)0.7f, 0.35, 200},
      {4, 3, 2, 6},
      {5, 1, 2, 3},
      {1, 1, 100, 1},
      {7, 2, 2, 7},
      {7, 2.0000001, 2, 7},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    assert_int_equal(axis(known[i].n, known[i].old_spacing, known[i].new_spacing).n_out,
                     known[i].expected);
  rc_error err = RC_ERROR_INIT;
  rc_axis_map map;
  assert_int_equal(rc_axis_map_make(1000000, 1000, 1e-9, &map, &err), RC_ERR_LIMIT);
}

static void test_grids_share_their_centre(void **state) {
  (void)state;
  rc_axis_map map = axis(4, 3, 2); // the manual's example: 4 voxels of 3 mm to 2 mm
  assert_int_equal(map.n_out, 6);
  assert_near(rc_axis_position(&map, 0), -1.0 / 6, 1e-15, 0);
  assert_near(rc_axis_position(&map, 5), 3 + 1.0 / 6, 1e-15, 0);
  for (int64_t n = 1; n < 40; n++) {
    map = axis(n, 0.9765625, 2.3);
    for (int64_t j = 0; j < map.n_out; j++) {
      double mirrored = (double)(n - 1) - rc_axis_position(&map, map.n_out - 1 - j);
      assert_near(rc_axis_position(&map, j), mirrored, 1e-13, 0);
    }
    assert_true(rc_axis_position(&map, 0) >= -0.5 - 1e-12);
  }
}

static void test_lines_equal_scipy(void **state) {
  (void)state;
  static const double in[7] = {3, -1, 4, 1, -5, 9, 2};
  static const double expected[3][11] = {
      [RC_INTERP_NEAREST] = {3, 3, -1, 4, 4, 1, -5, -5, 9, 2, 2},
      [RC_INTERP_LINEAR] = {3.0, 1.666666666666666, -1.0, 2.333333333333334, 2.9999999999999996,
                            1.0, -2.999999999999999, -0.3333333333333375, 9.0, 4.3333333333333375,
                            2.0},
      [RC_INTERP_CUBIC_SPLINE] = {3.570642178306003, 1.4096017477013838, -1.0, 2.2072794904722706,
                                  4.467602996061904, 1.0, -5.187247830212689, -0.7150116546866022,
                                  9.0, 5.245324960624164, 0.8185301346222498},
  };
  for (int method = 0; method < 3; method++)
    for (int along = 0; along < 3; along++) {
      double *out = resample_line(in, axis(7, 3, 2), along, method);
      for (int j = 0; j < 11; j++)
        assert_near(out[j], expected[method][j], 1e-12, 0);
    }
}

static void test_volume_equals_scipy(void **state) {
  (void)state;
  // Voxel i (x fastest, size 6 x 4 x 5) is (37 i mod 101) + (i mod 7) / 2.
  static const double expected[72] = {
      9.441018329733584,  43.2754788809049,   71.02988076514723,  49.96098816804906,
      36.10936798461635,  45.61356315275879,  86.40779090513512,  50.16380000117227,
      22.24310517489935,  24.148660252161232, 58.49918005284322,  64.53140560609037,
      47.98929678371227,  41.79395755592392,  48.74145184880411,  77.77702917519004,
      37.637799431754054, 34.85011665484066,  55.0034256199691,   81.08219403274572,
      45.78704053292453,  47.54357203974864,  52.90807725002417,  57.66499124384075,
      56.567125789471355, 25.21438515428928,  51.06560969125067,  75.29897963585195,
      71.45597577651527,  23.927690581965596, 55.79838617048227,  60.26134217787436,
      65.77844837057819,  37.552919281307176, 47.17188401466025,  41.57575309469999,
      78.95997496890178,  40.63414811438973,  28.185039865638903, 61.97671613797704,
      72.55047088654582,  49.66276698419026,  43.60437092762887,  55.87309807788613,
      49.766233709438445, 66.23178057693382,  21.608938827681484, 48.01881805675225,
      65.36705039036295,  74.82094208619696,  23.677812751879937, 62.18668072070881,
      48.82727920499668,  68.68948586872075,  42.72742054611567,  39.460136458372936,
      43.71627370631174,  74.93231694915778,  42.33171007469734,  27.459567874425385,
      57.77981174691501,  69.74937345784318,  47.03987576466912,  31.112698586085813,
      53.89872664752774,  36.61133287819353,  80.3352536726014,   21.960371668835766,
      35.24830960559115,  50.96283186150361,  84.74245035516836,  29.44167687424172};
  double in[120];
  for (int i = 0; i < 120; i++)
    in[i] = i * 37 % 101 + (i % 7) * 0.5;
  rc_axis_map map[3] = {axis(6, 0.9765625, 2), axis(4, 1.5, 2), axis(5, 3, 2)};
  rc_box box = whole(map);
  assert_int_equal(box.high[0] * box.high[1] * box.high[2], 72);
  double *out = resample(in, map, RC_INTERP_CUBIC_SPLINE, &box);
  for (int i = 0; i < 72; i++)
    assert_near(out[i], expected[i], 1e-11, 0);
}

static void test_constants_stay_to_the_bit(void **state) {
  (void)state;
  double in[8 * 9 * 10];
  for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
    in[i] = 0.1;
  rc_axis_map map[3] = {axis(8, 1, 0.7), axis(9, 1, 0.31), axis(10, 1, 1.3)};
  rc_box box = whole(map);
  for (int method = 0; method < 3; method++) {
    double *out = resample(in, map, method, &box);
    for (int64_t i = 0; i < box.high[0] * box.high[1] * box.high[2]; i++)
      assert_true(out[i] == 0.1);
  }
}

/// Linear interpolation gives a line back between the outermost voxels, the spline a cubic where
/// the repeated edge is far.
static void test_polynomials_are_reproduced(void **state) {
  (void)state;
  enum { N = 120 };
  double line[N], cubic[N];
  for (int i = 0; i < N; i++) {
    double t = (i - 60) / 10.0;
    line[i] = 2 - 3 * t;
    cubic[i] = 1 + t - 0.5 * t * t + 0.25 * t * t * t;
  }
  rc_axis_map map = axis(N, 1, 0.37);
  for (int along = 0; along < 3; along++) {
    double *linear = resample_line(line, map, along, RC_INTERP_LINEAR);
    double *spline = resample_line(cubic, map, along, RC_INTERP_CUBIC_SPLINE);
    for (int64_t j = 0; j < map.n_out; j++) {
      double position = rc_axis_position(&map, j), t = (position - 60) / 10.0;
      if (position >= 0 && position <= N - 1)
        assert_near(linear[j], 2 - 3 * t, 1e-13, 1e-14);
      if (position >= 30 && position <= N - 31)
        assert_near(spline[j], 1 + t - 0.5 * t * t + 0.25 * t * t * t, 1e-12, 1e-13);
    }
  }
}

static void fill_random(double *value, int64_t n) {
  uint64_t s = 88172645463325252u;
  for (int64_t i = 0; i < n; i++) {
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    value[i] = (double)(s >> 11) / 9007199254740992.0 * 2000 - 1000;
  }
}

static void test_samples_on_voxel_centres_are_the_voxels(void **state) {
  (void)state;
  double in[11];
  fill_random(in, 11);
  rc_axis_map map = axis(11, 3, 1); // every third new sample lies on an old one
  double *out = resample_line(in, map, 0, RC_INTERP_CUBIC_SPLINE);
  for (int i = 0; i < 11; i++)
    assert_true(out[3 * i + 1] == in[i]);
}

static void test_part_has_the_bits_of_the_whole(void **state) {
  (void)state;
  enum { NX = 70, NY = 75, NZ = 40 };
  double *in = rc_arena_alloc(arena, (size_t)NX * NY * NZ, sizeof *in);
  assert_non_null(in);
  fill_random(in, (int64_t)NX * NY * NZ);
  rc_axis_map map[3] = {axis(NX, 0.9765625, 1), axis(NY, 0.9765625, 1), axis(NZ, 3.27, 1)};
  rc_box all = whole(map);
  rc_box part = {{30, 35, 60}, {41, 36, 74}};
  for (int method = 0; method < 3; method++) {
    double *big = resample(in, map, method, &all);
    double *small = resample(in, map, method, &part);
    for (int64_t z = part.low[2]; z < part.high[2]; z++)
      for (int64_t y = part.low[1]; y < part.high[1]; y++, small += part.high[0] - part.low[0])
        assert_memory_equal(small, big + (z * all.high[1] + y) * all.high[0] + part.low[0],
                            (size_t)(part.high[0] - part.low[0]) * sizeof *small);
  }
}

static void test_threads_do_not_matter(void **state) {
  (void)state;
  enum { N = 40 };
  double *in = rc_arena_alloc(arena, (size_t)N * N * N, sizeof *in);
  assert_non_null(in);
  fill_random(in, (int64_t)N * N * N);
  rc_axis_map map[3] = {axis(N, 1, 0.8), axis(N, 1, 1.3), axis(N, 1, 0.9)};
  rc_box box = whole(map);
  size_t bytes = (size_t)(box.high[0] * box.high[1] * box.high[2]) * sizeof(double);
  int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  double *one = resample(in, map, RC_INTERP_CUBIC_SPLINE, &box);
  omp_set_num_threads(5);
  double *five = resample(in, map, RC_INTERP_CUBIC_SPLINE, &box);
  omp_set_num_threads(threads);
  assert_memory_equal(one, five, bytes);
}

static void test_cover_holds_every_sample_in_reach(void **state) {
  (void)state;
  static const double spacing[] = {0.13, 0.5, 0.9765625, 1, 1.7, 4.9};
  for (size_t s = 0; s < sizeof spacing / sizeof spacing[0]; s++) {
    rc_axis_map map = axis(23, 1, spacing[s]);
    for (int64_t low = 0; low < 23; low++) {
      int64_t from, to;
      rc_axis_cover(&map, low, low + 2 > 23 ? 23 : low + 2, 1, &from, &to);
      assert_true(from >= 0 && from <= to && to <= map.n_out);
      for (int64_t j = 0; j < map.n_out; j++) {
        double t = rc_axis_position(&map, j);
        if (t > (double)low - 1 && t < (double)(low + 2))
          assert_true(j >= from && j < to);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_grid_sizes_are_rounded_up),
      cmocka_unit_test(test_grids_share_their_centre),
      cmocka_unit_test(test_lines_equal_scipy),
      cmocka_unit_test(test_volume_equals_scipy),
      cmocka_unit_test(test_constants_stay_to_the_bit),
      cmocka_unit_test(test_polynomials_are_reproduced),
      cmocka_unit_test(test_samples_on_voxel_centres_are_the_voxels),
      cmocka_unit_test(test_part_has_the_bits_of_the_whole),
      cmocka_unit_test(test_threads_do_not_matter),
      cmocka_unit_test(test_cover_holds_every_sample_in_reach),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
