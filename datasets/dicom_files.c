// SPDX-License-Identifier: Apache-2.0
#include "datasets/dicom_files.h"

#include "base/digest.h"
#include "datasets/output.h"
#include "images/dicom_shim.h"
#include "images/images.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RTSTRUCT_CLASS "1.2.840.10008.5.1.4.1.1.481.3"
#define STUDY_CLASS "1.2.840.10008.3.1.2.3.1" // Detached Study Management, as RT files use it

enum { OUTLINE_POINTS = 96 };

/// Everything the files of one series share.
typedef struct rc_series {
  const rc_scanner *scanner;
  const rc_scan *scan;
  const char *patient_id;
  uint64_t seed;
  int64_t patient;
  char study_uid[RC_UID_TEXT], frame_uid[RC_UID_TEXT], series_uid[RC_UID_TEXT];
  char date[16], time[8];
  bool feet_first_numbers; ///< instance 1 is the top slice: order by name is not order by place
  bool unsigned_ct;
} rc_series;

/// "2.25." and the decimal digits of a UUID (DICOM PS3.5 B.2) made from SHA-256 of a name.
static rc_status make_uid(const rc_series *series, const char *what, int64_t item,
                          char out[RC_UID_TEXT], rc_error *err) {
  char name[128], hex[RC_DIGEST_TEXT], digits[40];
  uint32_t word[4];
  rc_digest *digest = rc_digest_create();
  if (digest == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  int n =
      snprintf(name, sizeof name, "radcohort/%llu/%lld/%s/%lld", (unsigned long long)series->seed,
               (long long)series->patient, what, (long long)item);
  rc_digest_add(digest, name, (size_t)n);
  rc_digest_finish(digest, hex);
  rc_digest_destroy(digest);
  for (int i = 0; i < 4; i++) {
    char part[9] = {0};
    memcpy(part, hex + 8 * i, 8);
    word[i] = (uint32_t)strtoul(part, NULL, 16);
  }
  word[1] = (word[1] & 0xffff0fffu) | 0x8000u;     // version 8: made from a name, own hash
  word[2] = (word[2] & 0x3fffffffu) | 0x80000000u; // RFC 9562 variant
  int at = (int)sizeof digits - 1;
  digits[at] = '\0';
  while ((word[0] | word[1] | word[2] | word[3]) != 0) {
    uint64_t rest = 0;
    for (int i = 0; i < 4; i++) {
      uint64_t value = rest << 32 | word[i];
      word[i] = (uint32_t)(value / 10);
      rest = value % 10;
    }
    digits[--at] = (char)('0' + rest);
  }
  snprintf(out, RC_UID_TEXT, "2.25.%s", digits + at);
  return RC_OK;
}

/// A decimal string (DS): at most 16 bytes.
static void put_decimal(char out[17], double value) {
  for (int digits = 10; digits > 0; digits--)
    if (snprintf(out, 17, "%.*g", digits, value) <= 16)
      return;
}

/// Sets attributes until one fails; later calls then do nothing. Saves a check after each line.
typedef struct rc_writer {
  rc_dicom_draft_item *item;
  rc_status status;
  rc_error *err;
} rc_writer;

static void text(rc_writer *w, rc_tag tag, const char *value) {
  if (w->status == RC_OK)
    w->status = rc_dicom_set_text(w->item, tag, value, w->err);
}

static void number(rc_writer *w, rc_tag tag, int64_t value) {
  char digits[24];
  snprintf(digits, sizeof digits, "%lld", (long long)value);
  text(w, tag, digits);
}

static void unsigned16(rc_writer *w, rc_tag tag, int64_t value) {
  const uint16_t narrow = (uint16_t)value;
  if (w->status == RC_OK)
    w->status = rc_dicom_set_u16(w->item, tag, &narrow, 1, w->err);
}

static void decimals(rc_writer *w, rc_tag tag, const double *value, int n) {
  char joined[6 * 17 + 1] = "";
  for (int i = 0; i < n; i++) {
    char one[17];
    put_decimal(one, value[i]);
    if (i > 0)
      strcat(joined, "\\");
    strcat(joined, one);
  }
  text(w, tag, joined);
}

/// A writer for a new item of a sequence.
static rc_writer item_of(rc_writer *w, rc_tag sequence) {
  rc_writer child = {NULL, w->status, w->err};
  if (w->status != RC_OK)
    return child;
  child.item = rc_dicom_add_item(w->item, sequence);
  if (child.item == NULL)
    child.status = w->status = rc_fail(w->err, RC_ERR_MEMORY, "out of memory");
  return child;
}

/// A failure inside an item is a failure of its parent.
static void close_item(rc_writer *w, const rc_writer *child) {
  if (w->status == RC_OK)
    w->status = child->status;
}

static void uid(rc_writer *w, const rc_series *series, rc_tag tag, const char *what, int64_t item) {
  char value[RC_UID_TEXT];
  if (w->status == RC_OK)
    w->status = make_uid(series, what, item, value, w->err);
  text(w, tag, value);
}

static rc_status save(rc_writer *w, rc_dicom_draft *dicom, const char *path) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  rc_status status = w->status;
  if (status == RC_OK)
    status = rc_dicom_encode(dicom, &bytes, &n, w->err);
  if (status == RC_OK)
    status = rc_output_write(path, bytes, n, w->err);
  free(bytes);
  return status;
}

static void put_patient_and_study(rc_writer *w, const rc_series *series) {
  text(w, RC_TAG(0x0008, 0x0020), series->date);
  text(w, RC_TAG(0x0008, 0x0030), series->time);
  text(w, RC_TAG(0x0008, 0x0050), "");
  text(w, RC_TAG(0x0008, 0x0070), "radcohort");
  text(w, RC_TAG(0x0008, 0x0090), "");
  // Identifiers that must never reach an output; a test looks for them there.
  text(w, RC_TAG(0x0010, 0x0010), "Planted^Identifier");
  text(w, RC_TAG(0x0010, 0x0020), series->patient_id);
  text(w, RC_TAG(0x0010, 0x0030), "19010203");
  text(w, RC_TAG(0x0010, 0x0040), "");
  text(w, RC_TAG(0x0020, 0x000d), series->study_uid);
  text(w, RC_TAG(0x0020, 0x0010), "1");
}

static void put_series(rc_writer *w, const rc_series *series) {
  text(w, RC_TAG(0x0008, 0x0021), series->date);
  text(w, RC_TAG(0x0008, 0x0031), series->time);
  text(w, RC_TAG(0x0008, 0x0060), series->scanner->modality);
  text(w, RC_TAG(0x0008, 0x103e), series->scanner->description);
  text(w, RC_TAG(0x0018, 0x5100), "HFS");
  text(w, RC_TAG(0x0020, 0x000e), series->series_uid);
  number(w, RC_TAG(0x0020, 0x0011), series->scan->kind + 1);
  text(w, RC_TAG(0x0020, 0x0052), series->frame_uid);
  text(w, RC_TAG(0x0020, 0x1040), "");
}

static void put_plane(rc_writer *w, const rc_geometry *grid, int64_t slice) {
  const double index[3] = {0.0, 0.0, (double)slice};
  const double *d = grid->direction;
  const double axes[6] = {d[0], d[3], d[6], d[1], d[4], d[7]};
  const double spacing[2] = {grid->spacing_mm[1], grid->spacing_mm[0]}; // between rows first
  double place[3];
  rc_geometry_to_world(grid, index, place);
  decimals(w, RC_TAG(0x0018, 0x0050), &grid->spacing_mm[2], 1);
  decimals(w, RC_TAG(0x0020, 0x0032), place, 3);
  decimals(w, RC_TAG(0x0020, 0x0037), axes, 6);
  decimals(w, RC_TAG(0x0028, 0x0030), spacing, 2);
}

static void put_pixel_format(rc_writer *w, const rc_geometry *grid, bool is_signed) {
  unsigned16(w, RC_TAG(0x0028, 0x0002), 1);
  text(w, RC_TAG(0x0028, 0x0004), "MONOCHROME2");
  unsigned16(w, RC_TAG(0x0028, 0x0010), grid->size[1]);
  unsigned16(w, RC_TAG(0x0028, 0x0011), grid->size[0]);
  unsigned16(w, RC_TAG(0x0028, 0x0100), 16);
  unsigned16(w, RC_TAG(0x0028, 0x0101), 16);
  unsigned16(w, RC_TAG(0x0028, 0x0102), 15);
  unsigned16(w, RC_TAG(0x0028, 0x0103), is_signed ? 1 : 0);
}

/// What only a CT, a PET or an MR says of itself.
static void put_ct(rc_writer *w) {
  text(w, RC_TAG(0x0008, 0x0008), "ORIGINAL\\PRIMARY\\AXIAL");
  text(w, RC_TAG(0x0018, 0x0060), "120");
  text(w, RC_TAG(0x0020, 0x0012), "1");
  text(w, RC_TAG(0x0028, 0x1054), "HU");
}

static void put_pet(rc_writer *w, const rc_series *series, int64_t slice) {
  text(w, RC_TAG(0x0008, 0x0008), "ORIGINAL\\PRIMARY");
  text(w, RC_TAG(0x0008, 0x0022), series->date);
  text(w, RC_TAG(0x0008, 0x0032), series->time);
  text(w, RC_TAG(0x0018, 0x1242), "120000");
  text(w, RC_TAG(0x0028, 0x0051), "DECY\\ATTN\\SCAT\\NORM");
  unsigned16(w, RC_TAG(0x0054, 0x0081), series->scan->geometry.size[2]);
  text(w, RC_TAG(0x0054, 0x1000), "STATIC\\IMAGE");
  text(w, RC_TAG(0x0054, 0x1001), "GML");
  text(w, RC_TAG(0x0054, 0x1002), "EMISSION");
  text(w, RC_TAG(0x0054, 0x1006), "BW");
  text(w, RC_TAG(0x0054, 0x1102), "START");
  text(w, RC_TAG(0x0054, 0x1300), "0");
  unsigned16(w, RC_TAG(0x0054, 0x1330), slice + 1);
  rc_writer tracer = item_of(w, RC_TAG(0x0054, 0x0016));
  text(&tracer, RC_TAG(0x0018, 0x0031), "FDG -- fluorodeoxyglucose");
  close_item(w, &tracer);
}

static void put_mr(rc_writer *w) {
  text(w, RC_TAG(0x0008, 0x0008), "ORIGINAL\\PRIMARY\\M\\SE");
  text(w, RC_TAG(0x0018, 0x0020), "SE");
  text(w, RC_TAG(0x0018, 0x0021), "NONE");
  text(w, RC_TAG(0x0018, 0x0022), "");
  text(w, RC_TAG(0x0018, 0x0023), "2D");
  text(w, RC_TAG(0x0018, 0x0080), "520");
  text(w, RC_TAG(0x0018, 0x0081), "11");
  text(w, RC_TAG(0x0018, 0x0091), "");
}

/// How a slice's values become 16-bit numbers: value = slope * stored + intercept.
typedef struct rc_coding {
  double slope, intercept, low, high;
  bool is_signed, rescaled;
} rc_coding;

static rc_coding choose_coding(const rc_series *series, const double *value, int64_t n) {
  if (series->scan->kind == RC_SCANNER_CT)
    return series->unsigned_ct ? (rc_coding){1.0, -1024.0, 0.0, 4095.0, false, true}
                               : (rc_coding){1.0, 0.0, -1024.0, 3071.0, true, true};
  if (series->scan->kind == RC_SCANNER_MR)
    return (rc_coding){1.0, 0.0, 0.0, 4095.0, false, false};
  // PET cameras scale every slice by itself.
  double most = 0.0;
  for (int64_t i = 0; i < n; i++)
    most = fmax(most, value[i]);
  return (rc_coding){ceil(fmax(most, 0.1) / 32767.0 * 1e9) / 1e9, 0.0, 0.0, 32767.0, false, true};
}

static void put_pixels(rc_writer *w, const rc_series *series, int64_t slice) {
  const rc_geometry *grid = &series->scan->geometry;
  const int64_t n = grid->size[0] * grid->size[1];
  const double *value = series->scan->value + slice * n;
  const rc_coding coding = choose_coding(series, value, n);
  put_pixel_format(w, grid, coding.is_signed);
  if (coding.rescaled) {
    decimals(w, RC_TAG(0x0028, 0x1052), &coding.intercept, 1);
    decimals(w, RC_TAG(0x0028, 0x1053), &coding.slope, 1);
  }
  uint16_t *stored = calloc((size_t)n, sizeof *stored);
  if (stored == NULL && w->status == RC_OK)
    w->status = rc_fail(w->err, RC_ERR_MEMORY, "out of memory");
  for (int64_t i = 0; stored != NULL && i < n; i++) {
    double level = round((value[i] - coding.intercept) / coding.slope);
    level = fmin(fmax(level, coding.low), coding.high);
    stored[i] = (uint16_t)(int32_t)level; // two's complement for signed pixels
  }
  if (w->status == RC_OK)
    w->status = rc_dicom_set_u16(w->item, RC_TAG(0x7fe0, 0x0010), stored, n, w->err);
  free(stored);
}

/// Slice number to InstanceNumber, from 1.
static int64_t instance_of(const rc_series *series, int64_t slice) {
  return series->feet_first_numbers ? series->scan->geometry.size[2] - slice : slice + 1;
}

static rc_status write_slice(const rc_series *series, const char *folder, int64_t slice,
                             rc_error *err) {
  char path[RC_OUTPUT_PATH];
  const int64_t instance = instance_of(series, slice);
  rc_status status = rc_output_path(path, err, folder, "%04d.dcm", (int)instance);
  if (status != RC_OK)
    return status;
  rc_dicom_draft *dicom = rc_dicom_draft_create();
  if (dicom == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_writer w = {rc_dicom_draft_root(dicom), RC_OK, err};
  text(&w, RC_TAG(0x0008, 0x0016), series->scanner->sop_class);
  uid(&w, series, RC_TAG(0x0008, 0x0018), series->scanner->folder, instance);
  put_patient_and_study(&w, series);
  put_series(&w, series);
  number(&w, RC_TAG(0x0020, 0x0013), instance);
  put_plane(&w, &series->scan->geometry, slice);
  if (series->scan->kind == RC_SCANNER_CT)
    put_ct(&w);
  else if (series->scan->kind == RC_SCANNER_PET)
    put_pet(&w, series, instance - 1);
  else
    put_mr(&w);
  put_pixels(&w, series, slice);
  status = save(&w, dicom, path);
  rc_dicom_draft_destroy(dicom);
  return status;
}

static void put_image_reference(rc_writer *w, const rc_series *series, int64_t slice) {
  rc_writer image = item_of(w, RC_TAG(0x3006, 0x0016));
  text(&image, RC_TAG(0x0008, 0x1150), series->scanner->sop_class);
  uid(&image, series, RC_TAG(0x0008, 0x1155), series->scanner->folder, instance_of(series, slice));
  close_item(w, &image);
}

static void put_references(rc_writer *w, const rc_series *series) {
  rc_writer frame = item_of(w, RC_TAG(0x3006, 0x0010));
  text(&frame, RC_TAG(0x0020, 0x0052), series->frame_uid);
  rc_writer study = item_of(&frame, RC_TAG(0x3006, 0x0012));
  text(&study, RC_TAG(0x0008, 0x1150), STUDY_CLASS);
  text(&study, RC_TAG(0x0008, 0x1155), series->study_uid);
  rc_writer images = item_of(&study, RC_TAG(0x3006, 0x0014));
  text(&images, RC_TAG(0x0020, 0x000e), series->series_uid);
  for (int64_t slice = 0; slice < series->scan->geometry.size[2]; slice++)
    put_image_reference(&images, series, slice);
  close_item(&study, &images);
  close_item(&frame, &study);
  close_item(w, &frame);
}

static void put_contour(rc_writer *w, const rc_series *series, int64_t slice, double (*place)[3]) {
  char data[OUTLINE_POINTS * 3 * 17], *at = data;
  rc_writer contour = item_of(w, RC_TAG(0x3006, 0x0040));
  put_image_reference(&contour, series, slice);
  text(&contour, RC_TAG(0x3006, 0x0042), "CLOSED_PLANAR");
  number(&contour, RC_TAG(0x3006, 0x0046), OUTLINE_POINTS);
  for (int i = 0; i < OUTLINE_POINTS; i++)
    for (int d = 0; d < 3; d++)
      at += sprintf(at, "%s%.4f", i + d > 0 ? "\\" : "", place[i][d] + series->scan->centre_mm[d]);
  text(&contour, RC_TAG(0x3006, 0x0050), data);
  close_item(w, &contour);
}

static void put_outlines(rc_writer *w, const rc_series *series, const rc_phantom *phantom,
                         rc_structure structure) {
  const rc_geometry *grid = &series->scan->geometry;
  const double *d = grid->direction;
  const double u[3] = {d[0], d[3], d[6]}, v[3] = {d[1], d[4], d[7]};
  static const char *const colour[RC_STRUCTURE_COUNT] = {"255\\0\\0", "0\\160\\255"};
  rc_writer roi = item_of(w, RC_TAG(0x3006, 0x0039));
  text(&roi, RC_TAG(0x3006, 0x002a), colour[structure]);
  number(&roi, RC_TAG(0x3006, 0x0084), structure + 1);
  for (int64_t slice = 0; slice < grid->size[2]; slice++) {
    const double index[3] = {0.0, 0.0, (double)slice};
    double point[3], place[OUTLINE_POINTS][3];
    rc_geometry_to_world(grid, index, point);
    for (int i = 0; i < 3; i++)
      point[i] -= series->scan->centre_mm[i];
    if (rc_phantom_outline(phantom, structure, point, u, v, OUTLINE_POINTS, place))
      put_contour(&roi, series, slice, place);
  }
  close_item(w, &roi);
}

static void put_structure(rc_writer *w, const rc_series *series, rc_structure structure) {
  rc_writer roi = item_of(w, RC_TAG(0x3006, 0x0020));
  number(&roi, RC_TAG(0x3006, 0x0022), structure + 1);
  text(&roi, RC_TAG(0x3006, 0x0024), series->frame_uid);
  text(&roi, RC_TAG(0x3006, 0x0026), rc_structure_roi[structure]);
  text(&roi, RC_TAG(0x3006, 0x0036), "AUTOMATIC");
  close_item(w, &roi);
  rc_writer observation = item_of(w, RC_TAG(0x3006, 0x0080));
  number(&observation, RC_TAG(0x3006, 0x0082), structure + 1);
  number(&observation, RC_TAG(0x3006, 0x0084), structure + 1);
  text(&observation, RC_TAG(0x3006, 0x00a4), rc_structure_type[structure]);
  text(&observation, RC_TAG(0x3006, 0x00a6), "");
  close_item(w, &observation);
}

static rc_status write_structures(const rc_series *series, const char *path,
                                  const rc_phantom *phantom, rc_error *err) {
  rc_dicom_draft *dicom = rc_dicom_draft_create();
  if (dicom == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_writer w = {rc_dicom_draft_root(dicom), RC_OK, err};
  text(&w, RC_TAG(0x0008, 0x0016), RTSTRUCT_CLASS);
  uid(&w, series, RC_TAG(0x0008, 0x0018), "structures", series->scan->kind);
  put_patient_and_study(&w, series);
  text(&w, RC_TAG(0x0008, 0x0060), "RTSTRUCT");
  text(&w, RC_TAG(0x0008, 0x1070), "");
  uid(&w, series, RC_TAG(0x0020, 0x000e), "structure series", series->scan->kind);
  number(&w, RC_TAG(0x0020, 0x0011), 100 + series->scan->kind);
  text(&w, RC_TAG(0x0020, 0x0052), series->frame_uid);
  text(&w, RC_TAG(0x0020, 0x1040), "");
  text(&w, RC_TAG(0x3006, 0x0002), series->scanner->description);
  text(&w, RC_TAG(0x3006, 0x0008), series->date);
  text(&w, RC_TAG(0x3006, 0x0009), series->time);
  put_references(&w, series);
  for (int s = 0; s < RC_STRUCTURE_COUNT; s++) {
    put_structure(&w, series, (rc_structure)s);
    put_outlines(&w, series, phantom, (rc_structure)s);
  }
  rc_status status = save(&w, dicom, path);
  rc_dicom_draft_destroy(dicom);
  return status;
}

static rc_status describe_series(rc_series *series, rc_error *err) {
  // Each patient came on a day of 2020, at a quarter past nine.
  const unsigned month = (unsigned)(series->patient / 28 % 12) + 1;
  const unsigned day = (unsigned)(series->patient % 28) + 1;
  snprintf(series->date, sizeof series->date, "2020%02u%02u", month % 100, day % 100);
  snprintf(series->time, sizeof series->time, "091500");
  series->unsigned_ct = series->patient % 2 == 1;
  series->feet_first_numbers = series->patient % 4 >= 2;
  rc_status status = make_uid(series, "study", 0, series->study_uid, err);
  if (status == RC_OK)
    status = make_uid(series, "frame", 0, series->frame_uid, err);
  if (status == RC_OK)
    status = make_uid(series, "series", series->scan->kind, series->series_uid, err);
  return status;
}

rc_status rc_dicom_files_write(const char *folder, const char *patient_id, uint64_t seed,
                               int64_t patient, const rc_phantom *phantom, const rc_scan *scan,
                               rc_error *err) {
  char slices[RC_OUTPUT_PATH], structures[RC_OUTPUT_PATH];
  rc_series series = {.scanner = &rc_scanners[scan->kind],
                      .scan = scan,
                      .patient_id = patient_id,
                      .seed = seed,
                      .patient = patient};
  rc_status status = describe_series(&series, err);
  if (status == RC_OK)
    status = rc_output_path(slices, err, folder, "%s", series.scanner->folder);
  if (status == RC_OK)
    status = rc_output_path(structures, err, folder, "RTSTRUCT_%s.dcm", series.scanner->folder);
  if (status == RC_OK)
    status = rc_output_folder(slices, err);
  for (int64_t slice = 0; status == RC_OK && slice < scan->geometry.size[2]; slice++)
    status = write_slice(&series, slices, slice, err);
  if (status == RC_OK)
    status = write_structures(&series, structures, phantom, err);
  return status;
}
