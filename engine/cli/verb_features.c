// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"
#include "texture/contract.h"

#include <stdio.h>
#include <string.h>

typedef enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_MARKDOWN } format;

/// "2D_avg 2D_comb ..." of a family; "-" when it has one value a ROI.
static void list_aggregations(const rc_family *family, char *out, size_t capacity) {
  size_t used = 0;
  out[0] = '\0';
  for (int a = 1; a < RC_AGG_COUNT && used + 1 < capacity; a++)
    if (family->aggregations & RC_AGG_BIT(a))
      used += (size_t)snprintf(out + used, capacity - used, "%s%s", used == 0 ? "" : " ",
                               rc_aggregation_suffix((rc_aggregation)a));
  if (used == 0)
    snprintf(out, capacity, "-");
}

/// Units that depend on the image say so.
static const char *unit_text(const rc_feature *feature) {
  switch (feature->unit) {
  case RC_FU_INTENSITY:
    return "intensity";
  case RC_FU_INTENSITY2:
    return "intensity^2";
  case RC_FU_INTENSITY_MM3:
    return "intensity mm^3";
  default:
    return rc_feature_unit_text(feature->unit, RC_UNIT_ARBITRARY);
  }
}

static void put_csv(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    if (*text == '"')
      putchar('"');
    putchar(*text);
  }
  putchar('"');
}

static void print_feature(const rc_family *family, const rc_feature *f, const char *aggregations,
                          format how) {
  const char *cell[] = {family->key,  f->tag,       f->ibsi,        f->name,
                        unit_text(f), aggregations, family->source, f->definition};
  const int n = sizeof cell / sizeof *cell;
  if (how == FORMAT_TABLE) {
    printf("  %-26s %-5s %-15s %s\n", f->tag, f->ibsi, unit_text(f), f->name);
    return;
  }
  for (int i = 0; i < n; i++) {
    fputs(how == FORMAT_CSV ? (i == 0 ? "" : ",") : "| ", stdout);
    if (how == FORMAT_CSV)
      put_csv(cell[i]);
    else
      printf("%s ", cell[i]);
  }
  puts(how == FORMAT_CSV ? "" : "|");
}

static void print_header(format how) {
  static const char *const names[] = {"family", "tag",          "ibsi",   "name",
                                      "unit",   "aggregations", "source", "definition"};
  if (how == FORMAT_TABLE)
    return;
  for (int i = 0; i < 8; i++)
    printf("%s%s", how == FORMAT_CSV ? (i == 0 ? "" : ",") : i == 0 ? "| " : " | ", names[i]);
  puts(how == FORMAT_CSV ? "" : " |");
  if (how == FORMAT_MARKDOWN)
    puts("|---|---|---|---|---|---|---|---|");
}

static int64_t print_family(const rc_family *family, format how) {
  char aggregations[256];
  list_aggregations(family, aggregations, sizeof aggregations);
  if (how == FORMAT_TABLE)
    printf("%s: %s (IBSI %s; %s)\n  aggregations: %s%s\n", family->key, family->name,
           family->ibsi[0] == '\0' ? "-" : family->ibsi, family->source, aggregations,
           family->by_default ? "" : "; only when asked for");
  for (int64_t i = 0; i < family->n_features; i++)
    print_feature(family, &family->feature[i], aggregations, how);
  if (how == FORMAT_TABLE)
    putchar('\n');
  return family->n_features;
}

static bool find_format(const char *text, format *how) {
  static const char *const names[] = {"table", "csv", "markdown"};
  *how = FORMAT_TABLE;
  for (int i = 0; text != NULL && i < 3; i++)
    if (strcmp(text, names[i]) == 0) {
      *how = (format)i;
      return true;
    }
  return text == NULL;
}

static int run(const rc_arguments *arguments) {
  const char *wanted = rc_option_value(arguments, "family");
  rc_profile profile;
  rc_error err = RC_ERROR_INIT;
  format how;
  int64_t n = 0;
  if (!find_format(rc_option_value(arguments, "format"), &how)) {
    rc_fail(&err, RC_ERR_USAGE, "--format: expected table, csv or markdown");
    return rc_report_error(&err);
  }
  if (rc_option_profile(arguments, &profile, &err) != RC_OK)
    return rc_report_error(&err);
  const rc_family_range range = rc_families_of(profile);
  if (wanted != NULL && rc_family_find(profile, wanted) == NULL) {
    const char *keys[64];
    for (int64_t i = range.first; i < range.end; i++)
      keys[i - range.first] = rc_families[i]->key;
    const char *near = rc_nearest(wanted, keys, range.end - range.first);
    rc_fail(&err, RC_ERR_USAGE, "there is no feature family '%s'%s%s%s", wanted,
            near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
            near == NULL ? "" : "'?");
    return rc_report_error(&err);
  }
  print_header(how);
  for (int64_t i = range.first; i < range.end; i++)
    if (wanted == NULL || strcmp(wanted, rc_families[i]->key) == 0)
      n += print_family(rc_families[i], how);
  if (how == FORMAT_TABLE)
    printf("%lld features; %s.\n", (long long)n,
           profile == RC_PROFILE_IBSI ? "with every aggregation a feature gives one column each"
                                      : "columns are named <image type>_<family>_<feature>");
  return RC_EXIT_OK;
}

static const rc_option options[] = {
    {"profile", "NAME", "whose definitions: ibsi (default) or pyradiomics"},
    {"family", "KEY", "only this family, e.g. glcm"},
    {"format", "FORMAT", "table (default), csv or markdown"},
};

const rc_verb rc_verb_features = {
    .name = "features",
    .summary = "List every feature with family, IBSI code, units and source",
    .usage = "[options]",
    .details = "The list comes from the same tables as the columns of the cohort file.",
    .examples = "  radcohort features                          # all families\n"
                "  radcohort features --family glcm            # one family\n"
                "  radcohort features --profile pyradiomics    # PyRadiomics' classes\n"
                "  radcohort features --format csv > list.csv  # for a spreadsheet\n",
    .option = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
