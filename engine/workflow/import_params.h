// SPDX-License-Identifier: Apache-2.0
/// @file import_params.h
/// A parameter file of PyRadiomics 3 as a workflow with `profile: pyradiomics`.
#ifndef RADCOHORT_ENGINE_IMPORT_PARAMS_H
#define RADCOHORT_ENGINE_IMPORT_PARAMS_H

#include "base/arena.h"
#include "base/error.h"

/// What became of a parameter file. Texts live in the arena given.
typedef struct rc_imported_params {
  const char *workflow; ///< YAML that rc_workflow_load takes, once `cohort:` names real files
  const char *notes;    ///< what was not taken over: "file:line:column: setting: why" lines, or ""
} rc_imported_params;

/// Reads `path` (YAML or JSON; no anchors or tags, at most 4 MiB). The entry of `images:` is named
/// `modality`. RC_ERR_WORKFLOW when the file cannot be read or understood; `report`, when not NULL
/// then, lists where and why.
rc_status rc_params_import(const char *path, const char *modality, rc_arena *arena,
                           rc_imported_params *out, const char **report, rc_error *err);

#endif
