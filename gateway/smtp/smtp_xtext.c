/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xtext both ways (RFC 3461 section 4), for ENVID and ORCPT. */
#include "../base/utf8.h"
#include "smtp_xtext.h"

static int
hex_value(uint8_t c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
smtp_xtext_decode(struct span s, uint8_t *out, size_t room, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == '+') {
			int high, low;

			if (s.len - i < 3)
				return false;
			high = hex_value(s.ptr[i + 1]);
			low = hex_value(s.ptr[i + 2]);
			if (high < 0 || low < 0)
				return false;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		} else if (c <= ' ' || c == '=')
			return false;
		if (c < ' ' || c == 0x7f || n == room)
			return false;
		out[n++] = c;
	}
	*len = n;
	return utf8_check((struct span){ out, n }) == n;
}

enum err
smtp_xtext_encode(struct span s, struct buf *out)
{
	enum err err = OK;

	for (size_t i = 0; i < s.len && err == OK; i++) {
		uint8_t c = s.ptr[i];

		if (c > ' ' && c < 0x7f && c != '+' && c != '=')
			err = buf_add_byte(out, c);
		else
			err = buf_printf(out, "+%02X", c);
	}
	return err;
}
