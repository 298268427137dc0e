// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"
#include "filters/filter.h"

#include <stdio.h>
#include <string.h>

static void print_settings(const rc_param_table *table) {
  for (int64_t i = 0; table != NULL && i < table->n; i++) {
    const rc_param *p = &table->param[i];
    char expected[1024];
    rc_param_expected(p, expected, sizeof expected);
    printf("  %s: %s; %s%s\n      %s\n", p->key, expected,
           p->fallback == NULL ? "required" : "default ", p->fallback == NULL ? "" : p->fallback,
           p->help);
  }
}

static void print_filter(const rc_filter *filter) {
  printf("%s: %s (IBSI %s; %s)\n", filter->key, filter->name,
         filter->ibsi[0] == '\0' ? "-" : filter->ibsi, filter->source);
  if (filter->params != NULL)
    printf("  %s\n", filter->params->help);
  print_settings(filter->params);
  putchar('\n');
}

static int refuse(rc_profile profile, const char *wanted) {
  const char *keys[64];
  int64_t n = 0;
  rc_error err = RC_ERROR_INIT;
  for (const rc_filter *const *f = rc_filters; *f != NULL && n < 64; f++)
    if ((*f)->profile == profile)
      keys[n++] = (*f)->key;
  const char *near = rc_nearest(wanted, keys, n);
  rc_fail(&err, RC_ERR_USAGE, "there is no filter '%s'%s%s%s", wanted,
          near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
          near == NULL ? "" : "'?");
  return rc_report_error(&err);
}

static int run(const rc_arguments *arguments) {
  const char *wanted = rc_option_value(arguments, "filter");
  rc_profile profile;
  rc_error err = RC_ERROR_INIT;
  int64_t n = 0;
  if (rc_option_profile(arguments, &profile, &err) != RC_OK)
    return rc_report_error(&err);
  if (wanted != NULL && rc_filter_find(profile, wanted) == NULL)
    return refuse(profile, wanted);
  for (const rc_filter *const *f = rc_filters; *f != NULL; f++)
    if ((*f)->profile == profile && (wanted == NULL || strcmp(wanted, (*f)->key) == 0)) {
      print_filter(*f);
      n++;
    }
  printf("%lld filters for `transforms:` of a workflow.\n", (long long)n);
  return RC_EXIT_OK;
}

static const rc_option options[] = {
    {"profile", "NAME", "whose definitions: ibsi (default) or pyradiomics"},
    {"filter", "KEY", "only this filter, e.g. laplacian_of_gaussian"},
};

const rc_verb rc_verb_filters = {
    .name = "filters",
    .summary = "List every image filter with IBSI code, source and settings",
    .usage = "[options]",
    .details = "The list comes from the same tables as the keys of `transforms:` in a workflow.",
    .examples = "  radcohort filters                          # all filters\n"
                "  radcohort filters --filter gabor           # one filter\n"
                "  radcohort filters --profile pyradiomics    # PyRadiomics' image types\n",
    .option = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
