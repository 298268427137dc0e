// SPDX-License-Identifier: Apache-2.0
/// @file measure.h
/// From the files of one image and one mask straight to named feature values, without a workflow.
/// Verification and reference tests use it.
#ifndef RADCOHORT_ENGINE_MEASURE_H
#define RADCOHORT_ENGINE_MEASURE_H

#include "base/arena.h"
#include "base/error.h"
#include "processing/processing.h"
#include "texture/contract.h"

typedef struct rc_measurement {
  const rc_feature_column *column;
  const double *value; ///< [n]; NaN where undefined
  int64_t n;
  const char *undefined; ///< "family: reason; ..." or ""
} rc_measurement;

/// Reads, processes and measures. `roi` as for rc_mask_read. What is returned lives in `arena`;
/// nothing else stays there.
rc_status rc_measure(const char *image_path, const char *mask_path, const char *roi,
                     const rc_processing_settings *processing, const rc_feature_settings *features,
                     rc_arena *arena, rc_measurement *out, rc_error *err);

/// The column of that name, or -1.
int64_t rc_measurement_find(const rc_measurement *measurement, const char *name);

#endif
