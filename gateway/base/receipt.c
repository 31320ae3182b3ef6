/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mail's number and its spelling for people. */
#include <stdio.h>
#include <time.h>

#include "err.h"
#include "receipt.h"

#define TICK_BITS	35
#define TICK_MASK	((UINT64_C(1) << TICK_BITS) - 1)
#define DAY_MS		UINT64_C(86400000)
#define DIGITS		7

/* Crockford's base 32: nothing that looks or sounds like another. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

uint64_t
receipt_next(uint64_t last, uint64_t wall_ms)
{
	uint64_t id = wall_ms / DAY_MS << TICK_BITS | wall_ms % DAY_MS << 8;

	return id > last ? id : last + 1;
}

uint64_t
receipt_time_ms(uint64_t id)
{
	return (id >> TICK_BITS) * DAY_MS + ((id & TICK_MASK) >> 8);
}

/*
 * Weights 1..n over a prime greater than the alphabet would need 37 signs;
 * odd weights modulo 32 still find every single wrong character and every
 * swap of neighbours but those 16 apart.
 */
static unsigned
check_digit(uint64_t id)
{
	unsigned sum = (unsigned)((id >> TICK_BITS) * 5);

	for (unsigned i = 0; i < DIGITS; i++)
		sum += (unsigned)(id >> (5 * i) & 31) * (2 * i + 1);
	return sum & 31;
}

void
receipt_text(uint64_t id, char text[RECEIPT_TEXT_BYTES])
{
	time_t t = (time_t)((id >> TICK_BITS) * (DAY_MS / 1000));
	struct tm tm = { 0 };
	char c[DIGITS + 2];

	gmtime_r(&t, &tm);
	for (unsigned i = 0; i < DIGITS; i++)
		c[i] = alphabet[id >> (5 * (DIGITS - 1 - i)) & 31];
	c[DIGITS] = alphabet[check_digit(id)];
	c[DIGITS + 1] = '\0';
	snprintf(text, RECEIPT_TEXT_BYTES, "%02u%02u%02u-%.4s-%.4s",
	    (unsigned)tm.tm_year % 100, (unsigned)tm.tm_mon % 12 + 1,
	    (unsigned)tm.tm_mday % 32, c, c + 4);
}

static int
digit_value(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 32);
	for (int i = 0; i < 32; i++)
		if (alphabet[i] == (char)c)
			return i;
	if (c == 'O')
		return 0;
	return c == 'I' || c == 'L' ? 1 : -1;
}

/* Days since 1970 of a date in 2000-2099; false if there is no such date. */
static bool
date_days(const uint8_t d[6], uint64_t *days)
{
	struct tm tm = { 0 };
	struct tm back = { 0 };
	time_t t;

	tm.tm_year = 100 + (d[0] - '0') * 10 + (d[1] - '0');
	tm.tm_mon = (d[2] - '0') * 10 + (d[3] - '0') - 1;
	tm.tm_mday = (d[4] - '0') * 10 + (d[5] - '0');
	t = timegm(&tm);
	if (t < 0 || gmtime_r(&t, &back) == NULL)
		return false;
	*days = (uint64_t)t / (DAY_MS / 1000);
	return back.tm_mon == (d[2] - '0') * 10 + (d[3] - '0') - 1 &&
	    back.tm_mday == (d[4] - '0') * 10 + (d[5] - '0');
}

bool
receipt_parse(struct span text, uint64_t *id)
{
	uint8_t c[6 + DIGITS + 1];
	size_t n = 0;
	uint64_t days, tick = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '-' || text.ptr[i] == ' ')
			continue;
		if (n == sizeof(c))
			return false;
		c[n++] = text.ptr[i];
	}
	if (n != sizeof(c))
		return false;
	for (size_t i = 0; i < 6; i++)
		if (!ascii_is_digit(c[i]))
			return false;
	if (!date_days(c, &days))
		return false;
	for (size_t i = 6; i < 6 + DIGITS; i++) {
		int v = digit_value(c[i]);

		if (v < 0)
			return false;
		tick = tick << 5 | (uint64_t)v;
	}
	*id = days << TICK_BITS | tick;
	return *id != 0 && digit_value(c[6 + DIGITS]) == (int)check_digit(*id);
}
