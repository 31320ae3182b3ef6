/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's table and the process that decides on packets. When rules or
 * cuts change:
 *
 *	1. a number of its own, the epoch, is given to the new state
 *	2. sekisho-packet gets it and decides by it; the kernel still forwards
 *	   what was allowed before
 *	3. it says so, or is late: the table gets the new epoch, and what was
 *	   allowed before comes to the queue with its next packet
 *
 * So no packet of a flow that stays allowed is lost. At the start the table
 * comes first, and only then the kernel forwards at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../packet/limits.h"
#include "../packet/mark.h"
#include "../packet/table.h"
#include "sekishod_internal.h"
#include "sekishod_table.h"

#define TABLE_BYTES_MAX	(16u * 1024 * 1024)
#define LATE_MS		2000	/* for the packet process to decide anew */
#define AGAIN_MS	1000	/* the kernel did not take the table */
#define NETWORKS_MAX	65536	/* of segments and of mail routes */
#define PARTS_MAX	4096	/* listeners, hops */

/* ---- facts ---- */

/* All that the facts point to; one set at a time. */
static struct {
	struct table_facts	facts;
	struct table_segment	segments[256];
	struct table_listener	listeners[PARTS_MAX];
	struct table_hop	hops[PARTS_MAX];
	struct network		networks[NETWORKS_MAX];
	unsigned		networks_n;
	uid_t			uids[ROLE_N];
} all;

static bool
add_segments(const struct rules_image *image)
{
	struct rules_segment said;
	struct network network;

	for (uint32_t i = 0; i < rules_segments(image); i++) {
		struct table_segment *s = &all.segments[i];

		rules_segment(image, i, &said);
		*s = (struct table_segment){ .name = said.name,
			.interface_name = said.interface_name,
			.networks = all.networks + all.networks_n };
		for (uint32_t k = 0; rules_segment_network(image, i, k,
		    &network); k++, s->networks_n++) {
			if (all.networks_n == NETWORKS_MAX)
				return false;
			all.networks[all.networks_n++] = network;
		}
		s->any = s->networks_n == 0;
	}
	all.facts.segments = all.segments;
	all.facts.segments_n = rules_segments(image);
	return true;
}

static bool
add_listeners(const struct rules_image *image, uint32_t i,
    const struct rules_route *route)
{
	const struct network *peers = all.networks + all.networks_n;
	struct rules_listen said;
	struct network network;
	unsigned peers_n = 0;

	while (rules_route_peer(image, i, peers_n, &network)) {
		if (all.networks_n == NETWORKS_MAX)
			return false;
		all.networks[all.networks_n++] = network;
		peers_n++;
	}
	for (uint32_t k = 0; k < route->listens; k++) {
		if (all.facts.listeners_n == PARTS_MAX)
			return false;
		rules_route_listen(image, i, k, &said);
		all.listeners[all.facts.listeners_n++] =
		    (struct table_listener){ route->from, said.address,
			said.port, peers, peers_n };
	}
	return true;
}

static bool
add_hops(const struct gateway *gateway, const struct rules_image *image,
    uint32_t i, const struct rules_route *route)
{
	const struct account *account = &gateway->accounts[ROLE_DELIVER];
	struct rules_hop said;

	for (uint32_t k = 0; k < route->hops; k++) {
		rules_route_hop(image, i, k, &said);
		if (said.kind != RULES_HOP_SMTP)
			continue;
		if (all.facts.hops_n == PARTS_MAX)
			return false;
		all.hops[all.facts.hops_n++] = (struct table_hop){ route->to,
			account->uid, packet_gid(gateway, route->to),
			said.address, said.port };
	}
	return true;
}

static bool
collect(const struct gateway *gateway, const struct rules_image *image)
{
	struct rules_route route;
	bool good;

	all.networks_n = 0;
	all.facts = (struct table_facts){ .epoch = gateway->epoch,
		.flowtable = gateway->has_flowtable,
		.listeners = all.listeners, .hops = all.hops,
		.uids = all.uids };
	for (unsigned i = 0; i < ROLE_N; i++)
		if (gateway->accounts[i].uid != 0)
			all.uids[all.facts.uids_n++] =
			    gateway->accounts[i].uid;
	good = add_segments(image);
	for (uint32_t i = 0; i < rules_routes(image) && good; i++) {
		rules_route(image, i, &route);
		good = add_listeners(image, i, &route) &&
		    add_hops(gateway, image, i, &route);
	}
	return good;
}

static enum err
make_text(const struct gateway *gateway, const struct rules_image *image,
    struct buf *text, struct diag *diag)
{
	buf_init(text, TABLE_BYTES_MAX);
	if (!collect(gateway, image) || table_text(&all.facts, text) != OK)
		return diag_set(diag, ERR_LIMIT, "the rules have more "
		    "networks, routes or segments than fit in the kernel's "
		    "table");
	return OK;
}

/*
 * One group for each segment that is delivered to: the table tells the
 * deliver of one segment from that of another by it. Nothing belongs to them.
 */
gid_t
packet_gid(const struct gateway *gateway, uint32_t segment)
{
	const struct account *account = &gateway->accounts[ROLE_DELIVER];

	return gateway->mail_only || account->uid == 0 ? account->gid :
	    (gid_t)(SEGMENT_GID + segment);
}

/* ---- the epoch, over a restart ---- */

/*
 * Flows that live keep the mark of their epoch: it goes on where rules are
 * the same, and is another one where they are not, or where nobody knows.
 */
static void
read_epoch(struct gateway *gateway)
{
	char text[128];
	unsigned epoch = 0;
	int fd = openat(gateway->state_dir, "epoch", O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd != -1)
		close(fd);
	gateway->epoch = 0;
	gateway->epoch_rules[0] = '\0';
	if (n <= 0)
		return;
	text[n] = '\0';
	if (sscanf(text, "%u %64s", &epoch, gateway->epoch_rules) == 2 &&
	    epoch > 0 && epoch < MARK_EPOCH_N)
		gateway->epoch = epoch;
}

static void
write_epoch(const struct gateway *gateway)
{
	char text[128];
	struct diag diag;
	enum err err = OK;
	int n, fd;

	n = snprintf(text, sizeof(text), "%u %s\n", gateway->epoch,
	    gateway->epoch_rules);
	fd = openat(gateway->state_dir, "epoch.new", O_WRONLY | O_CREAT |
	    O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		err = diag_system(&diag, "open");
	else
		err = write_all(fd, (struct span){ (const uint8_t *)text,
		    (size_t)n }, &diag);
	if (fd != -1)
		close(fd);
	if (err == OK && renameat(gateway->state_dir, "epoch.new",
	    gateway->state_dir, "epoch") == -1)
		err = diag_system(&diag, "rename");
	/* the next start then takes an epoch that no flow has, or all */
	if (err != OK)
		log_alarm("cannot write down the epoch: %s",
		    strerror(diag.errnum));
}

static void
next_epoch(struct gateway *gateway)
{
	char rules[DIGEST_HEX_BYTES];

	digest_hex(gateway->config.digest, rules);
	if (gateway->epoch == 0 || strcmp(rules, gateway->epoch_rules) != 0)
		gateway->epoch = mark_next_epoch(gateway->epoch);
	memcpy(gateway->epoch_rules, rules, sizeof(rules));
	write_epoch(gateway);
}

/* ---- the table ---- */

static void
tell_tunable(void *arg, const struct table_tunable *t)
{
	(void)arg;
	if (t->is == t->wanted)
		log_info("%s was %ld, is %ld now", t->name, t->was, t->is);
	else
		log_alarm("%s is %ld and cannot be set to %ld", t->name,
		    t->was, t->wanted);
}

static enum err
load(struct gateway *gateway, struct diag *diag)
{
	struct buf text;
	enum err err;

	err = make_text(gateway, gateway->config.image, &text, diag);
	if (err == OK)
		err = table_load(buf_span(&text), diag);
	buf_fini(&text);
	if (err != OK)
		return err;
	gateway->table_epoch = gateway->epoch;
	return OK;
}

static void
set_timer(struct gateway *gateway, uint64_t ms)
{
	if (loop_timer_set(gateway->loop, &gateway->table,
	    clock_monotonic_ms() + ms) != OK)
		log_alarm("no timer for the kernel's table");
}

static void
load_now(struct gateway *gateway)
{
	struct diag diag;

	loop_timer_cancel(gateway->loop, &gateway->table);
	if (load(gateway, &diag) == OK) {
		log_info("the kernel's table is of generation %llu",
		    (unsigned long long)gateway->config.generation);
		return;
	}
	log_alarm("the kernel did not take the table, the one before stays "
	    "for now: %s", diag.what);
	set_timer(gateway, AGAIN_MS);
}

static void
on_late(struct loop_timer *timer)
{
	struct gateway *gateway = (struct gateway *)((char *)timer -
	    offsetof(struct gateway, table));

	log_warn("sekisho-packet has not taken over the rules yet: the table "
	    "does not wait for it");
	load_now(gateway);
}

void
packet_start(struct gateway *gateway)
{
	gateway->table.fire = on_late;
	if (gateway->mail_only)
		return;
	if (geteuid() != 0)
		die(EXIT_USAGE, "packets need root: start it as root, or "
		    "with --mail-only");
	read_epoch(gateway);
	gateway->has_flowtable = table_has_flowtable();
}

enum err
packet_prepare(struct gateway *gateway, const struct rules_image *image,
    struct diag *diag)
{
	uint32_t epoch = gateway->epoch;
	struct buf text;
	enum err err;

	if (gateway->mail_only)
		return OK;
	gateway->epoch = mark_next_epoch(epoch);
	err = make_text(gateway, image, &text, diag);
	if (err == OK)
		err = table_check(buf_span(&text), diag);
	buf_fini(&text);
	gateway->epoch = epoch;
	return err;
}

/* The first table: nothing is forwarded before it is there. */
static void
first_table(struct gateway *gateway)
{
	struct diag diag;
	bool native = false;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned queues = processors < 1 ? 1 : processors > NFQ_QUEUES_MAX ?
	    NFQ_QUEUES_MAX : (unsigned)processors;

	if (load(gateway, &diag) != OK ||
	    table_queue(NFQ_FIRST, queues, &native, &diag) != OK)
		die(EXIT_SYSTEM, "the kernel did not take the table: %s",
		    diag.what);
	if (!table_tunables(tell_tunable, gateway) ||
	    !table_forwarding(tell_tunable, gateway) ||
	    !table_tunables(tell_tunable, gateway))
		log_alarm("the kernel is not set as a gateway's should be");
	log_info("the kernel's table is there: queue by %s, %s",
	    native ? "nftables" : "xtables", gateway->has_flowtable ?
	    "with a flow table" : "no flow table in this kernel");
}

void
packet_changed(struct gateway *gateway)
{
	if (gateway->mail_only)
		return;
	next_epoch(gateway);
	if (gateway->table_epoch == 0)
		first_table(gateway);
	else if (gateway->table_epoch != gateway->epoch)
		set_timer(gateway, LATE_MS);
}

void
packet_taken(struct gateway *gateway, uint32_t epoch)
{
	if (epoch == gateway->epoch && gateway->table_epoch != epoch)
		load_now(gateway);
}

struct span
packet_cuts(const struct process *process)
{
	(void)process;
	return (struct span){ NULL, 0 };
}
