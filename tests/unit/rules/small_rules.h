/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_UNIT_RULES_SMALL_RULES_H
#define SEKISHO_TESTS_UNIT_RULES_SMALL_RULES_H

#include "helper.h"
#include "../../../rules/analyse_internal.h"
#include "../../../rules/prove_internal.h"

/*
 * Random rule sets in a world so small that every packet of it can be tried,
 * with a first-match evaluator of their own that works on the structures
 * that were drawn, not on what was parsed.
 */
#define V4_N		11	/* 10.0.0.0 to 10.0.0.9, one outside */
#define V6_N		6	/* 2001:db8:: to 2001:db8::4, one outside */
#define ADDRESSES_N	(V4_N + V6_N)
#define MACS_N		3	/* none, and two that hosts have */
#define SRC_N		(ADDRESSES_N * MACS_N)
#define KINDS_N		17	/* of protocol and ports */
#define SERVICES_N	11
#define SEGMENTS_N	4
#define HOSTS_MAX	8
#define SMALL_RULES_MAX	9
#define PROOFS_MAX	5
#define SMALL_TEXT_BYTES 16384

struct party {
	int		kind;	/* 0: any, 1: segment, 2: host */
	unsigned	i;
};

struct parties {
	struct party	at[2];
	unsigned	n;
};

struct small_host {
	unsigned	segment;
	uint32_t	addresses;	/* bits */
	unsigned	mac;		/* 0: none */
};

struct small_rule {
	bool		allow;
	bool		ended;
	bool		limited;
	unsigned	class;		/* enum rules_class */
	unsigned	until;		/* 0: none, else a day */
	unsigned	to_mac;
	struct parties	from, to;
	unsigned	services[2];
	unsigned	services_n;	/* 0: all */
	uint64_t	src;		/* bits of address * MACS_N + mac */
	uint32_t	dst;
	uint32_t	kinds;
};

enum small_proof_kind { SMALL_NEVER, SMALL_ONLY, SMALL_MUST };

struct small_proof {
	enum small_proof_kind kind;
	struct parties	from, to;
	unsigned	services[2];
	unsigned	services_n;
	unsigned	classes;	/* only: bits */
};

struct small_set {
	uint64_t	random;
	struct small_host hosts[HOSTS_MAX];
	unsigned	hosts_n;
	struct small_rule rules[SMALL_RULES_MAX];
	unsigned	rules_n;
	struct small_rule in_force[SMALL_RULES_MAX];
	unsigned	n;
	struct small_proof proofs[PROOFS_MAX];
	unsigned	proofs_n;
	char		text[SMALL_TEXT_BYTES];
	size_t		len;
	uint32_t	proof_line[PROOFS_MAX];
};

struct small_packet {
	unsigned	address;
	unsigned	mac;
	unsigned	dst;
	unsigned	kind;
};

static const char *const small_segments[SEGMENTS_N] = {
	"a", "b", "net", "top"
};
static const unsigned small_tiers[SEGMENTS_N] = { 2, 2, 3, 1 };

/* The segment of each address. */
static const unsigned small_segment_of[ADDRESSES_N] = {
	0, 0, 0, 0, 1, 1, 3, 3, 2, 2, 2, 0, 0, 3, 3, 2, 2
};

/* What packets there are, and what each service takes of them. */
static const struct {
	uint8_t		protocol;
	uint16_t	src_port, dst_port;
} small_kinds[KINDS_N] = {
	{ 6, 5, 1 }, { 6, 6, 1 }, { 6, 5, 2 }, { 6, 6, 2 }, { 6, 5, 3 },
	{ 6, 6, 3 }, { 6, 6, 9 }, { 17, 5, 1 }, { 17, 6, 1 }, { 17, 6, 2 },
	{ 17, 6, 9 }, { 1, 0, 8 }, { 1, 0, 0 }, { 58, 0, 128 },
	{ 58, 0, 129 }, { 50, 0, 0 }, { 47, 0, 0 }
};
static const struct {
	const char	*text;
	uint32_t	kinds;
	unsigned	speaks;		/* equal: the same */
	bool		screen;
} small_services[SERVICES_N] = {
	{ "tcp 1-2", 0xf, 0, false },
	{ "tcp 2-3 speaks tls", 0x3c, 1, false },
	{ "tcp 1 speaks rdp", 0x3, 2, true },
	{ "tcp 3 source-port 5", 0x10, 0, false },
	{ "udp 1-2", 0x380, 0, false },
	{ "icmp 8", 0x800, 0, false },
	{ "icmp6 128", 0x2000, 0, false },
	{ "icmp 8 icmp6 128", 0x2800, 0, false },
	{ "protocol 50", 0x8000, 0, false },
	{ "tcp 0-65535 udp 0-65535 speaks rdp", 0x7ff, 2, true },
	{ "tcp 2 speaks tls \"x.example.jp\"", 0xc, 3, false },
};

static inline unsigned
draw(struct small_set *set, unsigned n)
{
	set->random ^= set->random << 13;
	set->random ^= set->random >> 7;
	set->random ^= set->random << 17;
	return (unsigned)(set->random >> 20) % n;
}

/* ---- drawing ---- */

static inline void
draw_hosts(struct small_set *set)
{
	set->hosts_n = 4 + draw(set, HOSTS_MAX - 3);
	for (unsigned i = 0; i < set->hosts_n; i++) {
		struct small_host *h = &set->hosts[i];
		/* the first two are the machines of `specified` */
		unsigned segment = i == 0 ? 0 : i == 1 ? 3 :
		    draw(set, SEGMENTS_N);
		unsigned n = i < 2 ? 1 : 1 + draw(set, 3);

		*h = (struct small_host){ .segment = segment };
		while (n > 0) {
			unsigned a = draw(set, ADDRESSES_N);

			/* what is outside is no host */
			if (small_segment_of[a] != segment ||
			    a == V4_N - 1 || a == ADDRESSES_N - 1)
				continue;
			h->addresses |= 1u << a;
			n--;
		}
		if (i < 2 || ((h->addresses & (h->addresses - 1)) == 0 &&
		    draw(set, 3) == 0))
			h->mac = 1 + draw(set, MACS_N - 1);
	}
}

static inline unsigned
party_segment_of(const struct small_set *set, const struct party *p)
{
	return p->kind == 1 ? p->i : set->hosts[p->i].segment;
}

static inline struct parties
draw_parties(struct small_set *set, bool any, unsigned tier)
{
	struct parties list = { .n = 0 };

	if (any && draw(set, 4) == 0) {
		list.n = 1;
		return list;
	}
	list.n = 1 + draw(set, 2);
	for (unsigned i = 0; i < list.n; ) {
		struct party p = { 1 + (int)draw(set, 2), 0 };

		p.i = draw(set, p.kind == 1 ? SEGMENTS_N : set->hosts_n);
		if (tier != 0 && small_tiers[party_segment_of(set, &p)] !=
		    tier)
			continue;
		list.at[i++] = p;
	}
	return list;
}

static inline void
draw_services(struct small_set *set, struct small_rule *rule, bool screen)
{
	rule->services_n = 1 + draw(set, 2);
	for (unsigned i = 0; i < rule->services_n; ) {
		unsigned s = draw(set, SERVICES_N);

		if (!screen || small_services[s].screen)
			rule->services[i++] = s;
	}
}

static inline void
draw_allow(struct small_set *set, struct small_rule *rule)
{
	unsigned a = 1 + draw(set, 3), b = 1 + draw(set, 3);
	bool specified;

	rule->allow = true;
	while (a + b == 4 && a != b)
		b = 1 + draw(set, 3);
	specified = a + b == 3;
	rule->class = specified ? RULES_CLASS_SPECIFIED :
	    a == b ? RULES_CLASS_LOCAL : a == 2 && draw(set, 2) == 0 ?
	    RULES_CLASS_SCREEN_TRANSFER : RULES_CLASS_EXCEPTION;
	if (specified) {
		rule->from = (struct parties){ { { 2, a == 2 ? 0 : 1 } }, 1 };
		rule->to = (struct parties){ { { 2, a == 2 ? 1 : 0 } }, 1 };
	} else {
		rule->from = draw_parties(set, false, a);
		rule->to = draw_parties(set, false, b);
	}
	draw_services(set, rule, rule->class == RULES_CLASS_SCREEN_TRANSFER);
	rule->limited = draw(set, 8) == 0;
	rule->ended = draw(set, 12) == 0;
	if (rule->ended)
		rule->until = TODAY - 1 - draw(set, 3);
	else if (specified || rule->class == RULES_CLASS_EXCEPTION ||
	    draw(set, 8) == 0)
		rule->until = TODAY + draw(set, 3);
	if (rule->to.n == 1 && rule->to.at[0].kind == 2)
		rule->to_mac = set->hosts[rule->to.at[0].i].mac;
}

/* Bits of address * MACS_N + mac. */
static inline uint64_t
sources_of(const struct small_set *set, const struct parties *list,
    bool with_mac)
{
	uint64_t bits = 0;

	for (unsigned s = 0; s < SRC_N; s++)
		for (unsigned i = 0; i < list->n; i++) {
			const struct party *p = &list->at[i];
			const struct small_host *h = &set->hosts[p->i];
			bool in = p->kind == 0 || (p->kind == 1 &&
			    small_segment_of[s / MACS_N] == p->i) ||
			    (p->kind == 2 &&
			    (h->addresses >> s / MACS_N & 1) != 0 &&
			    (!with_mac || h->mac == 0 ||
			    h->mac == s % MACS_N));

			bits |= (uint64_t)in << s;
		}
	return bits;
}

static inline uint32_t
destinations_of(const struct small_set *set, const struct parties *list)
{
	uint64_t sources = sources_of(set, list, false);
	uint32_t bits = 0;

	for (unsigned a = 0; a < ADDRESSES_N; a++)
		bits |= (uint32_t)(sources >> a * MACS_N & 1) << a;
	return bits;
}

static inline uint32_t
kinds_of(const unsigned *services, unsigned n)
{
	uint32_t kinds = n == 0 ? (1u << KINDS_N) - 1 : 0;

	for (unsigned i = 0; i < n; i++)
		kinds |= small_services[services[i]].kinds;
	return kinds;
}

static inline void
small_draw(struct small_set *set, uint64_t seed)
{
	memset(set, 0, sizeof(*set));
	set->random = seed * 0x9e3779b97f4a7c15u + 1;
	for (unsigned i = 0; i < 8; i++)
		draw(set, 2);
	draw_hosts(set);
	set->rules_n = 1 + draw(set, SMALL_RULES_MAX);
	for (unsigned i = 0; i < set->rules_n; i++) {
		struct small_rule *rule = &set->rules[i];

		if (draw(set, 3) > 0)
			draw_allow(set, rule);
		else {
			rule->from = draw_parties(set, true, 0);
			rule->to = draw_parties(set, true, 0);
			if (draw(set, 2) == 0)
				draw_services(set, rule, false);
		}
		rule->src = sources_of(set, &rule->from, rule->allow);
		rule->dst = destinations_of(set, &rule->to);
		rule->kinds = kinds_of(rule->services, rule->services_n);
		if (!rule->ended)
			set->in_force[set->n++] = *rule;
	}
	set->proofs_n = 1 + draw(set, PROOFS_MAX);
	for (unsigned i = 0; i < set->proofs_n; i++) {
		struct small_proof *proof = &set->proofs[i];
		struct small_rule services = { .allow = false };

		proof->kind = (enum small_proof_kind)draw(set, 3);
		proof->from = draw_parties(set, true, 0);
		proof->to = draw_parties(set, true, 0);
		if (proof->kind == SMALL_ONLY)
			proof->from.n = proof->to.n = 1;
		proof->classes = draw(set, 32);
		if (proof->kind == SMALL_MUST || (draw(set, 2) == 0 &&
		    proof->kind == SMALL_NEVER))
			draw_services(set, &services, false);
		memcpy(proof->services, services.services,
		    sizeof(proof->services));
		proof->services_n = services.services_n;
		/* a must that has a chance to hold asks what a rule says */
		if (proof->kind == SMALL_MUST && draw(set, 2) == 0) {
			const struct small_rule *rule =
			    &set->rules[draw(set, set->rules_n)];

			if (rule->services_n == 0)
				continue;
			proof->from = rule->from;
			proof->to = rule->to;
			proof->services_n = 1;
			proof->services[0] = rule->services[0];
		}
	}
}

/* ---- text ---- */

static inline void PRINTF(2, 3)
say(struct small_set *set, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(set->text + set->len, SMALL_TEXT_BYTES - set->len, fmt,
	    ap);
	va_end(ap);
	assert_true(n >= 0 && set->len + (size_t)n < SMALL_TEXT_BYTES);
	set->len += (size_t)n;
}

static inline void
say_parties(struct small_set *set, const char *word,
    const struct parties *list)
{
	say(set, " %s ", word);
	for (unsigned i = 0; i < list->n; i++) {
		const struct party *p = &list->at[i];

		if (i > 0)
			say(set, ", ");
		if (p->kind == 0)
			say(set, "any");
		else if (p->kind == 1)
			say(set, "%s", small_segments[p->i]);
		else
			say(set, "h%u", p->i);
	}
}

static inline void
say_services(struct small_set *set, const unsigned *services, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		say(set, "%s s%u", i == 0 ? " service" : ",", services[i]);
}

static inline void
say_world(struct small_set *set)
{
	say(set, "gateway \"gw.example.jp\"\n"
	    "segment a tier 2 interface e0 network 10.0.0.0/30, "
	    "2001:db8::/127\n"
	    "segment b tier 2 interface e1 network 10.0.0.4/31\n"
	    "segment net tier 3 interface e2 network any\n"
	    "segment top tier 1 interface e3 network 10.0.0.6/31, "
	    "2001:db8::2/127\n");
	for (unsigned i = 0; i < SERVICES_N; i++)
		say(set, "service s%u %s\n", i, small_services[i].text);
	for (unsigned i = 0; i < set->hosts_n; i++) {
		const struct small_host *h = &set->hosts[i];
		const char *comma = "";

		say(set, "host h%u in %s", i, small_segments[h->segment]);
		for (unsigned a = 0; a < ADDRESSES_N; a++) {
			bool four = a < V4_N;
			unsigned n = four ? a : a - V4_N;

			if ((h->addresses >> a & 1) == 0)
				continue;
			say(set, "%s %s%u", comma, four ? "10.0.0." :
			    "2001:db8::", n);
			comma = ",";
			/* neighbours may be a range */
			if ((i + a) % 2 == 0 && a != V4_N - 1 &&
			    (h->addresses >> (a + 1) & 1) != 0 &&
			    (a + 1 < V4_N) == four)
				say(set, "-%s%u", four ? "10.0.0." :
				    "2001:db8::", ++n), a++;
		}
		if (h->mac != 0)
			say(set, " mac 02:00:00:00:00:0%u", h->mac);
		say(set, "\n");
	}
}

static inline void
say_rule(struct small_set *set, const struct small_rule *rule, unsigned i)
{
	static const char *const classes[] = { "screen-transfer", "specified",
	    "exception", "local" };

	if (rule->allow)
		say(set, "allow %s", classes[rule->class]);
	else
		say(set, "deny");
	say(set, " \"r%u\"", i);
	say_parties(set, "from", &rule->from);
	say_parties(set, "to", &rule->to);
	say_services(set, rule->services, rule->services_n);
	if (rule->limited)
		say(set, " limit 10 flows");
	if (rule->class == RULES_CLASS_SPECIFIED && rule->allow)
		say(set, " owner \"o\" purpose \"p\" approved \"a\"");
	if (rule->class == RULES_CLASS_EXCEPTION && rule->allow)
		say(set, " owner \"o\" reason \"r\" approved \"a\"");
	/* TODAY is 2026-11-22 */
	if (rule->until != 0)
		say(set, " until 2026-11-%u", 22 + rule->until - TODAY);
	say(set, "\n");
}

static inline void
say_proof(struct small_set *set, unsigned i)
{
	static const char *const classes[] = { "screen-transfer", "specified",
	    "exception", "local", "mail" };
	static const char *const words[] = { "never", "only", "must" };
	const struct small_proof *proof = &set->proofs[i];
	const char *comma = "";

	set->proof_line[i] = 1;
	for (size_t c = 0; c < set->len; c++)
		set->proof_line[i] += set->text[c] == '\n';
	say(set, "%s", words[proof->kind]);
	if (proof->kind != SMALL_ONLY) {
		say_parties(set, "from", &proof->from);
		say_parties(set, "to", &proof->to);
		say_services(set, proof->services, proof->services_n);
		say(set, "\n");
		return;
	}
	for (unsigned c = 0; c < 5; c++)
		if ((proof->classes >> c & 1) != 0 || (c == 4 &&
		    proof->classes == 0)) {
			say(set, "%s %s", comma, classes[c]);
			comma = ",";
		}
	say_parties(set, "between", &proof->from);
	say_parties(set, "and", &proof->to);
	say(set, "\n");
}

static inline void
small_text(struct small_set *set, bool proofs)
{
	set->len = 0;
	say_world(set);
	for (unsigned i = 0; i < set->rules_n; i++)
		say_rule(set, &set->rules[i], i);
	for (unsigned i = 0; proofs && i < set->proofs_n; i++)
		say_proof(set, i);
}

/* ---- meaning ---- */

static inline bool
small_exists(const struct small_packet *p)
{
	bool four = p->address < V4_N;
	uint8_t protocol = small_kinds[p->kind].protocol;

	return four == (p->dst < V4_N) && protocol != (four ? 58 : 1);
}

static inline bool
small_rule_has(const struct small_rule *rule, const struct small_packet *p)
{
	return (rule->src >> (p->address * MACS_N + p->mac) & 1) != 0 &&
	    (rule->dst >> p->dst & 1) != 0 && (rule->kinds >> p->kind & 1) != 0;
}

/* First rule in force that matches, from the given one on, or NONE. */
static inline uint32_t
small_match(const struct small_set *set, const struct small_packet *p,
    unsigned from)
{
	for (unsigned i = from; i < set->n; i++)
		if (small_rule_has(&set->in_force[i], p))
			return i;
	return RULES_NONE;
}

static inline unsigned
small_speaks(const struct small_rule *rule, unsigned kind)
{
	for (unsigned i = 0; i < rule->services_n; i++)
		if (small_services[rule->services[i]].kinds >> kind & 1)
			return small_services[rule->services[i]].speaks;
	return 99;
}

/* Do two rules (NONE: no rule) that both match mean the same for it? */
static inline bool
small_same(const struct small_set *set, uint32_t a, uint32_t b,
    const struct small_packet *p)
{
	const struct small_rule *x = &set->in_force[a];
	const struct small_rule *y = b == RULES_NONE ? NULL :
	    &set->in_force[b];

	if (!x->allow || y == NULL || !y->allow)
		return x->allow == (y != NULL && y->allow);
	return x->class == y->class && !x->limited && !y->limited &&
	    (y->until == 0 || (x->until != 0 && y->until >= x->until)) &&
	    x->to_mac == y->to_mac &&
	    small_speaks(x, p->kind) == small_speaks(y, p->kind);
}

/* The packets that a proof is about, as a rule has them; back: B to A. */
static inline struct small_rule
small_region(const struct small_set *set, const struct small_proof *proof,
    bool back)
{
	const struct parties *from = back ? &proof->to : &proof->from;
	const struct parties *to = back ? &proof->from : &proof->to;

	return (struct small_rule){
		.src = sources_of(set, from, proof->kind == SMALL_MUST),
		.dst = destinations_of(set, to),
		.kinds = kinds_of(proof->services, proof->services_n),
	};
}

static inline struct address
small_address(unsigned a)
{
	struct address address = { 4, { 10, 0, 0, (uint8_t)a } };

	if (a == V4_N - 1)
		address = (struct address){ 4, { 198, 51, 100, 7 } };
	if (a >= V4_N)
		address = (struct address){ 6, { 0x20, 1, 0x0d, 0xb8, 0, 0, 0,
		    0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(a - V4_N) } };
	if (a == ADDRESSES_N - 1)
		address.bytes[5] = 9;
	return address;
}

static inline void
small_packet(const struct small_packet *p, struct rules_packet *packet)
{
	*packet = (struct rules_packet){
		.src = small_address(p->address),
		.dst = small_address(p->dst),
		.in = RULES_NONE,
		.has_mac = p->mac != 0,
		.mac = { p->mac != 0 ? 2 : 0, 0, 0, 0, 0, (uint8_t)p->mac },
		.protocol = small_kinds[p->kind].protocol,
		.src_port = small_kinds[p->kind].src_port,
		.dst_port = small_kinds[p->kind].dst_port,
	};
}

static inline unsigned
address_from(const struct address *address)
{
	for (unsigned a = 0; a < ADDRESSES_N; a++) {
		struct address one = small_address(a);

		if (address_equal(&one, address))
			return a;
	}
	return (address->family == 4 ? V4_N : ADDRESSES_N) - 1;
}

/* The packet of the small world that no rule can tell from this one. */
static inline struct small_packet
small_from(const struct rules_packet *packet)
{
	struct small_packet p = { address_from(&packet->src),
	    packet->has_mac ? packet->mac[5] : 0,
	    address_from(&packet->dst), KINDS_N };
	uint16_t src_port = packet->src_port == 5 ? 5 : 6;
	uint16_t dst_port = packet->dst_port;

	if (packet->protocol == 6 && (dst_port == 0 || dst_port > 3))
		dst_port = 9;
	if (packet->protocol == 17 && (dst_port == 0 || dst_port > 2))
		dst_port = 9;
	if (packet->protocol == 1 && dst_port != 8)
		dst_port = 0;
	if (packet->protocol == 58 && dst_port != 128)
		dst_port = 129;
	/* source ports matter to one service only */
	if (packet->protocol != 6 || dst_port == 9)
		src_port = 6;
	for (unsigned k = 0; k < KINDS_N; k++)
		if (packet->protocol == small_kinds[k].protocol &&
		    dst_port == small_kinds[k].dst_port &&
		    (src_port == small_kinds[k].src_port ||
		    small_kinds[k].src_port == 0))
			p.kind = k;
	if (p.kind == KINDS_N)
		p.kind = KINDS_N - 1;
	return p;
}

/* Only addresses of one family: the others are no packets. */
#define EACH_PACKET(p) \
	for ((p).address = 0; (p).address < ADDRESSES_N; (p).address++) \
	for ((p).mac = 0; (p).mac < MACS_N; (p).mac++) \
	for ((p).dst = (p).address < V4_N ? 0 : V4_N; (p).dst < \
	    ((p).address < V4_N ? V4_N : ADDRESSES_N); (p).dst++) \
	for ((p).kind = 0; (p).kind < KINDS_N; (p).kind++) \
	if (small_exists(&(p)))

#endif
