// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"
#include "run/verify.h"

#include <stdio.h>
#include <string.h>

/// The columns of rc_verify_ibsi1's frame.
typedef struct checks {
  const rc_frame *frame;
  const char **set, **family;
  const double *reference, *tolerance, *value;
  const int64_t *passed;
} checks;

static checks view(const rc_frame *frame) {
  checks c = {.frame = frame};
  c.set = rc_frame_find(frame, "set")->text;
  c.family = rc_frame_find(frame, "family")->text;
  c.reference = rc_frame_find(frame, "reference")->real;
  c.tolerance = rc_frame_find(frame, "tolerance")->real;
  c.value = rc_frame_find(frame, "value")->real;
  c.passed = rc_frame_find(frame, "passed")->integer;
  return c;
}

static bool same_group(const checks *c, int64_t a, int64_t b) {
  return strcmp(c->set[a], c->set[b]) == 0 && strcmp(c->family[a], c->family[b]) == 0;
}

static bool is_first_of_group(const checks *c, int64_t row) {
  for (int64_t i = 0; i < row; i++)
    if (same_group(c, i, row))
      return false;
  return true;
}

static void print_row(const checks *c, int64_t row) {
  printf("  %-4s %-36s %14.8g  expected %10.6g +- %g\n", c->passed[row] ? "ok" : "MISS",
         c->frame->index[row], c->value[row], c->reference[row], c->tolerance[row]);
}

static void print_group(const checks *c, int64_t first, bool every_row) {
  int64_t rows = 0, passed = 0;
  for (int64_t i = first; i < c->frame->n_rows; i++) {
    if (!same_group(c, first, i))
      continue;
    rows++;
    passed += c->passed[i];
  }
  printf("%-24s %-28s %5lld %7lld\n", c->set[first], c->family[first], (long long)rows,
         (long long)passed);
  for (int64_t i = first; i < c->frame->n_rows; i++)
    if (same_group(c, first, i) && (every_row || !c->passed[i]))
      print_row(c, i);
}

static int print_checks(const rc_frame *frame, bool every_row) {
  checks c = view(frame);
  int64_t passed = 0;
  printf("%-24s %-28s %5s %7s\n", "data set", "family", "rows", "passed");
  for (int64_t i = 0; i < frame->n_rows; i++) {
    passed += c.passed[i];
    if (is_first_of_group(&c, i))
      print_group(&c, i, every_row);
  }
  printf(
      "\nPublished values met within their tolerance, of all that have one (the digital phantom;\n"
      "the CT phantom's once from NIfTI and once from DICOM):\n");
  printf("%lld/%lld\n", (long long)passed, (long long)frame->n_rows);
  return passed == frame->n_rows ? RC_EXIT_OK : RC_EXIT_VERIFY;
}

static int run(const rc_arguments *arguments) {
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  const char *what = rc_operand(arguments, 0), *data = rc_option_value(arguments, "data");
  if (strcmp(what, "ibsi1") != 0) {
    rc_fail(&err, RC_ERR_USAGE, "verify: '%.80s' is unknown; what can be verified is: ibsi1", what);
    return rc_report_error(&err);
  }
  if (data == NULL) {
    rc_fail(&err, RC_ERR_USAGE, "verify: --data FOLDER is needed; it holds ibsi1/");
    return rc_report_error(&err);
  }
  if (rc_verify_ibsi1(data, rc_arguments_arena(arguments), &frame, &err) != RC_OK)
    return rc_report_error(&err);
  return print_checks(frame, rc_option_value(arguments, "all") != NULL);
}

static const rc_option options[] = {
    {"data", "FOLDER", "holds ibsi1/digital_phantom, ibsi1/ct_phantom and ibsi1/reference"},
    {"all", NULL, "print every value, not only those out of tolerance"},
};

const rc_verb rc_verb_verify = {
    .name = "verify",
    .summary = "check the program against published reference values",
    .usage = "ibsi1 --data FOLDER [--all]",
    .details =
        "Computes the data sets of the Image Biomarker Standardisation Initiative, chapter 1: the\n"
        "digital phantom, and configurations A to E of the CT phantom from NIfTI and from DICOM\n"
        "with RTSTRUCT. Every published value is compared within its published tolerance. The "
        "last\n"
        "line is PASSED/ALL; the exit code is 6 when a value is out of tolerance.\n",
    .examples = "  radcohort verify ibsi1 --data ~/ibsi        # a table and a last line N/N\n"
                "  radcohort verify ibsi1 --data ~/ibsi --all  # with every value\n",
    .option = options,
    .n_options = (int)(sizeof options / sizeof options[0]),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
