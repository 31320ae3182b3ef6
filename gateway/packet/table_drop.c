/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ends of what is dropped: one chain for each named counter `drop.`, of
 * the same name. It counts each packet, and logs a few of them for
 * sekisho-packet, which keeps them as evidence (packet_log.h). A limit of
 * nftables is one of its rule; so each reason has its own, of each segment
 * that packets come from: what is loud hides nothing else. What goes to
 * everybody on a link is the talk of hosts, and only counted.
 */
#include "drop.h"
#include "limits.h"
#include "table_internal.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static void
put_log(struct table_writer *w, enum drop drop, const char *interface_name)
{
	if (!w->facts->log)
		return;
	/* what we send, to a segment that is cut, too, is of type host */
	if (drop == DROP_OUTPUT || drop == DROP_CUT)
		table_put(w, "\t\tip daddr 224.0.0.0/3 drop\n"
		    "\t\tip6 daddr ff00::/8 drop\n");
	table_put(w, "\t\t");
	if (interface_name != NULL)
		table_put(w, "iifname \"%s\" ", interface_name);
	table_put(w, "meta pkttype host limit rate %d/second burst %d packets "
	    "log prefix \"" DROP_PREFIX "%s\" group %d snaplen %d\n",
	    LOG_PER_S, LOG_BURST, drop_word(drop), LOG_GROUP, LOG_COPY_BYTES);
}

static void
put_segment(struct table_writer *w, const struct table_segment *s)
{
	for (unsigned i = DROP_SPOOFED; i <= DROP_OUTPUT; i++) {
		const char *word = drop_word((enum drop)i);

		table_put(w, "\tchain drop.%s.%s {\n"
		    "\t\tcounter name drop.%s.%s\n", s->name, word, s->name,
		    word);
		put_log(w, (enum drop)i, NULL);
		table_put(w, "\t\tdrop\n\t}\n");
	}
}

void
table_put_drops(struct table_writer *w)
{
	static const struct {
		const char	*counter;
		enum drop	 drop;
		bool		 each;	/* segment has a limit of its own */
	} whole[] = {
		{ "interface", DROP_INTERFACE, false },
		{ "output", DROP_OUTPUT, false },
		{ "pair", DROP_PAIR, true },
		{ "invalid", DROP_INVALID, true },
		{ "related", DROP_RELATED, true },
		{ "nat", DROP_NAT, true },
		{ "cut", DROP_FLOW_CUT, true },
		{ "no-verdict", DROP_NO_VERDICT, true },
	};
	const struct table_segment *s = w->facts->segments;
	uint32_t n = w->facts->segments_n;

	for (size_t i = 0; i < N(whole); i++) {
		table_put(w, "\tchain drop.%s {\n\t\tcounter name drop.%s\n",
		    whole[i].counter, whole[i].counter);
		if (!whole[i].each)
			put_log(w, whole[i].drop, NULL);
		for (uint32_t k = 0; k < n && whole[i].each; k++)
			put_log(w, whole[i].drop, s[k].interface_name);
		table_put(w, "\t\tdrop\n\t}\n");
	}
	for (uint32_t k = 0; k < n; k++)
		put_segment(w, &s[k]);
}
