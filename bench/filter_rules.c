/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ClassBench filter set said in our language: one segment, a host for each
 * prefix, a service for each combination of protocol and ports, a rule a
 * line. Rule number 17 is called "r17". Nothing is lost but the TCP flags and
 * rules about port 0 alone, which is reserved (RFC 6335 section 6): our
 * language has it in ranges only.
 */
#include <stdlib.h>
#include <string.h>

#include "../gateway/base/log.h"
#include "filter_set.h"

/* What there is of a kind, each once, sorted: its place is its number. */
struct table {
	void	*items;
	size_t	 n;
	size_t	 size;
	int	(*compare)(const void *, const void *);
};

static int
compare_prefixes(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (int)x->len - (int)y->len;
}

/* The part of a filter that is a service; its addresses do not matter. */
static int
compare_services(const void *a, const void *b)
{
	const struct filter_rule *x = a, *y = b;
	const int differences[] = {
		x->protocol_any - y->protocol_any,
		x->protocol - y->protocol,
		x->src_port.low - y->src_port.low,
		x->src_port.high - y->src_port.high,
		x->dst_port.low - y->dst_port.low,
		x->dst_port.high - y->dst_port.high
	};

	for (size_t i = 0; i < sizeof(differences) / sizeof(int); i++)
		if (differences[i] != 0)
			return differences[i];
	return 0;
}

static void
table_init(struct table *table, size_t max, size_t size,
    int (*compare)(const void *, const void *))
{
	table->items = calloc(max, size);
	if (table->items == NULL)
		die(4, "memory");
	table->n = 0;
	table->size = size;
	table->compare = compare;
}

static void *
table_item(const struct table *table, size_t i)
{
	return (char *)table->items + i * table->size;
}

static void
table_add(struct table *table, const void *item)
{
	memcpy(table_item(table, table->n++), item, table->size);
}

static void
table_sort(struct table *table)
{
	size_t n = 0;

	qsort(table->items, table->n, table->size, table->compare);
	for (size_t i = 0; i < table->n; i++)
		if (i == 0 || table->compare(table_item(table, i),
		    table_item(table, n - 1)) != 0)
			memmove(table_item(table, n++), table_item(table, i),
			    table->size);
	table->n = n;
}

static size_t
table_find(const struct table *table, const void *item)
{
	const void *found = bsearch(item, table->items, table->n, table->size,
	    table->compare);

	return (size_t)((const char *)found - (const char *)table->items) /
	    table->size;
}

static void
write_hosts(const struct table *prefixes, FILE *out)
{
	for (size_t i = 0; i < prefixes->n; i++) {
		const struct prefix *p = table_item(prefixes, i);

		if (p->len == 0)
			continue;	/* the segment itself */
		fprintf(out, "host h%zu in net %u.%u.%u.%u", i,
		    p->address >> 24, p->address >> 16 & 0xff,
		    p->address >> 8 & 0xff, p->address & 0xff);
		if (p->len < 32)
			fprintf(out, "/%u", p->len);
		fputc('\n', out);
	}
}

static void
write_ports(const char *word, struct port_range range, FILE *out)
{
	fprintf(out, " %s %u", word, range.low);
	if (range.high != range.low)
		fprintf(out, "-%u", range.high);
}

static void
write_service(size_t number, const struct filter_rule *f, FILE *out)
{
	bool wild = ports_any(f);

	fprintf(out, "service s%zu", number);
	if (f->protocol_any || f->protocol == 6)
		write_ports("tcp", f->dst_port, out);
	if (f->protocol_any || f->protocol == 17)
		write_ports("udp", f->dst_port, out);
	if (f->src_port.low != 0 || f->src_port.high != UINT16_MAX)
		write_ports("source-port", f->src_port, out);
	if ((f->protocol_any && wild) || f->protocol == 1)
		fprintf(out, " icmp 0-255");
	if ((f->protocol_any && wild) || f->protocol == 58)
		fprintf(out, " icmp6 0-255");
	if (f->protocol_any && wild)
		fprintf(out, " protocol 0, 2-5, 7-16, 18-57, 59-255");
	else if (!f->protocol_any && f->protocol != 6 && f->protocol != 17 &&
	    f->protocol != 1 && f->protocol != 58)
		fprintf(out, " protocol %u", f->protocol);
	fputc('\n', out);
}

static void
write_party(const char *word, struct prefix prefix,
    const struct table *prefixes, FILE *out)
{
	if (prefix.len == 0)
		fprintf(out, " %s net", word);
	else
		fprintf(out, " %s h%zu", word, table_find(prefixes, &prefix));
}

void
filter_set_write_rules(const struct filter_set *set, FILE *out)
{
	struct table prefixes, services;

	table_init(&prefixes, (size_t)set->n * 2, sizeof(struct prefix),
	    compare_prefixes);
	table_init(&services, set->n, sizeof(struct filter_rule),
	    compare_services);
	for (uint32_t i = 0; i < set->n; i++) {
		table_add(&prefixes, &set->filters[i].src);
		table_add(&prefixes, &set->filters[i].dst);
		table_add(&services, &set->filters[i]);
	}
	table_sort(&prefixes);
	table_sort(&services);
	fprintf(out, "gateway \"gw1.bench.example\"\n"
	    "segment net tier 2 interface lo network any\n");
	write_hosts(&prefixes, out);
	for (size_t i = 0; i < services.n; i++) {
		const struct filter_rule *f = table_item(&services, i);

		if (f->dst_port.high > 0)
			write_service(i, f, out);
	}
	for (uint32_t i = 0; i < set->n; i++) {
		const struct filter_rule *f = &set->filters[i];
		bool allow = filter_allows(i);

		if (f->dst_port.high == 0)
			continue;
		fprintf(out, "%s \"r%u\"", allow ? "allow local" : "deny", i);
		write_party("from", f->src, &prefixes, out);
		write_party("to", f->dst, &prefixes, out);
		/* A `deny` without one is about every packet. */
		if (allow || !f->protocol_any || !ports_any(f))
			fprintf(out, " service s%zu",
			    table_find(&services, f));
		fputc('\n', out);
	}
	free(prefixes.items);
	free(services.items);
}
