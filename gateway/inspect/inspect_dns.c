/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DNS (RFC 1035): a query is read to its last byte, of an answer the header
 * and the question; its records are for the resolver. Over TCP each message
 * has its length before it (RFC 7766 8), and the first one is judged.
 */
#include "inspect_internal.h"

#define HEADER_BYTES		12u
#define NAME_BYTES_MAX		255u	/* RFC 1035 2.3.4, with lengths */
#define LABEL_BYTES_MAX		63u
#define FLAG_RESPONSE		0x8000u
#define FLAG_OPCODE		0x7800u
#define FLAG_TRUNCATED		0x0200u
#define FLAG_ZERO		0x0040u	/* RFC 1035 4.1.1: must be zero */
#define FLAG_CODE		0x000fu
#define CLASS_IN		1u
#define CLASS_ANY		255u

struct header {
	uint32_t	id;
	uint32_t	flags;
	uint32_t	questions;
	uint32_t	answers;
	uint32_t	authorities;
	uint32_t	additionals;
};

static bool
read_header(struct span *rest, struct header *h)
{
	return read_number(rest, 2, &h->id) &&
	    read_number(rest, 2, &h->flags) &&
	    read_number(rest, 2, &h->questions) &&
	    read_number(rest, 2, &h->answers) &&
	    read_number(rest, 2, &h->authorities) &&
	    read_number(rest, 2, &h->additionals);
}

/* Labels to the empty one; a pointer (RFC 1035 4.1.4) has no place here. */
static bool
read_name(struct span *rest)
{
	size_t total = 0;
	uint32_t len;
	struct span label;

	do {
		if (!read_number(rest, 1, &len) || len > LABEL_BYTES_MAX ||
		    !read_bytes(rest, len, &label))
			return false;
		total += 1 + len;
	} while (len > 0);
	return total <= NAME_BYTES_MAX;
}

static bool
read_question(struct span *rest)
{
	uint32_t type, class;

	/* RFC 6895 3.1: type 0 is reserved */
	return read_name(rest) && read_number(rest, 2, &type) &&
	    read_number(rest, 2, &class) && type != 0 &&
	    (class == CLASS_IN || class == CLASS_ANY);
}

/* Name, type, class, time to live, data: EDNS (RFC 6891), TSIG (RFC 8945). */
static bool
read_record(struct span *rest)
{
	struct span fixed, data;

	return read_name(rest) && read_bytes(rest, 8, &fixed) &&
	    read_vector(rest, 2, &data);
}

/*
 * One question, and nothing that only an answer or an update has. (An IXFR has
 * a record in its authority section, RFC 1995 3: zones are not moved so.)
 */
static enum inspect_reason
judge_query(struct span rest, uint32_t *id)
{
	struct header h;

	if (!read_header(&rest, &h) || (h.flags & (FLAG_RESPONSE |
	    FLAG_OPCODE | FLAG_TRUNCATED | FLAG_ZERO | FLAG_CODE)) != 0 ||
	    h.questions != 1 || h.answers != 0 || h.authorities != 0 ||
	    h.additionals > INSPECT_DNS_ADDITIONAL_MAX)
		return INSPECT_DNS_HEADER;
	if (!read_question(&rest))
		return INSPECT_DNS_QUESTION;
	for (uint32_t i = 0; i < h.additionals; i++)
		if (!read_record(&rest))
			return INSPECT_DNS_RECORD;
	*id = h.id;
	return rest.len == 0 ? INSPECT_FINE : INSPECT_DNS_RECORD;
}

/* Some servers leave the question out of an error. */
static enum inspect_reason
judge_answer(struct span rest, uint32_t *id)
{
	struct header h;

	if (!read_header(&rest, &h) || (h.flags & FLAG_RESPONSE) == 0 ||
	    (h.flags & (FLAG_OPCODE | FLAG_ZERO)) != 0 || h.questions > 1)
		return INSPECT_DNS_HEADER;
	*id = h.id;
	return h.questions == 0 || read_question(&rest) ? INSPECT_FINE :
	    INSPECT_DNS_QUESTION;
}

/*
 * A resolver may have asked several things at once from one port. Answers that
 * fit none of the last questions are dropped: either late, or a guess.
 */
enum inspect_reason
inspect_dns_datagram(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	enum inspect_reason why;
	uint32_t id;

	(void)inspect;
	if (direction == INSPECT_CLIENT) {
		why = judge_query(bytes, &id);
		if (why != INSPECT_FINE)
			return why;
		flow->ids[flow->ids_at] = (uint16_t)id;
		flow->ids_at = (uint8_t)((flow->ids_at + 1) %
		    INSPECT_DNS_IDS_MAX);
		if (flow->ids_n < INSPECT_DNS_IDS_MAX)
			flow->ids_n++;
		return INSPECT_FINE;
	}
	why = judge_answer(bytes, &id);
	if (why != INSPECT_FINE)
		return why;
	for (size_t i = 0; i < flow->ids_n; i++)
		if (flow->ids[i] == id)
			return INSPECT_FINE;
	return INSPECT_DNS_ID;
}

/* Is it the id of one of the queries in there? Answers may be out of order. */
static bool
was_asked(struct span queries, uint32_t id)
{
	struct span query;
	uint32_t asked;

	while (read_vector(&queries, 2, &query))
		if (read_number(&query, 2, &asked) && asked == id)
			return true;
	return false;
}

enum inspect_reason
inspect_dns_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	const struct inspect_side *client = &flow->side[INSPECT_CLIENT];
	struct span rest = bytes, message;
	enum inspect_reason why;
	uint32_t len, id;

	(void)inspect;
	if (!read_number(&rest, 2, &len))
		return INSPECT_MORE;
	if (len < HEADER_BYTES)
		return INSPECT_DNS_HEADER;
	if (direction == INSPECT_CLIENT) {
		if (len > INSPECT_BYTES_MAX - 2)
			return INSPECT_TOO_LONG;
		return read_bytes(&rest, len, &message) ?
		    judge_query(message, &id) : INSPECT_MORE;
	}
	/* an answer may be as long as it likes: its beginning is enough */
	message = span_sub(rest, 0, len);
	if (message.len < len && message.len < HEADER_BYTES +
	    NAME_BYTES_MAX + 4)
		return INSPECT_MORE;
	why = judge_answer(message, &id);
	if (why != INSPECT_FINE)
		return why;
	return was_asked((struct span){ client->buffer->bytes, client->len },
	    id) ? INSPECT_FINE : INSPECT_DNS_ID;
}
