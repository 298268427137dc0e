// SPDX-License-Identifier: Apache-2.0
#include "images/dicom_stream.h"

#include <string.h>

#define RLE "1.2.840.10008.1.2.5"
#define JPEG_2000 "1.2.840.10008.1.2.4.9" // .90 and .91
#define BOX_BYTES 4096                    ///< some files wrap JPEG 2000 in boxes, against the rules

static uint32_t big(const unsigned char *bytes, int n) {
  uint32_t value = 0;
  for (int i = 0; i < n; i++)
    value = value << 8 | bytes[i];
  return value;
}

/// SIZ, the first segment of a code stream (ITU-T T.800, A.5.1).
static bool fits_jpeg_2000(const rc_dicom_frame *frame, const unsigned char *bytes, size_t n) {
  static const unsigned char start[] = {0xFF, 0x4F, 0xFF, 0x51};
  size_t at = 0;
  while (at + 46 <= n && at < BOX_BYTES && memcmp(bytes + at, start, sizeof start) != 0)
    at++;
  if (at + 46 > n || at >= BOX_BYTES)
    return false;
  const unsigned char *siz = bytes + at + 4; // Lsiz
  const uint32_t width = big(siz + 4, 4), height = big(siz + 8, 4);
  const uint32_t left = big(siz + 12, 4), top = big(siz + 16, 4);
  const unsigned char *component = siz + 38;
  return left == 0 && top == 0 && width == frame->columns && height == frame->rows &&
         big(siz + 36, 2) == 1 && (component[0] & 0x7F) + 1 <= frame->bits_allocated &&
         component[1] == 1 && component[2] == 1;
}

static bool is_frame_header(unsigned marker) {
  return marker == 0xF7 || // JPEG-LS
         (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
}

/// The frame header behind any tables (ITU-T T.81, B.2.2; T.87, C.2.2).
static bool fits_jpeg(const rc_dicom_frame *frame, const unsigned char *bytes, size_t n) {
  if (n < 4 || bytes[0] != 0xFF || bytes[1] != 0xD8)
    return false;
  for (size_t at = 2; at + 10 <= n;) {
    if (bytes[at] != 0xFF)
      return false;
    if (bytes[at + 1] == 0xFF) { // fill byte
      at++;
      continue;
    }
    if (is_frame_header(bytes[at + 1]))
      return bytes[at + 4] <= frame->bits_allocated && big(bytes + at + 5, 2) == frame->rows &&
             big(bytes + at + 7, 2) == frame->columns && bytes[at + 9] == 1;
    at += 2 + big(bytes + at + 2, 2);
  }
  return false;
}

bool rc_dicom_stream_fits(const rc_dicom_frame *frame, const unsigned char *bytes, size_t n) {
  if (strcmp(frame->syntax, RLE) == 0)
    return true;
  return strncmp(frame->syntax, JPEG_2000, strlen(JPEG_2000)) == 0 ? fits_jpeg_2000(frame, bytes, n)
                                                                   : fits_jpeg(frame, bytes, n);
}
