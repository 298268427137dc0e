// SPDX-License-Identifier: Apache-2.0
#include "workflow/tables.h"

#define AT(member) offsetof(rc_clinical_settings, member)
static const rc_param clinical[] = {
    {.key = "name",
     .type = RC_PARAM_TEXT,
     .offset = AT(name),
     .fallback = "clinical",
     .help = "what its columns are called by: <name>.<column>"},
    {.key = "file",
     .type = RC_PARAM_TEXT,
     .offset = AT(file),
     .help = "CSV or TSV with a header line, plain or gzip, relative to cohort.root"},
    {.key = "patient",
     .type = RC_PARAM_TEXT,
     .offset = AT(patient),
     .fallback = "none",
     .help = "column with the patient id; none: the first"},
    {.key = "tcga_barcodes",
     .type = RC_PARAM_BOOL,
     .offset = AT(tcga_barcodes),
     .fallback = "false",
     .help = "cut TCGA barcodes to the patient part"},
    {.key = "columns",
     .type = RC_PARAM_TEXTS,
     .offset = AT(columns),
     .fallback = "none",
     .help = "columns or globs to keep; none: all"},
    {.key = "missing",
     .type = RC_PARAM_TEXTS,
     .offset = AT(missing),
     .fallback = "none",
     .help = "texts that mean a missing value, beside empty cells, NA, NaN, N/A and null"},
};
#undef AT

const rc_param_table rc_clinical_params = {
    .name = "clinical",
    .help = "A table with one row a patient",
    .param = clinical,
    .n = sizeof clinical / sizeof clinical[0],
    .struct_size = sizeof(rc_clinical_settings),
};

static const char *const several_choices[] = {"error", "first", "largest", "mean", NULL};

#define AT(member) offsetof(rc_join_settings, member)
static const rc_param join[] = {
    {.key = "roi",
     .type = RC_PARAM_TEXTS,
     .offset = AT(roi),
     .fallback = "none",
     .help = "ROI names or globs that enter the patient table; none: all"},
    {.key = "time_points",
     .type = RC_PARAM_TEXTS,
     .offset = AT(time_points),
     .fallback = "none",
     .help = "time points or globs that enter the patient table; none: all"},
    {.key = "several",
     .type = RC_PARAM_CHOICE,
     .offset = AT(several),
     .choices = several_choices,
     .fallback = "error",
     .help = "what to do about a patient who still has several rows of one image modality"},
};
#undef AT

const rc_param_table rc_join_params = {
    .name = "images",
    .help = "How rows of image modalities become one row a patient for models",
    .param = join,
    .n = sizeof join / sizeof join[0],
    .struct_size = sizeof(rc_join_settings),
};
