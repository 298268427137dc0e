// SPDX-License-Identifier: Apache-2.0
#include "images/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

/// DICOM PS3.3, C.12.1.1.2, defined terms with the names iconv knows.
static const struct {
  const char *term, *name;
} sets[] = {
    {"ISO_IR 100", "ISO-8859-1"},  {"ISO_IR 101", "ISO-8859-2"}, {"ISO_IR 109", "ISO-8859-3"},
    {"ISO_IR 110", "ISO-8859-4"},  {"ISO_IR 144", "ISO-8859-5"}, {"ISO_IR 127", "ISO-8859-6"},
    {"ISO_IR 126", "ISO-8859-7"},  {"ISO_IR 138", "ISO-8859-8"}, {"ISO_IR 148", "ISO-8859-9"},
    {"ISO_IR 203", "ISO-8859-15"}, {"ISO_IR 13", "SHIFT_JIS"},   {"ISO_IR 166", "TIS-620"},
    {"ISO_IR 192", "UTF-8"},       {"GB18030", "GB18030"},       {"GBK", "GBK"},
};

static bool is_ascii(const char *text, size_t n) {
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)text[i] >= 0x80)
      return false;
  return true;
}

static const char *name_of(const char *set, size_t n) {
  const char *stop = memchr(set, '\\', n);
  n = stop == NULL ? n : (size_t)(stop - set);
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
    const char *term = sets[i].term;
    if (n == strlen(term) && memcmp(set, term, n) == 0)
      return sets[i].name;
    // "ISO 2022 IR 100" is "ISO_IR 100" with code extensions
    if (strncmp(term, "ISO_IR ", 7) == 0 && n > 12 && memcmp(set, "ISO 2022 IR ", 12) == 0 &&
        n - 12 == strlen(term + 7) && memcmp(set + 12, term + 7, n - 12) == 0)
      return sets[i].name;
  }
  return "ASCII";
}

bool rc_charset_to_utf8(const char *set, size_t n_set, const char *text, size_t n, char *out,
                        size_t capacity) {
  if (capacity == 0)
    return false;
  if (is_ascii(text, n)) {
    if (n >= capacity)
      return false;
    memcpy(out, text, n);
    out[n] = '\0';
    return true;
  }
  iconv_t converter = iconv_open("UTF-8", name_of(set, n_set));
  if (converter == (iconv_t)-1)
    converter = iconv_open("UTF-8", "ASCII");
  if (converter == (iconv_t)-1)
    return false;
  char *in = (char *)(size_t)text, *to = out;
  size_t room = capacity - 1;
  bool fits = true;
  while (fits && n > 0) {
    if (iconv(converter, &in, &n, &to, &room) != (size_t)-1)
      continue;
    fits = errno != E2BIG && room > 0;
    if (fits) {
      *to++ = '?';
      room--;
      in++;
      n--;
    }
  }
  *to = '\0';
  iconv_close(converter);
  return fits;
}
