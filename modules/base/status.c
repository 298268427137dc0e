// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"

static const char *const names[] = {
#define X(enumerator, name, meaning) name,
    RC_STATUS_LIST(X)
#undef X
};

static const char *const meanings[] = {
#define X(enumerator, name, meaning) meaning,
    RC_STATUS_LIST(X)
#undef X
};

static int known(rc_status status) {
  return (int)status >= 0 && status < RC_STATUS_COUNT;
}

const char *rc_status_name(rc_status status) {
  return known(status) ? names[status] : "?";
}

const char *rc_status_meaning(rc_status status) {
  return known(status) ? meanings[status] : "?";
}
