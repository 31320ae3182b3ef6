/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The drawn PDF to a safe one: its pages pruned once more, each value written
 * by us in one form, each stream decoded and packed anew, each JPEG decoded
 * and encoded anew, as the drawing has the original's bytes in it. Links and
 * bookmarks, of which a drawing has none, are put into it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "link_target.h"
#include "pdf_finish.h"
#include "pdf_jpeg.h"
#include "pdf_layer.h"
#include "pdf_link.h"
#include "pdf_object.h"
#include "pdf_outline.h"
#include "pdf_write.h"

#define VALUE_BYTES_MAX	(16u * 1024 * 1024)
#define VALUE_DEPTH_MAX	32
#define QUALITY		85
#define NAME_BYTES_MAX	127
#define SIDE_MAX	14400	/* of a page in points */
#define ANNOTATIONS_BYTES_MAX (64u * 1024 * 1024)

struct finish {
	struct pdf	 pdf;
	struct pdf_writer w;
	uint32_t	 next;		/* number for the next new object */
	struct buf	 numbers;	/* u32 by old number; 0: none yet */
	struct buf	 queue;		/* struct job: objects to be written */
	struct buf	 text;
	/* links, each read when its page is written */
	struct buf	 links;
	struct wire_reader links_rest;
	struct pdf_link	 link;		/* the next one */
	bool		 has_link;
	struct buf	 annotations;	/* their texts */
	struct buf	 marks;
	struct pdf_outline outline;
	struct pdf_layer *layer;
	struct input	 both, drawing;	/* with its words; alone */
};

/* An object of the drawing, or of ours: a text. */
struct job {
	qpdf_oh		oh;
	size_t		at, len;	/* len 0: it is oh */
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
enqueue(struct finish *f, const struct job *job)
{
	return buf_add(&f->queue, (struct span){ (const void *)job,
	    sizeof(*job) });
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
		if (enqueue(f, &(struct job){ .oh = oh }) != OK)
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

/* ---- links ---- */

static void
next_link(struct finish *f)
{
	f->has_link = pdf_link_next(&f->links_rest, &f->link);
}

/* In millionths of a point, and no finer than thousandths. */
static int64_t
on_page(int64_t size, uint32_t part)
{
	return (size * part / PDF_ONE + 500) / 1000 * 1000;
}

/* Its width and height in millionths of a point. */
static bool
page_size(struct finish *f, int number, int64_t size[2])
{
	qpdf_data q = f->pdf.q;
	qpdf_oh page = qpdf_get_page_n(q, (size_t)number);
	qpdf_oh box = pdf_get(&f->pdf, page, "/MediaBox"), item;
	bool is = pdf_items(&f->pdf, box) == 4;
	double value;

	for (int i = 0; i < 4 && is; i++) {
		item = qpdf_oh_get_array_item(q, box, i);
		is = !pdf_failed(&f->pdf) &&
		    qpdf_oh_get_value_as_number(q, item, &value) &&
		    (i < 2 ? value == 0 : value > 0 && value <= SIDE_MAX);
		if (is && i >= 2)
			size[i - 2] = (int64_t)(value * 1000) * 1000;
		qpdf_oh_release(q, item);
	}
	qpdf_oh_release(q, box);
	qpdf_oh_release(q, page);
	return is;
}

/* /Dest[3 0 R /XYZ 0 700 0]: the zoom is left as it is. */
static enum err
put_place(void *arg, const struct pdf_place *to, struct buf *out)
{
	struct finish *f = arg;
	int64_t size[2];
	enum err err;

	if (to->page >= (uint32_t)f->pdf.pages)
		return OK;
	err = buf_printf(out, "/Dest[%" PRIu32 " 0 R ", to->page + 3);
	if (err != OK || to->y == PDF_NOWHERE ||
	    !page_size(f, (int)to->page, size))
		return err == OK ? buf_add_str(out, "/Fit]") : err;
	if ((err = buf_add_str(out, "/XYZ ")) == OK &&
	    (err = pdf_put_number(out, on_page(size[0], to->x))) == OK &&
	    (err = buf_add_byte(out, ' ')) == OK &&
	    (err = pdf_put_number(out, on_page(size[1], to->y))) == OK)
		err = buf_add_str(out, " 0]");
	return err;
}

static enum err
put_rect(const int64_t rect[4], struct buf *out)
{
	enum err err = buf_add_str(out, "/Rect[");

	for (unsigned i = 0; i < 4 && err == OK; i++)
		if (i == 0 || (err = buf_add_byte(out, ' ')) == OK)
			err = pdf_put_number(out, rect[i]);
	return err == OK ? buf_add_byte(out, ']') : err;
}

/* The list comes from a child that may lie: the target is checked again. */
static enum err
put_uri(struct span uri, struct buf *out)
{
	char checked[LINK_TARGET_BYTES_MAX];
	size_t len;
	enum err err;

	if (!link_target(uri, checked, &len))
		return ERR_INPUT;
	uri = (struct span){ (const uint8_t *)checked, len };
	err = buf_add_str(out, "/A<</S/URI/Type/Action/URI<");
	for (size_t i = 0; i < uri.len && err == OK; i++)
		err = buf_printf(out, "%02x", uri.ptr[i]);
	return err == OK ? buf_add_str(out, ">>>/Border[0 0 0]") : err;
}

/* What is too small to be hit, or leads nowhere, is left out. */
static enum err
put_link(struct finish *f, const struct pdf_link *link,
    const int64_t size[2], bool *first)
{
	const int64_t rect[4] = { on_page(size[0], link->left),
		on_page(size[1], link->bottom), on_page(size[0], link->right),
		on_page(size[1], link->top) };
	struct buf *out = &f->annotations;
	struct job job = { .at = out->len };
	enum err err;

	if (rect[0] >= rect[2] || rect[1] >= rect[3] || (link->uri.len == 0 &&
	    link->to.page >= (uint32_t)f->pdf.pages))
		return OK;
	if ((err = buf_add_str(out, "<<")) != OK)
		return err;
	if (link->uri.len > 0)
		err = put_uri(link->uri, out);
	else if ((err = buf_add_str(out, "/Border[0 0 0]")) == OK)
		err = put_place(f, &link->to, out);
	if (err == OK && (err = put_rect(rect, out)) == OK)
		err = buf_add_str(out, "/Subtype/Link/Type/Annot>>");
	job.len = out->len - job.at;
	if (err == OK && (err = enqueue(f, &job)) == OK)
		err = buf_printf(&f->text, "%s%" PRIu32 " 0 R",
		    *first ? "/Annots[" : " ", f->next++);
	*first = false;
	return err;
}

/* It is the first of a page's keys. */
static enum err
put_links(struct finish *f, int number)
{
	int64_t size[2];
	bool fits = f->has_link && page_size(f, number, size), first = true;
	enum err err = OK;

	for (; f->has_link && f->link.page == (uint32_t)number && err == OK;
	    next_link(f))
		if (fits)
			err = put_link(f, &f->link, size, &first);
	return err == OK && !first ? buf_add_byte(&f->text, ']') : err;
}

/* ---- pages ---- */

static enum err
write_head(struct finish *f)
{
	enum err err;

	err = buf_add_str(&f->text, "<<");
	if (err == OK && f->outline.n > 0)
		err = buf_printf(&f->text, "/Outlines %" PRIu32 " 0 R",
		    f->outline.root);
	if (err == OK)
		err = buf_add_str(&f->text, "/Pages 2 0 R/Type/Catalog>>");
	if (err == OK && (err = flush(f)) == OK)
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
	    (err = put_links(f, number)) == OK &&
	    (err = put_entries(f, page, "", "/Parent", &f->text, 0)) == OK &&
	    (err = buf_add_str(&f->text, "/Parent 2 0 R")) == OK &&
	    (err = put_entries(f, page, "/Parent", "~", &f->text, 0)) == OK)
		err = buf_add_str(&f->text, ">>");
	return err == OK ? flush(f) : err;
}

static enum err
write_outline(struct finish *f)
{
	enum err err = OK;

	for (uint32_t i = 0; f->outline.n > 0 && i <= f->outline.n &&
	    err == OK; i++) {
		err = pdf_outline_put(&f->outline, i, put_place, f,
		    &f->text);
		if (err == OK)
			err = flush(f);
	}
	return err;
}

static enum err
write_queue(struct finish *f)
{
	enum err err = OK;
	struct job job;

	for (size_t at = 0; at < f->queue.len && err == OK;
	    at += sizeof(job)) {
		memcpy(&job, f->queue.ptr + at, sizeof(job));
		if (job.len > 0) {
			err = pdf_write_value(&f->w, span_sub(
			    buf_span(&f->annotations), job.at, job.len));
			continue;
		}
		if (qpdf_oh_is_stream(f->pdf.q, job.oh))
			err = write_stream(f, job.oh);
		else if ((err = put_direct(f, job.oh, &f->text, 0)) == OK)
			err = flush(f);
		qpdf_oh_release(f->pdf.q, job.oh);
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
	if ((err = pdf_outline_read(&f->outline, buf_span(&f->marks),
	    f->next)) != OK)
		return pdf_trouble(&f->pdf, err, "list of bookmarks");
	if (f->outline.n > 0)
		f->next += f->outline.n + 1;
	if ((err = pdf_write_begin(&f->w, out)) == OK)
		err = write_head(f);
	for (int i = 0; i < f->pdf.pages && err == OK; i++)
		err = write_page(f, i);
	if (err == OK)
		err = write_outline(f);
	if (err == OK)
		err = write_queue(f);
	if (err == OK && (f->has_link || f->links_rest.bad))
		err = pdf_trouble(&f->pdf, ERR_INPUT, "list of links");
	return err == OK ? pdf_write_end(&f->w) : err;
}

static enum err
open_parts(struct finish *f, const struct input *in,
    struct convert_result *result)
{
	struct pdf_lists_head head;
	struct input part;
	enum err err;

	if ((err = pdf_lists_read(in, &head)) != OK)
		return err;
	part = input_sub(in, head.links, head.marks - head.links);
	if ((err = input_all(&part, &f->links)) != OK)
		return err;
	part = input_sub(in, head.marks, head.pdf - head.marks);
	if ((err = input_all(&part, &f->marks)) != OK)
		return err;
	wire_reader_init(&f->links_rest, buf_span(&f->links));
	next_link(f);
	f->both = input_sub(in, head.pdf, in->len);
	err = pdf_layer_open(f->layer, &f->both, &f->drawing);
	return err == OK ? pdf_open(&f->pdf, &f->drawing, result) : err;
}

enum err
pdf_finish(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	static struct pdf_layer layer;		/* large */
	struct finish f = { .layer = &layer };
	struct convert_result forget = { 0 };
	enum err err;

	(void)policy;
	/* what a drawing has too much is nothing that the sender sent */
	buf_init(&forget.removed, 32 * 1024);
	buf_init(&f.numbers, PDF_OBJECTS_MAX * sizeof(uint32_t));
	buf_init(&f.queue, PDF_OBJECTS_MAX * sizeof(struct job));
	buf_init(&f.text, VALUE_BYTES_MAX);
	buf_init(&f.links, PDF_LINK_BYTES_MAX);
	buf_init(&f.annotations, ANNOTATIONS_BYTES_MAX);
	buf_init(&f.marks, PDF_LINK_BYTES_MAX);
	err = open_parts(&f, in, &forget);
	if (err == OK)
		err = rewrite(&f, out);
	pdf_write_fini(&f.w);
	pdf_close(&f.pdf);
	buf_fini(&f.numbers);
	buf_fini(&f.queue);
	buf_fini(&f.text);
	buf_fini(&f.links);
	buf_fini(&f.annotations);
	buf_fini(&f.marks);
	pdf_outline_fini(&f.outline);
	buf_fini(&forget.removed);
	memcpy(result->reason, forget.reason, sizeof(result->reason));
	result->pages = err == OK ? (uint32_t)f.pdf.pages : 0;
	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_PDF;
	return err;
}
