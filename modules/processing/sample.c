// SPDX-License-Identifier: Apache-2.0
#include "processing/sample.h"

#include <math.h>
#include <string.h>

/// Voxel indices of the one grid as an affine map of those of the other.
typedef struct index_map {
  double origin[3];
  double step[3][3]; ///< step[axis]: what one voxel along an axis of the region moves
} index_map;

static index_map map_between(const rc_geometry *from, const rc_geometry *to) {
  index_map m;
  double world[3], index[3];
  for (int axis = -1; axis < 3; axis++) {
    double at[3] = {0, 0, 0};
    if (axis >= 0)
      at[axis] = 1;
    rc_geometry_to_world(from, at, world);
    rc_geometry_to_index(to, world, index);
    for (int d = 0; d < 3; d++)
      if (axis < 0)
        m.origin[d] = index[d];
      else
        m.step[axis][d] = index[d] - m.origin[d];
  }
  return m;
}

/// Where a position lies along an axis of n samples: between `low` and the next. False: outside.
static bool place(double at, int64_t n, int64_t *low, int64_t *high, double *part) {
  if (!(at >= -0.5 && at <= (double)n - 0.5))
    return false;
  const double inside = fmin(fmax(at, 0.0), (double)(n - 1));
  *low = (int64_t)floor(inside);
  *high = *low + 1 < n ? *low + 1 : *low;
  *part = inside - (double)*low;
  return true;
}

static double sample(const rc_volume *image, const double at[3]) {
  const int64_t *size = image->geometry.size;
  int64_t end[3][2];
  double part[3];
  for (int d = 0; d < 3; d++)
    if (!place(at[d], size[d], &end[d][0], &end[d][1], &part[d]))
      return NAN;
  double sum = 0.0;
  for (int corner = 0; corner < 8; corner++) {
    const int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
    const double weight =
        (i ? part[0] : 1 - part[0]) * (j ? part[1] : 1 - part[1]) * (k ? part[2] : 1 - part[2]);
    if (weight > 0.0)
      sum += weight * image->value[end[0][i] + size[0] * (end[1][j] + size[1] * end[2][k])];
  }
  return sum;
}

void rc_roi_sample(const rc_roi *roi, const rc_volume *image, double *out) {
  const index_map map = map_between(&roi->grid, &image->geometry);
  const int64_t *size = roi->grid.size;
  int64_t v = 0, n = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, v++) {
        double at[3];
        if (!roi->mask[v])
          continue;
        for (int d = 0; d < 3; d++)
          at[d] = map.origin[d] + (double)x * map.step[0][d] + (double)y * map.step[1][d] +
                  (double)z * map.step[2][d];
        out[n++] = sample(image, at);
      }
}

/// The levels of the part. With a fixed bin size, n_levels is the highest that occurs.
static bool cut_levels(const uint8_t *mask, int64_t n, rc_arena *arena, rc_levels *levels) {
  if (levels->value == NULL)
    return true;
  uint16_t *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  int32_t highest = 0;
  for (int64_t i = 0; value != NULL && i < n; i++) {
    value[i] = mask[i] ? levels->value[i] : 0;
    highest = value[i] > highest ? value[i] : highest;
  }
  levels->value = value;
  if (levels->method != RC_DISCRETISE_FIXED_BIN_NUMBER)
    levels->n_levels = highest;
  return value != NULL;
}

rc_status rc_roi_part(const rc_roi *base, const uint8_t *label, uint8_t wanted, rc_arena *arena,
                      rc_roi *out, rc_error *err) {
  const int64_t n = rc_geometry_voxels(&base->grid);
  uint8_t *mask = rc_arena_alloc(arena, (size_t)n, sizeof *mask);
  rc_roi part = *base;
  part.n_mask = 0;
  for (int64_t i = 0, v = 0; mask != NULL && i < n; i++) {
    mask[i] = base->mask[i] && label[v] == wanted;
    v += base->mask[i];
    part.n_mask += mask[i];
  }
  part.morph = part.mask = mask;
  part.n_morph = part.n_mask;
  if (mask == NULL || !cut_levels(mask, n, arena, &part.texture) ||
      !cut_levels(mask, n, arena, &part.ivh))
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a part of %lld voxels", (long long)n);
  *out = part;
  return RC_OK;
}
