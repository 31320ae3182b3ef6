/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of evidence: their fields are documented in sekisho(8), and other
 * people's programs read them. A line is written whole, or not at all.
 */
#include <netinet/in.h>
#include <stdio.h>

#include "../base/json.h"
#include "capture_text.h"
#include "limits.h"

static void
put_rule(struct json *json, const struct capture_rule *rule)
{
	char text[CAPTURE_LINE_BYTES_MAX / 2];

	if (!rule->known)
		return;
	snprintf(text, sizeof(text), "%.*s:%u", (int)rule->file.len,
	    (const char *)rule->file.ptr, rule->line);
	json_str(json, "rule", text);
	json_string(json, "name", rule->name);
}

static void
put_protocol(struct json *json, uint8_t protocol)
{
	char text[8];

	switch (protocol) {
	case IPPROTO_TCP:
		json_str(json, "protocol", "tcp");
		break;
	case IPPROTO_UDP:
		json_str(json, "protocol", "udp");
		break;
	case IPPROTO_ICMP:
		json_str(json, "protocol", "icmp");
		break;
	case IPPROTO_ICMPV6:
		json_str(json, "protocol", "icmp6");
		break;
	default:
		snprintf(text, sizeof(text), "%u", protocol);
		json_str(json, "protocol", text);
		break;
	}
}

static void
put_end(struct json *json, const char *name, const char *port_name,
    const struct address *address, uint16_t port, bool ports)
{
	char text[ADDRESS_TEXT_BYTES];

	if (address->family == 0)
		return;
	address_text(address, text);
	json_str(json, name, text);
	if (ports)
		json_u64(json, port_name, port);
}

static void
put_all_ends(struct json *json, const struct capture_ends *ends, bool source)
{
	bool ports = ends->protocol == IPPROTO_TCP ||
	    ends->protocol == IPPROTO_UDP;
	bool icmp = ends->protocol == IPPROTO_ICMP ||
	    ends->protocol == IPPROTO_ICMPV6;

	if (ends->in.len > 0)
		json_string(json, "in", ends->in);
	if (ends->out.len > 0)
		json_string(json, "out", ends->out);
	if (ends->src.family == 0)
		return;
	put_protocol(json, ends->protocol);
	put_end(json, "src", "src_port", &ends->src, ends->src_port,
	    ports && source);
	put_end(json, "dst", "dst_port", &ends->dst, ends->dst_port, ports);
	if (icmp) {
		json_u64(json, "type", ends->dst_port >> 8);
		json_u64(json, "code", ends->dst_port & 0xff);
	}
}

static void
put_ends(struct json *json, const struct capture_ends *ends)
{
	put_all_ends(json, ends, true);
}

/* The line ends, or is as if it had never been begun. */
static enum err
end(struct json *json, struct buf *out, size_t before)
{
	enum err err;

	json_object_end(json);
	err = json_end(json);
	if (err == OK)
		err = buf_add_byte(out, '\n');
	if (err != OK)
		buf_truncate(out, before);
	return err;
}

enum err
capture_packet_text(const struct capture_packet *packet, struct buf *out)
{
	size_t before = out->len;
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_u64(&json, "packet", packet->number);
	json_u64(&json, "time_ms", packet->wall_ms);
	json_str(&json, "reason", packet->reason);
	put_rule(&json, &packet->rule);
	put_ends(&json, &packet->ends);
	json_u64(&json, "bytes", packet->bytes);
	json_u64(&json, "missed", packet->missed);
	if (packet->generation != 0)
		json_u64(&json, "generation", packet->generation);
	return end(&json, out, before);
}

enum err
capture_flow_text(const struct capture_flow *flow, struct buf *out)
{
	size_t before = out->len;
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_u64(&json, "start_ms", flow->start_ms);
	if (flow->end_ms != 0) {
		json_u64(&json, "end_ms", flow->end_ms);
		json_u64(&json, "duration_ms", flow->end_ms > flow->start_ms ?
		    flow->end_ms - flow->start_ms : 0);
	}
	put_rule(&json, &flow->rule);
	if (flow->rule.known && flow->rule.class != NULL)
		json_str(&json, "class", flow->rule.class);
	put_ends(&json, &flow->ends);
	if (flow->counted) {
		json_u64(&json, "packets_there", flow->packets[0]);
		json_u64(&json, "bytes_there", flow->bytes[0]);
		json_u64(&json, "packets_back", flow->packets[1]);
		json_u64(&json, "bytes_back", flow->bytes[1]);
	}
	if (flow->cut != NULL)
		json_str(&json, "cut", flow->cut);
	if (flow->generation != 0)
		json_u64(&json, "generation", flow->generation);
	return end(&json, out, before);
}

enum err
capture_refusals_text(const struct capture_refusals *refusals,
    struct buf *out)
{
	size_t before = out->len;
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_u64(&json, "first_ms", refusals->first_ms);
	json_u64(&json, "last_ms", refusals->last_ms);
	json_u64(&json, "packets", refusals->packets);
	if (refusals->others) {
		json_bool(&json, "others", true);
		json_bool(&json, "inside", refusals->inside);
		return end(&json, out, before);
	}
	json_str(&json, "reason", refusals->reason);
	put_rule(&json, &refusals->rule);
	put_all_ends(&json, &refusals->ends, false);
	if (refusals->generation != 0)
		json_u64(&json, "generation", refusals->generation);
	return end(&json, out, before);
}

enum err
capture_scan_text(const struct capture_scan *scan, struct buf *out)
{
	size_t before = out->len;
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_u64(&json, "time_ms", scan->wall_ms);
	json_str(&json, "alarm", "scan");
	put_ends(&json, &scan->ends);
	json_u64(&json, "targets", scan->targets);
	json_u64(&json, "window_ms", scan->window_ms);
	return end(&json, out, before);
}
