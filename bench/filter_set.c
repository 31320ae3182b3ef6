/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ClassBench filter sets: reading, writing, larger and smaller ones. How they
 * are said in our language is in filter_rules.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../gateway/base/log.h"
#include "filter_set.h"

#define FILTERS_MAX	200000u
#define COPIES_MAX	256u
#define LINE_BYTES_MAX	256

uint32_t
prefix_mask(uint8_t len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

bool
ports_any(const struct filter_rule *filter)
{
	return filter->src_port.low == 0 && filter->dst_port.low == 0 &&
	    filter->src_port.high == UINT16_MAX &&
	    filter->dst_port.high == UINT16_MAX;
}

bool
filter_allows(uint32_t number)
{
	return (number * 2654435761u) >> 31 == 0;
}

static void
add(struct filter_set *set, const struct filter_rule *filter)
{
	if (set->n == FILTERS_MAX)
		die(3, "more than %u rules", FILTERS_MAX);
	if (set->filters == NULL)
		set->filters = calloc(FILTERS_MAX, sizeof(*filter));
	if (set->filters == NULL)
		die(4, "memory");
	set->filters[set->n++] = *filter;
}

static bool
prefix_of(const unsigned bytes[5], struct prefix *prefix)
{
	uint32_t address = 0;

	if (bytes[4] > 32)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		if (bytes[i] > 255)
			return false;
		address = address << 8 | bytes[i];
	}
	prefix->len = (uint8_t)bytes[4];
	prefix->address = address & prefix_mask(prefix->len);
	return true;
}

static bool
range_of(const unsigned ports[2], struct port_range *range)
{
	if (ports[0] > ports[1] || ports[1] > UINT16_MAX)
		return false;
	range->low = (uint16_t)ports[0];
	range->high = (uint16_t)ports[1];
	return true;
}

static bool
parse(const char *line, struct filter_rule *f)
{
	unsigned s[5], d[5], sp[2], dp[2], protocol, mask;

	memset(f, 0, sizeof(*f));
	if (sscanf(line, "@%u.%u.%u.%u/%u %u.%u.%u.%u/%u %u : %u %u : %u "
	    "%x/%x", &s[0], &s[1], &s[2], &s[3], &s[4], &d[0], &d[1], &d[2],
	    &d[3], &d[4], &sp[0], &sp[1], &dp[0], &dp[1], &protocol,
	    &mask) != 16)
		return false;
	if (!prefix_of(s, &f->src) || !prefix_of(d, &f->dst) ||
	    !range_of(sp, &f->src_port) || !range_of(dp, &f->dst_port) ||
	    protocol > 255 || (mask != 0 && mask != 255))
		return false;
	f->protocol_any = mask == 0;
	f->protocol = (uint8_t)(protocol & mask);
	/* Other protocols have no ports to be compared. */
	return f->protocol_any || f->protocol == 6 || f->protocol == 17 ||
	    ports_any(f);
}

void
filter_set_read(struct filter_set *set, const char *path)
{
	char line[LINE_BYTES_MAX];
	struct filter_rule filter;
	FILE *f = fopen(path, "re");

	memset(set, 0, sizeof(*set));
	if (f == NULL)
		die(4, "%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (!parse(line, &filter))
			die(3, "%s: rule %u: not a ClassBench rule that we "
			    "know", path, set->n + 1);
		add(set, &filter);
	}
	if (ferror(f) || set->n == 0)
		die(4, "%s: no rules can be read", path);
	fclose(f);
}

void
filter_set_fini(struct filter_set *set)
{
	free(set->filters);
	memset(set, 0, sizeof(*set));
}

/* An odd factor gives 256 different constants; copy 0 is the set itself. */
static struct prefix
moved(struct prefix prefix, uint32_t copy)
{
	uint32_t constant = (copy * 0x4du & 0xff) << 24;

	prefix.address ^= constant & prefix_mask(prefix.len);
	return prefix;
}

/* Is one of the copies before this one the same? */
static bool
said_before(const struct filter_rule *filter, uint32_t copy)
{
	for (uint32_t k = 0; k < copy; k++)
		if (moved(filter->src, k).address ==
		    moved(filter->src, copy).address &&
		    moved(filter->dst, k).address ==
		    moved(filter->dst, copy).address)
			return true;
	return false;
}

void
filter_set_scale(const struct filter_set *set, uint32_t n,
    struct filter_set *scaled)
{
	uint64_t done = 0;

	memset(scaled, 0, sizeof(*scaled));
	if (n > FILTERS_MAX || n / COPIES_MAX >= set->n)
		die(2, "%u rules are too many", n);
	for (uint32_t i = 0; i < set->n; i++) {
		uint64_t upto = (i + (uint64_t)1) * n / set->n;

		for (uint32_t copy = 0; done < upto; done++, copy++) {
			struct filter_rule filter = set->filters[i];

			if (said_before(&filter, copy))
				continue;
			filter.src = moved(filter.src, copy);
			filter.dst = moved(filter.dst, copy);
			add(scaled, &filter);
		}
	}
}

static void
write_prefix(struct prefix prefix, FILE *out)
{
	fprintf(out, "%u.%u.%u.%u/%u\t", prefix.address >> 24,
	    prefix.address >> 16 & 0xff, prefix.address >> 8 & 0xff,
	    prefix.address & 0xff, prefix.len);
}

void
filter_set_write(const struct filter_set *set, FILE *out)
{
	for (uint32_t i = 0; i < set->n; i++) {
		const struct filter_rule *f = &set->filters[i];

		fputc('@', out);
		write_prefix(f->src, out);
		write_prefix(f->dst, out);
		fprintf(out, "%u : %u\t%u : %u\t0x%02X/0x%02X\t"
		    "0x0000/0x0000\t\n", f->src_port.low, f->src_port.high,
		    f->dst_port.low, f->dst_port.high, f->protocol,
		    f->protocol_any ? 0 : 0xff);
	}
}
