/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_ADDRESS_H
#define SEKISHO_BASE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "span.h"

/* An IP address; an IPv4 one is held in the first 4 bytes. */
struct address {
	uint8_t	family;		/* 4 or 6 */
	uint8_t	bytes[16];	/* network byte order; unused ones are 0 */
};

/* A network: the bits of address behind prefix_len are 0. */
struct network {
	struct address	address;
	uint8_t		prefix_len;
};

#define ADDRESS_TEXT_BYTES	64	/* with prefix length and NUL */

/* False: not an address. Names are never looked up. No zone ids. */
bool address_parse(struct span text, struct address *address);
bool network_parse(struct span text, struct network *network);

/* Text form (RFC 5952 for IPv6), NUL-terminated. */
void address_text(const struct address *a, char text[ADDRESS_TEXT_BYTES]);
void network_text(const struct network *n, char text[ADDRESS_TEXT_BYTES]);

bool address_equal(const struct address *a, const struct address *b);
bool network_contains(const struct network *n, const struct address *a);

/* IPv4-mapped IPv6 addresses become IPv4. False: another family. */
bool address_from_sockaddr(const struct sockaddr *sa, struct address *address,
    uint16_t *port);
socklen_t address_to_sockaddr(const struct address *address, uint16_t port,
    struct sockaddr_storage *ss);

#endif
