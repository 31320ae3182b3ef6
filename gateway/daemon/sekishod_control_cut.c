/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verbs of `sekisho cut` and `uncut`. The answer waits until packets are
 * decided by the new state everywhere: who reads "cut" may rely on it.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/row.h"
#include "sekishod_internal.h"

#define WHY_BYTES_MAX	(16u * 1024)

struct question {
	struct span	name;
	char		reason[CUT_REASON_BYTES];
};

static bool
read_question(struct span tail, struct question *question)
{
	const struct msg_row fixed = { 0 };
	struct row_reader reader;
	struct span name, value;
	bool number;

	memset(question, 0, sizeof(*question));
	if (row_check(tail) != OK)
		return false;
	row_reader_init(&reader, &fixed, tail);
	while (row_next(&reader, &name, &value, &number)) {
		if (span_equal(name, SPAN("name")))
			question->name = value;
		else if (span_equal(name, SPAN("reason")))
			control_copy_line(question->reason,
			    sizeof(question->reason), value);
		else
			return false;
	}
	return question->name.len > 0;
}

/* ---- the answer ---- */

/* Now, or when the kernel has the table. */
static void
end_later(struct client *client, unsigned status)
{
	client->say_status = status;
	client->waits = packet_pending(client->gateway);
	if (!client->waits)
		control_end(client, status, 0, span_str(client->say));
}

void
control_cut_done(struct gateway *gateway, bool good)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &gateway->clients[i];
		size_t len = strlen(client->say);

		if (client->channel == NULL || !client->waits)
			continue;
		client->waits = false;
		if (!good) {
			client->say_status = EXIT_SYSTEM;
			snprintf(client->say + len, sizeof(client->say) - len,
			    "; but the kernel did not take the table yet, "
			    "which is tried again: see sekisho status");
		}
		control_end(client, client->say_status, 0,
		    span_str(client->say));
	}
}

static void
say(struct client *client, const char *what, const struct cut *cut)
{
	struct flow_cut one;
	uint32_t n = cut_meaning(client->gateway->config.image, cut, &one, 1);
	bool rule = cut->kind == CUT_RULE;
	int len;

	len = snprintf(client->say, sizeof(client->say), "%s: %s %s%s%s",
	    what, cut_kind_name(cut->kind), rule ? "\"" : "", cut->name,
	    rule ? "\"" : "");
	if (n > 1)
		snprintf(client->say + len, sizeof(client->say) -
		    (size_t)len, " (%u rules have this name)", n);
}

static void
end_trouble(struct client *client, const char *what, enum err err,
    const struct diag *diag)
{
	size_t len = strlen(client->say);

	snprintf(client->say + len, sizeof(client->say) - len, "%s%s%s",
	    len > 0 ? "; " : "", what, diag->what);
	end_later(client, err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED);
}

/* ---- verbs ---- */

static void
answer_cut(struct client *client, const struct question *question,
    struct cut *cut)
{
	struct gateway *gateway = client->gateway;
	const struct cut *is = cut_list_find(&gateway->cuts, cut->kind,
	    span_str(cut->name));
	char when[CLOCK_TEXT_BYTES];
	struct person by;
	struct diag diag = { 0 };
	size_t len;
	enum err err;

	if (is != NULL) {
		say(client, "cut already", cut);
		len = strlen(client->say);
		clock_rfc3339(is->since_ms, when, sizeof(when));
		snprintf(client->say + len, sizeof(client->say) - len,
		    ", since %s, by %s", when, is->who);
		end_later(client, 0);
		return;
	}
	person_set(&by, client->uid);
	cut->since_ms = clock_wall_ms();
	cut->uid = by.uid;
	snprintf(cut->who, sizeof(cut->who), "%s", by.name);
	snprintf(cut->reason, sizeof(cut->reason), "%s", question->reason);
	err = cut_make(gateway, cut, &diag);
	if (err == OK || err == ERR_SYSTEM)
		say(client, "cut", cut);
	if (err == OK)
		end_later(client, 0);
	else
		end_trouble(client, err == ERR_SYSTEM ? "but it is lost by a "
		    "restart, for it cannot be written down: " : "", err,
		    &diag);
}

static void
answer_uncut(struct client *client, const struct question *question,
    struct cut *cut)
{
	struct gateway *gateway = client->gateway;
	struct person by;
	struct diag diag = { 0 };
	enum err err;

	if (cut_list_find(&gateway->cuts, cut->kind, span_str(cut->name)) ==
	    NULL) {
		say(client, "not cut", cut);
		control_end(client, 1, 0, span_str(client->say));
		return;
	}
	person_set(&by, client->uid);
	err = cut_end(gateway, cut, &by, question->reason, &diag);
	if (err == OK) {
		say(client, "uncut", cut);
		end_later(client, 0);
		return;
	}
	end_trouble(client, "it stays cut, for that cannot be written down: ",
	    err, &diag);
}

static void
change(struct client *client, const struct ipc_message *message)
{
	const struct msg_control *control = message->fixed;
	bool uncut = control->verb == CONTROL_UNCUT;
	static struct question question;
	static struct cut cut;
	struct buf why;

	client->say[0] = '\0';
	if (!read_question(message->tail, &question) ||
	    (uncut && question.reason[0] == '\0')) {
		control_end(client, EXIT_USAGE, 0, uncut ?
		    SPAN("say what, and --reason TEXT why") :
		    SPAN("say what to cut"));
		return;
	}
	if (client->gateway->mail_only) {
		control_end(client, EXIT_REFUSED, 0, SPAN("packets are not "
		    "the gateway's with --mail-only: it cannot cut"));
		return;
	}
	buf_init(&why, WHY_BYTES_MAX);
	if (cut_find(client->gateway, question.name, uncut, &cut, &why) != OK)
		control_end(client, uncut ? 1 : EXIT_REFUSED, 0,
		    why.len > 0 ? buf_span(&why) :
		    SPAN("no such segment or rule"));
	else if (uncut)
		answer_uncut(client, &question, &cut);
	else
		answer_cut(client, &question, &cut);
	buf_fini(&why);
}

static const char *
state_of(const struct gateway *gateway, const struct cut *cut)
{
	struct flow_cut one;

	if (gateway->mail_only)
		return "no effect: --mail-only";
	return cut_meaning(gateway->config.image, cut, &one, 1) > 0 ?
	    "cut" : "not in the rules in force";
}

bool
control_cut_rows(struct client *client, struct row *row, uint32_t *rows)
{
	const struct gateway *gateway = client->gateway;

	for (unsigned i = 0; i < gateway->cuts.n; i++) {
		const struct cut *cut = &gateway->cuts.cuts[i];

		row_clear(row);
		row_str(row, "cut", cut_kind_name(cut->kind));
		row_str(row, "name", cut->name);
		row_str(row, "state", state_of(gateway, cut));
		row_number(row, "since_ms", cut->since_ms);
		row_str(row, "by", cut->who);
		row_str(row, "reason", cut->reason);
		if (!control_row(client, row))
			return false;
		(*rows)++;
	}
	return true;
}

static void
answer_cuts(struct client *client)
{
	uint32_t rows = 0;
	struct row row;

	row_init(&row);
	if (control_cut_rows(client, &row, &rows))
		control_end(client, 0, rows, rows == 0 ?
		    SPAN("nothing is cut") : (struct span){ NULL, 0 });
	row_fini(&row);
}

void
control_cut(struct client *client, const struct ipc_message *message)
{
	const struct msg_control *control = message->fixed;

	if (control->verb == CONTROL_CUTS)
		answer_cuts(client);
	else
		change(client, message);
}
