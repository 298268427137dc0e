// SPDX-License-Identifier: Apache-2.0
/// @file plan.h
/// What will run, decided before anything runs: one task per image entry and ROI, each with its
/// row in the cohort file, and units of tasks that share an image. Immutable and identical on every
/// rank.
#ifndef RADCOHORT_ENGINE_PLAN_H
#define RADCOHORT_ENGINE_PLAN_H

#include "base/arena.h"
#include "base/error.h"
#include "images/images.h"
#include "workflow/workflow.h"

typedef struct rc_task {
  int64_t index; ///< position in the plan
  int64_t entry; ///< index into workflow->image
  int64_t row;   ///< row of /mod/<entry>
  const char *patient;
  const char *time_point;  ///< "" when the cohort has none
  const char *roi;         ///< ROI name or label; "" for any non-zero voxel
  const char *observation; ///< unique row name within the entry: patient[/time_point][/roi]
  const char *image_path;
  rc_texts image_files; ///< from a DICOM scan; n == 0: use image_path
  const char *series_uid;
  const char *mask_path;
  rc_image_info info;       ///< header facts; geometry.size all 0 when unreadable
  rc_status problem_status; ///< RC_OK, or the kind of `problem`
  const char *problem;      ///< NULL, or why the header could not be read (the task will fail)
  /// A task with the image of each entry in habitats.with, of the same patient and time point;
  /// NULL: there is none, or several images.
  const struct rc_task **companion;
  int64_t n_companions;
  bool shares_image;    ///< other tasks of its unit work on the same image
  double cost;          ///< estimated, in voxels of work; larger first
  int64_t memory_bytes; ///< estimated peak
} rc_task;

typedef struct rc_plan {
  rc_task *task;
  int64_t n_tasks;
  int64_t *n_rows; ///< [workflow->n_images]
  int64_t *first;  ///< [n_units + 1]: unit u is tasks first[u] .. first[u + 1] - 1, of one image
  int64_t n_units;
  int64_t *order; ///< units, largest cost first, ties by index
  rc_texts notes; ///< warnings for people: unmatched patterns, ROIs not found, ...
} rc_plan;

/// Do two tasks of an entry work on the same image?
bool rc_task_same_image(const rc_task *a, const rc_task *b);

/// Finds cases, reads headers (no voxels), names observations, estimates. Deterministic: sorted by
/// entry, patient, time point, ROI. RC_ERR_EMPTY when no case is found, with what was looked for.
rc_status rc_plan_create(const rc_workflow *workflow, rc_arena *arena, rc_plan **out,
                         rc_error *err);

#endif
