// SPDX-License-Identifier: Apache-2.0
/// @file images.h
/// Reading images, masks and DICOM folders. One interface over NIfTI and DICOM; the format is found
/// from the content (NRRD and MetaImage are recognised and refused with a hint). A path is a file,
/// or a folder holding DICOM slices.
#ifndef RADCOHORT_IMAGES_IMAGES_H
#define RADCOHORT_IMAGES_IMAGES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "data/volume.h"
#include <stdbool.h>
#include <stdint.h>

#define RC_UID_TEXT 65

/// Guards against hostile files. Zero members mean the defaults of rc_image_limits_default.
typedef struct rc_image_limits {
  int64_t max_voxels;     ///< of one image
  int64_t max_file_bytes; ///< decompressed
  int64_t max_files;      ///< of one scan
} rc_image_limits;
rc_image_limits rc_image_limits_default(void); ///< 2^31 voxels, 16 GiB, 10^6 files

/// What a header tells before any voxel is decoded.
typedef struct rc_image_info {
  rc_geometry geometry;
  rc_intensity_unit unit;
  char modality[17];            ///< DICOM Modality, "" when the format has none
  char series_uid[RC_UID_TEXT]; ///< SeriesInstanceUID, "" for other formats
  char study_uid[RC_UID_TEXT];
  char frame_uid[RC_UID_TEXT]; ///< FrameOfReferenceUID
  int64_t n_files;
  const char *format; ///< static: "NIfTI", "DICOM"
} rc_image_info;

/// Header only. `series_uid` picks one series of a DICOM folder; NULL when it holds one only
/// (several: RC_ERR_USAGE naming them by modality). Errors name the file and the DICOM tag.
rc_status rc_image_probe(const char *path, const char *series_uid, const rc_image_limits *limits,
                         rc_image_info *info, rc_error *err);

/// Decodes the image (rescale applied, slices sorted by position along the normal; missing or
/// duplicate slices, varying spacing and gantry tilt are RC_ERR_GEOMETRY). `box`, when not NULL,
/// limits decoding to that part, which `out` then holds. Release with rc_volume_release. `info` may
/// be NULL. NIfTI float data stays as it is; RAS is turned to LPS.
rc_status rc_image_read(const char *path, const char *series_uid, const rc_box *box,
                        const rc_image_limits *limits, rc_volume *out, rc_image_info *info,
                        rc_error *err);

/// Whether a mask source is an RTSTRUCT (or a folder holding one), whose ROIs have names, rather
/// than a label image.
rc_status rc_mask_is_rtstruct(const char *path, bool *rtstruct, rc_error *err);

/// Names of the ROIs a mask source offers: ROIName of an RTSTRUCT, or the label values ("1", "2")
/// of a label image. Strings in `arena`.
rc_status rc_mask_rois(const char *path, const rc_image_limits *limits, rc_arena *arena,
                       rc_texts *names, rc_error *err);

/// The mask of one ROI on `grid` (the image's). RTSTRUCT: contours rasterised by IBSI's in-polygon
/// rule on the voxel centres, holes by even-odd over all contours of a slice (keyhole and XOR),
/// contours matched to slices within half a slice spacing. Label images must lie on the grid
/// (RC_ERR_GEOMETRY otherwise) and are compared with the label; roi "" or NULL: any non-zero voxel.
rc_status rc_mask_read(const char *path, const char *roi, const rc_geometry *grid,
                       const rc_image_limits *limits, rc_mask *out, rc_error *err);

/// One image series or RTSTRUCT found by a scan.
typedef struct rc_dicom_series {
  const char *patient_id;
  const char *study_date; ///< YYYYMMDD or ""
  const char *study_uid, *series_uid, *frame_uid;
  const char *modality;              ///< "CT", "PT", "MR", "RTSTRUCT", ...
  const char *description;           ///< SeriesDescription
  const char *referenced_series_uid; ///< RTSTRUCT: the series its contours were drawn on, or ""
  const char *path;                  ///< folder of the first slice; file for RTSTRUCT
  rc_texts files;                    ///< sorted by name
  rc_texts rois;                     ///< RTSTRUCT: ROI names
} rc_dicom_series;

typedef struct rc_dicom_index {
  rc_dicom_series *series;
  int64_t n;
  rc_texts skipped; ///< "path: reason" of files that look like DICOM but cannot be read
} rc_dicom_index;

/// Scans a folder tree (symbolic links are not followed) and groups files by SeriesInstanceUID, in
/// an order that does not depend on the file system. No pixel data is decoded.
rc_status rc_dicom_scan(const char *folder, const rc_image_limits *limits, rc_arena *arena,
                        rc_dicom_index *out, rc_error *err);

/// Like rc_image_probe, for slices spread over known files.
rc_status rc_image_probe_files(const rc_texts *files, rc_image_info *info, rc_error *err);

/// Like rc_image_read, for slices spread over known files (from a scan).
rc_status rc_image_read_files(const rc_texts *files, const rc_box *box,
                              const rc_image_limits *limits, rc_volume *out, rc_image_info *info,
                              rc_error *err);

/// SHA-256 over the content of every file of an image or mask source, in sorted order.
rc_status rc_image_digest(const char *path, const char *series_uid, char out[65], rc_error *err);

#endif
