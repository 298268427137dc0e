// SPDX-License-Identifier: Apache-2.0
/// @file status.h
/// Every way a call can fail, declared once: the enum, the short name stored in the cohort file
/// and the sentence shown to people all expand from RC_STATUS_LIST.
#ifndef RADCOHORT_BASE_STATUS_H
#define RADCOHORT_BASE_STATUS_H

//   enumerator            stored name     meaning
#define RC_STATUS_LIST(X)                                                                          \
  X(RC_OK, "ok", "finished")                                                                       \
  X(RC_ERR_USAGE, "usage", "wrong command line or argument")                                       \
  X(RC_ERR_WORKFLOW, "workflow", "the workflow file is wrong")                                     \
  X(RC_ERR_NOT_FOUND, "not_found", "a file, series, ROI or column is not there")                   \
  X(RC_ERR_IO, "io", "reading or writing failed")                                                  \
  X(RC_ERR_FORMAT, "format", "the content of an input is damaged or not what it claims to be")     \
  X(RC_ERR_UNSUPPORTED, "unsupported", "a valid input that is not supported")                      \
  X(RC_ERR_GEOMETRY, "geometry", "image geometry is inconsistent or does not match its mask")      \
  X(RC_ERR_EMPTY, "empty", "no voxels, rows or events are left to work on")                        \
  X(RC_ERR_LIMIT, "limit", "an input exceeds a configured limit")                                  \
  X(RC_ERR_MEMORY, "memory", "out of memory")                                                      \
  X(RC_ERR_NUMERIC, "numeric", "a computation did not converge or is not defined")                 \
  X(RC_ERR_INTERNAL, "internal", "a defect in radcohort itself")

typedef enum rc_status {
#define X(enumerator, name, meaning) enumerator,
  RC_STATUS_LIST(X)
#undef X
      RC_STATUS_COUNT
} rc_status;

#ifdef __cplusplus
extern "C" {
#endif

/// Short machine-readable name ("ok", "geometry", ...); "?" for a value outside the enum.
const char *rc_status_name(rc_status status);

/// One-line meaning for people; "?" for a value outside the enum.
const char *rc_status_meaning(rc_status status);

#ifdef __cplusplus
}
#endif

#endif
