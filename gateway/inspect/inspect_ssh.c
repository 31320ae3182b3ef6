/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SSH (RFC 4253 4.2): both sides send "SSH-2.0-software comments" in a line,
 * neither has to wait. Nothing behind it can be asked for: a side may wait for
 * the other's line before it sends a packet.
 */
#include "inspect_internal.h"

/* RFC 4253 5.1: 1.99 is a server that speaks 2.0 and older ones. */
static enum inspect_reason
judge_version(struct span *rest)
{
	struct span two = *rest;
	enum inspect_reason why = read_literal(&two, SPAN("SSH-2.0-"),
	    INSPECT_SSH_BANNER);

	if (why == INSPECT_SSH_BANNER) {
		two = *rest;
		why = read_literal(&two, SPAN("SSH-1.99-"),
		    INSPECT_SSH_BANNER);
	}
	*rest = two;
	return why;
}

/*
 * At least one printable ASCII character, 255 with the end at most. The end is
 * CR LF; a bare LF comes from old equipment (RFC 4253 4.2, last paragraph).
 */
static enum inspect_reason
judge_banner(struct span bytes)
{
	struct span rest = bytes;
	enum inspect_reason why = judge_version(&rest);
	size_t start = bytes.len - rest.len;

	if (why != INSPECT_FINE)
		return why;
	for (size_t i = start; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];

		if (i == INSPECT_SSH_BANNER_MAX)
			return INSPECT_SSH_BANNER;
		if (c == '\n')
			return i > start && i > start + (bytes.ptr[i - 1] ==
			    '\r') ? INSPECT_FINE : INSPECT_SSH_BANNER;
		/* nothing but the end follows a CR */
		if (i > start && bytes.ptr[i - 1] == '\r')
			return INSPECT_SSH_BANNER;
		if (c != '\r' && (c < 0x20 || c > 0x7e))
			return INSPECT_SSH_BANNER;
	}
	return INSPECT_MORE;
}

/*
 * "The server MAY send other lines of data before sending the version string"
 * (4.2), in UTF-8, as text to be shown.
 */
static enum inspect_reason
judge_server(struct span bytes)
{
	unsigned lines = 0;
	size_t start = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];

		if (i - start == 3 && span_begins(span_sub(bytes, start, 4),
		    SPAN("SSH-")))
			return judge_banner(span_sub(bytes, start,
			    bytes.len - start));
		if (i >= INSPECT_SSH_LINES_BYTES_MAX)
			return INSPECT_SSH_LINES;
		if (c == '\n') {
			start = i + 1;
			if (++lines > INSPECT_SSH_LINES_MAX)
				return INSPECT_SSH_LINES;
		} else if (c == 0x7f || (c < 0x20 && c != '\r' && c != '\t')) {
			return INSPECT_SSH_BANNER;
		}
	}
	return INSPECT_MORE;
}

enum inspect_reason
inspect_ssh_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	(void)inspect;
	(void)flow;
	return direction == INSPECT_CLIENT ? judge_banner(bytes) :
	    judge_server(bytes);
}
