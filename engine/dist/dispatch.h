// SPDX-License-Identifier: Apache-2.0
/// @file dispatch.h
/// Hands numbered tasks to ranks as they become free. Rank 0 is master and worker: its dispatch
/// loop is a sleeping thread, so its core is not wasted. Results never depend on who ran what.
#ifndef RADCOHORT_ENGINE_DISPATCH_H
#define RADCOHORT_ENGINE_DISPATCH_H

#include "base/error.h"
#include <mpi.h>
#include <stdint.h>

/// What a rank tells the master when a task is over; for progress only.
typedef struct rc_task_note {
  int64_t task;
  int32_t status; ///< rc_status
  int32_t rank;
  double seconds;
} rc_task_note;

typedef struct rc_dispatch_job {
  int64_t n_tasks;
  const int64_t *order; ///< hand-out order; NULL: 0, 1, 2, ...
  /// Runs one task on the calling rank's main thread. A returned error is fatal for the run (a
  /// failed case is not an error: it is recorded by run itself and noted in `note->status`).
  rc_status (*run)(void *user, int64_t task, rc_task_note *note, rc_error *err);
  /// Called on rank 0 only, from the dispatch thread, once per finished task; may be NULL.
  void (*progress)(void *user, const rc_task_note *note);
  void *user;
} rc_dispatch_job;

/// Collective over `comm`. Needs MPI_THREAD_MULTIPLE when it has more than one rank. All ranks
/// return the same status; the message is that of the lowest failing rank.
rc_status rc_dispatch(MPI_Comm comm, const rc_dispatch_job *job, rc_error *err);

/// Collective: all ranks agree on the worst status; the lowest failing rank's message spreads.
rc_status rc_agree(MPI_Comm comm, rc_status mine, rc_error *err);

#endif
