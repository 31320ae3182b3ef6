/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dates of mails, read in a tolerant way and written in one form. The words
 * of the field are taken one by one, each says by its shape what it is: a
 * time has colons, a zone a sign, a month is a name, the rest are numbers.
 */
#include "header_date.h"

#include <stdio.h>
#include <string.h>

#define DATE_WORDS_MAX	16

struct date {
	int	day, month, year;	/* month 1-12; 0: not seen */
	int	hour, minute, second;	/* hour -1: not seen */
	int	zone_min;		/* east is positive */
	bool	has_day, has_year, has_zone;
};

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
    "Sat" };

static const struct {
	char	name[5];
	int	hours;
} zones[] = {
	{ "UT", 0 }, { "UTC", 0 }, { "GMT", 0 }, { "Z", 0 }, { "JST", 9 },
	{ "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
	{ "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
	{ "CET", 1 }, { "CEST", 2 }, { "BST", 1 }, { "KST", 9 },
};

static bool
number(struct span s, int max, int *value)
{
	uint64_t v;

	if (s.len == 0 || s.len > 4 || !span_decimal(s, (uint64_t)max, &v))
		return false;
	*value = (int)v;
	return true;
}

static bool
read_time(struct span w, struct date *d)
{
	struct span hour, minute, second;

	if (d->hour >= 0 || !span_cut(&w, ':', &hour) ||
	    !number(hour, 23, &d->hour))
		return false;
	if (!span_cut(&w, ':', &minute))
		return number(minute, 59, &d->minute);
	(void)span_cut(&w, '.', &second);	/* without fractions */
	return number(minute, 59, &d->minute) &&
	    number(second, 60, &d->second);
}

static bool
read_zone(struct span w, struct date *d)
{
	int v;

	if (w.len != 5 || !number(span_sub(w, 1, 4), 9999, &v) ||
	    v / 100 > 23 || v % 100 > 59)
		return false;
	d->zone_min = v / 100 * 60 + v % 100;
	if (w.ptr[0] == '-')
		d->zone_min = -d->zone_min;
	d->has_zone = true;
	return true;
}

static bool
read_name(struct span w, struct date *d)
{
	for (int i = 0; i < 12; i++)
		if (d->month == 0 &&
		    span_begins_nocase(w, span_str(months[i]))) {
			d->month = i + 1;
			return true;
		}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (d->hour >= 0 && !d->has_zone &&
		    span_equal_nocase(w, span_str(zones[i].name))) {
			d->zone_min = zones[i].hours * 60;
			d->has_zone = true;
			return true;
		}
	return true;			/* a day's name, "DST", ... */
}

static bool
read_number(struct span w, struct date *d)
{
	int v;

	if (!number(w, 9999, &v))
		return false;
	if (!d->has_day && v >= 1 && v <= 31 && w.len <= 2) {
		d->day = v;
		d->has_day = true;
		return true;
	}
	if (d->has_year)
		return false;
	if (w.len == 2)
		v += v < 50 ? 2000 : 1900;	/* RFC 5322 4.3 */
	else if (w.len == 3)
		v += 1900;
	d->year = v;
	d->has_year = true;
	return true;
}

static bool
read_word(struct span w, struct date *d)
{
	if (span_find_byte(w, ':') < w.len)
		return read_time(w, d);
	if ((w.ptr[0] == '+' || w.ptr[0] == '-') && w.len > 1)
		return d->has_zone || read_zone(w, d);
	if (ascii_is_digit(w.ptr[0]))
		return read_number(w, d);
	return read_name(w, d);
}

static bool
leap(int y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Zeller's rule in the form of Sakamoto; 0 is Sunday. */
static int
weekday(int y, int m, int day)
{
	static const int t[12] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };

	if (m < 3)
		y--;
	return (y + y / 4 - y / 100 + y / 400 + t[m - 1] + day) % 7;
}

static bool
is_moment(const struct date *d)
{
	static const int lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
	    31, 30, 31 };

	if (d->month == 0 || !d->has_day || !d->has_year || d->hour < 0 ||
	    d->year < 1900)
		return false;
	return d->day <= lengths[d->month - 1] +
	    (d->month == 2 && leap(d->year));
}

/* "22-Nov-2026" is three words, "-0900" is one. */
static bool
is_separator(struct span s, size_t i)
{
	uint8_t c = s.ptr[i];

	if (c == '-')
		return i > 0 && (ascii_is_digit(s.ptr[i - 1]) ||
		    ascii_is_alpha(s.ptr[i - 1]));
	return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '\n';
}

static unsigned
two(int n)
{
	return (unsigned)n % 100;
}

bool
header_date(struct span value, char text[HEADER_DATE_BYTES])
{
	struct date d = { .hour = -1 };
	size_t i = 0, start;
	unsigned words = 0;
	int zone;

	value.len = span_find_byte(value, '(');
	while (i < value.len) {
		if (is_separator(value, i)) {
			i++;
			continue;
		}
		for (start = i; i < value.len && (i == start ||
		    !is_separator(value, i)); i++)
			;
		if (++words > DATE_WORDS_MAX ||
		    !read_word(span_sub(value, start, i - start), &d))
			return false;
	}
	if (!is_moment(&d))
		return false;
	zone = d.zone_min < 0 ? -d.zone_min : d.zone_min;
	snprintf(text, HEADER_DATE_BYTES,
	    "%s, %02u %s %04u %02u:%02u:%02u %c%02u%02u",
	    days[weekday(d.year, d.month, d.day)], two(d.day),
	    months[d.month - 1], (unsigned)d.year % 10000, two(d.hour),
	    two(d.minute), two(d.second), d.zone_min < 0 ? '-' : '+',
	    two(zone / 60), two(zone % 60));
	return true;
}
