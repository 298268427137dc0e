// SPDX-License-Identifier: Apache-2.0
#include "workflow/schema.h"
#include "workflow/workflow.h"

#include <string.h>

static void print_table(FILE *file, const char *title, const rc_param_table *table) {
  fprintf(file, "\n### %s\n\n%s\n", title, table->help);
  if (table->n == 0) {
    fprintf(file, "No settings.\n");
    return;
  }
  fputc('\n', file);
  fprintf(file, "| key | expected | default | meaning |\n|---|---|---|---|\n");
  for (int64_t i = 0; i < table->n; i++) {
    const rc_param *p = &table->param[i];
    char expected[1024];
    rc_param_expected(p, expected, sizeof expected);
    fprintf(file, "| `%s` | %s | %s | %s |\n", p->key, expected,
            p->fallback == NULL ? "required" : p->fallback, p->help);
  }
}

/// "transforms: {filter: LoG}, profile pyradiomics": what belongs to the usual profile is not
/// marked.
static void print_of_profile(FILE *file, const char *what, rc_profile profile,
                             const rc_param_table *table) {
  char title[160];
  bool usual = profile == RC_PROFILE_IBSI;
  if (table == NULL)
    return;
  snprintf(title, sizeof title, "%s%s%s", what, usual ? "" : ", profile ",
           usual ? "" : rc_profile_names[profile]);
  print_table(file, title, table);
}

static void print_filters(FILE *file) {
  for (int64_t i = 0; rc_filters[i] != NULL; i++) {
    char what[96];
    snprintf(what, sizeof what, "transforms: {filter: %s}", rc_filters[i]->key);
    print_of_profile(file, what, rc_filters[i]->profile, rc_filters[i]->params);
  }
}

static rc_status print_features(FILE *file, rc_arena *arena, rc_error *err) {
  rc_status status = RC_OK;
  for (int p = 0; status == RC_OK && rc_profile_names[p] != NULL; p++) {
    rc_param_table features;
    status = rc_feature_params_create((rc_profile)p, arena, &features, err);
    if (status == RC_OK)
      print_of_profile(file, "features", (rc_profile)p, &features);
  }
  for (int64_t i = 0; status == RC_OK && i < rc_n_families; i++) {
    char what[96];
    snprintf(what, sizeof what, "features: %s", rc_families[i]->key);
    print_of_profile(file, what, rc_families[i]->profile, rc_families[i]->params);
  }
  return status;
}

rc_status rc_workflow_print_schema(FILE *file, rc_error *err) {
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  print_table(file, "the top of the file", &rc_workflow_params);
  print_table(file, "cohort", &rc_cohort_params);
  print_table(file, "images: NAME", rc_image_params_of(RC_PROFILE_IBSI));
  for (const rc_profile_section *s = rc_processing_sections; s->table != NULL; s++) {
    char what[96];
    snprintf(what, sizeof what, "images: NAME: %s", s->table->name);
    print_of_profile(file, what, s->profile, s->table);
  }
  print_table(file, "images: NAME: transforms", &rc_transform_params);
  print_filters(file);
  print_table(file, "images: NAME: maps", &rc_map_params);
  print_table(file, "images: NAME: habitats", &rc_habitats_params);
  rc_status status = print_features(file, arena, err);
  print_table(file, "tables: clinical", &rc_clinical_params);
  print_table(file, "tables: variants", &rc_maf_params);
  print_table(file, "tables: images", &rc_join_params);
  print_table(file, "models", &rc_model_params);
  print_table(file, "output", &rc_output_params);
  print_table(file, "run", &rc_run_params);
  rc_arena_destroy(arena);
  if (status == RC_OK && ferror(file))
    status = rc_fail(err, RC_ERR_IO, "the schema cannot be written");
  return status;
}
