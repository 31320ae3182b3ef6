/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody looks for, as ranges of keys and of time. */
#include <string.h>
#include <time.h>

#include "../base/address.h"
#include "search_wish.h"

void
search_wish_init(struct search_wish *wish)
{
	memset(wish, 0, sizeof(*wish));
	wish->until_ms = UINT64_MAX;
}

/* ---- keys ---- */

/* The first key behind all that begin with these bits. */
static void
behind(struct search_key *key, unsigned bits_of_last)
{
	unsigned step = 1u << (8 - bits_of_last);

	/* the byte of the kind is never the greatest */
	while (key->bytes[key->len - 1] + step > 0xff) {
		key->len--;
		step = 1;
	}
	key->bytes[key->len - 1] = (uint8_t)(key->bytes[key->len - 1] + step);
}

static enum err
make(struct search_range *range, enum search_kind kind, struct span text,
    struct diag *diag)
{
	bool prefix = text.len > 0 && text.ptr[text.len - 1] == '*' &&
	    kind != SEARCH_RECEIPT && kind != SEARCH_TYPE;

	if (prefix)
		text = span_sub(text, 0, text.len - 1);
	if (!search_key_make(kind, text, &range->low) && !prefix)
		return diag_set(diag, ERR_INPUT, "nothing to look for");
	range->used = true;
	range->exact = !prefix;
	range->high = range->low;
	behind(&range->high, 8);
	return OK;
}

static enum err
make_mail(struct search_range *range, bool sender, struct span text,
    struct diag *diag)
{
	if (span_equal(text, SPAN("<>")))
		text = span_sub(text, 0, 0);	/* that of a notification */
	if (text.len > 1 && text.ptr[0] == '@' &&
	    text.ptr[text.len - 1] != '*')
		return make(range, sender ? SEARCH_SENDER_DOMAIN :
		    SEARCH_RECIPIENT_DOMAIN, text, diag);
	return make(range, sender ? SEARCH_SENDER : SEARCH_RECIPIENT, text,
	    diag);
}

static enum err
make_network(struct search_range *range, struct span text, struct diag *diag)
{
	struct network network;
	char address[ADDRESS_TEXT_BYTES];
	unsigned bytes;

	if (!network_parse(text, &network))
		return diag_set(diag, ERR_INPUT, "not an IP address or "
		    "network");
	address_text(&network.address, address);
	(void)search_key_make(SEARCH_ADDRESS, span_str(address), &range->low);
	/* an IPv4 address as IPv6 writes it is no network of IPv6 */
	if (range->low.bytes[1] == 4 && network.address.family == 6) {
		if (network.prefix_len < 96)
			return diag_set(diag, ERR_INPUT, "not an IP address "
			    "or network");
		network.prefix_len = (uint8_t)(network.prefix_len - 96);
	}
	range->used = true;
	range->exact = network.prefix_len == (range->low.len - 2) * 8;
	range->high = range->low;
	bytes = (network.prefix_len + 7u) / 8;
	range->low.len = range->high.len = 2 + bytes;
	behind(&range->high, bytes * 8 == network.prefix_len ? 8 :
	    network.prefix_len % 8u);
	return OK;
}

static enum err
check_type(struct span text, struct diag *diag)
{
	for (int i = 1; i < AUDIT_TYPE_N; i++)
		if (span_equal(text, span_str(audit_type_name(
		    (enum audit_type)i))))
			return OK;
	return diag_set(diag, ERR_INPUT, "no record has this type");
}

enum err
search_wish_by(struct search_wish *wish, enum search_field field,
    const char *text, struct diag *diag)
{
	struct search_range *range = &wish->by[field];
	struct span s = span_str(text);
	enum err err = OK;

	switch (field) {
	case SEARCH_BY_RECEIPT:
		return make(range, SEARCH_RECEIPT, s, diag);
	case SEARCH_BY_RECIPIENT:
		return make_mail(range, false, s, diag);
	case SEARCH_BY_SENDER:
		return make_mail(range, true, s, diag);
	case SEARCH_BY_ADDRESS:
		return make_network(range, s, diag);
	case SEARCH_BY_RULE:
		return make(range, SEARCH_RULE, s, diag);
	case SEARCH_BY_OUTCOME:
		return make(range, SEARCH_OUTCOME, s, diag);
	case SEARCH_BY_TYPE:
		err = check_type(s, diag);
		return err != OK ? err : make(range, SEARCH_TYPE, s, diag);
	case SEARCH_FIELD_N:
		break;
	}
	return ERR_INPUT;
}

static int
compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.ptr, b.ptr, n);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool
search_range_has(const struct search_range *range, struct span key)
{
	if (range->exact)
		return span_equal(key, search_key_span(&range->low));
	return compare(key, search_key_span(&range->low)) >= 0 &&
	    compare(key, search_key_span(&range->high)) < 0;
}

/* ---- time ---- */

/* Digits at a place; -1: there are none. */
static int
digits(struct span s, size_t at, size_t n)
{
	int value = 0;

	if (at + n > s.len)
		return -1;
	for (size_t i = at; i < at + n; i++) {
		if (!ascii_is_digit(s.ptr[i]))
			return -1;
		value = value * 10 + (s.ptr[i] - '0');
	}
	return value;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t century = y / 400, of_century = y - century * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
	    day - 1;

	return century * 146097 + of_century * 365 + of_century / 4 -
	    of_century / 100 + of_year - 719468;
}

static bool
read_day(struct span s, int *year, int *month, int *day)
{
	*year = digits(s, 0, 4);
	*month = digits(s, 5, 2);
	*day = digits(s, 8, 2);
	return s.len >= 10 && *year >= 1970 && *month >= 1 && *month <= 12 &&
	    *day >= 1 && *day <= 31 && s.ptr[4] == '-' && s.ptr[7] == '-';
}

/* Minutes east of Greenwich. False: no offset. */
static bool
read_zone(struct span s, int *minutes)
{
	int hours = digits(s, 1, 2), rest = digits(s, 4, 2);

	*minutes = 0;
	if (s.len == 1 && ascii_lower(s.ptr[0]) == 'z')
		return true;
	if (s.len != 6 || (s.ptr[0] != '+' && s.ptr[0] != '-') ||
	    s.ptr[3] != ':' || hours < 0 || hours > 23 || rest < 0 ||
	    rest > 59)
		return false;
	*minutes = (hours * 60 + rest) * (s.ptr[0] == '-' ? -1 : 1);
	return true;
}

bool
search_time_rfc3339(struct span s, uint64_t *wall_ms)
{
	int year, month, day, hour = digits(s, 11, 2);
	int minute = digits(s, 14, 2), second = digits(s, 17, 2), zone;
	int64_t ms, milli = 0, weight = 100;
	size_t at = 19;

	if (!read_day(s, &year, &month, &day) || s.len < 20 ||
	    (s.ptr[10] != 'T' && s.ptr[10] != 't') || s.ptr[13] != ':' ||
	    s.ptr[16] != ':' || hour < 0 || hour > 23 || minute < 0 ||
	    minute > 59 || second < 0 || second > 60)
		return false;
	if (s.ptr[at] == '.' && digits(s, ++at, 1) < 0)
		return false;
	for (; at < s.len && ascii_is_digit(s.ptr[at]); at++, weight /= 10)
		milli += weight * (s.ptr[at] - '0');
	if (!read_zone(span_sub(s, at, s.len), &zone))
		return false;
	ms = ((days_of(year, month, day) * 1440 + hour * 60 + minute - zone) *
	    60 + second) * 1000 + milli;
	if (ms < 0)
		return false;
	*wall_ms = (uint64_t)ms;
	return true;
}

bool
search_time(struct span text, bool end, uint64_t *wall_ms)
{
	int year, month, day;
	struct tm tm = { .tm_isdst = -1 };
	time_t t;

	if (text.len != 10)
		return search_time_rfc3339(text, wall_ms);
	if (!read_day(text, &year, &month, &day))
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	t = mktime(&tm);
	/* the 31st of a month of 30 days would become the 1st */
	if (t == (time_t)-1 || tm.tm_mday != day)
		return false;
	tm.tm_mday += end ? 1 : 0;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	t = mktime(&tm);
	if (t < 0)
		return false;
	*wall_ms = (uint64_t)t * 1000;
	return true;
}
