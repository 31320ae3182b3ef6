/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A link on a page of a PDF: the one shape of it, and where it may lead.
 */
#include "verify_opc_part.h"
#include "verify_pdf.h"
#include "verify_pdf_token.h"
#include "verify_value.h"

#define FIRST_PAGE		3
#define TARGET_BYTES_MAX	2048

static int
hex_digit(uint8_t c)
{
	return ascii_is_digit(c) ? c - '0' : c - 'a' + 10;
}

/* Behind "/URI": the string. */
static enum err
read_uri(struct span *s, struct diag *diag)
{
	uint8_t bytes[TARGET_BYTES_MAX];
	struct span target = { bytes, 0 };
	struct pdf_token t = pdf_token_take(s);

	if (t.kind != 's' || t.text.len > 2 + 2 * sizeof(bytes))
		return refuse(diag, "target of a link");
	for (size_t i = 1; i + 2 < t.text.len; i += 2)
		bytes[target.len++] = (uint8_t)(hex_digit(t.text.ptr[i]) << 4 |
		    hex_digit(t.text.ptr[i + 1]));
	/* a place in the document has a shape of its own */
	if (span_begins(target, SPAN("#")) || !opc_link_is_fine(target))
		return refuse(diag, "target of a link");
	return OK;
}

/* A number from 0 up to the side of a page, in millionths. */
static bool
take_number(struct span *s, uint64_t *millionths)
{
	struct pdf_token t = pdf_token_take(s);
	struct span rest = t.text, whole;
	uint64_t fraction = 0;

	(void)span_cut(&rest, '.', &whole);
	if (t.kind != 'n' || !span_decimal(whole, VERIFY_PDF_POINTS_MAX,
	    millionths) || (rest.len > 0 && !span_decimal(rest, 999999,
	    &fraction)))
		return false;
	for (size_t i = rest.len; i < 6; i++)
		fraction *= 10;
	*millionths = *millionths * 1000000 + fraction;
	return *millionths <= VERIFY_PDF_POINTS_MAX * UINT64_C(1000000);
}

enum err
pdf_reader_place(const struct pdf_reader *pdf, struct span *s,
    struct diag *diag)
{
	struct pdf_token page = pdf_token_take(s);
	uint64_t n;
	bool good = page.kind == 'r' && page.number >= FIRST_PAGE &&
	    page.number < FIRST_PAGE + pdf->pages;

	if (good && !take_literal(s, " /Fit]"))
		good = take_literal(s, " /XYZ ") && take_number(s, &n) &&
		    take_literal(s, " ") && take_number(s, &n) &&
		    take_literal(s, " 0]");
	return good ? OK : refuse(diag, "place that a link leads to");
}

static enum err
read_rect(struct span *s, struct diag *diag)
{
	uint64_t side[4] = { 0 };
	bool good = take_literal(s, "/Rect[");

	for (unsigned i = 0; i < 4 && good; i++)
		good = (i == 0 || take_literal(s, " ")) &&
		    take_number(s, &side[i]);
	return good && side[0] < side[2] && side[1] < side[3] &&
	    take_literal(s, "]") ? OK : refuse(diag, "place of a link");
}

enum err
pdf_reader_link(const struct pdf_reader *pdf, struct span s,
    struct diag *diag)
{
	enum err err;

	if (take_literal(&s, "<</A<</S/URI/Type/Action/URI")) {
		if ((err = read_uri(&s, diag)) == OK &&
		    !take_literal(&s, ">>/Border[0 0 0]"))
			err = refuse(diag, "link");
	} else if (take_literal(&s, "<</Border[0 0 0]/Dest[")) {
		err = pdf_reader_place(pdf, &s, diag);
	} else
		return refuse(diag, "an annotation that is no link");
	if (err == OK && (err = read_rect(&s, diag)) == OK &&
	    !span_equal(s, SPAN("/Subtype/Link/Type/Annot>>")))
		err = refuse(diag, "link");
	return err;
}
