/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho diff OLD NEW: what becomes allowed, denied or is allowed otherwise,
 * each with an example packet, and the settings of mail that change.
 */
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../gateway/base/json.h"
#include "commands.h"
#include "diff_show.h"
#include "options.h"
#include "rules_file.h"

static const char help[] =
    "usage: sekisho diff [--json] [--all] OLD NEW\n"
    "\n"
    "Compare two rule files by what they mean: the packets that become\n"
    "allowed or denied, or stay allowed but otherwise (class, protocol that\n"
    "must be spoken, limit, end), each with an example; then segments, mail\n"
    "routes and policies setting by setting. Names, order and comments are\n"
    "no meaning. - is standard input (one of the two).\n"
    "\n"
    "  --all   every region, not the first 100 of each kind\n"
    "\n"
    "exit status: 0 the same meaning, 1 they differ, 3 a file has errors,\n"
    "4 it cannot be read\n";

static const char *const titles[RULES_CHANGES] = {
	[RULES_BECOMES_ALLOWED] = "becomes allowed",
	[RULES_BECOMES_DENIED] = "becomes denied",
	[RULES_STAYS_ALLOWED] = "stays allowed, but otherwise"
};
static const char *const keys[RULES_CHANGES] = {
	[RULES_BECOMES_ALLOWED] = "becomes-allowed",
	[RULES_BECOMES_DENIED] = "becomes-denied",
	[RULES_STAYS_ALLOWED] = "stays-allowed"
};

bool
diff_found(const struct rules_diff *diff)
{
	return rules_diff_regions(diff) > 0 ||
	    rules_diff_settings(diff) > 0 || !rules_diff_complete(diff);
}

/* ---- text ---- */

static enum err
date_put(uint32_t days, const char *before, struct buf *out)
{
	time_t at = (time_t)days * 86400;
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL)
		return OK;
	return buf_printf(out, "%s%04d-%02d-%02d", before, tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday);
}

static enum err
rule_put(const struct rules_said *said, struct buf *out)
{
	if (said->file == NULL)
		return buf_add_str(out, "no rule");
	return buf_printf(out, "%s:%u %s%s%s \"%.*s\"", said->file,
	    said->line, said->allow ? "allow" : "deny",
	    said->allow ? " " : "", said->allow ? said->class : "",
	    (int)said->name.len, (const char *)said->name.ptr);
}

/* What an allow says beside its class, as one list. */
static enum err
terms_put(const struct rules_said *said, struct buf *out)
{
	const uint8_t *m = said->to_mac;
	enum err err = OK;

	if (!said->allow)
		return OK;
	if (said->speaks.len > 0)
		err = buf_printf(out, ", speaks %.*s", (int)said->speaks.len,
		    (const char *)said->speaks.ptr);
	if (err == OK && said->flows_max > 0)
		err = buf_printf(out, ", limit %u flows", said->flows_max);
	if (err == OK && said->until != RULES_NONE)
		err = date_put(said->until, ", until ", out);
	if (err == OK && said->to_mac_set)
		err = buf_printf(out, ", to mac %02x:%02x:%02x:%02x:%02x:%02x",
		    m[0], m[1], m[2], m[3], m[4], m[5]);
	return err;
}

/* As explain takes it. */
static enum err
packet_put(const struct rules_packet *p, struct buf *out)
{
	char src[ADDRESS_TEXT_BYTES], dst[ADDRESS_TEXT_BYTES];
	const char *name = rules_protocol_name(p->protocol);
	bool ports = p->protocol == IPPROTO_TCP || p->protocol == IPPROTO_UDP;
	const uint8_t *m = p->mac;
	enum err err;

	address_text(&p->src, src);
	address_text(&p->dst, dst);
	err = name != NULL ? buf_add_str(out, name) :
	    buf_printf(out, "protocol %u", p->protocol);
	if (err == OK)
		err = buf_printf(out, " from %s", src);
	if (err == OK && ports && p->src_port != RULES_SOURCE_PORT)
		err = buf_printf(out, " port %u", p->src_port);
	if (err == OK)
		err = buf_printf(out, " to %s", dst);
	if (err == OK && ports)
		err = buf_printf(out, " port %u", p->dst_port);
	if (err == OK && !ports && name != NULL)
		err = buf_printf(out, " type %u", p->dst_port);
	if (err == OK && p->has_mac)
		err = buf_printf(out, " mac %02x:%02x:%02x:%02x:%02x:%02x",
		    m[0], m[1], m[2], m[3], m[4], m[5]);
	return err;
}

static enum err
region_put(const struct rules_region *r, struct buf *out)
{
	enum err err = buf_printf(out, "  %s from %s to %s%s\n      now ",
	    r->service.text, r->src.text, r->dst.text, !r->named ? "" :
	    r->v6 ? " (IPv6 only)" : " (IPv4 only)");

	if (err == OK)
		err = rule_put(&r->after, out);
	if (err == OK)
		err = terms_put(&r->after, out);
	if (err == OK)
		err = buf_add_str(out, "\n      was ");
	if (err == OK)
		err = rule_put(&r->before, out);
	if (err == OK)
		err = terms_put(&r->before, out);
	if (err == OK)
		err = buf_add_str(out, "\n      e.g. ");
	if (err == OK)
		err = packet_put(&r->packet, out);
	return err == OK ? buf_add_byte(out, '\n') : err;
}

/* Regions first .. first + n - 1, which are of one change. */
static enum err
group_put(struct rules_diff *diff, enum rules_change change, uint32_t first,
    uint32_t max, struct buf *out)
{
	uint32_t n = rules_diff_count(diff, change);
	struct rules_region region;
	enum err err;

	if (n == 0)
		return OK;
	err = buf_printf(out, "%s (%s%u region%s)\n", titles[change],
	    rules_diff_complete(diff) ? "" : "at least ", n,
	    n == 1 ? "" : "s");
	for (uint32_t i = 0; i < n && i < max && err == OK; i++) {
		err = rules_diff_region(diff, first + i, &region);
		if (err == OK)
			err = region_put(&region, out);
	}
	if (n > max && err == OK)
		err = buf_printf(out, "  ... and %u more: --all shows "
		    "them\n", n - max);
	return err;
}

static enum err
setting_put(const struct rules_setting *s, struct buf *out)
{
	if (s->setting == NULL)
		return buf_printf(out, "  %s: %s\n", s->what,
		    s->before == NULL ? "added" : "removed");
	return buf_printf(out, "  %s: %s: %s -> %s\n", s->what, s->setting,
	    s->before[0] == '\0' ? "nothing" : s->before,
	    s->after[0] == '\0' ? "nothing" : s->after);
}

enum err
diff_show(struct rules_diff *diff, const char *before, const char *after,
    uint32_t max, struct buf *out)
{
	uint32_t first = 0;
	enum err err = OK;

	if (!diff_found(diff))
		return buf_printf(out, "the same meaning: %s, %s\n", before,
		    after);
	for (enum rules_change c = 0; c < RULES_CHANGES && err == OK; c++) {
		err = group_put(diff, c, first, max, out);
		first += rules_diff_count(diff, c);
	}
	if (err == OK && rules_diff_settings(diff) > 0)
		err = buf_add_str(out, "settings\n");
	for (uint32_t i = 0; i < rules_diff_settings(diff) && err == OK; i++)
		err = setting_put(rules_diff_setting(diff, i), out);
	if (err == OK && !rules_diff_complete(diff))
		err = buf_add_str(out, "the files differ too much to be "
		    "looked at to the end: there may be more\n");
	return err;
}

/* ---- JSON ---- */

static void
json_mac(struct json *json, const char *key, const uint8_t m[6])
{
	char text[32];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0],
	    m[1], m[2], m[3], m[4], m[5]);
	json_str(json, key, text);
}

static void
json_said(struct json *json, const char *key, const struct rules_said *said)
{
	char rule[4096];

	json_object(json, key);
	json_str(json, "verdict", said->allow ? "allow" : "deny");
	if (said->file == NULL)
		json_null(json, "rule");
	else {
		snprintf(rule, sizeof(rule), "%s:%u", said->file, said->line);
		json_str(json, "rule", rule);
		json_string(json, "name", said->name);
	}
	if (said->allow) {
		json_str(json, "class", said->class);
		if (said->speaks.len > 0)
			json_string(json, "speaks", said->speaks);
		else
			json_null(json, "speaks");
		if (said->flows_max > 0)
			json_u64(json, "limit", said->flows_max);
		if (said->until != RULES_NONE) {
			struct buf date;

			buf_init(&date, 64);
			if (date_put(said->until, "", &date) != OK)
				json->err = ERR_SYSTEM;
			json_string(json, "until", buf_span(&date));
			buf_fini(&date);
		}
		if (said->to_mac_set)
			json_mac(json, "to_mac", said->to_mac);
	}
	json_object_end(json);
}

static void
json_words(struct json *json, const char *key, const char *list,
    const struct rules_words *words)
{
	json_object(json, key);
	json_str(json, "text", words->text);
	json_array(json, list);
	for (uint32_t i = 0; i < words->items_n; i++)
		json_str(json, NULL, words->items[i]);
	json_array_end(json);
	json_object_end(json);
}

static void
json_packet(struct json *json, const struct rules_packet *p)
{
	char text[ADDRESS_TEXT_BYTES];
	struct buf query;

	buf_init(&query, 512);
	json_object(json, "example");
	if (packet_put(p, &query) != OK)
		json->err = ERR_SYSTEM;
	json_string(json, "query", buf_span(&query));
	buf_fini(&query);
	json_u64(json, "protocol", p->protocol);
	address_text(&p->src, text);
	json_str(json, "from", text);
	address_text(&p->dst, text);
	json_str(json, "to", text);
	json_u64(json, "from_port", p->src_port);
	json_u64(json, "to_port", p->dst_port);
	if (p->has_mac)
		json_mac(json, "mac", p->mac);
	json_object_end(json);
}

static void
json_region(struct json *json, const struct rules_region *r)
{
	json_object(json, NULL);
	json_str(json, "change", keys[r->change]);
	json_words(json, "service", "ports", &r->service);
	json_words(json, "from", "addresses", &r->src);
	json_words(json, "to", "addresses", &r->dst);
	json_array(json, "families");
	if (r->v4)
		json_str(json, NULL, "IPv4");
	if (r->v6)
		json_str(json, NULL, "IPv6");
	json_array_end(json);
	json_said(json, "before", &r->before);
	json_said(json, "after", &r->after);
	json_packet(json, &r->packet);
	json_object_end(json);
}

static void
json_regions(struct json *json, struct rules_diff *diff, uint32_t max)
{
	struct rules_region region;
	uint32_t first = 0;

	json_array(json, "regions");
	for (enum rules_change c = 0; c < RULES_CHANGES; c++) {
		uint32_t n = rules_diff_count(diff, c);

		for (uint32_t i = 0; i < n && i < max && json->err == OK;
		    i++) {
			json->err = rules_diff_region(diff, first + i,
			    &region);
			if (json->err == OK)
				json_region(json, &region);
		}
		first += n;
	}
	json_array_end(json);
}

static void
json_setting(struct json *json, const struct rules_setting *s)
{
	json_object(json, NULL);
	json_str(json, "what", s->what);
	if (s->setting == NULL)
		json_str(json, "change", s->before == NULL ? "added" :
		    "removed");
	else {
		json_str(json, "change", "changed");
		json_str(json, "setting", s->setting);
		json_str(json, "before", s->before);
		json_str(json, "after", s->after);
	}
	json_object_end(json);
}

static enum err
report_json(struct rules_diff *diff, const char *const paths[2], uint32_t max,
    struct buf *out)
{
	struct json json;

	json_init(&json, out);
	json_object(&json, NULL);
	json_str(&json, "old", paths[0]);
	json_str(&json, "new", paths[1]);
	json_bool(&json, "same", !diff_found(diff));
	json_bool(&json, "complete", rules_diff_complete(diff));
	json_object(&json, "counts");
	for (enum rules_change c = 0; c < RULES_CHANGES; c++)
		json_u64(&json, keys[c], rules_diff_count(diff, c));
	json_object_end(&json);
	json_regions(&json, diff, max);
	json_array(&json, "settings");
	for (uint32_t i = 0; i < rules_diff_settings(diff); i++)
		json_setting(&json, rules_diff_setting(diff, i));
	json_array_end(&json);
	json_object_end(&json);
	if (json_end(&json) != OK)
		return json.err;
	return buf_add_byte(out, '\n');
}

/* ---- the command ---- */

/* EXIT_DONE: it is read and has no errors. */
static int
open_one(struct rules_file *file, const char *path)
{
	struct diag diag = { 0 };
	struct buf findings;
	enum err err = rules_file_open(file, path, &diag);

	if (err != OK) {
		fprintf(stderr, "sekisho diff: %s: %s\n", path, diag.what);
		return err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED;
	}
	if (rules_run_errors(file->run) == 0)
		return EXIT_DONE;
	buf_init(&findings, OUTPUT_BYTES_MAX);
	if (rules_file_findings(file, &findings) == OK)
		fprintf(stderr, "%.*s", (int)findings.len,
		    (const char *)findings.ptr);
	fprintf(stderr, "sekisho diff: %s: it has errors\n", path);
	buf_fini(&findings);
	return EXIT_REFUSED;
}

int
diff_report(const char *command, const struct rules_run *const runs[2],
    const char *const names[2], uint32_t max, bool json)
{
	struct rules_diff *diff;
	struct diag diag = { 0 };
	struct buf out;
	enum err err = rules_diff_new(runs[0], runs[1], &diff, &diag);
	int status;

	if (err != OK) {
		fprintf(stderr, "sekisho %s: %s\n", command, diag.what);
		return err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED;
	}
	buf_init(&out, OUTPUT_BYTES_MAX);
	status = diff_found(diff) ? EXIT_NO : EXIT_DONE;
	err = json ? report_json(diff, names, max, &out) :
	    diff_show(diff, names[0], names[1], max, &out);
	rules_diff_free(diff);
	if (err != OK) {
		fprintf(stderr, "sekisho %s: the answer is too long\n",
		    command);
		buf_fini(&out);
		return EXIT_SYSTEM;
	}
	return output(&out, status);
}

int
cmd_diff(int argc, char **argv)
{
	bool json = false, all = false;
	const struct option_row rows[] = {
		{ .name = "json", .flag = &json },
		{ .name = "all", .flag = &all },
		{ .name = NULL }
	};
	struct rules_file files[2] = { 0 };
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (argc - optind != 2)
		return usage_error("diff", "two files, not %d",
		    argc - optind);
	status = open_one(&files[0], argv[optind]);
	if (status == EXIT_DONE)
		status = open_one(&files[1], argv[optind + 1]);
	if (status == EXIT_DONE)
		status = diff_report("diff", (const struct rules_run *const
		    []){ files[0].run, files[1].run }, (const char *const []){
		    argv[optind], argv[optind + 1] }, all ? UINT32_MAX :
		    DIFF_REGIONS_SHOWN, json);
	rules_file_close(&files[0]);
	rules_file_close(&files[1]);
	return status;
}
