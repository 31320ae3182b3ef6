/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two hash tables with chains of indexes: flows by their key, sources by
 * their address. A stranger chooses what is put in, so the hash is keyed.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "packet_flow.h"
#include "../base/hash.h"

#define FLOW_BUCKETS	(FLOWS_MAX * 2)
#define SOURCE_BUCKETS	(FLOW_SOURCES_MAX * 2)

struct source {
	struct address	address;
	uint32_t	flows;
	uint32_t	next;
};

struct packet_flows {
	uint64_t	 seed[2];
	uint32_t	 n;
	uint32_t	 free;
	uint32_t	 oldest, newest;	/* of the inspected */
	uint32_t	 source_free;
	uint32_t	 rules;
	uint32_t	*rule_flows;
	uint32_t	 buckets[FLOW_BUCKETS];
	uint32_t	 source_buckets[SOURCE_BUCKETS];
	struct packet_flow flows[FLOWS_MAX];
	struct source	 sources[FLOW_SOURCES_MAX];
};

/* ---- hash ---- */

static uint32_t
hash_key(const struct packet_flows *flows, const struct packet_flow_key *key)
{
	uint64_t words[5];

	memcpy(words, key->src.bytes, 16);
	memcpy(words + 2, key->dst.bytes, 16);
	words[4] = (uint64_t)key->src_port << 48 |
	    (uint64_t)key->dst_port << 32 | (uint64_t)key->protocol << 8 |
	    key->src.family;
	return (uint32_t)(hash_words(flows->seed, words, 5) % FLOW_BUCKETS);
}

static uint32_t
hash_source(const struct packet_flows *flows, const struct address *address)
{
	uint64_t words[3];

	memcpy(words, address->bytes, 16);
	words[2] = address->family;
	return (uint32_t)(hash_words(flows->seed, words, 3) % SOURCE_BUCKETS);
}

static bool
same_key(const struct packet_flow_key *a, const struct packet_flow_key *b)
{
	return a->protocol == b->protocol && a->src_port == b->src_port &&
	    a->dst_port == b->dst_port && address_equal(&a->src, &b->src) &&
	    address_equal(&a->dst, &b->dst);
}

/* ---- start ---- */

struct packet_flows *
packet_flow_new(void)
{
	/* start-up: all of it */
	struct packet_flows *flows = calloc(1, sizeof(*flows));

	if (flows == NULL)
		return NULL;
	if (getrandom(flows->seed, sizeof(flows->seed), 0) !=
	    sizeof(flows->seed)) {
		free(flows);
		return NULL;
	}
	memset(flows->buckets, 0xff, sizeof(flows->buckets));
	memset(flows->source_buckets, 0xff, sizeof(flows->source_buckets));
	for (uint32_t i = 0; i < FLOWS_MAX; i++)
		flows->flows[i].next = i + 1 < FLOWS_MAX ? i + 1 : FLOW_NONE;
	for (uint32_t i = 0; i < FLOW_SOURCES_MAX; i++)
		flows->sources[i].next = i + 1 < FLOW_SOURCES_MAX ? i + 1 :
		    FLOW_NONE;
	flows->oldest = flows->newest = FLOW_NONE;
	return flows;
}

void
packet_flow_free(struct packet_flows *flows)
{
	if (flows == NULL)
		return;
	free(flows->rule_flows);
	free(flows);
}

enum err
packet_flow_rules(struct packet_flows *flows, uint32_t rules,
    struct diag *diag)
{
	uint32_t *counts;

	if (rules > flows->rules) {
		/* not start-up: but for new rules, not for packets */
		counts = realloc(flows->rule_flows, rules * sizeof(*counts));
		if (counts == NULL)
			return diag_system(diag, "memory for rules");
		flows->rule_flows = counts;
		flows->rules = rules;
	}
	if (flows->rules > 0)
		memset(flows->rule_flows, 0, flows->rules *
		    sizeof(flows->rule_flows[0]));
	for (uint32_t i = 0; i < FLOWS_MAX; i++)
		flows->flows[i].counted = false;
	return OK;
}

/* ---- sources ---- */

static uint32_t
find_source(struct packet_flows *flows, const struct address *address)
{
	uint32_t *bucket = &flows->source_buckets[hash_source(flows,
	    address)];
	uint32_t i;

	for (i = *bucket; i != FLOW_NONE; i = flows->sources[i].next)
		if (address_equal(&flows->sources[i].address, address))
			return i;
	i = flows->source_free;
	if (i == FLOW_NONE)
		return FLOW_NONE;
	flows->source_free = flows->sources[i].next;
	flows->sources[i] = (struct source){ *address, 0, *bucket };
	*bucket = i;
	return i;
}

static void
drop_source(struct packet_flows *flows, uint32_t index)
{
	struct source *source = &flows->sources[index];
	uint32_t *link = &flows->source_buckets[hash_source(flows,
	    &source->address)];

	while (*link != index)
		link = &flows->sources[*link].next;
	*link = source->next;
	source->next = flows->source_free;
	flows->source_free = index;
}

/* ---- flows ---- */

struct packet_flow *
packet_flow_find(struct packet_flows *flows,
    const struct packet_flow_key *key)
{
	uint32_t i = flows->buckets[hash_key(flows, key)];

	for (; i != FLOW_NONE; i = flows->flows[i].next)
		if (same_key(&flows->flows[i].key, key))
			return &flows->flows[i];
	return NULL;
}

enum packet_flow_refusal
packet_flow_add(struct packet_flows *flows, const struct packet_flow_key *key,
    enum packet_flow_state state, uint32_t rule, uint32_t most,
    struct packet_flow **flow)
{
	struct packet_flow *f;
	uint32_t i = flows->free, source, serial, *bucket;

	*flow = NULL;
	require(rule < flows->rules);
	if (most != 0 && flows->rule_flows[rule] >= most)
		return FLOW_RULE_FULL;
	if (i == FLOW_NONE)
		return FLOW_TABLE_FULL;
	source = find_source(flows, &key->src);
	if (source == FLOW_NONE)
		return FLOW_TABLE_FULL;
	if (flows->sources[source].flows >= FLOWS_PER_SOURCE_MAX)
		return FLOW_SOURCE_FULL;
	flows->sources[source].flows++;
	f = &flows->flows[i];
	flows->free = f->next;
	serial = f->serial;
	memset(f, 0, sizeof(*f));
	f->key = *key;
	f->serial = serial + 1;
	f->source = source;
	f->rule = rule;
	f->held = FLOW_NONE;
	f->older = f->newer = FLOW_NONE;
	bucket = &flows->buckets[hash_key(flows, key)];
	f->next = *bucket;
	*bucket = i;
	f->counted = true;
	flows->rule_flows[rule]++;
	flows->n++;
	packet_flow_set_state(flows, f, state);
	*flow = f;
	return FLOW_TAKEN;
}

void
packet_flow_uncount(struct packet_flows *flows, struct packet_flow *flow)
{
	if (flow->counted)
		flows->rule_flows[flow->rule]--;
	flow->counted = false;
}

bool
packet_flow_count(struct packet_flows *flows, struct packet_flow *flow,
    uint32_t rule, uint32_t most)
{
	require(rule < flows->rules);
	packet_flow_uncount(flows, flow);
	if (most != 0 && flows->rule_flows[rule] >= most)
		return false;
	flow->rule = rule;
	flow->counted = true;
	flows->rule_flows[rule]++;
	return true;
}

/* ---- by age ---- */

static void
unlink_inspected(struct packet_flows *flows, struct packet_flow *flow)
{
	if (flow->older != FLOW_NONE)
		flows->flows[flow->older].newer = flow->newer;
	else
		flows->oldest = flow->newer;
	if (flow->newer != FLOW_NONE)
		flows->flows[flow->newer].older = flow->older;
	else
		flows->newest = flow->older;
	flow->older = flow->newer = FLOW_NONE;
}

void
packet_flow_set_state(struct packet_flows *flows, struct packet_flow *flow,
    enum packet_flow_state state)
{
	uint32_t i = packet_flow_index(flows, flow);

	if (flow->state == state)
		return;
	if (flow->state == FLOW_INSPECTED)
		unlink_inspected(flows, flow);
	flow->state = state;
	if (state != FLOW_INSPECTED)
		return;
	flow->older = flows->newest;
	if (flows->newest != FLOW_NONE)
		flows->flows[flows->newest].newer = i;
	else
		flows->oldest = i;
	flows->newest = i;
}

struct packet_flow *
packet_flow_oldest(struct packet_flows *flows)
{
	return flows->oldest == FLOW_NONE ? NULL :
	    &flows->flows[flows->oldest];
}

void
packet_flow_remove(struct packet_flows *flows, struct packet_flow *flow)
{
	uint32_t i = packet_flow_index(flows, flow);
	uint32_t *link = &flows->buckets[hash_key(flows, &flow->key)];

	require(flow->state != FLOW_FREE);
	packet_flow_set_state(flows, flow, FLOW_FREE);
	packet_flow_uncount(flows, flow);
	while (*link != i)
		link = &flows->flows[*link].next;
	*link = flow->next;
	if (--flows->sources[flow->source].flows == 0)
		drop_source(flows, flow->source);
	flow->next = flows->free;
	flows->free = i;
	flows->n--;
}

uint32_t
packet_flow_n(const struct packet_flows *flows)
{
	return flows->n;
}

uint32_t
packet_flow_of_rule(const struct packet_flows *flows, uint32_t rule)
{
	return rule < flows->rules ? flows->rule_flows[rule] : 0;
}

uint32_t
packet_flow_index(const struct packet_flows *flows,
    const struct packet_flow *flow)
{
	return (uint32_t)(flow - flows->flows);
}

struct packet_flow *
packet_flow_at(struct packet_flows *flows, uint32_t index)
{
	return index < FLOWS_MAX && flows->flows[index].state != FLOW_FREE ?
	    &flows->flows[index] : NULL;
}
