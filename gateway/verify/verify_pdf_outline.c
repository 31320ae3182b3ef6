/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bookmarks of a PDF. Each refers forward to what is below and behind it
 * and backward to what is above and before it, so that no way through them
 * is a ring.
 */
#include "../base/utf8.h"
#include "verify_pdf.h"
#include "verify_pdf_token.h"
#include "verify_text.h"
#include "verify_value.h"

#define TITLE_BYTES_MAX		4096

struct around {
	uint64_t	first, last, next, parent, previous;
};

static int
hex_digit(uint8_t c)
{
	return ascii_is_digit(c) ? c - '0' : c - 'a' + 10;
}

static unsigned
unit_at(struct span hex, size_t at)
{
	unsigned unit = 0;

	for (size_t i = 0; i < 4; i++)
		unit = unit << 4 | (unsigned)hex_digit(hex.ptr[at + i]);
	return unit;
}

/* Words of the safe form, in UTF-16 behind its mark. */
static enum err
read_title(struct span *s, struct diag *diag)
{
	struct pdf_token t = pdf_token_take(s);
	struct span hex;
	struct text text;
	uint8_t bytes[4] = { 0 };
	enum err err = OK;
	size_t len;

	if (t.kind != 's' || t.text.len > TITLE_BYTES_MAX)
		return refuse(diag, "title of a bookmark");
	hex = span_sub(t.text, 1, t.text.len - 2);
	if (!span_begins(hex, SPAN("feff")) || hex.len % 4 != 0)
		return refuse(diag, "title of a bookmark");
	text_init(&text, TEXT_WORDS);
	for (size_t at = 4; at < hex.len && err == OK; at += 4) {
		uint32_t c = unit_at(hex, at), low;

		if (c >= 0xd800 && c < 0xdc00 && hex.len - at >= 8) {
			low = unit_at(hex, at + 4);
			if (low < 0xdc00 || low > 0xdfff)
				return refuse(diag, "title of a bookmark");
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			at += 4;
		} else if (c >= 0xd800 && c <= 0xdfff) {
			return refuse(diag, "title of a bookmark");
		}
		len = utf8_encode(c, bytes);
		err = text_write(&text, (struct span){ bytes, len }, diag);
	}
	return err == OK ? text_end(&text, diag) : err;
}

/* Behind a key: a bookmark. */
static enum err
read_reference(struct pdf_reader *pdf, struct span *s, uint64_t *number,
    struct diag *diag)
{
	struct pdf_token t = pdf_token_take(s);

	if (t.kind != 'r')
		return refuse(diag, "reference to a bookmark");
	*number = t.number;
	/* its parent may be the root, which is no other's */
	if (t.number == pdf->outlines)
		return OK;
	return pdf_reader_refer(pdf, t.number, KIND_BOOKMARK, diag);
}

static enum err
read_around(struct pdf_reader *pdf, struct span *s, struct around *around,
    struct diag *diag)
{
	const struct { const char *key; uint64_t *number; } rows[] = {
		{ "/First ", &around->first }, { "/Last ", &around->last },
		{ "/Next ", &around->next }, { "/Parent ", &around->parent },
		{ "/Prev ", &around->previous },
	};
	enum err err = OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && err == OK; i++)
		if (take_literal(s, rows[i].key))
			err = read_reference(pdf, s, rows[i].number, diag);
	return err;
}

static bool
take_count(struct span *s, const char *key, bool *there)
{
	struct pdf_token t;

	*there = take_literal(s, key);
	if (!*there)
		return true;
	t = pdf_token_take(s);
	return t.kind == 'n' && t.number > 0 &&
	    t.number <= VERIFY_PDF_OBJECTS_MAX;
}

static bool
are_in_order(const struct pdf_reader *pdf, const struct around *a,
    bool has_children)
{
	uint64_t own = pdf->objects, root = pdf->outlines;

	return (has_children ? a->first == own + 1 && a->last >= a->first :
	    a->first == 0 && a->last == 0) &&
	    (a->next == 0 || a->next > own) && a->parent >= root &&
	    a->parent < own && (a->previous == 0 || (a->previous > root &&
	    a->previous < own));
}

static enum err
read_root(struct pdf_reader *pdf, struct span s, struct diag *diag)
{
	struct around a = { 0 };
	bool there;
	enum err err;

	if (!take_count(&s, "<</Count ", &there) || !there)
		return refuse(diag, "root of the bookmarks");
	err = read_around(pdf, &s, &a, diag);
	if (err == OK && (a.first != pdf->objects + UINT64_C(1) ||
	    a.last < a.first || a.next != 0 || a.parent != 0 ||
	    a.previous != 0 || !span_equal(s, SPAN("/Type/Outlines>>"))))
		err = refuse(diag, "root of the bookmarks");
	return err;
}

enum err
pdf_reader_outline(struct pdf_reader *pdf, struct span s, struct diag *diag)
{
	struct around a = { 0 };
	bool has_children;
	enum err err = OK;

	if (pdf->kind == KIND_OUTLINES)
		return read_root(pdf, s, diag);
	if (!take_literal(&s, "<<") ||
	    !take_count(&s, "/Count -", &has_children))
		return refuse(diag, "bookmark");
	if (take_literal(&s, "/Dest["))
		err = pdf_reader_place(pdf, &s, diag);
	if (err == OK)
		err = read_around(pdf, &s, &a, diag);
	if (err == OK && !are_in_order(pdf, &a, has_children))
		err = refuse(diag, "order of bookmarks");
	if (err == OK && !take_literal(&s, "/Title"))
		err = refuse(diag, "bookmark");
	if (err == OK)
		err = read_title(&s, diag);
	return err != OK || span_equal(s, SPAN(">>")) ? err :
	    refuse(diag, "bookmark");
}
