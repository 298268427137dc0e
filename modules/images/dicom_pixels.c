// SPDX-License-Identifier: Apache-2.0
// Pixels of one grey frame: native ones are copied here, compressed ones decoded by GDCM.
#include "images/dicom_parse.h"
#include "images/dicom_shim.h"
#include "images/dicom_stream.h"

#include <stdlib.h>
#include <string.h>

#define ROWS RC_TAG(0x0028, 0x0010)
#define COLUMNS RC_TAG(0x0028, 0x0011)
#define SAMPLES_PER_PIXEL RC_TAG(0x0028, 0x0002)
#define NUMBER_OF_FRAMES RC_TAG(0x0028, 0x0008)
#define BITS_ALLOCATED RC_TAG(0x0028, 0x0100)
#define BITS_STORED RC_TAG(0x0028, 0x0101)
#define HIGH_BIT RC_TAG(0x0028, 0x0102)
#define PIXEL_REPRESENTATION RC_TAG(0x0028, 0x0103)
#define TAG_ITEM UINT32_C(0xFFFEE000)
#define TAG_SEQUENCE_END UINT32_C(0xFFFEE0DD)

/// A stream may hold much larger images than itself, but not without end.
#define ALWAYS_ALLOWED_BYTES ((size_t)64 << 20)
#define LARGEST_COMPRESSION 4096

/// Compressed transfer syntaxes that hold grey images.
static const char *const compressed[] = {
    "1.2.840.10008.1.2.5",    // RLE
    "1.2.840.10008.1.2.4.50", // JPEG baseline
    "1.2.840.10008.1.2.4.51", // JPEG extended
    "1.2.840.10008.1.2.4.57", // JPEG lossless
    "1.2.840.10008.1.2.4.70", // JPEG lossless, first-order prediction
    "1.2.840.10008.1.2.4.80", // JPEG-LS lossless
    "1.2.840.10008.1.2.4.81", // JPEG-LS near-lossless
    "1.2.840.10008.1.2.4.90", // JPEG 2000 lossless
    "1.2.840.10008.1.2.4.91", // JPEG 2000
};

static double number_or(const rc_dicom *dicom, rc_tag tag, double absent) {
  double value = absent;
  return rc_dicom_numbers(&dicom->root, tag, &value, 1) > 0 ? value : absent;
}

static rc_status describe(const rc_dicom *dicom, rc_dicom_frame *frame, rc_error *err) {
  const double columns = number_or(dicom, COLUMNS, 0), rows = number_or(dicom, ROWS, 0);
  const double allocated = number_or(dicom, BITS_ALLOCATED, 0);
  const double stored = number_or(dicom, BITS_STORED, allocated);
  const double high = number_or(dicom, HIGH_BIT, stored - 1);
  const double samples = number_or(dicom, SAMPLES_PER_PIXEL, 1);
  const double frames = number_or(dicom, NUMBER_OF_FRAMES, 1);
  if (!dicom->has_pixels)
    return rc_fail(err, RC_ERR_FORMAT, "%s: no pixel data (7FE0,0010)", dicom->path);
  if (samples != 1)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: SamplesPerPixel (0028,0002) is %g; only grey images are supported",
                   dicom->path, samples);
  if (frames != 1)
    return rc_fail(err, RC_ERR_UNSUPPORTED, "%s: NumberOfFrames (0028,0008) is %g; expected 1",
                   dicom->path, frames);
  if (allocated != 8 && allocated != 16 && allocated != 32)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: BitsAllocated (0028,0100) is %g; expected 8, 16 or 32", dicom->path,
                   allocated);
  if (!(columns >= 1 && columns <= UINT16_MAX && rows >= 1 && rows <= UINT16_MAX) ||
      !(stored >= 1 && stored <= allocated) || high != stored - 1)
    return rc_fail(err, RC_ERR_FORMAT,
                   "%s: BitsStored (0028,0101) %g and HighBit (0028,0102) %g do not fit "
                   "BitsAllocated (0028,0100) %g",
                   dicom->path, stored, high, allocated);
  *frame = (rc_dicom_frame){.syntax = dicom->syntax,
                            .columns = (uint16_t)columns,
                            .rows = (uint16_t)rows,
                            .bits_allocated = (uint16_t)allocated,
                            .bits_stored = (uint16_t)stored,
                            .is_signed = number_or(dicom, PIXEL_REPRESENTATION, 0) == 1};
  return RC_OK;
}

/// Samples to numbers. Bits above bits_stored are not the pixel's (overlays once lived there).
static void convert(const rc_dicom_frame *frame, const unsigned char *bytes, bool big_endian,
                    double *out, int64_t n) {
  const int width = frame->bits_allocated / 8;
  const uint32_t sign = UINT32_C(1) << (frame->bits_stored - 1);
  const uint32_t mask = sign | (sign - 1);
  for (int64_t i = 0; i < n; i++) {
    uint32_t value = rc_dicom_unsigned(bytes + i * width, width, big_endian) & mask;
    out[i] = (double)value;
    if (frame->is_signed && (value & sign) != 0)
      out[i] -= 2.0 * (double)sign;
  }
}

/// `length` bytes of the file from `at`; `*owned` is to be freed.
static rc_status take_bytes(const rc_dicom *dicom, int64_t at, int64_t length,
                            const unsigned char **bytes, unsigned char **owned, rc_error *err) {
  *owned = NULL;
  if (at + length <= dicom->n_bytes) {
    *bytes = dicom->bytes + at;
    return RC_OK;
  }
  *owned = malloc((size_t)length);
  if (*owned == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", dicom->path);
  *bytes = *owned;
  if (fseeko(dicom->stream, at, SEEK_SET) != 0 ||
      fread(*owned, 1, (size_t)length, dicom->stream) != (size_t)length)
    return rc_fail(err, RC_ERR_IO, "%s: cannot be read", dicom->path);
  return RC_OK;
}

static rc_status read_native(const rc_dicom *dicom, const rc_dicom_frame *frame, double *out,
                             int64_t n, rc_error *err) {
  const unsigned char *bytes = NULL;
  unsigned char *owned = NULL;
  const int64_t needed = n * (frame->bits_allocated / 8);
  for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++)
    if (strcmp(dicom->syntax, compressed[i]) == 0)
      return rc_fail(err, RC_ERR_FORMAT,
                     "%s: the pixel data (7FE0,0010) is not compressed as the "
                     "transfer syntax %s says",
                     dicom->path, dicom->syntax);
  if (dicom->pixels.length < needed)
    return rc_fail(err, RC_ERR_FORMAT,
                   "%s: the pixel data (7FE0,0010) has %lld bytes, but Rows and Columns ask for "
                   "%lld",
                   dicom->path, (long long)dicom->pixels.length, (long long)needed);
  if (dicom->big_endian && frame->bits_allocated == 8 && strcmp(dicom->pixels.vr, "OW") == 0)
    return rc_fail(err, RC_ERR_UNSUPPORTED, "%s: 8-bit pixels in big-endian words", dicom->path);
  rc_status status = take_bytes(dicom, dicom->pixels.at, needed, &bytes, &owned, err);
  if (status == RC_OK)
    convert(frame, bytes, dicom->big_endian, out, n);
  free(owned);
  return status;
}

/// Pieces of the stream: the items behind the offset table (the first item). DICOM PS3.5, A.4.
static rc_status find_fragments(const rc_dicom *dicom, const unsigned char *bytes, int64_t length,
                                rc_dicom_fragment **out, int64_t *n, rc_error *err) {
  int64_t at = 0, items = 0, capacity = 0;
  *n = 0;
  while (length - at >= 8) {
    const rc_tag tag =
        rc_dicom_unsigned(bytes + at, 2, false) << 16 | rc_dicom_unsigned(bytes + at + 2, 2, false);
    const uint32_t size = rc_dicom_unsigned(bytes + at + 4, 4, false);
    at += 8;
    if (tag == TAG_SEQUENCE_END)
      return RC_OK;
    if (tag != TAG_ITEM || size > length - at)
      break;
    if (items++ > 0 && size > 0) {
      if (*n == capacity) {
        capacity = capacity == 0 ? 4 : 2 * capacity;
        rc_dicom_fragment *grown = realloc(*out, (size_t)capacity * sizeof *grown);
        if (grown == NULL)
          return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", dicom->path);
        *out = grown;
      }
      (*out)[(*n)++] = (rc_dicom_fragment){bytes + at, size};
    }
    at += size;
  }
  return rc_fail(err, RC_ERR_FORMAT,
                 "%s: the fragments of the pixel data (7FE0,0010) are damaged or truncated",
                 dicom->path);
}

static rc_status decode_fragments(const rc_dicom *dicom, const rc_dicom_frame *frame,
                                  const rc_dicom_fragment *fragment, int64_t n_fragments,
                                  double *out, int64_t n, rc_error *err) {
  const size_t needed = (size_t)n * (frame->bits_allocated / 8);
  if (n_fragments == 0 || !rc_dicom_stream_fits(frame, fragment[0].bytes, fragment[0].n))
    return rc_fail(err, RC_ERR_FORMAT,
                   "%s: the compressed pixel data (7FE0,0010) is no grey image of the size that "
                   "Rows and Columns ask for",
                   dicom->path);
  unsigned char *raw = malloc(needed);
  if (raw == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", dicom->path);
  rc_status status = rc_dicom_decode(frame, fragment, n_fragments, raw, needed, err);
  const uint16_t probe = 1;
  if (status == RC_OK)
    convert(frame, raw, *(const unsigned char *)&probe == 0, out, n);
  else
    rc_error_context(err, "%s", dicom->path);
  free(raw);
  return status;
}

static rc_status read_compressed(const rc_dicom *dicom, const rc_dicom_frame *frame, double *out,
                                 int64_t n, rc_error *err) {
  const unsigned char *bytes = NULL;
  unsigned char *owned = NULL;
  rc_dicom_fragment *fragment = NULL;
  int64_t n_fragments = 0;
  bool known = false;
  const size_t needed = (size_t)n * (frame->bits_allocated / 8);
  for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++)
    known = known || strcmp(dicom->syntax, compressed[i]) == 0;
  if (!known)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: the transfer syntax %s is not supported; convert the file to explicit VR "
                   "little endian",
                   dicom->path, dicom->syntax);
  if (needed > ALWAYS_ALLOWED_BYTES && needed / LARGEST_COMPRESSION > (size_t)dicom->pixels.length)
    return rc_fail(err, RC_ERR_LIMIT, "%s: %lld bytes cannot hold %u x %u pixels", dicom->path,
                   (long long)dicom->pixels.length, frame->columns, frame->rows);
  rc_status status = take_bytes(dicom, dicom->pixels.at, dicom->pixels.length, &bytes, &owned, err);
  if (status == RC_OK)
    status = find_fragments(dicom, bytes, dicom->pixels.length, &fragment, &n_fragments, err);
  if (status == RC_OK)
    status = decode_fragments(dicom, frame, fragment, n_fragments, out, n, err);
  free(fragment);
  free(owned);
  return status;
}

rc_status rc_dicom_pixels(const rc_dicom *dicom, double *out, int64_t n, rc_error *err) {
  rc_dicom_frame frame;
  rc_status status = describe(dicom, &frame, err);
  if (status != RC_OK)
    return status;
  if (n != (int64_t)frame.columns * frame.rows)
    return rc_fail(err, RC_ERR_FORMAT, "%s: %u x %u pixels where %lld were expected", dicom->path,
                   frame.columns, frame.rows, (long long)n);
  return dicom->encapsulated ? read_compressed(dicom, &frame, out, n, err)
                             : read_native(dicom, &frame, out, n, err);
}
