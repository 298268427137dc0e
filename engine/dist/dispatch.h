// SPDX-License-Identifier: Apache-2.0
/// @file dispatch.h
/// Hands numbered tasks to ranks as they become free, in units of tasks that share an input. Rank 0
/// is master and worker at once: its dispatch loop is a thread that sleeps between messages, so its
/// core is not wasted. Results never depend on who ran what.
#ifndef RADCOHORT_ENGINE_DISPATCH_H
#define RADCOHORT_ENGINE_DISPATCH_H

#include "base/error.h"
#include <mpi.h>
#include <stddef.h>
#include <stdint.h>

/// What a rank tells the master when a task is over; for progress only.
typedef struct rc_task_note {
  int64_t task;
  int32_t status; ///< rc_status of the case, as recorded
  int32_t rank;
  double seconds;
  char text[256]; ///< first bytes of the case's error; "" when ok
} rc_task_note;

typedef struct rc_dispatch_job {
  int64_t n_units;      ///< what is handed out, each to one rank
  const int64_t *first; ///< unit u is tasks first[u] .. first[u + 1] - 1, one or more; NULL:
                        ///< task u alone
  const int64_t *order; ///< hand-out order of units; NULL: 0, 1, 2, ... Read on rank 0 only.
  /// Called on the calling rank's main thread with the unit that comes after the one that is about
  /// to run, so that its input can be read meanwhile; may be NULL. Ranks get to know their next
  /// unit only while there are more left than ranks, so that nobody waits for what another one
  /// hoards.
  void (*prepare)(void *user, int64_t unit);
  /// Runs one task on the calling rank's main thread. A returned error is fatal for the run (a
  /// failed case is not an error: `run` records it itself and says so in `note->status`).
  /// `note->task`, `rank` and `seconds` are filled by the dispatcher.
  rc_status (*run)(void *user, int64_t task, rc_task_note *note, rc_error *err);
  /// Called on rank 0 only, one call at a time, once per finished task; may be NULL.
  void (*progress)(void *user, const rc_task_note *note);
  void *user;
} rc_dispatch_job;

/// Collective over `comm`; `n_units` and `first` are the same everywhere. Rank 0 works too where
/// MPI provides MPI_THREAD_MULTIPLE (or is alone), else it only dispatches. Units not yet begun are
/// dropped after a fatal error, save one that a rank was told of ahead. All ranks return the same
/// status with the message of the lowest failing rank.
rc_status rc_dispatch(MPI_Comm comm, const rc_dispatch_job *job, rc_error *err);

/// The calling rank's number and how many there are.
void rc_ranks(MPI_Comm comm, int *rank, int *n_ranks);

/// Collective: ranks agree whether anything failed. The lowest failing rank's status and message
/// reach every rank. Waiting ranks sleep.
rc_status rc_agree(MPI_Comm comm, rc_status mine, rc_error *err);

/// Collective: `bytes`/`n` of rank 0 reach every rank; others get malloc'd memory they free.
/// RC_ERR_MEMORY everywhere when one rank has no room.
rc_status rc_spread(MPI_Comm comm, unsigned char **bytes, size_t *n, rc_error *err);

/// Collective: bitwise OR of everyone's `values` (n doubles, zero where a rank has none) into all;
/// exact, unlike a sum, for NaN and signed zero.
rc_status rc_combine(MPI_Comm comm, double *values, int64_t n, rc_error *err);

/// First words of what MPI says of itself, for provenance.
void rc_mpi_library(char *out, size_t capacity);

/// Collective: how many OpenMP threads this rank should use so that all ranks of its node together
/// use each core once. `asked` > 0 is taken as it is.
int rc_threads_per_rank(MPI_Comm comm, int64_t asked);

#endif
