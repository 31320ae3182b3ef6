/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats.h"

#include "handler.h"
#include "limits.h"
#include "pixels.h"

#define PICTURE_LIMITS { { "pixels a side", IMAGE_SIDE_MAX }, \
	{ "pixels", IMAGE_PIXELS_MAX }, \
	{ "bytes of pixels to one of the file", IMAGE_RATIO_MAX } }
#define ARCHIVE_LIMITS { { "files", ARCHIVE_ENTRIES_MAX }, \
	{ "unpacked bytes of one", ARCHIVE_ENTRY_BYTES_MAX }, \
	{ "unpacked bytes in all", ARCHIVE_BYTES_MAX }, \
	{ "unpacked bytes to a packed one", ARCHIVE_RATIO_MAX } }

#define REMOVED	"removed, named in the notice; the original stays with the " \
	"gateway"

static const struct format_row rows[] = {
	{ { PART_TEXT }, "text", "txt", "UTF-8, invisible characters out",
	    "ICU", { { "bytes", EXPANDED_BYTES_MAX } } },
	{ { PART_CSV }, "csv, tsv", "csv",
	    "UTF-8; cells that would be calculated begin with '", "ICU",
	    { { "bytes of a cell", CSV_FIELD_BYTES_MAX } } },
	{ { PART_CALENDAR, PART_VCARD, PART_XML }, "ics, vcf, xml", "txt",
	    "as the text that they are", "ICU",
	    { { "bytes", EXPANDED_BYTES_MAX } } },
	{ { PART_HTML, PART_MHT }, "html, mht", "txt",
	    "what a reader sees, with the true targets of links", "ICU",
	    { { "rules of style", HTML_RULES_MAX } } },
	{ { PART_MAIL }, "eml", "eml",
	    "taken apart and written anew like the mail that holds it", "ICU",
	    { { "parts", MIME_PARTS_MAX }, { "bytes", MIME_BYTES_MAX },
	    { "deep", NESTING_DEPTH_MAX } } },
	{ { PART_JPEG, PART_PNG, PART_GIF, PART_WEBP, PART_BMP, PART_TIFF,
	    PART_HEIC }, "JPEG, PNG, GIF, WebP, BMP, TIFF, HEIC",
	    "JPEG or PNG; a TIFF of several pages PDF",
	    "over the pixels; no metadata, turned upright",
	    "libjpeg, libpng, giflib, libwebp, libtiff, libheif",
	    PICTURE_LIMITS },
	{ { PART_SVG }, "SVG", "PNG or JPEG", "drawn, without links and "
	    "scripts", "librsvg, cairo", PICTURE_LIMITS },
	{ { PART_OOXML }, "docx, xlsx, pptx, with macros or templates",
	    "docx, xlsx, pptx", "each part written anew from lists of "
	    "elements; macros, objects, DDE, outside links and templates out",
	    "libxml2, zlib", { { "parts", OOXML_PARTS_MAX },
	    { "unpacked bytes of a part", ZIP_PART_BYTES_MAX },
	    { "unpacked bytes in all", ZIP_PARTS_BYTES_MAX },
	    { "unpacked bytes to a packed one", ZIP_RATIO_MAX } } },
	{ { PART_PDF }, "PDF", "PDF", "drawn anew (policy `rebuild`), with "
	    "its bookmarks and its links to the web and within, or pages as "
	    "pictures with searchable text (`image`); no scripts or actions; "
	    "text that cannot be seen is told or gone; attached files stand "
	    "beside it, each by its own row", "qpdf, poppler, cairo",
	    { { "pages", PIXELS_PAGES_MAX }, { "objects", PDF_OBJECTS_MAX },
	    { "bytes of a page's drawing", PDF_CONTENT_BYTES_MAX },
	    { "operators of a page", PDF_OPERATORS_MAX } } },
	{ { PART_ZIP, PART_ARCHIVE },
	    "ZIP, 7z, LZH, rar, tar, gz, bz2, xz, cab", "ZIP",
	    "each file by its own row, right Japanese names, a list of what "
	    "was done inside", "zlib, libarchive", ARCHIVE_LIMITS },
	{ { PART_ODF }, "odt, ods, odp", "nothing yet", REMOVED, "",
	    { { NULL, 0 } } },
	{ { PART_CFB, PART_RTF }, "doc, xls, ppt, msg, jtd, rtf",
	    "nothing yet", REMOVED, "", { { NULL, 0 } } },
	{ { PART_TNEF, PART_SMIME, PART_PGP, PART_MEDIA, PART_ACTIVE,
	    PART_UNKNOWN }, "programs, sound, video, unknown bytes",
	    "nothing", REMOVED, "", { { NULL, 0 } } },
};

const struct format_row *
format_row(unsigned i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

bool
format_step(enum part_kind kind, unsigned i, struct format_step *step)
{
	struct sanitizer_policy policy;
	const struct handler *handler;

	sanitizer_policy_standard(&policy);
	if ((handler = handler_find(kind, &policy, i)) == NULL)
		return false;
	*step = (struct format_step){ handler->method, handler->name,
		handler->outcome };
	return true;
}

const char *
format_word(enum part_kind kind)
{
	return handler_word(kind);
}
