// SPDX-License-Identifier: Apache-2.0
/// @file tables.h
/// The cohort's tables: clinical.csv, variants.maf.gz, and what is true in truth.csv and
/// truth_hazard.csv (for checking an analysis, never as its input).
#ifndef RADCOHORT_DATASETS_TABLES_H
#define RADCOHORT_DATASETS_TABLES_H

#include "datasets/truth.h"

rc_status rc_tables_clinical(const char *folder, const rc_truth_patient *patient, int64_t n,
                             rc_error *err);
rc_status rc_tables_variants(const char *folder, uint64_t seed, const rc_truth_patient *patient,
                             int64_t n, rc_error *err);
rc_status rc_tables_truth(const char *folder, const rc_truth_patient *patient, int64_t n,
                          rc_error *err);

#endif
