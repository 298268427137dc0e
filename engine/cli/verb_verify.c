// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"
#include "run/checks.h"
#include "run/verify.h"

#include <stdio.h>
#include <string.h>

/// What can be verified.
typedef struct suite {
  const char *name;
  rc_status (*run)(const char *data, rc_arena *arena, rc_frame **out, rc_error *err);
  const char *group; ///< heading of the column that parts a data set
  const char *what;  ///< what the last line counts
} suite;

static const suite suites[] = {
    {"ibsi1", rc_verify_ibsi1, "family",
     "Published values met within their tolerance, of all that have one (the digital phantom;\n"
     "the CT phantom's once from NIfTI and once from DICOM):"},
    {"ibsi2", rc_verify_ibsi2, "configuration",
     "Response maps met to 1 % of their range at every voxel, and published statistics of\n"
     "responses met within their tolerance, of all that have one:"},
};
#define N_SUITES (sizeof suites / sizeof suites[0])

static bool same_group(const rc_check *a, const rc_check *b) {
  return strcmp(a->set, b->set) == 0 && strcmp(a->family, b->family) == 0;
}

static bool is_first_of_group(const rc_frame *frame, int64_t row) {
  const rc_check check = rc_checks_row(frame, row);
  for (int64_t i = 0; i < row; i++) {
    const rc_check earlier = rc_checks_row(frame, i);
    if (same_group(&earlier, &check))
      return false;
  }
  return true;
}

static void print_check(const rc_check *c) {
  printf("  %-4s %-36s %14.8g  expected %10.6g +- %g\n", c->passed ? "ok" : "MISS", c->tag,
         c->value, c->reference, c->tolerance);
}

static void print_group(const rc_frame *frame, int64_t first, bool every_row) {
  const rc_check head = rc_checks_row(frame, first);
  int64_t rows = 0, passed = 0;
  for (int64_t i = first; i < frame->n_rows; i++) {
    const rc_check check = rc_checks_row(frame, i);
    rows += same_group(&check, &head);
    passed += same_group(&check, &head) && check.passed;
  }
  printf("%-24s %-28s %5lld %7lld\n", head.set, head.family, (long long)rows, (long long)passed);
  for (int64_t i = first; i < frame->n_rows; i++) {
    const rc_check check = rc_checks_row(frame, i);
    if (same_group(&check, &head) && (every_row || !check.passed))
      print_check(&check);
  }
}

static int print_checks(const suite *s, const rc_frame *frame, bool every_row) {
  int64_t passed = 0;
  printf("%-24s %-28s %5s %7s\n", "data set", s->group, "rows", "passed");
  for (int64_t i = 0; i < frame->n_rows; i++) {
    passed += rc_checks_row(frame, i).passed;
    if (is_first_of_group(frame, i))
      print_group(frame, i, every_row);
  }
  printf("\n%s\n%lld/%lld\n", s->what, (long long)passed, (long long)frame->n_rows);
  return passed == frame->n_rows ? RC_EXIT_OK : RC_EXIT_VERIFY;
}

static const suite *find_suite(const char *name) {
  for (size_t i = 0; i < N_SUITES; i++)
    if (strcmp(suites[i].name, name) == 0)
      return &suites[i];
  return NULL;
}

static int run(const rc_arguments *arguments) {
  rc_error err = RC_ERROR_INIT;
  rc_frame *frame = NULL;
  const char *what = rc_operand(arguments, 0), *data = rc_option_value(arguments, "data");
  const suite *wanted = find_suite(what);
  if (wanted == NULL) {
    rc_fail(&err, RC_ERR_USAGE, "verify: '%.80s' is unknown; what can be verified is: ibsi1, ibsi2",
            what);
    return rc_report_error(&err);
  }
  if (data == NULL) {
    rc_fail(&err, RC_ERR_USAGE,
            "verify: --data FOLDER is needed; it holds ibsi1/ and, for ibsi2, ibsi2/");
    return rc_report_error(&err);
  }
  if (wanted->run(data, rc_arguments_arena(arguments), &frame, &err) != RC_OK)
    return rc_report_error(&err);
  return print_checks(wanted, frame, rc_option_value(arguments, "all") != NULL);
}

static const rc_option options[] = {
    {"data", "FOLDER",
     "holds ibsi1/{digital_phantom,ct_phantom,reference}; for ibsi2 also\n"
     "ibsi2/{digital_phantom,response_maps,reference_values.csv}"},
    {"all", NULL, "print every value, not only those out of tolerance"},
};

const rc_verb rc_verb_verify = {
    .name = "verify",
    .summary = "check the program against published reference values",
    .usage = "ibsi1|ibsi2 --data FOLDER [--all]",
    .details =
        "Computes the data sets of the Image Biomarker Standardisation Initiative.\n"
        "ibsi1, features: the digital phantom, and configurations A to E of the CT phantom from\n"
        "NIfTI and from DICOM with RTSTRUCT. ibsi2, filters: 33 response maps of digital "
        "phantoms,\n"
        "and statistics of responses on the CT phantom in 18 configurations. Every published "
        "value\n"
        "is compared within its published tolerance. The last line is PASSED/ALL; the exit code "
        "is\n"
        "6 when a value is out of tolerance.\n",
    .examples = "  radcohort verify ibsi1 --data ~/ibsi        # a table and a last line N/N\n"
                "  radcohort verify ibsi2 --data ~/ibsi --all  # with every value\n",
    .option = options,
    .n_options = (int)(sizeof options / sizeof options[0]),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
