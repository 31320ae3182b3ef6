/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS (RFC 8446, RFC 5246): the client's first message is a ClientHello, the
 * server's a ServerHello or an alert. A message may be cut into records
 * anywhere. What is inside a ClientHello is in inspect_hello.c. A second
 * ClientHello after a HelloRetryRequest is not seen: the flow is allowed by
 * then; RFC 8446 4.1.2 lets it differ in no name.
 */
#include <string.h>

#include "inspect_internal.h"

#define RECORD_ALERT		21u
#define RECORD_HANDSHAKE	22u
#define RECORD_BYTES_MAX	16384u	/* RFC 8446 5.1, of plain text */
#define CLIENT_HELLO		1u
#define SERVER_HELLO		2u
#define MESSAGE_HEADER_BYTES	4u
/* RFC 8446 4.1.2, 4.1.3: version, random, and the shortest of the rest */
#define CLIENT_HELLO_BYTES_MIN	(2u + 32 + 1 + 2 + 2 + 1 + 1)
#define SERVER_HELLO_BYTES_MIN	(2u + 32 + 1 + 2 + 1)

/* The bytes of a handshake out of their records. */
struct handshake {
	uint8_t		*bytes;		/* room for INSPECT_BYTES_MAX */
	size_t		 len;
	size_t		 declared;	/* len, with all of the last record */
	uint8_t		 type;		/* that it must be */
};

/*
 * RFC 8446 5.1: type, version 3.1 to 3.3 (RFC 5246 E.1: a first record of
 * 3.1 to be understood by all), length; no empty record of a handshake.
 */
static enum inspect_reason
read_record_header(struct span *rest, uint8_t type, size_t *len)
{
	uint32_t version, n;
	struct span s;

	if (rest->ptr[0] != type || (rest->len > 1 && rest->ptr[1] != 3) ||
	    (rest->len > 2 && (rest->ptr[2] < 1 || rest->ptr[2] > 3)))
		return INSPECT_TLS_RECORD;
	if (rest->len < 5)
		return INSPECT_MORE;
	if (!read_bytes(rest, 1, &s) || !read_number(rest, 2, &version) ||
	    !read_number(rest, 2, &n))
		return INSPECT_MORE;
	if (n == 0 || n > RECORD_BYTES_MAX)
		return INSPECT_TLS_RECORD;
	*len = n;
	return INSPECT_FINE;
}

/* With its header; only when that is at hand. */
static size_t
message_bytes(const struct handshake *h)
{
	return MESSAGE_HEADER_BYTES + ((size_t)h->bytes[1] << 16 |
	    (size_t)h->bytes[2] << 8 | h->bytes[3]);
}

static enum inspect_reason
check_message_header(const struct handshake *h)
{
	size_t len, min = h->type == CLIENT_HELLO ? CLIENT_HELLO_BYTES_MIN :
	    SERVER_HELLO_BYTES_MIN;

	if (h->len > 0 && h->bytes[0] != h->type)
		return INSPECT_TLS_MESSAGE;
	if (h->len < MESSAGE_HEADER_BYTES)
		return INSPECT_MORE;
	len = message_bytes(h);
	if (len < MESSAGE_HEADER_BYTES + min)
		return INSPECT_TLS_HELLO;
	if (len > INSPECT_BYTES_MAX)
		return INSPECT_TOO_LONG;
	/*
	 * RFC 8446 5.1: a message before a change of keys ends with its
	 * record, and a ClientHello is one. (Of TLS 1.2 the server's other
	 * messages may follow in the same record.)
	 */
	if (h->type == CLIENT_HELLO && h->declared > len)
		return INSPECT_TLS_RECORD;
	return h->len < len ? INSPECT_MORE : INSPECT_FINE;
}

static enum inspect_reason
collect(struct span bytes, struct handshake *h)
{
	enum inspect_reason why = INSPECT_MORE;

	while (why == INSPECT_MORE && bytes.len > 0) {
		struct span part;
		size_t len;

		why = read_record_header(&bytes, RECORD_HANDSHAKE, &len);
		if (why != INSPECT_FINE)
			return why;
		h->declared = h->len + len;
		part = span_sub(bytes, 0, len);
		bytes = span_sub(bytes, part.len, bytes.len - part.len);
		if (part.len > 0)
			memcpy(h->bytes + h->len, part.ptr, part.len);
		h->len += part.len;
		why = check_message_header(h);
	}
	return why;
}

static enum inspect_reason
judge_client(struct inspect_flow *flow, struct span bytes, uint8_t *scratch)
{
	struct handshake h = { .bytes = scratch, .type = CLIENT_HELLO };
	enum inspect_reason why = collect(bytes, &h);

	if (why != INSPECT_FINE)
		return why;
	return inspect_hello(flow, (struct span){
	    h.bytes + MESSAGE_HEADER_BYTES,
	    message_bytes(&h) - MESSAGE_HEADER_BYTES }, false);
}

/* RFC 8446 6: level and description, unprotected at this time. */
static enum inspect_reason
judge_alert(struct span bytes)
{
	size_t len;
	enum inspect_reason why = read_record_header(&bytes, RECORD_ALERT,
	    &len);

	if (why != INSPECT_FINE)
		return why;
	if (len != 2)
		return INSPECT_TLS_RECORD;
	if (bytes.len > 0 && bytes.ptr[0] != 1 && bytes.ptr[0] != 2)
		return INSPECT_TLS_MESSAGE;
	return bytes.len < 2 ? INSPECT_MORE : INSPECT_FINE;
}

/* RFC 8446 4.1.3; extensions are the client's to check. */
static enum inspect_reason
judge_server(struct span bytes, uint8_t *scratch)
{
	struct handshake h = { .bytes = scratch, .type = SERVER_HELLO };
	struct span rest, random, session;
	uint32_t version, cipher, compression;
	enum inspect_reason why;

	if (bytes.ptr[0] == RECORD_ALERT)
		return judge_alert(bytes);
	why = collect(bytes, &h);
	if (why != INSPECT_FINE)
		return why;
	rest = (struct span){ h.bytes + MESSAGE_HEADER_BYTES,
		message_bytes(&h) - MESSAGE_HEADER_BYTES };
	if (!read_number(&rest, 2, &version) || version < 0x0301 ||
	    version > 0x0303 || !read_bytes(&rest, 32, &random) ||
	    !read_vector(&rest, 1, &session) ||
	    session.len > INSPECT_TLS_SESSION_MAX ||
	    !read_number(&rest, 2, &cipher) ||
	    !read_number(&rest, 1, &compression))
		return INSPECT_TLS_HELLO;
	/* RFC 7525 3.3: no compression, which TLS 1.3 has no more */
	return compression == 0 ? INSPECT_FINE : INSPECT_TLS_HELLO;
}

enum inspect_reason
inspect_tls_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	require(bytes.len > 0);
	return direction == INSPECT_CLIENT ?
	    judge_client(flow, bytes, inspect->scratch) :
	    judge_server(bytes, inspect->scratch);
}
