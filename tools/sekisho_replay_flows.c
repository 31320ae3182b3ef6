/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flows of a capture in a table of fixed size, and the sums over them.
 * What a packet is says packet_parse(), what may pass says rules_decide().
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "replay.h"

#define SLOTS		(2u * REPLAY_FLOWS_MAX)
#define ARENA_BYTES_MAX	(512u * 1024 * 1024)
#define BATCH		256u

enum err
replay_init(struct replay *replay, const struct rules_image *image)
{
	memset(replay, 0, sizeof(*replay));
	replay->image = image;
	replay->arena = arena_new(ARENA_BYTES_MAX);
	if (replay->arena == NULL)
		return ERR_SYSTEM;
	replay->flows = arena_alloc_array(replay->arena, REPLAY_FLOWS_MAX,
	    sizeof(*replay->flows));
	replay->slots = arena_alloc_array(replay->arena, SLOTS,
	    sizeof(*replay->slots));
	if (replay->flows == NULL || replay->slots == NULL ||
	    getrandom(&replay->secret, sizeof(replay->secret), 0) !=
	    (ssize_t)sizeof(replay->secret))
		return ERR_SYSTEM;
	return OK;
}

void
replay_fini(struct replay *replay)
{
	if (replay->arena != NULL)
		arena_free(replay->arena);
}

/* ---- the table ---- */

static uint64_t
mix(uint64_t h, uint64_t word)
{
	__uint128_t product = (__uint128_t)(h ^ word) *
	    0x9e3779b97f4a7c15u;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
hash_end(const struct replay *replay, const struct replay_end *end)
{
	uint64_t words[2];

	memcpy(words, end->address.bytes, sizeof(words));
	return mix(mix(mix(replay->secret, words[0]) ^ replay->secret,
	    words[1]) + replay->secret, (uint64_t)end->address.family << 16 |
	    end->port);
}

static bool
same_end(const struct replay_end *a, const struct replay_end *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

/* An echo and its answer are one, other messages only with their like. */
static bool
same_kind(const struct replay_flow *a, const struct replay_flow *b)
{
	return a->protocol == b->protocol && a->echo == b->echo &&
	    (a->echo || a->icmp_type == b->icmp_type);
}

/* The slot of the flow, of either direction, or the empty one for it. */
static uint32_t *
find(const struct replay *replay, const struct replay_flow *wanted)
{
	uint64_t h = hash_end(replay, &wanted->client) +
	    hash_end(replay, &wanted->server);

	h = mix(h, wanted->protocol);
	for (uint32_t i = (uint32_t)h % SLOTS;; i = (i + 1) % SLOTS) {
		const struct replay_flow *f;

		if (replay->slots[i] == 0)
			return &replay->slots[i];
		f = &replay->flows[replay->slots[i] - 1];
		if (same_kind(f, wanted) &&
		    ((same_end(&f->client, &wanted->client) &&
		    same_end(&f->server, &wanted->server)) ||
		    (same_end(&f->client, &wanted->server) &&
		    same_end(&f->server, &wanted->client))))
			return &replay->slots[i];
	}
}

static struct replay_flow
flow_of(const struct packet_facts *facts)
{
	struct replay_flow f = { .protocol = facts->protocol };
	bool six = facts->protocol == IPPROTO_ICMPV6;

	f.client = (struct replay_end){ facts->src, facts->src_port };
	f.server = (struct replay_end){ facts->dst, facts->dst_port };
	if (!six && facts->protocol != IPPROTO_ICMP)
		return f;
	f.icmp_type = facts->icmp_type;
	f.echo = six ? f.icmp_type == 128 || f.icmp_type == 129 :
	    f.icmp_type == 8 || f.icmp_type == 0;
	f.client.port = f.server.port = facts->icmp_id;
	return f;
}

static void
turn(struct replay_flow *flow)
{
	struct replay_end end = flow->client;

	flow->client = flow->server;
	flow->server = end;
	flow->has_mac = false;
}

static void
take_mac(struct replay_flow *flow, const struct packet_facts *facts)
{
	if (flow->has_mac || !facts->has_mac)
		return;
	flow->has_mac = true;
	memcpy(flow->mac, facts->mac, sizeof(flow->mac));
}

/*
 * One packet more. A SYN is worth more than the packet that was seen first,
 * which may be of a conversation that began before the capture; a SYN with
 * ACK is the server's.
 */
static void
update(struct replay_flow *flow, const struct replay_flow *seen,
    const struct packet_facts *facts, size_t wire_len)
{
	bool tcp = flow->protocol == IPPROTO_TCP;
	bool from_client = same_end(&seen->client, &flow->client) &&
	    same_end(&seen->server, &flow->server);

	if (flow->packets == 0)
		flow->middle = tcp && !facts->syn;
	if (tcp && facts->syn && (flow->middle || flow->packets == 0)) {
		if (from_client == facts->ack) {
			turn(flow);
			from_client = !from_client;
		}
		flow->middle = false;
	}
	if (from_client)
		take_mac(flow, facts);
	flow->packets++;
	flow->bytes += wire_len;
}

void
replay_packet(struct replay *replay, enum packet_link link,
    struct span packet, size_t wire_len)
{
	struct packet_facts facts;
	struct replay_flow seen;
	enum packet_reason reason;
	uint32_t *slot;

	replay->packets++;
	replay->bytes += wire_len;
	reason = packet_parse(link, packet, wire_len, &facts);
	if (reason != PACKET_OK) {
		replay->broken[reason]++;
		return;
	}
	if (facts.later) {
		replay->later++;
		return;
	}
	seen = flow_of(&facts);
	slot = find(replay, &seen);
	if (*slot == 0) {
		if (replay->flows_n == REPLAY_FLOWS_MAX) {
			replay->beyond++;
			return;
		}
		replay->flows[replay->flows_n++] = seen;
		*slot = replay->flows_n;
	}
	update(&replay->flows[*slot - 1], &seen, &facts, wire_len);
}

/* ---- decisions ---- */

void
replay_flow_packet(const struct replay_flow *flow,
    struct rules_packet *packet)
{
	*packet = (struct rules_packet){ .src = flow->client.address,
	    .dst = flow->server.address, .in = RULES_NONE,
	    .has_mac = flow->has_mac, .protocol = flow->protocol };
	memcpy(packet->mac, flow->mac, sizeof(packet->mac));
	if (protocol_ports(flow->protocol)) {
		packet->src_port = flow->client.port;
		packet->dst_port = flow->server.port;
	} else
		packet->dst_port = flow->icmp_type;
}

void
replay_decide(struct replay *replay)
{
	struct rules_packet packets[BATCH];
	struct rules_decision decisions[BATCH];

	for (uint32_t first = 0; first < replay->flows_n; first += BATCH) {
		uint32_t n = replay->flows_n - first;

		if (n > BATCH)
			n = BATCH;
		for (uint32_t i = 0; i < n; i++)
			replay_flow_packet(&replay->flows[first + i],
			    &packets[i]);
		rules_decide_many(replay->image, packets, n, decisions);
		for (uint32_t i = 0; i < n; i++)
			replay->flows[first + i].decision = decisions[i];
	}
}

/* ---- sums ---- */

uint64_t
replay_broken(const struct replay *replay)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < PACKET_REASON_N; i++)
		n += replay->broken[i];
	return n;
}

static void
add_flow(struct replay_sum *sum, const struct replay_flow *flow)
{
	sum->flows++;
	sum->packets += flow->packets;
	sum->bytes += flow->bytes;
}

enum err
replay_sum(struct replay *replay, struct replay_sums *sums)
{
	uint32_t rules = rules_flows(replay->image);

	memset(sums, 0, sizeof(*sums));
	sums->rules = arena_alloc_array(replay->arena, rules + 1u,
	    sizeof(*sums->rules));
	if (sums->rules == NULL)
		return ERR_SYSTEM;
	for (uint32_t i = 0; i < replay->flows_n; i++) {
		const struct replay_flow *f = &replay->flows[i];

		sums->middle += f->middle;
		add_flow(f->decision.allow ? &sums->allow : &sums->deny, f);
		if (f->decision.rule != RULES_NONE)
			add_flow(&sums->rules[f->decision.rule], f);
		else
			add_flow(&sums->no_rule, f);
	}
	return OK;
}

static int
compare_servers(const struct replay_flow *a, const struct replay_flow *b)
{
	int order = a->protocol - b->protocol;

	if (order == 0)
		order = a->icmp_type - b->icmp_type;
	if (order == 0 && protocol_ports(a->protocol))
		order = a->server.port - b->server.port;
	if (order == 0)
		order = a->server.address.family - b->server.address.family;
	return order != 0 ? order : memcmp(a->server.address.bytes,
	    b->server.address.bytes, sizeof(a->server.address.bytes));
}

static int
by_server(const void *left, const void *right)
{
	const struct replay_refused *a = left, *b = right;
	int order = compare_servers(a->example, b->example);

	/* the first flow of them is the example */
	return order != 0 ? order : (a->example > b->example) -
	    (a->example < b->example);
}

static int
by_count(const void *left, const void *right)
{
	const struct replay_refused *a = left, *b = right;

	if (a->flows != b->flows)
		return a->flows > b->flows ? -1 : 1;
	if (a->packets != b->packets)
		return a->packets > b->packets ? -1 : 1;
	return (a->example > b->example) - (a->example < b->example);
}

struct replay_refused *
replay_refused(struct replay *replay, uint32_t *n)
{
	struct replay_refused *all = arena_alloc_array(replay->arena,
	    replay->flows_n + 1u, sizeof(*all));
	uint32_t max = 0;

	*n = 0;
	if (all == NULL)
		return NULL;
	for (uint32_t i = 0; i < replay->flows_n; i++)
		if (!replay->flows[i].decision.allow)
			all[max++] = (struct replay_refused){
			    &replay->flows[i], 1, replay->flows[i].packets };
	qsort(all, max, sizeof(*all), by_server);
	for (uint32_t i = 0; i < max; i++) {
		if (*n > 0 && compare_servers(all[*n - 1].example,
		    all[i].example) == 0) {
			all[*n - 1].flows++;
			all[*n - 1].packets += all[i].packets;
		} else
			all[(*n)++] = all[i];
	}
	qsort(all, *n, sizeof(*all), by_count);
	return all;
}

/* ---- words ---- */

bool
protocol_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

void
protocol_text(uint8_t protocol, char text[PROTOCOL_TEXT_BYTES])
{
	const char *name = rules_protocol_name(protocol);

	if (name != NULL)
		snprintf(text, PROTOCOL_TEXT_BYTES, "%s", name);
	else
		snprintf(text, PROTOCOL_TEXT_BYTES, "%u", protocol);
}
