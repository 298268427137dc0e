// SPDX-License-Identifier: Apache-2.0
#include "store/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void check_new(h5 *h, hid_t parent, const char *name) {
  if (h5_has(h, parent, name))
    h5_refuse(h, RC_ERR_WORKFLOW, "there is a '%.200s' already", name);
}

/// Opens /uns/<name>, making it when absent.
static hid_t open_dict(h5 *h, hid_t uns, const char *name) {
  return h5_has(h, uns, name) ? h5_open(h, uns, name, H5I_GROUP)
                              : h5_make_group(h, uns, name, H5_DICT);
}

rc_status rc_store_add_frame(const char *path, const char *group, const rc_frame *frame,
                             rc_error *err) {
  h5 h = {.path = path, .err = err, .arena = rc_arena_create(0)};
  if (h.arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  const char *name = store_link_name(&h, frame->name);
  hid_t file = h5_open_file(&h, true), uns = h5_open(&h, file, STORE_UNS, H5I_GROUP);
  hid_t parent = group == NULL || h.status != RC_OK
                     ? H5I_INVALID_HID
                     : open_dict(&h, uns, store_link_name(&h, group));
  if (h.status == RC_OK) {
    hid_t target = group == NULL ? uns : parent;
    check_new(&h, target, name);
    store_put_frame(&h, target, name, frame, frame->index_name, false);
  }
  h5_close(&h, parent);
  h5_close(&h, uns);
  h5_close_file(&h, file);
  rc_arena_destroy(h.arena);
  return h.status;
}

rc_status rc_store_add_fact(const char *path, const char *key, const char *value, rc_error *err) {
  h5 h = {.path = path, .err = err, .arena = rc_arena_create(0)};
  if (h.arena == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  const char *name = store_link_name(&h, key);
  hid_t file = h5_open_file(&h, true), uns = h5_open(&h, file, STORE_UNS, H5I_GROUP);
  hid_t facts = h5_open(&h, uns, STORE_FACTS, H5I_GROUP);
  check_new(&h, facts, name);
  if (h.status == RC_OK)
    h5_put_text(&h, facts, name, value);
  h5_close(&h, facts);
  h5_close(&h, uns);
  h5_close_file(&h, file);
  rc_arena_destroy(h.arena);
  return h.status;
}

/// Makes a file's content or a folder's entries reach the disk.
static bool sync_path(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool synced = fsync(fd) == 0 || errno == EINVAL; // some file systems cannot
  return close(fd) == 0 && synced;
}

rc_status rc_store_publish(const char *part, const char *final, rc_error *err) {
  char folder[4096];
  if (!sync_path(part, O_RDWR))
    return rc_fail(err, RC_ERR_IO, "%s: cannot be brought to disk: %s", part, strerror(errno));
  if (rename(part, final) != 0)
    return rc_fail(err, RC_ERR_IO, "%s: cannot be renamed to %s: %s", part, final, strerror(errno));
  snprintf(folder, sizeof folder, "%s", final);
  // The file is there under its name; a folder that cannot be synced is no reason to fail.
  (void)sync_path(dirname(folder), O_RDONLY | O_DIRECTORY);
  return RC_OK;
}
