/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is it JSON (RFC 8259)? What another process says is put into a line of the
 * log as it stands; it must not be able to end that line, nor to look like
 * what stands before it. One pass, a stack of one byte a level.
 */
#include <string.h>

#include "../base/utf8.h"
#include "audit_record.h"

enum expected {
	MEMBER,		/* a key */
	VALUE,
	VALUE_OR_END,	/* of an array that just began */
	MEMBER_OR_END,
	COMMA_OR_END
};

struct scan {
	struct span	 s;
	unsigned	 depth;
	bool		 array[AUDIT_DEPTH_MAX];
	enum expected	 expected;
};

static bool
escape(struct span *s)
{
	if (s->len < 2)
		return false;
	if (s->ptr[1] != 'u') {
		bool good = strchr("\"\\/bfnrt", s->ptr[1]) != NULL &&
		    s->ptr[1] != '\0';

		*s = span_sub(*s, 2, s->len);
		return good;
	}
	for (size_t i = 2; i < 6; i++) {
		uint8_t c = i < s->len ? ascii_lower(s->ptr[i]) : 0;

		if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
	}
	*s = span_sub(*s, 6, s->len);
	return true;
}

/* A string with both its quotes; *inside is between them. */
static bool
string(struct span *s, struct span *inside)
{
	struct span begin;

	if (s->len == 0 || s->ptr[0] != '"')
		return false;
	*s = begin = span_sub(*s, 1, s->len);
	while (s->len > 0 && s->ptr[0] != '"') {
		if (s->ptr[0] < 0x20 || s->ptr[0] == 0x7f)
			return false;
		if (s->ptr[0] != '\\')
			*s = span_sub(*s, 1, s->len);
		else if (!escape(s))
			return false;
	}
	if (s->len == 0)
		return false;
	*inside = span_sub(begin, 0, begin.len - s->len);
	*s = span_sub(*s, 1, s->len);
	return true;
}

static bool
word(struct span *s, struct span literal)
{
	if (!span_begins(*s, literal))
		return false;
	*s = span_sub(*s, literal.len, s->len);
	return true;
}

static size_t
digits(struct span *s)
{
	size_t n = 0;

	while (n < s->len && ascii_is_digit(s->ptr[n]))
		n++;
	*s = span_sub(*s, n, s->len);
	return n;
}

static bool
number(struct span *s)
{
	bool zero;

	(void)word(s, SPAN("-"));
	zero = s->len > 1 && s->ptr[0] == '0' && ascii_is_digit(s->ptr[1]);
	if (zero || digits(s) == 0)
		return false;
	if (word(s, SPAN(".")) && digits(s) == 0)
		return false;
	if (!word(s, SPAN("e")) && !word(s, SPAN("E")))
		return true;
	if (!word(s, SPAN("+")))
		(void)word(s, SPAN("-"));
	return digits(s) > 0;
}

static bool
open_level(struct scan *scan, bool array)
{
	if (scan->depth == AUDIT_DEPTH_MAX)
		return false;
	scan->array[scan->depth++] = array;
	scan->s = span_sub(scan->s, 1, scan->s.len);
	scan->expected = array ? VALUE_OR_END : MEMBER_OR_END;
	return true;
}

static bool
value(struct scan *scan)
{
	struct span inside;

	switch (scan->s.ptr[0]) {
	case '{':
		return open_level(scan, false);
	case '[':
		return open_level(scan, true);
	default:
		break;
	}
	scan->expected = COMMA_OR_END;
	return scan->s.ptr[0] == '"' ? string(&scan->s, &inside) :
	    word(&scan->s, SPAN("true")) || word(&scan->s, SPAN("false")) ||
	    word(&scan->s, SPAN("null")) || number(&scan->s);
}

static bool
is_ours(struct span key)
{
	/* an escape in a key could spell one of them: none is needed */
	return span_find_byte(key, '\\') < key.len ||
	    span_equal(key, SPAN("seq")) || span_equal(key, SPAN("prev")) ||
	    span_equal(key, SPAN("time")) || span_equal(key, SPAN("type"));
}

static bool
member(struct scan *scan)
{
	struct span key;

	scan->expected = VALUE;
	return string(&scan->s, &key) && word(&scan->s, SPAN(":")) &&
	    (scan->depth > 1 || !is_ours(key));
}

static bool
comma_or_end(struct scan *scan)
{
	bool array = scan->array[scan->depth - 1];

	if (word(&scan->s, SPAN(","))) {
		scan->expected = array ? VALUE : MEMBER;
		return true;
	}
	if (scan->depth == 1 || !word(&scan->s, array ? SPAN("]") :
	    SPAN("}")))
		return false;
	scan->depth--;
	scan->expected = COMMA_OR_END;
	return true;
}

static bool
step(struct scan *scan)
{
	switch (scan->expected) {
	case MEMBER:
		return member(scan);
	case VALUE:
		return value(scan);
	case VALUE_OR_END:
		if (scan->s.ptr[0] != ']')
			return value(scan);
		return comma_or_end(scan);
	case MEMBER_OR_END:
		if (scan->s.ptr[0] != '}')
			return member(scan);
		return comma_or_end(scan);
	case COMMA_OR_END:
		return comma_or_end(scan);
	}
	return false;
}

bool
audit_members_are_good(struct span members)
{
	struct scan scan = { .s = members, .depth = 1, .expected = MEMBER };

	if (members.len == 0)
		return true;
	if (utf8_check(members) < members.len)
		return false;
	while (scan.s.len > 0)
		if (!step(&scan))
			return false;
	return scan.depth == 1 && scan.expected == COMMA_OR_END;
}

bool
audit_member_next(struct span *members, struct span *key, struct span *value)
{
	struct scan scan = { .s = *members, .depth = 1, .expected = MEMBER };
	struct span begin;

	(void)word(&scan.s, SPAN(","));
	if (!string(&scan.s, key) || !word(&scan.s, SPAN(":")))
		return false;
	begin = scan.s;
	scan.expected = VALUE;
	while (scan.s.len > 0 && (scan.depth > 1 ||
	    scan.expected != COMMA_OR_END))
		if (!step(&scan))
			return false;
	if (scan.depth > 1 || scan.expected != COMMA_OR_END)
		return false;		/* it is cut off */
	*value = span_sub(begin, 0, begin.len - scan.s.len);
	*members = scan.s;
	return true;
}
