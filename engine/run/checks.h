// SPDX-License-Identifier: Apache-2.0
/// @file checks.h
/// What a verification answers with: one row a comparison, indexed by tag, with columns set and
/// family (text), reference, tolerance and value (real) and passed (0 or 1).
#ifndef RADCOHORT_ENGINE_CHECKS_H
#define RADCOHORT_ENGINE_CHECKS_H

#include "base/arena.h"
#include "base/error.h"
#include "data/frame.h"
#include <stdbool.h>

typedef struct rc_checks {
  rc_frame *frame;
  int64_t n; ///< rows filled
} rc_checks;

typedef struct rc_check {
  const char *tag, *set, *family; ///< borrowed; live as long as the arena
  double reference, tolerance, value;
  bool passed;
} rc_check;

rc_status rc_checks_create(int64_t n_rows, rc_arena *arena, rc_checks *out, rc_error *err);
void rc_checks_add(rc_checks *checks, const rc_check *check); ///< at most n_rows of them

/// A row of a frame so made.
rc_check rc_checks_row(const rc_frame *frame, int64_t row);

#endif
