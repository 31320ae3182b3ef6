/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boundaries and the lines that they delimit (RFC 2046 section 5.1.1). All
 * values that somebody might take for the boundary are candidates; one walk
 * over the body finds the lines of all of them, with what is odd about each.
 */
#include <string.h>

#include "mime_internal.h"

/* A prefix shorter than this stands before every line of dashes. */
#define PREFIX_BYTES_MIN	3

static enum err
add_candidate(struct mime_parser *p, struct mime_hits *hits, struct span s)
{
	struct span copy;

	if (s.len > MIME_BOUNDARY_BYTES_MAX)
		return mime_limit(p, "boundary too long", 0);
	for (size_t i = 0; i < hits->candidates_n; i++)
		if (span_equal(hits->candidates[i], s))
			return OK;
	if (hits->candidates_n == MIME_CANDIDATES_MAX)
		return mime_limit(p, "too many boundaries", 0);
	if (!arena_dup(p->arena, s, &copy))
		return mime_limit(p, "memory", 0);
	hits->candidates[hits->candidates_n++] = copy;
	return OK;
}

/* Blanks at its end are no part of a boundary, but some keep them. */
static struct span
trim_end(struct span s)
{
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' ||
	    s.ptr[s.len - 1] == '\t' || s.ptr[s.len - 1] == '\r' ||
	    s.ptr[s.len - 1] == '\n'))
		s.len--;
	return s;
}

/* boundary=, as it stands and, if it is an encoded word, decoded. */
static enum err
add_declared(struct mime_parser *p, struct mime_hits *hits, struct span value)
{
	enum err err = add_candidate(p, hits, trim_end(value));
	struct buf decoded;

	if (err != OK || !word_is_encoded(value))
		return err;
	hits->encoded = true;
	buf_init(&decoded, MIME_FIELD_BYTES_MAX * 4);
	err = word_decode(value, &decoded, NULL);
	if (err == OK)
		err = add_candidate(p, hits, trim_end(buf_span(&decoded)));
	buf_fini(&decoded);
	return err;
}

/* boundary*=, boundary*0= ...; the plain one comes from add_declared(). */
static enum err
add_extended(struct mime_parser *p, const struct mime_content *content,
    struct mime_hits *hits)
{
	struct buf value;
	bool is_utf8, found;
	enum err err;

	buf_init(&value, MIME_FIELD_BYTES_MAX * 4);
	err = word_parameter(content->list, content->n, SPAN("boundary"),
	    &value, &is_utf8, &found);
	if (err == OK && found)
		err = add_candidate(p, hits, trim_end(buf_span(&value)));
	buf_fini(&value);
	return err;
}

/* What a program finds that searches for "boundary" and "=". */
static enum err
add_searched(struct mime_parser *p, struct mime_hits *hits, struct span s)
{
	struct span first = s, whole = s;
	size_t n;
	enum err err = OK;

	if (s.len > 0 && s.ptr[0] == '"') {
		first = span_sub(s, 1, s.len);
		n = span_find_byte(first, '"');
		whole = span_sub(first, 0, n);
		if (n == first.len)	/* never closed: up to ; as well */
			first = span_sub(first, 0, span_find_byte(first, ';'));
		else
			first = whole;
	} else {
		n = span_find_byte(s, ';');
		whole = span_sub(s, 0, n);
		for (n = 0; n < whole.len && whole.ptr[n] > 0x20 &&
		    whole.ptr[n] != ',' && whole.ptr[n] != '('; n++)
			;
		first = span_sub(whole, 0, n);
	}
	first = trim_end(first);
	whole = trim_end(whole);
	if (first.len > 0 && first.len <= MIME_BOUNDARY_BYTES_MAX)
		err = add_candidate(p, hits, first);
	if (err == OK && whole.len > 0 && whole.len <= MIME_BOUNDARY_BYTES_MAX)
		err = add_candidate(p, hits, whole);
	return err;
}

enum err
mime_candidates(struct mime_parser *p, const struct mime_content *content,
    struct mime_hits *hits)
{
	struct span rest = content->raw;
	enum err err = OK;
	size_t at;

	for (size_t i = 0; err == OK && i < content->n; i++)
		if (span_equal(content->list[i].name, SPAN("boundary")))
			err = add_declared(p, hits, content->list[i].value);
	if (err == OK)
		err = add_extended(p, content, hits);
	hits->declared_n = hits->candidates_n;
	while (err == OK) {
		at = span_find_nocase(rest, SPAN("boundary"));
		if (at == rest.len)
			break;
		rest = span_sub(rest, at + 8, rest.len);
		at = 0;
		while (at < rest.len && (rest.ptr[at] == ' ' ||
		    rest.ptr[at] == '\t'))
			at++;
		if (at < rest.len && rest.ptr[at] == '=')
			err = add_searched(p, hits, span_trim(
			    span_sub(rest, at + 1, rest.len)));
	}
	return err;
}

/* The line that begins at `at` of a span, as far as it is looked at. */
struct delimiter_line {
	struct span	text;		/* behind the two dashes, no line end */
	size_t		len;		/* with dashes and line end */
	bool		bare_cr;	/* is its end */
	bool		complete;
};

static struct delimiter_line
read_line(struct span s, bool at_end)
{
	struct delimiter_line line = { .complete = true };
	size_t n = 2, max = s.len < MIME_LOOK_BYTES ? s.len : MIME_LOOK_BYTES;

	while (n < max && s.ptr[n] != '\n' && s.ptr[n] != '\r')
		n++;
	line.text = span_sub(s, 2, n - 2);
	line.len = n;
	if (n == max) {
		line.complete = at_end && max == s.len;
		return line;
	}
	line.len++;
	if (s.ptr[n] == '\r' && n + 1 < s.len && s.ptr[n + 1] == '\n')
		line.len++;
	else if (s.ptr[n] == '\r' && (n + 1 < s.len || !at_end))
		line.bare_cr = true;
	return line;
}

static bool
all_blank(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != ' ' && s.ptr[i] != '\t')
			return false;
	return true;
}

/* Is it a line of this boundary, of which class? 0: no. */
static unsigned
line_class(const struct delimiter_line *line, struct span boundary,
    bool *close)
{
	struct span rest;

	*close = false;
	if (!span_begins(line->text, boundary))
		return 0;
	rest = span_sub(line->text, boundary.len, line->text.len);
	if (all_blank(rest) && line->complete)
		return HIT_EXACT;
	*close = span_begins(rest, SPAN("--"));
	if (*close && line->complete &&
	    all_blank(span_sub(rest, 2, rest.len)))
		return HIT_EXACT;
	return boundary.len >= PREFIX_BYTES_MIN ? HIT_PREFIX : 0;
}

/* State of the walk over a body. */
struct walk {
	struct mime_parser	*p;
	struct mime_range	 range;
	bool			 cr;
	struct mime_hits	*hits;
	/* of the line at hand */
	uint64_t		 at;
	uint64_t		 body_end;
	bool			 after_cr;	/* a bare one before it */
};

static enum err
add_hit(struct walk *w, const struct delimiter_line *line, unsigned candidate,
    unsigned class, bool close)
{
	struct mime_hits *hits = w->hits;
	struct mime_hit *hit;

	if (class == HIT_EXACT && !w->cr && (w->after_cr || line->bare_cr))
		class = HIT_CR;
	if (++hits->n > MIME_HITS_MAX)
		return mime_limit(w->p, "too many delimiters", w->at);
	hit = arena_alloc(w->p->arena, sizeof(*hit));
	if (hit == NULL)
		return mime_limit(w->p, "memory", w->at);
	hit->line = w->at;
	hit->body_end = w->body_end;
	hit->after = w->at + line->len;
	hit->candidate = candidate;
	hit->class = (enum mime_hit_class)class;
	hit->close = close;
	if (class == HIT_PREFIX && !arena_dup(w->p->arena, span_sub(line->text,
	    0, MIME_BOUNDARY_BYTES_MAX + 4), &hit->text))
		return mime_limit(w->p, "memory", w->at);
	hits->classes[candidate] |= class;
	if (class == HIT_EXACT)
		hits->exact[candidate]++;
	*hits->tail = hit;
	hits->tail = &hit->next;
	return OK;
}

/* "--" begins a line at w->at; s begins there and holds enough of it. */
static enum err
look_at_line(struct walk *w, struct span s, bool at_end)
{
	struct delimiter_line line = read_line(s, at_end);
	enum err err = OK;

	for (unsigned i = 0; err == OK && i < w->hits->candidates_n; i++) {
		bool close;
		unsigned class = line_class(&line, w->hits->candidates[i],
		    &close);

		if (class != 0)
			err = add_hit(w, &line, i, class, close);
	}
	return err;
}

/*
 * Does a line begin at s.ptr[i]? before: how many bytes of the body stand
 * before s. Sets where the body before it ends.
 */
static bool
begins_line(struct walk *w, struct span s, size_t i, uint64_t before)
{
	uint64_t at = before + i;

	w->at = w->range.start + at;
	w->body_end = w->at;
	w->after_cr = false;
	if (at == 0)
		return true;
	if (s.ptr[i - 1] == '\n') {
		w->body_end -= at >= 2 && s.ptr[i - 2] == '\r' ? 2 : 1;
		return true;
	}
	w->after_cr = s.ptr[i - 1] == '\r';
	w->body_end--;
	return w->after_cr;
}

/*
 * Walk over the range by windows, from dash to dash: base64 has none, so
 * this is as fast as memchr(). Each window begins two bytes early, for the
 * line end before a dash.
 */
static enum err
walk(struct walk *w, enum err (*look)(struct walk *, struct span, bool))
{
	uint64_t len = w->range.end - w->range.start, at = 0, base;
	struct span s;
	size_t i;
	enum err err = mime_work(w->p, len);

	while (err == OK && at < len) {
		base = at >= 2 ? at - 2 : 0;
		err = mime_window(w->p, w->range.in, w->range.start + base,
		    MIME_LOOK_BYTES + 4, &s);
		if (err != OK)
			break;
		if (s.len > len - base)
			s.len = (size_t)(len - base);
		if (s.len <= at - base)
			break;		/* the file became shorter */
		for (i = (size_t)(at - base); i < s.len; i++) {
			bool at_end = base + s.len == len;

			i += span_find_byte(span_sub(s, i, s.len), '-');
			if (i >= s.len)
				break;
			if (!at_end && s.len - i < MIME_LOOK_BYTES + 2)
				break;	/* a new window from here */
			if (i + 1 >= s.len || s.ptr[i + 1] != '-')
				continue;
			if (!begins_line(w, s, i, base)) {
				while (i + 1 < s.len && s.ptr[i + 1] == '-')
					i++;
				continue;
			}
			err = look(w, span_sub(s, i, s.len), at_end);
			if (err != OK)
				return err;
		}
		at = base + i;
	}
	return err;
}

enum err
mime_hits_find(struct mime_parser *p, const struct mime_range *range, bool cr,
    struct mime_hits *hits)
{
	struct walk w = { .p = p, .range = *range, .cr = cr, .hits = hits };

	hits->first = NULL;
	hits->tail = &hits->first;
	hits->n = 0;
	memset(hits->classes, 0, sizeof(hits->classes));
	memset(hits->exact, 0, sizeof(hits->exact));
	return hits->candidates_n == 0 ? OK : walk(&w, look_at_line);
}

/* The first one is taken: look no further. */
static enum err
sniff_line(struct walk *w, struct span s, bool at_end)
{
	struct delimiter_line line = read_line(s, at_end);
	struct span text = trim_end(line.text);

	if (!line.complete || text.len == 0 || w->hits->candidates_n > 0 ||
	    text.len > MIME_BOUNDARY_BYTES_MAX || text.ptr[0] <= 0x20)
		return OK;
	return add_candidate(w->p, w->hits, text);
}

enum err
mime_boundary_sniff(struct mime_parser *p, const struct mime_range *range,
    struct span *boundary)
{
	struct mime_hits hits = { .candidates_n = 0 };
	struct walk w = { .p = p, .range = *range, .hits = &hits };
	enum err err = walk(&w, sniff_line);

	*boundary = hits.candidates_n > 0 ? hits.candidates[0] :
	    (struct span){ NULL, 0 };
	return err;
}
