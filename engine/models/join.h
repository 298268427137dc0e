// SPDX-License-Identifier: Apache-2.0
/// @file join.h
/// Clinical tables and the variant table as modalities of the cohort file, matched to the cohort's
/// patients; and all modalities as one table with one row a patient. Nothing here reads images or
/// the cohort file.
#ifndef RADCOHORT_ENGINE_JOIN_H
#define RADCOHORT_ENGINE_JOIN_H

#include "base/arena.h"
#include "base/error.h"
#include "data/frame.h"
#include "workflow/workflow.h"

/// Name of the variant table's modality, and of its variable that counts mutations.
#define RC_VARIANTS_MODALITY "variants"
#define RC_VARIANTS_BURDEN "n_variants"
/// Obs column with the patient id, in every modality.
#define RC_PATIENT_COLUMN "patient"

/// One modality with its numbers.
typedef struct rc_modality {
  const char *name;
  const rc_frame *obs; ///< has a TEXT column "patient"; images also roi, time_point, status and
                       ///< volume_mm3, which choose rows
  const rc_frame *var; ///< the index names the variables
  const double *x;     ///< [obs->n_rows][var->n_rows], NaN is missing
  bool is_table;       ///< one row a patient; text columns of obs are variables, too
} rc_modality;

/// Tables as modalities: clinical ones in the workflow's order, then variants.
typedef struct rc_tables {
  rc_modality *modality;
  int64_t n;
  rc_texts patients; ///< of the cohort, sorted: those with images; without images those of the
                     ///< first clinical table, or of the variants
  rc_texts notes;    ///< ids without a partner on either side, and what was changed; for people
} rc_tables;

/// Reads the tables. Every row of a table is kept; numeric columns go to X, text columns to obs.
/// `image_patients` (any order, repeats allowed) are those with images, n == 0: none.
/// RC_ERR_NOT_FOUND: no file or column; RC_ERR_FORMAT: an id is empty or occurs twice (names both
/// rows) or two tables share a name.
rc_status rc_tables_read(const rc_workflow *workflow, const rc_texts *image_patients,
                         rc_arena *arena, rc_tables *out, rc_error *err);

/// A modality that could not give one row a patient, and why.
typedef struct rc_join_problem {
  const char *modality;
  const char *message;
} rc_join_problem;

typedef struct rc_patient_table {
  rc_frame *frame; ///< one row a patient; columns "<modality>.<variable>"; NaN or "" is missing
  rc_join_problem *problem; ///< modalities left out of the frame
  int64_t n_problems;
} rc_patient_table;

/// Joins modalities by patient. A patient of `patients` whose id is a TCGA barcode also matches
/// rows that bear its patient part. Rows of images with a status other than "ok" do not count.
rc_status rc_patient_table_make(const rc_modality *modality, int64_t n, const rc_texts *patients,
                                const rc_join_settings *settings, rc_arena *arena,
                                rc_patient_table *out, rc_error *err);

/// The patient ids of an obs frame, sorted, each once.
rc_status rc_patients_of(const rc_frame *obs, rc_arena *arena, rc_texts *out, rc_error *err);

#endif
