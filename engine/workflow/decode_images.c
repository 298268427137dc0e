// SPDX-License-Identifier: Apache-2.0
// `features:` and `images:` of a workflow.
#include "workflow/decode.h"
#include "workflow/schema.h"

#include <stdio.h>
#include <string.h>

#define ORIGINAL "original"
#define MAX_FILTERS 64
#define MAX_TRANSFORMS 1000
#define MAX_RESPONSES 5000

void rc_decode_features(rc_decoder *d, const rc_node *map, const rc_feature_settings *shared,
                        rc_feature_settings *out) {
  rc_error err = RC_ERROR_INIT;
  rc_feature_choice choice = {0, 0};
  const rc_profile profile = (rc_profile)d->workflow->profile;
  const rc_family_range range = rc_families_of(profile);
  const char **keys = rc_decode_allocate(d, rc_n_families + 1, sizeof *keys);
  if (keys == NULL || rc_feature_settings_default(profile, d->arena, out, &err) != RC_OK ||
      rc_param_defaults(&d->features, &choice, d->arena, &err) != RC_OK) {
    d->out_of_memory = true;
    return;
  }
  for (int64_t i = range.first, n = 0; i < range.end; i++)
    if (rc_families[i]->params != NULL)
      keys[n++] = rc_families[i]->key;
  if (shared != NULL)
    choice = (rc_feature_choice){shared->families >> range.first, shared->aggregations >> 1};
  rc_decode_members(d, map, "features", &d->features, keys, &choice);
  out->families = choice.families << range.first;
  out->aggregations = (uint32_t)(choice.aggregations << 1) | RC_AGG_BIT(RC_AGG_NONE);
  for (int64_t i = range.first; i < range.end; i++) {
    const rc_param_table *params = rc_families[i]->params;
    if (params == NULL)
      continue;
    if (shared != NULL)
      memcpy(out->params[i], shared->params[i], params->struct_size);
    const rc_node *section = map == NULL ? NULL : rc_node_find(map, rc_families[i]->key);
    rc_decode_members(d, section, rc_families[i]->key, params, NULL, out->params[i]);
  }
}

/// Reports what the check of a processing step found, at that step's section.
static void report_check(rc_decoder *d, const rc_node *entry, const char *section, rc_status status,
                         rc_error *err) {
  const rc_node *map = rc_node_find(entry, section);
  if (status != RC_OK)
    rc_report_add(&d->report, map == NULL ? entry : map, false, "%s", err->message);
  rc_error_clear(err);
}

/// The discretisation of an entry or a transform, by the profile's table.
static void decode_discretisation(rc_decoder *d, const rc_node *map,
                                  rc_discretisation_settings *out) {
  const rc_profile profile = (rc_profile)d->workflow->profile;
  const rc_param_table *table = profile == RC_PROFILE_PYRADIOMICS
                                    ? &rc_pyradiomics_discretisation_params
                                    : &rc_discretisation_params;
  rc_decode_table(d, map, table->name, table, NULL, out);
  out->edges = profile;
}

static void decode_ibsi(rc_decoder *d, const rc_node *node, rc_processing_settings *p) {
  const char *levels = rc_discretisation_params.name, *ivh = rc_ivh_params.name;
  rc_error err = RC_ERROR_INIT;
  rc_decode_table(d, rc_node_find(node, "interpolation"), "interpolation", &rc_interpolation_params,
                  NULL, &p->interpolation);
  rc_decode_table(d, rc_node_find(node, "resegmentation"), "resegmentation",
                  &rc_resegmentation_params, NULL, &p->resegmentation);
  decode_discretisation(d, rc_node_find(node, "discretisation"), &p->discretisation);
  rc_decode_table(d, rc_node_find(node, "ivh"), "ivh", &rc_ivh_params, NULL, &p->ivh);
  report_check(d, node, rc_interpolation_params.name,
               rc_interpolation_check(&p->interpolation, &err), &err);
  report_check(d, node, rc_resegmentation_params.name,
               rc_resegmentation_check(&p->resegmentation, &err), &err);
  report_check(d, node, levels, rc_discretisation_check(&p->discretisation, levels, &err), &err);
  report_check(d, node, ivh, rc_discretisation_check(&p->ivh, ivh, &err), &err);
}

static void decode_pyradiomics(rc_decoder *d, const rc_node *node, rc_processing_settings *p) {
  rc_pyradiomics_settings *s = &p->pyradiomics;
  rc_error err = RC_ERROR_INIT;
  rc_decode_table(d, rc_node_find(node, "mask"), "mask", &rc_pyradiomics_mask_params, NULL,
                  &s->mask);
  s->normalise.enabled = rc_node_find(node, "normalise") != NULL;
  rc_decode_table(d, rc_node_find(node, "normalise"), "normalise", &rc_pyradiomics_normalise_params,
                  NULL, &s->normalise);
  rc_decode_table(d, rc_node_find(node, "interpolation"), "interpolation",
                  &rc_pyradiomics_interpolation_params, NULL, &s->interpolation);
  rc_decode_table(d, rc_node_find(node, "resegmentation"), "resegmentation",
                  &rc_pyradiomics_resegmentation_params, NULL, &s->resegmentation);
  decode_discretisation(d, rc_node_find(node, "discretisation"), &p->discretisation);
  report_check(d, node, "interpolation",
               rc_pyradiomics_interpolation_check(&s->interpolation, &err), &err);
  report_check(d, node, "resegmentation",
               rc_pyradiomics_resegmentation_check(&s->resegmentation, &err), &err);
}

static void decode_image(rc_decoder *d, const rc_node *node, rc_image_entry *entry) {
  rc_processing_settings *p = &entry->processing;
  const rc_profile profile = (rc_profile)d->workflow->profile;
  rc_decode_name(d, node, true, node->key);
  p->profile = profile;
  entry->name = node->key;
  rc_decode_table(d, node, node->key, rc_image_params_of(profile), rc_image_sections_of(profile),
                  entry);
  if (entry->modality == NULL)
    entry->modality = entry->name;
  if (profile == RC_PROFILE_PYRADIOMICS)
    decode_pyradiomics(d, node, p);
  else
    decode_ibsi(d, node, p);
}

// ---- transforms --------------------------------------------------------------------------------

void rc_transform_label(const rc_transform *transform, int64_t response, char *out,
                        size_t capacity) {
  char label[128] = ORIGINAL;
  if (transform->filter != NULL)
    transform->filter->label(transform->settings, response, label, sizeof label);
  if (transform->name == NULL)
    snprintf(out, capacity, "%s", label);
  else
    snprintf(out, capacity, "%s_%s", transform->name, label);
}

/// The filter of that name, NULL for the image itself; false (and reported) if there is none.
static bool find_filter(rc_decoder *d, const rc_node *node, const char *key,
                        const rc_filter **out) {
  const rc_profile profile = (rc_profile)d->workflow->profile;
  const char *known[MAX_FILTERS + 1] = {ORIGINAL};
  int64_t n = 1;
  *out = rc_filter_find(profile, key);
  if (*out != NULL || strcmp(key, ORIGINAL) == 0)
    return true;
  const char *list = ORIGINAL;
  for (const rc_filter *const *f = rc_filters; *f != NULL && n < MAX_FILTERS; f++)
    if ((*f)->profile == profile) {
      known[n++] = (*f)->key;
      list = rc_arena_printf(d->arena, "%s, %s", list == NULL ? "" : list, (*f)->key);
    }
  const char *near = rc_nearest(key, known, n);
  rc_report_add(&d->report, node, false, "transforms: there is no filter '%s'; %s%s%s", key,
                near == NULL ? "expected one of " : "did you mean '", near == NULL ? list : near,
                near == NULL ? "" : "'?");
  return false;
}

static const rc_param_table no_params = {.name = "filter", .help = ""};

/// The filter's own parameters, which stand beside the keys of any transform.
static void decode_filter(rc_decoder *d, const rc_node *map, rc_transform *t) {
  const char *const *beside = rc_transform_sections_of((rc_profile)d->workflow->profile);
  const rc_param_table *params = t->filter == NULL ? NULL : t->filter->params;
  rc_error err = RC_ERROR_INIT;
  params = params == NULL ? &no_params : params;
  t->settings = rc_decode_allocate(d, 1, params->struct_size + 1);
  if (t->settings == NULL)
    return;
  int64_t before = d->report.n;
  rc_decode_table(d, map, t->filter == NULL ? ORIGINAL : t->filter->key, params, beside,
                  t->settings);
  if (d->report.n == before && t->filter != NULL && t->filter->check != NULL &&
      t->filter->check(t->settings, &err) != RC_OK)
    rc_report_add(&d->report, map, false, "%s", err.message);
  t->n_responses =
      t->filter == NULL || d->report.n > before ? 1 : rc_filter_count(t->filter, t->settings);
}

/// Levels of the original are the entry's; those of responses have their own defaults, or the
/// entry's where the profile has one binning for all.
static void decode_levels(rc_decoder *d, const rc_node *map, const rc_image_entry *entry,
                          rc_transform *t) {
  const bool one_for_all = d->workflow->profile == RC_PROFILE_PYRADIOMICS;
  const char *levels = rc_discretisation_params.name, *ivh = rc_ivh_params.name;
  const rc_node *own_levels = rc_node_find(map, levels), *own_ivh = rc_node_find(map, ivh);
  rc_error err = RC_ERROR_INIT;
  t->discretisation = entry->processing.discretisation;
  t->ivh = entry->processing.ivh;
  if (t->filter == NULL) {
    for (int i = 0; i < 2; i++)
      if ((i == 0 ? own_levels : own_ivh) != NULL)
        rc_report_add(&d->report, i == 0 ? own_levels : own_ivh, true,
                      "%s: that of the original is set in its entry", i == 0 ? levels : ivh);
    return;
  }
  if (own_levels != NULL || !one_for_all)
    decode_discretisation(d, own_levels, &t->discretisation);
  if (rc_discretisation_check(&t->discretisation, levels, &err) != RC_OK)
    rc_report_add(&d->report, own_levels, false, "%s", err.message);
  if (one_for_all)
    return;
  rc_error_clear(&err);
  rc_decode_table(d, own_ivh, ivh, &rc_ivh_params, NULL, &t->ivh);
  if (rc_discretisation_check(&t->ivh, ivh, &err) != RC_OK)
    rc_report_add(&d->report, own_ivh, false, "%s", err.message);
}

static void decode_transform_features(rc_decoder *d, const rc_node *map,
                                      const rc_image_entry *entry, rc_transform *t) {
  rc_feature_settings shared = entry->features;
  const rc_node *own = rc_node_find(map, "features");
  for (int64_t i = 0; t->filter != NULL && i < rc_n_families; i++)
    if (rc_families[i]->original_only)
      shared.families &= ~(UINT64_C(1) << i);
  if (own == NULL)
    t->features = shared;
  else
    rc_decode_features(d, own, &shared, &t->features);
  for (int64_t i = 0; t->filter != NULL && i < rc_n_families; i++)
    if (rc_families[i]->original_only && (t->features.families >> i & 1) != 0)
      rc_report_add(&d->report, own == NULL ? map : own, false,
                    "features: %s is computed on the original only", rc_families[i]->key);
}

static void decode_transform(rc_decoder *d, const rc_node *node, const rc_image_entry *entry,
                             rc_transform *t) {
  static const rc_node nothing = {.kind = RC_NODE_MAP};
  rc_transform_choice choice = {NULL, NULL};
  const rc_node *map = node->kind == RC_NODE_MAP ? node : &nothing;
  const rc_node *filter = node->kind == RC_NODE_MAP ? rc_node_find(node, "filter") : node;
  const rc_node *name = rc_node_find(map, "name");
  *t = (rc_transform){.n_responses = 1};
  if (filter == NULL || filter->kind != RC_NODE_SCALAR) {
    rc_report_add(&d->report, node, false,
                  "transforms: expected the name of a filter, or a map with 'filter'");
    return;
  }
  if (!find_filter(d, filter, filter->text, &t->filter))
    return;
  if (name != NULL) {
    rc_decode_param(d, rc_param_find(&rc_transform_params, "name"), name, &choice);
    rc_decode_name(d, name, false, choice.name);
    t->name = choice.name;
  }
  decode_filter(d, map, t);
  decode_levels(d, map, entry, t);
  decode_transform_features(d, map, entry, t);
}

rc_status rc_transform_parse(const char *text, const rc_image_entry *entry, rc_arena *arena,
                             rc_transform *out, rc_error *err) {
  rc_workflow workflow = {.profile = (int)entry->processing.profile};
  rc_decoder d = {.workflow = &workflow, .arena = arena, .report = {.arena = arena}};
  rc_status status = rc_feature_params_create(entry->processing.profile, arena, &d.features, err);
  if (status != RC_OK)
    return status;
  const rc_node *node = rc_document_parse("transform", text, strlen(text), arena, &d.report);
  if (node != NULL)
    decode_transform(&d, node, entry, out);
  if (d.out_of_memory)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  return d.report.n == 0 ? RC_OK : rc_fail(err, RC_ERR_WORKFLOW, "%s", rc_report_text(&d.report));
}

/// Two responses of one name would be two columns of one name.
static void check_labels(rc_decoder *d, const rc_node *list, const rc_image_entry *entry) {
  char label[192];
  int64_t total = 0, n = 0;
  for (int64_t i = 0; i < entry->n_transforms; i++)
    total += entry->transform[i].n_responses;
  if (total > MAX_RESPONSES) {
    rc_report_add(&d->report, list, false, "transforms: %lld responses; expected at most %d",
                  (long long)total, MAX_RESPONSES);
    return;
  }
  const char **taken = rc_decode_allocate(d, total, sizeof *taken);
  const rc_node *node = list->first;
  for (int64_t i = 0; taken != NULL && i < entry->n_transforms; i++, node = node->next)
    for (int64_t r = 0; r < entry->transform[i].n_responses; r++, n++) {
      rc_transform_label(&entry->transform[i], r, label, sizeof label);
      bool again = false;
      for (int64_t k = 0; k < n && !again; k++)
        again = taken[k] != NULL && strcmp(taken[k], label) == 0;
      if (again)
        rc_report_add(&d->report, node, false,
                      "transforms: there is a response '%s' already; give this one a name", label);
      taken[n] = rc_arena_strdup(d->arena, label);
    }
}

static void decode_transforms(rc_decoder *d, const rc_node *list, rc_image_entry *entry) {
  static const rc_node original = {.kind = RC_NODE_SCALAR, .text = ORIGINAL};
  int64_t before = d->report.n, n = list == NULL ? 1 : rc_node_count(list);
  if (list != NULL && (list->kind != RC_NODE_LIST || n == 0 || n > MAX_TRANSFORMS)) {
    rc_report_add(&d->report, list, false, "transforms: expected a list of 1 to %d filters",
                  MAX_TRANSFORMS);
    return;
  }
  entry->transform = rc_decode_allocate(d, n, sizeof *entry->transform);
  if (entry->transform == NULL)
    return;
  const rc_node *node = list == NULL ? &original : list->first;
  for (; node != NULL; node = list == NULL ? NULL : node->next)
    decode_transform(d, node, entry, &entry->transform[entry->n_transforms++]);
  if (list != NULL && d->report.n == before)
    check_labels(d, list, entry);
}

void rc_decode_images(rc_decoder *d, const rc_node *root) {
  rc_workflow *w = d->workflow;
  const rc_node *images = rc_node_find(root, "images");
  const rc_node *features = rc_node_find(root, "features");
  rc_feature_settings shared = {0};
  rc_decode_features(d, features, NULL, &shared);
  if (images == NULL || d->out_of_memory || !rc_decode_expect_map(d, images, "images"))
    return;
  w->image = rc_decode_allocate(d, rc_node_count(images), sizeof *w->image);
  for (const rc_node *node = images->first; w->image != NULL && node != NULL; node = node->next) {
    rc_image_entry *entry = &w->image[w->n_images++];
    if (!rc_decode_expect_map(d, node, node->key))
      continue;
    decode_image(d, node, entry);
    const rc_node *own = rc_node_find(node, "features");
    entry->features = shared;
    if (own != NULL)
      rc_decode_features(d, own, &shared, &entry->features);
    if (!d->out_of_memory)
      decode_transforms(d, rc_node_find(node, "transforms"), entry);
    if (!d->out_of_memory)
      rc_decode_maps(d, rc_node_find(node, "maps"), entry);
  }
  const rc_node *node = images->first;
  for (int64_t i = 0; i < w->n_images && !d->out_of_memory; i++, node = node->next)
    if (node->kind == RC_NODE_MAP)
      rc_decode_habitats(d, rc_node_find(node, "habitats"), &w->image[i]);
}
