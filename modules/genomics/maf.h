// SPDX-License-Identifier: Apache-2.0
/// @file maf.h
/// Mutation Annotation Format tables to a patient x gene matrix. Accepts GDC and older TCGA files:
/// column names in any case and order, plain or gzip (by content), comment lines (#version 2.4),
/// LF or CRLF. Quotes are ordinary characters.
#ifndef RADCOHORT_GENOMICS_MAF_H
#define RADCOHORT_GENOMICS_MAF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/frame.h"

/// `tables.variants:`
typedef struct rc_maf_settings {
  const char *file;     ///< NULL: none
  rc_texts classes;     ///< Variant_Classification values that count; empty: the non-silent set
  bool tcga_barcodes;   ///< cut Tumor_Sample_Barcode to the patient part (default true)
  int64_t min_patients; ///< genes mutated in fewer patients are left out
  rc_texts genes;       ///< globs on Hugo_Symbol; empty: all
} rc_maf_settings;

extern const rc_param_table rc_maf_params;

typedef struct rc_variant_matrix {
  rc_frame *obs; ///< patients, sorted; columns n_variants (every row of the patient that counts,
                 ///< whatever `genes` selects) and n_samples (tumour barcodes of the patient)
  rc_frame *var; ///< genes, sorted; columns n_patients, n_variants
  double *x;     ///< [n_patients][n_genes]: 1 mutated, 0 not
  int64_t n_rows_read, n_rows_counted;
} rc_variant_matrix;

/// The classes that count by default: those that change the protein, as maftools takes them.
/// NULL-terminated.
extern const char *const rc_maf_nonsilent[];

/// Patients present in the file without a counting variant get a row of zeros. Variants of one gene
/// in one patient count once in x. RC_ERR_NOT_FOUND: no file, or a class that is neither known nor
/// in the file (names the nearest); RC_ERR_FORMAT names file, line and the missing column;
/// RC_ERR_LIMIT: more than `max_bytes` after decompression (0: no limit) or a line above 1 MiB.
rc_status rc_maf_read(const rc_maf_settings *settings, const char *path, size_t max_bytes,
                      rc_arena *arena, rc_variant_matrix *out, rc_error *err);

#endif
