// SPDX-License-Identifier: Apache-2.0
/// @file filter.h
/// What a filter must provide, and the list of all filters. A filter is one `const rc_filter` and
/// one line in filters.def; the workflow's `transforms:`, its messages, the docs and the columns of
/// the cohort file follow.
///
/// One use of a filter may give several responses (sub-bands of a wavelet, a Laplacian of Gaussian
/// at several scales), so that what they share is computed once: apply hands them to the caller one
/// after another and needs memory for one at a time.
#ifndef RADCOHORT_FILTERS_FILTER_H
#define RADCOHORT_FILTERS_FILTER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/geometry.h"
#include "data/profile.h"
#include "data/volume.h"

#include <stdbool.h>

/// How much of the image a response at one voxel depends on.
typedef struct rc_filter_support {
  int64_t reach[3]; ///< voxels on either side along x, y, z
  bool wraps;       ///< what lies beyond an edge of the image is the opposite edge (periodic)
  bool whole;       ///< all of the image; `reach` says nothing
} rc_filter_support;

/// The image, or a part of it that is at least `wanted` and the filter's reach around it, cut at
/// the image's own edges. Where the part ends before the image does, the filter may continue it as
/// it likes: no wanted voxel sees that.
typedef struct rc_filter_image {
  rc_geometry grid;    ///< of `value`
  const double *value; ///< [z][y][x], finite
  rc_box wanted;       ///< the voxels whose responses are used, half-open, inside the grid
  rc_voxel_type type;  ///< only filters of the PyRadiomics profile look at it
} rc_filter_image;

/// Gets response number `response` (each once, in any order): `value` has the image's grid,
/// borrowed for the call; voxels outside `wanted` are unspecified. NULL: the filter does not work
/// on an image that small, the response is undefined.
typedef rc_status (*rc_filter_take)(void *user, int64_t response, const double *value,
                                    rc_error *err);

typedef struct rc_filter {
  const char *key;    ///< name in the workflow, "laplacian_of_gaussian"
  const char *name;   ///< "Laplacian of Gaussian"
  const char *ibsi;   ///< IBSI-2 code, "L6PA"; "" if it has none
  const char *source; ///< "IBSI-2 section 4.3"
  rc_profile profile;
  /// NULL when it has none. No key may be `filter`, `name`, `discretisation`, `ivh` or `features`,
  /// which stand beside them in a workflow.
  const rc_param_table *params;

  /// Do the settings make sense together? RC_ERR_WORKFLOW says what to change. May be NULL.
  rc_status (*check)(const void *settings, rc_error *err);
  /// How many responses; NULL: one.
  int64_t (*count)(const void *settings);
  /// Name of a response, which begins the names of its features: "log_1.5mm", "wavelet_LLH".
  /// Letters, digits, '_', '-' and '.'; tells the responses of one use apart.
  void (*label)(const void *settings, int64_t response, char *out, size_t capacity);
  /// What one response voxel depends on, for voxels of that size. RC_ERR_NUMERIC when the filter
  /// cannot work on them.
  rc_status (*support)(const void *settings, const double spacing_mm[3], rc_filter_support *out,
                       rc_error *err);
  /// All responses, each given to `take`; stops at its first error. Scratch comes from `arena` and
  /// is given back. The same bits for any number of threads, and for any part of the image that
  /// holds the support (spectral filters always get the whole).
  rc_status (*apply)(const void *settings, const rc_filter_image *image, rc_arena *arena,
                     rc_filter_take take, void *user, rc_error *err);
} rc_filter;

/// All filters in their documented order (filters.def); ends with NULL.
extern const rc_filter *const rc_filters[];
const rc_filter *rc_filter_find(rc_profile profile, const char *key); ///< NULL if unknown

/// count, or 1.
int64_t rc_filter_count(const rc_filter *filter, const void *settings);

#endif
