/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_PDF_H
#define SEKISHO_VERIFY_PDF_H

#include "verify_inflate.h"
#include "verify_jpeg.h"
#include "verify_pdf_content.h"

/*
 * A PDF in the shape of sanitizer/pdf_write.h, pushed in any split. Each
 * object but the array of a palette is referred to before it stands in the
 * file, so that its class is known when it comes; a class is a list of keys
 * (verify_pdf_rows.c). Contents are read operator by operator, pictures are
 * counted; of programs of fonts only their compression is looked at.
 */

/* What an object is, by the key that refers to it. */
enum pdf_kind {
	KIND_NONE = 0,		/* not referred to; a plain value */
	KIND_PAGES,
	KIND_PAGE,
	KIND_CONTENT,		/* streams without keys of their own */
	KIND_GLYPH,
	KIND_CMAP,
	KIND_FONT_FILE,
	KIND_XOBJECT,		/* one of the two below */
	KIND_IMAGE,
	KIND_FORM,
	KIND_RESOURCES,
	KIND_XOBJECTS,		/* dictionaries by name */
	KIND_FONTS,
	KIND_STATES,
	KIND_PATTERNS,
	KIND_SHADINGS,
	KIND_SPACES,
	KIND_GLYPHS,
	KIND_FONT,
	KIND_DESCRIPTOR,
	KIND_ENCODING,
	KIND_CID_SYSTEM,
	KIND_STATE,
	KIND_SOFT_MASK,
	KIND_GROUP,
	KIND_SPACE,
	KIND_PATTERN,
	KIND_SHADING,
	KIND_FUNCTION,
	KIND_LINK,		/* an annotation: of a shape, not of keys */
	KIND_OUTLINES,		/* of shapes, too: the root of bookmarks */
	KIND_BOOKMARK
};

struct pdf_key {
	enum pdf_kind	 kind;		/* of the dict that has it */
	const char	*name;
	enum pdf_kind	 child;		/* KIND_NONE: a plain value */
	unsigned	 flags;
	const char	*texts;		/* all that are allowed, or NULL */
};
#define KEY_MUST	1u		/* is always there */
#define KEY_MANY	2u		/* may be an array of them */
#define KEY_NAME	4u		/* may be a name */
#define KEY_STREAM	8u		/* only a stream has it, and always */

/* What is known of the dict at hand, for its stream. */
struct pdf_facts {
	bool		dct, mask;
	uint64_t	length, width, height, bits;
	uint64_t	type;		/* of a function, pattern, shading */
	unsigned	components;	/* of its colours */
};

struct pdf_reader {
	unsigned	 state;
	uint64_t	 bytes;		/* read */
	uint64_t	 line_at;	/* where the line at hand begins */
	uint32_t	 objects;	/* begun */
	uint32_t	 highest;	/* that was referred to */
	uint32_t	 pages;
	uint32_t	 outlines;	/* the root of bookmarks; 0: none */
	uint32_t	 row;		/* of the table at the end */
	uint64_t	 xref_at;
	uint64_t	 decoded;	/* bytes of all streams */
	uint64_t	 contents;	/* of these, read as operators */
	enum pdf_kind	 kind;		/* of the object at hand */
	struct pdf_facts facts;
	uint64_t	 stream_left;
	uint64_t	 stream_decoded;
	union {
		struct inflate	inflate;
		struct jpeg	jpeg;
	} data;
	struct pdf_content content;
	size_t		 line_len;
	uint8_t		 line[VERIFY_PDF_VALUE_BYTES_MAX];
	uint8_t		 kinds[VERIFY_PDF_OBJECTS_MAX + 1];
	uint64_t	 offsets[VERIFY_PDF_OBJECTS_MAX + 1];
};

/* Large: static storage. */
void pdf_reader_init(struct pdf_reader *pdf);
enum err pdf_reader_write(struct pdf_reader *pdf, struct span bytes,
    struct diag *diag) MUST_CHECK;
enum err pdf_reader_end(const struct pdf_reader *pdf, struct diag *diag)
    MUST_CHECK;

/* ---- between the files of this reader ---- */

/*
 * The value of an object of pdf->kind: its keys, and what they refer to.
 * Fills pdf->facts; XOBJECT becomes IMAGE or FORM.
 */
enum err pdf_reader_value(struct pdf_reader *pdf, struct span value,
    bool stream, struct diag *diag) MUST_CHECK;

/* A link on a page; the root of bookmarks, or one of them. */
enum err pdf_reader_link(const struct pdf_reader *pdf, struct span value,
    struct diag *diag) MUST_CHECK;
enum err pdf_reader_outline(struct pdf_reader *pdf, struct span value,
    struct diag *diag) MUST_CHECK;
/* Behind "/Dest[": a page, as a whole or where on it, and "]"; taken off. */
enum err pdf_reader_place(const struct pdf_reader *pdf, struct span *s,
    struct diag *diag) MUST_CHECK;
/* The object of this number is of this kind; or is, when it comes. */
enum err pdf_reader_refer(struct pdf_reader *pdf, uint64_t number,
    enum pdf_kind kind, struct diag *diag) MUST_CHECK;

/* The row of a key, or NULL; how many of a kind have these flags. */
const struct pdf_key *pdf_reader_key(enum pdf_kind kind, struct span name);
unsigned pdf_reader_keys(enum pdf_kind kind, unsigned flags);
/* A dict of any names, all of one kind; KIND_NONE: it is none. */
enum pdf_kind pdf_reader_map(enum pdf_kind kind);
/* Are they streams: 0 never, 1 always, 2 both kinds occur. */
unsigned pdf_reader_streams(enum pdf_kind kind);

#endif
