// SPDX-License-Identifier: Apache-2.0
/// @file map_run.h
/// Feature maps of one region: computed, written beside the cohort file, summarised.
#ifndef RADCOHORT_ENGINE_MAP_RUN_H
#define RADCOHORT_ENGINE_MAP_RUN_H

#include "plan/plan.h"

/// All maps of the task's entry. Writes <output>.maps/<entry>/<row>_<observation>/
/// <feature>_r<radius>.nii.gz on the region's grid, and value[columns of maps] in the order of
/// rc_entry_columns: mean, standard deviation (population), 10th, 50th and 90th percentile over the
/// voxels where the feature is defined (NaN when there is none). Memory comes from `arena` and is
/// given back, and for each thread from an arena of its own.
rc_status rc_map_run(const rc_workflow *workflow, const rc_task *task, const rc_roi *roi,
                     rc_arena *arena, double *value, rc_error *err);

#endif
