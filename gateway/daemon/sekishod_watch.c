/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's table, watched. Whoever else writes to nftables (another
 * program, a person in a hurry) is heard of by the kernel's notifications; if
 * it was our table, it is put back at once: without it the kernel would let
 * everything through.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "sekishod_internal.h"
#include "sekishod_table.h"

#define WATCH_MS	10000	/* should a notification be lost */
#define GROUP		(1u << (NFNLGRP_NFTABLES - 1))

static struct mnl_socket *notices;

static void
look(struct gateway *gateway)
{
	enum packet_table now = TABLE_SAME;

	if (gateway->stopping > 0)
		return;
	now = packet_table_state(gateway);
	if (now == TABLE_GONE || now == TABLE_CHANGED) {
		log_alarm("somebody has %s the kernel's table: it is written "
		    "again", now == TABLE_GONE ? "taken away" :
		    "changed");
		packet_restore(gateway);
	}
	if (loop_timer_set(gateway->loop, &gateway->watch,
	    clock_monotonic_ms() + WATCH_MS) != OK)
		log_alarm("no timer to watch the kernel's table");
}

static void
on_timer(struct loop_timer *timer)
{
	look((struct gateway *)((char *)timer - offsetof(struct gateway,
	    watch)));
}

/* What it says does not matter: many for one change, ours among them. */
static void
on_notice(struct loop_watch *watch, uint32_t events)
{
	struct gateway *gateway = (struct gateway *)((char *)watch -
	    offsetof(struct gateway, notices));
	uint8_t bytes[8192];
	ssize_t n;

	(void)events;
	do
		n = recv(watch->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (n > 0 || (n == -1 && (errno == EINTR || errno == ENOBUFS)));
	look(gateway);
}

void
watch_start(struct gateway *gateway)
{
	gateway->watch.fire = on_timer;
	gateway->notices.ready = on_notice;
	notices = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC |
	    SOCK_NONBLOCK);
	if (notices == NULL || mnl_socket_bind(notices, GROUP,
	    MNL_SOCKET_AUTOPID) == -1)
		die(EXIT_SYSTEM, "cannot watch the kernel's table: %s",
		    strerror(errno));
	gateway->notices.fd = mnl_socket_get_fd(notices);
	if (loop_watch_add(gateway->loop, &gateway->notices, EPOLLIN) != OK)
		die(EXIT_SYSTEM, "cannot watch the kernel's table");
	look(gateway);
}
