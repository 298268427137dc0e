// SPDX-License-Identifier: Apache-2.0
/// @file dicom_structure.h
/// A first look at a DICOM file before any library touches it: every declared length must fit into
/// the file and sequences must not nest absurdly, so that no hostile length is ever allocated.
#ifndef RADCOHORT_IMAGES_DICOM_STRUCTURE_H
#define RADCOHORT_IMAGES_DICOM_STRUCTURE_H

#include "base/error.h"
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// RC_ERR_FORMAT with the tag and offset of the first element that does not fit; RC_ERR_NOT_FOUND
/// or RC_ERR_IO when the file cannot be read. Files in the deflated transfer syntax are refused
/// (RC_ERR_UNSUPPORTED): their structure cannot be checked without inflating them.
rc_status rc_dicom_check_structure(const char *path, rc_error *err);

/// A DS or IS value: the whole text is a finite number.
bool rc_dicom_parse_number(const char *text, double *value);

#ifdef __cplusplus
}
#endif
#endif
