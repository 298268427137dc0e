// SPDX-License-Identifier: Apache-2.0
// In one pass over the voxels, the outermost points of every row of every plane are found; the rest
// of a row lies between them. Distances are then taken between corners of each plane's outline.
#include "texture/diameter.h"

#include "texture/mesh.h"

#include <math.h>
#include <string.h>

/// Axes along which u and v run in the planes across axis 0, 1, 2.
static const int axis_u[3] = {1, 0, 0}, axis_v[3] = {2, 2, 1};

/// The outermost of the set voxels of a line, -1 and -1 where there is none.
typedef struct line_ends {
  int32_t first, last;
} line_ends;

typedef struct scan {
  const uint8_t *mask; ///< first voxel of the box
  int64_t step[3];
  int32_t n[3];             ///< size of the box
  rc_mesh_plane *across[3]; ///< [2 n + 1]: planes at -1, 0 .. 2 n - 1 half voxels
  line_ends *along_y;       ///< [x]: of the present slice
  line_ends *along_z;       ///< [y][x]
  const uint8_t *outside;   ///< [x]: zeros
} scan;

static rc_mesh_plane *plane_at(const scan *s, int axis, int64_t half) {
  return &s->across[axis][half + 1];
}

/// Adds the two ends of a line of voxels i = first .. last along the plane's u or v.
static void add_ends(rc_mesh_plane *plane, line_ends ends, bool along_u, int64_t other) {
  const int32_t low = 2 * ends.first - 1, high = 2 * ends.last + 1, at = (int32_t)(2 * other);
  if (ends.first < 0)
    return;
  rc_mesh_plane_add(plane, along_u ? low : at, along_u ? at : low);
  rc_mesh_plane_add(plane, along_u ? high : at, along_u ? at : high);
}

static line_ends row_ends(const uint8_t *row, int32_t n) {
  line_ends ends = {0, n - 1};
  while (ends.first < n && row[ends.first] == 0)
    ends.first++;
  if (ends.first == n)
    return (line_ends){-1, -1};
  while (row[ends.last] == 0)
    ends.last--;
  return ends;
}

/// The outermost x where two rows differ.
static line_ends row_differences(const uint8_t *a, const uint8_t *b, int32_t n) {
  line_ends ends = {0, n - 1};
  while (ends.first < n && (a[ends.first] != 0) == (b[ends.first] != 0))
    ends.first++;
  if (ends.first == n)
    return (line_ends){-1, -1};
  while ((a[ends.last] != 0) == (b[ends.last] != 0))
    ends.last--;
  return ends;
}

/// Adds the points half-way between two rows, in the plane between them.
static void add_between(rc_mesh_plane *plane, const uint8_t *a, const uint8_t *b, int32_t n,
                        int64_t v) {
  line_ends ends = row_differences(a, b, n);
  if (ends.first < 0)
    return;
  rc_mesh_plane_add(plane, 2 * ends.first, (int32_t)(2 * v));
  rc_mesh_plane_add(plane, 2 * ends.last, (int32_t)(2 * v));
}

static void extend(line_ends *ends, int32_t i) {
  ends->first = ends->first < 0 ? i : ends->first;
  ends->last = i;
}

/// What one row adds to lines along y and z, and to the planes between its own voxels.
static void scan_along(scan *s, const uint8_t *row, line_ends ends, int32_t y, int32_t z) {
  for (int32_t x = ends.first; x <= ends.last; x++) {
    if (row[x] == 0)
      continue;
    extend(&s->along_y[x], y);
    extend(&s->along_z[x + (int64_t)s->n[0] * y], z);
    if (x == ends.first || row[x - 1] == 0)
      rc_mesh_plane_add(plane_at(s, 0, 2 * x - 1), 2 * y, 2 * z);
    if (x == ends.last || row[x + 1] == 0)
      rc_mesh_plane_add(plane_at(s, 0, 2 * x + 1), 2 * y, 2 * z);
  }
}

static void scan_slice(scan *s, int32_t z) {
  const uint8_t *slice = s->mask + z * s->step[2];
  for (int32_t x = 0; x < s->n[0]; x++)
    s->along_y[x] = (line_ends){-1, -1};
  for (int32_t y = 0; y < s->n[1]; y++) {
    const uint8_t *row = slice + y * s->step[1];
    const uint8_t *before = y > 0 ? row - s->step[1] : s->outside;
    const uint8_t *below = z > 0 ? row - s->step[2] : s->outside;
    add_between(plane_at(s, 1, 2 * y - 1), before, row, s->n[0], z);
    add_between(plane_at(s, 2, 2 * z - 1), below, row, s->n[0], y);
    if (y == s->n[1] - 1)
      add_between(plane_at(s, 1, 2 * y + 1), row, s->outside, s->n[0], z);
    if (z == s->n[2] - 1)
      add_between(plane_at(s, 2, 2 * z + 1), row, s->outside, s->n[0], y);
    line_ends ends = row_ends(row, s->n[0]);
    if (ends.first < 0)
      continue;
    add_ends(plane_at(s, 1, 2 * y), ends, true, z);
    add_ends(plane_at(s, 2, 2 * z), ends, true, y);
    scan_along(s, row, ends, y, z);
  }
  for (int32_t x = 0; x < s->n[0]; x++) {
    add_ends(plane_at(s, 0, 2 * x), s->along_y[x], true, z);
    add_ends(plane_at(s, 2, 2 * z), s->along_y[x], false, x);
  }
}

static void scan_along_z(scan *s) {
  for (int32_t y = 0; y < s->n[1]; y++)
    for (int32_t x = 0; x < s->n[0]; x++) {
      line_ends ends = s->along_z[x + (int64_t)s->n[0] * y];
      add_ends(plane_at(s, 0, 2 * x), ends, false, y);
      add_ends(plane_at(s, 1, 2 * y), ends, false, x);
    }
}

static double squared(const rc_half_point *a, const rc_half_point *b, double du, double dv) {
  double u = (a->at[0] - b->at[0]) * du, v = (a->at[1] - b->at[1]) * dv;
  return u * u + v * v;
}

/// The largest squared distance in a plane, or `least` if none is larger. du, dv: half a voxel.
static double plane_diameter(const rc_mesh_plane *plane, double du, double dv, double least,
                             rc_half_point *list) {
  int64_t n = rc_mesh_plane_outline(plane, 0, list) - list;
  for (int64_t i = 1; i < n; i++)
    for (int64_t k = 0; k < i; k++) {
      const double distance = squared(&list[i], &list[k], du, dv);
      least = distance > least ? distance : least; // GCC 12 for arm64 fails on fmax here
    }
  return least;
}

static rc_status planes_create(const scan *s, int axis, rc_arena *arena, rc_mesh_plane **out,
                               rc_error *err) {
  const int64_t n_planes = 2 * (int64_t)s->n[axis] + 1,
                n_rows = 2 * (int64_t)s->n[axis_v[axis]] + 1;
  rc_mesh_plane *plane = rc_arena_alloc(arena, (size_t)n_planes, sizeof *plane);
  int32_t *ends = rc_arena_alloc(arena, (size_t)(2 * n_planes * n_rows), sizeof *ends);
  if (plane == NULL || ends == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the diameters of the region");
  for (int64_t p = 0; p < n_planes; p++, ends += 2 * n_rows) {
    plane[p] = (rc_mesh_plane){ends, ends + n_rows, (int32_t)n_rows};
    rc_mesh_plane_clear(&plane[p]);
  }
  *out = plane;
  return RC_OK;
}

static rc_status scan_create(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                             rc_arena *arena, scan *s, rc_error *err) {
  s->step[0] = 1;
  s->step[1] = size[0];
  s->step[2] = size[0] * size[1];
  s->mask = mask;
  for (int d = 0; d < 3; d++) {
    int64_t extent = box->high[d] - box->low[d];
    if (extent > RC_MESH_MAX_EXTENT)
      return rc_fail(err, RC_ERR_LIMIT, "the region is %lld voxels long, more than %d",
                     (long long)extent, RC_MESH_MAX_EXTENT);
    s->n[d] = (int32_t)extent;
    s->mask += box->low[d] * s->step[d];
  }
  const size_t face = (size_t)s->n[0] * (size_t)s->n[1];
  s->along_y = rc_arena_alloc(arena, (size_t)s->n[0], sizeof *s->along_y);
  s->along_z = rc_arena_alloc(arena, face, sizeof *s->along_z);
  s->outside = rc_arena_alloc(arena, (size_t)s->n[0], sizeof *s->outside);
  if (s->along_y == NULL || s->along_z == NULL || s->outside == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the diameters of the region");
  for (size_t i = 0; i < face; i++)
    s->along_z[i] = (line_ends){-1, -1};
  rc_status status = RC_OK;
  for (int axis = 0; axis < 3 && status == RC_OK; axis++)
    status = planes_create(s, axis, arena, &s->across[axis], err);
  return status;
}

rc_status rc_plane_diameters(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                             const double spacing_mm[3], rc_arena *arena, double diameter_mm[3],
                             rc_error *err) {
  rc_arena_mark mark = rc_arena_get_mark(arena);
  scan s = {0};
  rc_half_point *list = NULL;
  rc_status status = scan_create(mask, size, box, arena, &s, err);
  if (status != RC_OK)
    goto done;
  const int64_t longest = s.n[1] > s.n[2] ? s.n[1] : s.n[2];
  list = rc_arena_alloc(arena, (size_t)(2 * (2 * longest + 1)), sizeof *list);
  if (list == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for the diameters of the region");
    goto done;
  }
  for (int32_t z = 0; z < s.n[2]; z++)
    scan_slice(&s, z);
  scan_along_z(&s);
  for (int axis = 0; axis < 3; axis++) {
    double most = 0.0;
    for (int64_t p = 0; p < 2 * (int64_t)s.n[axis] + 1; p++)
      most = plane_diameter(&s.across[axis][p], 0.5 * spacing_mm[axis_u[axis]],
                            0.5 * spacing_mm[axis_v[axis]], most, list);
    diameter_mm[axis] = sqrt(most);
  }
done:
  rc_arena_rewind(arena, mark);
  return status;
}
