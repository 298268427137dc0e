// SPDX-License-Identifier: Apache-2.0
#include "workflow/schema.h"
#include "workflow/workflow.h"

#include <string.h>

static void print_table(FILE *file, const char *title, const rc_param_table *table) {
  fprintf(file, "\n### %s\n\n%s\n\n", title, table->help);
  fprintf(file, "| key | expected | default | meaning |\n|---|---|---|---|\n");
  for (int64_t i = 0; i < table->n; i++) {
    const rc_param *p = &table->param[i];
    char expected[512];
    rc_param_expected(p, expected, sizeof expected);
    fprintf(file, "| `%s` | %s | %s | %s |\n", p->key, expected,
            p->fallback == NULL ? "required" : p->fallback, p->help);
  }
}

rc_status rc_workflow_print_schema(FILE *file, rc_error *err) {
  rc_param_table features;
  rc_arena *arena = rc_arena_create(0);
  if (arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_feature_params_create(RC_PROFILE_IBSI, arena, &features, err);
  if (status == RC_OK) {
    print_table(file, "cohort", &rc_cohort_params);
    print_table(file, "images: NAME", &rc_image_params);
    print_table(file, "images: NAME: interpolation", &rc_interpolation_params);
    print_table(file, "images: NAME: resegmentation", &rc_resegmentation_params);
    print_table(file, "images: NAME: discretisation", &rc_discretisation_params);
    print_table(file, "images: NAME: ivh", &rc_ivh_params);
    print_table(file, "images: NAME: transforms", &rc_transform_params);
    for (int64_t i = 0; rc_filters[i] != NULL; i++)
      if (rc_filters[i]->params != NULL) {
        char title[128];
        snprintf(title, sizeof title, "transforms: {filter: %s}", rc_filters[i]->key);
        print_table(file, title, rc_filters[i]->params);
      }
    print_table(file, "features", &features);
    for (int64_t i = 0; i < rc_n_families; i++)
      if (rc_families[i]->params != NULL) {
        char title[96];
        bool other = rc_families[i]->profile != RC_PROFILE_IBSI;
        snprintf(title, sizeof title, "features: %s%s%s", rc_families[i]->key,
                 other ? ", profile " : "", other ? rc_profile_names[rc_families[i]->profile] : "");
        print_table(file, title, rc_families[i]->params);
      }
    print_table(file, "tables: clinical", &rc_clinical_params);
    print_table(file, "tables: variants", &rc_maf_params);
    print_table(file, "tables: images", &rc_join_params);
    print_table(file, "models", &rc_model_params);
    print_table(file, "output", &rc_output_params);
    print_table(file, "run", &rc_run_params);
  }
  rc_arena_destroy(arena);
  if (status == RC_OK && ferror(file))
    status = rc_fail(err, RC_ERR_IO, "the schema cannot be written");
  return status;
}
