// SPDX-License-Identifier: Apache-2.0
/// @file dicom_shim.h
/// The only door to the C++ DICOM library (GDCM), nothing but extern "C": its dictionary, its
/// pixel codecs, and its writer. No C++ exception leaves it. Files are read by dicom.h.
#ifndef RADCOHORT_IMAGES_DICOM_SHIM_H
#define RADCOHORT_IMAGES_DICOM_SHIM_H

#include "base/error.h"
#include "images/dicom_tag.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// "GDCM 3.0.21", for provenance.
const char *rc_dicom_library(void);

/// The standard's VR of a tag, the first where it allows several; "UN" for private and unknown
/// ones.
void rc_dicom_dictionary_vr(rc_tag tag, char vr[3]);

/// What a codec must know about a grey frame, checked by the caller.
typedef struct rc_dicom_frame {
  const char *syntax; ///< transfer syntax UID
  uint16_t columns, rows;
  uint16_t bits_allocated, bits_stored;
  bool is_signed;
} rc_dicom_frame;

/// Encapsulated pixel data: the pieces of one frame, borrowed.
typedef struct rc_dicom_fragment {
  const unsigned char *bytes;
  uint32_t n;
} rc_dicom_fragment;

/// Decodes one compressed frame into `n` bytes: columns * rows samples of bits_allocated bits in
/// the machine's byte order. RC_ERR_FORMAT when the stream is damaged or holds another size.
rc_status rc_dicom_decode(const rc_dicom_frame *frame, const rc_dicom_fragment *fragment,
                          int64_t n_fragments, unsigned char *out, size_t n, rc_error *err);

/// Building: an empty data set, attributes by tag (VR from the dictionary), nested sequences, raw
/// 16-bit pixels; encoded as explicit VR little endian.
typedef struct rc_dicom_draft rc_dicom_draft;           ///< owns its items
typedef struct rc_dicom_draft_item rc_dicom_draft_item; ///< the root or an item of a sequence

rc_dicom_draft *rc_dicom_draft_create(void);        ///< NULL if out of memory
void rc_dicom_draft_destroy(rc_dicom_draft *draft); ///< takes NULL
rc_dicom_draft_item *rc_dicom_draft_root(rc_dicom_draft *draft);
rc_status rc_dicom_set_text(rc_dicom_draft_item *item, rc_tag tag, const char *value,
                            rc_error *err);
rc_status rc_dicom_set_u16(rc_dicom_draft_item *item, rc_tag tag, const uint16_t *values, int64_t n,
                           rc_error *err);
/// Appends an item to a sequence and returns it (owned by `item`); NULL if out of memory.
rc_dicom_draft_item *rc_dicom_add_item(rc_dicom_draft_item *item, rc_tag tag);
/// Encodes to malloc'd bytes the caller frees.
rc_status rc_dicom_encode(rc_dicom_draft *draft, unsigned char **bytes, size_t *n, rc_error *err);

#ifdef __cplusplus
}
#endif
#endif
