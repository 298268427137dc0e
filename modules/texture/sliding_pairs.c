// SPDX-License-Identifier: Apache-2.0
#include "texture/sliding_pairs.h"

rc_status rc_sliding_pairs_create(const rc_window *window, bool each, bool sum, rc_arena *arena,
                                  rc_sliding_pairs *out, rc_error *err) {
  const size_t side = (size_t)window->n_levels + 1;
  rc_sliding_pairs p = {.each = each, .sum = sum, .n_levels = window->n_levels};
  p.n_tables = (each ? RC_DIRECTIONS_3D : 0) + (sum ? 1 : 0);
  p.words = window->n_levels / 64 + 1;
  p.pair = rc_arena_alloc(arena, (size_t)p.n_tables * side * side, sizeof *p.pair);
  p.bit = rc_arena_alloc(arena, (size_t)p.n_tables * side * (size_t)p.words, sizeof *p.bit);
  if (p.pair == NULL || p.bit == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for matrices of %d levels",
                   (int)window->n_levels);
  *out = p;
  return RC_OK;
}

static inline void change_cell(rc_sliding_pairs *p, int64_t table, uint16_t i, uint16_t j,
                               uint32_t by) {
  const int64_t row = table * (p->n_levels + 1) + i;
  uint32_t *cell = p->pair + row * (p->n_levels + 1) + j;
  uint64_t *word = p->bit + row * p->words + (j >> 6), bit = UINT64_C(1) << (j & 63);
  *cell += by;
  *word = *cell != 0 ? *word | bit : *word & ~bit;
}

/// The pair (i, j) and the pair (j, i).
static inline void change_pair(rc_sliding_pairs *p, int64_t table, uint16_t i, uint16_t j,
                               uint32_t by) {
  change_cell(p, table, i, j, by);
  change_cell(p, table, j, i, by);
}

/// Changes by `by` the pairs of a plane's voxels within it and with the plane beside it, which is
/// one further along x if `side` is 1, or one before if it is -1; NULL: there is none.
static void change_plane(rc_sliding_pairs *p, const rc_window *w, const uint16_t *plane,
                         const uint16_t *beside, int side, uint32_t by) {
  int64_t offset[RC_DIRECTIONS_3D];
  const uint16_t *other[RC_DIRECTIONS_3D];
  for (int d = 0; d < RC_DIRECTIONS_3D; d++) {
    const int *step = rc_direction[d];
    offset[d] = step[1] + w->stride * step[2];
    other[d] = step[0] == 0 ? plane : beside;
    if (step[0] == -side) // the neighbour lies against the direction
      offset[d] = -offset[d];
  }
  for (int64_t z = 1; z <= w->side; z++)
    for (int64_t v = z * w->stride + 1; v <= z * w->stride + w->side; v++) {
      if (plane[v] == 0)
        continue;
      for (int d = 0; d < RC_DIRECTIONS_3D; d++) {
        const uint16_t j = other[d] != NULL ? other[d][v + offset[d]] : 0;
        if (j == 0)
          continue;
        if (p->each)
          change_pair(p, d, plane[v], j, by);
        if (p->sum)
          change_pair(p, p->n_tables - 1, plane[v], j, by);
      }
    }
}

void rc_sliding_pairs_add(rc_sliding_pairs *p, const rc_window *w) {
  const uint16_t *beside = w->last > w->first ? rc_window_plane(w, w->last - 1) : NULL;
  change_plane(p, w, rc_window_plane(w, w->last), beside, -1, 1);
}

void rc_sliding_pairs_remove(rc_sliding_pairs *p, const rc_window *w) {
  const uint16_t *beside = w->last > w->first ? rc_window_plane(w, w->first + 1) : NULL;
  change_plane(p, w, rc_window_plane(w, w->first), beside, 1, UINT32_MAX);
}
