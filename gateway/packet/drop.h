/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_DROP_H
#define SEKISHO_PACKET_DROP_H

#include <stdint.h>

#include "../base/span.h"

/*
 * Why the kernel's table dropped a packet, as far as it is evidence: the word
 * behind DROP_PREFIX is what the kernel says with a packet that it logs. See
 * table.h for the meaning of each; what goes to everybody of a link is not
 * logged.
 */
enum drop {
	DROP_SPOOFED = 0,	/* these of a segment */
	DROP_OPTIONS,
	DROP_MISROUTED,
	DROP_CUT,
	DROP_INPUT,
	DROP_OUTPUT,
	DROP_INTERFACE,		/* these of all */
	DROP_PAIR,
	DROP_INVALID,
	DROP_RELATED,
	DROP_NAT,
	DROP_FLOW_CUT,
	DROP_NO_VERDICT,
	DROP_N
};

#define DROP_PREFIX	"sekisho "

/* "spoofed", ...; never NULL. */
const char *drop_word(enum drop drop);
/* The one of a whole prefix, "sekisho spoofed"; DROP_N: it is not ours. */
enum drop drop_of_prefix(struct span prefix);

#endif
