/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_mask.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "../base/utf8.h"

#define PREFIX		"masked-"
#define SHOWN_BYTES	10
#define EXTENSION_MAX	5	/* letters and digits behind the last point */
#define WORD_MAX	8	/* "RIFF" is no name */

/* ---- a name ---- */

/* kind keeps an address and a file of the same letters apart. */
static enum err
put_digest(const struct audit_mask *mask, struct span kind, struct span text,
    bool fold, struct buf *out)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct buf all;
	enum err err;

	buf_init(&all, AUDIT_LINE_BYTES_MAX);
	err = buf_add(&all, kind);
	if (err == OK)
		err = buf_add_byte(&all, 0);
	if (err == OK)
		err = buf_add(&all, text);
	for (size_t i = kind.len; fold && err == OK && i < all.len; i++)
		all.ptr[i] = ascii_lower(all.ptr[i]);
	if (err == OK && HMAC(EVP_sha256(), mask->key, AUDIT_MASK_KEY_BYTES,
	    all.ptr, all.len, digest, &len) == NULL)
		err = ERR_SYSTEM;
	buf_fini(&all);
	if (err == OK)
		err = buf_add_str(out, PREFIX);
	for (size_t i = 0; i < SHOWN_BYTES && err == OK; i++)
		err = buf_printf(out, "%02x", digest[i]);
	return err;
}

enum err
audit_mask_address(const struct audit_mask *mask, struct span text,
    struct buf *out)
{
	size_t at = text.len;
	enum err err;

	if (text.len == 0)
		return OK;
	while (at > 0 && text.ptr[at - 1] != '@')
		at--;
	err = put_digest(mask, SPAN("address"), text, true, out);
	return err == OK && at > 0 ? buf_add(out, span_sub(text, at - 1,
	    text.len)) : err;
}

enum err
audit_mask_subject(const struct audit_mask *mask, struct span text,
    struct buf *out)
{
	return text.len == 0 ? OK :
	    put_digest(mask, SPAN("subject"), text, false, out);
}

/* What kind of file it is is no secret. */
static struct span
extension(struct span name)
{
	size_t at = name.len, n;

	while (at > 0 && (ascii_is_digit(name.ptr[at - 1]) ||
	    ascii_is_alpha(name.ptr[at - 1])))
		at--;
	n = name.len - at;
	if (at < 2 || name.ptr[at - 1] != '.' || n == 0 || n > EXTENSION_MAX)
		return (struct span){ NULL, 0 };
	return span_sub(name, at - 1, name.len);
}

enum err
audit_mask_name(const struct audit_mask *mask, struct span text,
    struct buf *out)
{
	struct span last = extension(text);
	enum err err;

	if (text.len == 0)
		return OK;
	err = put_digest(mask, SPAN("name"), text, false, out);
	return err == OK && last.len > 0 ? buf_add(out, last) : err;
}

/* ---- strings of JSON ---- */

static uint32_t
hex4(const uint8_t *digits)
{
	uint32_t c = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t d = ascii_lower(digits[i]);

		c = c << 4 | (uint32_t)(ascii_is_digit(d) ? d - '0' :
		    d - 'a' + 10);
	}
	return c;
}

static enum err
put_escape(struct span *s, struct buf *out)
{
	static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, s->ptr[1]);
	uint8_t encoded[4] = { 0 };
	uint32_t c;
	size_t n;

	if (s->ptr[1] != 'u') {
		c = letter != NULL ? (uint8_t)bytes[letter - letters] :
		    s->ptr[1];
		*s = span_sub(*s, 2, s->len);
		return buf_add_byte(out, (uint8_t)c);
	}
	c = hex4(s->ptr + 2);
	*s = span_sub(*s, 6, s->len);
	if (c >= 0xd800 && c < 0xdc00 && span_begins(*s, SPAN("\\u"))) {
		uint32_t low = hex4(s->ptr + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			*s = span_sub(*s, 6, s->len);
		}
	}
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	n = utf8_encode(c, encoded);
	return buf_add(out, (struct span){ encoded, n });
}

/* What a good string, without its quotes, says. */
static enum err
decode(struct span s, struct buf *out)
{
	enum err err = OK;

	while (s.len > 0 && err == OK) {
		size_t n = span_find_byte(s, '\\');

		err = buf_add(out, span_sub(s, 0, n));
		s = span_sub(s, n, s.len);
		if (s.len > 0 && err == OK)
			err = put_escape(&s, out);
	}
	return err;
}

static enum err
encode(struct span s, struct buf *out)
{
	enum err err = OK;

	for (size_t i = 0; i < s.len && err == OK; i++) {
		uint8_t c = s.ptr[i];

		if (c == '"' || c == '\\')
			err = buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			err = buf_printf(out, "\\u%04x", c);
		else
			err = buf_add_byte(out, c);
	}
	return err;
}

/* ---- free text ---- */

static bool
is_address_byte(uint8_t c)
{
	return c >= 0x80 || ascii_is_alpha(c) || ascii_is_digit(c) ||
	    (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.@", c) != NULL);
}

/* Each word with an @ inside is taken for an address. */
static enum err
put_text(const struct audit_mask *mask, struct span s, struct buf *out)
{
	enum err err = OK;

	while (s.len > 0 && err == OK) {
		size_t n = 0, at;
		struct span word;

		while (n < s.len && is_address_byte(s.ptr[n]))
			n++;
		word = span_sub(s, 0, n);
		at = span_find_byte(word, '@');
		if (at > 0 && at + 1 < word.len)
			err = audit_mask_address(mask, word, out);
		else
			err = buf_add(out, word);
		s = span_sub(s, n, s.len);
		if (s.len > 0 && err == OK)
			err = buf_add_byte(out, s.ptr[0]);
		s = span_sub(s, 1, s.len);
	}
	return err;
}

/* ---- members ---- */

enum form { FORM_KEEP, FORM_ADDRESS, FORM_SUBJECT, FORM_NAME, FORM_TEXT };

static const struct {
	const char	*key;
	unsigned	 what;		/* one of them is enough */
	enum form	 form;
} keys[] = {
	{ "from", AUDIT_MASK_SENDERS, FORM_ADDRESS },
	{ "sender", AUDIT_MASK_SENDERS, FORM_ADDRESS },
	{ "to", AUDIT_MASK_RECIPIENTS, FORM_ADDRESS },
	{ "address", AUDIT_MASK_RECIPIENTS, FORM_ADDRESS },
	{ "recipient", AUDIT_MASK_RECIPIENTS, FORM_ADDRESS },
	{ "recipients", AUDIT_MASK_RECIPIENTS, FORM_ADDRESS },
	{ "reason", AUDIT_MASK_SENDERS | AUDIT_MASK_RECIPIENTS, FORM_TEXT },
	{ "subject", AUDIT_MASK_SUBJECTS, FORM_SUBJECT },
	{ "name", AUDIT_MASK_NAMES, FORM_NAME },
	{ "out_name", AUDIT_MASK_NAMES, FORM_NAME },
	{ "where", AUDIT_MASK_NAMES, FORM_NAME },
};

/* Names are of files in a report; elsewhere they are of rules. */
static enum form
form_of(const struct audit_mask *mask, struct span key, bool report)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((mask->what & keys[i].what) != 0 &&
		    (report || keys[i].form != FORM_NAME) &&
		    span_equal(key, span_str(keys[i].key)))
			return keys[i].form;
	return FORM_KEEP;
}

/* "RIFF" */
static bool
is_word(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z'))
			return false;
	return text.len <= WORD_MAX;
}

static enum err
mask_text(const struct audit_mask *mask, enum form form, struct span text,
    struct buf *out)
{
	switch (form) {
	case FORM_ADDRESS:
		if (span_find_byte(text, '@') == text.len)
			break;	/* an IP address, or nobody's name */
		return audit_mask_address(mask, text, out);
	case FORM_SUBJECT:
		return audit_mask_subject(mask, text, out);
	case FORM_NAME:
		return is_word(text) ? buf_add(out, text) :
		    audit_mask_name(mask, text, out);
	case FORM_TEXT:
		return put_text(mask, text, out);
	case FORM_KEEP:
		break;
	}
	return buf_add(out, text);
}

/* inside: a string without its quotes, which stay. */
static enum err
put_string(const struct audit_mask *mask, enum form form, struct span inside,
    struct buf *out)
{
	struct buf plain, masked;
	enum err err;

	if (form == FORM_KEEP)
		return buf_add(out, inside);
	buf_init(&plain, AUDIT_LINE_BYTES_MAX);
	buf_init(&masked, AUDIT_LINE_BYTES_MAX);
	err = decode(inside, &plain);
	if (err == OK)
		err = mask_text(mask, form, buf_span(&plain), &masked);
	if (err == OK)
		err = encode(buf_span(&masked), out);
	buf_fini(&plain);
	buf_fini(&masked);
	return err;
}

/* The string that s begins with, with its quotes, off its front. */
static struct span
take_string(struct span *s)
{
	struct span all = *s;
	size_t n = 1;

	while (all.ptr[n] != '"')
		n += all.ptr[n] == '\\' ? 2 : 1;
	*s = span_sub(*s, n + 1, s->len);
	return span_sub(all, 1, n - 1);
}

/*
 * Where a value is: the form of its key. In an array it is that of the array;
 * an object has keys of its own, and behind it the one around it holds again.
 */
struct walk {
	unsigned	 depth;
	bool		 report;	/* in the member of this name */
	enum form	 forms[AUDIT_DEPTH_MAX + 1];
};

static enum err
step(const struct audit_mask *mask, struct walk *walk, struct span *s,
    struct buf *out)
{
	uint8_t c = s->ptr[0];
	struct span inside;
	bool is_key;
	enum err err;

	if (c != '"') {
		if (c == '{' || c == '[') {
			require(walk->depth < AUDIT_DEPTH_MAX);
			walk->forms[walk->depth + 1] = c == '[' ?
			    walk->forms[walk->depth] : FORM_KEEP;
			walk->depth++;
		} else if (c == '}' || c == ']') {
			walk->depth--;
		}
		*s = span_sub(*s, 1, s->len);
		return buf_add_byte(out, c);
	}
	inside = take_string(s);
	is_key = s->len > 0 && s->ptr[0] == ':';
	if ((err = buf_add_byte(out, '"')) != OK)
		return err;
	if (is_key && walk->depth == 0)
		walk->report = span_equal(inside, SPAN("report"));
	if (is_key)
		walk->forms[walk->depth] = form_of(mask, inside,
		    walk->report);
	err = put_string(mask, is_key ? FORM_KEEP :
	    walk->forms[walk->depth], inside, out);
	return err == OK ? buf_add_byte(out, '"') : err;
}

enum err
audit_mask_members(const struct audit_mask *mask, struct span members,
    struct buf *out)
{
	struct walk walk = { .depth = 0 };
	size_t before = out->len;
	enum err err = OK;

	if (mask->what == 0)
		return buf_add(out, members);
	if (!audit_members_are_good(members))
		return ERR_INPUT;
	while (members.len > 0 && err == OK)
		err = step(mask, &walk, &members, out);
	if (err != OK)
		buf_truncate(out, before);
	return err;
}
