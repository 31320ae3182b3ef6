/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes to the gateway itself and comes from it. Each rule names the
 * whole of a connection (segment, addresses, port), in both directions, and
 * is asked for every packet: when a peer, a next hop or a segment is taken
 * away, its connections end as well.
 *
 * Who may connect is decided by the user and group of the first packet. Later
 * ones can be without a socket (what TCP has left to say after close), so
 * that there conntrack stands for it.
 */
#include "mark.h"
#include "table_internal.h"

#define REPLY	"ct state established ct direction reply "
#define GOES_ON	"ct state established ct direction original "

enum side { INPUT, OUTPUT };

/* "ip saddr { ... } " for the peers of a family; false: there are none. */
static bool
put_peers(struct table_writer *w, const struct table_listener *l,
    const char *which)
{
	const char *before = "{ ";
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->peers_n; i++) {
		if (l->peers[i].first.family != l->address.family)
			continue;
		if (table_range_is_all(&l->peers[i])) {
			table_put(w, "\t\t");
			return true;
		}
		n++;
	}
	if (n == 0)
		return false;
	table_put(w, "\t\t%s %s ", table_family(&l->address), which);
	for (uint32_t i = 0; i < l->peers_n; i++) {
		if (l->peers[i].first.family != l->address.family)
			continue;
		table_put(w, "%s", before);
		table_put_range(w, &l->peers[i]);
		before = ", ";
	}
	table_put(w, " } ");
	return true;
}

static void
put_listeners(struct table_writer *w, uint32_t segment, enum side side)
{
	char address[ADDRESS_TEXT_BYTES];

	for (uint32_t i = 0; i < w->facts->listeners_n; i++) {
		const struct table_listener *l = &w->facts->listeners[i];

		if (l->segment != segment || !put_peers(w, l,
		    side == INPUT ? "saddr" : "daddr"))
			continue;
		address_text(&l->address, address);
		if (side == INPUT)
			table_put(w, "%s daddr %s tcp dport %u accept\n",
			    table_family(&l->address), address, l->port);
		else
			table_put(w, "%s saddr %s tcp sport %u " REPLY
			    "accept\n", table_family(&l->address), address,
			    l->port);
	}
}

static void
put_hops(struct table_writer *w, uint32_t segment, enum side side)
{
	char address[ADDRESS_TEXT_BYTES];

	for (uint32_t i = 0; i < w->facts->hops_n; i++) {
		const struct table_hop *h = &w->facts->hops[i];
		const char *ip = table_family(&h->address);

		if (h->segment != segment)
			continue;
		address_text(&h->address, address);
		if (side == INPUT) {
			table_put(w, "\t\t%s saddr %s tcp sport %u " REPLY
			    "accept\n", ip, address, h->port);
			continue;
		}
		table_put(w, "\t\tmeta skuid %u meta skgid %u %s daddr %s "
		    "tcp dport %u accept\n", h->uid, h->gid, ip, address,
		    h->port);
		table_put(w, "\t\t" GOES_ON "%s daddr %s tcp dport %u "
		    "accept\n", ip, address, h->port);
	}
}

/* "tcp dport 22 ", "icmp type 8 ", or "meta l4proto 47 ". */
static void
put_what(struct table_writer *w, const struct table_manage *m,
    const char *port, bool types)
{
	static const char *const names[] = { [1] = "icmp", [6] = "tcp",
	    [17] = "udp", [58] = "icmpv6" };
	bool icmp = m->protocol == 1 || m->protocol == 58;

	if ((icmp && types) || m->protocol == 6 || m->protocol == 17) {
		table_put(w, "%s %s %u", names[m->protocol],
		    icmp ? "type" : port, m->first);
		if (m->last != m->first)
			table_put(w, "-%u", m->last);
		table_put(w, " ");
	} else {
		table_put(w, "meta l4proto %u ", m->protocol);
	}
}

static void
put_peer(struct table_writer *w, const struct table_manage *m,
    const char *which)
{
	if (table_range_is_all(&m->peer)) {
		table_put(w, "meta nfproto ipv%u ", m->peer.first.family);
		return;
	}
	table_put(w, "%s %s ", table_family(&m->peer.first), which);
	table_put_range(w, &m->peer);
	table_put(w, " ");
}

static void
put_uids(struct table_writer *w)
{
	const char *before = "{ ";

	for (uint32_t i = 0; i < w->facts->uids_n; i++) {
		table_put(w, "%s%u", before, w->facts->uids[i]);
		before = ", ";
	}
	table_put(w, " } ");
}

static void
put_manage_from(struct table_writer *w, uint32_t segment, enum side side)
{
	for (uint32_t i = 0; i < w->facts->manages_n; i++) {
		const struct table_manage *m = &w->facts->manages[i];

		if (!m->from || m->segment != segment)
			continue;
		table_put(w, "\t\t");
		if (side == OUTPUT) {
			put_peer(w, m, "daddr");
			put_what(w, m, "sport", false);
			table_put(w, REPLY "accept\n");
			continue;
		}
		if (m->has_mac)
			table_put(w, "ether saddr %02x:%02x:%02x:%02x:%02x:"
			    "%02x ", m->mac[0], m->mac[1], m->mac[2],
			    m->mac[3], m->mac[4], m->mac[5]);
		put_peer(w, m, "saddr");
		put_what(w, m, "dport", true);
		table_put(w, "accept\n");
	}
}

static void
put_manage_to(struct table_writer *w, uint32_t segment, enum side side)
{
	for (uint32_t i = 0; i < w->facts->manages_n; i++) {
		const struct table_manage *m = &w->facts->manages[i];

		if (m->from || m->segment != segment)
			continue;
		table_put(w, "\t\t");
		if (side == INPUT) {
			put_peer(w, m, "saddr");
			put_what(w, m, "sport", false);
			table_put(w, REPLY "accept\n");
			continue;
		}
		if (m->uid != TABLE_UID_OTHERS) {
			table_put(w, "meta skuid %u ", m->uid);
		} else if (w->facts->uids_n > 0) {
			table_put(w, "meta skuid != ");
			put_uids(w);
		}
		put_peer(w, m, "daddr");
		put_what(w, m, "dport", true);
		table_put(w, "accept\n\t\t" GOES_ON);
		put_peer(w, m, "daddr");
		put_what(w, m, "dport", true);
		table_put(w, "accept\n");
	}
}

/* Errors about flows that exist: without them no path MTU is found. */
static void
put_errors(struct table_writer *w)
{
	table_put(w, "\t\tct state related icmp type { "
	    "destination-unreachable, time-exceeded, parameter-problem } "
	    "accept\n");
	table_put(w, "\t\tct state related icmpv6 type { "
	    "destination-unreachable, packet-too-big, time-exceeded, "
	    "parameter-problem } accept\n");
}

static void
put_segment(struct table_writer *w, uint32_t segment, enum side side)
{
	const struct table_segment *s = &w->facts->segments[segment];
	const char *hook = side == INPUT ? "input" : "output";

	table_put(w, "\tchain %s.%s {\n", hook, s->name);
	if (table_segment_has(s, 6))
		table_put(w, "\t\tip6 hoplimit 255 icmpv6 type "
		    "{ nd-neighbor-solicit, nd-neighbor-advert } accept\n");
	put_manage_from(w, segment, side);
	if (s->cut) {
		table_put(w, "\t\tgoto drop.%s.cut\n\t}\n", s->name);
		return;
	}
	put_listeners(w, segment, side);
	put_hops(w, segment, side);
	put_manage_to(w, segment, side);
	put_errors(w);
	/* the reset of a flow that was cut, made by its reject */
	if (side == OUTPUT)
		table_put(w, "\t\tct state related ct mark and 0x%08x == "
		    "0x%08x tcp flags & rst == rst accept\n", MARK_STATE,
		    MARK_CUT);
	table_put(w, "\t\tgoto drop.%s.%s\n\t}\n", s->name, hook);
}

/*
 * The rest of the machine may talk to itself. Our daemons do not, but for a
 * next hop that is on this machine; so one that was taken over finds no other
 * service here.
 */
static void
put_loopback(struct table_writer *w)
{
	table_put(w, "\tchain output.lo {\n");
	if (w->facts->uids_n == 0) {
		table_put(w, "\t\taccept\n\t}\n");
		return;
	}
	table_put(w, "\t\tct state established,related accept\n"
	    "\t\tmeta skuid != ");
	put_uids(w);
	table_put(w, "accept\n");
	for (uint32_t i = 0; i < w->facts->hops_n; i++) {
		const struct table_hop *h = &w->facts->hops[i];
		char address[ADDRESS_TEXT_BYTES];

		address_text(&h->address, address);
		table_put(w, "\t\tmeta skuid %u meta skgid %u %s daddr %s "
		    "tcp dport %u accept\n", h->uid, h->gid,
		    table_family(&h->address), address, h->port);
	}
	table_put(w, "\t\tgoto drop.output\n\t}\n");
}

static void
put_hook(struct table_writer *w, enum side side)
{
	const struct table_segment *s = w->facts->segments;
	const char *hook = side == INPUT ? "input" : "output";

	for (uint32_t i = 0; i < w->facts->segments_n; i++)
		put_segment(w, i, side);
	table_put(w, "\tmap %ss {\n\t\ttype ifname : verdict\n"
	    "\t\telements = { \"lo\" : %s", hook,
	    side == INPUT ? "accept" : "goto output.lo");
	for (uint32_t i = 0; i < w->facts->segments_n; i++)
		table_put(w, ",\n\t\t    \"%s\" : goto %s.%s",
		    s[i].interface_name, hook, s[i].name);
	table_put(w, " }\n\t}\n\tchain %s {\n"
	    "\t\ttype filter hook %s priority filter; policy drop;\n", hook,
	    hook);
	if (side == INPUT)
		table_put(w, "\t\tct state invalid iifname != \"lo\" "
		    "goto drop.invalid\n"
		    "\t\tiifname vmap @inputs\n"
		    "\t\tgoto drop.interface\n\t}\n");
	else
		table_put(w, "\t\toifname vmap @outputs\n"
		    "\t\tgoto drop.output\n\t}\n");
}

void
table_put_local(struct table_writer *w)
{
	put_loopback(w);
	put_hook(w, INPUT);
	put_hook(w, OUTPUT);
}
