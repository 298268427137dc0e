// SPDX-License-Identifier: Apache-2.0
#include "run/transform.h"

#include "workflow/columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/// One region on its way through the transforms.
typedef struct walk {
  const rc_image_entry *entry;
  const rc_volume *image;
  const rc_roi *roi;
  rc_arena *arena;
  char *undefined;
  rc_surroundings near, whole; ///< shared by all filters; value NULL until one needs it
  // The transform at work.
  const rc_transform *transform;
  const rc_surroundings *around;
  double *value; ///< of its first response
  int64_t width; ///< columns of one response
} walk;

static void note_undefined(walk *w, const char *label, const char *reason) {
  size_t used = strlen(w->undefined);
  bool plain = w->transform->filter == NULL;
  if (reason != NULL && reason[0] != '\0')
    snprintf(w->undefined + used, RC_UNDEFINED_TEXT - used, "%s%s%s%s", used == 0 ? "" : "; ",
             plain ? "" : label, plain ? "" : ": ", reason);
}

static rc_status measure(walk *w, const rc_roi *roi, int64_t response, rc_error *err) {
  char label[192];
  const char *reason = NULL;
  rc_transform_label(w->transform, response, label, sizeof label);
  rc_status status = rc_features_compute(&w->transform->features, roi, w->arena,
                                         w->value + response * w->width, &reason, err);
  if (status == RC_OK)
    note_undefined(w, label, reason);
  else if (w->transform->filter != NULL)
    rc_error_context(err, "%s", label);
  return status;
}

/// A response as it comes from the filter.
static rc_status take(void *user, int64_t response, const double *value, rc_error *err) {
  walk *w = user;
  const rc_arena_mark mark = rc_arena_get_mark(w->arena);
  rc_roi roi;
  if (value == NULL) {
    char label[192];
    rc_transform_label(w->transform, response, label, sizeof label);
    note_undefined(w, label, "the image is too small");
    for (int64_t i = 0; i < w->width; i++)
      w->value[response * w->width + i] = NAN;
    return RC_OK;
  }
  rc_status status = rc_roi_of_response(w->roi, w->around, value, &w->transform->discretisation,
                                        &w->transform->ivh, w->arena, &roi, err);
  if (status == RC_OK)
    status = measure(w, &roi, response, err);
  rc_arena_rewind(w->arena, mark);
  return status;
}

static bool looks_around(const rc_transform *t) {
  bool any = false;
  for (int64_t i = 0; i < rc_n_families; i++)
    any = any || (rc_families[i]->looks_around && rc_feature_wanted(&t->features, i) != 0);
  return any;
}

static int64_t larger(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/// What the entry's filters look at, taken together: one image serves all that need a part, one
/// those that need everything.
static rc_status gather_wishes(const walk *w, rc_surroundings_wish *near,
                               rc_surroundings_wish *whole, rc_error *err) {
  *near = (rc_surroundings_wish){0};
  *whole = (rc_surroundings_wish){.whole = true};
  for (int64_t i = 0; i < w->entry->n_transforms; i++) {
    const rc_transform *t = &w->entry->transform[i];
    rc_filter_support support = {0};
    if (t->filter == NULL)
      continue;
    rc_status status = t->filter->support(t->settings, w->roi->grid.spacing_mm, &support, err);
    if (status != RC_OK)
      return rc_error_context(err, "%s", t->filter->key);
    rc_surroundings_wish *wish = support.whole ? whole : near;
    for (int d = 0; d < 3; d++)
      wish->reach[d] = support.whole ? 0 : larger(wish->reach[d], support.reach[d]);
    wish->wraps = wish->wraps || support.wraps;
    wish->around_mask = wish->around_mask || looks_around(t);
  }
  return RC_OK;
}

rc_surroundings_wish rc_transforms_wish(const rc_image_entry *entry, const double spacing_mm[3]) {
  rc_surroundings_wish all = {0};
  for (int64_t i = 0; i < entry->n_transforms; i++) {
    const rc_transform *t = &entry->transform[i];
    rc_filter_support support = {0};
    if (t->filter == NULL || t->filter->support(t->settings, spacing_mm, &support, NULL) != RC_OK)
      continue;
    for (int d = 0; d < 3; d++)
      all.reach[d] = larger(all.reach[d], support.reach[d]);
    all.wraps = all.wraps || support.wraps;
    all.whole = all.whole || support.whole;
    all.around_mask = all.around_mask || looks_around(t);
  }
  return all;
}

static rc_status surround(walk *w, const rc_surroundings_wish *wish, rc_surroundings *out,
                          rc_error *err) {
  if (out->value != NULL)
    return RC_OK;
  return rc_roi_surroundings(w->image, &w->entry->processing, w->roi, wish, w->arena, out, err);
}

static rc_status run_filter(walk *w, const rc_surroundings_wish *near,
                            const rc_surroundings_wish *whole, rc_error *err) {
  const rc_transform *t = w->transform;
  rc_filter_support support = {0};
  rc_status status = t->filter->support(t->settings, w->roi->grid.spacing_mm, &support, err);
  w->around = support.whole ? &w->whole : &w->near;
  if (status == RC_OK)
    status = support.whole ? surround(w, whole, &w->whole, err) : surround(w, near, &w->near, err);
  if (status == RC_OK) {
    rc_filter_image part = {.grid = w->around->grid,
                            .value = w->around->value,
                            .wanted = w->around->wanted,
                            .type = w->around->type};
    status = t->filter->apply(t->settings, &part, w->arena, take, w, err);
  }
  return status == RC_OK ? RC_OK : rc_error_context(err, "%s", t->filter->key);
}

static rc_status run_all(walk *w, rc_error *err) {
  rc_surroundings_wish near, whole;
  rc_status status = gather_wishes(w, &near, &whole, err);
  for (int64_t i = 0; status == RC_OK && i < w->entry->n_transforms; i++) {
    w->transform = &w->entry->transform[i];
    status = rc_transform_width(w->transform, w->arena, &w->width, err);
    if (status == RC_OK)
      status = w->transform->filter == NULL ? measure(w, w->roi, 0, err)
                                            : run_filter(w, &near, &whole, err);
    w->value += w->width * w->transform->n_responses;
  }
  return status;
}

rc_status rc_transforms_run(const rc_image_entry *entry, const rc_volume *image, const rc_roi *roi,
                            rc_arena *arena, double *value, char undefined[RC_UNDEFINED_TEXT],
                            rc_error *err) {
  walk w = {.entry = entry,
            .image = image,
            .roi = roi,
            .arena = arena,
            .undefined = undefined,
            .value = value};
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  undefined[0] = '\0';
  rc_status status = run_all(&w, err);
  rc_arena_rewind(arena, mark);
  return status;
}
