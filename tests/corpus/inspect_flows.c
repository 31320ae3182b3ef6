/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flows of captures, each shown to the check of every protocol:
 *
 *	inspect_flows CAPTURE...
 *
 * One line a flow: file, transport, port of the server, the protocols that it
 * was found to be ("-": none), and what the protocol of that port says of it.
 * TLS, PCoIP and Blast are one check over TCP: only tls is shown. Exit 1: a
 * flow was taken for two protocols.
 */
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gateway/base/log.h"
#include "../../gateway/inspect/inspect.h"

#define FLOWS_MAX	4096
#define ADDRESSES_BYTES	32

static const struct {
	const char		*name;
	enum inspect_protocol	 protocol;
	uint16_t		 ports[8];
} protocols[] = {
	{ "tls", INSPECT_TLS, { 443, 465, 8081, 8443 } },
	{ "http", INSPECT_HTTP, { 80, 8080, 8000, 8065 } },
	{ "ssh", INSPECT_SSH, { 22 } },
	{ "dns", INSPECT_DNS, { 53 } },
	{ "smtp", INSPECT_SMTP, { 25, 2525 } },
	{ "ntp", INSPECT_NTP, { 123 } },
	{ "rdp", INSPECT_RDP, { 3389 } },
	{ "rfb", INSPECT_RFB, { 5900, 5901, 5902 } },
	{ "ica", INSPECT_ICA, { 1494, 2598 } },
};
#define PROTOCOLS	(sizeof(protocols) / sizeof(protocols[0]))

/* One packet, as far as it matters here. */
struct packet {
	uint8_t			addresses[ADDRESSES_BYTES];	/* from, to */
	uint16_t		ports[2];
	bool			udp;
	bool			ack;
	bool			reset;
	struct inspect_segment	segment;
};

struct flow {
	struct packet		 first;
	unsigned		 payloads[2];
	struct inspect_flow	*looks[PROTOCOLS];
	enum inspect_answer	 answers[PROTOCOLS];
	enum inspect_reason	 reasons[PROTOCOLS];
	bool			 bad[PROTOCOLS];	/* UDP: one was cut */
};

static struct flow flows[FLOWS_MAX];
static size_t flows_n;
static struct inspect *inspect;

static uint16_t
get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The rest behind n bytes. False: there are not so many. */
static bool
skip(struct span *s, size_t n)
{
	if (s->len < n)
		return false;
	*s = span_sub(*s, n, s->len - n);
	return true;
}

static bool
read_transport(struct span s, struct packet *p)
{
	size_t header = 8;

	if (s.len < 8)
		return false;
	p->ports[0] = get_u16(s.ptr);
	p->ports[1] = get_u16(s.ptr + 2);
	if (!p->udp) {
		if (s.len < 20)
			return false;
		header = (size_t)(s.ptr[12] >> 4) * 4;
		p->segment.seq = (uint32_t)get_u16(s.ptr + 4) << 16 |
		    get_u16(s.ptr + 6);
		p->segment.fin = (s.ptr[13] & 1) != 0;
		p->segment.syn = (s.ptr[13] & 2) != 0;
		p->reset = (s.ptr[13] & 4) != 0;
		p->ack = (s.ptr[13] & 16) != 0;
		p->segment.urgent = (s.ptr[13] & 32) != 0;
	}
	if (!skip(&s, header))
		return false;
	p->segment.payload = s;
	return true;
}

/* No fragments, no extension headers: the few that are there are no loss. */
static bool
read_ip(struct span s, struct packet *p)
{
	size_t header = 40, len;
	uint8_t protocol;

	if (s.len < 20)
		return false;
	if (s.ptr[0] >> 4 == 4) {
		header = (size_t)(s.ptr[0] & 15) * 4;
		len = get_u16(s.ptr + 2);
		protocol = s.ptr[9];
		if ((get_u16(s.ptr + 6) & 0x3fff) != 0)
			return false;
		memcpy(p->addresses, s.ptr + 12, 4);
		memcpy(p->addresses + 16, s.ptr + 16, 4);
	} else {
		if (s.ptr[0] >> 4 != 6 || s.len < 40)
			return false;
		len = 40u + get_u16(s.ptr + 4);
		protocol = s.ptr[6];
		memcpy(p->addresses, s.ptr + 8, 32);
	}
	s = span_sub(s, 0, len);
	p->udp = protocol == 17;
	return (protocol == 6 || p->udp) && skip(&s, header) &&
	    read_transport(s, p);
}

static bool
read_link(int link, struct span s, struct packet *p)
{
	uint16_t type;

	if (link == DLT_NULL)
		return skip(&s, 4) && read_ip(s, p);
	if (link == DLT_LINUX_SLL)
		return skip(&s, 16) && read_ip(s, p);
	if (link == DLT_PPP)
		return skip(&s, 4) && read_ip(s, p);
	if (link != DLT_EN10MB)
		return read_ip(s, p);
	if (!skip(&s, 12))
		return false;
	while (s.len >= 2) {
		type = get_u16(s.ptr);
		if (type != 0x8100 && type != 0x88a8)
			return skip(&s, type == 0x8864 ? 10 : 2) &&
			    read_ip(s, p);
		skip(&s, 4);
	}
	return false;
}

/* *direction: which way p goes. A pure SYN on known ports is a new flow. */
static struct flow *
find(const struct packet *p, enum inspect_direction *direction)
{
	for (size_t i = flows_n; i-- > 0;) {
		const struct packet *f = &flows[i].first;

		if (f->udp != p->udp)
			continue;
		*direction = INSPECT_CLIENT;
		if (memcmp(f->addresses, p->addresses, 32) == 0 &&
		    f->ports[0] == p->ports[0] && f->ports[1] == p->ports[1]) {
			if (p->segment.syn && !p->ack && flows[i].payloads[0] +
			    flows[i].payloads[1] > 0)
				return NULL;
			return &flows[i];
		}
		*direction = INSPECT_SERVER;
		if (memcmp(f->addresses, p->addresses + 16, 16) == 0 &&
		    memcmp(f->addresses + 16, p->addresses, 16) == 0 &&
		    f->ports[0] == p->ports[1] && f->ports[1] == p->ports[0])
			return &flows[i];
	}
	return NULL;
}

static struct flow *
add(const struct packet *p)
{
	struct flow *f;

	if (flows_n == FLOWS_MAX)
		die(4, "too many flows");
	f = &flows[flows_n++];
	*f = (struct flow){ .first = *p };
	for (size_t i = 0; i < PROTOCOLS; i++) {
		struct inspect_ask ask = { .protocol = protocols[i].protocol,
			.udp = p->udp };

		f->looks[i] = inspect_open(inspect, &ask);
		if (f->looks[i] == NULL)
			die(4, "out of flows");
	}
	return f;
}

static void
show(const struct packet *p)
{
	enum inspect_direction direction;
	struct flow *f = find(p, &direction);

	if (f == NULL) {
		f = add(p);
		direction = INSPECT_CLIENT;
	}
	if (p->reset || (p->segment.payload.len == 0 && (p->udp ||
	    (!p->segment.syn && !p->segment.fin))))
		return;
	f->payloads[direction] += p->segment.payload.len > 0;
	for (size_t i = 0; i < PROTOCOLS; i++) {
		enum inspect_answer answer = p->udp ?
		    inspect_udp(inspect, f->looks[i], direction,
		    p->segment.payload, &f->reasons[i]) :
		    inspect_tcp(inspect, f->looks[i], direction, &p->segment,
		    &f->reasons[i]);

		f->answers[i] = answer;
		f->bad[i] = f->bad[i] || answer == INSPECT_CUT;
	}
}

static bool
has_port(size_t protocol, uint16_t port)
{
	for (size_t i = 0; i < 8; i++)
		if (port != 0 && protocols[protocol].ports[i] == port)
			return true;
	return false;
}

/* False: more than one protocol. */
static bool
report(const char *file, const struct flow *f)
{
	unsigned found = 0;

	if (f->payloads[0] + f->payloads[1] == 0)
		return true;
	printf("%s %s %u ", file, f->first.udp ? "udp" : "tcp",
	    f->first.ports[1]);
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (f->first.udp ? !f->bad[i] : f->answers[i] ==
		    INSPECT_ALLOW) {
			printf("%s%s", found > 0 ? "," : "",
			    protocols[i].name);
			found++;
		}
	if (found == 0)
		printf("-");
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (has_port(i, f->first.ports[1]))
			printf(" %s: %s: %s", protocols[i].name,
			    inspect_answer_name(f->answers[i]),
			    inspect_reason_name(f->reasons[i]));
	printf("\n");
	return found <= 1;
}

static bool
read_capture(const char *path)
{
	const char *name = strrchr(path, '/');
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct pcap_pkthdr *header;
	const u_char *bytes;
	bool good = true;

	if (pcap == NULL) {
		printf("%s unreadable\n", path);
		return true;
	}
	flows_n = 0;
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		struct packet p = { .udp = false };

		if (read_link(pcap_datalink(pcap), (struct span){ bytes,
		    header->caplen }, &p))
			show(&p);
	}
	for (size_t i = 0; i < flows_n; i++) {
		good &= report(name == NULL ? path : name + 1, &flows[i]);
		for (size_t k = 0; k < PROTOCOLS; k++)
			inspect_close(inspect, flows[i].looks[k]);
	}
	pcap_close(pcap);
	return good;
}

int
main(int argc, char **argv)
{
	bool good = true;

	log_init("inspect_flows");
	inspect = inspect_new(FLOWS_MAX * PROTOCOLS, FLOWS_MAX);
	if (inspect == NULL)
		die(4, "out of memory");
	for (int i = 1; i < argc; i++)
		good &= read_capture(argv[i]);
	inspect_free(inspect);
	return good ? 0 : 1;
}
