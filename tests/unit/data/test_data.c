// SPDX-License-Identifier: Apache-2.0
#include "data/frame.h"
#include "data/geometry.h"
#include "data/volume.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

static rc_geometry oblique(void) {
  double c = cos(0.3), s = sin(0.3);
  rc_geometry g = {{7, 5, 3}, {0.7, 1.5, 3.0}, {-10, 20, 5}, {c, -s, 0, s, c, 0, 0, 0, 1}};
  return g;
}

static void world_and_index_are_inverse(void **state) {
  (void)state;
  rc_geometry g = oblique();
  double index[3] = {2.25, -1, 7}, world[3], back[3];
  rc_geometry_to_world(&g, index, world);
  rc_geometry_to_index(&g, world, back);
  for (int d = 0; d < 3; d++)
    assert_near(back[d], index[d], 1e-12, 0);
  rc_box box = {{1, 2, 1}, {4, 5, 3}};
  rc_geometry crop = rc_geometry_crop(&g, &box);
  double zero[3] = {0, 0, 0}, corner[3] = {1, 2, 1}, expected[3];
  rc_geometry_to_world(&crop, zero, world);
  rc_geometry_to_world(&g, corner, expected);
  for (int d = 0; d < 3; d++)
    assert_near(world[d], expected[d], 1e-12, 0);
}

static void bad_geometry_is_refused(void **state) {
  (void)state;
  rc_geometry g = oblique();
  assert_int_equal(rc_geometry_check(&g, NULL), RC_OK);
  g.direction[1] += 0.01; // tilt
  assert_int_equal(rc_geometry_check(&g, NULL), RC_ERR_GEOMETRY);
  g = oblique();
  g.spacing_mm[2] = NAN;
  assert_int_equal(rc_geometry_check(&g, NULL), RC_ERR_GEOMETRY);
  g = oblique();
  g.size[0] = g.size[1] = g.size[2] = INT32_MAX;
  assert_int_equal(rc_geometry_check(&g, NULL), RC_ERR_GEOMETRY);
  g = oblique();
  rc_volume volume;
  assert_int_equal(rc_volume_create(&g, 104, &volume, NULL), RC_ERR_LIMIT);
  assert_int_equal(rc_volume_create(&g, 105, &volume, NULL), RC_OK);
  rc_volume_release(&volume);
}

static void grids_are_compared_in_voxels(void **state) {
  (void)state;
  rc_geometry a = oblique(), b = oblique();
  b.origin_mm[0] += 0.005;
  assert_int_equal(rc_geometry_match(&a, &b, 0.01, NULL), RC_OK);
  assert_int_equal(rc_geometry_match(&a, &b, 0.001, NULL), RC_ERR_GEOMETRY);
  b = oblique();
  b.spacing_mm[0] *= 1.01; // 6 voxels off by 1 %
  assert_int_equal(rc_geometry_match(&a, &b, 0.01, NULL), RC_ERR_GEOMETRY);
}

static void mask_bounds(void **state) {
  (void)state;
  rc_geometry g = oblique();
  rc_mask mask;
  assert_int_equal(rc_mask_create(&g, 0, &mask, NULL), RC_OK);
  rc_box box = rc_mask_bounds(&mask);
  assert_int_equal(box.high[0] - box.low[0], 0);
  mask.value[2 + 7 * (1 + 5 * 0)] = 1;
  mask.value[6 + 7 * (4 + 5 * 2)] = 1;
  box = rc_mask_bounds(&mask);
  const rc_box expected = {{2, 1, 0}, {7, 5, 3}};
  assert_memory_equal(&box, &expected, sizeof box);
  assert_int_equal(rc_mask_count(&mask), 2);
  rc_mask_release(&mask);
}

static const char *write_file(const char *name, const char *text, size_t n, int compress) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", test_folder("frame"), name);
  gzFile file = gzopen(path, compress ? "wb" : "wbT");
  assert_non_null(file);
  assert_int_equal(gzwrite(file, text, (unsigned)n), n);
  gzclose(file);
  return path;
}

static rc_status read_text(const char *text, rc_arena *arena, rc_frame **frame, rc_error *err) {
  return rc_frame_read_csv(write_file("table.csv", text, strlen(text), 0), 1 << 20, arena, frame,
                           err);
}

static void csv_types_and_quotes(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_frame *frame = NULL;
  const char *text =
      "\xEF\xBB\xBFid,age,,age,note\r\nP1,50,x,1,\"a, \"\"b\"\"\nc\"\r\n\r\nP2,NA,y,,\r\n";
  assert_int_equal(read_text(text, arena, &frame, NULL), RC_OK);
  assert_int_equal(frame->n_rows, 2);
  assert_int_equal(frame->n_columns, 5);
  assert_string_equal(frame->column[0].name, "id");
  assert_string_equal(frame->column[2].name, "column.3");
  assert_string_equal(frame->column[3].name, "age.2");
  assert_int_equal(frame->column[1].type, RC_COLUMN_REAL);
  assert_near(frame->column[1].real[0], 50, 0, 0);
  assert_true(isnan(frame->column[1].real[1]));
  assert_string_equal(frame->column[4].text[0], "a, \"b\"\nc");
  const char *gz = write_file("table.tsv.gz", "a\tb\n1\tx,y\n", 10, 1);
  assert_int_equal(rc_frame_read_csv(gz, 1 << 20, arena, &frame, NULL), RC_OK);
  assert_int_equal(frame->n_columns, 2);
  assert_string_equal(frame->column[1].text[0], "x,y");
  const char *ids = write_file("ids.csv", "id,age\n007,50\nNA,1e3\n", 21, 0);
  assert_int_equal(rc_frame_read_csv_text(ids, 1 << 20, arena, &frame, NULL), RC_OK);
  assert_string_equal(frame->column[0].text[0], "007");
  assert_string_equal(frame->column[0].text[1], "");
  assert_string_equal(frame->column[1].text[1], "1e3");
  rc_arena_destroy(arena);
}

static void csv_errors_name_the_line(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_frame *frame = NULL;
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(read_text("a,b\n1,2\n\n1,2,3\n", arena, &frame, &err), RC_ERR_FORMAT);
  assert_non_null(strstr(err.message, "table.csv:4: 3 fields"));
  rc_error_clear(&err);
  assert_int_equal(read_text("", arena, &frame, &err), RC_ERR_EMPTY);
  rc_error_clear(&err);
  assert_int_equal(read_text("a,b\n1,\"open\n", arena, &frame, &err), RC_ERR_FORMAT);
  rc_error_clear(&err);
  char *many = rc_arena_alloc(arena, 2 << 20, 1);
  memset(many, ',', (2 << 20) - 1);
  assert_int_equal(read_text(many, arena, &frame, &err), RC_ERR_LIMIT);
  rc_error_clear(&err);
  assert_int_equal(rc_frame_read_csv("/nonexistent.csv", 0, arena, &frame, &err), RC_ERR_NOT_FOUND);
  rc_arena_destroy(arena);
}

static void cells_read_back_to_the_same_bits(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_frame *frame = rc_frame_create(arena, "t", "row", 3);
  rc_column *column = rc_frame_add(frame, "x", RC_COLUMN_REAL);
  column->real[0] = 0.1;
  column->real[1] = 1.0 / 3.0;
  column->real[2] = NAN;
  char text[64];
  double back;
  assert_string_equal(rc_frame_cell(frame, 0, 0, text, sizeof text), "0.1");
  assert_true(rc_parse_real(rc_frame_cell(frame, 1, 0, text, sizeof text), &back));
  assert_true(back == 1.0 / 3.0);
  assert_string_equal(rc_frame_cell(frame, 2, 0, text, sizeof text), "");
  for (int i = 0; i < 100; i++)
    assert_non_null(rc_frame_add(frame, "more", RC_COLUMN_TEXT));
  assert_string_equal(frame->column[100].text[2], "");
  rc_arena_destroy(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(world_and_index_are_inverse),
                                     cmocka_unit_test(bad_geometry_is_refused),
                                     cmocka_unit_test(grids_are_compared_in_voxels),
                                     cmocka_unit_test(mask_bounds),
                                     cmocka_unit_test(csv_types_and_quotes),
                                     cmocka_unit_test(csv_errors_name_the_line),
                                     cmocka_unit_test(cells_read_back_to_the_same_bits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
