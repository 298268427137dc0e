// SPDX-License-Identifier: Apache-2.0
/// @file settings.h
/// Rows that several filters' parameter tables share, and small helpers around them.
#ifndef RADCOHORT_FILTERS_SETTINGS_H
#define RADCOHORT_FILTERS_SETTINGS_H

#include "filters/boundary.h"
#include "filters/filter.h"
#include "filters/pooling.h"

/// Member int64_t dimensions, int boundary, bool rotations, int pooling of a settings struct.
#define RC_FILTER_DIMENSIONS(type, fallback)                                                       \
  {                                                                                                \
    "dimensions", RC_PARAM_INT, offsetof(type, dimensions), 2, 3, "", NULL, fallback,              \
        "2: slice by slice in the xy plane; 3: volume."                                            \
  }
#define RC_FILTER_BOUNDARY(type, fallback)                                                         \
  {                                                                                                \
    "boundary", RC_PARAM_CHOICE, offsetof(type, boundary), 0, 0, "", rc_boundary_names, fallback,  \
        "How the image goes on beyond its edges."                                                  \
  }
#define RC_FILTER_ROTATIONS(type)                                                                  \
  {                                                                                                \
    "rotations", RC_PARAM_BOOL, offsetof(type, rotations), 0, 0, "", NULL, "false",                \
        "Pool over all right-angle rotations of the filter."                                       \
  }
#define RC_FILTER_POOLING(type, fallback)                                                          \
  {                                                                                                \
    "pooling", RC_PARAM_CHOICE, offsetof(type, pooling), 0, 0, "", rc_pooling_names, fallback,     \
        "How responses of turned filters are pooled."                                              \
  }
#define RC_FILTER_TABLE(key, what, rows, type)                                                     \
  { key, what, rows, (int64_t)(sizeof(rows) / sizeof(rows)[0]), sizeof(type) }

/// The width of a voxel along the filtered axes. RC_ERR_NUMERIC when they differ: a filter of that
/// `name` is round in millimetres and would not be in voxels.
rc_status rc_filter_voxel_width(const char *name, const double spacing_mm[3], int64_t dimensions,
                                double *width_mm, rc_error *err);

/// Adds to a label that is being written; what does not fit is cut.
void rc_filter_label_add(char *out, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Room for one response on the image's grid; RC_ERR_MEMORY.
rc_status rc_filter_response(const rc_filter_image *image, rc_arena *arena, double **out,
                             rc_error *err);

#endif
