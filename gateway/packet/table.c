/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table as a whole: named counters first, then the chains of the hooks,
 * each written by a file of its own. Nothing here reads or asks anything, so
 * that what is loaded can be shown, compared and tested without a kernel.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "table_internal.h"

#define PIECE_BYTES	1024	/* of one table_put() */

void
table_put(struct table_writer *w, const char *fmt, ...)
{
	char piece[PIECE_BYTES];
	va_list ap;
	int n;

	if (w->err != OK)
		return;
	va_start(ap, fmt);
	n = vsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	require(n >= 0 && (size_t)n < sizeof(piece));
	w->err = buf_add(w->out,
	    (struct span){ (const uint8_t *)piece, (size_t)n });
}

const char *
table_family(const struct address *a)
{
	return a->family == 4 ? "ip" : "ip6";
}

void
table_put_range(struct table_writer *w, const struct table_range *r)
{
	char first[ADDRESS_TEXT_BYTES], last[ADDRESS_TEXT_BYTES];

	address_text(&r->first, first);
	address_text(&r->last, last);
	if (address_equal(&r->first, &r->last))
		table_put(w, "%s", first);
	else
		table_put(w, "%s-%s", first, last);
}

bool
table_range_is_all(const struct table_range *r)
{
	size_t len = r->first.family == 4 ? 4 : 16;

	for (size_t i = 0; i < len; i++)
		if (r->first.bytes[i] != 0 || r->last.bytes[i] != 0xff)
			return false;
	return true;
}

bool
table_segment_has(const struct table_segment *s, uint8_t family)
{
	if (s->any)
		return true;
	for (uint32_t i = 0; i < s->networks_n; i++)
		if (s->networks[i].address.family == family)
			return true;
	return false;
}

static void
put_counter(struct table_writer *w, const char *what, const char *a,
    const char *b)
{
	/* the loader looks for this very line: see sekishod_table.c */
	table_put(w, "\tcounter %s.%s%s%s {\n\t}\n", what, a,
	    b == NULL ? "" : ".", b == NULL ? "" : b);
}

static void
put_counters(struct table_writer *w)
{
	static const char *const whole[] = { "interface", "output", "pair",
	    "invalid", "related", "nat", "cut", "no-verdict" };
	static const char *const each[] = { "spoofed", "options", "local",
	    "misrouted", "cut", "input", "output" };
	const struct table_segment *s = w->facts->segments;

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		put_counter(w, "drop", whole[i], NULL);
	for (uint32_t a = 0; a < w->facts->segments_n; a++) {
		for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
			put_counter(w, "drop", s[a].name, each[i]);
		put_counter(w, "queue", s[a].name, NULL);
		for (uint32_t b = 0; b < w->facts->segments_n; b++)
			if (a != b)
				put_counter(w, "pair", s[a].name, s[b].name);
	}
}

enum err
table_write(const struct table_facts *facts, struct buf *out,
    struct diag *diag)
{
	struct table_writer w = { facts, out, OK };
	enum err err = table_facts_check(facts, diag);

	if (err != OK)
		return err;
	table_put(&w, "table inet " TABLE_NAME " {\n");
	put_counters(&w);
	table_put_drops(&w);
	table_put_source(&w);
	table_put_forward(&w);
	table_put_local(&w);
	table_put(&w, "}\n");
	if (w.err != OK)
		return diag_set(diag, w.err, "write the nft table");
	return OK;
}
