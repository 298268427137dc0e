// SPDX-License-Identifier: Apache-2.0
// Series and RTSTRUCTs made here, slice by slice, with one thing wrong at a time.
#include "images/dicom.h"
#include "images/dicom_shim.h"
#include "images/images.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLUMNS = 8, ROWS = 6, SLICES = 5 };

/// What a slice says; the pixel (x, y) of slice z is 100 * z + 10 * y + x.
typedef struct slice {
  const char *series, *modality, *units;
  const char *orientation, *spacing, *slope, *intercept, *photometric, *frames;
  double position[3];
  uint16_t columns, rows;
  int z;
} slice;

static slice usual(int z) {
  return (slice){.series = "1.2.3",
                 .modality = "CT",
                 .orientation = "1\\0\\0\\0\\1\\0",
                 .spacing = "2\\1.5",
                 .slope = "1",
                 .intercept = "-1000",
                 .photometric = "MONOCHROME2",
                 .position = {-10, 20, 3.0 * z},
                 .columns = COLUMNS,
                 .rows = ROWS,
                 .z = z};
}

static void text(rc_dicom_draft_item *item, rc_tag tag, const char *value) {
  if (value != NULL)
    assert_int_equal(rc_dicom_set_text(item, tag, value, NULL), RC_OK);
}

static void u16(rc_dicom_draft_item *item, rc_tag tag, uint16_t value) {
  assert_int_equal(rc_dicom_set_u16(item, tag, &value, 1, NULL), RC_OK);
}

static const char *save(rc_dicom_draft *draft, const char *folder, const char *name) {
  static char path[4096];
  unsigned char *bytes = NULL;
  size_t n = 0;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(rc_dicom_encode(draft, &bytes, &n, NULL), RC_OK);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, n, file), n);
  fclose(file);
  free(bytes);
  rc_dicom_draft_destroy(draft);
  return path;
}

/// The encoder wants the class and instance to write a header.
static rc_dicom_draft *begin(const char *sop_class, int number) {
  char uid[32];
  rc_dicom_draft *draft = rc_dicom_draft_create();
  snprintf(uid, sizeof uid, "1.2.3.4.%d", number);
  text(rc_dicom_draft_root(draft), RC_TAG(0x0008, 0x0016), sop_class);
  text(rc_dicom_draft_root(draft), RC_TAG(0x0008, 0x0018), uid);
  return draft;
}

static const char *write_slice(const char *folder, const char *name, const slice *s) {
  uint16_t pixel[COLUMNS * ROWS * 4] = {0};
  char position[64];
  rc_dicom_draft *draft = begin("1.2.840.10008.5.1.4.1.1.2", s->z + 1);
  rc_dicom_draft_item *root = rc_dicom_draft_root(draft);
  snprintf(position, sizeof position, "%.6g\\%.6g\\%.6g", s->position[0], s->position[1],
           s->position[2]);
  text(root, RC_TAG(0x0008, 0x0060), s->modality);
  text(root, RC_TAG(0x0010, 0x0020), "P1");
  text(root, RC_TAG(0x0020, 0x000D), "1.2");
  text(root, RC_TAG(0x0020, 0x000E), s->series);
  text(root, RC_TAG(0x0020, 0x0052), "1.2.9");
  text(root, RC_TAG(0x0020, 0x0032), position);
  text(root, RC_TAG(0x0020, 0x0037), s->orientation);
  text(root, RC_TAG(0x0028, 0x0030), s->spacing);
  text(root, RC_TAG(0x0028, 0x1053), s->slope);
  text(root, RC_TAG(0x0028, 0x1052), s->intercept);
  text(root, RC_TAG(0x0028, 0x0004), s->photometric);
  text(root, RC_TAG(0x0028, 0x0008), s->frames);
  text(root, RC_TAG(0x0054, 0x1001), s->units);
  u16(root, RC_TAG(0x0028, 0x0002), 1);
  u16(root, RC_TAG(0x0028, 0x0010), s->rows);
  u16(root, RC_TAG(0x0028, 0x0011), s->columns);
  u16(root, RC_TAG(0x0028, 0x0100), 16);
  u16(root, RC_TAG(0x0028, 0x0101), 16);
  u16(root, RC_TAG(0x0028, 0x0102), 15);
  u16(root, RC_TAG(0x0028, 0x0103), 0);
  for (int y = 0; y < ROWS; y++)
    for (int x = 0; x < COLUMNS; x++)
      pixel[x + COLUMNS * y] = (uint16_t)(100 * s->z + 10 * y + x);
  assert_int_equal(rc_dicom_set_u16(root, RC_TAG(0x7FE0, 0x0010), pixel, COLUMNS * ROWS, NULL),
                   RC_OK);
  return save(draft, folder, name);
}

/// An empty folder of that name.
static const char *fresh(const char *name) {
  char command[4200];
  const char *folder = test_folder(name);
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(mkdir(folder, 0700), 0);
  return folder;
}

/// File names run against positions: order must come from the positions.
static void write_series(const char *folder, int without) {
  for (int z = 0; z < SLICES; z++) {
    char name[16];
    slice s = usual(z);
    snprintf(name, sizeof name, "%d.dcm", SLICES - z);
    if (z != without)
      write_slice(folder, name, &s);
  }
}

static rc_status read_it(const char *path, const char *series, rc_volume *image, rc_error *err) {
  rc_error_clear(err);
  return rc_image_read(path, series, NULL, NULL, image, NULL, err);
}

static void slices_in_the_order_of_position(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const char *folder = fresh("dicom_sorted");
  write_series(folder, -1);
  FILE *note = fopen(strcat(strcpy((char[4200]){0}, folder), "/README.txt"), "w");
  fputs("not DICOM", note);
  fclose(note);
  assert_int_equal(read_it(folder, NULL, &image, &err), RC_OK);
  const rc_geometry *g = &image.geometry;
  assert_int_equal(image.unit, RC_UNIT_HU);
  assert_int_equal(g->size[0], COLUMNS);
  assert_int_equal(g->size[1], ROWS);
  assert_int_equal(g->size[2], SLICES);
  assert_near(g->spacing_mm[0], 1.5, 0, 0); // PixelSpacing is row distance, then column distance
  assert_near(g->spacing_mm[1], 2, 0, 0);
  assert_near(g->spacing_mm[2], 3, 0, 0);
  for (int z = 0; z < SLICES; z++)
    for (int y = 0; y < ROWS; y++)
      for (int x = 0; x < COLUMNS; x++)
        assert_near(image.value[x + COLUMNS * (y + ROWS * z)], 100 * z + 10 * y + x - 1000, 0, 0);
  rc_volume_release(&image);
}

/// A wrong slice 2; the message and status it must give.
typedef struct fault {
  const char *what;
  rc_status status;
  const char *says;
} fault;

static void break_slice(slice *s, const char *what) {
  if (strcmp(what, "duplicate") == 0)
    s->position[2] = 3;
  else if (strcmp(what, "uneven") == 0)
    s->position[2] = 7;
  else if (strcmp(what, "aside") == 0)
    s->position[0] += 0.5;
  else if (strcmp(what, "turned") == 0)
    s->orientation = "0\\1\\0\\-1\\0\\0";
  else if (strcmp(what, "skewed") == 0)
    s->orientation = "1\\0.1\\0\\0\\1\\0";
  else if (strcmp(what, "spacing") == 0)
    s->spacing = "2\\2";
  else if (strcmp(what, "size") == 0)
    s->rows = ROWS - 1;
  else if (strcmp(what, "no spacing") == 0)
    s->spacing = NULL;
  else if (strcmp(what, "bad spacing") == 0)
    s->spacing = "2\\x";
  else if (strcmp(what, "negative spacing") == 0)
    s->spacing = "2\\-1";
  else if (strcmp(what, "no orientation") == 0)
    s->orientation = NULL;
  else if (strcmp(what, "bad slope") == 0)
    s->slope = "one";
  else if (strcmp(what, "zero slope") == 0)
    s->slope = "0";
  else if (strcmp(what, "inverted") == 0)
    s->photometric = "MONOCHROME1";
  else if (strcmp(what, "frames") == 0)
    s->frames = "3";
}

static void every_inconsistency_is_named(void **state) {
  (void)state;
  static const fault faults[] = {
      {"missing", RC_ERR_GEOMETRY, "a slice is missing"},
      {"duplicate", RC_ERR_GEOMETRY, "duplicate slice"},
      {"uneven", RC_ERR_GEOMETRY, "the slice spacing varies: 4.000 mm"},
      {"aside", RC_ERR_GEOMETRY, "the gantry is tilted"},
      {"turned", RC_ERR_GEOMETRY, "(0020,0037)"},
      {"skewed", RC_ERR_GEOMETRY, "(0020,0037)"},
      {"spacing", RC_ERR_GEOMETRY, "(0028,0030)"},
      {"size", RC_ERR_GEOMETRY, "size"},
      {"no spacing", RC_ERR_FORMAT, "(0028,0030)"},
      {"bad spacing", RC_ERR_FORMAT, "(0028,0030)"},
      {"negative spacing", RC_ERR_FORMAT, "(0028,0030)"},
      {"no orientation", RC_ERR_FORMAT, "(0020,0037)"},
      {"bad slope", RC_ERR_FORMAT, "(0028,1053)"},
      {"zero slope", RC_ERR_FORMAT, "(0028,1053)"},
      {"inverted", RC_ERR_UNSUPPORTED, "MONOCHROME1"},
      {"frames", RC_ERR_UNSUPPORTED, "multi-frame"},
  };
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    rc_error err = RC_ERROR_INIT;
    rc_volume image;
    const char *folder = fresh("dicom_fault");
    slice s = usual(2);
    write_series(folder, 2);
    break_slice(&s, faults[i].what);
    if (strcmp(faults[i].what, "missing") != 0)
      write_slice(folder, "wrong.dcm", &s);
    rc_status status = read_it(folder, NULL, &image, &err);
    if (status != faults[i].status || strstr(err.message, faults[i].says) == NULL)
      fail_msg("%s: %s: %s", faults[i].what, rc_status_name(status), err.message);
    rc_volume_release(&image);
  }
}

static void tilted_gantry_is_refused(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const char *folder = fresh("dicom_tilt");
  for (int z = 0; z < SLICES; z++) {
    char name[16];
    slice s = usual(z);
    s.position[1] += 0.3 * z; // positions slide, orientation does not
    snprintf(name, sizeof name, "%d.dcm", z);
    write_slice(folder, name, &s);
  }
  assert_int_equal(read_it(folder, NULL, &image, &err), RC_ERR_GEOMETRY);
  assert_non_null(strstr(err.message, "tilted"));
}

/// A claim of 65535 x 65535 pixels in a small file costs nothing.
static void claimed_sizes_are_not_believed(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  slice s = usual(0);
  s.rows = s.columns = 65535;
  const char *path = write_slice(fresh("dicom_claim"), "one.dcm", &s);
  rc_status status = read_it(path, NULL, &image, &err);
  assert_true(status == RC_ERR_FORMAT || status == RC_ERR_LIMIT);
  assert_null(image.value);
}

static void two_series_in_a_folder(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  const char *folder = fresh("dicom_two");
  slice s = usual(9);
  s.series = "1.2.4";
  s.modality = "PT";
  s.units = "BQML";
  s.intercept = "0";
  s.slope = "0.5";
  write_series(folder, -1);
  write_slice(folder, "pet.dcm", &s);
  assert_int_equal(read_it(folder, NULL, &image, &err), RC_ERR_USAGE);
  assert_non_null(strstr(err.message, "CT"));
  assert_non_null(strstr(err.message, "PT"));
  assert_int_equal(read_it(folder, "1.2.3", &image, &err), RC_OK);
  assert_int_equal(image.geometry.size[2], SLICES);
  rc_volume_release(&image);
  assert_int_equal(read_it(folder, "1.2.4", &image, &err), RC_OK);
  assert_int_equal(image.unit, RC_UNIT_BQML);
  assert_near(image.value[0], 450, 0, 0);
  rc_volume_release(&image);
  assert_int_equal(read_it(folder, "1.2.5", &image, &err), RC_ERR_NOT_FOUND);
}

/// Also at the end of a stack, where no gap would tell.
static void a_damaged_slice_is_not_passed_over(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_volume image;
  char path[4200];
  const char *folder = fresh("dicom_damaged");
  write_series(folder, -1);
  snprintf(path, sizeof path, "%s/1.dcm", folder);
  assert_int_equal(truncate(path, 600), 0);
  assert_int_equal(read_it(folder, NULL, &image, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "1.dcm"));
}

// ---- RTSTRUCT ----------------------------------------------------------------------------------

static void add_contour(rc_dicom_draft_item *roi, const char *type, const char *data) {
  rc_dicom_draft_item *contour = rc_dicom_add_item(roi, RC_TAG(0x3006, 0x0040));
  text(contour, RC_TAG(0x3006, 0x0042), type);
  text(contour, RC_TAG(0x3006, 0x0050), data);
}

static rc_dicom_draft *begin_rtstruct(const char *name, rc_dicom_draft_item **contours) {
  rc_dicom_draft *draft = begin("1.2.840.10008.5.1.4.1.1.481.3", 99);
  rc_dicom_draft_item *root = rc_dicom_draft_root(draft);
  text(root, RC_TAG(0x0008, 0x0005), "ISO_IR 100");
  text(root, RC_TAG(0x0008, 0x0060), "RTSTRUCT");
  text(root, RC_TAG(0x0010, 0x0020), "P1");
  text(root, RC_TAG(0x0020, 0x000D), "1.2");
  text(root, RC_TAG(0x0020, 0x000E), "1.2.77");
  rc_dicom_draft_item *frame = rc_dicom_add_item(root, RC_TAG(0x3006, 0x0010));
  text(frame, RC_TAG(0x0020, 0x0052), "1.2.9");
  rc_dicom_draft_item *study = rc_dicom_add_item(frame, RC_TAG(0x3006, 0x0012));
  rc_dicom_draft_item *series = rc_dicom_add_item(study, RC_TAG(0x3006, 0x0014));
  text(series, RC_TAG(0x0020, 0x000E), "1.2.3");
  rc_dicom_draft_item *roi = rc_dicom_add_item(root, RC_TAG(0x3006, 0x0020));
  text(roi, RC_TAG(0x3006, 0x0022), "7");
  text(roi, RC_TAG(0x3006, 0x0026), name);
  *contours = rc_dicom_add_item(root, RC_TAG(0x3006, 0x0039));
  text(*contours, RC_TAG(0x3006, 0x0084), "7");
  return draft;
}

/// 8 x 6 x 5 voxels of 1 mm at the origin.
static rc_geometry unit_grid(void) {
  return (rc_geometry){{COLUMNS, ROWS, SLICES}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

static rc_status draw(const char *type, const char *const *data, int n, const rc_geometry *grid,
                      rc_mask *mask, rc_error *err) {
  rc_dicom_draft_item *contours = NULL;
  rc_dicom_draft *draft = begin_rtstruct("Lungenfl\xfcgel", &contours);
  for (int i = 0; i < n; i++)
    add_contour(contours, type, data[i]);
  rc_error_clear(err);
  return rc_mask_read(save(draft, test_folder("dicom_rt"), "rt.dcm"), "Lungenfl\xc3\xbcgel", grid,
                      NULL, mask, err);
}

static void holes_islands_and_slices(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_mask mask;
  const rc_geometry grid = unit_grid();
  static const char *const data[] = {
      "0.5\\0.5\\1\\6.5\\0.5\\1\\6.5\\4.5\\1\\0.5\\4.5\\1", // 6 x 4 voxels of slice 1
      "2.5\\1.5\\1.004\\4.5\\1.5\\1.004\\4.5\\3.5\\1.004\\2.5\\3.5\\1.004", // with a 2 x 2 hole
      "0.5\\0.5\\3.4\\2.5\\0.5\\3.4\\2.5\\2.5\\3.4\\0.5\\2.5\\3.4", // 2 x 2, nearest slice 3
      "0.5\\0.5\\9\\2.5\\0.5\\9\\2.5\\2.5\\9\\0.5\\2.5\\9",         // off the grid
  };
  assert_int_equal(draw("CLOSED_PLANAR", data, 4, &grid, &mask, &err), RC_OK);
  assert_int_equal(rc_mask_count(&mask), 24 - 4 + 4);
  assert_int_equal(mask.value[3 + COLUMNS * (2 + ROWS * 1)], 0);
  assert_int_equal(mask.value[1 + COLUMNS * (1 + ROWS * 3)], 1);
  assert_int_equal(mask.value[1 + COLUMNS * (1 + ROWS * 2)], 0);
  rc_mask_release(&mask);
}

/// The same region on a sagittal grid that runs backwards: as many voxels, at the same places.
static void any_orientation(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_mask mask;
  // Voxel (i, j, k) lies at (k, 7 - i, 5 - j).
  const rc_geometry grid = {{8, 6, 5}, {1, 1, 1}, {0, 7, 5}, {0, 0, 1, -1, 0, 0, 0, -1, 0}};
  static const char *const data[] = {"2\\1.5\\0.5\\2\\4.5\\0.5\\2\\4.5\\3.5\\2\\1.5\\3.5"};
  assert_int_equal(draw("CLOSED_PLANAR", data, 1, &grid, &mask, &err), RC_OK);
  assert_int_equal(rc_mask_count(&mask), 3 * 3);
  for (int y = 2; y <= 4; y++)
    for (int z = 1; z <= 3; z++)
      assert_int_equal(mask.value[(7 - y) + 8 * ((5 - z) + 6 * 2)], 1);
  rc_mask_release(&mask);
  const rc_geometry axial = unit_grid();
  assert_int_equal(draw("CLOSED_PLANAR", data, 1, &axial, &mask, &err), RC_ERR_GEOMETRY);
  assert_non_null(strstr(err.message, "not parallel"));
}

static void hostile_contours(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_mask mask;
  const rc_geometry grid = unit_grid();
  static const char *const bad[] = {"1\\2\\3\\4", "1\\1\\1\\2\\1\\1\\nan\\2\\1",
                                    "1\\1\\1\\2\\1\\1\\1e300\\2\\1", "1\\1\\1\\2\\1\\1\\1\\2\\"};
  for (int i = 0; i < 4; i++)
    assert_int_equal(draw("CLOSED_PLANAR", &bad[i], 1, &grid, &mask, &err), RC_ERR_FORMAT);
  static const char *const point[] = {"1\\1\\1"};
  assert_int_equal(draw("POINT", point, 1, &grid, &mask, &err), RC_OK);
  assert_int_equal(rc_mask_count(&mask), 0);
  rc_mask_release(&mask);
  assert_int_equal(draw("CLOSED_PLANAR", NULL, 0, &grid, &mask, &err), RC_ERR_EMPTY);
}

static void names_in_other_character_sets(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_texts names;
  rc_mask mask;
  rc_arena *arena = rc_arena_create(0);
  rc_dicom_draft_item *contours = NULL;
  const rc_geometry grid = unit_grid();
  const char *path =
      save(begin_rtstruct("Lungenfl\xfcgel", &contours), test_folder("dicom_rt"), "rt.dcm");
  assert_int_equal(rc_mask_rois(path, NULL, arena, &names, &err), RC_OK);
  assert_int_equal(names.n, 1);
  assert_string_equal(names.item[0], "Lungenfl\xc3\xbcgel");
  assert_int_equal(rc_mask_read(path, "Herz", &grid, NULL, &mask, &err), RC_ERR_NOT_FOUND);
  rc_arena_destroy(arena);
}

// ---- scan --------------------------------------------------------------------------------------

static void scan_groups_and_reports(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  rc_dicom_index index;
  rc_arena *arena = rc_arena_create(0);
  rc_dicom_draft_item *contours = NULL;
  char inner[4200], path[4300];
  const char *folder = fresh("dicom_scan");
  snprintf(inner, sizeof inner, "%s/deep", folder);
  assert_int_equal(mkdir(inner, 0700), 0);
  write_series(inner, -1);
  save(begin_rtstruct("GTV", &contours), inner, "0rt.dcm");
  snprintf(path, sizeof path, "%s/broken.dcm", folder);
  slice s = usual(0);
  write_slice(folder, "broken.dcm", &s);
  assert_int_equal(truncate(path, 500), 0);
  snprintf(path, sizeof path, "%s/loop", inner);
  assert_int_equal(symlink(folder, path), 0);
  assert_int_equal(rc_dicom_scan(folder, NULL, arena, &index, &err), RC_OK);
  assert_int_equal(index.n, 2);
  assert_string_equal(index.series[0].series_uid, "1.2.3");
  assert_int_equal(index.series[0].files.n, SLICES);
  assert_string_equal(index.series[0].patient_id, "P1");
  assert_string_equal(index.series[1].modality, "RTSTRUCT");
  assert_string_equal(index.series[1].referenced_series_uid, "1.2.3");
  assert_string_equal(index.series[1].frame_uid, "1.2.9");
  assert_int_equal(index.series[1].rois.n, 1);
  assert_string_equal(index.series[1].rois.item[0], "GTV");
  assert_int_equal(index.skipped.n, 1);
  assert_non_null(strstr(index.skipped.item[0], "broken.dcm"));
  rc_arena_destroy(arena);
}

// ---- structure ---------------------------------------------------------------------------------

static rc_status open_bytes(const unsigned char *bytes, size_t n, rc_error *err) {
  static char path[4200];
  rc_dicom *dicom = NULL;
  if (path[0] == '\0') // thousands of calls: the folder is made once
    snprintf(path, sizeof path, "%s/bytes.dcm", test_folder("dicom_bytes"));
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, n, file), n);
  fclose(file);
  rc_error_clear(err);
  rc_status status = rc_dicom_open(path, &dicom, err);
  rc_dicom_close(dicom);
  return status;
}

static void lengths_beyond_the_file(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  static const unsigned char text_length[] = {8, 0, 0x60, 0, 'C', 'S', 0xff, 0xff, 'C', 'T'};
  static const unsigned char long_length[] = {8, 0,    0x60, 0,    'U',  'T', 0,
                                              0, 0xfe, 0xff, 0xff, 0xff, 'C', 'T'};
  static const unsigned char item[] = {8,    0,    0x40, 0x11, 'S', 'Q',  0,    0,    0xff, 0xff,
                                       0xff, 0xff, 0xfe, 0xff, 0,   0xe0, 0xf0, 0xff, 0xff, 0x7f};
  static const unsigned char vr[] = {8, 0, 5, 0, 'C', 'S', 0, 0, 8, 0, 0x60, 0, '?', '?', 2, 0};
  assert_int_equal(open_bytes(text_length, sizeof text_length, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "(0008,0060)"));
  assert_int_equal(open_bytes(long_length, sizeof long_length, &err), RC_ERR_FORMAT);
  assert_int_equal(open_bytes(item, sizeof item, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "longer"));
  assert_int_equal(open_bytes(vr, sizeof vr, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "value representation"));
  assert_int_equal(open_bytes(vr, 0, &err), RC_ERR_FORMAT);
}

static void deep_recursion(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  static const unsigned char level[] = {8,    0,    0x40, 0x11, 'S', 'Q',  0,    0,    0xff, 0xff,
                                        0xff, 0xff, 0xfe, 0xff, 0,   0xe0, 0xff, 0xff, 0xff, 0xff};
  const size_t n = 100000;
  unsigned char *bytes = malloc(n * sizeof level);
  assert_non_null(bytes);
  for (size_t i = 0; i < n; i++)
    memcpy(bytes + i * sizeof level, level, sizeof level);
  assert_int_equal(open_bytes(bytes, n * sizeof level, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "nested too deeply"));
  free(bytes);
}

/// Prefixes and single-byte changes of a real file: an answer each time, never a crash.
static void mutated_files(void **state) {
  (void)state;
  rc_error err = RC_ERROR_INIT;
  unsigned char bytes[4096];
  rc_dicom_draft_item *contours = NULL;
  rc_dicom_draft *draft = begin_rtstruct("GTV", &contours);
  add_contour(contours, "CLOSED_PLANAR", "0.5\\0.5\\1\\6.5\\0.5\\1\\6.5\\4.5\\1\\0.5\\4.5\\1");
  FILE *file = fopen(save(draft, test_folder("dicom_whole"), "whole.dcm"), "rb");
  assert_non_null(file);
  const size_t n = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  int refused = 0;
  for (size_t cut = 1; cut < n; cut += 5)
    refused += open_bytes(bytes, cut, &err) != RC_OK;
  assert_true(refused > (int)n / 10);
  refused = 0;
  for (size_t at = 132; at < n; at += 3) {
    const unsigned char was = bytes[at];
    bytes[at] = 0xff;
    refused += open_bytes(bytes, n, &err) != RC_OK;
    bytes[at] = was;
  }
  assert_true(refused > 20);
  assert_int_equal(open_bytes(bytes, n, &err), RC_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(slices_in_the_order_of_position),
                                     cmocka_unit_test(every_inconsistency_is_named),
                                     cmocka_unit_test(tilted_gantry_is_refused),
                                     cmocka_unit_test(claimed_sizes_are_not_believed),
                                     cmocka_unit_test(two_series_in_a_folder),
                                     cmocka_unit_test(a_damaged_slice_is_not_passed_over),
                                     cmocka_unit_test(holes_islands_and_slices),
                                     cmocka_unit_test(any_orientation),
                                     cmocka_unit_test(hostile_contours),
                                     cmocka_unit_test(names_in_other_character_sets),
                                     cmocka_unit_test(scan_groups_and_reports),
                                     cmocka_unit_test(lengths_beyond_the_file),
                                     cmocka_unit_test(deep_recursion),
                                     cmocka_unit_test(mutated_files)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
