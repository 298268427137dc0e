// SPDX-License-Identifier: Apache-2.0
// NIfTI-1 and -2 through the format's own C library. Headers are checked before it may allocate.
#include "images/inflate.h"
#include "images/internal.h"

#include <math.h>
#include <nifti2_io.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

// Larger files are read slice by slice, so that memory holds no second copy of them.
#define MOST_AT_ONCE (INT64_C(1) << 30)
#define READ_BYTES ((size_t)1 << 28) ///< zlib counts in unsigned int

static size_t bytes_per_value(int datatype) {
  switch (datatype) {
  case DT_UINT8:
  case DT_INT8:
    return 1;
  case DT_INT16:
  case DT_UINT16:
    return 2;
  case DT_INT32:
  case DT_UINT32:
  case DT_FLOAT32:
    return 4;
  case DT_INT64:
  case DT_UINT64:
  case DT_FLOAT64:
    return 8;
  default:
    return 0;
  }
}

static rc_status check_header(const char *path, const nifti_image *nim,
                              const rc_image_limits *limits, rc_error *err) {
  for (int d = 4; d <= 7; d++)
    if (d <= nim->ndim && nim->dim[d] > 1)
      return rc_fail(
          err, RC_ERR_UNSUPPORTED,
          "%s: the image has %lld dimensions, dimension %d with %lld entries; expected one "
          "3-D volume: split it first",
          path, (long long)nim->ndim, d, (long long)nim->dim[d]);
  size_t width = bytes_per_value(nim->datatype);
  if (width == 0 || nim->nbyper != (int)width)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: NIfTI datatype %d is not supported; expected an integer or real type", path,
                   nim->datatype);
  if (nim->nx < 1 || nim->ny < 1 || nim->nz < 1 || nim->nx > INT32_MAX || nim->ny > INT32_MAX ||
      nim->nz > INT32_MAX || nim->nx * nim->ny > limits->max_voxels / nim->nz)
    return rc_fail(err, RC_ERR_LIMIT, "%s: %lld x %lld x %lld voxels, over the limit of %lld", path,
                   (long long)nim->nx, (long long)nim->ny, (long long)nim->nz,
                   (long long)limits->max_voxels);
  int64_t bytes = nim->nx * nim->ny * nim->nz * (int64_t)width;
  if (bytes > limits->max_file_bytes)
    return rc_fail(err, RC_ERR_LIMIT, "%s: %lld bytes of voxels, over the limit of %lld", path,
                   (long long)bytes, (long long)limits->max_file_bytes);
  if (nim->iname_offset < 0 || nim->iname_offset > limits->max_file_bytes - bytes)
    return rc_fail(err, RC_ERR_FORMAT, "%s: vox_offset %lld is absurd", path,
                   (long long)nim->iname_offset);
  return RC_OK;
}

/// An uncompressed file must be as long as its header says; a compressed one cannot be told.
static rc_status check_length(const nifti_image *nim, rc_error *err) {
  struct stat facts;
  const char *path = nim->iname;
  if (path == NULL || stat(path, &facts) != 0)
    return rc_fail(err, RC_ERR_NOT_FOUND, "%s: the image data file is missing",
                   nim->fname == NULL ? "NIfTI" : nim->fname);
  if (nifti_is_gzfile(path))
    return RC_OK;
  int64_t needed = nim->iname_offset + nim->nx * nim->ny * nim->nz * nim->nbyper;
  if (facts.st_size < needed)
    return rc_fail(err, RC_ERR_FORMAT, "%s: truncated: %lld bytes, but the header asks for %lld",
                   path, (long long)facts.st_size, (long long)needed);
  return RC_OK;
}

/// Voxel-to-world in RAS as the standard ranks them: sform, qform, else spacing alone.
static nifti_dmat44 choose_transform(const nifti_image *nim) {
  if (nim->sform_code > 0)
    return nim->sto_xyz;
  if (nim->qform_code > 0)
    return nim->qto_xyz;
  nifti_dmat44 plain;
  memset(&plain, 0, sizeof plain);
  const double spacing[3] = {nim->dx, nim->dy, nim->dz};
  for (int d = 0; d < 3; d++)
    plain.m[d][d] = spacing[d] > 0 ? spacing[d] : 1;
  plain.m[3][3] = 1;
  return plain;
}

/// Files in metres or micrometres are rare, but legal.
static double millimetres(const nifti_image *nim) {
  return nim->xyz_units == NIFTI_UNITS_METER    ? 1e3
         : nim->xyz_units == NIFTI_UNITS_MICRON ? 1e-3
                                                : 1;
}

static rc_status make_geometry(const char *path, const nifti_image *nim, rc_geometry *out,
                               rc_error *err) {
  nifti_dmat44 transform = choose_transform(nim);
  const int64_t size[3] = {nim->nx, nim->ny, nim->nz};
  const double pixdim[3] = {nim->dx, nim->dy, nim->dz}, mm = millimetres(nim);
  for (int c = 0; c < 3; c++) {
    double length = 0;
    for (int r = 0; r < 3; r++)
      length += transform.m[r][c] * transform.m[r][c];
    length = sqrt(length);
    if (!(length > 0))
      return rc_fail(err, RC_ERR_GEOMETRY, "%s: the image has no extent along axis %d", path, c);
    out->size[c] = size[c];
    // The matrix is rounded to single precision; the header's own spacing is what was meant.
    out->spacing_mm[c] = mm * (fabs(pixdim[c] - length) <= 1e-4 * length ? pixdim[c] : length);
    for (int r = 0; r < 3; r++) {
      double sign = r < 2 ? -1 : 1; // RAS to LPS
      out->direction[3 * r + c] = sign * transform.m[r][c] / length;
      out->origin_mm[r] = sign * mm * transform.m[r][3];
    }
  }
  rc_status status = rc_geometry_check(out, err);
  if (status != RC_OK)
    rc_error_context(err, "%s", path);
  return status;
}

/// The library replaces impossible sizes by 1 without a word; they are refused instead.
static bool has_sizes(const int64_t *dim) {
  if (dim[0] < 1 || dim[0] > 7)
    return false;
  for (int64_t d = 1; d <= dim[0]; d++)
    if (dim[d] < 1)
      return false;
  return true;
}

static bool has_sizes_1(nifti_1_header h) {
  int64_t dim[8];
  if (h.sizeof_hdr != (int)sizeof h)
    nifti_swap_Nbytes(8, 2, h.dim);
  for (int d = 0; d < 8; d++)
    dim[d] = h.dim[d];
  return has_sizes(dim);
}

static bool has_sizes_2(nifti_2_header h) {
  if (h.sizeof_hdr != (int)sizeof h)
    nifti_swap_Nbytes(8, 8, h.dim);
  return has_sizes(h.dim);
}

/// The header alone: unlike nifti_image_read this never touches extensions, whose sizes a file may
/// claim at will.
static nifti_image *read_header(const char *path) {
  int version = -1;
  nifti_image *nim = NULL;
  void *header = nifti_read_header(path, &version, 0);
  const nifti_1_header *one = header;
  const nifti_2_header *two = header;
  if (header != NULL && version == 1 && has_sizes_1(*one))
    nim = nifti_convert_n1hdr2nim(*one, path);
  else if (header != NULL && version == 2 && has_sizes_2(*two))
    nim = nifti_convert_n2hdr2nim(*two, path);
  free(header);
  return nim;
}

static rc_status open_header(const char *path, const rc_image_limits *limits, nifti_image **out,
                             rc_image_info *info, rc_error *err) {
  nifti_set_debug_level(0);
  nifti_image *nim = read_header(path);
  if (nim == NULL)
    return rc_fail(
        err, RC_ERR_FORMAT,
        "%s: not a readable NIfTI file; its name must end in .nii, .nii.gz, .hdr or .img", path);
  rc_status status = check_header(path, nim, limits, err);
  if (status == RC_OK)
    status = check_length(nim, err);
  if (status == RC_OK) {
    memset(info, 0, sizeof *info);
    info->format = "NIfTI";
    info->n_files = 1;
    info->unit = RC_UNIT_ARBITRARY;
    status = make_geometry(path, nim, &info->geometry, err);
  }
  if (status != RC_OK) {
    nifti_image_free(nim);
    return status;
  }
  *out = nim;
  return RC_OK;
}

rc_status rc_nifti_probe(const char *path, const rc_image_limits *limits, rc_image_info *info,
                         rc_error *err) {
  nifti_image *nim = NULL;
  rc_status status = open_header(path, limits, &nim, info, err);
  if (status == RC_OK)
    nifti_image_free(nim);
  return status;
}

#define COPY(type)                                                                                 \
  do {                                                                                             \
    const type *source = (const type *)data + at;                                                  \
    for (int64_t x = 0; x < n; x++)                                                                \
      out[x] = (double)source[x];                                                                  \
  } while (0)

static void copy_row(const void *data, int datatype, int64_t at, int64_t n, double *out) {
  switch (datatype) {
  case DT_UINT8:
    COPY(uint8_t);
    break;
  case DT_INT8:
    COPY(int8_t);
    break;
  case DT_INT16:
    COPY(int16_t);
    break;
  case DT_UINT16:
    COPY(uint16_t);
    break;
  case DT_INT32:
    COPY(int32_t);
    break;
  case DT_UINT32:
    COPY(uint32_t);
    break;
  case DT_FLOAT32:
    COPY(float);
    break;
  case DT_INT64:
    COPY(int64_t);
    break;
  case DT_UINT64:
    COPY(uint64_t);
    break;
  default:
    COPY(double);
    break;
  }
}

static bool is_scaled(const nifti_image *nim) {
  const double slope = nim->scl_slope, intercept = nim->scl_inter;
  return slope != 0 && isfinite(slope) && isfinite(intercept) && !(slope == 1 && intercept == 0);
}

/// What other readers turn the voxels into: rescaled integers become single precision.
static void set_type(const nifti_image *nim, rc_volume *out) {
  static const struct {
    int datatype;
    double low, high;
  } integer[] = {{DT_UINT8, 0, UINT8_MAX},         {DT_INT8, INT8_MIN, INT8_MAX},
                 {DT_INT16, INT16_MIN, INT16_MAX}, {DT_UINT16, 0, UINT16_MAX},
                 {DT_INT32, INT32_MIN, INT32_MAX}, {DT_UINT32, 0, UINT32_MAX},
                 {DT_INT64, -0x1p63, 0x1p63},      {DT_UINT64, 0, 0x1p64}};
  out->type = nim->datatype == DT_FLOAT32 || is_scaled(nim) ? RC_VOXEL_SINGLE : RC_VOXEL_INTEGER;
  if (nim->datatype == DT_FLOAT64)
    out->type = RC_VOXEL_DOUBLE;
  for (size_t i = 0; i < sizeof integer / sizeof integer[0]; i++)
    if (integer[i].datatype == nim->datatype) {
      out->type_low = integer[i].low;
      out->type_high = integer[i].high;
    }
}

/// The part of one slice that lies in the box, rescaled.
static void copy_slice(const nifti_image *nim, const void *slice, const rc_box *box, double *row) {
  const double slope = nim->scl_slope, intercept = nim->scl_inter;
  const bool scaled = is_scaled(nim);
  const int64_t n = box->high[0] - box->low[0];
  for (int64_t y = box->low[1]; y < box->high[1]; y++, row += n) {
    copy_row(slice, nim->datatype, box->low[0] + nim->nx * y, n, row);
    for (int64_t x = 0; scaled && x < n; x++)
      row[x] = row[x] * slope + intercept;
  }
}

/// Where slices go: one after another, or each to a function.
typedef struct sink {
  double *out;                 ///< room for a slice's part in the box
  rc_nifti_take *take;         ///< NULL: `out` moves on
  void *user;                  ///< of take
  const rc_geometry *geometry; ///< for take
} sink;

static void deliver(const nifti_image *nim, unsigned char *slice, const rc_box *box, int64_t z,
                    sink *to) {
  if (nim->swapsize > 1 && nim->byteorder != nifti_short_order())
    nifti_swap_Nbytes(nim->nx * nim->ny, nim->swapsize, slice);
  copy_slice(nim, slice, box, to->out);
  if (to->take != NULL)
    to->take(to->user, to->geometry, z, to->out);
  else
    to->out += (box->high[0] - box->low[0]) * (box->high[1] - box->low[1]);
}

static bool read_bytes(gzFile file, unsigned char *out, size_t n) {
  for (size_t at = 0, step; at < n; at += step) {
    step = n - at < READ_BYTES ? n - at : READ_BYTES;
    if (gzread(file, out + at, (unsigned)step) != (int)step)
      return false;
  }
  return true;
}

/// Slice by slice, so that memory holds no second copy of the image. Not through nifti_image_load,
/// which turns NaN into 0 without a word.
static bool read_slices(const nifti_image *nim, gzFile file, const rc_box *box,
                        unsigned char *slice, sink *to) {
  const int64_t bytes = nim->nx * nim->ny * nim->nbyper;
  unsigned char more;
  if (gzseek(file, (z_off_t)(nim->iname_offset + box->low[2] * bytes), SEEK_SET) < 0)
    return false;
  for (int64_t z = box->low[2]; z < box->high[2]; z++) {
    if (!read_bytes(file, slice, (size_t)bytes))
      return false;
    deliver(nim, slice, box, z, to);
  }
  return box->high[2] < nim->nz || gzread(file, &more, 1) >= 0; // at its end zlib checks the sum
}

/// The same from the whole file in memory, when it is an ordinary gzip file of ordinary size.
/// False: not such a file, nothing was done.
static bool read_at_once(const nifti_image *nim, const rc_box *box, sink *to) {
  const int64_t bytes = nim->nx * nim->ny * nim->nbyper;
  const int64_t total = nim->iname_offset + bytes * nim->nz;
  if (!nifti_is_gzfile(nim->iname) || total > MOST_AT_ONCE ||
      nim->iname_offset % nim->nbyper != 0) // values would not be aligned
    return false;
  unsigned char *file = rc_inflate_file(nim->iname, (size_t)total);
  if (file == NULL)
    return false;
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    deliver(nim, file + nim->iname_offset + z * bytes, box, z, to);
  free(file);
  return true;
}

static rc_status read_voxels(const nifti_image *nim, const rc_box *box, sink *to, rc_error *err) {
  if (read_at_once(nim, box, to))
    return RC_OK;
  rc_status status = RC_OK;
  gzFile file = gzopen(nim->iname, "rb"); // reads plain files, too
  unsigned char *slice = malloc((size_t)(nim->nx * nim->ny * nim->nbyper));
  if (slice == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", nim->iname);
  else if (file == NULL)
    status = rc_fail(err, RC_ERR_IO, "%s: cannot be opened", nim->iname);
  else if (!read_slices(nim, file, box, slice, to))
    status = rc_fail(err, RC_ERR_FORMAT, "%s: the voxels cannot be read: truncated or damaged",
                     nim->iname);
  if (file != NULL)
    gzclose(file);
  free(slice);
  return status;
}

rc_status rc_nifti_read(const char *path, const rc_box *box, const rc_image_limits *limits,
                        rc_volume *out, rc_image_info *info, rc_error *err) {
  nifti_image *nim = NULL;
  rc_box part;
  rc_status status = open_header(path, limits, &nim, info, err);
  if (status != RC_OK)
    return status;
  status = rc_check_box(&info->geometry, box, &part, err);
  if (status != RC_OK)
    goto done;
  status = rc_volume_create_part(&info->geometry, &part, limits->max_voxels, out, err);
  if (status != RC_OK)
    goto done;
  out->unit = info->unit;
  set_type(nim, out);
  status = read_voxels(nim, &part, &(sink){.out = out->value}, err);
done:
  if (status != RC_OK)
    rc_volume_release(out);
  nifti_image_free(nim);
  return status;
}

rc_status rc_nifti_slices(const char *path, const rc_image_limits *limits, rc_nifti_take *take,
                          void *user, rc_error *err) {
  nifti_image *nim = NULL;
  rc_image_info info;
  rc_box all;
  rc_status status = open_header(path, limits, &nim, &info, err);
  if (status != RC_OK)
    return status;
  double *slice = calloc((size_t)(nim->nx * nim->ny), sizeof *slice);
  status = slice == NULL ? rc_fail(err, RC_ERR_MEMORY, "%s: out of memory", path)
                         : rc_check_box(&info.geometry, NULL, &all, err);
  if (status == RC_OK)
    status = read_voxels(
        nim, &all, &(sink){.out = slice, .take = take, .user = user, .geometry = &info.geometry},
        err);
  free(slice);
  nifti_image_free(nim);
  return status;
}

rc_status rc_nifti_data_file(const char *path, rc_arena *arena, const char **out, rc_error *err) {
  rc_image_limits limits = rc_image_limits_default();
  rc_image_info info;
  nifti_image *nim = NULL;
  rc_status status = open_header(path, &limits, &nim, &info, err);
  if (status != RC_OK)
    return status;
  *out = rc_arena_strdup(arena, nim->iname);
  if (*out == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  nifti_image_free(nim);
  return status;
}
