/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_SAMPLE_H
#define SEKISHO_PACKET_SAMPLE_H

#include "../base/address.h"
#include "limits.h"

/*
 * Which refused packets are kept: token buckets, one for each source and
 * reason, and one for all. All memory is taken by packet_sample_new().
 */
struct packet_sample;

/* NULL: no memory. The hash is keyed by getrandom(2). */
struct packet_sample *packet_sample_new(void);
void packet_sample_free(struct packet_sample *sample);

/*
 * Keep this one? what: number of the reason, and of the rule. The time is
 * that of a clock that does not go back. Where so many sources are refused
 * that there is no bucket for one, it shares one with all like it. On true,
 * *missed is how many of the same bucket were not kept since the last one.
 */
bool packet_sample_take(struct packet_sample *sample,
    const struct address *src, uint64_t what, uint64_t now_ms,
    uint64_t *missed);

#endif
