/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Texts: are these bytes one at all, and if so, what kind, by how it begins.
 * Nothing here makes a text safe: that is charset, clean and html_text.
 */
#include <string.h>

#include "detect_internal.h"

#define SNIFF_BYTES	(64 * 1024)
#define WIDE_BYTES	2048

bool
detect_is_text(struct span head)
{
	size_t controls = 0;

	head = span_sub(head, 0, SNIFF_BYTES);
	if (span_begins(head, SPAN("\xff\xfe")) ||
	    span_begins(head, SPAN("\xfe\xff")))
		return head.len % 2 == 0 || head.len == SNIFF_BYTES;
	for (size_t i = 0; i < head.len; i++) {
		uint8_t c = head.ptr[i];

		if (c == 0)
			return false;
		/* ESC, SO, SI are of ISO-2022 */
		if ((c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b &&
		    c != 0x0e && c != 0x0f) || c == 0x7f)
			controls++;
	}
	return controls * 100 <= head.len;
}

/* Behind a BOM, blanks and comments of SGML. */
static struct span
trim_start(struct span s)
{
	if (span_begins(s, SPAN("\xef\xbb\xbf")))
		s = span_sub(s, 3, s.len);
	for (;;) {
		while (s.len > 0 && (s.ptr[0] == ' ' ||
		    (s.ptr[0] >= '\t' && s.ptr[0] <= '\r')))
			s = span_sub(s, 1, s.len);
		if (!span_begins(s, SPAN("<!--")))
			return s;
		s = span_sub(s, span_find(s, SPAN("-->")) + 3, s.len);
	}
}

static const struct {
	const char	*begins;	/* any case */
	const char	*label;
} starts[] = {
	{ "<!doctype html", "html" }, { "<html", "html" },
	{ "<head", "html" }, { "<body", "html" }, { "<script", "html" },
	{ "<meta ", "html" }, { "<table", "html" }, { "<iframe", "html" },
	{ "<title", "html" }, { "<style", "html" }, { "<div", "html" },
	{ "<p>", "html" }, { "<font", "html" }, { "<center", "html" },
	{ "<!doctype svg", "svg" }, { "<svg", "svg" },
	{ "<hta:", "hta" }, { "<job", "script" }, { "<package", "script" },
	{ "<scriptlet", "script" }, { "<?php", "script" },
	{ "{\\rt", "rtf" }, { "%!ps", "ps" }, { "#!", "script" },
	{ "begin:vcalendar", "ics" }, { "begin:vcard", "vcf" },
	{ "-----begin pgp", "pgp" }, { "-----begin pkcs7", "smime" },
	{ "-----begin cms", "smime" },
	{ "[internetshortcut]", "lnk" }, { "[desktop entry]", "lnk" },
	{ "windows registry editor", "settings" },
	{ "regedit4", "settings" }, { "full address:s:", "settings" },
	{ "screen mode id:i:", "settings" },
	{ "web\r\n1\r\n", "slk" }, { "web\n1\n", "slk" }, { "id;p", "slk" },
	{ "iso-10303-21;", "cad" }, { "@echo off", "script" },
	{ "begin-base64 ", "encoded" },
};

static const char *
xml_label(struct span s)
{
	s = span_sub(s, 0, SNIFF_BYTES);
	if (span_find_nocase(s, SPAN("<svg")) < s.len)
		return "svg";
	if (span_find_nocase(s, SPAN("<html")) < s.len)
		return "html";
	return "xml";
}

/* Does it begin with a field of a mail and have another one soon? */
static bool
is_mail(struct span s)
{
	const struct input in = input_span(s);

	return sanitizer_is_mail(&in);
}

/* What of UTF-16 or UTF-32 with a BOM is ASCII, as that; "?" for the rest. */
static struct span
narrow(struct span head, uint8_t out[WIDE_BYTES])
{
	bool little = span_begins(head, SPAN("\xff\xfe"));
	bool four = span_begins(head, SPAN("\xff\xfe\0\0"));
	size_t width = four ? 4 : 2, n = 0;

	if (!little && !span_begins(head, SPAN("\xfe\xff")))
		return head;
	for (size_t at = width; n < WIDE_BYTES && at + width <= head.len;
	    at += width) {
		uint8_t zeros = 0;

		for (size_t i = 0; i < width; i++)
			zeros |= i == (little ? 0 : width - 1) ? 0 :
			    head.ptr[at + i];
		out[n++] = zeros != 0 ? '?' :
		    head.ptr[at + (little ? 0 : width - 1)];
	}
	return (struct span){ out, n };
}

const char *
detect_text(struct span head)
{
	uint8_t wide[WIDE_BYTES];
	struct span narrowed = narrow(head, wide);
	struct span s = trim_start(narrowed);

	if (span_begins_nocase(s, SPAN("<?xml")))
		return xml_label(s);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (span_begins_nocase(s, span_str(starts[i].begins)))
			return starts[i].label;
	if (narrowed.ptr == head.ptr && is_mail(s)) {
		s = span_sub(s, 0, SNIFF_BYTES);
		return span_find_nocase(s, SPAN("multipart/related")) <
		    s.len && span_find_nocase(s, SPAN("\nReceived:")) ==
		    s.len && span_find_nocase(s, SPAN("\nTo:")) == s.len ?
		    "mht" : "mail";
	}
	return "text";
}
