// SPDX-License-Identifier: Apache-2.0
/// @file dicom_files.h
/// A scan as a folder of DICOM slices, and its outlines as an RTSTRUCT beside it.
#ifndef RADCOHORT_DATASETS_DICOM_FILES_H
#define RADCOHORT_DATASETS_DICOM_FILES_H

#include "datasets/scanner.h"

/// Writes <folder>/<scanner>/<instance>.dcm for every slice and <folder>/RTSTRUCT_<scanner>.dcm
/// with every structure the slices meet. Identifiers follow from seed, patient and series alone.
rc_status rc_dicom_files_write(const char *folder, const char *patient_id, uint64_t seed,
                               int64_t patient, const rc_phantom *phantom, const rc_scan *scan,
                               rc_error *err);

#endif
