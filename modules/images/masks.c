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

/// The distinct non-zero values of a label image, ascending, as its slices come.
typedef struct label_list {
  const char *path;
  double *label; ///< [MAX_LABELS]
  int64_t n;
  rc_status status;
  rc_error *err;
} label_list;

static rc_status note_label(label_list *list, double value) {
  if (!isfinite(value))
    return rc_fail(list->err, RC_ERR_FORMAT, "%s: a voxel of the mask is not a number", list->path);
  int64_t place = place_of(value, list->label, list->n);
  if (place < list->n && list->label[place] == value)
    return RC_OK;
  if (list->n == MAX_LABELS)
    return rc_fail(list->err, RC_ERR_LIMIT,
                   "%s: more than %d labels: is this an image, not a mask?", list->path,
                   MAX_LABELS);
  memmove(list->label + place + 1, list->label + place,
          (size_t)(list->n - place) * sizeof *list->label);
  list->label[place] = value;
  list->n++;
  return RC_OK;
}

static void take_labels(void *user, const rc_geometry *geometry, int64_t z, const double *value) {
  label_list *list = user;
  double last = 0;
  (void)z;
  for (int64_t i = 0; list->status == RC_OK && i < geometry->size[0] * geometry->size[1]; i++) {
    if (value[i] == last || value[i] == 0)
      continue;
    last = value[i];
    list->status = note_label(list, last);
  }
}

static rc_status label_names(const char *path, const rc_image_limits *limits, rc_arena *arena,
                             rc_texts *names, rc_error *err) {
  double *label = malloc(MAX_LABELS * sizeof *label);
  label_list list = {.path = path, .label = label, .status = RC_OK, .err = err};
  if (label == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_nifti_slices(path, limits, take_labels, &list, err);
  if (status == RC_OK)
    status = list.status;
  if (status == RC_OK) {
    names->item = rc_arena_alloc(arena, (size_t)list.n, sizeof *names->item);
    for (int64_t i = 0; names->item != NULL && i < list.n; i++, names->n = i)
      if ((names->item[i] = rc_arena_printf(arena, "%.12g", label[i])) == NULL)
        break;
    if (names->n != list.n)
      status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  }
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

/// A mask as the slices of its label image come.
typedef struct label_mask {
  const char *path;
  const rc_geometry *grid;
  bool any; ///< any voxel that is not 0
  double label;
  int64_t max_voxels;
  rc_mask *out;
  rc_status status;
  rc_error *err;
} label_mask;

static rc_status begin_mask(label_mask *m, const rc_geometry *geometry) {
  rc_status status = rc_geometry_match(geometry, m->grid, GRID_TOLERANCE, m->err);
  if (status != RC_OK)
    return rc_error_context(m->err, "%s: the mask does not lie on the image's grid", m->path);
  return rc_mask_create(m->grid, m->max_voxels, m->out, m->err);
}

static void take_mask(void *user, const rc_geometry *geometry, int64_t z, const double *value) {
  label_mask *m = user;
  const int64_t n = geometry->size[0] * geometry->size[1];
  if (z == 0)
    m->status = begin_mask(m, geometry);
  if (m->status != RC_OK)
    return;
  uint8_t *out = m->out->value + z * n;
  for (int64_t i = 0; i < n; i++)
    out[i] = m->any ? value[i] != 0 && !isnan(value[i]) : value[i] == m->label;
}

static rc_status read_label_mask(const char *path, const char *roi, const rc_geometry *grid,
                                 const rc_image_limits *limits, rc_mask *out, rc_error *err) {
  label_mask m = {.path = path,
                  .grid = grid,
                  .any = roi == NULL || roi[0] == '\0',
                  .max_voxels = limits->max_voxels,
                  .out = out,
                  .status = RC_OK,
                  .err = err};
  if (!m.any && !rc_parse_real(roi, &m.label))
    return rc_fail(err, RC_ERR_NOT_FOUND,
                   "%s: a label image has no ROI named '%s'; expected a label value, or none for "
                   "every non-zero voxel",
                   path, roi);
  rc_status status = rc_nifti_slices(path, limits, take_mask, &m, err);
  if (status == RC_OK)
    status = m.status;
  if (status != RC_OK)
    rc_mask_release(out);
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
