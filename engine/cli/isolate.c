// SPDX-License-Identifier: Apache-2.0
#include "cli/isolate.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_exit_code(int code) {
#define X(enumerator, value, meaning)                                                              \
  if (code == enumerator)                                                                          \
    return true;
  RC_EXIT_LIST(X)
#undef X
  return false;
}

/// The child: does the work and leaves without running the parent's exit handlers.
static _Noreturn void run_child(int (*work)(const rc_arguments *), const rc_arguments *arguments) {
  const struct rlimit no_core = {0, 0};
  (void)setrlimit(RLIMIT_CORE, &no_core);
  int code = work(arguments);
  if (fflush(stdout) != 0 && code == RC_EXIT_OK) {
    perror("radcohort: writing standard output");
    code = RC_EXIT_RUN;
  }
  _exit(code);
}

int rc_isolate(int (*work)(const rc_arguments *arguments), const rc_arguments *arguments) {
  rc_error err = RC_ERROR_INIT;
  int state = 0;
  fflush(stdout);
  fflush(stderr);
  pid_t child = fork(), ended;
  if (child == 0)
    run_child(work, arguments);
  if (child < 0) {
    rc_fail(&err, RC_ERR_IO, "cannot start a process: %s", strerror(errno));
    return rc_report_error(&err);
  }
  do
    ended = waitpid(child, &state, 0);
  while (ended < 0 && errno == EINTR);
  if (ended == child && WIFEXITED(state) && is_exit_code(WEXITSTATUS(state)))
    return WEXITSTATUS(state);
  if (ended == child && WIFSIGNALED(state) && WTERMSIG(state) == SIGPIPE)
    return RC_EXIT_OK; // the reader of our output has seen enough
  rc_fail(&err, RC_ERR_FORMAT, "%s: is damaged: reading it failed beyond recovery",
          rc_operand(arguments, 0));
  return rc_report_error(&err);
}
