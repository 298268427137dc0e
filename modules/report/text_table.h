// SPDX-License-Identifier: Apache-2.0
/// @file text_table.h
/// A frame as aligned text for people: numbers to the right, rounded; texts to the left, shortened.
/// For full precision see rc_frame_cell and `radcohort export`.
#ifndef RADCOHORT_REPORT_TEXT_TABLE_H
#define RADCOHORT_REPORT_TEXT_TABLE_H

#include "data/frame.h"
#include <stdbool.h>

/// Zero in a member means its default.
typedef struct rc_text_table_options {
  int64_t max_rows;   ///< rows shown, 0: all; a line says how many were left out
  int64_t width;      ///< columns of the terminal, 0: no limit; a line names the columns left out
  int64_t cell;       ///< most characters of one cell, default 40; longer ones end in "…"
  int digits;         ///< significant digits of real numbers, default 5
  const char *indent; ///< in front of every line, default ""
  bool no_index;      ///< leave the row names out
} rc_text_table_options;

/// Header line, one line a row, each ended by '\n'. Missing numbers are "-". Control characters
/// are replaced, so that hostile names cannot steer a terminal. Widths count Unicode code points.
/// `options` may be NULL. The text lies in `arena`; NULL when that is out of memory.
const char *rc_text_table(const rc_frame *frame, const rc_text_table_options *options,
                          rc_arena *arena);

/// `text` with control characters and invalid UTF-8 replaced and at most `limit` code points kept
/// (0: all). In `arena`; NULL when that is out of memory.
const char *rc_printable(const char *text, int64_t limit, rc_arena *arena);

#endif
