/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grammar of paths, RFC 5321 4.1.2 with RFC 6531, read from left to
 * right once. Stricter than the RFC in nothing that is in use; in one place
 * looser: dots may stand anywhere in a local part, since Japanese carriers
 * gave out addresses such as "a..b." for years. Who may write to whom is
 * left to the rules.
 */
#include "../base/address.h"
#include "../base/utf8.h"
#include "limits.h"
#include "smtp_path.h"

static uint8_t
peek(struct span s)
{
	return s.len > 0 ? s.ptr[0] : 0;
}

static void
advance(struct span *s, size_t n)
{
	*s = span_sub(*s, n, s->len);
}

/* RFC 5322 3.2.3 atext, and every byte of a character beyond ASCII */
static bool
is_atext(uint8_t c)
{
	if (ascii_is_alpha(c) || ascii_is_digit(c) || c >= 0x80)
		return true;
	switch (c) {
	case '!': case '#': case '$': case '%': case '&': case '\'': case '*':
	case '+': case '-': case '/': case '=': case '?': case '^': case '_':
	case '`': case '{': case '|': case '}': case '~':
		return true;
	default:
		return false;
	}
}

/* Characters beyond ASCII that would deceive whoever reads the address. */
static bool
is_deceptive(uint32_t c)
{
	return c == UTF8_BAD || (c >= 0x80 && c <= 0xa0) || c == 0xad ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	    (c >= 0xfff9 && c <= 0xfffd) || (c & 0xfffe) == 0xfffe;
}

static bool
check_utf8(struct span s, bool *beyond_ascii)
{
	size_t len;

	for (size_t i = 0; i < s.len; i += len) {
		uint32_t c;

		len = 1;
		if (s.ptr[i] < 0x80)
			continue;
		c = utf8_decode(span_sub(s, i, s.len), &len);
		if (is_deceptive(c))
			return false;
		*beyond_ascii = true;
	}
	return true;
}

static bool
take_quoted(struct span *rest)
{
	advance(rest, 1);
	while (rest->len > 0) {
		uint8_t c = rest->ptr[0];

		advance(rest, 1);
		if (c == '"')
			return true;
		if (c < ' ' || c == 0x7f)
			return false;
		if (c != '\\')
			continue;
		c = peek(*rest);	/* quoted-pairSMTP */
		if (c < ' ' || c > '~')
			return false;
		advance(rest, 1);
	}
	return false;
}

static bool
take_local(struct span *rest, struct span *local)
{
	struct span start = *rest;

	if (peek(*rest) == '"') {
		if (!take_quoted(rest))
			return false;
	} else {
		while (is_atext(peek(*rest)) || peek(*rest) == '.')
			advance(rest, 1);
	}
	*local = span_sub(start, 0, start.len - rest->len);
	return local->len > 0 && local->len <= SMTP_LOCAL_BYTES_MAX;
}

/* [192.0.2.1], [IPv6:2001:db8::1] (RFC 5321 4.1.3) */
static bool
take_literal(struct span *rest, struct span *domain)
{
	struct span start = *rest, inside;
	struct address address;
	size_t end = span_find_byte(*rest, ']');

	if (end == rest->len)
		return false;
	inside = span_sub(start, 1, end - 1);
	if (span_begins_nocase(inside, SPAN("IPv6:"))) {
		if (!address_parse(span_sub(inside, 5, inside.len), &address) ||
		    address.family != 6)
			return false;
	} else if (!address_parse(inside, &address) || address.family != 4)
		return false;
	advance(rest, end + 1);
	*domain = span_sub(start, 0, end + 1);
	return true;
}

/* Letters, digits, hyphens, and "_" that some networks use all the same. */
static bool
is_label_byte(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' ||
	    c == '_' || c >= 0x80;
}

static bool
take_domain(struct span *rest, struct span *domain)
{
	struct span start = *rest;

	if (peek(*rest) == '[')
		return take_literal(rest, domain);
	for (;;) {
		size_t n = 0;

		while (n < rest->len && is_label_byte(rest->ptr[n]))
			n++;
		if (n == 0 || n > SMTP_LABEL_BYTES_MAX ||
		    rest->ptr[0] == '-' || rest->ptr[n - 1] == '-')
			return false;
		advance(rest, n);
		if (peek(*rest) != '.')
			break;
		advance(rest, 1);
	}
	*domain = span_sub(start, 0, start.len - rest->len);
	return domain->len <= SMTP_DOMAIN_BYTES_MAX;
}

/* "@one,@two:" in front of the mailbox; to be accepted and ignored */
static bool
take_route(struct span *rest)
{
	struct span domain;

	while (peek(*rest) == '@') {
		advance(rest, 1);
		if (!take_domain(rest, &domain))
			return false;
		if (peek(*rest) == ':') {
			advance(rest, 1);
			return true;
		}
		if (peek(*rest) != ',')
			return false;
		advance(rest, 1);
	}
	return false;
}

static bool
take_mailbox(struct span *rest, struct smtp_address *address)
{
	struct span start = *rest;

	*address = (struct smtp_address){ 0 };
	if (!take_local(rest, &address->local))
		return false;
	if (peek(*rest) == '@') {
		advance(rest, 1);
		if (!take_domain(rest, &address->domain))
			return false;
	} else if (!span_equal_nocase(address->local, SPAN("postmaster")))
		return false;		/* RFC 5321 4.5.1 */
	address->whole = span_sub(start, 0, start.len - rest->len);
	return check_utf8(address->whole, &address->utf8);
}

bool
smtp_path_take(struct span *rest, struct smtp_address *address)
{
	*address = (struct smtp_address){ 0 };
	if (peek(*rest) != '<')
		return false;
	advance(rest, 1);
	if (peek(*rest) == '>') {
		advance(rest, 1);
		return true;
	}
	if (peek(*rest) == '@' && !take_route(rest))
		return false;
	if (!take_mailbox(rest, address) || peek(*rest) != '>')
		return false;
	advance(rest, 1);
	return true;
}

bool
smtp_mailbox_parse(struct span s, struct smtp_address *address)
{
	return take_mailbox(&s, address) && s.len == 0;
}

bool
smtp_hello_check(struct span s)
{
	bool utf8 = false;

	if (s.len == 0 || s.len > SMTP_DOMAIN_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_label_byte(s.ptr[i]) && s.ptr[i] != '.' &&
		    s.ptr[i] != ':' && s.ptr[i] != '[' && s.ptr[i] != ']')
			return false;
	return check_utf8(s, &utf8);
}
