// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_DISTANCE_TEXT 64

static const char *skip_blanks(const char *text) {
  while (isspace((unsigned char)*text))
    text++;
  return text;
}

bool rc_parse_real(const char *text, double *value) {
  const char *start = skip_blanks(text);
  const char *digits = start + (*start == '+' || *start == '-');
  // strtod also takes "inf", "nan" and hexadecimal; a table or workflow never means those.
  if (!(isdigit((unsigned char)*digits) || *digits == '.') || digits[strcspn(digits, "xX")] != '\0')
    return false;
  char *end = NULL;
  double parsed = strtod(start, &end);
  if (end == start || *skip_blanks(end) != '\0' || !isfinite(parsed))
    return false;
  *value = parsed;
  return true;
}

bool rc_parse_int(const char *text, int64_t *value) {
  const char *start = skip_blanks(text);
  char *end = NULL;
  errno = 0;
  long long parsed = strtoll(start, &end, 10);
  if (end == start || errno == ERANGE || *skip_blanks(end) != '\0')
    return false;
  *value = parsed;
  return true;
}

bool rc_parse_bool(const char *text, bool *value) {
  static const char *const yes[] = {"true", "yes", "on"};
  static const char *const no[] = {"false", "no", "off"};
  for (int i = 0; i < 3; i++) {
    if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
      *value = strcasecmp(text, yes[i]) == 0;
      return true;
    }
  }
  return false;
}

/// One bracket expression at `pattern` ("[a-z]"); moves past it. An unclosed bracket is a literal.
static bool match_bracket(const char **pattern, unsigned char c, bool *well_formed) {
  const char *p = *pattern + 1;
  bool negate = *p == '!' || *p == '^', hit = false;
  if (negate)
    p++;
  const char *first = p;
  while (*p != '\0' && (*p != ']' || p == first)) {
    unsigned char low = (unsigned char)*p, high = low;
    if (p[1] == '-' && p[2] != '\0' && p[2] != ']') {
      high = (unsigned char)p[2];
      p += 2;
    }
    hit = hit || (low <= c && c <= high);
    p++;
  }
  *well_formed = *p == ']';
  if (*well_formed)
    *pattern = p + 1;
  return hit != negate;
}

static unsigned char fold(char c, bool ignore_case) {
  return (unsigned char)(ignore_case ? tolower((unsigned char)c) : c);
}

/// Whether the single-character pattern at `p` takes `c`; `*next` is what follows it.
static bool match_one(const char *p, char c, bool ignore_case, const char **next) {
  *next = p + 1;
  if (*p == '?')
    return true;
  if (*p == '[') {
    bool well_formed = false;
    const char *after = p;
    bool hit = match_bracket(&after, fold(c, ignore_case), &well_formed);
    if (well_formed) {
      *next = after;
      return hit;
    }
  }
  return fold(*p, ignore_case) == fold(c, ignore_case);
}

bool rc_glob(const char *pattern, const char *text, bool ignore_case) {
  // Greedy with one level of backtracking: linear for real patterns, quadratic at worst, never
  // exponential whatever the pattern.
  const char *star = NULL, *resume = NULL;
  while (*text != '\0') {
    const char *next = NULL;
    if (*pattern == '*') {
      star = ++pattern;
      resume = text;
    } else if (*pattern != '\0' && match_one(pattern, *text, ignore_case, &next)) {
      pattern = next;
      text++;
    } else if (star != NULL) {
      pattern = star;
      text = ++resume;
    } else {
      return false;
    }
  }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

static int min3(int a, int b, int c) {
  int least = a < b ? a : b;
  return least < c ? least : c;
}

int rc_edit_distance(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b);
  if (n > MAX_DISTANCE_TEXT || m > MAX_DISTANCE_TEXT)
    return strcasecmp(a, b) == 0 ? 0 : MAX_DISTANCE_TEXT;
  int row[3][MAX_DISTANCE_TEXT + 1];
  for (size_t j = 0; j <= m; j++)
    row[0][j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
    now[0] = (int)i;
    for (size_t j = 1; j <= m; j++) {
      int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
      now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (ca != cb));
      bool swapped = i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
                     cb == tolower((unsigned char)a[i - 2]);
      if (swapped && before[j - 2] + 1 < now[j])
        now[j] = before[j - 2] + 1;
    }
  }
  return row[n % 3][m];
}

const char *rc_nearest(const char *text, const char *const *candidates, int64_t n) {
  const char *best = NULL;
  int best_distance = 0;
  for (int64_t i = 0; i < n; i++) {
    int distance = rc_edit_distance(text, candidates[i]);
    if (best == NULL || distance < best_distance) {
      best = candidates[i];
      best_distance = distance;
    }
  }
  size_t length = strlen(text);
  int near = length < 4 ? 1 : (int)(length / 3) + 1;
  return best != NULL && best_distance <= near ? best : NULL;
}

char *rc_trim(char *text) {
  char *start = text + (skip_blanks(text) - text);
  size_t n = strlen(start);
  while (n > 0 && isspace((unsigned char)start[n - 1]))
    start[--n] = '\0';
  return start;
}

void rc_tcga_patient(const char *barcode, char *out, size_t capacity) {
  size_t n = strlen(barcode);
  bool tcga = strncasecmp(barcode, "TCGA-", 5) == 0;
  if (tcga) {
    const char *site = strchr(barcode + 5, '-');
    const char *end = site == NULL ? NULL : strchr(site + 1, '-');
    if (end != NULL)
      n = (size_t)(end - barcode);
  }
  if (capacity == 0)
    return;
  if (n > capacity - 1)
    n = capacity - 1;
  for (size_t i = 0; i < n; i++)
    out[i] = tcga ? (char)toupper((unsigned char)barcode[i]) : barcode[i];
  out[n] = '\0';
}

size_t rc_utf8_length(const char *text) {
  const unsigned char *c = (const unsigned char *)text;
  if (c[0] < 0x80)
    return 1;
  size_t n = c[0] >= 0xF0 ? 4 : c[0] >= 0xE0 ? 3 : 2;
  if (c[0] < 0xC2 || c[0] > 0xF4)
    return 0;
  for (size_t i = 1; i < n; i++) // a NUL ends this loop, so nothing behind the text is read
    if ((c[i] & 0xC0) != 0x80)
      return 0;
  bool overlong = (c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xF0 && c[1] < 0x90);
  bool surrogate = c[0] == 0xED && c[1] >= 0xA0;
  bool beyond = c[0] == 0xF4 && c[1] >= 0x90;
  return overlong || surrogate || beyond ? 0 : n;
}
