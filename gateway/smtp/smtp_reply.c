/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the replies of a next hop (RFC 5321 4.2): "250-text" for all lines
 * but the last, "250 text" or "250" for that one, the same code on each.
 * What a code means in a state is left to smtp_client.
 */
#include <string.h>

#include "smtp_reply.h"

void
smtp_reply_reader_init(struct smtp_reply_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
	smtp_line_init(&reader->line, SMTP_REPLY_LINE_BYTES_MAX);
}

void
smtp_reply_reader_fini(struct smtp_reply_reader *reader)
{
	smtp_line_fini(&reader->line);
}

/* "5.1.1 " in front of s: its length with the blank, or 0. */
static size_t
enhanced_len(struct span s)
{
	size_t dots = 0, i;

	for (i = 0; i < s.len && s.ptr[i] != ' '; i++) {
		if (s.ptr[i] == '.')
			dots++;
		else if (!ascii_is_digit(s.ptr[i]))
			return 0;
	}
	return dots == 2 && i < s.len ? i + 1 : 0;
}

static void
add_text(struct smtp_reply_reader *reader, struct span s)
{
	size_t room, enhanced;

	if (reader->lines > 1) {
		/* servers repeat the enhanced code on each line */
		enhanced = enhanced_len(s);
		if (enhanced > 0 && span_begins(smtp_reply_text(reader),
		    span_sub(s, 0, enhanced)))
			s = span_sub(s, enhanced, s.len);
		if (reader->len > 0 && reader->len < sizeof(reader->text))
			reader->text[reader->len++] = ' ';
	}
	room = sizeof(reader->text) - reader->len;
	if (s.len > room)
		s.len = room;
	if (s.len > 0)
		memcpy(reader->text + reader->len, s.ptr, s.len);
	reader->len += s.len;
}

/* RFC 5321 4.2: the first digit 2 to 5, the second 0 to 5. */
static bool
read_code(struct span s, unsigned *code)
{
	if (s.len < 3 || s.ptr[0] < '2' || s.ptr[0] > '5' ||
	    s.ptr[1] < '0' || s.ptr[1] > '5' || !ascii_is_digit(s.ptr[2]))
		return false;
	*code = (unsigned)(s.ptr[0] - '0') * 100 +
	    (unsigned)(s.ptr[1] - '0') * 10 + (unsigned)(s.ptr[2] - '0');
	return s.len == 3 || s.ptr[3] == ' ' || s.ptr[3] == '-';
}

enum smtp_reply_event
smtp_reply_next(struct smtp_reply_reader *reader, struct span *input,
    struct span *line)
{
	unsigned code;
	bool last;

	*line = (struct span){ NULL, 0 };
	switch (smtp_line_next(&reader->line, input, line)) {
	case SMTP_LINE_MORE:
		return SMTP_REPLY_MORE;
	case SMTP_LINE_WHOLE:
		break;
	case SMTP_LINE_BARE:
	case SMTP_LINE_LONG:
	case SMTP_LINE_ENDLESS:
	case SMTP_LINE_MEMORY:
		return SMTP_REPLY_BROKEN;
	}
	if (!read_code(*line, &code))
		return SMTP_REPLY_BROKEN;
	if (reader->lines == 0) {
		reader->code = code;
		reader->len = 0;
	} else if (reader->code != code)
		return SMTP_REPLY_BROKEN;
	if (++reader->lines > SMTP_REPLY_LINES_MAX)
		return SMTP_REPLY_BROKEN;
	last = line->len == 3 || line->ptr[3] == ' ';
	*line = span_sub(*line, 4, line->len);
	add_text(reader, *line);
	if (last)
		reader->lines = 0;
	return last ? SMTP_REPLY_WHOLE : SMTP_REPLY_LINE;
}

struct span
smtp_reply_text(const struct smtp_reply_reader *reader)
{
	return (struct span){ reader->text, reader->len };
}
