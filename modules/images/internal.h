// SPDX-License-Identifier: Apache-2.0
/// @file internal.h
/// What the readers of this module share; nobody outside includes it.
#ifndef RADCOHORT_IMAGES_INTERNAL_H
#define RADCOHORT_IMAGES_INTERNAL_H

#include "images/dicom.h"
#include "images/images.h"

/// What the first bytes of a file say it is.
typedef enum rc_file_kind {
  RC_FILE_UNKNOWN,
  RC_FILE_NIFTI,
  RC_FILE_NRRD,
  RC_FILE_META_IMAGE,
  RC_FILE_DICOM,
  RC_FILE_FOLDER
} rc_file_kind;

/// Looks at a path; gzip is looked through. RC_ERR_NOT_FOUND, RC_ERR_IO.
rc_status rc_file_kind_of(const char *path, rc_file_kind *kind, rc_error *err);

/// RC_ERR_UNSUPPORTED or RC_ERR_FORMAT for a kind nobody here reads, with the way out.
rc_status rc_refuse_kind(const char *path, rc_file_kind kind, rc_error *err);

/// The limits a caller gave, with defaults for zeros (and for NULL).
rc_image_limits rc_limits_or_default(const rc_image_limits *limits);

/// The box to read: `box` when it lies inside the image, else an error; NULL: the whole image.
rc_status rc_check_box(const rc_geometry *geometry, const rc_box *box, rc_box *out, rc_error *err);

// nifti.c
rc_status rc_nifti_probe(const char *path, const rc_image_limits *limits, rc_image_info *info,
                         rc_error *err);
rc_status rc_nifti_read(const char *path, const rc_box *box, const rc_image_limits *limits,
                        rc_volume *out, rc_image_info *info, rc_error *err);

/// Hands the image over slice by slice, value[y][x], borrowed for the call, so that it is never in
/// memory as a whole in double precision.
typedef void rc_nifti_take(void *user, const rc_geometry *geometry, int64_t z, const double *value);
rc_status rc_nifti_slices(const char *path, const rc_image_limits *limits, rc_nifti_take *take,
                          void *user, rc_error *err);

/// The file that holds the voxels: `path` itself, or the .img beside a .hdr.
rc_status rc_nifti_data_file(const char *path, rc_arena *arena, const char **out, rc_error *err);

// files.c: regular files of a folder, sorted by name; not recursive, links not followed.
rc_status rc_list_folder(const char *folder, int64_t max_files, rc_arena *arena, rc_texts *out,
                         rc_error *err);
/// All regular files below a folder, depth first, each folder sorted by name.
rc_status rc_list_tree(const char *folder, int64_t max_files, rc_arena *arena, rc_texts *out,
                       rc_error *err);

// dicom_series.c
rc_status rc_dicom_probe(const char *path, const char *series_uid, const rc_image_limits *limits,
                         rc_image_info *info, rc_error *err);
/// The files of one series in a folder (or the one file), in the arena.
rc_status rc_dicom_find_series(const char *path, const char *series_uid,
                               const rc_image_limits *limits, rc_arena *arena, rc_texts *files,
                               rc_error *err);

// rtstruct.c
/// ROINames of an open RTSTRUCT.
rc_status rc_rtstruct_names(const rc_dicom_item *root, rc_arena *arena, rc_texts *names,
                            rc_error *err);
rc_status rc_rtstruct_rois(const char *path, rc_arena *arena, rc_texts *names, rc_error *err);
rc_status rc_rtstruct_mask(const char *path, const char *roi, const rc_geometry *grid,
                           const rc_image_limits *limits, rc_mask *out, rc_error *err);

#endif
