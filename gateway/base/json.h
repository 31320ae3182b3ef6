/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_JSON_H
#define SEKISHO_BASE_JSON_H

#include <stdbool.h>

#include "buf.h"

/*
 * A JSON writer (RFC 8259) over a buf. Commas are its business. The first
 * error is kept and everything after it is ignored: ask json_end() once.
 * key is NULL for an element of an array and for the outermost value.
 * Strings are UTF-8; each byte that is not valid becomes U+FFFD; controls,
 * U+2028 and U+2029 are escaped.
 */
#define JSON_DEPTH_MAX	16

struct json {
	struct buf	*buf;
	enum err	 err;
	unsigned	 depth;
	bool		 comma[JSON_DEPTH_MAX + 1];
};

void json_init(struct json *json, struct buf *buf);
void json_object(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array(struct json *json, const char *key);
void json_array_end(struct json *json);
void json_string(struct json *json, const char *key, struct span value);
void json_str(struct json *json, const char *key, const char *value);
void json_u64(struct json *json, const char *key, uint64_t value);
void json_i64(struct json *json, const char *key, int64_t value);
/* thousandths: 1234 is written 1.234 (no locale, no rounding surprise) */
void json_milli(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
enum err json_end(struct json *json) MUST_CHECK;

#endif
