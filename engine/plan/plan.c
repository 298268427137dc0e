// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include "plan/cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Estimates stop here: a header may claim any size, and the numbers must fit an int64_t.
#define MOST_VOXELS 1e15

typedef struct planner {
  const rc_workflow *workflow;
  rc_arena *arena;
  rc_error *err;
  rc_found found;
  rc_name_filter patients, time_points, roi;
  rc_task *task;
  int64_t n, capacity;
} planner;

static rc_status no_memory(planner *p) {
  return rc_fail(p->err, RC_ERR_MEMORY, "out of memory");
}

// ---- tasks -------------------------------------------------------------------------------------

static rc_status add_task(planner *p, const rc_task *task) {
  if (p->n == p->capacity) {
    int64_t capacity = p->capacity == 0 ? 256 : 2 * p->capacity;
    rc_task *grown = rc_arena_alloc(p->arena, (size_t)capacity, sizeof *grown);
    if (grown == NULL)
      return no_memory(p);
    if (p->n > 0)
      memcpy(grown, p->task, (size_t)p->n * sizeof *grown);
    p->task = grown;
    p->capacity = capacity;
  }
  p->task[p->n++] = *task;
  return RC_OK;
}

/// How many voxels the image would have on the entry's grid.
static double resampled_voxels(const rc_geometry *g, const rc_reals *spacing) {
  double n = 1;
  for (int d = 0; d < 3; d++) {
    double wanted = spacing->n == 1       ? spacing->value[0]
                    : d < (int)spacing->n ? spacing->value[d]
                                          : 0;
    wanted = wanted > 0 ? wanted : g->spacing_mm[d];
    n *= ceil((double)g->size[d] * g->spacing_mm[d] / wanted);
  }
  return n;
}

// Bytes a voxel of the processed image while a filter works: the image, its response and what a
// spectral filter holds (padded samples and two half spectra, rounded up).
#define FILTER_BYTES 56

// Bytes a voxel of the region and clustered image: intensities as they are, chosen and
// standardised, and of a companion's voxel, decoded.
#define CHANNEL_BYTES 24.0
#define COMPANION_BYTES 8.0

// Bytes a voxel and mapped feature: a map, all of which are held until the region is done.
#define MAP_BYTES 8.0
// Work of a mapped feature at a voxel, in that of all features of a region.
#define MAP_WORK 4

/// Features are computed once for each response.
static int64_t count_responses(const rc_image_entry *entry) {
  int64_t n = 0;
  for (int64_t i = 0; i < entry->n_transforms; i++)
    n += entry->transform[i].n_responses;
  return n;
}

static int64_t count_mapped(const rc_image_entry *entry) {
  int64_t n = 0;
  for (int64_t i = 0; i < entry->n_maps; i++)
    n += entry->map[i].n_columns;
  return n;
}

/// Features are computed once more for all habitats together; k-means looks at each voxel many
/// times.
static double habitat_work(const rc_image_entry *entry) {
  const rc_habitats *h = &entry->habitats;
  return h->kmeans.clusters == 0 ? 0 : 1 + 0.1 * (double)(h->kmeans.starts * (1 + h->with.n));
}

static bool has_filters(const rc_image_entry *entry) {
  bool any = false;
  for (int64_t i = 0; i < entry->n_transforms; i++)
    any = any || entry->transform[i].filter != NULL;
  return any;
}

/// Reading costs by image voxel, interpolation, filters, features and maps by voxel of the final
/// grid.
static void estimate(const rc_image_entry *entry, rc_task *task) {
  double voxels = (double)rc_geometry_voxels(&task->info.geometry);
  const rc_reals spacing = rc_processing_spacing(&entry->processing);
  double final_voxels = voxels > 0 ? resampled_voxels(&task->info.geometry, &spacing) : 0;
  final_voxels = fmin(final_voxels, MOST_VOXELS);
  task->cost = 1 + voxels +
               final_voxels * ((double)count_responses(entry) +
                               MAP_WORK * (double)count_mapped(entry) + habitat_work(entry));
  task->memory_bytes = (int64_t)rc_processing_bytes((int64_t)voxels, (int64_t)final_voxels);
  if (has_filters(entry))
    task->memory_bytes += (int64_t)(FILTER_BYTES * final_voxels);
  task->memory_bytes += (int64_t)(MAP_BYTES * (double)count_mapped(entry) * final_voxels);
  if (entry->habitats.kmeans.clusters > 0)
    task->memory_bytes +=
        (int64_t)(CHANNEL_BYTES * (double)(1 + entry->habitats.with.n) * final_voxels);
}

/// Another image is read and held beside the task's own.
static void add_companion_cost(const rc_image_info *info, rc_task *task) {
  double voxels = (double)rc_geometry_voxels(&info->geometry);
  task->cost += voxels;
  task->memory_bytes += (int64_t)(COMPANION_BYTES * voxels);
}

/// Why a task will fail, known before it runs.
typedef struct obstacle {
  rc_status status;
  const char *text; ///< NULL: none
} obstacle;

static void probe(planner *p, const rc_found_image *image, rc_image_info *info, obstacle *problem) {
  rc_error err = RC_ERROR_INIT;
  rc_image_limits limits = rc_image_limits_default();
  limits.max_voxels = p->workflow->run.max_voxels;
  rc_status status =
      image->image_files.n > 0
          ? rc_image_probe_files(&image->image_files, info, &err)
          : rc_image_probe(image->image_path, image->series_uid, &limits, info, &err);
  if (status == RC_OK)
    return;
  *problem = (obstacle){status, rc_arena_strdup(p->arena, err.message)};
  memset(info, 0, sizeof *info);
}

/// The ROI names of an image's mask that the workflow selects; "" stands for all voxels of a label
/// image. A mask that cannot be opened yields one task, which will fail with that reason.
static rc_status select_rois(planner *p, const rc_found_image *image, rc_texts *selected,
                             obstacle *problem) {
  const rc_cohort_settings *cohort = &p->workflow->cohort;
  rc_error err = RC_ERROR_INIT;
  rc_texts all = image->rois;
  rc_texts wanted =
      image->only_roi != NULL ? (rc_texts){1, (const char **)&image->only_roi} : cohort->roi;
  bool rtstruct = image->rois.n > 0;
  rc_status status = rtstruct ? RC_OK : rc_mask_is_rtstruct(image->mask_path, &rtstruct, &err);
  static const char *const whole[] = {""};
  *selected = (rc_texts){1, (const char **)whole};
  if (status == RC_OK && !rtstruct && wanted.n == 0)
    return RC_OK;
  if (status == RC_OK && image->rois.n == 0)
    status = rc_mask_rois(image->mask_path, NULL, p->arena, &all, &err);
  if (status != RC_OK) {
    *problem = (obstacle){status, rc_arena_strdup(p->arena, err.message)};
    return problem->text == NULL ? no_memory(p) : RC_OK;
  }
  selected->n = 0;
  selected->item = rc_arena_alloc(p->arena, (size_t)all.n, sizeof *selected->item);
  if (selected->item == NULL)
    return no_memory(p);
  for (int64_t i = 0; i < all.n; i++) {
    rc_name_filter_see(&p->roi, all.item[i], cohort->ignore_case);
    if (rc_selected(&wanted, all.item[i], cohort->ignore_case))
      selected->item[selected->n++] = all.item[i];
  }
  if (selected->n == 0)
    rc_found_note(&p->found, "%s %s: no ROI of its %lld matches%s%s", image->patient,
                  image->modality, (long long)all.n, all.n > 0 ? "; the first is " : "",
                  all.n > 0 ? all.item[0] : "");
  return RC_OK;
}

static rc_status plan_image(planner *p, int64_t entry, const rc_found_image *image) {
  rc_task task = {.entry = entry,
                  .patient = image->patient,
                  .time_point = image->time_point,
                  .image_path = image->image_path,
                  .image_files = image->image_files,
                  .series_uid = image->series_uid,
                  .mask_path = image->mask_path};
  rc_texts rois;
  obstacle problem = {RC_OK, NULL}; // the image's, if both have one
  rc_status status = select_rois(p, image, &rois, &problem);
  if (status != RC_OK || rois.n == 0)
    return status;
  probe(p, image, &task.info, &problem);
  task.problem = problem.text;
  task.problem_status = problem.status;
  estimate(&p->workflow->image[entry], &task);
  for (int64_t i = 0; status == RC_OK && i < rois.n; i++) {
    task.roi = rois.item[i];
    status = add_task(p, &task);
  }
  return status;
}

static rc_status plan_entry(planner *p, int64_t entry) {
  const rc_workflow *w = p->workflow;
  const rc_cohort_settings *cohort = &w->cohort;
  int64_t before = p->n;
  for (int64_t i = 0; i < p->found.n; i++) {
    const rc_found_image *image = &p->found.image[i];
    rc_name_filter_see(&p->patients, image->patient, cohort->ignore_case);
    rc_name_filter_see(&p->time_points, image->time_point, cohort->ignore_case);
    if (image->modality[0] != '\0' && !rc_same_modality(image->modality, w->image[entry].modality))
      continue;
    if (!rc_selected(&cohort->patients, image->patient, cohort->ignore_case) ||
        !rc_selected(&cohort->time_points, image->time_point, cohort->ignore_case))
      continue;
    rc_status status = plan_image(p, entry, image);
    if (status != RC_OK)
      return status;
  }
  if (p->n == before)
    rc_found_note(&p->found, "images.%s: no image of modality %s with a matching ROI was found",
                  w->image[entry].name, w->image[entry].modality);
  return RC_OK;
}

// ---- order, rows, names ------------------------------------------------------------------------

static int by_name(const void *a, const void *b) {
  const rc_task *p = a, *q = b;
  if (p->entry != q->entry)
    return p->entry < q->entry ? -1 : 1;
  int order = strcmp(p->patient, q->patient);
  if (order == 0)
    order = strcmp(p->time_point, q->time_point);
  if (order == 0)
    order = strcmp(p->roi, q->roi);
  if (order == 0)
    order = strcmp(p->image_path, q->image_path);
  if (order == 0)
    order = strcmp(p->series_uid == NULL ? "" : p->series_uid,
                   q->series_uid == NULL ? "" : q->series_uid);
  return order != 0 ? order : strcmp(p->mask_path, q->mask_path);
}

static bool same_case(const rc_task *a, const rc_task *b) {
  return a->entry == b->entry && strcmp(a->patient, b->patient) == 0 &&
         strcmp(a->time_point, b->time_point) == 0;
}

static int by_observation(const void *a, const void *b) {
  const rc_task *p = *(const rc_task *const *)a, *q = *(const rc_task *const *)b;
  if (p->entry != q->entry)
    return p->entry < q->entry ? -1 : 1;
  int order = strcmp(p->observation, q->observation);
  return order != 0 ? order : (p > q) - (p < q);
}

/// Names that meet get #2, #3 ... in the plan's order. A name so made may meet another one's
/// ("P#2" is a possible PatientID), so it goes on until none is left; names only grow.
static rc_status make_unique(planner *p) {
  rc_task **sorted = rc_arena_alloc(p->arena, (size_t)p->n, sizeof(rc_task *));
  if (sorted == NULL)
    return no_memory(p);
  for (int64_t i = 0; i < p->n; i++)
    sorted[i] = &p->task[i];
  for (bool changed = p->n > 1; changed;) {
    changed = false;
    qsort(sorted, (size_t)p->n, sizeof(rc_task *), by_observation);
    const char *name = "";
    for (int64_t i = 0, copy = 1; i < p->n; i++) {
      rc_task *t = sorted[i];
      bool again = i > 0 && t->entry == sorted[i - 1]->entry && strcmp(t->observation, name) == 0;
      copy = again ? copy + 1 : 1;
      name = t->observation;
      if (again &&
          (t->observation = rc_arena_printf(p->arena, "%s#%lld", name, (long long)copy)) == NULL)
        return no_memory(p);
      changed = changed || again;
    }
  }
  return RC_OK;
}

/// Rows are named patient[/time point][/ROI]; the parts appear where the cohort needs them and the
/// row has them. The same rule holds for all entries, so that one observation has one name in
/// every modality.
static rc_status name_tasks(planner *p) {
  bool timed = false, several = false;
  for (int64_t i = 0; i < p->n; i++) {
    timed = timed || p->task[i].time_point[0] != '\0';
    several = several || (i > 0 && same_case(&p->task[i], &p->task[i - 1]) &&
                          strcmp(p->task[i].roi, p->task[i - 1].roi) != 0);
  }
  int64_t copy = 1;
  for (int64_t i = 0; i < p->n; i++) {
    rc_task *t = &p->task[i];
    bool again = i > 0 && same_case(t, t - 1) && strcmp(t->roi, t[-1].roi) == 0;
    copy = again ? copy + 1 : 1;
    const char *time_point = timed ? t->time_point : "", *roi = several ? t->roi : "";
    t->observation =
        rc_arena_printf(p->arena, "%s%s%s%s%s", t->patient, time_point[0] != '\0' ? "/" : "",
                        time_point, roi[0] != '\0' ? "/" : "", roi);
    if (again)
      rc_found_note(
          &p->found,
          "%s: %lld images of %s with the same ROI; choose with cohort.series or a case list",
          t->patient, (long long)copy, p->workflow->image[t->entry].name);
    if (t->observation == NULL)
      return no_memory(p);
  }
  return make_unique(p);
}

typedef struct ranked {
  double cost;
  int64_t index;
} ranked;

static int by_cost(const void *a, const void *b) {
  const ranked *p = a, *q = b;
  if (p->cost != q->cost)
    return p->cost > q->cost ? -1 : 1;
  return (p->index > q->index) - (p->index < q->index);
}

static bool same_text(const char *a, const char *b) {
  return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

bool rc_task_same_image(const rc_task *a, const rc_task *b) {
  bool same = a->entry == b->entry && same_text(a->image_path, b->image_path) &&
              same_text(a->series_uid, b->series_uid) && a->image_files.n == b->image_files.n;
  for (int64_t i = 0; same && i < a->image_files.n; i++)
    same = strcmp(a->image_files.item[i], b->image_files.item[i]) == 0;
  return same;
}

/// Neighbours on one image make a unit.
static rc_status make_units(planner *p, rc_plan *plan) {
  plan->first = rc_arena_alloc(p->arena, (size_t)p->n + 1, sizeof *plan->first);
  if (plan->first == NULL)
    return no_memory(p);
  for (int64_t i = 0; i < p->n; i++)
    if (i == 0 || !rc_task_same_image(&p->task[i - 1], &p->task[i]))
      plan->first[plan->n_units++] = i;
  plan->first[plan->n_units] = p->n;
  for (int64_t u = 0; u < plan->n_units; u++)
    for (int64_t i = plan->first[u]; i < plan->first[u + 1]; i++)
      p->task[i].shares_image = plan->first[u + 1] - plan->first[u] > 1;
  return RC_OK;
}

static rc_status order_units(planner *p, rc_plan *plan) {
  int64_t n = plan->n_units;
  plan->order = rc_arena_alloc(p->arena, (size_t)n, sizeof *plan->order);
  ranked *rank = rc_arena_alloc(p->arena, (size_t)n, sizeof *rank);
  if (plan->order == NULL || rank == NULL)
    return no_memory(p);
  for (int64_t u = 0; u < n; u++) {
    rank[u] = (ranked){0, u};
    for (int64_t i = plan->first[u]; i < plan->first[u + 1]; i++)
      rank[u].cost += p->task[i].cost;
  }
  if (n > 0)
    qsort(rank, (size_t)n, sizeof *rank, by_cost);
  for (int64_t u = 0; u < n; u++)
    plan->order[u] = rank[u].index;
  return RC_OK;
}

// ---- companions --------------------------------------------------------------------------------

/// Compares a task with entry, patient and time point of a case.
static int by_case(const rc_task *task, int64_t entry, const rc_task *other) {
  if (task->entry != entry)
    return task->entry < entry ? -1 : 1;
  int order = strcmp(task->patient, other->patient);
  return order != 0 ? order : strcmp(task->time_point, other->time_point);
}

/// A task of another entry with the only image of the same case. Tasks are sorted.
static const rc_task *find_companion(const planner *p, const rc_task *task, int64_t entry) {
  int64_t low = 0, high = p->n;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (by_case(&p->task[middle], entry, task) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  const rc_task *found = low < p->n ? &p->task[low] : NULL;
  if (found == NULL || by_case(found, entry, task) != 0)
    return NULL;
  for (int64_t i = low + 1; i < p->n && by_case(&p->task[i], entry, task) == 0; i++)
    if (!rc_task_same_image(found, &p->task[i]))
      return NULL;
  return found;
}

static rc_status find_companions(planner *p) {
  for (int64_t i = 0; i < p->n; i++) {
    rc_task *task = &p->task[i];
    const rc_habitats *h = &p->workflow->image[task->entry].habitats;
    if (h->with.n == 0)
      continue;
    task->companion = rc_arena_alloc(p->arena, (size_t)h->with.n, sizeof *task->companion);
    if (task->companion == NULL)
      return no_memory(p);
    task->n_companions = h->with.n;
    for (int64_t c = 0; c < h->with.n; c++) {
      task->companion[c] = find_companion(p, task, h->entry[c]);
      if (task->companion[c] != NULL)
        add_companion_cost(&task->companion[c]->info, task);
      else
        rc_found_note(&p->found, "%s: no %s image, or several, for the habitats of its %s",
                      task->observation, h->with.item[c], p->workflow->image[task->entry].name);
    }
  }
  return RC_OK;
}

static rc_status finish(planner *p, rc_plan *plan) {
  int64_t n_images = p->workflow->n_images;
  plan->task = p->task;
  plan->n_tasks = p->n;
  plan->n_rows = rc_arena_alloc(p->arena, (size_t)n_images, sizeof *plan->n_rows);
  if (plan->n_rows == NULL)
    return no_memory(p);
  for (int64_t i = 0; i < p->n; i++) {
    p->task[i].index = i;
    p->task[i].row = plan->n_rows[p->task[i].entry]++;
  }
  rc_status status = find_companions(p);
  plan->notes = p->found.notes;
  if (status == RC_OK)
    status = make_units(p, plan);
  return status == RC_OK ? order_units(p, plan) : status;
}

static rc_status find_images(planner *p) {
  const rc_cohort_settings *cohort = &p->workflow->cohort;
  if (p->workflow->n_images == 0)
    return RC_OK;
  if (cohort->list != NULL)
    return rc_find_by_list(p->workflow, &p->found, p->err);
  if (cohort->dicom != NULL)
    return rc_find_by_scan(p->workflow, &p->found, p->err);
  return rc_find_by_pattern(p->workflow, &p->found, p->err);
}

static rc_status create_filters(planner *p) {
  const rc_cohort_settings *cohort = &p->workflow->cohort;
  rc_status status = rc_name_filter_create(&cohort->patients, p->arena, &p->patients, p->err);
  if (status == RC_OK)
    status = rc_name_filter_create(&cohort->time_points, p->arena, &p->time_points, p->err);
  return status == RC_OK ? rc_name_filter_create(&cohort->roi, p->arena, &p->roi, p->err) : status;
}

static void note_unused(planner *p) {
  if (p->workflow->n_images == 0)
    return;
  rc_name_filter_note_unused(&p->patients, "patients", &p->found);
  rc_name_filter_note_unused(&p->time_points, "time_points", &p->found);
  rc_name_filter_note_unused(&p->roi, "roi", &p->found);
}

/// The last note says what was asked for and not found, with the nearest name.
static rc_status nothing_found(planner *p) {
  const rc_cohort_settings *cohort = &p->workflow->cohort;
  const char *what = cohort->list != NULL    ? cohort->list
                     : cohort->dicom != NULL ? cohort->dicom
                                             : cohort->image;
  const char *root = rc_workflow_input_path(p->workflow, ".", p->arena);
  return rc_fail(p->err, RC_ERR_EMPTY, "no case was found: looked for %s in %s%s%s", what,
                 root == NULL ? "" : root, p->found.notes.n > 0 ? "; " : "",
                 p->found.notes.n > 0 ? p->found.notes.item[p->found.notes.n - 1] : "");
}

rc_status rc_plan_create(const rc_workflow *workflow, rc_arena *arena, rc_plan **out,
                         rc_error *err) {
  planner p = {.workflow = workflow, .arena = arena, .err = err, .found = {.arena = arena}};
  rc_plan *plan = rc_arena_alloc(arena, 1, sizeof *plan);
  if (plan == NULL)
    return no_memory(&p);
  rc_status status = create_filters(&p);
  if (status == RC_OK)
    status = find_images(&p);
  for (int64_t e = 0; status == RC_OK && e < workflow->n_images; e++)
    status = plan_entry(&p, e);
  if (status == RC_OK)
    note_unused(&p);
  if (status == RC_OK && p.n == 0 && workflow->n_images > 0)
    status = nothing_found(&p);
  if (status == RC_OK && p.n > 0)
    qsort(p.task, (size_t)p.n, sizeof *p.task, by_name);
  if (status == RC_OK)
    status = name_tasks(&p);
  if (status == RC_OK)
    status = finish(&p, plan);
  *out = plan;
  return status;
}
