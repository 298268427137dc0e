// SPDX-License-Identifier: Apache-2.0
/// @file reader.h
/// Reads the next image in a thread of its own while the present one is worked on: a queue of one.
/// At most two images are in memory. What is read, and so every result, does not depend on it.
///
/// It pays where reading waits for storage. Where files come from memory and every core has a rank,
/// the thread only competes with the work (by 5 to 8 % of the time of 42 small images on two
/// cores), so `auto` begins with it once this rank has seen reads wait.
#ifndef RADCOHORT_ENGINE_READER_H
#define RADCOHORT_ENGINE_READER_H

#include "run/case.h"

typedef struct rc_reader {
  const rc_workflow *workflow;
  rc_case_image image[2];
  int present;         ///< which of the two is worked on
  const rc_task *next; ///< what the other one is being read for; NULL: nothing
  void *thread;        ///< NULL: none is running
  double wall, cpu;    ///< seconds that reads without the thread took, and worked
} rc_reader;

/// Begins to read the image of a task that comes after the present one, if run.read_ahead wants it.
/// Without a thread to be had, the image is read when it is needed.
void rc_reader_begin(rc_reader *reader, const rc_task *task);

/// The image for a task: the present one, the one begun, or one that is read now.
rc_case_image *rc_reader_image(rc_reader *reader, const rc_task *task);

/// Waits for a thread and frees both images; takes a zeroed reader.
void rc_reader_release(rc_reader *reader);

#endif
