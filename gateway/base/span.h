/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_SPAN_H
#define SEKISHO_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A view of borrowed bytes. Input is always a span: hostile bytes are never
 * NUL-terminated strings. {NULL, 0} is the empty span.
 */
struct span {
	const uint8_t	*ptr;
	size_t		 len;
};

/* A span of a string literal, without its NUL. */
#define SPAN(literal) \
	((struct span){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

/* A span of a NUL-terminated string of ours (never of input). */
struct span span_str(const char *str);

/* The part from offset on, at most len bytes; clamped, never out of range. */
struct span span_sub(struct span s, size_t offset, size_t len);

/* Equal bytes; equal bytes with ASCII letters folded (no locale). */
bool span_equal(struct span a, struct span b);
bool span_equal_nocase(struct span a, struct span b);

/* Does s begin (end) with the bytes of prefix (suffix)? */
bool span_begins(struct span s, struct span prefix);
bool span_begins_nocase(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
bool span_ends_nocase(struct span s, struct span suffix);

/* Offset of the first byte c (of the first needle), or s.len. Linear. */
size_t span_find_byte(struct span s, uint8_t c);
size_t span_find(struct span s, struct span needle);
size_t span_find_nocase(struct span s, struct span needle);

/* Without blanks (space, TAB, CR, LF) at both ends. */
struct span span_trim(struct span s);

/*
 * Cut s at the first byte c: *head gets what is before, the rest (after c)
 * stays in s. False, with *head the whole and s empty, when there is no c.
 */
bool span_cut(struct span *s, uint8_t c, struct span *head);

/*
 * An unsigned decimal number that fills the whole span. False if it is
 * empty, has another byte, or is greater than max.
 */
bool span_decimal(struct span s, uint64_t max, uint64_t *value);

/* ASCII only, no locale. */
static inline uint8_t
ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static inline bool
ascii_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alpha(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

#endif
