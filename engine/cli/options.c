// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 32

struct rc_arguments {
  const rc_verb *verb;
  rc_arena *arena;
  int n_operands;
  char **operand;
  rc_texts value[MAX_OPTIONS]; ///< per option of the verb
};

const char *rc_operand(const rc_arguments *arguments, int i) {
  return i >= 0 && i < arguments->n_operands ? arguments->operand[i] : NULL;
}

int rc_operand_count(const rc_arguments *arguments) {
  return arguments->n_operands;
}

rc_texts rc_option_values(const rc_arguments *arguments, const char *name) {
  for (int i = 0; i < arguments->verb->n_options; i++)
    if (strcmp(arguments->verb->option[i].name, name) == 0)
      return arguments->value[i];
  return (rc_texts){0, NULL};
}

const char *rc_option_value(const rc_arguments *arguments, const char *name) {
  rc_texts values = rc_option_values(arguments, name);
  return values.n == 0 ? NULL : values.item[values.n - 1];
}

rc_status rc_option_profile(const rc_arguments *arguments, rc_profile *out, rc_error *err) {
  const char *text = rc_option_value(arguments, "profile");
  *out = RC_PROFILE_IBSI;
  for (int i = 0; text != NULL && rc_profile_names[i] != NULL; i++)
    if (strcmp(text, rc_profile_names[i]) == 0) {
      *out = (rc_profile)i;
      return RC_OK;
    }
  if (text == NULL)
    return RC_OK;
  return rc_fail(err, RC_ERR_USAGE, "--profile: expected %s or %s", rc_profile_names[0],
                 rc_profile_names[1]);
}

rc_arena *rc_arguments_arena(const rc_arguments *arguments) {
  return arguments->arena;
}

int rc_exit_code(rc_status status) {
  switch (status) {
  case RC_OK:
    return RC_EXIT_OK;
  case RC_ERR_USAGE:
    return RC_EXIT_USAGE;
  case RC_ERR_WORKFLOW:
  case RC_ERR_EMPTY:
    return RC_EXIT_WORKFLOW;
  default:
    return RC_EXIT_RUN;
  }
}

int rc_report_error(const rc_error *err) {
  fprintf(stderr, "radcohort: %s\n",
          err->message[0] != '\0' ? err->message : rc_status_meaning(err->status));
  return rc_exit_code(err->status);
}

static void print_help(const rc_verb *verb) {
  printf("Usage: radcohort %s %s\n\n%s.\n", verb->name, verb->usage, verb->summary);
  if (verb->details != NULL)
    printf("\n%s\n", verb->details);
  printf("\nOptions:\n");
  for (int i = 0; i < verb->n_options; i++) {
    const rc_option *option = &verb->option[i];
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument == NULL ? "" : " ",
             option->argument == NULL ? "" : option->argument);
    printf("  %-24s %s\n", left, option->help);
  }
  printf("  %-24s %s\n", "--help", "this text");
  if (verb->examples != NULL)
    printf("\nExamples:\n%s", verb->examples);
}

static int usage_error(const rc_verb *verb, const char *what) {
  fprintf(stderr, "radcohort %s: %s\nUsage: radcohort %s %s\n`radcohort %s --help` tells more.\n",
          verb->name, what, verb->name, verb->usage, verb->name);
  return RC_EXIT_USAGE;
}

static int unknown_option(const rc_verb *verb, const char *given) {
  const char *names[MAX_OPTIONS];
  char what[256];
  for (int i = 0; i < verb->n_options; i++)
    names[i] = verb->option[i].name;
  const char *text = given + strspn(given, "-");
  const char *near = rc_nearest(text, names, verb->n_options);
  snprintf(what, sizeof what, "unknown or incomplete option '%.80s'%s%s%s", given,
           near == NULL ? "" : "; did you mean --", near == NULL ? "" : near,
           near == NULL ? "" : "?");
  return usage_error(verb, what);
}

static bool add_value(rc_arguments *arguments, int option, const char *value) {
  rc_texts *values = &arguments->value[option];
  const char **grown =
      rc_arena_alloc(arguments->arena, (size_t)values->n + 1, sizeof *values->item);
  if (grown == NULL)
    return false;
  if (values->n > 0)
    memcpy(grown, values->item, (size_t)values->n * sizeof *grown);
  grown[values->n] = value;
  values->item = grown;
  values->n++;
  return true;
}

/// The option that -o stands for, in verbs that write a file; -1: there is none.
static int out_option(const rc_verb *verb) {
  for (int i = 0; i < verb->n_options; i++)
    if (strcmp(verb->option[i].name, "out") == 0)
      return i;
  return -1;
}

/// -1 to go on, else the exit code to end with.
static int parse(rc_arguments *arguments, int argc, char **argv) {
  const rc_verb *verb = arguments->verb;
  struct option table[MAX_OPTIONS + 2];
  memset(table, 0, sizeof table);
  for (int i = 0; i < verb->n_options; i++) {
    table[i].name = verb->option[i].name;
    table[i].has_arg = verb->option[i].argument == NULL ? no_argument : required_argument;
  }
  table[verb->n_options].name = "help";
  const int out = out_option(verb);
  opterr = 0;
  optind = 1;
  for (;;) {
    int chosen = -1;
    int code = getopt_long(argc, argv, out < 0 ? "" : "o:", table, &chosen);
    if (code == -1)
      break;
    if (code == 'o') {
      chosen = out;
      code = 0;
    }
    if (code != 0 || chosen < 0)
      return unknown_option(verb, argv[optind - 1]);
    if (chosen == verb->n_options) {
      print_help(verb);
      return RC_EXIT_OK;
    }
    if (!add_value(arguments, chosen, optarg == NULL ? "" : optarg))
      return RC_EXIT_RUN;
  }
  arguments->operand = argv + optind;
  arguments->n_operands = argc - optind;
  if (arguments->n_operands < verb->min_operands)
    return usage_error(verb, "something is missing");
  if (verb->max_operands >= 0 && arguments->n_operands > verb->max_operands)
    return usage_error(verb, "too many arguments");
  return -1;
}

int rc_verb_main(const rc_verb *verb, int argc, char **argv) {
  rc_arguments arguments = {.verb = verb, .arena = rc_arena_create(0)};
  if (arguments.arena == NULL) {
    fprintf(stderr, "radcohort: out of memory\n");
    return RC_EXIT_RUN;
  }
  int code = parse(&arguments, argc, argv);
  if (code < 0)
    code = verb->run(&arguments);
  rc_arena_destroy(arguments.arena);
  if (fflush(stdout) != 0 && code == RC_EXIT_OK) {
    perror("radcohort: writing standard output");
    code = RC_EXIT_RUN;
  }
  return code;
}
