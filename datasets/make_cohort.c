// SPDX-License-Identifier: Apache-2.0
// Makes the synthetic cohort: images, outlines and tables of patients whose hazard is known.
#include "base/text.h"
#include "datasets/dicom_files.h"
#include "datasets/output.h"
#include "datasets/tables.h"
#include "datasets/truth.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, EXIT_FAILED = 5, MAX_SIDE = 1024, MIN_SIDE = 8 };

typedef struct rc_cohort_request {
  int64_t patients;
  int64_t seed;
  const char *out;
  int64_t size[RC_SCANNER_COUNT][3];
  bool quiet;
} rc_cohort_request;

static void print_help(void) {
  printf("Usage: make_cohort [options]\n\n"
         "Writes a synthetic cohort: DICOM images with RTSTRUCT of every patient (dicom/),\n"
         "clinical.csv, variants.maf.gz, and the truth behind them (truth.csv,\n"
         "truth_hazard.csv). Same options, same bytes.\n\nOptions:\n"
         "  --patients N     how many, 1 .. %d (default 60)\n"
         "  --seed N         which cohort, 0 or more (default 10)\n"
         "  --out FOLDER     where to write; made when absent (default demo)\n",
         RC_TRUTH_MAX_PATIENTS);
  for (int kind = 0; kind < RC_SCANNER_COUNT; kind++) {
    const rc_scanner *scanner = &rc_scanners[kind];
    char option[17];
    size_t n = 0;
    for (; scanner->folder[n] != '\0' && n + 1 < sizeof option; n++)
      option[n] = (char)(scanner->folder[n] | 0x20);
    option[n] = '\0';
    printf("  --%-4sXxYxZ      voxels of the %s (default %lldx%lldx%lld); %g x %g x %g mm in all\n",
           option, scanner->folder, (long long)scanner->size[0], (long long)scanner->size[1],
           (long long)scanner->size[2], scanner->width_mm, scanner->width_mm, scanner->height_mm);
  }
  printf("  --quiet          say nothing when all is well\n"
         "  --help           this text\n\nExamples:\n"
         "  make_cohort --out build/demo\n"
         "  make_cohort --patients 200 --seed 7 --out big --ct 256x256x64\n\n"
         "Exit codes: 0 all well, %d wrong command line, %d writing failed.\n",
         EXIT_USAGE, EXIT_FAILED);
}

/// "64x64x24", each side MIN_SIDE .. MAX_SIDE.
static bool parse_size(const char *given, int64_t size[3]) {
  char copy[64], *rest = copy;
  if (strlen(given) >= sizeof copy)
    return false;
  strcpy(copy, given);
  for (int d = 0; d < 3; d++) {
    char *end = strchr(rest, 'x');
    if ((end == NULL) != (d == 2))
      return false;
    if (end != NULL)
      *end = '\0';
    if (!rc_parse_int(rest, &size[d]) || size[d] < MIN_SIDE || size[d] > MAX_SIDE)
      return false;
    rest = end + (end != NULL);
  }
  return true;
}

static int usage_error(const char *what, const char *given) {
  fprintf(stderr, "make_cohort: %s '%.80s'\n`make_cohort --help` tells more.\n", what, given);
  return EXIT_USAGE;
}

/// -1 to go on, else the exit code to end with.
static int parse(int argc, char **argv, rc_cohort_request *request) {
  enum { PATIENTS = 1, SEED, OUT, QUIET, HELP, SIZE = 0x100 }; // SIZE + scanner

  static const struct option table[] = {{"ct", required_argument, NULL, SIZE + RC_SCANNER_CT},
                                        {"pet", required_argument, NULL, SIZE + RC_SCANNER_PET},
                                        {"mr", required_argument, NULL, SIZE + RC_SCANNER_MR},
                                        {"patients", required_argument, NULL, PATIENTS},
                                        {"seed", required_argument, NULL, SEED},
                                        {"out", required_argument, NULL, OUT},
                                        {"quiet", no_argument, NULL, QUIET},
                                        {"help", no_argument, NULL, HELP},
                                        {NULL, 0, NULL, 0}};
  opterr = 0;
  for (;;) {
    int at = optind, code = getopt_long(argc, argv, "", table, NULL);
    if (code == -1)
      break;
    if (code == HELP) {
      print_help();
      return 0;
    }
    if (code == OUT && optarg[0] != '\0')
      request->out = optarg;
    else if (code == QUIET)
      request->quiet = true;
    else if (code == PATIENTS && rc_parse_int(optarg, &request->patients) &&
             request->patients >= 1 && request->patients <= RC_TRUTH_MAX_PATIENTS)
      continue;
    else if (code == SEED && rc_parse_int(optarg, &request->seed) && request->seed >= 0)
      continue;
    else if (code >= SIZE && parse_size(optarg, request->size[code - SIZE]))
      continue;
    else if (code == '?')
      return usage_error("unknown or incomplete option", argv[at]);
    else
      return usage_error("not a valid value:", optarg);
  }
  return optind < argc ? usage_error("unexpected argument", argv[optind]) : -1;
}

static rc_status write_patient(const rc_cohort_request *request, const rc_truth_patient *truth,
                               int64_t patient, rc_error *err) {
  char folder[RC_OUTPUT_PATH];
  rc_phantom *phantom = NULL;
  const uint64_t seed = (uint64_t)request->seed;
  rc_status status = rc_output_path(folder, err, request->out, "dicom/%s", truth->id);
  if (status == RC_OK)
    status = rc_phantom_create(seed, patient, truth->correlation_mm, &phantom, err);
  for (int kind = 0; status == RC_OK && kind < RC_SCANNER_COUNT; kind++) {
    rc_scan scan;
    status = rc_scan_make(phantom, seed, patient, (rc_scanner_kind)kind, request->size[kind], &scan,
                          err);
    if (status != RC_OK)
      break;
    status = rc_dicom_files_write(folder, truth->id, seed, patient, phantom, &scan, err);
    rc_scan_release(&scan);
  }
  rc_phantom_destroy(phantom);
  return status;
}

/// The truth is written last: where it lies, the cohort is whole.
static rc_status write_cohort(const rc_cohort_request *request, int64_t *n_events, rc_error *err) {
  rc_truth_patient *truth = NULL;
  rc_status status = rc_output_folder(request->out, err);
  if (status == RC_OK)
    status = rc_truth_draw((uint64_t)request->seed, request->patients, &truth, err);
  for (int64_t i = 0; status == RC_OK && i < request->patients; i++) {
    status = write_patient(request, &truth[i], i, err);
    *n_events += truth[i].event ? 1 : 0;
  }
  if (status == RC_OK)
    status = rc_tables_clinical(request->out, truth, request->patients, err);
  if (status == RC_OK)
    status =
        rc_tables_variants(request->out, (uint64_t)request->seed, truth, request->patients, err);
  if (status == RC_OK)
    status = rc_tables_truth(request->out, truth, request->patients, err);
  free(truth);
  return status;
}

int main(int argc, char **argv) {
  rc_cohort_request request = {.patients = 60, .seed = 10, .out = "demo"};
  for (int kind = 0; kind < RC_SCANNER_COUNT; kind++)
    memcpy(request.size[kind], rc_scanners[kind].size, sizeof request.size[kind]);
  int code = parse(argc, argv, &request);
  if (code >= 0)
    return code;
  rc_error err = RC_ERROR_INIT;
  int64_t n_events = 0;
  if (write_cohort(&request, &n_events, &err) != RC_OK) {
    fprintf(stderr, "make_cohort: %s\n", err.message);
    return EXIT_FAILED;
  }
  if (!request.quiet)
    printf("%s: %lld patients, %lld deaths; DICOM CT, PET and MR with RTSTRUCT, clinical.csv, "
           "variants.maf.gz\n",
           request.out, (long long)request.patients, (long long)n_events);
  return 0;
}
