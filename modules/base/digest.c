// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES ((size_t)1 << 16)

struct rc_digest {
  EVP_MD_CTX *context;
};

rc_digest *rc_digest_create(void) {
  rc_digest *digest = calloc(1, sizeof *digest);
  if (digest == NULL)
    return NULL;
  digest->context = EVP_MD_CTX_new();
  if (digest->context == NULL || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1) {
    rc_digest_destroy(digest);
    return NULL;
  }
  return digest;
}

void rc_digest_destroy(rc_digest *digest) {
  if (digest == NULL)
    return;
  EVP_MD_CTX_free(digest->context);
  free(digest);
}

void rc_digest_add(rc_digest *digest, const void *bytes, size_t n) {
  EVP_DigestUpdate(digest->context, bytes, n);
}

rc_status rc_digest_add_file(rc_digest *digest, const char *path, rc_error *err) {
  rc_status status = RC_OK;
  unsigned char *buffer = NULL;
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return rc_fail(err, errno == ENOENT ? RC_ERR_NOT_FOUND : RC_ERR_IO, "%s: %s", path,
                   strerror(errno));
  buffer = malloc(READ_BYTES);
  if (buffer == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "%s: out of memory while reading", path);
    goto done;
  }
  size_t n;
  while ((n = fread(buffer, 1, READ_BYTES, file)) > 0)
    rc_digest_add(digest, buffer, n);
  if (ferror(file))
    status = rc_fail(err, RC_ERR_IO, "%s: reading failed: %s", path, strerror(errno));
done:
  free(buffer);
  fclose(file);
  return status;
}

void rc_digest_finish(rc_digest *digest, char out[RC_DIGEST_TEXT]) {
  unsigned char bytes[EVP_MAX_MD_SIZE] = {0};
  unsigned int n = 0;
  EVP_DigestFinal_ex(digest->context, bytes, &n);
  for (unsigned int i = 0; i < n && i < 32; i++)
    snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}
