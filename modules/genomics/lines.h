// SPDX-License-Identifier: Apache-2.0
/// @file lines.h
/// A text file line by line, plain or gzip by content, with bounded memory. For one thread.
#ifndef RADCOHORT_GENOMICS_LINES_H
#define RADCOHORT_GENOMICS_LINES_H

#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

typedef struct rc_lines rc_lines;

/// RC_ERR_NOT_FOUND / RC_ERR_IO. `max_bytes` bounds the decompressed size; 0: no limit.
rc_status rc_lines_open(const char *path, size_t max_bytes, rc_lines **out, rc_error *err);
/// The next line without its end (LF or CRLF) and its number from 1; may be changed by the caller
/// until the next call. *line is NULL after the last one. RC_ERR_FORMAT: NUL bytes or damaged
/// gzip; RC_ERR_LIMIT: a line above 1 MiB, or a file above `max_bytes`.
rc_status rc_lines_next(rc_lines *lines, char **line, int64_t *number, rc_error *err);
void rc_lines_close(rc_lines *lines); ///< takes NULL

#endif
