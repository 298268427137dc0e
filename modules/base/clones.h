// SPDX-License-Identifier: Apache-2.0
/// @file clones.h
/// One binary for several generations of processors. A function marked RC_CLONES is compiled for
/// wider vector registers, too, and the program takes the widest that its processor has when it
/// starts; elsewhere the mark means nothing. Clones add in the same order and never contract, so
/// all of them give the same bits.
#ifndef RADCOHORT_BASE_CLONES_H
#define RADCOHORT_BASE_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(RC_BASELINE) &&    \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if __GNUC__ >= 12
#define RC_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RC_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#else
#define RC_CLONES
#endif

#endif
