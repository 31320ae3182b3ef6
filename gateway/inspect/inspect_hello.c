/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The body of a ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2), and the server
 * name in it (RFC 6066 3). Every length must fill what is around it exactly.
 */
#include <string.h>

#include "inspect_internal.h"

#define EXTENSION_SERVER_NAME	0u
#define EXTENSION_PSK		41u	/* RFC 8446 4.2.11: it is the last */
#define EXTENSION_ECH		0xfe0du	/* RFC 9849 */
#define NAME_TYPE_HOST		0u
#define LABEL_BYTES_MAX		63u

struct hello {
	bool		named;
	bool		encrypted;
	struct span	name;
};

/* RFC 952, RFC 1123 2.1: letters, digits, and hyphens within. */
static bool
is_label(struct span label)
{
	if (label.len == 0 || label.len > LABEL_BYTES_MAX ||
	    label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!ascii_is_alpha(label.ptr[i]) &&
		    !ascii_is_digit(label.ptr[i]) && label.ptr[i] != '-')
			return false;
	return true;
}

/*
 * "Literal IPv4 and IPv6 addresses are not permitted" (RFC 6066 3). No name
 * ends in a label of digits (RFC 1123 2.1), so what does is an address in one
 * of its spellings; "0x7f" is one for inet_aton().
 */
static bool
is_address(struct span name)
{
	struct span last = name, label;
	size_t i = 0;

	if (span_find_byte(name, ':') < name.len)
		return true;
	while (span_cut(&last, '.', &label))
		continue;
	last = label;
	if (span_begins_nocase(last, SPAN("0x")))
		return true;
	while (i < last.len && ascii_is_digit(last.ptr[i]))
		i++;
	return last.len > 0 && i == last.len;
}

static enum inspect_reason
check_name(struct span name)
{
	struct span rest = name, label;
	bool more = true;

	if (is_address(name))
		return INSPECT_TLS_NAME_ADDRESS;
	if (name.len > INSPECT_NAME_BYTES_MAX)
		return INSPECT_TLS_NAME;
	while (more) {
		more = span_cut(&rest, '.', &label);
		if (!is_label(label))
			return INSPECT_TLS_NAME;
	}
	return INSPECT_FINE;
}

/*
 * RFC 6066 3: a list with at most one name of each type, and there is one
 * type. Only a server's answer is empty.
 */
static enum inspect_reason
read_server_name(struct span data, struct hello *hello)
{
	struct span list;
	uint32_t type;

	if (!read_vector(&data, 2, &list) || data.len != 0 ||
	    !read_number(&list, 1, &type) || type != NAME_TYPE_HOST ||
	    !read_vector(&list, 2, &hello->name) || list.len != 0)
		return INSPECT_TLS_NAME;
	hello->named = true;
	return check_name(hello->name);
}

/* RFC 9849, and the numbers of its drafts: the name inside is another one. */
static bool
is_encrypted_hello(uint32_t type)
{
	return (type >= 0xfe08 && type <= EXTENSION_ECH) || type == 0xff02 ||
	    type == 0xffce;
}

static enum inspect_reason
read_extensions(struct span rest, struct hello *hello)
{
	uint16_t seen[INSPECT_TLS_EXTENSIONS_MAX];
	size_t n = 0;

	while (rest.len > 0) {
		enum inspect_reason why = INSPECT_FINE;
		struct span data;
		uint32_t type;

		if (n == INSPECT_TLS_EXTENSIONS_MAX ||
		    !read_number(&rest, 2, &type) ||
		    !read_vector(&rest, 2, &data))
			return INSPECT_TLS_EXTENSION;
		/* RFC 8446 4.2: no more than one of a type */
		for (size_t i = 0; i < n; i++)
			if (seen[i] == type)
				return INSPECT_TLS_EXTENSION;
		seen[n++] = (uint16_t)type;
		if (type == EXTENSION_SERVER_NAME)
			why = read_server_name(data, hello);
		else if (is_encrypted_hello(type))
			hello->encrypted = true;
		else if (type == EXTENSION_PSK && rest.len > 0)
			why = INSPECT_TLS_EXTENSION;
		if (why != INSPECT_FINE)
			return why;
	}
	return INSPECT_FINE;
}

/*
 * A client that sends a made-up encrypted hello (RFC 9849 6.2, "GREASE") looks
 * like one that hides the real name: where names are listed, both are refused.
 * The browser's policy has to switch it off.
 */
static enum inspect_reason
check_server(struct inspect_flow *flow, const struct hello *hello)
{
	uint8_t lower[INSPECT_NAME_BYTES_MAX];

	if (!flow->ask.servers_listed)
		return INSPECT_FINE;
	if (hello->encrypted)
		return INSPECT_TLS_ENCRYPTED;
	if (!hello->named)
		return INSPECT_TLS_NO_NAME;
	require(hello->name.len <= sizeof(lower));
	for (size_t i = 0; i < hello->name.len; i++)
		lower[i] = ascii_lower(hello->name.ptr[i]);
	return flow->ask.server_allowed(flow->ask.arg,
	    (struct span){ lower, hello->name.len }) ? INSPECT_FINE :
	    INSPECT_TLS_NOT_LISTED;
}

static bool
version_known(uint32_t version, bool dtls)
{
	/* RFC 6347 4.1: 1.0 and 1.2 in ones' complement; 1.3 says 1.2 */
	if (dtls)
		return version == 0xfeff || version == 0xfefd;
	return version >= 0x0301 && version <= 0x0303;
}

enum inspect_reason
inspect_hello(struct inspect_flow *flow, struct span body, bool dtls)
{
	struct hello hello = { .named = false };
	struct span random, session, cookie, ciphers, compressions, rest;
	enum inspect_reason why = INSPECT_FINE;
	uint32_t version;

	if (!read_number(&body, 2, &version) ||
	    !version_known(version, dtls) || !read_bytes(&body, 32, &random) ||
	    !read_vector(&body, 1, &session) ||
	    session.len > INSPECT_TLS_SESSION_MAX ||
	    (dtls && !read_vector(&body, 1, &cookie)) ||
	    !read_vector(&body, 2, &ciphers) || ciphers.len == 0 ||
	    ciphers.len % 2 != 0 || !read_vector(&body, 1, &compressions) ||
	    span_find_byte(compressions, 0) == compressions.len)
		return INSPECT_TLS_HELLO;
	/* RFC 5246 7.4.1.2: none at all, or a vector to the end */
	if (body.len > 0) {
		if (!read_vector(&body, 2, &rest) || body.len != 0)
			return INSPECT_TLS_EXTENSION;
		why = read_extensions(rest, &hello);
	}
	return why == INSPECT_FINE ? check_server(flow, &hello) : why;
}
