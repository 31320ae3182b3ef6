/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ctnetlink by libmnl. Not libnetfilter_conntrack: its objects are allocated
 * one by one, and of the hundred attributes that it knows we need ten.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "packet_conntrack.h"
#include "packet_netlink.h"

#define BATCH		16	/* datagrams in one call */
#define EVENT_BYTES	(32 * 1024)
#define EVENT_SOCKET_BYTES	(8 * 1024 * 1024)
#define TYPE(what)	(NFNL_SUBSYS_CTNETLINK << 8 | (what))

struct packet_conntrack {
	struct mnl_socket	*events;
	struct mnl_socket	*answers;
	struct packet_conntrack_handler handler;
	uint32_t		 sequence;
	uint32_t		 dump;		/* its sequence; 0: none */
	_Alignas(8) uint8_t	 bytes[BATCH][EVENT_BYTES];
};

/* ---- attributes ---- */

struct attrs {
	const struct nlattr	**table;
	uint16_t		  max;
};

static int
keep_attr(const struct nlattr *attr, void *arg)
{
	const struct attrs *attrs = arg;

	if (mnl_attr_get_type(attr) <= attrs->max)
		attrs->table[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* Of a nested attribute; NULL is allowed. */
static void
open_attr(const struct nlattr *attr, const struct nlattr **table,
    uint16_t max)
{
	struct attrs attrs = { table, max };

	memset(table, 0, (max + 1u) * sizeof(table[0]));
	if (attr != NULL)
		(void)mnl_attr_parse_nested(attr, keep_attr, &attrs);
}

static bool
has(const struct nlattr *attr, size_t bytes)
{
	return attr != NULL && mnl_attr_get_payload_len(attr) == bytes;
}

static uint8_t
get_u8(const struct nlattr *attr)
{
	return has(attr, 1) ? mnl_attr_get_u8(attr) : 0;
}

static uint16_t
get_u16(const struct nlattr *attr)
{
	return has(attr, 2) ? ntohs(mnl_attr_get_u16(attr)) : 0;
}

static uint64_t
get_u64(const struct nlattr *attr)
{
	return has(attr, 8) ? be64toh(mnl_attr_get_u64(attr)) : 0;
}

static bool
take_address(const struct nlattr *v4, const struct nlattr *v6,
    struct address *address)
{
	size_t bytes = has(v4, 4) ? 4 : has(v6, 16) ? 16 : 0;

	memset(address, 0, sizeof(*address));
	if (bytes == 0)
		return false;
	address->family = bytes == 4 ? 4 : 6;
	memcpy(address->bytes, mnl_attr_get_payload(bytes == 4 ? v4 : v6),
	    bytes);
	return true;
}

static bool
take_tuple(const struct nlattr *attr, struct packet_flow_key *key)
{
	const struct nlattr *tuple[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1];
	const struct nlattr *proto[CTA_PROTO_MAX + 1];

	memset(key, 0, sizeof(*key));
	open_attr(attr, tuple, CTA_TUPLE_MAX);
	open_attr(tuple[CTA_TUPLE_IP], ip, CTA_IP_MAX);
	open_attr(tuple[CTA_TUPLE_PROTO], proto, CTA_PROTO_MAX);
	if (!take_address(ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC], &key->src) ||
	    !take_address(ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST], &key->dst) ||
	    !has(proto[CTA_PROTO_NUM], 1))
		return false;
	key->protocol = get_u8(proto[CTA_PROTO_NUM]);
	switch (key->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		key->src_port = get_u16(proto[CTA_PROTO_SRC_PORT]);
		key->dst_port = get_u16(proto[CTA_PROTO_DST_PORT]);
		break;
	case IPPROTO_ICMP:
		key->src_port = get_u16(proto[CTA_PROTO_ICMP_ID]);
		key->dst_port = (uint16_t)(get_u8(proto[CTA_PROTO_ICMP_TYPE])
		    << 8 | get_u8(proto[CTA_PROTO_ICMP_CODE]));
		break;
	case IPPROTO_ICMPV6:
		key->src_port = get_u16(proto[CTA_PROTO_ICMPV6_ID]);
		key->dst_port = (uint16_t)(get_u8(
		    proto[CTA_PROTO_ICMPV6_TYPE]) << 8 |
		    get_u8(proto[CTA_PROTO_ICMPV6_CODE]));
		break;
	}
	return true;
}

static void
take_counters(const struct nlattr *attr, uint64_t *packets, uint64_t *bytes)
{
	const struct nlattr *counters[CTA_COUNTERS_MAX + 1];

	open_attr(attr, counters, CTA_COUNTERS_MAX);
	*packets = get_u64(counters[CTA_COUNTERS_PACKETS]);
	*bytes = get_u64(counters[CTA_COUNTERS_BYTES]);
}

static bool
take_entry(const struct nlmsghdr *message,
    struct packet_conntrack_entry *entry)
{
	const struct nlattr *table[CTA_MAX + 1] = { NULL };
	const struct nlattr *stamp[CTA_TIMESTAMP_MAX + 1];
	struct attrs attrs = { table, CTA_MAX };

	memset(entry, 0, sizeof(*entry));
	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg) ||
	    mnl_attr_parse(message, sizeof(struct nfgenmsg), keep_attr,
	    &attrs) < 0 || !packet_netlink_all_inside(message, table,
	    CTA_MAX + 1) || !take_tuple(table[CTA_TUPLE_ORIG], &entry->key))
		return false;
	if (has(table[CTA_MARK], 4))
		entry->mark = ntohl(mnl_attr_get_u32(table[CTA_MARK]));
	take_counters(table[CTA_COUNTERS_ORIG], &entry->packets[0],
	    &entry->bytes[0]);
	take_counters(table[CTA_COUNTERS_REPLY], &entry->packets[1],
	    &entry->bytes[1]);
	open_attr(table[CTA_TIMESTAMP], stamp, CTA_TIMESTAMP_MAX);
	entry->start_ns = get_u64(stamp[CTA_TIMESTAMP_START]);
	entry->stop_ns = get_u64(stamp[CTA_TIMESTAMP_STOP]);
	return true;
}

/* ---- open ---- */

static struct mnl_socket *
open_socket(unsigned groups)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_NETFILTER,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	int bytes = EVENT_SOCKET_BYTES;

	if (s == NULL)
		return NULL;
	if (mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID) == -1) {
		(void)mnl_socket_close(s);
		return NULL;
	}
	if (setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUFFORCE,
	    &bytes, sizeof(bytes)) == -1)
		(void)setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUF,
		    &bytes, sizeof(bytes));
	return s;
}

enum err
packet_conntrack_open(const struct packet_conntrack_handler *handler,
    struct packet_conntrack **conntrack, struct diag *diag)
{
	/* start-up: once in a process */
	struct packet_conntrack *c = calloc(1, sizeof(*c));

	*conntrack = NULL;
	if (c == NULL)
		return diag_system(diag, "memory for conntrack");
	c->handler = *handler;
	c->events = open_socket(NF_NETLINK_CONNTRACK_DESTROY);
	if (c->events != NULL)
		c->answers = open_socket(0);
	if (c->answers == NULL) {
		(void)diag_system(diag, "open a socket of conntrack");
		packet_conntrack_close(c);
		return ERR_SYSTEM;
	}
	*conntrack = c;
	return OK;
}

void
packet_conntrack_close(struct packet_conntrack *conntrack)
{
	if (conntrack == NULL)
		return;
	if (conntrack->events != NULL)
		(void)mnl_socket_close(conntrack->events);
	if (conntrack->answers != NULL)
		(void)mnl_socket_close(conntrack->answers);
	free(conntrack);
}

int
packet_conntrack_event_fd(const struct packet_conntrack *conntrack)
{
	return mnl_socket_get_fd(conntrack->events);
}

int
packet_conntrack_answer_fd(const struct packet_conntrack *conntrack)
{
	return mnl_socket_get_fd(conntrack->answers);
}

/* ---- what comes ---- */

static void
end_dump(struct packet_conntrack *c, bool whole)
{
	c->dump = 0;
	c->handler.end(c->handler.arg, whole);
}

static void
take_message(struct packet_conntrack *c, const struct nlmsghdr *message)
{
	struct packet_conntrack_entry entry;
	bool of_dump = c->dump != 0 && message->nlmsg_seq == c->dump;

	if (message->nlmsg_type == TYPE(IPCTNL_MSG_CT_DELETE)) {
		if (take_entry(message, &entry))
			c->handler.gone(c->handler.arg, &entry);
	} else if (message->nlmsg_type == TYPE(IPCTNL_MSG_CT_NEW)) {
		if (of_dump && take_entry(message, &entry))
			c->handler.entry(c->handler.arg, &entry);
	} else if (of_dump && (message->nlmsg_type == NLMSG_DONE ||
	    message->nlmsg_type == NLMSG_ERROR)) {
		end_dump(c, message->nlmsg_type == NLMSG_DONE);
	}
	/* else the answer to a deletion: it was gone already */
}

static enum err
receive_from(struct packet_conntrack *c, int fd, bool *lost, bool *more,
    struct diag *diag)
{
	const struct nlmsghdr *message;
	struct mmsghdr messages[BATCH];
	struct iovec iovs[BATCH];
	int n, left;

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < BATCH; i++) {
		iovs[i] = (struct iovec){ c->bytes[i], EVENT_BYTES };
		messages[i].msg_hdr.msg_iov = &iovs[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
	if (n == -1 && errno == ENOBUFS) {
		*lost = *more = true;
		return OK;
	}
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? OK :
		    diag_system(diag, "read from conntrack");
	for (int i = 0; i < n; i++) {
		message = (const void *)c->bytes[i];
		left = (int)messages[i].msg_len;
		for (; packet_netlink_ok(message, left);
		    message = mnl_nlmsg_next(message, &left))
			take_message(c, message);
	}
	*more |= n == BATCH;
	return OK;
}

enum err
packet_conntrack_receive(struct packet_conntrack *conntrack, bool *lost,
    bool *more, struct diag *diag)
{
	enum err err;

	*lost = *more = false;
	err = receive_from(conntrack, packet_conntrack_event_fd(conntrack),
	    lost, more, diag);
	if (err == OK)
		err = receive_from(conntrack,
		    packet_conntrack_answer_fd(conntrack), lost, more, diag);
	if (err == OK && *lost && conntrack->dump != 0)
		end_dump(conntrack, false);
	return err;
}

/* ---- what is asked ---- */

static struct nlmsghdr *
put_header(struct packet_conntrack *c, uint8_t *bytes, uint16_t type,
    uint16_t flags, uint8_t family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
	struct nfgenmsg *general;

	message->nlmsg_type = TYPE(type);
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	if (++c->sequence == 0)
		c->sequence = 1;
	message->nlmsg_seq = c->sequence;
	general = mnl_nlmsg_put_extra_header(message, sizeof(*general));
	general->nfgen_family = family;
	general->version = NFNETLINK_V0;
	return message;
}

static enum err
ask(struct packet_conntrack *c, const struct nlmsghdr *message,
    struct diag *diag)
{
	if (mnl_socket_sendto(c->answers, message, message->nlmsg_len) == -1)
		return diag_system(diag, "ask conntrack");
	return OK;
}

enum err
packet_conntrack_dump(struct packet_conntrack *conntrack, struct diag *diag)
{
	_Alignas(8) uint8_t bytes[256];
	struct nlmsghdr *message;

	require(conntrack->dump == 0);
	message = put_header(conntrack, bytes, IPCTNL_MSG_CT_GET, NLM_F_DUMP,
	    AF_UNSPEC);
	conntrack->dump = message->nlmsg_seq;
	if (ask(conntrack, message, diag) != OK) {
		conntrack->dump = 0;
		return ERR_SYSTEM;
	}
	return OK;
}

static void
put_tuple(struct nlmsghdr *message, const struct packet_flow_key *key)
{
	bool six = key->src.family == 6;
	size_t bytes = six ? 16 : 4;
	struct nlattr *tuple, *part;

	tuple = mnl_attr_nest_start(message, CTA_TUPLE_ORIG);
	part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	mnl_attr_put(message, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, bytes,
	    key->src.bytes);
	mnl_attr_put(message, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, bytes,
	    key->dst.bytes);
	mnl_attr_nest_end(message, part);
	part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, key->protocol);
	if (key->protocol == IPPROTO_TCP || key->protocol == IPPROTO_UDP) {
		mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT,
		    htons(key->src_port));
		mnl_attr_put_u16(message, CTA_PROTO_DST_PORT,
		    htons(key->dst_port));
	} else if (key->protocol == IPPROTO_ICMP ||
	    key->protocol == IPPROTO_ICMPV6) {
		mnl_attr_put_u16(message, six ? CTA_PROTO_ICMPV6_ID :
		    CTA_PROTO_ICMP_ID, htons(key->src_port));
		mnl_attr_put_u8(message, six ? CTA_PROTO_ICMPV6_TYPE :
		    CTA_PROTO_ICMP_TYPE, (uint8_t)(key->dst_port >> 8));
		mnl_attr_put_u8(message, six ? CTA_PROTO_ICMPV6_CODE :
		    CTA_PROTO_ICMP_CODE, (uint8_t)key->dst_port);
	}
	mnl_attr_nest_end(message, part);
	mnl_attr_nest_end(message, tuple);
}

enum err
packet_conntrack_delete(struct packet_conntrack *conntrack,
    const struct packet_flow_key *key, struct diag *diag)
{
	_Alignas(8) uint8_t bytes[512];
	struct nlmsghdr *message;

	message = put_header(conntrack, bytes, IPCTNL_MSG_CT_DELETE, 0,
	    key->src.family == 6 ? AF_INET6 : AF_INET);
	put_tuple(message, key);
	return ask(conntrack, message, diag);
}
