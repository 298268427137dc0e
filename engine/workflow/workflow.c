// SPDX-License-Identifier: Apache-2.0
// From the tree of a workflow file to rc_workflow. Every fault found is reported; decoding goes on
// as far as it can, so that one run shows them all.
#include "workflow/workflow.h"

#include "workflow/decode.h"
#include "workflow/schema.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

#define ENVIRONMENT_PREFIX "RADCOHORT_SET_"

// ---- sections ----------------------------------------------------------------------------------

static void check_placeholders(rc_decoder *d, const rc_node *map, const char *key,
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
static void check_mask_follows_image(rc_decoder *d, const rc_node *map,
                                     const rc_cohort_settings *cohort) {
  static const char *const known[] = {"{modality}", "{time_point}"};
  const rc_node *node = rc_node_find(map, "mask");
  for (int i = 0; node != NULL && cohort->image != NULL && cohort->mask != NULL && i < 2; i++)
    if (strstr(cohort->mask, known[i]) != NULL && strstr(cohort->image, known[i]) == NULL)
      rc_report_add(&d->report, node, false,
                    "mask: %s is not in the image's pattern, so its value is unknown", known[i]);
}

static void decode_cohort(rc_decoder *d, const rc_node *root) {
  rc_cohort_settings *c = &d->workflow->cohort;
  const rc_node *map = rc_node_find(root, "cohort");
  rc_decode_table(d, map, "cohort", &rc_cohort_params, NULL, c);
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

static void decode_clinical(rc_decoder *d, const rc_node *node, int64_t i, void *user) {
  (void)user;
  rc_clinical_settings *c = &d->workflow->clinical[i];
  rc_decode_table(d, node, "clinical", &rc_clinical_params, NULL, c);
  rc_decode_name(d, node, false, c->name);
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

static void decode_tables(rc_decoder *d, const rc_node *root) {
  static const char *const sections[] = {"clinical", "variants", "images", NULL};
  rc_workflow *w = d->workflow;
  const rc_node *tables = rc_node_find(root, "tables");
  const rc_node *variants = NULL, *clinical = NULL, *images = NULL;
  if (tables != NULL && rc_decode_expect_map(d, tables, "tables")) {
    for (const rc_node *child = tables->first; child != NULL; child = child->next)
      if (!rc_is_one_of(child->key, sections))
        rc_decode_unknown_key(d, child, "tables", NULL, sections);
    variants = rc_node_find(tables, "variants");
    clinical = rc_node_find(tables, "clinical");
    images = rc_node_find(tables, "images");
  }
  rc_decode_table(d, images, "tables.images", &rc_join_params, NULL, &w->join);
  rc_decode_table(d, variants, "variants", &rc_maf_params, NULL, &w->variants);
  if (variants != NULL && w->variants.file == NULL)
    rc_report_add(&d->report, variants, false, "variants: 'file' is missing");
  if (clinical == NULL)
    return;
  w->clinical = rc_decode_allocate(d, rc_node_count(clinical) + 1, sizeof *w->clinical);
  if (w->clinical != NULL)
    w->n_clinical = rc_decode_each(d, clinical, "clinical", NULL, decode_clinical);
}

static void decode_model(rc_decoder *d, const rc_node *node, int64_t i, void *user) {
  (void)user;
  rc_model_settings *model = &d->workflow->model[i];
  rc_decode_table(d, node, "models", &rc_model_params, NULL, model);
  if (rc_node_find(node, "name") != NULL)
    rc_decode_name(d, rc_node_find(node, "name"), false, model->name);
  for (int64_t j = 0; model->name != NULL && j < i; j++)
    if (d->workflow->model[j].name != NULL && strcmp(d->workflow->model[j].name, model->name) == 0)
      rc_report_add(&d->report, node, false, "models: two models are named '%s'", model->name);
}

static void decode_models(rc_decoder *d, const rc_node *root) {
  rc_workflow *w = d->workflow;
  const rc_node *models = rc_node_find(root, "models");
  if (models == NULL)
    return;
  w->model = rc_decode_allocate(d, rc_node_count(models) + 1, sizeof *w->model);
  if (w->model != NULL)
    w->n_models = rc_decode_each(d, models, "models", NULL, decode_model);
  if (w->n_models > 0 && w->n_clinical == 0)
    rc_report_add(
        &d->report, models, false,
        "models: survival needs a clinical table; expected tables: clinical: {file: ...}");
}

static void decode_root(rc_decoder *d, const rc_node *root) {
  if (root->kind != RC_NODE_MAP) {
    rc_report_add(&d->report, root, false, "a workflow is made of sections: cohort, images, ...");
    return;
  }
  for (const rc_node *child = root->first; child != NULL; child = child->next)
    if (!rc_is_one_of(child->key, rc_section_names))
      rc_decode_unknown_key(d, child, "the workflow", NULL, rc_section_names);
  decode_cohort(d, root);
  rc_decode_images(d, root);
  decode_tables(d, root);
  decode_models(d, root);
  rc_decode_table(d, rc_node_find(root, "output"), "output", &rc_output_params, NULL,
                  &d->workflow->output);
  rc_decode_table(d, rc_node_find(root, "run"), "run", &rc_run_params, NULL, &d->workflow->run);
  if (d->workflow->n_images == 0 && d->workflow->n_clinical == 0)
    rc_report_add(&d->report, root, false,
                  "there is nothing to do: expected images, or tables with a clinical table");
}

// ---- the file and what overrides it ------------------------------------------------------------

/// The position inside an option helps nobody.
static void forget_places(rc_node *node) {
  node->line = node->column = node->key_line = node->key_column = 0;
  for (rc_node *child = node->first; child != NULL; child = child->next)
    forget_places(child); // no deeper than a document may be
}

/// One override "a.b=value"; `source` is what messages call it.
static void override(rc_decoder *d, rc_node *root, const char *source, const char *path,
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

static void apply_set(rc_decoder *d, rc_node *root, const char *text) {
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
static void apply_environment(rc_decoder *d, rc_node *root) {
  size_t prefix = strlen(ENVIRONMENT_PREFIX);
  int64_t n = 0, capacity = 0;
  for (char **entry = environ; *entry != NULL; entry++)
    capacity += strncmp(*entry, ENVIRONMENT_PREFIX, prefix) == 0;
  const char **found = rc_decode_allocate(d, capacity + 1, sizeof *found);
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

/// Everything else is read by the profile's tables.
static rc_status decode_profile(rc_decoder *d, const rc_node *root, rc_error *err) {
  const rc_param *param = rc_param_find(&rc_workflow_params, "profile");
  const rc_node *node = rc_node_find(root, param->key);
  d->workflow->profile = RC_PROFILE_IBSI;
  if (node != NULL)
    rc_decode_param(d, param, node, d->workflow);
  return rc_feature_params_create((rc_profile)d->workflow->profile, d->arena, &d->features, err);
}

static rc_status decode(rc_decoder *d, const char *path, const rc_texts *sets, rc_error *err) {
  char *text = NULL;
  size_t n = 0;
  rc_status status = rc_document_read(path, d->arena, &text, &n, err);
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
  status = decode_profile(d, root, err);
  if (status == RC_OK)
    decode_root(d, root);
  return status;
}

rc_status rc_workflow_load(const char *path, const rc_texts *sets, rc_arena *arena,
                           rc_workflow **out, const char **report, rc_error *err) {
  rc_decoder d = {.arena = arena, .report = {.arena = arena}};
  *out = NULL;
  *report = NULL;
  d.workflow = rc_arena_alloc(arena, 1, sizeof *d.workflow);
  if (d.workflow == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  d.workflow->path = rc_arena_strdup(arena, path);
  d.workflow->folder = folder_of(path, arena);
  rc_status status = decode(&d, path, sets, err);
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

const char *rc_workflow_maps_folder(const rc_workflow *workflow, rc_arena *arena) {
  const char *output = rc_workflow_output_path(workflow, arena);
  if (output == NULL)
    return NULL;
  size_t n = strlen(output), extension = strlen(".h5mu");
  bool named = n > extension && strcmp(output + n - extension, ".h5mu") == 0;
  return rc_arena_printf(arena, "%.*s.maps", (int)(named ? n - extension : n), output);
}
