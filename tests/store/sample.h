// SPDX-License-Identifier: Apache-2.0
/// @file sample.h
/// A made-up cohort for tests of the store: what it holds follows from row and column numbers, so
/// that any reader can check it.
#ifndef RADCOHORT_TEST_STORE_SAMPLE_H
#define RADCOHORT_TEST_STORE_SAMPLE_H

#include "store/cohort_file.h"

#include <math.h>
#include <stdio.h>

static inline double sample_value(int64_t modality, int64_t row, int64_t column) {
  if ((row + column) % 17 == 5)
    return NAN;
  return (double)(modality + 1) * 1000.0 + (double)row + (double)column / 7.0;
}

static inline rc_frame *sample_obs(rc_arena *arena, const char *name, int64_t n) {
  rc_frame *obs = rc_frame_create(arena, name, "observation", n);
  rc_column *patient = rc_frame_add(obs, "patient", RC_COLUMN_TEXT);
  for (int64_t i = 0; i < n; i++) {
    obs->index[i] = rc_arena_printf(arena, "P%05lld", (long long)i + (name[0] == 'P' ? 1 : 0));
    patient->text[i] = obs->index[i];
  }
  return obs;
}

static inline rc_frame *sample_var(rc_arena *arena, const char *name, int64_t n) {
  rc_frame *var = rc_frame_create(arena, name, "feature", n);
  rc_column *ibsi = rc_frame_add(var, "ibsi_code", RC_COLUMN_TEXT);
  rc_column *place = rc_frame_add(var, "place", RC_COLUMN_INT);
  for (int64_t i = 0; i < n; i++) {
    var->index[i] = rc_arena_printf(arena, "stat_%lld", (long long)i);
    ibsi->text[i] = "Q4LE";
    place->integer[i] = i;
  }
  return var;
}

/// CT and PT with live rows (PT shifted by one patient), and a clinical table known beforehand.
static inline rc_status sample_create(const char *path, int64_t rows, int64_t columns,
                                      rc_arena *arena, rc_error *err) {
  rc_frame *clinical = sample_obs(arena, "clinical", rows);
  rc_frame *one = sample_var(arena, "clinical", 1);
  rc_frame *facts = rc_frame_create(arena, "provenance", "run", 1);
  double *age = rc_arena_alloc(arena, (size_t)rows, sizeof *age);
  one->index[0] = "age";
  rc_column *sex = rc_frame_add(clinical, "sex/größe", RC_COLUMN_TEXT);
  for (int64_t i = 0; i < rows; i++) {
    age[i] = 40.0 + (double)i / 8.0;
    sex->text[i] = i % 2 ? "weiblich ♀" : "";
  }
  rc_frame_add(facts, "program", RC_COLUMN_TEXT)->text[0] = "radcohort";
  rc_frame_add(facts, "n_tasks", RC_COLUMN_INT)->integer[0] = 2 * rows;
  rc_frame_add(facts, "workflow", RC_COLUMN_TEXT)->text[0] = "images:\n  - name: CT\n";
  const rc_store_modality modality[] = {
      {"CT", sample_obs(arena, "CT", rows), sample_var(arena, "CT", columns), NULL, true},
      {"PT", sample_obs(arena, "PT", rows), sample_var(arena, "PT", columns + 1), NULL, true},
      {"clinical", clinical, one, age, false}};
  return rc_store_create(path, modality, 3, facts, err);
}

static inline rc_status sample_write_row(rc_store *store, int64_t modality, int64_t row,
                                         int64_t columns, double *scratch, rc_error *err) {
  for (int64_t c = 0; c < columns; c++)
    scratch[c] = sample_value(modality, row, c);
  rc_store_row live = {.status = row % 5 == 3 ? "geometry" : "ok",
                       .error = row % 5 == 3 ? "mask does not fit: größer" : "",
                       .undefined = "",
                       .digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                       .n_voxels = 100 + row,
                       .volume_mm3 = 0.5 * (double)row};
  return rc_store_write_row(store, modality, row, scratch, &live, err);
}

static inline rc_status sample_finish(const char *path, rc_arena *arena, rc_error *err) {
  rc_frame *cox = rc_frame_create(arena, "cox", "term", 2);
  rc_column *hr = rc_frame_add(cox, "hr", RC_COLUMN_REAL);
  rc_column *n = rc_frame_add(cox, "n", RC_COLUMN_INT);
  rc_column *reason = rc_frame_add(cox, "reason", RC_COLUMN_TEXT);
  cox->index[0] = "CT.stat_0";
  cox->index[1] = "clinical.age";
  hr->real[0] = 1.0 / 3.0;
  hr->real[1] = NAN;
  n->integer[0] = n->integer[1] = 9;
  reason->text[1] = "no events, \"none\"";
  rc_status status = rc_store_add_frame(path, NULL, cox, err);
  if (status == RC_OK)
    status = rc_store_add_frame(path, "join", cox, err);
  return status == RC_OK ? rc_store_add_fact(path, "end", "2020-01-01T00:00:00Z", err) : status;
}

#endif
