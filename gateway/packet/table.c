/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table in the kernel. Most packets are of a flow that has its verdict:
 * they see the check of their source, one comparison of the flow's mark in
 * each of two chains, and a counter.
 *
 *	prerouting	does the source belong to this interface?
 *	forward		flows with a verdict go on; all others to the queue
 *	to_queue	the queue itself: filled once, by other means
 *	verdict		behind the queue: what came back with a mark
 *	input, output	the machine itself
 *
 * The queue answers "accept" for whatever shall not be dropped, and a packet
 * then goes on in the next chain of the hook: without a mark it ends there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mark.h"
#include "table.h"

#define LINE_BYTES	1024
#define FAST_MASK	(MARK_STATE | MARK_EPOCH)

/* Sources that no packet may have, whatever the segment. */
#define BOGONS_4	"0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, " \
	"224.0.0.0/3"
#define BOGONS_6	"::/128, ::1/128, ::ffff:0:0/96, 100::/64, fe80::/10, " \
	"fec0::/10, ff00::/8"

struct text {
	const struct table_facts *facts;
	struct buf	*out;
	enum err	 err;		/* the first one stays */
};

static void line(struct text *t, const char *fmt, ...) PRINTF(2, 3);

static void
line(struct text *t, const char *fmt, ...)
{
	char bytes[LINE_BYTES];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(bytes, sizeof(bytes), fmt, args);
	va_end(args);
	require(n >= 0 && (size_t)n < sizeof(bytes));
	if (t->err == OK)
		t->err = buf_add(t->out, (struct span){
		    (const uint8_t *)bytes, (size_t)n });
}

#define NAME(s)		(int)(s).len, (const char *)(s).ptr

static const struct table_segment *
segment(const struct text *t, unsigned i)
{
	require(i < t->facts->segments_n);
	return &t->facts->segments[i];
}

/* ---- objects ---- */

static void
counter(struct text *t, const char *kind, struct span name)
{
	line(t, "add counter inet sekisho %s-%.*s\n", kind, NAME(name));
}

static void
counters(struct text *t)
{
	static const char *const kinds[] = { "drop-no-segment",
	    "drop-invalid", "drop-related", "drop-destination",
	    "drop-source-route", "drop-no-queue", "drop-no-verdict",
	    "drop-output", "cut-reset", "cut-drop" };
	static const char *const of_segment[] = { "drop-spoofed",
	    "drop-input", "drop-cut" };
	const struct table_facts *f = t->facts;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		line(t, "add counter inet sekisho %s\n", kinds[i]);
	for (unsigned i = 0; i < f->segments_n; i++) {
		for (size_t k = 0; k < 3; k++)
			counter(t, of_segment[k], f->segments[i].name);
		for (unsigned k = 0; k < f->segments_n; k++)
			line(t, "add counter inet sekisho pair-%.*s-%.*s\n",
			    NAME(f->segments[i].name),
			    NAME(f->segments[k].name));
	}
}

static void
chain(struct text *t, const char *name, const char *hook, int priority)
{
	line(t, "add chain inet sekisho %s", name);
	if (hook != NULL)
		line(t, " { type filter hook %s priority %d ; policy drop ; }",
		    hook, priority);
	line(t, "\nflush chain inet sekisho %s\n", name);
}

static void
chains(struct text *t)
{
	const struct table_facts *f = t->facts;

	line(t, "add chain inet sekisho " TABLE_QUEUE_CHAIN "\n");
	for (unsigned i = 0; i < f->segments_n; i++)
		line(t, "add chain inet sekisho from-%.*s\n"
		    "flush chain inet sekisho from-%.*s\n",
		    NAME(f->segments[i].name), NAME(f->segments[i].name));
	chain(t, "cut-flow", NULL, 0);
	chain(t, "manage-in", NULL, 0);
	chain(t, "manage-out", NULL, 0);
	chain(t, "prerouting", "prerouting", -300);
	chain(t, "forward", "forward", -10);
	chain(t, "verdict", "forward", 10);
	chain(t, "input", "input", 0);
	chain(t, "output", "output", 0);
}

/* ---- sources ---- */

static void
networks(struct text *t, const struct table_segment *s, unsigned family,
    const char **comma)
{
	char text[ADDRESS_TEXT_BYTES];

	for (unsigned i = 0; i < s->networks_n; i++) {
		if (s->networks[i].address.family != family)
			continue;
		network_text(&s->networks[i], text);
		line(t, "%s%s", *comma, text);
		*comma = ", ";
	}
}

static bool
has_family(const struct table_segment *s, unsigned family)
{
	for (unsigned i = 0; i < s->networks_n; i++)
		if (s->networks[i].address.family == family)
			return true;
	return false;
}

/* Networks of others that lie in one of ours: not ours. */
static void
drop_nested(struct text *t, unsigned own, unsigned family)
{
	const struct table_segment *s = segment(t, own), *other;
	char text[ADDRESS_TEXT_BYTES];

	for (unsigned i = 0; i < t->facts->segments_n; i++) {
		other = segment(t, i);
		for (unsigned k = 0; i != own && k < other->networks_n; k++) {
			const struct network *n = &other->networks[k];
			bool in = false;

			for (unsigned m = 0; m < s->networks_n; m++)
				in |= n->prefix_len >=
				    s->networks[m].prefix_len &&
				    network_contains(&s->networks[m],
				    &n->address);
			if (!in || n->address.family != family)
				continue;
			network_text(n, text);
			line(t, "add rule inet sekisho from-%.*s %s saddr %s "
			    "counter name \"drop-spoofed-%.*s\" drop\n",
			    NAME(s->name), family == 4 ? "ip" : "ip6", text,
			    NAME(s->name));
		}
	}
}

/* The segment that is everything else: not what others have. */
static void
from_any(struct text *t, unsigned own)
{
	const struct table_segment *s = segment(t, own);
	const char *comma;

	for (unsigned family = 4; family <= 6; family += 2) {
		line(t, "add rule inet sekisho from-%.*s %s saddr { %s",
		    NAME(s->name), family == 4 ? "ip" : "ip6",
		    family == 4 ? BOGONS_4 : BOGONS_6);
		comma = ", ";
		for (unsigned i = 0; i < t->facts->segments_n; i++)
			if (i != own)
				networks(t, segment(t, i), family, &comma);
		line(t, " } counter name \"drop-spoofed-%.*s\" drop\n",
		    NAME(s->name));
	}
	line(t, "add rule inet sekisho from-%.*s accept\n", NAME(s->name));
}

static void
from_networks(struct text *t, unsigned own)
{
	const struct table_segment *s = segment(t, own);
	const char *comma;

	for (unsigned family = 4; family <= 6; family += 2) {
		if (!has_family(s, family))
			continue;
		drop_nested(t, own, family);
		line(t, "add rule inet sekisho from-%.*s %s saddr { ",
		    NAME(s->name), family == 4 ? "ip" : "ip6");
		comma = "";
		networks(t, s, family, &comma);
		line(t, " } accept\n");
	}
	line(t, "add rule inet sekisho from-%.*s counter name "
	    "\"drop-spoofed-%.*s\" drop\n", NAME(s->name), NAME(s->name));
}

static void
sources(struct text *t)
{
	const struct table_facts *f = t->facts;

	line(t, "add rule inet sekisho prerouting iifname vmap { "
	    "\"lo\" : accept");
	for (unsigned i = 0; i < f->segments_n; i++)
		line(t, ", \"%.*s\" : goto from-%.*s",
		    NAME(f->segments[i].interface_name),
		    NAME(f->segments[i].name));
	line(t, " }\nadd rule inet sekisho prerouting counter name "
	    "\"drop-no-segment\" drop\n");
	for (unsigned i = 0; i < f->segments_n; i++) {
		/* neighbours find each other by addresses of the link */
		line(t, "add rule inet sekisho from-%.*s ip6 saddr { ::, "
		    "fe80::/10 } icmpv6 type { nd-neighbor-solicit, "
		    "nd-neighbor-advert } ip6 hoplimit 255 accept\n",
		    NAME(f->segments[i].name));
		if (f->segments[i].any)
			from_any(t, i);
		else
			from_networks(t, i);
	}
}

/* ---- forward ---- */

#define FORWARD		"add rule inet sekisho forward "
#define VERDICT		"add rule inet sekisho verdict "
#define CUT_FLOW	"add rule inet sekisho cut-flow "

static void
cut_segments(struct text *t)
{
	const struct table_facts *f = t->facts;

	for (unsigned i = 0; i < f->segments_n; i++) {
		const struct table_segment *s = &f->segments[i];

		if (!s->cut)
			continue;
		line(t, FORWARD "iifname \"%.*s\" counter name "
		    "\"drop-cut-%.*s\" drop\n", NAME(s->interface_name),
		    NAME(s->name));
		line(t, FORWARD "oifname \"%.*s\" counter name "
		    "\"drop-cut-%.*s\" drop\n", NAME(s->interface_name),
		    NAME(s->name));
	}
}

static void
forward(struct text *t)
{
	uint32_t epoch = t->facts->epoch << MARK_EPOCH_SHIFT;

	cut_segments(t);
	line(t, FORWARD "ct mark and 0x%08x == 0x%08x accept\n", FAST_MASK,
	    MARK_ALLOW | epoch);
	line(t, FORWARD "ct state invalid counter name \"drop-invalid\" "
	    "drop\n");
	line(t, FORWARD "ct mark and 0x%08x == 0x%08x jump cut-flow\n",
	    MARK_STATE, MARK_CUT);
	line(t, CUT_FLOW "meta l4proto tcp counter name \"cut-reset\" reject "
	    "with tcp reset\n");
	line(t, CUT_FLOW "ct mark and 0x%08x == 0x%08x counter name "
	    "\"cut-drop\" drop\n", MARK_EPOCH, epoch);
	/* an error message about a flow that is not allowed now */
	line(t, FORWARD "ct state related counter name \"drop-related\" "
	    "drop\n");
	line(t, FORWARD "ip daddr { " BOGONS_4 " } counter name "
	    "\"drop-destination\" drop\n");
	line(t, FORWARD "ip6 daddr { " BOGONS_6 " } counter name "
	    "\"drop-destination\" drop\n");
	line(t, FORWARD "ip option lsrr exists counter name "
	    "\"drop-source-route\" drop\n");
	line(t, FORWARD "ip option ssrr exists counter name "
	    "\"drop-source-route\" drop\n");
	line(t, FORWARD "rt type 0 counter name \"drop-source-route\" "
	    "drop\n");
	line(t, FORWARD "meta mark set 0\n");
	line(t, FORWARD "ct mark and 0x%08x == 0x%08x meta mark set ct mark "
	    "and 0x%08x or 0x%08x\n", MARK_STATE, MARK_INSPECT, MARK_RULE,
	    MARK_WAS_INSPECTED);
	line(t, FORWARD "ct mark and 0x%08x == 0x%08x meta mark set ct mark "
	    "and 0x%08x or 0x%08x\n", MARK_STATE, MARK_ALLOW, MARK_RULE,
	    MARK_WAS_ALLOWED);
	line(t, FORWARD "ct direction reply meta mark set meta mark or "
	    "0x%08x\n", MARK_REPLY);
	line(t, FORWARD "jump " TABLE_QUEUE_CHAIN "\n");
	line(t, FORWARD "counter name \"drop-no-queue\" drop\n");
}

/* A counter for each pair of segments, found by the interfaces. */
static void
count_pair(struct text *t)
{
	const struct table_facts *f = t->facts;
	const char *comma = "";

	line(t, "counter name iifname . oifname map { ");
	for (unsigned i = 0; i < f->segments_n; i++)
		for (unsigned k = 0; k < f->segments_n; k++) {
			line(t, "%s\"%.*s\" . \"%.*s\" : "
			    "\"pair-%.*s-%.*s\"", comma,
			    NAME(f->segments[i].interface_name),
			    NAME(f->segments[k].interface_name),
			    NAME(f->segments[i].name),
			    NAME(f->segments[k].name));
			comma = ", ";
		}
	line(t, " }");
}

static void
verdict(struct text *t)
{
	uint32_t epoch = t->facts->epoch << MARK_EPOCH_SHIFT;

	line(t, VERDICT "ct mark and 0x%08x == 0x%08x ", FAST_MASK,
	    MARK_ALLOW | epoch);
	count_pair(t);
	line(t, "%s accept\n", t->facts->flowtable ? " flow add @fast" : "");
	line(t, VERDICT "meta mark and 0x%08x != 0 ct mark set meta mark\n",
	    MARK_STATE);
	line(t, VERDICT "meta mark and 0x%08x == { 0x%08x, 0x%08x } ",
	    MARK_STATE, MARK_ALLOW, MARK_INSPECT);
	count_pair(t);
	line(t, " accept\n");
	line(t, VERDICT "meta mark and 0x%08x == 0x%08x jump cut-flow\n",
	    MARK_STATE, MARK_CUT);
	line(t, VERDICT "counter name \"drop-no-verdict\" drop\n");
}

static void
flowtable(struct text *t)
{
	const struct table_facts *f = t->facts;
	const char *comma = "";

	/* what is in it was allowed in an epoch before: it goes */
	line(t, "add flowtable inet sekisho fast { hook ingress priority 0 ; "
	    "}\n");
	line(t, "delete flowtable inet sekisho fast\n");
	if (!f->flowtable)
		return;
	line(t, "add flowtable inet sekisho fast { hook ingress priority 0 ; "
	    "devices = { ");
	for (unsigned i = 0; i < f->segments_n; i++) {
		line(t, "%s\"%.*s\"", comma,
		    NAME(f->segments[i].interface_name));
		comma = ", ";
	}
	line(t, " } ; counter ; }\n");
}

/* ---- the machine itself ---- */

static void
peer(struct text *t, const struct network *n)
{
	char text[ADDRESS_TEXT_BYTES];

	network_text(n, text);
	line(t, "%s", text);
}

/* "tcp dport 22", "icmp type 8", "meta l4proto 50" */
static void
service(struct text *t, const struct table_manage *m, const char *port)
{
	switch (m->protocol) {
	case 6:
	case 17:
		line(t, "%s %s %u-%u", m->protocol == 6 ? "tcp" : "udp", port,
		    m->first, m->last);
		break;
	case 1:
	case 58:
		line(t, "%s type %u-%u", m->protocol == 1 ? "icmp" : "icmpv6",
		    m->first, m->last);
		break;
	default:
		line(t, "meta l4proto %u", m->protocol);
	}
}

static const char *
ip(const struct address *address)
{
	return address->family == 4 ? "ip" : "ip6";
}

static void
manage_from(struct text *t, const struct table_manage *m)
{
	const struct table_segment *s = segment(t, m->segment);

	line(t, "add rule inet sekisho manage-in iifname \"%.*s\" ",
	    NAME(s->interface_name));
	if (m->has_mac)
		line(t, "ether saddr %02x:%02x:%02x:%02x:%02x:%02x ",
		    m->mac[0], m->mac[1], m->mac[2], m->mac[3], m->mac[4],
		    m->mac[5]);
	line(t, "%s saddr ", ip(&m->peer.address));
	peer(t, &m->peer);
	line(t, " ");
	service(t, m, "dport");
	line(t, " accept\n");
	/* answers, also where the segment is cut */
	line(t, "add rule inet sekisho manage-out oifname \"%.*s\" ct "
	    "direction reply %s daddr ", NAME(s->interface_name),
	    ip(&m->peer.address));
	peer(t, &m->peer);
	line(t, " accept\n");
}

static void
manage_to(struct text *t, const struct table_manage *m)
{
	const struct table_segment *s = segment(t, m->segment);

	line(t, "add rule inet sekisho manage-out oifname \"%.*s\" %s daddr ",
	    NAME(s->interface_name), ip(&m->peer.address));
	peer(t, &m->peer);
	line(t, " ");
	service(t, m, "dport");
	line(t, " accept\n");
	line(t, "add rule inet sekisho manage-in iifname \"%.*s\" ct "
	    "direction reply ct state established %s saddr ",
	    NAME(s->interface_name), ip(&m->peer.address));
	peer(t, &m->peer);
	line(t, " accept\n");
}

/* What may go in and out of a cut segment: `manage`, and nothing else. */
static void
cut_machine(struct text *t)
{
	const struct table_facts *f = t->facts;

	for (unsigned i = 0; i < f->segments_n; i++) {
		const struct table_segment *s = &f->segments[i];

		if (!s->cut)
			continue;
		line(t, "add rule inet sekisho input iifname \"%.*s\" jump "
		    "manage-in\n", NAME(s->interface_name));
		line(t, "add rule inet sekisho input iifname \"%.*s\" "
		    "counter name \"drop-cut-%.*s\" drop\n",
		    NAME(s->interface_name), NAME(s->name));
		line(t, "add rule inet sekisho output oifname \"%.*s\" jump "
		    "manage-out\n", NAME(s->interface_name));
		line(t, "add rule inet sekisho output oifname \"%.*s\" "
		    "counter name \"drop-cut-%.*s\" drop\n",
		    NAME(s->interface_name), NAME(s->name));
	}
}

#define INPUT		"add rule inet sekisho input "
#define OUTPUT		"add rule inet sekisho output "

static void
listener(struct text *t, const struct table_listener *l)
{
	const struct table_segment *s = segment(t, l->segment);
	char address[ADDRESS_TEXT_BYTES];
	bool first = true;

	address_text(&l->address, address);
	line(t, INPUT "iifname \"%.*s\" %s daddr %s tcp dport %u ",
	    NAME(s->interface_name), ip(&l->address), address, l->port);
	for (unsigned i = 0; i < l->peers_n; i++) {
		/* the others cannot talk to this address anyway */
		if (l->peers[i].address.family != l->address.family)
			continue;
		line(t, "%s", first ? "" : ", ");
		if (first)
			line(t, "%s saddr { ", ip(&l->address));
		peer(t, &l->peers[i]);
		first = false;
	}
	if (l->peers_n > 0 && first)
		line(t, "drop\n");
	else
		line(t, "%saccept\n", first ? "" : " } ");
}

static void
input(struct text *t)
{
	const struct table_facts *f = t->facts;
	const char *comma = "";

	line(t, INPUT "iifname \"lo\" accept\n");
	line(t, INPUT "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert "
	    "} ip6 hoplimit 255 accept\n");
	line(t, INPUT "ct state invalid counter name \"drop-invalid\" "
	    "drop\n");
	line(t, INPUT "ct state { established, related } accept\n");
	for (unsigned i = 0; i < f->listeners_n; i++)
		listener(t, &f->listeners[i]);
	line(t, INPUT "jump manage-in\n");
	line(t, INPUT "counter name iifname map { ");
	for (unsigned i = 0; i < f->segments_n; i++) {
		line(t, "%s\"%.*s\" : \"drop-input-%.*s\"", comma,
		    NAME(f->segments[i].interface_name),
		    NAME(f->segments[i].name));
		comma = ", ";
	}
	line(t, " }\n");
}

static void
hop(struct text *t, const struct table_hop *h)
{
	const struct table_segment *s = segment(t, h->segment);
	char address[ADDRESS_TEXT_BYTES];

	address_text(&h->address, address);
	line(t, OUTPUT "oifname { \"%.*s\", \"lo\" } meta skuid %u meta "
	    "skgid %u %s daddr %s tcp dport %u accept\n",
	    NAME(s->interface_name), h->uid, h->gid, ip(&h->address),
	    address, h->port);
}

static void
output(struct text *t)
{
	const struct table_facts *f = t->facts;

	line(t, OUTPUT "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert,"
	    " mld2-listener-report } accept\n");
	line(t, OUTPUT "ct state { established, related } accept\n");
	if (f->uids_n > 0) {
		line(t, OUTPUT "oifname \"lo\" meta skuid != { ");
		for (unsigned i = 0; i < f->uids_n; i++)
			line(t, "%s%u", i > 0 ? ", " : "", f->uids[i]);
		line(t, " } accept\n");
	} else {
		line(t, OUTPUT "oifname \"lo\" accept\n");
	}
	for (unsigned i = 0; i < f->hops_n; i++)
		hop(t, &f->hops[i]);
	line(t, OUTPUT "jump manage-out\n");
	line(t, OUTPUT "counter name \"drop-output\" drop\n");
}

enum err
table_text(const struct table_facts *facts, struct buf *out)
{
	struct text t = { facts, out, OK };

	require(facts->epoch > 0 && facts->epoch < MARK_EPOCH_N &&
	    facts->segments_n > 0);
	line(&t, "add table inet sekisho\n");
	counters(&t);
	chains(&t);
	if (facts->flowtable)
		flowtable(&t);
	sources(&t);
	forward(&t);
	verdict(&t);
	for (unsigned i = 0; i < facts->manages_n; i++)
		if (facts->manages[i].from)
			manage_from(&t, &facts->manages[i]);
		else
			manage_to(&t, &facts->manages[i]);
	cut_machine(&t);
	input(&t);
	output(&t);
	return t.err;
}
