// SPDX-License-Identifier: Apache-2.0
/// @file select.h
/// Parts of a frame, for showing and exporting. Results borrow the cells of the frame they come
/// from.
#ifndef RADCOHORT_REPORT_SELECT_H
#define RADCOHORT_REPORT_SELECT_H

#include "data/frame.h"

/// The columns that match any of the globs, in the frame's order; n == 0: all. RC_ERR_NOT_FOUND
/// when a glob matches none (names the nearest column), RC_ERR_MEMORY.
rc_status rc_select_columns(const rc_frame *frame, const rc_texts *globs, rc_arena *arena,
                            rc_frame **out, rc_error *err);

/// At most `n` rows: those with the smallest number in the REAL column `by`, smallest first, equal
/// ones in the frame's order; rows where it is missing are left out. NULL: out of memory.
rc_frame *rc_select_smallest(const rc_frame *frame, const rc_column *by, int64_t n,
                             rc_arena *arena);

/// The rows whose TEXT column `column` is not `value`. NULL: out of memory.
rc_frame *rc_select_other(const rc_frame *frame, const rc_column *column, const char *value,
                          rc_arena *arena);

#endif
