// SPDX-License-Identifier: Apache-2.0
#include "texture/registry.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const rc_family *const rc_families[] = {
#define RC_FAMILY(descriptor) &descriptor,
#include "texture/families.def"
#undef RC_FAMILY
    NULL};

#define N_FAMILIES ((int64_t)(sizeof rc_families / sizeof rc_families[0]) - 1)
const int64_t rc_n_families = N_FAMILIES;

_Static_assert(N_FAMILIES <= 64, "rc_feature_settings has one bit a family");

rc_family_range rc_families_of(rc_profile profile) {
  rc_family_range range = {0, 0};
  while (range.first < N_FAMILIES && rc_families[range.first]->profile != profile)
    range.first++;
  range.end = range.first;
  while (range.end < N_FAMILIES && rc_families[range.end]->profile == profile)
    range.end++;
  return range;
}

uint64_t rc_family_bits(rc_profile profile) {
  rc_family_range range = rc_families_of(profile);
  uint64_t bits = 0;
  for (int64_t i = range.first; i < range.end; i++)
    bits |= UINT64_C(1) << i;
  return bits;
}

const rc_family *rc_family_find(rc_profile profile, const char *key) {
  rc_family_range range = rc_families_of(profile);
  for (int64_t i = range.first; i < range.end; i++)
    if (strcmp(rc_families[i]->key, key) == 0)
      return rc_families[i];
  return NULL;
}

rc_status rc_feature_settings_default(rc_profile profile, rc_arena *arena, rc_feature_settings *out,
                                      rc_error *err) {
  rc_feature_settings settings = {.profile = profile};
  rc_family_range range = rc_families_of(profile);
  settings.aggregations = RC_AGG_BIT(RC_AGG_NONE) | RC_AGG_BIT(RC_AGG_3D) |
                          RC_AGG_BIT(RC_AGG_3D_AVG) | RC_AGG_BIT(RC_AGG_3D_COMB);
  settings.params = rc_arena_alloc(arena, N_FAMILIES, sizeof *settings.params);
  if (settings.params == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for feature settings");
  for (int64_t i = range.first; i < range.end; i++) {
    const rc_family *family = rc_families[i];
    if (family->by_default)
      settings.families |= UINT64_C(1) << i;
    if (family->params == NULL)
      continue;
    settings.params[i] = rc_arena_alloc(arena, 1, family->params->struct_size);
    if (settings.params[i] == NULL)
      return rc_fail(err, RC_ERR_MEMORY, "no memory for the parameters of %s", family->key);
    rc_status status = rc_param_defaults(family->params, settings.params[i], arena, err);
    if (status != RC_OK)
      return rc_error_context(err, "defaults of %s", family->key);
  }
  *out = settings;
  return RC_OK;
}

uint32_t rc_feature_wanted(const rc_feature_settings *settings, int64_t family) {
  assert(family >= 0 && family < N_FAMILIES);
  if ((settings->families >> family & 1) == 0)
    return 0;
  return rc_families[family]->aggregations & (settings->aggregations | RC_AGG_BIT(RC_AGG_NONE));
}

static int64_t count_bits(uint32_t bits) {
  int64_t n = 0;
  for (; bits != 0; bits &= bits - 1)
    n++;
  return n;
}

/// Columns that family `i` contributes.
static int64_t columns_of(const rc_feature_settings *settings, int64_t i) {
  return count_bits(rc_feature_wanted(settings, i)) * rc_families[i]->n_features;
}

static rc_status name_column(rc_feature_column *column, rc_arena *arena, rc_error *err) {
  const char *suffix = rc_aggregation_suffix(column->aggregation);
  column->name = column->feature->tag;
  if (column->family->profile == RC_PROFILE_PYRADIOMICS)
    column->name = rc_arena_printf(arena, "%s_%s", column->family->key, column->feature->tag);
  else if (suffix[0] != '\0')
    column->name = rc_arena_printf(arena, "%s_%s", column->feature->tag, suffix);
  if (column->name == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the name of a feature column");
  return RC_OK;
}

rc_status rc_feature_columns(const rc_feature_settings *settings, rc_arena *arena,
                             rc_feature_column **columns, int64_t *n, rc_error *err) {
  int64_t total = 0;
  for (int64_t i = 0; i < N_FAMILIES; i++)
    total += columns_of(settings, i);
  rc_feature_column *column = rc_arena_alloc(arena, (size_t)total, sizeof *column);
  if (column == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for %lld feature columns", (long long)total);

  int64_t c = 0;
  for (int64_t i = 0; i < N_FAMILIES; i++) {
    const rc_family *family = rc_families[i];
    uint32_t wanted = rc_feature_wanted(settings, i);
    for (int a = 0; a < RC_AGG_COUNT; a++) {
      if ((wanted & RC_AGG_BIT(a)) == 0)
        continue;
      for (int64_t f = 0; f < family->n_features; f++, c++) {
        column[c] = (rc_feature_column){family, &family->feature[f], (rc_aggregation)a, NULL};
        rc_status status = name_column(&column[c], arena, err);
        if (status != RC_OK)
          return status;
      }
    }
  }
  *columns = column;
  *n = total;
  return RC_OK;
}

/// Runs one family into value[n]. Sets *reason to why values are NaN (static text), else NULL.
static rc_status compute_family(const rc_family *family, const rc_roi *roi, const void *params,
                                uint32_t wanted, int64_t n, rc_arena *arena, double *value,
                                const char **reason, rc_error *err) {
  for (int64_t i = 0; i < n; i++)
    value[i] = NAN;
  *reason = NULL;
  if (family->needs_levels && roi->texture.value == NULL) {
    *reason = "the image has no grey levels: set a discretisation";
    return RC_OK;
  }
  rc_family_output out = {value, NULL};
  rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_status status = family->compute(roi, params, wanted, arena, &out, err);
  rc_arena_rewind(arena, mark);
  if (status != RC_OK)
    return rc_error_context(err, "%s", family->name);
  *reason = out.undefined;
  for (int64_t i = 0; i < n && *reason == NULL; i++)
    if (isnan(value[i]))
      *reason = "not defined for this region";
  return RC_OK;
}

/// "key: reason; key: reason" of the families that have a reason.
static const char *join_reasons(const char *const *reason, rc_arena *arena) {
  size_t size = 1;
  for (int64_t i = 0; i < N_FAMILIES; i++)
    if (reason[i] != NULL)
      size += strlen(rc_families[i]->key) + strlen(reason[i]) + strlen("; : ");
  char *text = rc_arena_alloc(arena, size, 1);
  if (text == NULL)
    return NULL;
  char *end = text;
  for (int64_t i = 0; i < N_FAMILIES; i++) {
    if (reason[i] == NULL)
      continue;
    const char *part[] = {end == text ? "" : "; ", rc_families[i]->key, ": ", reason[i]};
    for (size_t p = 0; p < sizeof part / sizeof part[0]; p++) {
      size_t length = strlen(part[p]);
      memcpy(end, part[p], length);
      end += length;
    }
  }
  return text;
}

rc_status rc_features_compute(const rc_feature_settings *settings, const rc_roi *roi,
                              rc_arena *arena, double *value, const char **undefined,
                              rc_error *err) {
  if (roi->n_morph < 1)
    return rc_fail(err, RC_ERR_EMPTY, "the region of interest has no voxels");
  const char *reason[N_FAMILIES + 1] = {NULL};
  for (int64_t i = 0; i < N_FAMILIES; i++) {
    uint32_t wanted = rc_feature_wanted(settings, i);
    int64_t n = columns_of(settings, i);
    if (n == 0)
      continue;
    rc_status status = compute_family(rc_families[i], roi, settings->params[i], wanted, n, arena,
                                      value, &reason[i], err);
    if (status != RC_OK)
      return status;
    value += n;
  }
  if (undefined == NULL)
    return RC_OK;
  *undefined = join_reasons(reason, arena);
  if (*undefined == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the reasons of undefined features");
  return RC_OK;
}
