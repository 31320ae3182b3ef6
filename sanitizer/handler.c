/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of handlers and the ladder over it. What stands in no row cannot
 * be made safe by us and is removed: that is the rule, not a gap.
 */
#include "handler.h"

#define KEPT		OUTCOME_KEPT
#define REBUILT		OUTCOME_REBUILT
#define RENDERED	OUTCOME_RENDERED
#define EXTRACTED	OUTCOME_EXTRACTED

/* JPEG or PNG, as the picture is */
#define PICTURE(kind, method, name) \
	{ kind, method, { CONVERT_PICTURE }, SAFE_NONE, REBUILT, name, \
	    RUN_NOTHING }

static const struct handler handlers[] = {
	{ PART_TEXT, METHOD_REBUILD, { 0 }, SAFE_TEXT, KEPT, "text",
	    RUN_TEXT },
	{ PART_TEXT, METHOD_TEXT, { 0 }, SAFE_TEXT, KEPT, "text", RUN_TEXT },
	/* a table is text: both steps of every ladder that ends there */
	{ PART_CSV, METHOD_TEXT, { 0 }, SAFE_CSV, REBUILT, "csv", RUN_CSV },
	{ PART_CSV, METHOD_TEXT, { 0 }, SAFE_TEXT, EXTRACTED, "text",
	    RUN_TEXT },
	{ PART_CALENDAR, METHOD_TEXT, { 0 }, SAFE_TEXT, EXTRACTED, "text",
	    RUN_TEXT },
	{ PART_VCARD, METHOD_TEXT, { 0 }, SAFE_TEXT, EXTRACTED, "text",
	    RUN_TEXT },
	{ PART_XML, METHOD_TEXT, { 0 }, SAFE_TEXT, EXTRACTED, "text",
	    RUN_TEXT },
	{ PART_HTML, METHOD_TEXT, { 0 }, SAFE_TEXT, EXTRACTED, "html-text",
	    RUN_HTML },
	{ PART_MHT, METHOD_TEXT, { 0 }, SAFE_TEXT, EXTRACTED, "html-text",
	    RUN_MHT },
	{ PART_JPEG, METHOD_REBUILD, { CONVERT_PICTURE },
	    SAFE_JPEG, REBUILT, "jpeg", RUN_NOTHING },
	{ PART_JPEG, METHOD_IMAGE, { CONVERT_PICTURE },
	    SAFE_JPEG, REBUILT, "jpeg", RUN_NOTHING },
	{ PART_PNG, METHOD_REBUILD, { CONVERT_PICTURE },
	    SAFE_PNG, REBUILT, "png", RUN_NOTHING },
	{ PART_PNG, METHOD_IMAGE, { CONVERT_PICTURE },
	    SAFE_PNG, REBUILT, "png", RUN_NOTHING },
	PICTURE(PART_GIF, METHOD_REBUILD, "gif"),
	PICTURE(PART_GIF, METHOD_IMAGE, "gif"),
	PICTURE(PART_WEBP, METHOD_REBUILD, "webp"),
	PICTURE(PART_WEBP, METHOD_IMAGE, "webp"),
	PICTURE(PART_BMP, METHOD_REBUILD, "bmp"),
	PICTURE(PART_BMP, METHOD_IMAGE, "bmp"),
	PICTURE(PART_TIFF, METHOD_REBUILD, "tiff"),
	PICTURE(PART_TIFF, METHOD_IMAGE, "tiff"),
	PICTURE(PART_HEIC, METHOD_REBUILD, "heic"),
	PICTURE(PART_HEIC, METHOD_IMAGE, "heic"),
	{ PART_OOXML, METHOD_REBUILD, { CONVERT_OFFICE },
	    SAFE_NONE, REBUILT, "office", RUN_NOTHING },
	{ PART_OOXML, METHOD_TEXT, { CONVERT_OFFICE_TEXT },
	    SAFE_TEXT, EXTRACTED, "office-text", RUN_NOTHING },
	{ PART_PDF, METHOD_REBUILD, { CONVERT_PDF_CLEAN, CONVERT_RENDER_DRAW,
	    CONVERT_PDF_FINISH }, SAFE_PDF, REBUILT, "pdf-redraw",
	    RUN_NOTHING },
	/* the two in the middle again, as long as there are pages */
	{ PART_PDF, METHOD_IMAGE, { CONVERT_PDF_CLEAN, CONVERT_RENDER_PIXELS,
	    CONVERT_PDF_PAGES, CONVERT_PDF_PIXELS },
	    SAFE_PDF, RENDERED, "pdf-image", RUN_NOTHING },
	{ PART_PDF, METHOD_TEXT, { CONVERT_PDF_CLEAN, CONVERT_RENDER_TEXT },
	    SAFE_TEXT, EXTRACTED, "pdf-text", RUN_DRAWN_TEXT },
	/* its type is what the picture's writer chose */
	{ PART_SVG, METHOD_REBUILD, { CONVERT_RENDER_PIXELS,
	    CONVERT_PIXELS_PICTURE }, SAFE_NONE, RENDERED, "svg-image",
	    RUN_NOTHING },
	{ PART_SVG, METHOD_IMAGE, { CONVERT_RENDER_PIXELS,
	    CONVERT_PIXELS_PICTURE }, SAFE_NONE, RENDERED, "svg-image",
	    RUN_NOTHING },
};
#define HANDLERS_N (sizeof(handlers) / sizeof(handlers[0]))

/* The word of a policy (sekisho.rules(5)) that says how a kind is treated. */
enum policy_word {
	WORD_TEXT = 0,
	WORD_IMAGE,
	WORD_PDF,
	WORD_OFFICE,
	WORD_LEGACY,
	WORD_ARCHIVE,
	WORD_OTHER
};

static enum policy_word
word_of(enum part_kind kind)
{
	switch (kind) {
	case PART_TEXT:
	case PART_HTML:
	case PART_MAIL:
	case PART_CALENDAR:
	case PART_VCARD:
	case PART_CSV:
	case PART_XML:
	case PART_MHT:
		return WORD_TEXT;
	case PART_JPEG:
	case PART_PNG:
	case PART_GIF:
	case PART_WEBP:
	case PART_BMP:
	case PART_TIFF:
	case PART_HEIC:
	case PART_SVG:
		return WORD_IMAGE;
	case PART_PDF:
		return WORD_PDF;
	case PART_OOXML:
	case PART_ODF:
		return WORD_OFFICE;
	case PART_CFB:
	case PART_RTF:
		return WORD_LEGACY;
	case PART_ZIP:
	case PART_ARCHIVE:
		return WORD_ARCHIVE;
	case PART_UNKNOWN:
	case PART_TNEF:
	case PART_SMIME:
	case PART_PGP:
	case PART_ACTIVE:
	case PART_MEDIA:
	case PART_KIND_N:
		break;
	}
	return WORD_OTHER;
}

const char *
handler_word(enum part_kind kind)
{
	static const char *const names[] = { "text", "image", "pdf", "office",
		"legacy-office", "archive", "other" };

	return names[word_of(kind)];
}

enum method
handler_method(enum part_kind kind, const struct sanitizer_policy *policy)
{
	switch (word_of(kind)) {
	case WORD_TEXT:
		return policy->text;
	case WORD_IMAGE:
		return policy->image;
	case WORD_PDF:
		return policy->pdf;
	case WORD_OFFICE:
		return policy->office;
	case WORD_LEGACY:
		return policy->legacy_office;
	case WORD_ARCHIVE:
		return policy->archive;
	case WORD_OTHER:
		break;
	}
	return policy->other;
}

/* The steps of the ladder below each method, itself first. */
static unsigned
steps(enum method method, enum method out[4])
{
	unsigned n = 0;

	switch (method) {
	case METHOD_REMOVE:
	case METHOD_HOLD:
		return 0;
	case METHOD_REBUILD:
		out[n++] = METHOD_REBUILD;
		break;
	case METHOD_CONVERT:
		out[n++] = METHOD_CONVERT;
		break;
	case METHOD_EXTRACT:
		out[n++] = METHOD_EXTRACT;
		break;
	case METHOD_IMAGE:
	case METHOD_TEXT:
		break;
	}
	if (method != METHOD_TEXT)
		out[n++] = METHOD_IMAGE;
	out[n++] = METHOD_TEXT;
	return n;
}

const struct handler *
handler_find(enum part_kind kind, const struct sanitizer_policy *policy,
    unsigned i)
{
	enum method order[4];
	unsigned n = steps(handler_method(kind, policy), order);

	for (unsigned step = 0; step < n; step++)
		for (size_t h = 0; h < HANDLERS_N; h++)
			if (handlers[h].kind == kind &&
			    handlers[h].method == order[step] && i-- == 0)
				return &handlers[h];
	return NULL;
}
