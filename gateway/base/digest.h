/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_DIGEST_H
#define SEKISHO_BASE_DIGEST_H

#include "err.h"
#include "span.h"

/* SHA-256 (FIPS 180-4) over libcrypto. */
#define DIGEST_BYTES		32
#define DIGEST_HEX_BYTES	65	/* with its NUL */

struct digest {
	uint64_t	state[14];	/* libcrypto's; see digest.c */
};

/* Aborts when libcrypto has no SHA-256: then nothing can be trusted. */
void digest_init(struct digest *digest);
void digest_add(struct digest *digest, struct span s);
/* Gives the result; the state is wiped. */
void digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES]);
/* Ends it without a result. */
void digest_fini(struct digest *digest);

/* In one go. */
void digest_span(struct span s, uint8_t out[DIGEST_BYTES]);

/* From offset to the end of a file. ERR_SYSTEM: see diag. */
enum err digest_fd(int fd, uint64_t offset, uint64_t len,
    uint8_t out[DIGEST_BYTES], struct diag *diag) MUST_CHECK;

void digest_hex(const uint8_t digest[DIGEST_BYTES],
    char text[DIGEST_HEX_BYTES]);

#endif
