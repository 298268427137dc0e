// SPDX-License-Identifier: Apache-2.0
/// @file dicom.h
/// Reading one DICOM file: attributes and sequences by tag, pixels of one frame. The parser is our
/// own and small: every declared length is checked against its surroundings before it is believed,
/// so that no file can crash the program or make it allocate more than a few times the file's
/// size. Compressed pixels are decoded by GDCM (dicom_shim.h).
#ifndef RADCOHORT_IMAGES_DICOM_H
#define RADCOHORT_IMAGES_DICOM_H

#include "base/error.h"
#include "images/dicom_tag.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rc_dicom rc_dicom;           ///< an open file, owns everything below
typedef struct rc_dicom_item rc_dicom_item; ///< a data set: the file's own or a sequence item

/// Reads the attributes of a file: explicit or implicit VR, little or big endian, with or without
/// a preamble. Stops before PixelData. RC_ERR_FORMAT for what is no DICOM or is damaged, naming
/// tag and byte; RC_ERR_UNSUPPORTED for the deflated transfer syntax; RC_ERR_NOT_FOUND, RC_ERR_IO.
rc_status rc_dicom_open(const char *path, rc_dicom **out, rc_error *err);
void rc_dicom_close(rc_dicom *dicom); ///< takes NULL
const rc_dicom_item *rc_dicom_root(const rc_dicom *dicom);
const char *rc_dicom_transfer_syntax(const rc_dicom *dicom); ///< UID or "", borrowed

/// Text of an attribute as UTF-8 (from the file's SpecificCharacterSet), trimmed; false when absent
/// or when it does not fit into `capacity` bytes with its NUL.
bool rc_dicom_text(const rc_dicom_item *item, rc_tag tag, char *out, size_t capacity);
/// Whether the attribute is there, with or without a value.
bool rc_dicom_has(const rc_dicom_item *item, rc_tag tag);
/// Numbers of an attribute whatever its VR (DS, IS, US, SS, UL, SL, FL, FD). Returns how many
/// there are (may exceed `capacity`; only `capacity` are written), 0 when absent or empty, -1 when
/// the text is no number.
int64_t rc_dicom_numbers(const rc_dicom_item *item, rc_tag tag, double *out, int64_t capacity);
/// Sequences: number of items (0 when absent) and the i-th one (NULL outside).
int64_t rc_dicom_sequence_length(const rc_dicom_item *item, rc_tag tag);
const rc_dicom_item *rc_dicom_sequence_item(const rc_dicom_item *item, rc_tag tag, int64_t i);

/// Decodes a single-frame grey image into stored values, rescale not applied. `out` has room for
/// `n` = columns * rows numbers; RC_ERR_FORMAT when the file holds another number of pixels,
/// RC_ERR_UNSUPPORTED for colour, several frames and unknown transfer syntaxes.
rc_status rc_dicom_pixels(const rc_dicom *dicom, double *out, int64_t n, rc_error *err);

#endif
