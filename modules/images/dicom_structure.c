// SPDX-License-Identifier: Apache-2.0
#include "images/dicom_structure.h"

#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PREAMBLE_BYTES 128
#define MAX_DEPTH 32
#define MAX_ELEMENTS INT64_C(20000000)
#define UNDEFINED_LENGTH UINT32_C(0xFFFFFFFF)

#define TAG_ITEM UINT32_C(0xFFFEE000)
#define TAG_ITEM_END UINT32_C(0xFFFEE00D)
#define TAG_SEQUENCE_END UINT32_C(0xFFFEE0DD)
#define TAG_TRANSFER_SYNTAX UINT32_C(0x00020010)
#define TAG_PIXEL_DATA UINT32_C(0x7FE00010)

/// How the data set is encoded.
typedef struct encoding {
  bool explicit_vr;
  bool big_endian;
} encoding;

typedef struct walker {
  const char *path;
  FILE *file;
  int64_t size; ///< of the file
  int64_t at;
  int64_t n_elements;
  encoding code;
  char syntax[65];
  rc_error *err;
} walker;

typedef struct element {
  uint32_t tag;
  uint32_t length;
  char vr[3]; ///< "" when implicit
} element;

bool rc_dicom_parse_number(const char *text, double *value) {
  return rc_parse_real(text, value);
}

static rc_status damaged(walker *w, uint32_t tag, const char *what) {
  return rc_fail(w->err, RC_ERR_FORMAT, "%s: %s at byte %lld, tag (%04X,%04X)", w->path, what,
                 (long long)w->at, tag >> 16, tag & 0xFFFF);
}

static bool get(walker *w, void *out, size_t n) {
  if (w->at + (int64_t)n > w->size || fread(out, 1, n, w->file) != n)
    return false;
  w->at += (int64_t)n;
  return true;
}

static bool skip(walker *w, int64_t n) {
  if (n > w->size - w->at || fseeko(w->file, n, SEEK_CUR) != 0)
    return false;
  w->at += n;
  return true;
}

static uint32_t number(const walker *w, const unsigned char *bytes, int n) {
  uint32_t value = 0;
  for (int i = 0; i < n; i++)
    value = value << 8 | bytes[w->code.big_endian ? i : n - 1 - i];
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

static bool get_element(walker *w, element *e) {
  unsigned char bytes[8];
  if (!get(w, bytes, 8))
    return false;
  e->tag = number(w, bytes, 2) << 16 | number(w, bytes + 2, 2);
  e->vr[0] = '\0';
  bool delimiter = e->tag >> 16 == 0xFFFE;
  if (!w->code.explicit_vr || delimiter) {
    e->length = number(w, bytes + 4, 4);
    return true;
  }
  memcpy(e->vr, bytes + 4, 2);
  e->vr[2] = '\0';
  if (!has_long_length(e->vr)) {
    e->length = number(w, bytes + 6, 2);
    return true;
  }
  if (!get(w, bytes, 4))
    return false;
  e->length = number(w, bytes, 4);
  return true;
}

static rc_status walk_set(walker *w, int64_t end, int depth);

/// Items up to `end`, or up to the delimiter when end < 0. Fragments of encapsulated pixel data are
/// items too, but hold bytes instead of elements.
static rc_status walk_items(walker *w, int64_t end, bool fragments, int depth) {
  if (depth > MAX_DEPTH)
    return damaged(w, TAG_ITEM, "sequences are nested too deeply");
  while (end < 0 || w->at < end) {
    element item;
    if (!get_element(w, &item))
      return damaged(w, TAG_ITEM, "the file ends inside a sequence");
    if (item.tag == TAG_SEQUENCE_END)
      return RC_OK;
    if (item.tag != TAG_ITEM)
      return damaged(w, item.tag, "an item was expected");
    if (++w->n_elements > MAX_ELEMENTS)
      return damaged(w, item.tag, "too many elements");
    if (item.length != UNDEFINED_LENGTH && item.length > w->size - w->at)
      return damaged(w, item.tag, "an item is longer than the file");
    if (fragments) {
      if (item.length == UNDEFINED_LENGTH || !skip(w, item.length))
        return damaged(w, item.tag, "a fragment is longer than the file");
      continue;
    }
    rc_status status =
        walk_set(w, item.length == UNDEFINED_LENGTH ? -1 : w->at + item.length, depth + 1);
    if (status != RC_OK)
      return status;
  }
  return RC_OK;
}

static rc_status walk_element(walker *w, const element *e, int depth) {
  if (++w->n_elements > MAX_ELEMENTS)
    return damaged(w, e->tag, "too many elements");
  if (e->length == UNDEFINED_LENGTH) {
    encoding outer = w->code;
    if (strcmp(e->vr, "UN") == 0) // always implicit little endian inside (PS3.5, 6.2.2)
      w->code = (encoding){false, false};
    rc_status status = walk_items(w, -1, e->tag == TAG_PIXEL_DATA, depth);
    w->code = outer;
    return status;
  }
  if (e->length > w->size - w->at)
    return damaged(w, e->tag, "an element is longer than the file (truncated?)");
  if (strcmp(e->vr, "SQ") == 0)
    return walk_items(w, w->at + e->length, false, depth);
  return skip(w, e->length) ? RC_OK : damaged(w, e->tag, "the file cannot be read");
}

/// Elements up to `end`, or up to an item delimiter when end < 0.
static rc_status walk_set(walker *w, int64_t end, int depth) {
  while (end < 0 || w->at < end) {
    element e;
    if (!get_element(w, &e))
      return damaged(w, 0, "the file ends inside an element");
    if (e.tag == TAG_ITEM_END && end < 0)
      return RC_OK;
    rc_status status = walk_element(w, &e, depth);
    if (status != RC_OK)
      return status;
  }
  return RC_OK;
}

/// The file meta group, always explicit little endian; leaves `at` behind it.
static rc_status walk_meta(walker *w) {
  w->code = (encoding){true, false};
  while (w->at < w->size) {
    int64_t start = w->at;
    element e;
    if (!get_element(w, &e))
      return damaged(w, 0, "the file ends inside its header");
    if (e.tag >> 16 != 0x0002) {
      w->at = start;
      return fseeko(w->file, start, SEEK_SET) == 0 ? RC_OK : damaged(w, e.tag, "cannot seek");
    }
    if (e.tag == TAG_TRANSFER_SYNTAX && e.length < sizeof w->syntax) {
      if (!get(w, w->syntax, e.length))
        return damaged(w, e.tag, "the file ends inside its header");
      w->syntax[e.length] = '\0';
      continue;
    }
    if (e.length > w->size - w->at || !skip(w, e.length))
      return damaged(w, e.tag, "an element is longer than the file");
  }
  return RC_OK;
}

/// Without a transfer syntax the first element tells: two capital letters are an explicit VR.
static bool looks_explicit(walker *w) {
  unsigned char bytes[8];
  int64_t start = w->at;
  bool whole = get(w, bytes, 8);
  w->at = start;
  if (fseeko(w->file, start, SEEK_SET) != 0 || !whole)
    return false;
  return bytes[4] >= 'A' && bytes[4] <= 'Z' && bytes[5] >= 'A' && bytes[5] <= 'Z';
}

static rc_status choose_encoding(walker *w) {
  if (strcmp(w->syntax, "1.2.840.10008.1.2.1.99") == 0)
    return rc_fail(
        w->err, RC_ERR_UNSUPPORTED,
        "%s: the deflated transfer syntax is not supported; convert the file to explicit "
        "VR little endian",
        w->path);
  w->code.big_endian = strcmp(w->syntax, "1.2.840.10008.1.2.2") == 0;
  w->code.explicit_vr =
      w->syntax[0] == '\0' ? looks_explicit(w) : strcmp(w->syntax, "1.2.840.10008.1.2") != 0;
  return RC_OK;
}

static rc_status walk_file(walker *w) {
  char magic[4] = "";
  bool preamble = skip(w, PREAMBLE_BYTES) && get(w, magic, 4) && memcmp(magic, "DICM", 4) == 0;
  if (!preamble) {
    w->at = 0;
    if (fseeko(w->file, 0, SEEK_SET) != 0)
      return rc_fail(w->err, RC_ERR_IO, "%s: cannot seek", w->path);
  }
  rc_status status = walk_meta(w);
  if (status == RC_OK)
    status = choose_encoding(w);
  return status == RC_OK ? walk_set(w, w->size, 0) : status;
}

rc_status rc_dicom_check_structure(const char *path, rc_error *err) {
  struct stat facts;
  if (stat(path, &facts) != 0)
    return rc_fail(err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s", path,
                   strerror(errno));
  if (!S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_FORMAT, "%s: not a regular file", path);
  walker w = {.path = path, .size = facts.st_size, .err = err};
  w.file = fopen(path, "rb");
  if (w.file == NULL)
    return rc_fail(err, RC_ERR_IO, "%s: %s", path, strerror(errno));
  rc_status status = walk_file(&w);
  fclose(w.file);
  return status;
}
