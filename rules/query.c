/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A packet in words, as `sekisho explain` takes it: the words of `expect` on
 * one line. Names are those of the grammar and of the run's segments.
 */
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "finding_internal.h"
#include "run_internal.h"

#define PROTOCOL_WORDS	"'tcp', 'udp', 'icmp', 'icmp6' or 'protocol'"

enum query_word { Q_FROM, Q_TO, Q_TYPE, Q_IN, Q_MAC, Q_WORD_N };

static const char *const query_words[Q_WORD_N] = {
	"from", "to", "type", "in", "mac"
};

struct query {
	const struct rules_run *run;
	struct span	 line;
	size_t		 at;		/* behind the token */
	size_t		 token_at;
	struct span	 token;		/* empty: the line ended */
	bool		 seen[Q_WORD_N];
	bool		 ports;		/* tcp, udp */
	bool		 icmp;
	bool		 src_port;	/* given */
	bool		 dst_port;
	struct rules_packet *packet;
	struct rules_query_trouble *trouble;
};

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void
next(struct query *q)
{
	while (q->at < q->line.len && is_blank(q->line.ptr[q->at]))
		q->at++;
	q->token_at = q->at;
	while (q->at < q->line.len && !is_blank(q->line.ptr[q->at]))
		q->at++;
	q->token = span_sub(q->line, q->token_at, q->at - q->token_at);
}

static uint32_t
characters(struct span s)
{
	uint32_t n = 0;
	size_t len;

	for (; s.len > 0; s = span_sub(s, len, s.len), n++)
		(void)utf8_decode(s, &len);
	return n;
}

/* The place is the token at hand. Always false. */
static bool PRINTF(3, 4)
trouble(struct query *q, const char *hint, const char *fmt, ...)
{
	struct rules_query_trouble *t = q->trouble;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->text, sizeof(t->text), fmt, ap);
	va_end(ap);
	snprintf(t->hint, sizeof(t->hint), "%s", hint == NULL ? "" : hint);
	t->finding = (struct rules_finding){ .severity = RULES_ERROR,
	    .file = "query", .line = 1,
	    .column = 1 + characters(span_sub(q->line, 0, q->token_at)),
	    .width = characters(q->token), .text = t->text,
	    .hint = t->hint[0] == '\0' ? NULL : t->hint, .source = q->line };
	if (t->finding.width == 0)
		t->finding.width = 1;
	return false;
}

/* "expected ..., found 'x'", with nothing in it that a terminal obeys. */
static bool
expected(struct query *q, const char *what, const char *hint)
{
	char word[RULES_QUOTE_BYTES_MAX + 4];
	struct span s = span_sub(q->token, 0, RULES_QUOTE_BYTES_MAX);

	if (q->token.len == 0)
		return trouble(q, hint, "expected %s, but the query ends",
		    what);
	s.len = utf8_check(s);
	for (size_t i = 0; i < s.len; i++)
		word[i] = (char)(s.ptr[i] < ' ' || s.ptr[i] == 0x7f ? '?' :
		    s.ptr[i]);
	snprintf(word + s.len, sizeof(word) - s.len, "%s",
	    s.len < q->token.len ? "..." : "");
	return trouble(q, hint, "expected %s, found '%s'", what, word);
}

static bool
take_number(struct query *q, struct span text, uint64_t min, uint64_t max,
    const char *what, uint16_t *number)
{
	uint64_t n;

	if (!span_decimal(text, max, &n) || n < min)
		return expected(q, what, NULL);
	*number = (uint16_t)n;
	return true;
}

static bool
take_port(struct query *q, struct span text, uint16_t *port)
{
	return take_number(q, text, 0, 65535, "a port number from 0 to 65535",
	    port);
}

const char *
rules_protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmp6";
	default:
		return NULL;
	}
}

static bool
take_protocol(struct query *q)
{
	static const uint8_t numbers[] = { IPPROTO_TCP, IPPROTO_UDP,
	    IPPROTO_ICMP, IPPROTO_ICMPV6 };
	uint16_t number;

	next(q);
	for (size_t i = 0; i < sizeof(numbers); i++)
		if (span_equal(q->token, span_str(rules_protocol_name(
		    numbers[i])))) {
			q->packet->protocol = numbers[i];
			q->ports = i < 2;
			q->icmp = i >= 2;
			return true;
		}
	if (!span_equal(q->token, SPAN("protocol")))
		return expected(q, PROTOCOL_WORDS, NULL);
	next(q);
	if (!take_number(q, q->token, 0, 255, "an IP protocol by its number "
	    "from 0 to 255", &number))
		return false;
	q->packet->protocol = (uint8_t)number;
	if (rules_protocol_name(q->packet->protocol) != NULL)
		return trouble(q, NULL, "protocol %u is written '%s'", number,
		    rules_protocol_name(q->packet->protocol));
	return true;
}

/* A, A:PORT, [A] or [A]:PORT; *port is empty where there is none. */
static bool
split_end(struct span s, struct address *address, struct span *port)
{
	struct span head = s, rest;
	size_t colon;

	*port = (struct span){ NULL, 0 };
	if (s.len > 0 && s.ptr[0] == '[') {
		rest = span_sub(s, 1, s.len);
		if (!span_cut(&rest, ']', &head) ||
		    (rest.len > 0 && rest.ptr[0] != ':'))
			return false;
		*port = span_sub(rest, 1, rest.len);
		return address_parse(head, address) && rest.len != 1;
	}
	if (address_parse(s, address))
		return true;
	colon = span_find_byte(s, ':');
	head = span_sub(s, 0, colon);
	*port = span_sub(s, colon + 1, s.len);
	return port->len > 0 && address_parse(head, address);
}

static bool
take_end(struct query *q, struct address *address, uint16_t *port,
    bool *given)
{
	struct span text;
	size_t back;

	next(q);
	if (!split_end(q->token, address, &text))
		return expected(q, "an IP address, as 10.20.1.5 or "
		    "[2001:db8::1]:4000", NULL);
	if (text.len > 0) {
		*given = true;
		if (!q->ports)
			return trouble(q, NULL, "only tcp and udp have ports");
		return take_port(q, text, port);
	}
	back = q->at;
	next(q);
	if (!span_equal(q->token, SPAN("port"))) {
		q->at = back;
		return true;
	}
	if (!q->ports)
		return trouble(q, NULL, "only tcp and udp have ports");
	*given = true;
	next(q);
	return take_port(q, q->token, port);
}

static bool
take_type(struct query *q)
{
	uint8_t value;

	if (!q->icmp)
		return trouble(q, NULL, "'type' is for icmp and icmp6");
	next(q);
	if (grammar_word(grammar_type_words(q->packet->protocol ==
	    IPPROTO_ICMPV6), q->token, &value)) {
		q->packet->dst_port = value;
		return true;
	}
	return take_number(q, q->token, 0, 255, "an ICMP type: 0 to 255 or "
	    "'echo-request'", &q->packet->dst_port);
}

static bool
take_segment(struct query *q)
{
	const struct statement *st;
	struct nearest nearest;
	char hint[RULES_QUOTE_BYTES_MAX + 32];

	next(q);
	st = name_find(q->run, NAMES_PARTIES, q->token);
	if (st != NULL && st->spec->kind == ST_SEGMENT) {
		q->packet->in = st->index;
		return true;
	}
	nearest_init(&nearest, q->token);
	for (uint32_t i = 0; i < q->run->kinds[ST_SEGMENT].n; i++)
		nearest_offer(&nearest, statement_name(
		    q->run->kinds[ST_SEGMENT].at[i]));
	snprintf(hint, sizeof(hint), "did you mean '%.*s'?",
	    (int)nearest.best.len, (const char *)nearest.best.ptr);
	return expected(q, "the name of a segment", nearest.best.len > 0 ?
	    hint : NULL);
}

static int
hex(uint8_t c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
take_mac(struct query *q)
{
	const char *what = "a MAC address such as '00:00:5e:00:53:07'";

	next(q);
	if (q->token.len != 17)
		return expected(q, what, NULL);
	for (size_t i = 0; i < 6; i++) {
		const uint8_t *p = q->token.ptr + 3 * i;
		int high = hex(p[0]), low = hex(p[1]);

		if (high == -1 || low == -1 ||
		    (i < 5 && p[2] != ':' && p[2] != '-'))
			return expected(q, what, NULL);
		q->packet->mac[i] = (uint8_t)(high << 4 | low);
	}
	q->packet->has_mac = true;
	return true;
}

static bool
take_clause(struct query *q)
{
	unsigned i = 0;

	while (i < Q_WORD_N && !span_equal(q->token,
	    span_str(query_words[i])))
		i++;
	if (i == Q_WORD_N)
		return expected(q, "'from', 'to', 'type', 'in' or 'mac'",
		    NULL);
	if (q->seen[i])
		return trouble(q, NULL, "'%s' is here twice", query_words[i]);
	q->seen[i] = true;
	switch ((enum query_word)i) {
	case Q_FROM:
		return take_end(q, &q->packet->src, &q->packet->src_port,
		    &q->src_port);
	case Q_TO:
		return take_end(q, &q->packet->dst, &q->packet->dst_port,
		    &q->dst_port);
	case Q_TYPE:
		return take_type(q);
	case Q_IN:
		return take_segment(q);
	case Q_MAC:
		return take_mac(q);
	case Q_WORD_N:
		break;
	}
	return false;
}

/* What is missing is missed at the end of the line. */
static bool
check_whole(struct query *q)
{
	if (!q->seen[Q_FROM])
		return expected(q, "'from' and an address", NULL);
	if (!q->seen[Q_TO])
		return expected(q, "'to' and an address", NULL);
	if (q->packet->src.family != q->packet->dst.family)
		return trouble(q, NULL, "an IPv4 and an IPv6 address in one "
		    "packet");
	if (q->ports && !q->dst_port)
		return expected(q, "the port, as: to 10.20.0.25 port 25",
		    NULL);
	if (q->icmp && !q->seen[Q_TYPE])
		return expected(q, "the ICMP type, as: type 8", NULL);
	if (q->ports && !q->src_port)
		q->packet->src_port = RULES_SOURCE_PORT;
	return true;
}

enum err
rules_query(const struct rules_run *run, struct span query,
    struct rules_packet *packet, struct rules_query_trouble *t)
{
	struct query q = { .run = run, .line = query, .packet = packet,
	    .trouble = t };

	*packet = (struct rules_packet){ .in = RULES_NONE };
	if (query.len > RULES_QUERY_BYTES_MAX) {
		(void)trouble(&q, NULL, "a query has at most %d bytes",
		    RULES_QUERY_BYTES_MAX);
		return ERR_INPUT;
	}
	if (!take_protocol(&q))
		return ERR_INPUT;
	for (next(&q); q.token.len > 0; next(&q))
		if (!take_clause(&q))
			return ERR_INPUT;
	return check_whole(&q) ? OK : ERR_INPUT;
}
