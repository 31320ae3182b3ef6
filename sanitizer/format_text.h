/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_TEXT_H
#define SEKISHO_SANITIZER_FORMAT_TEXT_H

#include "charset.h"
#include "clean.h"
#include "sanitizer.h"

struct text_result {
	struct charset_result	charset;
	struct clean_counts	counts;
	uint64_t		bytes;		/* written, with the BOM */
};

/*
 * A text file to the one form of texts: UTF-8 with BOM, CRLF, clean (section
 * 6 of the safe form). label: its charset as declared, may be empty. Any
 * size; ends out. ERR_INPUT: more than one character in a hundred is a
 * control or undecodable, so it is no text.
 */
enum err format_text(const struct input *in, struct span label,
    struct filter *out, struct text_result *result) MUST_CHECK;

/*
 * The same up to the last step, for texts with a grammar of their own: to
 * gets clean UTF-8 with CRLF at line ends (no BOM, maybe no last line end) and
 * is ended.
 */
enum err format_text_decode(const struct input *in, struct span label,
    struct filter *to, struct text_result *result) MUST_CHECK;

/*
 * Join the lines of format=flowed (RFC 3676): clean text in, appended to out
 * with lines ending in CRLF. Signature lines and quote depth are respected.
 */
enum err format_text_unflow(struct span text, bool delsp, struct buf *out)
    MUST_CHECK;

/*
 * How unlike two texts are: words that only one has, in thousandths of all
 * words of both (cdr.md section 3). Addresses of links do not count.
 */
unsigned format_text_difference(struct span a, struct span b);

#endif
