// SPDX-License-Identifier: Apache-2.0
/// @file columns.h
/// The columns of an image entry's table: features of each response, response after response in the
/// order of `transforms:`, then summaries of maps, then habitats, one after another. Columns of the
/// original bear the feature's name alone in the profile `ibsi`; all others begin with the
/// response's label.
#ifndef RADCOHORT_ENGINE_COLUMNS_H
#define RADCOHORT_ENGINE_COLUMNS_H

#include "workflow/workflow.h"

typedef struct rc_entry_column {
  rc_feature_column feature;
  const char *name;     ///< "stat_mean", "log_1.5_stat_mean", "original_firstorder_Mean"
  const char *response; ///< label of the response: "original", "log_1.5"
  const rc_transform *transform;
} rc_entry_column;

/// All columns in the order of a row's values. Memory comes from `arena`.
rc_status rc_entry_columns(const rc_image_entry *entry, rc_arena *arena, rc_entry_column **out,
                           int64_t *n, rc_error *err);

/// How many columns one response of a transform has.
rc_status rc_transform_width(const rc_transform *transform, rc_arena *arena, int64_t *n,
                             rc_error *err);

/// How many columns one habitat has: its part of the region, the mean of each image in it (the
/// entry's own, then the others), then its features.
rc_status rc_habitat_width(const rc_habitats *habitats, rc_arena *arena, int64_t *n, rc_error *err);

#endif
