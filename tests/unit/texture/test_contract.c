// SPDX-License-Identifier: Apache-2.0
// What every family in the registry must keep, whatever it computes. A new family is tested here
// without a line being added.
#include "roi.h"
#include "support.h"

#include "base/arena.h"
#include "base/text.h"
#include "texture/contract.h"

#include <ctype.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_AGGREGATION (RC_AGG_BIT(RC_AGG_COUNT) - 1)

/// All columns of one region, every family of every profile and every aggregation.
typedef struct table {
  rc_arena *arena;
  rc_feature_settings settings;
  rc_feature_column *column;
  int64_t n;
  double *value;
  const char *undefined;
} table;

static table open_table(void) {
  table t = {0};
  rc_error err = RC_ERROR_INIT;
  t.arena = rc_arena_create(0);
  assert_non_null(t.arena);
  t.settings.params = rc_arena_alloc(t.arena, (size_t)rc_n_families, sizeof *t.settings.params);
  assert_non_null(t.settings.params);
  for (int p = 0; rc_profile_names[p] != NULL; p++) {
    rc_feature_settings own;
    const rc_family_range range = rc_families_of((rc_profile)p);
    assert_int_equal(rc_feature_settings_default((rc_profile)p, t.arena, &own, &err), RC_OK);
    for (int64_t i = range.first; i < range.end; i++)
      t.settings.params[i] = own.params[i];
    t.settings.families |= rc_family_bits((rc_profile)p);
  }
  t.settings.aggregations = EVERY_AGGREGATION;
  assert_int_equal(rc_feature_columns(&t.settings, t.arena, &t.column, &t.n, &err), RC_OK);
  t.value = rc_arena_alloc(t.arena, (size_t)t.n, sizeof *t.value);
  assert_non_null(t.value);
  return t;
}

static table measure(const test_roi *region) {
  table t = open_table();
  rc_error err = RC_ERROR_INIT;
  rc_status status =
      rc_features_compute(&t.settings, &region->roi, t.arena, t.value, &t.undefined, &err);
  if (status != RC_OK)
    fail_msg("%s", err.message);
  return t;
}

static void close_table(table *t) {
  rc_arena_destroy(t->arena);
}

static bool same_bits(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

/// Fails on the first column whose bits differ; families in `except` are skipped.
static void assert_same_bits(const table *a, const table *b, const char *except) {
  assert_int_equal(a->n, b->n);
  for (int64_t c = 0; c < a->n; c++) {
    if (except != NULL && strcmp(a->column[c].family->key, except) == 0)
      continue;
    if (!same_bits(a->value[c], b->value[c]) && !(isnan(a->value[c]) && isnan(b->value[c])))
      fail_msg("%s: %.17g and %.17g", a->column[c].name, a->value[c], b->value[c]);
  }
}

// --- the registry ------------------------------------------------------------------------------

static bool is_tag(const char *text) {
  for (const char *c = text; *c != '\0'; c++)
    if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
      return false;
  return text[0] != '\0';
}

static bool is_word(const char *text) {
  for (const char *c = text; *c != '\0'; c++)
    if (!isalnum((unsigned char)*c))
      return false;
  return text[0] != '\0';
}

static bool is_code(const char *text) {
  for (const char *c = text; *c != '\0'; c++)
    if (!isupper((unsigned char)*c) && !isdigit((unsigned char)*c))
      return false;
  return strlen(text) == 3 || strlen(text) == 4;
}

static void families_describe_themselves(void **state) {
  (void)state;
  assert_true(rc_n_families > 0);
  assert_null(rc_families[rc_n_families]);
  for (int64_t i = 0; i < rc_n_families; i++) {
    const rc_family *family = rc_families[i];
    const bool ibsi = family->profile == RC_PROFILE_IBSI, needs_code = ibsi && family->by_default;
    const rc_family_range range = rc_families_of(family->profile);
    assert_true(range.first <= i && i < range.end); // so profiles are not mixed
    assert_ptr_equal(rc_family_find(family->profile, family->key), family); // so keys are unique
    assert_true(is_tag(family->key) || !ibsi);
    assert_true(strlen(family->name) > 0 && strlen(family->source) > 0);
    assert_true(is_code(family->ibsi) || !needs_code);
    assert_true(family->n_features > 0 && family->aggregations != 0);
    assert_int_equal(family->aggregations & ~EVERY_AGGREGATION, 0);
    for (int64_t f = 0; f < family->n_features; f++) {
      const rc_feature *feature = &family->feature[f];
      if (!(ibsi ? is_tag(feature->tag) : is_word(feature->tag)) || strlen(feature->name) == 0 ||
          strlen(feature->definition) == 0)
        fail_msg("%s: feature %lld", family->key, (long long)f);
      if (!(feature->ibsi[0] == '\0' && !needs_code) && !is_code(feature->ibsi))
        fail_msg("%s: IBSI code \"%s\"", feature->tag, feature->ibsi);
    }
  }
  assert_null(rc_family_find(RC_PROFILE_IBSI, "no_such_family"));
}

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void assert_unique(const char **text, int64_t n) {
  qsort(text, (size_t)n, sizeof *text, compare_texts);
  for (int64_t i = 1; i < n; i++)
    if (strcmp(text[i - 1], text[i]) == 0)
      fail_msg("%s occurs twice", text[i]);
}

static void names_and_codes_are_unique(void **state) {
  (void)state;
  table t = open_table();
  const char **name = rc_arena_alloc(t.arena, (size_t)t.n, sizeof *name);
  assert_non_null(name);
  for (int64_t c = 0; c < t.n; c++)
    name[c] = t.column[c].name;
  assert_unique(name, t.n);
  int64_t codes = 0; // PyRadiomics has two names for some of IBSI's features
  for (int64_t i = 0; i < rc_families_of(RC_PROFILE_IBSI).end; i++)
    for (int64_t f = 0; f < rc_families[i]->n_features; f++)
      if (rc_families[i]->feature[f].ibsi[0] != '\0')
        name[codes++] = rc_families[i]->feature[f].ibsi;
  assert_unique(name, codes);
  close_table(&t);
}

static void columns_follow_the_documented_order(void **state) {
  (void)state;
  table t = open_table();
  int64_t c = 0;
  for (int64_t i = 0; i < rc_n_families; i++) {
    const rc_family *family = rc_families[i];
    assert_int_equal(rc_feature_wanted(&t.settings, i), family->aggregations);
    for (int a = 0; a < RC_AGG_COUNT; a++)
      for (int64_t f = 0; (family->aggregations & RC_AGG_BIT(a)) != 0 && f < family->n_features;
           f++, c++) {
        char expected[256];
        const char *suffix = rc_aggregation_suffix((rc_aggregation)a);
        snprintf(expected, sizeof expected, "%s%s%s", family->feature[f].tag,
                 suffix[0] != '\0' ? "_" : "", suffix);
        if (family->profile == RC_PROFILE_PYRADIOMICS)
          snprintf(expected, sizeof expected, "%s_%s", family->key, family->feature[f].tag);
        assert_true(c < t.n);
        assert_string_equal(t.column[c].name, expected);
        assert_ptr_equal(t.column[c].family, family);
        assert_ptr_equal(t.column[c].feature, &family->feature[f]);
        assert_int_equal(t.column[c].aggregation, a);
      }
  }
  assert_int_equal(c, t.n);
  close_table(&t);
}

/// Every line of a reference file with a value names a column.
static void check_reference(const table *t, const char *relative) {
  char line[512];
  int64_t rows = 0;
  FILE *file = fopen(test_data(relative), "r");
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof line, file)); // header
  while (fgets(line, sizeof line, file) != NULL) {
    char *tag = strrchr(line, ';');
    if (tag == NULL || line[0] == ';')
      continue;
    tag = rc_trim(tag + 1);
    bool found = false;
    for (int64_t c = 0; c < t->n && !found; c++)
      found = strcmp(t->column[c].name, tag) == 0;
    if (!found)
      fail_msg("%s: no column %s", relative, tag);
    rows++;
  }
  fclose(file);
  assert_true(rows >= 250);
}

static void every_published_reference_has_a_column(void **state) {
  (void)state;
  table t = open_table();
  static const char *const file[] = {"dig_phantom",    "chest_config_a", "chest_config_b",
                                     "chest_config_c", "chest_config_d", "chest_config_e"};
  for (size_t i = 0; i < sizeof file / sizeof file[0]; i++) {
    char relative[128];
    snprintf(relative, sizeof relative, "ibsi1/reference/%s.csv", file[i]);
    check_reference(&t, relative);
  }
  close_table(&t);
}

static void check_defaults(rc_profile profile) {
  rc_arena *arena = rc_arena_create(0);
  rc_feature_settings settings;
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_feature_settings_default(profile, arena, &settings, &err), RC_OK);
  assert_int_equal(settings.profile, profile);
  for (int64_t i = 0; i < rc_n_families; i++) {
    const bool ours = rc_families[i]->profile == profile;
    const bool wanted = ours && rc_families[i]->by_default;
    assert_int_equal(settings.families >> i & 1, wanted);
    assert_int_equal(settings.params[i] != NULL, ours && rc_families[i]->params != NULL);
    if (!wanted)
      assert_int_equal(rc_feature_wanted(&settings, i), 0);
  }
  // By volume only: of the ten aggregations, those in 3-D and the one of families without.
  settings.families = rc_family_bits(profile);
  for (int64_t i = 0; i < rc_n_families; i++)
    assert_int_equal(rc_feature_wanted(&settings, i) &
                         ~(RC_AGG_BIT(RC_AGG_NONE) | RC_AGG_BIT(RC_AGG_3D) |
                           RC_AGG_BIT(RC_AGG_3D_AVG) | RC_AGG_BIT(RC_AGG_3D_COMB)),
                     0);
  rc_arena_destroy(arena);
}

static void settings_start_with_the_defaults(void **state) {
  (void)state;
  for (int p = 0; rc_profile_names[p] != NULL; p++)
    check_defaults((rc_profile)p);
}

static void units_become_text(void **state) {
  (void)state;
  for (int image = RC_UNIT_ARBITRARY; image <= RC_UNIT_GRAY; image++) {
    const char *unit = rc_intensity_unit_name((rc_intensity_unit)image);
    assert_string_equal(rc_feature_unit_text(RC_FU_INTENSITY, (rc_intensity_unit)image), unit);
    char product[64], square[64];
    snprintf(product, sizeof product, "%s%smm^3", unit, unit[0] != '\0' ? " " : "");
    snprintf(square, sizeof square, strchr(unit, '/') != NULL ? "(%s)^2" : "%s^2", unit);
    assert_string_equal(rc_feature_unit_text(RC_FU_INTENSITY_MM3, (rc_intensity_unit)image),
                        product);
    assert_string_equal(rc_feature_unit_text(RC_FU_INTENSITY2, (rc_intensity_unit)image),
                        unit[0] != '\0' ? square : "");
  }
  assert_string_equal(rc_feature_unit_text(RC_FU_MM2, RC_UNIT_HU), "mm^2");
  assert_string_equal(rc_feature_unit_text(RC_FU_NONE, RC_UNIT_HU), "");
  assert_string_equal(rc_aggregation_suffix(RC_AGG_COUNT), "?");
}

// --- values ------------------------------------------------------------------------------------

/// Runs one family by itself on poisoned memory with guards: every value is finite or NaN, NaN has
/// a reason and the other way round (but for diagnostics, whose facts are made up here), and
/// nothing is written elsewhere.
static void check_family(const rc_family *family, const test_roi *region, const char *name) {
  if (family->needs_levels && region->level == NULL)
    return;
  const double guard = -12345.678;
  int64_t aggregations = 0, gaps = 0;
  for (int a = 0; a < RC_AGG_COUNT; a++)
    aggregations += (family->aggregations & RC_AGG_BIT(a)) != 0;
  int64_t n = aggregations * family->n_features;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  double *value = rc_arena_alloc(arena, (size_t)n + 2, sizeof *value);
  void *params = NULL;
  assert_non_null(value);
  for (int64_t i = 0; i < n + 2; i++)
    value[i] = i == 0 || i == n + 1 ? guard : NAN;
  if (family->params != NULL) {
    params = rc_arena_alloc(arena, 1, family->params->struct_size);
    assert_int_equal(rc_param_defaults(family->params, params, arena, &err), RC_OK);
  }
  rc_family_output out = {value + 1, NULL};
  rc_status status = family->compute(&region->roi, params, family->aggregations, arena, &out, &err);
  if (status != RC_OK)
    fail_msg("%s on %s: %s", family->key, name, err.message);
  assert_true(value[0] == guard && value[n + 1] == guard);
  for (int64_t i = 0; i < n; i++) {
    if (isinf(out.value[i]))
      fail_msg("%s on %s: %s is infinite", family->key, name,
               family->feature[i % family->n_features].tag);
    gaps += isnan(out.value[i]);
    if (isnan(out.value[i]) && out.undefined == NULL)
      fail_msg("%s on %s: %s is undefined without a reason", family->key, name,
               family->feature[i % family->n_features].tag);
  }
  if (gaps == 0 && out.undefined != NULL && family->by_default)
    fail_msg("%s on %s: all is defined, but: %s", family->key, name, out.undefined);
  rc_arena_destroy(arena);
}

static test_roi *solid(const int64_t size[3], double intensity) {
  int64_t n = size[0] * size[1] * size[2];
  double *value = malloc((size_t)n * sizeof *value);
  uint8_t *mask = malloc((size_t)n);
  assert_true(value != NULL && mask != NULL);
  for (int64_t i = 0; i < n; i++) {
    value[i] = intensity;
    mask[i] = 1;
  }
  test_roi *region = test_roi_create(size, (double[]){1.0, 1.5, 2.0}, value, mask, NULL, NULL);
  test_roi_levels_fixed_number(region, 8);
  free(value);
  free(mask);
  return region;
}

static void clear_mask(test_roi *region) {
  memset(region->mask, 0, (size_t)rc_geometry_voxels(&region->roi.grid));
  test_roi_recount(region);
}

static void every_output_is_a_number_or_has_a_reason(void **state) {
  (void)state;
  const double spacing[3] = {1.0, 1.5, 2.0};
  struct {
    const char *name;
    test_roi *region;
  } cases[] = {
      {"the phantom", test_roi_phantom()},
      {"one voxel", solid((int64_t[]){1, 1, 1}, 7.0)},
      {"one voxel of zero", solid((int64_t[]){1, 1, 1}, 0.0)},
      {"two voxels", solid((int64_t[]){2, 1, 1}, 3.0)},
      {"a constant block", solid((int64_t[]){4, 3, 5}, 5.0)},
      {"a constant slice", solid((int64_t[]){4, 3, 1}, -1.0)},
      {"a row", test_roi_random((int64_t[]){1, 9, 1}, spacing, 4, 3)},
      {"a slice", test_roi_random((int64_t[]){9, 8, 1}, spacing, 8, 4)},
      {"a block", test_roi_random((int64_t[]){9, 8, 7}, spacing, 16, 5)},
      {"one level of many", test_roi_random((int64_t[]){6, 5, 4}, spacing, 64, 6)},
      {"an empty intensity mask", test_roi_random((int64_t[]){6, 5, 4}, spacing, 8, 7)},
      {"a single level at the top", test_roi_random((int64_t[]){3, 3, 3}, spacing, 1, 8)},
  };
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    if (strcmp(cases[k].name, "an empty intensity mask") == 0)
      clear_mask(cases[k].region);
    for (int64_t i = 0; i < rc_n_families; i++)
      check_family(rc_families[i], cases[k].region, cases[k].name);
    test_roi_destroy(cases[k].region);
  }
}

static void missing_levels_are_explained(void **state) {
  (void)state;
  test_roi *region = test_roi_random((int64_t[]){6, 5, 4}, (double[]){1, 1, 1}, 8, 9);
  region->roi.texture.value = NULL;
  table t = measure(region);
  for (int64_t c = 0; c < t.n; c++)
    if (t.column[c].family->needs_levels && !isnan(t.value[c]))
      fail_msg("%s without levels", t.column[c].name);
  assert_non_null(strstr(t.undefined, "glcm: "));
  assert_non_null(strstr(t.undefined, "discretisation"));
  close_table(&t);
  test_roi_destroy(region);
}

static void an_empty_region_is_refused(void **state) {
  (void)state;
  test_roi *region = test_roi_random((int64_t[]){3, 3, 3}, (double[]){1, 1, 1}, 8, 9);
  memset(region->morph, 0, (size_t)rc_geometry_voxels(&region->roi.grid));
  clear_mask(region);
  table t = open_table();
  rc_error err = RC_ERROR_INIT;
  assert_int_equal(rc_features_compute(&t.settings, &region->roi, t.arena, t.value, NULL, &err),
                   RC_ERR_EMPTY);
  close_table(&t);
  test_roi_destroy(region);
}

/// Only local intensity may look at voxels outside the masks, and there NaN is outside the image.
static void intensities_outside_do_not_matter(void **state) {
  (void)state;
  test_roi *region = test_roi_random((int64_t[]){10, 9, 8}, (double[]){1.0, 1.5, 2.0}, 16, 10);
  table before = measure(region);
  for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
    if (!region->morph[i])
      region->intensity[i] = i % 2 == 0 ? NAN : 1e30;
  table garbage = measure(region);
  assert_same_bits(&before, &garbage, "local_intensity");
  for (int64_t i = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
    if (!region->mask[i])
      region->intensity[i] = NAN;
  table none = measure(region);
  assert_same_bits(&before, &none, "local_intensity");
  for (int64_t c = 0; c < none.n; c++)
    if (isnan(none.value[c]) && !isnan(before.value[c]))
      fail_msg("%s", none.column[c].name);
  close_table(&before);
  close_table(&garbage);
  close_table(&none);
  test_roi_destroy(region);
}

static void position_in_the_grid_does_not_matter(void **state) {
  (void)state;
  static const test_margin margin = {{0, 5, 1}, {3, 0, 2}};
  test_roi *region = test_roi_random((int64_t[]){12, 10, 9}, (double[]){1.0, 1.5, 2.0}, 16, 11);
  test_roi *moved = test_roi_widen(region, &margin);
  table a = measure(region), b = measure(moved);
  assert_same_bits(&a, &b, NULL);
  close_table(&a);
  close_table(&b);
  test_roi_destroy(region);
  test_roi_destroy(moved);
}

static void threads_do_not_matter(void **state) {
  (void)state;
  test_roi *region = test_roi_random((int64_t[]){72, 68, 14}, (double[]){1.0, 1.0, 2.0}, 32, 12);
  int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  table one = measure(region);
  static const int many[] = {2, 3, 4};
  for (size_t k = 0; k < sizeof many / sizeof many[0]; k++) {
    omp_set_num_threads(many[k]);
    table other = measure(region);
    assert_same_bits(&one, &other, NULL);
    assert_string_equal(one.undefined, other.undefined);
    close_table(&other);
  }
  omp_set_num_threads(threads);
  close_table(&one);
  test_roi_destroy(region);
}

static bool by_volume(rc_aggregation aggregation) {
  return aggregation == RC_AGG_NONE || aggregation == RC_AGG_3D || aggregation == RC_AGG_3D_AVG ||
         aggregation == RC_AGG_3D_COMB;
}

/// PyRadiomics' surface depends on the axes where voxels touch at an edge only, and its diameters
/// within planes are named after them.
static bool goes_by_axes(const rc_feature_column *column) {
  static const char *const name[] = {"shape_Mesh", "shape_Surface", "shape_Sphericity",
                                     "shape_Maximum2D"};
  for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
    if (strncmp(column->name, name[i], strlen(name[i])) == 0)
      return true;
  return false;
}

/// Features by volume are the same for the volume turned by 90 degrees or mirrored.
static void orientation_does_not_matter_in_3d(void **state) {
  (void)state;
  static const int axes[][3] = {{2, 0, 1}, {1, 0, 2}};
  static const bool mirror[][3] = {{0, 0, 0}, {1, 0, 1}};
  test_roi *region = test_roi_random((int64_t[]){11, 9, 8}, (double[]){1.5, 1.5, 1.5}, 12, 13);
  table before = measure(region);
  for (size_t k = 0; k < sizeof axes / sizeof axes[0]; k++) {
    test_roi *turned = test_roi_turn(region, axes[k], mirror[k]);
    table after = measure(turned);
    for (int64_t c = 0; c < before.n; c++) {
      const rc_feature_column *column = &before.column[c];
      if (!by_volume(column->aggregation) || !column->family->by_default || goes_by_axes(column))
        continue;
      double tolerance = strstr(column->name, "mvee") != NULL ? 1e-8 : 1e-11; // by iteration
      test_near(after.value[c], before.value[c], 1e-11, tolerance, column->name, __FILE__,
                __LINE__);
    }
    close_table(&after);
    test_roi_destroy(turned);
  }
  close_table(&before);
  test_roi_destroy(region);
}

/// Out of memory at any allocation is an error, never a crash or a wrong number.
static void little_memory_is_an_error(void **state) {
  (void)state;
  test_roi *region = test_roi_random((int64_t[]){14, 13, 12}, (double[]){1.0, 1.0, 1.0}, 8, 14);
  for (int64_t i = 0; i < rc_n_families; i++) {
    bool enough = false;
    for (size_t limit = 1024; !enough; limit += limit / 2) {
      table t = open_table();
      rc_arena *arena = rc_arena_create(limit);
      rc_error err = RC_ERROR_INIT;
      t.settings.families = UINT64_C(1) << i;
      assert_true(limit < (size_t)1 << 34);
      rc_status status = rc_features_compute(&t.settings, &region->roi, arena, t.value, NULL, &err);
      if (status != RC_OK && status != RC_ERR_MEMORY)
        fail_msg("%s: %s", rc_families[i]->key, err.message);
      enough = status == RC_OK;
      rc_arena_destroy(arena);
      close_table(&t);
    }
  }
  test_roi_destroy(region);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(families_describe_themselves),
      cmocka_unit_test(names_and_codes_are_unique),
      cmocka_unit_test(columns_follow_the_documented_order),
      cmocka_unit_test(every_published_reference_has_a_column),
      cmocka_unit_test(settings_start_with_the_defaults),
      cmocka_unit_test(units_become_text),
      cmocka_unit_test(every_output_is_a_number_or_has_a_reason),
      cmocka_unit_test(missing_levels_are_explained),
      cmocka_unit_test(an_empty_region_is_refused),
      cmocka_unit_test(intensities_outside_do_not_matter),
      cmocka_unit_test(position_in_the_grid_does_not_matter),
      cmocka_unit_test(threads_do_not_matter),
      cmocka_unit_test(orientation_does_not_matter_in_3d),
      cmocka_unit_test(little_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
