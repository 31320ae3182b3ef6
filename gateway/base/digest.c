/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SHA-256 over libcrypto's own functions for it, not over its EVP interface:
 * a mail is hashed five times on its way, mostly in a child that has just
 * been forked, and the providers behind EVP would cost each of these more
 * page faults than the hashing of a small mail takes. The state is the
 * caller's: no memory is allocated.
 */
#define OPENSSL_SUPPRESS_DEPRECATED	/* of 3.0, in favour of EVP */
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "durable.h"

#define READ_BYTES	65536

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct digest) &&
    _Alignof(SHA256_CTX) <= _Alignof(struct digest), "room for the state");

static SHA256_CTX *
context(struct digest *digest)
{
	return (SHA256_CTX *)(void *)digest->state;
}

void
digest_init(struct digest *digest)
{
	require(SHA256_Init(context(digest)) == 1);
}

void
digest_add(struct digest *digest, struct span s)
{
	require(SHA256_Update(context(digest), s.ptr, s.len) == 1);
}

void
digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES])
{
	require(SHA256_Final(out, context(digest)) == 1);
	digest_fini(digest);
}

void
digest_fini(struct digest *digest)
{
	memset(digest->state, 0, sizeof(digest->state));
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
