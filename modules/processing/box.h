// SPDX-License-Identifier: Apache-2.0
/// @file box.h
/// Boxes of voxels, as the steps of processing hand them to each other.
#ifndef RADCOHORT_PROCESSING_BOX_H
#define RADCOHORT_PROCESSING_BOX_H

#include "processing/processing.h"

#include <string.h>

static inline int64_t extent(const rc_box *box, int axis) {
  return box->high[axis] - box->low[axis];
}

static inline int64_t voxels_of(const rc_box *box) {
  return extent(box, 0) * extent(box, 1) * extent(box, 2);
}

static inline rc_box whole(const rc_geometry *grid) {
  rc_box box = {{0, 0, 0}, {grid->size[0], grid->size[1], grid->size[2]}};
  return box;
}

static inline rc_box intersect(const rc_box *a, const rc_box *b) {
  rc_box out;
  for (int d = 0; d < 3; d++) {
    out.low[d] = a->low[d] > b->low[d] ? a->low[d] : b->low[d];
    out.high[d] = a->high[d] < b->high[d] ? a->high[d] : b->high[d];
  }
  return out;
}

/// Index of the first voxel of line (y, z) of box `inner` in an array that holds box `outer`.
static inline int64_t line_start(const rc_box *outer, const rc_box *inner, int64_t y, int64_t z) {
  return ((z - outer->low[2]) * extent(outer, 1) + (y - outer->low[1])) * extent(outer, 0) +
         (inner->low[0] - outer->low[0]);
}

/// Smallest box around the voxels of a mask that holds box `frame`; empty (low == high) if none.
static inline rc_box bounds(const uint8_t *mask, const rc_box *frame) {
  rc_box out = {{INT64_MAX, INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MIN, INT64_MIN}};
  bool any = false;
  for (int64_t z = frame->low[2]; z < frame->high[2]; z++)
    for (int64_t y = frame->low[1]; y < frame->high[1]; y++)
      for (int64_t x = frame->low[0]; x < frame->high[0]; x++) {
        if (!*mask++)
          continue;
        const int64_t at[3] = {x, y, z};
        any = true;
        for (int d = 0; d < 3; d++) {
          out.low[d] = at[d] < out.low[d] ? at[d] : out.low[d];
          out.high[d] = at[d] >= out.high[d] ? at[d] + 1 : out.high[d];
        }
      }
  if (!any)
    memset(&out, 0, sizeof out);
  return out;
}

/// `wanted` and what lies within reach of it, cut at the image's edges.
static inline rc_box spread(const rc_box *wanted, const rc_box *all,
                            const rc_surroundings_wish *wish) {
  rc_box out = *wanted;
  for (int d = 0; d < 3; d++) {
    bool leaves = wish->reach[d] > wanted->low[d] - all->low[d] ||
                  wish->reach[d] > all->high[d] - wanted->high[d];
    bool take_all = wish->whole || (leaves && wish->wraps);
    out.low[d] = take_all ? all->low[d] : wanted->low[d] - wish->reach[d];
    out.high[d] = take_all ? all->high[d] : wanted->high[d] + wish->reach[d];
  }
  return intersect(&out, all);
}

static inline rc_box moved(const rc_box *box, const int64_t by[3]) {
  rc_box out;
  for (int d = 0; d < 3; d++) {
    out.low[d] = box->low[d] + by[d];
    out.high[d] = box->high[d] + by[d];
  }
  return out;
}

#endif
