/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * demo_show BEFORE.eml AFTER.eml: two mails side by side in the terminal, as
 * an ordinary mail library (GMime) reads them. It shares nothing with the
 * sanitizer, so that the demo shows what another program makes of our mail.
 * Text is shown as text, HTML as its source, anything else as one line.
 */
#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../gateway/base/buf.h"
#include "../gateway/base/utf8.h"

#define LINES_MAX	400
#define TEXT_BYTES_MAX	(256 * 1024)
#define PART_LINES_MAX	30
#define DEPTH_MAX	4	/* mails inside mails */

struct side {
	struct buf	text;		/* lines behind each other */
	size_t		end[LINES_MAX];	/* of each line in text */
	unsigned	lines;
	size_t		columns;
	unsigned	depth;
};

static void
line_end(struct side *side)
{
	if (side->lines < LINES_MAX)
		side->end[side->lines++] = side->text.len;
}

/* Add one line of input, wrapped at the width; controls are made visible. */
static void
add_line(struct side *side, struct span s)
{
	size_t used = 0, n;

	for (; s.len > 0; s = span_sub(s, n, s.len)) {
		uint32_t c = utf8_decode(s, &n);
		unsigned w = c == UTF8_BAD ? 1 : utf8_width(c, false);
		bool hidden = c < 0x20 || c == 0x7f ||
		    (c >= 0x202a && c <= 0x202e);
		struct span shown = c == UTF8_BAD ? SPAN("\xef\xbf\xbd") :
		    hidden ? SPAN("\xc2\xb7") : span_sub(s, 0, n);

		if (hidden)
			w = 1;
		if (used + w > side->columns) {
			line_end(side);
			used = 0;
		}
		used += w;
		if (buf_add(&side->text, shown) != OK)
			break;
	}
	line_end(side);
}

static void
add_text(struct side *side, struct span s)
{
	struct span line;
	unsigned n = 0;
	bool more = true;

	while (more && n < PART_LINES_MAX) {
		more = span_cut(&s, '\n', &line);
		if (!more && line.len == 0)
			break;
		if (span_ends(line, SPAN("\r")))
			line.len--;
		add_line(side, line);
		n++;
	}
	if (more)
		add_line(side, SPAN("[...]"));
}

static void
add_pair(struct side *side, const char *name, const char *value)
{
	struct buf line;

	buf_init(&line, 4096);
	if (value != NULL && buf_printf(&line, "%s: %s", name, value) == OK)
		add_line(side, buf_span(&line));
	buf_fini(&line);
}

static void add_message(struct side *side, GMimeMessage *message);

static void
add_part(GMimeObject *parent, GMimeObject *part, gpointer arg)
{
	struct side *side = arg;
	GMimeContentType *type = g_mime_object_get_content_type(part);
	char *name = g_mime_content_type_get_mime_type(type);
	const char *file = NULL;
	struct buf head;
	char *text;

	(void)parent;
	if (GMIME_IS_PART(part))
		file = g_mime_part_get_filename(GMIME_PART(part));
	buf_init(&head, 4096);
	if (buf_printf(&head, "--[ %s%s%s ]", name, file == NULL ? "" : "  ",
	    file == NULL ? "" : file) == OK)
		add_line(side, buf_span(&head));
	buf_fini(&head);
	g_free(name);
	if (GMIME_IS_TEXT_PART(part)) {
		text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
		if (text != NULL)
			add_text(side, span_str(text));
		g_free(text);
	} else if (GMIME_IS_MESSAGE_PART(part) && side->depth < DEPTH_MAX) {
		side->depth++;
		add_message(side,
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(part)));
		side->depth--;
	}
}

static void
add_message(struct side *side, GMimeMessage *message)
{
	GMimeObject *top;
	char *from;

	if (message == NULL)
		return;
	from = internet_address_list_to_string(
	    g_mime_message_get_from(message), NULL, FALSE);
	add_pair(side, "From", from);
	add_pair(side, "Subject", g_mime_message_get_subject(message));
	add_pair(side, "X-Sekisho", g_mime_object_get_header(
	    GMIME_OBJECT(message), "X-Sekisho"));
	g_free(from);
	top = g_mime_message_get_mime_part(message);
	if (top != NULL && GMIME_IS_MULTIPART(top))
		g_mime_multipart_foreach(GMIME_MULTIPART(top), add_part, side);
	else if (top != NULL)
		add_part(NULL, top, side);
}

static int
load(struct side *side, const char *path, size_t columns)
{
	GMimeParser *parser;
	GMimeStream *stream;
	GMimeMessage *message;
	int fd = open(path, O_RDONLY);

	buf_init(&side->text, TEXT_BYTES_MAX);
	side->columns = columns;
	side->lines = 0;
	if (fd == -1) {
		add_line(side, SPAN("(no mail: held or refused)"));
		return 1;
	}
	stream = g_mime_stream_fs_new(fd);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message == NULL) {
		add_line(side, SPAN("(a mail that cannot be read)"));
		return 1;
	}
	add_message(side, message);
	g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
	return 0;
}

static struct span
line_at(const struct side *side, unsigned i)
{
	size_t start = i == 0 ? 0 : side->end[i - 1];

	if (i >= side->lines)
		return (struct span){ NULL, 0 };
	return span_sub(buf_span(&side->text), start, side->end[i] - start);
}

static size_t
terminal_columns(void)
{
	struct winsize w;
	const char *env = getenv("COLUMNS");
	long n = env == NULL ? 0 : strtol(env, NULL, 10);

	if (n == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0)
		n = w.ws_col;
	return n < 60 || n > 400 ? 100 : (size_t)n;
}

int
main(int argc, char **argv)
{
	static struct side left, right;
	size_t columns = (terminal_columns() - 3) / 2;

	if (argc != 3) {
		fprintf(stderr, "usage: demo_show BEFORE.eml AFTER.eml\n");
		return 2;
	}
	g_mime_init();
	load(&left, argv[1], columns);
	load(&right, argv[2], columns);
	for (unsigned i = 0; i < left.lines || i < right.lines; i++) {
		struct span l = line_at(&left, i), r = line_at(&right, i);
		size_t used = utf8_columns(l, false);

		printf("%.*s%*s \xe2\x94\x82 %.*s\n", (int)l.len,
		    (const char *)l.ptr, (int)(columns - used), "",
		    (int)r.len, (const char *)r.ptr);
	}
	return 0;
}
