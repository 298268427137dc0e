// SPDX-License-Identifier: Apache-2.0
#include "genomics/lines.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { LINE_BYTES = 1 << 20, READ_BYTES = 1 << 16 };

struct rc_lines {
  gzFile file;
  const char *path;
  char *buffer;       ///< [LINE_BYTES + READ_BYTES + 1]
  size_t begin, end;  ///< unread bytes of the buffer
  size_t total, most; ///< decompressed bytes so far; limit
  int64_t number;
  bool ended;
};

rc_status rc_lines_open(const char *path, size_t max_bytes, rc_lines **out, rc_error *err) {
  struct stat facts;
  *out = NULL;
  if (stat(path, &facts) != 0)
    return rc_fail(err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s", path,
                   strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_IO, "%s: not a regular file", path);
  rc_lines *made = calloc(1, sizeof *made);
  char *buffer = malloc(LINE_BYTES + READ_BYTES + 1);
  gzFile file = gzopen(path, "rb");
  if (made == NULL || buffer == NULL || file == NULL) {
    if (file != NULL)
      gzclose(file);
    free(buffer);
    free(made);
    return rc_fail(err, RC_ERR_IO, "%s: cannot be opened", path);
  }
  *made = (rc_lines){.file = file, .path = path, .buffer = buffer, .most = max_bytes};
  *out = made;
  return RC_OK;
}

void rc_lines_close(rc_lines *lines) {
  if (lines == NULL)
    return;
  gzclose(lines->file);
  free(lines->buffer);
  free(lines);
}

/// Reads more bytes behind the unread ones.
static rc_status fill(rc_lines *lines, rc_error *err) {
  const size_t unread = lines->end - lines->begin;
  if (unread > LINE_BYTES)
    return rc_fail(err, RC_ERR_LIMIT, "%s:%lld: the line is longer than %d bytes", lines->path,
                   (long long)(lines->number + 1), LINE_BYTES);
  memmove(lines->buffer, lines->buffer + lines->begin, unread);
  lines->begin = 0;
  lines->end = unread;
  const int n = gzread(lines->file, lines->buffer + unread, READ_BYTES);
  if (n < 0)
    return rc_fail(err, RC_ERR_FORMAT, "%s: damaged gzip data", lines->path);
  if (n > 0 && memchr(lines->buffer + unread, '\0', (size_t)n) != NULL)
    return rc_fail(err, RC_ERR_FORMAT, "%s: a NUL byte: this is not a text table", lines->path);
  lines->ended = n == 0;
  lines->end += (size_t)n;
  lines->total += (size_t)n;
  if (lines->most != 0 && lines->total > lines->most)
    return rc_fail(err, RC_ERR_LIMIT, "%s: the table is larger than %zu bytes", lines->path,
                   lines->most);
  int code = Z_OK;
  if (lines->ended && (gzerror(lines->file, &code), code != Z_OK))
    return rc_fail(err, RC_ERR_FORMAT, "%s: the gzip data end too early", lines->path);
  return RC_OK;
}

rc_status rc_lines_next(rc_lines *lines, char **line, int64_t *number, rc_error *err) {
  *line = NULL;
  size_t searched = 0;
  char *newline = NULL;
  while (newline == NULL) {
    const size_t unread = lines->end - lines->begin;
    newline = memchr(lines->buffer + lines->begin + searched, '\n', unread - searched);
    if (newline != NULL || lines->ended)
      break;
    searched = unread;
    rc_status status = fill(lines, err);
    if (status != RC_OK)
      return status;
  }
  if (newline == NULL && lines->begin == lines->end)
    return RC_OK;
  char *start = lines->buffer + lines->begin;
  char *stop = newline != NULL ? newline : lines->buffer + lines->end;
  lines->begin = newline != NULL ? (size_t)(stop - lines->buffer) + 1 : lines->end;
  if (lines->number == 0 && stop - start >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0)
    start += 3; // a byte order mark
  if (stop > start && stop[-1] == '\r')
    stop--;
  *stop = '\0';
  *line = start;
  *number = ++lines->number;
  return RC_OK;
}
