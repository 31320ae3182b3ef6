/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an administrator calls the thing to be cut: a segment, the name of a
 * rule (with or without quotes), or the place FILE:LINE of one. Nothing is
 * guessed: who is not understood is told what is near.
 */
#include <stdio.h>
#include <string.h>

#include "sekishod_internal.h"

#define NEAR_MAX	3	/* shown */
#define NEAR_BYTES_MAX	128	/* of a name that is compared */
#define NEAR_NAMES_MAX	10000
#define LINES_NEAR	20

struct candidate {
	enum cut_kind	kind;
	struct span	name;
	struct span	file;		/* of a rule of the image */
	uint32_t	line;
};

struct near {
	struct candidate candidate;
	unsigned	distance;
};

struct search {
	struct span	said;		/* without quotes */
	bool		rules;		/* of the two kinds, these */
	bool		segments;
	struct span	file;		/* FILE:LINE; line 0: it is none */
	uint32_t	line;
	struct candidate found;
	unsigned	found_n;	/* different ones */
	struct near	near[NEAR_MAX];
	unsigned	near_n;
	unsigned	compared;
};

/* ---- how far is one from the other ---- */

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Edits of bytes, letters folded (Levenshtein); a part counts as near. */
static unsigned
distance(struct span a, struct span b)
{
	unsigned row[NEAR_BYTES_MAX + 1];

	if (a.len > NEAR_BYTES_MAX || b.len > NEAR_BYTES_MAX)
		return NEAR_BYTES_MAX;
	if (a.len > 0 && span_find_nocase(b, a) < b.len)
		return 1;
	for (unsigned k = 0; k <= b.len; k++)
		row[k] = k;
	for (size_t i = 0; i < a.len; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t k = 0; k < b.len; k++) {
			unsigned above = row[k + 1];
			bool same = ascii_lower(a.ptr[i]) ==
			    ascii_lower(b.ptr[k]);

			row[k + 1] = least(above + 1, row[k] + 1,
			    corner + !same);
			corner = above;
		}
	}
	return row[b.len];
}

static void
offer_near(struct search *s, const struct candidate *c, unsigned d)
{
	unsigned i = s->near_n < NEAR_MAX ? s->near_n : NEAR_MAX - 1;

	for (unsigned k = 0; k < s->near_n; k++)
		if (s->near[k].candidate.kind == c->kind &&
		    span_equal(s->near[k].candidate.name, c->name))
			return;
	if (s->near_n == NEAR_MAX && s->near[i].distance <= d)
		return;
	for (; i > 0 && s->near[i - 1].distance > d; i--)
		s->near[i] = s->near[i - 1];
	s->near[i] = (struct near){ *c, d };
	if (s->near_n < NEAR_MAX)
		s->near_n++;
}

/* ---- is it this one ---- */

/* "a.rules" is meant where "/etc/sekisho/a.rules" was read. */
static bool
is_file(struct span file, struct span said)
{
	if (span_equal(file, said))
		return true;
	return said.len > 0 && file.len > said.len && span_ends(file, said) &&
	    file.ptr[file.len - said.len - 1] == '/';
}

static void
offer(struct search *s, const struct candidate *c)
{
	bool there = c->kind == CUT_RULE && s->line != 0 &&
	    c->line == s->line && is_file(c->file, s->file);
	bool asked = c->kind == CUT_RULE ? s->rules : s->segments;
	unsigned d, far = s->said.len < 16 ? 1 + (unsigned)s->said.len / 2 : 9;

	if (there || (asked && span_equal(c->name, s->said))) {
		if (s->found_n > 0 && s->found.kind == c->kind &&
		    span_equal(s->found.name, c->name))
			return;
		s->found = *c;
		s->found_n++;
		return;
	}
	if (s->compared++ >= NEAR_NAMES_MAX)
		return;
	if (s->line != 0 && c->kind == CUT_RULE && is_file(c->file, s->file)) {
		far = LINES_NEAR;
		d = c->line > s->line ? c->line - s->line :
		    s->line - c->line;
	} else {
		d = distance(s->said, c->name);
	}
	if (d < far)
		offer_near(s, c, d);
}

static void
offer_image(struct search *s, const struct rules_image *image)
{
	struct rules_segment segment;
	struct rules_flow flow;

	for (uint32_t i = 0; i < rules_segments(image); i++) {
		rules_segment(image, i, &segment);
		offer(s, &(struct candidate){ .kind = CUT_SEGMENT,
		    .name = segment.name });
	}
	for (uint32_t i = 0; i < rules_flows(image); i++) {
		rules_flow(image, i, &flow);
		/* what a `deny` allows is nothing already */
		if (flow.allow && flow.name.len > 0 &&
		    flow.name.len < CUT_NAME_BYTES)
			offer(s, &(struct candidate){ CUT_RULE, flow.name,
			    flow.file, flow.line });
	}
}

static void
offer_cuts(struct search *s, const struct cut_list *list)
{
	for (unsigned i = 0; i < list->n; i++)
		offer(s, &(struct candidate){ .kind = list->cuts[i].kind,
		    .name = span_str(list->cuts[i].name) });
}

/* ---- the question, and what is wrong with it ---- */

static void
read_said(struct search *s, struct span said)
{
	size_t colon = said.len;
	uint64_t line = 0;

	*s = (struct search){ .said = said, .rules = true, .segments = true };
	if (said.len >= 2 && said.ptr[0] == '"' &&
	    said.ptr[said.len - 1] == '"') {
		s->said = span_sub(said, 1, said.len - 2);
		s->segments = false;
		return;
	}
	if (span_begins(said, SPAN("segment:"))) {
		s->said = span_sub(said, sizeof("segment:") - 1, said.len);
		s->rules = false;
		return;
	}
	while (colon > 0 && said.ptr[colon - 1] != ':')
		colon--;
	if (colon > 1 && span_decimal(span_sub(said, colon, said.len),
	    UINT32_MAX, &line)) {
		s->file = span_sub(said, 0, colon - 1);
		s->line = (uint32_t)line;
	}
}

static enum err
add_candidate(const struct candidate *c, struct buf *why)
{
	const char *quote = c->kind == CUT_RULE ? "\"" : "";
	enum err err = buf_printf(why, "    %s %s%.*s%s",
	    cut_kind_name(c->kind), quote, (int)c->name.len,
	    (const char *)c->name.ptr, quote);

	if (err == OK && c->line != 0)
		err = buf_printf(why, " (%.*s:%u)", (int)c->file.len,
		    (const char *)c->file.ptr, c->line);
	return err == OK ? buf_add_byte(why, '\n') : err;
}

static enum err
say_near(const struct search *s, struct buf *why)
{
	enum err err = OK;

	if (s->near_n > 0)
		err = buf_add_str(why, "near are:\n");
	for (unsigned i = 0; i < s->near_n && err == OK; i++)
		err = add_candidate(&s->near[i].candidate, why);
	return err;
}

static enum err
say_why(const struct search *s, struct span said, bool cuts, struct buf *why)
{
	enum err err;

	if (s->found_n > 1)
		return buf_printf(why, "'%.*s' is more than one thing: say "
		    "'segment:NAME' for a segment, '\"NAME\"' (with the "
		    "quotes) for a rule, or the whole path of FILE:LINE\n",
		    (int)said.len, (const char *)said.ptr);
	if (cuts)
		err = buf_printf(why, "'%.*s' is not cut\n", (int)said.len,
		    (const char *)said.ptr);
	else if (s->line != 0)
		err = buf_printf(why, "no rule begins at %.*s\n",
		    (int)said.len, (const char *)said.ptr);
	else
		err = buf_printf(why, "no segment and no rule has the name "
		    "'%.*s'\n", (int)said.len, (const char *)said.ptr);
	return err == OK ? say_near(s, why) : err;
}

enum err
cut_find(const struct gateway *gateway, struct span said, bool cuts,
    struct cut *cut, struct buf *why)
{
	struct search s;

	read_said(&s, said);
	if (cuts)
		offer_cuts(&s, &gateway->cuts);
	/* a place in the rules says a name, whatever is cut */
	if (!cuts || (s.line != 0 && s.found_n == 0))
		offer_image(&s, gateway->config.image);
	if (s.found_n != 1 || s.found.name.len >= sizeof(cut->name)) {
		/* too long for a line: it says at least that */
		if (say_why(&s, said, cuts, why) != OK)
			buf_truncate(why, 0);
		return ERR_POLICY;
	}
	memset(cut, 0, sizeof(*cut));
	cut->kind = s.found.kind;
	memcpy(cut->name, s.found.name.ptr, s.found.name.len);
	return OK;
}
