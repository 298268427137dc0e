// SPDX-License-Identifier: Apache-2.0
#include "dist/dispatch.h"
#include "dist/quiet.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { TAG_REQUEST = 1, TAG_TASK = 2 };
#define NO_TASK INT64_C(-1)

/// A worker's message: what it finished (note.task == NO_TASK at first) and whether it can go on.
typedef struct request {
  rc_task_note note;
  int32_t fatal;
} request;

/// The master's books; both of rank 0's threads use them under the lock.
typedef struct master {
  const rc_dispatch_job *job;
  pthread_mutex_t lock;
  int64_t next; ///< position in the hand-out order
  int stopped;  ///< a fatal error happened: hand out nothing more
  MPI_Comm comm;
  int n_remote; ///< ranks still to be sent away
  int mpi_error;
} master;

static int64_t account_and_choose(master *m, const request *finished) {
  pthread_mutex_lock(&m->lock);
  const rc_dispatch_job *job = m->job;
  if (finished->fatal)
    m->stopped = 1;
  if (finished->note.task != NO_TASK && job->progress != NULL)
    job->progress(job->user, &finished->note);
  int64_t task = NO_TASK;
  if (!m->stopped && m->next < job->n_tasks) {
    task = job->order == NULL ? m->next : job->order[m->next];
    m->next++;
  }
  pthread_mutex_unlock(&m->lock);
  return task;
}

/// Answers remote ranks until each has been told that nothing is left.
static void serve(master *m) {
  quiet_pause pause = QUIET_PAUSE_INIT;
  while (m->n_remote > 0 && m->mpi_error == MPI_SUCCESS) {
    int waiting = 0;
    MPI_Status from;
    m->mpi_error = MPI_Iprobe(MPI_ANY_SOURCE, TAG_REQUEST, m->comm, &waiting, &from);
    if (m->mpi_error != MPI_SUCCESS)
      return;
    if (!waiting) {
      quiet_sleep(&pause);
      continue;
    }
    pause = (quiet_pause)QUIET_PAUSE_INIT;
    request finished;
    m->mpi_error = MPI_Recv(&finished, sizeof finished, MPI_BYTE, from.MPI_SOURCE, TAG_REQUEST,
                            m->comm, MPI_STATUS_IGNORE);
    if (m->mpi_error != MPI_SUCCESS)
      return;
    int64_t task = account_and_choose(m, &finished);
    if (task == NO_TASK)
      m->n_remote--;
    m->mpi_error = MPI_Send(&task, 1, MPI_INT64_T, from.MPI_SOURCE, TAG_TASK, m->comm);
  }
}

static void *serve_thread(void *user) {
  serve(user);
  return NULL;
}

static int64_t ask_remote(MPI_Comm comm, const request *finished) {
  int64_t task = NO_TASK;
  MPI_Request pending;
  MPI_Irecv(&task, 1, MPI_INT64_T, 0, TAG_TASK, comm, &pending);
  MPI_Send(finished, sizeof *finished, MPI_BYTE, 0, TAG_REQUEST, comm);
  quiet_wait(&pending);
  return task;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/// The worker's life on every rank. `m` is NULL on ranks that have to ask by message.
static rc_status work(const rc_dispatch_job *job, MPI_Comm comm, int rank, master *m,
                      rc_error *err) {
  rc_status status = RC_OK;
  request finished;
  memset(&finished, 0, sizeof finished);
  finished.note.task = NO_TASK;
  for (;;) {
    int64_t task = m != NULL ? account_and_choose(m, &finished) : ask_remote(comm, &finished);
    if (task == NO_TASK)
      return status;
    double start = now();
    memset(&finished, 0, sizeof finished);
    rc_status outcome = job->run(job->user, task, &finished.note, err);
    if (outcome != RC_OK) {
      status = outcome;
      finished.fatal = 1;
    }
    finished.note.task = task;
    finished.note.rank = rank;
    finished.note.seconds = now() - start;
  }
}

static rc_status lead(const rc_dispatch_job *job, MPI_Comm comm, int n_ranks, rc_error *err) {
  master m = {.job = job, .comm = comm, .n_remote = n_ranks - 1};
  pthread_t thread;
  int threads = MPI_THREAD_SINGLE;
  rc_status status = RC_OK;
  if (pthread_mutex_init(&m.lock, NULL) != 0)
    return rc_fail(err, RC_ERR_INTERNAL, "cannot make a lock");
  MPI_Query_thread(&threads);
  if (n_ranks == 1) {
    status = work(job, comm, 0, &m, err);
  } else if (threads < MPI_THREAD_MULTIPLE ||
             pthread_create(&thread, NULL, serve_thread, &m) != 0) {
    serve(&m);
  } else {
    status = work(job, comm, 0, &m, err);
    pthread_join(thread, NULL);
  }
  if (m.mpi_error != MPI_SUCCESS && status == RC_OK)
    status = rc_fail(err, RC_ERR_INTERNAL, "MPI failed while dispatching (code %d)", m.mpi_error);
  pthread_mutex_destroy(&m.lock);
  return status;
}

rc_status rc_dispatch(MPI_Comm comm, const rc_dispatch_job *job, rc_error *err) {
  // A communicator of our own keeps the messages apart from everyone else's.
  MPI_Comm own;
  int rank = 0, n_ranks = 1;
  if (MPI_Comm_dup(comm, &own) != MPI_SUCCESS)
    return rc_fail(err, RC_ERR_INTERNAL, "MPI cannot make a communicator");
  MPI_Comm_rank(own, &rank);
  MPI_Comm_size(own, &n_ranks);
  rc_status status = rank == 0 ? lead(job, own, n_ranks, err) : work(job, own, rank, NULL, err);
  status = rc_agree(own, status, err);
  MPI_Comm_free(&own);
  return status;
}
