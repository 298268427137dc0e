// SPDX-License-Identifier: Apache-2.0
/// @file dicom_parse.h
/// A DICOM file as a tree of elements (DICOM PS3.5 section 7, PS3.10 section 7). Used by dicom.c
/// and dicom_pixels.c only.
#ifndef RADCOHORT_IMAGES_DICOM_PARSE_H
#define RADCOHORT_IMAGES_DICOM_PARSE_H

#include "images/dicom.h"

#include <stdio.h>

typedef struct rc_dicom_element {
  rc_tag tag;
  char vr[3];          ///< the file's, or the dictionary's where the file does not say
  int64_t at;          ///< of the value, in the file
  int64_t length;      ///< of the value in bytes; 0 for a sequence
  rc_dicom_item *item; ///< of a sequence
  int64_t n_items;
} rc_dicom_element;

struct rc_dicom_item {
  const rc_dicom *file;
  rc_dicom_element *element;
  int64_t n, capacity;
};

struct rc_dicom {
  char *path;
  FILE *stream;
  int64_t size; ///< of the file
  char syntax[65];
  bool explicit_vr, big_endian;
  unsigned char *bytes; ///< the file's first n_bytes, which hold every value of the tree
  int64_t n_bytes;
  rc_dicom_item root;
  bool has_pixels;
  bool encapsulated; ///< PixelData has an undefined length: fragments follow
  rc_dicom_element pixels;
};

/// Makes at least the first `end` bytes of the file available. RC_ERR_FORMAT beyond its end.
rc_status rc_dicom_load(rc_dicom *dicom, int64_t end, rc_error *err);
/// Fills the tree of a dicom with path, stream and size; stops before PixelData.
rc_status rc_dicom_parse(rc_dicom *dicom, rc_error *err);
/// An unsigned number of 2 or 4 bytes in the file's byte order.
uint32_t rc_dicom_unsigned(const unsigned char *bytes, int n, bool big_endian);
void rc_dicom_item_release(rc_dicom_item *item);

#endif
