// SPDX-License-Identifier: Apache-2.0
#include "run/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Part of the time of a read that must have been spent waiting.
#define WORTH_WAITING 0.25

static void *read_next(void *user) {
  rc_reader *reader = user;
  rc_case_image_read(reader->workflow, reader->next, &reader->image[1 - reader->present]);
  return NULL;
}

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/// Reads on the calling thread and keeps account of how much of it was waiting.
static void read_now(rc_reader *reader, const rc_task *task) {
  double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
  rc_case_image_read(reader->workflow, task, &reader->image[reader->present]);
  reader->wall += seconds(CLOCK_MONOTONIC) - wall;
  reader->cpu += seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
}

static bool pays(const rc_reader *reader) {
  switch (reader->workflow->run.read_ahead) {
  case RC_READ_AHEAD_ALWAYS:
    return true;
  case RC_READ_AHEAD_NEVER:
    return false;
  default:
    return reader->wall - reader->cpu > WORTH_WAITING * reader->wall;
  }
}

static void wait_for_thread(rc_reader *reader) {
  if (reader->thread == NULL)
    return;
  pthread_join(*(pthread_t *)reader->thread, NULL);
  free(reader->thread);
  reader->thread = NULL;
}

void rc_reader_begin(rc_reader *reader, const rc_task *task) {
  wait_for_thread(reader);
  if (task->problem != NULL || !pays(reader))
    return;
  pthread_t *thread = malloc(sizeof *thread);
  reader->next = task;
  if (thread != NULL && pthread_create(thread, NULL, read_next, reader) == 0) {
    reader->thread = thread;
    return;
  }
  reader->next = NULL;
  free(thread);
}

rc_case_image *rc_reader_image(rc_reader *reader, const rc_task *task) {
  if (reader->next != NULL && rc_task_same_image(reader->next, task)) {
    wait_for_thread(reader);
    rc_case_image_release(&reader->image[reader->present]);
    reader->present = 1 - reader->present;
    reader->next = NULL;
  }
  if (task->problem == NULL)
    read_now(reader, task);
  return &reader->image[reader->present];
}

void rc_reader_release(rc_reader *reader) {
  wait_for_thread(reader);
  for (int i = 0; i < 2; i++)
    rc_case_image_release(&reader->image[i]);
  memset(reader, 0, sizeof *reader);
}
