// SPDX-License-Identifier: Apache-2.0
#include "data/profile.h"

#include <stddef.h>

const char *const rc_profile_names[] = {
    [RC_PROFILE_IBSI] = "ibsi", [RC_PROFILE_PYRADIOMICS] = "pyradiomics", NULL};
