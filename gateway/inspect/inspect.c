/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pools of flows and buffers, the table of protocols, and datagrams. TCP
 * is in inspect_tcp.c, each protocol in a file of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/checked.h"
#include "inspect_internal.h"

/*
 * PCoIP and Blast have no published form. What their documents say is checked:
 * PCoIP's TCP is a TLS session, Blast's is HTTPS, its UDP is DTLS. PCoIP's UDP
 * is ESP (RFC 3948) with keys from that session, random bytes to anyone else:
 * there is nothing to look at.
 */
const struct inspect_check *
inspect_check_of(enum inspect_protocol protocol)
{
	static const struct inspect_check checks[INSPECT_PROTOCOL_N] = {
		[INSPECT_TLS] = { .tcp = inspect_tls_judge },
		[INSPECT_HTTP] = { .tcp = inspect_http_judge },
		[INSPECT_SSH] = { .tcp = inspect_ssh_judge,
		    .first = INSPECT_FIRST_ANY },
		[INSPECT_DNS] = { .tcp = inspect_dns_judge,
		    .udp = inspect_dns_datagram, .udp_always = true },
		[INSPECT_SMTP] = { .tcp = inspect_smtp_judge,
		    .first = INSPECT_FIRST_SERVER },
		[INSPECT_NTP] = { .udp = inspect_ntp_datagram,
		    .udp_always = true },
		[INSPECT_RDP] = { .tcp = inspect_rdp_judge },
		[INSPECT_RFB] = { .tcp = inspect_rfb_judge,
		    .first = INSPECT_FIRST_SERVER },
		[INSPECT_PCOIP] = { .tcp = inspect_tls_judge },
		[INSPECT_ICA] = { .tcp = inspect_ica_judge,
		    .first = INSPECT_FIRST_ANY },
		[INSPECT_BLAST] = { .tcp = inspect_tls_judge,
		    .udp = inspect_dtls_datagram },
	};

	require(protocol < INSPECT_PROTOCOL_N);
	return &checks[protocol];
}

bool
inspect_checks(enum inspect_protocol protocol, bool udp)
{
	const struct inspect_check *check = inspect_check_of(protocol);

	return udp ? check->udp != NULL : check->tcp != NULL;
}

struct inspect *
inspect_new(size_t flows_max, size_t buffers_max)
{
	struct inspect *inspect;

	require(flows_max > 0 && buffers_max > 0);
	inspect = calloc(1, sizeof(*inspect));	/* start-up: once */
	if (inspect == NULL)
		return NULL;
	/* start-up: all there will ever be */
	inspect->flows = calloc(flows_max, sizeof(*inspect->flows));
	/* start-up: as above */
	inspect->buffers = calloc(buffers_max, sizeof(*inspect->buffers));
	if (inspect->flows == NULL || inspect->buffers == NULL) {
		inspect_free(inspect);
		return NULL;
	}
	for (size_t i = flows_max; i-- > 0;) {
		inspect->flows[i].next = inspect->flows_free;
		inspect->flows_free = &inspect->flows[i];
	}
	for (size_t i = buffers_max; i-- > 0;) {
		inspect->buffers[i].next = inspect->buffers_free;
		inspect->buffers_free = &inspect->buffers[i];
	}
	return inspect;
}

void
inspect_free(struct inspect *inspect)
{
	if (inspect == NULL)
		return;
	free(inspect->flows);
	free(inspect->buffers);
	free(inspect);
}

bool
inspect_buffer_take(struct inspect *inspect, struct inspect_side *side)
{
	if (side->buffer != NULL)
		return true;
	side->buffer = inspect->buffers_free;
	if (side->buffer == NULL)
		return false;
	inspect->buffers_free = side->buffer->next;
	inspect->buffers_used++;
	return true;
}

static void
give_back(struct inspect *inspect, struct inspect_flow *flow)
{
	for (int d = 0; d < 2; d++) {
		struct inspect_buffer *buffer = flow->side[d].buffer;

		if (buffer == NULL)
			continue;
		require(inspect->buffers_used > 0);
		buffer->next = inspect->buffers_free;
		inspect->buffers_free = buffer;
		inspect->buffers_used--;
		flow->side[d].buffer = NULL;
	}
}

struct inspect_flow *
inspect_open(struct inspect *inspect, const struct inspect_ask *ask)
{
	struct inspect_flow *flow = inspect->flows_free;

	require(!ask->servers_listed || ask->server_allowed != NULL);
	if (flow == NULL)
		return NULL;
	inspect->flows_free = flow->next;
	inspect->flows_used++;
	memset(flow, 0, sizeof(*flow));
	flow->ask = *ask;
	if (!inspect_checks(ask->protocol, ask->udp)) {
		flow->state = INSPECT_REFUSED;
		flow->reason = INSPECT_UNCHECKED;
	}
	return flow;
}

void
inspect_close(struct inspect *inspect, struct inspect_flow *flow)
{
	require(inspect->flows_used > 0);
	give_back(inspect, flow);
	flow->next = inspect->flows_free;
	inspect->flows_free = flow;
	inspect->flows_used--;
}

enum inspect_answer
inspect_refuse(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_reason why, enum inspect_reason *reason)
{
	give_back(inspect, flow);
	flow->state = INSPECT_REFUSED;
	flow->reason = why;
	*reason = why;
	return INSPECT_CUT;
}

enum inspect_answer
inspect_allow(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_reason *reason)
{
	give_back(inspect, flow);
	flow->state = INSPECT_ALLOWED;
	*reason = INSPECT_FINE;
	return INSPECT_ALLOW;
}

/* Client speaks first in all of these. */
enum inspect_answer
inspect_udp(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span payload,
    enum inspect_reason *reason)
{
	const struct inspect_check *check =
	    inspect_check_of(flow->ask.protocol);
	enum inspect_reason why;

	require(flow->ask.udp);
	if (flow->state == INSPECT_ALLOWED)
		return inspect_allow(inspect, flow, reason);
	if (flow->state == INSPECT_REFUSED)
		return inspect_refuse(inspect, flow, flow->reason, reason);
	if (direction == INSPECT_SERVER && !flow->side[INSPECT_CLIENT].good)
		return inspect_refuse(inspect, flow, INSPECT_SERVER_FIRST,
		    reason);
	why = check->udp(inspect, flow, direction, payload);
	require(why != INSPECT_MORE);
	if (why == INSPECT_DNS_ID) {
		/* who guesses must not end the flow of others */
		*reason = why;
		return INSPECT_DROP;
	}
	if (why != INSPECT_FINE)
		return inspect_refuse(inspect, flow, why, reason);
	flow->side[direction].good = true;
	if (direction == INSPECT_SERVER && !check->udp_always)
		return inspect_allow(inspect, flow, reason);
	*reason = INSPECT_FINE;
	return INSPECT_PASS;
}

size_t
inspect_flows_used(const struct inspect *inspect)
{
	return inspect->flows_used;
}

size_t
inspect_buffers_used(const struct inspect *inspect)
{
	return inspect->buffers_used;
}
