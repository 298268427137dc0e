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

/// Column names are one of a kind in the whole file: /mod/CT/var holds "CT.stat_mean", the name
/// that models use too. Frames given and read here have the plain "stat_mean".
#define RC_STORE_SEPARATOR "."
/// Name of provenance among the tables of a file.
#define RC_STORE_FACTS "provenance"
/// What the obs column "status" says of a row that no rank has written.
#define RC_STORE_NOT_RUN "not_run"

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
  const char *status;    ///< rc_status_name, at most 16 bytes
  const char *error;     ///< at most 512 bytes kept, whole UTF-8 characters
  const char *undefined; ///< at most 512 bytes kept, whole UTF-8 characters
  const char *digest;    ///< 64 bytes
  int64_t n_voxels;
  double volume_mm3;
} rc_store_row;

typedef struct rc_store rc_store;

/// Rank 0 only. Creates `path` (RC_ERR_IO if the folder cannot be written; replaces an old file).
/// Row names must differ within a modality, and so must column names (RC_ERR_FORMAT); a row name
/// in several modalities is one observation. Bytes that are no UTF-8 become '?'; '/' in the name of
/// a column becomes '_', and names that then occur twice get ".2". `facts` is a frame of one row
/// whose columns become scalar strings and numbers under /uns/provenance; may be NULL.
/// The same arguments make the same bytes.
rc_status rc_store_create(const char *path, const rc_store_modality *modality, int64_t n,
                          const rc_frame *facts, rc_error *err);

/// Collective. Opens for writing rows. All ranks return the same status.
rc_status rc_store_open(const char *path, MPI_Comm comm, rc_store **out, rc_error *err);
/// Independent: no other rank takes part. `x` has the modality's n_var numbers. What was written
/// stays readable when the run is killed. `live` NULL: only the numbers.
rc_status rc_store_write_row(rc_store *store, int64_t modality, int64_t row, const double *x,
                             const rc_store_row *live, rc_error *err);
/// Collective; takes NULL on every rank.
rc_status rc_store_close(rc_store *store, rc_error *err);

/// Rank 0 only: adds a data frame as /uns/<group>/<frame->name> (group may be NULL). A name that
/// is there already: RC_ERR_WORKFLOW.
rc_status rc_store_add_frame(const char *path, const char *group, const rc_frame *frame,
                             rc_error *err);
/// Rank 0 only: adds a scalar string at /uns/provenance/<key>.
rc_status rc_store_add_fact(const char *path, const char *key, const char *value, rc_error *err);

/// Rank 0 only: brings the finished file to disk and gives it its name, replacing a former one at
/// once: readers see the old file or the whole new one.
rc_status rc_store_publish(const char *part, const char *final, rc_error *err);

// Reading files of this program, also after Python has written them again. Hostile files give
// errors, not crashes. Results lie in `arena`. RC_ERR_NOT_FOUND: no such file or table;
// RC_ERR_FORMAT: no HDF5, no cohort file, or damaged; RC_ERR_UNSUPPORTED: types or links that this
// program does not write.

typedef struct rc_store_summary {
  const char *name;
  int64_t n_obs, n_var;
} rc_store_summary;
rc_status rc_store_list(const char *path, rc_arena *arena, rc_store_summary **modality, int64_t *n,
                        rc_texts *uns_frames, rc_error *err);
/// `modality` NULL: the observations of all modalities, with a column per modality that holds the
/// row there, counted from 1, or 0.
rc_status rc_store_read_obs(const char *path, const char *modality, rc_arena *arena, rc_frame **out,
                            rc_error *err);
/// The same for columns.
rc_status rc_store_read_var(const char *path, const char *modality, rc_arena *arena, rc_frame **out,
                            rc_error *err);
/// X as n_obs x n_var doubles in row order.
rc_status rc_store_read_x(const char *path, const char *modality, rc_arena *arena, double **x,
                          rc_error *err);
/// A frame of /uns by the name that rc_store_list gives it: "<name>" or "<group>/<name>".
rc_status rc_store_read_uns(const char *path, const char *name, rc_arena *arena, rc_frame **out,
                            rc_error *err);
/// Provenance facts as a frame of key/value text columns.
rc_status rc_store_read_facts(const char *path, rc_arena *arena, rc_frame **out, rc_error *err);

/// "HDF5 1.10.8", for provenance. Writes at most `capacity` bytes.
void rc_store_library(char *out, size_t capacity);

#endif
