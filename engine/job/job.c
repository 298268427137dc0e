// SPDX-License-Identifier: Apache-2.0
#include "job/job.h"

#include "dist/dispatch.h"
#include "job/layout.h"
#include "log/log.h"
#include "models/models_run.h"
#include "plan/plan_pack.h"
#include "run/folders.h"
#include "run/reader.h"
#include "store/cohort_file.h"

#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// Everything one rank holds while the job runs. Collective steps end in rc_agree, so that no rank
/// is left waiting for one that failed.
typedef struct job {
  MPI_Comm comm;
  int rank, n_ranks;
  const rc_job_options *options;
  rc_arena *arena; ///< lives as long as the job
  rc_workflow *workflow;
  rc_plan *plan;
  rc_entry_column **column; ///< per image entry
  int64_t *n_columns;
  const char *final_path, *part_path, *log_path;
  rc_log *log; ///< rank 0 only
  rc_store *store;
  rc_arena *case_arena;
  rc_reader reader;
  double *value; ///< room for the widest row
  rc_models *models;
  double *task_value; ///< [n_tasks][RC_MODEL_TASK_VALUES]
  rc_job_result *result;
} job;

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "out of memory");
}

// ---- before anything is computed ---------------------------------------------------------------

static rc_status load_workflow(job *j, rc_error *err) {
  const char *report = NULL;
  rc_status status = rc_workflow_load(j->options->workflow_path, &j->options->sets, j->arena,
                                      &j->workflow, &report, err);
  j->result->report = report;
  return rc_agree(j->comm, status, err);
}

/// Rank 0 walks the files; everyone gets its plan.
static rc_status make_plan(job *j, rc_error *err) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  int64_t n_images = j->workflow->n_images;
  rc_status status = RC_OK;
  if (j->rank == 0) {
    status = rc_plan_create(j->workflow, j->arena, &j->plan, err);
    if (status == RC_OK)
      status = rc_plan_pack(j->plan, n_images, &bytes, &n, err);
  }
  status = rc_agree(j->comm, status, err);
  if (status == RC_OK)
    status = rc_spread(j->comm, &bytes, &n, err);
  if (status == RC_OK && j->rank != 0)
    status = rc_plan_unpack(bytes, n, n_images, j->arena, &j->plan, err);
  free(bytes);
  return rc_agree(j->comm, status, err);
}

static rc_status make_columns(job *j, rc_error *err) {
  int64_t n = j->workflow->n_images, widest = 0;
  j->column = rc_arena_alloc(j->arena, (size_t)n, sizeof *j->column);
  j->n_columns = rc_arena_alloc(j->arena, (size_t)n, sizeof *j->n_columns);
  if (j->column == NULL || j->n_columns == NULL)
    return no_memory(err);
  for (int64_t e = 0; e < n; e++) {
    rc_status status =
        rc_entry_columns(&j->workflow->image[e], j->arena, &j->column[e], &j->n_columns[e], err);
    if (status != RC_OK)
      return status;
    if (j->n_columns[e] > widest)
      widest = j->n_columns[e];
  }
  j->value = rc_arena_alloc(j->arena, (size_t)widest, sizeof *j->value);
  return j->value == NULL ? no_memory(err) : RC_OK;
}

/// A cohort file of an earlier run is replaced; anything else under its name is not.
static rc_status check_target(const char *path, rc_error *err) {
  struct stat facts;
  if (lstat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_IO, "%s: there is something that is no file; choose another output",
                   path);
  return RC_OK;
}

static rc_status open_output(job *j, rc_error *err) {
  j->final_path = rc_workflow_output_path(j->workflow, j->arena);
  if (j->final_path == NULL)
    return no_memory(err);
  j->part_path = rc_arena_printf(j->arena, "%s.part", j->final_path);
  j->log_path = rc_arena_printf(j->arena, "%s.log", j->final_path);
  if (j->part_path == NULL || j->log_path == NULL)
    return no_memory(err);
  if (j->rank != 0)
    return RC_OK;
  j->result->cohort_file = j->final_path;
  j->result->log_file = j->log_path;
  rc_status status = rc_folders_above(j->final_path, err);
  if (status == RC_OK)
    status = check_target(j->final_path, err);
  rc_log_options options = {j->log_path, j->options->quiet, j->options->verbose,
                            j->options->json_log};
  return status == RC_OK ? rc_log_create(&options, &j->log, err) : status;
}

static void announce(job *j) {
  rc_log_say(j->log, RC_LOG_INFO, "start", "radcohort %s: %s: %lld cases, %lld image settings",
             j->options->version, j->options->workflow_path, (long long)j->plan->n_tasks,
             (long long)j->workflow->n_images);
  rc_log_say(j->log, RC_LOG_INFO, "ranks", "%d rank%s, %d thread%s each", j->n_ranks,
             j->n_ranks == 1 ? "" : "s", omp_get_max_threads(),
             omp_get_max_threads() == 1 ? "" : "s");
  for (int64_t i = 0; i < j->plan->notes.n; i++)
    rc_log_say(j->log, RC_LOG_WARNING, "plan", "%s", j->plan->notes.item[i]);
}

// ---- the cohort file ---------------------------------------------------------------------------

/// Rank 0: image modalities from the plan, table modalities complete with their numbers.
static rc_status create_file(job *j, rc_error *err) {
  int64_t n_images = j->workflow->n_images;
  rc_joined_tables tables = {0};
  rc_status status = rc_join_tables(j->workflow, j->plan, j->arena, &tables, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < tables.notes.n; i++)
    rc_log_say(j->log, RC_LOG_WARNING, "join", "%s", tables.notes.item[i]);
  int64_t n = n_images + tables.n;
  rc_store_modality *modality = rc_arena_alloc(j->arena, (size_t)n, sizeof *modality);
  rc_frame *facts =
      rc_layout_facts(j->workflow, j->plan, j->options->version, j->n_ranks, j->arena);
  if (modality == NULL || facts == NULL)
    return no_memory(err);
  for (int64_t e = 0; e < n_images; e++) {
    modality[e] = (rc_store_modality){
        .name = j->workflow->image[e].name,
        .obs = rc_layout_obs(j->workflow, j->plan, e, j->arena),
        .var = rc_layout_var(j->workflow, j->plan, e, j->column[e], j->n_columns[e], j->arena),
        .live_rows = true};
    if (modality[e].obs == NULL || modality[e].var == NULL)
      return no_memory(err);
  }
  for (int64_t t = 0; t < tables.n; t++)
    modality[n_images + t] = tables.modality[t];
  j->result->file_begun = true;
  return rc_store_create(j->part_path, modality, n, facts, err);
}

// ---- cases -------------------------------------------------------------------------------------

static void read_ahead(void *user, int64_t unit) {
  job *j = user;
  rc_reader_begin(&j->reader, &j->plan->task[j->plan->first[unit]]);
}

static rc_status run_case(void *user, int64_t t, rc_task_note *note, rc_error *err) {
  job *j = user;
  const rc_task *task = &j->plan->task[t];
  rc_case_row row;
  rc_arena_mark empty = rc_arena_get_mark(j->case_arena);
  rc_case_run(j->workflow, task, rc_reader_image(&j->reader, task), j->n_columns[task->entry],
              j->case_arena, &row, j->value);
  rc_arena_rewind(j->case_arena, empty);
  rc_store_row live = {.status = rc_status_name(row.status),
                       .error = row.error,
                       .undefined = row.undefined,
                       .digest = row.digest,
                       .n_voxels = row.n_voxels,
                       .volume_mm3 = row.volume_mm3};
  note->status = row.status;
  snprintf(note->text, sizeof note->text, "%.*s", (int)sizeof note->text - 1, row.error);
  rc_status status = rc_store_write_row(j->store, task->entry, task->row, j->value, &live, err);
  if (status != RC_OK)
    rc_error_context(err, "%s", j->part_path);
  return status;
}

static void case_done(void *user, const rc_task_note *note) {
  job *j = user;
  const rc_task *task = &j->plan->task[note->task];
  const char *entry = j->workflow->image[task->entry].name;
  bool failed = note->status != RC_OK;
  j->result->n_failed += failed;
  if (failed)
    rc_log_say(j->log, RC_LOG_WARNING, "case_failed", "%s %s failed: %s", entry, task->observation,
               note->text);
  else
    rc_log_say(j->log, RC_LOG_DEBUG, "case_done", "%s %s: %.3f s on rank %d", entry,
               task->observation, note->seconds, note->rank);
  rc_progress_step(j->log, task->cost, failed);
}

static rc_status run_cases(job *j, rc_error *err) {
  double total = 0;
  for (int64_t t = 0; t < j->plan->n_tasks; t++)
    total += j->plan->task[t].cost;
  j->result->n_tasks = j->plan->n_tasks;
  size_t limit = (size_t)(j->workflow->run.memory_gib * 1073741824.0);
  j->case_arena = rc_arena_create(limit);
  j->reader.workflow = j->workflow;
  rc_status status = rc_agree(j->comm, j->case_arena == NULL ? no_memory(err) : RC_OK, err);
  j->result->file_begun = true;
  if (status == RC_OK)
    status = rc_store_open(j->part_path, j->comm, &j->store, err);
  status = rc_agree(j->comm, status, err);
  if (status == RC_OK) {
    rc_dispatch_job work = {.n_units = j->plan->n_units,
                            .first = j->plan->first,
                            .order = j->plan->order,
                            .prepare = j->workflow->run.read_ahead ? read_ahead : NULL,
                            .run = run_case,
                            .progress = case_done,
                            .user = j};
    rc_progress_begin(j->log, "cases", j->plan->n_tasks, total);
    status = rc_dispatch(j->comm, &work, err);
    rc_reader_release(&j->reader);
    rc_progress_end(j->log);
  }
  if (j->store != NULL) {
    rc_status closed = rc_store_close(j->store, err);
    status = status == RC_OK ? closed : status;
    j->store = NULL;
  }
  return rc_agree(j->comm, status, err);
}

// ---- models ------------------------------------------------------------------------------------

static rc_status run_model_task(void *user, int64_t t, rc_task_note *note, rc_error *err) {
  job *j = user;
  (void)note;
  return rc_models_task(j->models, t, &j->task_value[t * RC_MODEL_TASK_VALUES], err);
}

static void model_task_done(void *user, const rc_task_note *note) {
  job *j = user;
  (void)note;
  rc_progress_step(j->log, 1, false);
}

/// Rank 0: result frames into the file, findings into the result.
static rc_status store_models(job *j, rc_error *err) {
  rc_frame **frame = NULL;
  int64_t n = 0;
  rc_status status = rc_models_finish(j->models, j->task_value, j->arena, &frame, &n,
                                      &j->result->findings, &j->result->n_models_failed, err);
  for (int64_t i = 0; status == RC_OK && i < n; i++)
    status = rc_store_add_frame(j->part_path, NULL, frame[i], err);
  return status;
}

static rc_status run_models(job *j, rc_error *err) {
  int64_t n_tasks = 0;
  j->result->n_models = j->workflow->n_models;
  if (j->workflow->n_models == 0)
    return RC_OK;
  rc_status status =
      rc_models_prepare(j->workflow, j->part_path, j->arena, &j->models, &n_tasks, err);
  if (status == RC_OK) {
    j->task_value =
        rc_arena_alloc(j->arena, (size_t)n_tasks, RC_MODEL_TASK_VALUES * sizeof(double));
    if (j->task_value == NULL)
      status = no_memory(err);
  }
  status = rc_agree(j->comm, status, err);
  if (status == RC_OK && n_tasks > 0) {
    rc_dispatch_job work = {
        .n_units = n_tasks, .run = run_model_task, .progress = model_task_done, .user = j};
    rc_progress_begin(j->log, "model tasks", n_tasks, (double)n_tasks);
    status = rc_dispatch(j->comm, &work, err);
    rc_progress_end(j->log);
    if (status == RC_OK)
      status = rc_combine(j->comm, j->task_value, n_tasks * RC_MODEL_TASK_VALUES, err);
  }
  if (status == RC_OK && j->rank == 0)
    status = store_models(j, err);
  return rc_agree(j->comm, status, err);
}

// ---- the whole ---------------------------------------------------------------------------------

static rc_status publish(job *j, rc_error *err) {
  char end[32];
  rc_layout_time(end, sizeof end);
  rc_status status = rc_store_add_fact(j->part_path, "end", end, err);
  return status == RC_OK ? rc_store_publish(j->part_path, j->final_path, err) : status;
}

static rc_status prepare(job *j, rc_error *err) {
  rc_status status = load_workflow(j, err);
  if (status != RC_OK)
    return status;
  omp_set_num_threads(rc_threads_per_rank(j->comm, j->workflow->run.threads));
  status = make_plan(j, err);
  if (status != RC_OK)
    return status;
  status = make_columns(j, err);
  if (status == RC_OK)
    status = open_output(j, err);
  if (status == RC_OK && j->rank == 0) {
    announce(j);
    status = create_file(j, err);
  }
  return rc_agree(j->comm, status, err);
}

rc_status rc_job_run(MPI_Comm comm, const rc_job_options *options, rc_arena *arena,
                     rc_job_result *result, rc_error *err) {
  job j = {.comm = comm, .options = options, .arena = arena, .result = result};
  memset(result, 0, sizeof *result);
  result->findings = "";
  rc_ranks(comm, &j.rank, &j.n_ranks);
  rc_status status = prepare(&j, err);
  if (status == RC_OK)
    status = run_cases(&j, err);
  if (status == RC_OK)
    status = run_models(&j, err);
  if (status == RC_OK)
    status = rc_agree(comm, j.rank == 0 ? publish(&j, err) : RC_OK, err);
  if (status != RC_OK && j.log != NULL)
    rc_log_say(j.log, RC_LOG_ERROR, "run_failed", "%s", err->message);
  rc_arena_destroy(j.case_arena);
  rc_log_destroy(j.log);
  return status;
}
