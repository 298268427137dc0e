// SPDX-License-Identifier: Apache-2.0
/// @file volume.h
/// The one type of a decoded image and the one type of a mask. Both own their voxels (malloc).
#ifndef RADCOHORT_DATA_VOLUME_H
#define RADCOHORT_DATA_VOLUME_H

#include "base/error.h"
#include "data/geometry.h"
#include <stdint.h>

/// Intensity units of a decoded image.
typedef enum rc_intensity_unit {
  RC_UNIT_ARBITRARY, ///< MR, or a file that does not say
  RC_UNIT_HU,        ///< CT
  RC_UNIT_SUV,       ///< PET, g/ml
  RC_UNIT_BQML,      ///< PET activity concentration
  RC_UNIT_GRAY       ///< dose
} rc_intensity_unit;

const char *rc_intensity_unit_name(rc_intensity_unit unit); ///< "", "HU", "SUV", "Bq/ml", "Gy"

/// The type of an image's voxels where they came from. Values are kept in double precision, but the
/// PyRadiomics profile follows the arithmetic that this type brings about there.
typedef enum rc_voxel_type { RC_VOXEL_DOUBLE, RC_VOXEL_SINGLE, RC_VOXEL_INTEGER } rc_voxel_type;

/// "double", "single", "integer", NULL, in enum order.
extern const char *const rc_voxel_type_names[];

typedef struct rc_volume {
  rc_geometry geometry; ///< of the whole image
  rc_box held;          ///< the part of it that `value` holds: all of it, unless less was asked for
  rc_intensity_unit unit;
  rc_voxel_type type;
  double type_low, type_high; ///< what RC_VOXEL_INTEGER can hold, of that very integer type
  double *value;              ///< [z][y][x] of the part held, owned
} rc_volume;

typedef struct rc_mask {
  rc_geometry geometry;
  uint8_t *value; ///< [z][y][x], 0 or 1, owned
} rc_mask;

/// Allocates zeroed voxels after checking the geometry; RC_ERR_LIMIT above `max_voxels` (0: none).
rc_status rc_volume_create(const rc_geometry *geometry, int64_t max_voxels, rc_volume *out,
                           rc_error *err);
/// The same for a part of the image; the limit is on the whole.
rc_status rc_volume_create_part(const rc_geometry *geometry, const rc_box *part, int64_t max_voxels,
                                rc_volume *out, rc_error *err);
bool rc_volume_is_whole(const rc_volume *volume);
rc_status rc_mask_create(const rc_geometry *geometry, int64_t max_voxels, rc_mask *out,
                         rc_error *err);
void rc_volume_release(rc_volume *volume); ///< frees the voxels, zeroes the struct; takes NULL
void rc_mask_release(rc_mask *mask);

/// Voxels set, and the smallest box around them (empty box when none is set).
int64_t rc_mask_count(const rc_mask *mask);
rc_box rc_mask_bounds(const rc_mask *mask);

#endif
