// SPDX-License-Identifier: Apache-2.0
#include "images/dicom.h"

#include "base/text.h"
#include "images/charset.h"
#include "images/dicom_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHARACTER_SET RC_TAG(0x0008, 0x0005)
#define NUMBER_TEXT 64

static rc_status open_stream(const char *path, rc_dicom *dicom, rc_error *err) {
  struct stat facts;
  if (stat(path, &facts) != 0)
    return rc_fail(err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s", path,
                   strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_FORMAT, "%s: not a regular file", path);
  dicom->size = facts.st_size;
  dicom->path = strdup(path);
  if (dicom->path == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  dicom->stream = fopen(path, "rb");
  if (dicom->stream == NULL)
    return rc_fail(err, RC_ERR_IO, "%s: %s", path, strerror(errno));
  setvbuf(dicom->stream, NULL, _IONBF, 0); // we read in large pieces ourselves
  return RC_OK;
}

rc_status rc_dicom_open(const char *path, rc_dicom **out, rc_error *err) {
  *out = NULL;
  rc_dicom *dicom = calloc(1, sizeof *dicom);
  if (dicom == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = open_stream(path, dicom, err);
  if (status == RC_OK)
    status = rc_dicom_parse(dicom, err);
  if (status != RC_OK) {
    rc_dicom_close(dicom);
    return status;
  }
  *out = dicom;
  return RC_OK;
}

void rc_dicom_close(rc_dicom *dicom) {
  if (dicom == NULL)
    return;
  if (dicom->stream != NULL)
    fclose(dicom->stream);
  rc_dicom_item_release(&dicom->root);
  free(dicom->bytes);
  free(dicom->path);
  free(dicom);
}

const rc_dicom_item *rc_dicom_root(const rc_dicom *dicom) {
  return &dicom->root;
}

const char *rc_dicom_transfer_syntax(const rc_dicom *dicom) {
  return dicom->syntax;
}

static const rc_dicom_element *find(const rc_dicom_item *item, rc_tag tag) {
  for (int64_t i = 0; item != NULL && i < item->n; i++)
    if (item->element[i].tag == tag)
      return &item->element[i];
  return NULL;
}

bool rc_dicom_has(const rc_dicom_item *item, rc_tag tag) {
  return find(item, tag) != NULL;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\0' || c == '\t' || c == '\r' || c == '\n';
}

/// The value without blanks around it, borrowed.
static const char *trimmed(const rc_dicom_item *item, const rc_dicom_element *e, size_t *n) {
  const char *start = (const char *)item->file->bytes + e->at, *end = start + e->length;
  while (end > start && is_blank(end[-1]))
    end--;
  while (start < end && is_blank(*start))
    start++;
  *n = (size_t)(end - start);
  return start;
}

bool rc_dicom_text(const rc_dicom_item *item, rc_tag tag, char *out, size_t capacity) {
  const rc_dicom_element *e = find(item, tag);
  size_t n = 0, n_set = 0;
  if (e == NULL || e->length == 0 || capacity == 0)
    return false;
  const char *text = trimmed(item, e, &n);
  if (memchr(text, '\0', n) != NULL)
    return false;
  const rc_dicom_element *named = find(&item->file->root, CHARACTER_SET);
  const char *set = named == NULL ? "" : trimmed(&item->file->root, named, &n_set);
  return rc_charset_to_utf8(set, n_set, text, n, out, capacity);
}

static double binary(const unsigned char *bytes, const char *vr, bool big) {
  uint32_t word[2];
  uint64_t wide;
  float single;
  double value;
  if (strcmp(vr, "US") == 0 || strcmp(vr, "OW") == 0)
    return rc_dicom_unsigned(bytes, 2, big);
  if (strcmp(vr, "SS") == 0)
    return (int16_t)rc_dicom_unsigned(bytes, 2, big);
  word[0] = rc_dicom_unsigned(bytes, 4, big);
  if (strcmp(vr, "UL") == 0)
    return word[0];
  if (strcmp(vr, "SL") == 0)
    return (int32_t)word[0];
  if (strcmp(vr, "FL") == 0) {
    memcpy(&single, word, sizeof single);
    return single;
  }
  word[1] = rc_dicom_unsigned(bytes + 4, 4, big);
  wide = (uint64_t)word[big ? 0 : 1] << 32 | word[big ? 1 : 0];
  memcpy(&value, &wide, sizeof value);
  return value;
}

/// Bytes per number of a binary VR, 0 for text.
static int width_of(const char *vr) {
  static const struct {
    char vr[3];
    int width;
  } widths[] = {{"US", 2}, {"SS", 2}, {"OW", 2}, {"UL", 4}, {"SL", 4}, {"FL", 4}, {"FD", 8}};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
    if (strcmp(vr, widths[i].vr) == 0)
      return widths[i].width;
  return 0;
}

/// Backslash-separated decimal text (DS, IS). -1 when a piece is no number; blank pieces too.
static int64_t parse_decimals(const char *at, size_t length, double *out, int64_t capacity) {
  const char *end = at + length;
  int64_t n = 0;
  while (at < end) {
    char text[NUMBER_TEXT];
    double value;
    const char *stop = memchr(at, '\\', (size_t)(end - at));
    if (stop == NULL)
      stop = end;
    const size_t piece = (size_t)(stop - at);
    if (piece >= sizeof text)
      return -1;
    memcpy(text, at, piece);
    text[piece] = '\0';
    if (!rc_parse_real(text, &value))
      return -1;
    if (n < capacity)
      out[n] = value;
    n++;
    at = stop + 1;
  }
  return n;
}

int64_t rc_dicom_numbers(const rc_dicom_item *item, rc_tag tag, double *out, int64_t capacity) {
  const rc_dicom_element *e = find(item, tag);
  size_t length;
  if (e == NULL || e->length == 0)
    return 0;
  const int width = width_of(e->vr);
  if (width == 0) {
    const char *text = trimmed(item, e, &length);
    return parse_decimals(text, length, out, capacity);
  }
  const int64_t n = e->length / width;
  for (int64_t i = 0; i < n && i < capacity; i++)
    out[i] = binary(item->file->bytes + e->at + i * width, e->vr, item->file->big_endian);
  return n;
}

int64_t rc_dicom_sequence_length(const rc_dicom_item *item, rc_tag tag) {
  const rc_dicom_element *e = find(item, tag);
  return e == NULL ? 0 : e->n_items;
}

const rc_dicom_item *rc_dicom_sequence_item(const rc_dicom_item *item, rc_tag tag, int64_t i) {
  const rc_dicom_element *e = find(item, tag);
  return e == NULL || i < 0 || i >= e->n_items ? NULL : &e->item[i];
}
