// SPDX-License-Identifier: Apache-2.0
// What every filter promises (filter.h), for each with settings that take every way through it. A
// filter without a use in the table below fails.
#include "filters/registry.h"
#include "use.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>

enum { MAX_RESPONSES = 32, MAX_PAIRS = 9 };

typedef struct use {
  rc_profile profile;
  const char *key;
  const char *pair[2 * MAX_PAIRS + 1]; ///< settings, ended by NULL
  bool level; ///< where the image is the same everywhere, so is every response
  rc_voxel_type type;
} use;

#define IBSI(key, level, ...)                                                                      \
  { RC_PROFILE_IBSI, key, {__VA_ARGS__ NULL}, level, RC_VOXEL_DOUBLE }
#define PYRADIOMICS(key, level, type, ...)                                                         \
  { RC_PROFILE_PYRADIOMICS, key, {__VA_ARGS__ NULL}, level, type }

static const use uses[] = {
    IBSI("mean", true, "size", "5", ),
    IBSI("mean", false, "size", "3", "boundary", "zero", ),
    IBSI("mean", true, "size", "7", "boundary", "periodic", "dimensions", "2", ),
    IBSI("mean", true, "size", "3", "boundary", "nearest", ),
    IBSI("laplacian_of_gaussian", true, "sigma", "0.8 1.3", ),
    IBSI("laplacian_of_gaussian", false, "sigma", "1", "boundary", "zero", "dimensions", "2", ),
    IBSI("laplacian_of_gaussian", true, "sigma", "1.1", "boundary", "periodic", ),
    IBSI("laplacian_of_gaussian", true, "sigma", "1.1", "boundary", "nearest", "cutoff", "2", ),
    IBSI("laplacian_of_gaussian", true, "sigma", "1", "riesz", "0 1 0", "padding", "0.5", ),
    IBSI("laws", true, "kernels", "L5E5S5", ),
    IBSI("laws", false, "kernels", "E3W5R5", "rotations", "true", "energy", "2", "boundary",
         "zero", ),
    IBSI("laws", true, "kernels", "L3S3", "rotations", "true", "pooling", "mean", "energy", "1",
         "boundary", "periodic", ),
    IBSI("gabor", true, "sigma", "1.5", "lambda", "2", "gamma", "1.5", "step", "45", ),
    IBSI("gabor", false, "sigma", "1", "lambda", "3", "theta", "30", "planes", "true", "boundary",
         "zero", "pooling", "max", ),
    IBSI("separable_wavelet", true, "bands", "all", ),
    IBSI("separable_wavelet", false, "wavelet", "db3", "bands", "LH HH", "level", "2", "rotations",
         "true", "boundary", "zero", ),
    IBSI("separable_wavelet", true, "wavelet", "haar", "bands", "LLH", "level", "3", "boundary",
         "periodic", "pooling", "max", ),
    IBSI("nonseparable_wavelet", true, "level", "1 2", ),
    IBSI("nonseparable_wavelet", true, "wavelet", "shannon", "dimensions", "2", "padding", "0.3",
         "boundary", "mirror", ),
    IBSI("nonseparable_wavelet", true, "wavelet", "none", "riesz", "1 0 1", ),
    IBSI("square", true, ),
    IBSI("square_root", true, ),
    IBSI("logarithm", true, ),
    IBSI("exponential", true, ),
    IBSI("gradient", true, ),
    IBSI("gradient", true, "use_spacing", "false", ),
    IBSI("local_binary_pattern_2d", false, ),
    IBSI("local_binary_pattern_2d", false, "method", "ror", "radius", "2.5", "samples", "11",
         "force_2d_dimension", "1", ),
    IBSI("local_binary_pattern_3d", false, ),
    PYRADIOMICS("laplacian_of_gaussian", true, RC_VOXEL_SINGLE, "sigma", "1 2.5", ),
    PYRADIOMICS("laplacian_of_gaussian", true, RC_VOXEL_INTEGER, "sigma", "0.5 500", ),
    PYRADIOMICS("wavelet", true, RC_VOXEL_SINGLE, "level", "2", ),
    PYRADIOMICS("wavelet", true, RC_VOXEL_DOUBLE, "wavelet", "db4", "start_level", "1", ),
    PYRADIOMICS("wavelet", true, RC_VOXEL_INTEGER, "wavelet", "haar", "level", "3", "force_2d",
                "true", "force_2d_dimension", "2", ),
    PYRADIOMICS("square", true, RC_VOXEL_SINGLE, ),
    PYRADIOMICS("square_root", true, RC_VOXEL_DOUBLE, ),
    PYRADIOMICS("logarithm", true, RC_VOXEL_INTEGER, ),
    PYRADIOMICS("exponential", true, RC_VOXEL_DOUBLE, ),
    PYRADIOMICS("gradient", true, RC_VOXEL_SINGLE, ),
    PYRADIOMICS("local_binary_pattern_2d", false, RC_VOXEL_SINGLE, ),
    PYRADIOMICS("local_binary_pattern_2d", false, RC_VOXEL_INTEGER, "method", "nri_uniform",
                "force_2d_dimension", "2", ),
    PYRADIOMICS("local_binary_pattern_2d", false, RC_VOXEL_DOUBLE, "method", "var", ),
    PYRADIOMICS("local_binary_pattern_3d", false, RC_VOXEL_SINGLE, ),
    PYRADIOMICS("local_binary_pattern_3d", false, RC_VOXEL_INTEGER, "levels", "3",
                "icosphere_radius", "1.5", "icosphere_subdivision", "2", ),
};
#define N_USES (int64_t)(sizeof uses / sizeof *uses)

/// A filter with its settings.
typedef struct fixture {
  const use *use;
  const rc_filter *filter;
  rc_arena *kept;
  void *settings;
  int64_t count;
} fixture;

static fixture set_up(const use *u) {
  rc_error err = RC_ERROR_INIT;
  fixture f = {u, rc_filter_find(u->profile, u->key), rc_arena_create(0), NULL, 0};
  if (f.filter == NULL)
    fail_msg("there is no filter %s", u->key);
  f.settings = use_settings(f.filter, u->pair, f.kept);
  if (f.filter->check != NULL && f.filter->check(f.settings, &err) != RC_OK)
    fail_msg("%s", err.message);
  f.count = rc_filter_count(f.filter, f.settings);
  assert_in_range(f.count, 1, MAX_RESPONSES);
  return f;
}

/// A volume of noise with a flat corner and equal neighbours; whole numbers, or halves of such.
static double *noise(const int64_t size[3], rc_voxel_type type) {
  const int64_t n = size[0] * size[1] * size[2];
  double *value = malloc((size_t)n * sizeof *value);
  uint64_t state = 99;
  assert_non_null(value);
  for (int64_t i = 0; i < n; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    int64_t x = i % size[0], y = i / size[0] % size[1];
    double number = (double)(state >> 54) - 400;
    value[i] = x < size[0] / 4 && y < size[1] / 4 ? 0 : number / (type == RC_VOXEL_INTEGER ? 1 : 2);
  }
  return value;
}

static rc_filter_image image_of(const use *u, const double *value, const int64_t size[3]) {
  rc_filter_image image = use_image(value, size);
  image.type = u->type;
  return image;
}

/// Responses as they come: copies, and how often.
typedef struct taker {
  int64_t n; ///< voxels
  double *value[MAX_RESPONSES];
  int64_t calls[MAX_RESPONSES], all_calls;
  int64_t fail_at; ///< this call (from 1) returns RC_ERR_IO
} taker;

static rc_status take(void *user, int64_t response, const double *value, rc_error *err) {
  taker *t = user;
  assert_in_range(response, 0, MAX_RESPONSES - 1);
  t->calls[response]++;
  if (++t->all_calls == t->fail_at)
    return rc_fail(err, RC_ERR_IO, "no thank you");
  if (value == NULL)
    return RC_OK;
  if (t->value[response] == NULL)
    t->value[response] = malloc((size_t)t->n * sizeof *value);
  assert_non_null(t->value[response]);
  memcpy(t->value[response], value, (size_t)t->n * sizeof *value);
  return RC_OK;
}

static void release(taker *t) {
  for (int64_t i = 0; i < MAX_RESPONSES; i++)
    free(t->value[i]);
  *t = (taker){0};
}

static rc_status apply(const fixture *f, const rc_filter_image *image, size_t limit, size_t *peak,
                       taker *t, rc_error *err) {
  rc_arena *arena = rc_arena_create(limit);
  t->n = rc_geometry_voxels(&image->grid);
  rc_status status = f->filter->apply(f->settings, image, arena, take, t, err);
  assert_int_equal(rc_arena_used(arena), 0);
  if (peak != NULL)
    *peak = rc_arena_peak(arena);
  rc_arena_destroy(arena);
  return status;
}

/// Works, and gives each response once.
static taker run(const fixture *f, const rc_filter_image *image) {
  rc_error err = RC_ERROR_INIT;
  taker t = {0};
  if (apply(f, image, 0, NULL, &t, &err) != RC_OK)
    fail_msg("%s: %s", f->use->key, err.message);
  for (int64_t i = 0; i < MAX_RESPONSES; i++)
    assert_int_equal(t.calls[i], i < f->count);
  return t;
}

/// The same bits in `box` of a, and in the box at `shift` of b, whose sizes differ.
static void assert_same(const fixture *f, const double *a, const int64_t size_a[3], const double *b,
                        const int64_t size_b[3], const rc_box *box, const int64_t shift[3]) {
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++)
      for (int64_t x = box->low[0]; x < box->high[0]; x++) {
        const double *p = a + x + size_a[0] * (y + size_a[1] * z);
        const double *q =
            b + x - shift[0] + size_b[0] * (y - shift[1] + size_b[1] * (z - shift[2]));
        if (memcmp(p, q, sizeof *p) != 0)
          fail_msg("%s: %.17g and %.17g at %d, %d, %d", f->use->key, *p, *q, (int)x, (int)y,
                   (int)z);
      }
}

// --- tests -------------------------------------------------------------------------------------

static void test_every_filter_is_used(void **state) {
  (void)state;
  for (const rc_filter *const *filter = rc_filters; *filter != NULL; filter++) {
    bool used = false;
    for (int64_t i = 0; i < N_USES; i++)
      used = used || rc_filter_find(uses[i].profile, uses[i].key) == *filter;
    if (!used)
      fail_msg("no use of %s in this test", (*filter)->key);
    assert_true((*filter)->name[0] != '\0' && (*filter)->source[0] != '\0');
    assert_ptr_equal(rc_filter_find((*filter)->profile, (*filter)->key), *filter);
  }
}

static void test_labels(void **state) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  (void)state;
  for (int64_t u = 0; u < N_USES; u++) {
    fixture f = set_up(&uses[u]);
    char label[MAX_RESPONSES][128], small[8];
    for (int64_t i = 0; i < f.count; i++) {
      memset(label[i], '#', sizeof label[i]);
      f.filter->label(f.settings, i, label[i], sizeof label[i]);
      assert_true(strlen(label[i]) > 0 && strlen(label[i]) < sizeof label[i] - 1);
      assert_int_equal(strspn(label[i], letters), strlen(label[i]));
      f.filter->label(f.settings, i, small, sizeof small); // is cut
      assert_int_equal(strncmp(small, label[i], sizeof small - 1), 0);
      for (int64_t j = 0; j < i; j++)
        assert_string_not_equal(label[i], label[j]);
    }
    rc_arena_destroy(f.kept);
  }
}

/// What is asked for around `wanted`: the support, cut at the image's edges, and whole axes where
/// it wraps around them.
static rc_box part_for(const fixture *f, const int64_t size[3], const rc_box *wanted) {
  rc_error err = RC_ERROR_INIT;
  rc_filter_support support = {0};
  const double spacing[3] = {1, 1, 1};
  rc_box part;
  assert_int_equal(f->filter->support(f->settings, spacing, &support, &err), RC_OK);
  for (int d = 0; d < 3; d++) {
    assert_true(support.reach[d] >= 0);
    part.low[d] = wanted->low[d] - support.reach[d];
    part.high[d] = wanted->high[d] + support.reach[d];
    bool leaves = part.low[d] < 0 || part.high[d] > size[d];
    bool all = support.whole || (leaves && support.wraps);
    part.low[d] = all || part.low[d] < 0 ? 0 : part.low[d];
    part.high[d] = all || part.high[d] > size[d] ? size[d] : part.high[d];
  }
  return part;
}

static double *cut(const double *value, const int64_t size[3], const rc_box *part,
                   int64_t part_size[3]) {
  for (int d = 0; d < 3; d++)
    part_size[d] = part->high[d] - part->low[d];
  double *out = malloc((size_t)(part_size[0] * part_size[1] * part_size[2]) * sizeof *out);
  assert_non_null(out);
  for (int64_t z = 0, i = 0; z < part_size[2]; z++)
    for (int64_t y = 0; y < part_size[1]; y++)
      for (int64_t x = 0; x < part_size[0]; x++, i++)
        out[i] =
            value[x + part->low[0] + size[0] * (y + part->low[1] + size[1] * (z + part->low[2]))];
  return out;
}

/// A part that holds the support gives the bits of the whole.
static void test_a_part_is_as_good_as_the_whole(void **state) {
  static const rc_box wanted[] = {{{17, 15, 13}, {21, 20, 16}}, {{0, 0, 0}, {3, 2, 2}},
                                  {{36, 30, 25}, {39, 33, 29}}, {{18, 0, 14}, {19, 33, 15}},
                                  {{0, 16, 28}, {39, 17, 29}},  {{20, 17, 15}, {21, 18, 16}}};
  const int64_t size[3] = {39, 33, 29};
  (void)state;
  for (int64_t u = 0; u < N_USES; u++) {
    fixture f = set_up(&uses[u]);
    double *value = noise(size, uses[u].type);
    rc_filter_image image = image_of(&uses[u], value, size);
    taker whole = run(&f, &image);
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
      int64_t part_size[3];
      rc_box part = part_for(&f, size, &wanted[w]);
      double *piece = cut(value, size, &part, part_size);
      rc_filter_image shown = image_of(&uses[u], piece, part_size);
      for (int d = 0; d < 3; d++) {
        shown.wanted.low[d] = wanted[w].low[d] - part.low[d];
        shown.wanted.high[d] = wanted[w].high[d] - part.low[d];
      }
      taker got = run(&f, &shown);
      for (int64_t i = 0; i < f.count; i++) {
        assert_true((whole.value[i] == NULL) == (got.value[i] == NULL));
        if (whole.value[i] != NULL)
          assert_same(&f, whole.value[i], size, got.value[i], part_size, &wanted[w], part.low);
      }
      release(&got);
      free(piece);
    }
    release(&whole);
    free(value);
    rc_arena_destroy(f.kept);
  }
}

static void test_threads_do_not_matter(void **state) {
  const int64_t size[3] = {21, 14, 11}, origin[3] = {0, 0, 0};
  const rc_box all = {{0, 0, 0}, {21, 14, 11}};
  const int before = omp_get_max_threads();
  (void)state;
  for (int64_t u = 0; u < N_USES; u++) {
    fixture f = set_up(&uses[u]);
    double *value = noise(size, uses[u].type);
    rc_filter_image image = image_of(&uses[u], value, size);
    omp_set_num_threads(1);
    taker one = run(&f, &image);
    for (int threads = 2; threads <= 4; threads += 2) {
      omp_set_num_threads(threads);
      taker several = run(&f, &image);
      for (int64_t i = 0; i < f.count; i++)
        if (one.value[i] != NULL)
          assert_same(&f, one.value[i], size, several.value[i], size, &all, origin);
      release(&several);
    }
    release(&one);
    free(value);
    rc_arena_destroy(f.kept);
  }
  omp_set_num_threads(before);
}

static void test_a_level_image_gives_level_responses(void **state) {
  const int64_t size[3] = {11, 10, 9}, n = 11 * 10 * 9;
  const double level[] = {0, 37.5, -100};
  (void)state;
  double *value = malloc((size_t)n * sizeof *value);
  for (int64_t u = 0; u < N_USES; u++) {
    fixture f = set_up(&uses[u]);
    for (int k = 0; k < 3; k++) {
      for (int64_t i = 0; i < n; i++)
        value[i] = level[k];
      rc_filter_image image = image_of(&uses[u], value, size);
      taker t = run(&f, &image);
      for (int64_t r = 0; uses[u].level && r < f.count; r++)
        for (int64_t i = 1; t.value[r] != NULL && i < n; i++)
          if (!(fabs(t.value[r][i] - t.value[r][0]) <= 1e-5 * fabs(level[k])))
            fail_msg("%s, level %g: %.17g and %.17g", uses[u].key, level[k], t.value[r][0],
                     t.value[r][i]);
      release(&t);
    }
    rc_arena_destroy(f.kept);
  }
  free(value);
}

/// Also where the support is much larger than the image.
static void test_small_images(void **state) {
  static const int64_t sizes[][3] = {{1, 1, 1}, {2, 1, 3}, {1, 5, 1}, {4, 4, 4}, {1, 2, 40}};
  (void)state;
  for (int64_t u = 0; u < N_USES; u++) {
    fixture f = set_up(&uses[u]);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      double *value = noise(sizes[s], uses[u].type);
      rc_filter_image image = image_of(&uses[u], value, sizes[s]);
      taker t = run(&f, &image);
      for (int64_t r = 0; r < f.count; r++)
        for (int64_t i = 0; t.value[r] != NULL && i < t.n; i++)
          if (!isfinite(t.value[r][i]) &&
              strcmp(uses[u].pair[1] == NULL ? "" : uses[u].pair[1], "var") != 0)
            fail_msg("%s: %g on an image of %d voxels", uses[u].key, t.value[r][i], (int)t.n);
      release(&t);
      free(value);
    }
    rc_arena_destroy(f.kept);
  }
}

/// Stops at the first error of the caller and passes it on.
static void test_the_callers_error_is_returned(void **state) {
  const int64_t size[3] = {9, 8, 7};
  (void)state;
  for (int64_t u = 0; u < N_USES; u++) {
    fixture f = set_up(&uses[u]);
    double *value = noise(size, uses[u].type);
    rc_filter_image image = image_of(&uses[u], value, size);
    for (int64_t at = 1; at <= f.count; at++) {
      rc_error err = RC_ERROR_INIT;
      taker t = {.fail_at = at};
      assert_int_equal(apply(&f, &image, 0, NULL, &t, &err), RC_ERR_IO);
      assert_int_equal(t.all_calls, at);
      assert_string_equal(err.message, "no thank you");
      release(&t);
    }
    free(value);
    rc_arena_destroy(f.kept);
  }
}

/// Below what it needs a filter fails with RC_ERR_MEMORY and gives back what it took.
static void test_memory_has_a_limit(void **state) {
  const int64_t size[3] = {9, 8, 7};
  (void)state;
  for (int64_t u = 0; u < N_USES; u++) {
    fixture f = set_up(&uses[u]);
    double *value = noise(size, uses[u].type);
    rc_filter_image image = image_of(&uses[u], value, size);
    size_t peak = 0;
    rc_error err = RC_ERROR_INIT;
    taker t = {0};
    assert_int_equal(apply(&f, &image, 0, &peak, &t, &err), RC_OK);
    release(&t);
    assert_true(peak >= 9 * 8 * 7 * sizeof(double));
    for (size_t step = 1; step <= 40; step++) {
      size_t limit = peak * step / 41;
      t = (taker){0};
      err = (rc_error)RC_ERROR_INIT;
      if (apply(&f, &image, limit, NULL, &t, &err) != RC_ERR_MEMORY)
        fail_msg("%s works in %zu bytes, less than the %zu it takes", uses[u].key, limit, peak);
      assert_true(err.message[0] != '\0');
      release(&t);
    }
    t = (taker){0};
    assert_int_equal(apply(&f, &image, peak, NULL, &t, &err), RC_OK);
    release(&t);
    free(value);
    rc_arena_destroy(f.kept);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_filter_is_used),
                                     cmocka_unit_test(test_labels),
                                     cmocka_unit_test(test_a_part_is_as_good_as_the_whole),
                                     cmocka_unit_test(test_threads_do_not_matter),
                                     cmocka_unit_test(test_a_level_image_gives_level_responses),
                                     cmocka_unit_test(test_small_images),
                                     cmocka_unit_test(test_the_callers_error_is_returned),
                                     cmocka_unit_test(test_memory_has_a_limit)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
