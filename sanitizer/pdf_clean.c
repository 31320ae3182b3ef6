/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pages of a PDF, pruned, in an empty one: catalog, trailer and what
 * nothing refers to are not taken along. Only the list of layers is, as it
 * says which of them are to be seen.
 */
#include <stdio.h>
#include <string.h>

#include "pdf_clean.h"
#include "pdf_field.h"
#include "pdf_links.h"

/* ---- annotations ---- */

static const char *const drawn[] = { "/Text", "/FreeText", "/Line",
	"/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight",
	"/Underline", "/Squiggly", "/StrikeOut", "/Stamp", "/Caret", "/Ink" };

static const struct { const char *subtype, *what; } not_drawn[] = {
	{ "/FileAttachment", "embedded-file" }, { "/RichMedia", "rich-media" },
	{ "/Screen", "rich-media" }, { "/Movie", "rich-media" },
	{ "/Sound", "rich-media" }, { "/3D", "rich-media" },
};

static const char *
action_name(struct pdf *pdf, qpdf_oh action)
{
	static const struct { const char *name, *what; } names[] = {
		{ "/JavaScript", "javascript" }, { "/Launch", "launch" },
		{ "/GoTo", "link" }, { "/URI", "link" },
		{ "/SubmitForm", "submit-form" }, { "/Rendition",
		    "rich-media" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (pdf_is_name(pdf, action, "/S", names[i].name))
			return names[i].what;
	return "action";
}

static bool
may_be_followed(struct pdf *pdf, qpdf_oh action)
{
	qpdf_oh uri = pdf_get(pdf, action, "/URI");
	const char *text = NULL;
	struct span s = { NULL, 0 };
	size_t len = 0;

	if (pdf->err == OK && qpdf_oh_get_value_as_string(pdf->q, uri, &text,
	    &len) && text != NULL)
		s = (struct span){ (const uint8_t *)text, len };
	qpdf_oh_release(pdf->q, uri);
	return span_begins_nocase(s, SPAN("http://")) ||
	    span_begins_nocase(s, SPAN("https://")) ||
	    span_begins_nocase(s, SPAN("mailto:"));
}

static void
count_action(struct pdf *pdf, qpdf_oh annotation)
{
	qpdf_oh action = pdf_get(pdf, annotation, "/A");
	const char *what = NULL;

	if (pdf->err == OK && qpdf_oh_is_dictionary(pdf->q, action)) {
		what = action_name(pdf, action);
		if (pdf_is_name(pdf, action, "/S", "/URI") &&
		    !may_be_followed(pdf, action))
			what = "uri-not-allowed";
	}
	if (what != NULL)
		pdf_removed(pdf, what, 1);
	qpdf_oh_release(pdf->q, action);
	qpdf_oh_remove_key(pdf->q, annotation, "/A");
	(void)pdf_failed(pdf);
}

/* A page with the number that it has in the document. */
struct place {
	qpdf_oh		page;
	uint32_t	number;
};

/*
 * What a screen shows is drawn, on paper, too; what it does not show is not
 * (ISO 32000-1, 12.5.3).
 */
#define FLAG_HIDDEN	2
#define FLAG_PRINT	4
#define FLAG_NO_VIEW	32

static bool
is_hidden(struct pdf *pdf, qpdf_oh annotation)
{
	qpdf_oh value = pdf_get(pdf, annotation, "/F");
	long long flags = 0;

	if (pdf->err == OK)
		(void)qpdf_oh_get_value_as_longlong(pdf->q, value, &flags);
	qpdf_oh_release(pdf->q, value);
	if (pdf_failed(pdf) || (flags & (FLAG_HIDDEN | FLAG_NO_VIEW)) == 0)
		return false;
	pdf_removed(pdf, "hidden-annotation", 1);
	return true;
}

static bool
is_shown(struct pdf *pdf, qpdf_oh annotation)
{
	if (is_hidden(pdf, annotation) || pdf->err != OK)
		return false;
	qpdf_oh_replace_key(pdf->q, annotation, "/F",
	    qpdf_oh_new_integer(pdf->q, FLAG_PRINT));
	return !pdf_failed(pdf);
}

/* A link that may stay goes around the renderer, all others are counted. */
static bool
keep_annotation(struct pdf *pdf, struct pdf_links *links,
    const struct place *at, qpdf_oh annotation)
{
	if (!qpdf_oh_is_dictionary(pdf->q, annotation) || pdf_failed(pdf))
		return false;
	if (pdf_links_take(links, at->page, at->number, annotation) ||
	    pdf->err != OK)
		return false;
	count_action(pdf, annotation);
	if (pdf_is_name(pdf, annotation, "/Subtype", "/Widget"))
		return pdf_field(pdf, annotation) &&
		    !is_hidden(pdf, annotation) && pdf->err == OK;
	for (size_t i = 0; i < sizeof(drawn) / sizeof(drawn[0]); i++)
		if (pdf_is_name(pdf, annotation, "/Subtype", drawn[i]))
			return is_shown(pdf, annotation);
	for (size_t i = 0; i < sizeof(not_drawn) / sizeof(not_drawn[0]); i++)
		if (pdf_is_name(pdf, annotation, "/Subtype",
		    not_drawn[i].subtype))
			pdf_removed(pdf, not_drawn[i].what, 1);
	return false;
}

static void
filter_annotations(struct pdf *pdf, struct pdf_links *links,
    const struct place *at)
{
	qpdf_oh list = pdf_get(pdf, at->page, "/Annots");
	qpdf_oh none = qpdf_oh_new_null(pdf->q), one;

	if (!qpdf_oh_is_array(pdf->q, list)) {
		qpdf_oh_remove_key(pdf->q, at->page, "/Annots");
		(void)pdf_failed(pdf);
	}
	/* taking them out one by one would be quadratic: null is none */
	for (int i = 0, n = pdf_items(pdf, list); i < n && pdf->err == OK;
	    i++) {
		one = qpdf_oh_get_array_item(pdf->q, list, i);
		if (!pdf_failed(pdf) &&
		    !keep_annotation(pdf, links, at, one))
			qpdf_oh_set_array_item(pdf->q, list, i, none);
		(void)pdf_failed(pdf);
		qpdf_oh_release(pdf->q, one);
	}
	qpdf_oh_release(pdf->q, none);
	qpdf_oh_release(pdf->q, list);
}

/* ---- what hangs on the catalog, and stays there ---- */

static void
count_form(struct pdf *pdf, qpdf_oh root)
{
	qpdf_oh form = pdf_get(pdf, root, "/AcroForm");

	if (pdf_has(pdf, form, "/XFA"))
		pdf_removed(pdf, "xfa", 1);
	qpdf_oh_release(pdf->q, form);
}

static void
count_names(struct pdf *pdf, qpdf_oh root)
{
	qpdf_oh names = pdf_get(pdf, root, "/Names");
	qpdf_oh files = pdf_get(pdf, names, "/EmbeddedFiles");
	qpdf_oh list = pdf_get(pdf, files, "/Names");
	int n = pdf_items(pdf, list) / 2;

	if (pdf_has(pdf, names, "/JavaScript"))
		pdf_removed(pdf, "javascript", 1);
	if (pdf_has(pdf, names, "/EmbeddedFiles"))
		pdf_removed(pdf, "embedded-file", n > 0 ? (uint64_t)n : 1);
	qpdf_oh_release(pdf->q, list);
	qpdf_oh_release(pdf->q, files);
	qpdf_oh_release(pdf->q, names);
}

static void
count_catalog(struct pdf *pdf)
{
	static const struct { const char *key, *what; } keys[] = {
		{ "/OpenAction", "open-action" }, { "/AA", "action" },
		{ "/Metadata", "metadata" }, { "/Perms", "signature" },
		{ "/DSS", "signature" }, { "/StructTreeRoot", "tags" },
		{ "/Collection", "portfolio" },
		{ "/AF", "embedded-file" },
	};
	qpdf_oh root = qpdf_get_root(pdf->q), trailer;

	snprintf(pdf->where, sizeof(pdf->where), "document");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) &&
	    !pdf_failed(pdf); i++)
		if (pdf_has(pdf, root, keys[i].key))
			pdf_removed(pdf, keys[i].what, 1);
	count_form(pdf, root);
	count_names(pdf, root);
	trailer = qpdf_get_trailer(pdf->q);
	if (pdf_has(pdf, trailer, "/Info"))
		pdf_removed(pdf, "metadata", 1);
	qpdf_oh_release(pdf->q, trailer);
	qpdf_oh_release(pdf->q, root);
}

/* ---- the new document ---- */

/* Which layers are on; "to" is a document of its own. */
static void
copy_layers(struct pdf *pdf, qpdf_data to)
{
	static const char *const keys[] = { "/ON", "/OFF", "/BaseState" };
	qpdf_oh root = qpdf_get_root(pdf->q);
	qpdf_oh old = pdf_get(pdf, root, "/OCProperties");
	qpdf_oh old_d = pdf_get(pdf, old, "/D");
	qpdf_oh new = qpdf_oh_new_dictionary(pdf->q);
	qpdf_oh new_d = qpdf_oh_new_dictionary(pdf->q);

	if (pdf_failed(pdf) || !qpdf_oh_is_dictionary(pdf->q, old))
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (pdf_has(pdf, old_d, keys[i]))
			qpdf_oh_replace_key(pdf->q, new_d, keys[i],
			    pdf_get(pdf, old_d, keys[i]));
	qpdf_oh_replace_key(pdf->q, new, "/OCGs", pdf_get(pdf, old, "/OCGs"));
	qpdf_oh_replace_key(pdf->q, new, "/D", new_d);
	/* its lists hold layers and names, no more */
	if (pdf_failed(pdf) ||
	    pdf_prune(pdf, pdf_get(pdf, old, "/OCGs"), PDF_LAYER) != OK)
		return;
	for (size_t i = 0; i < 2; i++)
		if (pdf_prune(pdf, pdf_get(pdf, new_d, keys[i]),
		    PDF_LAYER) != OK)
			return;
	new = qpdf_make_indirect_object(pdf->q, new);
	if (!pdf_failed(pdf))
		qpdf_oh_replace_key(to, qpdf_get_root(to), "/OCProperties",
		    qpdf_oh_copy_foreign_object(to, pdf->q, new));
	if (qpdf_has_error(to))
		(void)pdf_trouble(pdf, ERR_INPUT, "layers");
}

static enum err
write_new(struct pdf *pdf, qpdf_data to, struct filter *out)
{
	enum err err;

	if (qpdf_init_write_memory(to) != QPDF_SUCCESS)
		return pdf_trouble(pdf, ERR_SYSTEM, "no memory");
	qpdf_set_object_stream_mode(to, qpdf_o_disable);
	qpdf_set_static_ID(to, QPDF_TRUE);
	/* it is read once: streams stay as they are */
	qpdf_set_compress_streams(to, QPDF_FALSE);
	qpdf_set_decode_level(to, qpdf_dl_none);
	if ((qpdf_write(to) & QPDF_ERRORS) != 0 || qpdf_has_error(to))
		return pdf_trouble(pdf, ERR_INPUT, "cannot be written anew");
	err = filter_write(out, (struct span){ qpdf_get_buffer(to),
	    qpdf_get_buffer_length(to) });
	return err == OK ? OK : pdf_trouble(pdf, err, "too large");
}

static void
clean_page(struct pdf *pdf, struct pdf_links *links, int number, qpdf_data to)
{
	qpdf_oh page = qpdf_get_page_n(pdf->q, (size_t)number);

	snprintf(pdf->where, sizeof(pdf->where), "page %d", number + 1);
	pdf->content_bytes = pdf->operators = 0;
	if (pdf_failed(pdf))
		return;
	filter_annotations(pdf, links, &(struct place){ page,
	    (uint32_t)number });
	if (pdf->err == OK && pdf_prune(pdf, page, PDF_PAGE) == OK &&
	    ((qpdf_add_page(to, pdf->q, page, QPDF_FALSE) & QPDF_ERRORS) !=
	    0 || qpdf_has_error(to)))
		(void)pdf_trouble(pdf, ERR_INPUT, "a page cannot be taken");
	qpdf_oh_release(pdf->q, page);
}

static enum err
clean_into(struct pdf *pdf, const struct sanitizer_policy *policy,
    qpdf_data to, struct filter *out)
{
	struct pdf_links links;

	qpdf_silence_errors(to);
	qpdf_set_suppress_warnings(to, QPDF_TRUE);
	if ((qpdf_empty_pdf(to) & QPDF_ERRORS) != 0 || qpdf_has_error(to))
		return pdf_trouble(pdf, ERR_SYSTEM, "no memory");
	pdf_links_init(&links, pdf, policy);
	count_catalog(pdf);
	if (pdf->err == OK && !pdf_links_bookmarks(&links))
		pdf_removed(pdf, "bookmarks", 1);
	pdf->name_codes = true;
	for (int i = 0; i < pdf->pages && pdf->err == OK; i++)
		clean_page(pdf, &links, i, to);
	if (pdf->err == OK)
		copy_layers(pdf, to);
	if (pdf->err == OK && pdf_lists_write(out, &(struct pdf_lists){
	    .links_n = links.n, .links = buf_span(&links.list),
	    .marks_n = links.marks_n, .marks = buf_span(&links.marks) }) != OK)
		(void)pdf_trouble(pdf, ERR_LIMIT, "too large");
	pdf_links_fini(&links);
	return pdf->err == OK ? write_new(pdf, to, out) : pdf->err;
}

enum err
pdf_clean(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	qpdf_data to = NULL;
	struct pdf pdf;
	enum err err;

	err = pdf_open(&pdf, in, result);
	pdf.to_draw = true;
	if (err == OK && (to = qpdf_init()) == NULL)
		err = pdf_trouble(&pdf, ERR_SYSTEM, "no memory");
	if (err == OK)
		err = clean_into(&pdf, policy, to, out);
	/* streams of the new one are read from the old one's bytes */
	if (to != NULL)
		qpdf_cleanup(&to);
	pdf_close(&pdf);
	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_NONE;
	return err;
}
