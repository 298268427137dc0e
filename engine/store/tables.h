// SPDX-License-Identifier: Apache-2.0
/// @file tables.h
/// Every table of a cohort file by one name: "CT" (obs and X side by side), "CT/obs", "CT/var",
/// "obs", "var", "provenance", and the results by theirs ("cox", "join/unmatched"). A leading '/'
/// is allowed.
#ifndef RADCOHORT_ENGINE_TABLES_H
#define RADCOHORT_ENGINE_TABLES_H

#include "store/cohort_file.h"

typedef struct rc_table_entry {
  const char *name;
  const char *what; ///< one phrase for people
} rc_table_entry;

/// All tables, in the order above. Errors as rc_store_list.
rc_status rc_tables_list(const char *path, rc_arena *arena, rc_table_entry **out, int64_t *n,
                         rc_error *err);

/// One table. RC_ERR_NOT_FOUND names the nearest one.
rc_status rc_tables_open(const char *path, const char *name, rc_arena *arena, rc_frame **out,
                         rc_error *err);

#endif
