/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a mail on the wire, both ways (RFC 5321 4.1.1.4, 4.5.2), and
 * the lines of BDAT (RFC 3030). The end of DATA as a machine:
 *
 *		CR		LF		"."		other
 *	LINE	CR		bare, TEXT	DOT (not kept)	TEXT
 *	TEXT	CR		bare, TEXT	TEXT		TEXT
 *	CR	bare, CR	LINE		bare, TEXT	bare, TEXT
 *	DOT	DOT_CR (not k.)	bare, TEXT	TEXT		TEXT
 *	DOT_CR	bare, CR	end		bare, TEXT	bare, TEXT
 *
 * It starts in LINE. A line begins behind CRLF only: LF "." CRLF, CR "." CR,
 * CRLF "." LF and the like are no end, so that what a lenient sender lets
 * through inside of one mail cannot become a second one here (SMTP smuggling,
 * 2023). They also spoil the mail: it is read up to the real end, which is
 * where a strict sender says that it ends, and refused.
 */
#include <string.h>

#include "limits.h"
#include "smtp_dot.h"

enum { LINE = 0, TEXT, CR, DOT, DOT_CR, END };

void
smtp_dot_init(struct smtp_dot *dot, struct filter *out)
{
	*dot = (struct smtp_dot){ out, OK, false, LINE };
}

static void
put(struct smtp_dot *dot, const uint8_t *from, const uint8_t *to)
{
	struct span s = { from, (size_t)(to - from) };

	if (s.len > 0 && dot->err == OK)
		dot->err = filter_write(dot->out, s);
}

static void
set_bare(struct smtp_dot *dot)
{
	dot->bare = true;
	dot->err = ERR_INPUT;
}

/* From p in TEXT on: behind the next CR, or end. */
static const uint8_t *
pass_text(struct smtp_dot *dot, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *cr = memchr(p, '\r', (size_t)(end - p));
	const uint8_t *to = cr == NULL ? end : cr;

	if (!dot->bare && memchr(p, '\n', (size_t)(to - p)) != NULL)
		set_bare(dot);
	dot->state = cr == NULL ? TEXT : CR;
	return cr == NULL ? end : cr + 1;
}

/* A byte that must be LF, behind CR. Gives the place to go on. */
static const uint8_t *
after_cr(struct smtp_dot *dot, const uint8_t *p, uint8_t state_if_lf)
{
	if (*p == '\n') {
		dot->state = state_if_lf;
		return p + 1;
	}
	set_bare(dot);
	dot->state = *p == '\r' ? CR : TEXT;
	return *p == '\r' ? p + 1 : p;
}

bool
smtp_dot_take(struct smtp_dot *dot, struct span *input)
{
	const uint8_t *p = input->ptr, *end = p + input->len;
	const uint8_t *run = p;		/* what is not put yet */

	if (input->len == 0)
		return dot->state == END;
	while (p < end && dot->state != END) {
		switch (dot->state) {
		case TEXT:
			p = pass_text(dot, p, end);
			break;
		case CR:
			p = after_cr(dot, p, LINE);
			break;
		case LINE:
			dot->state = *p == '.' ? DOT : TEXT;
			if (dot->state == DOT) {
				put(dot, run, p);
				run = ++p;
			}
			break;
		case DOT:
			dot->state = *p == '\r' ? DOT_CR : TEXT;
			if (dot->state == DOT_CR)
				run = ++p;
			break;
		case DOT_CR:
			p = after_cr(dot, p, END);
			run = p;
			break;
		default:
			require(false);
		}
	}
	put(dot, run, p);
	*input = span_sub(*input, input->len - (size_t)(end - p), input->len);
	return dot->state == END;
}

void
smtp_crlf_init(struct smtp_crlf *crlf)
{
	*crlf = (struct smtp_crlf){ false, false };
}

void
smtp_crlf_add(struct smtp_crlf *crlf, struct span s)
{
	while (s.len > 0 && !crlf->bare) {
		size_t at;

		if (crlf->cr) {
			crlf->bare = s.ptr[0] != '\n';
			crlf->cr = false;
			s = span_sub(s, 1, s.len);
			continue;
		}
		at = span_find_byte(s, '\r');
		crlf->cr = at < s.len;
		if (memchr(s.ptr, '\n', at) != NULL)
			crlf->bare = true;
		s = span_sub(s, at + 1, s.len);
	}
}

void
smtp_crlf_end(struct smtp_crlf *crlf)
{
	if (crlf->cr)
		crlf->bare = true;
}

/* LINE: at the start of a line, its dot not looked at. END + n: in the mark. */
static const struct span mark = SPAN("\r\n.\r\n");

void
smtp_stuffer_init(struct smtp_stuffer *stuffer, struct span body)
{
	*stuffer = (struct smtp_stuffer){ body, LINE };
}

/* Behind the first LF that has a dot behind it: where that dot stands. */
static size_t
find_dot_line(struct span s)
{
	size_t at = 0;

	/* dots are rare, above all in base64 */
	while ((at += span_find_byte(span_sub(s, at, s.len), '.')) < s.len) {
		if (at > 0 && s.ptr[at - 1] == '\n')
			break;
		at++;
	}
	return at;
}

struct span
smtp_stuffer_next(const struct smtp_stuffer *stuffer)
{
	struct span window;
	size_t at;

	if (stuffer->rest.len == 0) {
		at = stuffer->state == LINE ? 2 :
		    stuffer->state == TEXT ? 0 : stuffer->state - (size_t)END;
		return span_sub(mark, at, mark.len);
	}
	if (stuffer->state == LINE && stuffer->rest.ptr[0] == '.')
		return SPAN(".");
	window = span_sub(stuffer->rest, 0, SMTP_WINDOW_BYTES);
	return span_sub(window, 0, find_dot_line(window));
}

void
smtp_stuffer_advance(struct smtp_stuffer *stuffer, size_t len)
{
	if (len == 0)
		return;
	if (stuffer->rest.len == 0) {
		size_t at = mark.len - smtp_stuffer_next(stuffer).len + len;

		require(at <= mark.len);
		stuffer->state = (uint8_t)(END + at);
	} else if (stuffer->state == LINE && stuffer->rest.ptr[0] == '.') {
		require(len == 1);
		stuffer->state = TEXT;
	} else {
		require(len <= stuffer->rest.len);
		stuffer->state = stuffer->rest.ptr[len - 1] == '\n' ?
		    LINE : TEXT;
		stuffer->rest = span_sub(stuffer->rest, len,
		    stuffer->rest.len);
	}
}
