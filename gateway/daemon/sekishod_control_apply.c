/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verbs of `sekisho apply` and its kin: what the tool sends is read here
 * (options as a row, rules as one sealed memory file), the rest is in
 * sekishod_apply.c. Who asks is what the kernel says of the socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../base/wire.h"
#include "../proc/row.h"
#include "../proc/sealed.h"
#include "sekishod_internal.h"

#define SAY_BYTES	512
#define SHORT_HEX	12	/* of a digest, in the table */

struct options {
	struct apply	apply;
	char		reason[GENERATION_REASON_BYTES];
	char		source[GENERATION_PATH_BYTES];
};

/* ---- the question ---- */

void
control_copy_line(char *to, size_t size, struct span from)
{
	size_t n = from.len < size - 1 ? from.len : size - 1;

	while (n > 0 && n < from.len && (from.ptr[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++)
		to[i] = from.ptr[i] < 0x20 || from.ptr[i] == 0x7f ? '?' :
		    (char)from.ptr[i];
	to[n] = '\0';
}

static enum err
read_option(struct options *options, struct span name, struct span value,
    struct diag *diag)
{
	struct apply *apply = &options->apply;

	if (span_equal(name, SPAN("reason")))
		control_copy_line(options->reason, sizeof(options->reason),
		    value);
	else if (span_equal(name, SPAN("source")))
		control_copy_line(options->source, sizeof(options->source),
		    value);
	else if (span_equal(name, SPAN("second")))
		apply->second = true;
	else if (span_equal(name, SPAN("base")) &&
	    span_decimal(value, UINT32_MAX, &apply->base))
		return OK;
	else if (span_equal(name, SPAN("confirm")) &&
	    span_decimal(value, CONFIRM_S_MAX, &apply->confirm_s) &&
	    apply->confirm_s > 0)
		return OK;
	else
		return diag_set(diag, ERR_POLICY, "no such option of apply");
	return OK;
}

static enum err
read_options(const struct client *client, struct span tail,
    struct options *options, struct diag *diag)
{
	const struct msg_row fixed = { 0 };
	struct row_reader reader;
	struct span name, value;
	enum err err = OK;
	bool number;

	memset(options, 0, sizeof(*options));
	person_set(&options->apply.by, client->uid);
	options->apply.reason = options->reason;
	options->apply.source = options->source;
	if (row_check(tail) != OK)
		return diag_set(diag, ERR_POLICY, "damaged options");
	row_reader_init(&reader, &fixed, tail);
	while (err == OK && row_next(&reader, &name, &value, &number))
		err = read_option(options, name, value, diag);
	if (client->gateway->second_approver)
		options->apply.second = options->apply.stage = true;
	else if (options->apply.second && options->apply.confirm_s == 0)
		options->apply.stage = true;
	return err;
}

/* u32 number; per file its path and its text, each behind a length. */
static enum err
read_rules(int fd, struct rule_set *set, struct diag *diag)
{
	struct span bytes = { NULL, 0 };
	struct wire_reader reader;
	uint32_t n;
	enum err err;

	rule_set_init(set);
	err = sealed_map(fd, RULE_SET_BYTES_MAX, &bytes, diag);
	if (err != OK)
		return err;
	wire_reader_init(&reader, bytes);
	n = wire_get_u32(&reader);
	for (uint32_t i = 0; i < n && err == OK && !reader.bad; i++) {
		struct span path = wire_get_bytes(&reader,
		    GENERATION_PATH_BYTES);
		struct span text = wire_get_bytes(&reader,
		    RULE_FILE_BYTES_MAX);

		if (!reader.bad)
			err = rule_set_add(set, path, text, diag);
	}
	if (err == OK && (set->n == 0 || !wire_reader_done(&reader)))
		err = diag_set(diag, ERR_POLICY, "damaged rules");
	sealed_unmap(bytes);
	return err;
}

/* ---- the answer ---- */

static void
end_error(struct client *client, enum err err, const struct diag *diag)
{
	const struct gateway *gateway = client->gateway;

	if (err == ERR_INPUT && gateway->findings.len > 0) {
		control_end(client, EXIT_REFUSED, 0,
		    buf_span(&gateway->findings));
		return;
	}
	/* ERR_AGAIN: there is nothing to do it to */
	control_end(client, err == ERR_AGAIN ? 1 : err == ERR_SYSTEM ?
	    EXIT_SYSTEM : EXIT_REFUSED, 0, span_str(diag->what));
}

static void
end_good(struct client *client)
{
	const struct gateway *gateway = client->gateway;
	const struct generation_store *store = &gateway->generations;
	char text[SAY_BYTES], when[CLOCK_TEXT_BYTES];
	unsigned missing = cut_missing(gateway, false);
	size_t len;

	if (store->wait == WAIT_STAGED) {
		snprintf(text, sizeof(text), "generation %llu waits for the "
		    "approval of another person (sekisho confirm); generation "
		    "%llu stays in force",
		    (unsigned long long)store->pending,
		    (unsigned long long)store->current);
	} else if (store->wait == WAIT_TRIAL) {
		clock_rfc3339(store->deadline_ms, when, sizeof(when));
		snprintf(text, sizeof(text), "the rules are in force, "
		    "generation %llu, until %s unless sekisho confirm comes; "
		    "then generation %llu again",
		    (unsigned long long)store->pending, when,
		    (unsigned long long)store->current);
	} else {
		snprintf(text, sizeof(text), "the rules are in force, "
		    "generation %llu",
		    (unsigned long long)gateway->config.generation);
	}
	len = strlen(text);
	if (missing > 0)
		snprintf(text + len, sizeof(text) - len, "; what was cut is "
		    "not in them any more (%u, see sekisho cut), and what "
		    "replaced it is not cut", missing);
	control_end(client, 0, 0, span_str(text));
}

/* ---- apply, confirm, rollback ---- */

/* The file that the gateway reads at a start: it is no news then. */
static void
note_seen(struct gateway *gateway, const struct rule_set *set)
{
	uint8_t digest[DIGEST_BYTES];
	struct diag diag;

	if (strcmp(set->files[0].path, gateway->rules_path) != 0)
		return;
	if (rule_set_digest(set, digest, &diag) != OK || generation_set_seen(
	    &gateway->generations, digest, gateway->rules_path, &diag) != OK)
		log_warn("cannot note that the rule file was read: %s",
		    diag.what);
}

static enum err
apply_sent(struct client *client, struct ipc_message *message,
    struct diag *diag)
{
	static struct options options;
	static struct rule_set set;
	enum err err;

	err = read_options(client, message->tail, &options, diag);
	if (err != OK)
		return err;
	buf_clear(&client->gateway->findings);
	rule_set_init(&set);		/* empty: our own rule file */
	if (message->fds_n == 1)
		err = read_rules(message->fds[0], &set, diag);
	else
		snprintf(options.source, sizeof(options.source), "%s",
		    client->gateway->rules_path);
	if (err == OK) {
		options.apply.set = &set;
		err = apply_rules(client->gateway, &options.apply, diag);
	}
	if (err == OK)
		note_seen(client->gateway, &set);
	rule_set_fini(&set);
	return err;
}

static enum err
rollback_to(struct client *client, uint64_t number, struct span tail,
    struct diag *diag)
{
	static struct options options;
	enum err err = read_options(client, tail, &options, diag);

	if (err != OK)
		return err;
	if (options.reason[0] == '\0')
		snprintf(options.reason, sizeof(options.reason), "rollback");
	return apply_rollback(client->gateway, &options.apply, number, diag);
}

/* ---- history ---- */

static const char *
state_of(const struct generation_store *store, const struct generation *g)
{
	if (g->number == store->pending)
		return store->wait == WAIT_TRIAL ? "trial" : "staged";
	if (g->number == store->current)
		return store->wait == WAIT_TRIAL ? "returns" : "in force";
	if (generation_has(g, ACT_TIMED_OUT))
		return "not confirmed";
	if (generation_has(g, ACT_RESTARTED))
		return "lost by restart";
	if (generation_has(g, ACT_ROLLED_BACK))
		return "rolled back";
	if (generation_has(g, ACT_WITHDRAWN))
		return "withdrawn";
	return generation_has(g, ACT_IN_FORCE) || generation_has(g,
	    ACT_CONFIRMED) ? "replaced" : "never in force";
}

/* Who gave the second word, if anybody did. */
static const char *
approver_of(const struct generation *g)
{
	const struct generation_event *event = generation_event(g,
	    ACT_APPROVED);

	if (event == NULL)
		event = generation_event(g, ACT_CONFIRMED);
	return event != NULL ? event->by.name : "-";
}

static void
history_row(const struct generation_store *store, const struct generation *g,
    bool whole, struct row *row)
{
	char when[CLOCK_TEXT_BYTES], hex[DIGEST_HEX_BYTES];

	clock_rfc3339(g->time_ms, when, sizeof(when));
	row_clear(row);
	row_number(row, "generation", g->number);
	row_str(row, "state", state_of(store, g));
	row_str(row, "author", g->author.name);
	row_number(row, "uid", g->author.uid);
	row_str(row, "time", when);
	row_str(row, "approver", approver_of(g));
	digest_hex(g->text, hex);
	if (!whole)
		hex[SHORT_HEX] = '\0';
	row_str(row, "sha256", hex);
	row_str(row, "reason", g->reason[0] != '\0' ? g->reason : "-");
	if (!whole)
		return;
	digest_hex(g->image, hex);
	row_str(row, "image_sha256", hex);
	row_str(row, "source", g->source);
	row_number(row, "base", g->base);
	row_number(row, "confirm_s", g->confirm_s);
	row_str(row, "second", g->second ? "yes" : "no");
	row_number(row, "files", g->files);
	for (unsigned i = 0; i < g->events_n; i++) {
		const struct generation_event *event = &g->events[i];
		char what[SAY_BYTES];

		clock_rfc3339(event->time_ms, when, sizeof(when));
		snprintf(what, sizeof(what), "%s by %s (uid %u)", when,
		    event->by.name, event->by.uid);
		row_str(row, generation_act_name(event->act), what);
	}
}

/* Its columns are those of the others. */
static void
damaged_row(uint64_t number, struct row *row)
{
	static const char *const names[] = { "author", "uid", "time",
	    "approver", "sha256", "reason" };

	row_clear(row);
	row_number(row, "generation", number);
	row_str(row, "state", "damaged");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		row_str(row, names[i], "-");
}

static void
answer_history(struct client *client)
{
	const struct generation_store *store = &client->gateway->generations;
	uint64_t numbers[GENERATIONS_MAX];
	static struct generation g;
	uint32_t rows = 0;
	struct row row;
	struct diag diag;
	unsigned n;

	if (generation_list(store, numbers, GENERATIONS_MAX, &n, &diag) !=
	    OK) {
		end_error(client, ERR_SYSTEM, &diag);
		return;
	}
	row_init(&row);
	for (unsigned i = n; i > 0; i--) {
		if (generation_read(store, numbers[i - 1], &g, &diag) != OK) {
			log_warn("generation %llu: %s",
			    (unsigned long long)numbers[i - 1], diag.what);
			damaged_row(numbers[i - 1], &row);
		} else {
			history_row(store, &g, false, &row);
		}
		if (!control_row(client, &row)) {
			row_fini(&row);
			return;
		}
		rows++;
	}
	row_fini(&row);
	control_end(client, 0, rows, (struct span){ NULL, 0 });
}

/* ---- show ---- */

/* As read_rules() takes it: the tool keeps the files apart for include. */
static enum err
pack(const struct rule_set *set, int fd, uint64_t *bytes, struct diag *diag)
{
	struct span text;
	struct buf head;
	enum err err;

	*bytes = 0;
	buf_init(&head, GENERATION_PATH_BYTES + 64);
	err = wire_put_u32(&head, set->n);
	for (unsigned i = 0; i < set->n && err == OK; i++) {
		const struct rule_file *file = &set->files[i];

		err = wire_put_bytes(&head, span_str(file->path));
		if (err == OK)
			err = wire_put_u32(&head, (uint32_t)file->bytes);
		if (err == OK)
			err = write_all(fd, buf_span(&head), diag);
		*bytes += head.len + file->bytes;
		buf_clear(&head);
		if (err != OK || file->bytes == 0)
			continue;
		err = sealed_map(file->fd, RULE_FILE_BYTES_MAX, &text, diag);
		if (err != OK)
			continue;
		err = write_all(fd, text, diag);
		sealed_unmap(text);
	}
	buf_fini(&head);
	return err;
}

static enum err
send_text(struct client *client, const struct generation *g,
    struct diag *diag)
{
	static struct rule_set set;
	struct msg_control_file file = { 0 };
	enum err err;
	int fd;

	err = generation_files(&client->gateway->generations, g, &set, diag);
	if (err != OK)
		return err;
	fd = memfd_create("generation", MFD_CLOEXEC);
	err = fd == -1 ? diag_system(diag, "make memory file") :
	    pack(&set, fd, &file.bytes, diag);
	rule_set_fini(&set);
	if (err == OK && ipc_send(client->channel, MSG_CONTROL_FILE, &file,
	    (struct span){ NULL, 0 }, &fd, 1) != OK)
		err = diag_set(diag, ERR_SYSTEM, "the asker does not read");
	if (fd != -1)
		close(fd);
	return err;
}

static void
answer_show(struct client *client, uint64_t number)
{
	const struct generation_store *store = &client->gateway->generations;
	static struct generation g;
	struct diag diag = { 0 };
	struct row row;
	bool alive;
	enum err err = generation_read(store, number, &g, &diag);

	if (err == OK)
		err = send_text(client, &g, &diag);
	if (err != OK) {
		/* no such generation: the answer is no */
		buf_clear(&client->gateway->findings);
		end_error(client, err == ERR_POLICY ? ERR_AGAIN : ERR_SYSTEM,
		    &diag);
		return;
	}
	row_init(&row);
	history_row(store, &g, true, &row);
	alive = control_row(client, &row);
	row_fini(&row);
	if (alive)
		control_end(client, 0, 1, (struct span){ NULL, 0 });
}

/* ---- which verb ---- */

void
control_pending_fields(const struct gateway *gateway, struct row *row)
{
	const struct generation_store *store = &gateway->generations;

	if (store->wait == WAIT_TRIAL) {
		row_number(row, "trial", store->pending);
		row_number(row, "confirm_until_ms", store->deadline_ms);
		row_number(row, "returns_to", store->current);
	} else if (store->wait == WAIT_STAGED) {
		row_number(row, "staged", store->pending);
	}
	if (gateway->notice[0] != '\0')
		row_str(row, "notice", gateway->notice);
}

/* What the disk or the machine refused has changed nothing: that is said. */
static void
end_refused(struct client *client, enum err err, const struct diag *diag)
{
	char text[SAY_BYTES];

	if (err != ERR_SYSTEM) {
		end_error(client, err, diag);
		return;
	}
	snprintf(text, sizeof(text), "%s; generation %llu stays in force",
	    diag->what,
	    (unsigned long long)client->gateway->config.generation);
	control_end(client, EXIT_SYSTEM, 0, span_str(text));
}

void
control_apply(struct client *client, struct ipc_message *message)
{
	const struct msg_control *control = message->fixed;
	struct diag diag = { 0 };
	struct person by;
	enum err err;

	if (control->verb == CONTROL_HISTORY) {
		answer_history(client);
		return;
	}
	if (control->verb == CONTROL_SHOW) {
		answer_show(client, control->id);
		return;
	}
	person_set(&by, client->uid);
	if (control->verb == CONTROL_CONFIRM)
		err = apply_confirm(client->gateway, &by, &diag);
	else if (control->verb == CONTROL_ROLLBACK)
		err = rollback_to(client, control->id, message->tail, &diag);
	else
		err = apply_sent(client, message, &diag);
	if (err != OK)
		log_warn("%s of user %u refused: %s", control->verb ==
		    CONTROL_APPLY ? "apply" : control->verb ==
		    CONTROL_CONFIRM ? "confirm" : "rollback", client->uid,
		    diag.what);
	if (err == OK)
		end_good(client);
	else
		end_refused(client, err, &diag);
}
