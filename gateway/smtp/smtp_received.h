/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_RECEIVED_H
#define SEKISHO_SMTP_RECEIVED_H

#include "../base/span.h"

/*
 * Counts the "Received:" lines in the header of a mail that passes by, for
 * the loop limit of RFC 5321 6.3. It parses nothing else.
 */
struct smtp_received {
	unsigned	count;
	uint8_t		matched;	/* bytes of the name on this line */
	uint8_t		state;
};

void smtp_received_init(struct smtp_received *received);

/* Any split gives the same count. Does nothing behind the header. */
void smtp_received_add(struct smtp_received *received, struct span s);

#endif
