/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `sekisho top` asks every two seconds: sums, no rates; who asks twice
 * takes the difference. All of it is the kernel's own knowledge (conntrack,
 * counters of the table, queues) and the pages of counters: sekisho-packet is
 * not asked and need not answer, so that top works when it does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../packet/mark.h"
#include "../packet/packet_conntrack.h"
#include "../packet/table.h"
#include "../proc/row.h"
#include "sekishod_internal.h"
#include "sekishod_table.h"

#define DUMP_MS		2000	/* we stand still so long, at most */
#define RULES_SHOWN_MAX	200	/* those with the most flows */
#define SUMS_BYTES_MAX	(64u * 1024 * 1024)
#define QUEUES_FILE	"/proc/net/netfilter/nfnetlink_queue"
#define QUEUES_BYTES	8192

struct sum {
	uint32_t	rule;
	uint64_t	flows;
	uint64_t	packets;	/* both ways, of flows that live */
	uint64_t	bytes;
};

struct top {
	struct client	*client;
	struct row	*row;
	uint32_t	 rows;
	bool		 alive;
	/* of the dump */
	uint32_t	 epoch;
	struct buf	 bytes;		/* struct sum of each rule */
	struct sum	*sums;
	uint32_t	 sums_n;
	uint64_t	 flows, earlier;
	bool		 ended, whole;
};

static void
send_row(struct top *top)
{
	if (!top->alive)
		return;
	top->alive = control_row(top->client, top->row);
	top->rows++;
}

/* ---- flows ---- */

static void
on_gone(void *arg, const struct packet_conntrack_entry *entry)
{
	(void)arg;
	(void)entry;
}

static void
on_entry(void *arg, const struct packet_conntrack_entry *entry)
{
	uint32_t state = entry->mark & MARK_STATE;
	uint32_t rule = entry->mark & MARK_RULE;
	struct top *top = arg;

	if (state == 0 || state == MARK_CUT)
		return;
	top->flows++;
	/* its number is of earlier rules until its next packet comes */
	if ((entry->mark & MARK_EPOCH) >> MARK_EPOCH_SHIFT != top->epoch ||
	    rule >= top->sums_n) {
		top->earlier++;
		return;
	}
	top->sums[rule].flows++;
	for (unsigned i = 0; i < 2; i++) {
		top->sums[rule].packets += entry->packets[i];
		top->sums[rule].bytes += entry->bytes[i];
	}
}

static void
on_end(void *arg, bool whole)
{
	struct top *top = arg;

	top->ended = true;
	top->whole = whole;
}

static enum err
dump(struct top *top, struct packet_conntrack *conntrack, struct diag *diag)
{
	uint64_t until = clock_monotonic_ms() + DUMP_MS, now;
	struct pollfd wait = { packet_conntrack_answer_fd(conntrack), POLLIN,
	    0 };
	bool lost, more;
	enum err err = packet_conntrack_dump(conntrack, diag);

	while (err == OK && !top->ended) {
		now = clock_monotonic_ms();
		if (now >= until)
			return diag_set(diag, ERR_AGAIN, "too many flows");
		(void)poll(&wait, 1, (int)(until - now));
		err = packet_conntrack_receive(conntrack, &lost, &more, diag);
	}
	return err;
}

static enum err
count_flows(struct top *top, struct diag *diag)
{
	const struct packet_conntrack_handler handler = { on_gone, on_entry,
		on_end, top };
	struct packet_conntrack *conntrack;
	uint8_t *room;
	size_t bytes;
	enum err err;

	top->sums_n = rules_flows(top->client->gateway->config.image);
	bytes = (top->sums_n + 1) * sizeof(struct sum);
	err = buf_reserve(&top->bytes, bytes, &room);
	if (err != OK)
		return diag_set(diag, err, "too many rules");
	memset(room, 0, bytes);
	top->sums = (struct sum *)(void *)room;
	for (uint32_t i = 0; i < top->sums_n; i++)
		top->sums[i].rule = i;
	err = packet_conntrack_open(&handler, &conntrack, diag);
	if (err == OK) {
		err = dump(top, conntrack, diag);
		packet_conntrack_close(conntrack);
	}
	return err;
}

static int
by_flows(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	if (x->flows != y->flows)
		return x->flows > y->flows ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static void
rule_rows(struct top *top)
{
	char place[GENERATION_PATH_BYTES + 16];
	struct rules_flow flow;

	qsort(top->sums, top->sums_n, sizeof(top->sums[0]), by_flows);
	for (uint32_t i = 0; i < top->sums_n && i < RULES_SHOWN_MAX &&
	    top->sums[i].flows > 0; i++) {
		const struct sum *sum = &top->sums[i];

		rules_flow(top->client->gateway->config.image, sum->rule,
		    &flow);
		snprintf(place, sizeof(place), "%.*s:%u", (int)flow.file.len,
		    (const char *)flow.file.ptr, flow.line);
		row_clear(top->row);
		row_text(top->row, "rule", flow.name);
		row_str(top->row, "place", place);
		row_number(top->row, "flows", sum->flows);
		row_number(top->row, "packets", sum->packets);
		row_number(top->row, "bytes", sum->bytes);
		send_row(top);
	}
}

/* ---- the table's counters ---- */

static void
on_pair(void *arg, const char *name, uint64_t packets, uint64_t bytes)
{
	struct top *top = arg;
	struct span rest = span_str(name), word, from;

	if (packets == 0 || !span_cut(&rest, '.', &word) ||
	    !span_equal(word, SPAN("pair")) || !span_cut(&rest, '.', &from))
		return;
	row_clear(top->row);
	row_text(top->row, "from", from);
	row_text(top->row, "to", rest);
	row_number(top->row, "packets", packets);
	row_number(top->row, "bytes", bytes);
	send_row(top);
}

static void
on_drop(void *arg, const char *name, uint64_t packets, uint64_t bytes)
{
	struct top *top = arg;
	struct span rest = span_str(name), word;

	if (packets == 0 || !span_cut(&rest, '.', &word) ||
	    !span_equal(word, SPAN("drop")))
		return;
	row_clear(top->row);
	row_text(top->row, "dropped", rest);
	row_number(top->row, "packets", packets);
	row_number(top->row, "bytes", bytes);
	send_row(top);
}

/* ---- queues ---- */

/*
 * A line each: number, port id, packets that wait, how much is copied,
 * bytes of it, dropped for the queue was full, dropped for the socket was,
 * serial number, 1. Other queues than ours may be there.
 */
void
control_queues(control_queue_fn *fn, void *arg)
{
	char text[QUEUES_BYTES], *rest = text, *line;
	unsigned number, waiting, full, lost;
	size_t n = 0;
	int fd = open(QUEUES_FILE, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return;
	if (pread_all(fd, text, sizeof(text) - 1, 0, &n, NULL) != OK)
		n = 0;
	close(fd);
	text[n] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (sscanf(line, "%u %*s %u %*s %*s %u %u", &number, &waiting,
		    &full, &lost) != 4 || number < NFQ_FIRST ||
		    number >= NFQ_FIRST + NFQ_QUEUES_MAX)
			continue;
		fn(arg, number, waiting, full, lost);
	}
}

static void
on_queue(void *arg, unsigned number, unsigned waiting, unsigned full,
    unsigned lost)
{
	struct top *top = arg;

	row_clear(top->row);
	row_number(top->row, "queue", number);
	row_number(top->row, "waiting", waiting);
	row_number(top->row, "dropped_full", full);
	row_number(top->row, "dropped_socket", lost);
	send_row(top);
}

/* ---- what sekisho-packet has counted ---- */

static void
refused_rows(struct top *top)
{
	for (unsigned i = COUNTER_REFUSED_RULE; i <= COUNTER_REFUSED_MAC;
	    i++) {
		uint64_t n = control_counter(top->client->gateway,
		    (enum counter)i);

		if (n == 0)
			continue;
		row_clear(top->row);
		row_str(top->row, "refused", counter_name((enum counter)i));
		row_number(top->row, "total", n);
		send_row(top);
	}
}

static void
head_row(struct top *top)
{
	const struct gateway *gateway = top->client->gateway;
	struct row *row = top->row;

	row_clear(row);
	row_number(row, "flows", top->flows);
	row_number(row, "flows_earlier", top->earlier);
	row_number(row, "flows_known", control_counter(gateway,
	    COUNTER_FLOWS_OPEN));
	row_number(row, "flows_allowed", control_counter(gateway,
	    COUNTER_FLOWS_ALLOWED));
	row_number(row, "packets_queued", control_counter(gateway,
	    COUNTER_PACKETS_QUEUED));
	row_number(row, "cuts", gateway->cuts.n);
	row_number(row, "at_ns", clock_monotonic_ns());
	send_row(top);
}

void
control_top(struct client *client)
{
	struct gateway *gateway = client->gateway;
	struct row row;
	struct top top = { .client = client, .row = &row, .alive = true,
	    .epoch = gateway->table_epoch };
	struct diag diag = { 0 };
	enum err err;

	if (gateway->mail_only) {
		control_end(client, EXIT_REFUSED, 0, SPAN("packets are not "
		    "the gateway's with --mail-only: there is nothing to "
		    "see"));
		return;
	}
	row_init(&row);
	buf_init(&top.bytes, SUMS_BYTES_MAX);
	err = count_flows(&top, &diag);
	if (err == OK) {
		head_row(&top);
		rule_rows(&top);
		err = table_counters(on_pair, &top, &diag);
		if (err == OK)
			err = table_counters(on_drop, &top, &diag);
		control_queues(on_queue, &top);
		refused_rows(&top);
	}
	if (top.alive)
		control_end(client, err == OK ? 0 : EXIT_SYSTEM, top.rows,
		    err == OK ? (struct span){ NULL, 0 } :
		    span_str(diag.what));
	buf_fini(&top.bytes);
	row_fini(&row);
}
