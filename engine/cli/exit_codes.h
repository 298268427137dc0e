// SPDX-License-Identifier: Apache-2.0
/// @file exit_codes.h
/// What the program's exit status means; `radcohort --help` prints this list.
#ifndef RADCOHORT_CLI_EXIT_CODES_H
#define RADCOHORT_CLI_EXIT_CODES_H

#define RC_EXIT_LIST(X)                                                                            \
  X(RC_EXIT_OK, 0, "all well")                                                                     \
  X(RC_EXIT_USAGE, 2, "wrong command line")                                                        \
  X(RC_EXIT_WORKFLOW, 3, "the workflow file is wrong, or no case was found")                       \
  X(RC_EXIT_CASES, 4, "finished, but some cases or models failed (they are recorded)")             \
  X(RC_EXIT_RUN, 5, "the run itself failed; the message says why")                                 \
  X(RC_EXIT_VERIFY, 6, "a verification found values out of tolerance")

enum {
#define X(enumerator, code, meaning) enumerator = code,
  RC_EXIT_LIST(X)
#undef X
};

#endif
