// SPDX-License-Identifier: Apache-2.0
/// @file dicom_tag.h
/// The name of a DICOM attribute.
#ifndef RADCOHORT_IMAGES_DICOM_TAG_H
#define RADCOHORT_IMAGES_DICOM_TAG_H

#include <stdint.h>

/// (group << 16) | element
typedef uint32_t rc_tag;
#define RC_TAG(group, element) (((uint32_t)(group) << 16) | (uint32_t)(element))

#endif
