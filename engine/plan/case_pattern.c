// SPDX-License-Identifier: Apache-2.0
// `cohort: image:` and `mask:` path patterns such as "{patient}/{modality}_image.nii.gz".
#include "plan/cases.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_TEXT 256

enum { PATIENT, MODALITY, TIME_POINT, N_PLACES };
static const char *const places[N_PLACES] = {"{patient}", "{modality}", "{time_point}"};

/// What the placeholders stand for so far; "" while open.
typedef struct capture {
  char text[N_PLACES][NAME_TEXT];
} capture;

typedef struct walker {
  const rc_workflow *workflow;
  rc_found *found;
  rc_error *err;
} walker;

static int place_at(const char *pattern) {
  for (int p = 0; p < N_PLACES; p++)
    if (strncmp(pattern, places[p], strlen(places[p])) == 0)
      return p;
  return -1;
}

static bool match(const char *pattern, const char *name, capture *c);

/// A placeholder takes one or more characters; one met before must repeat what it took.
static bool match_place(int place, const char *pattern, const char *name, capture *c) {
  const char *rest = pattern + strlen(places[place]);
  size_t known = strlen(c->text[place]);
  if (known > 0)
    return strncmp(name, c->text[place], known) == 0 && match(rest, name + known, c);
  for (size_t n = 1; n <= strlen(name) && n < NAME_TEXT; n++) {
    capture attempt = *c;
    memcpy(attempt.text[place], name, n);
    attempt.text[place][n] = '\0';
    if (match(rest, name + n, &attempt)) {
      *c = attempt;
      return true;
    }
  }
  return false;
}

static bool match(const char *pattern, const char *name, capture *c) {
  if (*pattern == '\0')
    return *name == '\0';
  int place = place_at(pattern);
  if (place >= 0)
    return match_place(place, pattern, name, c);
  if (*pattern == '*') {
    for (size_t n = 0; n <= strlen(name); n++)
      if (match(pattern + 1, name + n, c))
        return true;
    return false;
  }
  return *name != '\0' && (*pattern == '?' || *pattern == *name) && match(pattern + 1, name + 1, c);
}

/// The pattern with every placeholder written out.
static const char *fill_in(const char *pattern, const capture *c, rc_arena *arena) {
  size_t room = 1, used = 0;
  for (const char *at = pattern; *at != '\0';) {
    int place = place_at(at);
    room += place < 0 ? 1 : strlen(c->text[place]);
    at += place < 0 ? 1 : strlen(places[place]);
  }
  char *text = rc_arena_alloc(arena, room, 1);
  while (text != NULL && *pattern != '\0') {
    int place = place_at(pattern);
    size_t n = place < 0 ? 1 : strlen(c->text[place]);
    memcpy(text + used, place < 0 ? pattern : c->text[place], n);
    used += n;
    pattern += place < 0 ? 1 : strlen(places[place]);
  }
  return text;
}

static rc_status add_image(walker *w, const char *path, const capture *c) {
  rc_arena *arena = w->found->arena;
  const char *mask = fill_in(w->workflow->cohort.mask, c, arena);
  rc_found_image image = {.patient = rc_arena_strdup(arena, c->text[PATIENT]),
                          .modality = rc_arena_strdup(arena, c->text[MODALITY]),
                          .time_point = rc_arena_strdup(arena, c->text[TIME_POINT]),
                          .image_path = path};
  image.mask_path = mask == NULL ? NULL : rc_workflow_input_path(w->workflow, mask, arena);
  if (image.mask_path == NULL || image.patient == NULL || image.modality == NULL ||
      image.time_point == NULL)
    return rc_fail(w->err, RC_ERR_MEMORY, "out of memory");
  return rc_found_add(w->found, &image, w->err);
}

static rc_status walk(walker *w, const char *folder, const char *pattern, const capture *c);

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static rc_status visit(walker *w, const char *path, const char *rest, const capture *c) {
  struct stat facts;
  if (stat(path, &facts) != 0)
    return RC_OK; // vanished, or a dangling link
  if (rest == NULL)
    return add_image(w, path, c);
  return S_ISDIR(facts.st_mode) ? walk(w, path, rest, c) : RC_OK;
}

/// Every entry of the folder that matches the pattern's next step. Depth is bounded by the number
/// of steps, so links cannot make it run in circles.
static rc_status match_entries(walker *w, const char *folder, const char *step, const char *rest,
                               const capture *c) {
  struct dirent **entry = NULL;
  rc_status status = RC_OK;
  int n = scandir(folder[0] == '\0' ? "." : folder, &entry, not_hidden, by_name);
  if (n < 0 && c->text[PATIENT][0] != '\0') { // one patient's folder does not stop the others
    rc_found_note(w->found, "%s: left out: %s", folder, strerror(errno));
    return RC_OK;
  }
  if (n < 0)
    return rc_fail(w->err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s",
                   folder[0] == '\0' ? "." : folder, strerror(errno));
  for (int i = 0; i < n; i++) {
    capture matched = *c;
    if (status == RC_OK && match(step, entry[i]->d_name, &matched)) {
      const char *path = rc_arena_printf(w->found->arena, "%s%s%s", folder,
                                         folder[0] == '\0' || strcmp(folder, "/") == 0 ? "" : "/",
                                         entry[i]->d_name);
      status = path == NULL ? rc_fail(w->err, RC_ERR_MEMORY, "out of memory")
                            : visit(w, path, rest, &matched);
    }
    free(entry[i]);
  }
  free(entry);
  return status;
}

static rc_status walk(walker *w, const char *folder, const char *pattern, const capture *c) {
  char step[1024];
  const char *slash = strchr(pattern, '/');
  size_t n = slash == NULL ? strlen(pattern) : (size_t)(slash - pattern);
  const char *rest = slash == NULL || slash[1] == '\0' ? NULL : slash + 1;
  if (n >= sizeof step)
    return rc_fail(w->err, RC_ERR_WORKFLOW, "cohort.image: a step of the pattern is too long");
  memcpy(step, pattern, n);
  step[n] = '\0';
  if (n == 0)
    return rest == NULL ? RC_OK : walk(w, folder[0] == '\0' ? "/" : folder, rest, c);
  if (strpbrk(step, "{*?") != NULL)
    return match_entries(w, folder, step, rest, c);
  const char *path =
      rc_arena_printf(w->found->arena, "%s%s%s", folder,
                      folder[0] == '\0' || strcmp(folder, "/") == 0 ? "" : "/", step);
  return path == NULL ? rc_fail(w->err, RC_ERR_MEMORY, "out of memory") : visit(w, path, rest, c);
}

rc_status rc_find_by_pattern(const rc_workflow *workflow, rc_found *found, rc_error *err) {
  walker w = {workflow, found, err};
  capture empty;
  memset(&empty, 0, sizeof empty);
  // Only the pattern is matched: the root may hold any character.
  bool absolute = workflow->cohort.image[0] == '/';
  const char *root = absolute ? "" : rc_workflow_input_path(workflow, ".", found->arena);
  if (root == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  return walk(&w, root, workflow->cohort.image, &empty);
}
