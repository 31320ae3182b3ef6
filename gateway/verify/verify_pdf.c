/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The frame of a PDF, line by line: objects in order, their streams, the
 * table of where they begin, and the end. No value has a line end in it.
 *
 *	HEADER -> OBJECT -> VALUE -> BEHIND -> OBJECT ... "xref" -> TABLE...
 *	BEHIND -> "stream" -> DATA -> LINE_END -> STREAM_END -> OBJECT_END
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "verify_pdf.h"
#include "verify_value.h"

enum { HEADER = 0, MARK, OBJECT, VALUE, BEHIND, DATA, LINE_END, STREAM_END,
	OBJECT_END, COUNT, FREE, ROWS, TRAILER, SIZE, START, START_AT, EOF_MARK,
	END };

#define FIRST_PAGE	3

static enum err
decoded(void *arg, struct span s, struct diag *diag)
{
	struct pdf_reader *pdf = arg;

	pdf->decoded += s.len;
	pdf->stream_decoded += s.len;
	if (pdf->content.dialect != DIALECT_NONE)
		pdf->contents += s.len;
	if (pdf->contents > VERIFY_PDF_CONTENTS_BYTES_MAX ||
	    pdf->stream_decoded > VERIFY_PDF_STREAM_BYTES_MAX ||
	    pdf->decoded > VERIFY_PDF_BYTES_MAX)
		return refuse(diag, "streams too long");
	return pdf_content_write(&pdf->content, s, diag);
}

void
pdf_reader_init(struct pdf_reader *pdf)
{
	memset(pdf, 0, offsetof(struct pdf_reader, data));
	pdf->line_len = 0;
	memset(pdf->kinds, 0, sizeof(pdf->kinds));
}

/* ---- objects ---- */

static bool
is_line(const struct pdf_reader *pdf, const char *text)
{
	return span_equal((struct span){ pdf->line, pdf->line_len },
	    span_str(text));
}

static enum err PRINTF(4, 5)
expect(struct pdf_reader *pdf, unsigned next, struct diag *diag,
    const char *format, ...)
{
	char line[64];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	pdf->state = next;
	return is_line(pdf, line) ? OK :
	    diag_set(diag, ERR_INPUT, "no \"%s\" where it must be", line);
}

static enum err
object_begins(struct pdf_reader *pdf, struct diag *diag)
{
	uint32_t number = pdf->objects + 1;

	if (number > FIRST_PAGE && number >= FIRST_PAGE + pdf->pages &&
	    is_line(pdf, "xref")) {
		pdf->xref_at = pdf->line_at;
		pdf->state = COUNT;
		return pdf->highest <= pdf->objects ? OK :
		    refuse(diag, "a reference to an object that is not there");
	}
	if (number > VERIFY_PDF_OBJECTS_MAX)
		return refuse(diag, "too many objects");
	pdf->objects = number;
	pdf->offsets[number] = pdf->line_at;
	pdf->kind = number == 1 ? KIND_NONE : (enum pdf_kind)
	    pdf->kinds[number];
	return expect(pdf, VALUE, diag, "%" PRIu32 " 0 obj", number);
}

/* <</Count c/Kids[3 0 R 4 0 R ...]/Type/Pages>> */
static enum err
page_tree(struct pdf_reader *pdf, struct span s, struct diag *diag)
{
	char text[64];
	struct span count;
	uint64_t n;

	if (!take_literal(&s, "<</Count ") || !span_cut(&s, '/', &count) ||
	    !span_decimal(count, VERIFY_PDF_PAGES_MAX, &n) || n == 0 ||
	    count.ptr[0] == '0' || !take_literal(&s, "Kids["))
		return refuse(diag, "tree of pages");
	for (uint32_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%" PRIu32 " 0 R",
		    i > 0 ? " " : "", FIRST_PAGE + i);
		if (!take_literal(&s, text))
			return refuse(diag, "list of pages");
		pdf->kinds[FIRST_PAGE + i] = KIND_PAGE;
	}
	pdf->pages = (uint32_t)n;
	pdf->highest = FIRST_PAGE + pdf->pages - 1;
	if (pdf->outlines != 0) {
		if (pdf->outlines != FIRST_PAGE + pdf->pages)
			return refuse(diag, "root of the bookmarks");
		pdf->kinds[pdf->outlines] = KIND_OUTLINES;
		pdf->highest = pdf->outlines;
	}
	return span_equal(s, SPAN("]/Type/Pages>>")) ? OK :
	    refuse(diag, "tree of pages");
}

/* <</Pages 2 0 R/Type/Catalog>>, in front of it perhaps bookmarks. */
static enum err
catalog(struct pdf_reader *pdf, struct span s, struct diag *diag)
{
	struct span number;
	uint64_t n = 0;

	if (take_literal(&s, "<</Outlines ") && (!span_cut(&s, ' ', &number)
	    || !span_decimal(number, VERIFY_PDF_OBJECTS_MAX, &n) ||
	    n <= FIRST_PAGE || number.ptr[0] == '0' ||
	    !take_literal(&s, "0 R")))
		return refuse(diag, "catalog");
	pdf->outlines = (uint32_t)n;
	if (n == 0 && !take_literal(&s, "<<"))
		return refuse(diag, "catalog");
	return span_equal(s, SPAN("/Pages 2 0 R/Type/Catalog>>")) ? OK :
	    refuse(diag, "catalog");
}

static enum err
value(struct pdf_reader *pdf, struct diag *diag)
{
	struct span s = { pdf->line, pdf->line_len };
	/* only a stream says how long it is, and every stream does */
	bool stream = span_find(s, SPAN("/Length ")) < s.len;
	enum err err;

	pdf->state = BEHIND;
	pdf->stream_left = 0;
	if (pdf->objects == 1)
		return catalog(pdf, s, diag);
	if (pdf->objects == 2) {
		pdf->kinds[2] = KIND_PAGES;
		return page_tree(pdf, s, diag);
	}
	/* The colours of pictures stand before the first of these. */
	if (pdf->kind == KIND_NONE && span_begins(s, SPAN("[/Indexed ")))
		pdf->kind = KIND_SPACE;
	if (pdf->kind == KIND_NONE)
		return refuse(diag, "nothing refers to it");
	if ((err = pdf_reader_value(pdf, s, stream, diag)) != OK)
		return err;
	pdf->kinds[pdf->objects] = (uint8_t)pdf->kind;
	pdf->stream_left = stream ? pdf->facts.length : 0;
	if (stream && pdf->stream_left == 0)
		return refuse(diag, "empty stream");
	return OK;
}

/* ---- streams ---- */

static enum pdf_dialect
dialect_of(const struct pdf_reader *pdf)
{
	switch (pdf->kind) {
	case KIND_CONTENT:
	case KIND_FORM:
	case KIND_PATTERN:
		return DIALECT_CONTENT;
	case KIND_GLYPH:
		return DIALECT_GLYPH;
	case KIND_CMAP:
		return DIALECT_CMAP;
	case KIND_FUNCTION:
		return pdf->facts.type == 4 ? DIALECT_FUNCTION : DIALECT_NONE;
	default:
		return DIALECT_NONE;
	}
}

static enum err
image_begins(const struct pdf_reader *pdf, struct diag *diag)
{
	const struct pdf_facts *f = &pdf->facts;

	if (f->width == 0 || f->width > VERIFY_SIDE_MAX || f->height == 0 ||
	    f->height > VERIFY_SIDE_MAX ||
	    f->width * f->height > VERIFY_PIXELS_MAX)
		return refuse(diag, "picture too large, or empty");
	if (f->mask ? f->bits != 1 || f->components != 0 || f->dct :
	    f->components == 0 || (f->bits != 1 && f->bits != 2 &&
	    f->bits != 4 && f->bits != 8))
		return refuse(diag, "kind of picture");
	return OK;
}

static enum err
stream_begins(struct pdf_reader *pdf, struct diag *diag)
{
	enum err err = OK;

	pdf->state = DATA;
	pdf->stream_decoded = 0;
	pdf_content_init(&pdf->content, dialect_of(pdf));
	if (pdf->kind == KIND_IMAGE)
		err = image_begins(pdf, diag);
	if (pdf->facts.dct)
		jpeg_init(&pdf->data.jpeg);
	else
		inflate_init(&pdf->data.inflate, decoded, pdf);
	return err;
}

static enum err
jpeg_ends(const struct pdf_reader *pdf, struct diag *diag)
{
	const struct jpeg *jpeg = &pdf->data.jpeg;
	enum err err = jpeg_end(jpeg, diag);

	if (err == OK && (jpeg->width != pdf->facts.width ||
	    jpeg->height != pdf->facts.height || pdf->facts.bits != 8 ||
	    jpeg->components != pdf->facts.components))
		err = refuse(diag, "a JPEG unlike its dictionary");
	return err;
}

static enum err
stream_ends(struct pdf_reader *pdf, struct diag *diag)
{
	const struct pdf_facts *f = &pdf->facts;
	uint64_t row = f->width * f->bits * (f->mask ? 1 : f->components);

	pdf->state = LINE_END;
	if (f->dct)
		return jpeg_ends(pdf, diag);
	if (!inflate_is_done(&pdf->data.inflate))
		return refuse(diag, "compressed data end too early");
	if (pdf->kind == KIND_IMAGE &&
	    pdf->stream_decoded != (row + 7) / 8 * f->height)
		return refuse(diag, "a picture unlike its dictionary");
	return pdf_content_end(&pdf->content, diag);
}

static enum err
stream_data(struct pdf_reader *pdf, struct span *s, struct diag *diag)
{
	size_t n = s->len < pdf->stream_left ? s->len :
	    (size_t)pdf->stream_left;
	struct span now = span_sub(*s, 0, n);
	enum err err;

	*s = span_sub(*s, n, s->len);
	pdf->bytes += n;
	pdf->stream_left -= n;
	err = pdf->facts.dct ? jpeg_write(&pdf->data.jpeg, now, diag) :
	    inflate_write(&pdf->data.inflate, now, diag);
	return err != OK || pdf->stream_left > 0 ? err :
	    stream_ends(pdf, diag);
}

/* ---- lines ---- */

static enum err
behind_value(struct pdf_reader *pdf, struct diag *diag)
{
	if (pdf->stream_left == 0)
		return expect(pdf, OBJECT, diag, "endobj");
	if (!is_line(pdf, "stream"))
		return refuse(diag, "no \"stream\" where it must be");
	return stream_begins(pdf, diag);
}

static enum err
row(struct pdf_reader *pdf, struct diag *diag)
{
	pdf->row++;
	return expect(pdf, pdf->row == pdf->objects ? TRAILER : ROWS, diag,
	    "%010" PRIu64 " 00000 n ", pdf->offsets[pdf->row]);
}

static enum err
line(struct pdf_reader *pdf, struct diag *diag)
{
	uint32_t size = pdf->objects + 1;

	switch (pdf->state) {
	case HEADER:
		return expect(pdf, MARK, diag, "%%PDF-1.5");
	case MARK:
		return expect(pdf, OBJECT, diag, "%%\xe2\xe3\xcf\xd3");
	case OBJECT:
		return object_begins(pdf, diag);
	case VALUE:
		return value(pdf, diag);
	case BEHIND:
		return behind_value(pdf, diag);
	case LINE_END:
		return expect(pdf, STREAM_END, diag, "%s", "");
	case STREAM_END:
		return expect(pdf, OBJECT_END, diag, "endstream");
	case OBJECT_END:
		return expect(pdf, OBJECT, diag, "endobj");
	case COUNT:
		return expect(pdf, FREE, diag, "0 %" PRIu32, size);
	case FREE:
		return expect(pdf, ROWS, diag, "0000000000 65535 f ");
	case ROWS:
		return row(pdf, diag);
	case TRAILER:
		return expect(pdf, SIZE, diag, "trailer");
	case SIZE:
		return expect(pdf, START, diag,
		    "<</Root 1 0 R/Size %" PRIu32 ">>", size);
	case START:
		return expect(pdf, START_AT, diag, "startxref");
	case START_AT:
		return expect(pdf, EOF_MARK, diag, "%" PRIu64, pdf->xref_at);
	case EOF_MARK:
		return expect(pdf, END, diag, "%%%%EOF");
	default:
		return refuse(diag, "bytes behind the end");
	}
}

/* The bytes of a line, and with its end what it says. */
static enum err
line_data(struct pdf_reader *pdf, struct span *s, struct diag *diag)
{
	size_t n = span_find_byte(*s, '\n');
	bool whole = n < s->len;
	enum err err = OK;

	if (pdf->state == END)
		return refuse(diag, "bytes behind the end");
	if (pdf->line_len == 0)
		pdf->line_at = pdf->bytes;
	if (n > (pdf->state == VALUE ? sizeof(pdf->line) : 64) -
	    pdf->line_len)
		return refuse(diag, "a line too long");
	memcpy(pdf->line + pdf->line_len, s->ptr, n);
	pdf->line_len += n;
	n += whole;
	pdf->bytes += n;
	*s = span_sub(*s, n, s->len);
	if (whole) {
		err = line(pdf, diag);
		pdf->line_len = 0;
	}
	return err;
}

/* Where it was, before what it was. */
static enum err
place(const struct pdf_reader *pdf, enum err err, struct diag *diag)
{
	char what[DIAG_WHAT_BYTES_MAX];

	if (diag == NULL)
		return err;
	memcpy(what, diag->what, sizeof(what));
	if (pdf->state >= COUNT || pdf->objects == 0)
		return diag_set(diag, err, "PDF: %.140s", what);
	return diag_set(diag, err, "PDF, object %" PRIu32 ": %.120s",
	    pdf->objects, what);
}

enum err
pdf_reader_write(struct pdf_reader *pdf, struct span s, struct diag *diag)
{
	enum err err = OK;

	while (s.len > 0 && err == OK)
		err = pdf->state == DATA ? stream_data(pdf, &s, diag) :
		    line_data(pdf, &s, diag);
	return err == OK ? OK : place(pdf, err, diag);
}

enum err
pdf_reader_end(const struct pdf_reader *pdf, struct diag *diag)
{
	if (pdf->state == END)
		return OK;
	return place(pdf, refuse(diag, "ends in the middle"), diag);
}
