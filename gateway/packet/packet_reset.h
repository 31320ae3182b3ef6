/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_RESET_H
#define SEKISHO_PACKET_RESET_H

#include "packet_flow.h"

#define PACKET_RESET_BYTES	60	/* IPv6; IPv4: 40 */

/*
 * A TCP reset (RFC 9293 3.10.7) in the flow of key, to who answers or, with
 * reply, to who began. seq is the next byte that its receiver awaits: no
 * other is believed (RFC 5961 3.2). Checksums are right. Gives its length.
 */
size_t packet_reset(const struct packet_flow_key *key, bool reply,
    uint32_t seq, uint8_t bytes[PACKET_RESET_BYTES]);

#endif
