/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of kinds and outcomes, the shipped policy, and the question whether
 * something is a mail at all.
 */
#include <string.h>

#include "sanitizer.h"

#define IS_MAIL_BYTES	(64 * 1024)

const char *
part_kind_name(enum part_kind kind)
{
	static const char *const names[PART_KIND_N] = {
		[PART_UNKNOWN] = "unknown", [PART_TEXT] = "text",
		[PART_HTML] = "html", [PART_MAIL] = "mail",
		[PART_JPEG] = "jpeg", [PART_PNG] = "png",
		[PART_GIF] = "gif", [PART_WEBP] = "webp",
		[PART_BMP] = "bmp", [PART_TIFF] = "tiff",
		[PART_HEIC] = "heic", [PART_SVG] = "svg",
		[PART_PDF] = "pdf", [PART_OOXML] = "ooxml",
		[PART_ODF] = "odf", [PART_ZIP] = "zip", [PART_CFB] = "cfb",
		[PART_RTF] = "rtf", [PART_ARCHIVE] = "archive",
		[PART_TNEF] = "tnef", [PART_SMIME] = "smime",
		[PART_PGP] = "pgp", [PART_CALENDAR] = "calendar",
		[PART_VCARD] = "vcard", [PART_CSV] = "csv",
		[PART_XML] = "xml", [PART_MHT] = "mht",
		[PART_ACTIVE] = "active", [PART_MEDIA] = "media",
	};

	require(kind < PART_KIND_N);
	return names[kind];
}

const char *
part_outcome_name(enum part_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_KEPT:
		return "kept";
	case OUTCOME_REBUILT:
		return "rebuilt";
	case OUTCOME_RENDERED:
		return "rendered";
	case OUTCOME_EXTRACTED:
		return "extracted";
	case OUTCOME_REMOVED:
		return "removed";
	}
	require(!"outcome");
	return "";
}

void
sanitizer_policy_standard(struct sanitizer_policy *policy)
{
	*policy = (struct sanitizer_policy){
		.name = "standard",
		.pdf = METHOD_REBUILD,
		.image = METHOD_REBUILD,
		.office = METHOD_REBUILD,
		.text = METHOD_REBUILD,
		.archive = METHOD_REBUILD,
		.legacy_office = METHOD_CONVERT,
		.encrypted = METHOD_HOLD,
		.other = METHOD_REMOVE,
		.archive_depth = 3,
	};
}

/* The length of a field's name (RFC 5322 3.6.8) with its colon; 0: none. */
static size_t
field_name(struct span line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] == ':')
			return i > 0 ? i + 1 : 0;
		if (line.ptr[i] <= ' ' || line.ptr[i] > '~')
			return 0;
	}
	return 0;
}

/* Fields that a mail has and hardly any other text with colons. */
static bool
is_known_field(struct span name)
{
	static const char *const names[] = { "From:", "To:", "Cc:", "Subject:",
	    "Date:", "Received:", "Return-Path:", "Message-ID:",
	    "MIME-Version:", "Content-Type:", "Delivered-To:", "Reply-To:",
	    "Content-Transfer-Encoding:", "Sender:", "DKIM-Signature:" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal_nocase(name, span_str(names[i])))
			return true;
	return false;
}

bool
sanitizer_is_mail(const struct input *in)
{
	static uint8_t bytes[IS_MAIL_BYTES];	/* one thread, one file */
	struct span s = { bytes, 0 }, line;
	unsigned fields = 0, known = 0;
	bool more;

	if (input_read(in, 0, bytes, sizeof(bytes), &s.len) != OK)
		return false;
	if (span_begins(s, SPAN("From ")))	/* mbox */
		(void)span_cut(&s, '\n', &line);
	do {
		size_t n;

		more = span_cut(&s, '\n', &line);
		if (span_trim(line).len == 0)
			break;
		if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
			continue;
		if ((n = field_name(line)) == 0)
			return fields >= 3 && known >= 2;
		fields++;
		known += is_known_field(span_sub(line, 0, n));
	} while (more);
	return fields > 0 && known >= 2;
}
