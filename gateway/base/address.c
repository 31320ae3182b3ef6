/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses and networks: text, comparison, socket addresses. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"

bool
address_parse(struct span text, struct address *address)
{
	char s[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(s) ||
	    memchr(text.ptr, '\0', text.len) != NULL)
		return false;
	memcpy(s, text.ptr, text.len);
	s[text.len] = '\0';
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, s, address->bytes) == 1) {
		address->family = 4;
		return true;
	}
	if (inet_pton(AF_INET6, s, address->bytes) == 1) {
		address->family = 6;
		return true;
	}
	return false;
}

static unsigned
family_bits(const struct address *a)
{
	return a->family == 4 ? 32 : 128;
}

bool
network_parse(struct span text, struct network *network)
{
	struct span head;
	uint64_t len;
	bool has_len = span_cut(&text, '/', &head);

	if (!address_parse(head, &network->address))
		return false;
	len = family_bits(&network->address);
	if (has_len && !span_decimal(text, len, &len))
		return false;
	network->prefix_len = (uint8_t)len;
	for (unsigned i = (unsigned)len; i < family_bits(&network->address);
	    i++)
		if (network->address.bytes[i / 8] & (0x80 >> i % 8))
			return false;	/* host bits: a slip of the pen */
	return true;
}

void
address_text(const struct address *a, char text[ADDRESS_TEXT_BYTES])
{
	if (a->family == 0 || inet_ntop(a->family == 4 ? AF_INET : AF_INET6,
	    a->bytes, text, ADDRESS_TEXT_BYTES) == NULL)
		snprintf(text, ADDRESS_TEXT_BYTES, "none");
}

void
network_text(const struct network *n, char text[ADDRESS_TEXT_BYTES])
{
	size_t len;

	address_text(&n->address, text);
	len = strlen(text);
	if (n->prefix_len < family_bits(&n->address))
		snprintf(text + len, ADDRESS_TEXT_BYTES - len, "/%u",
		    n->prefix_len);
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	    memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool
network_contains(const struct network *n, const struct address *a)
{
	unsigned whole = n->prefix_len / 8u, bits = n->prefix_len % 8u;
	uint8_t mask = (uint8_t)(0xff00 >> bits);

	if (n->address.family != a->family ||
	    memcmp(n->address.bytes, a->bytes, whole) != 0)
		return false;
	return bits == 0 ||
	    ((n->address.bytes[whole] ^ a->bytes[whole]) & mask) == 0;
}

bool
address_from_sockaddr(const struct sockaddr *sa, struct address *address,
    uint16_t *port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(address, 0, sizeof(*address));
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		address->family = 4;
		memcpy(address->bytes, &in.sin_addr, 4);
		*port = ntohs(in.sin_port);
		return true;
	}
	if (sa->sa_family != AF_INET6)
		return false;
	memcpy(&in6, sa, sizeof(in6));
	*port = ntohs(in6.sin6_port);
	if (memcmp(&in6.sin6_addr, mapped, sizeof(mapped)) == 0) {
		address->family = 4;
		memcpy(address->bytes, in6.sin6_addr.s6_addr + 12, 4);
		return true;
	}
	address->family = 6;
	memcpy(address->bytes, &in6.sin6_addr, 16);
	return true;
}

socklen_t
address_to_sockaddr(const struct address *address, uint16_t port,
    struct sockaddr_storage *ss)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memset(ss, 0, sizeof(*ss));
	if (address->family == 4) {
		in.sin_port = htons(port);
		memcpy(&in.sin_addr, address->bytes, 4);
		memcpy(ss, &in, sizeof(in));
		return sizeof(in);
	}
	in6.sin6_port = htons(port);
	memcpy(&in6.sin6_addr, address->bytes, 16);
	memcpy(ss, &in6, sizeof(in6));
	return sizeof(in6);
}
