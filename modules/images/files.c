// SPDX-License-Identifier: Apache-2.0
#include "images/internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 64

/// A growing list; item memory is in the arena, the pointer array is malloc'd while growing.
typedef struct list {
  const char **item;
  int64_t n, capacity, max;
  rc_arena *arena;
  rc_error *err;
} list;

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static rc_status add(list *l, const char *text) {
  if (l->n == l->max)
    return rc_fail(l->err, RC_ERR_LIMIT,
                   "more than %lld files; raise the limit or split the folder", (long long)l->max);
  if (l->n == l->capacity) {
    int64_t capacity = l->capacity == 0 ? 256 : 2 * l->capacity;
    const char **grown = realloc(l->item, (size_t)capacity * sizeof *grown);
    if (grown == NULL)
      return rc_fail(l->err, RC_ERR_MEMORY, "out of memory");
    l->item = grown;
    l->capacity = capacity;
  }
  l->item[l->n] = rc_arena_strdup(l->arena, text);
  if (l->item[l->n] == NULL)
    return rc_fail(l->err, RC_ERR_MEMORY, "out of memory");
  l->n++;
  return RC_OK;
}

/// The names in one folder, sorted, without dot-files.
static rc_status names_in(const char *folder, list *names) {
  rc_status status = RC_OK;
  DIR *stream = opendir(folder);
  if (stream == NULL)
    return rc_fail(names->err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s", folder,
                   strerror(errno));
  const struct dirent *entry;
  while (status == RC_OK && (entry = readdir(stream)) != NULL)
    if (entry->d_name[0] != '.')
      status = add(names, entry->d_name);
  closedir(stream);
  if (names->n > 0)
    qsort(names->item, (size_t)names->n, sizeof *names->item, by_name);
  return status;
}

static rc_status walk(const char *folder, bool recurse, int depth, list *files) {
  list names = {.max = files->max, .arena = files->arena, .err = files->err};
  rc_status status = names_in(folder, &names);
  for (int64_t i = 0; status == RC_OK && i < names.n; i++) {
    struct stat facts;
    const char *path = rc_arena_printf(files->arena, "%s/%s", folder, names.item[i]);
    if (path == NULL)
      status = rc_fail(files->err, RC_ERR_MEMORY, "out of memory");
    else if (lstat(path, &facts) != 0)
      continue; // vanished meanwhile
    else if (S_ISREG(facts.st_mode))
      status = add(files, path);
    else if (S_ISDIR(facts.st_mode) && recurse && depth < MAX_DEPTH)
      status = walk(path, true, depth + 1, files);
  }
  free(names.item);
  return status;
}

static rc_status list_files(const char *folder, bool recurse, int64_t max_files, rc_arena *arena,
                            rc_texts *out, rc_error *err) {
  list files = {.max = max_files, .arena = arena, .err = err};
  rc_status status = walk(folder, recurse, 0, &files);
  *out = (rc_texts){0, NULL};
  if (status == RC_OK) {
    out->item = rc_arena_alloc(arena, (size_t)files.n, sizeof *out->item);
    if (out->item == NULL)
      status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
    else if (files.n > 0)
      memcpy(out->item, files.item, (size_t)files.n * sizeof *out->item);
    out->n = status == RC_OK ? files.n : 0;
  }
  free(files.item);
  return status;
}

rc_status rc_list_folder(const char *folder, int64_t max_files, rc_arena *arena, rc_texts *out,
                         rc_error *err) {
  return list_files(folder, false, max_files, arena, out, err);
}

rc_status rc_list_tree(const char *folder, int64_t max_files, rc_arena *arena, rc_texts *out,
                       rc_error *err) {
  return list_files(folder, true, max_files, arena, out, err);
}
