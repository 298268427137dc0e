// SPDX-License-Identifier: Apache-2.0
/// @file output.h
/// Writing files so that nothing fails unseen: every error names the file and the reason.
#ifndef RADCOHORT_DATASETS_OUTPUT_H
#define RADCOHORT_DATASETS_OUTPUT_H

#include "base/error.h"
#include <stddef.h>

#define RC_OUTPUT_PATH 4096

/// Joins with '/' into out[RC_OUTPUT_PATH]; `name` is a printf format. RC_ERR_USAGE: too long.
rc_status rc_output_path(char *out, rc_error *err, const char *folder, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
/// Makes a folder and its parents; one that is there is fine.
rc_status rc_output_folder(const char *path, rc_error *err);
/// Writes a whole file; a partly written one is removed.
rc_status rc_output_write(const char *path, const void *bytes, size_t n, rc_error *err);
/// The same, gzip-compressed (no time stamp, no name: same bytes every time).
rc_status rc_output_write_gzip(const char *path, const void *bytes, size_t n, rc_error *err);

/// Text that grows. Zero-initialise; `failed` is set when memory ran out and stays set.
typedef struct rc_text_buffer {
  char *text;
  size_t n, capacity;
  int failed;
} rc_text_buffer;

void rc_text_add(rc_text_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/// Writes the text to `path`, gzipped when the name ends in .gz, and frees it.
rc_status rc_text_finish(rc_text_buffer *buffer, const char *path, rc_error *err);

#endif
