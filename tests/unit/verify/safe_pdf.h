/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PDF writer of the tests' own, by the comment of sanitizer/pdf_write.h, so
 * that the sanitizer's writer does not judge itself.
 */
#ifndef SEKISHO_TESTS_SAFE_PDF_H
#define SEKISHO_TESTS_SAFE_PDF_H

#include <zlib.h>

#include "safe_mail.h"

static int safe_pdf_level = 9;		/* of compression */

struct safe_pdf {
	struct out	bytes;
	unsigned	n;
	size_t		offsets[100];
};

static inline void
pdf_begin(struct safe_pdf *p)
{
	memset(p, 0, sizeof(*p));
	put(&p->bytes, "%%PDF-1.5\n%%\xe2\xe3\xcf\xd3\n");
}

static inline void
pdf_value(struct safe_pdf *p, const char *value)
{
	p->offsets[++p->n] = p->bytes.len;
	put(&p->bytes, "%u 0 obj\n%s", p->n, value);
	put(&p->bytes, "\nendobj\n");
}

/* dict has "%zu" where its length is to stand */
static inline void
pdf_stream(struct safe_pdf *p, const char *dict, const void *data, size_t len)
{
	char text[1024];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), dict, len);
#pragma GCC diagnostic pop
	p->offsets[++p->n] = p->bytes.len;
	put(&p->bytes, "%u 0 obj\n%s\nstream\n", p->n, text);
	put_bytes(&p->bytes, data, len);
	put(&p->bytes, "\nendstream\nendobj\n");
}

static inline void
pdf_flate(struct safe_pdf *p, const char *dict, const void *data, size_t len)
{
	uLongf room = compressBound((uLong)len);
	uint8_t *packed = malloc(room);

	if (packed == NULL || compress2(packed, &room, data, (uLong)len,
	    safe_pdf_level) != Z_OK)
		abort();
	pdf_stream(p, dict, packed, room);
	free(packed);
}

/* The bytes are the caller's. */
static inline struct out
pdf_finish_file(struct safe_pdf *p)
{
	size_t xref = p->bytes.len;

	put(&p->bytes, "xref\n0 %u\n0000000000 65535 f \n", p->n + 1);
	for (unsigned i = 1; i <= p->n; i++)
		put(&p->bytes, "%010zu 00000 n \n", p->offsets[i]);
	put(&p->bytes, "trailer\n<</Root 1 0 R/Size %u>>\nstartxref\n%zu\n"
	    "%%%%EOF\n", p->n + 1, xref);
	return p->bytes;
}

#define PDF_FLATE	"<</Filter/FlateDecode/Length %zu>>"
#define PDF_PAGE_TEXT	"<</Contents 4 0 R/Group<</CS/DeviceRGB/I true/S" \
	"/Transparency/Type/Group>>/MediaBox[0 0 595.276 841]/Parent 2 0 R" \
	"/Resources 5 0 R/Type/Page>>"
#define PDF_TEXT	"1 0 0 -1 0 841 cm\nq\n0.5 0 0 rg /a0 gs\nBT\n" \
	"20.5 0 0 -24 72 72 Tm\n/f-0-0 1 Tf\n[(P\\(\\))-17.5(o)<41>]TJ\nET\n" \
	"/I0 Do\n0 0 m 1 1 l h f*\nQ\n"
#define PDF_CMAP	"/CIDInit /ProcSet findresource begin\n12 dict " \
	"begin\n" \
	"begincmap\n/CIDSystemInfo\n<< /Registry (Adobe)\n   /Ordering (UCS)" \
	"\n   /Supplement 0\n>> def\n/CMapName /Adobe-Identity-UCS def\n" \
	"/CMapType 2 def\n1 begincodespacerange\n<00> <ff>\n" \
	"endcodespacerange\n1 beginbfchar\n<50> <0050>\nendbfchar\nendcmap\n" \
	"CMapName currentdict /CMap defineresource pop\nend\nend\n"
#define PDF_IMAGE	"<</BitsPerComponent 4/ColorSpace/DeviceGray/Filter" \
	"/FlateDecode/Height 2/Length %zu/Subtype/Image/Type/XObject/Width 5>>"

/* Objects 3 to 10 of a PDF of one page, each of which a test may replace. */
struct pdf_parts {
	const char	*page, *content, *resources, *font, *descriptor, *cmap,
			*image;
	size_t		 image_len;
};

static inline struct out
make_pdf(const struct pdf_parts *with)
{
	static const uint8_t pixels[64] = { 0x12, 0x34, 0x50, 0x67, 0x89 };
	const struct pdf_parts none = { NULL }, *w = with ? with : &none;
	const char *content = w->content ? w->content : PDF_TEXT;
	const char *cmap = w->cmap ? w->cmap : PDF_CMAP;
	struct safe_pdf p;

	pdf_begin(&p);
	pdf_value(&p, "<</Pages 2 0 R/Type/Catalog>>");
	pdf_value(&p, "<</Count 1/Kids[3 0 R]/Type/Pages>>");
	pdf_value(&p, w->page ? w->page : PDF_PAGE_TEXT);
	pdf_flate(&p, PDF_FLATE, content, strlen(content));
	pdf_value(&p, w->resources ? w->resources : "<</ExtGState<</a0<</CA 1"
	    "/ca 0.5>>>>/Font<</f-0-0 6 0 R>>/XObject<</I0 9 0 R>>>>");
	pdf_value(&p, w->font ? w->font : "<</BaseFont/AB+C#20d/Encoding"
	    "/WinAnsiEncoding/FirstChar 32/FontDescriptor 7 0 R/LastChar 33"
	    "/Subtype/TrueType/ToUnicode 8 0 R/Type/Font/Widths[317 -0.5]>>");
	pdf_value(&p, w->descriptor ? w->descriptor : "<</Ascent 928/FontBBox"
	    "[-1 -2 3 4]/FontFamily<4142>/FontFile2 10 0 R/FontName/AB+C"
	    "/Type/FontDescriptor>>");
	pdf_flate(&p, PDF_FLATE, cmap, strlen(cmap));
	pdf_flate(&p, w->image ? w->image : PDF_IMAGE, pixels,
	    w->image_len > 0 ? w->image_len : 6);
	pdf_flate(&p, "<</Filter/FlateDecode/Length %zu/Length1 7>>",
	    "program", 7);
	return pdf_finish_file(&p);
}

#endif
