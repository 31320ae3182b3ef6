/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of `sekisho replay`, for people and as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../gateway/base/json.h"
#include "replay.h"

#define END_TEXT_BYTES	(ADDRESS_TEXT_BYTES + 16)
#define MUST(err, call)	do { if ((err) == OK) (err) = (call); } while (0)

/* "10.20.1.5:50000", "[2001:db8::1]:4000", or without a port. */
static void
end_text(const struct replay_end *end, bool port, char text[END_TEXT_BYTES])
{
	char address[ADDRESS_TEXT_BYTES];

	address_text(&end->address, address);
	if (!port)
		snprintf(text, END_TEXT_BYTES, "%s", address);
	else if (end->address.family == 6)
		snprintf(text, END_TEXT_BYTES, "[%s]:%u", address, end->port);
	else
		snprintf(text, END_TEXT_BYTES, "%s:%u", address, end->port);
}

static bool
is_icmp(uint8_t protocol)
{
	return protocol == 1 || protocol == 58;
}

/* "tcp", "icmp type 8", "protocol 50". */
static void
kind_text(const struct replay_flow *f, char text[PROTOCOL_TEXT_BYTES + 16])
{
	char protocol[PROTOCOL_TEXT_BYTES];

	protocol_text(f->protocol, protocol);
	if (is_icmp(f->protocol))
		snprintf(text, PROTOCOL_TEXT_BYTES + 16, "%s type %u",
		    protocol, f->icmp_type);
	else
		snprintf(text, PROTOCOL_TEXT_BYTES + 16, "%s%s",
		    protocol_ports(f->protocol) ? "" : "protocol ",
		    protocol);
}

static const char *
denied_why(enum rules_reason reason)
{
	switch (reason) {
	case RULES_BY_RULE:
		return "";
	case RULES_NO_RULE:
		return "no rule matches";
	case RULES_SPOOFED:
		return "spoofed";
	case RULES_TIERS:
		return "between these tiers no rule may allow it";
	}
	return "";
}

/* FILE:LINE "NAME" of a rule. */
static enum err
rule_text(const struct rules_image *image, uint32_t rule, struct buf *out)
{
	struct rules_flow flow;
	enum err err;

	rules_flow(image, rule, &flow);
	err = buf_add(out, flow.file);
	MUST(err, buf_printf(out, ":%u", flow.line));
	if (flow.name.len > 0) {
		MUST(err, buf_add_str(out, " \""));
		MUST(err, buf_add(out, flow.name));
		MUST(err, buf_add_byte(out, '"'));
	}
	return err;
}

/* ---- text ---- */

static enum err
text_flow(const struct replay *replay, const struct replay_flow *f,
    const int widths[2], struct buf *out)
{
	char client[END_TEXT_BYTES], server[END_TEXT_BYTES];
	char kind[PROTOCOL_TEXT_BYTES + 16];
	enum err err;

	end_text(&f->client, protocol_ports(f->protocol), client);
	end_text(&f->server, protocol_ports(f->protocol), server);
	kind_text(f, kind);
	err = buf_printf(out, "%-*s  %-*s  %-13s %8" PRIu64 " %10" PRIu64
	    "  %-5s  ", widths[0], client, widths[1], server, kind,
	    f->packets, f->bytes, f->decision.allow ? "allow" : "deny");
	if (f->decision.rule != RULES_NONE)
		MUST(err, rule_text(replay->image, f->decision.rule, out));
	if (f->decision.reason != RULES_BY_RULE)
		MUST(err, buf_printf(out, "%s%s", f->decision.rule !=
		    RULES_NONE ? ": " : "", denied_why(f->decision.reason)));
	if (f->middle)
		MUST(err, buf_add_str(out, " *"));
	MUST(err, buf_add_byte(out, '\n'));
	return err;
}

static void
find_widths(const struct replay *replay, int widths[2])
{
	char text[END_TEXT_BYTES];

	widths[0] = widths[1] = 6;
	for (uint32_t i = 0; i < replay->flows_n; i++) {
		const struct replay_flow *f = &replay->flows[i];
		bool port = protocol_ports(f->protocol);
		int len;

		end_text(&f->client, port, text);
		len = (int)strlen(text);
		widths[0] = len > widths[0] ? len : widths[0];
		end_text(&f->server, port, text);
		len = (int)strlen(text);
		widths[1] = len > widths[1] ? len : widths[1];
	}
}

static enum err
text_flows(const struct replay *replay, const struct replay_sums *sums,
    struct buf *out)
{
	int widths[2];
	enum err err = OK;

	if (replay->flows_n == 0)
		return buf_add_str(out, "no flows\n");
	find_widths(replay, widths);
	MUST(err, buf_printf(out, "%-*s  %-*s  %-13s %8s %10s  %-5s  %s\n",
	    widths[0], "client", widths[1], "server", "protocol", "packets",
	    "bytes", "", "rule"));
	for (uint32_t i = 0; i < replay->flows_n && err == OK; i++)
		err = text_flow(replay, &replay->flows[i], widths, out);
	if (sums->middle > 0)
		MUST(err, buf_add_str(out, "* began before the capture: the "
		    "client is who was seen first\n"));
	return err;
}

static enum err
text_sum(const struct replay_sum *sum, const char *what, struct buf *out)
{
	return buf_printf(out, "%8" PRIu64 " %10" PRIu64 " %14" PRIu64
	    "  %s", sum->flows, sum->packets, sum->bytes, what);
}

static enum err
text_sums(const struct replay *replay, const struct replay_sums *sums,
    struct buf *out)
{
	enum err err = buf_printf(out, "\n%8s %10s %14s\n", "flows",
	    "packets", "bytes");

	MUST(err, text_sum(&sums->allow, "allowed\n", out));
	MUST(err, text_sum(&sums->deny, "denied\n", out));
	for (uint32_t i = 0; i < rules_flows(replay->image); i++) {
		if (sums->rules[i].flows == 0)
			continue;
		MUST(err, text_sum(&sums->rules[i], "by ", out));
		MUST(err, rule_text(replay->image, i, out));
		MUST(err, buf_add_byte(out, '\n'));
	}
	if (sums->no_rule.flows > 0)
		MUST(err, text_sum(&sums->no_rule, "by no rule\n", out));
	return err;
}

static enum err
text_refused(const struct replay_refused *refused, uint32_t n, uint32_t top,
    struct buf *out)
{
	enum err err = OK;

	if (n == 0)
		return OK;
	MUST(err, buf_printf(out, "\nrefused most often\n%8s %10s  %s\n",
	    "flows", "packets", "server"));
	for (uint32_t i = 0; i < n && i < top; i++) {
		const struct replay_flow *f = refused[i].example;
		char server[END_TEXT_BYTES];
		char kind[PROTOCOL_TEXT_BYTES + 16];

		end_text(&f->server, protocol_ports(f->protocol), server);
		kind_text(f, kind);
		MUST(err, buf_printf(out, "%8" PRIu64 " %10" PRIu64
		    "  %s %s\n", refused[i].flows, refused[i].packets, server,
		    kind));
	}
	if (n > top)
		MUST(err, buf_printf(out, "and %u more\n", n - top));
	return err;
}

static enum err
text_rest(const struct replay *replay, struct buf *out)
{
	enum err err = buf_printf(out, "\n%" PRIu64 " packets, %" PRIu64
	    " bytes", replay->packets, replay->bytes);
	bool first = true;

	for (unsigned i = 0; i < PACKET_REASON_N; i++) {
		if (replay->broken[i] == 0)
			continue;
		MUST(err, buf_printf(out, "%s\n%10" PRIu64 "  %s", first ?
		    "; of no flow:" : "", replay->broken[i],
		    packet_reason_text((enum packet_reason)i)));
		first = false;
	}
	if (replay->later > 0)
		MUST(err, buf_printf(out, "%s\n%10" PRIu64 "  fragment behind "
		    "the first: no ports, it goes with that", first ?
		    "; of no flow:" : "", replay->later));
	if (replay->beyond > 0)
		MUST(err, buf_printf(out, "\n%10" PRIu64 "  left out: more "
		    "than %u flows", replay->beyond, REPLAY_FLOWS_MAX));
	MUST(err, buf_add_byte(out, '\n'));
	return err;
}

enum err
replay_text(struct replay *replay, uint32_t top, struct buf *out)
{
	struct replay_sums sums;
	uint32_t n;
	const struct replay_refused *refused = replay_refused(replay, &n);
	enum err err = refused == NULL ? ERR_SYSTEM : OK;

	MUST(err, replay_sum(replay, &sums));
	MUST(err, text_flows(replay, &sums, out));
	MUST(err, text_sums(replay, &sums, out));
	MUST(err, text_refused(refused, n, top, out));
	MUST(err, text_rest(replay, out));
	return err;
}

/* ---- JSON ---- */

static void
json_end_point(struct json *json, const char *key, const char *port_key,
    const struct replay_end *end, bool port)
{
	char text[ADDRESS_TEXT_BYTES];

	address_text(&end->address, text);
	json_str(json, key, text);
	if (port)
		json_u64(json, port_key, end->port);
}

static void
json_protocol(struct json *json, const struct replay_flow *f)
{
	char protocol[PROTOCOL_TEXT_BYTES];

	protocol_text(f->protocol, protocol);
	json_str(json, "protocol", protocol);
	if (is_icmp(f->protocol))
		json_u64(json, "type", f->icmp_type);
}

static void
json_rule(struct json *json, const struct rules_image *image, uint32_t rule)
{
	struct rules_flow flow;
	struct buf text;

	if (rule == RULES_NONE) {
		json_null(json, "rule");
		return;
	}
	rules_flow(image, rule, &flow);
	buf_init(&text, flow.file.len + 16);
	if (buf_add(&text, flow.file) != OK ||
	    buf_printf(&text, ":%u", flow.line) != OK)
		json->err = ERR_SYSTEM;
	json_string(json, "rule", buf_span(&text));
	buf_fini(&text);
	json_string(json, "name", flow.name);
}

static void
json_flow(struct json *json, const struct replay *replay,
    const struct replay_flow *f)
{
	const struct rules_decision *d = &f->decision;
	bool port = protocol_ports(f->protocol);
	struct rules_packet packet;
	struct rules_flow flow;
	char mac[18];

	json_object(json, NULL);
	json_end_point(json, "client", "client_port", &f->client, port);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
	    f->mac[0], f->mac[1], f->mac[2], f->mac[3], f->mac[4], f->mac[5]);
	if (f->has_mac)
		json_str(json, "client_mac", mac);
	json_end_point(json, "server", "server_port", &f->server, port);
	json_protocol(json, f);
	json_u64(json, "packets", f->packets);
	json_u64(json, "bytes", f->bytes);
	json_str(json, "verdict", d->allow ? "allow" : "deny");
	json_rule(json, replay->image, d->rule);
	if (d->allow) {
		replay_flow_packet(f, &packet);
		rules_flow(replay->image, d->rule, &flow);
		json_str(json, "class", rules_class_name(flow.class));
		if (rules_flow_speaks(replay->image, d->rule, &packet) !=
		    RULES_SPEAKS_NOTHING)
			json_str(json, "speaks", rules_speaks_name(
			    rules_flow_speaks(replay->image, d->rule,
			    &packet)));
	}
	json_str(json, "reason", rules_reason_name(d->reason));
	json_bool(json, "began_before", f->middle);
	json_object_end(json);
}

static void
json_sum(struct json *json, const char *key, const struct replay_sum *sum)
{
	json_object(json, key);
	json_u64(json, "flows", sum->flows);
	json_u64(json, "packets", sum->packets);
	json_u64(json, "bytes", sum->bytes);
	json_object_end(json);
}

static void
json_sums(struct json *json, const struct replay *replay,
    const struct replay_sums *sums)
{
	json_sum(json, "allow", &sums->allow);
	json_sum(json, "deny", &sums->deny);
	json_sum(json, "no_rule", &sums->no_rule);
	json_array(json, "rules");
	for (uint32_t i = 0; i < rules_flows(replay->image); i++) {
		if (sums->rules[i].flows == 0)
			continue;
		json_object(json, NULL);
		json_rule(json, replay->image, i);
		json_u64(json, "flows", sums->rules[i].flows);
		json_u64(json, "packets", sums->rules[i].packets);
		json_u64(json, "bytes", sums->rules[i].bytes);
		json_object_end(json);
	}
	json_array_end(json);
}

static void
json_refused(struct json *json, const struct replay_refused *refused,
    uint32_t n, uint32_t top)
{
	json_array(json, "refused");
	for (uint32_t i = 0; i < n && i < top; i++) {
		const struct replay_flow *f = refused[i].example;

		json_object(json, NULL);
		json_end_point(json, "server", "server_port", &f->server,
		    protocol_ports(f->protocol));
		json_protocol(json, f);
		json_u64(json, "flows", refused[i].flows);
		json_u64(json, "packets", refused[i].packets);
		json_object_end(json);
	}
	json_array_end(json);
	json_u64(json, "refused_more", n > top ? n - top : 0);
}

static void
json_rest(struct json *json, const struct replay *replay)
{
	json_object(json, "no_flow");
	json_u64(json, "later_fragments", replay->later);
	json_u64(json, "beyond_limit", replay->beyond);
	json_array(json, "reasons");
	for (unsigned i = 0; i < PACKET_REASON_N; i++) {
		if (replay->broken[i] == 0)
			continue;
		json_object(json, NULL);
		json_str(json, "reason", packet_reason_text(
		    (enum packet_reason)i));
		json_u64(json, "packets", replay->broken[i]);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

enum err
replay_json(struct replay *replay, const char *capture, uint32_t top,
    struct buf *out)
{
	struct replay_sums sums;
	struct json json;
	uint32_t n;
	const struct replay_refused *refused = replay_refused(replay, &n);
	enum err err = refused == NULL ? ERR_SYSTEM :
	    replay_sum(replay, &sums);

	if (err != OK)
		return err;
	json_init(&json, out);
	json_object(&json, NULL);
	json_str(&json, "capture", capture);
	json_bool(&json, "complete", replay->trouble == NULL);
	if (replay->trouble != NULL)
		json_str(&json, "error", replay->trouble);
	if (replay->link_name != NULL)
		json_str(&json, "link", replay->link_name);
	json_u64(&json, "packets", replay->packets);
	json_u64(&json, "bytes", replay->bytes);
	json_array(&json, "flows");
	for (uint32_t i = 0; i < replay->flows_n; i++)
		json_flow(&json, replay, &replay->flows[i]);
	json_array_end(&json);
	json_sums(&json, replay, &sums);
	json_refused(&json, refused, n, top);
	json_rest(&json, replay);
	json_object_end(&json);
	if (json_end(&json) != OK)
		return json.err;
	return buf_add_byte(out, '\n');
}
