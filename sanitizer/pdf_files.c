/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files that a reader of PDF shows as attached: in the tree of embedded
 * files, behind annotations, associated with the document or a page. What a
 * file says about its size is not believed.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "archive_internal.h"
#include "limits.h"
#include "pdf_files.h"
#include "pdf_tree.h"

#define FILTERS_MAX	8
#define ROOM_BYTES	(64 * 1024)

struct files {
	struct pdf	 pdf;
	struct entries_writer writer;
	struct buf	 name, bytes;
	uint64_t	 unpacked;	/* of all, as counted here */
	unsigned	 n;
};

/* ---- bytes ---- */

static bool
within_budget(struct files *f, size_t len)
{
	f->unpacked += len;
	return f->unpacked <= ARCHIVE_BYTES_MAX &&
	    (f->unpacked <= ARCHIVE_RATIO_FREE_BYTES ||
	    f->unpacked / ARCHIVE_RATIO_MAX <= f->pdf.bytes.len);
}

static void
keep(struct files *f, struct span s, unsigned *flags)
{
	if (!within_budget(f, s.len) || buf_add(&f->bytes, s) != OK)
		*flags |= ENTRY_TOO_LARGE;
}

static void
keep_inflated(struct files *f, struct span raw, unsigned *flags)
{
	static uint8_t room[ROOM_BYTES];	/* one thread, one file */
	z_stream z = { .next_in = (Bytef *)(uintptr_t)raw.ptr,
		.avail_in = (uInt)raw.len };
	int rc = Z_OK;

	if (raw.len > UINT32_MAX || inflateInit(&z) != Z_OK) {
		*flags |= ENTRY_DAMAGED;
		return;
	}
	while (rc == Z_OK && *flags == 0) {
		z.next_out = room;
		z.avail_out = ROOM_BYTES;
		rc = inflate(&z, Z_NO_FLUSH);
		if (rc == Z_OK || rc == Z_STREAM_END)
			keep(f, (struct span){ room, ROOM_BYTES -
			    z.avail_out }, flags);
	}
	(void)inflateEnd(&z);
	if (*flags == 0 && rc != Z_STREAM_END)
		*flags |= ENTRY_DAMAGED;
}

/* One file that is damaged does not end the work. */
static bool
went_wrong(struct files *f)
{
	if (!qpdf_has_error(f->pdf.q))
		return false;
	(void)qpdf_get_error(f->pdf.q);
	return true;
}

static void
keep_stream(struct files *f, qpdf_oh stream, enum qpdf_stream_decode_level_e
    level, bool inflate_it, unsigned *flags)
{
	QPDF_BOOL filtered = QPDF_FALSE;
	unsigned char *bytes = NULL;
	size_t len = 0;

	(void)qpdf_oh_get_stream_data(f->pdf.q, stream, level, &filtered,
	    &bytes, &len);
	if (went_wrong(f) || (level != qpdf_dl_none && !filtered))
		*flags |= ENTRY_DAMAGED;
	else if (inflate_it)
		keep_inflated(f, (struct span){ bytes, len }, flags);
	else
		keep(f, (struct span){ bytes, len }, flags);
	free(bytes);
}

/* How much one filter can make of a byte; 0: it is not for files. */
static uint64_t
factor_of(struct pdf *pdf, qpdf_oh name)
{
	static const struct { const char *name; unsigned factor; } rows[] = {
		{ "/FlateDecode", 1100 }, { "/LZWDecode", 2800 },
		{ "/RunLengthDecode", 128 }, { "/ASCII85Decode", 4 },
		{ "/ASCIIHexDecode", 1 }, { "/Crypt", 1 },
		{ "/Fl", 1100 }, { "/LZW", 2800 }, { "/RL", 128 },
		{ "/A85", 4 }, { "/AHx", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (qpdf_oh_is_name_and_equals(pdf->q, name, rows[i].name))
			return rows[i].factor;
	return 0;
}

/* The product over all of them; 0: it cannot be unpacked here. */
static uint64_t
factor_of_all(struct pdf *pdf, qpdf_oh filters)
{
	uint64_t factor = 1;
	int n = pdf_items(pdf, filters);
	qpdf_oh one;

	if (qpdf_oh_is_name(pdf->q, filters))
		return factor_of(pdf, filters);
	if (n > FILTERS_MAX)
		return 0;
	for (int i = 0; i < n && factor > 0; i++) {
		one = qpdf_oh_get_array_item(pdf->q, filters, i);
		factor *= pdf_failed(pdf) ? 0 : factor_of(pdf, one);
		qpdf_oh_release(pdf->q, one);
	}
	return factor;
}

/* Plain Flate is inflated here, with a limit; for all else an estimate is. */
static void
unpack(struct files *f, qpdf_oh stream, unsigned *flags)
{
	struct pdf *pdf = &f->pdf;
	qpdf_oh dict = qpdf_oh_get_dict(pdf->q, stream);
	qpdf_oh filters = pdf_get(pdf, dict, "/Filter");
	bool plain = qpdf_oh_is_null(pdf->q, filters);
	bool flate = qpdf_oh_is_name_and_equals(pdf->q, filters,
	    "/FlateDecode") && !pdf_has(pdf, dict, "/DecodeParms");
	uint64_t factor = factor_of_all(pdf, filters);

	buf_clear(&f->bytes);
	if (pdf_failed(pdf))
		return;
	if (plain || flate)
		keep_stream(f, stream, qpdf_dl_none, flate, flags);
	else if (factor == 0)
		*flags |= ENTRY_DAMAGED;
	else if (factor > IMAGE_WORK_BYTES_MAX / pdf->bytes.len)
		*flags |= ENTRY_TOO_LARGE;
	else
		keep_stream(f, stream, qpdf_dl_specialized, false, flags);
	qpdf_oh_release(pdf->q, filters);
	qpdf_oh_release(pdf->q, dict);
}

/* ---- names ---- */

/* Text with a mark in front is what it says; else as in archives. */
static enum err
add_name(struct files *f, qpdf_oh oh)
{
	struct pdf *pdf = &f->pdf;
	const char *bytes = NULL;
	size_t len = 0;
	struct span s = { NULL, 0 };
	bool marked, odd;

	buf_clear(&f->name);
	if (qpdf_oh_get_value_as_string(pdf->q, oh, &bytes, &len) &&
	    bytes != NULL)
		s = (struct span){ (const uint8_t *)bytes, len };
	marked = span_begins(s, SPAN("\xfe\xff")) ||
	    span_begins(s, SPAN("\xff\xfe")) ||
	    span_begins(s, SPAN("\xef\xbb\xbf"));
	if (marked && qpdf_oh_get_value_as_utf8(pdf->q, oh, &bytes, &len) &&
	    bytes != NULL)
		s = (struct span){ (const uint8_t *)bytes, len };
	if (pdf_failed(pdf))
		return pdf->err;
	return archive_name(s, marked, &f->name, &odd);
}

/* In a portfolio "<7>a.xlsx" is a.xlsx in folder 7. */
static void
cut_folder(struct buf *name)
{
	struct span s = buf_span(name);
	size_t n = 1;

	if (!span_begins(s, SPAN("<")))
		return;
	while (n < s.len && ascii_is_digit(s.ptr[n]))
		n++;
	if (n == s.len || n == 1 || s.ptr[n] != '>')
		return;
	n++;
	memmove(name->ptr, name->ptr + n, name->len - n);
	buf_truncate(name, name->len - n);
}

static const char *const forms[] = { "/UF", "/F", "/Unix", "/DOS", "/Mac" };
#define FORMS_N	(sizeof(forms) / sizeof(forms[0]))

/* key: in the tree, or a null. */
static enum err
find_name(struct files *f, qpdf_oh spec, qpdf_oh key)
{
	enum err err = OK;
	qpdf_oh name;

	buf_clear(&f->name);
	for (size_t i = 0; i < FORMS_N && err == OK && f->name.len == 0;
	    i++) {
		name = pdf_get(&f->pdf, spec, forms[i]);
		err = add_name(f, name);
		qpdf_oh_release(f->pdf.q, name);
	}
	if (err == OK && f->name.len == 0 && (err = add_name(f, key)) == OK)
		cut_folder(&f->name);
	return err;
}

/* ---- files ---- */

static enum err
add_file(struct files *f, qpdf_oh spec, qpdf_oh key, qpdf_oh stream)
{
	struct input bytes;
	unsigned flags = 0;
	enum err err;

	if (++f->n > ARCHIVE_ENTRIES_MAX)
		return pdf_trouble(&f->pdf, ERR_LIMIT, "too many files in it");
	if ((err = find_name(f, spec, key)) != OK)
		return pdf_trouble(&f->pdf, err, "name of a file in it");
	/* once all is used up nothing more is unpacked */
	if (!within_budget(f, 0))
		flags = ENTRY_TOO_LARGE;
	else
		unpack(f, stream, &flags);
	if (f->pdf.err != OK)
		return f->pdf.err;
	/* one reason is enough */
	flags = flags & ENTRY_TOO_LARGE ? ENTRY_TOO_LARGE : flags;
	bytes = input_span(buf_span(&f->bytes));
	err = entries_add(&f->writer, buf_span(&f->name), flags,
	    flags == 0 ? &bytes : NULL);
	return err == OK ? OK : pdf_trouble(&f->pdf, err, "a file in it");
}

/* Its forms may be files that differ: readers choose one, we take all. */
static void
visit_spec(void *arg, qpdf_oh key, qpdf_oh spec)
{
	struct files *f = arg;
	struct pdf *pdf = &f->pdf;
	qpdf_oh list, stream;

	list = pdf_get(pdf, spec, "/EF");
	for (size_t i = 0; i < FORMS_N && pdf->err == OK; i++) {
		stream = pdf_get(pdf, list, forms[i]);
		if (qpdf_oh_is_stream(pdf->q, stream) && !pdf_failed(pdf) &&
		    !pdf_seen(pdf, stream, PDF_FILE) && pdf->err == OK)
			(void)add_file(f, spec, key, stream);
		qpdf_oh_release(pdf->q, stream);
	}
	qpdf_oh_release(pdf->q, list);
}

/* One, or an array of them. */
static void
visit_specs(struct files *f, qpdf_oh dict, const char *key)
{
	struct pdf *pdf = &f->pdf;
	qpdf_oh value = pdf_get(pdf, dict, key), one;
	qpdf_oh none = qpdf_oh_new_null(pdf->q);
	/* many may share one list */
	int n = pdf_seen(pdf, value, PDF_FILE) ? 0 : pdf_items(pdf, value);

	if (!pdf_failed(pdf) && qpdf_oh_is_dictionary(pdf->q, value))
		visit_spec(f, none, value);
	for (int i = 0; i < n && pdf->err == OK; i++) {
		one = qpdf_oh_get_array_item(pdf->q, value, i);
		if (!pdf_failed(pdf))
			visit_spec(f, none, one);
		qpdf_oh_release(pdf->q, one);
	}
	qpdf_oh_release(pdf->q, none);
	qpdf_oh_release(pdf->q, value);
}

static void
visit_page(struct files *f, int number)
{
	struct pdf *pdf = &f->pdf;
	qpdf_oh page = qpdf_get_page_n(pdf->q, (size_t)number);
	qpdf_oh list = pdf_get(pdf, page, "/Annots"), one;
	int n = pdf_seen(pdf, list, PDF_FILE) ? 0 : pdf_items(pdf, list);

	if (pdf->err == OK)
		visit_specs(f, page, "/AF");
	for (int i = 0; i < n && pdf->err == OK; i++) {
		one = qpdf_oh_get_array_item(pdf->q, list, i);
		if (!pdf_failed(pdf)) {
			visit_specs(f, one, "/FS");
			visit_specs(f, one, "/AF");
		}
		qpdf_oh_release(pdf->q, one);
	}
	qpdf_oh_release(pdf->q, list);
	qpdf_oh_release(pdf->q, page);
}

static enum err
visit_all(struct files *f)
{
	struct pdf *pdf = &f->pdf;
	qpdf_oh root = qpdf_get_root(pdf->q);
	qpdf_oh names = pdf_get(pdf, root, "/Names");
	qpdf_oh tree = pdf_get(pdf, names, "/EmbeddedFiles");

	if (pdf->err == OK)
		pdf_name_tree(pdf, tree, visit_spec, f);
	if (pdf->err == OK)
		visit_specs(f, root, "/AF");
	for (int i = 0; i < pdf->pages && pdf->err == OK; i++)
		visit_page(f, i);
	return pdf->err;
}

enum err
pdf_files(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct files f = { .n = 0 };
	enum err err;

	(void)policy;
	buf_init(&f.name, ENTRIES_NAME_BYTES_MAX);
	buf_init(&f.bytes, ARCHIVE_ENTRY_BYTES_MAX);
	if ((err = pdf_open(&f.pdf, in, result)) == OK &&
	    (err = entries_begin(&f.writer, out)) == OK &&
	    (err = visit_all(&f)) == OK &&
	    (err = entries_end(&f.writer, 0)) == OK)
		err = filter_end(out);
	pdf_close(&f.pdf);
	buf_fini(&f.name);
	buf_fini(&f.bytes);
	result->outcome = OUTCOME_REBUILT;
	return err;
}
