// SPDX-License-Identifier: Apache-2.0
#include "plan/cases.h"

#include <string.h>

#define MAX_SEEN 256

rc_status rc_name_filter_create(const rc_texts *patterns, rc_arena *arena, rc_name_filter *out,
                                rc_error *err) {
  out->patterns = patterns;
  out->used = rc_arena_alloc(arena, (size_t)patterns->n, sizeof *out->used);
  out->seen = (rc_texts){0, rc_arena_alloc(arena, MAX_SEEN, sizeof *out->seen.item)};
  if (out->used == NULL || out->seen.item == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  return RC_OK;
}

void rc_name_filter_see(rc_name_filter *filter, const char *name, bool ignore_case) {
  if (filter->patterns->n == 0 || name[0] == '\0')
    return;
  for (int64_t i = 0; i < filter->patterns->n; i++) {
    rc_texts one = {1, &filter->patterns->item[i]};
    filter->used[i] = filter->used[i] || rc_selected(&one, name, ignore_case);
  }
  for (int64_t i = 0; i < filter->seen.n; i++)
    if (strcmp(filter->seen.item[i], name) == 0)
      return;
  if (filter->seen.n < MAX_SEEN)
    filter->seen.item[filter->seen.n++] = name;
}

void rc_name_filter_note_unused(const rc_name_filter *filter, const char *key, rc_found *found) {
  for (int64_t i = 0; i < filter->patterns->n; i++) {
    if (filter->used[i])
      continue;
    const char *pattern = filter->patterns->item[i];
    const char *near = rc_nearest(pattern, filter->seen.item, filter->seen.n);
    if (near != NULL)
      rc_found_note(found, "cohort.%s: '%s' matches nothing; did you mean '%s'?", key, pattern,
                    near);
    else
      rc_found_note(found, "cohort.%s: '%s' matches nothing%s%s", key, pattern,
                    filter->seen.n > 0 ? "; there is for example " : "",
                    filter->seen.n > 0 ? filter->seen.item[0] : "");
  }
}
