// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs.h"
#include "workflow/import_params.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/// A file that is there stays: it may have been worked on.
static rc_status write_new(const char *path, const char *text, rc_error *err) {
  int handle = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  FILE *file = handle < 0 ? NULL : fdopen(handle, "w");
  if (file == NULL) {
    const int reason = errno;
    if (handle >= 0)
      close(handle);
    return reason == EEXIST
               ? rc_fail(err, RC_ERR_USAGE, "%s is there already; choose another name", path)
               : rc_fail(err, RC_ERR_IO, "%s: %s", path, strerror(reason));
  }
  bool good = fputs(text, file) >= 0;
  good = fclose(file) == 0 && good;
  return good ? RC_OK : rc_fail(err, RC_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static int run(const rc_arguments *arguments) {
  const char *modality = rc_option_value(arguments, "modality");
  const char *target = rc_option_value(arguments, "out");
  rc_imported_params imported;
  const char *report = NULL;
  rc_error err = RC_ERROR_INIT;
  rc_status status = rc_params_import(rc_operand(arguments, 0), modality == NULL ? "CT" : modality,
                                      rc_arguments_arena(arguments), &imported, &report, &err);
  if (report != NULL)
    fputs(report, stderr);
  if (status == RC_OK && target != NULL)
    status = write_new(target, imported.workflow, &err);
  if (status != RC_OK)
    return rc_report_error(&err);
  if (target == NULL && (fputs(imported.workflow, stdout) < 0 || fflush(stdout) != 0)) {
    rc_fail(&err, RC_ERR_IO, "standard output: %s", strerror(errno));
    return rc_report_error(&err);
  }
  fputs(imported.notes, stderr);
  return RC_EXIT_OK;
}

static const rc_option options[] = {
    {"out", "FILE", "a new file for the workflow, -o for short; default standard output"},
    {"modality", "NAME", "of the images, which names the entry; default CT"},
};

const rc_verb rc_verb_import_params = {
    .name = "import-params",
    .summary = "Turn a parameter file of PyRadiomics into a workflow",
    .usage = "PARAMS.yaml [options]",
    .details =
        "The workflow has `profile: pyradiomics` and means what the file meant; only `cohort:`\n"
        "is left to fill in. What has no counterpart is listed with its line, on standard error\n"
        "and at the end of the workflow; that is no failure. The exit code is 3 when the file\n"
        "cannot be read or is no parameter file.",
    .examples = "  radcohort import-params Params.yaml                          # look at it\n"
                "  radcohort import-params Params.yaml --modality MR -o mr.yaml\n"
                "  radcohort plan mr.yaml --set cohort.root=/data/study         # check it\n",
    .option = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
