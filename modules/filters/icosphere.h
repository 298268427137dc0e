// SPDX-License-Identifier: Apache-2.0
/// @file icosphere.h
/// Points spread evenly over a sphere: the vertices of an icosahedron whose triangles are divided
/// into four, again and again, and moved onto the sphere.
#ifndef RADCOHORT_FILTERS_ICOSPHERE_H
#define RADCOHORT_FILTERS_ICOSPHERE_H

#include <stdint.h>

enum { RC_ICOSPHERE_MAX_SUBDIVISION = 2, RC_ICOSPHERE_MAX_VERTICES = 162 };

/// Fills vertex[] and returns their number, 10 * 4^subdivision + 2. Their order and rounding are
/// those of trimesh.creation.icosphere; without subdivision the radius is 1, as there.
int64_t rc_icosphere(int64_t subdivision, double radius,
                     double vertex[RC_ICOSPHERE_MAX_VERTICES][3]);

#endif
