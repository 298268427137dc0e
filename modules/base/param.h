// SPDX-License-Identifier: Apache-2.0
/// @file param.h
/// A parameter is declared once, in a table beside the code that uses it. The workflow schema, its
/// error messages, `--help`, the docs and the provenance in the cohort file all derive from it.
#ifndef RADCOHORT_BASE_PARAM_H
#define RADCOHORT_BASE_PARAM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a parameter holds, and the C type of the struct member at `offset`.
typedef enum rc_param_type {
  RC_PARAM_BOOL,    ///< bool
  RC_PARAM_INT,     ///< int64_t, low..high
  RC_PARAM_REAL,    ///< double, low..high; NaN when the default is "none" and none was given
  RC_PARAM_CHOICE,  ///< int: index into `choices`
  RC_PARAM_CHOICES, ///< uint64_t: bit set over `choices`; the text "all" sets every bit
  RC_PARAM_TEXT,    ///< const char *, NULL when the default is "none" and none was given
  RC_PARAM_REALS,   ///< rc_reals: 1..3 numbers, each low..high; n == 0 when "none"
  RC_PARAM_TEXTS,   ///< rc_texts
  RC_PARAM_NUMBERS  ///< rc_numbers: one or more numbers, each low..high; n == 0 when "none"
} rc_param_type;

/// Up to three numbers (a spacing, a range).
typedef struct rc_reals {
  int64_t n;
  double value[3];
} rc_reals;

/// Any count of numbers (scales of a filter), in an arena.
typedef struct rc_numbers {
  int64_t n;
  const double *value;
} rc_numbers;

enum { RC_PARAM_MAX_NUMBERS = 64 };

typedef struct rc_param {
  const char *key;
  rc_param_type type;
  size_t offset;              ///< offsetof() in the settings struct
  double low, high;           ///< inclusive range of INT, REAL and each of REALS
  const char *unit;           ///< "mm", "HU", "" ...
  const char *const *choices; ///< NULL-terminated, for CHOICE and CHOICES
  const char *fallback;       ///< default as one would write it in YAML; NULL: required
  const char *help;           ///< one sentence
} rc_param;

/// A table of parameters of one settings struct.
typedef struct rc_param_table {
  const char *name; ///< "interpolation", "glcm", ...
  const char *help;
  const rc_param *param;
  int64_t n;
  size_t struct_size;
} rc_param_table;

/// Fills `settings` (zeroed memory of table->struct_size) with every default. Required parameters
/// are left zero. Strings come from `arena`.
rc_status rc_param_defaults(const rc_param_table *table, void *settings, rc_arena *arena,
                            rc_error *err);

/// Sets one parameter from its written form: `items`/`n_items` are the scalars of a YAML sequence
/// (n_items may be 1 for a plain scalar). Checks type, range and choice; the message says what was
/// expected and, for choices, the nearest valid one. Strings are copied into `arena`.
rc_status rc_param_set(const rc_param *param, void *settings, const char *const *items,
                       int64_t n_items, rc_arena *arena, rc_error *err);

/// The parameter with that key, or NULL.
const rc_param *rc_param_find(const rc_param_table *table, const char *key);

/// What a valid value looks like, for messages and docs: "number 0.1 .. 50 (mm)", "one of a, b".
void rc_param_expected(const rc_param *param, char *out, size_t capacity);

/// The current value written back as YAML text (for provenance); `out` always NUL-terminated.
void rc_param_print(const rc_param *param, const void *settings, char *out, size_t capacity);

#endif
