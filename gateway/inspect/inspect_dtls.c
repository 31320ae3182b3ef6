/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DTLS (RFC 6347, RFC 9147): a ClientHello, answered by a HelloVerifyRequest,
 * a ServerHello or an alert, all of epoch 0. A hello may be in pieces; of the
 * first one only the headers can be read.
 */
#include "inspect_internal.h"

#define RECORD_ALERT		21u
#define RECORD_HANDSHAKE	22u
#define RECORD_BYTES_MAX	16384u
#define CLIENT_HELLO		1u
#define SERVER_HELLO		2u
#define HELLO_VERIFY_REQUEST	3u
#define SEQUENCE_MAX		16u	/* of the messages of a first flight */

struct message {
	uint32_t	type;
	uint32_t	len;		/* of the whole message */
	struct span	fragment;	/* that begins at 0 */
};

/* RFC 6347 4.1: type, version, epoch 0, sequence, length. */
static bool
read_record(struct span *rest, uint32_t *type, struct span *fragment)
{
	uint32_t version, epoch;
	struct span sequence;

	return read_number(rest, 1, type) && read_number(rest, 2, &version) &&
	    (version == 0xfeff || version == 0xfefd) &&
	    read_number(rest, 2, &epoch) && epoch == 0 &&
	    read_bytes(rest, 6, &sequence) &&
	    read_vector(rest, 2, fragment) &&
	    fragment->len <= RECORD_BYTES_MAX;
}

/* RFC 6347 4.2.2 */
static bool
read_message(struct span *rest, struct message *m, uint32_t *offset)
{
	uint32_t sequence, len;

	return read_number(rest, 1, &m->type) &&
	    read_number(rest, 3, &m->len) &&
	    read_number(rest, 2, &sequence) && sequence <= SEQUENCE_MAX &&
	    read_number(rest, 3, offset) && read_number(rest, 3, &len) &&
	    *offset <= m->len && len <= m->len - *offset &&
	    m->len <= INSPECT_BYTES_MAX && read_bytes(rest, len, &m->fragment);
}

static enum inspect_reason
judge_client(struct inspect_flow *flow, struct span rest)
{
	struct span record;
	struct message m;
	uint32_t type, offset;

	if (!read_record(&rest, &type, &record) || rest.len != 0 ||
	    type != RECORD_HANDSHAKE)
		return INSPECT_TLS_RECORD;
	if (!read_message(&record, &m, &offset) || record.len != 0 ||
	    m.type != CLIENT_HELLO)
		return INSPECT_TLS_MESSAGE;
	if (m.fragment.len == m.len)
		return inspect_hello(flow, m.fragment, true);
	/* a name that cannot be read is none */
	return flow->ask.servers_listed ? INSPECT_TLS_NO_NAME : INSPECT_FINE;
}

/* The first record; what follows in the datagram may be encrypted. */
static enum inspect_reason
judge_server(struct span rest)
{
	struct span record;
	struct message m;
	uint32_t type, offset;

	if (!read_record(&rest, &type, &record))
		return INSPECT_TLS_RECORD;
	if (type == RECORD_ALERT)
		return record.len == 2 ? INSPECT_FINE : INSPECT_TLS_RECORD;
	if (type != RECORD_HANDSHAKE)
		return INSPECT_TLS_RECORD;
	if (!read_message(&record, &m, &offset) ||
	    (m.type != SERVER_HELLO && m.type != HELLO_VERIFY_REQUEST))
		return INSPECT_TLS_MESSAGE;
	return INSPECT_FINE;
}

enum inspect_reason
inspect_dtls_datagram(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	(void)inspect;
	return direction == INSPECT_CLIENT ? judge_client(flow, bytes) :
	    judge_server(bytes);
}
