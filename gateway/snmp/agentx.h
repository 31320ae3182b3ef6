/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SNMP_AGENTX_H
#define SEKISHO_SNMP_AGENTX_H

#include "../base/buf.h"
#include "mib.h"

/*
 * The two requests of AgentX (RFC 2741) that a walk is made of, answered
 * without net-snmp: snmpd asks for one value at a time, thousands of them, and
 * the library sends each through two pipes within itself before it answers.
 * All else, and every request that is not plain, is the library's.
 */
#define AGENTX_HEADER_BYTES	20
#define AGENTX_REGISTER		3	/* types of a PDU */
#define AGENTX_BYTES_MAX	(64 * 1024)
#define AGENTX_DATE_BYTES	11	/* of DateAndTime */

/* Where in the stream the library stands. All zero at its beginning. */
struct agentx_frame {
	uint8_t	head[AGENTX_HEADER_BYTES];
	size_t	head_n;
	size_t	owed;			/* bytes of a PDU that are to come */
};

/* It was given these. */
void agentx_pass(struct agentx_frame *frame, struct span bytes);
/* The next byte is the first one of a PDU. */
bool agentx_between(const struct agentx_frame *frame);

/*
 * The answer to the PDU that bytes begin with, into out, which is cleared;
 * *used: the length of that PDU. False: it is the library's, or not whole.
 */
bool agentx_answer(const struct snapshot *snapshot, struct span bytes,
    size_t *used, struct buf *out);

/* DateAndTime of SNMPv2-TC, in UTC; 0, which is never: 8 bytes of 0. Its
 * length. */
size_t agentx_date(uint64_t wall_ms, uint8_t date[AGENTX_DATE_BYTES]);

#endif
