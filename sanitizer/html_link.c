/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links: where an href really goes, written so that a person can read it, and
 * whether the visible text says something else. Follows the parser of the
 * WHATWG URL standard (section 4.4) in all that moves the host.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "html_domain.h"
#include "html_link.h"
#include "html_out.h"
#include "html_token.h"

#define HREF_BYTES_MAX	(4u * 1024 * 1024)
#define SHOWN_BYTES_MAX	2000	/* of a target; the rest is cut, and said */
#define TEXT_BYTES_MAX	1024	/* of a visible text that is searched */

void
html_link_init(struct html_link *link)
{
	memset(link, 0, sizeof(*link));
	buf_init(&link->url, HREF_BYTES_MAX * 4);
	buf_init(&link->host, HREF_BYTES_MAX);
	buf_init(&link->scratch, HREF_BYTES_MAX * 2);
}

void
html_link_fini(struct html_link *link)
{
	buf_fini(&link->url);
	buf_fini(&link->host);
	buf_fini(&link->scratch);
}

/* 4.4 steps 1 to 3: blanks and controls around it, TAB and LF anywhere. */
static enum err
href_clean(struct span s, struct buf *out)
{
	enum err err;
	size_t i;

	while (s.len > 0 && s.ptr[0] <= 0x20)
		s = span_sub(s, 1, s.len);
	while (s.len > 0 && s.ptr[s.len - 1] <= 0x20)
		s.len--;
	while (s.len > 0) {
		for (i = 0; i < s.len && s.ptr[i] != '\t' &&
		    s.ptr[i] != '\n' && s.ptr[i] != '\r'; i++)
			;
		err = buf_add(out, span_sub(s, 0, i));
		if (err != OK)
			return err;
		s = span_sub(s, i + 1, s.len);
	}
	return OK;
}

/* Length of "scheme:", or 0. */
static size_t
scheme_length(struct span s)
{
	size_t i = 0;

	if (s.len == 0 || !ascii_is_alpha(s.ptr[0]))
		return 0;
	while (i < s.len && (ascii_is_alpha(s.ptr[i]) ||
	    ascii_is_digit(s.ptr[i]) || s.ptr[i] == '+' || s.ptr[i] == '-' ||
	    s.ptr[i] == '.'))
		i++;
	return i < s.len && s.ptr[i] == ':' ? i + 1 : 0;
}

static bool
is_slash(uint8_t c)
{
	return c == '/' || c == '\\';
}

static enum err
percent(struct buf *out, uint8_t c)
{
	static const char hex[] = "0123456789ABCDEF";
	const uint8_t text[3] = { '%', (uint8_t)hex[c >> 4],
		(uint8_t)hex[c & 15] };

	return buf_add(out, (struct span){ text, sizeof(text) });
}

/* Path and the rest, so that it cannot be mistaken for text around it. */
static enum err
add_visible(struct buf *out, struct span s, bool slashes)
{
	bool path = slashes;
	enum err err = OK;
	uint32_t c;
	size_t n;

	for (; s.len > 0 && err == OK; s = span_sub(s, n, s.len)) {
		c = utf8_decode(s, &n);
		path &= c != '?' && c != '#';
		if (c == '\\' && path) {
			err = buf_add_byte(out, '/');
		} else if (c == UTF8_BAD || c <= 0x20 || c == 0xa0 ||
		    c == 0x3000 || c == '<' || c == '>' || c == '"' ||
		    c == '`' || html_is_invisible(c) || c == 0x200d) {
			for (size_t i = 0; i < n && err == OK; i++)
				err = percent(out, s.ptr[i]);
		} else
			err = buf_add(out, span_sub(s, 0, n));
	}
	return err;
}

static int
hex_digit(uint8_t c)
{
	c = ascii_lower(c);
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Percent signs decoded, full-width letters made ASCII, 。 made a dot, lower
 * case; what a browser makes of a host. Also used on texts.
 */
static enum err
fold(struct span s, bool decode, struct buf *out)
{
	uint8_t bytes[4] = { 0 };
	uint32_t c;
	size_t n;
	enum err err = OK;

	for (; s.len > 0 && err == OK; s = span_sub(s, n, s.len)) {
		c = utf8_decode(s, &n);
		if (c == UTF8_BAD)
			c = s.ptr[0];
		if (decode && c == '%' && s.len > 2 &&
		    hex_digit(s.ptr[1]) >= 0 && hex_digit(s.ptr[2]) >= 0) {
			err = buf_add_byte(out, ascii_lower((uint8_t)(
			    hex_digit(s.ptr[1]) << 4 | hex_digit(s.ptr[2]))));
			n = 3;
			continue;
		}
		if (c >= 0xff01 && c <= 0xff5e)
			c -= 0xfee0;
		if (c == 0x3002 || c == 0xff61)
			c = '.';
		if (c < 0x80)
			err = buf_add_byte(out, ascii_lower((uint8_t)c));
		else if (!html_is_invisible(c) && c != 0x200d)
			err = buf_add(out, (struct span){ bytes,
			    utf8_encode(c, bytes) });
	}
	return err;
}

/* What stands in the place of a host, with the other form behind the URL. */
static enum err
set_host(struct html_link *link, struct span raw, bool *other)
{
	struct span host;
	enum err err;

	*other = false;
	buf_clear(&link->scratch);
	err = fold(raw, true, &link->scratch);
	if (err != OK)
		return err;
	host = buf_span(&link->scratch);
	buf_clear(&link->host);
	if (host.len <= DOMAIN_BYTES_MAX * 4 &&
	    domain_to_ascii(host, &link->host))
		*other = span_find(buf_span(&link->host), SPAN("xn--")) <
		    link->host.len;
	else
		err = add_visible(&link->host, host, false);
	link->address = domain_is_address(buf_span(&link->host));
	return err;
}

/* " (日本語.jp)" behind a target whose host is in Punycode. */
static enum err
add_other_form(struct html_link *link)
{
	size_t len = link->url.len;
	enum err err = buf_add_str(&link->url, " (");

	if (err == OK && domain_to_unicode(buf_span(&link->host),
	    &link->url))
		return buf_add_byte(&link->url, ')');
	buf_truncate(&link->url, len);
	return err;
}

static enum err
cut_shown(struct html_link *link)
{
	size_t len = SHOWN_BYTES_MAX;

	if (link->url.len <= len)
		return OK;
	while ((link->url.ptr[len] & 0xc0) == 0x80)
		len--;
	buf_truncate(&link->url, len);
	return buf_add_str(&link->url, "…(以下省略)");
}

/* 4.4, authority and host states; s is behind "scheme:". */
static enum err
parse_web(struct html_link *link, struct span scheme, struct span s)
{
	struct span authority, host, port = { NULL, 0 };
	size_t end = 0, at;
	bool other;
	enum err err;

	while (s.len > 0 && is_slash(s.ptr[0]))
		s = span_sub(s, 1, s.len);
	while (end < s.len && !is_slash(s.ptr[end]) && s.ptr[end] != '?' &&
	    s.ptr[end] != '#')
		end++;
	authority = span_sub(s, 0, end);
	host = authority;
	for (at = host.len; at > 0 && host.ptr[at - 1] != '@'; at--)
		;
	link->userinfo = at > 0;
	host = span_sub(host, at, host.len);
	for (at = host.len; at > 0 && ascii_is_digit(host.ptr[at - 1]); at--)
		;
	if (at > 0 && host.ptr[at - 1] == ':') {
		port = span_sub(host, at - 1, host.len);
		host = span_sub(host, 0, at - 1);
	}
	link->kind = host.len == 0 ? TARGET_NONE : TARGET_WEB;
	err = set_host(link, host, &other);
	if (err == OK)
		err = fold(scheme, false, &link->url);
	if (err == OK)
		err = buf_add_str(&link->url, "//");
	if (err == OK && link->userinfo)
		err = add_visible(&link->url, span_sub(authority, 0,
		    (size_t)(host.ptr - authority.ptr)), false);
	if (err == OK)
		err = add_visible(&link->url, buf_span(&link->host), false);
	if (err == OK && port.len > 1)
		err = buf_add(&link->url, port);
	if (err == OK)
		err = add_visible(&link->url, span_sub(s, end, s.len), true);
	if (err == OK)
		err = cut_shown(link);
	return err == OK && other ? add_other_form(link) : err;
}

/* mailto: the address; all of it when there is more than one address. */
static enum err
parse_mail(struct html_link *link, struct span s)
{
	struct span rest = s, address, domain;
	bool more = span_cut(&rest, '?', &address), other;
	enum err err;

	link->kind = TARGET_MAIL;
	domain = address;
	if (span_cut(&domain, '@', &address)) {
		err = set_host(link, domain, &other);
		if (err != OK)
			return err;
		link->address = false;
	}
	if (more && (err = buf_add_str(&link->url, "mailto:")) != OK)
		return err;
	err = add_visible(&link->url, s, false);
	return err == OK ? cut_shown(link) : err;
}

/* A reference without a scheme, which goes where <base> says. */
static enum err
parse_relative(struct html_link *link, struct span s, struct span base)
{
	struct span scheme;
	struct buf joined;
	size_t n = scheme_length(base), end;
	enum err err;

	if (s.len == 0 || s.ptr[0] == '#')
		return OK;
	if (s.ptr[0] == '\\' && s.len > 1 && s.ptr[1] == '\\') {
		link->kind = TARGET_DANGEROUS;	/* UNC for some programs */
		return OK;
	}
	if (s.len > 1 && is_slash(s.ptr[0]) && is_slash(s.ptr[1]))
		return parse_web(link, n == 0 ? SPAN("http:") :
		    span_sub(base, 0, n), s);
	scheme = span_sub(base, 0, n);
	if (!span_equal_nocase(scheme, SPAN("http:")) &&
	    !span_equal_nocase(scheme, SPAN("https:")))
		return OK;
	/* the base up to its host, or up to its last slash */
	for (end = n; end < base.len && is_slash(base.ptr[end]); end++)
		;
	while (end < base.len && !is_slash(base.ptr[end]) &&
	    base.ptr[end] != '?' && base.ptr[end] != '#')
		end++;
	if (!is_slash(s.ptr[0]))
		for (size_t i = end; i < base.len && base.ptr[i] != '?' &&
		    base.ptr[i] != '#'; i++)
			if (is_slash(base.ptr[i]))
				end = i;
	buf_init(&joined, HREF_BYTES_MAX);
	err = buf_add(&joined, span_sub(base, n, end - n));
	if (err == OK && !is_slash(s.ptr[0]))
		err = buf_add_byte(&joined, '/');
	if (err == OK)
		err = buf_add(&joined, s);
	if (err == OK)
		err = parse_web(link, scheme, buf_span(&joined));
	buf_fini(&joined);
	return err;
}

static enum err
parse_clean(struct html_link *link, struct span s, struct span base)
{
	static const char *const web[] = { "http:", "https:", "ftp:" };
	static const char *const phone[] = { "tel:", "sms:", "fax:" };
	size_t n = scheme_length(s);
	struct span scheme = span_sub(s, 0, n);

	if (n == 0)
		return parse_relative(link, s, base);
	s = span_sub(s, n, s.len);
	for (size_t i = 0; i < 3; i++) {
		if (span_equal_nocase(scheme, span_str(web[i])))
			return parse_web(link, scheme, s);
		if (span_equal_nocase(scheme, span_str(phone[i]))) {
			link->kind = TARGET_PHONE;
			return add_visible(&link->url, s, false);
		}
	}
	if (span_equal_nocase(scheme, SPAN("mailto:")))
		return parse_mail(link, s);
	if (!span_equal_nocase(scheme, SPAN("cid:")) &&
	    !span_equal_nocase(scheme, SPAN("mid:")))
		link->kind = TARGET_DANGEROUS;
	return OK;
}

enum err
html_link_parse(struct html_link *link, struct span href, struct span base)
{
	struct buf clean;
	enum err err;

	link->kind = TARGET_NONE;
	link->userinfo = link->address = false;
	buf_clear(&link->url);
	buf_clear(&link->host);
	if (href.len > HREF_BYTES_MAX)
		return ERR_LIMIT;
	buf_init(&clean, HREF_BYTES_MAX);
	err = href_clean(href, &clean);
	if (err == OK)
		err = parse_clean(link, buf_span(&clean), base);
	buf_fini(&clean);
	return err;
}

static bool
is_host_byte(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '.' || c == '-';
}

/* Punctuation of the sentence around it. */
static struct span
trim_dots(struct span s)
{
	while (s.len > 0 && (s.ptr[0] == '.' || s.ptr[0] == '-'))
		s = span_sub(s, 1, s.len);
	while (s.len > 0 && (s.ptr[s.len - 1] == '.' ||
	    s.ptr[s.len - 1] == '-'))
		s.len--;
	return s;
}

/* The host behind "://", which may hold other letters than ASCII. */
static struct span
host_of_url(struct span s)
{
	size_t i = 0, at = 0;

	for (; i < s.len && !html_is_blank(s.ptr[i]) && !is_slash(s.ptr[i]) &&
	    s.ptr[i] != '?' && s.ptr[i] != '#' && s.ptr[i] != '<' &&
	    s.ptr[i] != '>' && s.ptr[i] != '"' && s.ptr[i] != ')'; i++)
		if (s.ptr[i] == '@')
			at = i + 1;
	s = span_sub(s, at, i - at);
	for (i = s.len; i > 0 && ascii_is_digit(s.ptr[i - 1]); i--)
		;
	if (i > 0 && s.ptr[i - 1] == ':')
		s.len = i - 1;
	return trim_dots(s);
}

static bool
differs(struct html_link *link, struct span host)
{
	char bytes[DOMAIN_BYTES_MAX + 1];
	struct buf ascii = { (uint8_t *)bytes, 0, sizeof(bytes),
		sizeof(bytes) };
	struct span target = buf_span(&link->host);

	if (host.len == 0 || host.len > DOMAIN_BYTES_MAX)
		return false;
	/* never grows: cap is max, so that buf_add only copies */
	if (domain_to_ascii(host, &ascii))
		host = buf_span(&ascii);
	return !span_equal(domain_registrable(host),
	    domain_registrable(target));
}

bool
html_link_is_lying(struct html_link *link, struct span text,
    struct span *shown)
{
	struct span s, word;
	size_t i, n;

	if ((link->kind != TARGET_WEB && link->kind != TARGET_MAIL) ||
	    link->host.len == 0)
		return false;
	buf_clear(&link->scratch);
	if (fold(span_sub(text, 0, TEXT_BYTES_MAX), false, &link->scratch) !=
	    OK)
		return false;
	s = buf_span(&link->scratch);
	while (s.len > 0) {
		if (span_begins(s, SPAN("://"))) {
			*shown = host_of_url(span_sub(s, 3, s.len));
			if (differs(link, *shown))
				return true;
			/* what is behind the host is a path */
			for (i = 3; i < s.len && !html_is_blank(s.ptr[i]); i++)
				;
			s = span_sub(s, i, s.len);
			continue;
		}
		if (!is_host_byte(s.ptr[0])) {
			s = span_sub(s, 1, s.len);
			continue;
		}
		for (n = 0; n < s.len && is_host_byte(s.ptr[n]); n++)
			;
		word = trim_dots(span_sub(s, 0, n));
		/* name@ is the name of a mailbox */
		if (!(n < s.len && s.ptr[n] == '@') && domain_is_host(word)) {
			*shown = word;
			if (differs(link, word))
				return true;
		}
		/* what follows a slash is a path, no host */
		if (n < s.len && s.ptr[n] == '/')
			while (n < s.len && s.ptr[n] < 0x80 &&
			    !html_is_blank(s.ptr[n]))
				n++;
		s = span_sub(s, n, s.len);
	}
	return false;
}

static bool
is_phone_of(struct span text, struct span url)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < text.len && !ascii_is_digit(text.ptr[i]))
			i++;
		while (k < url.len && !ascii_is_digit(url.ptr[k]))
			k++;
		if (i == text.len || k == url.len)
			return i == text.len && k == url.len;
		if (text.ptr[i++] != url.ptr[k++])
			return false;
	}
}

bool
html_link_is_shown(const struct html_link *link, struct span text)
{
	struct span url = buf_span(&link->url);

	text = span_trim(text);
	if (link->kind == TARGET_PHONE)
		return is_phone_of(text, url);
	if (span_equal_nocase(text, url))
		return true;
	if (link->kind != TARGET_WEB)
		return false;
	if (url.len > 0 && url.ptr[url.len - 1] == '/')
		url.len--;
	if (text.len > 0 && text.ptr[text.len - 1] == '/')
		text.len--;
	if (span_equal_nocase(text, url))
		return true;
	return span_equal_nocase(text, span_sub(url, span_find(url,
	    SPAN("://")) + 3, url.len));
}
