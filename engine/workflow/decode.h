// SPDX-License-Identifier: Apache-2.0
/// @file decode.h
/// From nodes of a document to settings structs, by their parameter tables. Faults are collected,
/// not returned: decoding goes on as far as it can, so that one run shows them all. Only
/// engine/workflow includes this.
#ifndef RADCOHORT_ENGINE_DECODE_H
#define RADCOHORT_ENGINE_DECODE_H

#include "workflow/document.h"
#include "workflow/workflow.h"

typedef struct rc_decoder {
  rc_workflow *workflow;
  rc_arena *arena;
  rc_report report;
  rc_param_table features; ///< made from the registry
  bool out_of_memory;
} rc_decoder;

/// From the decoder's arena, zeroed; NULL (and out_of_memory set) when there is none.
void *rc_decode_allocate(rc_decoder *d, int64_t count, size_t size);

bool rc_is_one_of(const char *key, const char *const *names); ///< names: NULL-terminated, or NULL

/// A map, or nothing at all behind the key (all defaults). Anything else is reported.
bool rc_decode_expect_map(rc_decoder *d, const rc_node *node, const char *where);

/// One value into its place in `settings`.
void rc_decode_param(rc_decoder *d, const rc_param *param, const rc_node *node, void *settings);

/// Reports a key that is neither in the table (may be NULL) nor in `more` (may be NULL), with the
/// nearest one that is.
void rc_decode_unknown_key(rc_decoder *d, const rc_node *node, const char *where,
                           const rc_param_table *table, const char *const *more);

/// Puts the members of `map` (may be NULL) into `settings`. Those named in `subsections` are left
/// to the caller. Missing required ones are reported.
void rc_decode_members(rc_decoder *d, const rc_node *map, const char *where,
                       const rc_param_table *table, const char *const *subsections, void *settings);

/// rc_decode_members on top of the defaults.
void rc_decode_table(rc_decoder *d, const rc_node *map, const char *where,
                     const rc_param_table *table, const char *const *subsections, void *settings);

/// Reports what cannot be a name: names become HDF5 groups and parts of column names.
void rc_decode_name(rc_decoder *d, const rc_node *node, bool at_key, const char *name);

/// A section that is one map or a list of maps: calls `decode` for each with its
/// number and returns how many there were.
int64_t rc_decode_each(rc_decoder *d, const rc_node *node, const char *where, void *user,
                       void (*decode)(rc_decoder *d, const rc_node *node, int64_t i, void *user));

/// `maps:` of an image entry whose features and levels are set.
void rc_decode_maps(rc_decoder *d, const rc_node *node, rc_image_entry *entry);

/// `habitats:` of an image entry, once all entries are decoded.
void rc_decode_habitats(rc_decoder *d, const rc_node *node, rc_image_entry *entry);

/// `features:` of the workflow (`shared` NULL: on top of the defaults), of an image entry (on top
/// of the workflow's), or of a transform or habitats (on top of their entry's).
void rc_decode_features(rc_decoder *d, const rc_node *map, const rc_feature_settings *shared,
                        rc_feature_settings *out);

/// `features:` and `images:`.
void rc_decode_images(rc_decoder *d, const rc_node *root);

#endif
