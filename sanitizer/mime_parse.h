/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_MIME_PARSE_H
#define SEKISHO_SANITIZER_MIME_PARSE_H

#include "../gateway/base/arena.h"
#include "sanitizer.h"

/*
 * Takes a mail apart into a tree (RFC 5322, 2045-2049, 2231, 7103) that holds
 * places in the input, never bytes of bodies. Where mail programs disagree on
 * what a mail means, all readings become children and a flag is raised: the
 * caller makes every view safe, so nobody downstream sees a part we did not.
 */

/* Kinds of ambiguity; each is one bit of mime_tree.flags and part.flags. */
enum mime_flag {
	MIME_EPILOGUE_CONTENT,	/* parts before the first / after the last */
	MIME_TWO_BOUNDARIES,
	MIME_TWO_CONTENT_TYPES,
	MIME_TWO_ENCODINGS,
	MIME_ENCODED_BOUNDARY,	/* RFC 2047 word as a parameter */
	MIME_COMMENT_IN_TYPE,
	MIME_BAD_ENCODING,	/* quoted or unknown CTE */
	MIME_BASE64_PADDING,	/* = inside */
	MIME_BASE64_JUNK,
	MIME_BARE_CR,
	MIME_NUL_IN_HEADER,
	MIME_BAD_CONTENT_TYPE,	/* no ;, unclosed quote, ... */
	MIME_DELIMITER_JUNK,
	MIME_ENCODED_MULTIPART,
	MIME_PARTIAL,		/* message/partial or external-body */
	MIME_INLINE_ENCODED,	/* uuencode, BinHex, yEnc in text */
	MIME_NO_BOUNDARY,
	MIME_NO_CLOSE,		/* no close delimiter: cut off */
	MIME_BAD_HEADER,	/* a header line that is none; header in body */
	MIME_FLAG_N
};
const char *mime_flag_name(enum mime_flag flag);	/* "two-boundaries" */

enum mime_encoding {
	ENCODING_IDENTITY = 0,	/* 7bit 8bit binary, absent */
	ENCODING_BASE64,
	ENCODING_BASE64_GO_ON,	/* second view: = inside does not end it */
	ENCODING_QP,
	ENCODING_UU,		/* a begin..end block in a text */
	ENCODING_YENC,
	ENCODING_BINHEX		/* not decoded, to be removed */
};

/* One header field; name and value point into the arena, value is unfolded
 * but not decoded (8-bit bytes and encoded words are still there). */
struct mime_field {
	struct span		name;
	struct span		value;
	struct mime_field	*next;
};

struct mime_part {
	/* Where: offsets in `in`, which is the mail or a decoded part of it. */
	const struct input	*in;
	uint64_t		 body_offset;
	uint64_t		 body_bytes;
	enum mime_encoding	 encoding;

	struct mime_field	*fields;	/* in order */

	/* As declared, lower case, without comments; "text/plain" if absent. */
	struct span		 type;		/* "text/plain" */
	struct span		 charset;	/* parameter, or empty */
	/*
	 * Raw: RFC 2231 pieces joined or encoded words as they are; word.h
	 * decodes it. name_is_utf8: RFC 2231 gave a charset, it is decoded.
	 */
	struct span		 name;
	bool			 name_is_utf8;
	struct span		 content_id;
	bool			 attachment;	/* Content-Disposition */
	bool			 format_flowed, delsp;	/* RFC 3676 */

	uint32_t		 flags;		/* bits 1 << enum mime_flag */
	unsigned		 depth;
	unsigned		 view;		/* 0: the usual reading */
	char			 path[48];	/* "1.2.3" */

	/*
	 * Has a body of its own that must be made safe or removed: true for
	 * all but multiparts and mails inside. A leaf may have children, too:
	 * other readings of it, and blocks found in its text.
	 */
	bool			 leaf;

	struct mime_part	*parent;
	/*
	 * In order: a multipart's parts, the one mail of a message/rfc822,
	 * then (view > 0) what other readings of the same bytes give: parts
	 * cut differently, or the whole body once more under another type or
	 * encoding. Equal readings stand here once.
	 */
	struct mime_part	*children;
	struct mime_part	*next;
};

struct mime_tree {
	struct mime_part	*root;
	uint32_t		 flags;		/* of all parts */
	uint32_t		 kinds;		/* those that count against
						 * AMBIGUITY_KINDS_MAX */
	unsigned		 parts;
	unsigned		 leaves;
};

/*
 * Parse. All memory is of the arena, lives as long as it. ERR_LIMIT: a limit
 * of limits.h (parts, depth, fields, header bytes, parameters). Linear time.
 * `in` is borrowed and must outlive the tree.
 */
enum err mime_parse(const struct input *in, struct arena *arena,
    struct mime_tree *tree, struct diag *diag) MUST_CHECK;

/*
 * Push the decoded body of a leaf into `to`, then end() it. *junk counts what
 * a strict decoder would have refused (bytes outside the alphabet, truncated
 * quanta). Charset is not touched.
 */
enum err mime_part_decode(const struct mime_part *part, struct filter *to,
    uint64_t *junk) MUST_CHECK;

/* The first field of this name (any case), or NULL. */
const struct mime_field *mime_field_find(const struct mime_part *part,
    struct span name);

#endif
