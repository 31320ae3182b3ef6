/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON writer: commas, nesting and escapes. There is no reader here. */
#include <inttypes.h>

#include "json.h"
#include "utf8.h"

void
json_init(struct json *json, struct buf *buf)
{
	*json = (struct json){ .buf = buf };
}

static void
raw(struct json *json, struct span s)
{
	if (json->err == OK)
		json->err = buf_add(json->buf, s);
}

static void
escape(struct json *json, uint32_t c)
{
	if (json->err == OK)
		json->err = buf_printf(json->buf, "\\u%04" PRIx32, c);
}

static void
character(struct json *json, struct span s, uint32_t c)
{
	switch (c) {
	case '"':
		raw(json, SPAN("\\\""));
		break;
	case '\\':
		raw(json, SPAN("\\\\"));
		break;
	case '\n':
		raw(json, SPAN("\\n"));
		break;
	case UTF8_BAD:
		raw(json, SPAN("\xef\xbf\xbd"));
		break;
	default:
		if (c < 0x20 || c == 0x7f || c == 0x2028 || c == 0x2029)
			escape(json, c);
		else
			raw(json, s);
	}
}

static void
string(struct json *json, struct span s)
{
	raw(json, SPAN("\""));
	while (s.len > 0 && json->err == OK) {
		size_t n;
		uint32_t c = utf8_decode(s, &n);

		character(json, span_sub(s, 0, n), c);
		s = span_sub(s, n, s.len);
	}
	raw(json, SPAN("\""));
}

static void
begin(struct json *json, const char *key)
{
	if (json->comma[json->depth])
		raw(json, SPAN(","));
	json->comma[json->depth] = true;
	if (key != NULL) {
		string(json, span_str(key));
		raw(json, SPAN(":"));
	}
}

static void
open_level(struct json *json, const char *key, struct span bracket)
{
	begin(json, key);
	raw(json, bracket);
	require(json->depth < JSON_DEPTH_MAX);
	json->comma[++json->depth] = false;
}

static void
close_level(struct json *json, struct span bracket)
{
	require(json->depth > 0);
	json->depth--;
	raw(json, bracket);
}

void
json_object(struct json *json, const char *key)
{
	open_level(json, key, SPAN("{"));
}

void
json_object_end(struct json *json)
{
	close_level(json, SPAN("}"));
}

void
json_array(struct json *json, const char *key)
{
	open_level(json, key, SPAN("["));
}

void
json_array_end(struct json *json)
{
	close_level(json, SPAN("]"));
}

void
json_string(struct json *json, const char *key, struct span value)
{
	begin(json, key);
	string(json, value);
}

void
json_str(struct json *json, const char *key, const char *value)
{
	json_string(json, key, span_str(value));
}

void
json_u64(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	if (json->err == OK)
		json->err = buf_printf(json->buf, "%" PRIu64, value);
}

void
json_i64(struct json *json, const char *key, int64_t value)
{
	begin(json, key);
	if (json->err == OK)
		json->err = buf_printf(json->buf, "%" PRId64, value);
}

void
json_milli(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	if (json->err == OK)
		json->err = buf_printf(json->buf, "%" PRIu64 ".%03" PRIu64,
		    value / 1000, value % 1000);
}

void
json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	raw(json, value ? SPAN("true") : SPAN("false"));
}

void
json_null(struct json *json, const char *key)
{
	begin(json, key);
	raw(json, SPAN("null"));
}

enum err
json_end(struct json *json)
{
	require(json->err != OK || json->depth == 0);
	return json->err;
}
