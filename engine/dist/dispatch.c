// SPDX-License-Identifier: Apache-2.0
#include "dist/dispatch.h"
#include "dist/quiet.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { TAG_REQUEST = 1, TAG_UNIT = 2 };
#define NO_UNIT INT64_C(-1)
#define NO_TASK INT64_C(-1)

typedef enum wish {
  WISH_NOTHING, ///< a report only; no answer comes
  WISH_UNIT,    ///< work; NO_UNIT: go home
  WISH_NEXT     ///< to know what comes after the unit at hand; NO_UNIT: ask again when it is done
} wish;

/// A worker's message: what it finished (note.task == NO_TASK: nothing), whether it can go on, and
/// what it wants.
typedef struct request {
  rc_task_note note;
  int32_t fatal;
  int32_t wish;
} request;

/// The master's books; both of rank 0's threads use them under the lock.
typedef struct master {
  const rc_dispatch_job *job;
  pthread_mutex_t lock;
  int64_t next; ///< position in the hand-out order
  int stopped;  ///< a fatal error happened: hand out nothing more
  MPI_Comm comm;
  int n_ranks;
  int n_remote; ///< ranks still to be sent away
  int mpi_error;
} master;

static int64_t choose(master *m, wish what) {
  const rc_dispatch_job *job = m->job;
  int64_t left = job->n_units - m->next;
  if (m->stopped || left <= (what == WISH_NEXT ? m->n_ranks : 0))
    return NO_UNIT;
  int64_t unit = job->order == NULL ? m->next : job->order[m->next];
  m->next++;
  return unit;
}

static int64_t account_and_choose(master *m, const request *r) {
  pthread_mutex_lock(&m->lock);
  if (r->fatal)
    m->stopped = 1;
  if (r->note.task != NO_TASK && m->job->progress != NULL)
    m->job->progress(m->job->user, &r->note);
  int64_t unit = r->wish == WISH_NOTHING ? NO_UNIT : choose(m, (wish)r->wish);
  pthread_mutex_unlock(&m->lock);
  return unit;
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
    request r;
    m->mpi_error =
        MPI_Recv(&r, sizeof r, MPI_BYTE, from.MPI_SOURCE, TAG_REQUEST, m->comm, MPI_STATUS_IGNORE);
    if (m->mpi_error != MPI_SUCCESS)
      return;
    int64_t unit = account_and_choose(m, &r);
    if (r.wish == WISH_NOTHING)
      continue;
    if (r.wish == WISH_UNIT && unit == NO_UNIT)
      m->n_remote--;
    m->mpi_error = MPI_Send(&unit, 1, MPI_INT64_T, from.MPI_SOURCE, TAG_UNIT, m->comm);
  }
}

static void *serve_thread(void *user) {
  serve(user);
  return NULL;
}

static int64_t ask_remote(MPI_Comm comm, const request *r) {
  int64_t unit = NO_UNIT;
  MPI_Request pending;
  if (r->wish == WISH_NOTHING) {
    MPI_Send(r, sizeof *r, MPI_BYTE, 0, TAG_REQUEST, comm);
    return NO_UNIT;
  }
  MPI_Irecv(&unit, 1, MPI_INT64_T, 0, TAG_UNIT, comm, &pending);
  MPI_Send(r, sizeof *r, MPI_BYTE, 0, TAG_REQUEST, comm);
  quiet_wait(&pending);
  return unit;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/// A rank at work. `m` is NULL on ranks that have to ask by message.
typedef struct worker {
  const rc_dispatch_job *job;
  MPI_Comm comm;
  int rank;
  master *m;
} worker;

static request make_request(wish what) {
  request r;
  memset(&r, 0, sizeof r); // its padding travels, too
  r.note.task = NO_TASK;
  r.wish = what;
  return r;
}

static int64_t ask(const worker *w, const request *r) {
  return w->m != NULL ? account_and_choose(w->m, r) : ask_remote(w->comm, r);
}

/// Runs the tasks of one unit. The report on the last one asks for `last`'s wish, whose answer is
/// returned; a fatal error leaves the rest undone.
static int64_t run_unit(const worker *w, int64_t unit, wish last, rc_status *status,
                        rc_error *err) {
  const int64_t *first = w->job->first;
  int64_t task = first == NULL ? unit : first[unit];
  int64_t end = first == NULL ? unit + 1 : first[unit + 1];
  int64_t answer = NO_UNIT;
  for (; task < end; task++) {
    double start = now();
    request r = make_request(WISH_NOTHING);
    rc_status outcome = w->job->run(w->job->user, task, &r.note, err);
    if (outcome != RC_OK) {
      *status = outcome;
      r.fatal = 1;
      end = task + 1;
    }
    r.note.task = task;
    r.note.rank = w->rank;
    r.note.seconds = now() - start;
    r.wish = task + 1 == end ? last : WISH_NOTHING;
    answer = ask(w, &r);
  }
  return answer;
}

/// The worker's life on every rank.
static rc_status work(const rc_dispatch_job *job, MPI_Comm comm, int rank, master *m,
                      rc_error *err) {
  const worker w = {job, comm, rank, m};
  const request first = make_request(WISH_UNIT), ahead = make_request(WISH_NEXT);
  rc_status status = RC_OK;
  int64_t unit = ask(&w, &first);
  while (unit != NO_UNIT) {
    int64_t next = job->prepare == NULL ? NO_UNIT : ask(&w, &ahead);
    if (next != NO_UNIT)
      job->prepare(job->user, next);
    int64_t answer = run_unit(&w, unit, next == NO_UNIT ? WISH_UNIT : WISH_NOTHING, &status, err);
    unit = next == NO_UNIT ? answer : next;
    if (status != RC_OK && next != NO_UNIT)
      unit = ask(&w, &first); // what was promised is dropped; nothing more will come
  }
  return status;
}

static rc_status lead(const rc_dispatch_job *job, MPI_Comm comm, int n_ranks, rc_error *err) {
  master m = {.job = job, .comm = comm, .n_ranks = n_ranks, .n_remote = n_ranks - 1};
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
