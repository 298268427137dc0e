// SPDX-License-Identifier: Apache-2.0
/// @file pyradiomics.h
/// What the feature classes of PyRadiomics 3 (van Griethuysen et al. 2017,
/// doi:10.1158/0008-5472.CAN-17-0339) have in common. Its classes count what IBSI-1's families
/// count and name features in their own way, so each is computed by the family it corresponds to;
/// what differs is stated in the class's file.
///
/// Two differences are left out on purpose. PyRadiomics adds 2.2e-16 to every probability inside a
/// logarithm, which changes an entropy by 1e-12 at most and makes that of a flat region -3e-16
/// instead of 0. And where rounding makes its mutual information negative, it drops the direction
/// from Imc2's mean; here it counts as 0.
#ifndef RADCOHORT_TEXTURE_PYRADIOMICS_H
#define RADCOHORT_TEXTURE_PYRADIOMICS_H

#include "texture/contract.h"
#include "texture/window.h"

#define RC_PYRADIOMICS_SOURCE "PyRadiomics 3"

/// `force2D` and `force2Ddimension`: matrices of slices, merged.
typedef struct rc_pyradiomics_plane {
  bool force_2d;
  int64_t dimension; ///< axis across the slices: 0 z, 1 y, 2 x
} rc_pyradiomics_plane;

/// Their rows of a parameter table; `member` is the rc_pyradiomics_plane of `settings`.
#define RC_PYRADIOMICS_PLANE_PARAMS(settings, member)                                              \
  {"force_2d",                                                                                     \
   RC_PARAM_BOOL,                                                                                  \
   offsetof(settings, member.force_2d),                                                            \
   0,                                                                                              \
   0,                                                                                              \
   "",                                                                                             \
   NULL,                                                                                           \
   "false",                                                                                        \
   "PyRadiomics' force2D: neighbours within a slice only."},                                       \
  {                                                                                                \
    "force_2d_dimension", RC_PARAM_INT, offsetof(settings, member.dimension), 0, 2, "", NULL, "0", \
        "PyRadiomics' force2Ddimension: the axis across the slices; 0 is z, 1 is y, 2 is x."       \
  }

/// Names and row of the parameter `distances`, a set of bits: bit d - 1 for distance d.
extern const char *const rc_pyradiomics_distance_names[];
#define RC_PYRADIOMICS_DISTANCES_PARAM(settings, member)                                           \
  {                                                                                                \
    "distances", RC_PARAM_CHOICES, offsetof(settings, member), 0, 0, "voxels",                     \
        rc_pyradiomics_distance_names, "[1]",                                                      \
        "PyRadiomics' distances: Chebyshev distances of the neighbours."                           \
  }

/// `weightingNorm`: RC_PYRADIOMICS_UNMERGED averages the features of the directions' matrices, the
/// others take the features of the matrices' weighted sum. In the order of the parameter's choices.
typedef enum rc_pyradiomics_weighting {
  RC_PYRADIOMICS_UNMERGED,
  RC_PYRADIOMICS_MANHATTAN,
  RC_PYRADIOMICS_EUCLIDEAN,
  RC_PYRADIOMICS_INFINITY,
  RC_PYRADIOMICS_UNWEIGHTED
} rc_pyradiomics_weighting;

extern const char *const rc_pyradiomics_weighting_names[];
#define RC_PYRADIOMICS_WEIGHTING_PARAM(settings, member)                                           \
  {                                                                                                \
    "weighting_norm", RC_PARAM_CHOICE, offsetof(settings, member), 0, 0, "",                       \
        rc_pyradiomics_weighting_names, "none",                                                    \
        "PyRadiomics' weightingNorm: merge the directions' matrices, weighted by length in this "  \
        "norm; none: average their features."                                                      \
  }

/// Length in mm of a step in voxels, in that norm; 1 where merging is not weighted.
double rc_pyradiomics_length(int weighting, const int step[3], const double spacing_mm[3]);

int64_t rc_pyradiomics_farthest(uint64_t distances); ///< the largest of the set

/// The region as a class with that plane wants it: the axis across the slices is z. Levels and
/// spacing only; levels are copied to `arena` when axes are exchanged.
rc_status rc_pyradiomics_orient(const rc_roi *roi, const rc_pyradiomics_plane *plane,
                                rc_arena *arena, rc_roi *out, rc_error *err);

/// Fills, of the class's values, those whose IBSI code `from` has, too.
void rc_pyradiomics_take(const rc_family *from, const double *from_value, const rc_family *to,
                         double *value);

/// A class whose features are those of an IBSI family for one aggregation: computes it with
/// `settings` of that family and takes the values.
rc_status rc_pyradiomics_compute(const rc_family *from, const rc_roi *roi, const void *settings,
                                 rc_aggregation aggregation, rc_arena *arena, const rc_family *to,
                                 rc_family_output *out, rc_error *err);

/// Sliding of such a class: `follow` makes the state, from settings of the family that are copied;
/// the others fit an rc_sliding.
rc_status rc_pyradiomics_follow(const rc_family *from, const rc_window *window,
                                const void *settings, size_t settings_size,
                                rc_aggregation aggregation, const rc_family *to, rc_arena *arena,
                                void **state, rc_error *err);
void rc_pyradiomics_add(void *state, const rc_window *window);
void rc_pyradiomics_remove(void *state, const rc_window *window);
rc_status rc_pyradiomics_finish(void *state, const rc_window *window, double *value, rc_error *err);

#endif
