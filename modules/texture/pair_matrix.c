// SPDX-License-Identifier: Apache-2.0
#include "texture/pair_matrix.h"

#include "texture/glcm.h"

#include <string.h>

/// As many tables of pairs are counted at a time.
#define MAX_TABLES RC_DIRECTIONS_3D

static rc_status no_memory(const rc_level_grid *grid, rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory for matrices of %d levels", (int)grid->n_levels);
}

/// Room for as many cells as there can be: pairs of levels, or pairs of voxels.
static rc_status matrix_create(const rc_level_grid *grid, const rc_pair_wish *wish, rc_arena *arena,
                               rc_pair_matrix *out, rc_error *err) {
  const int64_t n = grid->n_levels, seen = wish->weight != NULL ? wish->n : 1;
  int64_t most = grid->n_voxels * seen * (wish->symmetric ? 2 : 1);
  most = n * n < most ? n * n : most;
  out->n = grid->n_levels;
  out->first = rc_arena_alloc(arena, (size_t)n + 2, sizeof *out->first);
  out->column = rc_arena_alloc(arena, (size_t)most, sizeof *out->column);
  out->count = rc_arena_alloc(arena, (size_t)most, sizeof *out->count);
  if (out->first == NULL || out->column == NULL || out->count == NULL)
    return no_memory(grid, err);
  return RC_OK;
}

// ---- Few levels: from tables ----

static void add_cell(rc_pair_matrix *m, int64_t *n, int32_t column, double count) {
  if (!(count > 0.0))
    return;
  m->column[*n] = (uint16_t)column;
  m->count[(*n)++] = count;
}

static void fill_from_table(const uint32_t *table, bool symmetric, rc_pair_matrix *m) {
  const int64_t side = m->n + 1;
  int64_t n = 0;
  for (int32_t i = 1; i <= m->n; i++) {
    m->first[i] = n;
    for (int32_t j = 1; j <= m->n; j++)
      add_cell(m, &n, j, table[i * side + j] + (symmetric ? (double)table[j * side + i] : 0.0));
  }
  m->first[m->n + 1] = n;
}

static void fill_from_sum(const double *table, bool symmetric, rc_pair_matrix *m) {
  const int64_t side = m->n + 1;
  int64_t n = 0;
  for (int32_t i = 1; i <= m->n; i++) {
    m->first[i] = n;
    for (int32_t j = 1; j <= m->n; j++)
      add_cell(m, &n, j, table[i * side + j] + (symmetric ? table[j * side + i] : 0.0));
  }
  m->first[m->n + 1] = n;
}

/// Adds weighted tables to `sum`, or visits each one's matrix.
static rc_status use_tables(const rc_pair_wish *wish, const uint32_t *table, int64_t from,
                            int64_t n, double *sum, rc_pair_matrix *m, rc_pair_visit *visit,
                            void *context, rc_error *err) {
  const int64_t side = m->n + 1, cells = side * side;
  rc_status status = RC_OK;
  for (int64_t d = 0; d < n && status == RC_OK; d++, table += cells) {
    if (sum == NULL) {
      fill_from_table(table, wish->symmetric, m);
      status = visit(m, from + d, context, err);
      continue;
    }
    for (int64_t k = 0; k < cells; k++)
      sum[k] += wish->weight[from + d] * table[k];
  }
  return status;
}

static rc_status from_tables(const rc_level_grid *grid, const rc_pair_wish *wish, rc_arena *arena,
                             rc_pair_matrix *m, rc_pair_visit *visit, void *context,
                             rc_error *err) {
  const size_t side = (size_t)grid->n_levels + 1;
  double *sum = NULL;
  rc_status status = RC_OK;
  if (wish->weight != NULL) {
    sum = rc_arena_alloc(arena, side * side, sizeof *sum);
    if (sum == NULL)
      return no_memory(grid, err);
  }
  for (int64_t from = 0; from < wish->n && status == RC_OK; from += MAX_TABLES) {
    int64_t n = wish->n - from < MAX_TABLES ? wish->n - from : MAX_TABLES;
    rc_arena_mark mark = rc_arena_get_mark(arena);
    uint32_t *table = NULL;
    status = rc_glcm_count(grid, wish->offset + from, (int)n, arena, &table, err);
    if (status == RC_OK)
      status = use_tables(wish, table, from, n, sum, m, visit, context, err);
    rc_arena_rewind(arena, mark);
  }
  if (status != RC_OK || sum == NULL)
    return status;
  fill_from_sum(sum, wish->symmetric, m);
  return visit(m, 0, context, err);
}

// ---- Many levels: from voxels sorted by level ----

typedef struct level_rows {
  uint32_t *voxel;   ///< [n_voxels]: see rc_glcm_sort
  int64_t *end;      ///< [n_levels + 1]
  double *row;       ///< [n_levels + 1]: pairs of the current level with each other one
  uint16_t *touched; ///< [n_levels + 1]: which of them are not zero
  int64_t n_touched;
} level_rows;

static void add_pair(level_rows *rows, uint16_t level, double weight) {
  if (level == 0)
    return;
  if (!(rows->row[level] > 0.0))
    rows->touched[rows->n_touched++] = level;
  rows->row[level] += weight;
}

/// The matrix of `n` offsets.
static void fill_from_voxels(const rc_level_grid *grid, const int64_t *offset, const double *weight,
                             int64_t n, bool symmetric, level_rows *rows, rc_pair_matrix *m) {
  int64_t v = 0, n_cells = 0;
  for (int32_t i = 1; i <= m->n; i++) {
    m->first[i] = n_cells;
    rows->n_touched = 0;
    for (; v < rows->end[i]; v++) {
      const uint16_t *at = grid->level + rows->voxel[v];
      for (int64_t d = 0; d < n; d++) {
        double w = weight != NULL ? weight[d] : 1.0;
        if (!(w > 0.0))
          continue;
        add_pair(rows, at[offset[d]], w);
        if (symmetric)
          add_pair(rows, at[-offset[d]], w);
      }
    }
    for (int64_t t = 0; t < rows->n_touched; t++) {
      add_cell(m, &n_cells, rows->touched[t], rows->row[rows->touched[t]]);
      rows->row[rows->touched[t]] = 0.0;
    }
  }
  m->first[m->n + 1] = n_cells;
}

static rc_status from_voxels(const rc_level_grid *grid, const rc_pair_wish *wish, rc_arena *arena,
                             rc_pair_matrix *m, rc_pair_visit *visit, void *context,
                             rc_error *err) {
  const size_t side = (size_t)grid->n_levels + 1;
  level_rows rows = {0};
  rc_status status = RC_OK;
  rows.voxel = rc_arena_alloc(arena, (size_t)grid->n_voxels, sizeof *rows.voxel);
  rows.end = rc_arena_alloc(arena, side, sizeof *rows.end);
  rows.row = rc_arena_alloc(arena, side, sizeof *rows.row);
  rows.touched = rc_arena_alloc(arena, side, sizeof *rows.touched);
  if (rows.voxel == NULL || rows.end == NULL || rows.row == NULL || rows.touched == NULL)
    return no_memory(grid, err);
  rc_glcm_sort(grid, 0, grid->size[2], rows.voxel, rows.end);
  if (wish->weight != NULL) {
    fill_from_voxels(grid, wish->offset, wish->weight, wish->n, wish->symmetric, &rows, m);
    return visit(m, 0, context, err);
  }
  for (int64_t d = 0; d < wish->n && status == RC_OK; d++) {
    fill_from_voxels(grid, wish->offset + d, NULL, 1, wish->symmetric, &rows, m);
    status = visit(m, d, context, err);
  }
  return status;
}

rc_status rc_pair_matrices(const rc_level_grid *grid, const rc_pair_wish *wish, rc_arena *arena,
                           rc_pair_visit *visit, void *context, rc_error *err) {
  rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_pair_matrix matrix;
  rc_status status = matrix_create(grid, wish, arena, &matrix, err);
  if (status == RC_OK)
    status = grid->n_levels <= RC_GLCM_MAX_DENSE_LEVELS
                 ? from_tables(grid, wish, arena, &matrix, visit, context, err)
                 : from_voxels(grid, wish, arena, &matrix, visit, context, err);
  rc_arena_rewind(arena, mark);
  return status;
}
