// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"
#include "cli/version.h"
#include "job/job.h"

#include <mpi.h>
#include <stdio.h>

static void print_outcome(const rc_job_result *result) {
  if (result->findings != NULL && result->findings[0] != '\0')
    printf("\nFindings\n%s\n", result->findings);
  printf("\nCohort file: %s\n", result->cohort_file);
  printf("Log:         %s\n", result->log_file);
  if (result->n_failed > 0)
    printf("%lld of %lld cases failed; `radcohort show %s` lists them.\n",
           (long long)result->n_failed, (long long)result->n_tasks, result->cohort_file);
  if (result->n_models_failed > 0)
    printf("%lld of %lld models failed; their reasons are above and in the cohort file.\n",
           (long long)result->n_models_failed, (long long)result->n_models);
}

/// HDF5 1.10 crashes in its clean-up, which MPI_Finalize starts, when closing a file has failed (a
/// full disk). The message is out and all ranks agree: there is nothing left to tidy up.
static void leave_at_once(int code) {
  fflush(NULL);
  MPI_Abort(MPI_COMM_WORLD, code);
}

static int run_with_mpi(const rc_arguments *arguments) {
  int rank = 0, code = RC_EXIT_OK;
  rc_error err = RC_ERROR_INIT;
  rc_job_result result;
  rc_job_options options = {.workflow_path = rc_operand(arguments, 0),
                            .sets = rc_option_values(arguments, "set"),
                            .version = RC_VERSION,
                            .quiet = rc_option_value(arguments, "quiet") != NULL,
                            .verbose = rc_option_value(arguments, "verbose") != NULL,
                            .json_log = rc_option_value(arguments, "json-log") != NULL};
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  rc_status status =
      rc_job_run(MPI_COMM_WORLD, &options, rc_arguments_arena(arguments), &result, &err);
  if (status == RC_OK && (result.n_failed > 0 || result.n_models_failed > 0))
    code = RC_EXIT_CASES;
  if (status != RC_OK)
    code = rc_exit_code(status);
  if (rank == 0 && status == RC_OK)
    print_outcome(&result);
  if (rank == 0 && status != RC_OK) {
    if (result.report != NULL)
      fputs(result.report, stderr);
    rc_report_error(&err);
  }
  // Every rank must leave with the same code, or mpirun reports the wrong one.
  MPI_Bcast(&code, 1, MPI_INT, 0, MPI_COMM_WORLD);
  if (status != RC_OK && result.file_begun)
    leave_at_once(code);
  return code;
}

static int run(const rc_arguments *arguments) {
  int provided = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) {
    fprintf(stderr, "radcohort: MPI cannot be initialised\n");
    return RC_EXIT_RUN;
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  int code = run_with_mpi(arguments);
  MPI_Finalize();
  return code;
}

static const rc_option options[] = {
    {"set", "KEY=VALUE", "override a workflow value, e.g. --set run.seed=7; repeatable"},
    {"quiet", NULL, "show warnings and errors only"},
    {"verbose", NULL, "show a line for every case"},
    {"json-log", NULL, "log lines as JSON objects, to the terminal and the log file"},
};

const rc_verb rc_verb_run = {
    .name = "run",
    .summary = "Compute a cohort: images to features, tables joined, models fitted",
    .usage = "WORKFLOW.yaml [options]",
    .details =
        "Writes one HDF5 cohort file (MuData layout) to `output: file`, and a log beside it.\n"
        "A case that fails is recorded with its reason and the cohort goes on. Results do not\n"
        "depend on the number of ranks or threads. `radcohort plan` shows beforehand what\n"
        "would run.",
    .examples =
        "  radcohort run study.yaml                       # one rank, all cores by threads\n"
        "  mpirun -n 8 radcohort run study.yaml           # eight ranks\n"
        "  srun -n 128 radcohort run study.yaml --quiet   # inside a Slurm job\n"
        "  radcohort run study.yaml --set output.file=/scratch/a.h5mu --set run.seed=7\n",
    .option = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
