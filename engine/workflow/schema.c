// SPDX-License-Identifier: Apache-2.0
#include "workflow/schema.h"

#include "texture/contract.h"
#include "texture/maps.h"
#include "workflow/workflow.h"

#include <math.h>
#include <string.h>

#define COUNT(table) ((int64_t)(sizeof(table) / sizeof(table)[0]))
#define TEXT(struct_type, member, key, fallback, help)                                             \
  { key, RC_PARAM_TEXT, offsetof(struct_type, member), 0, 0, "", NULL, fallback, help }
#define TEXTS(struct_type, member, key, help)                                                      \
  { key, RC_PARAM_TEXTS, offsetof(struct_type, member), 0, 0, "", NULL, "none", help }
#define FLAG(struct_type, member, key, fallback, help)                                             \
  { key, RC_PARAM_BOOL, offsetof(struct_type, member), 0, 0, "", NULL, fallback, help }

const char *const rc_section_names[] = {"profile", "cohort", "images", "features", "tables",
                                        "models",  "output", "run",    NULL};

static const rc_param workflow[] = {
    {"profile", RC_PARAM_CHOICE, offsetof(rc_workflow, profile), 0, 0, "", rc_profile_names, "ibsi",
     "Whose definitions are followed: image processing, filters, features and their names."},
};
const rc_param_table rc_workflow_params = {"the workflow", "One value at the top of the file.",
                                           workflow, COUNT(workflow), sizeof(rc_workflow)};

static const rc_param cohort[] = {
    TEXT(rc_cohort_settings, root, "root", ".",
         "Folder that the other paths of `cohort` and `tables` are relative to; itself relative to "
         "the workflow file."),
    TEXT(rc_cohort_settings, dicom, "dicom", "none",
         "Folder to scan for DICOM series and RTSTRUCTs; patients come from PatientID."),
    TEXT(
        rc_cohort_settings, list, "list", "none",
        "Case list (CSV): patient, modality, image, mask and, if wanted, time_point, roi, series."),
    TEXT(rc_cohort_settings, image, "image", "none",
         "Pattern of image files or DICOM folders with {patient}, {modality} and {time_point}."),
    TEXT(rc_cohort_settings, mask, "mask", "none", "Pattern of the mask that belongs to `image`."),
    TEXTS(rc_cohort_settings, patients, "patients", "Only these patients (names or globs)."),
    TEXTS(rc_cohort_settings, time_points, "time_points", "Only these time points."),
    TEXTS(rc_cohort_settings, series, "series",
          "Only these DICOM series (SeriesDescription or SeriesInstanceUID)."),
    TEXTS(
        rc_cohort_settings, roi, "roi",
        "Regions of interest: names or globs of RTSTRUCT ROIs, or label values of a label image."),
    FLAG(rc_cohort_settings, ignore_case, "ignore_case", "false",
         "Compare names without regard to case."),
};
const rc_param_table rc_cohort_params = {
    "cohort", "Where the cases come from: one of dicom, list, or image with mask.", cohort,
    COUNT(cohort), sizeof(rc_cohort_settings)};

static const rc_param image[] = {
    TEXT(rc_image_entry, modality, "modality", "none",
         "Which images this entry takes (CT, PET, MR ...); default: the entry's name."),
    FLAG(rc_image_entry, processing.whole_image_facts, "whole_image_facts", "false",
         "Also process the image outside the ROI, for the diagnostic features of the whole image; "
         "not "
         "in profile pyradiomics."),
};
static const char *const image_help =
    "How images of a modality are processed; each entry becomes /mod/<name>.";

// Only IBSI's families tell of the whole image.
static const rc_param_table image_params[] = {
    [RC_PROFILE_IBSI] = {"images", image_help, image, COUNT(image), sizeof(rc_image_entry)},
    [RC_PROFILE_PYRADIOMICS] = {"images", image_help, image, 1, sizeof(rc_image_entry)}};

static const char *const image_sections[][10] = {
    [RC_PROFILE_IBSI] = {"interpolation", "resegmentation", "discretisation", "ivh", "features",
                         "transforms", "maps", "habitats", NULL},
    [RC_PROFILE_PYRADIOMICS] = {"mask", "normalise", "interpolation", "resegmentation",
                                "discretisation", "features", "transforms", "maps", "habitats",
                                NULL}};

static const char *const transform_sections[][6] = {
    [RC_PROFILE_IBSI] = {"filter", "name", "discretisation", "ivh", "features", NULL},
    [RC_PROFILE_PYRADIOMICS] = {"filter", "name", "discretisation", "features", NULL}};

const rc_param_table *rc_image_params_of(rc_profile profile) {
  return &image_params[profile];
}

const char *const *rc_image_sections_of(rc_profile profile) {
  return image_sections[profile];
}

const char *const *rc_transform_sections_of(rc_profile profile) {
  return transform_sections[profile];
}

const rc_profile_section rc_processing_sections[] = {
    {RC_PROFILE_IBSI, &rc_interpolation_params},
    {RC_PROFILE_IBSI, &rc_resegmentation_params},
    {RC_PROFILE_IBSI, &rc_discretisation_params},
    {RC_PROFILE_IBSI, &rc_ivh_params},
    {RC_PROFILE_PYRADIOMICS, &rc_pyradiomics_mask_params},
    {RC_PROFILE_PYRADIOMICS, &rc_pyradiomics_normalise_params},
    {RC_PROFILE_PYRADIOMICS, &rc_pyradiomics_interpolation_params},
    {RC_PROFILE_PYRADIOMICS, &rc_pyradiomics_resegmentation_params},
    {RC_PROFILE_PYRADIOMICS, &rc_pyradiomics_discretisation_params},
    {RC_PROFILE_IBSI, NULL}};

static bool is_among(const char *const *names, const char *key) {
  bool found = false;
  for (; *names != NULL && !found; names++)
    found = strcmp(*names, key) == 0;
  return found;
}

/// Has a table of that name the key in `profile`?
static bool has_key(rc_profile profile, const char *table, const char *key) {
  bool found = false;
  for (const rc_profile_section *s = rc_processing_sections; s->table != NULL; s++)
    found = found || (s->profile == profile && strcmp(s->table->name, table) == 0 &&
                      rc_param_find(s->table, key) != NULL);
  for (int64_t i = 0; i < rc_n_families; i++)
    found = found || (rc_families[i]->profile == profile && rc_families[i]->params != NULL &&
                      strcmp(rc_families[i]->key, table) == 0 &&
                      rc_param_find(rc_families[i]->params, key) != NULL);
  for (int64_t i = 0; rc_filters[i] != NULL; i++)
    found = found || (rc_filters[i]->profile == profile && rc_filters[i]->params != NULL &&
                      strcmp(rc_filters[i]->key, table) == 0 &&
                      rc_param_find(rc_filters[i]->params, key) != NULL);
  return found;
}

const char *rc_profile_with_key(rc_profile profile, const char *where, const rc_param_table *table,
                                const char *const *more, const char *key) {
  for (int p = 0; rc_profile_names[p] != NULL; p++) {
    const rc_profile other = (rc_profile)p;
    if (other == profile)
      continue;
    if (has_key(other, where, key) ||
        (table == rc_image_params_of(profile) &&
         (rc_param_find(rc_image_params_of(other), key) != NULL ||
          is_among(rc_image_sections_of(other), key))) ||
        (more == rc_transform_sections_of(profile) &&
         is_among(rc_transform_sections_of(other), key)) ||
        (strcmp(where, "features") == 0 && rc_family_find(other, key) != NULL))
      return rc_profile_names[p];
  }
  return NULL;
}

static const rc_param transform[] = {
    TEXT(rc_transform_choice, filter, "filter", NULL,
         "The filter, or `original` for the image as it is; its parameters stand beside it."),
    TEXT(rc_transform_choice, name, "name", "none",
         "Put in front of the responses' names, to tell two uses of a filter apart."),
};
const rc_param_table rc_transform_params = {
    "transforms",
    "A list of what features are computed on, each the name of a filter or a map with `filter:`, "
    "the filter's own parameters (tables below) and, if they differ from the entry's, "
    "`discretisation:`, `ivh:` and `features:`. Default: [original]. Responses of filters are "
    "discretised into 32 bins unless said otherwise; features of the mask alone are computed on "
    "the "
    "original only.",
    transform, COUNT(transform), sizeof(rc_transform_choice)};

static const rc_param map[] = {
    {"features", RC_PARAM_TEXTS, offsetof(rc_map, wanted), 0, 0, "", NULL, NULL,
     "Columns to map (`radcohort features` lists them with their aggregations), or globs."},
    {"radius", RC_PARAM_INT, offsetof(rc_map, radius), 1, RC_MAP_MAX_RADIUS, "voxels", NULL, "1",
     "Of the cube around each voxel, which is cut by the region's mask."},
};
const rc_param_table rc_map_params = {
    "maps",
    "One map or a list of maps: features computed for every voxel of the region from its "
    "neighbourhood, with the region's grey levels. They are written as NIfTI to `<output>.maps` "
    "and "
    "summarised in columns `map_r<radius>_<feature>_<mean, sd, p10, median, p90>`.",
    map, COUNT(map), sizeof(rc_map)};

static const rc_param habitats[] = {
    {"clusters", RC_PARAM_INT, offsetof(rc_habitats, kmeans.clusters), 2, RC_KMEANS_MAX_CLUSTERS,
     "", NULL, NULL, "How many habitats."},
    TEXTS(rc_habitats, with, "with",
          "Entries of `images:` whose images are clustered together with this one's; they are "
          "sampled at its voxels."),
    {"starts", RC_PARAM_INT, offsetof(rc_habitats, kmeans.starts), 1, 1000, "", NULL, "10",
     "k-means is run from that many k-means++ starts, drawn from run.seed and the case; the best "
     "result counts."},
    {"iterations", RC_PARAM_INT, offsetof(rc_habitats, kmeans.iterations), 1, 100000, "", NULL,
     "300", "At most so many from each start."},
    FLAG(rc_habitats, any_frame, "any_frame", "false",
         "Take images for registered although their FrameOfReferenceUIDs differ."),
};
const rc_param_table rc_habitats_params = {
    "habitats",
    "Sub-regions whose voxels are alike: k-means of standardised intensities within the region. "
    "`features:` may stand here, too (default: the entry's). The labels are written as NIfTI to "
    "`<output>.maps`; columns are `habitat_<number>_<feature>`, numbered by ascending mean of the "
    "entry's own image.",
    habitats, COUNT(habitats), sizeof(rc_habitats)};

static const rc_param output[] = {
    TEXT(rc_output_settings, file, "file", "none",
         "The cohort file, relative to the folder the program is started in; default: the "
         "workflow's name with .h5mu."),
};
const rc_param_table rc_output_params = {"output", "Where results go.", output, COUNT(output),
                                         sizeof(rc_output_settings)};

static const char *const read_ahead[] = {"auto", "always", "never", NULL};
static const rc_param run[] = {
    {"seed", RC_PARAM_INT, offsetof(rc_run_settings, seed), 0, 9e18, "", NULL, "1",
     "Seed of every random number."},
    {"threads", RC_PARAM_INT, offsetof(rc_run_settings, threads), 0, 4096, "", NULL, "0",
     "OpenMP threads of a rank; 0: the cores of the node shared out among its ranks."},
    {"max_voxels", RC_PARAM_INT, offsetof(rc_run_settings, max_voxels), 1, 1e12, "voxels", NULL,
     "2147483648", "Largest image, before or after interpolation, that is worked on."},
    {"memory_gib", RC_PARAM_REAL, offsetof(rc_run_settings, memory_gib), 0, 1e6, "GiB", NULL, "0",
     "Working memory a case may use besides the decoded image; 0: no limit."},
    {"read_ahead", RC_PARAM_CHOICE, offsetof(rc_run_settings, read_ahead), 0, 0, "", read_ahead,
     "auto",
     "Read the next image while the present one is worked on; auto: where reading waits for "
     "storage. Costs memory for one more image."},
};
const rc_param_table rc_run_params = {"run", "Seed and limits.", run, COUNT(run),
                                      sizeof(rc_run_settings)};

static const char **family_keys(rc_family_range range, rc_arena *arena) {
  const char **key = rc_arena_alloc(arena, (size_t)(range.end - range.first) + 1, sizeof *key);
  for (int64_t i = range.first; key != NULL && i < range.end; i++)
    key[i - range.first] = rc_families[i]->key;
  return key;
}

static const char **aggregation_keys(rc_arena *arena) {
  const char **key = rc_arena_alloc(arena, RC_AGG_COUNT, sizeof *key);
  for (int i = 1; key != NULL && i < RC_AGG_COUNT; i++)
    key[i - 1] = rc_aggregation_suffix((rc_aggregation)i);
  return key;
}

/// "[a, b]" of the families that are on unless asked otherwise.
static const char *default_families(rc_family_range range, rc_arena *arena) {
  const char *text = "[";
  for (int64_t i = range.first; text != NULL && i < range.end; i++)
    if (rc_families[i]->by_default)
      text =
          rc_arena_printf(arena, "%s%s%s", text, text[1] == '\0' ? "" : ", ", rc_families[i]->key);
  return text == NULL ? NULL : rc_arena_printf(arena, "%s]", text);
}

rc_status rc_feature_params_create(rc_profile profile, rc_arena *arena, rc_param_table *out,
                                   rc_error *err) {
  rc_family_range range = rc_families_of(profile);
  rc_param *param = rc_arena_alloc(arena, 2, sizeof *param);
  const char **families = family_keys(range, arena), **aggregations = aggregation_keys(arena);
  const char *fallback = default_families(range, arena);
  if (param == NULL || families == NULL || aggregations == NULL || fallback == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  param[0] =
      (rc_param){"families", RC_PARAM_CHOICES, offsetof(rc_feature_choice, families), 0, 0, "",
                 families,   fallback,         "Which feature families to compute."};
  param[1] = (rc_param){"aggregations",
                        RC_PARAM_CHOICES,
                        offsetof(rc_feature_choice, aggregations),
                        0,
                        0,
                        "",
                        aggregations,
                        "[3D, 3D_avg, 3D_comb]",
                        "How values of slices and directions are combined."};
  *out = (rc_param_table){
      "features",
      "Which features; a subsection named after a family sets its parameters. "
      "An entry of `images:` may have a `features:` of its own, for what differs there.",
      param, 2, sizeof(rc_feature_choice)};
  return RC_OK;
}
