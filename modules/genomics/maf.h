// SPDX-License-Identifier: Apache-2.0
/// @file maf.h
/// Mutation Annotation Format tables to a patient x gene matrix. Accepts GDC and older TCGA column
/// names, plain or gzip, comment lines (#version 2.4).
#ifndef RADCOHORT_GENOMICS_MAF_H
#define RADCOHORT_GENOMICS_MAF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/frame.h"

/// `tables.variants:`
typedef struct rc_maf_settings {
  const char *file;   ///< NULL: none
  rc_texts classes;   ///< Variant_Classification values that count; empty: the non-silent set
  bool tcga_barcodes; ///< cut Tumor_Sample_Barcode to the patient part (default true)
  int64_t min_patients; ///< genes mutated in fewer patients are left out
  rc_texts genes;     ///< globs on Hugo_Symbol; empty: all
} rc_maf_settings;

extern const rc_param_table rc_maf_params;

typedef struct rc_variant_matrix {
  rc_frame *obs;  ///< patients, sorted; column n_variants (every row of the patient that counts)
  rc_frame *var;  ///< genes, sorted; columns n_patients, n_variants
  double *x;      ///< [n_patients][n_genes]: 1 mutated, 0 not
  int64_t n_rows_read, n_rows_counted;
} rc_variant_matrix;

/// Patients present in the file without a counting variant get a row of zeros. RC_ERR_FORMAT names
/// file, line and the missing column; duplicates of one gene in one patient count once in x.
rc_status rc_maf_read(const rc_maf_settings *settings, const char *path, size_t max_bytes,
                      rc_arena *arena, rc_variant_matrix *out, rc_error *err);

#endif
