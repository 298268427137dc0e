// SPDX-License-Identifier: Apache-2.0
/// @file plan_pack.h
/// A plan as bytes, so that one rank walks the file system and every rank gets the same plan. For
/// use between ranks of one run only: no byte order or version is recorded.
#ifndef RADCOHORT_ENGINE_PLAN_PACK_H
#define RADCOHORT_ENGINE_PLAN_PACK_H

#include "plan/plan.h"

/// Packs into malloc'd bytes the caller frees.
rc_status rc_plan_pack(const rc_plan *plan, int64_t n_images, unsigned char **bytes, size_t *n,
                       rc_error *err);
/// The inverse; everything lives in `arena`.
rc_status rc_plan_unpack(const unsigned char *bytes, size_t n, int64_t n_images, rc_arena *arena,
                         rc_plan **out, rc_error *err);

#endif
