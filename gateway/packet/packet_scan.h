/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_SCAN_H
#define SEKISHO_PACKET_SCAN_H

#include "../base/address.h"
#include "limits.h"

/*
 * Who is refused for many different destinations in a short time looks for a
 * way out. All memory is taken by packet_scan_new().
 */
struct packet_scan;

/* NULL: no memory. The hash is keyed by getrandom(2). */
struct packet_scan *packet_scan_new(void);
void packet_scan_free(struct packet_scan *scan);

/*
 * A packet was refused. True: its source scans, and this was not said yet; a
 * scan that goes on is one. port: with the protocol above it. When there are
 * more sources than places, those with few destinations lose theirs first.
 */
bool packet_scan_refused(struct packet_scan *scan, const struct address *src,
    const struct address *dst, uint32_t port, uint64_t now_ms);

#endif
