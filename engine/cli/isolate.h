// SPDX-License-Identifier: Apache-2.0
/// @file isolate.h
/// Reading a file that anyone may have made or damaged happens in a child process: HDF5 checks most
/// of what it reads, but not its heaps of texts, and a crash there must not look like one of ours.
#ifndef RADCOHORT_CLI_ISOLATE_H
#define RADCOHORT_CLI_ISOLATE_H

#include "cli/verbs.h"

/// Runs `work` in a child and returns its exit code. A child that crashed becomes an error message
/// about the file (the first operand) and RC_EXIT_RUN. Not for programs that have started MPI.
int rc_isolate(int (*work)(const rc_arguments *arguments), const rc_arguments *arguments);

#endif
