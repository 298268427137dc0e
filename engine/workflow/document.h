// SPDX-License-Identifier: Apache-2.0
/// @file document.h
/// A YAML file as a tree whose nodes know where they came from, and the list of everything that is
/// wrong with it. Only plain YAML is taken: one document, no anchors, aliases or tags, bounded
/// depth and size, so that no file can grow beyond its own length.
#ifndef RADCOHORT_ENGINE_DOCUMENT_H
#define RADCOHORT_ENGINE_DOCUMENT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum rc_node_kind { RC_NODE_SCALAR, RC_NODE_LIST, RC_NODE_MAP } rc_node_kind;

typedef struct rc_node rc_node;
struct rc_node {
  rc_node_kind kind;
  const char *source; ///< file path, or "--set a.b=c"
  int64_t line, column;
  const char *text; ///< scalars
  const char *key;  ///< of members of a map
  int64_t key_line, key_column;
  rc_node *first, *last, *next; ///< children, in order; next sibling
};

/// One fault and where it is; line 0: outside the file.
typedef struct rc_fault {
  int64_t line, column, order;
  const char *text;
} rc_fault;

/// Everything wrong so far.
typedef struct rc_report {
  rc_arena *arena;
  rc_fault *fault;
  int64_t n, capacity;
} rc_report;

/// Adds "source:line:column: message" (position of the node, or of its key with `at_key`).
void rc_report_add(rc_report *report, const rc_node *node, bool at_key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/// All lines, sorted by position, joined by newlines; NULL when memory is out.
const char *rc_report_text(rc_report *report);

/// A regular file's bytes, n and a NUL behind them, in the arena; RC_ERR_WORKFLOW when it cannot be
/// read or has more than 4 MiB.
rc_status rc_document_read(const char *path, rc_arena *arena, char **text, size_t *n,
                           rc_error *err);

/// Parses `text` (n bytes). Structural faults go to the report; NULL after any. An empty document
/// gives an empty map.
rc_node *rc_document_parse(const char *source, const char *text, size_t n, rc_arena *arena,
                           rc_report *report);

/// The member of a map, or NULL.
rc_node *rc_node_find(const rc_node *map, const char *key);

/// How many children a node has.
int64_t rc_node_count(const rc_node *node);

/// Puts `value` at a dotted path ("images.CT.ivh.bins", "models.0.time"), making maps on the way.
/// Faults go to the report.
void rc_document_set(rc_node *root, const char *path, rc_node *value, rc_arena *arena,
                     rc_report *report);

#endif
