/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a PDF by qpdf and pruning it to the rows of pdf_rows.c. There is no
 * recursion: what is still to be looked at waits on a stack, and an object is
 * looked at once for each class that it is used as.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "pdf_object.h"
#include "pdf_scan.h"
#include "pdf_unicode.h"
#include "pixels.h"
#include "report.h"

#define STACK_MAX	(200u * 1000)
#define KEYS_MAX	(256u * 1024)

struct item {
	qpdf_oh		oh;
	enum pdf_class	class;
	unsigned	depth;
};

bool
pdf_failed(struct pdf *pdf)
{
	qpdf_error e;

	if (qpdf_has_error(pdf->q)) {
		e = qpdf_get_error(pdf->q);
		(void)pdf_trouble(pdf, ERR_INPUT,
		    qpdf_get_error_message_detail(pdf->q, e));
	}
	return pdf->err != OK;
}

enum err
pdf_trouble(struct pdf *pdf, enum err err, const char *why)
{
	if (pdf->err == OK) {
		pdf->err = err;
		snprintf(pdf->result->reason, sizeof(pdf->result->reason),
		    "PDF: %s", why);
	}
	return pdf->err;
}

void
pdf_removed(struct pdf *pdf, const char *what, uint64_t n)
{
	enum err err = removed_add(&pdf->result->removed, what, n,
	    span_str(pdf->where));

	if (err != OK)
		(void)pdf_trouble(pdf, err, "list of what was removed");
}

bool
pdf_is_name(struct pdf *pdf, qpdf_oh dict, const char *key, const char *name)
{
	qpdf_oh value = qpdf_oh_get_key_if_dict(pdf->q, dict, key);
	bool same = !pdf_failed(pdf) &&
	    qpdf_oh_is_name_and_equals(pdf->q, value, name);

	qpdf_oh_release(pdf->q, value);
	return same && !pdf_failed(pdf);
}

qpdf_oh
pdf_get(struct pdf *pdf, qpdf_oh dict, const char *key)
{
	qpdf_oh value = qpdf_oh_get_key_if_dict(pdf->q, dict, key);

	(void)pdf_failed(pdf);
	return value;
}

bool
pdf_has(struct pdf *pdf, qpdf_oh dict, const char *key)
{
	qpdf_oh value = pdf_get(pdf, dict, key);
	bool there = pdf->err == OK && !qpdf_oh_is_null(pdf->q, value);

	qpdf_oh_release(pdf->q, value);
	return there;
}

int
pdf_items(struct pdf *pdf, qpdf_oh oh)
{
	int n = qpdf_oh_is_array(pdf->q, oh) ?
	    qpdf_oh_get_array_n_items(pdf->q, oh) : 0;

	return pdf_failed(pdf) ? 0 : n;
}

enum err
pdf_open(struct pdf *pdf, const struct input *in,
    struct convert_result *result)
{
	QPDF_ERROR_CODE code;
	qpdf_error e;
	enum err err;

	*pdf = (struct pdf){ .result = result };
	buf_init(&pdf->bytes, MIME_BYTES_MAX);
	buf_init(&pdf->stack, STACK_MAX * sizeof(struct item));
	buf_init(&pdf->visited, PDF_OBJECTS_MAX * sizeof(uint64_t));
	if ((err = input_all(in, &pdf->bytes)) != OK)
		return pdf_trouble(pdf, err, "too large");
	if ((pdf->q = qpdf_init()) == NULL)
		return pdf_trouble(pdf, ERR_SYSTEM, "no memory");
	qpdf_silence_errors(pdf->q);
	qpdf_set_suppress_warnings(pdf->q, QPDF_TRUE);
	code = qpdf_read_memory(pdf->q, "in", (const char *)pdf->bytes.ptr,
	    pdf->bytes.len, "");
	if ((code & QPDF_ERRORS) != 0 && qpdf_has_error(pdf->q)) {
		e = qpdf_get_error(pdf->q);
		if (qpdf_get_error_code(pdf->q, e) == qpdf_e_password)
			return pdf_trouble(pdf, ERR_POLICY, "encrypted");
		return pdf_trouble(pdf, ERR_INPUT,
		    qpdf_get_error_message_detail(pdf->q, e));
	}
	if ((code & QPDF_ERRORS) != 0)
		return pdf_trouble(pdf, ERR_INPUT, "not readable");
	/* a loop in the page tree shows here; nothing may follow then */
	pdf->pages = qpdf_get_num_pages(pdf->q);
	if (pdf_failed(pdf) || pdf->pages <= 0)
		return pdf_trouble(pdf, ERR_INPUT, "no pages");
	if (pdf->pages > PIXELS_PAGES_MAX)
		return pdf_trouble(pdf, ERR_LIMIT, "too many pages");
	if ((qpdf_push_inherited_attributes_to_page(pdf->q) & QPDF_ERRORS) !=
	    0 || pdf_failed(pdf))
		return pdf_trouble(pdf, ERR_INPUT, "page tree");
	return OK;
}

void
pdf_close(struct pdf *pdf)
{
	if (pdf->q != NULL)
		qpdf_cleanup(&pdf->q);
	buf_fini(&pdf->bytes);
	buf_fini(&pdf->stack);
	buf_fini(&pdf->visited);
}

/* ---- the walk ---- */

static void
push(struct pdf *pdf, qpdf_oh oh, enum pdf_class class, unsigned depth)
{
	struct item item = { oh, class, depth };

	if (depth > PDF_DEPTH_MAX)
		(void)pdf_trouble(pdf, ERR_LIMIT, "nested too deeply");
	else if (buf_add(&pdf->stack, (struct span){ (const void *)&item,
	    sizeof(item) }) != OK)
		(void)pdf_trouble(pdf, ERR_LIMIT, "too many objects at once");
}

static bool
pop(struct pdf *pdf, struct item *item)
{
	if (pdf->stack.len == 0)
		return false;
	memcpy(item, pdf->stack.ptr + pdf->stack.len - sizeof(*item),
	    sizeof(*item));
	buf_truncate(&pdf->stack, pdf->stack.len - sizeof(*item));
	return true;
}

bool
pdf_seen(struct pdf *pdf, qpdf_oh oh, enum pdf_class class)
{
	int id = qpdf_oh_get_object_id(pdf->q, oh);
	uint64_t bits = 0, bit = (uint64_t)1 << class;
	uint8_t *room, *at;
	size_t need;

	_Static_assert(PDF_CLASS_N <= 64, "bits of visited");
	if (pdf_failed(pdf) || id <= 0)
		return false;		/* direct */
	if (id >= PDF_OBJECTS_MAX) {
		(void)pdf_trouble(pdf, ERR_LIMIT, "too many objects");
		return true;
	}
	need = ((size_t)id + 1) * sizeof(bits);
	if (need > pdf->visited.len) {
		need -= pdf->visited.len;
		if (buf_reserve(&pdf->visited, need, &room) != OK) {
			(void)pdf_trouble(pdf, ERR_LIMIT, "too many objects");
			return true;
		}
		memset(room, 0, need);
		pdf->visited.len += need;
	}
	at = pdf->visited.ptr + (size_t)id * sizeof(bits);
	memcpy(&bits, at, sizeof(bits));
	if (bits & bit)
		return true;
	bits |= bit;
	memcpy(at, &bits, sizeof(bits));
	return false;
}

static bool
is_container(struct pdf *pdf, qpdf_oh oh)
{
	enum qpdf_object_type_e type = qpdf_oh_get_type_code(pdf->q, oh);

	return type == ot_array || type == ot_dictionary || type == ot_stream;
}

static const char *
key_name(const char *key)
{
	static const struct { const char *key, *what; } names[] = {
		{ "/AA", "action" }, { "/A", "action" }, { "/PA", "action" },
		{ "/JS", "javascript" }, { "/JavaScript", "javascript" },
		{ "/Metadata", "metadata" }, { "/PieceInfo", "metadata" },
		{ "/LastModified", "metadata" }, { "/Info", "metadata" },
		{ "/F", "external-file" }, { "/FFilter", "external-file" },
		{ "/Ref", "external-file" }, { "/OPI", "external-file" },
		{ "/PS", "postscript" }, { "/AF", "embedded-file" },
		{ "/Thumb", "thumbnail" }, { "/Trans", "presentation" },
		{ "/PresSteps", "presentation" },
		/* of no use without the tree of tags, which is counted */
		{ "/StructParents", NULL }, { "/StructParent", NULL },
		{ "/Tabs", NULL }, { "/DL", NULL }, { "/Encrypt", NULL },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].key, key) == 0)
			return names[i].what;
	return "unlisted-entry";
}

/* The keys, each ended by a NUL: changing the dictionary ends the iterator. */
static enum err
collect_keys(struct pdf *pdf, qpdf_oh dict, struct buf *keys)
{
	const char *key;
	enum err err = OK;

	qpdf_oh_begin_dict_key_iter(pdf->q, dict);
	while (!pdf_failed(pdf) && err == OK &&
	    qpdf_oh_dict_more_keys(pdf->q)) {
		key = qpdf_oh_dict_next_key(pdf->q);
		err = buf_add(keys, (struct span){ (const uint8_t *)key,
		    strlen(key) + 1 });
	}
	return err == OK ? pdf->err : pdf_trouble(pdf, err, "long dictionary");
}

static void
prune_dictionary(struct pdf *pdf, qpdf_oh dict, const struct item *item)
{
	enum pdf_class child;
	const char *key, *what;
	struct buf keys;
	qpdf_oh value;

	buf_init(&keys, KEYS_MAX);
	if (collect_keys(pdf, dict, &keys) != OK)
		keys.len = 0;
	for (size_t at = 0; at < keys.len && pdf->err == OK;
	    at += strlen(key) + 1) {
		key = (const char *)keys.ptr + at;
		if (!pdf_row(item->class, key, &child)) {
			qpdf_oh_remove_key(pdf->q, dict, key);
			what = key_name(key);
			if (!pdf_failed(pdf) && what != NULL &&
			    item->class != PDF_VALUE)
				pdf_removed(pdf, what, 1);
			continue;
		}
		if (strcmp(key, "/Parent") == 0)
			continue;	/* of a page: upwards is not ours */
		value = qpdf_oh_get_key(pdf->q, dict, key);
		if (!pdf_failed(pdf) && is_container(pdf, value))
			push(pdf, value, child, item->depth + 1);
		else
			qpdf_oh_release(pdf->q, value);
	}
	if (pdf->name_codes && item->class == PDF_FONT && pdf->err == OK)
		pdf_font_unicode(pdf, dict);
	buf_fini(&keys);
}

static uint64_t
count_operators(const uint8_t *bytes, size_t len)
{
	uint64_t n = 0;

	/* in texts, too: more than there are, which is the safe side */
	for (size_t i = 1; i < len; i++)
		n += (ascii_is_alpha(bytes[i - 1]) || bytes[i - 1] == '\'') &&
		    !ascii_is_alpha(bytes[i]);
	return n;
}

/* Decoded with a limit, before anything draws it. */
static void
check_content(struct pdf *pdf, qpdf_oh stream)
{
	unsigned char *bytes = NULL;
	QPDF_BOOL filtered = QPDF_FALSE;
	size_t len = 0;

	(void)qpdf_oh_get_stream_data(pdf->q, stream, qpdf_dl_generalized,
	    &filtered, &bytes, &len);
	if (!pdf_failed(pdf)) {
		pdf->content_bytes += len;
		pdf->operators += count_operators(bytes, len);
		if (pdf->content_bytes > PDF_CONTENT_BYTES_MAX ||
		    pdf->operators > PDF_OPERATORS_MAX)
			(void)pdf_trouble(pdf, ERR_LIMIT,
			    "a page of too many operators");
	}
	free(bytes);
}

/* A stream of its own kind: what it is used as, or what it says it is. */
static enum pdf_class
stream_class(struct pdf *pdf, qpdf_oh dict, enum pdf_class class)
{
	if (class == PDF_APPEARANCES)
		return PDF_FORM;	/* without states */
	if (pdf_is_map(class))
		return PDF_VALUE;
	if (class != PDF_XOBJECT)
		return class;
	if (pdf_is_name(pdf, dict, "/Subtype", "/Image"))
		return PDF_IMAGE;
	if (pdf_is_name(pdf, dict, "/Subtype", "/Form"))
		return PDF_FORM;
	pdf_removed(pdf, "postscript", 1);
	return PDF_VALUE;
}

static void
prune_stream(struct pdf *pdf, struct item *item)
{
	qpdf_oh dict = qpdf_oh_get_dict(pdf->q, item->oh);

	if (pdf_failed(pdf))
		return;
	item->class = stream_class(pdf, dict, item->class);
	if (pdf->to_draw && item->class == PDF_IMAGE)
		pdf_scan_describe(pdf, item->oh, dict);
	prune_dictionary(pdf, dict, item);
	if (pdf->err == OK && pdf_has_operators(item->class))
		check_content(pdf, item->oh);
	qpdf_oh_release(pdf->q, dict);
}

static void
prune_array(struct pdf *pdf, const struct item *item)
{
	int n = qpdf_oh_get_array_n_items(pdf->q, item->oh);
	qpdf_oh value;

	for (int i = 0; i < n && !pdf_failed(pdf); i++) {
		value = qpdf_oh_get_array_item(pdf->q, item->oh, i);
		if (!pdf_failed(pdf) && is_container(pdf, value))
			push(pdf, value, item->class, item->depth + 1);
		else
			qpdf_oh_release(pdf->q, value);
	}
}

enum err
pdf_prune(struct pdf *pdf, qpdf_oh oh, enum pdf_class class)
{
	struct item item;

	push(pdf, qpdf_oh_new_object(pdf->q, oh), class, 0);
	while (pdf->err == OK && pop(pdf, &item)) {
		if (!pdf_seen(pdf, item.oh, item.class) && pdf->err == OK) {
			switch (qpdf_oh_get_type_code(pdf->q, item.oh)) {
			case ot_array:
				prune_array(pdf, &item);
				break;
			case ot_dictionary:
				prune_dictionary(pdf, item.oh, &item);
				break;
			case ot_stream:
				prune_stream(pdf, &item);
				break;
			default:	/* holds nothing */
				break;
			}
		}
		qpdf_oh_release(pdf->q, item.oh);
		(void)pdf_failed(pdf);
	}
	return pdf->err;
}
