// SPDX-License-Identifier: Apache-2.0
/// @file mesh.h
/// The surface between the voxels of a mask and the rest, by marching cubes at level 0.5 (IBSI-1
/// section 3.1): vertices lie half-way between a voxel centre inside and a neighbouring centre
/// outside. A cube is the cell between eight voxel centres; corner b (bits dx 4, dz 2, dy 1) is set
/// if its voxel belongs to the mask.
///
/// Faces with two diagonal corners set are cut so that the two stay apart, on both sides of the
/// face, so the surface is always closed. A polygon that is not flat is cut so that the side with
/// fewer corners in the cube is convex, and half-way between the extremes when both have four. The
/// choice does not depend on how the volume is turned or mirrored.
#ifndef RADCOHORT_TEXTURE_MESH_H
#define RADCOHORT_TEXTURE_MESH_H

#include "base/arena.h"
#include "base/error.h"
#include "data/geometry.h"
#include <stdbool.h>
#include <stdint.h>

#define RC_MESH_MAX_TRIANGLES 5

/// Longest region, in voxels: with up to 2^31 voxels in it, whole-number moments stay below 2^63.
#define RC_MESH_MAX_EXTENT 65536

/// A point of the surface in half voxels from a corner voxel's centre; the surface has only such.
typedef struct rc_half_point {
  int32_t at[3];
} rc_half_point;

/// The triangles of a cube with these corners set (0..255), seen anticlockwise from outside.
/// Returns how many.
int rc_mesh_cube(int corners, rc_half_point triangle[RC_MESH_MAX_TRIANGLES][3]);

/// Voxels that are set and the smallest box around them; an empty box when none is set.
rc_box rc_mesh_bounds(const uint8_t *mask, const int64_t size[3], int64_t *n_set);

/// Volume (mm^3) inside the surface and its area (mm^2). `box` is not empty and holds every set
/// voxel of `mask` ([z][y][x], size voxels). Counts cubes by their corners, so the result is the
/// same for any number of threads and wherever the region lies in the grid.
void rc_mesh_measure(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                     const double spacing_mm[3], double *volume_mm3, double *area_mm2);

/// The same of the surface that PyRadiomics makes (mesh_pyradiomics.c), which differs where voxels
/// touch at an edge or a corner only.
void rc_mesh_measure_pyradiomics(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                                 const double spacing_mm[3], double *volume_mm3, double *area_mm2);

/// Middle of the edge that a hexadecimal digit of a table of cubes stands for, in half voxels from
/// corner 0. Edges 0-3 run along x from corners 0-3, edges 4-7 along y from corners 0, 2, 4, 6,
/// edges 8-b along z from corners 0, 1, 4, 5.
rc_half_point rc_mesh_edge(char digit);

/// How often each set of corners occurs among the cubes between voxel centres, and the sum of the
/// places of such cubes along x, y and z, counted from the cube below the box.
typedef struct rc_mesh_census {
  int64_t count[256];
  int64_t place[3][256];
} rc_mesh_census;

/// `place` is left out (zero) unless asked for.
void rc_mesh_count(const uint8_t *mask, const int64_t size[3], const rc_box *box, bool places,
                   rc_mesh_census *out);

/// Points of one plane of half voxels by row v = -1 .. n - 2: the outermost ones, low[v + 1] and
/// high[v + 1]; low > high where there is none.
typedef struct rc_mesh_plane {
  int32_t *low, *high;
  int32_t n;
} rc_mesh_plane;

void rc_mesh_plane_clear(rc_mesh_plane *plane);
void rc_mesh_plane_add(rc_mesh_plane *plane, int32_t u, int32_t v);

/// Writes the corners (u, v, z) of the plane's convex outline, 2 n at most, some twice; returns the
/// end of the list.
rc_half_point *rc_mesh_plane_outline(const rc_mesh_plane *plane, int32_t z, rc_half_point *list);

/// Surface points that may be corners of the convex hull of the surface, in half voxels from the
/// centre of voxel box->low: those that are corners of the outline of their slice, and likewise
/// for points between two slices. A few times as many as the hull has. RC_ERR_LIMIT if the box is
/// longer than RC_MESH_MAX_EXTENT.
rc_status rc_mesh_outline(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                          rc_arena *arena, rc_half_point **point, int64_t *n, rc_error *err);

#endif
