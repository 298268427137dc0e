// SPDX-License-Identifier: Apache-2.0
// Delimited text to a frame. libcsv does the quoting rules, zlib the (optional) decompression; this
// file bounds sizes, checks that rows are as wide as the header and finds the type of each column.
#include "data/frame.h"

#include <csv.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

#define READ_BYTES 65536

/// All cells seen so far, row after row; strings in the arena.
typedef struct cells {
  const char *path;
  bool all_text; ///< look for no numbers
  rc_arena *arena;
  rc_error *err;
  rc_status status;
  const char **cell;
  int64_t n, capacity;
  int64_t width;     ///< of the header; 0 until it is complete
  int64_t in_row;    ///< fields of the current row so far
  int64_t line;      ///< of the current row
  bool row_has_text; ///< blank lines are skipped
} cells;

static void fail(cells *c, rc_status status, const char *what) {
  if (c->status == RC_OK)
    c->status = rc_fail(c->err, status, "%s:%lld: %s", c->path, (long long)c->line, what);
}

static void on_field(void *bytes, size_t n, void *user) {
  cells *c = user;
  if (c->status != RC_OK)
    return;
  if (c->n == c->capacity) {
    int64_t capacity = c->capacity == 0 ? 1024 : 2 * c->capacity;
    const char **grown = realloc(c->cell, (size_t)capacity * sizeof *grown);
    if (grown == NULL) {
      fail(c, RC_ERR_MEMORY, "out of memory");
      return;
    }
    c->cell = grown;
    c->capacity = capacity;
  }
  const char *cell = "";
  if (n > 0) {
    char *text = rc_arena_alloc(c->arena, n + 1, 1);
    if (text == NULL) {
      fail(c, RC_ERR_MEMORY, "out of memory");
      return;
    }
    memcpy(text, bytes, n);
    cell = rc_trim(text);
  }
  c->cell[c->n++] = cell;
  c->in_row++;
  c->row_has_text = c->row_has_text || n > 0;
}

static void on_row(int end, void *user) {
  (void)end;
  cells *c = user;
  if (c->status != RC_OK)
    return;
  if (!c->row_has_text && c->in_row <= 1) {
    c->n -= c->in_row;
  } else if (c->width == 0) {
    c->width = c->in_row;
  } else if (c->in_row != c->width) {
    c->status = rc_fail(c->err, RC_ERR_FORMAT, "%s:%lld: %lld fields, but the header has %lld",
                        c->path, (long long)c->line, (long long)c->in_row, (long long)c->width);
  }
  c->in_row = 0;
  c->row_has_text = false;
}

/// Tab if the first line has one outside quotes' reach or the name says so; else ';' or ','.
static char find_delimiter(const char *path, const char *bytes, size_t n) {
  size_t line = 0, tabs = 0, commas = 0, semicolons = 0;
  while (line < n && bytes[line] != '\n') {
    tabs += bytes[line] == '\t';
    commas += bytes[line] == ',';
    semicolons += bytes[line] == ';';
    line++;
  }
  size_t length = strlen(path);
  if (tabs > 0 || (length > 4 && strcmp(path + length - 4, ".tsv") == 0))
    return '\t';
  return semicolons > commas ? ';' : ',';
}

/// Line by line, so that messages can name the line.
static void feed_lines(const char *bytes, size_t n, struct csv_parser *parser, cells *c) {
  while (n > 0 && c->status == RC_OK) {
    const char *newline = memchr(bytes, '\n', n);
    size_t length = newline == NULL ? n : (size_t)(newline - bytes) + 1;
    if (csv_parse(parser, bytes, length, on_field, on_row, c) != length)
      fail(c, RC_ERR_FORMAT, csv_strerror(csv_error(parser)));
    c->line += newline != NULL;
    bytes += length;
    n -= length;
  }
}

static rc_status feed(gzFile file, size_t max_bytes, struct csv_parser *parser, cells *c) {
  char *buffer = malloc(READ_BYTES);
  size_t total = 0;
  if (buffer == NULL)
    return rc_fail(c->err, RC_ERR_MEMORY, "%s: out of memory", c->path);
  int n;
  while (c->status == RC_OK && (n = gzread(file, buffer, READ_BYTES)) > 0) {
    size_t skip = 0;
    if (total == 0) {
      skip = n >= 3 && memcmp(buffer, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
      csv_set_delim(parser, (unsigned char)find_delimiter(c->path, buffer, (size_t)n));
    }
    total += (size_t)n;
    if (max_bytes != 0 && total > max_bytes)
      fail(c, RC_ERR_LIMIT, "the table is larger than the limit");
    else if (memchr(buffer, '\0', (size_t)n) != NULL)
      fail(c, RC_ERR_FORMAT, "a NUL byte: this is not a text table");
    else
      feed_lines(buffer + skip, (size_t)n - skip, parser, c);
  }
  if (c->status == RC_OK && n < 0)
    fail(c, RC_ERR_FORMAT, "damaged gzip data");
  // Strict only at the end: quotes inside unquoted fields are common and harmless, an open one is
  // not.
  if (c->status == RC_OK && csv_set_opts(parser, CSV_STRICT | CSV_STRICT_FINI) == 0 &&
      csv_fini(parser, on_field, on_row, c) != 0)
    fail(c, RC_ERR_FORMAT, "a quoted field is not closed");
  free(buffer);
  return c->status;
}

static bool is_missing(const char *text) {
  static const char *const missing[] = {"", "NA", "NaN", "null", "N/A"};
  for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
    if (strcasecmp(text, missing[i]) == 0)
      return true;
  return false;
}

static bool is_numeric(const cells *c, int64_t column, int64_t n_rows) {
  double value;
  bool any = false;
  for (int64_t r = 1; r <= n_rows; r++) {
    const char *text = c->cell[r * c->width + column];
    if (is_missing(text))
      continue;
    // "007" is an identifier: as a number it would lose its zeros.
    bool padded = text[0] == '0' && text[1] >= '0' && text[1] <= '9';
    if (padded || !rc_parse_real(text, &value))
      return false;
    any = true;
  }
  return any;
}

/// Header names made unique: "age", "age.2"; "" becomes "column.5".
static const char *header_name(const rc_frame *frame, const cells *c, int64_t column) {
  const char *name = c->cell[column];
  if (name[0] == '\0')
    return rc_arena_printf(c->arena, "column.%lld", (long long)column + 1);
  const char *unique = name;
  for (int64_t copy = 2; unique != NULL && rc_frame_find(frame, unique) != NULL; copy++)
    unique = rc_arena_printf(c->arena, "%s.%lld", name, (long long)copy);
  return unique;
}

static rc_status add_column(rc_frame *frame, const cells *c, int64_t column) {
  bool numeric = !c->all_text && is_numeric(c, column, frame->n_rows);
  const char *name = header_name(frame, c, column);
  rc_column *out =
      name == NULL ? NULL : rc_frame_add(frame, name, numeric ? RC_COLUMN_REAL : RC_COLUMN_TEXT);
  if (out == NULL)
    return rc_fail(c->err, RC_ERR_MEMORY, "%s: out of memory", c->path);
  for (int64_t r = 0; r < frame->n_rows; r++) {
    const char *text = c->cell[(r + 1) * c->width + column];
    if (!numeric)
      out->text[r] = is_missing(text) ? "" : text;
    else if (is_missing(text) || !rc_parse_real(text, &out->real[r]))
      out->real[r] = NAN;
  }
  return RC_OK;
}

static rc_status build(const cells *c, rc_frame **out) {
  if (c->width == 0)
    return rc_fail(c->err, RC_ERR_EMPTY, "%s: the table is empty; expected a header line", c->path);
  const char *slash = strrchr(c->path, '/');
  rc_frame *frame =
      rc_frame_create(c->arena, slash == NULL ? c->path : slash + 1, "row", c->n / c->width - 1);
  if (frame == NULL)
    return rc_fail(c->err, RC_ERR_MEMORY, "%s: out of memory", c->path);
  for (int64_t column = 0; column < c->width; column++) {
    rc_status status = add_column(frame, c, column);
    if (status != RC_OK)
      return status;
  }
  for (int64_t r = 0; r < frame->n_rows; r++)
    if ((frame->index[r] = rc_arena_printf(c->arena, "%lld", (long long)r + 1)) == NULL)
      return rc_fail(c->err, RC_ERR_MEMORY, "%s: out of memory", c->path);
  *out = frame;
  return RC_OK;
}

static rc_status read_table(const char *path, size_t max_bytes, bool all_text, rc_arena *arena,
                            rc_frame **out, rc_error *err) {
  struct csv_parser parser;
  struct stat facts;
  bool parser_ready = false;
  cells c = {
      .path = path, .all_text = all_text, .arena = arena, .err = err, .status = RC_OK, .line = 1};
  gzFile file = NULL;
  *out = NULL;
  if (stat(path, &facts) != 0)
    return rc_fail(err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s", path,
                   strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_FORMAT, "%s: not a regular file", path);
  file = gzopen(path, "rb");
  if (file == NULL) {
    c.status = rc_fail(err, RC_ERR_IO, "%s: %s", path, strerror(errno));
    goto done;
  }
  if (csv_init(&parser, 0) != 0) {
    c.status = rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", path);
    goto done;
  }
  parser_ready = true;
  c.status = feed(file, max_bytes, &parser, &c);
  if (c.status == RC_OK)
    c.status = build(&c, out);
done:
  if (parser_ready)
    csv_free(&parser);
  if (file != NULL)
    gzclose(file);
  free(c.cell);
  return c.status;
}

rc_status rc_frame_read_csv(const char *path, size_t max_bytes, rc_arena *arena, rc_frame **out,
                            rc_error *err) {
  return read_table(path, max_bytes, false, arena, out, err);
}

rc_status rc_frame_read_csv_text(const char *path, size_t max_bytes, rc_arena *arena,
                                 rc_frame **out, rc_error *err) {
  return read_table(path, max_bytes, true, arena, out, err);
}
