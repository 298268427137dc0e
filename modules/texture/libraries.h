// SPDX-License-Identifier: Apache-2.0
/// @file libraries.h
/// Versions of the libraries that numbers of this module depend on, for provenance. Static texts.
#ifndef RADCOHORT_TEXTURE_LIBRARIES_H
#define RADCOHORT_TEXTURE_LIBRARIES_H

const char *rc_fourier_library(void); ///< FFTW
const char *rc_hull_library(void);    ///< Qhull

#endif
