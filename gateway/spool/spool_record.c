/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The envelope codec: who sent a mail to whom, by which words (RFC 5321, RFC
 * 3461). It travels between our processes and stands in the spool's files;
 * a decoded one keeps every limit and has no control character in it. What
 * may pass is for the rules to say, how a file looks for spool_file.c.
 */
#include <string.h>

#include "../base/wire.h"
#include "spool_record.h"

#define ENVELOPE_VERSION	1

/* No control character: an address or a name never ends a line of ours. */
static bool
is_clean(struct span s, size_t max)
{
	if (s.len > max)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return false;
	return true;
}

/* RFC 3461 section 4.1: NEVER stands alone. */
static bool
is_notify(uint8_t notify)
{
	if ((notify & NOTIFY_NEVER) != 0)
		return notify == NOTIFY_NEVER;
	return (notify & ~(NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY)) ==
	    0;
}

static bool
is_address(const struct address *address)
{
	static const uint8_t zero[sizeof(address->bytes)];

	if (address->family == 4)
		return memcmp(address->bytes + 4, zero, 12) == 0;
	return address->family == 6;
}

static bool
is_recipient(const struct envelope_recipient *recipient)
{
	return recipient->address.len > 0 &&
	    is_clean(recipient->address, ENVELOPE_ADDRESS_BYTES_MAX) &&
	    is_clean(recipient->orcpt, ENVELOPE_ORCPT_BYTES_MAX) &&
	    is_notify(recipient->notify);
}

static bool
is_head(const struct envelope *envelope)
{
	return is_clean(envelope->helo, ENVELOPE_HELO_BYTES_MAX) &&
	    is_address(&envelope->peer) &&
	    envelope->protocol >= PROTOCOL_SMTP &&
	    envelope->protocol <= PROTOCOL_UTF8SMTP &&
	    envelope->body <= BODY_8BITMIME && envelope->smtputf8 <= 1 &&
	    envelope->ret <= RET_HDRS &&
	    is_clean(envelope->envid, ENVELOPE_ENVID_BYTES_MAX) &&
	    is_clean(envelope->sender, ENVELOPE_ADDRESS_BYTES_MAX) &&
	    envelope->recipients_n >= 1 &&
	    envelope->recipients_n <= ENVELOPE_RECIPIENTS_MAX;
}

static enum err
put_head(const struct envelope *envelope, struct buf *out)
{
	uint8_t bytes[7] = { ENVELOPE_VERSION, envelope->protocol,
	    envelope->body, envelope->smtputf8, envelope->ret,
	    envelope->peer.family, 0 };
	enum err err;

	err = buf_add(out, (struct span){ bytes, sizeof(bytes) });
	if (err == OK)
		err = buf_add(out, (struct span){ envelope->peer.bytes,
		    sizeof(envelope->peer.bytes) });
	if (err == OK)
		err = wire_put_u16(out, envelope->peer_port);
	if (err == OK)
		err = wire_put_bytes(out, envelope->helo);
	if (err == OK)
		err = wire_put_bytes(out, envelope->envid);
	if (err == OK)
		err = wire_put_bytes(out, envelope->sender);
	if (err == OK)
		err = wire_put_u32(out, envelope->recipients_n);
	return err;
}

enum err
envelope_encode(const struct envelope *envelope, struct buf *out)
{
	size_t start = out->len;
	enum err err;

	if (!is_head(envelope))
		return ERR_LIMIT;
	err = put_head(envelope, out);
	for (uint32_t i = 0; i < envelope->recipients_n && err == OK; i++) {
		const struct envelope_recipient *recipient =
		    &envelope->recipients[i];

		if (!is_recipient(recipient))
			err = ERR_LIMIT;
		if (err == OK)
			err = wire_put_u8(out, recipient->notify);
		if (err == OK)
			err = wire_put_bytes(out, recipient->address);
		if (err == OK)
			err = wire_put_bytes(out, recipient->orcpt);
	}
	if (err != OK)
		buf_truncate(out, start);
	return err;
}

static bool
get_head(struct wire_reader *reader, struct envelope *envelope)
{
	bool version = wire_get_u8(reader) == ENVELOPE_VERSION;
	bool zero;

	envelope->protocol = wire_get_u8(reader);
	envelope->body = wire_get_u8(reader);
	envelope->smtputf8 = wire_get_u8(reader);
	envelope->ret = wire_get_u8(reader);
	envelope->peer.family = wire_get_u8(reader);
	zero = wire_get_u8(reader) == 0;
	for (size_t i = 0; i < sizeof(envelope->peer.bytes); i++)
		envelope->peer.bytes[i] = wire_get_u8(reader);
	envelope->peer_port = wire_get_u16(reader);
	envelope->helo = wire_get_bytes(reader, ENVELOPE_HELO_BYTES_MAX);
	envelope->envid = wire_get_bytes(reader, ENVELOPE_ENVID_BYTES_MAX);
	envelope->sender = wire_get_bytes(reader, ENVELOPE_ADDRESS_BYTES_MAX);
	envelope->recipients_n = wire_get_u32(reader);
	return version && zero && !reader->bad && is_head(envelope);
}

enum err
envelope_decode(struct span bytes, struct envelope *envelope)
{
	struct wire_reader reader;

	memset(envelope, 0, offsetof(struct envelope, recipients));
	wire_reader_init(&reader, bytes);
	if (!get_head(&reader, envelope))
		return ERR_INPUT;
	for (uint32_t i = 0; i < envelope->recipients_n; i++) {
		struct envelope_recipient *recipient =
		    &envelope->recipients[i];

		recipient->notify = wire_get_u8(&reader);
		recipient->address = wire_get_bytes(&reader,
		    ENVELOPE_ADDRESS_BYTES_MAX);
		recipient->orcpt = wire_get_bytes(&reader,
		    ENVELOPE_ORCPT_BYTES_MAX);
		if (reader.bad || !is_recipient(recipient))
			return ERR_INPUT;
	}
	return wire_reader_done(&reader) ? OK : ERR_INPUT;
}
