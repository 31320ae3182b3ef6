/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages of nfnetlink_queue over libnetfilter_queue and libmnl. Packets are
 * taken whole, as the network card put them together (GSO): the kernel need
 * not cut them up for us. There is no fail-open: a full queue drops.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>

#include "../base/clock.h"
#include "packet_netlink.h"
#include "packet_nfq.h"

/* a packet, and the attributes around it */
#define MESSAGE_BYTES (NFQ_COPY_BYTES + 1024)
#define VERDICT_BYTES (64 + NFQ_REPLACE_BYTES_MAX)
#define ANSWER_MS     2000

static const uint32_t up_to_us[NFQ_LATENCIES - 1] = NFQ_LATENCY_US;

struct packet_nfq {
	struct mnl_socket *socket;
	uint16_t number;
	struct packet_nfq_handler handler;
	struct packet_nfq_counts counts;
	uint32_t verdicts;
	size_t verdicts_len;
	uint64_t taken_ns;                   /* the present batch */
	uint64_t verdicts_taken[NFQ_BATCH]; /* of their packets */
	/* aligned as netlink wants it */
	_Alignas(8) uint8_t verdict_bytes[NFQ_BATCH * VERDICT_BYTES];
	_Alignas(8) uint8_t bytes[NFQ_BATCH][MESSAGE_BYTES];
	struct iovec iovs[NFQ_BATCH];
	struct mmsghdr messages[NFQ_BATCH];
};

/* ---- open ---- */

static enum err
command(struct packet_nfq *queue, struct nlmsghdr *message, struct diag *diag)
{
	uint8_t answer[1024];
	ssize_t n;

	message->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(queue->socket, message, message->nlmsg_len) == -1)
		return diag_system(diag, "configure the queue");
	n = mnl_socket_recvfrom(queue->socket, answer, sizeof(answer));
	if (n == -1 || mnl_cb_run(answer, (size_t)n, 0, 0, NULL, NULL) == -1)
		return diag_system(diag, "configure the queue");
	return OK;
}

static enum err
bind_queue(struct packet_nfq *queue, struct diag *diag)
{
	_Alignas(8) uint8_t bytes[1024];
	struct nlmsghdr *message;
	enum err err;

	message = nfq_nlmsg_put((char *)bytes, NFQNL_MSG_CONFIG, queue->number);
	nfq_nlmsg_cfg_put_cmd(message, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	err = command(queue, message, diag);
	if (err != OK)
		return err;
	message = nfq_nlmsg_put((char *)bytes, NFQNL_MSG_CONFIG, queue->number);
	nfq_nlmsg_cfg_put_params(message, NFQNL_COPY_PACKET, NFQ_COPY_BYTES);
	mnl_attr_put_u32(message, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
	mnl_attr_put_u32(message, NFQA_CFG_MASK,
	    htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN));
	mnl_attr_put_u32(message, NFQA_CFG_QUEUE_MAXLEN, htonl(NFQ_QUEUE_MAX));
	return command(queue, message, diag);
}

static enum err
set_socket(struct packet_nfq *queue, struct diag *diag)
{
	const struct timeval patience = { ANSWER_MS / 1000, 0 };
	int fd = mnl_socket_get_fd(queue->socket), bytes = NFQ_SOCKET_BYTES;
	int one = 1;

	/* a lost packet is counted by the queue: no ENOBUFS, which would
	 * stop us to say it once more */
	if (setsockopt(
		fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &one, sizeof(one)) == -1 ||
	    setsockopt(
		fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == -1)
		return diag_system(diag, "set up the queue's socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ==
		-1 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) == -1)
		return diag_system(diag, "set up the queue's socket");
	return OK;
}

enum err
packet_nfq_open(uint16_t number, const struct packet_nfq_handler *handler,
    struct packet_nfq **queue, struct diag *diag)
{
	/* start-up: once for each queue */
	struct packet_nfq *q = calloc(1, sizeof(*q));
	enum err err;

	*queue = NULL;
	if (q == NULL)
		return diag_system(diag, "memory for a queue");
	q->number = number;
	q->handler = *handler;
	for (unsigned i = 0; i < NFQ_BATCH; i++) {
		q->iovs[i] = (struct iovec){ q->bytes[i], MESSAGE_BYTES };
		q->messages[i].msg_hdr.msg_iov = &q->iovs[i];
		q->messages[i].msg_hdr.msg_iovlen = 1;
	}
	q->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (q->socket == NULL ||
	    mnl_socket_bind(q->socket, 0, MNL_SOCKET_AUTOPID) == -1)
		err = diag_system(diag, "open a netlink socket");
	else
		err = set_socket(q, diag);
	if (err == OK)
		err = bind_queue(q, diag);
	if (err != OK) {
		packet_nfq_close(q);
		return err;
	}
	*queue = q;
	return OK;
}

void
packet_nfq_close(struct packet_nfq *queue)
{
	if (queue == NULL)
		return;
	if (queue->socket != NULL)
		(void)mnl_socket_close(queue->socket);
	free(queue);
}

int
packet_nfq_fd(const struct packet_nfq *queue)
{
	return mnl_socket_get_fd(queue->socket);
}

/* ---- packets ---- */

/* False: something that the kernel would not say. */
static bool
take_packet(const struct nlmsghdr *message, struct packet_nfq_packet *packet)
{
	struct nlattr *attrs[NFQA_MAX + 1] = { NULL };
	const struct nfqnl_msg_packet_hw *hw;
	const struct nfqnl_msg_packet_hdr *header;
	uint32_t seen;

	if (nfq_nlmsg_parse(message, attrs) < 0 ||
	    !packet_netlink_all_inside(message,
	    (const struct nlattr *const *)attrs, NFQA_MAX + 1) ||
	    attrs[NFQA_PACKET_HDR] == NULL ||
	    mnl_attr_get_payload_len(attrs[NFQA_PACKET_HDR]) < sizeof(*header))
		return false;
	header = mnl_attr_get_payload(attrs[NFQA_PACKET_HDR]);
	memset(packet, 0, sizeof(*packet));
	packet->id.number = ntohl(header->packet_id);
	if (attrs[NFQA_MARK] != NULL)
		packet->mark = ntohl(mnl_attr_get_u32(attrs[NFQA_MARK]));
	if (attrs[NFQA_IFINDEX_INDEV] != NULL)
		packet->in = ntohl(mnl_attr_get_u32(attrs[NFQA_IFINDEX_INDEV]));
	if (attrs[NFQA_IFINDEX_OUTDEV] != NULL)
		packet->out =
		    ntohl(mnl_attr_get_u32(attrs[NFQA_IFINDEX_OUTDEV]));
	if (attrs[NFQA_HWADDR] != NULL &&
	    mnl_attr_get_payload_len(attrs[NFQA_HWADDR]) >= sizeof(*hw)) {
		hw = mnl_attr_get_payload(attrs[NFQA_HWADDR]);
		packet->has_mac = ntohs(hw->hw_addrlen) == sizeof(packet->mac);
		memcpy(packet->mac, hw->hw_addr, sizeof(packet->mac));
	}
	if (attrs[NFQA_PAYLOAD] != NULL)
		packet->bytes =
		    (struct span){ mnl_attr_get_payload(attrs[NFQA_PAYLOAD]),
			    mnl_attr_get_payload_len(attrs[NFQA_PAYLOAD]) };
	if (attrs[NFQA_SKB_INFO] != NULL)
		packet->big = (ntohl(mnl_attr_get_u32(
		    attrs[NFQA_SKB_INFO])) & NFQA_SKB_GSO) != 0;
	packet->len = (uint32_t)packet->bytes.len;
	if (attrs[NFQA_CAP_LEN] != NULL) {
		seen = ntohl(mnl_attr_get_u32(attrs[NFQA_CAP_LEN]));
		if (seen > packet->len)
			packet->len = seen;
	}
	return true;
}

static void
take_message(struct packet_nfq *queue, const uint8_t *bytes, size_t len)
{
	const struct nlmsghdr *message = (const void *)bytes;
	struct packet_nfq_packet packet;
	int left = (int)len;

	for (; packet_netlink_ok(message, left);
	     message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_type !=
		    (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)) {
			/* of a verdict: the packet is gone already */
			queue->counts.refused +=
			    message->nlmsg_type != NLMSG_ERROR;
			continue;
		}
		if (!take_packet(message, &packet)) {
			queue->counts.refused++;
			continue;
		}
		queue->counts.packets++;
		packet.id.taken_ns = queue->taken_ns;
		queue->handler.packet(queue->handler.arg, queue, &packet);
	}
}

enum err
packet_nfq_receive(struct packet_nfq *queue, bool *more, struct diag *diag)
{
	int n;

	*more = false;
	n = recvmmsg(packet_nfq_fd(queue), queue->messages, NFQ_BATCH,
	    MSG_DONTWAIT, NULL);
	if (n == -1 && errno == ENOBUFS) {
		queue->counts.overruns++;
		*more = true;
		return OK;
	}
	if (n == -1)
		return errno == EAGAIN || errno == EINTR
			   ? OK
			   : diag_system(diag, "read from the queue");
	queue->taken_ns = clock_monotonic_ns();
	for (int i = 0; i < n; i++)
		take_message(
		    queue, queue->bytes[i], queue->messages[i].msg_len);
	packet_nfq_flush(queue);
	*more = n == NFQ_BATCH;
	return OK;
}

/* ---- verdicts ---- */

static void
add_verdict(struct packet_nfq *queue, struct packet_nfq_id id, int verdict,
    const uint32_t *mark, struct span bytes)
{
	struct nlmsghdr *message;

	if (queue->verdicts == NFQ_BATCH)
		packet_nfq_flush(queue);
	message =
	    nfq_nlmsg_put((char *)queue->verdict_bytes + queue->verdicts_len,
		NFQNL_MSG_VERDICT, queue->number);
	nfq_nlmsg_verdict_put(message, (int)id.number, verdict);
	if (mark != NULL)
		nfq_nlmsg_verdict_put_mark(message, *mark);
	if (bytes.len > 0)
		nfq_nlmsg_verdict_put_pkt(message, bytes.ptr,
		    (uint32_t)bytes.len);
	require(message->nlmsg_len <= VERDICT_BYTES);
	queue->verdicts_len += (message->nlmsg_len + 3) & ~3u;
	queue->verdicts_taken[queue->verdicts++] = id.taken_ns;
}

void
packet_nfq_accept(struct packet_nfq *queue, struct packet_nfq_id id,
    uint32_t mark)
{
	add_verdict(queue, id, NF_ACCEPT, &mark, (struct span){ NULL, 0 });
}

void
packet_nfq_replace(struct packet_nfq *queue, struct packet_nfq_id id,
    uint32_t mark, struct span bytes)
{
	require(bytes.len > 0 && bytes.len <= NFQ_REPLACE_BYTES_MAX);
	add_verdict(queue, id, NF_ACCEPT, &mark, bytes);
}

void
packet_nfq_drop(struct packet_nfq *queue, struct packet_nfq_id id)
{
	add_verdict(queue, id, NF_DROP, NULL, (struct span){ NULL, 0 });
}

static unsigned
latency_class(uint64_t ns)
{
	unsigned i = 0;

	while (i < NFQ_LATENCIES - 1 && ns > up_to_us[i] * UINT64_C(1000))
		i++;
	return i;
}

/* Most of a batch were taken at the same time: one look for all of them. */
static void
count_latency(struct packet_nfq *queue)
{
	struct packet_nfq_latency *latency = queue->handler.latency;
	uint64_t now = clock_monotonic_ns(), took, *cell;
	uint32_t from = 0, to;

	for (; from < queue->verdicts; from = to) {
		for (to = from + 1; to < queue->verdicts &&
		    queue->verdicts_taken[to] == queue->verdicts_taken[from];)
			to++;
		took = now - queue->verdicts_taken[from];
		cell = &latency->verdicts[latency_class(took)];
		__atomic_store_n(cell, *cell + (to - from), __ATOMIC_RELAXED);
		__atomic_store_n(&latency->sum_ns, latency->sum_ns +
		    took * (to - from), __ATOMIC_RELAXED);
	}
}

void
packet_nfq_flush(struct packet_nfq *queue)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec iov = { queue->verdict_bytes, queue->verdicts_len };
	const struct msghdr message = { .msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = &iov,
		.msg_iovlen = 1 };

	if (queue->verdicts == 0)
		return;
	/* without one the packet stays in the queue: that is closed, too */
	if (sendmsg(packet_nfq_fd(queue), &message, 0) == -1)
		queue->counts.unsent += queue->verdicts;
	else if (queue->handler.latency != NULL)
		count_latency(queue);
	queue->verdicts = 0;
	queue->verdicts_len = 0;
}

const struct packet_nfq_counts *
packet_nfq_counts(const struct packet_nfq *queue)
{
	return &queue->counts;
}
