/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho explain [--json] [FILE] QUERY|-: which rule decides on a packet,
 * and why the ones before did not. The verdict is that of rules_decide() on
 * the compiled rules, as for the packet path. Many queries from standard
 * input (-) are answered by a line each.
 */
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/base/json.h"
#include "commands.h"
#include "options.h"
#include "rules_file.h"

#define READ_BYTES	(64u * 1024)
#define WRITE_BYTES	(256u * 1024)	/* of answers, then they are written */
#define SERVER_NAMES_MAX 1000u

static const char help[] =
    "usage: sekisho explain [--json] [FILE] QUERY\n"
    "       sekisho explain [--json] [FILE] -\n"
    "\n"
    "Which rule of FILE (default " RULES_FILE_DEFAULT ") decides\n"
    "on a packet, and why the rules before it did not. QUERY is one of\n"
    "\n"
    "  tcp|udp from A[:PORT] to B port PORT [in SEGMENT] [mac MAC]\n"
    "  icmp|icmp6 from A to B type TYPE [in SEGMENT] [mac MAC]\n"
    "  protocol NUMBER from A to B [in SEGMENT] [mac MAC]\n"
    "\n"
    "with IP addresses A and B (an IPv6 address with a port is written\n"
    "[A]:PORT), SEGMENT where it comes in, MAC that of the sender.\n"
    "-: one query a line on standard input, one answer a line.\n"
    "\n"
    "exit status: 0 allowed, 1 denied, 2 usage, 3 the rules or the query "
    "have\n"
    "errors, 4 the system failed; with -: 0, or 3 when a query was wrong\n";

struct explain {
	struct rules_run *run;
	const struct rules_image *image;
	bool		 json;
	struct buf	 out;
	bool		 bad;		/* a query was wrong */
};

struct answer {
	struct rules_packet packet;
	struct rules_decision decision;
	struct rules_flow flow;		/* of decision.rule */
	const char	*speaks;	/* or NULL */
	uint32_t	route;		/* mail route that listens there */
};

/*
 * Connections to the gateway's own listeners are no business of allow and
 * deny: who asks about one should hear that.
 */
static uint32_t
listening(const struct rules_image *image, const struct rules_packet *p)
{
	struct rules_route route;
	struct rules_listen listen;

	for (uint32_t i = 0; i < rules_routes(image); i++) {
		rules_route(image, i, &route);
		for (uint32_t k = 0; k < route.listens; k++) {
			rules_route_listen(image, i, k, &listen);
			if (p->protocol == IPPROTO_TCP &&
			    listen.port == p->dst_port &&
			    address_equal(&listen.address, &p->dst))
				return i;
		}
	}
	return RULES_NONE;
}

static void
decide(const struct explain *e, struct answer *a)
{
	rules_decide(e->image, &a->packet, &a->decision);
	a->speaks = NULL;
	a->route = listening(e->image, &a->packet);
	if (a->decision.rule == RULES_NONE)
		return;
	rules_flow(e->image, a->decision.rule, &a->flow);
	if (a->decision.allow)
		a->speaks = rules_speaks_name(rules_flow_speaks(e->image,
		    a->decision.rule, &a->packet));
}

/* ---- JSON ---- */

static void
json_place(struct json *json, const char *key, struct span file,
    uint32_t line)
{
	char text[4096];

	snprintf(text, sizeof(text), "%.*s:%u", (int)file.len,
	    (const char *)file.ptr, line);
	json_str(json, key, text);
}

static void
json_servers(struct json *json, const struct explain *e,
    const struct answer *a)
{
	struct span name;
	bool below;

	if (!a->decision.allow || !rules_flow_server_name(e->image,
	    a->decision.rule, &a->packet, 0, &name, &below))
		return;
	json_array(json, "server_names");
	for (uint32_t i = 0; i < SERVER_NAMES_MAX && rules_flow_server_name(
	    e->image, a->decision.rule, &a->packet, i, &name, &below); i++) {
		char text[300];

		snprintf(text, sizeof(text), "%s%.*s", below ? "*." : "",
		    (int)name.len, (const char *)name.ptr);
		json_str(json, NULL, text);
	}
	json_array_end(json);
}

static void
json_near(struct json *json, const struct rules_why *why)
{
	json_array(json, "near");
	for (uint32_t i = 0; i < why->near_n; i++) {
		const struct rules_near *near = &why->near[i];

		json_object(json, NULL);
		json_place(json, "rule", span_str(near->finding.file),
		    near->line);
		json_string(json, "name", near->name);
		json_array(json, "reasons");
		for (uint32_t k = 0; k < near->reasons_n; k++)
			json_str(json, NULL, near->reasons[k]);
		json_array_end(json);
		json_object_end(json);
	}
	json_array_end(json);
	json_u64(json, "near_more", why->rest);
}

/* why: NULL in the answers to many. */
static enum err
answer_json(struct explain *e, const struct answer *a,
    const struct rules_why *why)
{
	const struct rules_decision *d = &a->decision;
	struct json json;

	json_init(&json, &e->out);
	json_object(&json, NULL);
	json_str(&json, "verdict", d->allow ? "allow" : "deny");
	if (d->rule != RULES_NONE)
		json_place(&json, "rule", a->flow.file, a->flow.line);
	else
		json_null(&json, "rule");
	if (d->allow)
		json_str(&json, "class", rules_class_name(a->flow.class));
	else
		json_null(&json, "class");
	if (a->speaks != NULL)
		json_str(&json, "speaks", a->speaks);
	else
		json_null(&json, "speaks");
	if (d->rule != RULES_NONE && a->flow.name.len > 0)
		json_string(&json, "name", a->flow.name);
	json_str(&json, "reason", rules_reason_name(d->reason));
	json_servers(&json, e, a);
	if (a->route != RULES_NONE) {
		struct rules_route route;

		rules_route(e->image, a->route, &route);
		json_string(&json, "mail_route", route.name);
		json_bool(&json, "mail_accepts", rules_mail_peer(e->image,
		    a->route, &a->packet.src));
	}
	if (why != NULL && why->spoofed != NULL)
		json_str(&json, "spoofed", why->spoofed);
	if (why != NULL)
		json_near(&json, why);
	json_object_end(&json);
	return json_end(&json) == OK ? buf_add_byte(&e->out, '\n') :
	    json.err;
}

static enum err
trouble_json(struct explain *e, const struct rules_query_trouble *trouble)
{
	struct json json;

	json_init(&json, &e->out);
	json_object(&json, NULL);
	json_str(&json, "error", trouble->text);
	json_u64(&json, "column", trouble->finding.column);
	if (trouble->finding.hint != NULL)
		json_str(&json, "hint", trouble->finding.hint);
	json_object_end(&json);
	return json_end(&json) == OK ? buf_add_byte(&e->out, '\n') :
	    json.err;
}

/* ---- text ---- */

#define MUST(err, call)	do { if ((err) == OK) (err) = (call); } while (0)

static enum err
text_servers(struct explain *e, const struct answer *a)
{
	struct span name;
	enum err err = OK;
	bool below;

	for (uint32_t i = 0; i < SERVER_NAMES_MAX && err == OK &&
	    rules_flow_server_name(e->image, a->decision.rule, &a->packet, i,
	    &name, &below); i++)
		err = buf_printf(&e->out, "%s \"%s%.*s\"", i == 0 ? "" : ",",
		    below ? "*." : "", (int)name.len,
		    (const char *)name.ptr);
	return err;
}

/* "allow" and what an allow gives, or "deny" and by what, in one line. */
static enum err
text_verdict(struct explain *e, const struct answer *a)
{
	enum err err = buf_add_str(&e->out, a->decision.allow ? "allow" :
	    "deny");

	if (a->decision.rule != RULES_NONE) {
		MUST(err, buf_printf(&e->out, " %.*s:%u",
		    (int)a->flow.file.len, (const char *)a->flow.file.ptr,
		    a->flow.line));
		if (a->flow.name.len > 0)
			MUST(err, buf_printf(&e->out, " \"%.*s\"",
			    (int)a->flow.name.len,
			    (const char *)a->flow.name.ptr));
	}
	switch (a->decision.reason) {
	case RULES_BY_RULE:
		break;
	case RULES_NO_RULE:
		MUST(err, buf_add_str(&e->out, " by default: no rule "
		    "matches"));
		break;
	case RULES_SPOOFED:
		MUST(err, buf_add_str(&e->out, " as spoofed"));
		break;
	case RULES_TIERS:
		MUST(err, buf_add_str(&e->out, ": no rule may allow it "
		    "between these tiers"));
		break;
	}
	if (!a->decision.allow)
		return err;
	MUST(err, buf_printf(&e->out, " %s",
	    rules_class_name(a->flow.class)));
	if (a->speaks != NULL) {
		MUST(err, buf_printf(&e->out, " speaks %s", a->speaks));
		MUST(err, text_servers(e, a));
	}
	if (a->flow.flows_max > 0)
		MUST(err, buf_printf(&e->out, " limit %u flows",
		    a->flow.flows_max));
	return err;
}

static enum err
text_route(struct explain *e, const struct answer *a)
{
	struct rules_route route;

	if (a->route == RULES_NONE)
		return OK;
	rules_route(e->image, a->route, &route);
	return buf_printf(&e->out, "but mail %.*s listens there: this is "
	    "for the gateway itself, which %s this peer\n",
	    (int)route.name.len, (const char *)route.name.ptr,
	    rules_mail_peer(e->image, a->route, &a->packet.src) ?
	    "accepts" : "does not accept");
}

static enum err
text_near(struct explain *e, const struct rules_near *near)
{
	struct rules_finding f = near->finding;
	char text[1024];
	enum err err;

	if (near->name.len > 0) {
		snprintf(text, sizeof(text), "\"%.*s\" does not match: %s",
		    (int)near->name.len, (const char *)near->name.ptr,
		    near->reasons[0]);
		f.text = text;
	}
	err = rules_finding_print(&f, &e->out);
	for (uint32_t i = 1; i < near->reasons_n; i++)
		MUST(err, buf_printf(&e->out, "    and: %s\n",
		    near->reasons[i]));
	return err;
}

static enum err
answer_text(struct explain *e, const struct answer *a,
    const struct rules_why *why)
{
	struct rules_finding rule = why->rule;
	enum err err = text_verdict(e, a);

	MUST(err, buf_add_byte(&e->out, '\n'));
	MUST(err, text_route(e, a));
	rule.text = a->decision.allow ? "this rule allows it" :
	    "this rule decides";
	if (why->decided)
		MUST(err, rules_finding_print(&rule, &e->out));
	if (why->spoofed != NULL)
		MUST(err, buf_printf(&e->out, "%s; no rule is asked\n",
		    why->spoofed));
	if (why->near_n > 0)
		MUST(err, buf_printf(&e->out, "%s:\n", why->decided ?
		    "\nbefore it, and near" : "\nnearest"));
	for (uint32_t i = 0; i < why->near_n; i++)
		MUST(err, text_near(e, &why->near[i]));
	if (why->rest > 0)
		MUST(err, buf_printf(&e->out, "%s%u %s%s\n",
		    why->near_n > 0 ? "" : "\n", why->rest, why->rest == 1 ?
		    "rule" : "rules", why->near_n > 0 ? " more, further away" :
		    " before it, none of them near"));
	return err;
}

/* ---- one, or many ---- */

static int
explain_one(struct explain *e, struct span query)
{
	struct rules_query_trouble trouble;
	struct rules_why why;
	struct answer a;
	enum err err;
	int status;

	if (rules_query(e->run, query, &a.packet, &trouble) != OK) {
		if (e->json)
			err = trouble_json(e, &trouble);
		else
			err = rules_finding_print(&trouble.finding, &e->out);
		if (!e->json && err == OK) {
			fprintf(stderr, "%.*s", (int)e->out.len,
			    (const char *)e->out.ptr);
			buf_clear(&e->out);
		}
		return output(&e->out, err == OK ? EXIT_REFUSED :
		    EXIT_SYSTEM);
	}
	decide(e, &a);
	status = a.decision.allow ? EXIT_DONE : EXIT_NO;
	err = rules_explain(e->run, &a.packet, &a.decision, &why);
	if (err == OK)
		err = e->json ? answer_json(e, &a, &why) :
		    answer_text(e, &a, &why);
	return output(&e->out, err == OK ? status : EXIT_SYSTEM);
}

static enum err
answer_line(struct explain *e, struct span line)
{
	struct rules_query_trouble trouble;
	struct answer a;
	enum err err;

	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (rules_query(e->run, line, &a.packet, &trouble) != OK) {
		e->bad = true;
		return e->json ? trouble_json(e, &trouble) :
		    buf_printf(&e->out, "error: column %u: %s\n",
		    trouble.finding.column, trouble.text);
	}
	decide(e, &a);
	if (e->json)
		return answer_json(e, &a, NULL);
	err = text_verdict(e, &a);
	MUST(err, buf_add_byte(&e->out, '\n'));
	return err;
}

static enum err
write_answers(struct explain *e, struct diag *diag)
{
	enum err err = write_all(STDOUT_FILENO, buf_span(&e->out), diag);

	buf_clear(&e->out);
	return err;
}

/*
 * All whole lines of buf; at the end also what has no line feed. Of a line
 * that is too long the rest is dropped, but not its answer.
 */
static enum err
answer_lines(struct explain *e, struct buf *in, bool *dropping, bool end,
    struct diag *diag)
{
	struct span rest = buf_span(in), line;
	enum err err = OK;

	while (err == OK && rest.len > 0) {
		struct span before = rest;
		bool whole = span_cut(&rest, '\n', &line);

		if (!whole && !end && line.len <= RULES_QUERY_BYTES_MAX + 1) {
			rest = before;
			break;
		}
		if (!*dropping)
			err = answer_line(e, line);
		*dropping = !whole;
		if (err == OK && e->out.len > WRITE_BYTES)
			err = write_answers(e, diag);
	}
	buf_consume(in, in->len - rest.len);
	return err;
}

/* What is answered is written before more is waited for. */
static int
explain_many(struct explain *e)
{
	struct diag diag = { 0 };
	struct buf in;
	uint8_t *room;
	bool dropping = false;
	enum err err = OK;
	ssize_t n = 1;

	buf_init(&in, 2 * READ_BYTES);
	while (err == OK && n > 0) {
		err = buf_reserve(&in, READ_BYTES, &room);
		if (err != OK)
			break;
		n = read(STDIN_FILENO, room, READ_BYTES);
		if (n == -1) {
			err = diag_system(&diag, "standard input");
			break;
		}
		in.len += (size_t)n;
		err = answer_lines(e, &in, &dropping, n == 0, &diag);
		if (err == OK)
			err = write_answers(e, &diag);
	}
	buf_fini(&in);
	buf_fini(&e->out);
	if (err != OK)
		fprintf(stderr, "sekisho explain: %s\n", diag.what[0] != '\0' ?
		    diag.what : err_name(err));
	if (err != OK)
		return EXIT_SYSTEM;
	return e->bad ? EXIT_REFUSED : EXIT_DONE;
}

static int
explain(const char *path, bool json, bool many, struct span query)
{
	static struct rules_file file;
	struct rules_image *image;
	struct explain e = { .json = json };
	struct buf bytes;
	int status = rules_file_image(&file, "explain", path, &bytes, &image);

	if (status == EXIT_DONE) {
		e.run = file.run;
		e.image = image;
		buf_init(&e.out, OUTPUT_BYTES_MAX);
		status = many ? explain_many(&e) : explain_one(&e, query);
		rules_image_close(image);
		buf_fini(&bytes);
	}
	rules_file_close(&file);
	return status;
}

/* ---- the command line ---- */

static bool
begins_query(const char *word)
{
	static const char *const words[] = { "tcp", "udp", "icmp", "icmp6",
	    "protocol" };
	struct span first, rest = span_str(word);

	(void)span_cut(&rest, ' ', &first);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_equal(first, span_str(words[i])))
			return true;
	return false;
}

static int
parse_rest(int argc, char **argv, bool json)
{
	const char *path = RULES_FILE_DEFAULT;
	struct buf query;
	int i = 0, status;
	bool many;

	if (argc > 0 && !begins_query(argv[0]) &&
	    (argc > 1 || strcmp(argv[0], "-") != 0))
		path = argv[i++];
	if (i == argc)
		return usage_error("explain", "the query is missing, as: tcp "
		    "from 10.20.1.5 to 192.0.2.66 port 3389");
	many = argc - i == 1 && strcmp(argv[i], "-") == 0;
	if (many && strcmp(path, "-") == 0)
		return usage_error("explain", "the rules and the queries "
		    "cannot both be standard input");
	buf_init(&query, 2 * RULES_QUERY_BYTES_MAX);
	for (int first = i; i < argc; i++)
		if ((i > first && buf_add_byte(&query, ' ') != OK) ||
		    buf_add_str(&query, argv[i]) != OK) {
			buf_fini(&query);
			return usage_error("explain", "the query is too long");
		}
	status = explain(path, json, many, buf_span(&query));
	buf_fini(&query);
	return status;
}

int
cmd_explain(int argc, char **argv)
{
	bool json = false;
	const struct option_row rows[] = {
		{ .name = "json", .flag = &json },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	return status != -1 ? status :
	    parse_rest(argc - optind, argv + optind, json);
}
