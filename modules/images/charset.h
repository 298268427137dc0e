// SPDX-License-Identifier: Apache-2.0
/// @file charset.h
/// DICOM's character sets to UTF-8, so that names from any clinic can be matched and stored.
#ifndef RADCOHORT_IMAGES_CHARSET_H
#define RADCOHORT_IMAGES_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

/// `set`: the value of SpecificCharacterSet (0008,0005), n_set bytes; the first of several counts
/// (code extensions by escape sequences are not followed). Bytes that mean nothing in the set
/// become '?'. False when the result does not fit into `capacity` bytes with its NUL.
bool rc_charset_to_utf8(const char *set, size_t n_set, const char *text, size_t n, char *out,
                        size_t capacity);

#endif
