/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_UTF8_H
#define SEKISHO_BASE_UTF8_H

#include <stdbool.h>

#include "err.h"
#include "span.h"

#define UTF8_BAD	UINT32_MAX

/*
 * The first character of s (RFC 3629, strict: shortest form, no surrogate,
 * at most U+10FFFF). *len gets its bytes, 1 to 4. UTF8_BAD, with *len = 1,
 * for anything else; s must not be empty.
 */
uint32_t utf8_decode(struct span s, size_t *len);

/*
 * Could more bytes make s one character? For filters, which hold such bytes
 * back; s that is complete, empty or bad already gives false.
 */
bool utf8_incomplete(struct span s);

/* Encode; returns 1 to 4. The character must be a Unicode scalar value. */
size_t utf8_encode(uint32_t c, uint8_t out[4]);

/* Offset of the first bad byte, or s.len when all is well. */
size_t utf8_check(struct span s);

/*
 * Columns that the character takes in a terminal or a table of text by
 * UAX #11: wide and full-width 2, combining and format characters 0,
 * otherwise 1; ambiguous ones (①, ─, α ...) take 2 when wide_ambiguous.
 */
unsigned utf8_width(uint32_t c, bool wide_ambiguous);

/* The same for a string; bad bytes count one column each. */
size_t utf8_columns(struct span s, bool wide_ambiguous);

#endif
