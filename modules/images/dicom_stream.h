// SPDX-License-Identifier: Apache-2.0
/// @file dicom_stream.h
/// The header inside a compressed frame. Codecs trust it when they write into a buffer that was
/// made after the DICOM header, so the two must agree first.
#ifndef RADCOHORT_IMAGES_DICOM_STREAM_H
#define RADCOHORT_IMAGES_DICOM_STREAM_H

#include "images/dicom_shim.h"

#include <stdbool.h>

/// Whether a JPEG, JPEG-LS or JPEG 2000 stream holds one component of the frame's size with no more
/// bits than are allocated. RLE has no such header: always true.
bool rc_dicom_stream_fits(const rc_dicom_frame *frame, const unsigned char *bytes, size_t n);

#endif
