// SPDX-License-Identifier: Apache-2.0
#include "images/inflate.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

// What deflate can do at best is 1032 : 1, and a file that stores its bytes is hardly longer than
// them: no other length can hold n bytes.
#define BEST_RATIO 1032
#define MOST_OVERHEAD(n) ((n) / 100 + 65536)

static unsigned char *read_file(const char *path, size_t n, size_t *length) {
  struct stat facts;
  FILE *file = fopen(path, "rb");
  unsigned char *bytes = NULL;
  if (file == NULL)
    return NULL;
  if (fstat(fileno(file), &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size >= 18) {
    *length = (size_t)facts.st_size;
    if (*length <= n + MOST_OVERHEAD(n) && n / BEST_RATIO <= *length)
      bytes = malloc(*length);
  }
  if (bytes != NULL && fread(bytes, 1, *length, file) != *length) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  return bytes;
}

unsigned char *rc_inflate_file(const char *path, size_t n) {
  size_t length = 0, used = 0, made = 0;
  unsigned char *packed = read_file(path, n, &length);
  unsigned char *out = packed == NULL ? NULL : malloc(n);
  struct libdeflate_decompressor *tool = out == NULL ? NULL : libdeflate_alloc_decompressor();
  bool good = tool != NULL &&
              libdeflate_gzip_decompress_ex(tool, packed, length, out, n, &used, &made) ==
                  LIBDEFLATE_SUCCESS &&
              used == length && made == n;
  if (tool != NULL)
    libdeflate_free_decompressor(tool);
  free(packed);
  if (good)
    return out;
  free(out);
  return NULL;
}
