/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-capture: what sekisho-packet refused, which flows ended, who scans,
 * written into one folder. It has that folder and its channels and nothing
 * else. The files are gateway/capture's; here is what the numbers mean by the
 * rules of their epoch, and what is done when the disk is full: nothing is
 * kept then, and said once.
 */
#include <errno.h>
#include <string.h>

#include "../../rules/rules.h"
#include "../audit/audit_record.h"
#include "../base/clock.h"
#include "../base/log.h"
#include "../capture/capture_lines.h"
#include "../capture/capture_packets.h"
#include "../capture/capture_text.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/role.h"
#include "../proc/sealed.h"
#include "limits.h"

#define NONE	((struct span){ NULL, 0 })
#define SECOND_RULES	2	/* the present ones, and those before */

/* Rules that a number may be of. */
struct rule_book {
	struct rules_image	*image;		/* NULL: none */
	struct span		 bytes;
	uint32_t		 epoch;
	uint64_t		 generation;
};

/* Lines of a family that wait for the end of the round. */
struct batch {
	struct capture_lines	 lines;
	struct buf		 text;
	uint64_t		 records;
	enum counter		 written;
};

static struct loop *loop;
static struct ipc_channel *supervisor, *peer, *audit;
static struct rule_book books[SECOND_RULES];
static struct capture_packets packets;
static struct batch flows, alarms;
static uint64_t again_ms;	/* the disk is not tried before */
static uint64_t trouble_ms;	/* when there was some; 0: never */
static bool said;		/* and it was said */

/* ---- trouble with the disk ---- */

static void
lost(uint64_t n, const struct diag *diag)
{
	uint64_t now = clock_monotonic_ms();

	counter_add(COUNTER_EVIDENCE_UNWRITTEN, n);
	if (diag == NULL)
		return;
	again_ms = now + CAPTURE_AGAIN_MS;
	trouble_ms = now;
	if (!said)
		log_alarm("evidence is not kept for now: %s: %s", diag->what,
		    strerror(diag->errnum));
	said = true;
}

static bool
may_write(void)
{
	return clock_monotonic_ms() >= again_ms;
}

static void
went_well(unsigned erased)
{
	counter_add(COUNTER_EVIDENCE_ERASED, erased);
	if (!said || clock_monotonic_ms() - trouble_ms < CAPTURE_CALM_MS)
		return;
	said = false;
	log_info("evidence is kept again");
}

/* ---- what numbers mean ---- */

static const struct rule_book *
book_of(uint32_t epoch)
{
	for (unsigned i = 0; i < SECOND_RULES; i++)
		if (books[i].image != NULL && books[i].epoch == epoch)
			return &books[i];
	return NULL;
}

static void
name_rule(const struct rule_book *book, uint32_t rule,
    struct capture_rule *out)
{
	struct rules_flow flow;

	if (book == NULL || rule >= rules_flows(book->image))
		return;
	rules_flow(book->image, rule, &flow);
	*out = (struct capture_rule){ true, flow.file, flow.line, flow.name,
		flow.allow ? rules_class_name(flow.class) : NULL };
}

static struct span
name_segment(const struct rule_book *book, uint32_t segment)
{
	struct rules_segment said_of;

	if (book == NULL || segment >= rules_segments(book->image))
		return NONE;
	rules_segment(book->image, segment, &said_of);
	return said_of.name;
}

static void
take_address(uint8_t family, const uint8_t bytes[16], struct address *out)
{
	if (family != 4 && family != 6)
		return;
	out->family = family;
	memcpy(out->bytes, bytes, family == 4 ? 4 : 16);
}

static const char *
reason_name(uint32_t reason)
{
	return reason < COUNTER_N ? counter_name((enum counter)reason) : "?";
}

/* ---- the audit log ---- */

/*
 * The line that was just put behind text, as a member of a record. event: of
 * it, or NULL.
 */
static void
tell_audit(enum audit_type type, const char *event, const struct buf *text,
    size_t at)
{
	const struct msg_audit fixed = { .type = type };
	struct span line = span_sub(buf_span(text), at, text->len - at - 1);
	struct buf members;
	enum err err;

	buf_init(&members, MSG_TAIL_BYTES_MAX);
	err = buf_printf(&members, "\"%s\":", audit_type_name(type));
	if (err == OK)
		err = buf_add(&members, line);
	if (err == OK && event != NULL)
		err = buf_printf(&members, ",\"event\":\"%s\"", event);
	if (err == OK)
		err = audit == NULL ? ERR_SYSTEM : ipc_send(audit, MSG_AUDIT,
		    &fixed, buf_span(&members), NULL, 0);
	if (err != OK)
		counter_add(COUNTER_AUDIT_LOST, 1);
	buf_fini(&members);
}

/* ---- what comes ---- */

static void
refused(const struct msg_refused *fixed, struct span tail)
{
	const struct rule_book *book = book_of(fixed->epoch);
	struct capture_packet packet = { .wall_ms = fixed->wall_ns / 1000000,
		.reason = reason_name(fixed->reason), .bytes = fixed->bytes,
		.missed = fixed->missed,
		.generation = book == NULL ? 0 : book->generation,
		.ends = { .in = name_segment(book, fixed->in),
		    .out = name_segment(book, fixed->out),
		    .protocol = fixed->protocol, .src_port = fixed->src_port,
		    .dst_port = fixed->dst_port } };
	unsigned erased;
	struct diag diag;

	name_rule(book, fixed->rule, &packet.rule);
	take_address(fixed->family, fixed->src, &packet.ends.src);
	take_address(fixed->family, fixed->dst, &packet.ends.dst);
	if (!may_write()) {
		lost(1, NULL);
		return;
	}
	if (capture_packets_open(&packets, clock_wall_ms(), &erased, &diag) !=
	    OK) {
		lost(1, &diag);
		return;
	}
	counter_add(COUNTER_EVIDENCE_ERASED, erased);
	packet.number = packets.packets + 1;
	if (capture_packet_text(&packet, &packets.index) != OK) {
		lost(1, NULL);
		return;
	}
	capture_packets_add(&packets, fixed->wall_ns, tail, fixed->bytes);
}

static void
take(struct batch *batch, enum err err, enum audit_type type,
    const char *event, size_t at)
{
	if (err == OK) {
		batch->records++;
		tell_audit(type, event, &batch->text, at);
	} else {
		lost(1, NULL);
		counter_add(COUNTER_AUDIT_LOST, 1);
	}
}

static enum err
flow_text(const struct msg_flow_ended *fixed, struct buf *out)
{
	const struct rule_book *book = book_of(fixed->epoch);
	struct capture_flow flow = { .start_ms = fixed->start_ns / 1000000,
		.end_ms = fixed->end_ns / 1000000,
		.counted = (fixed->flags & FLOW_ENDED_COUNTED) != 0,
		.packets = { fixed->packets[0], fixed->packets[1] },
		.bytes = { fixed->bytes[0], fixed->bytes[1] },
		.cut = fixed->cut == 0 ? NULL : reason_name(fixed->cut),
		.generation = book == NULL ? 0 : book->generation,
		.ends = { .in = name_segment(book, fixed->in),
		    .protocol = fixed->protocol, .src_port = fixed->src_port,
		    .dst_port = fixed->dst_port } };

	name_rule(book, fixed->rule, &flow.rule);
	take_address(fixed->family, fixed->src, &flow.ends.src);
	take_address(fixed->family, fixed->dst, &flow.ends.dst);
	if (book != NULL)
		flow.ends.out = name_segment(book,
		    rules_segment_of(book->image, &flow.ends.dst));
	return capture_flow_text(&flow, out);
}

static void
flow_ended(const struct msg_flow_ended *fixed)
{
	size_t at = flows.text.len;

	take(&flows, flow_text(fixed, &flows.text), AUDIT_FLOW, "end", at);
}

/* Evidence has no use for these two: they go to the audit log alone. */
static void
tell_alone(struct buf *text, enum err err, enum audit_type type,
    const char *event)
{
	if (err == OK)
		tell_audit(type, event, text, 0);
	else
		counter_add(COUNTER_AUDIT_LOST, 1);
	buf_fini(text);
}

static void
flow_begun(const struct msg_flow_ended *fixed)
{
	struct buf text;

	buf_init(&text, MSG_TAIL_BYTES_MAX);
	tell_alone(&text, flow_text(fixed, &text), AUDIT_FLOW, "begin");
}

static void
refusals(const struct msg_refusals *fixed)
{
	const struct rule_book *book = book_of(fixed->epoch);
	struct capture_refusals many = { .first_ms = fixed->first_ms,
		.last_ms = fixed->last_ms, .packets = fixed->n,
		.reason = reason_name(fixed->reason),
		.others = (fixed->flags & REFUSALS_OTHERS) != 0,
		.inside = (fixed->flags & REFUSALS_INSIDE) != 0,
		.generation = book == NULL ? 0 : book->generation,
		.ends = { .in = name_segment(book, fixed->in),
		    .out = name_segment(book, fixed->out),
		    .protocol = fixed->protocol,
		    .dst_port = fixed->dst_port } };
	struct buf text;

	name_rule(book, fixed->rule, &many.rule);
	take_address(fixed->family, fixed->src, &many.ends.src);
	take_address(fixed->family, fixed->dst, &many.ends.dst);
	buf_init(&text, MSG_TAIL_BYTES_MAX);
	tell_alone(&text, capture_refusals_text(&many, &text), AUDIT_REFUSED,
	    NULL);
}

static void
scan_seen(const struct msg_scan *fixed)
{
	const struct rule_book *book = book_of(fixed->epoch);
	size_t at = alarms.text.len;
	struct capture_scan scan = { .wall_ms = fixed->wall_ns / 1000000,
		.targets = fixed->targets, .window_ms = fixed->window_ms,
		.ends = { .in = name_segment(book, fixed->in),
		    .protocol = fixed->protocol,
		    .dst_port = fixed->dst_port } };

	take_address(fixed->family, fixed->src, &scan.ends.src);
	take_address(fixed->family, fixed->dst, &scan.ends.dst);
	take(&alarms, capture_scan_text(&scan, &alarms.text), AUDIT_SCAN,
	    NULL, at);
}

/* ---- the end of a round ---- */

static void
write_batch(struct batch *batch)
{
	unsigned erased = 0;
	struct diag diag;

	if (batch->records == 0)
		return;
	if (!may_write()) {
		lost(batch->records, NULL);
	} else if (capture_lines_add(&batch->lines, buf_span(&batch->text),
	    clock_wall_ms(), &erased, &diag) != OK) {
		lost(batch->records, &diag);
	} else {
		counter_add(batch->written, batch->records);
		went_well(erased);
	}
	buf_clear(&batch->text);
	batch->records = 0;
}

static void
write_packets(void)
{
	uint64_t n = packets.packets - packets.flushed, gone;
	struct diag diag;

	if (packets.dump == NULL || n == 0)
		return;
	if (capture_packets_flush(&packets, &gone, &diag) != OK) {
		lost(gone, &diag);
		return;
	}
	counter_add(COUNTER_PACKETS_CAPTURED, n);
	went_well(0);
}

static void
end_round(void *arg)
{
	(void)arg;
	/* what is most asked for, and is least, comes first */
	write_batch(&alarms);
	write_packets();
	write_batch(&flows);
}

/* ---- messages ---- */

static void
from_peer(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	(void)arg;
	(void)channel;
	if (message->kind == MSG_REFUSED)
		refused(message->fixed, message->tail);
	else if (message->kind == MSG_REFUSALS)
		refusals(message->fixed);
	else if (message->kind == MSG_FLOW_BEGUN)
		flow_begun(message->fixed);
	else if (message->kind == MSG_FLOW_ENDED)
		flow_ended(message->fixed);
	else if (message->kind == MSG_SCAN)
		scan_seen(message->fixed);
	else
		die(4, "message %d out of place", (int)message->kind);
}

static void
peer_closed(void *arg, struct ipc_channel *channel)
{
	struct ipc_channel **which = arg;

	ipc_close(channel);
	*which = NULL;
}

static void
new_peer(struct ipc_channel **which, enum role_id role,
    struct ipc_message *message)
{
	const struct ipc_handler handler = { .message = from_peer,
		.closed = peer_closed, .arg = which };

	ipc_close(*which);
	*which = ipc_open(loop, message->fds[0], ROLE_CAPTURE, role,
	    &handler);
	message->fds[0] = -1;
	if (*which == NULL)
		die(4, "no room for a channel");
}

/* Flows and packets of the rules before may still be told of. */
static void
take_rules(struct ipc_channel *channel, struct ipc_message *message)
{
	const struct msg_rules *fixed = message->fixed;
	const struct msg_empty ready = { 0 };
	bool first = books[0].image == NULL;
	struct rule_book *book = &books[0];
	struct diag diag;

	if (!first && book->epoch != fixed->epoch) {
		rules_image_close(books[1].image);
		sealed_unmap(books[1].bytes);
		books[1] = *book;
	} else if (!first) {
		rules_image_close(book->image);
		sealed_unmap(book->bytes);
	}
	memset(book, 0, sizeof(*book));
	if (sealed_map(message->fds[0], PACKET_RULES_BYTES_MAX, &book->bytes,
	    &diag) != OK || rules_image_open(book->bytes, &book->image,
	    &diag) != OK ||
	    rules_image_prepare(book->image, &diag) != OK)
		die(4, "rules: %s", diag.what);
	book->epoch = fixed->epoch;
	book->generation = fixed->generation;
	if (first && ipc_send(channel, MSG_READY, &ready, NONE, NULL, 0) !=
	    OK)
		die(4, "the supervisor is gone");
}

static void
from_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_peer *fixed = message->fixed;

	(void)arg;
	if (message->kind == MSG_RULES)
		take_rules(channel, message);
	else if (message->kind == MSG_PEER && fixed->role == ROLE_PACKET)
		new_peer(&peer, ROLE_PACKET, message);
	else if (message->kind == MSG_PEER && fixed->role == ROLE_AUDIT)
		new_peer(&audit, ROLE_AUDIT, message);
	else if (message->kind == MSG_STOP)
		loop_stop_drained(loop);
	else
		die(4, "message %d out of place", (int)message->kind);
}

static void
supervisor_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	die(4, "the supervisor is gone");
}

static void
init_batch(struct batch *batch, int dir, const char *family,
    enum counter written)
{
	capture_lines_init(&batch->lines, dir, family);
	buf_init(&batch->text, CAPTURE_BATCH_BYTES_MAX);
	batch->written = written;
}

int
main(int argc, char **argv)
{
	const struct ipc_handler handler = { .message = from_supervisor,
		.closed = supervisor_closed };
	struct role_start start;
	struct role_state state;
	struct diag diag;
	int dir = ROLE_FD_FOLDERS_FIRST;

	loop = loop_new(8, 1);
	if (loop == NULL)
		die(4, "no memory");
	role_start(ROLE_CAPTURE, argc, argv, &start, &state);
	if (start.folders_n != 1)
		die(4, "no folder to write into");
	if (capture_packets_init(&packets, dir, &diag) != OK)
		die(4, "%s", diag.what);
	init_batch(&flows, dir, "flows", COUNTER_FLOWS_RECORDED);
	init_batch(&alarms, dir, "alarms", COUNTER_SCANS_RECORDED);
	supervisor = ipc_open(loop, ROLE_FD_SUPERVISOR, ROLE_CAPTURE,
	    ROLE_SUPERVISOR, &handler);
	if (supervisor == NULL)
		die(4, "no channel to the supervisor");
	loop_on_round(loop, end_round, NULL);
	if (loop_run(loop, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	end_round(NULL);
	if (!ipc_finish(audit, CHANNEL_FINISH_MS))
		log_warn("sekisho-audit does not read: records are lost");
	capture_packets_fini(&packets);
	return 0;
}
