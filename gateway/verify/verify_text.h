/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_TEXT_H
#define SEKISHO_VERIFY_TEXT_H

#include "verify_lines.h"

/*
 * Texts, pushed in any split: strict UTF-8 (RFC 3629) of the characters that
 * the safe form allows. TEXT_WORDS: one line without TAB (names, fields);
 * TEXT_FILE: a BOM and lines; TEXT_BODY: lines, none of which begins like a
 * uuencoded or yEnc file.
 */
enum text_kind { TEXT_WORDS = 1, TEXT_FILE, TEXT_BODY };

struct text {
	enum text_kind	 kind;
	uint32_t	 c;		/* character being put together */
	uint32_t	 least;		/* the least of its length */
	unsigned	 more;		/* bytes that it still needs */
	uint32_t	 before;	/* character before; 0 at the start */
	bool		 joiner;	/* before is ZWJ: emoji must follow */
	bool		 bom;		/* has still to come */
	uint64_t	 lines;
	unsigned	 uu, yenc;	/* matched of their first words */
};

void text_init(struct text *text, enum text_kind kind);
enum err text_write(struct text *text, struct span bytes, struct diag *diag)
    MUST_CHECK;
/* No character is half done. */
bool text_is_whole(const struct text *text);
enum err text_end(const struct text *text, struct diag *diag) MUST_CHECK;

#endif
