// SPDX-License-Identifier: Apache-2.0
/// @file tables.h
/// Settings of `tables:` that say where patient data come from and how images are joined to them.
/// `tables.variants` is rc_maf_settings.
#ifndef RADCOHORT_ENGINE_TABLES_H
#define RADCOHORT_ENGINE_TABLES_H

#include "base/param.h"
#include "base/text.h"
#include <stdbool.h>

/// One entry of `tables.clinical:`; becomes /mod/<name> of the cohort file.
typedef struct rc_clinical_settings {
  const char *name;    ///< default "clinical"; several tables need a name each
  const char *file;    ///< relative to cohort.root
  const char *patient; ///< name of the id column; NULL: the first
  bool tcga_barcodes;  ///< cut ids to the patient part
  rc_texts columns;    ///< globs; empty: all
  rc_texts missing;    ///< texts that mean a missing value, beside "", NA, NaN, null, None, N/A
} rc_clinical_settings;

extern const rc_param_table rc_clinical_params;

/// What to do about a patient with several rows (ROIs, time points) of one image modality.
typedef enum rc_join_several {
  RC_JOIN_ERROR,   ///< refuse, naming the patient
  RC_JOIN_FIRST,   ///< the first row in the cohort file's order
  RC_JOIN_LARGEST, ///< the row with the largest volume
  RC_JOIN_MEAN     ///< the mean of each feature over the rows
} rc_join_several;

/// `tables.images:` how rows of image modalities become one row a patient.
typedef struct rc_join_settings {
  rc_texts roi;         ///< globs on the ROI name; empty: all
  rc_texts time_points; ///< globs; empty: all
  int several;          ///< rc_join_several
} rc_join_settings;

extern const rc_param_table rc_join_params;

#endif
