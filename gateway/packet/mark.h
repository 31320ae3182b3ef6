/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_MARK_H
#define SEKISHO_PACKET_MARK_H

#include <stdint.h>

/*
 * What the kernel remembers of a flow: the mark of its conntrack entry. Only
 * sekisho-packet makes one, by the mark of the packet that it gives back with
 * its verdict; a rule of the table then copies it to the entry.
 *
 *	bits 31-30	state
 *	bits 29-20	epoch: of the rules and cuts that it was decided by
 *	bits 19-0	index of the rule
 *
 * A packet of a flow in state ALLOW with the epoch of the table is forwarded
 * and sees no user space any more. Every other one goes to the queue. There
 * its mark says what the kernel knew, in an encoding that has no state, so
 * that a packet which the queue does not take is not one with a verdict:
 *
 *	bit 22		its flow was allowed, in an earlier epoch
 *	bit 21		its flow is being inspected
 *	bit 20		it goes against the direction of the first packet
 *	bits 19-0	index of the rule, as its mark had it
 */
#define MARK_STATE		UINT32_C(0xc0000000)
#define MARK_INSPECT		UINT32_C(0x40000000)
#define MARK_ALLOW		UINT32_C(0x80000000)
#define MARK_CUT		UINT32_C(0xc0000000)
#define MARK_EPOCH		UINT32_C(0x3ff00000)
#define MARK_EPOCH_SHIFT	20
#define MARK_EPOCH_N		1024	/* 0 is none */
#define MARK_RULE		UINT32_C(0x000fffff)

#define MARK_WAS_ALLOWED	UINT32_C(0x00400000)
#define MARK_WAS_INSPECTED	UINT32_C(0x00200000)
#define MARK_REPLY		UINT32_C(0x00100000)

/* The one after it: 1 to MARK_EPOCH_N - 1, and from there to 1 again. */
static inline uint32_t
mark_next_epoch(uint32_t epoch)
{
	return epoch % (MARK_EPOCH_N - 1) + 1;
}

static inline uint32_t
mark_make(uint32_t state, uint32_t epoch, uint32_t rule)
{
	return state | epoch << MARK_EPOCH_SHIFT | rule;
}

#endif
