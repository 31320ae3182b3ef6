/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields of forms. Those with an appearance become a stamp of it; a text
 * without one is given one. What is left of the others is said in words.
 */
#include <string.h>

#include "clean.h"
#include "pdf_field.h"
#include "report.h"

#define PARENTS_MAX	32
#define WORDS_BYTES_MAX	120	/* of a name or a value, as reported */
#define TEXT_BYTES_MAX	(64u * 1024)
#define VALUES_MAX	20	/* that are named */

#define FLAG_HIDDEN	2	/* of an annotation */
#define FLAG_PRINT	4
#define FLAG_NO_VIEW	32
#define FLAG_MULTILINE	(1 << 12)	/* of a field */
#define FLAG_PASSWORD	(1 << 13)
#define FLAG_BUTTON	(1 << 16)

/* A key of the field or of what it is a part of; to be released. */
static qpdf_oh
inherited(struct pdf *pdf, qpdf_oh field, const char *key)
{
	qpdf_oh at = qpdf_oh_new_object(pdf->q, field), next, value;

	value = pdf_get(pdf, at, key);
	for (unsigned i = 0; i < PARENTS_MAX && pdf->err == OK &&
	    qpdf_oh_is_null(pdf->q, value); i++) {
		next = pdf_get(pdf, at, "/Parent");
		qpdf_oh_release(pdf->q, at);
		qpdf_oh_release(pdf->q, value);
		at = next;
		value = pdf_get(pdf, at, key);
	}
	qpdf_oh_release(pdf->q, at);
	return value;
}

static bool
is_kind(struct pdf *pdf, qpdf_oh field, const char *name)
{
	qpdf_oh kind = inherited(pdf, field, "/FT");
	bool is = pdf->err == OK &&
	    qpdf_oh_is_name_and_equals(pdf->q, kind, name);

	qpdf_oh_release(pdf->q, kind);
	return is;
}

static long long
flags_of(struct pdf *pdf, qpdf_oh field, const char *key)
{
	qpdf_oh value = inherited(pdf, field, key);
	long long n = 0;

	if (!qpdf_oh_get_value_as_longlong(pdf->q, value, &n))
		n = 0;
	qpdf_oh_release(pdf->q, value);
	return n;
}

static bool
has_flag(struct pdf *pdf, qpdf_oh field, const char *key, long long flags)
{
	return (flags_of(pdf, field, key) & flags) != 0;
}

/*
 * The renderer draws what would be printed. What a form says on the screen
 * only is no less a part of it, but for its buttons.
 */
static void
make_printed(struct pdf *pdf, qpdf_oh field)
{
	long long flags = flags_of(pdf, field, "/F");

	if ((flags & (FLAG_HIDDEN | FLAG_NO_VIEW)) == 0 &&
	    !has_flag(pdf, field, "/Ff", FLAG_BUTTON) && !pdf_failed(pdf))
		qpdf_oh_replace_key(pdf->q, field, "/F",
		    qpdf_oh_new_integer(pdf->q, flags | FLAG_PRINT));
}

/* One line of what a stranger wrote, cut. */
static enum err
add_words(struct span s, struct buf *out)
{
	struct buf line;
	size_t len;
	enum err err;

	buf_init(&line, 4 * TEXT_BYTES_MAX);
	err = clean_text(span_sub(s, 0, TEXT_BYTES_MAX), CLEAN_HEADER, &line,
	    NULL);
	len = line.len;
	if (len > WORDS_BYTES_MAX)
		for (len = WORDS_BYTES_MAX; (line.ptr[len] & 0xc0) == 0x80;
		    len--)
			;
	if (err == OK)
		err = buf_add(out, span_sub(buf_span(&line), 0, len));
	if (err == OK && len < line.len)
		err = buf_add_str(out, "…");
	buf_fini(&line);
	return err;
}

static struct span
words_of(struct pdf *pdf, qpdf_oh oh)
{
	const char *bytes = NULL;
	size_t len = 0;

	if (qpdf_oh_get_value_as_utf8(pdf->q, oh, &bytes, &len) &&
	    bytes != NULL)
		return (struct span){ (const uint8_t *)bytes, len };
	if (qpdf_oh_get_value_as_name(pdf->q, oh, &bytes, &len) &&
	    bytes != NULL && len > 0)
		return (struct span){ (const uint8_t *)bytes + 1, len - 1 };
	return (struct span){ NULL, 0 };
}

static unsigned
items_of(struct span list, const char *what)
{
	struct removed_item item;
	unsigned n = 0;

	while (removed_next(&list, &item))
		n += span_equal(item.what, span_str(what));
	return n;
}

/* Named while there are not too many of them. */
static enum err
count_words(struct pdf *pdf, const char *what, const struct buf *words)
{
	struct buf *list = &pdf->result->removed;
	enum err err = removed_add(list, what, 1,
	    items_of(buf_span(list), what) < VALUES_MAX ? buf_span(words) :
	    SPAN("…"));

	return err == OK ? OK : pdf_trouble(pdf, err,
	    "list of what was removed");
}

/* ---- signatures ---- */

static void
count_signer(struct pdf *pdf, qpdf_oh signature)
{
	struct buf name, words;

	buf_init(&name, 4 * TEXT_BYTES_MAX);
	buf_init(&words, 4 * WORDS_BYTES_MAX);
	/* too long a name is none */
	if (pdf_signer(pdf, signature, &name) == OK && name.len > 0 &&
	    add_words(buf_span(&name), &words) == OK && words.len > 0)
		(void)count_words(pdf, "signer", &words);
	buf_fini(&name);
	buf_fini(&words);
}

/* ---- values ---- */

/* "name: value", where somebody was to see it. */
static void
count_value(struct pdf *pdf, qpdf_oh field, qpdf_oh value)
{
	qpdf_oh name = inherited(pdf, field, "/T");
	struct buf words;
	enum err err;

	buf_init(&words, 4 * WORDS_BYTES_MAX);
	err = add_words(words_of(pdf, name), &words);
	if (err == OK && words.len > 0)
		err = buf_add_str(&words, ": ");
	if (err == OK)
		err = add_words(words_of(pdf, value), &words);
	if (err == OK)
		(void)count_words(pdf, "form-value", &words);
	buf_fini(&words);
	qpdf_oh_release(pdf->q, name);
}

/* Copied, as the next call may move it. */
static enum err
copy_words(struct pdf *pdf, qpdf_oh oh, struct buf *out)
{
	return pdf->err == OK ? buf_add(out, span_sub(words_of(pdf, oh), 0,
	    TEXT_BYTES_MAX)) : pdf->err;
}

/* Words of a text: drawn, as nobody else will do it. */
static bool
draw_value(struct pdf *pdf, qpdf_oh field, qpdf_oh value, bool *whole)
{
	qpdf_oh style = inherited(pdf, field, "/DA");
	qpdf_oh q = inherited(pdf, field, "/Q");
	struct buf words, da;
	int quadding = 0;

	if (!qpdf_oh_get_value_as_int(pdf->q, q, &quadding) ||
	    quadding < 0 || quadding > 2)
		quadding = 0;
	buf_init(&words, TEXT_BYTES_MAX);
	buf_init(&da, TEXT_BYTES_MAX);
	*whole = copy_words(pdf, value, &words) == OK &&
	    copy_words(pdf, style, &da) == OK &&
	    pdf_field_draw(pdf, field, &(struct pdf_field_text){
	    .words = buf_span(&words), .style = buf_span(&da),
	    .quadding = quadding,
	    .many = has_flag(pdf, field, "/Ff", FLAG_MULTILINE) });
	buf_fini(&words);
	buf_fini(&da);
	qpdf_oh_release(pdf->q, q);
	qpdf_oh_release(pdf->q, style);
	return pdf->err == OK && pdf_has(pdf, field, "/AP");
}

/* Without an appearance: can it be drawn all the same? */
static bool
keep_value(struct pdf *pdf, qpdf_oh field)
{
	qpdf_oh value = inherited(pdf, field, "/V");
	bool text = is_kind(pdf, field, "/Tx") ||
	    is_kind(pdf, field, "/Ch"), kept = false, whole = false;

	if (pdf->err == OK && words_of(pdf, value).len > 0 &&
	    !qpdf_oh_is_name_and_equals(pdf->q, value, "/Off") &&
	    !has_flag(pdf, field, "/F", FLAG_HIDDEN | FLAG_NO_VIEW) &&
	    !(text && has_flag(pdf, field, "/Ff", FLAG_PASSWORD))) {
		kept = text && qpdf_oh_is_string(pdf->q, value) &&
		    draw_value(pdf, field, value, &whole);
		if (!whole && pdf->err == OK)
			count_value(pdf, field, value);
	}
	qpdf_oh_release(pdf->q, value);
	return kept;
}

bool
pdf_field(struct pdf *pdf, qpdf_oh annotation)
{
	qpdf_oh value = inherited(pdf, annotation, "/V");
	bool signature = is_kind(pdf, annotation, "/Sig") &&
	    !qpdf_oh_is_null(pdf->q, value), kept;

	pdf_removed(pdf, signature ? "signature" : "form-field", 1);
	if (signature && !pdf_failed(pdf))
		count_signer(pdf, value);
	qpdf_oh_release(pdf->q, value);
	if (pdf_failed(pdf))
		return false;
	kept = pdf_has(pdf, annotation, "/AP") ||
	    (!signature && keep_value(pdf, annotation));
	if (kept) {
		make_printed(pdf, annotation);
		qpdf_oh_replace_key(pdf->q, annotation, "/Subtype",
		    qpdf_oh_new_name(pdf->q, "/Stamp"));
	}
	return !pdf_failed(pdf) && kept;
}
