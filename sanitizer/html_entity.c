/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Character references of HTML (WHATWG 13.2.5.72 to 13.2.5.80): all named
 * ones by binary search, numeric ones with the replacements of windows-1252.
 * Whether a character may stand in a text is decided elsewhere (html_out.c).
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "html_entity.h"
#include "html_entity_table.h"

#define ENTITIES_N	(sizeof(entities) / sizeof(entities[0]))
#define NAME_BYTES_MAX	31	/* of all names */
#define LEGACY_BYTES_MAX 6	/* of those without a semicolon */
#define LEGACY_BYTES_MIN 2
#define REPLACEMENT	0xfffd

/* What &#128; to &#159; mean: the windows-1252 row; 0 is no change. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

static bool
is_alnum(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* Index of the entity, or ENTITIES_N. */
static size_t
entity_find(const uint8_t *name, size_t len)
{
	size_t low = 0, high = ENTITIES_N;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = memcmp(entities[mid].name, name, len);

		if (order == 0 && entities[mid].name[len] != '\0')
			order = 1;
		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return ENTITIES_N;
}

static unsigned
entity_give(size_t i, uint32_t c[2])
{
	c[0] = entities[i].first;
	c[1] = entities[i].second;
	return c[1] == 0 ? 1 : 2;
}

static int
digit_of(uint8_t c, bool hex)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* s begins with "&#". */
static size_t
numeric(struct span s, uint32_t *c)
{
	bool hex = s.len > 2 && ascii_lower(s.ptr[2]) == 'x';
	size_t at = hex ? 3 : 2, first = at;
	uint32_t value = 0;
	int digit;

	for (; at < s.len && (digit = digit_of(s.ptr[at], hex)) >= 0; at++)
		if (value <= 0x10ffff)
			value = value * (hex ? 16 : 10) + (uint32_t)digit;
	if (at == first) {
		*c = '&';
		return 1;
	}
	if (at < s.len && s.ptr[at] == ';')
		at++;
	if (value == 0 || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		value = REPLACEMENT;
	else if (value >= 0x80 && value < 0xa0 &&
	    windows_1252[value - 0x80] != 0)
		value = windows_1252[value - 0x80];
	*c = value;
	return at;
}

size_t
html_entity(struct span s, bool attribute, uint32_t c[2], unsigned *n)
{
	const uint8_t *name = s.ptr + 1;
	size_t len = 0, i;
	uint8_t next;

	*n = 1;
	c[0] = '&';
	c[1] = 0;
	if (s.len > 1 && s.ptr[1] == '#')
		return numeric(s, &c[0]);
	while (len + 1 < s.len && len < NAME_BYTES_MAX && is_alnum(name[len]))
		len++;
	if (len < LEGACY_BYTES_MIN)
		return 1;
	if (len + 1 < s.len && name[len] == ';') {
		i = entity_find(name, len);
		if (i < ENTITIES_N) {
			*n = entity_give(i, c);
			return len + 2;
		}
	}
	for (len = len > LEGACY_BYTES_MAX ? LEGACY_BYTES_MAX : len;
	    len >= LEGACY_BYTES_MIN; len--) {
		i = entity_find(name, len);
		if (i == ENTITIES_N || !entities[i].legacy)
			continue;
		next = len + 1 < s.len ? name[len] : 0;
		if (attribute && (next == '=' || is_alnum(next)))
			return 1;
		*n = entity_give(i, c);
		return len + 1;
	}
	return 1;
}

enum err
html_entity_decode(struct span s, struct buf *out)
{
	uint8_t bytes[8];
	uint32_t c[2];
	unsigned n;
	size_t at, len;
	enum err err;

	while (s.len > 0) {
		at = span_find_byte(s, '&');
		err = buf_add(out, span_sub(s, 0, at));
		if (err != OK || at == s.len)
			return err;
		s = span_sub(s, at, s.len);
		at = html_entity(s, true, c, &n);
		len = utf8_encode(c[0], bytes);
		if (n == 2)
			len += utf8_encode(c[1], bytes + len);
		err = buf_add(out, (struct span){ bytes, len });
		if (err != OK)
			return err;
		s = span_sub(s, at, s.len);
	}
	return OK;
}
