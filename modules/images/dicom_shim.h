// SPDX-License-Identifier: Apache-2.0
/// @file dicom_shim.h
/// The only door to the C++ DICOM library (GDCM). Nothing but extern "C": open a file, read
/// attributes and sequences by tag, decode pixels; build a data set and encode it to bytes. No C++
/// exception leaves it. Everything about series, geometry and contours is C on top of it.
#ifndef RADCOHORT_IMAGES_DICOM_SHIM_H
#define RADCOHORT_IMAGES_DICOM_SHIM_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rc_dicom rc_dicom;           ///< an open file, owns everything below
typedef struct rc_dicom_item rc_dicom_item; ///< a data set: the file's own or a sequence item

/// (group << 16) | element
typedef uint32_t rc_tag;
#define RC_TAG(group, element) (((uint32_t)(group) << 16) | (uint32_t)(element))

/// Reads a file. With `header_only`, stops before PixelData. RC_ERR_FORMAT for what is no DICOM.
rc_status rc_dicom_open(const char *path, bool header_only, rc_dicom **out, rc_error *err);
void rc_dicom_close(rc_dicom *dicom); ///< takes NULL
const rc_dicom_item *rc_dicom_root(const rc_dicom *dicom);
const char *rc_dicom_transfer_syntax(const rc_dicom *dicom); ///< UID, borrowed

/// Text of an attribute, trimmed; false when absent or longer than `capacity`.
bool rc_dicom_text(const rc_dicom_item *item, rc_tag tag, char *out, size_t capacity);
/// Length in bytes of the raw value; 0 when absent.
size_t rc_dicom_length(const rc_dicom_item *item, rc_tag tag);
/// Numbers of an attribute whatever its VR (DS, IS, US, SS, UL, SL, FL, FD). Returns how many
/// there are (may exceed `capacity`; only `capacity` are written), 0 when absent, -1 when the text
/// is no number.
int64_t rc_dicom_numbers(const rc_dicom_item *item, rc_tag tag, double *out, int64_t capacity);
/// Sequences: number of items (0 when absent) and the i-th one (NULL outside).
int64_t rc_dicom_sequence_length(const rc_dicom_item *item, rc_tag tag);
const rc_dicom_item *rc_dicom_sequence_item(const rc_dicom_item *item, rc_tag tag, int64_t i);

/// Decodes all frames (any transfer syntax the library knows) into stored values with the rescale
/// not applied. `out` has room for `n` = columns * rows * frames numbers; a mismatch with the
/// decoded size is RC_ERR_FORMAT.
rc_status rc_dicom_pixels(const rc_dicom *dicom, double *out, int64_t n, rc_error *err);

/// "GDCM 3.0.21", for provenance.
const char *rc_dicom_library(void);

/// Building: an empty data set, attributes by tag (VR from the dictionary), nested sequences, raw
/// 16-bit pixels; encoded as explicit VR little endian.
rc_dicom *rc_dicom_create(void);
rc_dicom_item *rc_dicom_root_mutable(rc_dicom *dicom);
rc_status rc_dicom_set_text(rc_dicom_item *item, rc_tag tag, const char *value, rc_error *err);
rc_status rc_dicom_set_u16(rc_dicom_item *item, rc_tag tag, const uint16_t *values, int64_t n,
                           rc_error *err);
/// Appends an item to a sequence and returns it (owned by `item`).
rc_dicom_item *rc_dicom_add_item(rc_dicom_item *item, rc_tag tag);
/// Encodes to malloc'd bytes the caller frees.
rc_status rc_dicom_encode(rc_dicom *dicom, unsigned char **bytes, size_t *n, rc_error *err);

#ifdef __cplusplus
}
#endif
#endif
