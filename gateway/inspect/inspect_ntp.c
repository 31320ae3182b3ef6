/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NTP (RFC 5905 7.3): datagrams of version 3 or 4, mode 3 from the client and 4
 * from the server. Modes 6 and 7 (control) are what servers were abused with.
 */
#include "inspect_internal.h"

#define HEADER_BYTES		48u
#define EXTENSION_BYTES_MIN	16u	/* RFC 7822 3 */
#define STRATUM_MAX		16u	/* RFC 5905 7.3: 16 is unsynchronized */
#define MODE_CLIENT		3u
#define MODE_SERVER		4u

/*
 * Behind the header: extension fields, then perhaps a MAC: a key with a digest
 * of 16 or 20 bytes, or a key alone (RFC 5905 7.5, RFC 7822 3). What is longer
 * than the longest MAC begins with an extension field.
 */
static bool
tail_is_good(struct span rest)
{
	while (rest.len > 24) {
		struct span field;
		uint32_t len;

		len = (uint32_t)rest.ptr[2] << 8 | rest.ptr[3];
		if (len < EXTENSION_BYTES_MIN || len % 4 != 0 ||
		    !read_bytes(&rest, len, &field))
			return false;
	}
	return rest.len == 0 || rest.len == 4 || rest.len == 20 ||
	    rest.len == 24;
}

enum inspect_reason
inspect_ntp_datagram(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	unsigned version, mode;
	struct span rest = bytes, header;

	(void)inspect;
	(void)flow;
	if (!read_bytes(&rest, HEADER_BYTES, &header) || !tail_is_good(rest))
		return INSPECT_NTP_LENGTH;
	version = header.ptr[0] >> 3 & 7u;
	mode = header.ptr[0] & 7u;
	/* version 3 has no extension fields (RFC 1305), only a MAC */
	if (version < 3 || version > 4 || mode != (direction ==
	    INSPECT_CLIENT ? MODE_CLIENT : MODE_SERVER) ||
	    header.ptr[1] > STRATUM_MAX)
		return INSPECT_NTP_MODE;
	return version == 3 && rest.len > 24 ? INSPECT_NTP_LENGTH :
	    INSPECT_FINE;
}
