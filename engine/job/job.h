// SPDX-License-Identifier: Apache-2.0
/// @file job.h
/// The main job: workflow in, cohort file out, on all ranks. Cases first, each row written by the
/// rank that computed it; then the tables are joined and the models' tasks go through the same
/// dispatcher.
#ifndef RADCOHORT_ENGINE_JOB_H
#define RADCOHORT_ENGINE_JOB_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rc_job_options {
  const char *workflow_path;
  rc_texts sets;       ///< --set texts
  const char *version; ///< of the program, for provenance
  bool quiet, verbose, json_log;
} rc_job_options;

typedef struct rc_job_result {
  const char *cohort_file; ///< final path; arena text
  const char *log_file;
  const char *findings; ///< what was found, lines for people; "" when there are no models
  const char *report;   ///< on RC_ERR_WORKFLOW: every error of the workflow file
  bool file_begun;      ///< on each rank: HDF5 has been at work on the cohort file
  int64_t n_tasks, n_failed;
  int64_t n_models, n_models_failed;
} rc_job_result;

/// Collective over `comm`. All ranks return the same status; `result` is complete on rank 0 only.
/// Failed cases and models are recorded in the cohort file and counted, they are no error here.
rc_status rc_job_run(MPI_Comm comm, const rc_job_options *options, rc_arena *arena,
                     rc_job_result *result, rc_error *err);

#endif
