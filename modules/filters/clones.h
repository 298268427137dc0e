// SPDX-License-Identifier: Apache-2.0
/// @file clones.h
/// CLONES before a function compiles it for wider registers, too, and picks at run time. Clones add
/// in the same order and never contract, so they give the same bits.
#ifndef RADCOHORT_FILTERS_CLONES_H
#define RADCOHORT_FILTERS_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

#endif
