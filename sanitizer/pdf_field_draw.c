/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The value of a text field as an appearance of it, where the file has none
 * and leaves it to the reader to make one. The words are drawn in a Japanese
 * font that every reader has, half a square for a letter, a square for all
 * wider ones; nothing of the file but its words and their size goes in.
 */
#include <stdio.h>

#include "../gateway/base/utf8.h"
#include "clean.h"
#include "pdf_field.h"

#define TEXT_BYTES_MAX	(64u * 1024)
#define LINES_MAX	200
#define SIZE_MAX_POINTS	200.0
#define MARGIN		2.0
#define LEADING		1.25

struct sheet {
	double		width, height, size;	/* points */
	int		quadding;
	bool		many;			/* lines */
	struct buf	content;
	bool		fits;
};

/* Of a character, in sizes of the font. */
static double
advance(uint32_t c)
{
	return c < 0x80 || (c >= 0xff61 && c <= 0xff9f) ? 0.5 : 1;
}

static double
width_of(struct span s)
{
	double sum = 0;
	size_t n;

	for (; s.len > 0; s = span_sub(s, n, s.len))
		sum += advance(utf8_decode(s, &n));
	return sum;
}

/* The front of s that fills a line of this many sizes, taken off. */
static struct span
take_line(struct span *s, double room)
{
	struct span line = *s;
	double sum = 0;
	size_t at = 0, n;

	while (at < s->len && s->ptr[at] != '\r' && s->ptr[at] != '\n') {
		sum += advance(utf8_decode(span_sub(*s, at, s->len), &n));
		if (sum > room && at > 0)
			break;
		at += n;
	}
	line.len = at;
	if (at < s->len && s->ptr[at] == '\r')
		at++;
	if (at < s->len && s->ptr[at] == '\n')
		at++;
	*s = span_sub(*s, at, s->len);
	return line;
}

static enum err
put_words(struct buf *out, struct span s)
{
	enum err err = buf_add_byte(out, '<');
	uint32_t c;
	size_t n;

	for (; s.len > 0 && err == OK; s = span_sub(s, n, s.len)) {
		c = utf8_decode(s, &n);
		if (c < 0x10000)
			err = buf_printf(out, "%04x", c);
		else if (c <= 0x10ffff)
			err = buf_printf(out, "%04x%04x",
			    0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	return err == OK ? buf_add_str(out, "> Tj ") : err;
}

static enum err
put_line(struct sheet *sheet, struct span line, double y)
{
	double room = sheet->width - 2 * MARGIN;
	double width = width_of(line) * sheet->size, scale = 100, x;
	enum err err;

	if (width > room && width > 0) {
		scale = 100 * room / width;
		if (scale < 50) {
			scale = 50;
			sheet->fits = false;
		}
		width *= scale / 100;
	}
	x = MARGIN + (width < room ? (room - width) * sheet->quadding / 2 :
	    0);
	err = buf_printf(&sheet->content, "%.2f Tz 1 0 0 1 %.2f %.2f Tm ",
	    scale, x, y);
	return err == OK ? put_words(&sheet->content, line) : err;
}

static enum err
put_lines(struct sheet *sheet, struct span words)
{
	double step = sheet->size * LEADING, y;
	struct span line;
	enum err err;

	y = sheet->many ? sheet->height - MARGIN - sheet->size * 0.88 :
	    (sheet->height - sheet->size) / 2 + sheet->size * 0.14;
	err = buf_printf(&sheet->content, "q 0 g BT /F %.2f Tf ",
	    sheet->size);
	for (unsigned i = 0; words.len > 0 && err == OK; i++, y -= step) {
		if (i > 0 && (!sheet->many || y < 0 || i == LINES_MAX)) {
			sheet->fits = false;
			break;
		}
		line = take_line(&words, sheet->many ? (sheet->width - 2 *
		    MARGIN) / sheet->size : (double)TEXT_BYTES_MAX);
		err = put_line(sheet, line, y);
	}
	return err == OK ? buf_add_str(&sheet->content, "ET Q") : err;
}

/* "/Helv 12 Tf 0 g": the 12, or 0. */
static double
size_in(struct span style)
{
	size_t at = span_find(style, SPAN(" Tf")), from;
	double size = 0, unit = 1;

	if (at == style.len)
		return 0;
	for (from = at; from > 0 && (ascii_is_digit(style.ptr[from - 1]) ||
	    style.ptr[from - 1] == '.'); from--)
		;
	for (; from < at; from++) {
		if (style.ptr[from] == '.') {
			unit = 0.1;
		} else if (unit < 1) {
			size += unit * (style.ptr[from] - '0');
			unit /= 10;
		} else if (size < 1e6)
			size = size * 10 + (style.ptr[from] - '0');
	}
	return size;
}

static bool
read_rect(struct pdf *pdf, qpdf_oh field, struct sheet *sheet)
{
	qpdf_oh rect = pdf_get(pdf, field, "/Rect"), item;
	double side[4] = { 0 };
	bool is = pdf_items(pdf, rect) == 4;

	for (int i = 0; i < 4 && is; i++) {
		item = qpdf_oh_get_array_item(pdf->q, rect, i);
		is = !pdf_failed(pdf) &&
		    qpdf_oh_get_value_as_number(pdf->q, item, &side[i]);
		qpdf_oh_release(pdf->q, item);
	}
	qpdf_oh_release(pdf->q, rect);
	sheet->width = side[2] > side[0] ? side[2] - side[0] :
	    side[0] - side[2];
	sheet->height = side[3] > side[1] ? side[3] - side[1] :
	    side[1] - side[3];
	/* nothing to be read otherwise */
	return is && sheet->width >= 4 && sheet->height >= 4 &&
	    sheet->width <= 14400 && sheet->height <= 14400;
}

/* A form of our own as the appearance, so that the field becomes a stamp. */
static void
set_appearance(struct pdf *pdf, qpdf_oh field, const struct sheet *sheet)
{
	static const char font[] = "<</Type/Font/Subtype/Type0/BaseFont"
	    "/HeiseiMin-W3/Encoding/UniJIS-UTF16-H/DescendantFonts[<</Type"
	    "/Font/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/CIDSystemInfo"
	    "<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/DW 1000/W[1 "
	    "95 500 231 632 500]/FontDescriptor<</Type/FontDescriptor"
	    "/FontName/HeiseiMin-W3/Flags 6/FontBBox[-123 -257 1001 910]"
	    "/ItalicAngle 0/Ascent 709/Descent -241/CapHeight 709/StemV 69"
	    ">>>>]>>";
	char dict[200];
	qpdf_data q = pdf->q;
	qpdf_oh stream = qpdf_oh_new_stream(q), fonts, resources, to, from;
	qpdf_oh look = qpdf_oh_new_dictionary(q);
	const char *key;

	qpdf_oh_replace_stream_data(q, stream, sheet->content.ptr,
	    sheet->content.len, qpdf_oh_new_null(q), qpdf_oh_new_null(q));
	snprintf(dict, sizeof(dict), "<</Type/XObject/Subtype/Form/BBox[0 0 "
	    "%.2f %.2f]>>", sheet->width, sheet->height);
	from = qpdf_oh_parse(q, dict);
	to = qpdf_oh_get_dict(q, stream);
	qpdf_oh_begin_dict_key_iter(q, from);
	while (!pdf_failed(pdf) && qpdf_oh_dict_more_keys(q)) {
		key = qpdf_oh_dict_next_key(q);
		qpdf_oh_replace_key(q, to, key, qpdf_oh_get_key(q, from,
		    key));
	}
	fonts = qpdf_oh_new_dictionary(q);
	qpdf_oh_replace_key(q, fonts, "/F", qpdf_oh_parse(q, font));
	resources = qpdf_oh_new_dictionary(q);
	qpdf_oh_replace_key(q, resources, "/Font", fonts);
	qpdf_oh_replace_key(q, to, "/Resources", resources);
	qpdf_oh_replace_key(q, look, "/N", stream);
	qpdf_oh_replace_key(q, field, "/AP", look);
	(void)pdf_failed(pdf);
}

bool
pdf_field_draw(struct pdf *pdf, qpdf_oh field,
    const struct pdf_field_text *text)
{
	struct sheet sheet = { .quadding = text->quadding,
	    .many = text->many, .fits = true };
	struct buf words;
	enum err err;

	if (!read_rect(pdf, field, &sheet))
		return false;
	sheet.size = size_in(text->style);
	if (sheet.size <= 0)
		sheet.size = text->many || sheet.height > 17 ? 12 :
		    sheet.height * 0.7;
	if (sheet.size > SIZE_MAX_POINTS)
		sheet.size = SIZE_MAX_POINTS;
	buf_init(&words, 4 * TEXT_BYTES_MAX);
	buf_init(&sheet.content, 32 * TEXT_BYTES_MAX);
	err = clean_text(span_sub(text->words, 0, TEXT_BYTES_MAX),
	    text->many ? CLEAN_TEXT : CLEAN_HEADER, &words, NULL);
	if (err == OK)
		err = put_lines(&sheet, buf_span(&words));
	if (err == OK)
		set_appearance(pdf, field, &sheet);
	sheet.fits &= text->words.len <= TEXT_BYTES_MAX;
	buf_fini(&words);
	buf_fini(&sheet.content);
	return err == OK && pdf->err == OK && sheet.fits;
}
