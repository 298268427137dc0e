// SPDX-License-Identifier: Apache-2.0
#include "run/case.h"

#include "base/digest.h"
#include "images/images.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static rc_image_limits limits_of(const rc_workflow *workflow) {
  rc_image_limits limits = rc_image_limits_default();
  if (workflow->run.max_voxels > 0)
    limits.max_voxels = workflow->run.max_voxels;
  return limits;
}

/// One digest over the image's and the mask's content: what the row was computed from.
static rc_status digest_inputs(const rc_task *task, char out[RC_DIGEST_TEXT], rc_error *err) {
  char part[RC_DIGEST_TEXT];
  rc_status status = RC_OK;
  rc_digest *digest = rc_digest_create();
  if (digest == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  if (task->image_files.n > 0) {
    for (int64_t i = 0; status == RC_OK && i < task->image_files.n; i++)
      status = rc_digest_add_file(digest, task->image_files.item[i], err);
  } else {
    status = rc_image_digest(task->image_path, task->series_uid, part, err);
    if (status == RC_OK)
      rc_digest_add(digest, part, strlen(part));
  }
  if (status == RC_OK)
    status = rc_image_digest(task->mask_path, NULL, part, err);
  if (status == RC_OK) {
    rc_digest_add(digest, part, strlen(part));
    rc_digest_finish(digest, out);
  }
  rc_digest_destroy(digest);
  return status;
}

static rc_status read_inputs(const rc_workflow *workflow, const rc_task *task, rc_volume *image,
                             rc_mask *mask, rc_error *err) {
  rc_image_limits limits = limits_of(workflow);
  rc_status status =
      task->image_files.n > 0
          ? rc_image_read_files(&task->image_files, NULL, &limits, image, NULL, err)
          : rc_image_read(task->image_path, task->series_uid, NULL, &limits, image, NULL, err);
  if (status != RC_OK) {
    rc_error_context(err, "image");
    return status;
  }
  status = rc_mask_read(task->mask_path, task->roi, &image->geometry, &limits, mask, err);
  if (status != RC_OK)
    rc_error_context(err, "mask");
  return status;
}

static rc_status run(const rc_workflow *workflow, const rc_task *task, rc_arena *arena,
                     rc_case_row *row, double *value, rc_error *err) {
  const rc_image_entry *entry = &workflow->image[task->entry];
  rc_volume image = {0};
  rc_mask mask = {0};
  rc_roi roi;
  if (task->problem != NULL)
    return rc_fail(err, task->problem_status, "%s", task->problem);
  rc_status status = digest_inputs(task, row->digest, err);
  if (status != RC_OK)
    goto done;
  status = read_inputs(workflow, task, &image, &mask, err);
  if (status != RC_OK)
    goto done;
  status =
      rc_roi_prepare(&image, &mask, &entry->processing, workflow->run.max_voxels, arena, &roi, err);
  if (status != RC_OK) {
    rc_error_context(err, "processing");
    goto done;
  }
  row->n_voxels = roi.n_mask;
  row->volume_mm3 = (double)roi.n_morph * roi.grid.spacing_mm[0] * roi.grid.spacing_mm[1] *
                    roi.grid.spacing_mm[2];
  status = rc_transforms_run(entry, &image, &roi, arena, value, row->undefined, err);
done:
  rc_mask_release(&mask);
  rc_volume_release(&image);
  return status;
}

void rc_case_run(const rc_workflow *workflow, const rc_task *task, int64_t n_columns,
                 rc_arena *arena, rc_case_row *row, double *value) {
  rc_error err = RC_ERROR_INIT;
  double start = now();
  memset(row, 0, sizeof *row);
  for (int64_t i = 0; i < n_columns; i++)
    value[i] = NAN;
  row->status = run(workflow, task, arena, row, value, &err);
  if (row->status != RC_OK) {
    snprintf(row->error, sizeof row->error, "%s", err.message);
    for (int64_t i = 0; i < n_columns; i++)
      value[i] = NAN; // a family that failed late must not leave half a row
  }
  row->seconds = now() - start;
}
