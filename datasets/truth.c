// SPDX-License-Identifier: Apache-2.0
#include "datasets/truth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const rc_truth_gene rc_truth_genes[RC_TRUTH_GENES] = {
#define X(symbol, entrez, chromosome, start, end, share, causal)                                   \
  {symbol, entrez, chromosome, start, end, share, causal},
    RC_TRUTH_GENE_LIST(X)
#undef X
};

rc_rng rc_truth_stream(uint64_t seed, int64_t patient, int purpose) {
  return rc_rng_init(seed, (uint64_t)(patient + 1) * RC_PURPOSE_COUNT + (uint64_t)purpose);
}

/// 0 .. n-1 in random order (Fisher and Yates).
static void shuffle(rc_rng *rng, int64_t *item, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    item[i] = i;
  for (int64_t i = n - 1; i > 0; i--) {
    int64_t j = (int64_t)rc_rng_below(rng, (uint64_t)i + 1);
    int64_t kept = item[i];
    item[i] = item[j];
    item[j] = kept;
  }
}

/// The causal gene is mutated in two of any five patients with neighbouring textures, drawn anew
/// for each five: gene and texture are independent, and the estimate of one does not lean on luck
/// with the other. `by_texture` lists the patients by rising texture.
static void draw_causal_gene(rc_rng *rng, const int64_t *by_texture, int64_t n, int gene,
                             rc_truth_patient *patient) {
  enum { BLOCK = 5, MUTATED = 2 };
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t order[BLOCK];
    shuffle(rng, order, BLOCK);
    for (int i = 0; i < MUTATED; i++)
      if (first + order[i] < n)
        patient[by_texture[first + order[i]]].mutated[gene] = true;
  }
}

static void draw_genes(rc_rng *rng, const int64_t *by_texture, int64_t n,
                       rc_truth_patient *patient) {
  for (int g = 0; g < RC_TRUTH_GENES; g++) {
    if (rc_truth_genes[g].causal) {
      draw_causal_gene(rng, by_texture, n, g, patient);
      continue;
    }
    for (int64_t i = 0; i < n; i++)
      patient[i].mutated[g] = rc_rng_uniform(rng) < rc_truth_genes[g].share;
  }
}

/// Weibull times under proportional hazards; follow-up ends between 3 and 7 years.
static void draw_survival(rc_rng *rng, rc_truth_patient *patient) {
  double log_hazard = RC_TRUTH_TEXTURE_EFFECT * patient->texture;
  for (int g = 0; g < RC_TRUTH_GENES; g++)
    if (rc_truth_genes[g].causal && patient->mutated[g])
      log_hazard += RC_TRUTH_GENE_EFFECT;
  double scaled = rc_rng_exponential(rng) / (log(2.0) * exp(log_hazard));
  double death = RC_TRUTH_MEDIAN_MONTHS * pow(scaled, 1.0 / RC_TRUTH_SHAPE);
  double end = 36.0 + 48.0 * rc_rng_uniform(rng);
  patient->log_hazard = log_hazard;
  patient->event = death <= end;
  patient->time_months = patient->event ? death : end;
  // The tables carry two decimals and no one dies at month 0.
  patient->time_months = fmax(0.1, round(patient->time_months * 100.0) / 100.0);
}

static void draw_person(rc_rng *rng, rc_truth_patient *patient) {
  static const char *const stages[] = {"I", "II", "III", "IV"};
  patient->age = 45 + (int)rc_rng_below(rng, 41);
  patient->sex = rc_rng_below(rng, 2) == 0 ? "female" : "male";
  patient->stage = stages[rc_rng_below(rng, 4)];
}

rc_status rc_truth_draw(uint64_t seed, int64_t n, rc_truth_patient **out, rc_error *err) {
  *out = NULL;
  if (n < 1 || n > RC_TRUTH_MAX_PATIENTS)
    return rc_fail(err, RC_ERR_USAGE, "the number of patients must be 1 .. %d",
                   RC_TRUTH_MAX_PATIENTS);
  rc_truth_patient *patient = calloc((size_t)n, sizeof *patient);
  int64_t *by_texture = calloc((size_t)n, sizeof *by_texture);
  if (patient == NULL || by_texture == NULL) {
    free(patient);
    free(by_texture);
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for %lld patients", (long long)n);
  }
  rc_rng cohort = rc_truth_stream(seed, -1, RC_PURPOSE_COHORT);
  shuffle(&cohort, by_texture, n);
  for (int64_t rank = 0; rank < n; rank++) {
    rc_truth_patient *p = &patient[by_texture[rank]];
    snprintf(p->id, sizeof p->id, "TCGA-ZZ-%04d", (int)by_texture[rank] + 1);
    p->texture = sqrt(12.0) * (((double)rank + 0.5) / (double)n - 0.5);
    p->correlation_mm = 2.4 * exp(0.5 * p->texture);
  }
  draw_genes(&cohort, by_texture, n, patient);
  for (int64_t i = 0; i < n; i++) {
    rc_rng own = rc_truth_stream(seed, i, RC_PURPOSE_SURVIVAL);
    draw_survival(&own, &patient[i]);
    draw_person(&own, &patient[i]);
  }
  free(by_texture);
  *out = patient;
  return RC_OK;
}
