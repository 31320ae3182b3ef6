/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a multipart (RFC 2046 section 5.1), in all readings: for each
 * boundary that somebody may see, strictly; then with bare CR as a line end,
 * with lines that only begin like a delimiter, behind the close delimiter,
 * and of the body decoded. Parts that two readings agree on stand there once.
 */
#include <string.h>

#include "mime_internal.h"

/* One multipart under way. */
struct multipart {
	struct mime_parser	*p;
	struct mime_part	*part;
	struct mime_range	 body;
	struct mime_hits	 hits;
	bool			 cr;
	bool			 digest;
	bool			 no_header;	/* the next part is text */
	unsigned		 view;	/* of the parts made now */
	unsigned		 views;	/* so far */
	/* where parts began and ended: to make each one once */
	struct mime_range	*made;	/* MIME_PARTS_MAX */
	size_t			 made_n;
};

static bool
made_before(const struct multipart *m, const struct mime_range *range)
{
	for (size_t i = 0; i < m->made_n; i++)
		if (m->made[i].in == range->in &&
		    m->made[i].start == range->start &&
		    m->made[i].end == range->end)
			return true;
	return false;
}

static enum err
child(struct multipart *m, uint64_t start, uint64_t end, unsigned view,
    bool cr)
{
	struct mime_range range = { m->body.in, start,
	    end < start ? start : end };
	struct mime_how how = { .parent = m->part, .view = view, .cr = cr,
	    .digest = m->digest,
	    .header_end = m->no_header ? start : UINT64_MAX };

	if (made_before(m, &range))
		return OK;
	if (m->made_n == MIME_PARTS_MAX)
		return mime_limit(m->p, "too many parts", start);
	m->made[m->made_n++] = range;
	return mime_entity(m->p, &range, &how);
}

/* A line like "Content-Type:" or "begin " at the start of a line of s? */
static bool
holds_content(struct span s, size_t *at)
{
	size_t n;

	for (size_t i = 0; i < s.len; i += n + 1) {
		struct span rest = span_sub(s, i, s.len);

		*at = i;
		if (span_begins_nocase(rest, SPAN("content-t")) ||
		    span_begins_nocase(rest, SPAN("begin ")) ||
		    span_begins_nocase(rest, SPAN("begin-base64 ")) ||
		    span_begins(rest, SPAN("=ybegin ")))
			return true;
		n = span_find_byte(rest, '\n');
	}
	return false;
}

static size_t
last_line_end(struct span s)
{
	while (s.len > 0 && s.ptr[s.len - 1] != '\n')
		s.len--;
	return s.len;
}

/*
 * What stands before the first or behind the last part is not a part. If it
 * looks like one it becomes one, from that line on: some program reads it.
 */
static enum err
outside(struct multipart *m, uint64_t start, uint64_t end)
{
	uint64_t offset = start;
	struct span s;
	size_t at;
	enum err err = OK;

	while (err == OK && offset < end) {
		err = mime_window(m->p, m->body.in, offset, 1, &s);
		if (err != OK || s.len == 0)
			break;
		if (s.len > end - offset)
			s.len = (size_t)(end - offset);
		else if ((at = last_line_end(s)) > 0)
			s.len = at;	/* a begun line: look again */
		err = mime_work(m->p, s.len);
		if (err == OK && holds_content(s, &at)) {
			mime_part_flag(m->p, m->part,
			    BIT(MIME_EPILOGUE_CONTENT));
			m->no_header = !span_begins_nocase(
			    span_sub(s, at, s.len), SPAN("content-"));
			err = child(m, offset + at, end, 1, m->cr);
			m->no_header = false;
			return err;
		}
		offset += s.len;
	}
	return err;
}

/*
 * One reading: the hits of these classes of one candidate. Behind the close
 * delimiter further ones are looked at, too: the parts there are of a view
 * of their own. The place before and behind is looked into in view 0 only.
 */
static enum err
reading(struct multipart *m, unsigned candidate, unsigned classes, bool cr)
{
	const struct mime_hit *open = NULL, *hit;
	uint64_t closed_at = UINT64_MAX, last = UINT64_MAX;
	unsigned view = m->view;
	bool first = true;
	enum err err = OK;

	for (hit = m->hits.first; err == OK && hit != NULL; hit = hit->next) {
		if (hit->candidate != candidate ||
		    (hit->class & classes) == 0 ||
		    (last != UINT64_MAX && hit->line < last))
			continue;
		if (open != NULL)
			err = child(m, open->after, hit->body_end, view, cr);
		else if (first && m->view == 0)
			err = outside(m, m->body.start, hit->body_end);
		else if (!first && m->view == 0 && closed_at != UINT64_MAX)
			err = outside(m, closed_at, hit->body_end);
		if (closed_at != UINT64_MAX) {
			view = m->view + 1;
			mime_part_flag(m->p, m->part,
			    BIT(MIME_EPILOGUE_CONTENT));
		}
		first = false;
		last = hit->after;
		open = hit->close ? NULL : hit;
		if (hit->close)
			closed_at = hit->after;
	}
	if (err != OK)
		return err;
	if (open != NULL)
		err = child(m, open->after, m->body.end, view, cr);
	else if (closed_at != UINT64_MAX && m->view == 0)
		err = outside(m, closed_at, m->body.end);
	if (closed_at == UINT64_MAX && !first && m->view == 0)
		mime_part_flag(m->p, m->part, BIT(MIME_NO_CLOSE));
	return err;
}

/* Remember what delimits here, for lines above that only begin like it. */
static enum err
remember(struct multipart *m, unsigned candidate)
{
	struct mime_boundary *boundary = arena_alloc(m->p->arena,
	    sizeof(*boundary));

	if (boundary == NULL)
		return mime_limit(m->p, "memory", m->body.start);
	boundary->text = m->hits.candidates[candidate];
	boundary->next = m->p->boundaries;
	m->p->boundaries = boundary;
	return OK;
}

/* Is the line "--x", "--x--" of a boundary that is used somewhere? */
static bool
is_boundary(const struct mime_parser *p, struct span line)
{
	line = span_trim(line);
	for (const struct mime_boundary *b = p->boundaries; b != NULL;
	    b = b->next) {
		if (!span_begins(line, b->text))
			continue;
		if (line.len == b->text.len || span_equal(
		    span_sub(line, b->text.len, line.len), SPAN("--")))
			return true;
	}
	return false;
}

/* Do lines only begin like a delimiter, and are no delimiter of others? */
static bool
has_prefix_hits(const struct multipart *m, unsigned candidate)
{
	for (const struct mime_hit *hit = m->hits.first; hit != NULL;
	    hit = hit->next)
		if (hit->candidate == candidate && hit->class == HIT_PREFIX &&
		    !is_boundary(m->p, hit->text))
			return true;
	return false;
}

static enum err
next_view(struct multipart *m, unsigned candidate, unsigned classes, bool cr)
{
	m->view = m->views++;
	return reading(m, candidate, classes, cr);
}

/* The odd readings of one candidate. */
static enum err
odd_readings(struct multipart *m, unsigned candidate)
{
	unsigned classes = m->hits.classes[candidate];
	enum err err = OK;

	if ((classes & HIT_CR) != 0) {
		mime_part_flag(m->p, m->part, BIT(MIME_BARE_CR));
		err = next_view(m, candidate, HIT_EXACT | HIT_CR, true);
	}
	if (err == OK && (classes & HIT_PREFIX) != 0 &&
	    has_prefix_hits(m, candidate)) {
		mime_part_flag(m->p, m->part, BIT(MIME_DELIMITER_JUNK));
		err = next_view(m, candidate, HIT_EXACT | HIT_PREFIX, m->cr);
	}
	return err;
}

/* All readings of the body as it stands in m->body. */
static enum err
readings(struct multipart *m, const struct mime_content *content)
{
	struct mime_hits *hits = &m->hits;
	unsigned declared = 0;
	enum err err = OK;

	for (unsigned i = 0; err == OK && i < hits->candidates_n; i++) {
		if (hits->exact[i] == 0)
			continue;
		declared += i < hits->declared_n;
		err = remember(m, i);
		/* found by nothing but a search in the field */
		if (i >= hits->declared_n)
			mime_part_flag(m->p, m->part,
			    BIT(MIME_BAD_CONTENT_TYPE));
		if (err == OK)
			err = next_view(m, i, HIT_EXACT, m->cr);
	}
	for (unsigned i = 0; err == OK && i < hits->candidates_n; i++)
		err = odd_readings(m, i);
	/* a decoded word is one more, and has a flag of its own */
	if (hits->declared_n > (hits->encoded ? 2 : 1))
		mime_part_flag(m->p, m->part, BIT(MIME_TWO_BOUNDARIES));
	if (hits->encoded)
		mime_part_flag(m->p, m->part, BIT(MIME_ENCODED_BOUNDARY));
	if (declared == 0 && hits->declared_n == 0 && content->n > 0 &&
	    hits->candidates_n > 0)
		mime_part_flag(m->p, m->part, BIT(MIME_BAD_CONTENT_TYPE));
	return err;
}

/* No delimiter at all: the first line "--x" tells, or all is one text. */
static enum err
sniff(struct multipart *m)
{
	struct span boundary;
	enum err err;

	if (m->body.end == m->body.start)
		return OK;
	mime_part_flag(m->p, m->part, BIT(MIME_NO_BOUNDARY));
	err = mime_boundary_sniff(m->p, &m->body, &boundary);
	if (err != OK)
		return err;
	/* a multipart in name only: what is it really? */
	if (boundary.len == 0 && m->part->encoding != ENCODING_IDENTITY)
		return mime_leaf_again(m->p, m->part, 0, m->part->encoding);
	if (boundary.len == 0)
		return child(m, m->body.start, m->body.end, 0, m->cr);
	m->hits.candidates[0] = boundary;
	m->hits.candidates_n = 1;
	m->hits.declared_n = 1;
	err = mime_hits_find(m->p, &m->body, m->cr, &m->hits);
	if (err == OK)
		err = remember(m, 0);
	return err != OK ? err : next_view(m, 0, HIT_EXACT | HIT_CR, m->cr);
}

static size_t
exact_hits(const struct mime_hits *hits)
{
	size_t n = 0;

	for (size_t i = 0; i < hits->candidates_n; i++)
		n += hits->exact[i];
	return n;
}

static bool
any_hits(const struct mime_hits *hits)
{
	return hits->n > 0;
}

/*
 * RFC 2045 section 6.4 forbids it, programs decode it or do not: the body
 * once more in memory. It is a reading only if more delimiters show there.
 */
static enum err
decoded(struct multipart *m, const struct mime_content *content)
{
	struct mime_hits plain = m->hits;
	struct mime_range body = m->body;
	const struct input *in;
	uint64_t junk;
	enum err err;

	mime_part_flag(m->p, m->part, BIT(MIME_ENCODED_MULTIPART));
	err = mime_part_memory(m->p, m->part, &in, &junk);
	if (err != OK)
		return err;
	m->body = (struct mime_range){ in, 0, in->len };
	err = mime_hits_find(m->p, &m->body, m->cr, &m->hits);
	if (err == OK && exact_hits(&m->hits) > exact_hits(&plain))
		err = readings(m, content);
	m->body = body;
	m->hits = plain;
	return err;
}

enum err
mime_multipart(struct mime_parser *p, struct mime_part *part,
    const struct mime_content *content, bool cr)
{
	struct multipart m = { .p = p, .part = part, .cr = cr };
	enum err err;

	m.body = (struct mime_range){ part->in, part->body_offset,
	    part->body_offset + part->body_bytes };
	m.digest = span_equal(content->type, SPAN("multipart/digest"));
	m.made = arena_alloc_array(p->arena, MIME_PARTS_MAX,
	    sizeof(*m.made));
	if (m.made == NULL)
		return mime_limit(p, "memory", part->body_offset);
	err = mime_candidates(p, content, &m.hits);
	if (err == OK)
		err = mime_hits_find(p, &m.body, cr, &m.hits);
	if (err == OK && any_hits(&m.hits))
		err = readings(&m, content);
	if (err == OK && part->encoding != ENCODING_IDENTITY)
		err = decoded(&m, content);
	if (err == OK && part->children == NULL)
		err = sniff(&m);
	return err;
}
