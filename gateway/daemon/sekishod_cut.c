/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an administrator has cut: STATE/cuts in memory and on disk, and what
 * its names mean in the rules in force. How a cut comes in force is in
 * sekishod_packet.c, who may ask for one in sekishod_control_cut.c.
 *
 * A list that cannot be read may have cut anything. So every segment is cut
 * then, by a list of its own, which is undone segment by segment; the
 * damaged file stays as STATE/cuts.damaged, to be read by people.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "sekishod_internal.h"

#define CUTS_FILE	"cuts"
#define DAMAGED_FILE	"cuts.damaged"
#define DAMAGED_REASON	"the list of cuts was damaged, see " DAMAGED_FILE

/* ---- the file ---- */

static enum err
read_file(int dir, struct buf *text, bool *there, struct diag *diag)
{
	int fd = openat(dir, CUTS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err err;
	uint8_t *room;
	size_t n = 0;

	*there = fd != -1 || errno != ENOENT;
	if (fd == -1)
		return *there ? diag_system(diag, "open the list of cuts") :
		    OK;
	err = buf_reserve(text, CUT_LIST_BYTES_MAX, &room);
	if (err == OK)
		err = pread_all(fd, room, CUT_LIST_BYTES_MAX, 0, &n, diag);
	text->len += n;
	close(fd);
	return err;
}

static enum err
write_file(const struct gateway *gateway, struct diag *diag)
{
	struct buf text;
	enum err err;

	buf_init(&text, CUT_LIST_BYTES_MAX);
	err = cut_list_print(&gateway->cuts, &text);
	if (err != OK)
		(void)diag_set(diag, err, "the list of cuts is too long");
	else
		err = durable_replace(gateway->state_dir, CUTS_FILE,
		    buf_span(&text), 0600, diag);
	buf_fini(&text);
	return err;
}

/* It is not ours to lose: somebody may find in it what was cut. */
static void
keep_damaged(const struct gateway *gateway, struct span text)
{
	struct diag diag;

	if (durable_replace(gateway->state_dir, DAMAGED_FILE, text, 0600,
	    &diag) != OK)
		log_warn("cannot keep the damaged list of cuts: %s",
		    diag.what);
}

void
cut_start(struct gateway *gateway)
{
	struct diag diag = { 0 };
	struct buf text;
	bool there;
	enum err err;

	buf_init(&text, CUT_LIST_BYTES_MAX + 1);
	err = read_file(gateway->state_dir, &text, &there, &diag);
	if (there && err == OK)
		err = cut_list_parse(buf_span(&text), &gateway->cuts, &diag);
	if (err != OK) {
		log_alarm("%s: every segment is cut until sekisho uncut says "
		    "otherwise", diag.what);
		keep_damaged(gateway, buf_span(&text));
		gateway->cuts_damaged = true;
	}
	buf_fini(&text);
	if (gateway->mail_only && (gateway->cuts.n > 0 ||
	    gateway->cuts_damaged))
		log_alarm("there are cuts, but packets are not ours with "
		    "--mail-only: they have no effect");
}

/* The segments have their names from the rules, which were not there then. */
static void
cut_all(struct gateway *gateway)
{
	struct rules_segment segment;
	struct cut cut = { .kind = CUT_SEGMENT, .who = "sekishod",
	    .uid = (uint32_t)getuid(), .reason = DAMAGED_REASON,
	    .since_ms = clock_wall_ms() };
	struct diag diag;

	gateway->cuts.n = 0;
	for (uint32_t i = 0; i < rules_segments(gateway->config.image); i++) {
		rules_segment(gateway->config.image, i, &segment);
		snprintf(cut.name, sizeof(cut.name), "%.*s",
		    (int)segment.name.len, (const char *)segment.name.ptr);
		/* the table has no more segments than the list has room */
		if (cut_list_add(&gateway->cuts, &cut, &diag) != OK)
			die(EXIT_SYSTEM, "%s", diag.what);
	}
	gateway->cuts_damaged = false;
	if (write_file(gateway, &diag) != OK)
		log_alarm("cannot write down that all is cut: %s",
		    diag.what);
}

/* ---- what the names mean ---- */

bool
cut_segment(const struct gateway *gateway, struct span name)
{
	return gateway->cuts_damaged || gateway->audit_closed ||
	    cut_list_find(&gateway->cuts, CUT_SEGMENT, name) != NULL;
}

static bool
is_named(const struct rules_image *image, const struct cut *cut, uint32_t i)
{
	struct span name = span_str(cut->name);
	struct rules_segment segment;
	struct rules_flow flow;

	if (cut->kind == CUT_SEGMENT) {
		rules_segment(image, i, &segment);
		return span_equal(segment.name, name);
	}
	rules_flow(image, i, &flow);
	return span_equal(flow.name, name);
}

/* Rules of one name are cut together: the name is all that stays of them. */
uint32_t
cut_meaning(const struct rules_image *image, const struct cut *cut,
    struct flow_cut *cuts, uint32_t max)
{
	uint32_t of = cut->kind == CUT_SEGMENT ? rules_segments(image) :
	    rules_flows(image);
	uint32_t n = 0;

	for (uint32_t i = 0; i < of; i++) {
		if (!is_named(image, cut, i))
			continue;
		if (n < max)
			cuts[n] = (struct flow_cut){ cut->kind == CUT_SEGMENT ?
				FLOW_CUT_SEGMENT : FLOW_CUT_RULE, i };
		n++;
	}
	return n;
}

static void
no_flows(struct gateway *gateway)
{
	gateway->flow_cuts_n = 0;
	for (uint32_t i = 0; i < rules_segments(gateway->config.image); i++)
		gateway->flow_cuts[gateway->flow_cuts_n++] =
		    (struct flow_cut){ FLOW_CUT_SEGMENT, i };
}

/*
 * Rules that were applied since may have made a name so common that not all
 * of them fit: then no segment has flows.
 */
static void
cut_too_many(struct gateway *gateway)
{
	log_alarm("more rules have the names of cuts than can be cut: no "
	    "flows at all");
	no_flows(gateway);
}

void
cut_resolve(struct gateway *gateway)
{
	const struct rules_image *image = gateway->config.image;

	if (gateway->cuts_damaged)
		cut_all(gateway);
	if (gateway->audit_closed) {
		no_flows(gateway);
		return;
	}
	gateway->flow_cuts_n = 0;
	for (unsigned i = 0; i < gateway->cuts.n; i++) {
		uint32_t room = PACKET_CUTS_MAX - gateway->flow_cuts_n;
		uint32_t n = cut_meaning(image, &gateway->cuts.cuts[i],
		    gateway->flow_cuts + gateway->flow_cuts_n, room);

		if (n > room) {
			cut_too_many(gateway);
			return;
		}
		gateway->flow_cuts_n += n;
	}
}

unsigned
cut_missing(const struct gateway *gateway, bool tell)
{
	struct flow_cut one;
	unsigned n = 0;

	for (unsigned i = 0; i < gateway->cuts.n; i++) {
		const struct cut *cut = &gateway->cuts.cuts[i];

		if (cut_meaning(gateway->config.image, cut, &one, 1) > 0)
			continue;
		n++;
		if (tell)
			log_alarm("%s \"%s\" is cut, but is not in the rules "
			    "in force: what replaced it is not cut",
			    cut_kind_name(cut->kind), cut->name);
	}
	return n;
}

/* ---- changes ---- */

static void
tell(struct gateway *gateway, const char *what, const struct cut *cut,
    const struct person *by, const char *reason)
{
	struct audit_text text;

	audit_begin(&text);
	json_str(&text.json, "act", what);
	json_str(&text.json, "kind", cut_kind_name(cut->kind));
	json_str(&text.json, "name", cut->name);
	json_str(&text.json, "by", by->name);
	json_u64(&text.json, "uid", by->uid);
	json_str(&text.json, "reason", reason);
	audit_end(gateway, AUDIT_ADMIN, &text);
	log_alarm("%s: %s \"%s\" by %s (uid %u), reason: %s", what,
	    cut_kind_name(cut->kind), cut->name, by->name, by->uid,
	    reason[0] != '\0' ? reason : "-");
}

/*
 * In force first, then written down: a full disk must not keep a line open
 * that somebody wants to be shut.
 */
enum err
cut_make(struct gateway *gateway, const struct cut *cut, struct diag *diag)
{
	struct person by = { .uid = cut->uid };
	struct flow_cut one;
	enum err err;

	snprintf(by.name, sizeof(by.name), "%s", cut->who);
	if (cut_meaning(gateway->config.image, cut, &one, 1) +
	    gateway->flow_cuts_n > PACKET_CUTS_MAX)
		return diag_set(diag, ERR_LIMIT, "that name has more rules "
		    "than can be cut: cut a segment instead");
	err = cut_list_add(&gateway->cuts, cut, diag);
	if (err != OK)
		return err;
	packet_cuts_changed(gateway, cut->kind == CUT_SEGMENT);
	tell(gateway, "cut", cut, &by, cut->reason);
	err = write_file(gateway, diag);
	if (err != OK)
		log_alarm("the cut cannot be written down: %s",
		    diag->what);
	return err == OK ? OK : ERR_SYSTEM;
}

/* Written down first: what cannot be is not opened. */
enum err
cut_end(struct gateway *gateway, const struct cut *cut,
    const struct person *by, const char *reason, struct diag *diag)
{
	static struct cut_list before;
	struct cut gone = *cut;		/* it may be one of the list */
	enum err err;

	before = gateway->cuts;
	cut_list_remove(&gateway->cuts, gone.kind, span_str(gone.name));
	err = write_file(gateway, diag);
	if (err != OK) {
		gateway->cuts = before;
		/* it may be there by half: the name, but not durable */
		if (write_file(gateway, NULL) != OK)
			log_warn("the list of cuts may lack one after a "
			    "restart: %s \"%s\"", cut_kind_name(gone.kind),
			    gone.name);
		return err;
	}
	tell(gateway, "uncut", &gone, by, reason);
	packet_cuts_changed(gateway, false);
	return OK;
}
