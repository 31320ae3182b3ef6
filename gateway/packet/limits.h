/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_LIMITS_H
#define SEKISHO_PACKET_LIMITS_H

#define PACKET_TAGS_MAX		2	/* VLAN tags: 802.1ad, then 802.1Q */
#define PACKET_EXTENSIONS_MAX	8	/* IPv6 extension headers */

#endif
