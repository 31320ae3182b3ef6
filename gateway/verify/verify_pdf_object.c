/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The value of one object of a PDF: the one way of writing it, the keys of
 * its class, and for each reference of which class its object must be.
 */
#include <string.h>

#include "verify_pdf.h"
#include "verify_pdf_token.h"
#include "verify_value.h"

struct parser {
	struct pdf_reader *pdf;
	struct span	 s;		/* what is left */
	unsigned	 depth;
	bool		 stream;	/* the dict at depth 1 has one */
	struct diag	*diag;
};

static enum err read_value(struct parser *p, enum pdf_kind kind,
    const struct pdf_key *key);

/* ---- references ---- */

enum err
pdf_reader_refer(struct pdf_reader *pdf, uint64_t number, enum pdf_kind kind,
    struct diag *diag)
{
	uint8_t *is;

	if (number > VERIFY_PDF_OBJECTS_MAX || kind == KIND_NONE)
		return refuse(diag, "a reference that is not allowed");
	is = &pdf->kinds[number];
	if (number > pdf->highest)
		pdf->highest = (uint32_t)number;
	if (*is == kind)
		return OK;
	if (kind == KIND_XOBJECT && (*is == KIND_IMAGE || *is == KIND_FORM))
		return OK;
	/* An object behind this one may still turn out to be what is meant. */
	if (number > pdf->objects && (*is == KIND_NONE ||
	    (*is == KIND_XOBJECT && (kind == KIND_IMAGE ||
	    kind == KIND_FORM)))) {
		*is = (uint8_t)kind;
		return OK;
	}
	return refuse(diag, "a reference to an object of another class");
}

/* ---- arrays ---- */

/* Array of plain values, nested or not. */
static enum err
read_plain_array(struct parser *p)
{
	bool first = true;
	enum err err = OK;

	if (++p->depth > VERIFY_PDF_DEPTH_MAX)
		return refuse(p->diag, "values nested too deeply");
	p->s = span_sub(p->s, 1, p->s.len);
	while (err == OK && !take_literal(&p->s, "]")) {
		if (!first && !take_literal(&p->s, " "))
			return refuse(p->diag, "damaged array");
		first = false;
		err = read_value(p, KIND_NONE, NULL);
	}
	p->depth--;
	return err;
}

static enum err
read_array(struct parser *p, enum pdf_kind kind)
{
	bool first = true;
	enum err err = OK;

	p->s = span_sub(p->s, 1, p->s.len);
	while (err == OK && !take_literal(&p->s, "]")) {
		if (!first && !take_literal(&p->s, " "))
			return refuse(p->diag, "damaged array");
		first = false;
		err = read_value(p, kind, NULL);
	}
	return err;
}

/* [/Indexed /DeviceRGB 255 <rrggbb...>] */
static enum err
read_palette(struct parser *p)
{
	struct pdf_facts *f = &p->pdf->facts;
	struct pdf_token n, s;

	if (!take_literal(&p->s, "[/Indexed /DeviceRGB "))
		return refuse(p->diag, "a kind of colours not allowed");
	n = pdf_token_take(&p->s);
	if (n.kind != 'n' || n.number > 255 || !take_literal(&p->s, " "))
		return refuse(p->diag, "damaged palette");
	s = pdf_token_take(&p->s);
	if (s.kind != 's' || s.text.len != 2 + (n.number + 1) * 6 ||
	    !take_literal(&p->s, "]"))
		return refuse(p->diag, "damaged palette");
	f->components = 1;
	return OK;
}

/* ---- dictionaries ---- */

static bool
is_one_of(struct span text, const char *list)
{
	struct span rest = span_str(list), one;

	do {
		(void)span_cut(&rest, ' ', &one);
		if (span_equal(text, one))
			return true;
	} while (rest.len > 0);
	return false;
}

/* What the stream needs of a value in the dict at the top. */
static enum err
note(struct parser *p, const struct pdf_key *key, const struct pdf_token *t)
{
	static const struct { const char *name; size_t at; } numbers[] = {
		{ "Length", offsetof(struct pdf_facts, length) },
		{ "Width", offsetof(struct pdf_facts, width) },
		{ "Height", offsetof(struct pdf_facts, height) },
		{ "BitsPerComponent", offsetof(struct pdf_facts, bits) },
		{ "FunctionType", offsetof(struct pdf_facts, type) },
		{ "PatternType", offsetof(struct pdf_facts, type) },
		{ "ShadingType", offsetof(struct pdf_facts, type) },
	};
	struct pdf_facts *f = &p->pdf->facts;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (strcmp(key->name, numbers[i].name) == 0) {
			if (t->kind != 'n' || t->number == UINT64_MAX)
				return refuse(p->diag, "not a number");
			memcpy((uint8_t *)f + numbers[i].at, &t->number,
			    sizeof(t->number));
		}
	if (strcmp(key->name, "Filter") == 0)
		f->dct = span_equal(t->text, SPAN("/DCTDecode"));
	if (strcmp(key->name, "ImageMask") == 0)
		f->mask = t->kind == 't';
	if (strcmp(key->name, "ColorSpace") == 0 && t->kind == '/')
		f->components = span_equal(t->text, SPAN("/DeviceGray")) ? 1 :
		    span_equal(t->text, SPAN("/DeviceRGB")) ? 3 : 4;
	if (strcmp(key->name, "ColorSpace") == 0 && t->kind == 'r')
		f->components = 1;	/* a palette: there is nothing else */
	return OK;
}

/* [0 0 x y], both above 0 */
static enum err
read_media_box(struct parser *p)
{
	bool good = take_literal(&p->s, "[0 0");

	for (unsigned i = 0; i < 2 && good; i++) {
		struct span whole, rest;
		struct pdf_token t;
		uint64_t n;

		good = take_literal(&p->s, " ");
		t = pdf_token_take(&p->s);
		rest = t.text;
		(void)span_cut(&rest, '.', &whole);
		good = good && t.kind == 'n' && span_decimal(whole,
		    VERIFY_PDF_POINTS_MAX - (rest.len > 0), &n) &&
		    (n > 0 || rest.len > 0);
	}
	return good && take_literal(&p->s, "]") ? OK :
	    refuse(p->diag, "size of a page");
}

static enum err
refuse_key(struct parser *p, struct span name)
{
	return diag_set(p->diag, ERR_INPUT, "key /%.*s is not allowed here",
	    (int)name.len, (const char *)name.ptr);
}

/* Behind the name of a key: its value. */
static enum err
read_entry(struct parser *p, enum pdf_kind kind, struct span name,
    const struct pdf_key **key)
{
	enum pdf_kind child = pdf_reader_map(kind);
	bool blank = take_literal(&p->s, " ");
	uint8_t c = p->s.len > 0 ? p->s.ptr[0] : 0;

	if (blank != (ascii_is_digit(c) || c == '-' || c == 't' ||
	    c == 'f' || c == 'n'))
		return refuse(p->diag, "blank before a value");
	*key = NULL;
	if (child != KIND_NONE)
		return read_value(p, child, NULL);
	if ((*key = pdf_reader_key(kind, name)) == NULL)
		return refuse_key(p, name);
	if (((*key)->flags & KEY_STREAM) != 0 &&
	    (!p->stream || p->depth != 1))
		return refuse_key(p, name);
	if (kind == KIND_PAGE && span_equal(name, SPAN("MediaBox")))
		return read_media_box(p);
	if ((*key)->child == KIND_LINK && c != '[')
		return refuse(p->diag, "links of a page");
	if (kind == KIND_PAGE && span_equal(name, SPAN("Parent")))
		return take_literal(&p->s, "2 0 R") ? OK :
		    refuse(p->diag, "parent of a page");
	return read_value(p, (*key)->child, *key);
}

/* Do a and b ascend? */
static bool
ascend(struct span a, struct span b)
{
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return order < 0 || (order == 0 && a.len < b.len);
}

static enum err
read_dict(struct parser *p, enum pdf_kind kind)
{
	uint8_t bytes[2][PDF_TOKEN_BYTES_MAX];
	size_t len[2] = { 0, 0 };
	const struct pdf_key *key = NULL;
	unsigned must, had = 0, at = 0;
	enum err err = OK;

	if (++p->depth > VERIFY_PDF_DEPTH_MAX)
		return refuse(p->diag, "values nested too deeply");
	must = pdf_reader_keys(kind, KEY_MUST |
	    (p->stream && p->depth == 1 ? KEY_STREAM : 0));
	if (!take_literal(&p->s, "<<"))
		return refuse(p->diag, "no dictionary where one must be");
	for (bool first = true; err == OK && !take_literal(&p->s, ">>");
	    first = false, at ^= 1) {
		struct span name = { bytes[at], 0 };

		if (p->s.len == 0 || p->s.ptr[0] != '/' ||
		    pdf_token_name(p->s, bytes[at], &len[at]) == 0)
			return refuse(p->diag, "damaged dictionary");
		name.len = len[at];
		if (!first && !ascend((struct span){ bytes[at ^ 1],
		    len[at ^ 1] }, name))
			return refuse(p->diag, "order of keys");
		(void)pdf_token_take(&p->s);
		err = read_entry(p, kind, name, &key);
		had += key != NULL && (key->flags & (KEY_MUST |
		    KEY_STREAM)) != 0;
	}
	p->depth--;
	if (err == OK && had != must)
		return refuse(p->diag, "a key is missing");
	return err;
}

/* ---- values ---- */

/* Some types are streams, the others are not. */
static bool
type_fits(struct parser *p, const struct pdf_key *key, struct span text)
{
	static const struct { const char *name, *texts[2]; } types[] = {
		{ "FunctionType", { "2 3", "0 4" } },
		{ "PatternType", { "2", "1" } },
		{ "ShadingType", { "1 2 3", "4 5 6 7" } },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(types[i].name, key->name) == 0)
			return is_one_of(text,
			    types[i].texts[p->stream && p->depth == 1]);
	return true;
}

static enum err
read_token(struct parser *p, enum pdf_kind kind, const struct pdf_key *key)
{
	struct pdf_token t = pdf_token_take(&p->s);
	enum err err = OK;

	if (t.kind == 0)
		return refuse(p->diag, "damaged value");
	if (t.kind == 'r')
		err = pdf_reader_refer(p->pdf, t.number, kind, p->diag);
	else if (kind == KIND_SPACE && key == NULL)
		err = is_one_of(t.text, "/DeviceRGB /DeviceGray /DeviceCMYK "
		    "/Pattern") ? OK : refuse(p->diag, "kind of colours");
	else if (kind != KIND_NONE && (key == NULL ||
	    (key->flags & KEY_NAME) == 0))
		err = refuse(p->diag, "no dictionary where one must be");
	else if (key != NULL && ((key->texts != NULL &&
	    !is_one_of(t.text, key->texts)) || !type_fits(p, key, t.text)))
		err = diag_set(p->diag, ERR_INPUT, "value of /%s", key->name);
	if (err == OK && key != NULL && p->depth == 1)
		err = note(p, key, &t);
	return err;
}

static enum err
read_value(struct parser *p, enum pdf_kind kind, const struct pdf_key *key)
{
	bool dict = span_begins(p->s, SPAN("<<"));

	if (span_begins(p->s, SPAN("["))) {
		if (kind == KIND_SPACE)
			return read_palette(p);
		if (kind == KIND_NONE && (key == NULL || key->texts == NULL))
			return read_plain_array(p);
		if (key != NULL && (key->flags & KEY_MANY) != 0)
			return read_array(p, kind);
		return refuse(p->diag, "an array that is not allowed");
	}
	if (!dict)
		return read_token(p, kind, key);
	if (kind == KIND_NONE || kind == KIND_SPACE || kind == KIND_PAGES ||
	    kind >= KIND_LINK || pdf_reader_streams(kind) == 1)
		return refuse(p->diag, "a dictionary that is not allowed");
	return read_dict(p, kind);
}

enum err
pdf_reader_value(struct pdf_reader *pdf, struct span value, bool stream,
    struct diag *diag)
{
	struct parser p = { pdf, value, 0, stream, diag };
	unsigned streams;
	enum err err;

	pdf->facts = (struct pdf_facts){ .dct = false };
	if (pdf->kind == KIND_XOBJECT)
		pdf->kind = span_find(value, SPAN("/Subtype/Image/")) <
		    value.len ? KIND_IMAGE : KIND_FORM;
	streams = pdf_reader_streams(pdf->kind);
	if (streams != 2 && streams != stream)
		return refuse(diag, stream ? "a stream of that class" :
		    "no stream where one must be");
	if (pdf->kind == KIND_LINK)
		return pdf_reader_link(pdf, value, diag);
	if (pdf->kind == KIND_OUTLINES || pdf->kind == KIND_BOOKMARK)
		return pdf_reader_outline(pdf, value, diag);
	if (pdf->kind == KIND_SPACE)
		err = read_palette(&p);
	else
		err = read_dict(&p, pdf->kind);
	if (err == OK && p.s.len > 0)
		err = refuse(diag, "bytes behind a value");
	return err;
}
