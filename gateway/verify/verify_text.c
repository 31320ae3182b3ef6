/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Texts as the safe form has them (sanitizer/mime_write.h sections 5 and 6).
 * UTF-8 is decoded here, by our own code, and every character is looked up
 * in the list of those that are never seen or that turn the line around.
 */
#include "verify_text.h"

#define ZWJ		0x200d
#define BOM		0xfeff
#define NEVER		99	/* more than any matched length */

static const char uu_word[] = "begin ";
static const char yenc_word[] = "=ybegin ";

/* Section 5, sorted; what is below U+0080 is handled on its own. */
static const struct {
	uint32_t first, last;
} forbidden[] = {
	{ 0x80, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
	{ 0x180e, 0x180e }, { 0x200b, 0x200c }, { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xd800, 0xdfff },
	{ 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
};

void
text_init(struct text *text, enum text_kind kind)
{
	*text = (struct text){ .kind = kind, .bom = kind == TEXT_FILE };
}

static bool
is_forbidden(uint32_t c)
{
	if (c >= 0x2070 && c < 0xd800)
		return false;
	if ((c & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++)
		if (c >= forbidden[i].first && c <= forbidden[i].last)
			return true;
	return false;
}

static bool
is_emoji(uint32_t c)
{
	return (c >= 0x2190 && c <= 0x2bff) || (c >= 0x1f000 && c <= 0x1faff);
}

static enum err
wide_character(struct text *t, uint32_t c, struct diag *diag)
{
	if (t->bom) {
		t->bom = false;
		return c == BOM ? OK : refuse(diag, "text without its BOM");
	}
	t->uu = t->yenc = NEVER;
	if (is_forbidden(c))
		return diag_set(diag, ERR_INPUT,
		    "character U+%04X is not allowed", (unsigned)c);
	if (t->joiner && !is_emoji(c))
		return refuse(diag, "a joiner that joins no emoji");
	t->joiner = c == ZWJ;
	if (t->joiner && !is_emoji(t->before) && t->before != 0xfe0f)
		return refuse(diag, "a joiner behind no emoji");
	t->before = c;
	return OK;
}

/* At the start of a line the words are matched letter by letter. */
static enum err
match_words(struct text *t, uint8_t c, struct diag *diag)
{
	uint8_t lower = ascii_lower(c);

	if (t->uu != NEVER)
		t->uu = lower == (uint8_t)uu_word[t->uu] ? t->uu + 1 : NEVER;
	if (t->yenc != NEVER)
		t->yenc = lower == (uint8_t)yenc_word[t->yenc] ?
		    t->yenc + 1 : NEVER;
	if (t->kind == TEXT_BODY && (t->uu == sizeof(uu_word) - 1 ||
	    t->yenc == sizeof(yenc_word) - 1))
		return refuse(diag, "a line that begins an encoded file");
	if (t->uu == sizeof(uu_word) - 1)
		t->uu = NEVER;
	if (t->yenc == sizeof(yenc_word) - 1)
		t->yenc = NEVER;
	return OK;
}

static enum err
narrow_character(struct text *t, uint8_t c, struct diag *diag)
{
	if (t->bom)
		return refuse(diag, "text without its BOM");
	if (t->joiner)
		return refuse(diag, "a joiner that joins no emoji");
	if (t->before == '\r' && c != '\n')
		return refuse(diag, "CR without LF in a text");
	if (c < 0x20 || c == 0x7f) {
		if (t->kind == TEXT_WORDS ||
		    (c != '\t' && c != '\r' && c != '\n'))
			return diag_set(diag, ERR_INPUT,
			    "control character 0x%02x", c);
		if (c == '\n' && t->before != '\r')
			return refuse(diag, "LF without CR in a text");
	}
	t->before = c;
	if (c == '\n') {
		t->lines++;
		t->uu = t->yenc = 0;
		return OK;
	}
	if (t->uu != NEVER || t->yenc != NEVER)
		return match_words(t, c, diag);
	return OK;
}

/* The first byte of a character of two to four bytes. */
static enum err
lead_byte(struct text *t, uint8_t b, struct diag *diag)
{
	if (t->before == '\r')
		return refuse(diag, "CR without LF in a text");
	if (b >= 0xc2 && b <= 0xdf) {
		t->more = 1;
		t->least = 0x80;
		t->c = b & 0x1f;
	} else if (b >= 0xe0 && b <= 0xef) {
		t->more = 2;
		t->least = 0x800;
		t->c = b & 0x0f;
	} else if (b >= 0xf0 && b <= 0xf4) {
		t->more = 3;
		t->least = 0x10000;
		t->c = b & 0x07;
	} else
		return refuse(diag, "not UTF-8");
	return OK;
}

static enum err
next_byte(struct text *t, uint8_t b, struct diag *diag)
{
	if ((b & 0xc0) != 0x80)
		return refuse(diag, "not UTF-8");
	t->c = t->c << 6 | (b & 0x3f);
	if (--t->more > 0)
		return OK;
	if (t->c < t->least || t->c > 0x10ffff)
		return refuse(diag, "not UTF-8");
	return wide_character(t, t->c, diag);
}

/*
 * How many bytes from i on need no look at each: printable ASCII, and U+3000
 * to U+CFFF (E3 80 80 to EC BF BF), in the middle of a line. Nothing that is
 * forbidden, that joins or that ends a line is among them.
 */
static size_t
plain_run(struct text *t, struct span bytes, size_t i)
{
	size_t start = i;

	if (t->bom || t->joiner || t->before == '\r' || t->uu != NEVER ||
	    t->yenc != NEVER)
		return 0;
	while (i < bytes.len) {
		const uint8_t *p = bytes.ptr + i;

		if (*p >= 0x20 && *p < 0x7f) {
			i++;
			t->before = *p;
		} else if (bytes.len - i >= 3 && p[0] >= 0xe3 &&
		    p[0] <= 0xec && (p[1] & 0xc0) == 0x80 &&
		    (p[2] & 0xc0) == 0x80) {
			i += 3;
			t->before = 0x3000;	/* one of them */
		} else {
			break;
		}
	}
	return i - start;
}

enum err
text_write(struct text *t, struct span bytes, struct diag *diag)
{
	enum err err = OK;

	for (size_t i = 0; i < bytes.len && err == OK; i++) {
		uint8_t b;

		if (t->more == 0)
			i += plain_run(t, bytes, i);
		if (i == bytes.len)
			break;
		b = bytes.ptr[i];
		if (t->more > 0)
			err = next_byte(t, b, diag);
		else if (b < 0x80)
			err = narrow_character(t, b, diag);
		else
			err = lead_byte(t, b, diag);
	}
	return err;
}

bool
text_is_whole(const struct text *t)
{
	return t->more == 0;
}

enum err
text_end(const struct text *t, struct diag *diag)
{
	if (t->more > 0)
		return refuse(diag, "a text ends inside a character");
	if (t->joiner)
		return refuse(diag, "a text ends with a joiner");
	if (t->kind == TEXT_WORDS)
		return OK;
	if (t->before != '\n' || t->lines == 0)
		return refuse(diag, "a text does not end with CRLF");
	return OK;
}
