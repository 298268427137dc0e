// SPDX-License-Identifier: Apache-2.0
/// @file cohort_file.h
/// The cohort file: HDF5 in the MuData/AnnData on-disk layout. The only place that includes hdf5.h.
///
/// Life of a file: rank 0 creates it with everything the plan knows (names, var, row names, NaN
/// rows) using plain HDF5; all ranks open it in parallel and write their rows, each row
/// independently, into contiguous, early-allocated datasets; all close; rank 0 adds model results
/// and provenance. It is written as "<name>.part" and renamed when finished.
#ifndef RADCOHORT_ENGINE_COHORT_FILE_H
#define RADCOHORT_ENGINE_COHORT_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "data/frame.h"
#include <mpi.h>
#include <stdint.h>

/// One modality to be created. X is n_obs x n_var doubles, NaN until written.
typedef struct rc_store_modality {
  const char *name;
  const rc_frame *obs; ///< row names and the columns known beforehand
  const rc_frame *var; ///< column names and their description
  const double *x;     ///< the whole X when known already (tables), else NULL
  bool live_rows;      ///< image modalities: also create the live obs columns below
} rc_store_modality;

/// The live obs columns of an image modality, written with each row.
typedef struct rc_store_row {
  const char *status;    ///< rc_status_name, at most 15 bytes
  const char *error;     ///< at most 511 bytes kept
  const char *undefined; ///< at most 511 bytes kept
  const char *digest;    ///< 64 bytes
  int64_t n_voxels;
  double volume_mm3;
} rc_store_row;

typedef struct rc_store rc_store;

/// Rank 0 only. Creates `path` (fails if the folder cannot be written; replaces an old .part).
/// `uns` are frames stored under /uns; `facts` is a frame of one row whose columns become scalar
/// strings and numbers under /uns/provenance.
rc_status rc_store_create(const char *path, const rc_store_modality *modality, int64_t n,
                          const rc_frame *facts, rc_error *err);

/// Collective. Opens for writing rows.
rc_status rc_store_open(const char *path, MPI_Comm comm, rc_store **out, rc_error *err);
/// Independent: no other rank takes part. `x` has the modality's n_var numbers.
rc_status rc_store_write_row(rc_store *store, int64_t modality, int64_t row, const double *x,
                             const rc_store_row *live, rc_error *err);
/// Collective; takes NULL on every rank.
rc_status rc_store_close(rc_store *store, rc_error *err);

/// Rank 0 only: adds a data frame as /uns/<group>/<frame->name> (group may be NULL).
rc_status rc_store_add_frame(const char *path, const char *group, const rc_frame *frame,
                             rc_error *err);
/// Rank 0 only: adds a scalar string at /uns/provenance/<key>.
rc_status rc_store_add_fact(const char *path, const char *key, const char *value, rc_error *err);

/// Rank 0 only: makes a finished .part file the cohort file: written through to disk, then renamed
/// atomically.
rc_status rc_store_publish(const char *part_path, const char *final_path, rc_error *err);

/// Reading (any HDF5 h5mu/h5ad written by this program; hostile files give errors, not crashes).
typedef struct rc_store_summary {
  const char *name;
  int64_t n_obs, n_var;
} rc_store_summary;
rc_status rc_store_list(const char *path, rc_arena *arena, rc_store_summary **modality, int64_t *n,
                        rc_texts *uns_frames, rc_error *err);
rc_status rc_store_read_obs(const char *path, const char *modality, rc_arena *arena,
                            rc_frame **out, rc_error *err);
rc_status rc_store_read_var(const char *path, const char *modality, rc_arena *arena,
                            rc_frame **out, rc_error *err);
/// X as n_obs x n_var doubles in row order.
rc_status rc_store_read_x(const char *path, const char *modality, rc_arena *arena, double **x,
                          rc_error *err);
rc_status rc_store_read_uns(const char *path, const char *name, rc_arena *arena, rc_frame **out,
                            rc_error *err);
/// Provenance facts as a frame of key/value text columns.
rc_status rc_store_read_facts(const char *path, rc_arena *arena, rc_frame **out, rc_error *err);

#endif
