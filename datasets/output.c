// SPDX-License-Identifier: Apache-2.0
#include "datasets/output.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

rc_status rc_output_path(char *out, rc_error *err, const char *folder, const char *name, ...) {
  int n = snprintf(out, RC_OUTPUT_PATH, "%s/", folder);
  if (n >= 0 && n < RC_OUTPUT_PATH) {
    va_list args;
    va_start(args, name);
    int more = vsnprintf(out + n, RC_OUTPUT_PATH - (size_t)n, name, args);
    va_end(args);
    if (more >= 0 && more < RC_OUTPUT_PATH - n)
      return RC_OK;
  }
  return rc_fail(err, RC_ERR_USAGE, "%s: the path is too long", folder);
}

static rc_status make_folder(const char *path, rc_error *err) {
  struct stat info;
  if (mkdir(path, 0777) == 0)
    return RC_OK;
  int reason = errno;
  if (reason == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
    return RC_OK;
  return rc_fail(err, RC_ERR_IO, "%s: cannot make this folder: %s", path,
                 reason == EEXIST ? "a file of that name is in the way" : strerror(reason));
}

rc_status rc_output_folder(const char *path, rc_error *err) {
  char part[RC_OUTPUT_PATH];
  size_t n = strlen(path);
  if (n == 0 || n >= sizeof part)
    return rc_fail(err, RC_ERR_USAGE, "%s: not a usable folder name", path);
  for (size_t i = 1; i <= n; i++) {
    if (path[i] != '/' && path[i] != '\0')
      continue;
    memcpy(part, path, i);
    part[i] = '\0';
    rc_status status = make_folder(part, err);
    if (status != RC_OK)
      return status;
  }
  return RC_OK;
}

static rc_status write_failed(const char *path, int reason, rc_error *err) {
  unlink(path);
  return rc_fail(err, RC_ERR_IO, "%s: cannot write: %s", path,
                 reason == 0 ? "unknown reason" : strerror(reason));
}

rc_status rc_output_write(const char *path, const void *bytes, size_t n, rc_error *err) {
  FILE *file = fopen(path, "wb");
  if (file == NULL)
    return rc_fail(err, RC_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
  errno = 0;
  int good = fwrite(bytes, 1, n, file) == n;
  int reason = errno;
  if (fclose(file) != 0 && good) {
    good = 0;
    reason = errno;
  }
  return good ? RC_OK : write_failed(path, reason, err);
}

rc_status rc_output_write_gzip(const char *path, const void *bytes, size_t n, rc_error *err) {
  if (n > INT_MAX)
    return rc_fail(err, RC_ERR_LIMIT, "%s: the table is too big", path);
  gzFile file = gzopen(path, "wb9");
  if (file == NULL)
    return rc_fail(err, RC_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
  errno = 0;
  int good = gzwrite(file, bytes, (unsigned)n) == (int)n;
  int reason = errno;
  if (gzclose(file) != Z_OK && good) {
    good = 0;
    reason = errno;
  }
  return good ? RC_OK : write_failed(path, reason, err);
}

static int reserve(rc_text_buffer *buffer, size_t more) {
  if (buffer->n + more < buffer->capacity)
    return 1;
  size_t capacity = 2 * buffer->capacity + more + 4096;
  char *grown = realloc(buffer->text, capacity);
  if (grown == NULL) {
    buffer->failed = 1;
    return 0;
  }
  buffer->text = grown;
  buffer->capacity = capacity;
  return 1;
}

void rc_text_add(rc_text_buffer *buffer, const char *format, ...) {
  char line[1024];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof line)
    buffer->failed = 1;
  if (buffer->failed || !reserve(buffer, (size_t)n))
    return;
  memcpy(buffer->text + buffer->n, line, (size_t)n);
  buffer->n += (size_t)n;
}

rc_status rc_text_finish(rc_text_buffer *buffer, const char *path, rc_error *err) {
  size_t length = strlen(path);
  rc_status status;
  if (buffer->failed)
    status = rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", path);
  else if (length > 3 && strcmp(path + length - 3, ".gz") == 0)
    status = rc_output_write_gzip(path, buffer->text, buffer->n, err);
  else
    status = rc_output_write(path, buffer->text, buffer->n, err);
  free(buffer->text);
  *buffer = (rc_text_buffer){NULL, 0, 0, 0};
  return status;
}
