// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/param.h"
#include "base/rng.h"
#include "support.h"

#include <math.h>
#include <string.h>

static void errors_keep_the_cause(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_fail(&err, RC_ERR_IO, "disk\nfull \x1b[31m"), RC_ERR_IO);
  rc_fail(&err, RC_ERR_MEMORY, "second");
  assert_int_equal(rc_error_context(&err, "case %d", 7), RC_ERR_IO);
  assert_string_equal(err.message, "case 7: disk?full ?[31m");
  char longest[3000];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  rc_error_context(&err, "%s", longest);
  assert_true(strlen(err.message) < RC_ERROR_TEXT);
  assert_non_null(strstr(err.message, "disk?full"));
  assert_int_equal(rc_fail(NULL, RC_ERR_IO, "nobody listens"), RC_ERR_IO);
}

static void truncation_keeps_utf8_whole(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  char text[2101] = "";
  for (int i = 0; i < 700; i++)
    memcpy(text + 3 * i, "\xE2\x82\xAC", 4); // euro signs
  rc_fail(&err, RC_ERR_IO, "%s", text);
  assert_int_equal(strlen(err.message) % 3, 0);
}

static void arena_limits_and_rewinds(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(1 << 20);
  assert_non_null(arena);
  assert_null(rc_arena_alloc(arena, SIZE_MAX / 2, 4));
  assert_null(rc_arena_alloc(arena, 2 << 20, 1));
  double *first = rc_arena_alloc(arena, 100, sizeof *first);
  assert_int_equal((uintptr_t)first % 64, 0);
  rc_arena_mark mark = rc_arena_get_mark(arena);
  size_t used = rc_arena_used(arena);
  for (int round = 0; round < 100; round++) {
    unsigned char *big = rc_arena_alloc(arena, 500000, 1);
    assert_non_null(big);
    for (int i = 0; i < 500000; i += 1000)
      assert_int_equal(big[i], 0);
    memset(big, 0xff, 500000);
    rc_arena_rewind(arena, mark);
  }
  assert_int_equal(rc_arena_used(arena), used);
  assert_string_equal(rc_arena_printf(arena, "%s-%d", "a", 5), "a-5");
  rc_arena_destroy(arena);
  rc_arena_destroy(NULL);
}

/// Whatever was written before, of whatever size and in whatever block.
static void arena_memory_is_zero(void **state) {
  (void)state;
  static const size_t sizes[] = {100,     70000,   5 << 20,   9 << 20,
                                 1 << 20, 6 << 20, 300 << 20, 3 << 20};
  rc_arena *arena = rc_arena_create(0);
  assert_non_null(arena);
  for (int round = 0; round < 3; round++) {
    const rc_arena_mark mark = rc_arena_get_mark(arena);
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
      const size_t n = sizes[k] + (size_t)round * 1000;
      unsigned char *bytes = rc_arena_alloc(arena, n, 1), any = 0;
      assert_non_null(bytes);
      assert_int_equal((uintptr_t)bytes % 64, 0);
      for (size_t i = 0; i < n; i++)
        any |= bytes[i];
      assert_int_equal(any, 0);
      memset(bytes, 0xa5, n);
      if (k % 3 == 2) { // part of a block is given back
        const rc_arena_mark inner = rc_arena_get_mark(arena);
        memset(rc_arena_alloc(arena, n / 2, 1), 0x5a, n / 2);
        rc_arena_rewind(arena, inner);
      }
    }
    rc_arena_rewind(arena, mark);
    assert_int_equal(rc_arena_used(arena), 0);
  }
  rc_arena_destroy(arena);
}

static void sha256_known_answer(void **state) {
  (void)state;
  char text[RC_DIGEST_TEXT];
  rc_digest *digest = rc_digest_create();
  rc_digest_add(digest, "ab", 2);
  rc_digest_add(digest, "c", 1);
  rc_digest_finish(digest, text);
  rc_digest_destroy(digest);
  // FIPS 180-2, appendix B.1
  assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void philox_known_answer(void **state) {
  (void)state;
  // Random123's published known-answer test for philox4x32-10 with zero counter and key.
  static const uint32_t expected[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  rc_rng rng = rc_rng_init(0, 0);
  for (int i = 0; i < 4; i++)
    assert_int_equal(rc_rng_u32(&rng), expected[i]);
}

static void rng_moments(void **state) {
  (void)state;
  rc_rng rng = rc_rng_init(7, 3);
  const int n = 200000;
  double sum = 0, square = 0, exponential = 0;
  for (int i = 0; i < n; i++) {
    double x = rc_rng_normal(&rng);
    sum += x;
    square += x * x;
    exponential += rc_rng_exponential(&rng);
    assert_true(rc_rng_below(&rng, 7) < 7);
  }
  assert_near(sum / n, 0, 0.01, 0);
  assert_near(square / n, 1, 0.02, 0);
  assert_near(exponential / n, 1, 0.02, 0);
}

typedef struct sample {
  bool flag;
  int64_t count;
  double width;
  int method;
  uint64_t set;
  const char *file;
  rc_reals spacing;
  rc_texts names;
  rc_numbers scales;
} sample;

static const char *const methods[] = {"none", "fixed_bin_size", "fixed_bin_number", NULL};
#define PARAM(key, type, low, high, choices, fallback)                                             \
  { #key, type, offsetof(sample, key), low, high, "mm", choices, fallback, "help" }
static const rc_param params[] = {
    PARAM(flag, RC_PARAM_BOOL, 0, 0, NULL, "true"),
    PARAM(count, RC_PARAM_INT, 1, 10, NULL, "3"),
    PARAM(width, RC_PARAM_REAL, 0, INFINITY, NULL, "none"),
    PARAM(method, RC_PARAM_CHOICE, 0, 0, methods, "none"),
    PARAM(set, RC_PARAM_CHOICES, 0, 0, methods, "all"),
    PARAM(file, RC_PARAM_TEXT, 0, 0, NULL, "none"),
    PARAM(spacing, RC_PARAM_REALS, 0.1, 50, NULL, "[1, 2.5, 3]"),
    PARAM(names, RC_PARAM_TEXTS, 0, 0, NULL, "[a, b]"),
    PARAM(scales, RC_PARAM_NUMBERS, 0, 10, NULL, "none"),
};
static const rc_param_table table = {"sample", "a sample", params, 9, sizeof(sample)};

static void parameters_default_set_and_print(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  sample s = {0};
  assert_int_equal(rc_param_defaults(&table, &s, arena, &err), RC_OK);
  assert_true(s.flag && s.count == 3 && isnan(s.width) && s.method == 0 && s.set == 7);
  assert_null(s.file);
  assert_int_equal(s.spacing.n, 3);
  assert_int_equal(s.names.n, 2);
  assert_string_equal(s.names.item[1], "b");

  const char *item[] = {"fixed_bin_sise"};
  assert_int_equal(rc_param_set(&params[3], &s, item, 1, arena, &err), RC_ERR_WORKFLOW);
  assert_non_null(strstr(err.message, "did you mean 'fixed_bin_size'?"));
  static const char *const wrong_counts[] = {"0", "11", "x", "3.5", ""};
  for (int i = 0; i < 5; i++)
    assert_int_equal(rc_param_set(&params[1], &s, &wrong_counts[i], 1, arena, NULL),
                     RC_ERR_WORKFLOW);
  const char *numbers[] = {"1", "2", "60", "4"};
  assert_int_equal(rc_param_set(&params[6], &s, numbers, 3, arena, NULL), RC_ERR_WORKFLOW);
  assert_int_equal(rc_param_set(&params[6], &s, numbers, 4, arena, NULL), RC_ERR_WORKFLOW);
  assert_int_equal(rc_param_set(&params[6], &s, numbers, 2, arena, NULL), RC_OK);
  char text[64];
  rc_param_print(&params[6], &s, text, sizeof text);
  assert_string_equal(text, "[1, 2]");
  rc_param_print(&params[4], &s, text, sizeof text);
  assert_string_equal(text, "[none, fixed_bin_size, fixed_bin_number]");
  assert_int_equal(s.scales.n, 0);
  rc_param_print(&params[8], &s, text, sizeof text);
  assert_string_equal(text, "none");
  const char *scales[] = {"1", "2", "3", "4.5", "1e1"};
  assert_int_equal(rc_param_set(&params[8], &s, scales, 5, arena, NULL), RC_OK);
  rc_param_print(&params[8], &s, text, sizeof text);
  assert_string_equal(text, "[1, 2, 3, 4.5, 10]");
  scales[4] = "11";
  assert_int_equal(rc_param_set(&params[8], &s, scales, 5, arena, NULL), RC_ERR_WORKFLOW);
  assert_int_equal(rc_param_set(&params[8], &s, scales, 0, arena, NULL), RC_ERR_WORKFLOW);
  assert_int_equal(s.scales.n, 5); // left as it was
  rc_param_expected(&params[1], text, sizeof text);
  assert_string_equal(text, "a whole number from 1 to 10 (mm)");
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(errors_keep_the_cause),
                                     cmocka_unit_test(truncation_keeps_utf8_whole),
                                     cmocka_unit_test(arena_limits_and_rewinds),
                                     cmocka_unit_test(arena_memory_is_zero),
                                     cmocka_unit_test(sha256_known_answer),
                                     cmocka_unit_test(philox_known_answer),
                                     cmocka_unit_test(rng_moments),
                                     cmocka_unit_test(parameters_default_set_and_print)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
