/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The layer of pdf_layer.h: the same operators and font as behind a page that
 * is a picture.
 */
#include <stdlib.h>

#include "pdf_layer.h"
#include "pdf_words.h"
#include "pdf_write.h"

#define TEXT_BYTES_MAX	(16u * 1024 * 1024)
#define CONTENT_BYTES_MAX (64u * 1024 * 1024)
#define FONT		"/F0"

enum err
pdf_layer_open(struct pdf_layer *layer, const struct input *in,
    struct input *pdf)
{
	layer->font = 0;
	return pixels_words_open(&layer->words, in, pdf, &layer->there);
}

static enum err
make_font(struct pdf_layer *layer, struct pdf *pdf)
{
	qpdf_data q = pdf->q;
	qpdf_oh font, map;
	struct buf text;
	enum err err;

	if (layer->font != 0)
		return OK;
	buf_init(&text, TEXT_BYTES_MAX);
	if ((err = pdf_words_map(&text)) == OK) {
		map = qpdf_oh_new_stream(q);
		qpdf_oh_replace_stream_data(q, map, text.ptr, text.len,
		    qpdf_oh_new_null(q), qpdf_oh_new_null(q));
		font = qpdf_oh_parse(q, "<</BaseFont/Sekisho/DescendantFonts"
		    "[<</BaseFont/Sekisho/CIDSystemInfo<</Ordering(Identity)"
		    "/Registry(Adobe)/Supplement 0>>/CIDToGIDMap/Identity"
		    "/DW 1000/FontDescriptor<</Ascent 880/CapHeight 700"
		    "/Descent -120/Flags 4/FontBBox[0 -120 1000 880]/FontName"
		    "/Sekisho/ItalicAngle 0/StemV 80/Type/FontDescriptor>>"
		    "/Subtype/CIDFontType2/Type/Font>>]/Encoding/Identity-H"
		    "/Subtype/Type0/Type/Font>>");
		qpdf_oh_replace_key(q, font, "/ToUnicode", map);
		layer->font = qpdf_make_indirect_object(q, font);
	}
	buf_fini(&text);
	return err == OK && pdf_failed(pdf) ? pdf->err : err;
}

/* The value of a key that is a dictionary, made if there is none. */
static qpdf_oh
dictionary(struct pdf *pdf, qpdf_oh in, const char *key)
{
	qpdf_oh dict = qpdf_oh_get_key(pdf->q, in, key);

	if (!pdf_failed(pdf) && !qpdf_oh_is_dictionary(pdf->q, dict)) {
		dict = qpdf_oh_new_dictionary(pdf->q);
		qpdf_oh_replace_key(pdf->q, in, key, dict);
	}
	return dict;
}

static enum err
read_words(struct pixels_reader *r, struct buf *text)
{
	struct pixels_word word;
	uint32_t n = 0;
	enum err err;

	if ((err = pixels_words_next(r)) == OK)
		err = pixels_words(r, &n);
	for (uint32_t i = 0; err == OK && i < n; i++)
		if ((err = pixels_word(r, &word)) == OK)
			err = pdf_words_put(&word, r->height, text);
	return err;
}

/* The drawing may leave its state in any way: it is put in q and Q. */
static enum err
put_content(const struct pixels_reader *r, struct span old, struct span text,
    struct buf *out)
{
	int64_t size = (int64_t)72 * 1000000 / r->dpi;
	enum err err;

	if ((err = buf_add_str(out, "q\n")) == OK &&
	    (err = buf_add(out, old)) == OK &&
	    (err = buf_add_str(out, "\nQ\nq ")) == OK &&
	    (err = pdf_put_number(out, size)) == OK &&
	    (err = buf_add_str(out, " 0 0 ")) == OK &&
	    (err = pdf_put_number(out, size)) == OK &&
	    (err = buf_add_str(out, " 0 0 cm BT 3 Tr\n")) == OK &&
	    (err = buf_add(out, text)) == OK)
		err = buf_add_str(out, "ET Q\n");
	return err;
}

static enum err
add_content(struct pdf_layer *layer, struct pdf *pdf, qpdf_oh content,
    struct span text)
{
	QPDF_BOOL filtered = QPDF_FALSE;
	unsigned char *old = NULL;
	struct buf new;
	size_t len = 0;
	enum err err = OK;

	buf_init(&new, CONTENT_BYTES_MAX);
	(void)qpdf_oh_get_stream_data(pdf->q, content, qpdf_dl_all,
	    &filtered, &old, &len);
	if (pdf_failed(pdf) || !filtered)
		err = pdf_trouble(pdf, ERR_INPUT, "content of a page");
	if (err == OK && (err = put_content(&layer->words,
	    (struct span){ old, len }, text, &new)) == OK) {
		qpdf_oh_replace_stream_data(pdf->q, content, new.ptr,
		    new.len, qpdf_oh_new_null(pdf->q),
		    qpdf_oh_new_null(pdf->q));
		err = pdf_failed(pdf) ? pdf->err : OK;
	}
	free(old);
	buf_fini(&new);
	return err;
}

static enum err
add_text(struct pdf_layer *layer, struct pdf *pdf, qpdf_oh page,
    struct span text)
{
	qpdf_oh content = qpdf_oh_get_key(pdf->q, page, "/Contents");
	qpdf_oh fonts = dictionary(pdf, dictionary(pdf, page, "/Resources"),
	    "/Font");
	enum err err = OK;

	if (!pdf_failed(pdf) && qpdf_oh_is_stream(pdf->q, content) &&
	    !qpdf_oh_has_key(pdf->q, fonts, FONT) &&
	    (err = make_font(layer, pdf)) == OK) {
		qpdf_oh_replace_key(pdf->q, fonts, FONT, layer->font);
		err = add_content(layer, pdf, content, text);
	}
	return pdf_failed(pdf) ? pdf->err : err;
}

enum err
pdf_layer_add(struct pdf_layer *layer, struct pdf *pdf, qpdf_oh page)
{
	struct buf text;
	enum err err;

	if (!layer->there)
		return OK;
	buf_init(&text, TEXT_BYTES_MAX);
	err = read_words(&layer->words, &text);
	if (err == OK && text.len > 0)
		err = add_text(layer, pdf, page, buf_span(&text));
	buf_fini(&text);
	return err;
}
