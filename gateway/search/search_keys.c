/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys of a record: by the names of its members, at the top and in the
 * objects there (flow, scan, ...), not in the report. A name says the same
 * wherever it stands, so records of other types are found, too.
 */
#include <string.h>

#include "../base/address.h"
#include "../base/receipt.h"
#include "search_keys.h"

struct span
search_key_span(const struct search_key *key)
{
	return (struct span){ key->bytes, key->len };
}

/* ---- one spelling ---- */

static void
add(struct search_key *key, struct span s)
{
	size_t room = sizeof(key->bytes) - key->len;
	size_t n = s.len < room ? s.len : room;

	if (n > 0)
		memcpy(key->bytes + key->len, s.ptr, n);
	key->len += n;
}

static void
add_lower(struct search_key *key, struct span s)
{
	size_t begin = key->len;

	add(key, s);
	for (size_t i = begin; i < key->len; i++)
		key->bytes[i] = ascii_lower(key->bytes[i]);
}

/* Offset behind the last '@'; 0: there is none. */
static size_t
domain_of(struct span mail)
{
	size_t i = mail.len;

	while (i > 0 && mail.ptr[i - 1] != '@')
		i--;
	return i;
}

static bool
add_address(struct search_key *key, struct span value)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct address a;

	if (!address_parse(value, &a))
		return false;
	if (a.family == 6 && memcmp(a.bytes, mapped, sizeof(mapped)) == 0) {
		a.family = 4;
		memmove(a.bytes, a.bytes + 12, 4);
	}
	add(key, (struct span){ &a.family, 1 });
	add(key, (struct span){ a.bytes, a.family == 4 ? 4 : 16 });
	return true;
}

static bool
add_receipt(struct search_key *key, struct span value)
{
	uint64_t id;

	if (!receipt_parse(value, &id)) {
		key->bytes[0] = SEARCH_RECEIPT_TEXT;
		add(key, value);
		return value.len > 0;
	}
	for (unsigned i = 0; i < 8; i++)
		key->bytes[key->len++] = (uint8_t)(id >> (56 - 8 * i));
	return true;
}

bool
search_key_make(enum search_kind kind, struct span value,
    struct search_key *key)
{
	size_t at = domain_of(value);

	key->bytes[0] = (uint8_t)kind;
	key->len = 1;
	switch (kind) {
	case SEARCH_RECEIPT:
		return add_receipt(key, value);
	case SEARCH_SENDER:
	case SEARCH_RECIPIENT:
		add(key, span_sub(value, 0, at == 0 ? value.len : at));
		if (at > 0)
			add_lower(key, span_sub(value, at, value.len));
		return true;
	case SEARCH_SENDER_DOMAIN:
	case SEARCH_RECIPIENT_DOMAIN:
		add_lower(key, span_sub(value, at, value.len));
		return at > 0;
	case SEARCH_ADDRESS:
		return add_address(key, value);
	case SEARCH_RECEIPT_TEXT:
	case SEARCH_RULE:
	case SEARCH_TYPE:
	case SEARCH_OUTCOME:
		add(key, value);
		return value.len > 0;
	}
	return false;
}

/* ---- of a record ---- */

static const struct name {
	const char	*text;
	enum search_kind kind;
	bool		 inside;	/* only in objects */
} names[] = {
	{ "receipt", SEARCH_RECEIPT, false },
	{ "from", SEARCH_SENDER, false },
	{ "peer", SEARCH_ADDRESS, false },
	{ "src", SEARCH_ADDRESS, false },
	{ "dst", SEARCH_ADDRESS, false },
	{ "route", SEARCH_RULE, false },
	{ "rule", SEARCH_RULE, false },
	/* of a rule; of what was cut, which may be an address */
	{ "name", SEARCH_RULE, false },
	{ "name", SEARCH_ADDRESS, false },
	{ "outcome", SEARCH_OUTCOME, false },
	{ "act", SEARCH_OUTCOME, false },
	{ "event", SEARCH_OUTCOME, false },
	{ "reason", SEARCH_OUTCOME, true },
};

static size_t
put_utf8(uint32_t c, uint8_t out[3])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (uint8_t)(0xe0 | c >> 12);
	out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

static size_t
unescape_one(struct span s, uint8_t out[3], size_t *used)
{
	static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, s.ptr[1]);
	uint32_t c = 0;

	*used = 2;
	if (letter != NULL && *letter != '\0')
		return put_utf8((uint8_t)controls[letter - letters], out);
	if (s.ptr[1] != 'u' || s.len < 6)
		return put_utf8(s.ptr[1], out);
	/* we escape no surrogates, so halves may stay halves */
	for (size_t i = 2; i < 6; i++) {
		uint8_t d = ascii_lower(s.ptr[i]);

		c = c << 4 | (uint32_t)(ascii_is_digit(d) ? d - '0' :
		    d - 'a' + 10);
	}
	*used = 6;
	return put_utf8(c & 0xffff, out);
}

/* A JSON string's inside without escapes, in room if it has any. */
static struct span
unescape(struct span s, uint8_t room[SEARCH_KEY_BYTES_MAX])
{
	size_t len = 0, used;

	if (span_find_byte(s, '\\') == s.len)
		return s;
	while (s.len > 0 && len + 3 <= SEARCH_KEY_BYTES_MAX) {
		if (s.ptr[0] == '\\' && s.len > 1) {
			len += unescape_one(s, room + len, &used);
		} else {
			room[len++] = s.ptr[0];
			used = 1;
		}
		s = span_sub(s, used, s.len);
	}
	return (struct span){ room, len };
}

/* A record and who takes its keys. */
struct taken {
	const struct search_sink *sink;
	unsigned		  n;
};

static enum err
give(struct taken *taken, enum search_kind kind, struct span value)
{
	struct search_key key;

	if (!search_key_make(kind, value, &key))
		return OK;
	if (++taken->n > SEARCH_KEYS_MAX)
		return ERR_INPUT;
	return taken->sink->key(taken->sink->arg, search_key_span(&key));
}

static enum err
give_mail(struct taken *taken, enum search_kind kind, struct span value)
{
	enum err err = give(taken, kind, value);

	return err != OK ? err : give(taken, kind == SEARCH_SENDER ?
	    SEARCH_SENDER_DOMAIN : SEARCH_RECIPIENT_DOMAIN, value);
}

static bool
is_string(struct span value)
{
	return value.len >= 2 && value.ptr[0] == '"';
}

static enum err
give_member(struct taken *taken, struct span name, struct span value,
    bool inside)
{
	uint8_t room[SEARCH_KEY_BYTES_MAX];
	enum err err = OK;

	if (!is_string(value))
		return OK;
	value = span_sub(value, 1, value.len - 2);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!span_equal(name, span_str(names[i].text)) ||
		    (names[i].inside && !inside) || err != OK)
			continue;
		if (names[i].kind == SEARCH_SENDER)
			err = give_mail(taken, SEARCH_SENDER,
			    unescape(value, room));
		else
			err = give(taken, names[i].kind,
			    unescape(value, room));
	}
	return err;
}

/*
 * The next object of a list that is good JSON, without its braces. Nothing
 * else stands in one: {"address":"a","result":"delivered"}.
 */
static bool
next_object(struct span *list, struct span *object)
{
	size_t begin = span_find_byte(*list, '{'), i = begin + 1;
	bool quoted = false;

	for (; i < list->len && (quoted || list->ptr[i] != '}'); i++) {
		if (list->ptr[i] == '"')
			quoted = !quoted;
		else if (list->ptr[i] == '\\')
			i++;
	}
	if (i >= list->len)
		return false;
	*object = span_sub(*list, begin + 1, i - begin - 1);
	*list = span_sub(*list, i + 1, list->len);
	return true;
}

static enum err
give_recipients(struct taken *taken, struct span list)
{
	uint8_t room[SEARCH_KEY_BYTES_MAX];
	struct span object, name, value;
	enum err err = OK;

	while (err == OK && next_object(&list, &object))
		while (err == OK && audit_member_next(&object, &name, &value))
			if (span_equal(name, SPAN("address")) &&
			    is_string(value))
				err = give_mail(taken, SEARCH_RECIPIENT,
				    unescape(span_sub(value, 1,
				    value.len - 2), room));
	return err;
}

static enum err
give_object(struct taken *taken, struct span object)
{
	struct span name, value;
	enum err err = OK;

	while (err == OK && audit_member_next(&object, &name, &value))
		err = give_member(taken, name, value, true);
	return err;
}

enum err
search_keys(const struct audit_line *line, const struct search_sink *sink)
{
	struct taken taken = { .sink = sink };
	struct span members = line->members, name, value;
	enum err err = give(&taken, SEARCH_TYPE, line->type);

	while (err == OK && audit_member_next(&members, &name, &value)) {
		if (value.ptr[0] == '[' && span_equal(name, SPAN("to")))
			err = give_recipients(&taken, value);
		else if (value.ptr[0] == '{' &&
		    !span_equal(name, SPAN("report")))
			err = give_object(&taken, span_sub(value, 1,
			    value.len - 2));
		else
			err = give_member(&taken, name, value, false);
	}
	return err != OK ? err : members.len > 0 ? ERR_INPUT : OK;
}
