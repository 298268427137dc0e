// SPDX-License-Identifier: Apache-2.0
/// @file maps.h
/// Feature maps: any feature of intensities and grey levels, computed for every voxel of a region
/// from its neighbourhood (a cube, cut by the region's mask). Grey levels are those of the region,
/// so that voxels can be compared. As PyRadiomics' voxel-based extraction with a masked kernel.
#ifndef RADCOHORT_TEXTURE_MAPS_H
#define RADCOHORT_TEXTURE_MAPS_H

#include "texture/contract.h"

enum { RC_MAP_MAX_RADIUS = 16 };

typedef struct rc_map_request {
  const rc_feature_settings *features; ///< families and aggregations that hold the columns below
  const int64_t *column;               ///< [n_columns]: which of rc_feature_columns(features)
  int64_t n_columns;
  int64_t radius; ///< of the cube, 1 .. RC_MAP_MAX_RADIUS voxels
  bool afresh;    ///< computes every cube by itself, none from its neighbour: as a check
} rc_map_request;

/// Can a family be mapped? Not those about the shape of the region or what lies around it.
bool rc_family_has_maps(const rc_family *family);

/// map[c][v] for the c-th column at voxel v of the region's arrays: the feature of the voxels that
/// lie within `radius` of v along every axis and in the intensity mask; NaN where it is not defined
/// and outside the mask. `scratch[n_threads]` are arenas, one for each thread that may work; their
/// number changes no bit.
rc_status rc_maps_compute(const rc_roi *roi, const rc_map_request *request,
                          rc_arena *const *scratch, int n_threads, double *const *map,
                          rc_error *err);

#endif
