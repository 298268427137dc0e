// SPDX-License-Identifier: Apache-2.0
#include "workflow/import_params.h"

#include "workflow/document.h"
#include "workflow/schema.h"
#include "workflow/workflow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS 64
#define LOG "laplacian_of_gaussian"

// ---- what becomes of each setting --------------------------------------------------------------

typedef enum target {
  TO_STEP,     ///< a section of an entry of `images:`
  TO_FAMILIES, ///< sections of `features:`
  TO_FILTER,   ///< beside a filter of `transforms:`
  BY_HAND,     ///< read where it is needed
  NOWHERE      ///< `where` says why
} target;

/// A setting may have several rows.
static const struct {
  const char *name;
  target to;
  const char *where, *key;
} rules[] = {
    {"minimumROIDimensions", TO_STEP, "mask", "minimum_dimensions"},
    {"minimumROISize", TO_STEP, "mask", "minimum_size"},
    {"normalize", BY_HAND, NULL, NULL},
    {"normalizeScale", TO_STEP, "normalise", "scale"},
    {"removeOutliers", TO_STEP, "normalise", "remove_outliers"},
    {"resampledPixelSpacing", TO_STEP, "interpolation", "spacing"},
    {"interpolator", TO_STEP, "interpolation", "image"},
    {"padDistance", TO_STEP, "interpolation", "pad"},
    {"preCrop", TO_STEP, "interpolation", "pre_crop"},
    {"resegmentRange", TO_STEP, "resegmentation", "range"},
    {"resegmentMode", TO_STEP, "resegmentation", "mode"},
    {"resegmentShape", TO_STEP, "resegmentation", "shape"},
    {"binWidth", TO_STEP, "discretisation", "bin_width"},
    {"binCount", TO_STEP, "discretisation", "bins"},
    {"voxelArrayShift", TO_FAMILIES, "firstorder", "voxel_array_shift"},
    {"symmetricalGLCM", TO_FAMILIES, "glcm", "symmetric"},
    {"weightingNorm", TO_FAMILIES, "glcm glrlm", "weighting_norm"},
    {"gldm_a", TO_FAMILIES, "gldm", "alpha"},
    {"distances", TO_FAMILIES, "glcm gldm ngtdm", "distances"},
    {"force2D", TO_FAMILIES, "glcm glrlm glszm gldm ngtdm", "force_2d"},
    {"force2Ddimension", TO_FAMILIES, "glcm glrlm glszm gldm ngtdm", "force_2d_dimension"},
    {"sigma", TO_FILTER, LOG, "sigma"},
    {"wavelet", TO_FILTER, "wavelet", "wavelet"},
    {"level", TO_FILTER, "wavelet", "level"},
    {"start_level", TO_FILTER, "wavelet", "start_level"},
    {"force2D", TO_FILTER, "wavelet", "force_2d"},
    {"force2Ddimension", TO_FILTER, "wavelet", "force_2d_dimension"},
    {"gradientUseSpacing", TO_FILTER, "gradient", "use_spacing"},
    {"lbp2DRadius", TO_FILTER, "local_binary_pattern_2d", "radius"},
    {"lbp2DSamples", TO_FILTER, "local_binary_pattern_2d", "samples"},
    {"lbp2DMethod", TO_FILTER, "local_binary_pattern_2d", "method"},
    {"force2Ddimension", TO_FILTER, "local_binary_pattern_2d", "force_2d_dimension"},
    {"lbp3DLevels", TO_FILTER, "local_binary_pattern_3d", "levels"},
    {"lbp3DIcosphereRadius", TO_FILTER, "local_binary_pattern_3d", "icosphere_radius"},
    {"lbp3DIcosphereSubdivision", TO_FILTER, "local_binary_pattern_3d", "icosphere_subdivision"},
    {"label", BY_HAND, NULL, NULL},
    {"additionalInfo", NOWHERE, "the cohort file always says how it was made", NULL},
    {"geometryTolerance", NOWHERE,
     "grids of image and mask may differ by a hundredth of a voxel here", NULL},
    {"correctMask", NOWHERE, "a mask must lie on its image's grid", NULL},
    {"label_channel", NOWHERE, "a mask has one channel", NULL},
};
#define N_RULES (sizeof rules / sizeof rules[0])

static const struct {
  const char *name, *filter;
} image_types[] = {
    {"Original", "original"},
    {"LoG", LOG},
    {"Wavelet", "wavelet"},
    {"Square", "square"},
    {"SquareRoot", "square_root"},
    {"Logarithm", "logarithm"},
    {"Exponential", "exponential"},
    {"Gradient", "gradient"},
    {"LBP2D", "local_binary_pattern_2d"},
    {"LBP3D", "local_binary_pattern_3d"},
};

/// Words of PyRadiomics that are others here; numbers are those of SimpleITK's interpolators.
static const struct {
  const char *key, *theirs, *ours;
} words[] = {
    {"image", "sitkNearestNeighbor", "nearest"},
    {"image", "sitkLinear", "linear"},
    {"image", "sitkBSpline", "b_spline"},
    {"image", "1", "nearest"},
    {"image", "2", "linear"},
    {"image", "3", "b_spline"},
};

typedef struct importer {
  rc_arena *arena;
  rc_report notes;
  const rc_node *setting; ///< NULL: none
  const rc_node *feature_class;
  FILE *out;
} importer;

static const rc_node *member(const rc_node *map, const char *key) {
  return map == NULL || map->kind != RC_NODE_MAP ? NULL : rc_node_find(map, key);
}

static bool is_null(const rc_node *node) {
  if (node == NULL)
    return true;
  return node->kind == RC_NODE_SCALAR &&
         (node->text[0] == '\0' || strcmp(node->text, "null") == 0 ||
          strcmp(node->text, "Null") == 0 || strcmp(node->text, "NULL") == 0 ||
          strcmp(node->text, "~") == 0);
}

/// A setting as an image type has it: its own, else that of all. Without an interpolator nothing is
/// resampled.
static const rc_node *effective(const importer *im, const rc_node *custom, const char *name) {
  const rc_node *interpolator = member(im->setting, "interpolator");
  if (strcmp(name, "resampledPixelSpacing") == 0 && interpolator != NULL && is_null(interpolator))
    return NULL;
  const rc_node *own = member(custom, name);
  const rc_node *node = own == NULL ? member(im->setting, name) : own;
  return is_null(node) ? NULL : node;
}

/// A setting that asks for nothing.
static bool is_off(const rc_node *node) {
  bool value = true;
  return is_null(node) ||
         (node->kind == RC_NODE_SCALAR &&
          (strcmp(node->text, "0") == 0 || (rc_parse_bool(node->text, &value) && !value)));
}

static bool is_true(const rc_node *node) {
  bool value = false;
  return node != NULL && node->kind == RC_NODE_SCALAR && rc_parse_bool(node->text, &value) && value;
}

// ---- values ------------------------------------------------------------------------------------

static const rc_param_table *step_table(const char *section) {
  for (const rc_profile_section *s = rc_processing_sections; s->table != NULL; s++)
    if (s->profile == RC_PROFILE_PYRADIOMICS && strcmp(s->table->name, section) == 0)
      return s->table;
  return NULL;
}

/// The scalars of a value; 0: it is none, or too many.
static int64_t items_of(const rc_node *node, const char *key, const char *item[MAX_ITEMS]) {
  int64_t n = 0;
  const rc_node *child = node->kind == RC_NODE_SCALAR ? node : node->first;
  if (node->kind == RC_NODE_MAP || (node->kind == RC_NODE_LIST && rc_node_count(node) > MAX_ITEMS))
    return 0;
  for (; child != NULL; child = node->kind == RC_NODE_SCALAR ? NULL : child->next) {
    if (child->kind != RC_NODE_SCALAR)
      return 0;
    item[n] = child->text;
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
      if (strcmp(words[w].key, key) == 0 && strcmp(words[w].theirs, child->text) == 0)
        item[n] = words[w].ours;
    n++;
  }
  return n;
}

/// "key: value" as the parameter takes it; NULL (and a note) when it does not.
static const char *translate(importer *im, const rc_param_table *table, const char *key,
                             const rc_node *node) {
  const rc_param *param = table == NULL ? NULL : rc_param_find(table, key);
  const char *item[MAX_ITEMS];
  rc_error err = RC_ERROR_INIT;
  void *scratch = param == NULL ? NULL : rc_arena_alloc(im->arena, 1, table->struct_size);
  int64_t n = items_of(node, key, item);
  bool flag;
  if (scratch == NULL || n == 0 ||
      rc_param_set(param, scratch, item, n, im->arena, &err) != RC_OK) {
    char expected[1024] = "";
    if (param != NULL)
      rc_param_expected(param, expected, sizeof expected);
    rc_report_add(&im->notes, node, false, "%s: '%s' is not supported; expected %s", node->key,
                  node->kind == RC_NODE_SCALAR ? node->text : "a list like that", expected);
    return NULL;
  }
  if (param->type == RC_PARAM_BOOL && rc_parse_bool(item[0], &flag))
    item[0] = flag ? "true" : "false";
  const char *text =
      rc_arena_printf(im->arena, "%s: %s", key, node->kind == RC_NODE_LIST ? "[" : "");
  for (int64_t i = 0; text != NULL && i < n; i++)
    text = rc_arena_printf(im->arena, "%s%s%s", text, i == 0 ? "" : ", ", item[i]);
  if (text != NULL && node->kind == RC_NODE_LIST)
    text = rc_arena_printf(im->arena, "%s]", text);
  return text;
}

/// Is `word` among the words of `list`?
static bool lists(const char *list, const char *word) {
  const size_t n = strlen(word);
  for (const char *at = list; at != NULL && *at != '\0'; at += strspn(at, " ")) {
    const size_t length = strcspn(at, " ");
    if (length == n && strncmp(at, word, n) == 0)
      return true;
    at += length;
  }
  return false;
}

/// The members of one section, "a: 1, b: 2"; "" when there are none, NULL when one is not
/// supported and `all_or_none`.
static const char *section_text(importer *im, const rc_node *custom, target to, const char *where,
                                const rc_param_table *table, bool all_or_none) {
  const char *text = "";
  for (size_t i = 0; text != NULL && i < N_RULES; i++) {
    const rc_node *node = effective(im, custom, rules[i].name);
    if (rules[i].to != to || !lists(rules[i].where, where) || node == NULL)
      continue;
    const char *part = translate(im, table, rules[i].key, node);
    if (part != NULL)
      text = rc_arena_printf(im->arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ", part);
    else if (all_or_none)
      return NULL;
  }
  return text;
}

// ---- sections of the workflow ------------------------------------------------------------------

static bool step_applies(const importer *im, const char *section) {
  if (strcmp(section, "normalise") == 0)
    return is_true(effective(im, NULL, "normalize"));
  if (strcmp(section, "resegmentation") == 0)
    return effective(im, NULL, "resegmentRange") != NULL;
  return true;
}

/// Levels of an image type; those of `Original` are the entry's.
static const char *levels_text(importer *im, const rc_node *custom) {
  return section_text(im, custom, TO_STEP, "discretisation", step_table("discretisation"), false);
}

static void write_steps(importer *im, const rc_node *original) {
  static const char *const sections[] = {"mask", "normalise", "interpolation", "resegmentation",
                                         NULL};
  const char *levels = levels_text(im, original);
  for (const char *const *s = sections; *s != NULL; s++) {
    if (!step_applies(im, *s))
      continue;
    const char *text = section_text(im, NULL, TO_STEP, *s, step_table(*s), false);
    if (text != NULL && (text[0] != '\0' || strcmp(*s, "normalise") == 0))
      fprintf(im->out, "    %s: {%s}\n", *s, text);
  }
  if (levels != NULL && levels[0] != '\0')
    fprintf(im->out, "    discretisation: {%s}\n", levels);
}

static bool wants_class(const importer *im, const char *name) {
  return im->feature_class == NULL || im->feature_class->first == NULL ||
         rc_node_find(im->feature_class, name) != NULL;
}

/// "glcm: {force_2d: true}, ..." of the settings that an image type changes.
static const char *own_features(importer *im, const rc_node *custom) {
  const char *text = "";
  const rc_family_range range = rc_families_of(RC_PROFILE_PYRADIOMICS);
  const rc_node *shared = im->setting;
  im->setting = NULL; // what is not its own is the entry's
  for (int64_t i = range.first; custom != NULL && text != NULL && i < range.end; i++) {
    if (!wants_class(im, rc_families[i]->key))
      continue;
    const char *part =
        section_text(im, custom, TO_FAMILIES, rc_families[i]->key, rc_families[i]->params, false);
    if (part != NULL && part[0] != '\0')
      text = rc_arena_printf(im->arena, "%s%s%s: {%s}", text, text[0] == '\0' ? "" : ", ",
                             rc_families[i]->key, part);
  }
  im->setting = shared;
  return text == NULL ? "" : text;
}

/// PyRadiomics puts a sigma into names as its file has it, 1 or 1.0.
static const char *sigma_names(importer *im, const rc_node *custom) {
  const rc_node *sigma = effective(im, custom, "sigma");
  const char *item[MAX_ITEMS];
  int64_t n = sigma == NULL ? 0 : items_of(sigma, "sigma", item), integers = 0, whole = 0, value;
  for (int64_t i = 0; i < n; i++) {
    double real = 0;
    integers += rc_parse_int(item[i], &value);
    whole += rc_parse_real(item[i], &real) && real == floor(real);
  }
  if (integers > 0 && integers < whole)
    rc_report_add(&im->notes, sigma, false,
                  "sigma: 1 and 1.0 are both written 1 in the names of columns");
  return integers > 0 ? ", integer_names: true" : "";
}

/// What stands beside `filter:` of a transform; NULL: the image type cannot be had.
static const char *transform_text(importer *im, const rc_node *type, const char *filter_key,
                                  const char *entry_levels) {
  const rc_filter *filter = rc_filter_find(RC_PROFILE_PYRADIOMICS, filter_key);
  const rc_node *custom = type != NULL && type->kind == RC_NODE_MAP ? type : NULL;
  const char *text = "";
  if (filter != NULL && filter->params != NULL) {
    text = section_text(im, custom, TO_FILTER, filter_key, filter->params, true);
    if (text == NULL)
      return NULL;
    if (text[0] != '\0')
      text = rc_arena_printf(im->arena, ", %s%s", text,
                             strcmp(filter_key, LOG) == 0 ? sigma_names(im, custom) : "");
  }
  const char *levels = filter == NULL ? entry_levels : levels_text(im, custom);
  const char *features = own_features(im, custom);
  if (text != NULL && levels != NULL && strcmp(levels, entry_levels) != 0)
    text = rc_arena_printf(im->arena, "%s, discretisation: {%s}", text, levels);
  if (text != NULL && features[0] != '\0')
    text = rc_arena_printf(im->arena, "%s, features: {%s}", text, features);
  return text;
}

static void write_transform(importer *im, const rc_node *type, const char *entry_levels) {
  const char *filter = NULL;
  for (size_t i = 0; i < sizeof image_types / sizeof image_types[0]; i++)
    if (strcmp(image_types[i].name, type->key) == 0)
      filter = image_types[i].filter;
  if (filter == NULL) {
    rc_report_add(&im->notes, type, true, "imageType: there is no image type '%s'", type->key);
    return;
  }
  const rc_node *custom = type->kind == RC_NODE_MAP ? type : NULL;
  if (strcmp(filter, LOG) == 0 && effective(im, custom, "sigma") == NULL) {
    rc_report_add(&im->notes, type, true, "LoG: without sigma it gives no image");
    return;
  }
  const char *text = transform_text(im, type, filter, entry_levels);
  if (text == NULL)
    rc_report_add(&im->notes, type, true, "imageType: %s was left out, see its settings",
                  type->key);
  else if (text[0] == '\0')
    fprintf(im->out, "      - %s\n", filter);
  else
    fprintf(im->out, "      - {filter: %s%s}\n", filter, text);
}

/// PyRadiomics computes the shape whether the original is among the image types or not.
static void write_transforms(importer *im, const rc_node *types, const rc_node *original) {
  const bool named = types != NULL && types->kind == RC_NODE_MAP && types->first != NULL;
  const char *levels = levels_text(im, original);
  fprintf(im->out, "    transforms:\n");
  if (!named)
    fprintf(im->out, "      - original\n");
  else if (rc_node_find(types, "Original") == NULL && wants_class(im, "shape"))
    fprintf(im->out, "      - {filter: original, features: {families: [shape]}}\n");
  for (const rc_node *type = named ? types->first : NULL; type != NULL; type = type->next)
    write_transform(im, type, levels == NULL ? "" : levels);
}

static bool is_word(const char *text) {
  const char *end = text;
  while ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') ||
         (*end >= '0' && *end <= '9'))
    end++;
  return end > text && *end == '\0';
}

/// What a voxel-based extraction, which is asked for elsewhere, would be here: as a comment.
static void write_maps(importer *im, const rc_node *voxel_setting) {
  const rc_family_range range = rc_families_of(RC_PROFILE_PYRADIOMICS);
  const rc_node *radius = member(voxel_setting, "kernelRadius");
  const char *before = "";
  int64_t voxels = 1;
  if (voxel_setting == NULL)
    return;
  if (radius != NULL && radius->kind == RC_NODE_SCALAR && !rc_parse_int(radius->text, &voxels))
    voxels = 1;
  fprintf(im->out, "    # maps: {features: [");
  for (int64_t i = range.first; i < range.end; i++) {
    const rc_node *names = member(im->feature_class, rc_families[i]->key);
    if (rc_families[i]->original_only || !wants_class(im, rc_families[i]->key))
      continue;
    if (names == NULL || names->kind != RC_NODE_LIST || names->first == NULL) {
      fprintf(im->out, "%s%s_*", before, rc_families[i]->key);
      before = ", ";
      continue;
    }
    for (const rc_node *name = names->first; name != NULL; name = name->next)
      if (name->kind == RC_NODE_SCALAR && is_word(name->text)) {
        fprintf(im->out, "%s%s_%s", before, rc_families[i]->key, name->text);
        before = ", ";
      }
  }
  fprintf(im->out, "], radius: %lld} # for a voxel-based extraction\n", (long long)voxels);
}

/// The classes to compute, and their settings. False: none is left.
static bool write_features(importer *im) {
  const rc_family_range range = rc_families_of(RC_PROFILE_PYRADIOMICS);
  bool any = false;
  fprintf(im->out, "\nfeatures:\n  families: [");
  for (int64_t i = range.first; i < range.end; i++)
    if (rc_families[i]->by_default && wants_class(im, rc_families[i]->key)) {
      fprintf(im->out, "%s%s", any ? ", " : "", rc_families[i]->key);
      any = true;
    }
  fprintf(im->out, "]\n");
  for (int64_t i = range.first; i < range.end; i++) {
    if (rc_families[i]->params == NULL || !wants_class(im, rc_families[i]->key))
      continue;
    const char *text =
        section_text(im, NULL, TO_FAMILIES, rc_families[i]->key, rc_families[i]->params, false);
    if (text != NULL && text[0] != '\0')
      fprintf(im->out, "  %s: {%s}\n", rc_families[i]->key, text);
  }
  return any;
}

// ---- what is not taken over --------------------------------------------------------------------

static void note_settings(importer *im, const rc_node *map, bool of_image_type) {
  for (const rc_node *node = map == NULL ? NULL : map->first; node != NULL; node = node->next) {
    bool known = false, everywhere = false;
    const char *reason = NULL;
    for (size_t i = 0; i < N_RULES; i++) {
      if (strcmp(rules[i].name, node->key) != 0)
        continue;
      known = true;
      reason = rules[i].to == NOWHERE ? rules[i].where : reason;
      everywhere = everywhere || rules[i].to == TO_FAMILIES || rules[i].to == TO_FILTER ||
                   (rules[i].where != NULL && strcmp(rules[i].where, "discretisation") == 0);
    }
    if (!known)
      rc_report_add(&im->notes, node, true, "%s: there is no such setting", node->key);
    else if (reason != NULL && !is_off(node))
      rc_report_add(&im->notes, node, true, "%s: not taken over: %s", node->key, reason);
    else if (of_image_type && !everywhere)
      rc_report_add(&im->notes, node, true, "%s: has no effect within an image type", node->key);
  }
}

static bool has_feature(const rc_family *family, const char *name) {
  for (int64_t i = 0; i < family->n_features; i++)
    if (strcmp(family->feature[i].tag, name) == 0)
      return true;
  return false;
}

static void note_features(importer *im, const rc_family *family, const rc_node *names) {
  int64_t known = 0;
  for (const rc_node *name = names->first; name != NULL; name = name->next) {
    if (name->kind == RC_NODE_SCALAR && has_feature(family, name->text))
      known++;
    else
      rc_report_add(&im->notes, name, false, "featureClass: %s_%s is not computed", family->key,
                    name->kind == RC_NODE_SCALAR ? name->text : "?");
  }
  if (names->first != NULL && known < family->n_features)
    rc_report_add(&im->notes, names, true,
                  "featureClass: all %lld features of %s are computed, not %lld only",
                  (long long)family->n_features, family->key, (long long)known);
}

static void note_classes(importer *im) {
  const rc_node *map = im->feature_class;
  for (const rc_node *node = map == NULL ? NULL : map->first; node != NULL; node = node->next) {
    const rc_family *family = rc_family_find(RC_PROFILE_PYRADIOMICS, node->key);
    if (family == NULL)
      rc_report_add(&im->notes, node, true, "featureClass: %s is not computed", node->key);
    else if (node->kind == RC_NODE_LIST)
      note_features(im, family, node);
  }
}

static void note_voxel_settings(importer *im, const rc_node *map) {
  static const struct {
    const char *name, *why;
  } known[] = {
      {"kernelRadius", "only the comment on `maps:` has it"},
      {"maskedKernel", "the neighbourhood of a voxel is cut by the mask"},
      {"initValue", "maps are NaN outside the region"},
      {"voxelBatch", NULL},
  };
  for (const rc_node *node = map == NULL ? NULL : map->first; node != NULL; node = node->next) {
    const char *why = "there is no such setting";
    bool on = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
      if (strcmp(known[i].name, node->key) == 0)
        why = known[i].why;
    if (strcmp(node->key, "maskedKernel") == 0 && is_true(node))
      on = true; // as it is here
    if (why != NULL && !on)
      rc_report_add(&im->notes, node, true, "voxelSetting: %s: %s", node->key, why);
  }
}

static void note_all(importer *im, const rc_node *root) {
  const rc_node *types = member(root, "imageType");
  note_settings(im, im->setting, false);
  for (const rc_node *type = types == NULL ? NULL : types->first; type != NULL; type = type->next)
    if (type->kind == RC_NODE_MAP)
      note_settings(im, type, true);
  note_classes(im);
  note_voxel_settings(im, member(root, "voxelSetting"));
}

// ---- the whole ---------------------------------------------------------------------------------

/// A section that is a map, or nothing.
static bool check_sections(const rc_node *root, rc_report *report) {
  static const char *const known[] = {"setting", "imageType", "featureClass", "voxelSetting", NULL};
  const int64_t before = report->n;
  if (root->kind != RC_NODE_MAP || root->first == NULL) {
    rc_report_add(report, root, false,
                  "this is no parameter file of PyRadiomics: expected setting, imageType, "
                  "featureClass");
    return false;
  }
  for (const rc_node *node = root->first; node != NULL; node = node->next) {
    bool found = false;
    for (const char *const *k = known; *k != NULL; k++)
      found = found || strcmp(*k, node->key) == 0;
    if (!found)
      rc_report_add(report, node, true,
                    "'%s' is no section of a parameter file; expected setting, imageType, "
                    "featureClass or voxelSetting",
                    node->key);
    else if (node->kind != RC_NODE_MAP && !is_null(node))
      rc_report_add(report, node, false, "%s: expected keys and values", node->key);
  }
  return report->n == before;
}

static const rc_node *section(const rc_node *root, const char *key) {
  const rc_node *node = member(root, key);
  return node == NULL || node->kind != RC_NODE_MAP ? NULL : node;
}

static void write_head(importer *im, const char *path) {
  int64_t label = 1;
  const rc_node *node = effective(im, NULL, "label");
  if (node != NULL && (node->kind != RC_NODE_SCALAR || !rc_parse_int(node->text, &label)))
    rc_report_add(&im->notes, node, false, "label: expected a whole number");
  fprintf(im->out, "# %s, a parameter file of PyRadiomics, as a workflow of radcohort.\n", path);
  fprintf(im->out,
          "profile: pyradiomics\n\n"
          "cohort: # say where your images are; workflows/README.md shows how\n"
          "  root: .\n"
          "  image: \"{patient}/{modality}.nii.gz\"\n"
          "  mask: \"{patient}/{modality}_mask.nii.gz\"\n"
          "  roi: [\"%lld\"] # label\n",
          (long long)label);
}

/// Everything that follows the notes, to im->out.
static bool write_workflow(importer *im, const rc_node *root, const char *path,
                           const char *modality) {
  const rc_node *types = section(root, "imageType");
  const rc_node *original = section(types, "Original");
  write_head(im, path);
  fprintf(im->out, "\nimages:\n  %s:\n", modality);
  write_steps(im, original);
  write_transforms(im, types, original);
  write_maps(im, section(root, "voxelSetting"));
  bool any = write_features(im);
  note_all(im, root);
  return any;
}

/// A file's name as a comment may have it.
static const char *shown(const char *path, rc_arena *arena) {
  char *text = rc_arena_strdup(arena, path);
  for (char *c = text; c != NULL && *c != '\0';) {
    const size_t n = rc_utf8_length(c);
    if (n == 0 || (unsigned char)*c < 0x20)
      *c = '?';
    c += n == 0 ? 1 : n;
  }
  return text == NULL ? "" : text;
}

/// Every line once, each behind `prefix`.
static const char *lines(const char *text, const char *prefix, rc_arena *arena) {
  const char *out = "", *last = NULL;
  size_t last_n = 0;
  while (out != NULL && text != NULL && *text != '\0') {
    const size_t n = strcspn(text, "\n");
    if (last == NULL || n != last_n || strncmp(last, text, n) != 0)
      out = rc_arena_printf(arena, "%s%s%.*s\n", out, prefix, (int)n, text);
    last = text;
    last_n = n;
    text += n + (text[n] == '\n');
  }
  return out;
}

static rc_status import_document(const rc_node *root, const char *path, const char *modality,
                                 rc_arena *arena, rc_imported_params *out, rc_error *err) {
  char *text = NULL;
  size_t n = 0;
  importer im = {.arena = arena,
                 .notes = {.arena = arena},
                 .setting = section(root, "setting"),
                 .feature_class = section(root, "featureClass"),
                 .out = open_memstream(&text, &n)};
  if (im.out == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  bool any = write_workflow(&im, root, shown(path, arena), modality);
  bool written = fclose(im.out) == 0;
  rc_status status = written ? RC_OK : rc_fail(err, RC_ERR_MEMORY, "out of memory");
  if (status == RC_OK && !any)
    status = rc_fail(err, RC_ERR_WORKFLOW, "%s: featureClass: none of its classes is computed here",
                     path);
  if (status == RC_OK) {
    const char *notes = rc_report_text(&im.notes);
    const char *comments = lines(notes, "#   ", arena);
    out->notes = lines(notes, "", arena);
    out->workflow =
        comments == NULL
            ? NULL
            : rc_arena_printf(arena, "%s%s%s%s", text, comments[0] == '\0' ? "" : "\n# Not as in ",
                              comments[0] == '\0' ? "" : "PyRadiomics:\n", comments);
    if (out->notes == NULL || out->workflow == NULL)
      status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  }
  free(text);
  return status;
}

rc_status rc_params_import(const char *path, const char *modality, rc_arena *arena,
                           rc_imported_params *out, const char **report, rc_error *err) {
  rc_report faults = {.arena = arena};
  char *text = NULL;
  size_t n = 0;
  *out = (rc_imported_params){NULL, NULL};
  *report = NULL;
  rc_status status = rc_document_read(path, arena, &text, &n, err);
  if (status != RC_OK)
    return status;
  const rc_node *root = rc_document_parse(path, text, n, arena, &faults);
  if (root != NULL && faults.n == 0)
    check_sections(root, &faults);
  if (faults.n > 0) {
    *report = rc_report_text(&faults);
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: %lld error%s", path, (long long)faults.n,
                   faults.n == 1 ? "" : "s");
  }
  return import_document(root, path, modality, arena, out, err);
}
