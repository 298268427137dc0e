// SPDX-License-Identifier: Apache-2.0
/// @file scanner.h
/// Images of a phantom: a CT in Hounsfield units, an FDG-PET in SUV and a T1-weighted MR, each on
/// its own grid in one frame of reference. Pixel spacing, slice distance, position and noise
/// differ between patients; every third MR is tilted.
#ifndef RADCOHORT_DATASETS_SCANNER_H
#define RADCOHORT_DATASETS_SCANNER_H

#include "data/geometry.h"
#include "datasets/phantom.h"

/// X(enumerator, folder and option, DICOM modality, SOP class, description, width, height in mm,
///   default grid x, y, z)
#define RC_SCANNER_LIST(X)                                                                         \
  X(RC_SCANNER_CT, "CT", "CT", "1.2.840.10008.5.1.4.1.1.2", "CT soft tissue", 122.88, 72.0, 64,    \
    64, 24)                                                                                        \
  X(RC_SCANNER_PET, "PET", "PT", "1.2.840.10008.5.1.4.1.1.128", "PET FDG SUVbw", 131.072, 78.48,   \
    32, 32, 24)                                                                                    \
  X(RC_SCANNER_MR, "MR", "MR", "1.2.840.10008.5.1.4.1.1.4", "MR T1", 115.2, 80.0, 64, 64, 20)

typedef enum rc_scanner_kind {
#define X(enumerator, folder, modality, sop_class, description, width, height, nx, ny, nz)         \
  enumerator,
  RC_SCANNER_LIST(X)
#undef X
      RC_SCANNER_COUNT
} rc_scanner_kind;

typedef struct rc_scanner {
  const char *folder, *modality, *sop_class, *description;
  double width_mm, height_mm; ///< the field of view stays the same whatever the grid
  int64_t size[3];
} rc_scanner;

extern const rc_scanner rc_scanners[RC_SCANNER_COUNT];

/// An image in physical units and where its voxels lie in the patient.
typedef struct rc_scan {
  rc_scanner_kind kind;
  rc_geometry geometry;
  double centre_mm[3]; ///< the phantom's centre in patient coordinates
  double *value;       ///< HU, SUV or arbitrary MR units
} rc_scan;

/// Images the phantom on a grid of `size` voxels. Release with rc_scan_release.
rc_status rc_scan_make(const rc_phantom *phantom, uint64_t seed, int64_t patient,
                       rc_scanner_kind kind, const int64_t size[3], rc_scan *out, rc_error *err);
void rc_scan_release(rc_scan *scan);

#endif
