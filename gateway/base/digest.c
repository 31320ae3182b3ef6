/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 over libcrypto's EVP interface. */
#include <openssl/evp.h>
#include <stdio.h>

#include "digest.h"
#include "durable.h"

#define READ_BYTES	65536

/*
 * Fetched once and kept: EVP_sha256() would be looked up again in each
 * EVP_DigestInit of OpenSSL 3, which costs more than hashing a small mail.
 */
static const EVP_MD *
sha256(void)
{
	static EVP_MD *md;

	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	require(md != NULL);
	return md;
}

void
digest_init(struct digest *digest)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	require(context != NULL);
	require(EVP_DigestInit_ex2(context, sha256(), NULL) == 1);
	digest->context = context;
}

void
digest_add(struct digest *digest, struct span s)
{
	require(EVP_DigestUpdate(digest->context, s.ptr, s.len) == 1);
}

void
digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES])
{
	require(EVP_DigestFinal_ex(digest->context, out, NULL) == 1);
	digest_fini(digest);
}

void
digest_fini(struct digest *digest)
{
	EVP_MD_CTX_free(digest->context);
	digest->context = NULL;
}

void
digest_span(struct span s, uint8_t out[DIGEST_BYTES])
{
	struct digest digest;

	digest_init(&digest);
	digest_add(&digest, s);
	digest_end(&digest, out);
}

enum err
digest_fd(int fd, uint64_t offset, uint64_t len, uint8_t out[DIGEST_BYTES],
    struct diag *diag)
{
	static uint8_t bytes[READ_BYTES];
	struct digest digest;
	enum err err = OK;
	size_t got = 1;

	digest_init(&digest);
	while (err == OK && len > 0 && got > 0) {
		size_t want = len < READ_BYTES ? (size_t)len : READ_BYTES;

		err = pread_all(fd, bytes, want, offset, &got, diag);
		if (err != OK)
			break;
		digest_add(&digest, (struct span){ bytes, got });
		offset += got;
		len -= got;
	}
	digest_end(&digest, out);
	return err;
}

void
digest_hex(const uint8_t digest[DIGEST_BYTES], char text[DIGEST_HEX_BYTES])
{
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}
