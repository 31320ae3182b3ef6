/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A page with the fonts that documents name without bringing them, drawn in
 * the zygote: fontconfig's lists, the tables of characters and the fonts are
 * then there for each child, and no file is looked for that it may not see.
 */
#include <fontconfig/fontconfig.h>
#include <poppler.h>

#include "render.h"

static const char *const objects[] = {
	"<</Type/Catalog/Pages 2 0 R>>",
	"<</Type/Pages/Count 1/Kids[3 0 R]>>",
	"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R"
	    "/Resources<</Font<</A 5 0 R/B 6 0 R/C 7 0 R/D 8 0 R>>>>>>",
	"<</Length 130>>stream\n"
	    "BT /A 12 Tf 9 150 Td (abc) Tj /B 12 Tf 0 -30 Td (abc) Tj "
	    "/C 12 Tf 0 -30 Td <65e5672c> Tj /D 12 Tf 0 -30 Td <93fa967b> "
	    "Tj ET            \nendstream",
	"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
	"<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3"
	    "/Encoding/UniJIS-UTF16-H/DescendantFonts[9 0 R]>>",
	"<</Type/Font/Subtype/Type0/BaseFont/HeiseiKakuGo-W5"
	    "/Encoding/90ms-RKSJ-H/DescendantFonts[10 0 R]>>",
	"<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3"
	    "/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>"
	    "/FontDescriptor 11 0 R>>",
	"<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiKakuGo-W5"
	    "/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>"
	    "/FontDescriptor 12 0 R>>",
	"<</Type/FontDescriptor/FontName/HeiseiMin-W3/Flags 6"
	    "/FontBBox[-123 -257 1001 910]/ItalicAngle 0/Ascent 709"
	    "/Descent -241/CapHeight 709/StemV 69>>",
	"<</Type/FontDescriptor/FontName/HeiseiKakuGo-W5/Flags 4"
	    "/FontBBox[-92 -250 1010 922]/ItalicAngle 0/Ascent 752"
	    "/Descent -221/CapHeight 737/StemV 114>>",
};
#define OBJECTS_N	(sizeof(objects) / sizeof(objects[0]))

static enum err
write_page(struct buf *buf)
{
	size_t at[OBJECTS_N], xref;
	enum err err;

	err = buf_add_str(buf, "%PDF-1.4\n");
	for (size_t i = 0; i < OBJECTS_N && err == OK; i++) {
		at[i] = buf->len;
		err = buf_printf(buf, "%zu 0 obj%s\nendobj\n", i + 1,
		    objects[i]);
	}
	xref = buf->len;
	if (err == OK)
		err = buf_printf(buf, "xref\n0 %zu\n0000000000 65535 f \n",
		    OBJECTS_N + 1);
	for (size_t i = 0; i < OBJECTS_N && err == OK; i++)
		err = buf_printf(buf, "%010zu 00000 n \n", at[i]);
	if (err == OK)
		err = buf_printf(buf, "trailer<</Size %zu/Root 1 0 R>>\n"
		    "startxref\n%zu\n%%%%EOF\n", OBJECTS_N + 1, xref);
	return err;
}

static enum err
forget_write(struct filter *f, struct span s)
{
	(void)f;
	(void)s;
	return OK;
}

static enum err
forget_end(struct filter *f)
{
	(void)f;
	return OK;
}

void
render_warm(void)
{
	struct filter forget = { forget_write, forget_end, NULL };
	struct convert_result result = { 0 };
	struct buf buf;
	enum err err;

	/* the lists of fonts are not looked at again */
	(void)FcInit();
	(void)FcConfigSetRescanInterval(NULL, 0);
	buf_init(&buf, 16 * 1024);
	if ((err = write_page(&buf)) == OK)
		err = render_pdf_pixels(buf_span(&buf), 0, &forget, &result);
	if (err == OK)
		err = render_pdf_draw(buf_span(&buf), &forget, &result);
	if (err == OK)
		err = render_svg_pixels(SPAN("<svg xmlns='http://www.w3.org/"
		    "2000/svg' width='60' height='20'><text y='15'>a\u65e5"
		    "</text></svg>"), &forget, &result);
	(void)err;	/* without: fonts are missing in what is drawn */
	buf_fini(&buf);
}
