// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"
#include "log/log.h"
#include "plan/plan.h"
#include "workflow/columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/// Seconds a core needs per unit of a task's cost (voxels read plus voxels of the final grid), seen
/// with all families on CT of 1 mm; a guide, not a promise.
#define SECONDS_PER_COST 40e-9
#define SHOWN_TASKS 20

static void format_bytes(double bytes, char *out, size_t capacity) {
  if (bytes >= 1073741824.0)
    snprintf(out, capacity, "%.1f GiB", bytes / 1073741824.0);
  else
    snprintf(out, capacity, "%.0f MiB", ceil(bytes / 1048576.0));
}

/// Names come from files: what would steer a terminal is shown as '?'.
static const char *shown(const char *text, rc_arena *arena) {
  char *copy = rc_arena_strdup(arena, text);
  for (unsigned char *c = (unsigned char *)copy; c != NULL && *c != '\0'; c++)
    if (*c < 0x20 || *c == 0x7f)
      *c = '?';
  return copy == NULL ? "?" : copy;
}

static void print_task(const rc_task *t, rc_arena *arena) {
  const rc_geometry *g = &t->info.geometry;
  char memory[32], size[64] = "?", spacing[64] = "";
  format_bytes((double)t->memory_bytes, memory, sizeof memory);
  if (t->problem == NULL) {
    snprintf(size, sizeof size, "%lldx%lldx%lld", (long long)g->size[0], (long long)g->size[1],
             (long long)g->size[2]);
    snprintf(spacing, sizeof spacing, "%.3gx%.3gx%.3g mm", g->spacing_mm[0], g->spacing_mm[1],
             g->spacing_mm[2]);
  }
  printf("    %-24s %-14s %-15s %-20s %9s\n", shown(t->observation, arena),
         t->roi[0] == '\0' ? "-" : shown(t->roi, arena), size, spacing, memory);
  if (t->problem != NULL)
    printf("      will fail: %s\n", shown(t->problem, arena));
}

static int print_entry(const rc_workflow *w, const rc_plan *plan, int64_t e, bool all,
                       rc_arena *arena, rc_error *err) {
  rc_entry_column *column = NULL;
  int64_t n_columns = 0, shown = 0, problems = 0;
  char processing[512];
  if (rc_entry_columns(&w->image[e], arena, &column, &n_columns, err) != RC_OK)
    return rc_report_error(err);
  rc_processing_describe(&w->image[e].processing, false, processing, sizeof processing);
  for (int64_t t = 0; t < plan->n_tasks; t++)
    problems += plan->task[t].entry == e && plan->task[t].problem != NULL;
  printf("\nimages.%s: %lld region%s, %lld features each\n  %s\n", w->image[e].name,
         (long long)plan->n_rows[e], plan->n_rows[e] == 1 ? "" : "s", (long long)n_columns,
         processing);
  if (plan->n_rows[e] > 0)
    printf("    %-24s %-14s %-15s %-20s %9s\n", "observation", "ROI", "voxels", "spacing",
           "memory");
  for (int64_t t = 0; t < plan->n_tasks; t++) {
    if (plan->task[t].entry != e)
      continue;
    if (all || shown < SHOWN_TASKS || plan->task[t].problem != NULL)
      print_task(&plan->task[t], arena);
    shown++;
  }
  if (!all && shown > SHOWN_TASKS)
    printf("    ... and %lld more; --all shows them\n", (long long)(shown - SHOWN_TASKS));
  if (problems > 0)
    printf("  %lld of them cannot be read and will be recorded as failed\n", (long long)problems);
  return RC_EXIT_OK;
}

static void print_tables(const rc_workflow *w) {
  if (w->n_clinical > 0 || w->variants.file != NULL)
    printf("\n");
  for (int64_t i = 0; i < w->n_clinical; i++)
    printf("table %s: %s\n", w->clinical[i].name, w->clinical[i].file);
  if (w->variants.file != NULL)
    printf("table variants: %s\n", w->variants.file);
  for (int64_t i = 0; i < w->n_models; i++)
    printf("model %s: %s\n", w->model[i].name, rc_model_kinds[w->model[i].kind]);
}

static void print_totals(const rc_workflow *w, const rc_plan *plan, rc_arena *arena) {
  double cost = 0, largest = 0, memory = 0;
  char serial[32], longest[32], bytes[32];
  for (int64_t t = 0; t < plan->n_tasks; t++) {
    cost += plan->task[t].cost;
    largest = fmax(largest, plan->task[t].cost);
    memory = fmax(memory, (double)plan->task[t].memory_bytes);
  }
  rc_format_seconds(cost * SECONDS_PER_COST, serial, sizeof serial);
  rc_format_seconds(largest * SECONDS_PER_COST, longest, sizeof longest);
  format_bytes(memory, bytes, sizeof bytes);
  const char *output = rc_workflow_output_path(w, arena);
  printf("\n%lld regions in all; about %s on one core, the largest %s; at most %s a rank\n",
         (long long)plan->n_tasks, serial, longest, bytes);
  printf("would write %s\n", output == NULL ? "" : output);
}

static int print_schema(void) {
  rc_error err = RC_ERROR_INIT;
  return rc_workflow_print_schema(stdout, &err) == RC_OK ? RC_EXIT_OK : rc_report_error(&err);
}

static int run(const rc_arguments *arguments) {
  if (rc_option_value(arguments, "schema") != NULL)
    return print_schema();
  if (rc_operand_count(arguments) == 0) {
    rc_error missing = RC_ERROR_INIT;
    rc_fail(&missing, RC_ERR_USAGE,
            "plan: name a workflow file; `radcohort plan --help` tells more");
    return rc_report_error(&missing);
  }
  rc_arena *arena = rc_arguments_arena(arguments);
  rc_error err = RC_ERROR_INIT;
  rc_workflow *workflow = NULL;
  rc_plan *plan = NULL;
  const char *report = NULL;
  rc_texts sets = rc_option_values(arguments, "set");
  rc_status status =
      rc_workflow_load(rc_operand(arguments, 0), &sets, arena, &workflow, &report, &err);
  if (report != NULL)
    fputs(report, stderr);
  if (status == RC_OK)
    status = rc_plan_create(workflow, arena, &plan, &err);
  if (status != RC_OK)
    return rc_report_error(&err);
  bool all = rc_option_value(arguments, "all") != NULL;
  printf("%s: nothing wrong with the workflow\n", workflow->path);
  for (int64_t e = 0; e < workflow->n_images; e++) {
    int code = print_entry(workflow, plan, e, all, arena, &err);
    if (code != RC_EXIT_OK)
      return code;
  }
  print_tables(workflow);
  for (int64_t i = 0; i < plan->notes.n; i++)
    printf("%snote: %s\n", i == 0 ? "\n" : "", shown(plan->notes.item[i], arena));
  if (workflow->n_images > 0)
    print_totals(workflow, plan, arena);
  return RC_EXIT_OK;
}

static const rc_option options[] = {
    {"set", "KEY=VALUE", "override a workflow value, e.g. --set cohort.root=/data; repeatable"},
    {"all", NULL, "show every region, not only the first 20 of each entry"},
    {"schema", NULL, "print every key a workflow may have, as Markdown"},
};

const rc_verb rc_verb_plan = {
    .name = "plan",
    .summary = "Check a workflow and show what would run, without computing",
    .usage = "WORKFLOW.yaml [options]",
    .details =
        "Finds every case, reads headers only, and estimates memory and time. All errors of\n"
        "the workflow are listed at once, with line and column.",
    .examples = "  radcohort plan study.yaml\n"
                "  radcohort plan study.yaml --set cohort.root=/scratch/tcia --all\n",
    .option = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
