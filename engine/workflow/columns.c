// SPDX-License-Identifier: Apache-2.0
#include "workflow/columns.h"

rc_status rc_transform_width(const rc_transform *transform, rc_arena *arena, int64_t *n,
                             rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_feature_column *column = NULL;
  rc_status status = rc_feature_columns(&transform->features, arena, &column, n, err);
  rc_arena_rewind(arena, mark);
  return status;
}

/// The columns of one response, appended at `to`.
static rc_status add_response(const rc_transform *t, int64_t response, rc_arena *arena,
                              rc_entry_column *to, rc_error *err) {
  char label[192];
  rc_feature_column *feature = NULL;
  int64_t n = 0;
  rc_transform_label(t, response, label, sizeof label);
  const char *kept = rc_arena_strdup(arena, label);
  rc_status status = rc_feature_columns(&t->features, arena, &feature, &n, err);
  if (status != RC_OK)
    return status;
  bool plain = t->filter == NULL && t->name == NULL && t->features.profile == RC_PROFILE_IBSI;
  for (int64_t i = 0; i < n; i++) {
    const char *name =
        plain ? feature[i].name : rc_arena_printf(arena, "%s_%s", label, feature[i].name);
    if (kept == NULL || name == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "no memory for the names of feature columns");
    to[i] = (rc_entry_column){feature[i], name, kept, t};
  }
  return RC_OK;
}

/// Summaries of one map's features, appended at `to`.
static rc_status add_map(const rc_map *map, rc_arena *arena, rc_entry_column *to, rc_error *err) {
  for (int64_t c = 0; c < map->n_columns; c++)
    for (int s = 0; s < RC_MAP_SUMMARIES; s++, to++) {
      const char *name = rc_arena_printf(arena, "map_r%lld_%s_%s", (long long)map->radius,
                                         map->column[c].name, rc_map_summaries[s]);
      const char *response = rc_arena_printf(arena, "map of radius %lld, %s",
                                             (long long)map->radius, rc_map_summaries[s]);
      if (name == NULL || response == NULL)
        return rc_fail(err, RC_ERR_MEMORY, "no memory for the names of feature columns");
      *to = (rc_entry_column){map->column[c], name, response, &map->original};
    }
  return RC_OK;
}

// ---- habitats ----------------------------------------------------------------------------------

/// What is known of a habitat beside features: not a family that is computed by itself.
static const rc_family habitat_facts = {
    .profile = RC_PROFILE_IBSI,
    .key = "habitat",
    .name = "Habitat",
    .ibsi = "",
    .source = "k-means of standardised intensities",
};
static const rc_feature habitat_part = {"part", "Part of the region", "", RC_FU_NONE,
                                        "the habitat's voxels over those of the intensity mask"};
static const rc_feature habitat_own_mean = {"mean", "Mean intensity", "", RC_FU_INTENSITY,
                                            "mean of the image in the habitat"};
static const rc_feature habitat_other_mean = {
    "mean", "Mean intensity of another image", "", RC_FU_NONE,
    "mean in the habitat of another image, sampled at the region's voxels"};

rc_status rc_habitat_width(const rc_habitats *habitats, rc_arena *arena, int64_t *n,
                           rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_feature_column *column = NULL;
  rc_status status = rc_feature_columns(&habitats->features, arena, &column, n, err);
  rc_arena_rewind(arena, mark);
  *n += 2 + habitats->with.n;
  return status;
}

/// "habitat_2_mean_PET": a fact of a habitat, perhaps about another image.
static rc_entry_column habitat_fact(const rc_image_entry *entry, int64_t h, const char *label,
                                    const rc_feature *fact, const char *image, rc_arena *arena) {
  const rc_feature_column feature = {&habitat_facts, fact, RC_AGG_NONE, fact->tag};
  return (rc_entry_column){feature,
                           rc_arena_printf(arena, "habitat_%lld_%s%s%s", (long long)h, fact->tag,
                                           image == NULL ? "" : "_", image == NULL ? "" : image),
                           label, &entry->habitats.original};
}

/// Columns of habitat number h, appended at `to`.
static rc_status add_habitat(const rc_image_entry *entry, int64_t h, rc_arena *arena,
                             rc_entry_column *to, rc_error *err) {
  const rc_habitats *habitats = &entry->habitats;
  rc_entry_column *const first = to;
  rc_feature_column *feature = NULL;
  int64_t n = 0;
  rc_status status = rc_feature_columns(&habitats->features, arena, &feature, &n, err);
  const char *label = rc_arena_printf(arena, "habitat %lld of %lld", (long long)h,
                                      (long long)habitats->kmeans.clusters);
  if (status != RC_OK)
    return status;
  *to++ = habitat_fact(entry, h, label, &habitat_part, NULL, arena);
  *to++ = habitat_fact(entry, h, label, &habitat_own_mean, entry->name, arena);
  for (int64_t i = 0; i < habitats->with.n; i++)
    *to++ = habitat_fact(entry, h, label, &habitat_other_mean, habitats->with.item[i], arena);
  for (int64_t i = 0; i < n; i++)
    *to++ = (rc_entry_column){
        feature[i], rc_arena_printf(arena, "habitat_%lld_%s", (long long)h, feature[i].name), label,
        &habitats->original};
  for (const rc_entry_column *c = first; c < to; c++)
    if (c->name == NULL || label == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "no memory for the names of feature columns");
  return RC_OK;
}

static rc_status count_columns(const rc_image_entry *entry, rc_arena *arena, int64_t *n,
                               rc_error *err) {
  rc_status status = RC_OK;
  *n = 0;
  for (int64_t i = 0; status == RC_OK && i < entry->n_transforms; i++) {
    int64_t width = 0;
    status = rc_transform_width(&entry->transform[i], arena, &width, err);
    *n += width * entry->transform[i].n_responses;
  }
  for (int64_t i = 0; i < entry->n_maps; i++)
    *n += RC_MAP_SUMMARIES * entry->map[i].n_columns;
  *n += entry->habitats.n_columns;
  return status;
}

rc_status rc_entry_columns(const rc_image_entry *entry, rc_arena *arena, rc_entry_column **out,
                           int64_t *n, rc_error *err) {
  rc_status status = count_columns(entry, arena, n, err);
  if (status != RC_OK)
    return status;
  rc_entry_column *column = rc_arena_alloc(arena, (size_t)*n, sizeof *column), *at = column;
  if (column == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %lld feature columns", (long long)*n);
  for (int64_t i = 0; status == RC_OK && i < entry->n_transforms; i++) {
    const rc_transform *t = &entry->transform[i];
    int64_t width = 0;
    status = rc_transform_width(t, arena, &width, err);
    for (int64_t r = 0; status == RC_OK && r < t->n_responses; r++, at += width)
      status = add_response(t, r, arena, at, err);
  }
  for (int64_t i = 0; status == RC_OK && i < entry->n_maps; i++) {
    status = add_map(&entry->map[i], arena, at, err);
    at += RC_MAP_SUMMARIES * entry->map[i].n_columns;
  }
  const int64_t k = entry->habitats.kmeans.clusters;
  for (int64_t h = 1; status == RC_OK && h <= k; h++, at += entry->habitats.n_columns / k)
    status = add_habitat(entry, h, arena, at, err);
  *out = column;
  return status;
}
