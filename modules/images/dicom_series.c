// SPDX-License-Identifier: Apache-2.0
// Slices to a volume. Nothing is assumed about file names or order: position and orientation of
// every slice decide (DICOM PS3.3, C.7.6.2).
#include "images/dicom.h"
#include "images/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS RC_TAG(0x0028, 0x0010)
#define BITS_STORED RC_TAG(0x0028, 0x0101)
#define PIXEL_REPRESENTATION RC_TAG(0x0028, 0x0103)
#define COLUMNS RC_TAG(0x0028, 0x0011)
#define PIXEL_SPACING RC_TAG(0x0028, 0x0030)
#define IMAGE_POSITION RC_TAG(0x0020, 0x0032)
#define IMAGE_ORIENTATION RC_TAG(0x0020, 0x0037)
#define RESCALE_INTERCEPT RC_TAG(0x0028, 0x1052)
#define RESCALE_SLOPE RC_TAG(0x0028, 0x1053)
#define NUMBER_OF_FRAMES RC_TAG(0x0028, 0x0008)
#define FUNCTIONAL_GROUPS RC_TAG(0x5200, 0x9229)
#define MODALITY_LUT RC_TAG(0x0028, 0x3000)
#define RESCALE_TYPE RC_TAG(0x0028, 0x1054)
#define PHOTOMETRIC RC_TAG(0x0028, 0x0004)
#define SLICE_THICKNESS RC_TAG(0x0018, 0x0050)
#define MODALITY RC_TAG(0x0008, 0x0060)
#define UNITS RC_TAG(0x0054, 0x1001)
#define SERIES_UID RC_TAG(0x0020, 0x000E)
#define STUDY_UID RC_TAG(0x0020, 0x000D)
#define FRAME_UID RC_TAG(0x0020, 0x0052)

/// Slice positions may be rounded in their text: a hundredth of a millimetre, or 1 % of the
/// spacing.
#define POSITION_TOLERANCE_MM 0.01
#define SPACING_TOLERANCE 0.01
#define ORIENTATION_TOLERANCE 1e-3

typedef struct slice {
  const char *path;
  double rows, columns;
  double spacing[2]; ///< between rows, between columns
  double position[3];
  double orientation[6]; ///< along a row, along a column
  double slope, intercept;
  double stored_low, stored_high; ///< what the pixels can be before they are rescaled
  double thickness;
  double along; ///< position along the normal, for sorting
  rc_intensity_unit unit;
  char modality[17], series[RC_UID_TEXT], study[RC_UID_TEXT], frame[RC_UID_TEXT];
} slice;

static rc_status need(const char *path, const char *what, rc_error *err) {
  return rc_fail(err, RC_ERR_FORMAT, "%s: missing or unreadable %s", path, what);
}

static bool finite_numbers(const double *values, int n) {
  for (int i = 0; i < n; i++)
    if (!isfinite(values[i]))
      return false;
  return true;
}

static rc_intensity_unit unit_of(const rc_dicom_item *root, const char *modality) {
  char units[17] = "", type[17] = "";
  rc_dicom_text(root, UNITS, units, sizeof units);
  rc_dicom_text(root, RESCALE_TYPE, type, sizeof type);
  if (strcmp(modality, "CT") == 0 && (type[0] == '\0' || strcmp(type, "HU") == 0))
    return RC_UNIT_HU;
  if (strcmp(modality, "PT") == 0 && strcmp(units, "GML") == 0)
    return RC_UNIT_SUV;
  if (strcmp(modality, "PT") == 0 && strcmp(units, "BQML") == 0)
    return RC_UNIT_BQML;
  return RC_UNIT_ARBITRARY;
}

/// What a slice of a grey image cannot be, said before anything is missed in it.
static rc_status check_kind(const rc_dicom_item *root, const slice *s, rc_error *err) {
  double frames = 1;
  char photometric[33] = "MONOCHROME2";
  const char *no_image = NULL;
  static const char *const others[] = {"RTSTRUCT", "RTPLAN", "RTDOSE", "SEG", "SR", "REG", "PR"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strcmp(s->modality, others[i]) == 0)
      no_image = others[i];
  if (no_image != NULL)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: Modality (0008,0060) is %s; expected slices of CT, MR or PET", s->path,
                   no_image);
  if (rc_dicom_numbers(root, NUMBER_OF_FRAMES, &frames, 1) < 0)
    return need(s->path, "NumberOfFrames (0028,0008)", err);
  if (frames != 1 || rc_dicom_has(root, FUNCTIONAL_GROUPS))
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: enhanced and multi-frame images (%g frames) are not supported; convert to "
                   "single-frame slices",
                   s->path, frames);
  rc_dicom_text(root, PHOTOMETRIC, photometric, sizeof photometric);
  if (strcmp(photometric, "MONOCHROME2") != 0)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: PhotometricInterpretation (0028,0004) is %s; expected MONOCHROME2", s->path,
                   photometric);
  if (rc_dicom_sequence_length(root, MODALITY_LUT) > 0)
    return rc_fail(err, RC_ERR_UNSUPPORTED,
                   "%s: ModalityLUTSequence (0028,3000) is not supported; expected RescaleSlope "
                   "and RescaleIntercept",
                   s->path);
  return RC_OK;
}

static rc_status read_placement(const rc_dicom_item *root, slice *s, rc_error *err) {
  if (rc_dicom_numbers(root, ROWS, &s->rows, 1) != 1 || !(s->rows >= 1 && s->rows <= 65535))
    return need(s->path, "Rows (0028,0010)", err);
  if (rc_dicom_numbers(root, COLUMNS, &s->columns, 1) != 1 ||
      !(s->columns >= 1 && s->columns <= 65535))
    return need(s->path, "Columns (0028,0011)", err);
  if (rc_dicom_numbers(root, PIXEL_SPACING, s->spacing, 2) != 2 ||
      !(s->spacing[0] > 0 && s->spacing[1] > 0) || !finite_numbers(s->spacing, 2))
    return need(s->path, "PixelSpacing (0028,0030)", err);
  if (rc_dicom_numbers(root, IMAGE_POSITION, s->position, 3) != 3 ||
      !finite_numbers(s->position, 3))
    return need(s->path, "ImagePositionPatient (0020,0032)", err);
  if (rc_dicom_numbers(root, IMAGE_ORIENTATION, s->orientation, 6) != 6 ||
      !finite_numbers(s->orientation, 6))
    return need(s->path, "ImageOrientationPatient (0020,0037)", err);
  return RC_OK;
}

static rc_status read_scale(const rc_dicom_item *root, slice *s, rc_error *err) {
  s->slope = 1;
  s->intercept = 0;
  if (rc_dicom_numbers(root, RESCALE_SLOPE, &s->slope, 1) < 0 ||
      rc_dicom_numbers(root, RESCALE_INTERCEPT, &s->intercept, 1) < 0 || !isfinite(s->slope) ||
      !isfinite(s->intercept) || s->slope == 0)
    return need(s->path, "RescaleSlope or RescaleIntercept (0028,1053), (0028,1052)", err);
  double bits = 0, is_signed = 0;
  if (rc_dicom_numbers(root, BITS_STORED, &bits, 1) != 1 || !(bits >= 1 && bits <= 32))
    bits = 16;
  if (rc_dicom_numbers(root, PIXEL_REPRESENTATION, &is_signed, 1) != 1)
    is_signed = 0;
  s->stored_low = is_signed == 0 ? 0 : -exp2(bits - 1);
  s->stored_high = exp2(is_signed == 0 ? bits : bits - 1) - 1;
  if (rc_dicom_numbers(root, SLICE_THICKNESS, &s->thickness, 1) != 1)
    s->thickness = 0;
  s->unit = unit_of(root, s->modality);
  return RC_OK;
}

static rc_status read_slice(const char *path, slice *s, rc_error *err) {
  rc_dicom *dicom = NULL;
  memset(s, 0, sizeof *s);
  s->path = path;
  rc_status status = rc_dicom_open(path, &dicom, err);
  if (status != RC_OK)
    return status;
  const rc_dicom_item *root = rc_dicom_root(dicom);
  rc_dicom_text(root, MODALITY, s->modality, sizeof s->modality);
  rc_dicom_text(root, SERIES_UID, s->series, sizeof s->series);
  rc_dicom_text(root, STUDY_UID, s->study, sizeof s->study);
  rc_dicom_text(root, FRAME_UID, s->frame, sizeof s->frame);
  status = check_kind(root, s, err);
  if (status == RC_OK)
    status = read_placement(root, s, err);
  if (status == RC_OK)
    status = read_scale(root, s, err);
  rc_dicom_close(dicom);
  return status;
}

/// Unit row and column directions made exactly orthogonal, and their normal; columns of
/// `direction`.
static rc_status make_directions(const slice *s, double direction[9], rc_error *err) {
  const double *row = s->orientation, *column = s->orientation + 3;
  double rr = 0, cc = 0, rc = 0, x[3], y[3];
  for (int r = 0; r < 3; r++) {
    rr += row[r] * row[r];
    cc += column[r] * column[r];
    rc += row[r] * column[r];
  }
  if (fabs(rr - 1) > ORIENTATION_TOLERANCE || fabs(cc - 1) > ORIENTATION_TOLERANCE ||
      fabs(rc) > ORIENTATION_TOLERANCE)
    return rc_fail(
        err, RC_ERR_GEOMETRY,
        "%s: ImageOrientationPatient (0020,0037) is not a pair of orthogonal unit vectors",
        s->path);
  double length = 0;
  for (int r = 0; r < 3; r++) {
    x[r] = row[r] / sqrt(rr);
    y[r] = column[r] - rc / rr * row[r];
    length += y[r] * y[r];
  }
  for (int r = 0; r < 3; r++) {
    y[r] /= sqrt(length);
    direction[3 * r] = x[r];
    direction[3 * r + 1] = y[r];
  }
  for (int r = 0; r < 3; r++)
    direction[3 * r + 2] = x[(r + 1) % 3] * y[(r + 2) % 3] - x[(r + 2) % 3] * y[(r + 1) % 3];
  return RC_OK;
}

static rc_status check_alike(const slice *first, const slice *s, rc_error *err) {
  const char *what = NULL;
  if (s->rows != first->rows || s->columns != first->columns)
    what = "size";
  else if (fabs(s->spacing[0] - first->spacing[0]) > 1e-4 * first->spacing[0] ||
           fabs(s->spacing[1] - first->spacing[1]) > 1e-4 * first->spacing[1])
    what = "PixelSpacing (0028,0030)";
  else if (s->unit != first->unit)
    what = "Modality or Units (0054,1001)";
  for (int i = 0; what == NULL && i < 6; i++)
    if (fabs(s->orientation[i] - first->orientation[i]) > ORIENTATION_TOLERANCE)
      what = "ImageOrientationPatient (0020,0037)";
  if (what == NULL)
    return RC_OK;
  return rc_fail(err, RC_ERR_GEOMETRY, "slices of one series differ in %s: %s and %s", what,
                 first->path, s->path);
}

static int by_position(const void *a, const void *b) {
  const slice *p = a, *q = b;
  if (p->along != q->along)
    return p->along < q->along ? -1 : 1;
  return strcmp(p->path, q->path);
}

/// Every slice must lie on the line through the first one along the normal; else the gantry was
/// tilted or the slices belong to different stacks.
static rc_status check_on_axis(const slice *first, const slice *s, const double direction[9],
                               rc_error *err) {
  for (int axis = 0; axis < 2; axis++) {
    double off = 0;
    for (int r = 0; r < 3; r++)
      off += direction[3 * r + axis] * (s->position[r] - first->position[r]);
    double tolerance = POSITION_TOLERANCE_MM + SPACING_TOLERANCE * first->spacing[1 - axis];
    if (fabs(off) > tolerance)
      return rc_fail(
          err, RC_ERR_GEOMETRY,
          "%s lies %.3f mm beside %s: the gantry is tilted or slices of several stacks are "
          "mixed; resample the series to an upright grid first",
          s->path, fabs(off), first->path);
  }
  return RC_OK;
}

static int by_value(const void *a, const void *b) {
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/// The distance between slices; missing, duplicate and unevenly spaced slices are errors.
static rc_status find_spacing(const slice *s, int64_t n, double *spacing, rc_error *err) {
  if (n == 1) {
    *spacing = s->thickness > 0 ? s->thickness : 1;
    return RC_OK;
  }
  double *gap = malloc((size_t)(n - 1) * sizeof *gap);
  if (gap == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; i < n - 1; i++)
    gap[i] = s[i + 1].along - s[i].along;
  qsort(gap, (size_t)(n - 1), sizeof *gap, by_value);
  double usual = gap[(n - 1) / 2];
  free(gap);
  double tolerance = POSITION_TOLERANCE_MM + SPACING_TOLERANCE * usual;
  for (int64_t i = 0; i < n - 1; i++) {
    double here = s[i + 1].along - s[i].along;
    if (here < POSITION_TOLERANCE_MM)
      return rc_fail(err, RC_ERR_GEOMETRY, "duplicate slice: %s and %s lie at the same position",
                     s[i].path, s[i + 1].path);
    if (fabs(here - usual) > tolerance)
      return rc_fail(err, RC_ERR_GEOMETRY, "%s: %.3f mm from %s to %s, usually %.3f mm",
                     here > 1.5 * usual ? "a slice is missing" : "the slice spacing varies", here,
                     s[i].path, s[i + 1].path, usual);
  }
  // Positions are decimal texts; what they meant is not finer than a nanometre.
  double mean = (s[n - 1].along - s[0].along) / (double)(n - 1);
  *spacing = round(mean * 1e6) / 1e6;
  return RC_OK;
}

static void fill_info(const slice *s, int64_t n, rc_image_info *info) {
  info->unit = s->unit;
  info->n_files = n;
  info->format = "DICOM";
  memcpy(info->modality, s->modality, sizeof info->modality);
  memcpy(info->series_uid, s->series, sizeof info->series_uid);
  memcpy(info->study_uid, s->study, sizeof info->study_uid);
  memcpy(info->frame_uid, s->frame, sizeof info->frame_uid);
}

/// Sorts the slices and derives the volume's geometry.
static rc_status arrange(slice *s, int64_t n, rc_image_info *info, rc_error *err) {
  rc_geometry *g = &info->geometry;
  memset(info, 0, sizeof *info);
  rc_status status = make_directions(&s[0], g->direction, err);
  for (int64_t i = 0; status == RC_OK && i < n; i++) {
    status = check_alike(&s[0], &s[i], err);
    if (status == RC_OK)
      status = check_on_axis(&s[0], &s[i], g->direction, err);
    for (int r = 0; r < 3; r++)
      s[i].along += g->direction[3 * r + 2] * s[i].position[r];
  }
  if (status != RC_OK)
    return status;
  qsort(s, (size_t)n, sizeof *s, by_position);
  status = find_spacing(s, n, &g->spacing_mm[2], err);
  g->spacing_mm[0] = s[0].spacing[1];
  g->spacing_mm[1] = s[0].spacing[0];
  g->size[0] = (int64_t)s[0].columns;
  g->size[1] = (int64_t)s[0].rows;
  g->size[2] = n;
  memcpy(g->origin_mm, s[0].position, sizeof g->origin_mm);
  fill_info(s, n, info);
  return status == RC_OK ? rc_geometry_check(g, err) : status;
}

static rc_status read_slices(const rc_texts *files, slice **out, rc_image_info *info,
                             rc_error *err) {
  slice *s = NULL;
  rc_status status = RC_OK;
  if (files->n == 0)
    return rc_fail(err, RC_ERR_EMPTY, "no DICOM slices");
  s = calloc((size_t)files->n, sizeof *s);
  if (s == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; status == RC_OK && i < files->n; i++)
    status = read_slice(files->item[i], &s[i], err);
  if (status == RC_OK)
    status = arrange(s, files->n, info, err);
  if (status != RC_OK) {
    free(s);
    return status;
  }
  *out = s;
  return RC_OK;
}

rc_status rc_image_probe_files(const rc_texts *files, rc_image_info *info, rc_error *err) {
  slice *s = NULL;
  memset(info, 0, sizeof *info);
  rc_status status = read_slices(files, &s, info, err);
  free(s);
  return status;
}

/// What other readers turn the voxels into: whole numbers stay such when the rescaling is by whole
/// numbers, in the smallest type that holds what pixels may become; others are doubles.
static void set_type(const slice *s, int64_t n, rc_volume *out) {
  static const double most[] = {UINT8_MAX, UINT16_MAX, UINT32_MAX};
  double low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < n; i++) {
    double a = s[i].stored_low * s[i].slope + s[i].intercept;
    double b = s[i].stored_high * s[i].slope + s[i].intercept;
    if (s[i].slope != rint(s[i].slope) || s[i].intercept != rint(s[i].intercept))
      return;
    low = fmin(low, fmin(a, b));
    high = fmax(high, fmax(a, b));
  }
  for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
    double from = low < 0 ? -(most[i] + 1) / 2 : 0, to = from + most[i];
    if (low < from || high > to)
      continue;
    out->type = RC_VOXEL_INTEGER;
    out->type_low = from;
    out->type_high = to;
    return;
  }
}

/// Decodes one slice and copies the box's part of it, rescaled.
static rc_status decode_slice(const slice *s, const rc_geometry *full, const rc_box *box,
                              double *pixels, double *out, rc_error *err) {
  rc_dicom *dicom = NULL;
  rc_status status = rc_dicom_open(s->path, &dicom, err);
  if (status != RC_OK)
    return status;
  status = rc_dicom_pixels(dicom, pixels, full->size[0] * full->size[1], err);
  rc_dicom_close(dicom);
  if (status != RC_OK)
    return status;
  for (int64_t y = box->low[1]; y < box->high[1]; y++)
    for (int64_t x = box->low[0]; x < box->high[0]; x++)
      *out++ = pixels[x + full->size[0] * y] * s->slope + s->intercept;
  return RC_OK;
}

rc_status rc_image_read_files(const rc_texts *files, const rc_box *box,
                              const rc_image_limits *limits, rc_volume *out, rc_image_info *info,
                              rc_error *err) {
  rc_image_limits bounds = rc_limits_or_default(limits);
  slice *s = NULL;
  double *pixels = NULL;
  rc_image_info facts;
  rc_box part;
  memset(out, 0, sizeof *out);
  rc_status status = read_slices(files, &s, &facts, err);
  if (status != RC_OK)
    return status;
  status = rc_check_box(&facts.geometry, box, &part, err);
  if (status != RC_OK)
    goto done;
  status = rc_volume_create_part(&facts.geometry, &part, bounds.max_voxels, out, err);
  if (status != RC_OK)
    goto done;
  out->unit = facts.unit;
  set_type(s, facts.geometry.size[2], out);
  pixels = malloc((size_t)(facts.geometry.size[0] * facts.geometry.size[1]) * sizeof *pixels);
  if (pixels == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
    goto done;
  }
  int64_t plane = (part.high[0] - part.low[0]) * (part.high[1] - part.low[1]);
  for (int64_t z = part.low[2]; status == RC_OK && z < part.high[2]; z++)
    status = decode_slice(&s[z], &facts.geometry, &part, pixels,
                          out->value + plane * (z - part.low[2]), err);
  if (info != NULL)
    *info = facts;
done:
  if (status != RC_OK)
    rc_volume_release(out);
  free(pixels);
  free(s);
  return status;
}

/// What a folder's file is, as far as picking a series needs it.
typedef struct card {
  bool image;
  char series[RC_UID_TEXT], modality[17];
} card;

/// Files that are no DICOM are passed over; a damaged one might be a slice, so it is an error.
static rc_status read_card(const char *path, card *c, rc_error *err) {
  rc_dicom *dicom = NULL;
  rc_file_kind kind;
  memset(c, 0, sizeof *c);
  rc_status status = rc_file_kind_of(path, &kind, err);
  if (status != RC_OK || kind != RC_FILE_DICOM)
    return status;
  status = rc_dicom_open(path, &dicom, err);
  if (status != RC_OK)
    return status;
  const rc_dicom_item *root = rc_dicom_root(dicom);
  c->image = rc_dicom_has(root, ROWS) && rc_dicom_has(root, COLUMNS);
  rc_dicom_text(root, SERIES_UID, c->series, sizeof c->series);
  rc_dicom_text(root, MODALITY, c->modality, sizeof c->modality);
  rc_dicom_close(dicom);
  return RC_OK;
}

/// Keeps the image files of one series out of the files of a folder.
static rc_status pick_series(const char *path, const rc_texts *all, const char *series_uid,
                             rc_arena *arena, rc_texts *files, rc_error *err) {
  const bool named = series_uid != NULL && series_uid[0] != '\0';
  card first, c;
  memset(&first, 0, sizeof first);
  files->n = 0;
  files->item = rc_arena_alloc(arena, (size_t)all->n, sizeof *files->item);
  if (files->item == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; i < all->n; i++) {
    rc_status status = read_card(all->item[i], &c, err);
    if (status != RC_OK)
      return status;
    if (!c.image || (named && strcmp(c.series, series_uid) != 0))
      continue;
    if (files->n == 0)
      first = c;
    else if (strcmp(c.series, first.series) != 0)
      return rc_fail(
          err, RC_ERR_USAGE,
          "%s: more than one image series (%s and %s); name one by its SeriesInstanceUID", path,
          first.modality, c.modality);
    files->item[files->n++] = all->item[i];
  }
  if (files->n == 0)
    return rc_fail(err, RC_ERR_NOT_FOUND, "%s: no DICOM image slices%s", path,
                   named ? " of the series asked for" : "");
  return RC_OK;
}

rc_status rc_dicom_find_series(const char *path, const char *series_uid,
                               const rc_image_limits *limits, rc_arena *arena, rc_texts *files,
                               rc_error *err) {
  rc_file_kind kind;
  rc_texts all = {0, NULL};
  rc_status status = rc_file_kind_of(path, &kind, err);
  if (status != RC_OK)
    return status;
  if (kind != RC_FILE_FOLDER) {
    files->n = 1;
    files->item = rc_arena_alloc(arena, 1, sizeof *files->item);
    if (files->item == NULL || (files->item[0] = rc_arena_strdup(arena, path)) == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "out of memory");
    return RC_OK;
  }
  status = rc_list_folder(path, limits->max_files, arena, &all, err);
  return status == RC_OK ? pick_series(path, &all, series_uid, arena, files, err) : status;
}

rc_status rc_dicom_probe(const char *path, const char *series_uid, const rc_image_limits *limits,
                         rc_image_info *info, rc_error *err) {
  slice *s = NULL;
  rc_texts files = {0, NULL};
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_dicom_find_series(path, series_uid, limits, arena, &files, err);
  if (status == RC_OK)
    status = read_slices(&files, &s, info, err);
  free(s);
  rc_arena_destroy(arena);
  return status;
}
