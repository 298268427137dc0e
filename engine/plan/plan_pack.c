// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_pack.h"

#include <stdlib.h>
#include <string.h>

/// A growing buffer to write to, or a bounded one to read from.
typedef struct stream {
  unsigned char *bytes;
  const unsigned char *source;
  size_t at, n;
  rc_arena *arena;
  bool failed;
} stream;

static void put(stream *s, const void *bytes, size_t n) {
  if (s->failed)
    return;
  if (n > s->n - s->at) {
    size_t room = 2 * s->n + n;
    unsigned char *grown = realloc(s->bytes, room);
    if (grown == NULL) {
      s->failed = true;
      return;
    }
    s->bytes = grown;
    s->n = room;
  }
  if (n > 0)
    memcpy(s->bytes + s->at, bytes, n);
  s->at += n;
}

/// NULL is kept apart from "".
static void put_text(stream *s, const char *text) {
  int64_t length = text == NULL ? -1 : (int64_t)strlen(text);
  put(s, &length, sizeof length);
  if (length > 0)
    put(s, text, (size_t)length);
}

static void put_texts(stream *s, const rc_texts *texts) {
  put(s, &texts->n, sizeof texts->n);
  for (int64_t i = 0; i < texts->n; i++)
    put_text(s, texts->item[i]);
}

static void get(stream *s, void *out, size_t n) {
  if (s->failed || n > s->n - s->at) {
    s->failed = true;
    memset(out, 0, n);
    return;
  }
  memcpy(out, s->source + s->at, n);
  s->at += n;
}

static void *get_array(stream *s, int64_t count, size_t size) {
  // No item takes less than a byte, so a damaged count cannot ask for more than was sent.
  if (s->failed || count < 0 || (size_t)count > s->n) {
    s->failed = true;
    return NULL;
  }
  void *array = rc_arena_alloc(s->arena, (size_t)count, size);
  s->failed = s->failed || array == NULL;
  return array;
}

static const char *get_text(stream *s) {
  int64_t length = -1;
  get(s, &length, sizeof length);
  if (s->failed || length < 0)
    return NULL;
  if ((size_t)length > s->n) {
    s->failed = true;
    return NULL;
  }
  char *text = get_array(s, length + 1, 1);
  if (text != NULL)
    get(s, text, (size_t)length);
  return text;
}

static rc_texts get_texts(stream *s) {
  rc_texts texts = {0, NULL};
  get(s, &texts.n, sizeof texts.n);
  texts.item = get_array(s, texts.n, sizeof *texts.item);
  if (texts.item == NULL)
    texts.n = 0;
  for (int64_t i = 0; i < texts.n && !s->failed; i++)
    texts.item[i] = get_text(s);
  return texts;
}

/// The formats are static texts; their place in this list travels.
static const char *const formats[] = {"", "NIfTI", "NRRD", "DICOM"};
#define N_FORMATS ((int64_t)(sizeof formats / sizeof *formats))

static int64_t format_number(const char *format) {
  for (int64_t i = 1; i < N_FORMATS; i++)
    if (format != NULL && strcmp(format, formats[i]) == 0)
      return i;
  return 0;
}

/// Tasks travel by their place in the plan, -1 for none.
static void put_companions(stream *s, const rc_task *task) {
  for (int64_t i = 0; i < task->n_companions; i++) {
    int64_t index = task->companion[i] == NULL ? -1 : task->companion[i]->index;
    put(s, &index, sizeof index);
  }
}

static void get_companions(stream *s, const rc_plan *plan, rc_task *task) {
  task->companion = get_array(s, task->n_companions, sizeof *task->companion);
  for (int64_t i = 0; task->companion != NULL && i < task->n_companions; i++) {
    int64_t index = -1;
    get(s, &index, sizeof index);
    task->companion[i] = index >= 0 && index < plan->n_tasks ? &plan->task[index] : NULL;
  }
}

static void put_task(stream *s, const rc_task *task) {
  int64_t format = format_number(task->info.format);
  put(s, task, sizeof *task); // numbers; the pointers in it are replaced when unpacking
  put(s, &format, sizeof format);
  put_text(s, task->patient);
  put_text(s, task->time_point);
  put_text(s, task->roi);
  put_text(s, task->observation);
  put_text(s, task->image_path);
  put_texts(s, &task->image_files);
  put_text(s, task->series_uid);
  put_text(s, task->mask_path);
  put_text(s, task->problem);
  put_companions(s, task);
}

static void get_task(stream *s, const rc_plan *plan, rc_task *task) {
  int64_t format = 0;
  get(s, task, sizeof *task);
  get(s, &format, sizeof format);
  task->info.format = formats[format >= 0 && format < N_FORMATS ? format : 0];
  task->patient = get_text(s);
  task->time_point = get_text(s);
  task->roi = get_text(s);
  task->observation = get_text(s);
  task->image_path = get_text(s);
  task->image_files = get_texts(s);
  task->series_uid = get_text(s);
  task->mask_path = get_text(s);
  task->problem = get_text(s);
  get_companions(s, plan, task);
}

rc_status rc_plan_pack(const rc_plan *plan, int64_t n_images, unsigned char **bytes, size_t *n,
                       rc_error *err) {
  stream s = {0};
  put(&s, &plan->n_tasks, sizeof plan->n_tasks);
  put(&s, plan->n_rows, (size_t)n_images * sizeof *plan->n_rows);
  put(&s, &plan->n_units, sizeof plan->n_units);
  put(&s, plan->first, (size_t)(plan->n_units + 1) * sizeof *plan->first);
  put(&s, plan->order, (size_t)plan->n_units * sizeof *plan->order);
  for (int64_t i = 0; i < plan->n_tasks; i++)
    put_task(&s, &plan->task[i]);
  put_texts(&s, &plan->notes);
  if (s.failed) {
    free(s.bytes);
    return rc_fail(err, RC_ERR_MEMORY, "no memory to send the plan");
  }
  *bytes = s.bytes;
  *n = s.at;
  return RC_OK;
}

rc_status rc_plan_unpack(const unsigned char *bytes, size_t n, int64_t n_images, rc_arena *arena,
                         rc_plan **out, rc_error *err) {
  stream s = {.source = bytes, .n = n, .arena = arena};
  rc_plan *plan = rc_arena_alloc(arena, 1, sizeof *plan);
  if (plan == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory to receive the plan");
  get(&s, &plan->n_tasks, sizeof plan->n_tasks);
  plan->n_rows = get_array(&s, n_images, sizeof *plan->n_rows);
  plan->task = get_array(&s, plan->n_tasks, sizeof *plan->task);
  if (!s.failed)
    get(&s, plan->n_rows, (size_t)n_images * sizeof *plan->n_rows);
  get(&s, &plan->n_units, sizeof plan->n_units);
  plan->first = get_array(&s, plan->n_units + 1, sizeof *plan->first);
  plan->order = get_array(&s, plan->n_units, sizeof *plan->order);
  if (!s.failed) {
    get(&s, plan->first, (size_t)(plan->n_units + 1) * sizeof *plan->first);
    get(&s, plan->order, (size_t)plan->n_units * sizeof *plan->order);
  }
  for (int64_t i = 0; i < plan->n_tasks && !s.failed; i++)
    get_task(&s, plan, &plan->task[i]);
  plan->notes = get_texts(&s);
  if (s.failed || s.at != n)
    return rc_fail(err, RC_ERR_INTERNAL, "the plan was damaged on its way, or memory ran out");
  *out = plan;
  return RC_OK;
}
