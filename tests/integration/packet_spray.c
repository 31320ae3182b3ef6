/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random packets at the gateway, as raw frames, and which of them come out.
 *
 *	packet_spray SEED N QUERIES CROSSED NETNS...
 *
 * NETNS are the namespaces of the three segments, in the order of segments[];
 * each has an interface eth0 to the gateway and answers nothing. For each
 * packet there is a line in QUERIES, for `sekisho explain FILE -`, and one in
 * CROSSED: allow if it came out, deny if not, odd if it came out changed or
 * in a segment where it does not belong. Half of the packets are one that the
 * rules of packet_lib.sh allow, with at most one thing changed; the others
 * have everything by chance. No two have the same addresses and ports, but
 * for the last AGAIN of them: these are ones that were sent before, as if
 * from another segment, so that a flow that was allowed is no way in.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKETS_MAX	40000u		/* ports are 20000 + number */
#define AGAIN		10u		/* one in so many, at the end */
#define BYTES_MAX	128u
#define PAUSE_US	400
#define TTL		64
#define LAST_WAIT_MS	2000		/* what is inspected takes longer */
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum { INTERNET, LGWAN, MYNUMBER, SEGMENTS };

static const struct segment {
	const char	*name;
	uint8_t		mac[6];		/* of its own interface */
	uint8_t		gateway_mac[6];
} segments[SEGMENTS] = {
	{ "internet", { 2, 0, 0x5e, 0x20, 0, 5 }, { 2, 0, 0x5e, 0, 0, 0 } },
	{ "lgwan", { 2, 0, 0x5e, 0x10, 0, 7 }, { 2, 0, 0x5e, 0, 0, 1 } },
	{ "mynumber", { 2, 0, 0x5e, 0x10, 0, 9 }, { 2, 0, 0x5e, 0, 0, 2 } },
};

/* Addresses that the gateway has a neighbour for. */
static const struct place {
	const char	*address;
	int		segment;
} places[] = {
	{ "10.20.1.5", LGWAN }, { "10.20.1.66", LGWAN },
	{ "10.20.3.7", LGWAN }, { "10.20.0.25", LGWAN },
	{ "10.20.9.9", LGWAN }, { "10.20.255.254", LGWAN },
	{ "10.10.0.9", MYNUMBER }, { "10.10.0.8", MYNUMBER },
	{ "192.0.2.63", INTERNET }, { "192.0.2.64", INTERNET },
	{ "192.0.2.66", INTERNET }, { "192.0.2.79", INTERNET },
	{ "192.0.2.80", INTERNET }, { "192.0.2.82", INTERNET },
	{ "192.0.2.53", INTERNET }, { "192.0.2.5", INTERNET },
	{ "192.0.2.90", INTERNET }, { "198.51.100.7", INTERNET },
	{ "10.21.0.1", INTERNET },
	{ "2001:db8:20::5", LGWAN }, { "2001:db8:20::99", LGWAN },
	{ "2001:db8:20:ffff::1", LGWAN },
	{ "2001:db8:ff::66", INTERNET }, { "2001:db8:ff::70", INTERNET },
	{ "2001:db8:ff::80", INTERNET }, { "2001:db8:ff::53", INTERNET },
	{ "2001:db8:ff::5f", INTERNET },
};

static const uint16_t ports[] = {
	1, 21, 22, 23, 25, 53, 79, 80, 81, 443, 445, 3388, 3389, 3390, 4222,
	5201, 5299, 5300, 5309, 5310, 5899, 5900, 5950, 5999, 6000, 65535
};
static const uint8_t types4[] = { 8, 8, 8, 0, 13, 15 };
static const uint8_t types6[] = { 128, 128, 128, 129, 139 };

/* What the rules allow. */
static const struct wish {
	const char	*src, *dst;
	uint8_t		protocol;
	uint16_t	port;		/* or type */
} wishes[] = {
	{ "10.20.1.5", "192.0.2.66", IPPROTO_TCP, 5900 },
	{ "10.20.1.66", "192.0.2.79", IPPROTO_TCP, 3389 },
	{ "2001:db8:20::5", "2001:db8:ff::66", IPPROTO_TCP, 5999 },
	{ "2001:db8:20::5", "2001:db8:ff::66", IPPROTO_TCP, 22 },
	{ "10.20.3.7", "10.10.0.9", IPPROTO_TCP, 4222 },
	{ "10.20.1.5", "192.0.2.80", IPPROTO_TCP, 443 },
	{ "2001:db8:20::5", "2001:db8:ff::80", IPPROTO_TCP, 443 },
	{ "10.20.1.5", "192.0.2.80", IPPROTO_TCP, 80 },
	{ "10.20.1.5", "192.0.2.64", IPPROTO_TCP, 22 },
	{ "10.20.1.5", "192.0.2.53", IPPROTO_UDP, 53 },
	{ "2001:db8:20::5", "2001:db8:ff::53", IPPROTO_UDP, 53 },
	{ "10.20.1.66", "192.0.2.5", IPPROTO_TCP, 25 },
	{ "10.20.1.5", "192.0.2.90", IPPROTO_UDP, 5309 },
	{ "10.20.1.5", "192.0.2.90", IPPROTO_TCP, 5300 },
	{ "10.20.1.5", "192.0.2.90", IPPROTO_ICMP, 8 },
	{ "2001:db8:20::5", "2001:db8:ff::66", IPPROTO_ICMPV6, 128 },
};

struct packet {
	int		in;		/* segment */
	int		out;		/* where it belongs */
	bool		v6;
	bool		crossed, odd;
	uint8_t		mac[6];
	uint8_t		protocol;
	uint16_t	src_port, dst_port;	/* dst_port: or type */
	uint8_t		src[16], dst[16];
	size_t		len;
	uint8_t		bytes[BYTES_MAX];	/* from the IP header on */
};

static struct packet packets[PACKETS_MAX];
static unsigned packets_n;
static unsigned strangers;	/* came out, but were never sent */
static int sockets[SEGMENTS], interfaces[SEGMENTS];
static uint64_t random_state;

static uint32_t
any(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 20) % below;
}

static void
bad(const char *what)
{
	fprintf(stderr, "packet_spray: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t
add(uint32_t sum, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += (i % 2 == 0) ? (uint32_t)bytes[i] << 8 : bytes[i];
	return sum;
}

static uint32_t
fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* Namespaces are entered only to make the sockets. */
static void
open_segment(int i, const char *netns)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET };
	int size = 8 << 20, fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || setns(fd, CLONE_NEWNET) == -1)
		bad(netns);
	close(fd);
	interfaces[i] = (int)if_nametoindex("eth0");
	at.sll_ifindex = interfaces[i];
	at.sll_protocol = htons(ETH_P_ALL);
	sockets[i] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (sockets[i] == -1 || interfaces[i] == 0)
		bad("socket");
	setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size));
	if (bind(sockets[i], (struct sockaddr *)&at, sizeof(at)) == -1)
		bad("bind");
}

static bool
parse_address(const char *text, uint8_t *address)
{
	if (strchr(text, ':') != NULL) {
		if (inet_pton(AF_INET6, text, address) != 1)
			bad(text);
		return true;
	}
	if (inet_pton(AF_INET, text, address) != 1)
		bad(text);
	return false;
}

static int
segment_of(const char *address)
{
	size_t i;

	for (i = 0; i < COUNT(places); i++)
		if (strcmp(places[i].address, address) == 0)
			return places[i].segment;
	errno = 0;
	bad(address);
	return 0;
}

static const struct place *
any_place(bool v6)
{
	const struct place *p;

	do
		p = &places[any(COUNT(places))];
	while ((strchr(p->address, ':') != NULL) != v6);
	return p;
}

static bool
is_icmp(const struct packet *p)
{
	return p->protocol == IPPROTO_ICMP || p->protocol == IPPROTO_ICMPV6;
}

static void
any_protocol(struct packet *p)
{
	switch (any(5)) {
	case 0:
		p->protocol = p->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		p->dst_port = p->v6 ? types6[any(COUNT(types6))] :
		    types4[any(COUNT(types4))];
		break;
	case 1:
		p->protocol = IPPROTO_UDP;
		p->dst_port = ports[any(COUNT(ports))];
		break;
	default:
		p->protocol = IPPROTO_TCP;
		p->dst_port = ports[any(COUNT(ports))];
	}
}

static void
any_mac(struct packet *p)
{
	static const uint8_t strange[6] = { 2, 0, 0x5e, 0x99, 1, 2 };
	uint32_t n = any(SEGMENTS + 1);

	memcpy(p->mac, n == SEGMENTS ? strange : segments[n].mac, 6);
}

/* One thing of an allowed packet is another. */
static void
change(struct packet *p)
{
	const struct place *place;

	switch (any(6)) {
	case 0:
		parse_address(any_place(p->v6)->address, p->src);
		break;
	case 1:
		place = any_place(p->v6);
		parse_address(place->address, p->dst);
		p->out = place->segment;
		break;
	case 2:
		p->in = (int)any(SEGMENTS);
		memcpy(p->mac, segments[p->in].mac, 6);
		break;
	case 3:
		any_mac(p);
		break;
	default:
		any_protocol(p);
	}
}

static void
choose(struct packet *p, unsigned number)
{
	const struct place *from, *to;

	if (any(2) == 0) {
		const struct wish *w = &wishes[any(COUNT(wishes))];

		p->v6 = parse_address(w->src, p->src);
		parse_address(w->dst, p->dst);
		p->in = segment_of(w->src);
		p->out = segment_of(w->dst);
		p->protocol = w->protocol;
		p->dst_port = w->port;
		memcpy(p->mac, segments[p->in].mac, 6);
		if (any(2) == 0)
			change(p);
	} else {
		p->v6 = any(3) == 0;
		from = any_place(p->v6);
		to = any_place(p->v6);
		parse_address(from->address, p->src);
		parse_address(to->address, p->dst);
		p->in = any(4) == 0 ? (int)any(SEGMENTS) : from->segment;
		p->out = to->segment;
		memcpy(p->mac, segments[p->in].mac, 6);
		if (any(4) == 0)
			any_mac(p);
		any_protocol(p);
	}
	if (memcmp(p->src, p->dst, p->v6 ? 16 : 4) == 0)
		p->src[p->v6 ? 15 : 3] ^= 1;
	p->src_port = (uint16_t)(20000 + number);
}

/* Payload of UDP: to port 53 a question, as the rules want it. */
static size_t
payload(uint8_t *at, const struct packet *p, unsigned number)
{
	char name[16];
	size_t len;

	if (p->dst_port != 53) {
		memcpy(at, "sekisho ", 8);
		put32(at + 8, number);
		return 12;
	}
	memset(at, 0, 12);
	put16(at, number);
	at[2] = 1;		/* recursion desired */
	at[5] = 1;		/* one question */
	len = (size_t)snprintf(name, sizeof(name), "p%u", number);
	at[12] = (uint8_t)len;
	memcpy(at + 13, name, len);
	memcpy(at + 13 + len, "\2jp\0\0\1\0\1", 8);
	return 13 + len + 8;
}

static size_t
transport(uint8_t *at, const struct packet *p, unsigned number)
{
	size_t len;

	memset(at, 0, BYTES_MAX - 40);
	if (is_icmp(p)) {
		at[0] = (uint8_t)p->dst_port;
		put16(at + 4, p->src_port);
		put16(at + 6, number);
		put32(at + 8, number);
		len = p->dst_port == 13 ? 20 : 16;
	} else if (p->protocol == IPPROTO_UDP) {
		put16(at, p->src_port);
		put16(at + 2, p->dst_port);
		len = 8 + payload(at + 8, p, number);
		put16(at + 4, (uint32_t)len);
	} else {
		put16(at, p->src_port);
		put16(at + 2, p->dst_port);
		put32(at + 4, 0x5e000000 | number);
		at[12] = 6 << 4;
		at[13] = 2;			/* SYN */
		put16(at + 14, 64240);
		memcpy(at + 20, "\2\4\5\264", 4);	/* MSS 1460 */
		len = 24;
	}
	return len;
}

static void
build(struct packet *p, unsigned number)
{
	size_t header = p->v6 ? 40 : 20, size = p->v6 ? 16 : 4, len, at;
	uint8_t *ip = p->bytes;
	uint32_t sum = 0;

	memset(p->bytes, 0, sizeof(p->bytes));
	len = transport(ip + header, p, number);
	if (p->v6) {
		ip[0] = 6 << 4;
		put16(ip + 4, (uint32_t)len);
		ip[6] = p->protocol;
		ip[7] = TTL;
	} else {
		ip[0] = 4 << 4 | 5;
		put16(ip + 2, (uint32_t)(header + len));
		put16(ip + 4, number);
		ip[8] = TTL;
		ip[9] = p->protocol;
	}
	memcpy(ip + (p->v6 ? 8 : 12), p->src, size);
	memcpy(ip + (p->v6 ? 24 : 16), p->dst, size);
	if (!p->v6)
		put16(ip + 10, fold(add(0, ip, header)));
	if (p->protocol != IPPROTO_ICMP)
		sum = add(add(p->protocol + (uint32_t)len, p->src, size),
		    p->dst, size);
	at = is_icmp(p) ? 2 : p->protocol == IPPROTO_UDP ? 6 : 16;
	sum = fold(add(sum, ip + header, len));
	put16(ip + header + at, sum == 0 ? 0xffff : sum);
	p->len = header + len;
}

static void
transmit(const struct packet *p)
{
	uint8_t frame[ETH_HLEN + BYTES_MAX];

	memcpy(frame, segments[p->in].gateway_mac, 6);
	memcpy(frame + 6, p->mac, 6);
	put16(frame + 12, p->v6 ? ETH_P_IPV6 : ETH_P_IP);
	memcpy(frame + ETH_HLEN, p->bytes, p->len);
	if (send(sockets[p->in], frame, ETH_HLEN + p->len, 0) == -1)
		bad("send");
}

/* The same but for what a router changes. */
static bool
same(const struct packet *p, const uint8_t *ip)
{
	size_t hops = p->v6 ? 7 : 8, rest = p->v6 ? 8 : 12;

	return memcmp(p->bytes, ip, hops) == 0 && ip[hops] == TTL - 1 &&
	    (p->v6 || ip[9] == p->bytes[9]) &&
	    memcmp(p->bytes + rest, ip + rest, p->len - rest) == 0;
}

/*
 * The gateway's own packets are no business of this: neighbours, errors, and
 * resets, which it may send in the name of the one that was not reached.
 */
static bool
is_gateways_own(const uint8_t *ip, size_t len)
{
	static const char *const own[] = {
		"192.0.2.25", "10.20.0.1", "10.10.0.1", "2001:db8:ff::25",
		"2001:db8:20::1"
	};
	bool v6 = ip[0] >> 4 == 6;
	uint8_t address[16];
	size_t i;

	if (v6 && ((ip[8] == 0xfe && (ip[9] & 0xc0) == 0x80) || ip[24] == 0xff))
		return true;		/* of this link, by its address */
	for (i = 0; i < COUNT(own); i++)
		if (parse_address(own[i], address) == v6 &&
		    memcmp(ip + (v6 ? 8 : 12), address, v6 ? 16 : 4) == 0)
			return true;
	return ip[v6 ? 6 : 9] == IPPROTO_TCP && len >= (v6 ? 54 : 34) &&
	    (ip[v6 ? 53 : 33] & 4) != 0;
}

static void
came_out(int segment, const uint8_t *ip, size_t len)
{
	unsigned i;

	for (i = 0; i < packets_n; i++) {
		struct packet *p = &packets[i];

		if (len < p->len || p->v6 != (ip[0] >> 4 == 6) ||
		    !same(p, ip))
			continue;
		p->odd = p->odd || p->crossed || segment != p->out;
		p->crossed = true;
		return;
	}
	if (is_gateways_own(ip, len))
		return;
	strangers++;
	printf("in %s came out what was not sent:", segments[segment].name);
	for (i = 0; i < len && i < 60; i++)
		printf(" %02x", ip[i]);
	putchar('\n');
}

static void
collect(int wait_ms)
{
	struct pollfd fds[SEGMENTS];
	uint8_t frame[2048];
	int i;

	for (i = 0; i < SEGMENTS; i++)
		fds[i] = (struct pollfd){ .fd = sockets[i], .events = POLLIN };
	while (poll(fds, SEGMENTS, wait_ms) > 0)
		for (i = 0; i < SEGMENTS; i++) {
			struct sockaddr_ll from;
			socklen_t from_len = sizeof(from);
			ssize_t got;

			if (fds[i].revents == 0)
				continue;
			got = recvfrom(sockets[i], frame, sizeof(frame), 0,
			    (struct sockaddr *)&from, &from_len);
			if (got < ETH_HLEN + 20 ||
			    from.sll_pkttype == PACKET_OUTGOING ||
			    (from.sll_protocol != htons(ETH_P_IP) &&
			    (from.sll_protocol != htons(ETH_P_IPV6) ||
			    got < ETH_HLEN + 40)))
				continue;
			came_out(i, frame + ETH_HLEN, (size_t)got - ETH_HLEN);
		}
}

/* One of before, out of another segment, with that one's card. */
static void
again(struct packet *p, unsigned number)
{
	*p = packets[any(packets_n - packets_n / AGAIN)];
	p->crossed = p->odd = false;
	p->in = (p->in + 1 + (int)any(SEGMENTS - 1)) % SEGMENTS;
	if (any(2) == 0)
		memcpy(p->mac, segments[p->in].mac, 6);
	build(p, number);
}

static void
write_query(FILE *f, const struct packet *p)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int family = p->v6 ? AF_INET6 : AF_INET;
	const uint8_t *m = p->mac;

	inet_ntop(family, p->src, src, sizeof(src));
	inet_ntop(family, p->dst, dst, sizeof(dst));
	if (is_icmp(p))
		fprintf(f, "icmp%s from %s to %s type %u", p->v6 ? "6" : "",
		    src, dst, p->dst_port);
	else
		fprintf(f, "%s from %s%s%s:%u to %s port %u",
		    p->protocol == IPPROTO_TCP ? "tcp" : "udp",
		    p->v6 ? "[" : "", src, p->v6 ? "]" : "", p->src_port, dst,
		    p->dst_port);
	fprintf(f, " in %s mac %02x:%02x:%02x:%02x:%02x:%02x\n",
	    segments[p->in].name, m[0], m[1], m[2], m[3], m[4], m[5]);
}

int
main(int argc, char **argv)
{
	FILE *queries, *crossed;
	unsigned i;
	int s;

	if (argc != 5 + SEGMENTS) {
		fputs("usage: packet_spray SEED N QUERIES CROSSED INTERNET "
		    "LGWAN MYNUMBER\n", stderr);
		return 2;
	}
	random_state = strtoul(argv[1], NULL, 10) * 2654435761u + 88172645463u;
	packets_n = (unsigned)strtoul(argv[2], NULL, 10);
	if (packets_n < AGAIN || packets_n > PACKETS_MAX) {
		fputs("packet_spray: too many or too few\n", stderr);
		return 2;
	}
	queries = fopen(argv[3], "w");
	crossed = fopen(argv[4], "w");
	if (queries == NULL || crossed == NULL)
		bad("output");
	for (s = 0; s < SEGMENTS; s++)
		open_segment(s, argv[5 + s]);
	for (i = 0; i < packets_n; i++) {
		struct packet *p = &packets[i];

		if (i == packets_n - packets_n / AGAIN)
			collect(LAST_WAIT_MS);	/* their flows are there */
		if (i < packets_n - packets_n / AGAIN) {
			choose(p, i);
			build(p, i);
		} else {
			again(p, i);
		}
		transmit(p);
		collect(0);
		usleep(PAUSE_US);
	}
	collect(LAST_WAIT_MS);
	for (i = 0; i < packets_n; i++) {
		write_query(queries, &packets[i]);
		fprintf(crossed, "%s\n", packets[i].odd ? "odd" :
		    packets[i].crossed ? "allow" : "deny");
	}
	if (fclose(queries) != 0 || fclose(crossed) != 0)
		bad("output");
	printf("%u sent, %u came out that were not sent\n", packets_n,
	    strangers);
	return strangers != 0;
}
