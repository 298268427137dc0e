// SPDX-License-Identifier: Apache-2.0
// A folder tree of DICOM files to a list of series. Headers only.
#include "images/dicom.h"
#include "images/internal.h"

#include <stdlib.h>
#include <string.h>

#define NAME_TEXT 256

typedef struct found {
  rc_dicom_series series;
  const char *file;
} found;

static const char *text_of(const rc_dicom_item *item, rc_tag tag, rc_arena *arena) {
  char text[NAME_TEXT] = "";
  rc_dicom_text(item, tag, text, sizeof text);
  return rc_arena_strdup(arena, text);
}

/// The first item of nested sequences, or NULL where one is missing.
static const rc_dicom_item *descend(const rc_dicom_item *item, const rc_tag *tag, int n) {
  for (int i = 0; item != NULL && i < n; i++)
    item = rc_dicom_sequence_item(item, tag[i], 0);
  return item;
}

static rc_status describe_rtstruct(const rc_dicom_item *root, rc_dicom_series *s, rc_arena *arena,
                                   rc_error *err) {
  static const rc_tag to_series[] = {RC_TAG(0x3006, 0x0010), RC_TAG(0x3006, 0x0012),
                                     RC_TAG(0x3006, 0x0014)};
  const rc_dicom_item *frame = descend(root, to_series, 1);
  const rc_dicom_item *series = descend(root, to_series, 3);
  if (frame != NULL)
    s->frame_uid = text_of(frame, RC_TAG(0x0020, 0x0052), arena);
  if (series != NULL)
    s->referenced_series_uid = text_of(series, RC_TAG(0x0020, 0x000E), arena);
  return rc_rtstruct_names(root, arena, &s->rois, err);
}

/// Fills `f` for a file; f->file stays NULL when it is of no use here (no image, no RTSTRUCT).
static rc_status look(const char *path, found *f, rc_arena *arena, rc_error *err) {
  rc_dicom *dicom = NULL;
  double rows = 0;
  rc_status status = rc_dicom_open(path, &dicom, err);
  if (status != RC_OK)
    return status;
  const rc_dicom_item *root = rc_dicom_root(dicom);
  rc_dicom_series *s = &f->series;
  *s = (rc_dicom_series){.patient_id = text_of(root, RC_TAG(0x0010, 0x0020), arena),
                         .study_date = text_of(root, RC_TAG(0x0008, 0x0020), arena),
                         .study_uid = text_of(root, RC_TAG(0x0020, 0x000D), arena),
                         .series_uid = text_of(root, RC_TAG(0x0020, 0x000E), arena),
                         .frame_uid = text_of(root, RC_TAG(0x0020, 0x0052), arena),
                         .modality = text_of(root, RC_TAG(0x0008, 0x0060), arena),
                         .description = text_of(root, RC_TAG(0x0008, 0x103E), arena),
                         .referenced_series_uid = ""};
  if (s->patient_id == NULL || s->study_date == NULL || s->study_uid == NULL ||
      s->series_uid == NULL || s->frame_uid == NULL || s->modality == NULL ||
      s->description == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
    goto done;
  }
  bool image = rc_dicom_numbers(root, RC_TAG(0x0028, 0x0010), &rows, 1) == 1;
  bool rtstruct = strcmp(s->modality, "RTSTRUCT") == 0;
  if (rtstruct)
    status = describe_rtstruct(root, s, arena, err);
  if (status == RC_OK && (image || rtstruct))
    f->file = path;
done:
  rc_dicom_close(dicom);
  return status;
}

/// Series together, files in the order of their names.
static int by_series(const void *a, const void *b) {
  const found *p = a, *q = b;
  int order = strcmp(p->series.patient_id, q->series.patient_id);
  if (order == 0)
    order = strcmp(p->series.study_date, q->series.study_date);
  if (order == 0)
    order = strcmp(p->series.study_uid, q->series.study_uid);
  if (order == 0)
    order = strcmp(p->series.series_uid, q->series.series_uid);
  return order != 0 ? order : strcmp(p->file, q->file);
}

static bool same_series(const found *a, const found *b) {
  return strcmp(a->series.series_uid, b->series.series_uid) == 0 &&
         strcmp(a->series.patient_id, b->series.patient_id) == 0 &&
         strcmp(a->series.study_uid, b->series.study_uid) == 0;
}

static const char *folder_of(const char *path, rc_arena *arena) {
  char *folder = rc_arena_strdup(arena, path);
  char *slash = folder == NULL ? NULL : strrchr(folder, '/');
  if (slash != NULL)
    *slash = '\0';
  return folder;
}

/// Every RTSTRUCT file stands for itself; image files of one series are one entry.
static rc_status group(const found *f, int64_t n, rc_arena *arena, rc_dicom_index *out,
                       rc_error *err) {
  out->series = rc_arena_alloc(arena, (size_t)n, sizeof *out->series);
  const char **files = rc_arena_alloc(arena, (size_t)n, sizeof *files);
  if (out->series == NULL || files == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; i < n; i++) {
    files[i] = f[i].file;
    bool rtstruct = strcmp(f[i].series.modality, "RTSTRUCT") == 0;
    if (!rtstruct && i > 0 && same_series(&f[i], &f[i - 1])) {
      out->series[out->n - 1].files.n++;
      continue;
    }
    rc_dicom_series *s = &out->series[out->n++];
    *s = f[i].series;
    s->files = (rc_texts){1, &files[i]};
    s->path = rtstruct ? f[i].file : folder_of(f[i].file, arena);
    if (s->path == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  }
  return RC_OK;
}

static rc_status skip(rc_dicom_index *out, const char *why, rc_arena *arena, rc_error *err) {
  const char *note = rc_arena_strdup(arena, why);
  if (note == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  out->skipped.item[out->skipped.n++] = note;
  return RC_OK;
}

rc_status rc_dicom_scan(const char *folder, const rc_image_limits *limits, rc_arena *arena,
                        rc_dicom_index *out, rc_error *err) {
  rc_image_limits bounds = rc_limits_or_default(limits);
  rc_texts files = {0, NULL};
  memset(out, 0, sizeof *out);
  rc_status status = rc_list_tree(folder, bounds.max_files, arena, &files, err);
  if (status != RC_OK)
    return status;
  int64_t n = 0;
  found *f = calloc((size_t)files.n + 1, sizeof *f);
  out->skipped.item = rc_arena_alloc(arena, (size_t)files.n, sizeof *out->skipped.item);
  if (f == NULL || out->skipped.item == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; status == RC_OK && i < files.n; i++) {
    rc_file_kind kind;
    rc_error trouble = RC_ERROR_INIT;
    const bool seen = rc_file_kind_of(files.item[i], &kind, &trouble) == RC_OK;
    if (seen && kind != RC_FILE_DICOM)
      continue;
    if (!seen || look(files.item[i], &f[n], arena, &trouble) != RC_OK)
      status = trouble.status == RC_ERR_MEMORY ? rc_fail(err, RC_ERR_MEMORY, "%s", trouble.message)
                                               : skip(out, trouble.message, arena, err);
    else if (f[n].file != NULL)
      n++;
  }
  if (status == RC_OK && n > 0) {
    qsort(f, (size_t)n, sizeof *f, by_series);
    status = group(f, n, arena, out, err);
  }
  free(f);
  return status;
}
