/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The loop counter: at the start of each header line the name is compared,
 * the rest of the line is passed over. It ends at the first empty line.
 */
#include "smtp_received.h"

enum { NAME = 0, REST, DONE };

void
smtp_received_init(struct smtp_received *received)
{
	*received = (struct smtp_received){ 0, 0, NAME };
}

/* One byte at the start of a line, up to where it cannot be the name. */
static void
match(struct smtp_received *received, uint8_t c)
{
	static const struct span name = SPAN("received:");

	if (received->matched == 0 && (c == '\r' || c == '\n')) {
		received->state = DONE;
		return;
	}
	if (ascii_lower(c) != name.ptr[received->matched]) {
		received->state = c == '\n' ? NAME : REST;
		received->matched = 0;
		return;
	}
	if (++received->matched == name.len) {
		received->count++;
		received->matched = 0;
		received->state = REST;
	}
}

void
smtp_received_add(struct smtp_received *received, struct span s)
{
	while (s.len > 0 && received->state != DONE) {
		size_t at;

		if (received->state == NAME) {
			match(received, s.ptr[0]);
			s = span_sub(s, 1, s.len);
			continue;
		}
		at = span_find_byte(s, '\n');
		if (at < s.len)
			received->state = NAME;
		s = span_sub(s, at + 1, s.len);
	}
}
