// SPDX-License-Identifier: Apache-2.0
/// @file id_index.h
/// Rows by patient id, found in O(log n); what the files of this folder share.
#ifndef RADCOHORT_ENGINE_ID_INDEX_H
#define RADCOHORT_ENGINE_ID_INDEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "data/frame.h"

typedef struct rc_id_entry {
  const char *id;
  int64_t row;
} rc_id_entry;

typedef struct rc_id_index {
  rc_id_entry *entry; ///< sorted by id, then row
  int64_t n;
} rc_id_index;

/// Ids are borrowed.
rc_status rc_id_index_make(const char *const *id, int64_t n, rc_arena *arena, rc_id_index *out,
                           rc_error *err);

/// Position of the first of *count entries with that id or, when there is none and the id is a TCGA
/// barcode, with its patient part.
int64_t rc_id_index_find(const rc_id_index *index, const char *id, int64_t *count);

/// Sorted, each once; texts are borrowed.
rc_status rc_texts_sort(const rc_texts *texts, rc_arena *arena, rc_texts *out, rc_error *err);

/// The column name nearest to `name`, or NULL.
const char *rc_frame_nearest(const rc_frame *frame, const char *name);

#endif
