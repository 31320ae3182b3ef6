/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"

#define SEQ_BEGIN	"{\"seq\":"
#define PREV_BEGIN	",\"prev\":\""
#define TIME_BEGIN	"\",\"time\":\""
#define TYPE_BEGIN	"\",\"type\":\""

const char *
audit_type_name(enum audit_type type)
{
	static const char *const names[AUDIT_TYPE_N] = {
		[AUDIT_START] = "start", [AUDIT_STOP] = "stop",
		[AUDIT_CRASH] = "crash", [AUDIT_RULES] = "rules",
		[AUDIT_ADMIN] = "admin", [AUDIT_MAIL] = "mail",
		[AUDIT_FLOW] = "flow", [AUDIT_REFUSED] = "refused",
		[AUDIT_SCAN] = "scan", [AUDIT_ENGINE] = "engine",
		[AUDIT_CLOCK] = "clock", [AUDIT_ERASED] = "erased",
		[AUDIT_LOG] = "log",
		[AUDIT_REJECTED] = "rejected",
	};

	require(type > 0 && type < AUDIT_TYPE_N);
	return names[type];
}

/* "2026-11-27T09:00:00.123+09:00" */
static void
time_text(uint64_t wall_ms, char *text, size_t len)
{
	char second[CLOCK_TEXT_BYTES];

	clock_rfc3339(wall_ms, second, sizeof(second));
	snprintf(text, len, "%.19s.%03u%s", second,
	    (unsigned)(wall_ms % 1000), second + 19);
}

enum err
audit_record_add(struct buf *out, struct audit_head *head,
    enum audit_type type, uint64_t wall_ms, struct span members)
{
	char prev[DIGEST_HEX_BYTES], time[CLOCK_TEXT_BYTES + 8];
	size_t at = out->len;
	enum err err;

	if (!audit_members_are_good(members))
		return ERR_INPUT;
	if (members.len > AUDIT_LINE_BYTES_MAX - 512)
		return ERR_LIMIT;
	digest_hex(head->hash, prev);
	time_text(wall_ms, time, sizeof(time));
	err = buf_printf(out, SEQ_BEGIN "%" PRIu64 PREV_BEGIN "%s" TIME_BEGIN
	    "%s" TYPE_BEGIN "%s\"%s", head->seq + 1, prev, time,
	    audit_type_name(type), members.len > 0 ? "," : "");
	if (err == OK)
		err = buf_add(out, members);
	if (err == OK)
		err = buf_add_str(out, "}\n");
	if (err != OK) {
		buf_truncate(out, at);
		return err;
	}
	head->seq++;
	digest_span(span_sub(buf_span(out), at, out->len), head->hash);
	return OK;
}

/* ---- reading ---- */

static int
hex_digit(uint8_t c)
{
	return ascii_is_digit(c) ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
audit_hex(struct span text, uint8_t out[DIGEST_BYTES])
{
	if (text.len != 2 * DIGEST_BYTES)
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = hex_digit(text.ptr[2 * i]);
		int low = hex_digit(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Take this literal off the front. */
static bool
take(struct span *s, struct span literal)
{
	if (!span_begins(*s, literal))
		return false;
	*s = span_sub(*s, literal.len, s->len);
	return true;
}

static bool
take_until(struct span *s, uint8_t c, struct span *head)
{
	size_t n = span_find_byte(*s, c);

	*head = span_sub(*s, 0, n);
	*s = span_sub(*s, n, s->len);
	return s->len > 0;
}

bool
audit_line_read(struct span line, struct audit_line *out)
{
	struct span seq;

	if (!take(&line, SPAN(SEQ_BEGIN)) || !take_until(&line, ',', &seq) ||
	    !span_decimal(seq, UINT64_MAX, &out->seq) ||
	    seq.ptr[0] == '0' || !take(&line, SPAN(PREV_BEGIN)) ||
	    !audit_hex(span_sub(line, 0, 2 * DIGEST_BYTES), out->prev))
		return false;
	line = span_sub(line, 2 * DIGEST_BYTES, line.len);
	if (!take(&line, SPAN(TIME_BEGIN)) ||
	    !take_until(&line, '"', &out->time) ||
	    !take(&line, SPAN(TYPE_BEGIN)) ||
	    !take_until(&line, '"', &out->type) ||
	    !take(&line, SPAN("\"")) || line.len == 0 ||
	    line.ptr[line.len - 1] != '}')
		return false;
	out->members = span_sub(line, 0, line.len - 1);
	if (out->members.len == 0)
		return true;
	return take(&out->members, SPAN(",")) && out->members.len > 0;
}
