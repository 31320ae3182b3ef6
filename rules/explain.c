/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a rule did not match a packet, from the words of the rule. What is
 * decided is not decided here: rules_decide() did that before, and the rules
 * that are looked at are those that it passed over.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "analyse_internal.h"
#include "explain_internal.h"
#include "finding_internal.h"
#include "run_internal.h"
#include "value_internal.h"

#define TEXT_BYTES_MAX	400	/* of one reason; a finding holds 1024 */
#define NAMED_MAX	3	/* parties or services named in a reason */
#define TRUTH_TEXT	80	/* left for what is true instead */
#define FIELD_WEIGHT	4	/* of a field that misses, see weight() */

/* The packet, and what of it is the same for all rules. */
struct question {
	struct rules_run *run;
	const struct rules_packet *packet;
	const struct statement *src_segment;
	const struct statement *dst_segment;
};

/* The fields of a rule that do not fit. */
struct misses {
	bool	src;
	bool	src_mac;	/* the address fits, the MAC does not */
	bool	dst;
	bool	service;
	bool	src_port;	/* the service fits but for its source port */
	bool	ended;
};

static const struct statement *
address_segment(const struct rules_run *run, const struct address *address)
{
	const struct span_of_addresses one = { *address, *address };
	struct statement *other;

	return segment_of(run, &one, &other);
}

/* ---- does a field fit? ---- */

static bool
host_has(const struct statement *host, const struct address *address)
{
	for (const struct value *v = host_addresses(host); v != NULL;
	    v = v->next) {
		struct span_of_addresses s = value_addresses(v);

		if (s.low.family == address->family &&
		    memcmp(s.low.bytes, address->bytes, 16) <= 0 &&
		    memcmp(s.high.bytes, address->bytes, 16) >= 0)
			return true;
	}
	return false;
}

static bool
party_has(const struct value *party, const struct address *address,
    const struct statement *segment)
{
	if (party->form == FORM_ANY)
		return true;
	if (party->statement->spec->kind == ST_SEGMENT)
		return party->statement == segment;
	return host_has(party->statement, address);
}

static const struct value *
party_mac(const struct value *party)
{
	if (party->form == FORM_ANY ||
	    party->statement->spec->kind != ST_HOST)
		return NULL;
	return clause_value(party->statement->clauses, CL_MAC, 0);
}

/* An `allow` means a host by its MAC, too (space_internal.h). */
static void
look_at_source(const struct question *q, const struct statement *st,
    struct misses *misses)
{
	const struct rules_packet *p = q->packet;
	const struct value *v = clause_value(st->clauses, CL_FROM, 0);

	misses->src = true;
	for (; v != NULL; v = v->next) {
		const struct value *mac = party_mac(v);

		if (!party_has(v, &p->src, q->src_segment))
			continue;
		misses->src_mac = true;
		if (st->spec->kind != ST_ALLOW || mac == NULL ||
		    (p->has_mac && memcmp(p->mac, mac->mac, 6) == 0)) {
			misses->src = misses->src_mac = false;
			return;
		}
	}
}

static bool
numbers_have(const struct value *v, uint32_t number)
{
	if (v == NULL)
		return false;
	for (; v != NULL; v = v->next)
		if (number >= v->number && number <= (v->form == FORM_PORTS ?
		    v->last_number : v->number))
			return true;
	return false;
}

/* The clause of a service that is about the protocol. */
static enum clause_kind
clause_of(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return CL_TCP;
	case IPPROTO_UDP:
		return CL_UDP;
	case IPPROTO_ICMP:
		return CL_ICMP;
	case IPPROTO_ICMPV6:
		return CL_ICMP6;
	default:
		return CL_PROTOCOL;
	}
}

/* As if no service had source ports. */
static bool
service_has_destination(const struct statement *service,
    const struct rules_packet *p)
{
	enum clause_kind kind = clause_of(p->protocol);

	return numbers_have(clause_value(service->clauses, kind, 0),
	    kind == CL_PROTOCOL ? p->protocol : p->dst_port);
}

static bool
service_has(const struct statement *service, const struct rules_packet *p)
{
	enum clause_kind kind = clause_of(p->protocol);
	const struct value *sources = clause_value(service->clauses,
	    CL_SOURCE_PORT, 0);

	if (!service_has_destination(service, p))
		return false;
	if (sources == NULL || (kind != CL_TCP && kind != CL_UDP))
		return true;
	return numbers_have(sources, p->src_port);
}

static struct misses
look_at(const struct question *q, const struct statement *st)
{
	const struct value *until = clause_value(st->clauses, CL_UNTIL, 0);
	const struct value *v;
	struct misses misses = { .dst = true };

	look_at_source(q, st, &misses);
	for (v = clause_value(st->clauses, CL_TO, 0); v != NULL; v = v->next)
		if (party_has(v, &q->packet->dst, q->dst_segment))
			misses.dst = false;
	v = clause_value(st->clauses, CL_SERVICE, 0);
	misses.service = v != NULL;
	for (; v != NULL; v = v->next) {
		if (service_has(v->statement, q->packet))
			misses.service = false;
		if (service_has_destination(v->statement, q->packet))
			misses.src_port = true;
	}
	misses.src_port = misses.src_port && misses.service;
	misses.ended = until != NULL && until->number < q->run->today;
	return misses;
}

static unsigned
count(const struct misses *misses)
{
	return (unsigned)misses->src + misses->dst + misses->service +
	    misses->ended;
}

/* ---- the words of it ---- */

/* Adds as long as there is room; a text that is too long ends in "...". */
static void
add_text(struct buf *out, const char *text)
{
	if (buf_add_str(out, text) != OK && buf_add_str(out, "...") != OK)
		return;
}

static void
add_values(struct buf *out, const struct value *v)
{
	for (unsigned n = 0; v != NULL; v = v->next, n++) {
		if (n == NAMED_MAX) {
			add_text(out, ", ...");
			return;
		}
		if (n > 0)
			add_text(out, ", ");
		if (v->form == FORM_ANY || value_print(v, out) != OK)
			add_text(out, v->form == FORM_ANY ? "the rest" :
			    "...");
	}
}

/* 'lgwan' (10.20.0.0/16) */
static void
add_party(const struct question *q, struct buf *out,
    const struct value *party)
{
	const struct statement *st = party->statement;

	add_text(out, run_text(q->run, "'%s' (", run_quote(q->run,
	    party->text)));
	add_values(out, st->spec->kind == ST_SEGMENT ?
	    clause_value(st->clauses, CL_NETWORK, 0) : host_addresses(st));
	add_text(out, ")");
}

static void
add_service(const struct question *q, struct buf *out,
    const struct value *service)
{
	const struct clause *c = service->statement->clauses;
	const char *between = "";

	add_text(out, run_text(q->run, "'%s' (", run_quote(q->run,
	    service->text)));
	for (; c != NULL; c = c->next) {
		if (c->spec->kind == CL_SPEAKS)
			continue;
		add_text(out, between);
		add_text(out, c->spec->word);
		add_text(out, " ");
		add_values(out, c->values[0]);
		between = " ";
	}
	add_text(out, ")");
}

/* "... is not in 'a' (...)", "... is in none of 'a' (...), 'b' (...)". */
static void
add_list(const struct question *q, struct buf *out,
    const struct value *list, const char *one, const char *none,
    void (*add)(const struct question *q, struct buf *out,
    const struct value *v))
{
	unsigned n = 0, more = 0;

	add_text(out, list->next == NULL ? one : none);
	for (const struct value *v = list; v != NULL; v = v->next) {
		if (n == NAMED_MAX) {
			more++;
			continue;
		}
		add_text(out, n++ > 0 ? ", " : "");
		add(q, out, v);
	}
	if (more > 0)
		add_text(out, run_text(q->run, " and %u more", more));
}

static const char *
finished(const struct question *q, struct buf *text)
{
	const char *result = run_text(q->run, "%.*s", (int)text->len,
	    (const char *)text->ptr);

	buf_fini(text);
	return result;
}

static const char *
text_address(const struct question *q, const struct value *list,
    const struct address *address, const struct statement *segment,
    const char *what)
{
	char shown[ADDRESS_TEXT_BYTES];
	struct buf text;

	buf_init(&text, TEXT_BYTES_MAX);
	address_text(address, shown);
	add_text(&text, run_text(q->run, "%s address %s", what, shown));
	add_list(q, &text, list, " is not in ", " is in none of ", add_party);
	text.max += TRUTH_TEXT;
	if (segment == NULL)
		add_text(&text, "; it is in no segment");
	else
		add_text(&text, run_text(q->run, "; it is in segment '%s'",
		    run_quote(q->run, statement_name(segment))));
	return finished(q, &text);
}

/* The host that has the address, and whose MAC is another. */
static const struct value *
host_of_source(const struct question *q, const struct statement *st)
{
	const struct value *v = clause_value(st->clauses, CL_FROM, 0);

	while (v != NULL && !party_has(v, &q->packet->src, q->src_segment))
		v = v->next;
	return v;
}

static const char *
mac_text(const struct question *q, const uint8_t mac[6])
{
	return run_text(q->run, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
	    mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static const char *
text_mac(const struct question *q, const struct value *host)
{
	const char *own = mac_text(q, party_mac(host)->mac);
	const char *name = run_quote(q->run, host->text);

	if (!q->packet->has_mac)
		return run_text(q->run, "the MAC address is not given: that "
		    "of '%s' is %s", name, own);
	return run_text(q->run, "the MAC address %s is not that of '%s' (%s)",
	    mac_text(q, q->packet->mac), name, own);
}

/* Of the services that fit but for their source port, the first. */
static const char *
text_source_port(const struct question *q, const struct value *service)
{
	struct buf text;

	while (!service_has_destination(service->statement, q->packet))
		service = service->next;
	buf_init(&text, TEXT_BYTES_MAX);
	add_text(&text, run_text(q->run, "source port %u is not one of "
	    "service ", q->packet->src_port));
	add_service(q, &text, service);
	return finished(q, &text);
}

static const char *
text_service(const struct question *q, const struct value *services)
{
	const struct rules_packet *p = q->packet;
	struct buf text;

	buf_init(&text, TEXT_BYTES_MAX);
	switch (clause_of(p->protocol)) {
	case CL_TCP:
		add_text(&text, run_text(q->run, "tcp port %u", p->dst_port));
		break;
	case CL_UDP:
		add_text(&text, run_text(q->run, "udp port %u", p->dst_port));
		break;
	case CL_ICMP:
		add_text(&text, run_text(q->run, "icmp type %u",
		    p->dst_port));
		break;
	case CL_ICMP6:
		add_text(&text, run_text(q->run, "icmp6 type %u",
		    p->dst_port));
		break;
	default:
		add_text(&text, run_text(q->run, "protocol %u", p->protocol));
	}
	add_list(q, &text, services, " is not in service ",
	    " is in none of the services ", add_service);
	return finished(q, &text);
}

static void
add_reason(struct rules_near *near, const struct question *q,
    struct place place, const char *reason)
{
	if (near->reasons_n == 0)
		near->finding = finding_at(q->run, RULES_NOTE, place);
	near->reasons[near->reasons_n++] = reason;
}

static void
say_misses(const struct question *q, const struct statement *st,
    struct rules_near *near)
{
	const struct misses misses = look_at(q, st);
	const struct value *from = clause_value(st->clauses, CL_FROM, 0);
	const struct value *to = clause_value(st->clauses, CL_TO, 0);
	const struct value *services = clause_value(st->clauses, CL_SERVICE,
	    0);
	const struct value *until = clause_value(st->clauses, CL_UNTIL, 0);
	char date[DATE_TEXT_BYTES];

	*near = (struct rules_near){ .name = statement_name(st),
	    .line = st->place.line };
	if (misses.src && misses.src_mac)
		add_reason(near, q, host_of_source(q, st)->place,
		    text_mac(q, host_of_source(q, st)));
	else if (misses.src)
		add_reason(near, q, from->place, text_address(q, from,
		    &q->packet->src, q->src_segment, "source"));
	if (misses.dst)
		add_reason(near, q, to->place, text_address(q, to,
		    &q->packet->dst, q->dst_segment, "destination"));
	if (misses.service)
		add_reason(near, q, services->place, misses.src_port ?
		    text_source_port(q, services) :
		    text_service(q, services));
	if (misses.ended) {
		date_text(until->number, date);
		add_reason(near, q, until->place, run_text(q->run,
		    "it ended on %s", date));
	}
	near->finding.text = near->reasons[0];
}

/* ---- which rules ---- */

/* The statement of rules_flow(rule), which counts those in force. */
static const struct statement *
deciding(const struct rules_run *run, uint32_t rule)
{
	for (uint32_t i = 0; i < run->flows.n; i++) {
		const struct statement *st = run->flows.at[i];
		const struct value *until = clause_value(st->clauses,
		    CL_UNTIL, 0);

		if (until != NULL && until->number < run->today)
			continue;
		if (rule-- == 0)
			return st;
	}
	return NULL;
}

/*
 * The nearest ones by count of misses, then in file order: one pass puts each
 * rule into its place among the RULES_NEAR_MAX best so far.
 */
static void
find_near(const struct question *q, const struct statement *end,
    struct rules_why *why)
{
	const struct statement *best[RULES_NEAR_MAX];
	unsigned counts[RULES_NEAR_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < q->run->flows.n &&
	    q->run->flows.at[i] != end; i++) {
		const struct statement *st = q->run->flows.at[i];
		struct misses misses;
		uint32_t k = n;

		misses = look_at(q, st);
		why->rest++;
		if (misses.src && misses.dst && misses.service)
			continue;
		while (k > 0 && counts[k - 1] > count(&misses))
			k--;
		if (k == RULES_NEAR_MAX)
			continue;
		n += n < RULES_NEAR_MAX;
		for (uint32_t j = n - 1; j > k; j--) {
			best[j] = best[j - 1];
			counts[j] = counts[j - 1];
		}
		best[k] = st;
		counts[k] = count(&misses);
	}
	for (uint32_t i = 0; i < n; i++) {
		/* none: our model and the evaluator's would differ */
		require(counts[i] > 0);
		say_misses(q, best[i], &why->near[i]);
	}
	why->near_n = n;
	why->rest -= n;
}

/*
 * How far a rule is from a packet. The MAC address, the source port and the
 * date are slips in a rule that is meant for it; another address or service
 * is more often another rule.
 */
static unsigned
weight(const struct misses *misses)
{
	unsigned n = misses->ended;

	if (misses->src)
		n += misses->src_mac ? 1 : FIELD_WEIGHT;
	if (misses->dst)
		n += FIELD_WEIGHT;
	if (misses->service)
		n += misses->src_port ? 1 : FIELD_WEIGHT;
	return n;
}

const char *
explain_nearest(struct rules_run *run, const struct rules_packet *packet)
{
	const struct question q = { run, packet,
	    address_segment(run, &packet->src),
	    address_segment(run, &packet->dst) };
	const struct statement *best = NULL;
	unsigned best_weight = 2 * FIELD_WEIGHT;
	struct rules_near near;
	const char *text;

	for (uint32_t i = 0; i < run->all.n; i++) {
		struct misses misses;

		if (run->all.at[i]->spec->kind != ST_ALLOW)
			continue;
		misses = look_at(&q, run->all.at[i]);
		if (weight(&misses) == 0 || weight(&misses) >= best_weight)
			continue;
		best_weight = weight(&misses);
		best = run->all.at[i];
	}
	if (best == NULL)
		return NULL;
	say_misses(&q, best, &near);
	text = run_text(run, "nearest is %s, but %s", text_rule(run, best),
	    near.reasons[0]);
	for (uint32_t i = 1; i < near.reasons_n; i++)
		text = run_text(run, "%s, and %s", text, near.reasons[i]);
	return text;
}

static const char *
text_spoofed(const struct question *q)
{
	const char *in = "?";
	char shown[ADDRESS_TEXT_BYTES];

	if (q->packet->in < q->run->kinds[ST_SEGMENT].n)
		in = run_quote(q->run, statement_name(
		    q->run->kinds[ST_SEGMENT].at[q->packet->in]));
	address_text(&q->packet->src, shown);
	if (q->src_segment == NULL)
		return run_text(q->run, "source address %s is in no segment, "
		    "and cannot come from '%s'", shown, in);
	return run_text(q->run, "source address %s is in segment '%s', and "
	    "cannot come from '%s'", shown, run_quote(q->run,
	    statement_name(q->src_segment)), in);
}

enum err
rules_explain(struct rules_run *run, const struct rules_packet *packet,
    const struct rules_decision *decision, struct rules_why *why)
{
	const struct question q = { run, packet,
	    address_segment(run, &packet->src),
	    address_segment(run, &packet->dst) };
	const struct statement *st = NULL;

	memset(why, 0, sizeof(*why));
	if (decision->rule != RULES_NONE) {
		st = deciding(run, decision->rule);
		require(st != NULL);
		why->decided = true;
		why->rule = finding_at(run, RULES_NOTE, st->place);
	}
	switch (decision->reason) {
	case RULES_SPOOFED:
		/* no rule was asked */
		why->spoofed = text_spoofed(&q);
		break;
	case RULES_BY_RULE:
	case RULES_NO_RULE:
	case RULES_TIERS:
		find_near(&q, st, why);
		break;
	}
	return run->no_memory ? ERR_LIMIT : OK;
}
