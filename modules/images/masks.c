// SPDX-License-Identifier: Apache-2.0
// Masks from label images and RTSTRUCTs.
#include "images/dicom.h"
#include "images/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRID_TOLERANCE 0.01 ///< of a voxel, between an image and its label image
#define MAX_LABELS 4096

/// Where a value is, or belongs, in an ascending list.
static int64_t place_of(double value, const double *list, int64_t n) {
  int64_t low = 0;
  while (low < n) {
    int64_t middle = low + (n - low) / 2;
    if (list[middle] < value)
      low = middle + 1;
    else
      n = middle;
  }
  return low;
}

/// The distinct non-zero values of a label image, ascending.
static rc_status find_labels(const char *path, const rc_volume *image, double *label, int64_t *n,
                             rc_error *err) {
  int64_t voxels = rc_geometry_voxels(&image->geometry);
  double last = 0;
  *n = 0;
  for (int64_t i = 0; i < voxels; i++) {
    double value = image->value[i];
    if (value == last || value == 0)
      continue;
    last = value;
    if (!isfinite(value))
      return rc_fail(err, RC_ERR_FORMAT, "%s: a voxel of the mask is not a number", path);
    int64_t place = place_of(value, label, *n);
    if (place < *n && label[place] == value)
      continue;
    if (*n == MAX_LABELS)
      return rc_fail(err, RC_ERR_LIMIT, "%s: more than %d labels: is this an image, not a mask?",
                     path, MAX_LABELS);
    memmove(label + place + 1, label + place, (size_t)(*n - place) * sizeof *label);
    label[place] = value;
    (*n)++;
  }
  return RC_OK;
}

static rc_status label_names(const char *path, const rc_image_limits *limits, rc_arena *arena,
                             rc_texts *names, rc_error *err) {
  rc_volume image = {0};
  int64_t n = 0;
  double *label = malloc(MAX_LABELS * sizeof *label);
  if (label == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_image_read(path, NULL, NULL, limits, &image, NULL, err);
  if (status == RC_OK)
    status = find_labels(path, &image, label, &n, err);
  if (status == RC_OK) {
    names->item = rc_arena_alloc(arena, (size_t)n, sizeof *names->item);
    for (int64_t i = 0; names->item != NULL && i < n; i++, names->n = i)
      if ((names->item[i] = rc_arena_printf(arena, "%.12g", label[i])) == NULL)
        break;
    if (names->n != n)
      status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  }
  rc_volume_release(&image);
  free(label);
  return status;
}

/// A mask source given as a folder: the one RTSTRUCT in it. `*out` stays `path` for a file.
static rc_status find_mask_file(const char *path, const rc_image_limits *limits, rc_arena *arena,
                                const char **out, rc_file_kind *kind, rc_error *err) {
  rc_texts files = {0, NULL};
  rc_status status = rc_file_kind_of(path, kind, err);
  *out = path;
  if (status != RC_OK || *kind != RC_FILE_FOLDER)
    return status;
  status = rc_list_folder(path, limits->max_files, arena, &files, err);
  if (status != RC_OK)
    return status;
  *kind = RC_FILE_DICOM;
  int64_t found = 0;
  for (int64_t i = 0; i < files.n; i++) {
    rc_dicom *dicom = NULL;
    char modality[17] = "";
    if (rc_dicom_open(files.item[i], &dicom, NULL) != RC_OK)
      continue;
    rc_dicom_text(rc_dicom_root(dicom), RC_TAG(0x0008, 0x0060), modality, sizeof modality);
    rc_dicom_close(dicom);
    if (strcmp(modality, "RTSTRUCT") != 0)
      continue;
    *out = files.item[i];
    found++;
  }
  if (found == 1)
    return RC_OK;
  return rc_fail(err, found == 0 ? RC_ERR_NOT_FOUND : RC_ERR_USAGE,
                 "%s: %lld RTSTRUCT files; expected one: name the file", path, (long long)found);
}

rc_status rc_mask_is_rtstruct(const char *path, bool *rtstruct, rc_error *err) {
  rc_file_kind kind;
  rc_status status = rc_file_kind_of(path, &kind, err);
  *rtstruct = kind == RC_FILE_DICOM || kind == RC_FILE_FOLDER;
  return status;
}

rc_status rc_mask_rois(const char *path, const rc_image_limits *limits, rc_arena *arena,
                       rc_texts *names, rc_error *err) {
  rc_image_limits bounds = rc_limits_or_default(limits);
  rc_file_kind kind;
  const char *file = NULL;
  *names = (rc_texts){0, NULL};
  rc_status status = find_mask_file(path, &bounds, arena, &file, &kind, err);
  if (status != RC_OK)
    return status;
  if (kind == RC_FILE_DICOM)
    return rc_rtstruct_rois(file, arena, names, err);
  if (kind == RC_FILE_NIFTI)
    return label_names(file, &bounds, arena, names, err);
  return rc_refuse_kind(path, kind, err);
}

static rc_status read_label_mask(const char *path, const char *roi, const rc_geometry *grid,
                                 const rc_image_limits *limits, rc_mask *out, rc_error *err) {
  rc_volume image = {0};
  double label = 0;
  const bool any = roi == NULL || roi[0] == '\0';
  if (!any && !rc_parse_real(roi, &label))
    return rc_fail(err, RC_ERR_NOT_FOUND,
                   "%s: a label image has no ROI named '%s'; expected a label value, or none for "
                   "every non-zero voxel",
                   path, roi);
  rc_status status = rc_image_read(path, NULL, NULL, limits, &image, NULL, err);
  if (status != RC_OK)
    return status;
  status = rc_geometry_match(&image.geometry, grid, GRID_TOLERANCE, err);
  if (status != RC_OK) {
    rc_error_context(err, "%s: the mask does not lie on the image's grid", path);
    goto done;
  }
  status = rc_mask_create(grid, limits->max_voxels, out, err);
  if (status != RC_OK)
    goto done;
  int64_t n = rc_geometry_voxels(grid);
  for (int64_t i = 0; i < n; i++)
    out->value[i] = any ? image.value[i] != 0 && !isnan(image.value[i]) : image.value[i] == label;
done:
  rc_volume_release(&image);
  return status;
}

rc_status rc_mask_read(const char *path, const char *roi, const rc_geometry *grid,
                       const rc_image_limits *limits, rc_mask *out, rc_error *err) {
  rc_image_limits bounds = rc_limits_or_default(limits);
  rc_file_kind kind;
  const char *file = NULL;
  memset(out, 0, sizeof *out);
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = find_mask_file(path, &bounds, arena, &file, &kind, err);
  if (status == RC_OK && kind == RC_FILE_DICOM)
    status = rc_rtstruct_mask(file, roi, grid, &bounds, out, err);
  else if (status == RC_OK && kind == RC_FILE_NIFTI)
    status = read_label_mask(file, roi, grid, &bounds, out, err);
  else if (status == RC_OK)
    status = rc_refuse_kind(path, kind, err);
  rc_arena_destroy(arena);
  return status;
}
