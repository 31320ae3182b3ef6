/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_key.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/* struct audit_key is libcrypto's own. */
static EVP_PKEY *
pkey(const struct audit_key *key)
{
	return (EVP_PKEY *)(uintptr_t)key;
}

struct audit_key *
audit_key_new(void)
{
	return (struct audit_key *)EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

struct audit_key *
audit_key_secret(const uint8_t secret[AUDIT_KEY_BYTES])
{
	return (struct audit_key *)EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, secret, AUDIT_KEY_BYTES);
}

struct audit_key *
audit_key_public(const uint8_t bytes[AUDIT_KEY_BYTES])
{
	return (struct audit_key *)EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, bytes, AUDIT_KEY_BYTES);
}

static EVP_PKEY *
read_pem(struct span pem, EVP_PKEY *(*read)(BIO *, EVP_PKEY **,
    pem_password_cb *, void *))
{
	BIO *bio;
	EVP_PKEY *key;

	if (pem.len == 0 || pem.len > INT_MAX)
		return NULL;
	if ((bio = BIO_new_mem_buf(pem.ptr, (int)pem.len)) == NULL)
		return NULL;
	/* an empty pass phrase: nobody is asked */
	key = read(bio, NULL, NULL, (void *)(uintptr_t)"");
	BIO_free(bio);
	if (key != NULL && EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

struct audit_key *
audit_key_read(struct span pem)
{
	EVP_PKEY *key = read_pem(pem, PEM_read_bio_PrivateKey);

	if (key == NULL)
		key = read_pem(pem, PEM_read_bio_PUBKEY);
	return (struct audit_key *)key;
}

void
audit_key_free(struct audit_key *key)
{
	EVP_PKEY_free(pkey(key));
}

bool
audit_key_get_public(const struct audit_key *key, uint8_t out[AUDIT_KEY_BYTES])
{
	size_t len = AUDIT_KEY_BYTES;

	return EVP_PKEY_get_raw_public_key(pkey(key), out, &len) == 1 &&
	    len == AUDIT_KEY_BYTES;
}

bool
audit_key_get_secret(const struct audit_key *key, uint8_t out[AUDIT_KEY_BYTES])
{
	size_t len = AUDIT_KEY_BYTES;

	return EVP_PKEY_get_raw_private_key(pkey(key), out, &len) == 1 &&
	    len == AUDIT_KEY_BYTES;
}

enum err
audit_key_pem(const struct audit_key *key, bool secret, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	enum err err = ERR_SYSTEM;

	if (bio == NULL)
		return ERR_SYSTEM;
	if ((secret ? PEM_write_bio_PrivateKey(bio, pkey(key), NULL, NULL, 0,
	    NULL, NULL) : PEM_write_bio_PUBKEY(bio, pkey(key))) == 1 &&
	    (len = BIO_get_mem_data(bio, &text)) > 0)
		err = buf_add(out, (struct span){ (const uint8_t *)text,
		    (size_t)len });
	BIO_free(bio);
	return err;
}

bool
audit_key_sign(const struct audit_key *key, struct span text,
    uint8_t signature[AUDIT_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = AUDIT_SIGNATURE_BYTES;
	bool good;

	good = context != NULL && EVP_DigestSignInit(context, NULL, NULL,
	    NULL, pkey(key)) == 1 && EVP_DigestSign(context, signature, &len,
	    text.ptr, text.len) == 1 && len == AUDIT_SIGNATURE_BYTES;
	EVP_MD_CTX_free(context);
	return good;
}

bool
audit_key_verify(const struct audit_key *key, struct span text,
    const uint8_t signature[AUDIT_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good;

	good = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL,
	    NULL, pkey(key)) == 1 && EVP_DigestVerify(context, signature,
	    AUDIT_SIGNATURE_BYTES, text.ptr, text.len) == 1;
	EVP_MD_CTX_free(context);
	return good;
}
