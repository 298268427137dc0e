// SPDX-License-Identifier: Apache-2.0
/// @file habitat_run.h
/// Habitats of one region: found in the task's image and its companions', written beside the cohort
/// file, measured.
#ifndef RADCOHORT_ENGINE_HABITAT_RUN_H
#define RADCOHORT_ENGINE_HABITAT_RUN_H

#include "run/case.h"

/// Does what the task's entry says under `habitats:`; nothing without it. Writes
/// <output>.maps/<entry>/<row>_<observation>/habitats.nii.gz: labels 1 .. clusters on the region's
/// grid, 0 elsewhere. Fills value[columns of habitats] in the order of rc_entry_columns, adds to
/// row->undefined why some are not defined (an image is missing, too few voxels) and to row->digest
/// the images that were looked at. `image` keeps the companions' images for the next region.
/// Memory comes from `arena` and is given back.
rc_status rc_habitat_run(const rc_workflow *workflow, const rc_task *task, rc_case_image *image,
                         const rc_roi *roi, rc_arena *arena, double *value, rc_case_row *row,
                         rc_error *err);

#endif
