/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_INSPECT_H
#define SEKISHO_INSPECT_H

#include "../base/err.h"
#include "../base/span.h"
#include "limits.h"

/*
 * Does a flow speak the protocol that its rule names? Decided from its first
 * bytes: no sockets, no files, no clock, no allocation after inspect_new().
 *
 * The caller holds each packet that it shows, and does with it what the answer
 * says. Invariant: no byte of a direction goes on before that direction was
 * found good, and a flow is left to itself (INSPECT_ALLOW) only after both
 * were. A protocol in which the client speaks first is therefore allowed on
 * the server's answer, so that what was judged is what the server has read.
 */

/* In the order of enum rules_speaks. */
enum inspect_protocol {
	INSPECT_TLS,
	INSPECT_HTTP,
	INSPECT_SSH,
	INSPECT_DNS,
	INSPECT_SMTP,
	INSPECT_NTP,
	INSPECT_RDP,
	INSPECT_RFB,
	INSPECT_PCOIP,
	INSPECT_ICA,
	INSPECT_BLAST,
	INSPECT_PROTOCOL_N
};

enum inspect_answer {
	/* keep this packet: more bytes are needed */
	INSPECT_HOLD,
	/*
	 * This packet and all held ones of its direction may go, in their
	 * order; the flow is looked at further.
	 */
	INSPECT_PASS,
	/* the flow is good: this one, all held ones and all to come may go */
	INSPECT_ALLOW,
	/* this packet is dropped, the flow is as it was: TCP sends it again */
	INSPECT_DROP,
	/*
	 * Not the protocol: this packet, all held ones and all to come are
	 * dropped (and the ends may be told by resets).
	 */
	INSPECT_CUT
};

enum inspect_direction {
	INSPECT_CLIENT,		/* bytes from the one who opened the flow */
	INSPECT_SERVER
};

enum inspect_reason {
	INSPECT_FINE = 0,
	INSPECT_MORE,		/* more bytes are needed */
	/* the flow */
	INSPECT_UNCHECKED,	/* protocol has no check on this transport */
	INSPECT_CLIENT_FIRST,	/* spoke before the server's greeting */
	INSPECT_SERVER_FIRST,	/* spoke before the client */
	INSPECT_TOO_LONG,	/* INSPECT_BYTES_MAX, and still not clear */
	INSPECT_PIECES,		/* INSPECT_HELD_MAX packets, still not clear */
	INSPECT_ENDED,		/* the direction ended before it was clear */
	INSPECT_NO_BUFFER,	/* all buffers are in use; a DROP */
	/* TCP */
	INSPECT_MIDWAY,		/* data, and no SYN of this direction seen */
	INSPECT_SYN_DATA,	/* data in a SYN (RFC 7413) */
	INSPECT_SYN_AGAIN,	/* another SYN in a flow with data; a DROP */
	INSPECT_URGENT,		/* urgent data (RFC 6093) */
	INSPECT_ORDER,		/* beyond the next byte, before the first */
	INSPECT_AGAIN,		/* held already, sent again; a DROP */
	INSPECT_KEEPALIVE,	/* a byte that is none of the stream; a DROP */
	INSPECT_OVERLAP,	/* sent again with other bytes */
	INSPECT_AFTER_END,	/* data behind a FIN, or another FIN */
	/* TLS, and DTLS */
	INSPECT_TLS_RECORD,	/* no handshake record, or a wrong length */
	INSPECT_TLS_MESSAGE,	/* not the first message of its side */
	INSPECT_TLS_HELLO,	/* lengths or values inside the hello */
	INSPECT_TLS_EXTENSION,	/* one is malformed, twice, or too many */
	INSPECT_TLS_NAME,	/* server_name is no DNS name */
	INSPECT_TLS_NAME_ADDRESS, /* it is an IP address */
	INSPECT_TLS_NO_NAME,	/* names are listed, and none is said */
	INSPECT_TLS_ENCRYPTED,	/* names are listed, and it is encrypted */
	INSPECT_TLS_NOT_LISTED,	/* names are listed, and it is none of them */
	/* HTTP */
	INSPECT_HTTP_METHOD,
	INSPECT_HTTP_CONNECT,	/* a tunnel */
	INSPECT_HTTP_2,		/* HTTP/2 by prior knowledge */
	INSPECT_HTTP_TARGET,
	INSPECT_HTTP_VERSION,	/* of request or response */
	INSPECT_HTTP_STATUS,
	INSPECT_HTTP_UPGRADE,	/* the server changes to another protocol */
	/* SSH */
	INSPECT_SSH_BANNER,
	INSPECT_SSH_LINES,	/* too much before the server's banner */
	/* DNS */
	INSPECT_DNS_HEADER,
	INSPECT_DNS_QUESTION,
	INSPECT_DNS_RECORD,	/* what follows the question */
	INSPECT_DNS_ID,		/* an answer nobody asked for; UDP: a DROP */
	/* SMTP */
	INSPECT_SMTP_GREETING,
	INSPECT_SMTP_COMMAND,
	/* NTP */
	INSPECT_NTP_LENGTH,
	INSPECT_NTP_MODE,	/* version or mode */
	/* RDP */
	INSPECT_RDP_TPKT,
	INSPECT_RDP_X224,
	INSPECT_RDP_COOKIE,
	INSPECT_RDP_NEGOTIATION,
	/* RFB */
	INSPECT_RFB_FORM,
	INSPECT_RFB_VERSION,	/* not in the table, or above the server's */
	/* ICA */
	INSPECT_ICA_BANNER,
	INSPECT_REASON_N
};

/* What a flow is asked; copied, arg is borrowed until the flow is closed. */
struct inspect_ask {
	enum inspect_protocol	protocol;
	bool			udp;
	/*
	 * TLS: only servers that server_allowed() says may be reached. Then a
	 * ClientHello needs a readable server_name. name is a DNS name in lower
	 * case without a dot at the end, valid during the call. Called at most
	 * once in a TCP flow.
	 */
	bool			servers_listed;
	bool			(*server_allowed)(void *arg, struct span name);
	void			*arg;
};

/*
 * What TCP brings. The caller shows every packet of the flow that has a SYN
 * or payload, and each with a FIN; pure acknowledgements and resets pass
 * unseen, a reset with payload must be dropped. payload may be longer than a
 * packet (GSO): only what is left of INSPECT_BYTES_MAX is looked at.
 */
struct inspect_segment {
	uint32_t	seq;		/* of the SYN, or of the first byte */
	bool		syn;
	bool		fin;
	bool		urgent;		/* URG is set */
	struct span	payload;
};

struct inspect;		/* the pools of flows and buffers */
struct inspect_flow;

/*
 * Everything there will ever be: flows, and buffers of INSPECT_BYTES_MAX
 * bytes, of which an undecided TCP flow needs at most two. Both at least 1.
 * NULL: no memory. inspect_free(NULL) is allowed; flows go with it.
 */
struct inspect *inspect_new(size_t flows_max, size_t buffers_max);
void inspect_free(struct inspect *inspect);

/*
 * A new flow, owned by the pool; the caller closes it, after any answer. NULL:
 * all flows are in use, and the caller drops the packet.
 */
struct inspect_flow *inspect_open(struct inspect *inspect,
    const struct inspect_ask *ask) MUST_CHECK;
void inspect_close(struct inspect *inspect, struct inspect_flow *flow);

/*
 * One packet of a flow that was opened for that transport; the segment is
 * borrowed for the call. *reason is set on every return: FINE with PASS and
 * ALLOW, MORE with HOLD. After ALLOW or CUT each further answer is the same.
 *
 * TCP: bytes are put in order here, not out of order: what is ahead is
 * dropped and comes again. A segment whose bytes are all held already is
 * dropped too, for the first one is still to go. Bytes that differ from those
 * seen at the same place cut the flow.
 * UDP: each datagram is judged by itself. DNS and NTP are never ALLOWed: all
 * their datagrams are looked at, as long as the flow lives.
 */
enum inspect_answer inspect_tcp(struct inspect *inspect,
    struct inspect_flow *flow, enum inspect_direction direction,
    const struct inspect_segment *segment, enum inspect_reason *reason)
    MUST_CHECK;
enum inspect_answer inspect_udp(struct inspect *inspect,
    struct inspect_flow *flow, enum inspect_direction direction,
    struct span payload, enum inspect_reason *reason) MUST_CHECK;

/* Does the protocol have a check on that transport? Else all is CUT. */
bool inspect_checks(enum inspect_protocol protocol, bool udp);

/* In use now, for counters. */
size_t inspect_flows_used(const struct inspect *inspect);
size_t inspect_buffers_used(const struct inspect *inspect);

/*
 * "tls-not-listed": stable, for counters and logs. "the server name is not
 * listed": a sentence without its end. Never NULL.
 */
const char *inspect_reason_name(enum inspect_reason reason);
const char *inspect_reason_text(enum inspect_reason reason);
/* "hold", "pass", "allow", "drop", "cut". */
const char *inspect_answer_name(enum inspect_answer answer);

#endif
