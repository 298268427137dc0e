// SPDX-License-Identifier: Apache-2.0
/// @file glcm.h
/// Counting pairs of voxels, for families of co-occurrence matrices. Levels are compact.
#ifndef RADCOHORT_TEXTURE_GLCM_H
#define RADCOHORT_TEXTURE_GLCM_H

#include "texture/level_grid.h"

/// With more levels than this a table of all pairs is too large for the caches and the memory
/// bound; pairs are then collected level by level.
#define RC_GLCM_MAX_DENSE_LEVELS 256

/// Tables pair[n][n_levels + 1][n_levels + 1] of how often a voxel of level i has one of level j at
/// offset[d] in memory; column 0 takes neighbours outside. Looks one way only.
rc_status rc_glcm_count(const rc_level_grid *grid, const int64_t *offset, int n, rc_arena *arena,
                        uint32_t **pair, rc_error *err);

/// Sorts the voxels of slices z0 .. z1 - 1 by level, and by position within a level: voxel[0 ..
/// n_voxels - 1] and, per level, end[n_levels + 1], one past its last.
void rc_glcm_sort(const rc_level_grid *grid, int64_t z0, int64_t z1, uint32_t *voxel, int64_t *end);

#endif
