// SPDX-License-Identifier: Apache-2.0
// One door for all formats: looks at the content and hands over.
#include "images/images.h"

#include "base/digest.h"
#include "images/dicom.h"
#include "images/internal.h"

#include <string.h>

rc_status rc_image_probe(const char *path, const char *series_uid, const rc_image_limits *limits,
                         rc_image_info *info, rc_error *err) {
  rc_image_limits bounds = rc_limits_or_default(limits);
  rc_file_kind kind;
  memset(info, 0, sizeof *info);
  rc_status status = rc_file_kind_of(path, &kind, err);
  if (status != RC_OK)
    return status;
  if (kind == RC_FILE_NIFTI)
    return rc_nifti_probe(path, &bounds, info, err);
  if (kind == RC_FILE_DICOM || kind == RC_FILE_FOLDER)
    return rc_dicom_probe(path, series_uid, &bounds, info, err);
  return rc_refuse_kind(path, kind, err);
}

static rc_status read_dicom(const char *path, const char *series_uid, const rc_box *box,
                            const rc_image_limits *limits, rc_volume *out, rc_image_info *info,
                            rc_error *err) {
  rc_texts files = {0, NULL};
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_dicom_find_series(path, series_uid, limits, arena, &files, err);
  if (status == RC_OK)
    status = rc_image_read_files(&files, box, limits, out, info, err);
  rc_arena_destroy(arena);
  return status;
}

rc_status rc_image_read(const char *path, const char *series_uid, const rc_box *box,
                        const rc_image_limits *limits, rc_volume *out, rc_image_info *info,
                        rc_error *err) {
  rc_image_limits bounds = rc_limits_or_default(limits);
  rc_image_info facts;
  rc_file_kind kind;
  memset(out, 0, sizeof *out);
  rc_status status = rc_file_kind_of(path, &kind, err);
  if (status != RC_OK)
    return status;
  if (kind == RC_FILE_NIFTI)
    status = rc_nifti_read(path, box, &bounds, out, &facts, err);
  else if (kind == RC_FILE_DICOM || kind == RC_FILE_FOLDER)
    status = read_dicom(path, series_uid, box, &bounds, out, &facts, err);
  else
    status = rc_refuse_kind(path, kind, err);
  if (status == RC_OK && info != NULL)
    *info = facts;
  return status;
}

rc_status rc_image_digest(const char *path, const char *series_uid, char out[65], rc_error *err) {
  rc_image_limits limits = rc_image_limits_default();
  rc_texts files = {0, NULL};
  rc_file_kind kind;
  rc_digest *digest = rc_digest_create();
  rc_arena *arena = rc_arena_create(0);
  rc_status status = digest == NULL || arena == NULL ? rc_fail(err, RC_ERR_MEMORY, "out of memory")
                                                     : rc_file_kind_of(path, &kind, err);
  if (status == RC_OK && kind == RC_FILE_FOLDER) {
    status = series_uid == NULL
                 ? rc_list_folder(path, limits.max_files, arena, &files, err)
                 : rc_dicom_find_series(path, series_uid, &limits, arena, &files, err);
    for (int64_t i = 0; status == RC_OK && i < files.n; i++)
      status = rc_digest_add_file(digest, files.item[i], err);
  } else if (status == RC_OK) {
    status = rc_digest_add_file(digest, path, err);
    const char *data = path;
    if (status == RC_OK && kind == RC_FILE_NIFTI)
      status = rc_nifti_data_file(path, arena, &data, err);
    if (status == RC_OK && strcmp(data, path) != 0)
      status = rc_digest_add_file(digest, data, err);
  }
  if (status == RC_OK)
    rc_digest_finish(digest, out);
  rc_arena_destroy(arena);
  rc_digest_destroy(digest);
  return status;
}
