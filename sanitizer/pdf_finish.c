/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The drawn PDF to a safe one: its pages pruned once more, each value written
 * by us in one form, each stream decoded and packed anew, each JPEG decoded
 * and encoded anew, as the drawing has the original's bytes in it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "pdf_finish.h"
#include "pdf_jpeg.h"
#include "pdf_layer.h"
#include "pdf_object.h"
#include "pdf_write.h"

#define VALUE_BYTES_MAX	(16u * 1024 * 1024)
#define VALUE_DEPTH_MAX	32
#define QUALITY		85
#define NAME_BYTES_MAX	127

struct finish {
	struct pdf	 pdf;
	struct pdf_writer w;
	uint32_t	 next;		/* number for the next new object */
	struct buf	 numbers;	/* u32 by old number; 0: none yet */
	struct buf	 queue;		/* qpdf_oh of objects to be written */
	struct buf	 text;
	struct pdf_layer *layer;
};

/* ---- values ---- */

static enum err put_value(struct finish *f, qpdf_oh oh, struct buf *out,
    unsigned depth);

static enum err
put_name(struct finish *f, const char *name, struct buf *out)
{
	static const char plain[] = "-_+.,*";
	enum err err = buf_add_byte(out, '/');
	uint8_t c;

	if (strlen(name) > NAME_BYTES_MAX)
		return pdf_trouble(&f->pdf, ERR_LIMIT, "long name");
	for (name++; *name != '\0' && err == OK; name++) {
		c = (uint8_t)*name;
		if (ascii_is_alpha(c) || ascii_is_digit(c) ||
		    strchr(plain, c) != NULL)
			err = buf_add_byte(out, c);
		else
			err = buf_printf(out, "#%02X", c);
	}
	return err;
}

/* "-12.5" in millionths; what is finer is cut off. */
static int64_t
millionths(const char *text)
{
	bool minus = *text == '-';
	int64_t n = 0;
	int digits = 0;

	text += *text == '-' || *text == '+';
	for (; ascii_is_digit((uint8_t)*text); text++)
		if (n < INT64_C(1000000000000))
			n = n * 10 + (*text - '0');
	for (text += *text == '.'; digits < 6; digits++) {
		n *= 10;
		if (n < INT64_MAX / 100 && ascii_is_digit((uint8_t)*text))
			n += *text++ - '0';
	}
	return minus ? -n : n;
}

static enum err
put_string(struct finish *f, qpdf_oh oh, struct buf *out)
{
	const char *bytes = NULL;
	size_t len = 0;
	enum err err;

	(void)qpdf_oh_get_value_as_string(f->pdf.q, oh, &bytes, &len);
	if (pdf_failed(&f->pdf))
		return f->pdf.err;
	err = buf_add_byte(out, '<');
	for (size_t i = 0; i < len && err == OK; i++)
		err = buf_printf(out, "%02x", (uint8_t)bytes[i]);
	return err == OK ? buf_add_byte(out, '>') : err;
}

static enum err
put_array(struct finish *f, qpdf_oh oh, struct buf *out, unsigned depth)
{
	int n = qpdf_oh_get_array_n_items(f->pdf.q, oh);
	enum err err = buf_add_byte(out, '[');
	qpdf_oh item;

	for (int i = 0; i < n && err == OK && !pdf_failed(&f->pdf); i++) {
		if (i > 0)
			err = buf_add_byte(out, ' ');
		item = qpdf_oh_get_array_item(f->pdf.q, oh, i);
		if (err == OK && !pdf_failed(&f->pdf))
			err = put_value(f, item, out, depth + 1);
	}
	return err == OK ? buf_add_byte(out, ']') : err;
}

/* Written by us, or of what this shape does not have. */
static bool
is_ours(const char *key)
{
	static const char *const keys[] = { "/Length", "/Filter",
		"/DecodeParms", "/Parent", "/OC", "/Properties", "/Annots",
		"/UserUnit" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* The entries that lie after "from" and before "to" in the order of keys. */
static enum err
put_entries(struct finish *f, qpdf_oh dict, const char *from, const char *to,
    struct buf *out, unsigned depth)
{
	struct buf keys;
	const char *key;
	qpdf_oh value;
	size_t at, mark;
	enum err err = OK;

	buf_init(&keys, VALUE_BYTES_MAX);
	qpdf_oh_begin_dict_key_iter(f->pdf.q, dict);
	while (!pdf_failed(&f->pdf) && err == OK &&
	    qpdf_oh_dict_more_keys(f->pdf.q)) {
		key = qpdf_oh_dict_next_key(f->pdf.q);
		if (strcmp(key, from) > 0 && strcmp(key, to) < 0 &&
		    !is_ours(key))
			err = buf_add(&keys, (struct span){
			    (const uint8_t *)key, strlen(key) + 1 });
	}
	for (at = 0; at < keys.len && err == OK && f->pdf.err == OK;
	    at += strlen(key) + 1) {
		key = (const char *)keys.ptr + at;
		value = qpdf_oh_get_key(f->pdf.q, dict, key);
		if (pdf_failed(&f->pdf) ||
		    (err = put_name(f, key, out)) != OK ||
		    (err = buf_add_byte(out, ' ')) != OK)
			break;
		mark = out->len;
		err = put_value(f, value, out, depth + 1);
		/* no blank before what shows its own begin */
		if (err == OK && mark < out->len &&
		    strchr("/[<", out->ptr[mark]) != NULL) {
			memmove(out->ptr + mark - 1, out->ptr + mark,
			    out->len - mark);
			buf_truncate(out, out->len - 1);
		}
	}
	buf_fini(&keys);
	return err == OK ? f->pdf.err : err;
}

static enum err
put_reference(struct finish *f, qpdf_oh oh, int id, struct buf *out)
{
	size_t need = ((size_t)id + 1) * sizeof(uint32_t);
	uint32_t number;
	uint8_t *room, *at;

	if (need > f->numbers.len) {
		need -= f->numbers.len;
		if (buf_reserve(&f->numbers, need, &room) != OK)
			return ERR_LIMIT;
		memset(room, 0, need);
		f->numbers.len += need;
	}
	at = f->numbers.ptr + (size_t)id * sizeof(number);
	memcpy(&number, at, sizeof(number));
	if (number == 0) {
		number = f->next++;
		memcpy(at, &number, sizeof(number));
		if (buf_add(&f->queue, (struct span){ (const void *)&oh,
		    sizeof(oh) }) != OK)
			return ERR_LIMIT;
	}
	return buf_printf(out, "%" PRIu32 " 0 R", number);
}

static enum err
put_direct(struct finish *f, qpdf_oh oh, struct buf *out, unsigned depth)
{
	qpdf_data q = f->pdf.q;
	enum err err;

	switch (qpdf_oh_get_type_code(q, oh)) {
	case ot_boolean:
		return buf_add_str(out, qpdf_oh_get_bool_value(q, oh) ?
		    "true" : "false");
	case ot_integer:
		return buf_printf(out, "%lld", qpdf_oh_get_int_value(q, oh));
	case ot_real:
		return pdf_put_number(out,
		    millionths(qpdf_oh_get_real_value(q, oh)));
	case ot_string:
		return put_string(f, oh, out);
	case ot_name:
		return put_name(f, qpdf_oh_get_name(q, oh), out);
	case ot_array:
		return put_array(f, oh, out, depth);
	case ot_dictionary:
		err = buf_add_str(out, "<<");
		if (err == OK)
			err = put_entries(f, oh, "", "~", out, depth);
		return err == OK ? buf_add_str(out, ">>") : err;
	default:
		return buf_add_str(out, "null");
	}
}

static enum err
put_value(struct finish *f, qpdf_oh oh, struct buf *out, unsigned depth)
{
	int id = qpdf_oh_get_object_id(f->pdf.q, oh);

	if (pdf_failed(&f->pdf))
		return f->pdf.err;
	if (depth > VALUE_DEPTH_MAX || id >= PDF_OBJECTS_MAX)
		return pdf_trouble(&f->pdf, ERR_LIMIT, "nested too deeply");
	if (id > 0 && !qpdf_oh_is_null(f->pdf.q, oh))
		return put_reference(f, oh, id, out);
	return put_direct(f, oh, out, depth);
}

/* ---- streams ---- */

static uint64_t
number_of(struct finish *f, qpdf_oh dict, const char *key)
{
	qpdf_oh value = qpdf_oh_get_key(f->pdf.q, dict, key);
	long long n = 0;

	if (pdf_failed(&f->pdf) ||
	    !qpdf_oh_get_value_as_longlong(f->pdf.q, value, &n) || n < 0)
		n = 0;
	qpdf_oh_release(f->pdf.q, value);
	return (uint64_t)n;
}

static bool
is_jpeg(struct finish *f, qpdf_oh dict)
{
	qpdf_oh filter = qpdf_oh_get_key(f->pdf.q, dict, "/Filter");
	bool jpeg = !pdf_failed(&f->pdf) &&
	    qpdf_oh_is_or_has_name(f->pdf.q, filter, "/DCTDecode");

	qpdf_oh_release(f->pdf.q, filter);
	return jpeg && !pdf_failed(&f->pdf);
}

/* Samples of a JPEG: to JPEG again where it knows their colours. */
static enum err
pack(struct finish *f, qpdf_oh dict, struct span data, bool *dct,
    struct buf *packed)
{
	uint64_t width = number_of(f, dict, "/Width");
	uint64_t height = number_of(f, dict, "/Height");

	if (*dct && width > 0 && width <= IMAGE_SIDE_MAX && height > 0 &&
	    height <= IMAGE_SIDE_MAX)
		for (int n = 1; n <= 3; n += 2)
			if (data.len == width * height * (unsigned)n)
				return pdf_jpeg(data.ptr, (uint32_t)width,
				    (uint32_t)height, n, QUALITY, packed);
	*dct = false;
	return pdf_deflate(data, packed);
}

static enum err
write_stream(struct finish *f, qpdf_oh stream)
{
	qpdf_oh dict = qpdf_oh_get_dict(f->pdf.q, stream);
	struct buf before, middle, behind, packed;
	bool dct = is_jpeg(f, dict);
	QPDF_BOOL filtered = QPDF_FALSE;
	unsigned char *data = NULL;
	size_t len = 0;
	enum err err = OK;

	buf_init(&before, VALUE_BYTES_MAX);
	buf_init(&middle, VALUE_BYTES_MAX);
	buf_init(&behind, VALUE_BYTES_MAX);
	buf_init(&packed, IMAGE_WORK_BYTES_MAX);
	(void)qpdf_oh_get_stream_data(f->pdf.q, stream, qpdf_dl_all,
	    &filtered, &data, &len);
	if (pdf_failed(&f->pdf) || !filtered)
		err = pdf_trouble(&f->pdf, ERR_INPUT,
		    "a picture that is not decoded here");
	if (err == OK &&
	    (err = pack(f, dict, (struct span){ data, len }, &dct, &packed))
	    == OK && (err = put_entries(f, dict, "", "/Filter", &before, 0))
	    == OK && (err = put_entries(f, dict, "/Filter", "/Length",
	    &middle, 0)) == OK &&
	    (err = put_entries(f, dict, "/Length", "~", &behind, 0)) == OK)
		err = pdf_write_stream(&f->w, &(struct pdf_stream){
		    .before = buf_span(&before), .dct = dct,
		    .middle = buf_span(&middle), .behind = buf_span(&behind),
		    .data = buf_span(&packed) });
	free(data);
	buf_fini(&before);
	buf_fini(&middle);
	buf_fini(&behind);
	buf_fini(&packed);
	return err;
}

/* ---- the document ---- */

static enum err
flush(struct finish *f)
{
	enum err err = pdf_write_value(&f->w, buf_span(&f->text));

	buf_clear(&f->text);
	return err;
}

static enum err
write_head(struct finish *f)
{
	enum err err;

	err = pdf_write_value(&f->w, SPAN("<</Pages 2 0 R/Type/Catalog>>"));
	if (err == OK)
		err = buf_printf(&f->text, "<</Count %d/Kids[", f->pdf.pages);
	for (int i = 0; i < f->pdf.pages && err == OK; i++)
		err = buf_printf(&f->text, "%s%d 0 R", i > 0 ? " " : "",
		    i + 3);
	if (err == OK)
		err = buf_add_str(&f->text, "]/Type/Pages>>");
	return err == OK ? flush(f) : err;
}

static enum err
write_page(struct finish *f, int number)
{
	qpdf_oh page = qpdf_get_page_n(f->pdf.q, (size_t)number);
	enum err err;

	snprintf(f->pdf.where, sizeof(f->pdf.where), "page %d", number + 1);
	f->pdf.content_bytes = f->pdf.operators = 0;
	if (pdf_failed(&f->pdf) ||
	    pdf_prune(&f->pdf, page, PDF_PAGE) != OK)
		return f->pdf.err;
	if ((err = pdf_layer_add(f->layer, &f->pdf, page)) == OK &&
	    (err = buf_add_str(&f->text, "<<")) == OK &&
	    (err = put_entries(f, page, "", "/Parent", &f->text, 0)) == OK &&
	    (err = buf_add_str(&f->text, "/Parent 2 0 R")) == OK &&
	    (err = put_entries(f, page, "/Parent", "~", &f->text, 0)) == OK)
		err = buf_add_str(&f->text, ">>");
	return err == OK ? flush(f) : err;
}

static enum err
write_queue(struct finish *f)
{
	enum err err = OK;
	qpdf_oh oh;

	for (size_t at = 0; at < f->queue.len && err == OK;
	    at += sizeof(oh)) {
		memcpy(&oh, f->queue.ptr + at, sizeof(oh));
		if (qpdf_oh_is_stream(f->pdf.q, oh)) {
			err = write_stream(f, oh);
		} else if ((err = put_direct(f, oh, &f->text, 0)) == OK) {
			err = flush(f);
		}
		qpdf_oh_release(f->pdf.q, oh);
		if (pdf_failed(&f->pdf))
			err = f->pdf.err;
	}
	return err;
}

static enum err
rewrite(struct finish *f, struct filter *out)
{
	enum err err;

	f->next = (uint32_t)f->pdf.pages + 3;
	if ((err = pdf_write_begin(&f->w, out)) == OK)
		err = write_head(f);
	for (int i = 0; i < f->pdf.pages && err == OK; i++)
		err = write_page(f, i);
	if (err == OK)
		err = write_queue(f);
	return err == OK ? pdf_write_end(&f->w) : err;
}

enum err
pdf_finish(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	static struct pdf_layer layer;		/* large */
	struct finish f = { .layer = &layer };
	struct convert_result forget = { 0 };
	struct input drawing;
	enum err err;

	(void)policy;
	/* what a drawing has too much is nothing that the sender sent */
	buf_init(&forget.removed, 32 * 1024);
	buf_init(&f.numbers, PDF_OBJECTS_MAX * sizeof(uint32_t));
	buf_init(&f.queue, PDF_OBJECTS_MAX * sizeof(qpdf_oh));
	buf_init(&f.text, VALUE_BYTES_MAX);
	err = pdf_layer_open(&layer, in, &drawing);
	if (err == OK)
		err = pdf_open(&f.pdf, &drawing, &forget);
	if (err == OK)
		err = rewrite(&f, out);
	pdf_write_fini(&f.w);
	pdf_close(&f.pdf);
	buf_fini(&f.numbers);
	buf_fini(&f.queue);
	buf_fini(&f.text);
	buf_fini(&forget.removed);
	memcpy(result->reason, forget.reason, sizeof(result->reason));
	result->pages = err == OK ? (uint32_t)f.pdf.pages : 0;
	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_PDF;
	return err;
}
