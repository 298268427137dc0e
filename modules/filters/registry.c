// SPDX-License-Identifier: Apache-2.0
#include "filters/registry.h"

#include <stddef.h>
#include <string.h>

const rc_filter *const rc_filters[] = {
#define RC_FILTER(descriptor) &descriptor,
#include "filters/filters.def"
#undef RC_FILTER
    NULL};

const rc_filter *rc_filter_find(rc_profile profile, const char *key) {
  for (const rc_filter *const *filter = rc_filters; *filter != NULL; filter++)
    if ((*filter)->profile == profile && strcmp((*filter)->key, key) == 0)
      return *filter;
  return NULL;
}

int64_t rc_filter_count(const rc_filter *filter, const void *settings) {
  return filter->count == NULL ? 1 : filter->count(settings);
}
