/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel does of its own accord beside the table: it must not take
 * routes from the wire, not answer for addresses of another segment, not take
 * half a connection for a whole one. Forwarding is switched on last, when
 * there is a table that filters it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sekishod_table_internal.h"

#define NAME_BYTES	128
#define VALUE_BYTES	32
#define COUNT_OF(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	ADVICE = 1,	/* WRONG is not bad */
	MUST_EXIST = 2	/* MISSING is bad */
};

struct want {
	const char	*name;
	const char	*value;
	unsigned	 flags;
};

/* net/ipv4/conf, net/ipv6/conf: all, default, and each interface */
static const struct want each4[] = {
	{ "rp_filter", "1", MUST_EXIST },
	{ "accept_source_route", "0", MUST_EXIST },
	{ "accept_redirects", "0", MUST_EXIST },
	{ "secure_redirects", "0", 0 },
	{ "send_redirects", "0", MUST_EXIST },
	{ "accept_local", "0", 0 },
	{ "route_localnet", "0", 0 },
	{ "proxy_arp", "0", 0 },
	/* a segment does not learn the addresses of another by ARP */
	{ "arp_ignore", "1", 0 },
	{ "arp_announce", "2", 0 },
};
static const struct want each6[] = {
	{ "accept_source_route", "-1", 0 },
	{ "accept_redirects", "0", 0 },
	{ "accept_ra", "0", 0 },
	{ "proxy_ndp", "0", 0 },
};
static const struct want once[] = {
	{ "net/ipv4/icmp_echo_ignore_broadcasts", "1", 0 },
	{ "net/ipv4/icmp_ignore_bogus_error_responses", "1", 0 },
	{ "net/netfilter/nf_conntrack_tcp_loose", "0", MUST_EXIST },
	{ "net/netfilter/nf_conntrack_tcp_be_liberal", "0", MUST_EXIST },
	{ "net/netfilter/nf_conntrack_checksum", "1", 0 },
	{ "net/netfilter/nf_conntrack_acct", "1", 0 },
	/* gone in Linux 6.1, where no helper comes by itself any more */
	{ "net/netfilter/nf_conntrack_helper", "0", 0 },
	/* flow records have times */
	{ "net/netfilter/nf_conntrack_timestamp", "1", 0 },
	/* a closed connection keeps a place of `limit` only so long */
	{ "net/netfilter/nf_conntrack_tcp_timeout_time_wait", "10", ADVICE },
	{ "net/netfilter/nf_conntrack_tcp_timeout_close", "2", ADVICE },
	{ "net/netfilter/nf_conntrack_tcp_timeout_fin_wait", "30", ADVICE },
	{ "net/netfilter/nf_conntrack_tcp_timeout_last_ack", "10", ADVICE },
	{ "net/netfilter/nf_conntrack_udp_timeout", "30", ADVICE },
	{ "net/netfilter/nf_conntrack_udp_timeout_stream", "120", ADVICE },
};
/* They change the others: see the kernel's ip-sysctl. So they come twice. */
static const struct want forwarding[] = {
	{ "net/ipv4/ip_forward", "1", MUST_EXIST },
	{ "net/ipv6/conf/all/forwarding", "1", 0 },
};

struct run {
	bool		 set;
	bool		 quiet;		/* no report */
	bool		 bad;
	table_tunable_fn *fn;
	void		*arg;
};

/* 0, or an errno. Without the newline at the end. */
static int
value_read(const char *name, char value[VALUE_BYTES])
{
	char path[NAME_BYTES + 16];
	ssize_t n;
	int fd, errnum;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return errno;
	n = read(fd, value, VALUE_BYTES - 1);
	errnum = n == -1 ? errno : 0;
	close(fd);
	value[n > 0 ? n : 0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return errnum;
}

static int
value_write(const char *name, const char *value)
{
	char path[NAME_BYTES + 16];
	size_t len = strlen(value);
	int fd, errnum = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return errno;
	n = write(fd, value, len);
	if (n != (ssize_t)len)
		errnum = n == -1 ? errno : EIO;
	close(fd);
	return errnum;
}

static void
tune(struct run *run, const char *name, const struct want *want)
{
	char was[VALUE_BYTES] = "", is[VALUE_BYTES] = "";
	struct table_tunable line = { name, want->value, was, is,
	    TUNABLE_WAS, false, 0 };

	line.errnum = value_read(name, was);
	memcpy(is, was, sizeof(is));
	if (line.errnum == ENOENT) {
		line.result = TUNABLE_MISSING;
		line.bad = (want->flags & MUST_EXIST) != 0;
	} else if (line.errnum != 0 || strcmp(was, want->value) != 0) {
		line.result = TUNABLE_WRONG;
		if (run->set && line.errnum == 0)
			line.errnum = value_write(name, want->value);
		/* it counts what the kernel says, not that it took the value */
		if (line.errnum == 0 && value_read(name, is) == 0 &&
		    strcmp(is, want->value) == 0)
			line.result = TUNABLE_SET;
		line.bad = line.result == TUNABLE_WRONG &&
		    (want->flags & ADVICE) == 0;
	}
	run->bad = run->bad || line.bad;
	if (!run->quiet || line.result != TUNABLE_WAS)
		run->fn(run->arg, &line);
}

/*
 * An interface that is not there yet is no trouble: when it comes it has the
 * values of `default`.
 */
static void
tune_conf(struct run *run, const char *family, const char *interface,
    bool can_miss, const struct want *wants, size_t n)
{
	char name[NAME_BYTES];

	for (size_t i = 0; i < n; i++) {
		struct want want = wants[i];

		if (can_miss)
			want.flags &= ~(unsigned)MUST_EXIST;
		snprintf(name, sizeof(name), "net/%s/conf/%s/%s", family,
		    interface, want.name);
		tune(run, name, &want);
	}
}

static void
tune_all(struct run *run, const struct table_facts *facts)
{
	for (size_t i = 0; i < COUNT_OF(once); i++)
		tune(run, once[i].name, &once[i]);
	for (uint32_t i = 0; i < facts->segments_n + 2; i++) {
		const char *interface = i == 0 ? "all" : i == 1 ? "default" :
		    facts->segments[i - 2].interface_name;

		tune_conf(run, "ipv4", interface, i >= 2, each4,
		    COUNT_OF(each4));
		tune_conf(run, "ipv6", interface, i >= 2, each6,
		    COUNT_OF(each6));
	}
}

enum err
table_tunables(const struct table_facts *facts, uint32_t conntrack_max,
    bool set, table_tunable_fn *fn, void *arg, struct diag *diag)
{
	struct run run = { set, false, false, fn, arg };
	char entries[VALUE_BYTES];
	enum err err = table_there(diag);

	if (err != OK)
		return err;
	/* other namespaces than the first one cannot set it */
	snprintf(entries, sizeof(entries), "%u", conntrack_max);
	if (conntrack_max > 0)
		tune(&run, "net/netfilter/nf_conntrack_max",
		    &(struct want){ NULL, entries, ADVICE });
	tune_all(&run, facts);
	if (run.bad && set)
		return diag_set(diag, ERR_SYSTEM,
		    "a tunable of the kernel cannot be set");
	for (size_t i = 0; i < COUNT_OF(forwarding); i++)
		tune(&run, forwarding[i].name, &forwarding[i]);
	run.quiet = true;
	tune_all(&run, facts);
	if (run.bad)
		return diag_set(diag, ERR_SYSTEM,
		    "a tunable of the kernel is not as it should be");
	return OK;
}

enum err
table_forwarding_stop(bool fast, struct diag *diag)
{
	enum err err = OK;
	int errnum;

	for (size_t i = 0; i < COUNT_OF(forwarding); i++) {
		errnum = value_write(forwarding[i].name, "0");
		if (errnum == 0 || (errnum == ENOENT &&
		    (forwarding[i].flags & MUST_EXIST) == 0))
			continue;
		err = diag_set(diag, ERR_SYSTEM, "cannot set %s to 0: %s",
		    forwarding[i].name, strerror(errnum));
	}
	if (fast && err == OK)
		err = table_flows_forget(diag);
	return err;
}
