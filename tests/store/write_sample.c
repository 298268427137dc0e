// SPDX-License-Identifier: Apache-2.0
// mpirun -n N store_write_sample FILE ROWS COLUMNS [KILL_AFTER]: writes the sample cohort, row i on
// rank i % N. With KILL_AFTER the last rank kills itself after that many rows, without warning.
#include "sample.h"

#include "base/text.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

typedef struct settings {
  const char *path;
  int64_t rows, columns, kill_after;
} settings;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static rc_status write_rows(const settings *s, rc_store *store, rc_error *err) {
  int rank = 0, ranks = 1;
  int64_t written = 0;
  rc_status status = RC_OK;
  double *scratch = calloc((size_t)s->columns + 1, sizeof *scratch);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  for (int64_t i = rank; scratch != NULL && status == RC_OK && i < 2 * s->rows; i += ranks) {
    int64_t modality = i % 2, row = i / 2;
    status = sample_write_row(store, modality, row, s->columns + modality, scratch, err);
    written++;
    if (rank == ranks - 1 && written == s->kill_after)
      raise(SIGKILL);
  }
  free(scratch);
  return status;
}

static rc_status run(const settings *s, rc_arena *arena, rc_error *err) {
  int rank = 0;
  rc_store *store = NULL;
  rc_status status = RC_OK;
  double start = now();
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0)
    status = sample_create(s->path, s->rows, s->columns, arena, err);
  double created = now();
  MPI_Barrier(MPI_COMM_WORLD);
  if (status == RC_OK)
    status = rc_store_open(s->path, MPI_COMM_WORLD, &store, err);
  if (status == RC_OK)
    status = write_rows(s, store, err);
  rc_status closed = rc_store_close(store, err);
  double written = now();
  if (rank == 0 && status == RC_OK && closed == RC_OK)
    status = sample_finish(s->path, arena, err);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("rank %d: create %.2f s, rows %.2f s, %ld MiB\n", rank, created - start, written - created,
         usage.ru_maxrss / 1024);
  return status != RC_OK ? status : closed;
}

int main(int argc, char **argv) {
  settings s = {.kill_after = -1};
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  MPI_Init(&argc, &argv);
  bool good = argc >= 4 && rc_parse_int(argv[2], &s.rows) && rc_parse_int(argv[3], &s.columns) &&
              (argc < 5 || rc_parse_int(argv[4], &s.kill_after));
  s.path = good ? argv[1] : NULL;
  if (!good || run(&s, arena, &err) != RC_OK) {
    fprintf(stderr, "write_sample: %s\n", err.message);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Finalize();
  rc_arena_destroy(arena);
  return 0;
}
