/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The floor of the method, for bench_packet.sh: every packet of queue NUMBER
 * is accepted unread, by the same queue code as sekisho-packet's.
 *
 *	packet_floor NUMBER
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../gateway/base/log.h"
#include "../gateway/base/span.h"
#include "../gateway/packet/packet_nfq.h"

static void
accept_it(void *arg, struct packet_nfq *queue,
    const struct packet_nfq_packet *packet)
{
	(void)arg;
	packet_nfq_accept(queue, packet->id, packet->mark);
}

int
main(int argc, char **argv)
{
	const struct packet_nfq_handler handler = { accept_it, NULL, NULL };
	struct packet_nfq *queue;
	struct pollfd p = { -1, POLLIN, 0 };
	struct diag diag;
	uint64_t number;
	bool more = false;

	log_init("packet_floor");
	if (argc != 2 || !span_decimal(span_str(argv[1]), UINT16_MAX,
	    &number)) {
		fprintf(stderr, "usage: packet_floor NUMBER\n");
		return 2;
	}
	if (packet_nfq_open((uint16_t)number, &handler, &queue, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	p.fd = packet_nfq_fd(queue);
	for (;;) {
		if (!more && poll(&p, 1, -1) == -1 && errno != EINTR)
			die(4, "poll: %s", strerror(errno));
		if (packet_nfq_receive(queue, &more, &diag) != OK)
			die(4, "%s: %s", diag.what, strerror(diag.errnum));
	}
}
