/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packets that bench_rules asks about, and the scan of an array. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../gateway/base/log.h"
#include "rules_bench.h"

#define SEED	0x5eed5eed5eed5eedu

static uint64_t state;

static uint64_t
random_bits(void)		/* xorshift64* */
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717u;
}

static uint32_t
random_below(uint32_t n)
{
	return (uint32_t)((random_bits() >> 32) * n >> 32);
}

static uint32_t
random_address(struct prefix prefix)
{
	return prefix.address |
	    ((uint32_t)random_bits() & ~prefix_mask(prefix.len));
}

static uint16_t
random_port(struct port_range range)
{
	return (uint16_t)(range.low + random_below(range.high - range.low +
	    1u));
}

static void
random_packet(const struct filter_rule *f, struct packet *p)
{
	p->src = random_address(f->src);
	p->dst = random_address(f->dst);
	p->protocol = f->protocol_any ? random_below(2) ? 6 : 17 : f->protocol;
	p->src_port = p->dst_port = 0;
	if (p->protocol != 6 && p->protocol != 17)
		return;
	p->src_port = random_port(f->src_port);
	p->dst_port = random_port(f->dst_port);
}

void
traffic_uniform(const struct filter_set *set, struct packet *packets)
{
	state = SEED;
	for (uint32_t i = 0; i < PACKETS; i++)
		random_packet(&set->filters[random_below(set->n)],
		    &packets[i]);
}

void
traffic_skewed(const struct filter_set *set, struct packet *packets)
{
	struct packet *flows = calloc(FLOWS, sizeof(*flows));
	double *upto = calloc(FLOWS, sizeof(*upto)), sum = 0;

	if (flows == NULL || upto == NULL)
		die(4, "memory");
	state = SEED ^ 1;
	for (uint32_t i = 0; i < FLOWS; i++) {
		random_packet(&set->filters[random_below(set->n)], &flows[i]);
		upto[i] = sum += 1.0 / (i + 1);
	}
	for (uint32_t i = 0; i < PACKETS; i++) {
		double at = sum * (double)(random_bits() >> 11) * 0x1p-53;
		uint32_t low = 0, high = FLOWS - 1;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (upto[middle] > at)
				high = middle;
			else
				low = middle + 1;
		}
		packets[i] = flows[low];
	}
	free(flows);
	free(upto);
}

/* ---- linear ---- */

struct row {
	uint32_t	src, src_mask, dst, dst_mask;
	uint16_t	src_low, src_span, dst_low, dst_span;
	uint8_t		protocol, protocol_mask;
};

struct linear {
	uint32_t	n;
	struct row	rows[];
};

struct linear *
linear_new(const struct filter_set *set)
{
	struct linear *linear = calloc(1, sizeof(*linear) +
	    set->n * sizeof(struct row));

	if (linear == NULL)
		die(4, "memory");
	linear->n = set->n;
	for (uint32_t i = 0; i < set->n; i++) {
		const struct filter_rule *f = &set->filters[i];
		struct row *row = &linear->rows[i];

		row->src = f->src.address;
		row->src_mask = prefix_mask(f->src.len);
		row->dst = f->dst.address;
		row->dst_mask = prefix_mask(f->dst.len);
		row->src_low = f->src_port.low;
		row->src_span = (uint16_t)(f->src_port.high - row->src_low);
		row->dst_low = f->dst_port.low;
		row->dst_span = (uint16_t)(f->dst_port.high - row->dst_low);
		row->protocol = f->protocol;
		row->protocol_mask = f->protocol_any ? 0 : 0xff;
	}
	return linear;
}

void
linear_free(struct linear *linear)
{
	free(linear);
}

size_t
linear_bytes(const struct linear *linear)
{
	return sizeof(*linear) + linear->n * sizeof(struct row);
}

uint32_t
linear_classify(const struct linear *linear, const struct tuple *tuple)
{
	uint32_t src = ntohl(tuple->src), dst = ntohl(tuple->dst);
	uint16_t src_port = ntohs(tuple->src_port);
	uint16_t dst_port = ntohs(tuple->dst_port);

	for (uint32_t i = 0; i < linear->n; i++) {
		const struct row *r = &linear->rows[i];

		if (((src ^ r->src) & r->src_mask) == 0 &&
		    ((dst ^ r->dst) & r->dst_mask) == 0 &&
		    ((tuple->protocol ^ r->protocol) & r->protocol_mask) == 0 &&
		    (uint16_t)(src_port - r->src_low) <= r->src_span &&
		    (uint16_t)(dst_port - r->dst_low) <= r->dst_span)
			return i + 1;
	}
	return 0;
}
