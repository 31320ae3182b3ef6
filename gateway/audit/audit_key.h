/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_KEY_H
#define SEKISHO_AUDIT_KEY_H

#include <stdbool.h>

#include "../base/buf.h"

/*
 * Ed25519 (RFC 8032) over libcrypto: the secret is with who writes the log,
 * the public half with who checks it. Both are 32 bytes; as files they are
 * PEM (RFC 8410), which openssl reads.
 */
#define AUDIT_KEY_BYTES		32
#define AUDIT_SIGNATURE_BYTES	64

struct audit_key;

/* NULL: libcrypto could not. */
struct audit_key *audit_key_new(void);
struct audit_key *audit_key_secret(const uint8_t secret[AUDIT_KEY_BYTES]);
struct audit_key *audit_key_public(const uint8_t bytes[AUDIT_KEY_BYTES]);
struct audit_key *audit_key_read(struct span pem);	/* either half */
void audit_key_free(struct audit_key *key);

/* False: it has no such half. */
bool audit_key_get_public(const struct audit_key *key,
    uint8_t out[AUDIT_KEY_BYTES]);
bool audit_key_get_secret(const struct audit_key *key,
    uint8_t out[AUDIT_KEY_BYTES]);
enum err audit_key_pem(const struct audit_key *key, bool secret,
    struct buf *out) MUST_CHECK;

bool audit_key_sign(const struct audit_key *key, struct span text,
    uint8_t signature[AUDIT_SIGNATURE_BYTES]);
bool audit_key_verify(const struct audit_key *key, struct span text,
    const uint8_t signature[AUDIT_SIGNATURE_BYTES]);

#endif
