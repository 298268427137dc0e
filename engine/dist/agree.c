// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE // CPU_COUNT
#include "dist/dispatch.h"
#include "dist/quiet.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Large transfers go in pieces: MPI counts are ints.
#define PIECE ((size_t)1 << 28)

void rc_ranks(MPI_Comm comm, int *rank, int *n_ranks) {
  MPI_Comm_rank(comm, rank);
  MPI_Comm_size(comm, n_ranks);
}

rc_status rc_agree(MPI_Comm comm, rc_status mine, rc_error *err) {
  int rank = 0, lowest = INT_MAX;
  MPI_Request pending;
  MPI_Comm_rank(comm, &rank);
  int failing = mine == RC_OK ? INT_MAX : rank;
  MPI_Iallreduce(&failing, &lowest, 1, MPI_INT, MPI_MIN, comm, &pending);
  quiet_wait(&pending);
  if (lowest == INT_MAX)
    return RC_OK;
  rc_error shared = RC_ERROR_INIT;
  if (rank == lowest) {
    if (err != NULL)
      shared = *err;
    shared.status = mine;
  }
  MPI_Bcast(&shared, sizeof shared, MPI_BYTE, lowest, comm);
  if (err != NULL)
    *err = shared;
  return shared.status;
}

rc_status rc_spread(MPI_Comm comm, unsigned char **bytes, size_t *n, rc_error *err) {
  int rank = 0;
  uint64_t total = *n;
  rc_status status = RC_OK;
  MPI_Comm_rank(comm, &rank);
  MPI_Bcast(&total, 1, MPI_UINT64_T, 0, comm);
  if (rank != 0) {
    *n = total;
    *bytes = malloc(total > 0 ? total : 1);
    if (*bytes == NULL)
      status = rc_fail(err, RC_ERR_MEMORY, "no memory for a plan of %zu bytes", *n);
  }
  status = rc_agree(comm, status, err);
  for (size_t at = 0; status == RC_OK && at < total; at += PIECE) {
    size_t length = total - at < PIECE ? total - at : PIECE;
    if (MPI_Bcast(*bytes + at, (int)length, MPI_BYTE, 0, comm) != MPI_SUCCESS)
      status = rc_fail(err, RC_ERR_INTERNAL, "MPI failed to spread the plan");
  }
  if (status != RC_OK && rank != 0) {
    free(*bytes);
    *bytes = NULL;
  }
  return status;
}

rc_status rc_combine(MPI_Comm comm, double *values, int64_t n, rc_error *err) {
  const int64_t piece = (int64_t)(PIECE / sizeof(double));
  for (int64_t at = 0; at < n; at += piece) {
    int count = (int)(n - at < piece ? n - at : piece);
    if (MPI_Allreduce(MPI_IN_PLACE, values + at, count, MPI_UINT64_T, MPI_BOR, comm) != MPI_SUCCESS)
      return rc_fail(err, RC_ERR_INTERNAL, "MPI failed to combine model results");
  }
  return RC_OK;
}

void rc_mpi_library(char *out, size_t capacity) {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int n = 0;
  MPI_Get_library_version(text, &n);
  snprintf(out, capacity, "%.*s", (int)strcspn(text, ",\n"), text);
}

int rc_threads_per_rank(MPI_Comm comm, int64_t asked) {
  cpu_set_t mine;
  MPI_Comm node;
  int n_local = 1, total = 0;
  int cpus = sched_getaffinity(0, sizeof mine, &mine) == 0 ? CPU_COUNT(&mine) : 1;
  if (MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node) != MPI_SUCCESS)
    return 1;
  MPI_Comm_size(node, &n_local);
  MPI_Allreduce(&cpus, &total, 1, MPI_INT, MPI_SUM, node);
  MPI_Comm_free(&node);
  if (asked > 0)
    return asked < INT_MAX ? (int)asked : 1;
  // Ranks bound to cores of their own use those; ranks that share all cores divide them.
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  int share = total <= online ? cpus : cpus / n_local;
  return share > 0 ? share : 1;
}
