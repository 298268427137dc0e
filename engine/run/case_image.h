// SPDX-License-Identifier: Apache-2.0
/// @file case_image.h
/// The images of a case in memory: read once for all tasks of a unit, and no more of them than the
/// tasks look at.
#ifndef RADCOHORT_ENGINE_CASE_IMAGE_H
#define RADCOHORT_ENGINE_CASE_IMAGE_H

#include "base/digest.h"
#include "plan/plan.h"

/// An image and its digest; all zero: nothing read yet. The first error is kept and meets every
/// task.
typedef struct rc_case_image {
  const rc_task *task;         ///< the first it was read for; NULL: nothing read
  rc_volume volume;            ///< all of it, or what the only task looks at
  rc_mask mask;                ///< of the only task, read to know what that is; else value is NULL
  char digest[RC_DIGEST_TEXT]; ///< of the image's files
  rc_status status;
  rc_error err;
  struct rc_case_image *companion; ///< [n_companions]: images of the task's companions, once needed
  int64_t n_companions;
} rc_case_image;

/// Limits on files from a workflow's `run:`.
rc_image_limits rc_case_limits(const rc_workflow *workflow);

/// Reads the image of a task unless it is there already (then of another image is released first).
/// Touches nothing but its arguments, so it may run in a thread beside rc_case_run of another
/// image.
void rc_case_image_read(const rc_workflow *workflow, const rc_task *task, rc_case_image *image);
void rc_case_image_release(rc_case_image *image);

/// The whole image of task->companion[c] (not NULL), read when it is first asked for and kept in
/// `image`, which holds the task's own. NULL: no memory. Its status may be an error.
rc_case_image *rc_case_companion(const rc_workflow *workflow, const rc_task *task,
                                 rc_case_image *image, int64_t c);

#endif
