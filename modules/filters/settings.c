// SPDX-License-Identifier: Apache-2.0
#include "filters/settings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Spacings that differ by less than this part count as equal.
#define SPACING_TOLERANCE 1e-4

rc_status rc_filter_voxel_width(const char *name, const double spacing_mm[3], int64_t dimensions,
                                double *width_mm, rc_error *err) {
  *width_mm = spacing_mm[0];
  for (int64_t d = 1; d < dimensions; d++)
    if (fabs(spacing_mm[d] - spacing_mm[0]) > SPACING_TOLERANCE * spacing_mm[0])
      return rc_fail(err, RC_ERR_NUMERIC,
                     "%s needs voxels as wide along all filtered axes, not %g and %g mm: "
                     "interpolate, or use 2 dimensions",
                     name, spacing_mm[0], spacing_mm[d]);
  return RC_OK;
}

void rc_filter_label_add(char *out, size_t capacity, const char *format, ...) {
  size_t used = strnlen(out, capacity);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(out + used, capacity - used, format, arguments);
  va_end(arguments);
}

rc_status rc_filter_response(const rc_filter_image *image, rc_arena *arena, double **out,
                             rc_error *err) {
  int64_t n = rc_geometry_voxels(&image->grid);
  *out = rc_arena_alloc(arena, (size_t)n, sizeof **out);
  if (*out == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for a response of %lld voxels", (long long)n);
  return RC_OK;
}
