// SPDX-License-Identifier: Apache-2.0
#include "dist/quiet.h"

#include <sched.h>
#include <time.h>

#define FIRST_SLEEP_NS 20000L
#define LONGEST_SLEEP_NS 1000000L
#define YIELDS 64

void quiet_sleep(quiet_pause *pause) {
  // The first waits only yield: a message is often on its way already.
  if (pause->yields < YIELDS) {
    pause->yields++;
    sched_yield();
    return;
  }
  if (pause->nanoseconds == 0)
    pause->nanoseconds = FIRST_SLEEP_NS;
  struct timespec rest = {0, pause->nanoseconds};
  nanosleep(&rest, NULL);
  if (pause->nanoseconds < LONGEST_SLEEP_NS)
    pause->nanoseconds *= 2;
}

void quiet_wait(MPI_Request *request) {
  quiet_pause pause = QUIET_PAUSE_INIT;
  int done = 0;
  while (MPI_Test(request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done)
    quiet_sleep(&pause);
}
