// SPDX-License-Identifier: Apache-2.0
/// @file text.h
/// Strict conversions and small string helpers. Nothing here guesses: a text is wholly a number or
/// it is not one. Locale-independent.
#ifndef RADCOHORT_BASE_TEXT_H
#define RADCOHORT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A list of strings; storage belongs to whoever made it (usually an arena).
typedef struct rc_texts {
  int64_t n;
  const char **item;
} rc_texts;

/// The whole text (surrounding blanks allowed) as a finite number. False if it is not one.
bool rc_parse_real(const char *text, double *value);
bool rc_parse_int(const char *text, int64_t *value);
bool rc_parse_bool(const char *text, bool *value); ///< true/false/yes/no/on/off

/// Shell-style glob with * and ? and [a-z]; whole string must match.
bool rc_glob(const char *pattern, const char *text, bool ignore_case);

/// Edit distance (insert, delete, replace, swap of neighbours), case-insensitive.
int rc_edit_distance(const char *a, const char *b);

/// The candidate nearest to `text`, or NULL when none is near enough to suggest.
const char *rc_nearest(const char *text, const char *const *candidates, int64_t n);

/// Bytes (1..4) of the UTF-8 character at `text`; 0 where the bytes are no well-formed character.
/// The terminating NUL is a character of one byte.
size_t rc_utf8_length(const char *text);

/// Trims blanks in place; returns the new start.
char *rc_trim(char *text);

/// The patient part of a TCGA barcode, in capitals as the standard has it:
/// "TCGA-cs-4938-01A-..." -> "TCGA-CS-4938". Writes at most `capacity` bytes; a text that is no
/// TCGA barcode is copied unchanged.
void rc_tcga_patient(const char *barcode, char *out, size_t capacity);

#endif
