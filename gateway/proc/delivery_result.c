/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The codec for results per recipient between deliver and spool. It makes a
 * remote server's text harmless on the way in, and checks on the way out that
 * the other process did so; what a result means is left to the spool.
 */
#include <stdbool.h>

#include "delivery_result.h"

#define STATUS_DIGITS_MAX	3	/* RFC 3463 section 2 */

static bool
is_printable(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e;
}

/* Digits at the front of s from at on: 1 to STATUS_DIGITS_MAX, or 0. */
static size_t
digits(struct span s, size_t at)
{
	size_t n = 0;

	while (at + n < s.len && ascii_is_digit(s.ptr[at + n]))
		n++;
	return n <= STATUS_DIGITS_MAX ? n : 0;
}

/* class "." subject "." detail, then a space or the end (RFC 3463, 2034). */
static size_t
status_len(struct span s, uint8_t class)
{
	size_t subject, detail, len;

	if (s.len < 2 || s.ptr[0] != '0' + class || s.ptr[1] != '.')
		return 0;
	subject = digits(s, 2);
	len = 2 + subject;
	if (subject == 0 || len == s.len || s.ptr[len] != '.')
		return 0;
	detail = digits(s, len + 1);
	len += 1 + detail;
	if (detail == 0 || (len < s.len && s.ptr[len] != ' '))
		return 0;
	return len;
}

static bool
is_class(uint8_t class)
{
	return class == DELIVERY_DONE || class == DELIVERY_LATER ||
	    class == DELIVERY_REFUSED;
}

struct span
delivery_result_status(const struct delivery_result *result)
{
	return span_sub(result->text, 0,
	    status_len(result->text, result->class));
}

enum err
delivery_result_put(struct buf *out, const struct delivery_result *result)
{
	uint8_t text[DELIVERY_TEXT_BYTES_MAX];
	size_t n = 0, start = out->len;
	enum err err;

	require(is_class(result->class));
	if (status_len(result->text, result->class) == 0) {
		text[n++] = (uint8_t)('0' + result->class);
		text[n++] = '.';
		text[n++] = '0';
		text[n++] = '.';
		text[n++] = '0';
		text[n++] = ' ';
	}
	for (size_t i = 0; i < result->text.len && n < sizeof(text); i++)
		text[n++] = is_printable(result->text.ptr[i]) ?
		    result->text.ptr[i] : '?';

	err = wire_put_u8(out, result->class);
	if (err == OK)
		err = wire_put_u16(out, result->reply_code);
	if (err == OK)
		err = wire_put_bytes(out, (struct span){ text, n });
	if (err != OK)
		buf_truncate(out, start);
	return err;
}

enum err
delivery_result_get(struct wire_reader *reader, struct delivery_result *result)
{
	result->class = wire_get_u8(reader);
	result->reply_code = wire_get_u16(reader);
	result->text = wire_get_bytes(reader, DELIVERY_TEXT_BYTES_MAX);
	if (reader->bad || !is_class(result->class) ||
	    result->reply_code > 599 ||
	    status_len(result->text, result->class) == 0)
		return ERR_INPUT;
	for (size_t i = 0; i < result->text.len; i++)
		if (!is_printable(result->text.ptr[i]))
			return ERR_INPUT;
	return OK;
}
