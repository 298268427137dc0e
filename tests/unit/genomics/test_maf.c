// SPDX-License-Identifier: Apache-2.0
#include "genomics/maf.h"
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

static int make_arena(void **state) {
  *state = rc_arena_create(0);
  return *state == NULL ? -1 : 0;
}

static int drop_arena(void **state) {
  rc_arena_destroy(*state);
  return 0;
}

#define HEADER "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\n"

static const rc_maf_settings plain = {.tcga_barcodes = true, .min_patients = 1};

/// Writes a table into the build tree and returns its path (one static buffer).
static const char *write_table(const char *name, const char *text, bool gzip) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", test_folder("genomics"), name);
  gzFile file = gzopen(path, gzip ? "wb" : "wbT");
  assert_non_null(file);
  assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
  assert_int_equal(gzclose(file), Z_OK);
  return path;
}

static void read_ok(const rc_maf_settings *settings, const char *path, void *arena,
                    rc_variant_matrix *out) {
  rc_error err = RC_ERROR_INIT;
  if (rc_maf_read(settings, path, 0, arena, out, &err) != RC_OK)
    fail_msg("%s", err.message);
}

static void read_fails(const rc_maf_settings *settings, const char *text, rc_status expected,
                       const char *message, void *arena) {
  rc_error err = RC_ERROR_INIT;
  rc_variant_matrix out;
  const char *path = write_table("wrong.maf", text, false);
  assert_int_equal(rc_maf_read(settings, path, 1 << 22, arena, &out, &err), expected);
  if (strstr(err.message, message) == NULL)
    fail_msg("'%s' is not in '%s'", message, err.message);
}

static int64_t find_row(const rc_frame *frame, const char *name) {
  for (int64_t i = 0; i < frame->n_rows; i++)
    if (strcmp(frame->index[i], name) == 0)
      return i;
  fail_msg("%s has no row %s", frame->name, name);
  return -1;
}

/// TCGA-LAML; the expected counts were computed with Python from the text of the table.
static void tcga_laml(void **state) {
  static const struct {
    const char *gene;
    int patients, variants;
  } genes[] = {{"FLT3", 52, 52}, {"DNMT3A", 48, 54}, {"NPM1", 33, 34},  {"IDH2", 20, 20},
               {"IDH1", 18, 18}, {"TET2", 17, 27},   {"RUNX1", 16, 19}, {"NRAS", 15, 15},
               {"TP53", 15, 19}, {"CEBPA", 13, 19},  {"WT1", 12, 12},   {"PTPN11", 9, 9}};
  static const struct {
    const char *patient;
    int variants;
  } patients[] = {{"TCGA-AB-3009", 34}, {"TCGA-AB-2807", 25}, {"TCGA-AB-2959", 23},
                  {"TCGA-AB-2802", 9},  {"TCGA-AB-2804", 6},  {"TCGA-AB-2903", 0}};
  rc_variant_matrix out;
  read_ok(&plain, test_data("tcga_laml/tcga_laml.maf.gz"), *state, &out);
  assert_int_equal(out.n_rows_read, 2207);
  assert_int_equal(out.n_rows_counted, 1732);
  assert_int_equal(out.obs->n_rows, 193);
  assert_int_equal(out.var->n_rows, 1241);
  double sum = 0.0;
  for (int64_t i = 0; i < 193 * 1241; i++)
    sum += out.x[i];
  assert_int_equal((int)sum, 1695);
  for (size_t i = 0; i < sizeof genes / sizeof genes[0]; i++) {
    const int64_t g = find_row(out.var, genes[i].gene);
    double mutated = 0.0;
    for (int64_t p = 0; p < out.obs->n_rows; p++)
      mutated += out.x[p * out.var->n_rows + g];
    assert_int_equal((int)mutated, genes[i].patients);
    assert_int_equal(rc_frame_find(out.var, "n_patients")->integer[g], genes[i].patients);
    assert_int_equal(rc_frame_find(out.var, "n_variants")->integer[g], genes[i].variants);
  }
  for (size_t i = 0; i < sizeof patients / sizeof patients[0]; i++)
    assert_int_equal(
        rc_frame_find(out.obs, "n_variants")->integer[find_row(out.obs, patients[i].patient)],
        patients[i].variants);
}

static void tcga_laml_filters(void **state) {
  const char *classes[] = {"silent"};
  const char *globs[] = {"IDH?", "TP5*"};
  rc_maf_settings settings = {.tcga_barcodes = true, .min_patients = 5};
  rc_variant_matrix out;
  read_ok(&settings, test_data("tcga_laml/tcga_laml.maf.gz"), *state, &out);
  assert_int_equal(out.var->n_rows, 23);
  settings.genes = (rc_texts){2, globs};
  read_ok(&settings, test_data("tcga_laml/tcga_laml.maf.gz"), *state, &out);
  assert_int_equal(out.var->n_rows, 3);
  assert_string_equal(out.var->index[0], "IDH1");
  assert_string_equal(out.var->index[2], "TP53");
  settings.classes = (rc_texts){1, classes};
  read_ok(&settings, test_data("tcga_laml/tcga_laml.maf.gz"), *state, &out);
  assert_int_equal(out.n_rows_counted, 449);
}

/// The same variants in every dress give the same matrix.
static void dresses(void **state) {
  static const char *const texts[] = {
      HEADER "A\tMissense_Mutation\tTCGA-XX-0001-01A\nB\tSilent\tTCGA-XX-0002-01A\n",
      "#version 2.4\n#more\n" HEADER
      "A\tMissense_Mutation\tTCGA-XX-0001-01A\n\nB\tSilent\tTCGA-XX-0002-01A",
      "\xEF\xBB\xBFHUGO_SYMBOL\tVARIANT_CLASSIFICATION\tTUMOR_SAMPLE_BARCODE\r\n"
      "A\tMissense_Mutation\tTCGA-XX-0001-01A\r\nB\tSilent\tTCGA-XX-0002-01A\r\n",
      "note\tTumor_Sample_Barcode\tvariant_classification\thugo_symbol\n"
      "\"open\tTCGA-XX-0001-01A\tMissense_Mutation\tA\textra\n"
      "\tTCGA-XX-0002-01A\tSilent\tB\n"};
  for (size_t i = 0; i < 2 * sizeof texts / sizeof texts[0]; i++) {
    rc_variant_matrix out;
    read_ok(&plain, write_table("dress.maf", texts[i / 2], i % 2 == 1), *state, &out);
    assert_int_equal(out.n_rows_read, 2);
    assert_int_equal(out.obs->n_rows, 2);
    assert_string_equal(out.obs->index[0], "TCGA-XX-0001");
    assert_string_equal(out.obs->index[1], "TCGA-XX-0002");
    assert_int_equal(out.var->n_rows, 1);
    assert_true(out.x[0] == 1.0 && out.x[1] == 0.0);
  }
}

static void samples_of_one_patient_unite(void **state) {
  const char *text = HEADER "A\tMissense_Mutation\tTCGA-XX-0001-01A\n"
                            "A\tNonsense_Mutation\tTCGA-XX-0001-02A\n"
                            "\tMissense_Mutation\tTCGA-XX-0001-02A\n";
  rc_variant_matrix out;
  read_ok(&plain, write_table("samples.maf", text, false), *state, &out);
  assert_int_equal(out.obs->n_rows, 1);
  assert_int_equal(rc_frame_find(out.obs, "n_variants")->integer[0], 3);
  assert_int_equal(rc_frame_find(out.obs, "n_samples")->integer[0], 2);
  assert_int_equal(rc_frame_find(out.var, "n_variants")->integer[0], 2);
  assert_true(out.x[0] == 1.0);
  rc_maf_settings whole = plain;
  whole.tcga_barcodes = false;
  read_ok(&whole, write_table("samples.maf", text, false), *state, &out);
  assert_int_equal(out.obs->n_rows, 2);
}

static void no_rows(void **state) {
  rc_variant_matrix out;
  read_ok(&plain, write_table("none.maf", HEADER, false), *state, &out);
  assert_int_equal(out.obs->n_rows, 0);
  assert_int_equal(out.var->n_rows, 0);
}

static void damaged(void **state) {
  read_fails(&plain, "", RC_ERR_FORMAT, "wrong.maf:1: no header line", *state);
  read_fails(&plain, "#only\nHugo_Symbol\tTumor_Sample_Barcode\n", RC_ERR_FORMAT,
             "wrong.maf:2: the header has no column Variant_Classification", *state);
  read_fails(&plain, HEADER "A\tSilent\n", RC_ERR_FORMAT,
             "wrong.maf:2: 2 fields; Tumor_Sample_Barcode is field 3", *state);
  read_fails(&plain, HEADER "A\tSilent\t \n", RC_ERR_FORMAT,
             "wrong.maf:2: Tumor_Sample_Barcode is empty", *state);
  const char *classes[] = {"Missense_Mutations"};
  const rc_maf_settings settings = {.classes = {1, classes}, .min_patients = 1};
  read_fails(&settings, HEADER "A\tSilent\tP1\n", RC_ERR_NOT_FOUND,
             "did you mean 'Missense_Mutation'?", *state);
  static char huge[3 << 20];
  memset(huge, 'x', sizeof huge - 1);
  read_fails(&plain, huge, RC_ERR_LIMIT, "the line is longer than", *state);
  for (size_t i = 0; i < sizeof huge - 1; i += 1000)
    huge[i] = '\n';
  huge[0] = '#';
  rc_error err = RC_ERROR_INIT;
  rc_variant_matrix out;
  assert_int_equal(
      rc_maf_read(&plain, write_table("bomb.maf", huge, true), 1 << 20, *state, &out, &err),
      RC_ERR_FORMAT); // line 2 is no header
  memset(huge, '#', sizeof huge - 1);
  for (size_t i = 1000; i < sizeof huge - 1; i += 1000)
    huge[i] = '\n';
  rc_error_clear(&err);
  assert_int_equal(
      rc_maf_read(&plain, write_table("bomb.maf", huge, true), 1 << 20, *state, &out, &err),
      RC_ERR_LIMIT);
  rc_error_clear(&err);
  assert_int_equal(rc_maf_read(&plain, "/nonexistent.maf", 0, *state, &out, &err),
                   RC_ERR_NOT_FOUND);
}

static void truncated_gzip(void **state) {
  char bytes[4096];
  rc_error err = RC_ERROR_INIT;
  rc_variant_matrix out;
  static char text[20000] = HEADER;
  size_t n = strlen(text);
  for (int i = 0; n < sizeof text - 64; i++)
    n += (size_t)snprintf(text + n, 64, "G%d\tSilent\tP%d\n", i * 7919 % 1000, i);
  const char *path = write_table("cut.maf.gz", text, true);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t have = fread(bytes, 1, 2000, file);
  fclose(file);
  file = fopen(path, "wb");
  assert_non_null(file);
  fwrite(bytes, 1, have, file);
  fclose(file);
  assert_int_equal(rc_maf_read(&plain, path, 0, *state, &out, &err), RC_ERR_FORMAT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(tcga_laml, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(tcga_laml_filters, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(dresses, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(samples_of_one_patient_unite, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(no_rows, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(damaged, make_arena, drop_arena),
      cmocka_unit_test_setup_teardown(truncated_gzip, make_arena, drop_arena),
  };
  return cmocka_run_group_tests_name("maf", tests, NULL, NULL);
}
