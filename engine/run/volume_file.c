// SPDX-License-Identifier: Apache-2.0
#include "run/volume_file.h"

#include "run/folders.h"

#include <errno.h>
#include <nifti2_io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PATH_ROOM = 4096, ROW_ROOM = 32767 };

/// Voxel to world in RAS, from a geometry in LPS.
static nifti_dmat44 transform_of(const rc_geometry *grid) {
  nifti_dmat44 m;
  memset(&m, 0, sizeof m);
  for (int r = 0; r < 3; r++) {
    double sign = r < 2 ? -1 : 1;
    for (int c = 0; c < 3; c++)
      m.m[r][c] = sign * grid->direction[3 * r + c] * grid->spacing_mm[c];
    m.m[r][3] = sign * grid->origin_mm[r];
  }
  m.m[3][3] = 1;
  return m;
}

static rc_status make_header(const rc_geometry *grid, int type, nifti_1_header *out,
                             rc_error *err) {
  const int64_t dim[8] = {3, grid->size[0], grid->size[1], grid->size[2], 1, 1, 1, 1};
  for (int d = 1; d <= 3; d++)
    if (dim[d] > INT16_MAX)
      return rc_fail(err, RC_ERR_LIMIT, "%lld voxels along an axis are too many for NIfTI-1",
                     (long long)dim[d]);
  nifti_image *nim = nifti_make_new_nim(dim, type, 0);
  if (nim == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a NIfTI header");
  nim->nifti_type = NIFTI_FTYPE_NIFTI1_1;
  nim->pixdim[1] = nim->dx = grid->spacing_mm[0];
  nim->pixdim[2] = nim->dy = grid->spacing_mm[1];
  nim->pixdim[3] = nim->dz = grid->spacing_mm[2];
  nim->xyz_units = NIFTI_UNITS_MM;
  nim->sto_xyz = nim->qto_xyz = transform_of(grid);
  nim->sform_code = nim->qform_code = NIFTI_XFORM_SCANNER_ANAT;
  nifti_dmat44_to_quatern(nim->qto_xyz, &nim->quatern_b, &nim->quatern_c, &nim->quatern_d,
                          &nim->qoffset_x, &nim->qoffset_y, &nim->qoffset_z, NULL, NULL, NULL,
                          &nim->qfac);
  int failed = nifti_convert_nim2n1hdr(nim, out);
  out->vox_offset = 352;
  nifti_image_free(nim);
  return failed ? rc_fail(err, RC_ERR_INTERNAL, "the NIfTI library made no header") : RC_OK;
}

/// What the file holds: one of the two is given.
typedef struct voxels {
  const double *value;
  const uint8_t *label;
} voxels;

static bool write_rows(gzFile file, const rc_geometry *grid, const voxels *v) {
  float row[ROW_ROOM];
  const int64_t n = grid->size[0];
  for (int64_t r = 0; r < grid->size[1] * grid->size[2]; r++) {
    for (int64_t x = 0; v->value != NULL && x < n; x++)
      row[x] = (float)v->value[r * n + x];
    const int bytes = (int)n * (int)(v->value != NULL ? sizeof *row : sizeof *v->label);
    const void *from = v->value != NULL ? (const void *)row : v->label + r * n;
    if (gzwrite(file, from, (unsigned)bytes) != bytes)
      return false;
  }
  return true;
}

static rc_status write_file(const char *path, const rc_geometry *grid, const voxels *v,
                            rc_error *err) {
  static const char no_extension[4] = {0};
  char part[PATH_ROOM];
  nifti_1_header header;
  if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
    return rc_fail(err, RC_ERR_IO, "%.200s...: the name is too long", path);
  rc_status status = make_header(grid, v->value != NULL ? DT_FLOAT32 : DT_UINT8, &header, err);
  if (status == RC_OK)
    status = rc_folders_above(path, err);
  gzFile file = status == RC_OK ? gzopen(part, "wb3") : NULL;
  if (status != RC_OK)
    return status;
  if (file == NULL)
    return rc_fail(err, RC_ERR_IO, "%s: %s", part, strerror(errno));
  bool good = gzwrite(file, &header, sizeof header) == (int)sizeof header &&
              gzwrite(file, no_extension, sizeof no_extension) == (int)sizeof no_extension &&
              write_rows(file, grid, v);
  good = gzclose(file) == Z_OK && good;
  if (!good || rename(part, path) != 0) {
    status = rc_fail(err, RC_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    remove(part);
  }
  return status;
}

rc_status rc_volume_file_write(const char *path, const rc_geometry *grid, const double *value,
                               rc_error *err) {
  return write_file(path, grid, &(voxels){.value = value}, err);
}

rc_status rc_label_file_write(const char *path, const rc_geometry *grid, const uint8_t *label,
                              rc_error *err) {
  return write_file(path, grid, &(voxels){.label = label}, err);
}
