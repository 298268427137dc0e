// SPDX-License-Identifier: Apache-2.0
#include "run/case.h"

#include "base/digest.h"
#include "images/images.h"
#include "run/habitat_run.h"
#include "run/map_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/// One digest over the image's and the mask's content: what the row was computed from.
static rc_status digest_inputs(const rc_task *task, const rc_case_image *image,
                               char out[RC_DIGEST_TEXT], rc_error *err) {
  char mask[RC_DIGEST_TEXT];
  rc_digest *digest = rc_digest_create();
  if (digest == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_image_digest(task->mask_path, NULL, mask, err);
  if (status == RC_OK) {
    rc_digest_add(digest, image->digest, strlen(image->digest));
    rc_digest_add(digest, mask, strlen(mask));
    rc_digest_finish(digest, out);
  }
  rc_digest_destroy(digest);
  return status;
}

/// A name that is safe as one part of a path: anything else than letters, digits, '.', '_' and '-'
/// becomes '_', also a leading dot.
static char *safe_name(const char *text, rc_arena *arena) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  char *name = rc_arena_printf(arena, "%.100s", text);
  for (char *c = name; c != NULL && *c != '\0'; c++)
    if (strchr(allowed, *c) == NULL || (c == name && *c == '.'))
      *c = '_';
  return name;
}

const char *rc_case_file(const rc_workflow *workflow, const rc_task *task, const char *name,
                         rc_arena *arena) {
  const char *folder = rc_workflow_maps_folder(workflow, arena);
  const char *who = safe_name(task->observation, arena);
  return folder == NULL || who == NULL
             ? NULL
             : rc_arena_printf(arena, "%s/%s/%05lld_%s/%s.nii.gz", folder,
                               workflow->image[task->entry].name, (long long)task->row, who, name);
}

/// Columns of maps come before those of habitats, which are the last.
static int64_t n_before_maps(const rc_image_entry *entry, int64_t n_columns) {
  n_columns -= entry->habitats.n_columns;
  for (int64_t i = 0; i < entry->n_maps; i++)
    n_columns -= RC_MAP_SUMMARIES * entry->map[i].n_columns;
  return n_columns;
}

/// The task's mask: the one that came with the image is moved out, or it is read.
static rc_status get_mask(const rc_workflow *workflow, const rc_task *task, rc_case_image *image,
                          rc_mask *out, rc_error *err) {
  rc_image_limits limits = rc_case_limits(workflow);
  if (image->mask.value != NULL) {
    *out = image->mask;
    image->mask = (rc_mask){0};
    return RC_OK;
  }
  rc_status status =
      rc_mask_read(task->mask_path, task->roi, &image->volume.geometry, &limits, out, err);
  return status == RC_OK ? RC_OK : rc_error_context(err, "mask");
}

static rc_status run(const rc_workflow *workflow, const rc_task *task, rc_case_image *image,
                     int64_t n_columns, rc_arena *arena, rc_case_row *row, double *value,
                     rc_error *err) {
  const rc_image_entry *entry = &workflow->image[task->entry];
  rc_mask mask = {0};
  rc_roi roi;
  if (image->status != RC_OK)
    return rc_fail(err, image->status, "%s", image->err.message);
  rc_status status = digest_inputs(task, image, row->digest, err);
  if (status != RC_OK)
    goto done;
  status = get_mask(workflow, task, image, &mask, err);
  if (status != RC_OK)
    goto done;
  status = rc_roi_prepare(&image->volume, &mask, &entry->processing, workflow->run.max_voxels,
                          arena, &roi, err);
  if (status != RC_OK) {
    rc_error_context(err, "processing");
    goto done;
  }
  row->n_voxels = roi.n_mask;
  row->volume_mm3 = (double)roi.n_morph * roi.grid.spacing_mm[0] * roi.grid.spacing_mm[1] *
                    roi.grid.spacing_mm[2];
  status = rc_transforms_run(entry, &image->volume, &roi, arena, value, row->undefined, err);
  if (status == RC_OK)
    status = rc_map_run(workflow, task, &roi, arena, value + n_before_maps(entry, n_columns), err);
  if (status == RC_OK)
    status = rc_habitat_run(workflow, task, image, &roi, arena,
                            value + n_columns - entry->habitats.n_columns, row, err);
done:
  rc_mask_release(&mask);
  return status;
}

void rc_case_run(const rc_workflow *workflow, const rc_task *task, rc_case_image *image,
                 int64_t n_columns, rc_arena *arena, rc_case_row *row, double *value) {
  rc_error err = RC_ERROR_INIT;
  double start = now();
  memset(row, 0, sizeof *row);
  for (int64_t i = 0; i < n_columns; i++)
    value[i] = NAN;
  if (task->problem != NULL) {
    row->status = rc_fail(&err, task->problem_status, "%s", task->problem);
  } else {
    rc_case_image_read(workflow, task, image);
    row->status = run(workflow, task, image, n_columns, arena, row, value, &err);
  }
  if (row->status != RC_OK) {
    snprintf(row->error, sizeof row->error, "%s", err.message);
    for (int64_t i = 0; i < n_columns; i++)
      value[i] = NAN; // a family that failed late must not leave half a row
  }
  row->seconds = now() - start;
}
