// SPDX-License-Identifier: Apache-2.0
/// @file workflow.h
/// A workflow file as a typed, checked, immutable value. Everything in it is owned by the arena
/// given to rc_workflow_load.
#ifndef RADCOHORT_ENGINE_WORKFLOW_H
#define RADCOHORT_ENGINE_WORKFLOW_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "base/text.h"
#include "filters/filter.h"
#include "genomics/maf.h"
#include "processing/processing.h"
#include "statistics/habitats.h"
#include "statistics/models.h"
#include "texture/contract.h"
#include "workflow/tables.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// `cohort:` where cases come from. Exactly one of dicom, list and image is given.
typedef struct rc_cohort_settings {
  const char *root;     ///< folder all paths below are relative to; itself relative to the workflow
  const char *dicom;    ///< folder to scan for DICOM series and RTSTRUCTs
  const char *list;     ///< CSV: patient, time_point, modality, image, mask, roi, series
  const char *image;    ///< pattern with {patient}, {time_point}, {modality}: file or DICOM folder
  const char *mask;     ///< pattern of the mask, with `image`
  rc_texts patients;    ///< globs; empty: all
  rc_texts time_points; ///< globs; empty: all
  rc_texts series;      ///< globs on SeriesDescription or SeriesInstanceUID; empty: all
  rc_texts roi;         ///< exact names or globs; empty: every ROI
  bool ignore_case;
} rc_cohort_settings;

/// One entry of `transforms:`: what features are computed on.
typedef struct rc_transform {
  const char *name;        ///< begins the names of its responses; NULL: nothing in front
  const rc_filter *filter; ///< NULL: the image as it is
  void *settings;          ///< of the filter; NULL when it has none
  int64_t n_responses;
  rc_discretisation_settings discretisation, ivh; ///< of the responses
  rc_feature_settings features;                   ///< the entry's with what its own changes
} rc_transform;

/// One entry of `maps:`: features computed voxel by voxel; see texture/maps.h.
typedef struct rc_map {
  rc_texts wanted;              ///< names of columns, or globs
  int64_t radius;               ///< voxels
  rc_feature_settings features; ///< families and aggregations that hold the columns
  rc_feature_column *column;    ///< [n_columns]: those mapped
  int64_t *index;               ///< [n_columns]: where they stand among the settings' columns
  int64_t n_columns;
  rc_transform original; ///< levels of the map's image, for the docs of its columns
} rc_map;

/// What a map's values in the region are summarised by, in the order of columns.
extern const char *const rc_map_summaries[]; ///< "mean", "sd", ..., NULL
enum { RC_MAP_SUMMARIES = 5 };

/// `habitats:` of an image entry; see statistics/habitats.h.
typedef struct rc_habitats {
  rc_habitat_settings kmeans;   ///< clusters 0: none are wanted
  rc_texts with;                ///< entries whose images are clustered together with this one
  int64_t *entry;               ///< [with.n]: their indices
  bool any_frame;               ///< images may have different frames of reference
  rc_feature_settings features; ///< computed for each habitat
  int64_t n_columns;            ///< of all habitats
  rc_transform original;        ///< levels of the habitats' image, for the docs of their columns
} rc_habitats;

/// One entry of `images:`; becomes /mod/<name> of the cohort file.
typedef struct rc_image_entry {
  const char *name;
  const char *modality; ///< which images it takes: CT, PET, MR_T1...; default: the name
  rc_processing_settings processing;
  rc_feature_settings features; ///< global `features:` with what the entry's own changes
  rc_transform *transform;      ///< in the file's order; the image as it is when it names none
  int64_t n_transforms;
  rc_map *map;
  int64_t n_maps;
  rc_habitats habitats;
} rc_image_entry;

/// One entry of `transforms:` from its text, "{filter: mean, size: 15}", as part of an image entry
/// whose processing and features are set. RC_ERR_WORKFLOW with all that is wrong with it.
rc_status rc_transform_parse(const char *text, const rc_image_entry *entry, rc_arena *arena,
                             rc_transform *out, rc_error *err);

/// What a response is called: "original", "log_1.5", or with the transform's name in front.
void rc_transform_label(const rc_transform *transform, int64_t response, char *out,
                        size_t capacity);

/// When the next image is read while the present one is worked on.
typedef enum rc_read_ahead {
  RC_READ_AHEAD_AUTO, ///< once reads were seen to wait for storage
  RC_READ_AHEAD_ALWAYS,
  RC_READ_AHEAD_NEVER
} rc_read_ahead;

/// `run:`
typedef struct rc_run_settings {
  int64_t seed;
  int64_t threads;    ///< OpenMP threads a rank; 0: cores / ranks of the node
  int64_t max_voxels; ///< of one image or one interpolated grid
  double memory_gib;  ///< per case; 0: no limit
  int read_ahead;     ///< rc_read_ahead
} rc_run_settings;

typedef struct rc_output_settings {
  const char *file; ///< the cohort file; NULL: named after the workflow
} rc_output_settings;

typedef struct rc_workflow {
  const char *path;          ///< as given
  const char *folder;        ///< of the file; "." when none
  const char *text;          ///< the file's bytes, for provenance
  const char *overrides;     ///< "path=value" lines of the environment and --set, in order; or ""
  int profile;               ///< rc_profile
  rc_cohort_settings cohort; ///< without a source when there are tables and models only
  rc_image_entry *image;
  int64_t n_images;
  rc_clinical_settings *clinical; ///< one or more tables, joined by patient
  int64_t n_clinical;
  rc_maf_settings variants; ///< variants.file NULL: none; relative to cohort.root
  rc_join_settings join;    ///< tables.images
  rc_model_settings *model;
  int64_t n_models;
  rc_output_settings output;
  rc_run_settings run;
} rc_workflow;

/// Loads, overrides and checks. `sets` are `a.b=c` texts of --set; environment variables
/// RADCOHORT_SET_a__b=c come before them. On RC_ERR_WORKFLOW, `report` (arena text) lists every
/// error of the file, one line each: "file:line:column: what; expected ...; did you mean ...?".
rc_status rc_workflow_load(const char *path, const rc_texts *sets, rc_arena *arena,
                           rc_workflow **out, const char **report, rc_error *err);

/// A path of `cohort` or `tables`, resolved: relative to cohort.root, that relative to the folder
/// of the workflow. Arena text; NULL: out of memory.
const char *rc_workflow_input_path(const rc_workflow *workflow, const char *path, rc_arena *arena);

/// The cohort file's path: output.file, or the workflow's name with .h5mu. NULL: out of memory.
const char *rc_workflow_output_path(const rc_workflow *workflow, rc_arena *arena);

/// Folder for maps and habitats beside the cohort file, `<name>.maps`. NULL: out of memory.
const char *rc_workflow_maps_folder(const rc_workflow *workflow, rc_arena *arena);

/// The schema as Markdown, for workflows/README.md (a test fails when that is stale).
rc_status rc_workflow_print_schema(FILE *file, rc_error *err);

#endif
