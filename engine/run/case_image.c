// SPDX-License-Identifier: Apache-2.0
#include "run/case_image.h"

#include "run/transform.h"

#include <stdlib.h>
#include <string.h>

rc_image_limits rc_case_limits(const rc_workflow *workflow) {
  rc_image_limits limits = rc_image_limits_default();
  if (workflow->run.max_voxels > 0)
    limits.max_voxels = workflow->run.max_voxels;
  return limits;
}

/// A digest over the files of a task's image.
static rc_status digest_image(const rc_task *task, char out[RC_DIGEST_TEXT], rc_error *err) {
  if (task->image_files.n == 0)
    return rc_image_digest(task->image_path, task->series_uid, out, err);
  rc_digest *digest = rc_digest_create();
  rc_status status = digest == NULL ? rc_fail(err, RC_ERR_MEMORY, "out of memory") : RC_OK;
  for (int64_t i = 0; status == RC_OK && i < task->image_files.n; i++)
    status = rc_digest_add_file(digest, task->image_files.item[i], err);
  if (status == RC_OK)
    rc_digest_finish(digest, out);
  rc_digest_destroy(digest);
  return status;
}

static rc_status read_volume(const rc_workflow *workflow, const rc_task *task, const rc_box *part,
                             rc_volume *out, rc_error *err) {
  rc_image_limits limits = rc_case_limits(workflow);
  rc_status status =
      task->image_files.n > 0
          ? rc_image_read_files(&task->image_files, part, &limits, out, NULL, err)
          : rc_image_read(task->image_path, task->series_uid, part, &limits, out, NULL, err);
  return status == RC_OK ? RC_OK : rc_error_context(err, "image");
}

/// The spacing that the entry's processing gives the image.
static void processed_spacing(const rc_processing_settings *settings, const rc_geometry *image,
                              double out[3]) {
  const rc_reals wanted = rc_processing_spacing(settings);
  for (int d = 0; d < 3; d++)
    out[d] = wanted.n == 1  ? wanted.value[0]
             : d < wanted.n ? wanted.value[d]
                            : image->spacing_mm[d];
}

/// What a task that has the image for itself looks at; its mask is read for that. False: all of the
/// image, or what is wrong will be found when it is read.
static bool find_part(const rc_workflow *workflow, const rc_task *task, rc_mask *mask,
                      rc_box *part) {
  const rc_processing_settings *settings = &workflow->image[task->entry].processing;
  const rc_geometry *grid = &task->info.geometry;
  rc_image_limits limits = rc_case_limits(workflow);
  double spacing[3];
  if (task->shares_image || grid->size[0] == 0)
    return false;
  processed_spacing(settings, grid, spacing);
  rc_surroundings_wish wish = rc_transforms_wish(&workflow->image[task->entry], spacing);
  for (int d = 0; d < 3; d++)
    wish.reach[d]++; // a spacing may come out different in its last bits
  if (rc_mask_read(task->mask_path, task->roi, grid, &limits, mask, NULL) != RC_OK)
    return false;
  const rc_box bounds = rc_mask_bounds(mask);
  return rc_processing_extent(grid, &bounds, settings, &wish, part, NULL) == RC_OK;
}

static void read_image(const rc_workflow *workflow, const rc_task *task, bool whole,
                       rc_case_image *image) {
  rc_box part;
  rc_case_image_release(image);
  image->task = task;
  image->status = digest_image(task, image->digest, &image->err);
  if (image->status != RC_OK)
    return;
  const bool cut = !whole && find_part(workflow, task, &image->mask, &part);
  image->status = read_volume(workflow, task, cut ? &part : NULL, &image->volume, &image->err);
}

void rc_case_image_read(const rc_workflow *workflow, const rc_task *task, rc_case_image *image) {
  if (image->task == NULL || !rc_task_same_image(image->task, task))
    read_image(workflow, task, false, image);
}

void rc_case_image_release(rc_case_image *image) {
  for (int64_t c = 0; c < image->n_companions; c++)
    rc_volume_release(&image->companion[c].volume);
  free(image->companion);
  rc_mask_release(&image->mask);
  rc_volume_release(&image->volume);
  memset(image, 0, sizeof *image);
}

rc_case_image *rc_case_companion(const rc_workflow *workflow, const rc_task *task,
                                 rc_case_image *image, int64_t c) {
  if (image->companion == NULL) {
    image->companion = calloc((size_t)task->n_companions, sizeof *image->companion);
    image->n_companions = image->companion == NULL ? 0 : task->n_companions;
  }
  if (image->companion == NULL)
    return NULL;
  rc_case_image *found = &image->companion[c];
  if (found->task == NULL || !rc_task_same_image(found->task, task->companion[c]))
    read_image(workflow, task->companion[c], true, found);
  return found;
}
