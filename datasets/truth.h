// SPDX-License-Identifier: Apache-2.0
/// @file truth.h
/// What is true in the synthetic cohort: who the patients are, what drives their hazard and how
/// long they lived. Everything else (images, variants, tables) is drawn from it.
#ifndef RADCOHORT_DATASETS_TRUTH_H
#define RADCOHORT_DATASETS_TRUTH_H

#include "base/error.h"
#include "base/rng.h"
#include <stdbool.h>
#include <stdint.h>

/// log hazard = TEXTURE_EFFECT * texture + GENE_EFFECT * [causal gene mutated]; nothing else.
#define RC_TRUTH_TEXTURE_EFFECT 1.2
#define RC_TRUTH_GENE_EFFECT 2.0
/// Weibull shape and the median survival at log hazard 0.
#define RC_TRUTH_SHAPE 1.3
#define RC_TRUTH_MEDIAN_MONTHS 48.0

/// X(symbol, entrez, chromosome, start, end (GRCh38), share of patients mutated, causal)
#define RC_TRUTH_GENE_LIST(X)                                                                      \
  X("ARID1A", 8289, "chr1", 26696017, 26782104, 0.15, false)                                       \
  X("ATM", 472, "chr11", 108222832, 108369102, 0.12, false)                                        \
  X("BRAF", 673, "chr7", 140719327, 140924929, 0.12, false)                                        \
  X("CDKN2A", 1029, "chr9", 21967752, 21995324, 0.20, false)                                       \
  X("EGFR", 1956, "chr7", 55019017, 55211628, 0.18, false)                                         \
  X("KEAP1", 9817, "chr19", 10486125, 10503378, 0.40, true)                                        \
  X("KRAS", 3845, "chr12", 25205246, 25250929, 0.30, false)                                        \
  X("MUC16", 94025, "chr19", 8848844, 8981342, 0.35, false)                                        \
  X("NF1", 4763, "chr17", 31094927, 31382116, 0.15, false)                                         \
  X("PIK3CA", 5290, "chr3", 179148114, 179240093, 0.18, false)                                     \
  X("RB1", 5925, "chr13", 48303751, 48481890, 0.12, false)                                         \
  X("STK11", 6794, "chr19", 1177558, 1228435, 0.22, false)                                         \
  X("TP53", 7157, "chr17", 7668402, 7687550, 0.45, false)                                          \
  X("TTN", 7273, "chr2", 178525989, 178830802, 0.45, false)

typedef struct rc_truth_gene {
  const char *symbol;
  int entrez;
  const char *chromosome;
  int64_t start, end;
  double share;
  bool causal;
} rc_truth_gene;

#define RC_TRUTH_GENES 14
extern const rc_truth_gene rc_truth_genes[RC_TRUTH_GENES];

#define RC_TRUTH_MAX_PATIENTS 9999

typedef struct rc_truth_patient {
  char id[24];           ///< "TCGA-ZZ-0001": made like a TCGA patient barcode; no such site exists
  double texture;        ///< evenly spread over the cohort, mean 0, SD 1
  double correlation_mm; ///< SD of the kernel that smooths the tumour's noise
  bool mutated[RC_TRUTH_GENES]; ///< non-silently
  double log_hazard;
  double time_months;
  bool event;
  int age;           ///< years; without influence, as are sex and stage
  const char *sex;   ///< "female", "male"
  const char *stage; ///< "I" .. "IV"
} rc_truth_patient;

/// What a random stream is for. A stream belongs to (seed, patient, purpose), so that a change to
/// one part of the generator leaves the others' draws alone.
typedef enum rc_truth_purpose {
  RC_PURPOSE_COHORT,
  RC_PURPOSE_SURVIVAL,
  RC_PURPOSE_SHAPE,
  RC_PURPOSE_FIELD,
  RC_PURPOSE_SCANNER,
  RC_PURPOSE_VARIANTS,
  RC_PURPOSE_NOISE, ///< plus the series' number
  RC_PURPOSE_COUNT = 16
} rc_truth_purpose;

rc_rng rc_truth_stream(uint64_t seed, int64_t patient, int purpose);

/// Draws `n` patients (1 .. RC_TRUTH_MAX_PATIENTS). The caller frees *out.
rc_status rc_truth_draw(uint64_t seed, int64_t n, rc_truth_patient **out, rc_error *err);

#endif
