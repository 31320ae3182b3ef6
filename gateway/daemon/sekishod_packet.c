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
 * comes first, and only then the kernel forwards at all; and when it does not
 * take a table later on, it does not forward any more until it has taken it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../packet/limits.h"
#include "../packet/mark.h"
#include "../packet/table.h"
#include "../proc/packet_counts.h"
#include "sekishod_internal.h"
#include "sekishod_table.h"

#define CONNTRACK_MAX	FLOWS_MAX	/* what we count, it can hold */
#define LATE_MS		2000	/* for the packet process to decide anew */
#define AGAIN_MS	1000	/* the kernel did not take the table */
#define REFUSED_MAX	3	/* new rules; then nothing is forwarded */
#define TELL_EACH	60	/* of these times */
#define NETWORKS_MAX	65536	/* of segments */
#define RANGES_MAX	65536	/* of peers of mail routes */
#define PARTS_MAX	4096	/* listeners, hops */
#define MANAGES_MAX	65536	/* each peer with each port */

/* ---- facts ---- */

/* All that the facts point to; one set at a time. */
static struct {
	struct table_facts	facts;
	struct table_segment	segments[TABLE_SEGMENTS_MAX];
	char			names[TABLE_SEGMENTS_MAX][2]
				    [TABLE_NAME_BYTES_MAX + 1];
	struct table_listener	listeners[PARTS_MAX];
	struct table_hop	hops[PARTS_MAX];
	struct table_manage	manages[MANAGES_MAX];
	struct network		networks[NETWORKS_MAX];
	struct table_range	ranges[RANGES_MAX];
	unsigned		networks_n, ranges_n;
	uid_t			uids[ROLE_N];
} all;

static const char *
copy_name(char text[TABLE_NAME_BYTES_MAX + 1], struct span name)
{
	require(name.len <= TABLE_NAME_BYTES_MAX);
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	return text;
}

static bool
add_segment(const struct gateway *gateway, const struct rules_image *image,
    uint32_t i)
{
	struct table_segment *s = &all.segments[i];
	struct rules_segment said;

	rules_segment(image, i, &said);
	*s = (struct table_segment){ .name = copy_name(all.names[i][0],
		said.name), .interface_name = copy_name(all.names[i][1],
		said.interface_name), .tier = said.tier, .any = said.any,
		.cut = cut_segment(gateway, said.name),
		.networks = all.networks + all.networks_n,
		.networks_n = rules_segment_networks(image, i) };
	if (s->networks_n > NETWORKS_MAX - all.networks_n)
		return false;
	for (uint32_t k = 0; k < s->networks_n; k++) {
		struct network *n = &all.networks[all.networks_n++];

		memset(n, 0, sizeof(*n));
		rules_segment_network(image, i, k, &n->address,
		    &n->prefix_len);
	}
	return true;
}

static bool
add_listeners(const struct rules_image *image, uint32_t i,
    const struct rules_route *route)
{
	const struct table_range *peers = all.ranges + all.ranges_n;
	uint32_t peers_n = rules_route_peers(image, i);
	struct rules_listen said;
	struct rules_peer peer;

	if (peers_n > RANGES_MAX - all.ranges_n ||
	    route->listens > PARTS_MAX - all.facts.listeners_n)
		return false;
	for (uint32_t k = 0; k < peers_n; k++) {
		rules_route_peer(image, i, k, &peer);
		all.ranges[all.ranges_n++] = (struct table_range){
			peer.first, peer.last };
	}
	for (uint32_t k = 0; k < route->listens; k++) {
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
		all.hops[all.facts.hops_n++] = (struct table_hop){
			account->uid, packet_gid(gateway, route->to),
			route->to, said.address, said.port };
	}
	return true;
}

static bool
add_manage(const struct rules_image *image, uint32_t i)
{
	struct rules_manage said;
	struct rules_peer peer;
	struct rules_port port;

	rules_manage(image, i, &said);
	for (uint32_t k = 0; k < said.peers; k++)
		for (uint32_t m = 0; m < said.services; m++) {
			if (all.facts.manages_n == MANAGES_MAX)
				return false;
			rules_manage_peer(image, i, k, &peer);
			rules_manage_port(image, i, m, &port);
			all.manages[all.facts.manages_n++] =
			    (struct table_manage){ .from = said.from,
				.segment = peer.segment,
				.peer = { peer.first, peer.last },
				.has_mac = said.from && peer.has_mac,
				.mac = { peer.mac[0], peer.mac[1],
				    peer.mac[2], peer.mac[3], peer.mac[4],
				    peer.mac[5] },
				.protocol = port.protocol,
				.first = port.first, .last = port.last,
				.uid = TABLE_UID_OTHERS };
		}
	return true;
}

/* Where the records of the audit log go: we connect, nobody else may. */
static bool
add_places(const struct rules_image *image)
{
	struct rules_audit audit;
	struct rules_place place;

	rules_audit(image, &audit);
	for (uint32_t i = 0; i < audit.places; i++) {
		rules_audit_place(image, i, &place);
		if (place.segment == RULES_NONE)
			continue;
		if (all.facts.manages_n == MANAGES_MAX)
			return false;
		all.manages[all.facts.manages_n++] = (struct table_manage){
			.segment = place.segment,
			.peer = { place.address, place.address },
			.protocol = IPPROTO_TCP, .first = place.port,
			.last = place.port, .uid = geteuid() };
	}
	return true;
}

static bool
collect(const struct gateway *gateway, const struct rules_image *image)
{
	struct rules_route route;
	bool good = true;

	all.networks_n = all.ranges_n = 0;
	all.facts = (struct table_facts){ .epoch = gateway->epoch,
		.segments = all.segments,
		.segments_n = rules_segments(image),
		.listeners = all.listeners, .hops = all.hops,
		.manages = all.manages, .uids = all.uids };
	if (all.facts.segments_n > TABLE_SEGMENTS_MAX)
		return false;
	for (unsigned i = 0; i < ROLE_N; i++)
		if (gateway->accounts[i].uid != 0)
			all.uids[all.facts.uids_n++] =
			    gateway->accounts[i].uid;
	for (uint32_t i = 0; i < all.facts.segments_n && good; i++)
		good = add_segment(gateway, image, i);
	for (uint32_t i = 0; i < rules_routes(image) && good; i++) {
		rules_route(image, i, &route);
		good = add_listeners(image, i, &route) &&
		    add_hops(gateway, image, i, &route);
	}
	for (uint32_t i = 0; i < rules_manages(image) && good; i++)
		good = add_manage(image, i);
	return good && add_places(image);
}

static enum err
make_text(const struct gateway *gateway, const struct rules_image *image,
    struct buf *text, struct diag *diag)
{
	buf_init(text, TABLE_BYTES_MAX);
	if (!collect(gateway, image))
		return diag_set(diag, ERR_LIMIT, "the rules have more "
		    "networks, routes or segments than fit in the kernel's "
		    "table");
	/*
	 * Only when a table will be loaded: the kernel drops what waits in
	 * any queue whenever a hook goes, and this trial has one.
	 */
	all.facts.flowtable = table_has_flowtable(&all.facts);
	all.facts.log = table_has_log();
	return table_write(&all.facts, text, diag);
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

/* The same rules with other cuts are another state. */
static void
state_hex(const struct gateway *gateway, char hex[DIGEST_HEX_BYTES])
{
	uint8_t digest[DIGEST_BYTES];
	struct digest state;

	digest_init(&state);
	digest_add(&state, (struct span){ gateway->config.digest,
	    sizeof(gateway->config.digest) });
	digest_add(&state, (struct span){
	    (const uint8_t *)gateway->flow_cuts,
	    gateway->flow_cuts_n * sizeof(gateway->flow_cuts[0]) });
	digest_end(&state, digest);
	digest_hex(digest, hex);
}

static void
next_epoch(struct gateway *gateway)
{
	char rules[DIGEST_HEX_BYTES];

	state_hex(gateway, rules);
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
	if (t->result == TUNABLE_SET)
		log_info("%s was %s, is %s now", t->name, t->was, t->is);
	else if (t->bad)
		log_alarm("%s is %s and cannot be set to %s: %s", t->name,
		    t->was, t->wanted, strerror(t->errnum));
}

/* As the kernel lists it: what we compare it with later. */
static void
note_table(struct gateway *gateway)
{
	struct diag diag;

	gateway->table_known = table_digest(gateway->table_digest, &diag) ==
	    OK;
	if (!gateway->table_known)
		log_warn("cannot read the table back: %s", diag.what);
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
	gateway->table_fast = all.facts.flowtable;
	gateway->table_log = all.facts.log;
	note_table(gateway);
	return OK;
}

static void
set_timer(struct gateway *gateway, uint64_t ms)
{
	if (loop_timer_set(gateway->loop, &gateway->table,
	    clock_monotonic_ms() + ms) != OK)
		log_alarm("no timer for the kernel's table");
}

/* Closed and with its queue; what is said of it later is compared with now. */
static enum err
load_whole(struct gateway *gateway, struct diag *diag)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned queues = processors < 1 ? 1 : processors > NFQ_QUEUES_MAX ?
	    NFQ_QUEUES_MAX : (unsigned)processors;

	enum err err = load(gateway, diag);

	if (err == OK)
		err = table_queue_rule(NFQ_FIRST, (uint16_t)queues,
		    &gateway->queue_native, diag);
	if (err == OK)
		note_table(gateway);		/* with the queue */
	return err;
}

static void
tune(struct gateway *gateway)
{
	struct diag diag;

	if (table_tunables(&all.facts, CONNTRACK_MAX, true, tell_tunable,
	    NULL, &diag) == OK)
		gateway->closed = false;
	else
		log_alarm("the kernel is not set as a gateway's should be: "
		    "%s", diag.what);
}

/*
 * The kernel refuses a table that it would have taken (no memory, a table of
 * somebody else with our name). The next try is in a second; at_once: there
 * is none of ours any more, or a cut waits for it.
 */
static void
refused(struct gateway *gateway, bool at_once, const struct diag *why)
{
	struct diag diag;

	if (gateway->table_refused++ % TELL_EACH == 0)
		log_alarm("the kernel did not take the table: %s", why->what);
	set_timer(gateway, AGAIN_MS);
	if (gateway->closed || (!at_once &&
	    gateway->table_refused < REFUSED_MAX))
		return;
	gateway->closed = table_forwarding_stop(gateway->table_fast, &diag) ==
	    OK;
	if (gateway->closed)
		log_alarm("nothing is forwarded until it takes the table");
	else
		log_alarm("and forwarding cannot be stopped: %s", diag.what);
}

static void
taken(struct gateway *gateway)
{
	gateway->table_refused = 0;
	if (gateway->closed) {
		log_alarm("the kernel has taken the table: open again");
		tune(gateway);
	}
}

static void
load_now(struct gateway *gateway)
{
	struct diag diag;

	loop_timer_cancel(gateway->loop, &gateway->table);
	if (load_whole(gateway, &diag) == OK) {
		log_info("the kernel's table is of generation %llu",
		    (unsigned long long)gateway->config.generation);
		taken(gateway);
		control_cut_done(gateway, true);
		return;
	}
	control_cut_done(gateway, false);
	refused(gateway, false, &diag);
}

static void
on_late(struct loop_timer *timer)
{
	struct gateway *gateway = (struct gateway *)((char *)timer -
	    offsetof(struct gateway, table));

	if (gateway->table_refused == 0)
		log_warn("sekisho-packet has not taken over the rules yet: "
		    "the table does not wait for it");
	load_now(gateway);
}

void
packet_start(struct gateway *gateway)
{
	gateway->table.fire = on_late;
	cut_start(gateway);
	if (gateway->mail_only)
		return;
	if (geteuid() != 0)
		die(EXIT_USAGE, "packets need root: start it as root, or "
		    "with --mail-only");
	gateway->counts_fd = packet_counts_create();
	gateway->counts = packet_counts_map_read(gateway->counts_fd);
	if (gateway->counts == NULL)
		die(EXIT_SYSTEM, "no memory to count packets in: %s",
		    strerror(errno));
	read_epoch(gateway);
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

void
packet_restore(struct gateway *gateway)
{
	struct diag diag;

	if (load_whole(gateway, &diag) == OK)
		taken(gateway);
	else
		refused(gateway, true, &diag);
}

/* The first table: nothing is forwarded before it is there. */
static void
first_table(struct gateway *gateway)
{
	struct diag diag;

	if (load_whole(gateway, &diag) != OK)
		die(EXIT_SYSTEM, "the kernel did not take the table: %s",
		    diag.what);
	tune(gateway);
	log_info("the kernel's table is there: queue by %s, %s",
	    gateway->queue_native ? "nftables" : "xtables",
	    gateway->table_fast ?
	    "with a flow table" : "no flow table in this kernel");
	if (!gateway->table_log)
		log_warn("this kernel has no log of packets (nft_log, "
		    "nfnetlink_log): what its table drops is counted and "
		    "leaves no other evidence");
	watch_start(gateway);
}

static void
changed(struct gateway *gateway)
{
	cut_resolve(gateway);
	next_epoch(gateway);
	if (gateway->table_epoch == 0)
		first_table(gateway);
	else if (gateway->table_epoch != gateway->epoch)
		set_timer(gateway, LATE_MS);
}

void
packet_changed(struct gateway *gateway)
{
	if (gateway->mail_only)
		return;
	changed(gateway);
	(void)cut_missing(gateway, true);
}

/*
 * A segment is cut by the table, of the epoch before: that needs nobody
 * else, and touches no flow of other segments. It is opened by the rules
 * first: until sekisho-packet has them it would cut what comes to it.
 */
void
packet_cuts_changed(struct gateway *gateway, bool table)
{
	struct diag diag;

	if (table && load(gateway, &diag) != OK)
		refused(gateway, true, &diag);
	changed(gateway);
	if (!table && !packet_pending(gateway) && load(gateway, &diag) != OK)
		refused(gateway, true, &diag);
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &gateway->processes[i];

		if (process->used && (process->role == ROLE_PACKET ||
		    process->role == ROLE_INSPECT ||
		    process->role == ROLE_CAPTURE))
			process_send_rules(process);
	}
}

bool
packet_pending(const struct gateway *gateway)
{
	return gateway->table_epoch != gateway->epoch;
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
	const struct gateway *gateway = process->gateway;

	if (process->role != ROLE_PACKET)
		return (struct span){ NULL, 0 };
	return (struct span){ (const uint8_t *)gateway->flow_cuts,
	    gateway->flow_cuts_n * sizeof(gateway->flow_cuts[0]) };
}

/* ---- is the kernel as we left it ---- */

static void
look_at(void *arg, const struct table_tunable *t)
{
	struct packet_look *look = arg;
	bool forwarding = strcmp(t->name, "net/ipv4/ip_forward") == 0 ||
	    strcmp(t->name, "net/ipv6/conf/all/forwarding") == 0;

	if (t->result == TUNABLE_WAS || (t->result == TUNABLE_MISSING &&
	    !t->bad))
		return;
	if (forwarding)
		look->forwards = false;
	if (t->bad)
		look->tuned = false;
	look->wrong(look->arg, t->name, t->is, t->wanted, t->bad);
}

enum packet_table
packet_table_state(const struct gateway *gateway)
{
	uint8_t digest[DIGEST_BYTES];
	struct diag diag;
	enum err err = table_digest(digest, &diag);

	return err == ERR_POLICY ? TABLE_GONE : err != OK ||
	    !gateway->table_known ? TABLE_UNKNOWN : memcmp(digest,
	    gateway->table_digest, sizeof(digest)) == 0 ? TABLE_SAME :
	    TABLE_CHANGED;
}

void
packet_look(const struct gateway *gateway, struct packet_look *look)
{
	struct diag diag;

	look->forwards = look->tuned = true;
	look->table = packet_table_state(gateway);
	/* the facts may be of rules that were refused */
	if (!collect(gateway, gateway->config.image) ||
	    table_tunables(&all.facts, CONNTRACK_MAX, false, look_at, look,
	    &diag) != OK)
		look->tuned = false;
}
