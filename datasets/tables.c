// SPDX-License-Identifier: Apache-2.0
#include "datasets/tables.h"

#include "datasets/output.h"
#include <math.h>

rc_status rc_tables_clinical(const char *folder, const rc_truth_patient *patient, int64_t n,
                             rc_error *err) {
  char path[RC_OUTPUT_PATH];
  rc_text_buffer table = {NULL, 0, 0, 0};
  rc_status status = rc_output_path(path, err, folder, "clinical.csv");
  if (status != RC_OK)
    return status;
  rc_text_add(&table, "patient,age,sex,stage,time_months,event\n");
  for (int64_t i = 0; i < n; i++)
    rc_text_add(&table, "%s,%d,%s,%s,%.2f,%d\n", patient[i].id, patient[i].age, patient[i].sex,
                patient[i].stage, patient[i].time_months, patient[i].event ? 1 : 0);
  return rc_text_finish(&table, path, err);
}

/// Kinds of mutation; the first N_ALTERING change the protein.
static const char *const alterations[] = {"Missense_Mutation",
                                          "Nonsense_Mutation",
                                          "Splice_Site",
                                          "Frame_Shift_Del",
                                          "Silent",
                                          "Intron",
                                          "3'UTR"};
enum { N_ALTERING = 4, N_ALTERATIONS = 7, MISSENSE_TICKETS = 5, DELETION = 3 };

/// Missense mutations are the usual ones.
static int draw_altering(rc_rng *rng) {
  int ticket = (int)rc_rng_below(rng, MISSENSE_TICKETS + N_ALTERING);
  return ticket < MISSENSE_TICKETS ? 0 : ticket - MISSENSE_TICKETS;
}

static int draw_bystander(rc_rng *rng) {
  return N_ALTERING + (int)rc_rng_below(rng, N_ALTERATIONS - N_ALTERING);
}

static void add_variant(rc_text_buffer *table, rc_rng *rng, const rc_truth_patient *patient,
                        const rc_truth_gene *gene, int alteration) {
  static const char *const base[] = {"A", "C", "G", "T"};
  int64_t place = gene->start + (int64_t)rc_rng_below(rng, (uint64_t)(gene->end - gene->start + 1));
  int reference = (int)rc_rng_below(rng, 4);
  int other = (reference + 1 + (int)rc_rng_below(rng, 3)) % 4;
  bool deleted = alteration == DELETION;
  rc_text_add(table,
              "%s\t%d\tsynthetic\tGRCh38\t%s\t%lld\t%lld\t+\t%s\t%s\t%s\t%s\t%s\t%s-01A-11D-A000-08"
              "\t%s-10A-01D-A000-08\n",
              gene->symbol, gene->entrez, gene->chromosome, (long long)place, (long long)place,
              alterations[alteration], deleted ? "DEL" : "SNP", base[reference], base[reference],
              deleted ? "-" : base[other], patient->id, patient->id);
}

/// The mutations that truth.h knows, some genes hit twice, and a few without effect on a protein
/// in any gene, the causal one included: who counts them as mutations finds nothing.
static void add_patient(rc_text_buffer *table, uint64_t seed, int64_t i,
                        const rc_truth_patient *patient) {
  rc_rng rng = rc_truth_stream(seed, i, RC_PURPOSE_VARIANTS);
  for (int g = 0; g < RC_TRUTH_GENES; g++) {
    if (!patient->mutated[g])
      continue;
    add_variant(table, &rng, patient, &rc_truth_genes[g], draw_altering(&rng));
    if (rc_rng_below(&rng, 5) == 0)
      add_variant(table, &rng, patient, &rc_truth_genes[g], draw_altering(&rng));
  }
  int64_t n = 3 + (int64_t)rc_rng_below(&rng, 5);
  for (int64_t k = 0; k < n; k++) {
    const rc_truth_gene *gene = &rc_truth_genes[rc_rng_below(&rng, RC_TRUTH_GENES)];
    add_variant(table, &rng, patient, gene, draw_bystander(&rng));
  }
}

rc_status rc_tables_variants(const char *folder, uint64_t seed, const rc_truth_patient *patient,
                             int64_t n, rc_error *err) {
  char path[RC_OUTPUT_PATH];
  rc_text_buffer table = {NULL, 0, 0, 0};
  rc_status status = rc_output_path(path, err, folder, "variants.maf.gz");
  if (status != RC_OK)
    return status;
  rc_text_add(&table, "#version 2.4\n"
                      "Hugo_Symbol\tEntrez_Gene_Id\tCenter\tNCBI_Build\tChromosome\tStart_Position"
                      "\tEnd_Position\tStrand\tVariant_Classification\tVariant_Type"
                      "\tReference_Allele\tTumor_Seq_Allele1\tTumor_Seq_Allele2"
                      "\tTumor_Sample_Barcode\tMatched_Norm_Sample_Barcode\n");
  for (int64_t i = 0; i < n; i++)
    add_patient(&table, seed, i, &patient[i]);
  return rc_text_finish(&table, path, err);
}

static rc_status write_hazard(const char *folder, rc_error *err) {
  char path[RC_OUTPUT_PATH];
  rc_text_buffer table = {NULL, 0, 0, 0};
  rc_status status = rc_output_path(path, err, folder, "truth_hazard.csv");
  if (status != RC_OK)
    return status;
  rc_text_add(&table, "term,kind,coef,hr\n");
  rc_text_add(&table, "texture,texture,%.17g,%.17g\n", RC_TRUTH_TEXTURE_EFFECT,
              exp(RC_TRUTH_TEXTURE_EFFECT));
  for (int g = 0; g < RC_TRUTH_GENES; g++) {
    double effect = rc_truth_genes[g].causal ? RC_TRUTH_GENE_EFFECT : 0.0;
    rc_text_add(&table, "%s,gene,%.17g,%.17g\n", rc_truth_genes[g].symbol, effect, exp(effect));
  }
  return rc_text_finish(&table, path, err);
}

rc_status rc_tables_truth(const char *folder, const rc_truth_patient *patient, int64_t n,
                          rc_error *err) {
  char path[RC_OUTPUT_PATH];
  rc_text_buffer table = {NULL, 0, 0, 0};
  rc_status status = write_hazard(folder, err);
  if (status == RC_OK)
    status = rc_output_path(path, err, folder, "truth.csv");
  if (status != RC_OK)
    return status;
  rc_text_add(&table, "patient,texture,correlation_mm,log_hazard");
  for (int g = 0; g < RC_TRUTH_GENES; g++)
    rc_text_add(&table, ",%s", rc_truth_genes[g].symbol);
  rc_text_add(&table, "\n");
  for (int64_t i = 0; i < n; i++) {
    rc_text_add(&table, "%s,%.6f,%.4f,%.6f", patient[i].id, patient[i].texture,
                patient[i].correlation_mm, patient[i].log_hazard);
    for (int g = 0; g < RC_TRUTH_GENES; g++)
      rc_text_add(&table, ",%d", patient[i].mutated[g] ? 1 : 0);
    rc_text_add(&table, "\n");
  }
  return rc_text_finish(&table, path, err);
}
