// SPDX-License-Identifier: Apache-2.0
// `features:` and `images:` of a workflow.
#include "workflow/decode.h"
#include "workflow/schema.h"

#include <string.h>

/// `features:` of the workflow (`shared` NULL: on top of the defaults) or of an image entry (on top
/// of the workflow's). `choice` holds the same as bits of the table.
static void decode_features(rc_decoder *d, const rc_node *map, const rc_feature_settings *shared,
                            rc_feature_choice *choice, rc_feature_settings *out) {
  rc_error err = RC_ERROR_INIT;
  const char **keys = rc_decode_allocate(d, rc_n_families + 1, sizeof *keys);
  if (keys == NULL || rc_feature_settings_default(d->arena, out, &err) != RC_OK) {
    d->out_of_memory = true;
    return;
  }
  for (int64_t i = 0, n = 0; i < rc_n_families; i++)
    if (rc_families[i]->params != NULL)
      keys[n++] = rc_families[i]->key;
  if (shared == NULL && rc_param_defaults(&d->features, choice, d->arena, &err) != RC_OK)
    d->out_of_memory = true;
  rc_decode_members(d, map, "features", &d->features, keys, choice);
  out->families = choice->families;
  out->aggregations = (uint32_t)(choice->aggregations << 1) | RC_AGG_BIT(RC_AGG_NONE);
  for (int64_t i = 0; i < rc_n_families; i++) {
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

static void check_processing(rc_decoder *d, const rc_node *entry, const rc_processing_settings *p) {
  const char *levels = rc_discretisation_params.name, *ivh = rc_ivh_params.name;
  rc_error err = RC_ERROR_INIT;
  report_check(d, entry, rc_interpolation_params.name,
               rc_interpolation_check(&p->interpolation, &err), &err);
  report_check(d, entry, rc_resegmentation_params.name,
               rc_resegmentation_check(&p->resegmentation, &err), &err);
  report_check(d, entry, levels, rc_discretisation_check(&p->discretisation, levels, &err), &err);
  report_check(d, entry, ivh, rc_discretisation_check(&p->ivh, ivh, &err), &err);
}

static void decode_image(rc_decoder *d, const rc_node *node, rc_image_entry *entry) {
  static const char *const sections[] = {"interpolation", "resegmentation", "discretisation",
                                         "ivh",           "features",       NULL};
  rc_processing_settings *p = &entry->processing;
  rc_decode_name(d, node, true, node->key);
  entry->name = node->key;
  rc_decode_table(d, node, node->key, &rc_image_params, sections, entry);
  if (entry->modality == NULL)
    entry->modality = entry->name;
  rc_decode_table(d, rc_node_find(node, "interpolation"), "interpolation", &rc_interpolation_params,
                  NULL, &p->interpolation);
  rc_decode_table(d, rc_node_find(node, "resegmentation"), "resegmentation",
                  &rc_resegmentation_params, NULL, &p->resegmentation);
  rc_decode_table(d, rc_node_find(node, "discretisation"), "discretisation",
                  &rc_discretisation_params, NULL, &p->discretisation);
  rc_decode_table(d, rc_node_find(node, "ivh"), "ivh", &rc_ivh_params, NULL, &p->ivh);
  check_processing(d, node, p);
}

void rc_decode_images(rc_decoder *d, const rc_node *root) {
  rc_workflow *w = d->workflow;
  const rc_node *images = rc_node_find(root, "images");
  const rc_node *features = rc_node_find(root, "features");
  rc_feature_settings shared = {0};
  rc_feature_choice choice = {0, 0};
  decode_features(d, features, NULL, &choice, &shared);
  if (images == NULL || !rc_decode_expect_map(d, images, "images"))
    return;
  w->image = rc_decode_allocate(d, rc_node_count(images), sizeof *w->image);
  for (const rc_node *node = images->first; w->image != NULL && node != NULL; node = node->next) {
    rc_image_entry *entry = &w->image[w->n_images++];
    if (!rc_decode_expect_map(d, node, node->key))
      continue;
    decode_image(d, node, entry);
    const rc_node *own = rc_node_find(node, "features");
    rc_feature_choice own_choice = choice;
    entry->features = shared;
    if (own != NULL && !d->out_of_memory)
      decode_features(d, own, &shared, &own_choice, &entry->features);
  }
}
