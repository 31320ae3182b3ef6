/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces come with a number in each packet, and by a name in the rules.
 * The kernel tells the names, and of each change (rtnetlink): a card may be
 * taken out and come back with another number.
 */
#include <errno.h>
#include <net/if.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "../base/log.h"
#include "../packet/packet_netlink.h"
#include "packet_internal.h"

#define LINK_BYTES	(32 * 1024)

/* All that the kernel has; links[] are those of them that a segment names. */
static struct known {
	uint32_t	index;
	char		name[IF_NAMESIZE];
} known[PACKET_LINKS_MAX];
static unsigned known_n;

uint32_t
packet_link_segment(uint32_t index)
{
	for (unsigned i = 0; i < gate.links_n; i++)
		if (gate.links[i].index == index)
			return gate.links[i].segment;
	return RULES_NONE;
}

static void
add(uint32_t index, uint32_t segment)
{
	gate.links[gate.links_n++] = (struct packet_interface){ index,
		segment };
}

void
packet_link_rules(void)
{
	struct rules_segment segment;

	gate.links_n = 0;
	if (gate.image == NULL)
		return;
	for (unsigned i = 0; i < known_n; i++)
		for (uint32_t k = 0; k < rules_segments(gate.image); k++) {
			rules_segment(gate.image, k, &segment);
			if (gate.links_n < PACKET_LINKS_MAX &&
			    span_equal(segment.interface_name,
			    span_str(known[i].name)))
				add(known[i].index, k);
		}
}

static void
forget(uint32_t index)
{
	for (unsigned i = 0; i < known_n; i++)
		if (known[i].index == index)
			known[i--] = known[--known_n];
}

static int
keep_name(const struct nlattr *attr, void *arg)
{
	const char **name = arg;

	if (mnl_attr_get_type(attr) == IFLA_IFNAME &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
		*name = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static void
take_link(const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const char *name = NULL;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*info))
		return;
	forget((uint32_t)info->ifi_index);
	if (message->nlmsg_type != RTM_NEWLINK)
		return;
	(void)mnl_attr_parse(message, sizeof(*info), keep_name, &name);
	if (name == NULL || strlen(name) >= IF_NAMESIZE)
		return;
	if (known_n == PACKET_LINKS_MAX) {
		log_alarm("more than %d interfaces: nothing passes through "
		    "%s", PACKET_LINKS_MAX, name);
		return;
	}
	known[known_n].index = (uint32_t)info->ifi_index;
	memcpy(known[known_n++].name, name, strlen(name) + 1);
}

static void
ask_for_all(void)
{
	_Alignas(8) uint8_t bytes[128];
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
	struct ifinfomsg *info;

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	if (send(gate.link_socket, message, message->nlmsg_len, 0) == -1)
		die(4, "ask for the interfaces: %s", strerror(errno));
}

static void
on_ready(struct loop_watch *watch, uint32_t events)
{
	static _Alignas(8) uint8_t bytes[LINK_BYTES];
	const struct nlmsghdr *message;
	ssize_t n;
	int left;

	(void)events;
	while ((n = recv(watch->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0 ||
	    (n == -1 && errno == ENOBUFS)) {
		if (n == -1) {		/* some were lost: all anew */
			ask_for_all();
			continue;
		}
		message = (const void *)bytes;
		left = (int)n;
		for (; packet_netlink_ok(message, left);
		    message = mnl_nlmsg_next(message, &left))
			if (message->nlmsg_type == RTM_NEWLINK ||
			    message->nlmsg_type == RTM_DELLINK)
				take_link(message);
	}
	packet_link_rules();
}

/* Before the sandbox. */
void
packet_link_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK };

	gate.link_socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, NETLINK_ROUTE);
	if (gate.link_socket == -1 || bind(gate.link_socket,
	    (const struct sockaddr *)&address, sizeof(address)) == -1)
		die(4, "open a socket for interfaces: %s", strerror(errno));
}

void
packet_link_start(void)
{
	gate.link_watch.fd = gate.link_socket;
	gate.link_watch.ready = on_ready;
	if (loop_watch_add(gate.loop, &gate.link_watch, EPOLLIN) != OK)
		die(4, "cannot watch the interfaces");
	ask_for_all();
}
