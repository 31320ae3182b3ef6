/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nfnetlink_log by libmnl, as packet_conntrack.c: six attributes are all that
 * is asked of it. The kernel gathers messages and numbers them, so that what
 * had no room in the socket is known exactly, once the next one comes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "packet_log.h"
#include "packet_netlink.h"

#define TYPE(what)	(NFNL_SUBSYS_ULOG << 8 | (what))
#define PREFIX_BYTES_MAX	128	/* NF_LOG_PREFIXLEN */
#define ANSWER_MS	2000
#define ANSWERS_MAX	64
/* more than all that the limits of a table let through in a second */
#define GAP_MAX		1000000u

struct packet_log {
	struct mnl_socket	*socket;
	struct packet_log_handler handler;
	uint32_t		 next;		/* number, from 0 */
	uint64_t		 lost;		/* not told yet */
	uint64_t		 told;		/* for a gap that will show */
	_Alignas(8) uint8_t	 bytes[LOG_BATCH][LOG_DATAGRAM_BYTES];
};

/* ---- open ---- */

static struct nlmsghdr *
put_header(uint8_t *bytes)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
	struct nfgenmsg *general;

	message->nlmsg_type = TYPE(NFULNL_MSG_CONFIG);
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	general = mnl_nlmsg_put_extra_header(message, sizeof(*general));
	general->nfgen_family = AF_UNSPEC;
	general->version = NFNETLINK_V0;
	general->res_id = htons(LOG_GROUP);
	return message;
}

static enum err
command(struct packet_log *log, const struct nlmsghdr *message,
    struct diag *diag)
{
	int rc = MNL_CB_OK;
	ssize_t n;

	if (mnl_socket_sendto(log->socket, message, message->nlmsg_len) == -1)
		return diag_system(diag, "configure the log");
	/* packets may be before the answer: nobody is there for them yet */
	for (unsigned i = 0; i < ANSWERS_MAX && rc > MNL_CB_STOP; i++) {
		n = mnl_socket_recvfrom(log->socket, log->bytes[0],
		    sizeof(log->bytes[0]));
		if (n == -1)
			return diag_system(diag, "configure the log");
		rc = mnl_cb_run(log->bytes[0], (size_t)n, 0, 0, NULL, NULL);
	}
	if (rc != MNL_CB_STOP)
		return diag_system(diag, "configure the log");
	return OK;
}

static enum err
bind_group(struct packet_log *log, struct diag *diag)
{
	const struct nfulnl_msg_config_cmd cmd = { NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { htonl(LOG_COPY_BYTES),
		NFULNL_COPY_PACKET, 0 };
	_Alignas(8) uint8_t bytes[256];
	struct nlmsghdr *message = put_header(bytes);

	mnl_attr_put(message, NFULA_CFG_CMD, sizeof(cmd), &cmd);
	mnl_attr_put_u32(message, NFULA_CFG_NLBUFSIZ,
	    htonl(LOG_DATAGRAM_BYTES));
	mnl_attr_put_u32(message, NFULA_CFG_TIMEOUT, htonl(LOG_GATHER_CS));
	mnl_attr_put_u32(message, NFULA_CFG_QTHRESH, htonl(LOG_GATHER));
	mnl_attr_put_u16(message, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	mnl_attr_put(message, NFULA_CFG_MODE, sizeof(mode), &mode);
	return command(log, message, diag);
}

static enum err
set_socket(struct packet_log *log, struct diag *diag)
{
	const struct timeval patience = { ANSWER_MS / 1000, 0 };
	int fd = mnl_socket_get_fd(log->socket), bytes = LOG_SOCKET_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience)) == -1 ||
	    (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes)) == -1 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF,
	    &bytes, sizeof(bytes)) == -1))
		return diag_system(diag, "set up the log's socket");
	return OK;
}

enum err
packet_log_open(const struct packet_log_handler *handler,
    struct packet_log **log, struct diag *diag)
{
	/* start-up: once in a process */
	struct packet_log *l = calloc(1, sizeof(*l));
	enum err err;

	*log = NULL;
	if (l == NULL)
		return diag_system(diag, "memory for the log");
	l->handler = *handler;
	l->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (l->socket == NULL ||
	    mnl_socket_bind(l->socket, 0, MNL_SOCKET_AUTOPID) == -1)
		err = diag_system(diag, "open a socket of the log");
	else
		err = set_socket(l, diag);
	if (err == OK)
		err = bind_group(l, diag);
	if (err != OK) {
		packet_log_close(l);
		return err;
	}
	*log = l;
	return OK;
}

void
packet_log_close(struct packet_log *log)
{
	if (log == NULL)
		return;
	if (log->socket != NULL)
		(void)mnl_socket_close(log->socket);
	free(log);
}

int
packet_log_fd(const struct packet_log *log)
{
	return mnl_socket_get_fd(log->socket);
}

/* ---- what comes ---- */

static int
keep_attr(const struct nlattr *attr, void *arg)
{
	const struct nlattr **attrs = arg;

	if (mnl_attr_get_type(attr) <= NFULA_MAX)
		attrs[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static uint32_t
get_u32(const struct nlattr *attr)
{
	return attr != NULL && mnl_attr_get_payload_len(attr) == 4 ?
	    ntohl(mnl_attr_get_u32(attr)) : 0;
}

static struct span
get_bytes(const struct nlattr *attr)
{
	return attr == NULL ? (struct span){ NULL, 0 } : (struct span){
	    mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr) };
}

/* What was cut off the log does not say: the packet itself does. */
static uint32_t
length_of(struct span bytes)
{
	const uint8_t *p = bytes.ptr;
	uint32_t len = 0;

	if (bytes.len < LOG_COPY_BYTES)
		return (uint32_t)bytes.len;
	if (p[0] >> 4 == 4)
		len = (uint32_t)(p[2] << 8 | p[3]);
	else if (p[0] >> 4 == 6)
		len = 40 + (uint32_t)(p[4] << 8 | p[5]);
	return len > bytes.len ? len : (uint32_t)bytes.len;
}

/* Those between the last one and this had no room. */
static void
count_gap(struct packet_log *log, const struct nlattr *attr)
{
	uint32_t number, gap;
	uint64_t told = log->told;

	if (attr == NULL || mnl_attr_get_payload_len(attr) != 4)
		return;
	number = get_u32(attr);
	gap = number - log->next;
	log->next = number + 1;
	log->told = 0;
	if (gap < GAP_MAX && gap > told)
		log->lost += gap - told;
}

/* False: not one that our table logs. */
static bool
take_packet(struct packet_log *log, const struct nlmsghdr *message,
    struct packet_log_packet *packet)
{
	const struct nlattr *attrs[NFULA_MAX + 1] = { NULL };
	struct span prefix;

	memset(packet, 0, sizeof(*packet));
	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg) ||
	    mnl_attr_parse(message, sizeof(struct nfgenmsg), keep_attr,
	    attrs) < 0 || !packet_netlink_all_inside(message, attrs,
	    NFULA_MAX + 1))
		return false;
	count_gap(log, attrs[NFULA_SEQ]);
	prefix = get_bytes(attrs[NFULA_PREFIX]);
	if (prefix.len < 1 || prefix.len > PREFIX_BYTES_MAX ||
	    prefix.ptr[prefix.len - 1] != '\0')
		return false;
	packet->why = drop_of_prefix(span_sub(prefix, 0, prefix.len - 1));
	packet->in = get_u32(attrs[NFULA_IFINDEX_INDEV]);
	packet->out = get_u32(attrs[NFULA_IFINDEX_OUTDEV]);
	if (attrs[NFULA_PAYLOAD] == NULL)
		return false;
	packet->bytes = get_bytes(attrs[NFULA_PAYLOAD]);
	packet->len = length_of(packet->bytes);
	return packet->why != DROP_N && packet->bytes.len > 0;
}

static void
take_datagram(struct packet_log *log, const uint8_t *bytes, size_t len)
{
	const struct nlmsghdr *message = (const void *)bytes;
	struct packet_log_packet packet;
	int left = (int)len;

	/* libmnl reads attributes up to the aligned end */
	for (; packet_netlink_ok(message, left) &&
	    ((message->nlmsg_len + 3u) & ~3u) <= (uint32_t)left;
	    message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_type != TYPE(NFULNL_MSG_PACKET))
			continue;	/* the end of a portion */
		if (take_packet(log, message, &packet))
			log->handler.packet(log->handler.arg, &packet);
		else
			log->lost++;
	}
}

enum err
packet_log_receive(struct packet_log *log, uint64_t *lost, struct diag *diag)
{
	struct mmsghdr messages[LOG_BATCH];
	struct iovec iovs[LOG_BATCH];
	int n;

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < LOG_BATCH; i++) {
		iovs[i] = (struct iovec){ log->bytes[i], LOG_DATAGRAM_BYTES };
		messages[i].msg_hdr.msg_iov = &iovs[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(packet_log_fd(log), messages, LOG_BATCH, MSG_DONTWAIT,
	    NULL);
	if (n == -1 && errno == ENOBUFS) {
		/* how many, the number of the next one says */
		log->lost++;
		log->told++;
	} else if (n == -1 && errno != EAGAIN && errno != EINTR) {
		return diag_system(diag, "read from the log");
	}
	for (int i = 0; i < n; i++)
		take_datagram(log, log->bytes[i], messages[i].msg_len);
	*lost = log->lost;
	log->lost = 0;
	return OK;
}
