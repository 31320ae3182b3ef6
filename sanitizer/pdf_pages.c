/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pages of pixels to a PDF of pictures, with their words behind them in a
 * font that shows nothing: it is there to be searched and copied.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../gateway/base/wire.h"
#include "limits.h"
#include "pdf_pages.h"
#include "pdf_words.h"
#include "pdf_write.h"
#include "pixels.h"

#define MAGIC		"SEKISHO-PAGES 2\n"
#define TEXT_BYTES_MAX	(16u * 1024 * 1024)
#define PICTURE_BYTES_MAX (100u * 1024 * 1024)
#define POINTS_MAX	14400
#define PALETTE_BYTES	((size_t)3 * PIXELS_PALETTE_N)
#define FIXED_OBJECTS	5	/* of the font, and the colours */

struct encoder {
	struct buf	pixels, picture, text;
};

static enum err
read_words(struct pixels_reader *r, struct buf *text)
{
	struct pixels_word word;
	uint32_t n;
	enum err err = pixels_words(r, &n);

	for (uint32_t i = 0; i < n && err == OK; i++)
		if ((err = pixels_word(r, &word)) == OK)
			err = pdf_words_put(&word, r->height, text);
	return err;
}

/* ---- pages ---- */

static void
encoder_init(struct encoder *e)
{
	buf_init(&e->pixels, 3 * PIXELS_PAGE_MAX);
	buf_init(&e->picture, PICTURE_BYTES_MAX);
	buf_init(&e->text, TEXT_BYTES_MAX);
}

static void
encoder_fini(struct encoder *e)
{
	buf_fini(&e->pixels);
	buf_fini(&e->picture);
	buf_fini(&e->text);
}

/* So that no side of the page is longer than a PDF may have it. */
static uint16_t
enough_dpi(uint32_t pixels, uint16_t dpi)
{
	uint32_t least = (pixels * 72 + POINTS_MAX - 1) / POINTS_MAX;

	return dpi < least ? (uint16_t)least : dpi;
}

static enum err
put_page(const struct pdf_page *page, struct span picture, struct span text,
    struct buf *out)
{
	enum err err;

	if (out->len == 0 && (err = buf_add_str(out, MAGIC)) != OK)
		return err;
	if ((err = wire_put_u8(out, (uint8_t)page->form)) == OK &&
	    (err = wire_put_u32(out, page->width)) == OK &&
	    (err = wire_put_u32(out, page->height)) == OK &&
	    (err = wire_put_u16(out, page->dpi_x)) == OK &&
	    (err = wire_put_u16(out, page->dpi_y)) == OK &&
	    (page->form != PIXELS_PALETTE || (err = buf_add(out,
	    (struct span){ page->palette, PALETTE_BYTES })) == OK) &&
	    (err = wire_put_bytes(out, picture)) == OK)
		err = wire_put_bytes(out, text);
	return err;
}

enum err
pdf_pages_add(const struct pdf_page *given, struct buf *list)
{
	struct pdf_page page = *given;
	struct buf picture;
	enum err err;

	page.dpi_x = enough_dpi(page.width, page.dpi_x);
	page.dpi_y = enough_dpi(page.height, page.dpi_y);
	buf_init(&picture, PICTURE_BYTES_MAX);
	err = pdf_picture(page.pixels, page.form, page.width, page.height,
	    &picture);
	if (err == OK)
		err = put_page(&page, buf_span(&picture), SPAN(""), list);
	buf_fini(&picture);
	return err;
}

static enum err
encode_page(struct pixels_reader *r, struct encoder *e, struct buf *out)
{
	uint16_t dpi = enough_dpi(r->width > r->height ? r->width :
	    r->height, r->dpi);
	const struct pdf_page page = { .form = r->form, .width = r->width,
	    .height = r->height, .dpi_x = dpi, .dpi_y = dpi,
	    .palette = r->palette };
	uint8_t *room;
	enum err err;

	buf_clear(&e->pixels);
	buf_clear(&e->picture);
	buf_clear(&e->text);
	if ((err = buf_reserve(&e->pixels, pixels_row_bytes(r->form,
	    r->width) * r->height, &room)) == OK &&
	    (err = pixels_rows(r, room, r->height)) == OK &&
	    (err = pdf_picture(room, r->form, r->width, r->height,
	    &e->picture)) == OK && (err = read_words(r, &e->text)) == OK)
		err = put_page(&page, buf_span(&e->picture),
		    buf_span(&e->text), out);
	return err;
}

/* A whole stream to encoded pages. */
static enum err
encode(const struct input *in, struct buf *out, bool *more)
{
	static struct pixels_reader r;		/* large */
	struct encoder e;
	bool one = true;
	enum err err;

	encoder_init(&e);
	err = pixels_open(&r, in);
	while (err == OK && (err = pixels_next(&r, &one)) == OK && one)
		err = encode_page(&r, &e, out);
	*more = r.more;
	encoder_fini(&e);
	return err;
}

/* The next page of the lists in s; spans point there. */
struct encoded {
	uint8_t		form;
	uint32_t	width, height;
	uint16_t	dpi_x, dpi_y;
	struct span	palette, picture, text;
};

static enum err
next_encoded(struct span *s, struct encoded *page)
{
	struct wire_reader r;

	if (span_begins(*s, SPAN(MAGIC)))
		*s = span_sub(*s, sizeof(MAGIC) - 1, s->len);
	wire_reader_init(&r, *s);
	page->form = wire_get_u8(&r);
	page->width = wire_get_u32(&r);
	page->height = wire_get_u32(&r);
	page->dpi_x = wire_get_u16(&r);
	page->dpi_y = wire_get_u16(&r);
	page->palette = span_sub(r.rest, 0, page->form == PIXELS_PALETTE ?
	    PALETTE_BYTES : 0);
	r.rest = span_sub(r.rest, page->palette.len, r.rest.len);
	page->picture = wire_get_bytes(&r, PICTURE_BYTES_MAX);
	page->text = wire_get_bytes(&r, TEXT_BYTES_MAX);
	if (r.bad || page->form > PIXELS_RGB || page->width == 0 ||
	    page->height == 0 || page->dpi_x == 0 || page->dpi_y == 0 ||
	    page->picture.len == 0 || (page->form == PIXELS_PALETTE &&
	    page->palette.len != PALETTE_BYTES) ||
	    page->width > PIXELS_SIDE_MAX || page->height > PIXELS_SIDE_MAX)
		return ERR_INPUT;
	*s = span_sub(*s, 21 + page->palette.len +
	    page->picture.len + page->text.len, s->len);
	return OK;
}

static enum err
count_pages(struct span s, uint32_t *n)
{
	struct encoded page;
	enum err err;

	for (*n = 0; s.len > 0; ++*n)
		if ((err = next_encoded(&s, &page)) != OK)
			return err;
	return *n == 0 ? ERR_INPUT : *n > PIXELS_PAGES_MAX ? ERR_LIMIT : OK;
}

/* ---- the document ---- */

struct document {
	struct pdf_writer w;
	uint32_t	 pages;
	struct buf	 text;		/* of the object at hand */
	struct buf	 packed;
};

static enum err
put_value(struct document *d)
{
	enum err err = pdf_write_value(&d->w, buf_span(&d->text));

	buf_clear(&d->text);
	return err;
}

static enum err
put_head(struct document *d)
{
	enum err err;

	err = pdf_write_value(&d->w, SPAN("<</Pages 2 0 R/Type/Catalog>>"));
	if (err == OK)
		err = buf_printf(&d->text, "<</Count %" PRIu32 "/Kids[",
		    d->pages);
	for (uint32_t i = 0; i < d->pages && err == OK; i++)
		err = buf_printf(&d->text, "%s%" PRIu32 " 0 R",
		    i > 0 ? " " : "", i + 3);
	if (err == OK)
		err = buf_add_str(&d->text, "]/Type/Pages>>");
	return err == OK ? put_value(d) : err;
}

static int64_t
points(uint32_t pixels, uint16_t dpi)
{
	return (int64_t)pixels * 72 * 1000000 / dpi;
}

static enum err
put_size(struct buf *text, const struct encoded *page, const char *between)
{
	enum err err = pdf_put_number(text, points(page->width, page->dpi_x));

	if (err == OK)
		err = buf_add_str(text, between);
	return err == OK ? pdf_put_number(text, points(page->height,
	    page->dpi_y)) : err;
}

static enum err
put_pages(struct document *d, struct span s)
{
	uint32_t font = d->pages + 3, picture = font + FIXED_OBJECTS;
	struct encoded page;
	enum err err = OK;

	for (; s.len > 0 && err == OK; picture += 2) {
		if ((err = next_encoded(&s, &page)) == OK &&
		    (err = buf_printf(&d->text, "<</Contents %" PRIu32
		    " 0 R/MediaBox[0 0 ", picture + 1)) == OK &&
		    (err = put_size(&d->text, &page, " ")) == OK &&
		    (err = buf_printf(&d->text, "]/Parent 2 0 R/Resources"
		    "<</Font<</F0 %" PRIu32 " 0 R>>/XObject<</I0 %" PRIu32
		    " 0 R>>>>/Type/Page>>", font, picture)) == OK)
			err = put_value(d);
	}
	return err;
}

static enum err
put_map(struct document *d)
{
	enum err err = pdf_words_map(&d->text);

	if (err == OK)
		err = pdf_deflate(buf_span(&d->text), &d->packed);
	buf_clear(&d->text);
	return err;
}

static enum err
put_font(struct document *d)
{
	uint32_t font = d->pages + 3;
	enum err err;

	if ((err = buf_printf(&d->text, "<</BaseFont/Sekisho/DescendantFonts["
	    "%" PRIu32 " 0 R]/Encoding/Identity-H/Subtype/Type0/ToUnicode "
	    "%" PRIu32 " 0 R/Type/Font>>", font + 1, font + 3)) != OK ||
	    (err = put_value(d)) != OK ||
	    (err = buf_printf(&d->text, "<</BaseFont/Sekisho/CIDSystemInfo"
	    "<</Ordering<4964656e74697479>/Registry<41646f6265>/Supplement 0"
	    ">>/CIDToGIDMap/Identity/DW 1000/FontDescriptor %" PRIu32
	    " 0 R/Subtype/CIDFontType2/Type/Font>>", font + 2)) != OK ||
	    (err = put_value(d)) != OK ||
	    (err = buf_add_str(&d->text, "<</Ascent 880/CapHeight 700/Descent"
	    " -120/Flags 4/FontBBox[0 -120 1000 880]/FontName/Sekisho"
	    "/ItalicAngle 0/StemV 80/Type/FontDescriptor>>")) != OK ||
	    (err = put_value(d)) != OK || (err = put_map(d)) != OK)
		return err;
	err = pdf_write_stream(&d->w, &(struct pdf_stream){
	    .data = buf_span(&d->packed) });
	buf_clear(&d->packed);
	return err;
}

static enum err
put_colours(struct document *d)
{
	enum err err;

	err = buf_printf(&d->text, "[/Indexed /DeviceRGB %d <",
	    PIXELS_COLOURS_N - 1);
	for (unsigned i = 0; i < PIXELS_GREYS_N && err == OK; i++)
		err = buf_printf(&d->text, "%02x%02x%02x", i * 17, i * 17,
		    i * 17);
	for (unsigned i = 0; i < 216 && err == OK; i++)
		err = buf_printf(&d->text, "%02x%02x%02x", i / 36 * 51,
		    i / 6 % 6 * 51, i % 6 * 51);
	if (err == OK)
		err = buf_add_str(&d->text, ">]");
	return err == OK ? put_value(d) : err;
}

/* The entries before /Filter: how bits become colours. */
static enum err
put_space(struct document *d, const struct encoded *page)
{
	enum err err;

	switch ((enum pixels_form)page->form) {
	case PIXELS_BILEVEL:
		return buf_add_str(&d->text,
		    "/BitsPerComponent 1/ColorSpace/DeviceGray");
	case PIXELS_GREY:
		return buf_add_str(&d->text,
		    "/BitsPerComponent 4/ColorSpace/DeviceGray");
	case PIXELS_INDEXED:
		return buf_printf(&d->text, "/BitsPerComponent 8/ColorSpace "
		    "%" PRIu32 " 0 R", d->pages + 2 + FIXED_OBJECTS);
	case PIXELS_PALETTE:
		err = buf_printf(&d->text, "/BitsPerComponent 8/ColorSpace"
		    "[/Indexed /DeviceRGB %d <", PIXELS_PALETTE_N - 1);
		for (size_t i = 0; i < page->palette.len && err == OK; i++)
			err = buf_printf(&d->text, "%02x",
			    page->palette.ptr[i]);
		return err == OK ? buf_add_str(&d->text, ">]") : err;
	case PIXELS_RGB:
		break;
	}
	return buf_add_str(&d->text,
	    "/BitsPerComponent 8/ColorSpace/DeviceRGB");
}

static enum err
put_picture(struct document *d, const struct encoded *page)
{
	char middle[32], behind[64];
	enum err err = put_space(d, page);

	if (err != OK)
		return err;
	snprintf(middle, sizeof(middle), "/Height %" PRIu32, page->height);
	snprintf(behind, sizeof(behind), "/Subtype/Image/Type/XObject"
	    "/Width %" PRIu32, page->width);
	err = pdf_write_stream(&d->w, &(struct pdf_stream){
	    .before = buf_span(&d->text), .dct = page->form == PIXELS_RGB,
	    .middle = span_str(middle), .behind = span_str(behind),
	    .data = page->picture });
	buf_clear(&d->text);
	return err;
}

static enum err
put_content(struct document *d, const struct encoded *page)
{
	enum err err;

	if ((err = buf_add_str(&d->text, "q ")) != OK ||
	    (err = put_size(&d->text, page, " 0 0 ")) != OK ||
	    (err = buf_add_str(&d->text, " 0 0 cm /I0 Do Q\n")) != OK)
		return err;
	if (page->text.len > 0 &&
	    ((err = buf_add_str(&d->text, "q ")) != OK ||
	    (err = pdf_put_number(&d->text, points(1, page->dpi_x))) != OK ||
	    (err = buf_add_str(&d->text, " 0 0 ")) != OK ||
	    (err = pdf_put_number(&d->text, points(1, page->dpi_x))) != OK ||
	    (err = buf_add_str(&d->text, " 0 0 cm BT 3 Tr\n")) != OK ||
	    (err = buf_add(&d->text, page->text)) != OK ||
	    (err = buf_add_str(&d->text, "ET Q\n")) != OK))
		return err;
	if ((err = pdf_deflate(buf_span(&d->text), &d->packed)) == OK)
		err = pdf_write_stream(&d->w, &(struct pdf_stream){
		    .data = buf_span(&d->packed) });
	buf_clear(&d->text);
	buf_clear(&d->packed);
	return err;
}

enum err
pdf_pages_write(struct span pages, struct filter *out, uint32_t *n)
{
	struct document d = { .pages = 0 };
	struct encoded page;
	enum err err;

	buf_init(&d.text, TEXT_BYTES_MAX + 4096);
	buf_init(&d.packed, TEXT_BYTES_MAX + 4096);
	if ((err = count_pages(pages, &d.pages)) == OK &&
	    (err = pdf_write_begin(&d.w, out)) == OK &&
	    (err = put_head(&d)) == OK &&
	    (err = put_pages(&d, pages)) == OK)
		err = put_font(&d);
	if (err == OK)
		err = put_colours(&d);
	while (pages.len > 0 && err == OK)
		if ((err = next_encoded(&pages, &page)) == OK &&
		    (err = put_picture(&d, &page)) == OK)
			err = put_content(&d, &page);
	if (err == OK)
		err = pdf_write_end(&d.w);
	*n = d.pages;
	pdf_write_fini(&d.w);
	buf_fini(&d.text);
	buf_fini(&d.packed);
	return err;
}

static enum err
done(enum err err, enum safe_type type, struct convert_result *result)
{
	result->outcome = OUTCOME_RENDERED;
	result->type = type;
	if (err != OK)
		snprintf(result->reason, sizeof(result->reason), "pages: %s",
		    err_name(err));
	return err;
}

enum err
pdf_pages_encode(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	struct buf pages;
	bool more;
	enum err err;

	(void)policy;
	buf_init(&pages, EXPANDED_BYTES_MAX);
	if ((err = encode(in, &pages, &more)) == OK)
		err = filter_write(out, buf_span(&pages));
	if (err == OK)
		err = filter_end(out);
	buf_fini(&pages);
	return done(err, SAFE_NONE, result);
}

enum err
pdf_pages(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	char magic[sizeof(MAGIC) - 1];
	struct buf pages;
	bool more = false;
	size_t got;
	enum err err;

	(void)policy;
	buf_init(&pages, EXPANDED_BYTES_MAX);
	err = input_read(in, 0, magic, sizeof(magic), &got);
	if (err == OK && got == sizeof(magic) &&
	    memcmp(magic, MAGIC, sizeof(magic)) == 0)
		err = input_all(in, &pages);
	else if (err == OK)
		err = encode(in, &pages, &more);
	if (err == OK)
		err = more ? ERR_INPUT : pdf_pages_write(buf_span(&pages),
		    out, &result->pages);
	buf_fini(&pages);
	return done(err, SAFE_PDF, result);
}
