// SPDX-License-Identifier: Apache-2.0
#include "run/checks.h"

enum { SET, FAMILY, REFERENCE, TOLERANCE, VALUE, PASSED, N_COLUMNS };

static const struct {
  const char *name;
  rc_column_type type;
} columns[N_COLUMNS] = {[SET] = {"set", RC_COLUMN_TEXT},
                        [FAMILY] = {"family", RC_COLUMN_TEXT},
                        [REFERENCE] = {"reference", RC_COLUMN_REAL},
                        [TOLERANCE] = {"tolerance", RC_COLUMN_REAL},
                        [VALUE] = {"value", RC_COLUMN_REAL},
                        [PASSED] = {"passed", RC_COLUMN_INT}};

rc_status rc_checks_create(int64_t n_rows, rc_arena *arena, rc_checks *out, rc_error *err) {
  *out = (rc_checks){rc_frame_create(arena, "verification", "tag", n_rows), 0};
  for (int c = 0; out->frame != NULL && c < N_COLUMNS; c++)
    if (rc_frame_add(out->frame, columns[c].name, columns[c].type) == NULL)
      out->frame = NULL;
  return out->frame == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory for the comparisons") : RC_OK;
}

void rc_checks_add(rc_checks *checks, const rc_check *check) {
  const int64_t row = checks->n++;
  rc_column *column = checks->frame->column;
  checks->frame->index[row] = check->tag;
  column[SET].text[row] = check->set;
  column[FAMILY].text[row] = check->family;
  column[REFERENCE].real[row] = check->reference;
  column[TOLERANCE].real[row] = check->tolerance;
  column[VALUE].real[row] = check->value;
  column[PASSED].integer[row] = check->passed;
}

rc_check rc_checks_row(const rc_frame *frame, int64_t row) {
  const rc_column *column = frame->column;
  return (rc_check){.tag = frame->index[row],
                    .set = column[SET].text[row],
                    .family = column[FAMILY].text[row],
                    .reference = column[REFERENCE].real[row],
                    .tolerance = column[TOLERANCE].real[row],
                    .value = column[VALUE].real[row],
                    .passed = column[PASSED].integer[row] != 0};
}
