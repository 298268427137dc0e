// SPDX-License-Identifier: Apache-2.0
/// @file profile.h
/// Whose definitions a study follows. A profile chooses the processing chain, the feature families
/// and the filters that go by it; nothing is mixed.
#ifndef RADCOHORT_DATA_PROFILE_H
#define RADCOHORT_DATA_PROFILE_H

typedef enum rc_profile {
  RC_PROFILE_IBSI,       ///< the Image Biomarker Standardisation Initiative, chapters 1 and 2
  RC_PROFILE_PYRADIOMICS ///< PyRadiomics 3, names and definitions
} rc_profile;

/// "ibsi", "pyradiomics", NULL: the choices of a parameter, in enum order.
extern const char *const rc_profile_names[];

#endif
