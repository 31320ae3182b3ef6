/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Views of borrowed bytes: compare, search, cut. Nothing here allocates, and
 * nothing depends on a locale or on a terminating NUL.
 */
#include <string.h>

#include "span.h"

struct span
span_str(const char *str)
{
	return (struct span){ (const uint8_t *)str, strlen(str) };
}

struct span
span_sub(struct span s, size_t offset, size_t len)
{
	if (s.ptr == NULL || offset >= s.len)
		return (struct span){ NULL, 0 };
	if (len > s.len - offset)
		len = s.len - offset;
	return (struct span){ s.ptr + offset, len };
}

bool
span_equal(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool
span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
			return false;
	return true;
}

bool
span_begins(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	    span_equal(span_sub(s, 0, prefix.len), prefix);
}

bool
span_begins_nocase(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	    span_equal_nocase(span_sub(s, 0, prefix.len), prefix);
}

bool
span_ends(struct span s, struct span suffix)
{
	return s.len >= suffix.len &&
	    span_equal(span_sub(s, s.len - suffix.len, suffix.len), suffix);
}

bool
span_ends_nocase(struct span s, struct span suffix)
{
	return s.len >= suffix.len && span_equal_nocase(
	    span_sub(s, s.len - suffix.len, suffix.len), suffix);
}

size_t
span_find_byte(struct span s, uint8_t c)
{
	const uint8_t *p;

	if (s.len == 0)
		return 0;
	p = memchr(s.ptr, c, s.len);
	return p == NULL ? s.len : (size_t)(p - s.ptr);
}

size_t
span_find(struct span s, struct span needle)
{
	const uint8_t *p;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return s.len;
	p = memmem(s.ptr, s.len, needle.ptr, needle.len);
	return p == NULL ? s.len : (size_t)(p - s.ptr);
}

/* The needle is short and ours, so that s.len * needle.len is linear. */
size_t
span_find_nocase(struct span s, struct span needle)
{
	if (needle.len == 0)
		return 0;
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (span_equal_nocase(span_sub(s, i, needle.len), needle))
			return i;
	return s.len;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
span_cut(struct span *s, uint8_t c, struct span *head)
{
	size_t at = span_find_byte(*s, c);

	*head = span_sub(*s, 0, at);
	if (at == s->len) {
		*s = (struct span){ NULL, 0 };
		return false;
	}
	*s = span_sub(*s, at + 1, s->len);
	return true;
}

bool
span_decimal(struct span s, uint64_t max, uint64_t *value)
{
	uint64_t n = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_is_digit(s.ptr[i]))
			return false;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s.ptr[i] - '0', &n) || n > max)
			return false;
	}
	*value = n;
	return true;
}
