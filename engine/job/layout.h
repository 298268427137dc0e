// SPDX-License-Identifier: Apache-2.0
/// @file layout.h
/// What the plan knows of the cohort file before anything is computed: row names, column names and
/// their description, provenance.
#ifndef RADCOHORT_ENGINE_LAYOUT_H
#define RADCOHORT_ENGINE_LAYOUT_H

#include "data/frame.h"
#include "plan/plan.h"
#include "workflow/columns.h"

/// Rows of /mod/<entry>: one per task of the entry, in row order, with the columns known from the
/// plan (patient, time_point, roi, modality, series identifiers). NULL: out of memory.
rc_frame *rc_layout_obs(const rc_workflow *workflow, const rc_plan *plan, int64_t entry,
                        rc_arena *arena);

/// Columns of /mod/<entry>: name, IBSI code, family, aggregation, units, response and filter,
/// processing, definition.
rc_frame *rc_layout_var(const rc_workflow *workflow, const rc_plan *plan, int64_t entry,
                        const rc_entry_column *column, int64_t n_columns, rc_arena *arena);

/// One row of provenance: the workflow's text, versions of the program and its libraries, host,
/// start, ranks.
rc_frame *rc_layout_facts(const rc_workflow *workflow, const rc_plan *plan, const char *version,
                          int n_ranks, rc_arena *arena);

/// The present time as ISO 8601 UTC.
void rc_layout_time(char *out, size_t capacity);

#endif
