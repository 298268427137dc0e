// SPDX-License-Identifier: Apache-2.0
/// @file phantom.h
/// One patient's body as a function of the place: air, fat, a muscle and a lumpy tumour whose
/// tissue varies with a Gaussian random field of known correlation length. Any scanner can image
/// it on any grid. Lengths in mm, places relative to the body's centre, axes as in DICOM (LPS).
#ifndef RADCOHORT_DATASETS_PHANTOM_H
#define RADCOHORT_DATASETS_PHANTOM_H

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

/// Structures that can be outlined. X(enumerator, ROI name, RT interpreted type)
#define RC_STRUCTURE_LIST(X)                                                                       \
  X(RC_STRUCTURE_TUMOUR, "GTV", "GTV")                                                             \
  X(RC_STRUCTURE_MUSCLE, "Muscle", "ORGAN")

typedef enum rc_structure {
#define X(enumerator, roi, type) enumerator,
  RC_STRUCTURE_LIST(X)
#undef X
      RC_STRUCTURE_COUNT
} rc_structure;

extern const char *const rc_structure_roi[RC_STRUCTURE_COUNT];
extern const char *const rc_structure_type[RC_STRUCTURE_COUNT];

typedef enum rc_tissue {
  RC_TISSUE_AIR,
  RC_TISSUE_FAT,
  RC_TISSUE_MUSCLE,
  RC_TISSUE_TUMOUR
} rc_tissue;

typedef struct rc_phantom rc_phantom;

/// Draws the tumour's shape and tissue. Release with rc_phantom_destroy (takes NULL).
rc_status rc_phantom_create(uint64_t seed, int64_t patient, double correlation_mm, rc_phantom **out,
                            rc_error *err);
void rc_phantom_destroy(rc_phantom *phantom);

/// What is at `place`; `texture` gets the tumour's field there (mean 0, SD 1), 0 elsewhere.
rc_tissue rc_phantom_at(const rc_phantom *phantom, const double place[3], double *texture);

bool rc_phantom_inside(const rc_phantom *phantom, rc_structure structure, const double place[3]);

/// The outline of a structure in the plane through `point` with unit axes `u`, `v`: `n` places,
/// evenly spread by angle, within 1e-6 mm of its surface. False when the plane misses it.
bool rc_phantom_outline(const rc_phantom *phantom, rc_structure structure, const double point[3],
                        const double u[3], const double v[3], int64_t n, double (*out)[3]);

#endif
