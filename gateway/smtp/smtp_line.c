/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of commands and replies (RFC 5321 2.3.8: CRLF only). A line that is
 * whole in the input is not copied; of one that is not, the beginning is
 * kept. What the lines mean is left to smtp_command and smtp_reply.
 */
#include "limits.h"
#include "smtp_line.h"

void
smtp_line_init(struct smtp_line *line, size_t bytes_max)
{
	buf_init(&line->partial, bytes_max);
	line->bytes_max = bytes_max;
	line->swallowed = 0;
	line->given = false;
}

void
smtp_line_fini(struct smtp_line *line)
{
	buf_fini(&line->partial);
}

/* There is no LF in s: keep it, or only count it when it is too long. */
static enum smtp_line_event
keep(struct smtp_line *line, struct span s)
{
	if (s.len == 0)
		return SMTP_LINE_MORE;
	if (line->swallowed == 0) {
		enum err err = buf_add(&line->partial, s);

		if (err == OK)
			return SMTP_LINE_MORE;
		if (err != ERR_LIMIT)
			return SMTP_LINE_MEMORY;
		line->swallowed = line->partial.len;
		buf_fini(&line->partial);
		buf_init(&line->partial, line->bytes_max);
	}
	line->swallowed += s.len;
	return line->swallowed > SMTP_SWALLOW_BYTES_MAX ? SMTP_LINE_ENDLESS :
	    SMTP_LINE_MORE;
}

/* s ends in LF: is it a line? */
static enum smtp_line_event
judge(const struct smtp_line *line, struct span s, struct span *text)
{
	if (s.len > line->bytes_max)
		return SMTP_LINE_LONG;
	if (s.len < 2 || span_find_byte(s, '\r') != s.len - 2)
		return SMTP_LINE_BARE;
	*text = span_sub(s, 0, s.len - 2);
	return SMTP_LINE_WHOLE;
}

static enum smtp_line_event
finish(struct smtp_line *line, struct span s, struct span *text)
{
	enum err err;

	if (line->swallowed > 0) {
		bool endless = line->swallowed + s.len > SMTP_SWALLOW_BYTES_MAX;

		line->swallowed = 0;
		return endless ? SMTP_LINE_ENDLESS : SMTP_LINE_LONG;
	}
	if (s.len > SMTP_SWALLOW_BYTES_MAX - line->partial.len)
		return SMTP_LINE_ENDLESS;
	if (line->partial.len == 0)
		return judge(line, s, text);
	line->given = true;
	err = buf_add(&line->partial, s);
	if (err != OK)
		return err == ERR_LIMIT ? SMTP_LINE_LONG : SMTP_LINE_MEMORY;
	return judge(line, buf_span(&line->partial), text);
}

enum smtp_line_event
smtp_line_next(struct smtp_line *line, struct span *input, struct span *text)
{
	struct span s = *input;
	size_t at;

	*text = (struct span){ NULL, 0 };
	if (line->given) {
		buf_fini(&line->partial);
		buf_init(&line->partial, line->bytes_max);
		line->given = false;
	}
	at = span_find_byte(s, '\n');
	if (at == s.len) {
		*input = span_sub(s, s.len, 0);
		return keep(line, s);
	}
	*input = span_sub(s, at + 1, s.len);
	return finish(line, span_sub(s, 0, at + 1), text);
}
