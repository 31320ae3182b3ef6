/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poppler copies a compressed picture for cairo unless its colours are of a
 * kind that cairo could not describe: a palette is such, and for JPEG 2000
 * any colours that the dictionary names.
 */
#include <stdlib.h>
#include <string.h>

#include "pdf_scan.h"

#define HEAD_BYTES	4096	/* of JPEG 2000: its boxes stand there */
#define SIZ_COMPONENTS	40	/* in a bare codestream */

static bool
has_filter(struct pdf *pdf, qpdf_oh dict, const char *name)
{
	qpdf_oh filter = qpdf_oh_get_key(pdf->q, dict, "/Filter");
	bool has = !pdf_failed(pdf) &&
	    qpdf_oh_is_or_has_name(pdf->q, filter, name);

	qpdf_oh_release(pdf->q, filter);
	return has && !pdf_failed(pdf);
}

/* Grey in any way that is no palette yet? */
static bool
is_grey(struct pdf *pdf, qpdf_oh space)
{
	static const char *const names[] = { "/DeviceGray", "/G", "/CalGray",
		"/ICCBased" };
	qpdf_oh name = qpdf_oh_is_array(pdf->q, space) ?
	    qpdf_oh_get_array_item(pdf->q, space, 0) :
	    qpdf_oh_new_object(pdf->q, space);
	bool grey = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) &&
	    !pdf_failed(pdf); i++)
		grey |= qpdf_oh_is_name_and_equals(pdf->q, name, names[i]);
	qpdf_oh_release(pdf->q, name);
	return grey && !pdf_failed(pdf);
}

/* One bit: black and white of the colours that it has, as a palette. */
static void
describe_bits(struct pdf *pdf, qpdf_oh dict)
{
	qpdf_oh space = qpdf_oh_get_key(pdf->q, dict, "/ColorSpace");
	qpdf_oh palette;

	if (!pdf_failed(pdf) && is_grey(pdf, space)) {
		palette = qpdf_oh_new_array(pdf->q);
		qpdf_oh_append_item(pdf->q, palette,
		    qpdf_oh_new_name(pdf->q, "/Indexed"));
		qpdf_oh_append_item(pdf->q, palette, space);
		qpdf_oh_append_item(pdf->q, palette,
		    qpdf_oh_new_integer(pdf->q, 1));
		qpdf_oh_append_item(pdf->q, palette,
		    qpdf_oh_new_binary_string(pdf->q, "\0\xff", 2));
		qpdf_oh_replace_key(pdf->q, dict, "/ColorSpace", palette);
		qpdf_oh_release(pdf->q, palette);
	}
	qpdf_oh_release(pdf->q, space);
	(void)pdf_failed(pdf);
}

/*
 * How many colours JPEG 2000 has: of its palette, if there is one, else of
 * its header; 0: not known. (ITU-T T.800, I.5.3.1, I.5.3.4, A.5.1)
 */
static unsigned
components(struct span s)
{
	size_t at = span_find(s, SPAN("pclr"));

	if (at + 7 <= s.len)
		return s.ptr[at + 6];
	at = span_find(s, SPAN("ihdr"));
	if (at + 14 <= s.len)
		return (unsigned)(s.ptr[at + 12] << 8 | s.ptr[at + 13]);
	if (span_begins(s, SPAN("\xff\x4f\xff\x51")) &&
	    s.len > SIZ_COMPONENTS + 1)
		return (unsigned)(s.ptr[SIZ_COMPONENTS] << 8 |
		    s.ptr[SIZ_COMPONENTS + 1]);
	return 0;
}

static void
describe_jpeg_2000(struct pdf *pdf, qpdf_oh stream, qpdf_oh dict)
{
	QPDF_BOOL filtered = QPDF_FALSE;
	unsigned char *bytes = NULL;
	unsigned n = 0;
	size_t len = 0;

	(void)qpdf_oh_get_stream_data(pdf->q, stream, qpdf_dl_none, &filtered,
	    &bytes, &len);
	if (!pdf_failed(pdf))
		n = components((struct span){ bytes, len < HEAD_BYTES ? len :
		    HEAD_BYTES });
	free(bytes);
	if (n == 1 || n == 3)
		qpdf_oh_replace_key(pdf->q, dict, "/ColorSpace",
		    qpdf_oh_new_name(pdf->q, n == 1 ? "/DeviceGray" :
		    "/DeviceRGB"));
	(void)pdf_failed(pdf);
}

void
pdf_scan_describe(struct pdf *pdf, qpdf_oh stream, qpdf_oh dict)
{
	if (has_filter(pdf, dict, "/JBIG2Decode") ||
	    has_filter(pdf, dict, "/CCITTFaxDecode") ||
	    has_filter(pdf, dict, "/CCF"))
		describe_bits(pdf, dict);
	else if (has_filter(pdf, dict, "/JPXDecode") &&
	    !qpdf_oh_has_key(pdf->q, dict, "/ColorSpace"))
		describe_jpeg_2000(pdf, stream, dict);
}
