// SPDX-License-Identifier: Apache-2.0
/// @file folders.h
/// Folders for the files of a run.
#ifndef RADCOHORT_ENGINE_FOLDERS_H
#define RADCOHORT_ENGINE_FOLDERS_H

#include "base/error.h"

/// Makes the folders above a file, like mkdir -p. RC_ERR_IO names the one that cannot be made.
rc_status rc_folders_above(const char *file, rc_error *err);

#endif
