// SPDX-License-Identifier: Apache-2.0
/// @file case.h
/// One case from files to numbers, in one process, knowing nothing of ranks or the cohort file.
/// This is the seam where a case can be put into a child process of its own.
#ifndef RADCOHORT_ENGINE_CASE_H
#define RADCOHORT_ENGINE_CASE_H

#include "plan/plan.h"
#include "run/transform.h"

/// The row a case yields. Fixed size apart from `value`, so it can cross a pipe.
typedef struct rc_case_row {
  rc_status status;
  char error[RC_ERROR_TEXT];         ///< "" when ok
  char undefined[RC_UNDEFINED_TEXT]; ///< families with undefined features, and why
  char digest[65];                   ///< SHA-256 over image and mask files
  int64_t n_voxels;                  ///< in the intensity mask
  double volume_mm3;                 ///< morphological mask voxels times voxel volume
  double seconds;                    ///< wall time; not part of the reproducible data
} rc_case_row;

/// An image and its digest, read once for all tasks of a unit; all zero: nothing read yet. The
/// first error is kept and meets every task.
typedef struct rc_case_image {
  const rc_task *task; ///< the first it was read for; NULL: nothing read
  rc_volume volume;
  char digest[65]; ///< of the image's files
  rc_status status;
  rc_error err;
  struct rc_case_image *companion; ///< [n_companions]: images of the task's companions, once needed
  int64_t n_companions;
} rc_case_image;

/// Reads the image of a task unless it is there already (then of another image is released first).
/// Touches nothing but its arguments, so it may run in a thread beside rc_case_run of another
/// image.
void rc_case_image_read(const rc_workflow *workflow, const rc_task *task, rc_case_image *image);
void rc_case_image_release(rc_case_image *image);

/// The image of task->companion[c] (not NULL), read when it is first asked for and kept in `image`,
/// which holds the task's own. NULL: no memory. Its status may be an error.
rc_case_image *rc_case_companion(const rc_workflow *workflow, const rc_task *task,
                                 rc_case_image *image, int64_t c);

/// Path of a volume beside the cohort file:
/// <output>.maps/<entry>/<row>_<observation>/<name>.nii.gz, what is unusual in the observation's
/// name replaced by '_'. NULL: no memory.
const char *rc_case_file(const rc_workflow *workflow, const rc_task *task, const char *name,
                         rc_arena *arena);

/// Reads, processes and measures one task. Always fills `row`; `value` (n_columns of the entry)
/// stays NaN on failure. `image` is read here unless it holds the task's image. Memory comes from
/// `arena`, which the caller resets.
void rc_case_run(const rc_workflow *workflow, const rc_task *task, rc_case_image *image,
                 int64_t n_columns, rc_arena *arena, rc_case_row *row, double *value);

#endif
