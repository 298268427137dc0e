// SPDX-License-Identifier: Apache-2.0
/// @file error.h
/// A bounded, caller-owned error record. Functions that can fail return rc_status and take an
/// `rc_error *` as their last argument. The first cause wins; callers on the way up add context in
/// front ("patient STS_003: CT: slice.dcm: missing PixelSpacing (0028,0030)").
#ifndef RADCOHORT_BASE_ERROR_H
#define RADCOHORT_BASE_ERROR_H

#include "base/status.h"

#define RC_ERROR_TEXT 1024

typedef struct rc_error {
  rc_status status;            ///< RC_OK while nothing has failed
  char message[RC_ERROR_TEXT]; ///< UTF-8, NUL-terminated, no trailing newline, one line
} rc_error;

/// Initialiser: `rc_error err = RC_ERROR_INIT;`
#define RC_ERROR_INIT                                                                              \
  { RC_OK, "" }

#ifdef __cplusplus
extern "C" {
#endif

/// Records a failure and returns `status`, so that `return rc_fail(err, RC_ERR_IO, "...")` reads
/// well. Keeps the first cause if one is recorded already. Control characters in the formatted text
/// are replaced by '?', so hostile names cannot forge log lines. `err` may be NULL.
rc_status rc_fail(rc_error *err, rc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Puts "context: " in front of the recorded message; truncates at the end, never the cause's
/// status. Returns the recorded status. `err` may be NULL (returns RC_ERR_INTERNAL then).
rc_status rc_error_context(rc_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// Back to RC_OK and an empty message.
void rc_error_clear(rc_error *err);

#ifdef __cplusplus
}
#endif

#endif
