/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_XML_H
#define SEKISHO_VERIFY_XML_H

#include "verify_lines.h"

/*
 * XML pushed in any split, as our writer makes it and no other
 * (sanitizer/ooxml.h, SHAPE 2): one declaration, elements, attributes in
 * double quotes, text. No comment, instruction, CDATA, DOCTYPE; "/>" if and
 * only if there is nothing inside; of references &amp; &lt; &gt; &quot; &#9;
 * &#10; &#13; where they are needed and no others. UTF-8 is strict, and of
 * characters XML 1.0's.
 */
#define VERIFY_XML_TAG_MAX	(256 * 1024)
#define VERIFY_XML_DEPTH_MAX	256
#define VERIFY_XML_NAME_MAX	64
#define VERIFY_XML_ATTRIBUTES_MAX 256

struct xml_attr {
	struct span	name;
	struct span	value;		/* as it is written */
};

struct xml_reader {
	/* a tag; empty: it is its own end, end() is called as well */
	enum err (*start)(void *arg, struct span name,
	    const struct xml_attr *attrs, size_t n, struct diag *diag);
	/* text as it is written, in any split */
	enum err (*text)(void *arg, struct span text, struct diag *diag);
	enum err (*end)(void *arg, struct span name, struct diag *diag);
};

struct xml {
	const struct xml_reader *reader;
	void		*arg;
	unsigned	 state;
	unsigned	 depth;
	bool		 filled;	/* something stands in the innermost */
	unsigned	 utf8_left;	/* bytes of a character */
	uint32_t	 utf8, utf8_min;
	unsigned	 reference_len;
	char		 reference[8];
	size_t		 tag_len;
	uint8_t		 tag[VERIFY_XML_TAG_MAX];
	uint8_t		 name_len[VERIFY_XML_DEPTH_MAX];
	uint8_t		 names[VERIFY_XML_DEPTH_MAX][VERIFY_XML_NAME_MAX];
};

/* Large: static storage. */
void xml_init(struct xml *xml, const struct xml_reader *reader, void *arg);
enum err xml_write(struct xml *xml, struct span bytes, struct diag *diag)
    MUST_CHECK;
enum err xml_end(const struct xml *xml, struct diag *diag) MUST_CHECK;

/*
 * A value or text with its references resolved, into out of at least its
 * length; its references are known to be right. The length.
 */
size_t xml_plain(struct span written, uint8_t *out);

#endif
