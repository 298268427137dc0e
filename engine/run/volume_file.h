// SPDX-License-Identifier: Apache-2.0
/// @file volume_file.h
/// Writes a volume as NIfTI-1, for people to look at and other programs to read.
#ifndef RADCOHORT_ENGINE_VOLUME_FILE_H
#define RADCOHORT_ENGINE_VOLUME_FILE_H

#include "base/error.h"
#include "data/geometry.h"

/// value[z][y][x] of `grid` as 32-bit floats into a gzipped file; NaN stays NaN. The file appears
/// under its name when it is complete; folders above it are made. RC_ERR_IO names the file.
rc_status rc_volume_file_write(const char *path, const rc_geometry *grid, const double *value,
                               rc_error *err);

/// The same for labels, as bytes.
rc_status rc_label_file_write(const char *path, const rc_geometry *grid, const uint8_t *label,
                              rc_error *err);

#endif
