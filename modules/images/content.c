// SPDX-License-Identifier: Apache-2.0
// What a path holds, told from its content, and the limits every reader keeps.
#include "images/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define LOOK_BYTES 600

rc_image_limits rc_image_limits_default(void) {
  return (rc_image_limits){INT64_C(1) << 31, INT64_C(16) << 30, 1000000};
}

rc_image_limits rc_limits_or_default(const rc_image_limits *limits) {
  rc_image_limits result = rc_image_limits_default();
  if (limits != NULL && limits->max_voxels > 0)
    result.max_voxels = limits->max_voxels;
  if (limits != NULL && limits->max_file_bytes > 0)
    result.max_file_bytes = limits->max_file_bytes;
  if (limits != NULL && limits->max_files > 0)
    result.max_files = limits->max_files;
  return result;
}

static bool is_nifti(const unsigned char *bytes, int n) {
  return (n >= 348 && (memcmp(bytes + 344, "n+1", 4) == 0 || memcmp(bytes + 344, "ni1", 4) == 0)) ||
         (n >= 540 && (memcmp(bytes + 4, "n+2", 4) == 0 || memcmp(bytes + 4, "ni2", 4) == 0));
}

/// Without a preamble, DICOM starts with group 0002 or 0008, little endian.
static bool is_dicom(const unsigned char *bytes, int n) {
  if (n >= 132 && memcmp(bytes + 128, "DICM", 4) == 0)
    return true;
  return n >= 8 && (bytes[0] == 8 || bytes[0] == 2) && bytes[1] == 0 && bytes[3] == 0;
}

rc_status rc_file_kind_of(const char *path, rc_file_kind *kind, rc_error *err) {
  struct stat facts;
  unsigned char bytes[LOOK_BYTES] = {0};
  *kind = RC_FILE_UNKNOWN;
  if (stat(path, &facts) != 0)
    return rc_fail(err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s", path,
                   strerror(errno));
  if (S_ISDIR(facts.st_mode)) {
    *kind = RC_FILE_FOLDER;
    return RC_OK;
  }
  if (!S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_FORMAT, "%s: not a regular file", path);
  gzFile file = gzopen(path, "rb"); // reads plain files too
  if (file == NULL)
    return rc_fail(err, RC_ERR_IO, "%s: %s", path, strerror(errno));
  int n = gzread(file, bytes, LOOK_BYTES);
  gzclose(file);
  if (is_nifti(bytes, n))
    *kind = RC_FILE_NIFTI;
  else if (n >= 4 && memcmp(bytes, "NRRD", 4) == 0)
    *kind = RC_FILE_NRRD;
  else if (n >= 10 && memcmp(bytes, "ObjectType", 10) == 0)
    *kind = RC_FILE_META_IMAGE;
  else if (is_dicom(bytes, n))
    *kind = RC_FILE_DICOM;
  return RC_OK;
}

rc_status rc_refuse_kind(const char *path, rc_file_kind kind, rc_error *err) {
  if (kind == RC_FILE_NRRD || kind == RC_FILE_META_IMAGE)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: %s files are not supported; convert to NIfTI (for example with SimpleITK: "
                   "WriteImage(ReadImage(name), 'name.nii.gz'))",
                   path, kind == RC_FILE_NRRD ? "NRRD" : "MetaImage");
  return rc_fail(err, RC_ERR_FORMAT, "%s: neither NIfTI nor DICOM, by its content", path);
}

rc_status rc_check_box(const rc_geometry *geometry, const rc_box *box, rc_box *out, rc_error *err) {
  for (int d = 0; d < 3; d++) {
    out->low[d] = box == NULL ? 0 : box->low[d];
    out->high[d] = box == NULL ? geometry->size[d] : box->high[d];
    if (out->low[d] < 0 || out->high[d] > geometry->size[d] || out->low[d] >= out->high[d])
      return rc_fail(err, RC_ERR_USAGE, "the part asked for does not lie inside the image");
  }
  return RC_OK;
}
