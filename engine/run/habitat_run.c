// SPDX-License-Identifier: Apache-2.0
#include "run/habitat_run.h"

#include "base/digest.h"
#include "processing/sample.h"
#include "run/volume_file.h"
#include "workflow/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// One region on its way.
typedef struct search {
  const rc_workflow *workflow;
  const rc_task *task;
  const rc_habitats *wanted;
  const rc_roi *roi;
  rc_arena *arena;
  int64_t n_channels;
  double *channel[RC_KMEANS_MAX_DIMENSIONS]; ///< [roi->n_mask]: the own image, then companions'
  uint8_t *label;                            ///< [roi->n_mask]
} search;

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory for habitats");
}

static void note(rc_case_row *row, const char *what, const char *reason) {
  const size_t used = strlen(row->undefined);
  snprintf(row->undefined + used, RC_UNDEFINED_TEXT - used, "%shabitats: %s%s%s",
           used == 0 ? "" : "; ", what, what[0] == '\0' ? "" : ": ", reason);
}

// ---- channels ----------------------------------------------------------------------------------

/// The row's digest then tells of this image, too.
static rc_status add_digest(const char *other, rc_case_row *row, rc_error *err) {
  rc_digest *digest = rc_digest_create();
  if (digest == NULL)
    return no_memory(err);
  rc_digest_add(digest, row->digest, strlen(row->digest));
  rc_digest_add(digest, other, strlen(other));
  rc_digest_finish(digest, row->digest);
  rc_digest_destroy(digest);
  return RC_OK;
}

static void take_own(const rc_roi *roi, double *out) {
  int64_t n = 0;
  for (int64_t v = 0; v < rc_geometry_voxels(&roi->grid); v++)
    if (roi->mask[v])
      out[n++] = roi->intensity[v];
}

/// NULL, or why a companion cannot be used.
static const char *obstacle(const search *s, const rc_task *companion) {
  const char *own = s->task->info.frame_uid;
  if (companion == NULL)
    return "there is no such image, or several";
  if (companion->problem != NULL)
    return companion->problem;
  if (!s->wanted->any_frame && own[0] != '\0' && companion->info.frame_uid[0] != '\0' &&
      strcmp(own, companion->info.frame_uid) != 0)
    return "it has another frame of reference; `any_frame: true` takes the images for registered";
  return NULL;
}

/// All channels. *good is false, and the row says why, when a companion's cannot be had.
static rc_status gather(search *s, rc_case_image *image, rc_case_row *row, bool *good,
                        rc_error *err) {
  rc_status status = RC_OK;
  *good = true;
  take_own(s->roi, s->channel[0]);
  for (int64_t c = 0; status == RC_OK && c < s->wanted->with.n; c++) {
    const char *why = obstacle(s, s->task->companion[c]);
    rc_case_image *other = why == NULL ? rc_case_companion(s->workflow, s->task, image, c) : NULL;
    if (why == NULL && other == NULL)
      return no_memory(err);
    if (other != NULL && other->status != RC_OK)
      why = other->err.message;
    if (why != NULL) {
      note(row, s->wanted->with.item[c], why);
      *good = false;
      continue;
    }
    rc_roi_sample(s->roi, &other->volume, s->channel[c + 1]);
    status = add_digest(other->digest, row, err);
  }
  return status;
}

// ---- results -----------------------------------------------------------------------------------

/// Part of the region and means of the channels, in one pass.
static void describe(const search *s, uint8_t habitat, double *value) {
  int64_t n = 0;
  double sum[RC_KMEANS_MAX_DIMENSIONS] = {0};
  for (int64_t v = 0; v < s->roi->n_mask; v++) {
    if (s->label[v] != habitat)
      continue;
    n++;
    for (int64_t c = 0; c < s->n_channels; c++)
      sum[c] += s->channel[c][v];
  }
  value[0] = (double)n / (double)s->roi->n_mask;
  for (int64_t c = 0; c < s->n_channels; c++)
    value[1 + c] = sum[c] / (double)n;
}

static rc_status measure(const search *s, uint8_t habitat, double *value, rc_case_row *row,
                         rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(s->arena);
  const char *undefined = "";
  char name[8];
  rc_roi part;
  describe(s, habitat, value);
  rc_status status = rc_roi_part(s->roi, s->label, habitat, s->arena, &part, err);
  if (status == RC_OK)
    status = rc_features_compute(&s->wanted->features, &part, s->arena, value + 1 + s->n_channels,
                                 &undefined, err);
  snprintf(name, sizeof name, "%d", habitat);
  if (status == RC_OK && undefined[0] != '\0')
    note(row, name, undefined);
  rc_arena_rewind(s->arena, mark);
  return status;
}

static rc_status write_labels(const search *s, rc_error *err) {
  const int64_t n = rc_geometry_voxels(&s->roi->grid);
  const char *path = rc_case_file(s->workflow, s->task, "habitats", s->arena);
  uint8_t *label = rc_arena_alloc(s->arena, (size_t)n, sizeof *label);
  if (path == NULL || label == NULL)
    return no_memory(err);
  for (int64_t i = 0, v = 0; i < n; i++)
    if (s->roi->mask[i])
      label[i] = s->label[v++];
  return rc_label_file_write(path, &s->roi->grid, label, err);
}

// ---- all ---------------------------------------------------------------------------------------

/// The same case draws the same numbers, whatever other cases there are.
static rc_status seed(const search *s, rc_rng *rng, rc_error *err) {
  char text[RC_DIGEST_TEXT];
  const rc_task *t = s->task;
  const char *name[] = {"habitats", s->workflow->image[t->entry].name, t->patient, t->time_point,
                        t->roi};
  rc_digest *digest = rc_digest_create();
  if (digest == NULL)
    return no_memory(err);
  for (int i = 0; i < 5; i++)
    rc_digest_add(digest, name[i], strlen(name[i]) + 1);
  rc_digest_finish(digest, text);
  rc_digest_destroy(digest);
  text[16] = '\0';
  *rng = rc_rng_init((uint64_t)s->workflow->run.seed, strtoull(text, NULL, 16));
  return RC_OK;
}

static rc_status open_search(search *s, rc_error *err) {
  const size_t n = (size_t)s->roi->n_mask;
  s->n_channels = 1 + s->wanted->with.n;
  s->label = rc_arena_alloc(s->arena, n, sizeof *s->label);
  bool good = s->label != NULL;
  for (int64_t c = 0; good && c < s->n_channels; c++)
    good = (s->channel[c] = rc_arena_alloc(s->arena, n, sizeof **s->channel)) != NULL;
  return good ? RC_OK : no_memory(err);
}

static rc_status find(search *s, rc_case_image *image, double *value, rc_case_row *row,
                      rc_error *err) {
  const int64_t k = s->wanted->kmeans.clusters;
  bool good = false;
  rc_rng rng;
  rc_status status = open_search(s, err);
  if (status == RC_OK)
    status = gather(s, image, row, &good, err);
  if (status == RC_OK)
    status = seed(s, &rng, err);
  if (status != RC_OK || !good)
    return status;
  status = rc_habitats_find((const double *const *)s->channel, s->n_channels, s->roi->n_mask,
                            &s->wanted->kmeans, &rng, s->arena, s->label, err);
  if (status == RC_ERR_EMPTY) {
    note(row, "", err->message);
    rc_error_clear(err);
    return RC_OK;
  }
  for (int64_t h = 1; status == RC_OK && h <= k; h++)
    status = measure(s, (uint8_t)h, value + (h - 1) * (s->wanted->n_columns / k), row, err);
  return status == RC_OK ? write_labels(s, err) : status;
}

rc_status rc_habitat_run(const rc_workflow *workflow, const rc_task *task, rc_case_image *image,
                         const rc_roi *roi, rc_arena *arena, double *value, rc_case_row *row,
                         rc_error *err) {
  search s = {.workflow = workflow,
              .task = task,
              .wanted = &workflow->image[task->entry].habitats,
              .roi = roi,
              .arena = arena};
  if (s.wanted->kmeans.clusters == 0)
    return RC_OK;
  if (roi->n_mask == 0) {
    note(row, "", "the intensity mask is empty");
    return RC_OK;
  }
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_status status = find(&s, image, value, row, err);
  rc_arena_rewind(arena, mark);
  return status == RC_OK ? RC_OK : rc_error_context(err, "habitats");
}
