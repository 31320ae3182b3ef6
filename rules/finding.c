/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings: kept with their place, sorted, shown with the source line and a
 * mark. "Did you mean" lives here too. Who finds what is elsewhere.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "finding_internal.h"

#define TEXT_BYTES_MAX	1024

static const char *
run_vtext(struct rules_run *run, const char *fmt, va_list ap)
{
	char text[TEXT_BYTES_MAX];
	char *copy;
	size_t len, whole;
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		return "";
	len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	whole = utf8_check((struct span){ (const uint8_t *)text, len });
	copy = run_alloc(run, whole + 1);
	if (copy == NULL)
		return "the rules need more memory than there is";
	memcpy(copy, text, whole);
	return copy;
}

const char *
run_text(struct rules_run *run, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = run_vtext(run, fmt, ap);
	va_end(ap);
	return text;
}

const char *
run_quote(struct rules_run *run, struct span word)
{
	size_t len = word.len;

	if (len <= RULES_QUOTE_BYTES_MAX)
		return run_text(run, "%.*s", (int)len, (const char *)word.ptr);
	len = utf8_check(span_sub(word, 0, RULES_QUOTE_BYTES_MAX));
	return run_text(run, "%.*s...", (int)len, (const char *)word.ptr);
}

/* The line around an offset, cut where it is too long to be shown. */
static struct span
line_around(struct span text, size_t offset, size_t *start)
{
	size_t from = offset, to = offset;

	while (from > 0 && text.ptr[from - 1] != '\n' &&
	    offset - from < RULES_LINE_BYTES_MAX)
		from--;
	if (from == 0 && span_begins(text, SPAN("\xef\xbb\xbf")) &&
	    offset >= 3)
		from = 3;
	while (to < text.len && text.ptr[to] != '\n' &&
	    to - from < RULES_LINE_BYTES_MAX)
		to++;
	if (to > from && text.ptr[to - 1] == '\r')
		to--;
	*start = from;
	return span_sub(text, from, to - from);
}

static uint32_t
characters(struct span s)
{
	uint32_t n = 0;
	size_t len;

	for (; s.len > 0; s = span_sub(s, len, s.len), n++)
		(void)utf8_decode(s, &len);
	return n;
}

struct rules_finding
finding_at(const struct rules_run *run, enum rules_severity severity,
    struct place place)
{
	const struct source *source = &run->sources[place.source];
	struct rules_finding f = { .severity = severity,
	    .file = source->file, .line = place.line, .column = 1,
	    .text = "" };
	size_t start;

	f.source = line_around(source->text, place.offset, &start);
	if (place.offset > start)
		f.column = 1 + characters(span_sub(source->text, start,
		    place.offset - start));
	f.width = characters(span_sub(source->text, place.offset,
	    place.len));
	if (f.width == 0)
		f.width = 1;
	return f;
}

/* Where the new finding goes: at the end, or over a warning. */
static struct rules_finding *
room_for(struct rules_run *run, enum rules_severity severity, uint32_t source)
{
	uint32_t i = run->findings_n;

	if (i == RULES_FINDINGS_MAX) {
		run->too_many = true;
		if (severity == RULES_WARNING)
			return NULL;
		while (i > 0 && run->findings[i - 1].severity == RULES_ERROR)
			i--;
		if (i-- == 0)
			return NULL;
	} else
		run->findings_n++;
	run->order[i] = source;
	return &run->findings[i];
}

static void
add(struct rules_run *run, enum rules_severity severity, struct place place,
    const char *hint, const char *fmt, va_list ap)
{
	struct rules_finding *f;

	if (severity == RULES_ERROR)
		run->errors++;
	f = room_for(run, severity, place.source);
	if (f == NULL) {
		/* nobody wants to read on, and nobody waits for it */
		if (severity == RULES_ERROR)
			run->stopped = true;
		return;
	}
	*f = finding_at(run, severity, place);
	f->hint = hint;
	f->text = run_vtext(run, fmt, ap);
}

void
finding_error(struct rules_run *run, struct place place, const char *hint,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(run, RULES_ERROR, place, hint, fmt, ap);
	va_end(ap);
}

void
finding_warning(struct rules_run *run, struct place place, const char *hint,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(run, RULES_WARNING, place, hint, fmt, ap);
	va_end(ap);
}

void
finding_proof(struct rules_run *run, struct place place, const char *hint,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(run, run->renewed ? RULES_WARNING : RULES_ERROR, place, hint, fmt,
	    ap);
	va_end(ap);
}

void
finding_syntax(struct rules_run *run, struct place place, const char *hint,
    const char *fmt, ...)
{
	va_list ap;

	run->syntax_errors++;
	va_start(ap, fmt);
	add(run, RULES_ERROR, place, hint, fmt, ap);
	va_end(ap);
}

/* Insertion sort: a hundred at most, mostly in order already, and stable. */
void
findings_sort(struct rules_run *run)
{
	for (uint32_t i = 1; i < run->findings_n; i++) {
		struct rules_finding f = run->findings[i];
		uint32_t order = run->order[i], j = i;

		for (; j > 0; j--) {
			const struct rules_finding *p = &run->findings[j - 1];

			if (run->order[j - 1] < order ||
			    (run->order[j - 1] == order &&
			    (p->line < f.line || (p->line == f.line &&
			    p->column <= f.column))))
				break;
			run->findings[j] = *p;
			run->order[j] = run->order[j - 1];
		}
		run->findings[j] = f;
		run->order[j] = order;
	}
	if (run->too_many && run->findings_n == RULES_FINDINGS_MAX) {
		run->findings[RULES_FINDINGS_MAX] = (struct rules_finding){
		    .severity = run->errors > 0 ? RULES_ERROR : RULES_WARNING,
		    .file = run->sources[0].file, .line = 0,
		    .text = "too many errors and warnings; the rest is not "
		    "shown" };
		run->findings_n++;
	}
}

void
findings_reopen(struct rules_run *run)
{
	/* the one that says that there are more is made anew */
	if (run->findings_n > RULES_FINDINGS_MAX)
		run->findings_n = RULES_FINDINGS_MAX;
}

static const char *
severity_text(enum rules_severity severity)
{
	switch (severity) {
	case RULES_NOTE:
		return "note";
	case RULES_WARNING:
		return "warning";
	case RULES_ERROR:
		return "error";
	}
	return "error";
}

/*
 * The source line as a terminal may show it: tabs become blanks (so that the
 * mark fits whatever the reader's tab stops are), what is not a printable
 * character becomes U+FFFD. *from and *to get the columns of the mark.
 */
static enum err
show_line(const struct rules_finding *f, struct buf *out, size_t *from,
    size_t *to)
{
	struct span rest = span_sub(f->source, 0, RULES_SHOW_BYTES_MAX);
	size_t columns = 0, len;
	uint32_t n = 1;
	enum err err = OK;

	*from = *to = 0;
	for (; rest.len > 0 && err == OK; n++) {
		uint32_t c = utf8_decode(rest, &len);
		size_t width = c == UTF8_BAD ? 1 : utf8_width(c, false);

		if (n == f->column)
			*from = columns;
		if (c == '\t') {
			width = RULES_TAB_COLUMNS -
			    columns % RULES_TAB_COLUMNS;
			for (size_t i = 0; i < width && err == OK; i++)
				err = buf_add_byte(out, ' ');
		} else if (c == UTF8_BAD || (width == 0 && c < 0xa0) ||
		    (c >= 0x2028 && c <= 0x202e) ||
		    (c >= 0x200b && c <= 0x200f) ||
		    (c >= 0x2060 && c <= 0x206f)) {
			width = 1;
			err = buf_add_str(out, "\xef\xbf\xbd");
		} else
			err = buf_add(out, span_sub(rest, 0, len));
		columns += width;
		if (n >= f->column && n < f->column + f->width)
			*to = columns;
		rest = span_sub(rest, len, rest.len);
	}
	if (n <= f->column)	/* behind the end of the line */
		*from = columns;
	if (*to <= *from)
		*to = *from + 1;
	return err;
}

enum err
rules_finding_print(const struct rules_finding *f, struct buf *out)
{
	size_t from = 0, to = 0;
	enum err err;

	if (f->line == 0)
		return buf_printf(out, "%s: %s: %s\n", f->file,
		    severity_text(f->severity), f->text);
	err = buf_printf(out, "%s:%u:%u: %s: %s\n    ", f->file, f->line,
	    f->column, severity_text(f->severity), f->text);
	if (err == OK)
		err = show_line(f, out, &from, &to);
	if (err == OK)
		err = buf_printf(out, "\n    %*s^", (int)from, "");
	for (size_t i = from + 1; i < to && err == OK; i++)
		err = buf_add_byte(out, '~');
	if (err == OK)
		err = buf_add_byte(out, '\n');
	if (err == OK && f->hint != NULL)
		err = buf_printf(out, "    hint: %s\n", f->hint);
	return err;
}

void
nearest_init(struct nearest *nearest, struct span word)
{
	*nearest = (struct nearest){ .word = word };
	/* one slip in three letters, at most three */
	nearest->distance = 1 + (unsigned)(word.len < 9 ? word.len / 3 : 3);
}

/*
 * Distance of two words in insertions, deletions, replacements and swaps of
 * neighbours (optimal string alignment), without regard to case.
 */
static unsigned
distance(struct span a, struct span b)
{
	unsigned rows[3][RULES_NAME_BYTES_MAX + 1];
	unsigned *two = rows[0], *one = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= b.len; j++)
		one[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		uint8_t c = ascii_lower(a.ptr[i - 1]);

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			uint8_t d = ascii_lower(b.ptr[j - 1]);
			unsigned best = one[j - 1] + (c != d);

			if (one[j] + 1 < best)
				best = one[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 &&
			    c == ascii_lower(b.ptr[j - 2]) &&
			    d == ascii_lower(a.ptr[i - 2]) &&
			    two[j - 2] + 1 < best)
				best = two[j - 2] + 1;
			row[j] = best;
		}
		spare = two;
		two = one;
		one = row;
		row = spare;
	}
	return one[b.len];
}

void
nearest_offer(struct nearest *nearest, struct span candidate)
{
	size_t a = nearest->word.len, b = candidate.len;
	unsigned d;

	if (nearest->offered++ >= RULES_HINT_NAMES_MAX ||
	    a > RULES_NAME_BYTES_MAX || b > RULES_NAME_BYTES_MAX ||
	    (a > b ? a - b : b - a) >= nearest->distance)
		return;
	d = distance(nearest->word, candidate);
	if (d < nearest->distance) {
		nearest->distance = d;
		nearest->best = candidate;
	}
}

const char *
nearest_hint(struct rules_run *run, const struct nearest *nearest)
{
	if (nearest->best.len == 0)
		return NULL;
	return run_text(run, "did you mean '%s'?",
	    run_quote(run, nearest->best));
}
