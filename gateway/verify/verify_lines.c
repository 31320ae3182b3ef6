/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a file through a window of fixed size. Knows that a line ends in
 * CRLF and how long it may be; what stands in it is judged by the others.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "verify_lines.h"

enum err
refuse(struct diag *diag, const char *why)
{
	return diag_set(diag, ERR_INPUT, "%s", why);
}

void
lines_init(struct lines *lines, int fd, uint64_t size)
{
	lines->fd = fd;
	lines->size = size;
	lines->fetched = 0;
	lines->offset = 0;
	lines->at = 0;
	lines->have = 0;
	lines->line_len = 0;
	digest_init(&lines->digest);
}

void
lines_fini(struct lines *lines)
{
	digest_fini(&lines->digest);
}

void
lines_digest(struct lines *lines, uint8_t out[DIGEST_BYTES])
{
	require(lines_at_end(lines));
	digest_end(&lines->digest, out);
}

bool
lines_at_end(const struct lines *lines)
{
	return lines->offset == lines->size;
}

/* Move the rest to the front and fill up behind it. */
static enum err
fetch(struct lines *lines, struct diag *diag)
{
	uint64_t left = lines->size - lines->fetched;

	memmove(lines->window, lines->window + lines->at,
	    lines->have - lines->at);
	lines->have -= lines->at;
	lines->at = 0;
	while (left > 0 && lines->have < sizeof(lines->window)) {
		size_t room = sizeof(lines->window) - lines->have;
		uint8_t *to = lines->window + lines->have;
		ssize_t n = pread(lines->fd, to, left < room ? (size_t)left :
		    room, (off_t)lines->fetched);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return diag_system(diag, "read the mail");
		if (n == 0)
			return refuse(diag, "shorter than promised");
		digest_add(&lines->digest, (struct span){ to, (size_t)n });
		lines->have += (size_t)n;
		lines->fetched += (uint64_t)n;
		left -= (uint64_t)n;
	}
	return OK;
}

enum err
lines_peek(struct lines *lines, struct span *line, struct diag *diag)
{
	const uint8_t *start, *lf;
	enum err err;

	if (lines_at_end(lines))
		return refuse(diag, "ends too early");
	if (lines->have - lines->at < VERIFY_LINE_BYTES_MAX + 2 &&
	    lines->fetched < lines->size &&
	    (err = fetch(lines, diag)) != OK)
		return err;
	start = lines->window + lines->at;
	lf = memchr(start, '\n', lines->have - lines->at);
	if (lf == NULL || lf - start > VERIFY_LINE_BYTES_MAX + 1)
		return refuse(diag, "a line too long, or without its end");
	if (lf == start || lf[-1] != '\r')
		return refuse(diag, "a line does not end in CRLF");
	lines->line_len = (size_t)(lf - start) + 1;
	*line = (struct span){ start, lines->line_len - 2 };
	return OK;
}

void
lines_take(struct lines *lines)
{
	lines->at += lines->line_len;
	lines->offset += lines->line_len;
	lines->line_len = 0;
}

bool
lines_printable(struct span s)
{
	unsigned bad = 0;

	for (size_t i = 0; i < s.len; i++)
		bad |= s.ptr[i] < 0x20 || s.ptr[i] > 0x7e;
	return bad == 0;
}

enum err
lines_next(struct lines *lines, struct span *line, struct diag *diag)
{
	enum err err = lines_peek(lines, line, diag);

	if (err != OK)
		return err;
	if (!lines_printable(*line))
		return refuse(diag, "a byte that is not printable ASCII");
	lines_take(lines);
	return OK;
}

enum err
lines_expect(struct lines *lines, const char *text, struct diag *diag)
{
	struct span line = { NULL, 0 };
	enum err err = lines_peek(lines, &line, diag);

	if (err != OK)
		return err;
	if (!span_equal(line, span_str(text)))
		return diag_set(diag, ERR_INPUT, "expected \"%s\"", text);
	lines_take(lines);
	return OK;
}

void
lines_result(struct lines *lines, enum err err, const struct diag *diag,
    struct verify_result *result)
{
	memset(result, 0, sizeof(*result));
	result->bytes = lines->fetched;
	if (err == OK) {
		result->yes = true;
		lines_digest(lines, result->sha256);
		return;
	}
	result->offset = lines->offset;
	memcpy(result->reason, diag->what, sizeof(result->reason));
	lines_fini(lines);
}
