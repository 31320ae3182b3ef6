/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses belong to segments, and segments to interfaces: what comes from a
 * wire must have a source of that segment, before conntrack makes an entry of
 * it (from.A); what is forwarded must leave by the segment that it is
 * addressed to, so that a route which is lost or wrong cannot carry a packet
 * into another one (to.A).
 *
 * This is on the way of every packet. A segment of few networks costs one
 * comparison each. For the one of `any`, which is all that no other has, the
 * first octet decides for most addresses (a set of a byte is a bitmap in the
 * kernel); only the others are looked up in the sets alien4 and alien6. The
 * first rule of a family takes the common packet, without IP options or IPv6
 * extension headers; the rest is looked at in the rules behind it.
 */
#include <string.h>

#include "table_internal.h"

/* Never a source or a target on a wire of ours (RFC 6890). */
static const char *const bogons4[] = { "0.0.0.0/8", "127.0.0.0/8",
    "169.254.0.0/16", "224.0.0.0/3" };
/* ::/96 is the unspecified one, loopback, and IPv4 compatible ones */
static const char *const bogons6[] = { "::/96", "::ffff:0.0.0.0/96",
    "100::/64", "fe80::/10", "fec0::/10", "ff00::/8" };

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define OCTETS	256

static bool
overlap(const struct network *a, const struct network *b)
{
	return network_contains(a, &b->address) ||
	    network_contains(b, &a->address);
}

/* Octets that the first byte of an alien address can have. */
static void
alien_octets(const struct table_facts *facts, uint8_t family,
    bool octets[OCTETS])
{
	const char *const *bogons = family == 4 ? bogons4 : bogons6;
	size_t bogons_n = family == 4 ? N(bogons4) : N(bogons6);
	struct network octet = { .prefix_len = 8 };

	octet.address.family = family;
	for (unsigned o = 0; o < OCTETS; o++) {
		octet.address.bytes[0] = (uint8_t)o;
		octets[o] = false;
		for (size_t i = 0; i < bogons_n; i++) {
			struct network bogon;

			require(network_parse(span_str(bogons[i]), &bogon));
			octets[o] = octets[o] || overlap(&bogon, &octet);
		}
		for (uint32_t s = 0; s < facts->segments_n; s++)
			for (uint32_t i = 0; !facts->segments[s].any &&
			    i < facts->segments[s].networks_n; i++)
				octets[o] = octets[o] || overlap(&octet,
				    &facts->segments[s].networks[i]);
	}
}

static void
put_octets(struct table_writer *w, uint8_t family)
{
	bool octets[OCTETS];
	const char *comma = "";

	alien_octets(w->facts, family, octets);
	table_put(w, "{ ");
	for (unsigned o = 0; o < OCTETS; o++)
		if (octets[o]) {
			table_put(w, "%s%u", comma, o);
			comma = ", ";
		}
	table_put(w, " }");
}

static void
put_network(struct table_writer *w, const char **comma,
    const struct network *n)
{
	char text[ADDRESS_TEXT_BYTES];

	network_text(n, text);
	table_put(w, "%s\n\t\t    %s", *comma, text);
	*comma = ",";
}

#define SET_HEAD	"\t\ttype ipv%u_addr\n\t\tflags interval\n" \
			"\t\tauto-merge\n\t\telements = {"

/* What is of another segment than the one of `any`, or of none. */
static void
put_aliens(struct table_writer *w, uint8_t family)
{
	const char *const *bogons = family == 4 ? bogons4 : bogons6;
	size_t bogons_n = family == 4 ? N(bogons4) : N(bogons6);
	const char *comma = "";

	table_put(w, "\tset alien%u {\n" SET_HEAD, family, family);
	for (size_t i = 0; i < bogons_n; i++) {
		table_put(w, "%s\n\t\t    %s", comma, bogons[i]);
		comma = ",";
	}
	for (uint32_t a = 0; a < w->facts->segments_n; a++) {
		const struct table_segment *s = &w->facts->segments[a];

		for (uint32_t i = 0; i < s->networks_n && !s->any; i++)
			if (s->networks[i].address.family == family)
				put_network(w, &comma, &s->networks[i]);
	}
	table_put(w, "\n\t\t}\n\t}\n");
}

static uint32_t
networks_of(const struct table_segment *s, uint8_t family)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->networks_n; i++)
		n += s->networks[i].address.family == family;
	return n;
}

static void
put_segment_set(struct table_writer *w, const struct table_segment *s,
    uint8_t family)
{
	const char *comma = "";

	if (s->any || networks_of(s, family) <= TABLE_DIRECT_MAX)
		return;
	table_put(w, "\tset net.%s.%u {\n" SET_HEAD, s->name, family, family);
	for (uint32_t i = 0; i < s->networks_n; i++)
		if (s->networks[i].address.family == family)
			put_network(w, &comma, &s->networks[i]);
	table_put(w, "\n\t\t}\n\t}\n");
}

/* "BEFORE ip saddr NETWORK VERDICT" for each network, or for the set. */
static void
put_member(struct table_writer *w, const struct table_segment *s,
    uint8_t family, const char *before, const char *which,
    const char *verdict)
{
	const char *ip = family == 4 ? "ip" : "ip6";
	char text[ADDRESS_TEXT_BYTES];

	if (networks_of(s, family) > TABLE_DIRECT_MAX) {
		table_put(w, "\t\t%s%s %s @net.%s.%u %s\n", before, ip, which,
		    s->name, family, verdict);
		return;
	}
	for (uint32_t i = 0; i < s->networks_n; i++) {
		const struct network *n = &s->networks[i];

		if (n->address.family != family)
			continue;
		network_text(n, text);
		/* nft takes a length of 0 for an error of the author's */
		if (n->prefix_len == 0)
			table_put(w, "\t\t%smeta nfproto ipv%u %s\n", before,
			    family, verdict);
		else
			table_put(w, "\t\t%s%s %s %s %s\n", before, ip, which,
			    text, verdict);
	}
}

/* TCP, UDP, ICMPv6 by number: names of protocols need /etc/protocols */
#define PLAIN4	"ip hdrlength 5 "
#define PLAIN6	"ip6 nexthdr { 6, 17, 58 } "

static void
put_options(struct table_writer *w, const struct table_segment *s)
{
	static const char *const options[] = { "ip option lsrr exists",
	    "ip option ssrr exists", "rt type 0" };

	for (size_t i = 0; i < N(options); i++)
		table_put(w, "\t\t%s goto drop.%s.options\n",
		    options[i], s->name);
}

/* Neighbours are found by link-local addresses (RFC 4861 sections 4, 7.1). */
static void
put_neighbours(struct table_writer *w, const struct table_segment *s)
{
	if (table_segment_has(s, 6))
		table_put(w, "\t\tip6 hoplimit 255 icmpv6 type "
		    "{ nd-neighbor-solicit, nd-neighbor-advert } "
		    "ip6 saddr { ::, fe80::/10 } accept\n");
}

/*
 * What a segment spans over without naming it, as 0.0.0.0/0 does. One that
 * has link-local addresses names them.
 */
static void
put_bogons(struct table_writer *w, const struct table_segment *s,
    uint8_t family)
{
	const char *const *bogons = family == 4 ? bogons4 : bogons6;
	size_t n = family == 4 ? N(bogons4) : N(bogons6);
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		struct network bogon;
		bool inside = false;

		require(network_parse(span_str(bogons[i]), &bogon));
		for (uint32_t k = 0; k < s->networks_n; k++)
			inside = inside || (network_contains(&s->networks[k],
			    &bogon.address) && s->networks[k].prefix_len <
			    bogon.prefix_len);
		if (!inside)
			continue;
		if (first && family == 6)
			put_neighbours(w, s);
		first = false;
		table_put(w, "\t\t%s saddr %s goto foreign.%s\n",
		    family == 4 ? "ip" : "ip6", bogons[i], s->name);
	}
}

static void
put_from(struct table_writer *w, const struct table_segment *s)
{
	table_put(w, "\tchain from.%s {\n", s->name);
	if (s->any) {
		table_put(w, "\t\t" PLAIN4 "@nh,96,8 != ");
		put_octets(w, 4);
		table_put(w, " accept\n\t\t" PLAIN6 "@nh,64,8 != ");
		put_octets(w, 6);
		table_put(w, " accept\n");
	} else {
		put_bogons(w, s, 4);
		put_bogons(w, s, 6);
		put_member(w, s, 4, PLAIN4, "saddr", "accept");
		put_member(w, s, 6, PLAIN6, "saddr", "accept");
	}
	put_options(w, s);
	put_neighbours(w, s);
	if (s->any) {
		table_put(w, "\t\tip saddr @alien4 goto foreign.%s\n"
		    "\t\tip6 saddr @alien6 goto foreign.%s\n"
		    "\t\taccept\n", s->name, s->name);
	} else {
		put_member(w, s, 4, "", "saddr", "accept");
		put_member(w, s, 6, "", "saddr", "accept");
		table_put(w, "\t\tgoto foreign.%s\n", s->name);
	}
	table_put(w, "\t}\n");
}

/* The talk of hosts to their link is no attack, and counted apart. */
static void
put_foreign(struct table_writer *w, const struct table_segment *s)
{
	table_put(w, "\tchain foreign.%s {\n"
	    "\t\tmeta pkttype != host counter name drop.%s.local drop\n"
	    "\t\tip6 saddr fe80::/10 counter name drop.%s.local drop\n"
	    "\t\tgoto drop.%s.spoofed\n\t}\n", s->name, s->name, s->name,
	    s->name);
}

static void
put_to(struct table_writer *w, const struct table_segment *s)
{
	table_put(w, "\tchain to.%s {\n", s->name);
	if (s->any) {
		table_put(w, "\t\tmeta nfproto ipv4 @nh,128,8 ");
		put_octets(w, 4);
		table_put(w, " ip daddr @alien4 goto drop.%s.misrouted"
		    "\n\t\tmeta nfproto ipv6 @nh,192,8 ", s->name);
		put_octets(w, 6);
		table_put(w, " ip6 daddr @alien6 goto drop.%s.misrouted\n",
		    s->name);
	} else {
		put_member(w, s, 4, "", "daddr", "return");
		put_member(w, s, 6, "", "daddr", "return");
		table_put(w, "\t\tgoto drop.%s.misrouted\n", s->name);
	}
	table_put(w, "\t}\n");
}

void
table_put_source(struct table_writer *w)
{
	const struct table_segment *s = w->facts->segments;
	uint32_t n = w->facts->segments_n;

	put_aliens(w, 4);
	put_aliens(w, 6);
	for (uint32_t i = 0; i < n; i++) {
		put_segment_set(w, &s[i], 4);
		put_segment_set(w, &s[i], 6);
	}
	table_put(w, "\tmap interfaces {\n\t\ttype ifname : verdict\n"
	    "\t\telements = { \"lo\" : accept");
	for (uint32_t i = 0; i < n; i++)
		table_put(w, ",\n\t\t    \"%s\" : goto from.%s",
		    s[i].interface_name, s[i].name);
	table_put(w, " }\n\t}\n"
	    "\tchain prerouting {\n"
	    "\t\ttype filter hook prerouting priority raw; policy drop;\n"
	    "\t\tiifname vmap @interfaces\n"
	    "\t\tgoto drop.interface\n\t}\n");
	for (uint32_t i = 0; i < n; i++) {
		put_from(w, &s[i]);
		put_foreign(w, &s[i]);
		put_to(w, &s[i]);
	}
}
