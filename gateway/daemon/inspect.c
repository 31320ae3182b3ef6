/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-inspect: does a flow speak what its rule says? Payload comes from
 * sekisho-packet, which holds the packet in the kernel; the answer lets it
 * go, or ends the flow. It has that one channel and nothing else. The
 * protocols are gateway/inspect's; here are the flows, the rules, the log.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/rules.h"
#include "../base/clock.h"
#include "../base/log.h"
#include "../inspect/inspect.h"
#include "../packet/limits.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/role.h"
#include "../proc/sealed.h"
#include "limits.h"

#define NONE	((struct span){ NULL, 0 })

_Static_assert((int)INSPECT_TLS == (int)RULES_SPEAKS_TLS &&
    (int)INSPECT_BLAST == (int)RULES_SPEAKS_BLAST &&
    (int)INSPECT_PROTOCOL_N == (int)RULES_SPEAKS_NOTHING, "same order");

/* A flow of the packet process, by its place there. */
struct flow {
	struct inspect_flow	*inspect;	/* NULL: none */
	uint32_t		 serial;
	uint32_t		 rule;
	struct rules_packet	 packet;	/* the first one of it */
};

static struct loop *loop;
static struct ipc_channel *supervisor, *peer;
static struct inspect *inspect;
static struct flow *flows;
static struct rules_image *image;
static struct span image_bytes;
static uint32_t epoch;

/* ---- flows ---- */

static bool
server_allowed(void *arg, struct span name)
{
	const struct flow *flow = arg;

	return rules_flow_server(image, flow->rule, &flow->packet, name);
}

static void
close_flow(struct flow *flow)
{
	if (flow->inspect != NULL)
		inspect_close(inspect, flow->inspect);
	flow->inspect = NULL;
}

static void
take_packet(const struct msg_inspect *ask, struct rules_packet *packet)
{
	memset(packet, 0, sizeof(*packet));
	packet->src.family = packet->dst.family = ask->family;
	memcpy(packet->src.bytes, ask->src, sizeof(ask->src));
	memcpy(packet->dst.bytes, ask->dst, sizeof(ask->dst));
	packet->in = RULES_NONE;
	packet->protocol = ask->protocol;
	packet->src_port = ask->src_port;
	packet->dst_port = ask->dst_port;
}

/* Both handshakes were seen by the packet process: it says their numbers. */
static bool
show_handshake(struct flow *flow, const struct msg_inspect *ask)
{
	struct inspect_segment syn = { .syn = true };
	enum inspect_reason reason;

	for (unsigned i = 0; i < 2; i++) {
		syn.seq = ask->isn[i];
		if (inspect_tcp(inspect, flow->inspect, i == 0 ?
		    INSPECT_CLIENT : INSPECT_SERVER, &syn, &reason) ==
		    INSPECT_CUT)
			return false;
	}
	return true;
}

static bool
open_flow(struct flow *flow, const struct msg_inspect *ask)
{
	struct inspect_ask wanted = { .udp = ask->protocol == IPPROTO_UDP,
		.server_allowed = server_allowed, .arg = flow };
	enum rules_speaks speaks;
	struct span name;
	bool below;

	close_flow(flow);
	flow->serial = (uint32_t)(ask->flow >> 32);
	flow->rule = ask->rule;
	take_packet(ask, &flow->packet);
	speaks = rules_flow_speaks(image, flow->rule, &flow->packet);
	if (speaks == RULES_SPEAKS_NOTHING)
		return false;
	wanted.protocol = (enum inspect_protocol)speaks;
	wanted.servers_listed = rules_flow_server_name(image, flow->rule,
	    &flow->packet, 0, &name, &below);
	flow->inspect = inspect_open(inspect, &wanted);
	if (flow->inspect == NULL)
		return false;
	return ask->protocol != IPPROTO_TCP || show_handshake(flow, ask);
}

/* ---- answers ---- */

static void
end_text(const struct address *address, uint16_t port, char *text, size_t len)
{
	char bytes[ADDRESS_TEXT_BYTES];

	address_text(address, bytes);
	snprintf(text, len, address->family == 6 ? "[%s]:%u" : "%s:%u",
	    bytes, port);
}

/* Not more than so many lines a second: a stranger causes them. */
static void
log_cut(const struct flow *flow, enum inspect_reason reason)
{
	static uint64_t second, lines;
	uint64_t now = clock_monotonic_ms() / 1000;
	char from[ADDRESS_TEXT_BYTES + 8], to[ADDRESS_TEXT_BYTES + 8];
	struct rules_flow said;
	const char *name;

	if (now != second) {
		if (lines > INSPECT_LOG_PER_S)
			log_warn("and %llu more flows were cut",
			    (unsigned long long)(lines - INSPECT_LOG_PER_S));
		second = now;
		lines = 0;
	}
	if (lines++ >= INSPECT_LOG_PER_S)
		return;
	end_text(&flow->packet.src, flow->packet.src_port, from,
	    sizeof(from));
	end_text(&flow->packet.dst, flow->packet.dst_port, to, sizeof(to));
	rules_flow(image, flow->rule, &said);
	name = rules_speaks_name(rules_flow_speaks(image, flow->rule,
	    &flow->packet));
	log_warn("a flow from %s to %s is cut: it should speak %s, but %s "
	    "(rule '%.*s', %.*s:%u)", from, to, name != NULL ? name : "?",
	    inspect_reason_text(reason), (int)said.name.len,
	    (const char *)said.name.ptr, (int)said.file.len,
	    (const char *)said.file.ptr, said.line);
}

static enum inspected
answer_of(enum inspect_answer answer)
{
	switch (answer) {
	case INSPECT_HOLD:
		return INSPECTED_HOLD;
	case INSPECT_PASS:
		return INSPECTED_PASS;
	case INSPECT_ALLOW:
		return INSPECTED_ALLOW;
	case INSPECT_DROP:
		return INSPECTED_DROP;
	case INSPECT_CUT:
		break;
	}
	return INSPECTED_CUT;
}

static enum inspect_answer
look(struct flow *flow, const struct msg_inspect *ask, struct span payload,
    enum inspect_reason *reason)
{
	enum inspect_direction direction = (ask->flags & INSPECT_REPLY) != 0 ?
	    INSPECT_SERVER : INSPECT_CLIENT;
	struct inspect_segment segment = { .seq = ask->seq,
		.fin = (ask->flags & INSPECT_FIN) != 0,
		.urgent = (ask->flags & INSPECT_URG) != 0,
		.payload = payload };

	if (ask->protocol == IPPROTO_UDP)
		return inspect_udp(inspect, flow->inspect, direction,
		    payload, reason);
	return inspect_tcp(inspect, flow->inspect, direction, &segment,
	    reason);
}

static void
answer(const struct msg_inspect *ask, enum inspected said,
    enum inspect_reason reason)
{
	const struct msg_inspected fixed = { .flow = ask->flow,
		.packet = ask->packet, .answer = said,
		.reason = (uint32_t)reason };

	if (ipc_send(peer, MSG_INSPECTED, &fixed, NONE, NULL, 0) == ERR_AGAIN)
		die(4, "the packet process does not read its answers");
}

static void
ask_about(const struct msg_inspect *ask, struct span payload)
{
	enum inspect_reason reason = INSPECT_FINE;
	enum inspect_answer got;
	struct flow *flow;

	if ((uint32_t)ask->flow >= FLOWS_MAX)
		die(4, "a flow that cannot be");
	flow = &flows[(uint32_t)ask->flow];
	/* it has other rules than we for a moment: the packet comes again */
	if (image == NULL || ask->epoch != epoch ||
	    ask->rule >= rules_flows(image)) {
		answer(ask, INSPECTED_DROP, reason);
		return;
	}
	if ((ask->flags & INSPECT_FIRST) != 0 && !open_flow(flow, ask)) {
		close_flow(flow);
		answer(ask, INSPECTED_CUT, INSPECT_NO_BUFFER);
		return;
	}
	if (flow->inspect == NULL || flow->serial != ask->flow >> 32) {
		answer(ask, INSPECTED_CUT, INSPECT_MIDWAY);
		return;
	}
	flow->rule = ask->rule;
	got = look(flow, ask, payload, &reason);
	if (got == INSPECT_CUT)
		log_cut(flow, reason);
	if (got == INSPECT_CUT || got == INSPECT_ALLOW)
		close_flow(flow);
	answer(ask, answer_of(got), reason);
}

/* ---- messages ---- */

static void
from_packet(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_inspect_end *end = message->fixed;
	uint32_t index;

	(void)arg;
	(void)channel;
	if (message->kind == MSG_INSPECT) {
		ask_about(message->fixed, message->tail);
		return;
	}
	index = (uint32_t)end->flow;
	if (index < FLOWS_MAX && flows[index].serial == end->flow >> 32)
		close_flow(&flows[index]);
}

static void
drop_peer(void)
{
	ipc_close(peer);
	peer = NULL;
	for (uint32_t i = 0; i < FLOWS_MAX; i++)
		close_flow(&flows[i]);
}

static void
peer_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	drop_peer();
}

static void
new_peer(struct ipc_message *message)
{
	const struct ipc_handler handler = { .message = from_packet,
		.closed = peer_closed };

	drop_peer();
	peer = ipc_open(loop, message->fds[0], ROLE_INSPECT, ROLE_PACKET,
	    &handler);
	message->fds[0] = -1;
	if (peer == NULL)
		die(4, "no room for a channel");
}

static void
take_rules(struct ipc_channel *channel, struct ipc_message *message)
{
	const struct msg_rules *fixed = message->fixed;
	const struct msg_empty ready = { 0 };
	bool first = image == NULL;
	struct diag diag;

	rules_image_close(image);
	sealed_unmap(image_bytes);
	image = NULL;
	if (sealed_map(message->fds[0], PACKET_RULES_BYTES_MAX, &image_bytes,
	    &diag) != OK || rules_image_open(image_bytes, &image, &diag) !=
	    OK)
		die(4, "rules: %s", diag.what);
	epoch = fixed->epoch;
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
		new_peer(message);
	else if (message->kind == MSG_STOP)
		loop_stop(loop);
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

int
main(int argc, char **argv)
{
	const struct ipc_handler handler = { .message = from_supervisor,
		.closed = supervisor_closed };
	struct role_start start;
	struct role_state state;
	struct diag diag;

	loop = loop_new(8, 1);
	inspect = inspect_new(INSPECT_FLOWS_MAX, INSPECT_BUFFERS_MAX);
	/* start-up: a place for each flow of the packet process */
	flows = calloc(FLOWS_MAX, sizeof(*flows));
	if (loop == NULL || inspect == NULL || flows == NULL)
		die(4, "no memory");
	role_start(ROLE_INSPECT, argc, argv, &start, &state);
	supervisor = ipc_open(loop, ROLE_FD_SUPERVISOR, ROLE_INSPECT,
	    ROLE_SUPERVISOR, &handler);
	if (supervisor == NULL)
		die(4, "no channel to the supervisor");
	if (loop_run(loop, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	return 0;
}
