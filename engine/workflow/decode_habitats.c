// SPDX-License-Identifier: Apache-2.0
// `habitats:` of an image entry: which other entries are clustered with it, and what is computed.
#include "workflow/columns.h"
#include "workflow/decode.h"
#include "workflow/schema.h"

#include <string.h>

static void find_others(rc_decoder *d, const rc_node *node, rc_image_entry *entry) {
  const rc_workflow *w = d->workflow;
  rc_habitats *h = &entry->habitats;
  const char **names = rc_decode_allocate(d, w->n_images + 1, sizeof *names);
  h->entry = rc_decode_allocate(d, h->with.n + 1, sizeof *h->entry);
  for (int64_t e = 0; names != NULL && e < w->n_images; e++)
    names[e] = w->image[e].name;
  for (int64_t i = 0; h->entry != NULL && names != NULL && i < h->with.n; i++) {
    const char *wanted = h->with.item[i], *near = rc_nearest(wanted, names, w->n_images);
    bool again = false;
    h->entry[i] = -1;
    for (int64_t e = 0; e < w->n_images; e++)
      if (strcmp(names[e], wanted) == 0)
        h->entry[i] = e;
    for (int64_t k = 0; k < i; k++)
      again = again || strcmp(h->with.item[k], wanted) == 0;
    if (h->entry[i] < 0)
      rc_report_add(&d->report, node, false, "habitats: there is no entry '%s' in images%s%s%s",
                    wanted, near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                    near == NULL ? "" : "'?");
    else if (strcmp(wanted, entry->name) == 0)
      rc_report_add(&d->report, node, false, "habitats: %s is this entry itself", wanted);
    else if (again)
      rc_report_add(&d->report, node, false, "habitats: %s is named twice", wanted);
  }
}

void rc_decode_habitats(rc_decoder *d, const rc_node *node, rc_image_entry *entry) {
  static const char *const sections[] = {"features", NULL};
  rc_habitats *h = &entry->habitats;
  rc_feature_settings shared = entry->features;
  rc_error err = RC_ERROR_INIT;
  if (node == NULL || !rc_decode_expect_map(d, node, "habitats"))
    return;
  rc_decode_table(d, node, "habitats", &rc_habitats_params, sections, h);
  if (h->with.n >= RC_KMEANS_MAX_DIMENSIONS) {
    rc_report_add(&d->report, node, false, "habitats: expected at most %d other images",
                  RC_KMEANS_MAX_DIMENSIONS - 1);
    return;
  }
  find_others(d, node, entry);
  for (int64_t i = 0; i < rc_n_families; i++) // what tells of the chain is the region's
    if (!rc_families[i]->by_default)
      shared.families &= ~(UINT64_C(1) << i);
  rc_decode_features(d, rc_node_find(node, "features"), &shared, &h->features);
  h->original = (rc_transform){.n_responses = 1,
                               .discretisation = entry->processing.discretisation,
                               .ivh = entry->processing.ivh,
                               .features = h->features};
  if (!d->out_of_memory && rc_habitat_width(h, d->arena, &h->n_columns, &err) != RC_OK)
    d->out_of_memory = true;
  h->n_columns *= h->kmeans.clusters;
}
