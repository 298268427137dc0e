// SPDX-License-Identifier: Apache-2.0
// The command line: finds the verb and hands over.
#include "cli/verbs.h"
#include "cli/version.h"

#include <stdio.h>
#include <string.h>

static const rc_verb *const verbs[] = {&rc_verb_run,     &rc_verb_plan,         &rc_verb_features,
                                       &rc_verb_filters, &rc_verb_show,         &rc_verb_export,
                                       &rc_verb_verify,  &rc_verb_import_params};
#define N_VERBS ((int)(sizeof verbs / sizeof *verbs))

static void print_help(FILE *file) {
  fprintf(file, "Usage: radcohort VERB ...\n\n"
                "From a cohort of cancer images, variant and clinical tables to statistics: one\n"
                "workflow file in, one HDF5 cohort file out. `mpirun -n N radcohort run W.yaml`\n"
                "uses N ranks.\n\nVerbs:\n");
  for (int i = 0; i < N_VERBS; i++)
    fprintf(file, "  %-13s %s\n", verbs[i]->name, verbs[i]->summary);
  fprintf(file, "\n`radcohort VERB --help` explains a verb with examples.\n\nExit codes:\n");
#define X(enumerator, code, meaning) fprintf(file, "  %d  %s\n", code, meaning);
  RC_EXIT_LIST(X)
#undef X
}

static int unknown_verb(const char *given) {
  const char *names[N_VERBS];
  for (int i = 0; i < N_VERBS; i++)
    names[i] = verbs[i]->name;
  const char *near = rc_nearest(given, names, N_VERBS);
  fprintf(stderr, "radcohort: unknown verb '%.80s'%s%s%s\n", given,
          near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
          near == NULL ? "" : "'?");
  fprintf(stderr, "`radcohort --help` lists the verbs.\n");
  return RC_EXIT_USAGE;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    print_help(stderr);
    return RC_EXIT_USAGE;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
      strcmp(argv[1], "help") == 0) {
    print_help(stdout);
    return RC_EXIT_OK;
  }
  if (strcmp(argv[1], "--version") == 0) {
    printf("radcohort %s\n", RC_VERSION);
    return RC_EXIT_OK;
  }
  for (int i = 0; i < N_VERBS; i++)
    if (strcmp(argv[1], verbs[i]->name) == 0)
      return rc_verb_main(verbs[i], argc - 1, argv + 1);
  return unknown_verb(argv[1]);
}
