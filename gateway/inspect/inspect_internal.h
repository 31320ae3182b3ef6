/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_INSPECT_INTERNAL_H
#define SEKISHO_INSPECT_INTERNAL_H

#include "inspect.h"

/* 16 KiB of one direction; next is used while nobody has it. */
struct inspect_buffer {
	struct inspect_buffer	*next;
	uint8_t			 bytes[INSPECT_BYTES_MAX];
};

/* What is known of one direction of a flow. */
struct inspect_side {
	struct inspect_buffer	*buffer;	/* NULL: no byte yet */
	uint32_t		 first;		/* sequence number of byte 0 */
	uint32_t		 len;		/* bytes in the buffer */
	uint32_t		 end;		/* offset of the FIN */
	uint32_t		 passed;	/* bytes since it is good */
	uint16_t		 held;
	bool			 started;	/* first is known */
	bool			 ended;		/* end is known */
	bool			 good;
};

enum inspect_state { INSPECT_OPEN, INSPECT_ALLOWED, INSPECT_REFUSED };

struct inspect_flow {
	struct inspect_flow	*next;		/* in the list of free ones */
	struct inspect_ask	 ask;
	enum inspect_state	 state;
	enum inspect_reason	 reason;	/* when refused */
	struct inspect_side	 side[2];	/* by enum inspect_direction */
	/* DNS over UDP: a ring of the last questions */
	uint16_t		 ids[INSPECT_DNS_IDS_MAX];
	uint8_t			 ids_n;
	uint8_t			 ids_at;
};

struct inspect {
	struct inspect_flow	*flows;
	struct inspect_buffer	*buffers;
	struct inspect_flow	*flows_free;
	struct inspect_buffer	*buffers_free;
	size_t			 flows_used;
	size_t			 buffers_used;
	uint8_t			 scratch[INSPECT_BYTES_MAX];
};

/*
 * The judge of a protocol: FINE, MORE, or why the bytes cannot be it. bytes
 * begin with the first of the direction. Invariant that makes the answer the
 * same for every split: an answer other than MORE is that of all longer input
 * as well, so a judge reads from left to right and stops at the first fault.
 */
typedef enum inspect_reason inspect_judge(struct inspect *inspect,
    struct inspect_flow *flow, enum inspect_direction direction,
    struct span bytes);

inspect_judge inspect_tls_judge;
inspect_judge inspect_http_judge;
inspect_judge inspect_ssh_judge;
inspect_judge inspect_dns_judge;
inspect_judge inspect_smtp_judge;
inspect_judge inspect_rdp_judge;
inspect_judge inspect_rfb_judge;
inspect_judge inspect_ica_judge;
/* datagrams: whole, so never MORE */
inspect_judge inspect_dns_datagram;
inspect_judge inspect_ntp_datagram;
inspect_judge inspect_dtls_datagram;

/* Who may speak before the other one did. */
enum inspect_first { INSPECT_FIRST_CLIENT, INSPECT_FIRST_SERVER,
	INSPECT_FIRST_ANY };

struct inspect_check {
	inspect_judge		*tcp;		/* NULL: cannot be checked */
	inspect_judge		*udp;
	enum inspect_first	 first;
	bool			 udp_always;	/* never ALLOW */
};
const struct inspect_check *inspect_check_of(enum inspect_protocol protocol);

/* The flow is over: buffers go back. */
enum inspect_answer inspect_refuse(struct inspect *inspect,
    struct inspect_flow *flow, enum inspect_reason why,
    enum inspect_reason *reason);
enum inspect_answer inspect_allow(struct inspect *inspect,
    struct inspect_flow *flow, enum inspect_reason *reason);

/* False: none is free. */
bool inspect_buffer_take(struct inspect *inspect, struct inspect_side *side);

/*
 * The body of a ClientHello, whole (RFC 8446 4.1.2); of DTLS it has a cookie
 * as well (RFC 6347 4.2.1).
 */
enum inspect_reason inspect_hello(struct inspect_flow *flow,
    struct span body, bool dtls);

/* ---- reading ---- */

/* The next n bytes. False, and nothing is taken: there are not so many. */
static inline bool
read_bytes(struct span *rest, size_t n, struct span *taken)
{
	if (rest->len < n)
		return false;
	*taken = (struct span){ rest->ptr, n };
	rest->ptr += n;
	rest->len -= n;
	return true;
}

/* A number of n (at most 4) bytes, the highest first. */
static inline bool
read_number(struct span *rest, size_t n, uint32_t *value)
{
	struct span s;

	if (!read_bytes(rest, n, &s))
		return false;
	*value = 0;
	for (size_t i = 0; i < n; i++)
		*value = *value << 8 | s.ptr[i];
	return true;
}

/* A vector: its length in n bytes, then that many bytes. */
static inline bool
read_vector(struct span *rest, size_t n, struct span *vector)
{
	uint32_t len;

	return read_number(rest, n, &len) && read_bytes(rest, len, vector);
}

/* Take the literal. MORE: rest is a beginning of it; bad: it differs. */
static inline enum inspect_reason
read_literal(struct span *rest, struct span literal, enum inspect_reason bad)
{
	if (!span_begins(*rest, span_sub(literal, 0, rest->len)))
		return bad;
	if (rest->len < literal.len)
		return INSPECT_MORE;
	*rest = span_sub(*rest, literal.len, rest->len - literal.len);
	return INSPECT_FINE;
}

#endif
