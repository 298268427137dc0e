// SPDX-License-Identifier: Apache-2.0
// read_killed FILE ROWS WRITTEN: checks what a killed run of write_sample with two ranks left. Rank
// 1 wrote PT only, its first WRITTEN rows.
#include "sample.h"

#include "base/text.h"

#include <string.h>

static int64_t check_modality(const char *path, int64_t modality, const char *name, int64_t rows,
                              rc_arena *arena, rc_error *err) {
  rc_frame *obs = NULL, *var = NULL;
  double *x = NULL;
  int64_t written = 0;
  if (rc_store_read_obs(path, name, arena, &obs, err) != RC_OK ||
      rc_store_read_var(path, name, arena, &var, err) != RC_OK ||
      rc_store_read_x(path, name, arena, &x, err) != RC_OK || obs->n_rows != rows)
    return -1;
  const char **status = rc_frame_find(obs, "status")->text;
  for (int64_t row = 0; row < rows; row++) {
    bool done = strcmp(status[row], RC_STORE_NOT_RUN) != 0;
    written += done;
    for (int64_t c = 0; c < var->n_rows; c++) {
      double value = x[row * var->n_rows + c], expected = sample_value(modality, row, c);
      bool same = value == expected || (isnan(value) && (isnan(expected) || !done));
      if (!same && (done || !isnan(value))) {
        rc_fail(err, RC_ERR_FORMAT, "%s row %lld: %g", name, (long long)row, value);
        return -1;
      }
    }
  }
  return written;
}

int main(int argc, char **argv) {
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  int64_t rows = 0, expected = 0;
  if (argc != 4 || !rc_parse_int(argv[2], &rows) || !rc_parse_int(argv[3], &expected))
    return 2;
  int64_t ct = check_modality(argv[1], 0, "CT", rows, arena, &err);
  int64_t pt = check_modality(argv[1], 1, "PT", rows, arena, &err);
  printf("rows there: CT %lld, PT %lld %s\n", (long long)ct, (long long)pt, err.message);
  rc_arena_destroy(arena);
  // The killed rank was inside its next write at the latest, so its count is exact.
  return ct >= 0 && pt == expected ? 0 : 1;
}
