// SPDX-License-Identifier: Apache-2.0
#include "workflow/decode.h"

#include "workflow/schema.h"

#include <string.h>

#define MAX_ITEMS 10000

void *rc_decode_allocate(rc_decoder *d, int64_t count, size_t size) {
  void *memory = rc_arena_alloc(d->arena, (size_t)count, size);
  d->out_of_memory = d->out_of_memory || memory == NULL;
  return memory;
}

/// The scalars of a value: a scalar is a list of one. False (and reported) for anything else.
static bool collect_items(rc_decoder *d, const rc_param *param, const rc_node *node,
                          const char ***items, int64_t *n) {
  char expected[1024];
  int64_t count = node->kind == RC_NODE_SCALAR ? 1 : rc_node_count(node);
  bool good = node->kind != RC_NODE_MAP && count <= MAX_ITEMS;
  const char **list = good ? rc_decode_allocate(d, count + 1, sizeof *list) : NULL;
  *n = 0;
  if (list != NULL && node->kind == RC_NODE_SCALAR)
    list[(*n)++] = node->text;
  for (const rc_node *child = node->first; list != NULL && good && child != NULL;
       child = child->next) {
    good = child->kind == RC_NODE_SCALAR;
    list[(*n)++] = child->text;
  }
  if (!good) {
    rc_param_expected(param, expected, sizeof expected);
    rc_report_add(&d->report, node, false, "%s: expected %s", param->key, expected);
  }
  *items = list;
  return good && list != NULL;
}

void rc_decode_param(rc_decoder *d, const rc_param *param, const rc_node *node, void *settings) {
  const char **items = NULL;
  int64_t n = 0;
  rc_error err = RC_ERROR_INIT;
  if (collect_items(d, param, node, &items, &n) &&
      rc_param_set(param, settings, items, n, d->arena, &err) != RC_OK)
    rc_report_add(&d->report, node, false, "%s", err.message);
}

void rc_decode_unknown_key(rc_decoder *d, const rc_node *node, const char *where,
                           const rc_param_table *table, const char *const *more) {
  int64_t n = 0, n_table = table == NULL ? 0 : table->n;
  int64_t n_more = 0;
  while (more != NULL && more[n_more] != NULL)
    n_more++;
  const char **known = rc_decode_allocate(d, n_table + n_more + 1, sizeof *known);
  if (known == NULL)
    return;
  for (int64_t i = 0; i < n_table; i++)
    known[n++] = table->param[i].key;
  for (int64_t i = 0; i < n_more; i++)
    known[n++] = more[i];
  const char *profile =
      rc_profile_with_key((rc_profile)d->workflow->profile, where, table, more, node->key);
  if (profile != NULL) {
    rc_report_add(&d->report, node, true, "unknown key '%s' in %s; it belongs to profile '%s'",
                  node->key, where, profile);
    return;
  }
  const char *near = rc_nearest(node->key, known, n);
  if (near != NULL) {
    rc_report_add(&d->report, node, true, "unknown key '%s' in %s; did you mean '%s'?", node->key,
                  where, near);
    return;
  }
  const char *list = "";
  for (int64_t i = 0; i < n && list != NULL; i++)
    list = rc_arena_printf(d->arena, "%s%s%s", list, i == 0 ? "" : ", ", known[i]);
  rc_report_add(&d->report, node, true, "unknown key '%s' in %s; expected one of %s", node->key,
                where, list == NULL ? "the documented ones" : list);
}

bool rc_is_one_of(const char *key, const char *const *names) {
  for (; names != NULL && *names != NULL; names++)
    if (strcmp(*names, key) == 0)
      return true;
  return false;
}

bool rc_decode_expect_map(rc_decoder *d, const rc_node *node, const char *where) {
  if (node->kind == RC_NODE_MAP)
    return true;
  if (node->kind == RC_NODE_SCALAR && node->text[0] == '\0')
    return true; // "features:" with nothing behind it: all defaults
  rc_report_add(&d->report, node, false, "%s: expected keys and values", where);
  return false;
}

void rc_decode_members(rc_decoder *d, const rc_node *map, const char *where,
                       const rc_param_table *table, const char *const *subsections,
                       void *settings) {
  if (map == NULL || !rc_decode_expect_map(d, map, where))
    return;
  for (const rc_node *child = map->first; child != NULL; child = child->next) {
    const rc_param *param = rc_param_find(table, child->key);
    if (param != NULL)
      rc_decode_param(d, param, child, settings);
    else if (!rc_is_one_of(child->key, subsections))
      rc_decode_unknown_key(d, child, where, table, subsections);
  }
  for (int64_t i = 0; i < table->n; i++)
    if (table->param[i].fallback == NULL && rc_node_find(map, table->param[i].key) == NULL) {
      char expected[1024];
      rc_param_expected(&table->param[i], expected, sizeof expected);
      rc_report_add(&d->report, map, false, "%s: '%s' is missing; expected %s", where,
                    table->param[i].key, expected);
    }
}

void rc_decode_table(rc_decoder *d, const rc_node *map, const char *where,
                     const rc_param_table *table, const char *const *subsections, void *settings) {
  rc_error err = RC_ERROR_INIT;
  if (rc_param_defaults(table, settings, d->arena, &err) != RC_OK)
    d->out_of_memory = true;
  rc_decode_members(d, map, where, table, subsections, settings);
}

static bool is_name(const char *text) {
  if (text == NULL || text[0] == '\0' || strlen(text) > 64)
    return false;
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return strspn(text, allowed) == strlen(text);
}

void rc_decode_name(rc_decoder *d, const rc_node *node, bool at_key, const char *name) {
  if (!is_name(name))
    rc_report_add(&d->report, node, at_key,
                  "'%s' cannot be a name; expected 1 to 64 letters, digits, '_' or '-'",
                  name == NULL ? "" : name);
}

int64_t rc_decode_each(rc_decoder *d, const rc_node *node, const char *where, void *user,
                       void (*decode)(rc_decoder *, const rc_node *, int64_t, void *)) {
  if (node->kind == RC_NODE_MAP) {
    decode(d, node, 0, user);
    return 1;
  }
  int64_t n = 0;
  if (node->kind != RC_NODE_LIST)
    rc_report_add(&d->report, node, false, "%s: expected keys and values, or a list of such",
                  where);
  for (const rc_node *child = node->first; child != NULL; child = child->next)
    if (rc_decode_expect_map(d, child, where))
      decode(d, child, n++, user);
  return n;
}
