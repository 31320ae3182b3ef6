/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers of the packet path: what the kernel's table counts (packets and
 * bytes of pairs, drops), what sekisho-packet does (proc/packet_counts.h), and
 * the rules. Neither is asked: the one is read by netlink, the other where it
 * is written.
 */
#include <stdio.h>
#include <string.h>

#include "../packet/limits.h"
#include "../packet/table.h"
#include "../proc/packet_counts.h"
#include "../snmp/snapshot.h"
#include "sekishod_internal.h"
#include "sekishod_table.h"

#define TRUE_FALSE(x)	((x) ? 1 : 2)	/* TruthValue */
#define NO_SEGMENT	65535		/* index of no segment */
#define NAME_BYTES	(2 * SEGMENT_NAME_BYTES + 32)

static const uint32_t up_to_us[COUNTS_LATENCIES - 1] = NFQ_LATENCY_US;
_Static_assert(TABLE_SEGMENTS_MAX < NO_SEGMENT, "it is the last");

/* Reasons of a segment, then those of none; by their numbers, from 1 on. */
static const char *const drop_words[] = { "spoofed", "options", "local",
	"misrouted", "cut", "input", "output", "interface", "output", "pair",
	"invalid", "related", "nat", "cut", "no-verdict" };
#define DROPS_OF_SEGMENT	7
#define DROPS_N	(sizeof(drop_words) / sizeof(drop_words[0]))

/* ---- what the kernel's table counts ---- */

/*
 * The kernel's counters begin anew when the table is written, ours do not.
 * They are known by their names, "pair.lgwan.internet".
 */
struct kept {
	char		name[NAME_BYTES];
	uint64_t	seen[2];	/* packets, bytes: last of the kernel */
	uint64_t	sums[2];
};

static struct kept kept[MIB_PAIRS_MAX + MIB_DROPS_MAX];
static unsigned kept_n;

/* Names come in the same order each time: the next one is looked at first. */
static struct kept *
kept_of(const char *name)
{
	static unsigned next;

	for (unsigned i = 0; i < kept_n; i++) {
		unsigned at = (next + i) % kept_n;

		if (strcmp(kept[at].name, name) == 0) {
			next = at + 1;
			return &kept[at];
		}
	}
	return NULL;
}

static void
on_counter(void *arg, const char *name, uint64_t packets, uint64_t bytes)
{
	const uint64_t now[2] = { packets, bytes };
	struct kept *k;
	bool anew;

	(void)arg;
	if ((strncmp(name, "pair.", 5) != 0 &&
	    strncmp(name, "drop.", 5) != 0) || strlen(name) >= NAME_BYTES)
		return;
	k = kept_of(name);
	if (k == NULL && kept_n == sizeof(kept) / sizeof(kept[0]))
		return;
	if (k == NULL) {
		k = &kept[kept_n++];
		memcpy(k->name, name, strlen(name) + 1);
	}
	anew = packets < k->seen[0] || bytes < k->seen[1];
	for (unsigned i = 0; i < 2; i++) {
		k->sums[i] += anew ? now[i] : now[i] - k->seen[i];
		k->seen[i] = now[i];
	}
}

/* ---- segments ---- */

struct segments {
	uint32_t	n;
	struct span	names[TABLE_SEGMENTS_MAX + 1];	/* "": of none */
	uint32_t	places[TABLE_SEGMENTS_MAX + 1];	/* in the counts */
};

/* The last one is that of no segment. */
static void
list_segments(const struct gateway *g, struct segments *s)
{
	struct rules_segment segment;

	memset(s, 0, sizeof(*s));
	s->n = rules_segments(g->config.image);
	if (s->n > TABLE_SEGMENTS_MAX)
		s->n = TABLE_SEGMENTS_MAX;
	for (uint32_t i = 0; i < s->n; i++) {
		rules_segment(g->config.image, i, &segment);
		s->names[i] = segment.name;
		if (g->counts != NULL)
			s->places[i] = counts_segment_find(g->counts,
			    segment.name);
	}
}

static uint64_t
index_of(const struct segments *s, uint32_t i)
{
	return i < s->n ? i + 1 : NO_SEGMENT;
}

/* NULL: nothing was counted of it. */
static const struct counts_pair *
pair_counts(const struct gateway *g, const struct segments *s, uint32_t from,
    uint32_t to)
{
	/* a segment without a place is not the one of no segment */
	if (g->counts == NULL || (from < s->n && s->places[from] == 0) ||
	    (to < s->n && s->places[to] == 0))
		return NULL;
	return &g->counts->pairs[s->places[from]][s->places[to]];
}

/* ---- pairs ---- */

static void
put_pair(struct snapshot_writer *w, const struct kept *k,
    const struct counts_pair *pair)
{
	uint64_t refused = 0;

	snapshot_number(w, k->sums[0]);
	snapshot_number(w, k->sums[1]);
	for (unsigned i = 0; pair != NULL && i < COUNTS_REASONS; i++)
		refused += counts_get(&pair->refused[i]);
	snapshot_number(w, pair == NULL ? 0 : counts_get(&pair->flows));
	snapshot_number(w, pair == NULL ? 0 : counts_get(&pair->open));
	snapshot_number(w, refused);
}

void
snapshot_pairs(const struct gateway *g, struct snapshot_writer *w)
{
	struct segments s;
	const struct kept *k;
	char name[NAME_BYTES];
	struct diag diag;

	snapshot_table(w, MIB_PAIRS);
	/* without an answer the numbers of before stand */
	if (g->mail_only || table_counters(on_counter, NULL, &diag) != OK)
		diag.errnum = 0;
	list_segments(g, &s);
	for (uint32_t i = 0; i < s.n; i++)
		for (uint32_t j = 0; j < s.n && !snapshot_full(w); j++) {
			snprintf(name, sizeof(name), "pair.%.*s.%.*s",
			    (int)s.names[i].len,
			    (const char *)s.names[i].ptr,
			    (int)s.names[j].len,
			    (const char *)s.names[j].ptr);
			k = kept_of(name);
			if (k == NULL)
				continue;
			snapshot_number(w, i + 1);
			snapshot_number(w, j + 1);
			snapshot_text(w, s.names[i]);
			snapshot_text(w, s.names[j]);
			put_pair(w, k, pair_counts(g, &s, i, j));
		}
}

/* ---- refusals ---- */

void
snapshot_refusals(const struct gateway *g, struct snapshot_writer *w)
{
	uint64_t index = 0;

	snapshot_table(w, MIB_REFUSALS);
	for (unsigned i = COUNTER_REFUSED_RULE;
	    i <= COUNTER_DROPPED_NO_VERDICT; i++) {
		snapshot_number(w, ++index);
		snapshot_text(w, span_str(counter_name((enum counter)i)));
		snapshot_number(w, control_counter(g, (enum counter)i));
	}
}

static void
put_pair_reasons(const struct segments *s, uint32_t from, uint32_t to,
    const struct counts_pair *pair, struct snapshot_writer *w)
{
	for (unsigned i = 0; i < COUNTS_REASONS && !snapshot_full(w); i++) {
		uint64_t n = counts_get(&pair->refused[i]);

		if (n == 0)
			continue;
		snapshot_number(w, index_of(s, from));
		snapshot_number(w, index_of(s, to));
		snapshot_number(w, i + 1);
		snapshot_text(w, s->names[from]);
		snapshot_text(w, s->names[to]);
		snapshot_text(w, span_str(counter_name((enum counter)
		    (COUNTER_REFUSED_RULE + i))));
		snapshot_number(w, n);
	}
}

static void
put_pair_refusals(const struct gateway *g, const struct segments *s,
    struct snapshot_writer *w)
{
	const struct counts_pair *pair;

	snapshot_table(w, MIB_PAIR_REFUSALS);
	for (uint32_t i = 0; i <= s->n; i++)
		for (uint32_t k = 0; k <= s->n; k++) {
			pair = pair_counts(g, s, i, k);
			if (pair != NULL)
				put_pair_reasons(s, i, k, pair, w);
		}
}

static void
put_drops(const struct segments *s, struct snapshot_writer *w)
{
	char name[NAME_BYTES];
	const struct kept *k;

	snapshot_table(w, MIB_DROPS);
	for (uint32_t i = 0; i <= s->n; i++)
		for (size_t j = i < s->n ? 0 : DROPS_OF_SEGMENT;
		    j < (i < s->n ? DROPS_OF_SEGMENT : DROPS_N); j++) {
			snprintf(name, sizeof(name), "drop.%.*s%s%s",
			    (int)s->names[i].len,
			    (const char *)s->names[i].ptr, i < s->n ? "." :
			    "", drop_words[j]);
			k = kept_of(name);
			if (k == NULL || snapshot_full(w))
				continue;
			snapshot_number(w, index_of(s, i));
			snapshot_number(w, j + 1);
			snapshot_text(w, s->names[i]);
			snapshot_text(w, span_str(drop_words[j]));
			snapshot_number(w, k->sums[0]);
			snapshot_number(w, k->sums[1]);
		}
}

/* ---- rules ---- */

static void
put_hits(const struct gateway *g, uint32_t place, struct snapshot_writer *w)
{
	static const struct counts_rule none;
	const struct counts_rule *rule = place == COUNTS_NONE ? &none :
	    &g->counts->rules[place];

	snapshot_number(w, counts_get(&rule->hits));
	snapshot_number(w, counts_get(&rule->last_ms));
	snapshot_number(w, counts_get(&rule->packets));
	snapshot_number(w, counts_get(&rule->bytes));
}

void
snapshot_rules(const struct gateway *g, struct snapshot_writer *w)
{
	static struct counts_names names;
	const struct rules_image *image = g->config.image;
	int64_t today = compile_today();
	struct rules_flow flow;

	snapshot_table(w, MIB_RULES);
	counts_names_begin(&names);
	for (uint32_t i = 0; i < rules_flows(image) && !snapshot_full(w);
	    i++) {
		rules_flow(image, i, &flow);
		snapshot_number(w, i + 1);
		snapshot_text(w, flow.name);
		snapshot_text(w, flow.file);
		snapshot_number(w, flow.line);
		snapshot_number(w, TRUE_FALSE(flow.allow));
		snapshot_text(w, span_str(flow.allow ?
		    rules_class_name(flow.class) : ""));
		snapshot_number(w, flow.flows_max);
		snapshot_number(w, (uint64_t)(flow.until == RULES_NONE ? -1 :
		    (int64_t)flow.until > today ? (int64_t)flow.until - today :
		    0));
		put_hits(g, g->counts == NULL ? COUNTS_NONE :
		    counts_rule_find(g->counts, &names, flow.name), w);
	}
}

/* ---- the queue ---- */

static uint64_t
verdicts(const struct gateway *g)
{
	uint64_t sum = 0;

	for (unsigned i = 0; g->counts != NULL && i < COUNTS_LATENCIES; i++)
		sum += counts_get(&g->counts->latency.verdicts[i]);
	return sum;
}

void
snapshot_packets(const struct gateway *g, struct snapshot_writer *w)
{
	static const enum counter order[] = { COUNTER_PACKETS_QUEUED,
	    COUNTER_FLOWS_ALLOWED, COUNTER_FLOWS_OPEN,
	    COUNTER_FLOWS_INSPECTED, COUNTER_FLOWS_CUT, COUNTER_FLOWS_ENDED,
	    COUNTER_QUEUE_OVERRUNS, COUNTER_EVENTS_LOST,
	    COUNTER_EVIDENCE_LOST, COUNTER_SCANS_SEEN };
	uint64_t refused = 0;

	snapshot_table(w, MIB_PACKETS);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		snapshot_number(w, control_counter(g, order[i]));
	for (unsigned i = COUNTER_REFUSED_RULE;
	    i <= COUNTER_DROPPED_NO_VERDICT; i++)
		refused += control_counter(g, (enum counter)i);
	snapshot_number(w, refused);
	snapshot_number(w, verdicts(g));
	snapshot_number(w, g->counts == NULL ? 0 :
	    counts_get(&g->counts->latency.sum_ns) / 1000);
}

struct queues {
	struct {
		bool		there;
		unsigned	waiting, full, lost;
	} all[NFQ_QUEUES_MAX];
};

static void
keep_queue(void *arg, unsigned number, unsigned waiting, unsigned full,
    unsigned lost)
{
	struct queues *queues = arg;

	queues->all[number - NFQ_FIRST].there = true;
	queues->all[number - NFQ_FIRST].waiting = waiting;
	queues->all[number - NFQ_FIRST].full = full;
	queues->all[number - NFQ_FIRST].lost = lost;
}

/* The kernel lists them in no order. */
void
snapshot_queues(const struct gateway *g, struct snapshot_writer *w)
{
	struct queues queues = { 0 };

	snapshot_table(w, MIB_QUEUES);
	if (!g->mail_only)
		control_queues(keep_queue, &queues);
	for (unsigned i = 0; i < NFQ_QUEUES_MAX; i++) {
		if (!queues.all[i].there)
			continue;
		snapshot_number(w, NFQ_FIRST + i + 1);
		snapshot_number(w, queues.all[i].waiting);
		snapshot_number(w, queues.all[i].full);
		snapshot_number(w, queues.all[i].lost);
	}
}

static void
put_latencies(const struct gateway *g, struct snapshot_writer *w)
{
	snapshot_table(w, MIB_LATENCIES);
	for (unsigned i = 0; g->counts != NULL && i < COUNTS_LATENCIES; i++) {
		snapshot_number(w, i + 1);
		snapshot_number(w, i + 1 < COUNTS_LATENCIES ?
		    up_to_us[i] : 0);
		snapshot_number(w,
		    counts_get(&g->counts->latency.verdicts[i]));
	}
}

void
snapshot_packet_last(const struct gateway *g, struct snapshot_writer *w)
{
	struct segments s;

	list_segments(g, &s);
	put_pair_refusals(g, &s, w);
	put_drops(&s, w);
	put_latencies(g, w);
}
