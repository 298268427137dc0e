// SPDX-License-Identifier: Apache-2.0
/// @file schema.h
/// The parameter tables of sections that belong to the engine; those of tables are in tables.h,
/// those of processing, feature families, variants and models lie beside their code in modules/.
#ifndef RADCOHORT_ENGINE_SCHEMA_H
#define RADCOHORT_ENGINE_SCHEMA_H

#include "base/param.h"
#include "data/profile.h"

extern const rc_param_table rc_workflow_params; ///< what stands at the top, beside the sections
extern const rc_param_table rc_cohort_params;
extern const rc_param_table rc_transform_params; ///< of an entry of `transforms:`, any filter's
extern const rc_param_table rc_map_params;
extern const rc_param_table rc_habitats_params;
extern const rc_param_table rc_output_params;
extern const rc_param_table rc_run_params;

/// Parameters of an entry of `images:`, and its subsections; NULL-terminated.
const rc_param_table *rc_image_params_of(rc_profile profile);
const char *const *rc_image_sections_of(rc_profile profile);
/// What an entry of `transforms:` has beside its filter's parameters; NULL-terminated.
const char *const *rc_transform_sections_of(rc_profile profile);

/// Subsections of an entry of `images:` that are a table each; ends with table NULL.
typedef struct rc_profile_section {
  rc_profile profile;
  const rc_param_table *table;
} rc_profile_section;
extern const rc_profile_section rc_processing_sections[];

/// The name of another profile in which `where` (described as for rc_decode_unknown_key) has the
/// key; NULL: there is none.
const char *rc_profile_with_key(rc_profile profile, const char *where, const rc_param_table *table,
                                const char *const *more, const char *key);

/// What an entry of `transforms:` is read into, besides its filter's settings.
typedef struct rc_transform_choice {
  const char *filter, *name;
} rc_transform_choice;

/// What `features:` is read into before bits become rc_feature_settings.
typedef struct rc_feature_choice {
  uint64_t families;     ///< bit i: rc_families[rc_families_of(profile).first + i]
  uint64_t aggregations; ///< bit i: rc_aggregation i + 1
} rc_feature_choice;

/// The table of `features:`; its choices come from the registry, so it is made at run time.
rc_status rc_feature_params_create(rc_profile profile, rc_arena *arena, rc_param_table *out,
                                   rc_error *err);

/// The sections of the file in order, with a sentence each; NULL-terminated.
extern const char *const rc_section_names[];

#endif
