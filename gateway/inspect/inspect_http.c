/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTP/1 (RFC 9112): the request line and the status line. Later requests of
 * the connection are not seen. A client may ask for an upgrade in a header;
 * what counts is that the server does not answer it with 101.
 */
#include "inspect_internal.h"

/*
 * Of the registry of methods (RFC 9110 16.1.1) those of RFC 9110, 5789 and of
 * WebDAV (RFC 4918, 3253, 5323). CONNECT makes a tunnel of the connection, and
 * PRI begins HTTP/2 (RFC 9113 3.4), which is another protocol.
 */
static const struct {
	const char		*name;
	enum inspect_reason	 why;
} methods[] = {
	{ "GET ", INSPECT_FINE }, { "HEAD ", INSPECT_FINE },
	{ "POST ", INSPECT_FINE }, { "PUT ", INSPECT_FINE },
	{ "DELETE ", INSPECT_FINE }, { "OPTIONS ", INSPECT_FINE },
	{ "TRACE ", INSPECT_FINE }, { "PATCH ", INSPECT_FINE },
	{ "PROPFIND ", INSPECT_FINE }, { "PROPPATCH ", INSPECT_FINE },
	{ "MKCOL ", INSPECT_FINE }, { "COPY ", INSPECT_FINE },
	{ "MOVE ", INSPECT_FINE }, { "LOCK ", INSPECT_FINE },
	{ "UNLOCK ", INSPECT_FINE }, { "REPORT ", INSPECT_FINE },
	{ "SEARCH ", INSPECT_FINE },
	{ "CONNECT ", INSPECT_HTTP_CONNECT }, { "PRI ", INSPECT_HTTP_2 },
};

/* Methods are told apart by their case (RFC 9110 9.1). */
static enum inspect_reason
read_method(struct span *rest)
{
	enum inspect_reason best = INSPECT_HTTP_METHOD;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		enum inspect_reason why = read_literal(rest,
		    span_str(methods[i].name), INSPECT_HTTP_METHOD);

		if (why == INSPECT_FINE)
			return methods[i].why;
		if (why == INSPECT_MORE)
			best = INSPECT_MORE;
	}
	return best;
}

/*
 * RFC 9112 3.2: a path, a whole URI (to a proxy), or "*", which is for OPTIONS
 * alone but harmless; no blanks and no controls inside.
 */
static bool
is_target(struct span target)
{
	if (target.len == 0)
		return false;
	return target.ptr[0] == '/' || span_equal(target, SPAN("*")) ||
	    span_begins_nocase(target, SPAN("http://")) ||
	    span_begins_nocase(target, SPAN("https://"));
}

static enum inspect_reason
read_target(struct span *rest)
{
	size_t i = 0;

	while (i < rest->len && rest->ptr[i] > 0x20 && rest->ptr[i] < 0x7f)
		i++;
	if (i == rest->len)
		return INSPECT_MORE;
	if (rest->ptr[i] != ' ' || !is_target(span_sub(*rest, 0, i)))
		return INSPECT_HTTP_TARGET;
	*rest = span_sub(*rest, i + 1, rest->len - i - 1);
	return INSPECT_FINE;
}

/* "HTTP/1.0" or "HTTP/1.1" (RFC 9112 2.3). */
static enum inspect_reason
read_version(struct span *rest)
{
	enum inspect_reason why = read_literal(rest, SPAN("HTTP/1."),
	    INSPECT_HTTP_VERSION);
	struct span minor;

	if (why != INSPECT_FINE)
		return why;
	if (!read_bytes(rest, 1, &minor))
		return INSPECT_MORE;
	return minor.ptr[0] == '0' || minor.ptr[0] == '1' ? INSPECT_FINE :
	    INSPECT_HTTP_VERSION;
}

/* RFC 9112 3: nothing before it, and CR LF behind it. */
static enum inspect_reason
judge_request(struct span rest)
{
	enum inspect_reason why = read_method(&rest);

	if (why == INSPECT_FINE)
		why = read_target(&rest);
	if (why == INSPECT_FINE)
		why = read_version(&rest);
	if (why == INSPECT_FINE)
		why = read_literal(&rest, SPAN("\r\n"), INSPECT_HTTP_VERSION);
	return why;
}

/*
 * RFC 9112 4: version, a blank, a code of three digits, and a blank, which
 * servers without a reason phrase leave out.
 */
static enum inspect_reason
judge_response(struct span rest)
{
	enum inspect_reason why = read_version(&rest);

	if (why == INSPECT_FINE)
		why = read_literal(&rest, SPAN(" "), INSPECT_HTTP_STATUS);
	if (why != INSPECT_FINE)
		return why;
	for (size_t i = 0; i < 3; i++) {
		if (i == rest.len)
			return INSPECT_MORE;
		/* RFC 9110 15: the first digit is 1 to 5 */
		if (!ascii_is_digit(rest.ptr[i]) || (i == 0 &&
		    (rest.ptr[i] < '1' || rest.ptr[i] > '5')))
			return INSPECT_HTTP_STATUS;
	}
	if (span_begins(rest, SPAN("101")))
		return INSPECT_HTTP_UPGRADE;
	if (rest.len == 3)
		return INSPECT_MORE;
	return rest.ptr[3] == ' ' || rest.ptr[3] == '\r' ? INSPECT_FINE :
	    INSPECT_HTTP_STATUS;
}

enum inspect_reason
inspect_http_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	(void)inspect;
	(void)flow;
	return direction == INSPECT_CLIENT ? judge_request(bytes) :
	    judge_response(bytes);
}
