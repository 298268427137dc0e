// SPDX-License-Identifier: Apache-2.0
#include "plan/cases.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

rc_status rc_found_add(rc_found *found, const rc_found_image *image, rc_error *err) {
  if (found->n == found->capacity) {
    int64_t capacity = found->capacity == 0 ? 256 : 2 * found->capacity;
    rc_found_image *grown = rc_arena_alloc(found->arena, (size_t)capacity, sizeof *grown);
    if (grown == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "out of memory");
    if (found->n > 0)
      memcpy(grown, found->image, (size_t)found->n * sizeof *grown);
    found->image = grown;
    found->capacity = capacity;
  }
  found->image[found->n++] = *image;
  return RC_OK;
}

void rc_found_note(rc_found *found, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (found->notes.n == found->notes_capacity) {
    int64_t capacity = found->notes_capacity == 0 ? 64 : 2 * found->notes_capacity;
    const char **grown = rc_arena_alloc(found->arena, (size_t)capacity, sizeof *grown);
    if (grown == NULL)
      return;
    if (found->notes.n > 0)
      memcpy(grown, found->notes.item, (size_t)found->notes.n * sizeof *grown);
    found->notes.item = grown;
    found->notes_capacity = capacity;
  }
  const char *note = rc_arena_strdup(found->arena, text);
  if (note != NULL)
    found->notes.item[found->notes.n++] = note;
}

bool rc_selected(const rc_texts *patterns, const char *name, bool ignore_case) {
  for (int64_t i = 0; i < patterns->n; i++) {
    const char *pattern = patterns->item[i];
    // An exact name wins even if it holds characters a glob would read otherwise.
    if ((ignore_case ? strcasecmp(pattern, name) : strcmp(pattern, name)) == 0 ||
        rc_glob(pattern, name, ignore_case))
      return true;
  }
  return patterns->n == 0;
}

bool rc_same_modality(const char *a, const char *b) {
  if (strcasecmp(a, "PT") == 0)
    a = "PET";
  if (strcasecmp(b, "PT") == 0)
    b = "PET";
  return strcasecmp(a, b) == 0;
}
