/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes from one segment to another. The mark of the flow says what was
 * decided of it: see mark.h. A packet that is let through in `forward` gets
 * MARK_PASSED, a verdict of no epoch, by which `verdict` knows it without a
 * look at its flow; every other one that goes on has its mark set here, too,
 * so that a mark which a packet brought along is never taken for a verdict.
 * The mark of a flow is written in one place only, when its packet comes back
 * from the queue: were it copied by each packet, one under way on another
 * processor could undo a cut.
 *
 * Pairs of segments that no rule can join (tiers 1 and 3) are not in the
 * sets, whatever the mark says, and neither are those of a segment that is
 * cut.
 */
#include "mark.h"
#include "table_internal.h"

#define MARK_PASSED	MARK_ALLOW

/* Has any class of rules flows from one to the other? */
static bool
joined(const struct table_segment *a, const struct table_segment *b)
{
	bool apart = (a->tier == 1 && b->tier == 3) ||
	    (a->tier == 3 && b->tier == 1);

	return a != b && !apart && !a->cut && !b->cut;
}

/* Pairs that may have flows: as elements, with a verdict or without. */
static void
put_pairs(struct table_writer *w, bool verdicts)
{
	const struct table_facts *f = w->facts;
	const char *before = "\t\telements = {";

	for (uint32_t a = 0; a < f->segments_n; a++)
		for (uint32_t b = 0; b < f->segments_n; b++) {
			const struct table_segment *from = &f->segments[a];
			const struct table_segment *to = &f->segments[b];

			if (!joined(from, to))
				continue;
			table_put(w, "%s\n\t\t    \"%s\" . \"%s\"", before,
			    from->interface_name, to->interface_name);
			if (verdicts)
				table_put(w, " : goto pair.%s.%s", from->name,
				    to->name);
			before = ",";
		}
	table_put(w, "%s", before[0] == ',' ? " }\n" : "");
}

/* Interface to verdict or counter, one for each segment (that is cut). */
static void
put_map(struct table_writer *w, const char *name, const char *type,
    const char *fmt_before, const char *fmt_after, bool cut_only)
{
	const char *before = "\t\telements = {";

	table_put(w, "\tmap %s {\n\t\ttype ifname : %s\n", name, type);
	for (uint32_t i = 0; i < w->facts->segments_n; i++) {
		const struct table_segment *s = &w->facts->segments[i];

		if (cut_only && !s->cut)
			continue;
		table_put(w, "%s\n\t\t    \"%s\" : %s%s%s", before,
		    s->interface_name, fmt_before, s->name, fmt_after);
		before = ",";
	}
	table_put(w, "%s\t}\n", before[0] == ',' ? " }\n" : "");
}

static void
put_maps(struct table_writer *w)
{
	table_put(w, "\tmap pairs {\n\t\ttype ifname . ifname : verdict\n");
	put_pairs(w, true);
	table_put(w, "\t}\n\tset joined {\n\t\ttype ifname . ifname\n");
	put_pairs(w, false);
	table_put(w, "\t}\n");
	put_map(w, "targets", "verdict", "jump to.", "", false);
	put_map(w, "queued", "counter", "\"queue.", "\"", false);
	put_map(w, "locals", "counter", "\"drop.", ".local\"", false);
	put_map(w, "cuts", "verdict", "goto drop.", ".cut", true);
}

static void
put_flowtable(struct table_writer *w)
{
	const char *before = "\tflowtable fast {\n"
	    "\t\thook ingress priority filter\n\t\tdevices = { ";

	for (uint32_t i = 0; i < w->facts->segments_n; i++) {
		const struct table_segment *s = &w->facts->segments[i];

		if (s->cut)
			continue;
		table_put(w, "%s\"%s\"", before, s->interface_name);
		before = ", ";
	}
	table_put(w, " }\n\t\tcounter\n\t}\n");
}

static bool
flowtable_used(const struct table_facts *facts)
{
	for (uint32_t i = 0; i < facts->segments_n && facts->flowtable; i++)
		if (!facts->segments[i].cut)
			return true;
	return false;
}

static void
put_pass(struct table_writer *w)
{
	const struct table_facts *f = w->facts;

	table_put(w, "\tchain pass {\n");
	if (flowtable_used(f))
		table_put(w, "\t\tct mark and 0x%08x == 0x%08x "
		    "flow add @fast\n", MARK_STATE | MARK_EPOCH,
		    mark_make(MARK_ALLOW, f->epoch, 0));
	table_put(w, "\t\tmeta mark set 0x%08x accept\n\t}\n", MARK_PASSED);
	for (uint32_t a = 0; a < f->segments_n; a++)
		for (uint32_t b = 0; b < f->segments_n; b++) {
			const struct table_segment *from = &f->segments[a];
			const struct table_segment *to = &f->segments[b];

			if (!joined(from, to))
				continue;
			table_put(w, "\tchain pair.%s.%s {\n"
			    "\t\tjump to.%s\n"
			    "\t\tcounter name pair.%s.%s goto pass\n\t}\n",
			    from->name, to->name, to->name, from->name,
			    to->name);
		}
}

/*
 * A packet about which the queue is asked, and what it is told. Of flows that
 * were cut only those come here whose protocol has no reset, and whose cut is
 * of an earlier epoch: as new ones.
 */
static void
put_ask(struct table_writer *w)
{
	table_put(w, "\tchain ask {\n"
	    "\t\tcounter name iifname map @queued\n"
	    "\t\tmeta mark set 0x00000000\n"
	    "\t\tct mark and 0x%08x == 0x%08x meta mark set "
	    "ct mark and 0x%08x or 0x%08x\n", MARK_STATE, MARK_ALLOW,
	    MARK_RULE, MARK_WAS_ALLOWED);
	table_put(w, "\t\tct mark and 0x%08x == 0x%08x meta mark set "
	    "ct mark and 0x%08x or 0x%08x\n", MARK_STATE, MARK_INSPECT,
	    MARK_RULE, MARK_WAS_INSPECTED);
	table_put(w, "\t\tct direction reply meta mark set "
	    "meta mark or 0x%08x\n\t\tgoto " TABLE_QUEUE_CHAIN "\n\t}\n",
	    MARK_REPLY);
	table_put(w, "\tchain " TABLE_QUEUE_CHAIN " {\n\t}\n");
}

static void
put_first(struct table_writer *w)
{
	table_put(w, "\tchain was-cut {\n"
	    "\t\tmeta l4proto 6 counter name drop.cut "
	    "reject with tcp reset\n"
	    "\t\tct mark and 0x%08x == 0x%08x goto drop.cut\n"
	    "\t}\n", MARK_EPOCH, mark_make(0, w->facts->epoch, 0));
	table_put(w, "\tchain forward {\n"
	    "\t\ttype filter hook forward priority filter; policy drop;\n"
	    "\t\tct mark and 0x%08x == 0x%08x iifname . oifname vmap @pairs\n",
	    MARK_STATE | MARK_EPOCH,
	    mark_make(MARK_ALLOW, w->facts->epoch, 0));
	table_put(w, "\t\tct state invalid goto drop.invalid\n"
	    "\t\tmeta pkttype != host counter name iifname map @locals drop\n"
	    "\t\tip daddr 224.0.0.0/3 counter name iifname map @locals drop\n"
	    "\t\tip6 daddr ff00::/8 counter name iifname map @locals drop\n"
	    "\t\tiifname vmap @cuts\n"
	    "\t\toifname vmap @cuts\n"
	    "\t\tct status dnat goto drop.nat\n");
	/* an error is about a flow, and its verdict would be the flow's */
	table_put(w, "\t\tct mark and 0x%08x == 0x%08x jump was-cut\n"
	    "\t\tct state related goto drop.related\n"
	    "\t\toifname vmap @targets\n"
	    "\t\tiifname . oifname @joined goto ask\n"
	    "\t\tgoto drop.pair\n\t}\n", MARK_STATE, MARK_CUT);
}

static void
put_verdict(struct table_writer *w)
{
	table_put(w, "\tchain decided {\n"
	    "\t\tct mark set meta mark\n"
	    "\t\tiifname . oifname vmap @pairs\n"
	    "\t\tgoto drop.pair\n\t}\n"
	    "\tchain cut-now {\n"
	    "\t\tct mark set meta mark\n"
	    "\t\tcounter name drop.cut\n"
	    "\t\tmeta l4proto 6 reject with tcp reset\n"
	    "\t\tdrop\n\t}\n");
	table_put(w, "\tchain verdict {\n"
	    "\t\ttype filter hook forward priority 10; policy drop;\n"
	    "\t\tmeta mark 0x%08x accept\n"
	    "\t\tmeta mark and 0x%08x vmap { 0x%08x : goto decided, "
	    "0x%08x : goto decided, 0x%08x : goto cut-now }\n"
	    "\t\tgoto drop.no-verdict\n\t}\n", MARK_PASSED,
	    MARK_STATE, MARK_INSPECT, MARK_ALLOW, MARK_CUT);
}

void
table_put_forward(struct table_writer *w)
{
	if (flowtable_used(w->facts))
		put_flowtable(w);
	put_maps(w);
	put_pass(w);
	put_ask(w);
	put_first(w);
	put_verdict(w);
}
