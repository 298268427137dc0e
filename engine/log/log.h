// SPDX-License-Identifier: Apache-2.0
/// @file log.h
/// What a run tells: a progress bar on a terminal (plain lines elsewhere), messages, and a log
/// file. Used on one rank only; calls must not overlap.
#ifndef RADCOHORT_ENGINE_LOG_H
#define RADCOHORT_ENGINE_LOG_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum rc_log_level { RC_LOG_DEBUG, RC_LOG_INFO, RC_LOG_WARNING, RC_LOG_ERROR } rc_log_level;

typedef struct rc_log_options {
  const char *path; ///< log file, appended to; NULL: none
  bool quiet;       ///< the terminal shows warnings and errors only
  bool verbose;     ///< the terminal shows debug messages too
  bool json;        ///< log file and terminal lines are JSON objects, one a line; no bar
} rc_log_options;

typedef struct rc_log rc_log;

/// Opens the log file and locks it: a second run that logs to the same file gets RC_ERR_IO.
rc_status rc_log_create(const rc_log_options *options, rc_log **out, rc_error *err);
void rc_log_destroy(rc_log *log); ///< takes NULL

/// One message; `event` is a short machine-readable word ("case_failed"). `log` may be NULL: then
/// nothing happens (ranks that do not log).
void rc_log_say(rc_log *log, rc_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/// Progress over `n_items` whose costs sum to `total_cost` (the estimate of time left goes by
/// cost, so a few big cases do not fool it).
void rc_progress_begin(rc_log *log, const char *what, int64_t n_items, double total_cost);
void rc_progress_step(rc_log *log, double cost, bool failed);
void rc_progress_end(rc_log *log);

/// "1.2 s", "3 min 05 s", "2 h 10 min".
void rc_format_seconds(double seconds, char *out, size_t capacity);

#endif
