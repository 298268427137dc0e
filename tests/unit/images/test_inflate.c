// SPDX-License-Identifier: Apache-2.0
// Unpacking at once: what zlib packed comes back; anything out of the ordinary is left to streams.
#include "support.h"

#include "images/inflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { N = 100000 };

static const char *path_of(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s.gz", test_folder("inflate"), name);
  return path;
}

static void fill(unsigned char *bytes) {
  for (int i = 0; i < N; i++)
    bytes[i] = (unsigned char)((unsigned)i * (unsigned)i / 7 % 251);
}

/// Packs the bytes `times` over, one gzip member each.
static const char *pack(const char *name, const unsigned char *bytes, int times, const char *mode) {
  const char *path = path_of(name);
  remove(path);
  for (int i = 0; i < times; i++) {
    gzFile file = gzopen(path, i == 0 ? mode : "ab");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, N), N);
    gzclose(file);
  }
  return path;
}

static void damage(const char *path, long at) {
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
  int byte = fgetc(file);
  assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
  fputc(byte ^ 0x55, file);
  fclose(file);
}

static void test_round_trip(void **state) {
  (void)state;
  static const char *const modes[] = {"wb0", "wb1", "wb9", "wbh"};
  unsigned char bytes[N];
  fill(bytes);
  for (int i = 0; i < 4; i++) {
    unsigned char *out = rc_inflate_file(pack("round", bytes, 1, modes[i]), N);
    assert_non_null(out);
    assert_memory_equal(out, bytes, N);
    free(out);
  }
}

static void test_other_sizes_are_left_to_streams(void **state) {
  (void)state;
  unsigned char bytes[N];
  fill(bytes);
  const char *path = pack("size", bytes, 1, "wb");
  assert_null(rc_inflate_file(path, N - 1));           // there is more
  assert_null(rc_inflate_file(path, N + 1));           // there is less
  assert_null(rc_inflate_file(path, (size_t)1 << 40)); // cannot be: nothing is allocated
  assert_null(rc_inflate_file(pack("two", bytes, 2, "wb"), N));
}

static void test_damage_is_noticed(void **state) {
  (void)state;
  static const long places[] = {0, 500, -1, -6}; // magic, content, length, checksum
  unsigned char bytes[N];
  fill(bytes);
  for (int i = 0; i < 4; i++) {
    const char *path = pack("damaged", bytes, 1, "wb");
    damage(path, places[i]);
    assert_null(rc_inflate_file(path, N));
  }
}

static void test_what_is_no_gzip_file(void **state) {
  (void)state;
  const char *path = path_of("plain");
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  for (int i = 0; i < 1000; i++)
    fputc(i % 256, file);
  fclose(file);
  assert_null(rc_inflate_file(path, 1000));
  assert_null(rc_inflate_file(test_folder("inflate"), 1000));
  remove(path);
  assert_null(rc_inflate_file(path, 1000));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_other_sizes_are_left_to_streams),
      cmocka_unit_test(test_damage_is_noticed),
      cmocka_unit_test(test_what_is_no_gzip_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
