// SPDX-License-Identifier: Apache-2.0
// k-means and habitats: against all partitions of a few points; scikit-learn's results on real
// regions are compared in tests/reference/habitats.
#include "support.h"

#include "statistics/habitats.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 9, MANY = 200000, MOST_CHANNELS = 3 };

typedef struct fixture {
  rc_arena *arena;
  double *value[MOST_CHANNELS];
  rc_points points;
} fixture;

/// Lumps of noise.
static fixture make(int64_t n, int64_t n_dimensions, uint64_t seed) {
  fixture f = {.arena = rc_arena_create(0)};
  rc_rng rng = rc_rng_init(seed, 0);
  for (int64_t d = 0; d < n_dimensions; d++)
    f.value[d] = rc_arena_alloc(f.arena, (size_t)n, sizeof *f.value[d]);
  for (int64_t i = 0; i < n; i++)
    for (int64_t d = 0; d < n_dimensions; d++)
      f.value[d][i] = rc_rng_normal(&rng) + 3.0 * (double)((i >> d) % 2);
  f.points = (rc_points){NULL, n_dimensions, n};
  return f;
}

static rc_status cluster(fixture *f, int64_t k, uint64_t seed, rc_kmeans *out, rc_error *err) {
  const rc_kmeans_settings settings = {k, f->points.n == FEW ? 500 : 5, 300};
  rc_rng rng = rc_rng_init(seed, 1);
  f->points.value = (const double *const *)f->value;
  return rc_kmeans_run(&f->points, &settings, &rng, f->arena, out, err);
}

/// Sum of squared distances to the means of the clusters; infinite when one is empty.
static double inertia_of(const fixture *f, const uint8_t *cluster, int64_t k) {
  double total = 0;
  for (int64_t c = 0; c < k; c++) {
    int64_t n = 0;
    for (int64_t i = 0; i < f->points.n; i++)
      n += cluster[i] == c;
    if (n == 0)
      return INFINITY;
    for (int64_t d = 0; d < f->points.n_dimensions; d++) {
      double mean = 0;
      for (int64_t i = 0; i < f->points.n; i++)
        mean += cluster[i] == c ? f->value[d][i] / (double)n : 0;
      for (int64_t i = 0; i < f->points.n; i++)
        total += cluster[i] == c ? (f->value[d][i] - mean) * (f->value[d][i] - mean) : 0;
    }
  }
  return total;
}

static void the_best_of_all_partitions(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 20; seed++)
    for (int64_t k = 1; k <= 4; k++) {
      fixture f = make(FEW, 2, seed);
      rc_error err = RC_ERROR_INIT;
      rc_kmeans found;
      double best = INFINITY;
      int64_t n_partitions = 1;
      for (int i = 0; i < FEW; i++)
        n_partitions *= k;
      for (int64_t p = 0; p < n_partitions; p++) {
        uint8_t given[FEW];
        int64_t left = p;
        for (int i = 0; i < FEW; i++, left /= k)
          given[i] = (uint8_t)(left % k);
        best = fmin(best, inertia_of(&f, given, k));
      }
      assert_int_equal(cluster(&f, k, seed, &found, &err), RC_OK);
      assert_true(found.converged);
      assert_near(found.inertia, best, 1e-12, 1e-12);
      assert_near(inertia_of(&f, found.cluster, k), best, 1e-12, 1e-12);
      rc_arena_destroy(f.arena);
    }
}

static void threads_change_no_bit(void **state) {
  (void)state;
  fixture f = make(MANY, MOST_CHANNELS, 3);
  rc_error err = RC_ERROR_INIT;
  const int before = omp_get_max_threads();
  rc_kmeans one, four;
  omp_set_num_threads(1);
  assert_int_equal(cluster(&f, 5, 7, &one, &err), RC_OK);
  omp_set_num_threads(4);
  assert_int_equal(cluster(&f, 5, 7, &four, &err), RC_OK);
  omp_set_num_threads(before);
  assert_memory_equal(one.cluster, four.cluster, MANY);
  assert_memory_equal(one.centre, four.centre, 5 * MOST_CHANNELS * sizeof(double));
  assert_memory_equal(&one.inertia, &four.inertia, sizeof(double));
  // Every point is with its nearest centre, and centres are means.
  for (int64_t i = 0; i < MANY; i++) {
    double distance[5];
    for (int c = 0; c < 5; c++) {
      distance[c] = 0;
      for (int d = 0; d < MOST_CHANNELS; d++)
        distance[c] += pow(f.value[d][i] - one.centre[c * MOST_CHANNELS + d], 2);
    }
    for (int c = 0; c < 5; c++)
      assert_true(distance[one.cluster[i]] <= distance[c] * (1 + 1e-12));
  }
  assert_near(inertia_of(&f, one.cluster, 5), one.inertia, 0, 1e-11);
  rc_arena_destroy(f.arena);
}

static void points_that_are_equal(void **state) {
  (void)state;
  fixture f = make(FEW, 1, 1);
  rc_error err = RC_ERROR_INIT;
  rc_kmeans found;
  for (int i = 0; i < FEW; i++)
    f.value[0][i] = i % 3;
  assert_int_equal(cluster(&f, 3, 1, &found, &err), RC_OK);
  assert_near(found.inertia, 0, 0, 0);
  for (int i = 3; i < FEW; i++)
    assert_int_equal(found.cluster[i], found.cluster[i - 3]);
  assert_int_equal(cluster(&f, 4, 1, &found, &err), RC_ERR_EMPTY);
  f.points.n = 2;
  assert_int_equal(cluster(&f, 3, 1, &found, &err), RC_ERR_EMPTY);
  rc_arena_destroy(f.arena);
}

static void little_memory_is_an_error(void **state) {
  (void)state;
  fixture f = make(MANY, 1, 1);
  const rc_kmeans_settings settings = {3, 1, 10};
  rc_error err = RC_ERROR_INIT;
  rc_kmeans found;
  rc_rng rng = rc_rng_init(1, 1);
  rc_arena *small = rc_arena_create(100000);
  f.points.value = (const double *const *)f.value;
  assert_int_equal(rc_kmeans_run(&f.points, &settings, &rng, small, &found, &err), RC_ERR_MEMORY);
  rc_arena_destroy(small);
  rc_arena_destroy(f.arena);
}

static rc_status habitats(fixture *f, int64_t k, uint8_t *label, rc_error *err) {
  const rc_habitat_settings settings = {k, 10, 300};
  rc_rng rng = rc_rng_init(5, 5);
  return rc_habitats_find((const double *const *)f->value, f->points.n_dimensions, f->points.n,
                          &settings, &rng, f->arena, label, err);
}

/// Scale and offset of a channel do not matter; numbers rise with the first channel's mean.
static void habitats_are_ordered_and_free_of_units(void **state) {
  (void)state;
  static uint8_t label[MANY], scaled[MANY];
  fixture f = make(MANY, 2, 9);
  rc_error err = RC_ERROR_INIT;
  double sum[5] = {0}, n[5] = {0};
  assert_int_equal(habitats(&f, 4, label, &err), RC_OK);
  for (int64_t i = 0; i < MANY; i++) {
    assert_in_range(label[i], 1, 4);
    sum[label[i]] += f.value[0][i];
    n[label[i]]++;
  }
  for (int h = 2; h <= 4; h++)
    assert_true(sum[h - 1] / n[h - 1] < sum[h] / n[h]);
  for (int64_t i = 0; i < MANY; i++) {
    f.value[0][i] = f.value[0][i] * 1024 + 4096;
    f.value[1][i] *= 0x1p-20;
  }
  assert_int_equal(habitats(&f, 4, scaled, &err), RC_OK);
  assert_memory_equal(label, scaled, MANY);
  rc_arena_destroy(f.arena);
}

static void voxels_without_a_value_are_left_out(void **state) {
  (void)state;
  static uint8_t label[MANY];
  fixture f = make(FEW, 2, 2);
  rc_error err = RC_ERROR_INIT;
  f.value[1][4] = NAN;
  f.value[0][7] = -INFINITY;
  assert_int_equal(habitats(&f, 2, label, &err), RC_OK);
  for (int i = 0; i < FEW; i++)
    assert_true((label[i] == 0) == (i == 4 || i == 7));
  for (int i = 0; i < FEW; i++) // a constant channel says nothing
    f.value[1][i] = 0.1;
  assert_int_equal(habitats(&f, 2, label, &err), RC_OK);
  for (int i = 0; i < FEW; i++)
    f.value[0][i] = 0.1;
  assert_int_equal(habitats(&f, 2, label, &err), RC_ERR_EMPTY);
  for (int i = 0; i < FEW; i++)
    f.value[0][i] = NAN;
  assert_int_equal(habitats(&f, 2, label, &err), RC_ERR_EMPTY);
  rc_arena_destroy(f.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_best_of_all_partitions),
      cmocka_unit_test(threads_change_no_bit),
      cmocka_unit_test(points_that_are_equal),
      cmocka_unit_test(little_memory_is_an_error),
      cmocka_unit_test(habitats_are_ordered_and_free_of_units),
      cmocka_unit_test(voxels_without_a_value_are_left_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
