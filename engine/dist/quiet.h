// SPDX-License-Identifier: Apache-2.0
/// @file quiet.h
/// Waiting for MPI without burning the core: MPI's blocking calls spin, which would take time from
/// the ranks that still compute.
#ifndef RADCOHORT_ENGINE_QUIET_H
#define RADCOHORT_ENGINE_QUIET_H

#include <mpi.h>

/// Sleeps grow from nothing to a millisecond while there is nothing to do.
typedef struct quiet_pause {
  int yields;
  long nanoseconds;
} quiet_pause;
#define QUIET_PAUSE_INIT                                                                           \
  { 0 }

void quiet_sleep(quiet_pause *pause);
void quiet_wait(MPI_Request *request);

#endif
