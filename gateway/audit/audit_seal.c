/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_seal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"

#define SIGNATURE	",\"signature\":\""

static enum err
put_hex(struct buf *out, const uint8_t *bytes, size_t n)
{
	enum err err = OK;

	for (size_t i = 0; i < n && err == OK; i++)
		err = buf_printf(out, "%02x", bytes[i]);
	return err;
}

enum err
audit_seal_text(const struct audit_seal *seal, uint64_t wall_ms,
    const struct audit_key *key, struct buf *out)
{
	char hash[DIGEST_HEX_BYTES], time[CLOCK_TEXT_BYTES];
	uint8_t signature[AUDIT_SIGNATURE_BYTES], public[AUDIT_KEY_BYTES];
	size_t at = out->len;
	enum err err;

	digest_hex(seal->last.hash, hash);
	clock_rfc3339(wall_ms, time, sizeof(time));
	err = buf_printf(out, "{\"file\":\"%s\",\"first\":%" PRIu64
	    ",\"last\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"hash\":\"%s\","
	    "\"time\":\"%s\",\"key\":\"", seal->file, seal->first,
	    seal->last.seq, seal->bytes, hash, time);
	if (err == OK && !audit_key_get_public(key, public))
		err = ERR_SYSTEM;
	if (err == OK)
		err = put_hex(out, public, sizeof(public));
	if (err == OK)
		err = buf_add_byte(out, '"');
	if (err == OK && !audit_key_sign(key, span_sub(buf_span(out), at,
	    out->len), signature))
		err = ERR_SYSTEM;
	if (err == OK)
		err = buf_add_str(out, SIGNATURE);
	if (err == OK)
		err = put_hex(out, signature, sizeof(signature));
	if (err == OK)
		err = buf_add_str(out, "\"}\n");
	if (err != OK)
		buf_truncate(out, at);
	return err;
}

/* The text between before and the byte c, which stay in s no longer. */
static bool
field(struct span *s, struct span before, uint8_t c, struct span *out)
{
	if (!span_begins(*s, before))
		return false;
	*s = span_sub(*s, before.len, s->len);
	return span_cut(s, c, out);
}

static bool
read_fields(struct span s, struct audit_seal *seal, struct span *signature)
{
	struct span file, first, last, bytes, hash, time, key;

	if (!field(&s, SPAN("{\"file\":\""), '"', &file) ||
	    !field(&s, SPAN(",\"first\":"), ',', &first) ||
	    !field(&s, SPAN("\"last\":"), ',', &last) ||
	    !field(&s, SPAN("\"bytes\":"), ',', &bytes) ||
	    !field(&s, SPAN("\"hash\":\""), '"', &hash) ||
	    !field(&s, SPAN(",\"time\":\""), '"', &time) ||
	    !field(&s, SPAN(",\"key\":\""), '"', &key) ||
	    !field(&s, SPAN(SIGNATURE), '"', signature) ||
	    !span_equal(s, SPAN("}\n")))
		return false;
	if (file.len >= sizeof(seal->file))
		return false;
	memcpy(seal->file, file.ptr, file.len);
	return span_decimal(first, UINT64_MAX, &seal->first) &&
	    span_decimal(last, UINT64_MAX, &seal->last.seq) &&
	    span_decimal(bytes, INT64_MAX, &seal->bytes) &&
	    audit_hex(hash, seal->last.hash) && audit_hex(key, seal->key) &&
	    signature->len == 2 * AUDIT_SIGNATURE_BYTES;
}

static bool
signature_fits(struct span text, struct span hex, const uint8_t *public)
{
	uint8_t signature[AUDIT_SIGNATURE_BYTES];
	struct audit_key *key = audit_key_public(public);
	bool good;

	good = key != NULL && audit_hex(span_sub(hex, 0, 64), signature) &&
	    audit_hex(span_sub(hex, 64, 64), signature + 32) &&
	    audit_key_verify(key, span_sub(text, 0, span_find(text,
	    SPAN(SIGNATURE))), signature);
	audit_key_free(key);
	return good;
}

enum err
audit_seal_read(struct span text, const struct audit_key *key,
    struct audit_seal *seal)
{
	uint8_t wanted[AUDIT_KEY_BYTES];
	struct span signature;

	memset(seal, 0, sizeof(*seal));
	if (!read_fields(text, seal, &signature))
		return ERR_INPUT;
	if (key != NULL && (!audit_key_get_public(key, wanted) ||
	    memcmp(wanted, seal->key, sizeof(wanted)) != 0))
		return ERR_POLICY;
	return signature_fits(text, signature, seal->key) ? OK : ERR_POLICY;
}

bool
audit_seal_load(int dir, const char *name, const struct audit_key *key,
    struct audit_seal *seal)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct buf text;
	bool good;

	if (fd == -1)
		return false;
	buf_init(&text, AUDIT_SEAL_BYTES_MAX);
	good = pread_whole(fd, &text, NULL) == OK &&
	    audit_seal_read(buf_span(&text), key, seal) == OK;
	buf_fini(&text);
	close(fd);
	return good;
}
