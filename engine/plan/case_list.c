// SPDX-License-Identifier: Apache-2.0
// `cohort: list:` a CSV with one image and mask a line.
#include "plan/cases.h"

#include <string.h>

#define MAX_BYTES ((size_t)1 << 30)

/// The case list's columns; the first four are required.
enum { PATIENT, MODALITY, IMAGE, MASK, TIME_POINT, ROI, SERIES, N_COLUMNS };
static const char *const names[N_COLUMNS] = {"patient",    "modality", "image", "mask",
                                             "time_point", "roi",      "series"};
#define N_REQUIRED 4

static rc_status find_columns(const rc_frame *frame, const char *path, int64_t column[N_COLUMNS],
                              rc_error *err) {
  for (int c = 0; c < N_COLUMNS; c++) {
    const rc_column *found = rc_frame_find(frame, names[c]);
    column[c] = found == NULL ? -1 : found - frame->column;
    if (found == NULL && c < N_REQUIRED)
      return rc_fail(
          err, RC_ERR_FORMAT,
          "%s:1: column '%s' is missing; expected patient, modality, image, mask and, if "
          "wanted, time_point, roi, series",
          path, names[c]);
  }
  return RC_OK;
}

static const char *cell(const rc_frame *frame, int64_t row, int64_t column, rc_arena *arena) {
  char text[4096];
  if (column < 0)
    return "";
  return rc_arena_strdup(arena, rc_frame_cell(frame, row, column, text, sizeof text));
}

/// Paths of a list are relative to the cohort's root; the list is the user's own, so any path is
/// taken.
static rc_status resolve(const rc_workflow *workflow, const char *path, int64_t line,
                         const char *text, rc_arena *arena, const char **out, rc_error *err) {
  if (text[0] == '\0')
    return rc_fail(err, RC_ERR_FORMAT, "%s:%lld: an image or mask path is empty", path,
                   (long long)line);
  *out = rc_workflow_input_path(workflow, text, arena);
  return *out == NULL ? rc_fail(err, RC_ERR_MEMORY, "out of memory") : RC_OK;
}

rc_status rc_find_by_list(const rc_workflow *workflow, rc_found *found, rc_error *err) {
  rc_frame *frame = NULL;
  int64_t column[N_COLUMNS];
  rc_arena *arena = found->arena;
  const char *path = rc_workflow_input_path(workflow, workflow->cohort.list, arena);
  if (path == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_frame_read_csv_text(path, MAX_BYTES, arena, &frame, err);
  if (status == RC_OK)
    status = find_columns(frame, path, column, err);
  for (int64_t r = 0; status == RC_OK && r < frame->n_rows; r++) {
    const char *text[N_COLUMNS];
    rc_found_image image = {0};
    for (int c = 0; c < N_COLUMNS; c++)
      if ((text[c] = cell(frame, r, column[c], arena)) == NULL)
        return rc_fail(err, RC_ERR_MEMORY, "out of memory");
    if (text[PATIENT][0] == '\0')
      return rc_fail(err, RC_ERR_FORMAT, "%s:%lld: the patient is empty", path, (long long)r + 2);
    image.patient = text[PATIENT];
    image.modality = text[MODALITY];
    image.time_point = text[TIME_POINT];
    image.only_roi = text[ROI][0] == '\0' ? NULL : text[ROI];
    image.series_uid = text[SERIES][0] == '\0' ? NULL : text[SERIES];
    status = resolve(workflow, path, r + 2, text[IMAGE], arena, &image.image_path, err);
    if (status == RC_OK)
      status = resolve(workflow, path, r + 2, text[MASK], arena, &image.mask_path, err);
    if (status == RC_OK)
      status = rc_found_add(found, &image, err);
  }
  return status;
}
