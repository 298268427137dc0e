// SPDX-License-Identifier: Apache-2.0
#include "models/id_index.h"

#include <stdlib.h>
#include <string.h>

static int compare_entries(const void *a, const void *b) {
  const rc_id_entry *x = a;
  const rc_id_entry *y = b;
  const int order = strcmp(x->id, y->id);
  return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

rc_status rc_id_index_make(const char *const *id, int64_t n, rc_arena *arena, rc_id_index *out,
                           rc_error *err) {
  out->n = n;
  out->entry = rc_arena_alloc(arena, (size_t)n, sizeof *out->entry);
  if (out->entry == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for %lld ids", (long long)n);
  for (int64_t i = 0; i < n; i++)
    out->entry[i] = (rc_id_entry){id[i], i};
  qsort(out->entry, (size_t)n, sizeof *out->entry, compare_entries);
  return RC_OK;
}

static int64_t find_exact(const rc_id_index *index, const char *id, int64_t *count) {
  int64_t low = 0;
  int64_t high = index->n;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (strcmp(index->entry[middle].id, id) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (*count = 0; low + *count < index->n; (*count)++)
    if (strcmp(index->entry[low + *count].id, id) != 0)
      break;
  return low;
}

int64_t rc_id_index_find(const rc_id_index *index, const char *id, int64_t *count) {
  char cut[256];
  const int64_t found = find_exact(index, id, count);
  if (*count > 0 || strlen(id) >= sizeof cut)
    return found;
  rc_tcga_patient(id, cut, sizeof cut);
  return strcmp(cut, id) == 0 ? found : find_exact(index, cut, count);
}

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

rc_status rc_texts_sort(const rc_texts *texts, rc_arena *arena, rc_texts *out, rc_error *err) {
  out->n = 0;
  out->item = rc_arena_alloc(arena, (size_t)texts->n, sizeof *out->item);
  if (out->item == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for %lld ids", (long long)texts->n);
  if (texts->n == 0)
    return RC_OK;
  memcpy(out->item, texts->item, (size_t)texts->n * sizeof *out->item);
  qsort(out->item, (size_t)texts->n, sizeof *out->item, compare_texts);
  for (int64_t i = 0; i < texts->n; i++)
    if (out->n == 0 || strcmp(out->item[i], out->item[out->n - 1]) != 0)
      out->item[out->n++] = out->item[i];
  return RC_OK;
}

const char *rc_frame_nearest(const rc_frame *frame, const char *name) {
  const char *best = NULL;
  int smallest = (int)(strlen(name) / 3) + 2;
  for (int64_t i = 0; i < frame->n_columns; i++) {
    const int distance = rc_edit_distance(name, frame->column[i].name);
    if (distance < smallest) {
      smallest = distance;
      best = frame->column[i].name;
    }
  }
  return best;
}
