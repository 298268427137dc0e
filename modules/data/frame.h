// SPDX-License-Identifier: Apache-2.0
/// @file frame.h
/// The one table type: named, typed columns of equal length. Clinical tables, the cohort file's obs
/// and var, model results and CSV exports are all frames. A frame lives in an arena.
#ifndef RADCOHORT_DATA_FRAME_H
#define RADCOHORT_DATA_FRAME_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <stdint.h>

typedef enum rc_column_type {
  RC_COLUMN_REAL, ///< double, NaN is missing
  RC_COLUMN_INT,  ///< int64_t, no missing values
  RC_COLUMN_TEXT  ///< const char *, never NULL; "" is missing
} rc_column_type;

typedef struct rc_column {
  const char *name;
  rc_column_type type;
  union {
    double *real;
    int64_t *integer;
    const char **text;
  };
} rc_column;

typedef struct rc_frame {
  const char *name; ///< e.g. "clinical", a model's name
  int64_t n_rows;
  int64_t n_columns;
  const char **index;     ///< row names, n_rows; never NULL after rc_frame_create
  const char *index_name; ///< "patient", "feature" ...
  rc_column *column;
  int64_t capacity; ///< columns allocated
  rc_arena *arena;  ///< borrowed; must outlive the frame
} rc_frame;

/// An empty frame with n_rows rows named "" and no columns.
rc_frame *rc_frame_create(rc_arena *arena, const char *name, const char *index_name,
                          int64_t n_rows);
/// Appends a column (name copied) and returns it, values zero / "" ; NULL if out of memory.
rc_column *rc_frame_add(rc_frame *frame, const char *name, rc_column_type type);
rc_column *rc_frame_find(const rc_frame *frame, const char *name); ///< NULL if absent
/// Text of a cell; numbers printed with the fewest digits that read back to the same bits, NaN as
/// "". Returns `out`.
const char *rc_frame_cell(const rc_frame *frame, int64_t row, int64_t column, char *out,
                          size_t capacity);

/// Reads a CSV or TSV (delimiter from the first line, or by extension .tsv) with a header line;
/// RFC 4180 quoting, CRLF, BOM, gzip by content. A column whose every non-missing cell ("" NA NaN
/// null N/A) is a number becomes REAL, otherwise TEXT. Duplicate or empty header names become
/// "name.2", "column.5". RC_ERR_FORMAT names file and line (ragged rows). `max_bytes` bounds the
/// decompressed size and the number of columns is bounded by it too.
rc_status rc_frame_read_csv(const char *path, size_t max_bytes, rc_arena *arena, rc_frame **out,
                            rc_error *err);
/// The same, but every column is TEXT: identifiers such as "007" stay as they are written.
rc_status rc_frame_read_csv_text(const char *path, size_t max_bytes, rc_arena *arena,
                                 rc_frame **out, rc_error *err);

#endif
