// SPDX-License-Identifier: Apache-2.0
#include "texture/libraries.h"

#include <fftw3.h>
#include <libqhull_r/libqhull_r.h>

const char *rc_fourier_library(void) {
  return fftw_version;
}

const char *rc_hull_library(void) {
  return qh_version;
}
