// SPDX-License-Identifier: Apache-2.0
/// @file cases.h
/// The three ways to find images: a case list, a path pattern, a DICOM archive. Each yields the
/// same list of images with their masks; plan.c makes tasks of them.
#ifndef RADCOHORT_ENGINE_CASES_H
#define RADCOHORT_ENGINE_CASES_H

#include "plan/plan.h"

/// An image and one mask source.
typedef struct rc_found_image {
  const char *patient, *time_point; ///< time_point "" when there is none
  const char *modality;             ///< as found; "" when the source does not tell
  const char *image_path;
  rc_texts image_files;   ///< DICOM scan only
  const char *series_uid; ///< NULL: the only series
  const char *mask_path;
  rc_texts rois;        ///< known ROI names (DICOM scan); n == 0: to be read from the mask
  const char *only_roi; ///< the case list names the ROI; NULL: cohort.roi decides
} rc_found_image;

/// A growing list; lives in the arena.
typedef struct rc_found {
  rc_found_image *image;
  int64_t n, capacity;
  rc_arena *arena;
  rc_texts notes; ///< for people
  int64_t notes_capacity;
} rc_found;

/// Appends; RC_ERR_MEMORY.
rc_status rc_found_add(rc_found *found, const rc_found_image *image, rc_error *err);
/// Appends a note; silently does nothing when memory is out.
void rc_found_note(rc_found *found, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Whether a name is selected by a list of names and globs (an empty list selects all).
bool rc_selected(const rc_texts *patterns, const char *name, bool ignore_case);
/// "PT" and "PET" are the same modality; otherwise names compare without case.
bool rc_same_modality(const char *a, const char *b);

/// Which patterns of a list have selected something, and names met on the way, so that a pattern
/// that selects nothing can be told, with the name that was perhaps meant.
typedef struct rc_name_filter {
  const rc_texts *patterns;
  bool *used;    ///< [patterns->n]
  rc_texts seen; ///< different names, a bounded number
} rc_name_filter;

rc_status rc_name_filter_create(const rc_texts *patterns, rc_arena *arena, rc_name_filter *out,
                                rc_error *err);
/// `name` must live as long as the filter.
void rc_name_filter_see(rc_name_filter *filter, const char *name, bool ignore_case);
/// A note for each pattern of `key` that has selected nothing.
void rc_name_filter_note_unused(const rc_name_filter *filter, const char *key, rc_found *found);

rc_status rc_find_by_list(const rc_workflow *workflow, rc_found *found, rc_error *err);
rc_status rc_find_by_pattern(const rc_workflow *workflow, rc_found *found, rc_error *err);
rc_status rc_find_by_scan(const rc_workflow *workflow, rc_found *found, rc_error *err);

#endif
