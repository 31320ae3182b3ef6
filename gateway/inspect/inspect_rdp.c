/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RDP (MS-RDPBCGR 2.2.1.1, 2.2.1.2): an X.224 Connection Request, answered by
 * a Connection Confirm, each in a TPKT of its own (RFC 1006 6).
 */
#include "inspect_internal.h"

#define TPKT_BYTES		4u
#define X224_BYTES		7u	/* length, type, references, class */
#define X224_LENGTH_MAX		254u	/* X.224 13.2.1: 255 is reserved */
#define X224_REQUEST		0xe0u
#define X224_CONFIRM		0xd0u
#define NEGOTIATION_BYTES	8u
#define CORRELATION_BYTES	36u	/* MS-RDPBCGR 2.2.1.1.2 */

#define NEGOTIATE_REQUEST	1u
#define NEGOTIATE_RESPONSE	2u
#define NEGOTIATE_FAILURE	3u
#define CORRELATION		6u
#define REQUEST_FLAGS		0x0bu	/* 2.2.1.1.1; 8: CORRELATION follows */
#define REQUEST_FLAG_CORRELATION 0x08u
#define RESPONSE_FLAGS		0x1fu	/* 2.2.1.2.1 */
#define PROTOCOLS		0x1fu	/* SSL, HYBRID, RDSTLS, _EX, RDSAAD */
#define FAILURE_MAX		6u	/* 2.2.1.2.2 */

static uint32_t
get_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

/*
 * The variable part of a connection TPDU of that type, whole. Lengths are
 * judged before what they announce.
 */
static enum inspect_reason
read_tpdu(struct span bytes, uint8_t type, struct span *variable)
{
	const uint8_t *p = bytes.ptr;
	size_t n = bytes.len, len;

	/* RFC 1006 6: version 3, reserved, length with this header */
	if (p[0] != 3 || (n > 1 && p[1] != 0))
		return INSPECT_RDP_TPKT;
	if (n < TPKT_BYTES)
		return INSPECT_MORE;
	len = (size_t)p[2] << 8 | p[3];
	if (len < TPKT_BYTES + X224_BYTES ||
	    len > TPKT_BYTES + 1 + X224_LENGTH_MAX)
		return INSPECT_RDP_TPKT;
	/*
	 * X.224 13.3, 13.4: its own length without that byte; type with credit
	 * 0; of the request a destination 0; class 0 without options
	 */
	if ((n > 4 && p[4] != len - TPKT_BYTES - 1) || (n > 5 && p[5] != type))
		return INSPECT_RDP_X224;
	if (type == X224_REQUEST && ((n > 6 && p[6] != 0) ||
	    (n > 7 && p[7] != 0)))
		return INSPECT_RDP_X224;
	if (n > 10 && p[10] != 0)
		return INSPECT_RDP_X224;
	if (n < len)
		return INSPECT_MORE;
	*variable = (struct span){ p + TPKT_BYTES + X224_BYTES,
		len - TPKT_BYTES - X224_BYTES };
	return INSPECT_FINE;
}

/*
 * routingToken or cookie: "Cookie: msts=...", "Cookie: mstshash=...", or the
 * token of another broker ("tsv://..."); text to CR LF (2.2.1.1).
 */
static enum inspect_reason
read_cookie(struct span *rest)
{
	size_t len = span_find(*rest, SPAN("\r\n"));

	if (len == 0 || len == rest->len)
		return INSPECT_RDP_COOKIE;
	if (!span_begins(*rest, SPAN("Cookie: msts")) &&
	    !span_begins(*rest, SPAN("tsv://")))
		return INSPECT_RDP_COOKIE;
	for (size_t i = 0; i < len; i++)
		if (rest->ptr[i] < 0x20 || rest->ptr[i] > 0x7e)
			return INSPECT_RDP_COOKIE;
	*rest = span_sub(*rest, len + 2, rest->len - len - 2);
	return INSPECT_FINE;
}

/* type, flags, length 8 (low byte first), value. */
static bool
negotiation(struct span s, uint8_t type, uint8_t flags)
{
	return s.ptr[0] == type && (s.ptr[1] & ~flags) == 0 &&
	    s.ptr[2] == NEGOTIATION_BYTES && s.ptr[3] == 0;
}

static enum inspect_reason
judge_request(struct span rest)
{
	enum inspect_reason why;
	struct span s, id;

	if (rest.len > 0 && rest.ptr[0] != NEGOTIATE_REQUEST) {
		why = read_cookie(&rest);
		if (why != INSPECT_FINE)
			return why;
	}
	if (rest.len == 0)
		return INSPECT_FINE;	/* standard security, before 2003 */
	if (!read_bytes(&rest, NEGOTIATION_BYTES, &s) ||
	    !negotiation(s, NEGOTIATE_REQUEST, REQUEST_FLAGS) ||
	    (get_le32(s.ptr + 4) & ~PROTOCOLS) != 0)
		return INSPECT_RDP_NEGOTIATION;
	if ((s.ptr[1] & REQUEST_FLAG_CORRELATION) == 0)
		return rest.len == 0 ? INSPECT_FINE : INSPECT_RDP_NEGOTIATION;
	/* 2.2.1.1.2: type, flags 0, length 36, id, 16 bytes reserved */
	if (rest.len != CORRELATION_BYTES ||
	    !read_bytes(&rest, CORRELATION_BYTES, &id) ||
	    id.ptr[0] != CORRELATION || id.ptr[1] != 0 ||
	    id.ptr[2] != CORRELATION_BYTES || id.ptr[3] != 0)
		return INSPECT_RDP_NEGOTIATION;
	return INSPECT_FINE;
}

static enum inspect_reason
judge_confirm(struct span rest)
{
	uint32_t value;

	if (rest.len == 0)
		return INSPECT_FINE;	/* 2.2.1.2: an old server */
	if (rest.len != NEGOTIATION_BYTES)
		return INSPECT_RDP_NEGOTIATION;
	value = get_le32(rest.ptr + 4);
	if (negotiation(rest, NEGOTIATE_RESPONSE, RESPONSE_FLAGS))
		/* one protocol, or none */
		return (value & ~PROTOCOLS) == 0 &&
		    (value & (value - 1)) == 0 ? INSPECT_FINE :
		    INSPECT_RDP_NEGOTIATION;
	if (negotiation(rest, NEGOTIATE_FAILURE, 0))
		return value >= 1 && value <= FAILURE_MAX ? INSPECT_FINE :
		    INSPECT_RDP_NEGOTIATION;
	return INSPECT_RDP_NEGOTIATION;
}

enum inspect_reason
inspect_rdp_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	bool client = direction == INSPECT_CLIENT;
	struct span variable;
	enum inspect_reason why = read_tpdu(bytes, client ? X224_REQUEST :
	    X224_CONFIRM, &variable);

	(void)inspect;
	(void)flow;
	if (why != INSPECT_FINE)
		return why;
	return client ? judge_request(variable) : judge_confirm(variable);
}
