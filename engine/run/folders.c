// SPDX-License-Identifier: Apache-2.0
#include "run/folders.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

rc_status rc_folders_above(const char *file, rc_error *err) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s", file) >= (int)sizeof path)
    return rc_fail(err, RC_ERR_IO, "%.200s...: the name is too long", file);
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
      return rc_fail(err, RC_ERR_IO, "%s: cannot make the folder: %s", path, strerror(errno));
    *slash = '/';
  }
  return RC_OK;
}
