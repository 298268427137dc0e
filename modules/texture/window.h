// SPDX-License-Identifier: Apache-2.0
/// @file window.h
/// A cube of voxels that moves along a row of a region: one plane across the row enters, one
/// leaves. Families that slide (rc_sliding) follow it and never look at the cube as a whole.
///
/// Planes have the other two axes, y then z, and a margin of one voxel that is outside: `stride` is
/// the cube's side + 2, the voxel at (y, z) = (0, 0) of the cube has index stride + 1, and its
/// neighbours along z are `stride` away.
#ifndef RADCOHORT_TEXTURE_WINDOW_H
#define RADCOHORT_TEXTURE_WINDOW_H

#include "base/arena.h"
#include "base/error.h"
#include "data/roi.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct rc_window {
  const rc_roi *roi;
  int64_t radius, side, stride;
  int64_t y, z;        ///< of the row it moves along
  int64_t first, last; ///< its planes are at x = first .. last; last < first: there is none
  int64_t n_voxels;    ///< in the intensity mask

  int32_t n_levels;        ///< grey levels that occur in the region; 0 where it has none
  const int32_t *grey;     ///< [n_levels + 1]: grey level of the region's i-th
  const uint16_t *compact; ///< i of a grey level
  uint32_t *count;         ///< [n_levels + 1]: voxels of each in the cube

  int32_t n_present;     ///< levels in the cube; these three are listed by rc_window_list_levels
  uint16_t *present;     ///< [n_present + 1]: which of the region's, ascending from index 1
  int32_t *present_grey; ///< [n_present + 1]: their grey levels
  uint16_t *rank;        ///< [n_levels + 1]: place among those present, of each one present

  uint16_t *level;   ///< [side][stride * stride]: planes, see rc_window_plane
  double *intensity; ///< [side][side * side]: of each plane's voxels, see rc_window_intensities
  int64_t *n_plane;  ///< [side]
  uint64_t *bit;     ///< [n_levels / 64 + 1]: levels present
} rc_window;

/// An empty window. Numbers the levels of the region, that is reads all of it, once.
rc_status rc_window_create(const rc_roi *roi, int64_t radius, rc_arena *arena, rc_window *out,
                           rc_error *err);

void rc_window_add(rc_window *window);    ///< the plane at last + 1
void rc_window_remove(rc_window *window); ///< the plane at first

/// Lists the levels that are present.
void rc_window_list_levels(rc_window *window);

/// Levels by the region's numbers, 0 outside the mask. first <= x <= last.
static inline const uint16_t *rc_window_plane(const rc_window *window, int64_t x) {
  return window->level + (x % window->side) * window->stride * window->stride;
}

/// Intensities in the mask, in no particular order; *n of them.
static inline const double *rc_window_intensities(const rc_window *window, int64_t x, int64_t *n) {
  *n = window->n_plane[x % window->side];
  return window->intensity + (x % window->side) * window->side * window->side;
}

/// For families whose voxels look at their 26 neighbours. Changes by `by`, 1 or -1, what the voxels
/// of plane x count for, when they have neighbours in the plane before (`left`) and after
/// (`right`).
typedef void rc_window_change(void *state, const rc_window *window, int64_t x, bool left,
                              bool right, int by);

/// Calls `change` as a family's add and remove must: the planes beside the one that comes or goes
/// count for something else then.
void rc_window_neighbours_add(const rc_window *window, rc_window_change *change, void *state);
void rc_window_neighbours_remove(const rc_window *window, rc_window_change *change, void *state);

#endif
