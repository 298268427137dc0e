// SPDX-License-Identifier: Apache-2.0
/// @file digest.h
/// SHA-256 of bytes and files (OpenSSL's libcrypto), for provenance and content-addressed keys.
#ifndef RADCOHORT_BASE_DIGEST_H
#define RADCOHORT_BASE_DIGEST_H

#include "base/error.h"
#include <stddef.h>

#define RC_DIGEST_TEXT 65 ///< 64 hexadecimal digits and NUL

typedef struct rc_digest rc_digest;

rc_digest *rc_digest_create(void); ///< NULL if out of memory
void rc_digest_destroy(rc_digest *digest);
void rc_digest_add(rc_digest *digest, const void *bytes, size_t n);
/// Adds a file's content. RC_ERR_NOT_FOUND / RC_ERR_IO.
rc_status rc_digest_add_file(rc_digest *digest, const char *path, rc_error *err);
/// Ends the digest and writes it as text; the object can only be destroyed afterwards.
void rc_digest_finish(rc_digest *digest, char out[RC_DIGEST_TEXT]);

#endif
