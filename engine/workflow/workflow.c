// SPDX-License-Identifier: Apache-2.0
// From the tree of a workflow file to rc_workflow. Every fault found is reported; decoding goes on
// as far as it can, so that one run shows them all.
#include "workflow/workflow.h"

#include "workflow/document.h"
#include "workflow/schema.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

extern char **environ;

#define MAX_FILE_BYTES ((size_t)4 << 20)
#define MAX_ITEMS 10000
#define ENVIRONMENT_PREFIX "RADCOHORT_SET_"

typedef struct decoder {
  rc_workflow *workflow;
  rc_arena *arena;
  rc_report report;
  rc_param_table features; ///< made from the registry
  bool out_of_memory;
} decoder;

static void *allocate(decoder *d, int64_t count, size_t size) {
  void *memory = rc_arena_alloc(d->arena, (size_t)count, size);
  d->out_of_memory = d->out_of_memory || memory == NULL;
  return memory;
}

static int64_t count_children(const rc_node *node) {
  int64_t n = 0;
  for (const rc_node *child = node->first; child != NULL; child = child->next)
    n++;
  return n;
}

// ---- one parameter, one table ------------------------------------------------------------------

/// The scalars of a value: a scalar is a list of one. False (and reported) for anything else.
static bool collect_items(decoder *d, const rc_param *param, const rc_node *node,
                          const char ***items, int64_t *n) {
  char expected[512];
  int64_t count = node->kind == RC_NODE_SCALAR ? 1 : count_children(node);
  bool good = node->kind != RC_NODE_MAP && count <= MAX_ITEMS;
  const char **list = good ? allocate(d, count + 1, sizeof *list) : NULL;
  *n = 0;
  if (list != NULL && node->kind == RC_NODE_SCALAR)
    list[(*n)++] = node->text;
  for (const rc_node *child = node->first; list != NULL && good && child != NULL;
       child = child->next) {
    good = child->kind == RC_NODE_SCALAR;
    list[(*n)++] = child->text;
  }
  if (!good) {
    rc_param_expected(param, expected, sizeof expected);
    rc_report_add(&d->report, node, false, "%s: expected %s", param->key, expected);
  }
  *items = list;
  return good && list != NULL;
}

static void decode_param(decoder *d, const rc_param *param, const rc_node *node, void *settings) {
  const char **items = NULL;
  int64_t n = 0;
  rc_error err = RC_ERROR_INIT;
  if (collect_items(d, param, node, &items, &n) &&
      rc_param_set(param, settings, items, n, d->arena, &err) != RC_OK)
    rc_report_add(&d->report, node, false, "%s", err.message);
}

/// Reports a key that is neither in the table nor in `more`, with the nearest one that is.
static void unknown_key(decoder *d, const rc_node *node, const char *where,
                        const rc_param_table *table, const char *const *more) {
  int64_t n = 0, n_table = table == NULL ? 0 : table->n;
  int64_t n_more = 0;
  while (more != NULL && more[n_more] != NULL)
    n_more++;
  const char **known = allocate(d, n_table + n_more + 1, sizeof *known);
  if (known == NULL)
    return;
  for (int64_t i = 0; i < n_table; i++)
    known[n++] = table->param[i].key;
  for (int64_t i = 0; i < n_more; i++)
    known[n++] = more[i];
  const char *near = rc_nearest(node->key, known, n);
  if (near != NULL) {
    rc_report_add(&d->report, node, true, "unknown key '%s' in %s; did you mean '%s'?", node->key,
                  where, near);
    return;
  }
  const char *list = "";
  for (int64_t i = 0; i < n && list != NULL; i++)
    list = rc_arena_printf(d->arena, "%s%s%s", list, i == 0 ? "" : ", ", known[i]);
  rc_report_add(&d->report, node, true, "unknown key '%s' in %s; expected one of %s", node->key,
                where, list == NULL ? "the documented ones" : list);
}

static bool is_one_of(const char *key, const char *const *names) {
  for (; names != NULL && *names != NULL; names++)
    if (strcmp(*names, key) == 0)
      return true;
  return false;
}

static bool expect_map(decoder *d, const rc_node *node, const char *where) {
  if (node->kind == RC_NODE_MAP)
    return true;
  if (node->kind == RC_NODE_SCALAR && node->text[0] == '\0')
    return true; // "features:" with nothing behind it: all defaults
  rc_report_add(&d->report, node, false, "%s: expected keys and values", where);
  return false;
}

/// Puts the members of `map` (may be NULL) into `settings`. Those named in `subsections` are left
/// to the caller. Missing required ones are reported.
static void decode_members(decoder *d, const rc_node *map, const char *where,
                           const rc_param_table *table, const char *const *subsections,
                           void *settings) {
  if (map == NULL || !expect_map(d, map, where))
    return;
  for (const rc_node *child = map->first; child != NULL; child = child->next) {
    const rc_param *param = rc_param_find(table, child->key);
    if (param != NULL)
      decode_param(d, param, child, settings);
    else if (!is_one_of(child->key, subsections))
      unknown_key(d, child, where, table, subsections);
  }
  for (int64_t i = 0; i < table->n; i++)
    if (table->param[i].fallback == NULL && rc_node_find(map, table->param[i].key) == NULL) {
      char expected[512];
      rc_param_expected(&table->param[i], expected, sizeof expected);
      rc_report_add(&d->report, map, false, "%s: '%s' is missing; expected %s", where,
                    table->param[i].key, expected);
    }
}

/// decode_members on top of the defaults.
static void decode_table(decoder *d, const rc_node *map, const char *where,
                         const rc_param_table *table, const char *const *subsections,
                         void *settings) {
  rc_error err = RC_ERROR_INIT;
  if (rc_param_defaults(table, settings, d->arena, &err) != RC_OK)
    d->out_of_memory = true;
  decode_members(d, map, where, table, subsections, settings);
}

// ---- sections ----------------------------------------------------------------------------------

/// Names become HDF5 groups and parts of column names.
static bool is_name(const char *text) {
  if (text == NULL || text[0] == '\0' || strlen(text) > 64)
    return false;
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return strspn(text, allowed) == strlen(text);
}

static void check_name(decoder *d, const rc_node *node, bool at_key, const char *name) {
  if (!is_name(name))
    rc_report_add(&d->report, node, at_key,
                  "'%s' cannot be a name; expected 1 to 64 letters, digits, '_' or '-'",
                  name == NULL ? "" : name);
}

static void check_placeholders(decoder *d, const rc_node *map, const char *key,
                               const char *pattern) {
  static const char *const known[] = {"{patient}", "{modality}", "{time_point}"};
  const rc_node *node = rc_node_find(map, key);
  if (node == NULL || pattern == NULL)
    return;
  for (const char *at = strchr(pattern, '{'); at != NULL; at = strchr(at + 1, '{')) {
    bool good = false;
    for (int i = 0; i < 3; i++)
      good = good || strncmp(at, known[i], strlen(known[i])) == 0;
    if (!good)
      rc_report_add(&d->report, node, false,
                    "%s: '%.24s' is no placeholder; expected {patient}, {modality} or {time_point}",
                    key, at);
  }
  if (strcmp(key, "mask") == 0 && strpbrk(pattern, "*?") != NULL)
    rc_report_add(&d->report, node, false,
                  "mask: '*' and '?' would not name one mask; expected a pattern with "
                  "placeholders only, or a case list");
  if (strstr(pattern, "{patient}") == NULL)
    rc_report_add(&d->report, node, false, "%s: the pattern needs {patient}", key);
}

/// What the mask's pattern names must be known from the image's path.
static void check_mask_follows_image(decoder *d, const rc_node *map,
                                     const rc_cohort_settings *cohort) {
  static const char *const known[] = {"{modality}", "{time_point}"};
  const rc_node *node = rc_node_find(map, "mask");
  for (int i = 0; node != NULL && cohort->image != NULL && cohort->mask != NULL && i < 2; i++)
    if (strstr(cohort->mask, known[i]) != NULL && strstr(cohort->image, known[i]) == NULL)
      rc_report_add(&d->report, node, false,
                    "mask: %s is not in the image's pattern, so its value is unknown", known[i]);
}

static void decode_cohort(decoder *d, const rc_node *root) {
  rc_cohort_settings *c = &d->workflow->cohort;
  const rc_node *map = rc_node_find(root, "cohort");
  decode_table(d, map, "cohort", &rc_cohort_params, NULL, c);
  const rc_node *place = map == NULL ? root : map;
  int sources = (c->dicom != NULL) + (c->list != NULL) + (c->image != NULL);
  if (sources > 1)
    rc_report_add(&d->report, place, false, "cohort: give only one of dicom, list and image");
  if (sources == 0 && rc_node_find(root, "images") != NULL)
    rc_report_add(&d->report, place, false,
                  "cohort: images need a source; expected one of dicom, list, or image with mask");
  if ((c->image == NULL) != (c->mask == NULL))
    rc_report_add(&d->report, place, false, "cohort: image and mask belong together; give both");
  if (map != NULL) {
    check_placeholders(d, map, "image", c->image);
    check_placeholders(d, map, "mask", c->mask);
    check_mask_follows_image(d, map, c);
  }
}

/// `features:` of the workflow (`shared` NULL: on top of the defaults) or of an image entry (on top
/// of the workflow's). `choice` holds the same as bits of the table.
static void decode_features(decoder *d, const rc_node *map, const rc_feature_settings *shared,
                            rc_feature_choice *choice, rc_feature_settings *out) {
  rc_error err = RC_ERROR_INIT;
  const char **keys = allocate(d, rc_n_families + 1, sizeof *keys);
  if (keys == NULL || rc_feature_settings_default(d->arena, out, &err) != RC_OK) {
    d->out_of_memory = true;
    return;
  }
  for (int64_t i = 0, n = 0; i < rc_n_families; i++)
    if (rc_families[i]->params != NULL)
      keys[n++] = rc_families[i]->key;
  if (shared == NULL && rc_param_defaults(&d->features, choice, d->arena, &err) != RC_OK)
    d->out_of_memory = true;
  decode_members(d, map, "features", &d->features, keys, choice);
  out->families = choice->families;
  out->aggregations = (uint32_t)(choice->aggregations << 1) | RC_AGG_BIT(RC_AGG_NONE);
  for (int64_t i = 0; i < rc_n_families; i++) {
    const rc_param_table *params = rc_families[i]->params;
    if (params == NULL)
      continue;
    if (shared != NULL)
      memcpy(out->params[i], shared->params[i], params->struct_size);
    const rc_node *section = map == NULL ? NULL : rc_node_find(map, rc_families[i]->key);
    decode_members(d, section, rc_families[i]->key, params, NULL, out->params[i]);
  }
}

/// Reports what the check of a processing step found, at that step's section.
static void report_check(decoder *d, const rc_node *entry, const char *section, rc_status status,
                         rc_error *err) {
  const rc_node *map = rc_node_find(entry, section);
  if (status != RC_OK)
    rc_report_add(&d->report, map == NULL ? entry : map, false, "%s", err->message);
  rc_error_clear(err);
}

static void check_processing(decoder *d, const rc_node *entry, const rc_processing_settings *p) {
  const char *levels = rc_discretisation_params.name, *ivh = rc_ivh_params.name;
  rc_error err = RC_ERROR_INIT;
  report_check(d, entry, rc_interpolation_params.name,
               rc_interpolation_check(&p->interpolation, &err), &err);
  report_check(d, entry, rc_resegmentation_params.name,
               rc_resegmentation_check(&p->resegmentation, &err), &err);
  report_check(d, entry, levels, rc_discretisation_check(&p->discretisation, levels, &err), &err);
  report_check(d, entry, ivh, rc_discretisation_check(&p->ivh, ivh, &err), &err);
}

static void decode_image(decoder *d, const rc_node *node, rc_image_entry *entry) {
  static const char *const sections[] = {"interpolation", "resegmentation", "discretisation",
                                         "ivh",           "features",       NULL};
  rc_processing_settings *p = &entry->processing;
  check_name(d, node, true, node->key);
  entry->name = node->key;
  decode_table(d, node, node->key, &rc_image_params, sections, entry);
  if (entry->modality == NULL)
    entry->modality = entry->name;
  decode_table(d, rc_node_find(node, "interpolation"), "interpolation", &rc_interpolation_params,
               NULL, &p->interpolation);
  decode_table(d, rc_node_find(node, "resegmentation"), "resegmentation", &rc_resegmentation_params,
               NULL, &p->resegmentation);
  decode_table(d, rc_node_find(node, "discretisation"), "discretisation", &rc_discretisation_params,
               NULL, &p->discretisation);
  decode_table(d, rc_node_find(node, "ivh"), "ivh", &rc_ivh_params, NULL, &p->ivh);
  check_processing(d, node, p);
}

static void decode_images(decoder *d, const rc_node *root) {
  rc_workflow *w = d->workflow;
  const rc_node *images = rc_node_find(root, "images");
  const rc_node *features = rc_node_find(root, "features");
  rc_feature_settings shared = {0};
  rc_feature_choice choice = {0, 0};
  decode_features(d, features, NULL, &choice, &shared);
  if (images == NULL || !expect_map(d, images, "images"))
    return;
  w->image = allocate(d, count_children(images), sizeof *w->image);
  for (const rc_node *node = images->first; w->image != NULL && node != NULL; node = node->next) {
    rc_image_entry *entry = &w->image[w->n_images++];
    if (!expect_map(d, node, node->key))
      continue;
    decode_image(d, node, entry);
    const rc_node *own = rc_node_find(node, "features");
    rc_feature_choice own_choice = choice;
    entry->features = shared;
    if (own != NULL && !d->out_of_memory)
      decode_features(d, own, &shared, &own_choice, &entry->features);
  }
}

/// A section that is one map or a list of maps. Calls `decode` for each.
static int64_t decode_each(decoder *d, const rc_node *node, const char *where,
                           void (*decode)(decoder *, const rc_node *, int64_t)) {
  if (node->kind == RC_NODE_MAP) {
    decode(d, node, 0);
    return 1;
  }
  int64_t n = 0;
  if (node->kind != RC_NODE_LIST)
    rc_report_add(&d->report, node, false, "%s: expected keys and values, or a list of such",
                  where);
  for (const rc_node *child = node->first; child != NULL; child = child->next) {
    if (!expect_map(d, child, where))
      continue;
    decode(d, child, n++);
  }
  return n;
}

static void decode_clinical(decoder *d, const rc_node *node, int64_t i) {
  rc_clinical_settings *c = &d->workflow->clinical[i];
  decode_table(d, node, "clinical", &rc_clinical_params, NULL, c);
  check_name(d, node, false, c->name);
  if (c->name != NULL && strcmp(c->name, "variants") == 0)
    rc_report_add(&d->report, node, false, "clinical: the name 'variants' is taken");
  for (int64_t j = 0; c->name != NULL && j < i; j++)
    if (strcmp(d->workflow->clinical[j].name, c->name) == 0)
      rc_report_add(&d->report, node, false,
                    "clinical: two tables are named '%s'; give each a name", c->name);
  for (int64_t j = 0; c->name != NULL && j < d->workflow->n_images; j++)
    if (strcmp(d->workflow->image[j].name, c->name) == 0)
      rc_report_add(&d->report, node, false, "clinical: an entry of images is also named '%s'",
                    c->name);
}

static void decode_tables(decoder *d, const rc_node *root) {
  static const char *const sections[] = {"clinical", "variants", "images", NULL};
  rc_workflow *w = d->workflow;
  const rc_node *tables = rc_node_find(root, "tables");
  const rc_node *variants = NULL, *clinical = NULL, *images = NULL;
  if (tables != NULL && expect_map(d, tables, "tables")) {
    for (const rc_node *child = tables->first; child != NULL; child = child->next)
      if (!is_one_of(child->key, sections))
        unknown_key(d, child, "tables", NULL, sections);
    variants = rc_node_find(tables, "variants");
    clinical = rc_node_find(tables, "clinical");
    images = rc_node_find(tables, "images");
  }
  decode_table(d, images, "tables.images", &rc_join_params, NULL, &w->join);
  decode_table(d, variants, "variants", &rc_maf_params, NULL, &w->variants);
  if (variants != NULL && w->variants.file == NULL)
    rc_report_add(&d->report, variants, false, "variants: 'file' is missing");
  if (clinical == NULL)
    return;
  w->clinical = allocate(d, count_children(clinical) + 1, sizeof *w->clinical);
  if (w->clinical != NULL)
    w->n_clinical = decode_each(d, clinical, "clinical", decode_clinical);
}

static void decode_model(decoder *d, const rc_node *node, int64_t i) {
  rc_model_settings *model = &d->workflow->model[i];
  decode_table(d, node, "models", &rc_model_params, NULL, model);
  if (rc_node_find(node, "name") != NULL)
    check_name(d, rc_node_find(node, "name"), false, model->name);
  for (int64_t j = 0; model->name != NULL && j < i; j++)
    if (d->workflow->model[j].name != NULL && strcmp(d->workflow->model[j].name, model->name) == 0)
      rc_report_add(&d->report, node, false, "models: two models are named '%s'", model->name);
}

static void decode_models(decoder *d, const rc_node *root) {
  rc_workflow *w = d->workflow;
  const rc_node *models = rc_node_find(root, "models");
  if (models == NULL)
    return;
  w->model = allocate(d, count_children(models) + 1, sizeof *w->model);
  if (w->model != NULL)
    w->n_models = decode_each(d, models, "models", decode_model);
  if (w->n_models > 0 && w->n_clinical == 0)
    rc_report_add(
        &d->report, models, false,
        "models: survival needs a clinical table; expected tables: clinical: {file: ...}");
}

static void decode_root(decoder *d, const rc_node *root) {
  if (root->kind != RC_NODE_MAP) {
    rc_report_add(&d->report, root, false, "a workflow is made of sections: cohort, images, ...");
    return;
  }
  for (const rc_node *child = root->first; child != NULL; child = child->next)
    if (!is_one_of(child->key, rc_section_names))
      unknown_key(d, child, "the workflow", NULL, rc_section_names);
  decode_cohort(d, root);
  decode_images(d, root);
  decode_tables(d, root);
  decode_models(d, root);
  decode_table(d, rc_node_find(root, "output"), "output", &rc_output_params, NULL,
               &d->workflow->output);
  decode_table(d, rc_node_find(root, "run"), "run", &rc_run_params, NULL, &d->workflow->run);
  if (d->workflow->n_images == 0 && d->workflow->n_clinical == 0)
    rc_report_add(&d->report, root, false,
                  "there is nothing to do: expected images, or tables with a clinical table");
}

// ---- the file and what overrides it ------------------------------------------------------------

static rc_status read_text(const char *path, rc_arena *arena, char **text, size_t *n,
                           rc_error *err) {
  struct stat facts;
  if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: not a regular file; expected a workflow (YAML)",
                   path);
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: %s", path, strerror(errno));
  char *buffer = malloc(MAX_FILE_BYTES + 1);
  size_t length = buffer == NULL ? 0 : fread(buffer, 1, MAX_FILE_BYTES + 1, file);
  rc_status status = RC_OK;
  if (buffer == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  else if (ferror(file))
    status = rc_fail(err, RC_ERR_WORKFLOW, "%s: cannot be read: %s", path, strerror(errno));
  else if (length > MAX_FILE_BYTES)
    status = rc_fail(err, RC_ERR_WORKFLOW, "%s: larger than 4 MiB; this is no workflow", path);
  fclose(file);
  *text = status == RC_OK ? rc_arena_alloc(arena, length + 1, 1) : NULL;
  if (*text != NULL)
    memcpy(*text, buffer, length);
  else if (status == RC_OK)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  *n = length;
  free(buffer);
  return status;
}

/// The position inside an option helps nobody.
static void forget_places(rc_node *node) {
  node->line = node->column = node->key_line = node->key_column = 0;
  for (rc_node *child = node->first; child != NULL; child = child->next)
    forget_places(child); // no deeper than a document may be
}

/// One override "a.b=value"; `source` is what messages call it.
static void override(decoder *d, rc_node *root, const char *source, const char *path,
                     const char *value) {
  rc_workflow *w = d->workflow;
  rc_node *node = rc_document_parse(source, value, strlen(value), d->arena, &d->report);
  w->overrides = rc_arena_printf(d->arena, "%s%s=%s\n", w->overrides, path, value);
  d->out_of_memory = d->out_of_memory || w->overrides == NULL;
  if (node == NULL || w->overrides == NULL)
    return;
  if (node->kind == RC_NODE_MAP && node->first == NULL && value[0] == '\0')
    *node = (rc_node){.kind = RC_NODE_SCALAR, .source = source, .text = ""};
  forget_places(node);
  rc_document_set(root, path, node, d->arena, &d->report);
}

static void apply_set(decoder *d, rc_node *root, const char *text) {
  const char *source = rc_arena_printf(d->arena, "--set %s", text);
  char *path = rc_arena_strdup(d->arena, text);
  if (source == NULL || path == NULL) {
    d->out_of_memory = true;
    return;
  }
  char *equals = strchr(path, '=');
  if (equals == NULL || equals == path) {
    rc_node place = {.source = source};
    rc_report_add(&d->report, &place, false, "expected KEY=VALUE, for example run.seed=7");
    return;
  }
  *equals = '\0';
  override(d, root, source, path, equals + 1);
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/// RADCOHORT_SET_run__seed=7 sets run.seed; applied in the order of names.
static void apply_environment(decoder *d, rc_node *root) {
  size_t prefix = strlen(ENVIRONMENT_PREFIX);
  int64_t n = 0, capacity = 0;
  for (char **entry = environ; *entry != NULL; entry++)
    capacity += strncmp(*entry, ENVIRONMENT_PREFIX, prefix) == 0;
  const char **found = allocate(d, capacity + 1, sizeof *found);
  for (char **entry = environ; found != NULL && *entry != NULL; entry++)
    if (strncmp(*entry, ENVIRONMENT_PREFIX, prefix) == 0 && n < capacity)
      found[n++] = *entry;
  if (n > 1)
    qsort(found, (size_t)n, sizeof *found, by_text);
  for (int64_t i = 0; i < n; i++) {
    char *path = rc_arena_strdup(d->arena, found[i]);
    char *equals = path == NULL ? NULL : strchr(path, '=');
    if (equals == NULL)
      continue;
    *equals = '\0';
    const char *source = rc_arena_strdup(d->arena, path);
    char *out = path;
    for (const char *in = path + prefix; *in != '\0'; in++) {
      bool separator = in[0] == '_' && in[1] == '_';
      *out++ = separator ? '.' : *in;
      in += separator;
    }
    *out = '\0';
    override(d, root, source, path, strchr(found[i], '=') + 1);
  }
}

static const char *folder_of(const char *path, rc_arena *arena) {
  char *folder = rc_arena_strdup(arena, path);
  char *slash = folder == NULL ? NULL : strrchr(folder, '/');
  if (slash == NULL)
    return folder == NULL ? NULL : ".";
  slash[slash == folder ? 1 : 0] = '\0';
  return folder;
}

static rc_status decode(decoder *d, const char *path, const rc_texts *sets, rc_error *err) {
  char *text = NULL;
  size_t n = 0;
  rc_status status = read_text(path, d->arena, &text, &n, err);
  if (status != RC_OK)
    return status;
  d->workflow->text = text;
  d->workflow->overrides = "";
  rc_node *root = rc_document_parse(path, text, n, d->arena, &d->report);
  if (root == NULL)
    return RC_OK; // reported
  apply_environment(d, root);
  for (int64_t i = 0; sets != NULL && i < sets->n; i++)
    apply_set(d, root, sets->item[i]);
  decode_root(d, root);
  return RC_OK;
}

rc_status rc_workflow_load(const char *path, const rc_texts *sets, rc_arena *arena,
                           rc_workflow **out, const char **report, rc_error *err) {
  decoder d = {.arena = arena, .report = {.arena = arena}};
  *out = NULL;
  *report = NULL;
  d.workflow = rc_arena_alloc(arena, 1, sizeof *d.workflow);
  if (d.workflow == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  d.workflow->path = rc_arena_strdup(arena, path);
  d.workflow->folder = folder_of(path, arena);
  rc_status status = rc_feature_params_create(arena, &d.features, err);
  if (status == RC_OK)
    status = decode(&d, path, sets, err);
  if (status != RC_OK)
    return status;
  if (d.out_of_memory || d.workflow->path == NULL || d.workflow->folder == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  if (d.report.n > 0) {
    *report = rc_report_text(&d.report);
    return rc_fail(err, RC_ERR_WORKFLOW, "%s: %lld error%s", path, (long long)d.report.n,
                   d.report.n == 1 ? "" : "s");
  }
  *out = d.workflow;
  return RC_OK;
}

static const char *join_path(const char *folder, const char *path, rc_arena *arena) {
  if (path[0] == '/' || strcmp(folder, ".") == 0)
    return rc_arena_strdup(arena, path);
  if (strcmp(path, ".") == 0)
    return rc_arena_strdup(arena, folder);
  return rc_arena_printf(arena, "%s/%s", folder, path);
}

const char *rc_workflow_input_path(const rc_workflow *workflow, const char *path, rc_arena *arena) {
  const char *folder = workflow->folder == NULL ? "." : workflow->folder;
  const char *top = workflow->cohort.root == NULL ? "." : workflow->cohort.root;
  const char *root = join_path(folder, top, arena);
  return root == NULL ? NULL : join_path(root, path, arena);
}

const char *rc_workflow_output_path(const rc_workflow *workflow, rc_arena *arena) {
  if (workflow->output.file != NULL)
    return rc_arena_strdup(arena, workflow->output.file);
  const char *slash = strrchr(workflow->path, '/');
  char *name = rc_arena_strdup(arena, slash == NULL ? workflow->path : slash + 1);
  char *dot = name == NULL ? NULL : strrchr(name, '.');
  if (dot != NULL && dot != name)
    *dot = '\0';
  return name == NULL ? NULL : rc_arena_printf(arena, "%s.h5mu", name);
}
