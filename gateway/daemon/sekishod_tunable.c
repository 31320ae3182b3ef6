/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings of the kernel that a gateway needs. They are looked at, set where
 * they differ, and looked at again; whoever started us hears of each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekishod_table.h"

struct setting {
	const char	*name;
	long		 wanted;
	bool		 optional;	/* not there: never mind */
};

static const struct setting settings[] = {
	/* the table judges sources; two answers to one question are none */
	{ "net/ipv4/conf/all/rp_filter", 0, false },
	{ "net/ipv4/conf/default/rp_filter", 0, false },
	{ "net/ipv4/conf/all/accept_source_route", 0, false },
	{ "net/ipv4/conf/all/accept_redirects", 0, false },
	{ "net/ipv4/conf/all/secure_redirects", 0, false },
	{ "net/ipv4/conf/all/send_redirects", 0, false },
	{ "net/ipv4/conf/default/send_redirects", 0, false },
	{ "net/ipv4/icmp_echo_ignore_broadcasts", 1, false },
	{ "net/ipv6/conf/all/accept_source_route", -1, true },
	{ "net/ipv6/conf/all/accept_redirects", 0, true },
	{ "net/ipv6/conf/all/accept_ra", 0, true },
	{ "net/ipv6/conf/default/accept_ra", 0, true },
	/* an ACK out of nowhere begins no flow */
	{ "net/netfilter/nf_conntrack_tcp_loose", 0, false },
	{ "net/netfilter/nf_conntrack_tcp_be_liberal", 0, false },
	/* flow records have bytes and times */
	{ "net/netfilter/nf_conntrack_acct", 1, true },
	{ "net/netfilter/nf_conntrack_timestamp", 1, true },
	/* a closed connection counts as a flow no longer than it must */
	{ "net/netfilter/nf_conntrack_tcp_timeout_time_wait", 10, false },
	{ "net/netfilter/nf_conntrack_tcp_timeout_close", 2, false },
	{ "net/netfilter/nf_conntrack_tcp_timeout_fin_wait", 30, false },
	/* no protocol opens ports for another one */
	{ "net/netfilter/nf_conntrack_helper", 0, true },
};

static const struct setting forwarding[] = {
	{ "net/ipv4/ip_forward", 1, false },
	{ "net/ipv6/conf/all/forwarding", 1, true },
};

/* False: not there, or no number. */
static bool
read_setting(const char *name, long *value)
{
	char path[128], text[32], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*value = strtol(text, &end, 10);
	return end != text;
}

static void
write_setting(const char *name, long value)
{
	char path[128], text[32];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	n = snprintf(text, sizeof(text), "%ld\n", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	/* whether it took is found by reading */
	if (write(fd, text, (size_t)n) == -1)
		errno = 0;
	close(fd);
}

static bool
set_all(const struct setting *all, size_t n, table_tunable_fn *tell,
    void *arg)
{
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		struct table_tunable t = { all[i].name, all[i].wanted, -1,
			-1 };
		bool there = read_setting(t.name, &t.was);

		if (there && t.was == t.wanted)
			continue;
		if (there) {
			write_setting(t.name, t.wanted);
			there = read_setting(t.name, &t.is);
		}
		if (!there && all[i].optional)
			continue;
		if (!there || t.is != t.wanted)
			good = false;
		tell(arg, &t);
	}
	return good;
}

bool
table_tunables(table_tunable_fn *tell, void *arg)
{
	return set_all(settings, sizeof(settings) / sizeof(settings[0]), tell,
	    arg);
}

bool
table_forwarding(table_tunable_fn *tell, void *arg)
{
	return set_all(forwarding, sizeof(forwarding) / sizeof(forwarding[0]),
	    tell, arg);
}
