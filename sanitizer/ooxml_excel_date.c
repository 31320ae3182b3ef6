/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which cells hold dates, by their style, and how a date is written as text:
 * 42133 becomes 2015-05-09. ECMA-376 part 1, 18.8.30 and 18.17.4.1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ooxml_excel.h"

#define DAYS_MAX	2958465		/* 9999-12-31 */
#define DAYS_1904	1462
#define DAYS_1970	25569

bool
excel_format_is_date(struct span code)
{
	for (size_t i = 0; i < code.len; i++) {
		uint8_t c = ascii_lower(code.ptr[i]);
		uint8_t close = c == '[' ? ']' : c == '"' ? '"' : 0;

		if (c == ';')
			break;		/* of negative numbers */
		if (close != 0)
			i += 1 + span_find_byte(span_sub(code, i + 1,
			    code.len), close);
		else if (c == '\\' || c == '_' || c == '*')
			i++;
		else if (c == 'y' || c == 'm' || c == 'd' || c == 'h' ||
		    c == 's')
			return true;
	}
	return false;
}

static bool
built_in_is_date(uint64_t id)
{
	return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) ||
	    (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

struct reader {
	struct excel_dates *dates;
	bool		 cells;		/* in cellXfs */
	uint64_t	 codes[EXCEL_FORMATS_MAX];	/* of dates */
	unsigned	 codes_n;
};

static bool
is_date(const struct reader *r, uint64_t id)
{
	for (unsigned i = 0; i < r->codes_n; i++)
		if (r->codes[i] == id)
			return true;
	return built_in_is_date(id);
}

static enum err
start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;
	struct excel_dates *dates = r->dates;
	struct span id, code;
	uint64_t number;

	if (tag->ns != XML_NS_X)
		return OK;
	if (strcmp(tag->name, "cellXfs") == 0)
		r->cells = true;
	if (!xml_tag_value(tag, XML_NS_NONE, "numFmtId", &id) ||
	    !span_decimal(id, UINT32_MAX, &number))
		number = 0;
	if (strcmp(tag->name, "numFmt") == 0 &&
	    r->codes_n < EXCEL_FORMATS_MAX && !r->cells &&
	    xml_tag_value(tag, XML_NS_NONE, "formatCode", &code) &&
	    excel_format_is_date(code))
		r->codes[r->codes_n++] = number;
	if (r->cells && strcmp(tag->name, "xf") == 0 &&
	    dates->styles_n < EXCEL_STYLES_MAX)
		dates->is_date[dates->styles_n++] = is_date(r, number);
	return OK;
}

static enum err
end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;

	if (ns == XML_NS_X && strcmp(name, "cellXfs") == 0)
		r->cells = false;
	return OK;
}

static enum err
text(void *ctx, struct span s)
{
	(void)ctx;
	(void)s;
	return OK;
}

enum err
excel_dates_read(struct opc *opc, size_t entry, struct excel_dates *dates)
{
	static const struct xml_events events = { start, end, text };
	struct xml_parse *p = &opc->rewrite->parse;
	struct reader reader = { .dates = dates };
	enum err err;

	if ((err = xml_parse_init(p, &events, &reader)) == OK)
		err = opc_parse(opc, entry, p);
	xml_parse_fini(p);
	return err;
}

/* Howard Hinnant's civil_from_days; days are of 1970. */
static void
civil(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t m = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

bool
excel_date(struct span number, bool from_1904,
    char out[EXCEL_DATE_BYTES_MAX])
{
	char copy[32], *rest;
	int year, month, day;
	int64_t days, minutes;
	double value;

	number = span_trim(number);
	if (number.len == 0 || number.len >= sizeof(copy))
		return false;
	memcpy(copy, number.ptr, number.len);
	copy[number.len] = '\0';
	value = strtod(copy, &rest);
	if (*rest != '\0' || !(value >= 0) || value > DAYS_MAX)
		return false;
	days = (int64_t)value;
	minutes = (int64_t)((value - (double)days) * 1440 + 0.5);
	days += minutes / 1440;
	minutes %= 1440;
	if (from_1904)
		days += DAYS_1904;
	else if (days < 60 && days > 0)
		days++;		/* 1900-02-29 is day 60, and never was */
	civil(days - DAYS_1970, &year, &month, &day);
	if (value < 1)
		snprintf(out, EXCEL_DATE_BYTES_MAX, "%02d:%02d",
		    (int)(minutes / 60), (int)(minutes % 60));
	else if (minutes == 0)
		snprintf(out, EXCEL_DATE_BYTES_MAX, "%04d-%02d-%02d", year,
		    month, day);
	else
		snprintf(out, EXCEL_DATE_BYTES_MAX,
		    "%04d-%02d-%02d %02d:%02d", year, month, day,
		    (int)(minutes / 60), (int)(minutes % 60));
	return true;
}
