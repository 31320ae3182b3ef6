/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All that is known of the gateway, as numbers at one moment, for
 * sekisho-snmp and `sekisho metrics`. Nobody else is asked: counters are in
 * pages, processes and rules are ours, packets of segment pairs and queues
 * the kernel's. So the numbers are there when other processes are not. Those
 * of mail are in sekishod_snapshot_mail.c, those of packets in _packet.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../proc/sealed.h"
#include "../snmp/snapshot.h"
#include "sekishod_internal.h"
#include "sekishod_table.h"

#define TRUE_FALSE(x)	((x) ? 1 : 2)	/* TruthValue */
#define MEBIBYTE	(1024u * 1024)
#define AGENTX_WAIT_S	2		/* for snmpd to take what we say */

static uint64_t
counter(const struct gateway *gateway, enum counter which)
{
	return control_counter(gateway, which);
}

static uint64_t
seconds_since(uint64_t then_ms, uint64_t now_ms)
{
	return now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;
}

/* ---- the gateway ---- */

static uint64_t
state_number(const struct gateway *g, unsigned down)
{
	return g->stopping > 0 ? 4 : down == 0 ? 1 : g->was_ready ? 3 : 2;
}

static void
put_gateway(const struct gateway *g, struct snapshot_writer *w, uint64_t now)
{
	unsigned down = 0;

	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		down += g->processes[i].used &&
		    g->processes[i].state != PROCESS_READY ? 1 : 0;
	snapshot_table(w, MIB_GATEWAY);
	snapshot_text(w, rules_gateway_name(g->config.image));
	snapshot_number(w, state_number(g, down));
	snapshot_number(w, g->started_ms);
	snapshot_number(w, seconds_since(g->started_ms, now));
	snapshot_number(w, g->config.generation);
	snapshot_number(w, g->config.loaded_ms);
	snapshot_number(w, TRUE_FALSE(g->reload_error.len > 0));
	snapshot_number(w, rules_flows(g->config.image));
	snapshot_number(w, counter(g, COUNTER_UNSANITIZED_DELIVERED));
	snapshot_number(w, down);
	snapshot_number(w, TRUE_FALSE(!g->mail_only));
	snapshot_number(w, g->cuts.n);
}

static void
put_processes(const struct gateway *g, struct snapshot_writer *w)
{
	uint64_t now = clock_monotonic_ms();
	char name[128];

	_Static_assert(PROCESSES_MAX <= MIB_PROCESSES_MAX, "all fit");
	snapshot_table(w, MIB_PROCESSES);
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		const struct process *process = &g->processes[i];
		bool alive = process->pid > 0;

		if (!process->used)
			continue;
		process_name(process, name, sizeof(name));
		snapshot_number(w, i + 1);
		snapshot_text(w, span_str(name));
		snapshot_number(w, (uint64_t)process->state + 1);
		snapshot_number(w, alive ? (uint64_t)process->pid : 0);
		snapshot_number(w, process->restarts);
		snapshot_number(w, alive ? seconds_since(process->started_ms,
		    now) : 0);
	}
}

/* ---- the machine ---- */

static void
put_disks(const struct gateway *g, struct snapshot_writer *w)
{
	struct statvfs disk;
	uint64_t all, used;

	snapshot_table(w, MIB_DISKS);
	if (fstatvfs(g->state_dir, &disk) == -1)
		return;
	used = disk.f_blocks - disk.f_bfree;
	all = used + disk.f_bavail;	/* without what is root's alone */
	snapshot_number(w, 1);
	snapshot_text(w, span_str(g->state_path));
	snapshot_number(w, disk.f_blocks * disk.f_frsize / MEBIBYTE);
	snapshot_number(w, disk.f_bavail * disk.f_frsize / MEBIBYTE);
	snapshot_number(w, all == 0 ? 100 : used * 100 / all);
	snapshot_number(w, disk.f_favail);
}

static void
put_agent(const struct gateway *g, struct snapshot_writer *w, uint64_t now)
{
	snapshot_table(w, MIB_AGENT);
	snapshot_number(w, counter(g, COUNTER_SNMP_REQUESTS));
	snapshot_number(w, counter(g, COUNTER_SNMP_TRAPS));
	snapshot_number(w, counter(g, COUNTER_AGENTX_REFUSED));
	snapshot_number(w, counter(g, COUNTER_SNMP_STALE));
	snapshot_number(w, now);
}

static void
put_audit(const struct gateway *g, struct snapshot_writer *w)
{
	struct rules_audit audit;

	rules_audit(g->config.image, &audit);
	snapshot_table(w, MIB_AUDIT);
	snapshot_number(w, TRUE_FALSE(!g->audit_closed));
	snapshot_text(w, span_str(g->audit_closed ? g->audit_why : ""));
	snapshot_number(w, counter(g, COUNTER_AUDIT_FAILURES));
	snapshot_number(w, counter(g, COUNTER_AUDIT_RECORDS));
	snapshot_number(w, counter(g, COUNTER_AUDIT_SYNCS));
	snapshot_number(w, counter(g, COUNTER_AUDIT_REFUSED));
	snapshot_number(w, counter(g, COUNTER_AUDIT_LOST));
	snapshot_number(w, counter(g, COUNTER_AUDIT_ERASED));
	snapshot_number(w, audit.places);
	snapshot_number(w, counter(g, COUNTER_SYSLOG_WELL));
	snapshot_number(w, counter(g, COUNTER_SYSLOG_SENT));
	snapshot_number(w, counter(g, COUNTER_SYSLOG_BEHIND));
	snapshot_number(w, counter(g, COUNTER_SYSLOG_MISSED));
}

/* ---- as a whole ---- */

static enum err
write_snapshot(const struct gateway *g, struct buf *out)
{
	uint64_t now = clock_wall_ms();
	struct snapshot_writer w;

	snapshot_begin(&w, out, now);
	snapshot_mail_standard(g, &w, now);
	put_gateway(g, &w, now);
	put_processes(g, &w);
	snapshot_pairs(g, &w);
	snapshot_refusals(g, &w);
	snapshot_rules(g, &w);
	snapshot_mail(g, &w, now);
	snapshot_packets(g, &w);
	snapshot_queues(g, &w);
	put_disks(g, &w);
	put_agent(g, &w, now);
	snapshot_packet_last(g, &w);
	snapshot_mail_more(g, &w);
	put_audit(g, &w);
	return snapshot_end(&w);
}

int
snapshot_make(const struct gateway *g, uint64_t *bytes, struct diag *diag)
{
	struct buf out;
	enum err err;
	int fd;

	buf_init(&out, SNAPSHOT_BYTES_MAX);
	err = write_snapshot(g, &out);
	*bytes = out.len;
	fd = memfd_create("snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (err != OK)
		(void)diag_set(diag, err, "too many numbers");
	else if (fd == -1)
		err = diag_system(diag, "make memory file");
	else
		err = write_all(fd, buf_span(&out), diag);
	if (err == OK && fcntl(fd, F_ADD_SEALS, SEALED_SEALS | F_SEAL_SEAL) ==
	    -1)
		err = diag_system(diag, "seal memory file");
	buf_fini(&out);
	if (err == OK)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

/* ---- snmpd ---- */

/*
 * The agent can open nothing, so we connect for it. snmpd that does not read
 * makes its writes fail after a time. Nobody there is no news: it is counted.
 */
int
snapshot_agentx(const struct gateway *g)
{
	const struct timeval wait = { .tv_sec = AGENTX_WAIT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(g->agentx_path);
	int fd;

	require(len < sizeof(address.sun_path));
	memcpy(address.sun_path, g->agentx_path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0 && fcntl(fd, F_SETFL, 0) == 0 && setsockopt(fd, SOL_SOCKET,
	    SO_SNDTIMEO, &wait, sizeof(wait)) == 0 && setsockopt(fd,
	    SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Its meaning is the agent's alone: kept as it is, and given back. */
void
snapshot_watched(struct gateway *g, struct span seen)
{
	buf_fini(&g->watched);
	buf_init(&g->watched, TRAP_SAVED_BYTES);
	if (buf_add(&g->watched, seen) != OK)
		log_warn("no memory for what sekisho-snmp has told");
}
