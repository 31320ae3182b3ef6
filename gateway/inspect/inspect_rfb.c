/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RFB, the protocol of VNC (RFC 6143 7.1.1): the server says its highest
 * version in twelve bytes, the client answers with the one to be used.
 */
#include "inspect_internal.h"

#define VERSION_BYTES	12u

/*
 * RFC 6143 defines 3.3, 3.7 and 3.8, and names 3.5 as sent by mistake. The
 * others are not published, but in use: 3.4, 3.6, 3.14 and 3.16 by UltraVNC,
 * 3.889 by the screen sharing of Apple, 4.0, 4.1 and 5.0 by RealVNC.
 */
static const uint32_t versions[] = {
	3003, 3004, 3005, 3006, 3007, 3008, 3014, 3016, 3889,
	4000, 4001, 5000,
};

/* "RFB xxx.yyy\n" to xxxyyy. */
static enum inspect_reason
read_version(struct span bytes, uint32_t *version)
{
	static const char form[] = "RFB ddd.ddd\n";

	*version = 0;
	for (size_t i = 0; i < VERSION_BYTES; i++) {
		if (i == bytes.len)
			return INSPECT_MORE;
		if (form[i] == 'd' && ascii_is_digit(bytes.ptr[i]))
			*version = *version * 10 + (bytes.ptr[i] - '0');
		else if (form[i] == 'd' || bytes.ptr[i] != (uint8_t)form[i])
			return INSPECT_RFB_FORM;
	}
	return INSPECT_FINE;
}

enum inspect_reason
inspect_rfb_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	const struct inspect_side *server = &flow->side[INSPECT_SERVER];
	uint32_t version, highest;
	enum inspect_reason why = read_version(bytes, &version);
	size_t i = 0;

	(void)inspect;
	if (why != INSPECT_FINE)
		return why;
	while (i < sizeof(versions) / sizeof(versions[0]) &&
	    versions[i] != version)
		i++;
	if (i == sizeof(versions) / sizeof(versions[0]))
		return INSPECT_RFB_VERSION;
	if (direction == INSPECT_SERVER)
		return INSPECT_FINE;
	/* 7.1.1: "equal to or lower than" the server's */
	why = read_version((struct span){ server->buffer->bytes, server->len },
	    &highest);
	require(why == INSPECT_FINE);	/* the server was judged before */
	return version <= highest ? INSPECT_FINE : INSPECT_RFB_VERSION;
}
