// SPDX-License-Identifier: Apache-2.0
// `maps:` of an image entry: which columns are mapped, and what has to be computed for them.
#include "texture/maps.h"
#include "workflow/decode.h"
#include "workflow/schema.h"

#include <string.h>

const char *const rc_map_summaries[] = {"mean", "sd", "p10", "median", "p90", NULL};

/// The settings whose columns are all that the profile can map, in the entry's aggregations.
static rc_feature_settings everything(const rc_image_entry *entry) {
  rc_feature_settings all = entry->features;
  all.families = 0;
  for (int64_t i = 0; i < rc_n_families; i++)
    if (rc_families[i]->profile == all.profile && rc_family_has_maps(rc_families[i]))
      all.families |= UINT64_C(1) << i;
  return all;
}

static bool is_wanted(const rc_texts *wanted, const char *name) {
  for (int64_t i = 0; i < wanted->n; i++)
    if (strcmp(wanted->item[i], name) == 0 || rc_glob(wanted->item[i], name, false))
      return true;
  return false;
}

/// Reports names that match no column.
static void check_wanted(rc_decoder *d, const rc_node *node, const rc_map *map,
                         const rc_feature_column *column, int64_t n) {
  const char **names = rc_decode_allocate(d, n, sizeof *names);
  for (int64_t c = 0; names != NULL && c < n; c++)
    names[c] = column[c].name;
  for (int64_t i = 0; names != NULL && i < map->wanted.n; i++) {
    const rc_texts one = {1, &map->wanted.item[i]};
    bool found = false;
    for (int64_t c = 0; c < n && !found; c++)
      found = is_wanted(&one, names[c]);
    const char *near = found ? NULL : rc_nearest(one.item[0], names, n);
    if (!found)
      rc_report_add(&d->report, node, false, "maps: no feature '%s' can be mapped%s%s%s",
                    one.item[0],
                    near == NULL ? "; `radcohort features` lists them" : "; did you mean '",
                    near == NULL ? "" : near, near == NULL ? "" : "'?");
  }
}

/// Families and aggregations that hold the wanted columns, no more.
static void narrow(const rc_map *map, const rc_feature_column *column, int64_t n,
                   rc_feature_settings *out) {
  out->families = 0;
  out->aggregations = RC_AGG_BIT(RC_AGG_NONE);
  for (int64_t c = 0; c < n; c++) {
    if (!is_wanted(&map->wanted, column[c].name))
      continue;
    out->aggregations |= RC_AGG_BIT(column[c].aggregation);
    for (int64_t i = 0; i < rc_n_families; i++)
      if (rc_families[i] == column[c].family)
        out->families |= UINT64_C(1) << i;
  }
}

static void choose_columns(rc_decoder *d, rc_map *map) {
  rc_error err = RC_ERROR_INIT;
  rc_feature_column *column = NULL;
  int64_t n = 0;
  if (rc_feature_columns(&map->features, d->arena, &column, &n, &err) != RC_OK) {
    d->out_of_memory = true;
    return;
  }
  map->column = rc_decode_allocate(d, n, sizeof *map->column);
  map->index = rc_decode_allocate(d, n, sizeof *map->index);
  for (int64_t c = 0; !d->out_of_memory && c < n; c++)
    if (is_wanted(&map->wanted, column[c].name)) {
      map->column[map->n_columns] = column[c];
      map->index[map->n_columns++] = c;
    }
}

static void decode_map(rc_decoder *d, const rc_node *node, int64_t i, void *user) {
  rc_image_entry *entry = user;
  rc_map *map = &entry->map[i];
  rc_error err = RC_ERROR_INIT;
  rc_feature_column *column = NULL;
  int64_t n = 0;
  rc_decode_table(d, node, "maps", &rc_map_params, NULL, map);
  map->features = everything(entry);
  map->original = (rc_transform){.n_responses = 1,
                                 .discretisation = entry->processing.discretisation,
                                 .ivh = entry->processing.ivh};
  if (rc_feature_columns(&map->features, d->arena, &column, &n, &err) != RC_OK) {
    d->out_of_memory = true;
    return;
  }
  check_wanted(d, node, map, column, n);
  narrow(map, column, n, &map->features);
  map->original.features = map->features;
  choose_columns(d, map);
  for (int64_t k = 0; k < i; k++)
    for (int64_t c = 0; c < map->n_columns && entry->map[k].radius == map->radius; c++)
      for (int64_t e = 0; e < entry->map[k].n_columns; e++)
        if (strcmp(entry->map[k].column[e].name, map->column[c].name) == 0)
          rc_report_add(&d->report, node, false, "maps: '%s' is mapped twice", map->column[c].name);
}

void rc_decode_maps(rc_decoder *d, const rc_node *node, rc_image_entry *entry) {
  if (node == NULL)
    return;
  entry->map = rc_decode_allocate(d, rc_node_count(node) + 1, sizeof *entry->map);
  if (entry->map != NULL)
    entry->n_maps = rc_decode_each(d, node, "maps", entry, decode_map);
}
