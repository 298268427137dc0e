// SPDX-License-Identifier: Apache-2.0
/// @file transform.h
/// Features of one region on the image and on every response the entry asks for. Filters share the
/// processed image around the region; one response is in memory at a time.
#ifndef RADCOHORT_ENGINE_TRANSFORM_H
#define RADCOHORT_ENGINE_TRANSFORM_H

#include "data/volume.h"
#include "processing/processing.h"
#include "workflow/workflow.h"

/// Room for the families with undefined features and why.
enum { RC_UNDEFINED_TEXT = 512 };

/// `roi` was made by rc_roi_prepare from `image` with the entry's processing. Fills
/// value[n_columns] in the order of rc_entry_columns; undefined features are NaN, and `undefined`
/// says why: "glcm: reason; log_1.5: glcm: reason" (cut when too long, "" when there is nothing to
/// say). Memory comes from `arena` and is given back.
rc_status rc_transforms_run(const rc_image_entry *entry, const rc_volume *image, const rc_roi *roi,
                            rc_arena *arena, double *value, char undefined[RC_UNDEFINED_TEXT],
                            rc_error *err);

/// What all of an entry's filters together look at around a region, on an image processed to that
/// spacing. Filters that cannot work on it are left out: they will say so.
rc_surroundings_wish rc_transforms_wish(const rc_image_entry *entry, const double spacing_mm[3]);

#endif
