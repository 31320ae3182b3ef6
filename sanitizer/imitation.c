/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a sender that imitate the notice block: whoever reads "this file
 * was made safe" must know that the gateway said it. A receipt number is no
 * proof, it follows from the time of day. Only headings are looked for; what
 * stands below one is believed because of it.
 */
#include "imitation.h"

#include "../gateway/base/utf8.h"

#define FOLDED_BYTES_MAX	512	/* letters of a line looked at */

static const char mark_ja[] = "※差出人の文面(システムからのお知らせでは"
    "ありません): ";
static const char mark_en[] = "※差出人の文面(システムからのお知らせでは"
    "ありません) / written by the sender: ";
/* Both begin so. */
static const char marked[] = "※差出人の文面(";

/* Letters alone: blanks, brackets, rules and selectors do not count. */
static bool
is_letter(uint32_t c)
{
	return (c < 0x80 && (ascii_is_alpha((uint8_t)c) ||
	    ascii_is_digit((uint8_t)c))) || (c >= 0x3041 && c <= 0x3096) ||
	    (c >= 0x30a1 && c <= 0x30fa) || (c >= 0x3400 && c <= 0x9fff);
}

static struct span
fold(struct span line, uint8_t folded[FOLDED_BYTES_MAX + 4])
{
	size_t n = 0, len;

	for (; line.len > 0 && n < FOLDED_BYTES_MAX;
	    line = span_sub(line, len, line.len)) {
		uint32_t c = utf8_decode(line, &len);

		if (c >= 0xff01 && c <= 0xff5e)		/* full width */
			c -= 0xff01 - '!';
		if (is_letter(c))
			n += utf8_encode(c, folded + n);
	}
	return (struct span){ folded, n };
}

/* A reply quotes us with our own words: ">" says so. */
static bool
is_quoted(struct span line)
{
	line = span_trim(line);
	return line.len > 0 && line.ptr[0] == '>';
}

static bool
imitates(struct span line, bool english)
{
	static const char *const anywhere[] = { "無害化のお知らせ",
	    "無害化済み受付番号", "無害化済受付番号" };
	uint8_t bytes[FOLDED_BYTES_MAX + 4];
	struct span folded;

	/* most lines say nothing of the kind */
	if (!english && span_find(line, SPAN("無")) == line.len)
		return false;
	if (is_quoted(line) || span_begins(line, span_str(marked)))
		return false;
	folded = fold(line, bytes);
	for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
		if (span_find(folded, span_str(anywhere[i])) < folded.len)
			return true;
	return span_begins(folded, SPAN("無害化済")) || (english &&
	    span_find_nocase(folded, SPAN("madesafebythemailgateway")) <
	    folded.len);
}

enum err
imitation_mark(struct span text, bool english, struct buf *out)
{
	size_t done = 0, at = 0, n;
	enum err err = OK;

	for (; at < text.len && err == OK; at += n) {
		struct span line = span_sub(text, at, text.len);

		n = span_find_byte(line, '\n');
		line = span_sub(line, 0, n);
		n += at + n < text.len;
		if (!imitates(line, english))
			continue;
		err = buf_add(out, span_sub(text, done, at - done));
		if (err == OK)
			err = buf_add_str(out, english ? mark_en : mark_ja);
		done = at;
	}
	return err != OK ? err : buf_add(out, span_sub(text, done, at - done));
}
