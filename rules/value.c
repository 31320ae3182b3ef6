/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values: from a word or string to what it means, and back to its one
 * canonical spelling. Names are checked for their form only; what they refer
 * to is found in check.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "finding_internal.h"
#include "value_internal.h"

#define DATE_YEAR_MIN	2000
#define DATE_YEAR_MAX	2199

static const char *
slot_what(struct rules_run *run, const struct slot *slot)
{
	switch (slot->kind) {
	case SLOT_END:
		return "the end of the line";
	case SLOT_LITERAL:
		return run_text(run, "'%s'", slot->literal);
	case SLOT_WORD:
		return NULL;	/* see expected_word() */
	case SLOT_NAME:
		return "a name";
	case SLOT_STRING:
		return "a text in quotes";
	case SLOT_SEGMENT:
		return "the name of a segment";
	case SLOT_PARTY:
		return "the name of a segment or host, or 'any'";
	case SLOT_PEER:
		return "a host, segment, address or network";
	case SLOT_SERVICE:
		return "the name of a service";
	case SLOT_POLICY:
		return "the name of a policy";
	case SLOT_HOP:
		return "a host, an IP address or 'maildir \"PATH\"'";
	case SLOT_ADDRESS:
		return "an IP address";
	case SLOT_NETWORK:
		return "a network such as '10.20.0.0/16', or 'any'";
	case SLOT_RANGE:
		return "an IP address, a network or a range 'FIRST-LAST'";
	case SLOT_MAC:
		/* RFC 7042 2.1.2: a number for documents, of no machine */
		return "a MAC address such as '00:00:5e:00:53:07'";
	case SLOT_PORT:
		return "a port number from 1 to 65535";
	case SLOT_PORTS:
		return "a port number, or a range such as '5900-5999'";
	case SLOT_ICMP:
		return "an ICMP type: 0 to 255 or 'echo-request'";
	case SLOT_PROTOCOL:
		return "an IP protocol by its number, such as 50, or a range";
	case SLOT_NUMBER:
		return slot->number->what;
	case SLOT_DATE:
		return "a date such as '2027-03-31'";
	case SLOT_DOMAIN:
		return "a mail domain such as 'town.example.lg.jp'";
	case SLOT_INTERFACE:
		return "the name of a network interface";
	}
	return "something else";
}

/* "'a', 'b' or 'c'" */
static const char *
word_list(struct rules_run *run, const struct word *words)
{
	const char *list = run_text(run, "'%s'", words->text);

	while ((++words)->text != NULL)
		list = run_text(run, "%s%s'%s'", list,
		    words[1].text == NULL ? " or " : ", ", words->text);
	return list;
}

static const char *
found(struct rules_run *run, const struct token *token)
{
	switch (token->kind) {
	case TOKEN_END:
		return "the end of the file";
	case TOKEN_LINE:
		return "the end of the line";
	case TOKEN_COMMENT:
		return "a comment";
	case TOKEN_STRING:
		return run_text(run, "the text %s",
		    run_quote(run, token->text));
	case TOKEN_WORD:
	case TOKEN_OPEN:
	case TOKEN_CLOSE:
	case TOKEN_COMMA:
	case TOKEN_BAD:
		break;
	}
	return run_text(run, "'%s'", run_quote(run, token->text));
}

/* 'vnc' is not a slip of 'dns', but what speaks 'rfb'. */
static const char *
word_hint(struct rules_run *run, const struct word *words,
    const struct nearest *nearest)
{
	const struct word_speaker *speaker = grammar_speaker(words,
	    nearest->word);

	if (speaker == NULL)
		return nearest_hint(run, nearest);
	return run_text(run, "did you mean '%s', which %s speaks?",
	    speaker->word, speaker->product);
}

void
value_expected(struct rules_run *run, const struct slot *slot,
    const struct token *token)
{
	const char *what, *hint = NULL;
	struct nearest nearest;

	if (token->kind == TOKEN_BAD)
		return;		/* the lexer has spoken */
	what = slot_what(run, slot);
	nearest_init(&nearest, token->text);
	if (slot->kind == SLOT_WORD) {
		what = word_list(run, slot->words);
		for (const struct word *w = slot->words; w->text != NULL; w++)
			nearest_offer(&nearest, span_str(w->text));
	} else if (slot->kind == SLOT_LITERAL)
		nearest_offer(&nearest, span_str(slot->literal));
	if (token->kind == TOKEN_WORD)
		hint = slot->kind == SLOT_WORD ? word_hint(run, slot->words,
		    &nearest) : nearest_hint(run, &nearest);
	if (slot->kind == SLOT_STRING && token->kind == TOKEN_WORD)
		hint = run_text(run, "put it in quotes: \"%s\"",
		    run_quote(run, token->text));
	else if (slot->kind != SLOT_STRING && token->kind == TOKEN_STRING)
		hint = "write it without quotes";
	finding_syntax(run, token->place, hint, "expected %s, found %s", what,
	    found(run, token));
}

static bool
bad(struct rules_run *run, const struct token *token, const char *hint,
    const char *what)
{
	finding_syntax(run, token->place, hint, "'%s' is not %s",
	    run_quote(run, token->text), what);
	return false;
}

/* Names are ASCII: they become process names, file names, SNMP indexes. */
static bool
parse_name(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct span s = token->text;
	bool letter = false;

	value->form = FORM_NAME;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		letter = letter || ascii_is_alpha(c);
		if (!ascii_is_alpha(c) && !ascii_is_digit(c) &&
		    ((c != '-' && c != '_') || i == 0))
			return bad(run, token, "names are of the letters "
			    "a-z A-Z, digits, '-' and '_'",
			    slot_what(run, slot));
	}
	if (!letter)
		return bad(run, token, "a name has at least one letter",
		    slot_what(run, slot));
	if (s.len > RULES_NAME_BYTES_MAX)
		return bad(run, token, run_text(run, "at most %d characters",
		    RULES_NAME_BYTES_MAX), slot_what(run, slot));
	if (slot->kind == SLOT_NAME && (span_equal(s, SPAN("any")) ||
	    span_equal(s, SPAN("maildir")))) {
		finding_syntax(run, token->place, "take another name",
		    "'%s' is a word of the language", run_quote(run, s));
		return false;
	}
	return true;
}

static bool
parse_string(struct rules_run *run, const struct token *token,
    struct value *value)
{
	struct span s = span_sub(token->text, 1, token->text.len - 2);
	uint8_t *copy;
	size_t n = 0;

	value->form = FORM_STRING;
	value->text = s;
	if (s.len == 0) {
		finding_syntax(run, token->place, NULL,
		    "the text must not be empty");
		return false;
	}
	/* the only control character that the lexer lets pass */
	if (span_find_byte(s, '\t') < s.len) {
		finding_syntax(run, token->place, "write a blank for it",
		    "there is a tab in the text");
		return false;
	}
	if (span_find_byte(s, '\\') == s.len)
		return true;
	copy = run_alloc(run, s.len);
	if (copy == NULL)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\') {
			i++;
			if (s.ptr[i] != '"' && s.ptr[i] != '\\') {
				finding_syntax(run, token->place,
				    "write \\\\ for a backslash, \\\" for a "
				    "quote", "unknown escape in the text");
				return false;
			}
		}
		copy[n++] = s.ptr[i];
	}
	value->text = (struct span){ copy, n };
	return true;
}

static bool
is_mapped(const struct address *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return a->family == 6 && memcmp(a->bytes, prefix, 12) == 0;
}

/* What a network with host bits was probably meant to be. */
static const char *
network_hint(struct rules_run *run, struct span text)
{
	char canonical[ADDRESS_TEXT_BYTES];
	struct network n;
	struct span head;
	uint64_t len;

	if (!span_cut(&text, '/', &head))
		return NULL;
	if (!address_parse(head, &n.address))
		return NULL;
	if (!span_decimal(text, n.address.family == 4 ? 32 : 128, &len))
		return "the length of the prefix is out of range";
	n.prefix_len = (uint8_t)len;
	for (unsigned i = (unsigned)len; i < 128; i++)
		n.address.bytes[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	network_text(&n, canonical);
	return run_text(run, "bits behind the prefix are set; did you mean "
	    "'%s'?", canonical);
}

/* 192.0.2.25:25, as other programs write it. */
static const char *
port_hint(struct rules_run *run, struct span text)
{
	struct network n;
	struct span head;

	if (!span_cut(&text, ':', &head) || !address_parse(head, &n.address))
		return NULL;
	return run_text(run, "write '%s port %s'", run_quote(run, head),
	    run_quote(run, text));
}

static bool
parse_address(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct span text = token->text;

	value->form = FORM_ADDRESS;
	value->network.prefix_len = 32;
	if (!address_parse(text, &value->network.address))
		return bad(run, token, port_hint(run, text),
		    slot_what(run, slot));
	if (value->network.address.family == 6)
		value->network.prefix_len = 128;
	if (is_mapped(&value->network.address))
		return bad(run, token, "write it as an IPv4 address",
		    slot_what(run, slot));
	return true;
}

static bool
parse_network(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	value->form = FORM_NETWORK;
	if (!network_parse(token->text, &value->network))
		return bad(run, token, network_hint(run, token->text),
		    slot_what(run, slot));
	if (is_mapped(&value->network.address))
		return bad(run, token, "write it as an IPv4 network",
		    slot_what(run, slot));
	if (value->network.prefix_len ==
	    (value->network.address.family == 4 ? 32 : 128))
		value->form = FORM_ADDRESS;
	return true;
}

static bool
parse_range(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct span rest = token->text, head;
	struct address *last;

	if (!span_cut(&rest, '-', &head))
		return parse_network(run, slot, token, value);
	last = run_alloc(run, sizeof(*last));
	if (last == NULL)
		return false;
	value->form = FORM_RANGE;
	value->last = last;
	if (!address_parse(head, &value->network.address) ||
	    !address_parse(rest, last) ||
	    value->network.address.family != last->family || is_mapped(last))
		return bad(run, token, NULL, slot_what(run, slot));
	if (memcmp(value->network.address.bytes, last->bytes, 16) > 0)
		return bad(run, token, "the first address is the lower one",
		    "a range");
	return true;
}

static bool
parse_ports(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct span rest = token->text, head;
	bool range = slot->kind == SLOT_PORTS && span_cut(&rest, '-', &head);

	/* port 0 is nobody's, but "all of them" includes it */
	value->form = FORM_PORTS;
	if (!span_decimal(range ? head : token->text, 65535, &value->number) ||
	    (value->number == 0 && !range))
		return bad(run, token, NULL, slot_what(run, slot));
	value->last_number = value->number;
	if (range && (!span_decimal(rest, 65535, &value->last_number) ||
	    value->last_number < value->number || value->last_number == 0))
		return bad(run, token, "the first port is the lower one",
		    slot_what(run, slot));
	return true;
}

static int
hex(uint8_t c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Why it is none: what another device prints, or a slip of the pen. */
static const char *
mac_hint(struct rules_run *run, struct span s)
{
	char digits[12];
	unsigned n = 0, separators = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == ':' || c == '-' || c == '.')
			separators++;
		else if (hex(c) == -1)
			return c >= 0x80 ? NULL : run_text(run,
			    "'%c' is not a hex digit (0-9, a-f)", c);
		else if (n++ < sizeof(digits))
			digits[n - 1] = (char)ascii_lower(c);
	}
	if (n == sizeof(digits))
		return run_text(run, "write it in pairs: "
		    "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", digits, digits + 2,
		    digits + 4, digits + 6, digits + 8, digits + 10);
	if (n % 2 == 0 && separators == n / 2 - 1)
		return run_text(run, "6 pairs of hex digits are needed, %u "
		    "are given", n / 2);
	return run_text(run, "12 hex digits are needed, %u are given", n);
}

/* 00:00:5e:00:53:07; dashes, as Windows writes them, are read too. */
static bool
parse_mac(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	static const uint8_t none[6], all[6] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	static const char one[] = "the MAC address of one machine";
	struct span s = token->text;

	value->form = FORM_MAC;
	if (s.len != 17)
		return bad(run, token, mac_hint(run, s),
		    slot_what(run, slot));
	for (size_t i = 0; i < 6; i++) {
		int high = hex(s.ptr[3 * i]), low = hex(s.ptr[3 * i + 1]);

		if (high == -1 || low == -1 || (i < 5 &&
		    s.ptr[3 * i + 2] != ':' && s.ptr[3 * i + 2] != '-'))
			return bad(run, token, mac_hint(run, s),
			    slot_what(run, slot));
		value->mac[i] = (uint8_t)(high << 4 | low);
	}
	if (memcmp(value->mac, none, 6) == 0)
		return bad(run, token, "no machine has it; read it from the "
		    "device", one);
	if (memcmp(value->mac, all, 6) == 0)
		return bad(run, token, "it is the address of all machines of "
		    "a network", one);
	if (value->mac[0] & 1)
		return bad(run, token, "its first byte is odd, which makes "
		    "it the address of a group", one);
	return true;
}

static bool
is_leap(uint64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned
month_days(uint64_t year, uint64_t month)
{
	static const uint8_t days[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static bool
parse_date(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct span s = token->text;
	uint64_t year, month, day;

	value->form = FORM_DATE;
	if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' ||
	    !span_decimal(span_sub(s, 0, 4), DATE_YEAR_MAX, &year) ||
	    !span_decimal(span_sub(s, 5, 2), 12, &month) ||
	    !span_decimal(span_sub(s, 8, 2), 31, &day) ||
	    year < DATE_YEAR_MIN || month == 0 || day == 0)
		return bad(run, token, "year, month and day with dashes",
		    slot_what(run, slot));
	if (day > month_days(year, month))
		return bad(run, token, "that month has fewer days", "a date");
	value->number = day - 1;
	while (--month > 0)
		value->number += month_days(year, month);
	while (--year >= 1970)
		value->number += is_leap(year) ? 366 : 365;
	return true;
}

void
date_text(uint64_t days, char text[DATE_TEXT_BYTES])
{
	uint64_t year = 1970, month = 1;

	while (year <= DATE_YEAR_MAX && days >= (is_leap(year) ? 366u : 365u))
		days -= is_leap(year++) ? 366 : 365;
	while (month < 12 && days >= month_days(year, month))
		days -= month_days(year, month++);
	snprintf(text, DATE_TEXT_BYTES, "%04u-%02u-%02u",
	    (unsigned)year % 10000, (unsigned)month % 100,
	    (unsigned)(days + 1) % 100);
}

bool
domain_valid(struct span domain, unsigned min_labels)
{
	struct span label;
	unsigned labels = 0;
	bool more = true;

	if (domain.len == 0 || domain.len > RULES_DOMAIN_BYTES_MAX)
		return false;
	for (; more; labels++) {
		more = span_cut(&domain, '.', &label);
		if (label.len == 0 || label.len > RULES_LABEL_BYTES_MAX ||
		    label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (!ascii_is_alpha(label.ptr[i]) &&
			    !ascii_is_digit(label.ptr[i]) &&
			    label.ptr[i] != '-')
				return false;
	}
	return labels >= min_labels;
}

static bool
parse_domain(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct span s = token->text;
	const char *hint = NULL;

	value->form = FORM_NAME;
	if (span_begins(s, SPAN(".")))
		s = span_sub(s, 1, s.len);
	if (domain_valid(s, 2))
		return true;
	if (span_begins(s, SPAN("*.")))
		hint = run_text(run, "for a domain and its subdomains write "
		    "'%s'", run_quote(run, span_sub(s, 1, s.len)));
	else if (span_find_byte(s, '@') < s.len)
		hint = "only what stands behind the '@'";
	else if (s.len > 0 && s.ptr[s.len - 1] == '.')
		hint = "without the dot at its end";
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80)
			hint = "write an international name in its xn-- form";
	return bad(run, token, hint, slot_what(run, slot));
}

static bool
parse_interface(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct span s = token->text;

	value->form = FORM_NAME;
	if (s.len > RULES_INTERFACE_BYTES_MAX)
		return bad(run, token, run_text(run, "at most %d characters",
		    RULES_INTERFACE_BYTES_MAX), slot_what(run, slot));
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alpha(s.ptr[i]) && !ascii_is_digit(s.ptr[i]) &&
		    s.ptr[i] != '-' && s.ptr[i] != '_' &&
		    (s.ptr[i] != '.' || i == 0))
			return bad(run, token, NULL, slot_what(run, slot));
	return true;
}

/* Numbers up to 255, one or from-to. False: it is something else. */
static bool
small_range(const struct token *token, struct value *value)
{
	struct span rest = token->text, head;
	bool range = span_cut(&rest, '-', &head);

	value->form = FORM_PORTS;
	if (!span_decimal(range ? head : token->text, 255, &value->number))
		return false;
	value->last_number = value->number;
	return !range || (span_decimal(rest, 255, &value->last_number) &&
	    value->last_number >= value->number);
}

static bool
parse_protocol(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	static const struct {
		uint8_t	number;
		const char *word;
	} named[] = { { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" },
	    { 58, "icmp6" } };

	if (!small_range(token, value))
		return bad(run, token, NULL, slot_what(run, slot));
	for (size_t i = 0; i < 4; i++)
		if (value->number <= named[i].number &&
		    value->last_number >= named[i].number)
			return bad(run, token, run_text(run, "%u has a word "
			    "of its own: %s", named[i].number,
			    named[i].word), "another protocol than icmp, "
			    "tcp, udp and icmp6");
	return true;
}

static bool
parse_icmp(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	uint8_t type;

	if (slot->flags & SLOT_LIST && small_range(token, value) &&
	    value->last_number > value->number)
		return true;
	value->form = FORM_NUMBER;
	if (span_decimal(token->text, 255, &value->number))
		return true;
	if (!grammar_word(slot->words, token->text, &type))
		return bad(run, token, NULL, slot_what(run, slot));
	value->form = FORM_WORD;
	value->number = type;
	return true;
}

static bool
set_unit(struct rules_run *run, const struct token *token, struct span unit,
    struct value *value)
{
	const struct number_spec *spec = value->slot->number;
	uint64_t scaled;

	for (unsigned i = 0; i < UNITS_MAX && spec->units[i].text != NULL;
	    i++) {
		if (!span_equal_nocase(unit, span_str(spec->units[i].text)))
			continue;
		value->unit = (uint8_t)i;
		if (__builtin_mul_overflow(value->number,
		    spec->units[i].factor, &scaled) || scaled < spec->min ||
		    scaled > spec->max)
			finding_error(run, value->place, spec->range,
			    "the number is out of range");
		return true;
	}
	finding_syntax(run, token->place, spec->range,
	    "expected %s, found '%s'", spec->what, run_quote(run, token->text));
	return false;
}

/* Digits; the unit is glued to them, or is the next word. */
static bool
parse_number(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value, bool *unit_follows)
{
	const struct number_spec *spec = slot->number;
	size_t digits = 0;

	value->form = FORM_NUMBER;
	while (digits < token->text.len &&
	    ascii_is_digit(token->text.ptr[digits]))
		digits++;
	if (!span_decimal(span_sub(token->text, 0, digits), UINT32_MAX,
	    &value->number))
		return bad(run, token, spec->range, spec->what);
	if (spec->units[0].text == NULL) {
		if (digits < token->text.len)
			return bad(run, token, spec->range, spec->what);
		if (value->number < spec->min || value->number > spec->max)
			finding_error(run, token->place, spec->range,
			    "the number is out of range");
		return true;
	}
	if (digits < token->text.len)
		return set_unit(run, token, span_sub(token->text, digits,
		    token->text.len), value);
	*unit_follows = true;
	return true;
}

bool
value_unit(struct rules_run *run, const struct token *token,
    struct value *value)
{
	if (token->kind != TOKEN_WORD || ascii_is_digit(token->text.ptr[0])) {
		finding_syntax(run, value->place, value->slot->number->range,
		    "the unit is missing: expected %s",
		    value->slot->number->what);
		return false;
	}
	return set_unit(run, token, token->text, value);
}

static bool
parse_word(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	uint8_t number;

	value->form = FORM_WORD;
	if (!grammar_word(slot->words, token->text, &number)) {
		value_expected(run, slot, token);
		return false;
	}
	value->number = number;
	return true;
}

/* Name, or in some places an address or one of two words. */
static bool
parse_party(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value)
{
	struct network n;

	if (slot->kind != SLOT_HOP && span_equal(token->text, SPAN("any"))) {
		value->form = FORM_ANY;
		return true;
	}
	if (slot->kind == SLOT_HOP &&
	    span_equal(token->text, SPAN("maildir"))) {
		value->form = FORM_MAILDIR;
		return true;
	}
	if (slot->kind == SLOT_HOP && address_parse(token->text, &n.address))
		return parse_address(run, slot, token, value);
	if (slot->kind == SLOT_PEER && (address_parse(token->text,
	    &n.address) || span_find_byte(token->text, '/') <
	    token->text.len))
		return parse_network(run, slot, token, value);
	if (slot->kind == SLOT_PARTY && network_parse(token->text, &n))
		return bad(run, token, "give it a name with 'host' and write "
		    "the name here", slot_what(run, slot));
	return parse_name(run, slot, token, value);
}

bool
value_parse(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value, bool *unit_follows)
{
	value->slot = slot;
	value->place = token->place;
	value->text = token->text;
	*unit_follows = false;
	if (token->kind != (slot->kind == SLOT_STRING ? TOKEN_STRING :
	    TOKEN_WORD)) {
		value_expected(run, slot, token);
		return false;
	}
	switch (slot->kind) {
	case SLOT_END:
	case SLOT_LITERAL:
		break;
	case SLOT_WORD:
		return parse_word(run, slot, token, value);
	case SLOT_NAME:
	case SLOT_SEGMENT:
	case SLOT_SERVICE:
	case SLOT_POLICY:
		return parse_name(run, slot, token, value);
	case SLOT_STRING:
		return parse_string(run, token, value);
	case SLOT_PARTY:
	case SLOT_PEER:
	case SLOT_HOP:
		return parse_party(run, slot, token, value);
	case SLOT_ADDRESS:
		return parse_address(run, slot, token, value);
	case SLOT_NETWORK:
		if (!span_equal(token->text, SPAN("any")))
			return parse_network(run, slot, token, value);
		value->form = FORM_ANY;
		return true;
	case SLOT_RANGE:
		return parse_range(run, slot, token, value);
	case SLOT_MAC:
		return parse_mac(run, slot, token, value);
	case SLOT_PORT:
	case SLOT_PORTS:
		return parse_ports(run, slot, token, value);
	case SLOT_ICMP:
		return parse_icmp(run, slot, token, value);
	case SLOT_PROTOCOL:
		return parse_protocol(run, slot, token, value);
	case SLOT_NUMBER:
		return parse_number(run, slot, token, value, unit_follows);
	case SLOT_DATE:
		return parse_date(run, slot, token, value);
	case SLOT_DOMAIN:
		return parse_domain(run, slot, token, value);
	case SLOT_INTERFACE:
		return parse_interface(run, slot, token, value);
	}
	value_expected(run, slot, token);
	return false;
}
