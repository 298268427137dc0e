// SPDX-License-Identifier: Apache-2.0
/// @file registry.h
/// Declares the descriptor of every family. A family's file includes this, so that the compiler
/// compares its definition with the declaration the registry uses.
#ifndef RADCOHORT_TEXTURE_REGISTRY_H
#define RADCOHORT_TEXTURE_REGISTRY_H

#include "texture/contract.h"

#define RC_FAMILY(descriptor) extern const rc_family descriptor;
#include "texture/families.def"
#undef RC_FAMILY

#endif
