/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strict base64: one spelling for each content. What the content is goes to
 * the reader of its type.
 */
#include "verify_base64.h"

#define LINE_CHARACTERS	76
#define BATCH_BYTES	(57 * 128)

#define BAD		0x80

static const uint8_t *
values(void)
{
	static uint8_t table[256];
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	if (table[0] == 0) {
		for (unsigned i = 0; i < 256; i++)
			table[i] = BAD;
		for (unsigned i = 0; i < 64; i++)
			table[(uint8_t)digits[i]] = (uint8_t)i;
	}
	return table;
}

/* Quanta without padding; the or of all values, BAD if one is. */
static unsigned
decode_quanta(const uint8_t *p, size_t quanta, uint8_t *out)
{
	const uint8_t *value = values();
	unsigned bad = 0;

	for (size_t i = 0; i < quanta; i++, p += 4, out += 3) {
		unsigned a = value[p[0]], b = value[p[1]];
		unsigned c = value[p[2]], d = value[p[3]];

		bad |= a | b | c | d;
		out[0] = (uint8_t)(a << 2 | b >> 4);
		out[1] = (uint8_t)(b << 4 | c >> 2);
		out[2] = (uint8_t)(c << 6 | d);
	}
	return bad;
}

bool
base64_decode(struct span text, uint8_t *out, size_t *len)
{
	const uint8_t *last;
	size_t quanta = text.len / 4;
	uint8_t quantum[4], bytes[3];
	unsigned pads = 0;

	if (text.len == 0 || text.len % 4 != 0)
		return false;
	last = text.ptr + text.len - 4;
	if (last[3] == '=')
		pads = last[2] == '=' ? 2 : 1;
	*len = 3 * quanta - pads;
	if (pads == 0)
		return (decode_quanta(text.ptr, quanta, out) & BAD) == 0;
	for (unsigned i = 0; i < 4; i++)
		quantum[i] = i < 4 - pads ? last[i] : 'A';
	if (((decode_quanta(text.ptr, quanta - 1, out) |
	    decode_quanta(quantum, 1, bytes)) & BAD) != 0)
		return false;
	/* The bits that no byte takes are zero: 4 with ==, 2 with =. */
	for (unsigned i = 3 - pads; i < 3; i++)
		if (bytes[i] != 0)
			return false;
	for (unsigned i = 0; i < 3 - pads; i++)
		out[3 * (quanta - 1) + i] = bytes[i];
	return true;
}

enum err
base64_lines(struct lines *lines, const struct base64_sink *sink,
    struct diag *diag)
{
	static uint8_t batch[BATCH_BYTES];
	size_t len = 0, n = 0;
	bool last = false, any = false;
	struct span line;
	enum err err;

	while (!lines_at_end(lines)) {
		if ((err = lines_peek(lines, &line, diag)) != OK)
			return err;
		if (line.len == 0 || line.ptr[0] == '-')
			break;
		if (last)
			return refuse(diag, "base64 goes on behind its end");
		if (line.len > LINE_CHARACTERS ||
		    !base64_decode(line, batch + len, &n))
			return refuse(diag, "not a line of base64");
		last = line.len < LINE_CHARACTERS || n < 57;
		len += n;
		any = true;
		if (len + 57 > sizeof(batch)) {
			if ((err = sink->write(sink->arg,
			    (struct span){ batch, len }, diag)) != OK)
				return err;
			len = 0;
		}
		lines_take(lines);
	}
	if (!any)
		return refuse(diag, "no base64 where some has to be");
	return len == 0 ? OK :
	    sink->write(sink->arg, (struct span){ batch, len }, diag);
}
