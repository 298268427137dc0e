// SPDX-License-Identifier: Apache-2.0
/// @file registry.h
/// Declares the descriptor of every filter. A filter's file includes this, so that the compiler
/// compares its definition with the declaration the registry uses.
#ifndef RADCOHORT_FILTERS_REGISTRY_H
#define RADCOHORT_FILTERS_REGISTRY_H

#include "filters/filter.h"

#define RC_FILTER(descriptor) extern const rc_filter descriptor;
#include "filters/filters.def"
#undef RC_FILTER

#endif
