// SPDX-License-Identifier: Apache-2.0
#include "images/dicom_parse.h"

#include "images/dicom_shim.h"

#include <stdlib.h>
#include <string.h>

#define PREAMBLE_BYTES 128
#define FIRST_LOAD INT64_C(16384)
#define MAX_DEPTH 32
#define MAX_ELEMENTS INT64_C(20000000)
#define UNDEFINED_LENGTH UINT32_C(0xFFFFFFFF)

#define TAG_ITEM UINT32_C(0xFFFEE000)
#define TAG_ITEM_END UINT32_C(0xFFFEE00D)
#define TAG_SEQUENCE_END UINT32_C(0xFFFEE0DD)
#define TAG_TRANSFER_SYNTAX UINT32_C(0x00020010)
#define TAG_PIXEL_DATA UINT32_C(0x7FE00010)

typedef struct parser {
  rc_dicom *dicom;
  int64_t at;
  int64_t n_elements;
  bool explicit_vr; ///< inside UN sequences it is not, whatever the file says
  rc_error *err;
} parser;

typedef struct header {
  rc_tag tag;
  char vr[3]; ///< "" when implicit
  uint32_t length;
} header;

static rc_status damaged(parser *p, rc_tag tag, const char *what) {
  return rc_fail(p->err, RC_ERR_FORMAT, "%s: %s at byte %lld, tag (%04X,%04X)", p->dicom->path,
                 what, (long long)p->at, tag >> 16, tag & 0xFFFF);
}

rc_status rc_dicom_load(rc_dicom *dicom, int64_t end, rc_error *err) {
  if (end <= dicom->n_bytes)
    return RC_OK;
  if (end > dicom->size)
    return rc_fail(err, RC_ERR_FORMAT, "%s: the file ends early (truncated?)", dicom->path);
  int64_t wanted = 2 * dicom->n_bytes > FIRST_LOAD ? 2 * dicom->n_bytes : FIRST_LOAD;
  wanted = wanted > end ? wanted : end;
  wanted = wanted < dicom->size ? wanted : dicom->size;
  unsigned char *grown = realloc(dicom->bytes, (size_t)wanted);
  if (grown == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", dicom->path);
  dicom->bytes = grown;
  size_t more = (size_t)(wanted - dicom->n_bytes);
  if (fseeko(dicom->stream, dicom->n_bytes, SEEK_SET) != 0 ||
      fread(grown + dicom->n_bytes, 1, more, dicom->stream) != more)
    return rc_fail(err, RC_ERR_IO, "%s: cannot be read", dicom->path);
  dicom->n_bytes = wanted;
  return RC_OK;
}

uint32_t rc_dicom_unsigned(const unsigned char *bytes, int n, bool big_endian) {
  uint32_t value = 0;
  for (int i = 0; i < n; i++)
    value = value << 8 | bytes[big_endian ? i : n - 1 - i];
  return value;
}

/// VRs whose explicit form has two reserved bytes and a 32-bit length.
static bool has_long_length(const char *vr) {
  static const char *const names[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                      "SV", "UC", "UN", "UR", "UT", "UV"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(vr, names[i]) == 0)
      return true;
  return false;
}

static bool is_vr(const unsigned char *bytes) {
  return bytes[0] >= 'A' && bytes[0] <= 'Z' && bytes[1] >= 'A' && bytes[1] <= 'Z';
}

static rc_status get_header(parser *p, int64_t end, header *h) {
  const bool big = p->dicom->big_endian;
  if (end - p->at < 8)
    return damaged(p, 0, "an element is cut off (truncated?)");
  rc_status status = rc_dicom_load(p->dicom, p->at + 8, p->err);
  if (status != RC_OK)
    return status;
  const unsigned char *bytes = p->dicom->bytes + p->at;
  h->tag = rc_dicom_unsigned(bytes, 2, big) << 16 | rc_dicom_unsigned(bytes + 2, 2, big);
  h->vr[0] = '\0';
  if (!p->explicit_vr || h->tag >> 16 == 0xFFFE) {
    h->length = rc_dicom_unsigned(bytes + 4, 4, big);
    p->at += 8;
    return RC_OK;
  }
  if (!is_vr(bytes + 4))
    return damaged(p, h->tag, "no valid value representation");
  memcpy(h->vr, bytes + 4, 2);
  h->vr[2] = '\0';
  if (!has_long_length(h->vr)) {
    h->length = rc_dicom_unsigned(bytes + 6, 2, big);
    p->at += 8;
    return RC_OK;
  }
  if (end - p->at < 12)
    return damaged(p, h->tag, "an element is cut off (truncated?)");
  status = rc_dicom_load(p->dicom, p->at + 12, p->err);
  if (status != RC_OK)
    return status;
  h->length = rc_dicom_unsigned(p->dicom->bytes + p->at + 8, 4, big);
  p->at += 12;
  return RC_OK;
}

void rc_dicom_item_release(rc_dicom_item *item) {
  for (int64_t i = 0; i < item->n; i++) {
    for (int64_t k = 0; k < item->element[i].n_items; k++)
      rc_dicom_item_release(&item->element[i].item[k]);
    free(item->element[i].item);
  }
  free(item->element);
}

/// Room for one more element, zeroed.
static rc_dicom_element *add_element(parser *p, rc_dicom_item *item) {
  if (item->n == item->capacity) {
    int64_t capacity = item->capacity == 0 ? 8 : 2 * item->capacity;
    rc_dicom_element *grown = realloc(item->element, (size_t)capacity * sizeof *grown);
    if (grown == NULL) {
      rc_fail(p->err, RC_ERR_MEMORY, "%s: out of memory", p->dicom->path);
      return NULL;
    }
    item->element = grown;
    item->capacity = capacity;
  }
  rc_dicom_element *e = &item->element[item->n++];
  memset(e, 0, sizeof *e);
  return e;
}

/// Items double their room at powers of two, so that no capacity need be stored.
static rc_dicom_item *add_item(parser *p, rc_dicom_element *e) {
  if ((e->n_items & (e->n_items - 1)) == 0) {
    size_t capacity = e->n_items == 0 ? 1 : 2 * (size_t)e->n_items;
    rc_dicom_item *grown = realloc(e->item, capacity * sizeof *grown);
    if (grown == NULL) {
      rc_fail(p->err, RC_ERR_MEMORY, "%s: out of memory", p->dicom->path);
      return NULL;
    }
    e->item = grown;
  }
  rc_dicom_item *item = &e->item[e->n_items++];
  *item = (rc_dicom_item){.file = p->dicom};
  return item;
}

static rc_status parse_set(parser *p, rc_dicom_item *item, int64_t end, bool delimited, int depth);

/// Items up to `end`, or up to the delimiter.
static rc_status parse_items(parser *p, rc_dicom_element *e, int64_t end, bool delimited,
                             int depth) {
  if (depth > MAX_DEPTH)
    return damaged(p, e->tag, "sequences are nested too deeply");
  while (p->at < end) {
    header h;
    rc_status status = get_header(p, end, &h);
    if (status != RC_OK)
      return status;
    if (h.tag == TAG_SEQUENCE_END && delimited)
      return RC_OK;
    if (h.tag != TAG_ITEM)
      return damaged(p, h.tag, "an item was expected");
    if (++p->n_elements > MAX_ELEMENTS)
      return damaged(p, h.tag, "too many elements");
    const bool open = h.length == UNDEFINED_LENGTH;
    if (!open && h.length > end - p->at)
      return damaged(p, h.tag, "an item is longer than its sequence (truncated?)");
    rc_dicom_item *item = add_item(p, e);
    if (item == NULL)
      return RC_ERR_MEMORY;
    status = parse_set(p, item, open ? end : p->at + h.length, open, depth + 1);
    if (status != RC_OK)
      return status;
  }
  return delimited ? damaged(p, e->tag, "a sequence does not end (truncated?)") : RC_OK;
}

/// Encapsulated pixels of an icon: skipped.
static rc_status skip_fragments(parser *p, int64_t end) {
  while (p->at < end) {
    header h;
    rc_status status = get_header(p, end, &h);
    if (status != RC_OK)
      return status;
    if (h.tag == TAG_SEQUENCE_END)
      return RC_OK;
    if (h.tag != TAG_ITEM || h.length > end - p->at)
      return damaged(p, h.tag, "a fragment does not fit (truncated?)");
    p->at += h.length;
  }
  return damaged(p, TAG_PIXEL_DATA, "the fragments do not end (truncated?)");
}

static rc_status parse_undefined(parser *p, rc_dicom_element *e, int64_t end, int depth) {
  if (strcmp(e->vr, "OB") == 0 || strcmp(e->vr, "OW") == 0)
    return skip_fragments(p, end);
  const bool outer = p->explicit_vr;
  if (strcmp(e->vr, "UN") == 0)
    p->explicit_vr = false; // always implicit inside (PS3.5, 6.2.2)
  rc_status status = parse_items(p, e, end, true, depth);
  p->explicit_vr = outer;
  return status;
}

static rc_status parse_element(parser *p, rc_dicom_item *item, const header *h, int64_t end,
                               int depth) {
  if (++p->n_elements > MAX_ELEMENTS)
    return damaged(p, h->tag, "too many elements");
  rc_dicom_element *e = add_element(p, item);
  if (e == NULL)
    return RC_ERR_MEMORY;
  e->tag = h->tag;
  memcpy(e->vr, h->vr, sizeof e->vr);
  if (e->vr[0] == '\0')
    rc_dicom_dictionary_vr(e->tag, e->vr);
  if (h->length == UNDEFINED_LENGTH)
    return parse_undefined(p, e, end, depth);
  if (h->length > end - p->at)
    return damaged(p, h->tag, "an element is longer than what holds it (truncated?)");
  if (strcmp(e->vr, "SQ") == 0)
    return parse_items(p, e, p->at + h->length, false, depth);
  if (strcmp(e->vr, "UN") == 0)
    rc_dicom_dictionary_vr(e->tag, e->vr);
  e->at = p->at;
  e->length = h->length;
  p->at += h->length;
  return rc_dicom_load(p->dicom, p->at, p->err);
}

/// Some writers pad files with zeros to whole blocks.
static bool only_zeros_left(parser *p, int64_t end) {
  if (rc_dicom_load(p->dicom, p->at + 1, NULL) != RC_OK || p->dicom->bytes[p->at] != 0 ||
      rc_dicom_load(p->dicom, end, NULL) != RC_OK)
    return false;
  for (int64_t i = p->at; i < end; i++)
    if (p->dicom->bytes[i] != 0)
      return false;
  return true;
}

static rc_status note_pixels(parser *p, const header *h, int64_t end) {
  rc_dicom *dicom = p->dicom;
  dicom->has_pixels = true;
  dicom->encapsulated = h->length == UNDEFINED_LENGTH;
  dicom->pixels.tag = h->tag;
  dicom->pixels.at = p->at;
  dicom->pixels.length = dicom->encapsulated ? end - p->at : h->length;
  memcpy(dicom->pixels.vr, h->vr, sizeof h->vr);
  if (dicom->pixels.length > end - p->at)
    return damaged(p, h->tag, "the pixel data is longer than the file (truncated?)");
  return RC_OK;
}

/// Elements up to `end`, or up to an item delimiter; the root's end before PixelData.
static rc_status parse_set(parser *p, rc_dicom_item *item, int64_t end, bool delimited, int depth) {
  while (p->at < end) {
    header h;
    if (depth == 0 && only_zeros_left(p, end))
      return RC_OK;
    rc_status status = get_header(p, end, &h);
    if (status != RC_OK)
      return status;
    if (h.tag == TAG_ITEM_END && delimited)
      return RC_OK;
    if (h.tag >> 16 == 0xFFFE)
      return damaged(p, h.tag, "a delimiter is out of place");
    if (depth == 0 && h.tag == TAG_PIXEL_DATA)
      return note_pixels(p, &h, end);
    status = parse_element(p, item, &h, end, depth);
    if (status != RC_OK)
      return status;
  }
  return delimited ? damaged(p, TAG_ITEM, "an item does not end (truncated?)") : RC_OK;
}

/// The file meta group, always explicit little endian; leaves `at` behind it.
static rc_status parse_meta(parser *p) {
  rc_dicom *dicom = p->dicom;
  p->explicit_vr = true;
  while (dicom->size - p->at >= 8) {
    header h;
    rc_status status = rc_dicom_load(dicom, p->at + 8, p->err);
    if (status != RC_OK)
      return status;
    if (rc_dicom_unsigned(dicom->bytes + p->at, 2, false) != 0x0002)
      return RC_OK;
    status = get_header(p, dicom->size, &h);
    if (status != RC_OK)
      return status;
    if (h.length > dicom->size - p->at)
      return damaged(p, h.tag, "an element is longer than the file (truncated?)");
    status = rc_dicom_load(dicom, p->at + h.length, p->err);
    if (status != RC_OK)
      return status;
    if (h.tag == TAG_TRANSFER_SYNTAX && h.length < sizeof dicom->syntax) {
      memcpy(dicom->syntax, dicom->bytes + p->at, h.length);
      while (h.length > 0 && dicom->syntax[h.length - 1] == ' ')
        dicom->syntax[--h.length] = '\0';
    }
    p->at += h.length;
  }
  return RC_OK;
}

/// The first element tells explicit from implicit, better than what the header claims: in the
/// place of two capital letters implicit files have a length of at most a few hundred.
static rc_status choose_encoding(parser *p) {
  rc_dicom *dicom = p->dicom;
  if (strcmp(dicom->syntax, "1.2.840.10008.1.2.1.99") == 0)
    return rc_fail(p->err, RC_ERR_UNSUPPORTED,
                   "%s: the deflated transfer syntax is not supported; convert the file to "
                   "explicit VR little endian (for example with dcmconv +te)",
                   dicom->path);
  dicom->big_endian = strcmp(dicom->syntax, "1.2.840.10008.1.2.2") == 0;
  if (dicom->size - p->at < 8)
    return damaged(p, 0, "no data set follows the header");
  rc_status status = rc_dicom_load(dicom, p->at + 8, p->err);
  if (status == RC_OK)
    p->explicit_vr = dicom->explicit_vr = is_vr(dicom->bytes + p->at + 4);
  return status;
}

rc_status rc_dicom_parse(rc_dicom *dicom, rc_error *err) {
  parser p = {.dicom = dicom, .err = err};
  const int64_t meta = PREAMBLE_BYTES + 4;
  rc_status status = RC_OK;
  if (dicom->size >= meta) {
    status = rc_dicom_load(dicom, meta, err);
    if (status == RC_OK && memcmp(dicom->bytes + PREAMBLE_BYTES, "DICM", 4) == 0)
      p.at = meta;
  }
  if (status == RC_OK)
    status = parse_meta(&p);
  if (status == RC_OK)
    status = choose_encoding(&p);
  dicom->root.file = dicom;
  return status == RC_OK ? parse_set(&p, &dicom->root, dicom->size, false, 0) : status;
}
