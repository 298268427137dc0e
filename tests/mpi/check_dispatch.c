// SPDX-License-Identifier: Apache-2.0
// Every task runs exactly once whatever the number of ranks; a fatal error on one rank reaches all;
// combining is exact. Exits non-zero, with a message, on the first thing that is wrong.
#include "dist/dispatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench {
  int64_t n_tasks;
  double *value;   ///< [n_tasks], what tasks leave behind on this rank
  int64_t n_run;   ///< by this rank
  int64_t n_noted; ///< progress calls, rank 0 only
  int64_t first_task;
  int64_t fatal_at; ///< task that fails, -1: none
  int milliseconds; ///< each task sleeps that long
} bench;

static int rank, n_ranks;

static void require(int good, const char *what) {
  if (good)
    return;
  fprintf(stderr, "rank %d of %d: %s\n", rank, n_ranks, what);
  MPI_Abort(MPI_COMM_WORLD, 1);
}

static rc_status run(void *user, int64_t task, rc_task_note *note, rc_error *err) {
  bench *b = user;
  if (b->n_run++ == 0)
    b->first_task = task;
  if (b->milliseconds > 0) {
    struct timespec rest = {0, b->milliseconds * 1000000L};
    nanosleep(&rest, NULL);
  }
  b->value[task] = b->value[task] == 0 ? (task == 3 ? NAN : 1.0 / (double)(task + 1)) : INFINITY;
  note->status = task % 7 == 0 ? RC_ERR_IO : RC_OK;
  if (task == b->fatal_at)
    return rc_fail(err, RC_ERR_NUMERIC, "task %lld is meant to fail", (long long)task);
  return RC_OK;
}

static void note(void *user, const rc_task_note *n) {
  bench *b = user;
  require(n->task >= 0 && n->task < b->n_tasks, "a note names no task");
  require(n->rank >= 0 && n->rank < n_ranks, "a note names no rank");
  require(n->status == (n->task % 7 == 0 ? RC_ERR_IO : RC_OK), "a note lost its status");
  b->n_noted++;
}

static bench make(int64_t n_tasks, int64_t fatal_at, int milliseconds) {
  bench b = {n_tasks,     calloc((size_t)n_tasks + 1, sizeof(double)), 0, 0, -1, fatal_at,
             milliseconds};
  require(b.value != NULL, "out of memory");
  return b;
}

static void every_task_once(int64_t n_tasks) {
  bench b = make(n_tasks, -1, 0);
  int64_t *order = malloc((size_t)(n_tasks + 1) * sizeof *order), total = 0;
  for (int64_t i = 0; i < n_tasks; i++)
    order[i] = n_tasks - 1 - i;
  rc_dispatch_job job = {
      .n_units = n_tasks, .order = order, .run = run, .progress = note, .user = &b};
  rc_error err = RC_ERROR_INIT;
  require(rc_dispatch(MPI_COMM_WORLD, &job, &err) == RC_OK, "dispatch failed");
  MPI_Allreduce(&b.n_run, &total, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
  require(total == n_tasks, "tasks were lost or run twice");
  require(rank != 0 || b.n_noted == n_tasks, "progress was not told of every task");
  require(n_ranks > 1 || n_tasks == 0 || b.first_task == n_tasks - 1, "the order was not kept");
  require(rc_combine(MPI_COMM_WORLD, b.value, n_tasks, &err) == RC_OK, "combining failed");
  for (int64_t i = 0; i < n_tasks; i++)
    require(i == 3 ? isnan(b.value[i]) : b.value[i] == 1.0 / (double)(i + 1),
            "a combined value is wrong");
  free(order);
  free(b.value);
}

/// Which unit a rank was told to prepare, and whether it is the one that came.
typedef struct ahead {
  bench b;
  const int64_t *first;
  int64_t promised, expected, n_prepared;
} ahead;

static void prepare(void *user, int64_t unit) {
  ahead *a = user;
  require(a->promised == -1, "told of a second unit before the first was begun");
  a->promised = unit;
  a->n_prepared++;
}

static rc_status run_in_unit(void *user, int64_t task, rc_task_note *n, rc_error *err) {
  ahead *a = user;
  int64_t unit = 0;
  while (a->first[unit + 1] <= task)
    unit++;
  if (task == a->first[unit]) {
    // The promise made before this unit began is of the one after it.
    require(a->expected == -1 || a->expected == unit, "a promise was broken");
    a->expected = a->promised;
    a->promised = -1;
  }
  return run(&a->b, task, n, err);
}

static void note_in_unit(void *user, const rc_task_note *n) {
  ahead *a = user;
  note(&a->b, n);
}

/// Units of 1, 2, 3, 1, 2, 3 ... tasks.
static void units_and_what_comes_next(int64_t n_units, int milliseconds) {
  int64_t *first = malloc((size_t)(n_units + 1) * sizeof *first), total = 0, prepared = 0;
  require(first != NULL, "out of memory");
  first[0] = 0;
  for (int64_t u = 0; u < n_units; u++)
    first[u + 1] = first[u] + 1 + u % 3;
  int64_t n_tasks = first[n_units];
  ahead a = {make(n_tasks, -1, milliseconds), first, -1, -1, 0};
  rc_dispatch_job job = {.n_units = n_units,
                         .first = first,
                         .prepare = prepare,
                         .run = run_in_unit,
                         .progress = note_in_unit,
                         .user = &a};
  rc_error err = RC_ERROR_INIT;
  require(rc_dispatch(MPI_COMM_WORLD, &job, &err) == RC_OK, "dispatch failed");
  MPI_Allreduce(&a.b.n_run, &total, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
  MPI_Allreduce(&a.n_prepared, &prepared, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
  require(total == n_tasks, "tasks were lost or run twice");
  require(rank != 0 || a.b.n_noted == n_tasks, "progress was not told of every task");
  require(n_units <= 2 * n_ranks || prepared > 0, "nobody was told what comes next");
  require(n_units > n_ranks || prepared == 0, "a rank hoarded work that others wait for");
  free(a.b.value);
  free(first);
}

static void all_ranks_work(void) {
  bench b = make(20 * n_ranks, -1, 5);
  rc_dispatch_job job = {.n_units = b.n_tasks, .run = run, .user = &b};
  rc_error err = RC_ERROR_INIT;
  int64_t least = 0;
  require(rc_dispatch(MPI_COMM_WORLD, &job, &err) == RC_OK, "dispatch failed");
  MPI_Allreduce(&b.n_run, &least, 1, MPI_INT64_T, MPI_MIN, MPI_COMM_WORLD);
  require(least > 0, "a rank got nothing to do (the master must work, too)");
  free(b.value);
}

static void a_fatal_error_reaches_everyone(void) {
  bench b = make(1000, 5, 0);
  rc_dispatch_job job = {.n_units = b.n_tasks, .run = run, .progress = note, .user = &b};
  rc_error err = RC_ERROR_INIT;
  require(rc_dispatch(MPI_COMM_WORLD, &job, &err) == RC_ERR_NUMERIC, "the error did not arrive");
  require(strstr(err.message, "task 5 is meant to fail") != NULL, "the message did not arrive");
  free(b.value);
}

static void spreading(void) {
  unsigned char *bytes = NULL;
  size_t n = rank == 0 ? 100001 : 0;
  rc_error err = RC_ERROR_INIT;
  if (rank == 0) {
    bytes = malloc(n);
    for (size_t i = 0; i < n; i++)
      bytes[i] = (unsigned char)(i * 7);
  }
  require(rc_spread(MPI_COMM_WORLD, &bytes, &n, &err) == RC_OK && n == 100001, "spreading failed");
  for (size_t i = 0; i < n; i++)
    require(bytes[i] == (unsigned char)(i * 7), "a spread byte is wrong");
  free(bytes);
}

static void agreeing(void) {
  rc_error err = RC_ERROR_INIT;
  require(rc_agree(MPI_COMM_WORLD, RC_OK, &err) == RC_OK, "agreed on a failure nobody had");
  rc_status mine = RC_OK;
  if (rank == n_ranks - 1)
    mine = rc_fail(&err, RC_ERR_GEOMETRY, "from the last rank");
  require(rc_agree(MPI_COMM_WORLD, mine, &err) == RC_ERR_GEOMETRY, "a failure was missed");
  require(strcmp(err.message, "from the last rank") == 0, "the message was lost");
  require(rc_threads_per_rank(MPI_COMM_WORLD, 0) >= 1, "no threads");
  require(rc_threads_per_rank(MPI_COMM_WORLD, 3) == 3, "the wish for threads was ignored");
}

int main(int argc, char **argv) {
  int provided;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
  require(provided == MPI_THREAD_MULTIPLE, "this MPI does not provide MPI_THREAD_MULTIPLE");
  agreeing();
  spreading();
  every_task_once(0);
  every_task_once(1);
  every_task_once(4);
  every_task_once(5000);
  all_ranks_work();
  units_and_what_comes_next(1, 0);
  units_and_what_comes_next(n_ranks, 2);
  units_and_what_comes_next(2000, 0);
  a_fatal_error_reaches_everyone();
  every_task_once(17); // the communicator is usable after a failure
  MPI_Finalize();
  return 0;
}
