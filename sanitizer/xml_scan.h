/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_XML_SCAN_H
#define SEKISHO_SANITIZER_XML_SCAN_H

#include "../gateway/base/filter.h"
#include "limits.h"

/*
 * What an XML parser should not even see: the filter before it. UTF-8 and
 * UTF-16 with BOM go in, UTF-8 without XML declaration comes out. ERR_INPUT
 * with `why`: another encoding, a declaration of a document type, something
 * that is cut off. ERR_LIMIT: XML_TAG_BYTES_MAX, XML_TAG_EQUALS_MAX or
 * XML_COMMENT_BYTES_MAX; a parser would spend seconds on such a tag.
 */
#define XML_SCAN_OUT_BYTES	(16 * 1024)
#define XML_DECLARATION_MAX	256

struct xml_scan {
	struct filter	 filter;
	const char	*why;		/* of the last error */
	uint8_t		 bom[4];	/* the first bytes */
	unsigned	 bom_n;
	bool		 started;	/* the encoding is known */
	bool		 utf16, big;
	uint8_t		 half;		/* of a code unit */
	bool		 have_half;
	uint16_t	 high;		/* surrogate; 0: none */
	uint8_t		 declaration[XML_DECLARATION_MAX];
	size_t		 declaration_n;
	bool		 declared;	/* it is over, or there is none */
	int		 state;
	uint8_t		 quote;
	size_t		 tag_bytes;
	unsigned	 equals;
	unsigned	 matched;	/* of what ends the construct */
	uint8_t		 opening[9];	/* "<![CDATA[" so far */
	size_t		 opening_n;
	size_t		 out_n;
	uint8_t		 out[XML_SCAN_OUT_BYTES];
};
void xml_scan_init(struct xml_scan *scan, struct filter *next);

#endif
