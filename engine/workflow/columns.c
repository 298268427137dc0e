// SPDX-License-Identifier: Apache-2.0
#include "workflow/columns.h"

rc_status rc_transform_width(const rc_transform *transform, rc_arena *arena, int64_t *n,
                             rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_feature_column *column = NULL;
  rc_status status = rc_feature_columns(&transform->features, arena, &column, n, err);
  rc_arena_rewind(arena, mark);
  return status;
}

/// The columns of one response, appended at `to`.
static rc_status add_response(const rc_transform *t, int64_t response, rc_arena *arena,
                              rc_entry_column *to, rc_error *err) {
  char label[192];
  rc_feature_column *feature = NULL;
  int64_t n = 0;
  rc_transform_label(t, response, label, sizeof label);
  const char *kept = rc_arena_strdup(arena, label);
  rc_status status = rc_feature_columns(&t->features, arena, &feature, &n, err);
  if (status != RC_OK)
    return status;
  bool plain = t->filter == NULL && t->name == NULL && t->features.profile == RC_PROFILE_IBSI;
  for (int64_t i = 0; i < n; i++) {
    const char *name =
        plain ? feature[i].name : rc_arena_printf(arena, "%s_%s", label, feature[i].name);
    if (kept == NULL || name == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "no memory for the names of feature columns");
    to[i] = (rc_entry_column){feature[i], name, kept, t};
  }
  return RC_OK;
}

rc_status rc_entry_columns(const rc_image_entry *entry, rc_arena *arena, rc_entry_column **out,
                           int64_t *n, rc_error *err) {
  rc_status status = RC_OK;
  int64_t total = 0, width = 0;
  for (int64_t i = 0; status == RC_OK && i < entry->n_transforms; i++) {
    status = rc_transform_width(&entry->transform[i], arena, &width, err);
    total += width * entry->transform[i].n_responses;
  }
  rc_entry_column *column =
      status == RC_OK ? rc_arena_alloc(arena, (size_t)total, sizeof *column) : NULL;
  if (status != RC_OK)
    return status;
  if (column == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %lld feature columns", (long long)total);
  rc_entry_column *at = column;
  for (int64_t i = 0; status == RC_OK && i < entry->n_transforms; i++) {
    const rc_transform *t = &entry->transform[i];
    status = rc_transform_width(t, arena, &width, err);
    for (int64_t r = 0; status == RC_OK && r < t->n_responses; r++, at += width)
      status = add_response(t, r, arena, at, err);
  }
  *out = column;
  *n = total;
  return status;
}
