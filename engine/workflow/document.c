// SPDX-License-Identifier: Apache-2.0
#include "workflow/document.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#define MAX_FILE_BYTES ((size_t)4 << 20)
#define MAX_DEPTH 16
#define MAX_NODES 200000
#define MAX_KEYS 2000 ///< of one map; more would make looking for duplicates slow
#define MAX_ERRORS 200
#define MESSAGE_TEXT 1024

// ---- report ------------------------------------------------------------------------------------

static void add_fault(rc_report *report, int64_t line, int64_t column, const char *text) {
  if (text == NULL || report->n >= MAX_ERRORS)
    return;
  if (report->n == report->capacity) {
    int64_t capacity = report->capacity == 0 ? 16 : 2 * report->capacity;
    rc_fault *grown = rc_arena_alloc(report->arena, (size_t)capacity, sizeof *grown);
    if (grown == NULL)
      return;
    if (report->n > 0)
      memcpy(grown, report->fault, (size_t)report->n * sizeof *grown);
    report->fault = grown;
    report->capacity = capacity;
  }
  report->fault[report->n] = (rc_fault){line, column, report->n, text};
  report->n++;
}

static void sanitise(char *text) {
  for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++)
    if (*c < 0x20 || *c == 0x7f)
      *c = '?';
}

void rc_report_add(rc_report *report, const rc_node *node, bool at_key, const char *format, ...) {
  char message[MESSAGE_TEXT];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  sanitise(message);
  int64_t line = at_key ? node->key_line : node->line;
  int64_t column = at_key ? node->key_column : node->column;
  if (line > 0)
    add_fault(report, line, column,
              rc_arena_printf(report->arena, "%s:%lld:%lld: %s", node->source, (long long)line,
                              (long long)column, message));
  else
    add_fault(report, 0, 0, rc_arena_printf(report->arena, "%s: %s", node->source, message));
}

static int by_place(const void *a, const void *b) {
  const rc_fault *p = a, *q = b;
  if (p->line != q->line)
    return p->line < q->line ? -1 : 1;
  if (p->column != q->column)
    return p->column < q->column ? -1 : 1;
  return (p->order > q->order) - (p->order < q->order);
}

const char *rc_report_text(rc_report *report) {
  size_t total = 1;
  for (int64_t i = 0; i < report->n; i++)
    total += strlen(report->fault[i].text) + 1;
  if (report->n > 0)
    qsort(report->fault, (size_t)report->n, sizeof *report->fault, by_place);
  char *text = rc_arena_alloc(report->arena, total, 1);
  size_t used = 0;
  for (int64_t i = 0; text != NULL && i < report->n; i++) {
    size_t n = strlen(report->fault[i].text);
    memcpy(text + used, report->fault[i].text, n);
    text[used + n] = '\n';
    used += n + 1;
  }
  return text;
}

// ---- the file ----------------------------------------------------------------------------------

rc_status rc_document_read(const char *path, rc_arena *arena, char **text, size_t *n,
                           rc_error *err) {
  struct stat facts;
  if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: not a regular file; expected a YAML file", path);
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: %s", path, strerror(errno));
  char *buffer = malloc(MAX_FILE_BYTES + 1);
  size_t length = buffer == NULL ? 0 : fread(buffer, 1, MAX_FILE_BYTES + 1, file);
  rc_status status = RC_OK;
  if (buffer == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  else if (ferror(file))
    status = rc_fail(err, RC_ERR_WORKFLOW, "%s: cannot be read: %s", path, strerror(errno));
  else if (length > MAX_FILE_BYTES)
    status = rc_fail(err, RC_ERR_WORKFLOW, "%s: larger than 4 MiB; this is none of ours", path);
  fclose(file);
  *text = status == RC_OK ? rc_arena_alloc(arena, length + 1, 1) : NULL;
  if (*text != NULL)
    memcpy(*text, buffer, length);
  else if (status == RC_OK)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  *n = length;
  free(buffer);
  return status;
}

// ---- parsing -----------------------------------------------------------------------------------

typedef struct builder {
  yaml_parser_t parser;
  const char *source;
  rc_arena *arena;
  rc_report *report;
  int64_t n_nodes;
  bool failed;
} builder;

static rc_node *new_node(builder *b, rc_node_kind kind, const yaml_event_t *event) {
  rc_node *node = rc_arena_alloc(b->arena, 1, sizeof *node);
  if (node == NULL || ++b->n_nodes > MAX_NODES) {
    b->failed = true;
    add_fault(b->report, 0, 0, rc_arena_printf(b->arena, "%s: too many entries", b->source));
    return NULL;
  }
  node->kind = kind;
  node->source = b->source;
  node->line = (int64_t)event->start_mark.line + 1;
  node->column = (int64_t)event->start_mark.column + 1;
  return node;
}

static void fail_at(builder *b, const yaml_event_t *event, const char *message) {
  rc_node place = {.source = b->source,
                   .line = (int64_t)event->start_mark.line + 1,
                   .column = (int64_t)event->start_mark.column + 1};
  rc_report_add(b->report, &place, false, "%s", message);
  b->failed = true;
}

static bool next_event(builder *b, yaml_event_t *event) {
  if (yaml_parser_parse(&b->parser, event))
    return true;
  const yaml_mark_t *mark = &b->parser.problem_mark;
  rc_node place = {
      .source = b->source, .line = (int64_t)mark->line + 1, .column = (int64_t)mark->column + 1};
  rc_report_add(b->report, &place, false, "not valid YAML: %s%s%s",
                b->parser.problem == NULL ? "unreadable" : b->parser.problem,
                b->parser.context == NULL ? "" : " ",
                b->parser.context == NULL ? "" : b->parser.context);
  b->failed = true;
  return false;
}

static void append_child(rc_node *parent, rc_node *child) {
  if (parent->last == NULL)
    parent->first = child;
  else
    parent->last->next = child;
  parent->last = child;
}

static bool has_anchor_or_tag(const yaml_event_t *event) {
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
  case YAML_SEQUENCE_START_EVENT:
    return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
  case YAML_MAPPING_START_EVENT:
    return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
  default:
    return false;
  }
}

static rc_node *build_node(builder *b, yaml_event_t *event, int depth);

static rc_node *build_scalar(builder *b, const yaml_event_t *event) {
  rc_node *node = new_node(b, RC_NODE_SCALAR, event);
  if (node == NULL)
    return NULL;
  if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL) {
    fail_at(b, event, "a NUL character is not allowed");
    return NULL;
  }
  node->text = rc_arena_strdup(b->arena, (const char *)event->data.scalar.value);
  b->failed = b->failed || node->text == NULL;
  return node;
}

static void build_list(builder *b, rc_node *list, int depth) {
  yaml_event_t event;
  while (!b->failed && next_event(b, &event)) {
    bool end = event.type == YAML_SEQUENCE_END_EVENT;
    rc_node *child = end ? NULL : build_node(b, &event, depth + 1);
    yaml_event_delete(&event);
    if (end)
      return;
    if (child != NULL)
      append_child(list, child);
  }
}

static void check_duplicate(builder *b, const rc_node *map, const rc_node *key) {
  const rc_node *earlier = rc_node_find(map, key->text);
  if (earlier != NULL)
    rc_report_add(b->report, key, false, "duplicate key '%s'; it was first given in line %lld",
                  key->text, (long long)earlier->key_line);
}

static void build_map(builder *b, rc_node *map, int depth) {
  yaml_event_t event;
  int64_t n_keys = 0;
  while (!b->failed && next_event(b, &event)) {
    bool end = event.type == YAML_MAPPING_END_EVENT;
    if (!end && ++n_keys > MAX_KEYS)
      fail_at(b, &event, "too many keys in one map");
    if (!end && event.type != YAML_SCALAR_EVENT)
      fail_at(b, &event, "a key must be a plain text; aliases and nested keys are not allowed");
    rc_node *key = end || b->failed ? NULL : build_node(b, &event, depth + 1);
    yaml_event_delete(&event);
    if (end || key == NULL || !next_event(b, &event))
      return;
    check_duplicate(b, map, key);
    rc_node *value = build_node(b, &event, depth + 1);
    yaml_event_delete(&event);
    if (value == NULL)
      return;
    value->key = key->text;
    value->key_line = key->line;
    value->key_column = key->column;
    append_child(map, value);
  }
}

static rc_node *build_node(builder *b, yaml_event_t *event, int depth) {
  if (event->type == YAML_ALIAS_EVENT || has_anchor_or_tag(event)) {
    fail_at(b, event,
            "anchors (&), aliases (*) and tags (!) are not allowed in a workflow; write "
            "the value out");
    return NULL;
  }
  if (depth > MAX_DEPTH) {
    fail_at(b, event, "nested too deeply");
    return NULL;
  }
  if (event->type == YAML_SCALAR_EVENT)
    return build_scalar(b, event);
  bool list = event->type == YAML_SEQUENCE_START_EVENT;
  rc_node *node = new_node(b, list ? RC_NODE_LIST : RC_NODE_MAP, event);
  if (node != NULL && list)
    build_list(b, node, depth);
  else if (node != NULL)
    build_map(b, node, depth);
  return node;
}

/// Stream start, document start, one node, document end, stream end.
static rc_node *build_document(builder *b) {
  rc_node *root = NULL;
  yaml_event_t event;
  bool more = true;
  while (more && !b->failed && next_event(b, &event)) {
    switch (event.type) {
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
      break;
    case YAML_DOCUMENT_START_EVENT:
      if (root != NULL)
        fail_at(b, &event, "a workflow is one YAML document; a second one starts here");
      break;
    case YAML_STREAM_END_EVENT:
      more = false;
      if (root == NULL)
        root = new_node(b, RC_NODE_MAP, &event);
      break;
    default:
      root = build_node(b, &event, 0);
      break;
    }
    yaml_event_delete(&event);
  }
  return b->failed ? NULL : root;
}

rc_node *rc_document_parse(const char *source, const char *text, size_t n, rc_arena *arena,
                           rc_report *report) {
  builder b = {.source = source, .arena = arena, .report = report};
  if (!yaml_parser_initialize(&b.parser)) {
    add_fault(report, 0, 0, "out of memory");
    return NULL;
  }
  yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, n);
  rc_node *root = build_document(&b);
  yaml_parser_delete(&b.parser);
  return root;
}

int64_t rc_node_count(const rc_node *node) {
  int64_t n = 0;
  for (const rc_node *child = node->first; child != NULL; child = child->next)
    n++;
  return n;
}

rc_node *rc_node_find(const rc_node *map, const char *key) {
  for (rc_node *child = map->first; child != NULL; child = child->next)
    if (child->key != NULL && strcmp(child->key, key) == 0)
      return child;
  return NULL;
}

// ---- overriding --------------------------------------------------------------------------------

static rc_node *find_step(const rc_node *node, const char *step) {
  if (node->kind == RC_NODE_MAP)
    return rc_node_find(node, step);
  int64_t i;
  if (node->kind != RC_NODE_LIST || !rc_parse_int(step, &i))
    return NULL;
  rc_node *child = node->first;
  while (child != NULL && i-- > 0)
    child = child->next;
  return child;
}

static void replace(rc_node *old, const rc_node *value) {
  rc_node *next = old->next;
  const char *key = old->key;
  int64_t line = old->key_line, column = old->key_column;
  *old = *value;
  old->next = next;
  old->key = key;
  old->key_line = line;
  old->key_column = column;
}

void rc_document_set(rc_node *root, const char *path, rc_node *value, rc_arena *arena,
                     rc_report *report) {
  char *steps = rc_arena_strdup(arena, path);
  rc_node *node = root;
  while (steps != NULL && node != NULL) {
    char *dot = strchr(steps, '.');
    if (dot != NULL)
      *dot = '\0';
    rc_node *child = find_step(node, steps);
    if (child == NULL && node->kind == RC_NODE_MAP && steps[0] != '\0') {
      child = rc_arena_alloc(arena, 1, sizeof *child);
      if (child == NULL)
        return;
      *child = (rc_node){.kind = RC_NODE_MAP, .source = value->source, .key = steps};
      append_child(node, child);
    }
    if (child == NULL) {
      rc_report_add(report, value, false, "'%s' does not lead anywhere in the workflow", path);
      return;
    }
    if (dot == NULL) {
      replace(child, value);
      return;
    }
    node = child;
    steps = dot + 1;
  }
}
