/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values of header fields as section 4 of the safe form has them. Each
 * reader moves a span forward over what it knows; a value is right when
 * nothing is left over. Addresses and ids are in verify_address.c.
 */
#include <string.h>

#include "verify_base64.h"
#include "verify_text.h"
#include "verify_value.h"

#define PLAIN_BYTES_MAX	60
#define HOST_BYTES_MAX	255
#define URI_BYTES_MAX	900
#define WORD_CHARACTERS_MAX 52		/* base64 of 39 bytes */

void
set_make(bool set[256], const char *ranges, const char *singles)
{
	if (set[(uint8_t)ranges[0]])
		return;		/* made before */
	for (; *ranges != '\0'; ranges += 2)
		for (unsigned c = (uint8_t)ranges[0];
		    c <= (uint8_t)ranges[1]; c++)
			set[c] = true;
	for (; *singles != '\0'; singles++)
		set[(uint8_t)*singles] = true;
}

bool
take_literal(struct span *v, const char *text)
{
	struct span s = span_str(text);

	if (!span_begins(*v, s))
		return false;
	*v = span_sub(*v, s.len, v->len);
	return true;
}

bool
take_run(struct span *v, const bool set[256], size_t min, size_t max,
    struct span *run)
{
	size_t n = 0;

	while (n < v->len && set[v->ptr[n]])
		n++;
	if (n < min || n > max)
		return false;
	*run = span_sub(*v, 0, n);
	*v = span_sub(*v, n, v->len);
	return true;
}

bool
take_digits(struct span *v, size_t min, size_t max, unsigned *value)
{
	size_t n = 0;

	*value = 0;
	while (n < v->len && n < max && ascii_is_digit(v->ptr[n]))
		*value = *value * 10 + (unsigned)(v->ptr[n++] - '0');
	*v = span_sub(*v, n, v->len);
	return n >= min;
}

static bool
take_one_of(struct span *v, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (take_literal(v, list[i]))
			return true;
	return false;
}

bool
take_date(struct span *v, unsigned day_digits_min)
{
	static const char *const days[] = {
		"Sun, ", "Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, "
	};
	static const char *const months[] = {
		" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ",
		" Aug ", " Sep ", " Oct ", " Nov ", " Dec "
	};
	unsigned day, year, hour, minute, second, zone;

	return take_one_of(v, days, 7) &&
	    take_digits(v, day_digits_min, 2, &day) && day >= 1 && day <= 31 &&
	    take_one_of(v, months, 12) &&
	    take_digits(v, 4, 4, &year) && year >= 1900 &&
	    take_literal(v, " ") && take_digits(v, 2, 2, &hour) && hour < 24 &&
	    take_literal(v, ":") && take_digits(v, 2, 2, &minute) &&
	    minute < 60 &&
	    take_literal(v, ":") && take_digits(v, 2, 2, &second) &&
	    second <= 60 &&
	    (take_literal(v, " +") || take_literal(v, " -")) &&
	    take_digits(v, 4, 4, &zone) && zone < 2400 && zone % 100 < 60;
}

bool
value_date(struct span v)
{
	return take_date(&v, 2) && v.len == 0;
}

/* ---- receipts ---- */

/* Days from 1970-01-01 to a date of 2000-2099; false: no such date. */
static bool
days_of(unsigned year, unsigned month, unsigned day, uint64_t *days)
{
	static const uint8_t lengths[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool leap = year % 4 == 0;	/* 2000 is one, 2100 is not here */

	if (month < 1 || month > 12 || day < 1 || day > (unsigned)
	    lengths[month - 1] + (month == 2 && leap ? 1u : 0u))
		return false;
	*days = 10957 + year * 365u + (year + 3) / 4 + day - 1;
	for (unsigned m = 1; m < month; m++)
		*days += (unsigned)lengths[m - 1] + (m == 2 && leap ? 1u : 0u);
	return true;
}

static int
receipt_sign(uint8_t c)
{
	static const char signs[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const char *at = c == '\0' ? NULL : strchr(signs, c);

	return at == NULL ? -1 : (int)(at - signs);
}

uint64_t
value_receipt(struct span v)
{
	unsigned year, month, day, sum;
	uint64_t days, tick = 0;
	int sign;

	if (v.len != 16 || v.ptr[11] != '-' ||
	    !take_digits(&v, 2, 2, &year) || !take_digits(&v, 2, 2, &month) ||
	    !take_digits(&v, 2, 2, &day) || !take_literal(&v, "-") ||
	    !days_of(year, month, day, &days))
		return 0;
	sum = (unsigned)(days * 5);
	for (unsigned i = 0, digit = 7; digit-- > 0; i++) {
		if (i == 4)
			i++;	/* the dash */
		if ((sign = receipt_sign(v.ptr[i])) < 0)
			return 0;
		tick = tick << 5 | (unsigned)sign;
		sum += (unsigned)sign * (2 * digit + 1);
	}
	if (receipt_sign(v.ptr[8]) != (int)(sum & 31))
		return 0;
	return days << 35 | tick;
}

/* ---- encoded words and texts ---- */

/* Bytes of the character that begins with b. */
static size_t
character_bytes(uint8_t b)
{
	return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

static bool
take_word(struct span *v, uint8_t out[VERIFY_WORD_BYTES_MAX], size_t *len)
{
	size_t n;

	if (!take_literal(v, "=?UTF-8?B?"))
		return false;
	n = span_find_byte(*v, '?');
	if (n > WORD_CHARACTERS_MAX ||
	    !base64_decode(span_sub(*v, 0, n), out, len))
		return false;
	*v = span_sub(*v, n, v->len);
	return take_literal(v, "?=");
}

/* All words of v, each checked; they go to out when that is not NULL. */
static size_t
words(struct span v, const char *between, uint8_t *out, size_t max)
{
	uint8_t word[VERIFY_WORD_BYTES_MAX];
	size_t len, before = 0, sum = 0;
	struct text text;

	text_init(&text, TEXT_WORDS);
	do {
		if (!take_word(&v, word, &len) ||
		    text_write(&text, (struct span){ word, len }, NULL) != OK ||
		    !text_is_whole(&text))
			return 0;
		if (before > 0 && before + character_bytes(word[0]) <=
		    VERIFY_WORD_BYTES_MAX)
			return 0;	/* the word before was not full */
		if (out != NULL && len > max - sum)
			return 0;
		if (out != NULL)
			memcpy(out + sum, word, len);
		sum += len;
		before = len;
	} while (take_literal(&v, between));
	return v.len == 0 && text_end(&text, NULL) == OK ? sum : 0;
}

size_t
value_words(struct span v, const char *between, uint8_t *out, size_t max)
{
	return words(v, between, out, max);
}

bool
has_word_mark(struct span v)
{
	return span_find(v, SPAN("=?")) < v.len;
}

bool
value_text(struct span v)
{
	static bool plain[256];
	struct span token;

	if (span_begins(v, SPAN("=?")))
		return words(v, " ", NULL, 0) > 0;
	set_make(plain, "!~", "");
	do {
		if (!take_run(&v, plain, 1, PLAIN_BYTES_MAX, &token) ||
		    has_word_mark(token))
			return false;
	} while (take_literal(&v, " "));
	return v.len == 0;
}

/* ---- fields of our own ---- */

static bool
take_host(struct span *v)
{
	static bool host[256];
	struct span run;

	set_make(host, "AZaz09", ".:_[]-");
	return take_run(v, host, 1, HOST_BYTES_MAX, &run);
}

static bool
take_receipt(struct span *v, struct span *receipt)
{
	*receipt = span_sub(*v, 0, 16);
	*v = span_sub(*v, 16, v->len);
	return value_receipt(*receipt) != 0;
}

bool
value_received(struct span v, struct span *receipt)
{
	static bool protocol[256];
	struct span run, host;

	set_make(protocol, "AZ09", "");
	if (!take_literal(&v, "from ") || !take_host(&v) ||
	    !take_literal(&v, " (["))
		return false;
	/* "]" is a sign of HOST, but the last one closes the bracket. */
	host = span_sub(v, 0, span_find_byte(v, ' '));
	v = span_sub(v, host.len, v.len);
	if (!span_ends(host, SPAN("])")))
		return false;
	host.len -= 2;
	return take_host(&host) && host.len == 0 &&
	    take_literal(&v, " by ") && take_host(&v) &&
	    take_literal(&v, " (Sekisho) with ") &&
	    take_run(&v, protocol, 1, 16, &run) &&
	    take_literal(&v, " id ") && take_receipt(&v, receipt) &&
	    take_literal(&v, "; ") && value_date(v);
}

bool
value_hop(struct span v)
{
	return take_literal(&v, "by hop.invalid; ") && value_date(v);
}

static bool
take_count(struct span *v, const char *name)
{
	unsigned value;
	struct span before;

	if (!take_literal(v, name))
		return false;
	before = *v;
	return take_digits(v, 1, 9, &value) &&
	    (before.ptr[0] != '0' || before.len - v->len == 1) &&
	    take_literal(v, "; ");
}

bool
value_summary(struct span v, struct span *receipt)
{
	static bool flag[256];
	struct span run;

	set_make(flag, "az09", "-");
	if (!take_literal(&v, "receipt=") || !take_receipt(&v, receipt) ||
	    !take_literal(&v, "; outcome=") ||
	    (!take_literal(&v, "safe; ") && !take_literal(&v, "held; ") &&
	    !take_literal(&v, "released; ")) ||
	    !take_count(&v, "kept=") || !take_count(&v, "rebuilt=") ||
	    !take_count(&v, "rendered=") || !take_count(&v, "extracted=") ||
	    !take_count(&v, "removed=") || !take_literal(&v, "flags="))
		return false;
	do {
		if (!take_run(&v, flag, 1, 40, &run))
			return false;
	} while (take_literal(&v, ","));
	return v.len == 0;
}

/* ---- lists of addresses in the web ---- */

bool
value_uris(struct span v)
{
	static bool uri[256];
	struct span run;
	size_t n = 0;

	set_make(uri, "!!#+-;==?[]~", "");	/* not " , < > \ */
	do {
		if (n++ == VERIFY_URIS_MAX || !take_literal(&v, "<") ||
		    (!take_literal(&v, "https://") &&
		    !take_literal(&v, "http://") &&
		    !take_literal(&v, "mailto:")) ||
		    !take_run(&v, uri, 1, URI_BYTES_MAX, &run) ||
		    has_word_mark(run) || !take_literal(&v, ">"))
			return false;
	} while (take_literal(&v, ", "));
	return v.len == 0;
}
