// SPDX-License-Identifier: Apache-2.0
#include "base/param.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED_TEXT 1024

static void *member(const rc_param *param, void *settings) {
  return (char *)settings + param->offset;
}

static const void *const_member(const rc_param *param, const void *settings) {
  return (const char *)settings + param->offset;
}

static int64_t count_choices(const rc_param *param) {
  int64_t n = 0;
  while (param->choices[n] != NULL)
    n++;
  return n;
}

/// Appends like snprintf, never past `capacity`.
static void append(char *out, size_t capacity, const char *text) {
  size_t used = strlen(out);
  if (used + 1 < capacity)
    snprintf(out + used, capacity - used, "%s", text);
}

static void append_range(char *out, size_t capacity, const rc_param *param) {
  char range[160] = "";
  bool low = isfinite(param->low), high = isfinite(param->high);
  if (low && high)
    snprintf(range, sizeof range, " from %.12g to %.12g", param->low, param->high);
  else if (low)
    snprintf(range, sizeof range, " of at least %.12g", param->low);
  else if (high)
    snprintf(range, sizeof range, " of at most %.12g", param->high);
  append(out, capacity, range);
  if (param->unit != NULL && param->unit[0] != '\0') {
    snprintf(range, sizeof range, " (%s)", param->unit);
    append(out, capacity, range);
  }
}

static void append_choices(char *out, size_t capacity, const rc_param *param) {
  for (int64_t i = 0; param->choices[i] != NULL; i++) {
    append(out, capacity, i == 0 ? "" : ", ");
    append(out, capacity, param->choices[i]);
  }
}

static bool takes_none(const rc_param *param) {
  return param->fallback != NULL && strcmp(param->fallback, "none") == 0;
}

void rc_param_expected(const rc_param *param, char *out, size_t capacity) {
  if (capacity == 0)
    return;
  out[0] = '\0';
  switch (param->type) {
  case RC_PARAM_BOOL:
    append(out, capacity, "true or false");
    break;
  case RC_PARAM_INT:
    append(out, capacity, "a whole number");
    append_range(out, capacity, param);
    break;
  case RC_PARAM_REAL:
    append(out, capacity, "a number");
    append_range(out, capacity, param);
    break;
  case RC_PARAM_CHOICE:
    append(out, capacity, "one of ");
    append_choices(out, capacity, param);
    break;
  case RC_PARAM_CHOICES:
    append(out, capacity, "all, or a list of ");
    append_choices(out, capacity, param);
    break;
  case RC_PARAM_TEXT:
    append(out, capacity, "a text");
    break;
  case RC_PARAM_REALS:
    append(out, capacity, "one to three numbers");
    append(out, capacity, isfinite(param->low) || isfinite(param->high) ? ", each" : "");
    append_range(out, capacity, param);
    break;
  case RC_PARAM_NUMBERS:
    append(out, capacity, "a number or a list of numbers");
    append(out, capacity, isfinite(param->low) || isfinite(param->high) ? ", each" : "");
    append_range(out, capacity, param);
    break;
  case RC_PARAM_TEXTS:
    append(out, capacity, "a text or a list of texts");
    break;
  }
  if (takes_none(param) && param->type != RC_PARAM_CHOICE)
    append(out, capacity, ", or none");
}

const rc_param *rc_param_find(const rc_param_table *table, const char *key) {
  for (int64_t i = 0; i < table->n; i++)
    if (strcmp(table->param[i].key, key) == 0)
      return &table->param[i];
  return NULL;
}

static rc_status wrong(const rc_param *param, const char *given, rc_error *err) {
  char expected[EXPECTED_TEXT];
  rc_param_expected(param, expected, sizeof expected);
  const char *near =
      param->choices == NULL ? NULL : rc_nearest(given, param->choices, count_choices(param));
  if (near != NULL)
    return rc_fail(err, RC_ERR_WORKFLOW,
                   "%s: '%.80s' is not valid; expected %s; did you mean '%s'?", param->key, given,
                   expected, near);
  return rc_fail(err, RC_ERR_WORKFLOW, "%s: '%.80s' is not valid; expected %s", param->key, given,
                 expected);
}

static bool in_range(const rc_param *param, double value) {
  return !(value < param->low) && !(value > param->high);
}

static int find_choice(const rc_param *param, const char *text) {
  for (int i = 0; param->choices[i] != NULL; i++)
    if (strcmp(param->choices[i], text) == 0)
      return i;
  return -1;
}

static rc_status set_real(const rc_param *param, const char *text, double *out, rc_error *err) {
  double value;
  if (!rc_parse_real(text, &value) || !in_range(param, value))
    return wrong(param, text, err);
  *out = value;
  return RC_OK;
}

static rc_status set_scalar(const rc_param *param, void *where, const char *text, rc_arena *arena,
                            rc_error *err) {
  if (param->type == RC_PARAM_BOOL) {
    if (!rc_parse_bool(text, where))
      return wrong(param, text, err);
    return RC_OK;
  }
  if (param->type == RC_PARAM_INT) {
    int64_t value;
    if (!rc_parse_int(text, &value) || !in_range(param, (double)value))
      return wrong(param, text, err);
    *(int64_t *)where = value;
    return RC_OK;
  }
  if (param->type == RC_PARAM_REAL) {
    if (takes_none(param) && strcmp(text, "none") == 0) {
      *(double *)where = NAN;
      return RC_OK;
    }
    return set_real(param, text, where, err);
  }
  if (param->type == RC_PARAM_CHOICE) {
    int choice = find_choice(param, text);
    if (choice < 0)
      return wrong(param, text, err);
    *(int *)where = choice;
    return RC_OK;
  }
  const char *copy = NULL;
  if (!(takes_none(param) && strcmp(text, "none") == 0)) {
    copy = rc_arena_strdup(arena, text);
    if (copy == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", param->key);
  }
  *(const char **)where = copy;
  return RC_OK;
}

static rc_status set_choices(const rc_param *param, uint64_t *where, const char *const *items,
                             int64_t n_items, rc_error *err) {
  uint64_t bits = 0;
  for (int64_t i = 0; i < n_items; i++) {
    int choice = find_choice(param, items[i]);
    if (strcmp(items[i], "all") == 0)
      bits |= (UINT64_C(1) << count_choices(param)) - 1;
    else if (choice >= 0)
      bits |= UINT64_C(1) << choice;
    else if (!(strcmp(items[i], "none") == 0 && takes_none(param)))
      return wrong(param, items[i], err);
  }
  *where = bits;
  return RC_OK;
}

static rc_status set_reals(const rc_param *param, rc_reals *where, const char *const *items,
                           int64_t n_items, rc_error *err) {
  rc_reals reals = {0, {0, 0, 0}};
  if (n_items == 1 && takes_none(param) && strcmp(items[0], "none") == 0) {
    *where = reals;
    return RC_OK;
  }
  if (n_items < 1 || n_items > 3)
    return wrong(param, n_items < 1 ? "[]" : "a longer list", err);
  for (int64_t i = 0; i < n_items; i++)
    if (set_real(param, items[i], &reals.value[i], err) != RC_OK)
      return RC_ERR_WORKFLOW;
  reals.n = n_items;
  *where = reals;
  return RC_OK;
}

static rc_status set_numbers(const rc_param *param, rc_numbers *where, const char *const *items,
                             int64_t n_items, rc_arena *arena, rc_error *err) {
  if (n_items == 1 && takes_none(param) && strcmp(items[0], "none") == 0) {
    *where = (rc_numbers){0, NULL};
    return RC_OK;
  }
  if (n_items < 1 || n_items > RC_PARAM_MAX_NUMBERS)
    return wrong(param, n_items < 1 ? "[]" : "a longer list", err);
  double *value = rc_arena_alloc(arena, (size_t)n_items, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", param->key);
  for (int64_t i = 0; i < n_items; i++)
    if (set_real(param, items[i], &value[i], err) != RC_OK)
      return RC_ERR_WORKFLOW;
  *where = (rc_numbers){n_items, value};
  return RC_OK;
}

static rc_status set_texts(const rc_param *param, rc_texts *where, const char *const *items,
                           int64_t n_items, rc_arena *arena, rc_error *err) {
  bool none = n_items == 1 && takes_none(param) && strcmp(items[0], "none") == 0;
  rc_texts texts = {none ? 0 : n_items, NULL};
  texts.item = rc_arena_alloc(arena, (size_t)n_items, sizeof *texts.item);
  if (texts.item == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", param->key);
  for (int64_t i = 0; i < texts.n; i++) {
    texts.item[i] = rc_arena_strdup(arena, items[i]);
    if (texts.item[i] == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", param->key);
  }
  *where = texts;
  return RC_OK;
}

rc_status rc_param_set(const rc_param *param, void *settings, const char *const *items,
                       int64_t n_items, rc_arena *arena, rc_error *err) {
  void *where = member(param, settings);
  switch (param->type) {
  case RC_PARAM_CHOICES:
    return set_choices(param, where, items, n_items, err);
  case RC_PARAM_REALS:
    return set_reals(param, where, items, n_items, err);
  case RC_PARAM_NUMBERS:
    return set_numbers(param, where, items, n_items, arena, err);
  case RC_PARAM_TEXTS:
    return set_texts(param, where, items, n_items, arena, err);
  default:
    if (n_items != 1)
      return wrong(param, n_items == 0 ? "[]" : "a list", err);
    return set_scalar(param, where, items[0], arena, err);
  }
}

/// Splits "[a, b]" or "a" as written in a fallback; NULL-safe within `items`' capacity.
static int64_t split_fallback(char *text, const char **items, int64_t capacity) {
  size_t n = strlen(text);
  if (text[0] != '[') {
    items[0] = text;
    return 1;
  }
  text[n - 1] = '\0';
  int64_t count = 0;
  char *rest = text + 1;
  while (rest != NULL && count < capacity) {
    char *comma = strchr(rest, ',');
    if (comma != NULL)
      *comma = '\0';
    char *item = rc_trim(rest);
    if (*item != '\0')
      items[count++] = item;
    rest = comma == NULL ? NULL : comma + 1;
  }
  return count;
}

rc_status rc_param_defaults(const rc_param_table *table, void *settings, rc_arena *arena,
                            rc_error *err) {
  for (int64_t i = 0; i < table->n; i++) {
    const rc_param *param = &table->param[i];
    if (param->fallback == NULL)
      continue;
    char text[EXPECTED_TEXT];
    const char *items[64];
    snprintf(text, sizeof text, "%s", param->fallback);
    int64_t n_items = split_fallback(text, items, 64);
    rc_status status = rc_param_set(param, settings, items, n_items, arena, err);
    if (status != RC_OK)
      return status;
  }
  return RC_OK;
}

static void print_real(double value, char *out, size_t capacity) {
  if (isnan(value))
    snprintf(out, capacity, "none");
  else
    for (int digits = 15; digits <= 17; digits++) {
      snprintf(out, capacity, "%.*g", digits, value);
      if (strtod(out, NULL) == value)
        return;
    }
}

static void print_list(const rc_param *param, const void *where, char *out, size_t capacity) {
  char number[40];
  bool first = true;
  append(out, capacity, "[");
  int64_t n = param->type == RC_PARAM_REALS     ? ((const rc_reals *)where)->n
              : param->type == RC_PARAM_NUMBERS ? ((const rc_numbers *)where)->n
              : param->type == RC_PARAM_TEXTS   ? ((const rc_texts *)where)->n
                                                : count_choices(param);
  for (int64_t i = 0; i < n; i++) {
    const char *item = number;
    if (param->type == RC_PARAM_REALS)
      print_real(((const rc_reals *)where)->value[i], number, sizeof number);
    else if (param->type == RC_PARAM_NUMBERS)
      print_real(((const rc_numbers *)where)->value[i], number, sizeof number);
    else if (param->type == RC_PARAM_TEXTS)
      item = ((const rc_texts *)where)->item[i];
    else if (*(const uint64_t *)where >> i & 1)
      item = param->choices[i];
    else
      continue;
    append(out, capacity, first ? "" : ", ");
    append(out, capacity, item);
    first = false;
  }
  append(out, capacity, "]");
}

void rc_param_print(const rc_param *param, const void *settings, char *out, size_t capacity) {
  if (capacity == 0)
    return;
  const void *where = const_member(param, settings);
  out[0] = '\0';
  switch (param->type) {
  case RC_PARAM_BOOL:
    append(out, capacity, *(const bool *)where ? "true" : "false");
    break;
  case RC_PARAM_INT:
    snprintf(out, capacity, "%lld", (long long)*(const int64_t *)where);
    break;
  case RC_PARAM_REAL:
    print_real(*(const double *)where, out, capacity);
    break;
  case RC_PARAM_CHOICE:
    append(out, capacity, param->choices[*(const int *)where]);
    break;
  case RC_PARAM_TEXT:
    append(out, capacity,
           *(const char *const *)where == NULL ? "none" : *(const char *const *)where);
    break;
  case RC_PARAM_REALS:
    if (((const rc_reals *)where)->n == 0) {
      append(out, capacity, "none");
      break;
    }
    print_list(param, where, out, capacity);
    break;
  case RC_PARAM_NUMBERS:
    if (((const rc_numbers *)where)->n == 0)
      append(out, capacity, "none");
    else
      print_list(param, where, out, capacity);
    break;
  case RC_PARAM_CHOICES:
  case RC_PARAM_TEXTS:
    print_list(param, where, out, capacity);
    break;
  }
}
