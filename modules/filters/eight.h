// SPDX-License-Identifier: Apache-2.0
/// @file eight.h
/// Eight numbers side by side, for the loops that compilers vectorise along the wrong index. The
/// arithmetic is that of eight separate numbers on any machine.
#ifndef RADCOHORT_FILTERS_EIGHT_H
#define RADCOHORT_FILTERS_EIGHT_H

typedef double rc_eight __attribute__((vector_size(64), aligned(8), may_alias));

/// The eight numbers from p on, to read or to write.
#define RC_EIGHT(p) (*(rc_eight *)(p))
#define RC_EIGHT_OF(p) (*(const rc_eight *)(p))

#endif
