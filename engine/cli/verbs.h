// SPDX-License-Identifier: Apache-2.0
/// @file verbs.h
/// One verb, one file: verb_<name>.c defines a const rc_verb, which main.c names in its table.
/// Options, `--help` and the check of the command line derive from it.
#ifndef RADCOHORT_CLI_VERBS_H
#define RADCOHORT_CLI_VERBS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/exit_codes.h"
#include "data/profile.h"
#include <stdbool.h>

/// A long option, e.g. {"out", "FILE", "where to write; default standard output"}.
typedef struct rc_option {
  const char *name;
  const char *argument; ///< NULL for a flag
  const char *help;
} rc_option;

typedef struct rc_arguments rc_arguments;

typedef struct rc_verb {
  const char *name;
  const char *summary;  ///< one line for the list of verbs
  const char *usage;    ///< what follows "radcohort <name>", e.g. "WORKFLOW.yaml [options]"
  const char *details;  ///< paragraphs, may be NULL
  const char *examples; ///< lines, each an example with a comment; "  radcohort plan w.yaml\n"
  const rc_option *option;
  int n_options;
  int min_operands, max_operands;            ///< max -1: any number
  int (*run)(const rc_arguments *arguments); ///< returns an RC_EXIT_ code
} rc_verb;

extern const rc_verb rc_verb_run, rc_verb_plan, rc_verb_features, rc_verb_filters, rc_verb_show,
    rc_verb_export, rc_verb_verify, rc_verb_import_params;

/// The i-th operand (what is no option), or NULL.
const char *rc_operand(const rc_arguments *arguments, int i);
int rc_operand_count(const rc_arguments *arguments);
/// The last value given for an option; "" for a flag that was given; NULL when it was not.
const char *rc_option_value(const rc_arguments *arguments, const char *name);
/// Every value given for a repeatable option, in order; strings live as long as the arguments.
rc_texts rc_option_values(const rc_arguments *arguments, const char *name);
/// The profile that --profile names, the usual one without it; RC_ERR_USAGE.
rc_status rc_option_profile(const rc_arguments *arguments, rc_profile *out, rc_error *err);
/// Memory that lives until the verb returns.
rc_arena *rc_arguments_arena(const rc_arguments *arguments);

/// Prints "radcohort: message" to standard error and returns the exit code that fits the status.
int rc_report_error(const rc_error *err);
/// The exit code that fits a status (RC_OK -> 0, RC_ERR_USAGE -> 2, RC_ERR_WORKFLOW -> 3, ...).
int rc_exit_code(rc_status status);

/// Parses the command line of a verb and runs it; `argv[0]` is the verb. Answers --help itself.
int rc_verb_main(const rc_verb *verb, int argc, char **argv);

#endif
