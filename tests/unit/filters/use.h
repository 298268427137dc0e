// SPDX-License-Identifier: Apache-2.0
/// @file use.h
/// Using a filter as a workflow does: settings as text, responses as copies.
#ifndef RADCOHORT_TEST_USE_H
#define RADCOHORT_TEST_USE_H

#include "support.h"

#include "base/arena.h"
#include "filters/filter.h"

#include <stdlib.h>
#include <string.h>

/// Settings from "key value" pairs, ended by NULL; numbers of a list are parted by blanks.
static inline void *use_settings(const rc_filter *filter, const char *const *pair,
                                 rc_arena *arena) {
  rc_error err = RC_ERROR_INIT;
  void *settings = rc_arena_alloc(arena, 1, filter->params->struct_size);
  assert_int_equal(rc_param_defaults(filter->params, settings, arena, &err), RC_OK);
  for (; pair[0] != NULL; pair += 2) {
    const rc_param *param = rc_param_find(filter->params, pair[0]);
    const char *item[16] = {rc_arena_strdup(arena, pair[1])};
    int64_t n = 1;
    if (param == NULL)
      fail_msg("%s has no parameter %s", filter->key, pair[0]);
    for (char *blank = strchr(item[0], ' '); blank != NULL && n < 16; blank = strchr(blank, ' ')) {
      *blank++ = '\0';
      item[n++] = blank;
    }
    if (rc_param_set(param, settings, item, n, arena, &err) != RC_OK)
      fail_msg("%s", err.message);
  }
  return settings;
}

/// Copies of responses, [count][z][y][x].
typedef struct use_copies {
  int64_t n; ///< voxels
  double *value;
} use_copies;

static inline rc_status use_take(void *user, int64_t response, const double *value, rc_error *err) {
  use_copies *copies = user;
  (void)err;
  memcpy(copies->value + response * copies->n, value, (size_t)copies->n * sizeof *value);
  return RC_OK;
}

static inline rc_filter_image use_image(const double *in, const int64_t size[3]) {
  return (rc_filter_image){
      .grid = {{size[0], size[1], size[2]}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}},
      .value = in,
      .wanted = {{0, 0, 0}, {size[0], size[1], size[2]}}};
}

/// All responses on an image of 1 mm voxels; free() them.
static inline double *use_filter(const rc_filter *filter, const char *const *pair, const double *in,
                                 const int64_t size[3]) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *kept = rc_arena_create(0), *scratch = rc_arena_create(0);
  const rc_filter_image image = use_image(in, size);
  void *settings = use_settings(filter, pair, kept);
  use_copies copies = {size[0] * size[1] * size[2], NULL};
  copies.value =
      malloc((size_t)(rc_filter_count(filter, settings) * copies.n) * sizeof *copies.value);
  assert_non_null(copies.value);
  if ((filter->check != NULL && filter->check(settings, &err) != RC_OK) ||
      filter->apply(settings, &image, scratch, use_take, &copies, &err) != RC_OK)
    fail_msg("%s: %s", filter->key, err.message);
  assert_int_equal(rc_arena_used(scratch), 0);
  rc_arena_destroy(scratch);
  rc_arena_destroy(kept);
  return copies.value;
}

#endif
