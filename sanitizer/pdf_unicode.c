/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the codes of a font mean. poppler hands the text of what it draws to
 * cairo only for fonts with a /ToUnicode; for others cairo guesses by the
 * program of the font, which has no names, or wrong ones (U+2F2D for U+5C71),
 * and nothing can be found in the drawing any more. So these get one: empty
 * for fonts of bytes, as their encoding fills what it leaves out; for fonts of
 * a character collection the name of a CMap that poppler has.
 */
#include <stdio.h>
#include <string.h>

#include "pdf_unicode.h"

#define CMAP(uses, ranges) uses "begincmap\n" ranges "endcmap\n"
#define IDENTITY CMAP("", "1 begincodespacerange\n<0000> <ffff>\n" \
	"endcodespacerange\n1 beginbfrange\n<0000> <ffff> <0000>\n" \
	"endbfrange\n")
#define USE(name) CMAP("/" name " usecmap\n", "")

/* "Registry-Ordering" of codes that are numbers of characters */
static const struct { const char *name, *cmap; } collections[] = {
	{ "Adobe-Japan1", USE("Adobe-Japan1-UCS2") },
	{ "Adobe-GB1", USE("Adobe-GB1-UCS2") },
	{ "Adobe-CNS1", USE("Adobe-CNS1-UCS2") },
	{ "Adobe-Korea1", USE("Adobe-Korea1-UCS2") },
	{ "Adobe-KR", USE("Adobe-KR-UCS2") },
	{ "Adobe-UCS", IDENTITY },
};

/* names of encodings, without "-H" or "-V" */
static const struct { const char *name, *cmap; } encodings[] = {
	{ "/90ms-RKSJ", USE("90ms-RKSJ-UCS2") },
	{ "/90msp-RKSJ", USE("90ms-RKSJ-UCS2") },
	{ "/90pv-RKSJ", USE("90pv-RKSJ-UCS2") },
	{ "/GBK-EUC", USE("GBK-EUC-UCS2") },
	{ "/GBKp-EUC", USE("GBK-EUC-UCS2") },
	{ "/GBpc-EUC", USE("GBpc-EUC-UCS2") },
	{ "/ETen-B5", USE("ETen-B5-UCS2") },
	{ "/B5pc", USE("B5pc-UCS2") },
	{ "/KSCms-UHC", USE("KSCms-UHC-UCS2") },
	{ "/KSCpc-EUC", USE("KSCpc-EUC-UCS2") },
	{ "/UniJIS-UCS2", IDENTITY }, { "/UniJIS-UTF16", IDENTITY },
	{ "/UniJIS2004-UTF16", IDENTITY }, { "/UniGB-UCS2", IDENTITY },
	{ "/UniGB-UTF16", IDENTITY }, { "/UniCNS-UCS2", IDENTITY },
	{ "/UniCNS-UTF16", IDENTITY }, { "/UniKS-UCS2", IDENTITY },
	{ "/UniKS-UTF16", IDENTITY },
};

static qpdf_oh
get(struct pdf *pdf, qpdf_oh dict, const char *key)
{
	qpdf_oh value = qpdf_oh_get_key_if_dict(pdf->q, dict, key);

	(void)pdf_failed(pdf);
	return value;
}

/* A short text of a dictionary; empty: it has none. */
static void
get_text(struct pdf *pdf, qpdf_oh dict, const char *key, char out[16])
{
	qpdf_oh value = get(pdf, dict, key);
	const char *text = NULL;
	size_t len = 0;

	out[0] = '\0';
	if (pdf->err == OK && qpdf_oh_get_value_as_string(pdf->q, value,
	    &text, &len) && text != NULL && len < 16)
		snprintf(out, 16, "%.*s", (int)len, text);
	qpdf_oh_release(pdf->q, value);
	(void)pdf_failed(pdf);
}

/* Of the descendant of a font. */
static const char *
by_collection(struct pdf *pdf, qpdf_oh font)
{
	qpdf_oh list = get(pdf, font, "/DescendantFonts"), one, system;
	char registry[16], ordering[16], name[32];
	const char *cmap = NULL;

	if (pdf->err != OK || !qpdf_oh_is_array(pdf->q, list) ||
	    qpdf_oh_get_array_n_items(pdf->q, list) < 1)
		return NULL;
	one = qpdf_oh_get_array_item(pdf->q, list, 0);
	if (pdf_failed(pdf))
		return NULL;
	system = get(pdf, one, "/CIDSystemInfo");
	get_text(pdf, system, "/Registry", registry);
	get_text(pdf, system, "/Ordering", ordering);
	snprintf(name, sizeof(name), "%s-%s", registry, ordering);
	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]);
	    i++)
		if (strcmp(collections[i].name, name) == 0)
			cmap = collections[i].cmap;
	qpdf_oh_release(pdf->q, system);
	qpdf_oh_release(pdf->q, one);
	qpdf_oh_release(pdf->q, list);
	return cmap;
}

/* For a font of characters; NULL: cairo's guess is the best there is. */
static const char *
of_characters(struct pdf *pdf, qpdf_oh font)
{
	qpdf_oh value = get(pdf, font, "/Encoding");
	const char *name, *cmap = NULL;
	size_t len;

	if (pdf->err != OK || !qpdf_oh_is_name(pdf->q, value))
		return NULL;
	name = qpdf_oh_get_name(pdf->q, value);
	len = strlen(name);
	if (strcmp(name, "/Identity-H") == 0 ||
	    strcmp(name, "/Identity-V") == 0)
		cmap = by_collection(pdf, font);
	else if (len > 2 && (strcmp(name + len - 2, "-H") == 0 ||
	    strcmp(name + len - 2, "-V") == 0))
		for (size_t i = 0; i < sizeof(encodings) /
		    sizeof(encodings[0]); i++)
			if (strlen(encodings[i].name) == len - 2 &&
			    memcmp(encodings[i].name, name, len - 2) == 0)
				cmap = encodings[i].cmap;
	qpdf_oh_release(pdf->q, value);
	return cmap;
}

static void
put(struct pdf *pdf, qpdf_oh font, const char *cmap)
{
	qpdf_oh stream = qpdf_oh_new_stream(pdf->q);
	qpdf_oh null = qpdf_oh_new_null(pdf->q);

	if (!pdf_failed(pdf))
		qpdf_oh_replace_stream_data(pdf->q, stream,
		    (const unsigned char *)cmap, strlen(cmap), null, null);
	if (!pdf_failed(pdf))
		qpdf_oh_replace_key(pdf->q, font, "/ToUnicode", stream);
	qpdf_oh_release(pdf->q, null);
	qpdf_oh_release(pdf->q, stream);
	(void)pdf_failed(pdf);
}

void
pdf_font_unicode(struct pdf *pdf, qpdf_oh font)
{
	static const char *const of_bytes[] = { "/Type1", "/MMType1",
		"/TrueType", "/Type3" };
	qpdf_oh old = get(pdf, font, "/ToUnicode");
	const char *cmap = NULL;

	if (pdf->err == OK && !qpdf_oh_is_stream(pdf->q, old)) {
		for (size_t i = 0; i < sizeof(of_bytes) / sizeof(of_bytes[0]);
		    i++)
			if (pdf_is_name(pdf, font, "/Subtype", of_bytes[i]))
				cmap = CMAP("", "");
		if (pdf_is_name(pdf, font, "/Subtype", "/Type0"))
			cmap = of_characters(pdf, font);
	}
	if (cmap != NULL && pdf->err == OK)
		put(pdf, font, cmap);
	qpdf_oh_release(pdf->q, old);
}
