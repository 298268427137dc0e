// SPDX-License-Identifier: Apache-2.0
/// @file case.h
/// One case from files to numbers, in one process, knowing nothing of ranks or the cohort file.
/// This is the seam where a case can be put into a child process of its own.
#ifndef RADCOHORT_ENGINE_CASE_H
#define RADCOHORT_ENGINE_CASE_H

#include "run/case_image.h"
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
