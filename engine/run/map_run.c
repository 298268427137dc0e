// SPDX-License-Identifier: Apache-2.0
#include "run/map_run.h"

#include "run/case.h"
#include "run/volume_file.h"
#include "texture/maps.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory for feature maps");
}

// ---- summary -----------------------------------------------------------------------------------

static int by_value(const void *a, const void *b) {
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/// The value below which a part of the sorted values lies; linear between neighbours.
static double percentile(const double *sorted, int64_t n, double part) {
  double at = part * (double)(n - 1);
  int64_t below = (int64_t)floor(at);
  int64_t above = below + 1 < n ? below + 1 : below;
  return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

/// In the order of rc_map_summaries.
static rc_status summarise(const double *map, int64_t n, rc_arena *arena, double *out,
                           rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  double *sorted = rc_arena_alloc(arena, (size_t)n, sizeof *sorted), sum = 0, squares = 0;
  int64_t found = 0;
  if (sorted == NULL)
    return no_memory(err);
  for (int64_t i = 0; i < n; i++)
    if (isfinite(map[i]))
      sorted[found++] = map[i];
  for (int s = 0; s < RC_MAP_SUMMARIES; s++)
    out[s] = NAN;
  if (found > 0) {
    qsort(sorted, (size_t)found, sizeof *sorted, by_value);
    for (int64_t i = 0; i < found; i++)
      sum += sorted[i];
    out[0] = sum / (double)found;
    for (int64_t i = 0; i < found; i++)
      squares += (sorted[i] - out[0]) * (sorted[i] - out[0]);
    out[1] = sqrt(squares / (double)found);
    out[2] = percentile(sorted, found, 0.1);
    out[3] = percentile(sorted, found, 0.5);
    out[4] = percentile(sorted, found, 0.9);
  }
  rc_arena_rewind(arena, mark);
  return RC_OK;
}

// ---- files -------------------------------------------------------------------------------------

static rc_status write_map(const rc_workflow *workflow, const rc_task *task, const rc_roi *roi,
                           const rc_map *map, int64_t c, const double *value, rc_arena *arena,
                           rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const char *name =
      rc_arena_printf(arena, "%s_r%lld", map->column[c].name, (long long)map->radius);
  const char *path = name == NULL ? NULL : rc_case_file(workflow, task, name, arena);
  rc_status status =
      path == NULL ? no_memory(err) : rc_volume_file_write(path, &roi->grid, value, err);
  rc_arena_rewind(arena, mark);
  return status;
}

// ---- maps --------------------------------------------------------------------------------------

static rc_status run_map(const rc_workflow *workflow, const rc_task *task, const rc_map *map,
                         const rc_roi *roi, rc_arena *const *scratch, int n_threads,
                         rc_arena *arena, double *value, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const int64_t n = rc_geometry_voxels(&roi->grid);
  rc_map_request request = {&map->features, map->index, map->n_columns, map->radius, false};
  double **volume = rc_arena_alloc(arena, (size_t)map->n_columns, sizeof *volume);
  rc_status status = volume == NULL ? no_memory(err) : RC_OK;
  for (int64_t c = 0; status == RC_OK && c < map->n_columns; c++)
    if ((volume[c] = rc_arena_alloc(arena, (size_t)n, sizeof **volume)) == NULL)
      status = no_memory(err);
  if (status == RC_OK)
    status = rc_maps_compute(roi, &request, scratch, n_threads, volume, err);
  for (int64_t c = 0; status == RC_OK && c < map->n_columns; c++) {
    status = summarise(volume[c], n, arena, value + c * RC_MAP_SUMMARIES, err);
    if (status == RC_OK)
      status = write_map(workflow, task, roi, map, c, volume[c], arena, err);
  }
  rc_arena_rewind(arena, mark);
  return status;
}

rc_status rc_map_run(const rc_workflow *workflow, const rc_task *task, const rc_roi *roi,
                     rc_arena *arena, double *value, rc_error *err) {
  const rc_image_entry *entry = &workflow->image[task->entry];
  const int n_threads = omp_get_max_threads();
  int made = 0;
  if (entry->n_maps == 0)
    return RC_OK;
  rc_arena **scratch = calloc((size_t)n_threads, sizeof(rc_arena *));
  rc_status status = scratch == NULL ? no_memory(err) : RC_OK;
  for (; status == RC_OK && made < n_threads; made++)
    if ((scratch[made] = rc_arena_create(0)) == NULL)
      status = no_memory(err);
  for (int64_t i = 0; status == RC_OK && i < entry->n_maps; i++) {
    status = run_map(workflow, task, &entry->map[i], roi, scratch, n_threads, arena, value, err);
    value += RC_MAP_SUMMARIES * entry->map[i].n_columns;
  }
  for (int t = 0; t < made; t++)
    rc_arena_destroy(scratch[t]);
  free(scratch);
  return status == RC_OK ? RC_OK : rc_error_context(err, "maps");
}
