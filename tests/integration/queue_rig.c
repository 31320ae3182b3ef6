/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays sekisho-packet: queue_rig FIRST N ANSWERS LOG. Each packet is a line
 * of the log: "QUEUE MARK PROTOCOL SOURCE DESTINATION", and is answered by
 * what the file ANSWERS has at that moment: "drop", "accept" (no mark), or a
 * mark to accept it with.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>

#define BYTES	65536

static const char *answers;
static FILE *log_file;
static struct mnl_socket *netlink;

static void
send_message(struct nlmsghdr *message)
{
	if (mnl_socket_sendto(netlink, message, message->nlmsg_len) == -1)
		err(4, "netlink");
}

static void
answer(uint16_t queue, uint32_t id)
{
	char bytes[1024], line[64] = "drop";
	struct nlmsghdr *message = nfq_nlmsg_put(bytes, NFQNL_MSG_VERDICT,
	    queue);
	FILE *file = fopen(answers, "r");

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		strcpy(line, "drop");
	if (file != NULL)
		fclose(file);
	nfq_nlmsg_verdict_put(message, (int)id,
	    strncmp(line, "drop", 4) == 0 ? NF_DROP : NF_ACCEPT);
	if (strncmp(line, "0x", 2) == 0)
		nfq_nlmsg_verdict_put_mark(message,
		    (uint32_t)strtoul(line, NULL, 16));
	send_message(message);
}

static int
on_packet(const struct nlmsghdr *message, void *arg)
{
	struct nlattr *attr[NFQA_MAX + 1] = { NULL };
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	const struct nfqnl_msg_packet_hdr *header;
	const struct nfgenmsg *generic = mnl_nlmsg_get_payload(message);
	uint16_t queue = ntohs(generic->res_id);
	const uint8_t *ip;
	bool v4;

	(void)arg;
	if (nfq_nlmsg_parse(message, attr) < 0)
		errx(4, "parse");
	header = mnl_attr_get_payload(attr[NFQA_PACKET_HDR]);
	ip = mnl_attr_get_payload(attr[NFQA_PAYLOAD]);
	v4 = ip[0] >> 4 == 4;
	inet_ntop(v4 ? AF_INET : AF_INET6, ip + (v4 ? 12 : 8), src,
	    sizeof(src));
	inet_ntop(v4 ? AF_INET : AF_INET6, ip + (v4 ? 16 : 24), dst,
	    sizeof(dst));
	fprintf(log_file, "%u 0x%08x %u %s %s\n", queue,
	    attr[NFQA_MARK] == NULL ? 0 :
	    ntohl(mnl_attr_get_u32(attr[NFQA_MARK])), v4 ? ip[9] : ip[6],
	    src, dst);
	fflush(log_file);
	answer(queue, ntohl(header->packet_id));
	return MNL_CB_OK;
}

int
main(int argc, char **argv)
{
	static char bytes[BYTES + 4096];
	uint16_t first, n;
	ssize_t len;

	if (argc != 5)
		errx(2, "queue_rig FIRST N ANSWERS LOG");
	first = (uint16_t)atoi(argv[1]);
	n = (uint16_t)atoi(argv[2]);
	answers = argv[3];
	log_file = fopen(argv[4], "w");
	netlink = mnl_socket_open(NETLINK_NETFILTER);
	if (log_file == NULL || netlink == NULL ||
	    mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) == -1)
		err(4, "start");
	for (uint16_t q = first; q < first + n; q++) {
		struct nlmsghdr *message = nfq_nlmsg_put(bytes,
		    NFQNL_MSG_CONFIG, q);

		nfq_nlmsg_cfg_put_cmd(message, AF_INET, NFQNL_CFG_CMD_BIND);
		send_message(message);
		message = nfq_nlmsg_put(bytes, NFQNL_MSG_CONFIG, q);
		nfq_nlmsg_cfg_put_params(message, NFQNL_COPY_PACKET, 128);
		send_message(message);
	}
	for (;;) {
		len = mnl_socket_recvfrom(netlink, bytes, sizeof(bytes));
		if (len == -1)
			err(4, "receive");
		if (mnl_cb_run(bytes, (size_t)len, 0,
		    mnl_socket_get_portid(netlink), on_packet, NULL) == -1)
			err(4, "run");
	}
}
