/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_LIMITS_H
#define SEKISHO_SANITIZER_LIMITS_H

/* Reaching one is ERR_LIMIT (the mail is held), never truncation. */
#define MIME_HEADER_BYTES_MAX		(256 * 1024)
#define MIME_FIELD_BYTES_MAX		(32 * 1024)
#define MIME_FIELDS_MAX			1000
#define MIME_PARAMETERS_MAX		64	/* a field */
#define MIME_SECTIONS_MAX		100	/* RFC 2231 */
#define MIME_BOUNDARY_BYTES_MAX		200
#define MIME_PARTS_MAX			500
#define MIME_DEPTH_MAX			16
#define MIME_BYTES_MAX			(100u * 1024 * 1024)

/* Over all kinds of nesting together: mail in zip in mail counts. */
#define NESTING_DEPTH_MAX		8
#define LEAVES_MAX			500
#define EXPANDED_BYTES_MAX		(300u * 1024 * 1024)
#define ARENA_BYTES_MAX			(32u * 1024 * 1024)

/* HTML to text. Deeper elements and tables lose their structure, no text. */
#define HTML_DEPTH_MAX			256
#define HTML_RULES_MAX			16384	/* ERR_LIMIT */
#define HTML_PREFIX_BYTES_MAX		96
#define HTML_TABLE_DEPTH_MAX		32
#define HTML_CELLS_MAX			65536	/* of open tables */
#define HTML_GRID_CELLS_MAX		4096	/* of one drawn table */
#define HTML_GRID_COLUMNS_MAX		32
#define HTML_GRID_WIDTH_MAX		100	/* columns of text */

/* Pictures, before anything is decoded. */
#define IMAGE_SIDE_MAX			30000
#define IMAGE_PIXELS_MAX		(100u * 1000 * 1000)
#define IMAGE_PIXELS_FREE		(4u * 1000 * 1000)
#define IMAGE_RATIO_MAX			1000	/* bytes of pixels to file */
#define IMAGE_WORK_BYTES_MAX		(320u * 1024 * 1024)
#define JPEG_SCANS_MAX			100
/* A TIFF of several pages: their pixels, and what they are packed. */
#define TIFF_PIXELS_MAX			(1000u * 1000 * 1000)
#define TIFF_LIST_BYTES_MAX		(160u * 1024 * 1024)

/* A cell of a table of text; Excel's own limit is a third of it. */
#define CSV_FIELD_BYTES_MAX		(1024 * 1024)

/* XML of office documents. */
#define XML_TAG_BYTES_MAX		(64 * 1024)
#define XML_TAG_EQUALS_MAX		256
#define XML_COMMENT_BYTES_MAX		(256 * 1024)
#define XML_DEPTH_MAX			256
#define XML_BINDINGS_MAX		512	/* xmlns: in scope */
#define OOXML_PARTS_MAX			2000
#define OOXML_RELATIONS_MAX		20000	/* of all parts */
#define OOXML_OUT_BYTES_MAX		(256u * 1024 * 1024)
#define OOXML_ARENA_BYTES_MAX		(32u * 1024 * 1024)

/*
 * ZIP. Parts are the entries of office files (ZIP_STRICT), entries those of
 * archives. The ratio counts behind the first ZIP_RATIO_FREE_BYTES only.
 */
#define ZIP_PARTS_MAX			2000
#define ZIP_PART_BYTES_MAX		(256u * 1024 * 1024)
#define ZIP_PARTS_BYTES_MAX		(512u * 1024 * 1024)
#define ZIP_ENTRIES_MAX			1000
#define ZIP_ENTRY_BYTES_MAX		(100u * 1024 * 1024)
#define ZIP_ENTRIES_BYTES_MAX		EXPANDED_BYTES_MAX
#define ZIP_RATIO_MAX			200
#define ZIP_RATIO_FREE_BYTES		(1024u * 1024)
#define ZIP_NAME_BYTES_MAX		1024
#define ZIP_DIRECTORY_BYTES_MAX		(4u * 1024 * 1024)
#define ZIP_FALSE_HEADERS_MAX		10000	/* seen while scanning */
#define ZIP_PACKED_BYTES_MAX		(8u * 1024 * 1024)

/* PDF, before anything is drawn; content and operators are of one page. */
#define PDF_OBJECTS_MAX			(1000 * 1000)
#define PDF_DEPTH_MAX			64
#define PDF_CONTENT_BYTES_MAX		(16u * 1024 * 1024)
#define PDF_OPERATORS_MAX		(2u * 1000 * 1000)
#define PDF_TREE_PAIRS_MAX		(50u * 1000)
#define PDF_LINKS_MAX			10000
#define PDF_BOOKMARKS_MAX		10000
#define PDF_BOOKMARK_DEPTH_MAX		16

/* Archives of other kinds; the same figures. Paths: longer ones are odd. */
#define ARCHIVE_ENTRIES_MAX		ZIP_ENTRIES_MAX
#define ARCHIVE_ENTRY_BYTES_MAX		ZIP_ENTRY_BYTES_MAX
#define ARCHIVE_BYTES_MAX		ZIP_ENTRIES_BYTES_MAX
#define ARCHIVE_RATIO_MAX		ZIP_RATIO_MAX
#define ARCHIVE_RATIO_FREE_BYTES	ZIP_RATIO_FREE_BYTES
#define ARCHIVE_PATH_BYTES_MAX		4096

/* More than this many kinds of mime_flag: the mail is held. */
#define AMBIGUITY_KINDS_MAX		3

#endif
