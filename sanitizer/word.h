/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_WORD_H
#define SEKISHO_SANITIZER_WORD_H

#include <stdbool.h>

#include "charset.h"

/*
 * Words in header fields: RFC 2047 encoded words, RFC 2231 parameters and raw
 * 8-bit text to UTF-8, and UTF-8 back to the words of the safe form.
 */

/*
 * Decode a raw field value (unfolded or folded) to UTF-8, appended to out.
 * Encoded words are read wherever they stand, in quotes and parameters too;
 * adjacent ones of one charset are joined before the charset is decoded;
 * broken ones (blanks inside, missing ?=, bad base64) as far as they make
 * sense, else they stay as they are. Raw 8-bit runs are guessed. Not cleaned.
 * result (may be NULL): bad and private_use are added to. Linear.
 */
enum err word_decode(struct span value, struct buf *out,
    struct charset_result *result) MUST_CHECK;

/* Does the value hold an encoded word? */
bool word_is_encoded(struct span value);

/* One parameter of a field, as it stands there. */
struct parameter {
	struct span	name;	/* lower case, with its "*0*" */
	struct span	value;	/* without quotes and backslashes */
};

/*
 * The value of parameter `name` (lower case), appended to out: RFC 2231
 * sections put in order, percent-decoded, charset decoded; *is_utf8 then is
 * true. Otherwise the first plain one, raw, and *is_utf8 false. *found false
 * and nothing added when there is none. ERR_LIMIT: MIME_SECTIONS_MAX.
 */
enum err word_parameter(const struct parameter *list, size_t n,
    struct span name, struct buf *out, bool *is_utf8, bool *found) MUST_CHECK;

/*
 * ENCODED of the safe form: words "=?UTF-8?B?...?=" with one space between,
 * each filled with whole characters up to 39 bytes. text: UTF-8 of CHAR.
 */
#define WORD_BYTES_MAX	39
enum err word_encode(struct span text, struct buf *out) MUST_CHECK;

/* PERCENT of the safe form, for filename*=UTF-8''... (RFC 5987, 2231). */
enum err word_percent(struct span text, struct buf *out) MUST_CHECK;

/*
 * Fold by section 2 of the safe form: "Name: " and the tokens of value (which
 * are separated by single spaces) in lines of at most 76 bytes where tokens
 * allow, then CRLF.
 */
#define WORD_LINE_BYTES	76
enum err word_fold(struct span name, struct span value, struct buf *out)
    MUST_CHECK;

#endif
