/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The administrator's questions: lists, one mail, and decisions about it.
 * Each question is worked off in steps of bounded work, however long the
 * queue is; a tool that does not read its answer is dropped after a while.
 * Who may ask was decided by the supervisor, which passes its socket on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../proc/row.h"
#include "spool_internal.h"

#define RETRY_MS	20	/* the tool's socket is full */
#define NOT_RECORDED	"not done: the audit log cannot be written"

/* Exit status of the tool, design.md section 6. */
enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_REFUSED = 3, EXIT_SYSTEM = 4 };

struct control {
	struct spool_daemon *daemon;
	struct ipc_channel *channel;	/* NULL: free */
	struct loop_timer timer;
	enum control_verb verb;
	uint32_t	 uid;
	uint64_t	 id;
	uint64_t	 deadline_ms;	/* monotonic */
	struct spool_scan scan;
	bool		 scanned;	/* the present folder, to its end */
	enum spool_state folder;
	struct spool_name names[SPOOL_CONTROL_ROWS_MAX];
	uint32_t	 names_n, names_at;
	uint32_t	 rows;
	bool		 ended;		/* the last word was sent */
};

/* One thread: a file is read, shown and closed. */
static struct spool_mail shown;
static struct row row;

static void control_fire(struct loop_timer *timer);

enum err
control_start(struct spool_daemon *daemon)
{
	/* start-up: once, of a fixed size */
	daemon->controls = calloc(SPOOL_CONTROLS_MAX,
	    sizeof(*daemon->controls));
	spool_mail_init(&shown);
	row_init(&row);
	return daemon->controls == NULL ? ERR_SYSTEM : OK;
}

static void
control_free(struct control *control)
{
	loop_timer_cancel(control->daemon->loop, &control->timer);
	spool_scan_close(&control->scan);
	ipc_close(control->channel);
	control->channel = NULL;
}

static void
step_again(struct control *control, uint64_t in_ms)
{
	if (loop_timer_set(control->daemon->loop, &control->timer,
	    clock_monotonic_ms() + in_ms) != OK)
		control_free(control);
}

static void
control_end(struct control *control, uint32_t exit_status, const char *text)
{
	const struct msg_control_end end = { .exit_status = exit_status,
	    .rows = control->rows };

	/* one that does not read gets no last word */
	if (ipc_send(control->channel, MSG_CONTROL_END, &end, span_str(text),
	    NULL, 0) != OK || ipc_waiting(control->channel) == 0) {
		control_free(control);
		return;
	}
	control->ended = true;		/* until it has read the rest */
	step_again(control, RETRY_MS);
}

static void
tool_closed(void *arg, struct ipc_channel *channel)
{
	(void)channel;
	control_free(arg);
}

/* The table of messages lets a tool send nothing here. */
static void
tool_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	(void)channel;
	(void)message;
	control_free(arg);
}

static void
tool_invalid(void *arg, struct ipc_channel *channel, const char *why)
{
	(void)channel;
	(void)why;
	control_free(arg);
}

void
control_new(struct spool_daemon *daemon, int fd,
    const struct msg_control *new)
{
	struct control *control = NULL;
	struct ipc_handler handler = { .message = tool_message,
	    .closed = tool_closed, .invalid = tool_invalid };

	for (unsigned i = 0; i < SPOOL_CONTROLS_MAX; i++)
		if (daemon->controls[i].channel == NULL)
			control = &daemon->controls[i];
	if (control == NULL) {
		log_warn("too many questions at once");
		close(fd);
		return;
	}
	memset(control, 0, sizeof(*control));
	handler.arg = control;
	control->daemon = daemon;
	control->timer.fire = control_fire;
	control->verb = (enum control_verb)new->verb;
	control->uid = new->uid;
	control->id = new->id;
	control->folder = control->verb == CONTROL_HELD_LIST ? SPOOL_HELD :
	    control->verb == CONTROL_QUEUE_LIST ? SPOOL_QUEUE :
	    SPOOL_DEFERRED;
	control->deadline_ms = clock_monotonic_ms() + SPOOL_CONTROL_MS;
	control->channel = ipc_open(daemon->loop, fd, ROLE_SPOOL, ROLE_TOOL,
	    &handler);
	if (control->channel == NULL)
		return;
	step_again(control, 0);
}

/* Not ended, by an error or by the tool. */
static bool
is_open(const struct control *control)
{
	return control->channel != NULL && !control->ended;
}

/* ---- rows ---- */

/* ERR_AGAIN: the tool is slow, come back later. */
static enum err
row_send(struct control *control)
{
	const struct msg_row fixed = row_fixed(&row);
	enum err err;

	err = ipc_send(control->channel, MSG_ROW, &fixed, buf_span(&row.buf),
	    NULL, 0);
	if (err != OK)
		return err;
	control->rows++;
	control->deadline_ms = clock_monotonic_ms() + SPOOL_CONTROL_MS;
	return OK;
}

static const char *
state_text(const struct control *control, const struct spool_name *name)
{
	const struct job *job = job_find(control->daemon, name->id);

	if (job == NULL)
		return name->state == SPOOL_ORIGINAL ? "done" :
		    spool_state_name(name->state);
	switch (job->state) {
	case JOB_SANITIZE:
		return "sanitizing";
	case JOB_VERIFY:
		return "verifying";
	case JOB_DELIVER:
		return "delivering";
	case JOB_FREE:
	case JOB_READY:
	case JOB_NOTIFY:
	case JOB_AUDIT:
		break;
	}
	return "active";
}

/*
 * A mail that was delivered to all who were left has no results of its own:
 * that it is done says it (spool_outcome.c).
 */
static uint8_t
result_state(const struct spool_name *name, const struct spool_result *result)
{
	return name->state == SPOOL_ORIGINAL && result->state ==
	    SPOOL_PENDING ? SPOOL_DELIVERED : result->state;
}

static bool
all_delivered(const struct spool_name *name, const struct spool_file *file)
{
	for (uint32_t i = 0; i < file->envelope.recipients_n; i++)
		if (result_state(name, &file->results[i]) != SPOOL_DELIVERED)
			return false;
	return true;
}

static void
row_mail(const struct control *control, const struct spool_name *name,
    const struct spool_file *file, bool whole)
{
	char receipt[RECEIPT_TEXT_BYTES], about[RECEIPT_TEXT_BYTES];
	const struct envelope *envelope = &file->envelope;

	receipt_text(name->id, receipt);
	row_clear(&row);
	row_str(&row, "receipt", receipt);
	row_str(&row, "state", state_text(control, name));
	row_str(&row, "route", file->route);
	row_text(&row, "sender", envelope->sender.len > 0 ? envelope->sender :
	    SPAN("<>"));
	row_text(&row, "recipient", envelope->recipients[0].address);
	row_number(&row, "recipients", envelope->recipients_n);
	row_number(&row, "bytes", file->body_bytes);
	row_number(&row, "received_ms", file->received_ms);
	if (name->state == SPOOL_QUEUE || name->state == SPOOL_DEFERRED)
		row_number(&row, "due_ms", name->state == SPOOL_DEFERRED ?
		    name->due_ms : file->received_ms);
	row_number(&row, "attempts", file->status.attempts);
	/* why it waited once is no reason any more */
	row_str(&row, "reason", all_delivered(name, file) ? "" :
	    file->status.text);
	if (!whole)
		return;
	receipt_text(file->about, about);
	row_str(&row, "kind", file->kind == SPOOL_DSN ? "notification" :
	    "mail");
	if (file->kind == SPOOL_DSN)
		row_str(&row, "about", about);
	row_text(&row, "helo", envelope->helo);
	row_text(&row, "envid", envelope->envid);
	row_str(&row, "released", (file->status.flags &
	    SPOOL_FLAG_RELEASED) != 0 ? "yes" : "no");
}

static void
row_recipient(const struct spool_name *name, const struct spool_file *file,
    uint32_t i)
{
	static const char *const states[] = {
		[SPOOL_PENDING] = "pending", [SPOOL_DELIVERED] = "delivered",
		[SPOOL_REFUSED] = "refused", [SPOOL_EXPIRED] = "expired",
		[SPOOL_REJECTED] = "rejected", [SPOOL_DROPPED] = "dropped",
	};
	const struct spool_result *result = &file->results[i];
	char status[32] = "";

	if (result->state != SPOOL_PENDING)
		snprintf(status, sizeof(status), "%u.%u.%u",
		    result->status[0], result->status[1], result->status[2]);
	row_clear(&row);
	row_text(&row, "recipient", file->envelope.recipients[i].address);
	row_str(&row, "state", states[result_state(name, result)]);
	row_number(&row, "code", result->code);
	row_str(&row, "status", status);
	row_number(&row, "time_ms", result->time_ms);
}

/* ---- lists ---- */

static void
collect(void *arg, const struct spool_name *name)
{
	struct control *control = arg;

	control->names[control->names_n++] = *name;
}

static int
by_id(const void *a, const void *b)
{
	uint64_t ia = ((const struct spool_name *)a)->id;
	uint64_t ib = ((const struct spool_name *)b)->id;

	return ia < ib ? -1 : ia > ib;
}

/* The next names of the folder. False: there are none, or it ended. */
static bool
names_next(struct control *control)
{
	struct spool_store *store = control->daemon->store;
	struct diag diag;
	bool end = false;
	enum err err = OK;

	control->names_n = control->names_at = 0;
	if (control->scanned)
		return false;
	if (control->scan.dir == NULL)
		err = spool_scan_open(store, control->folder, &control->scan,
		    &diag);
	if (err == OK)
		err = spool_scan_next(store, &control->scan,
		    SPOOL_CONTROL_ROWS_MAX, collect, control, &end, &diag);
	if (err != OK) {
		control_end(control, EXIT_SYSTEM, diag.what);
		return false;
	}
	control->scanned = end;
	if (end)
		spool_scan_close(&control->scan);
	qsort(control->names, control->names_n, sizeof(control->names[0]),
	    by_id);
	return true;
}

static enum err
list_row(struct control *control, const struct spool_name *name)
{
	struct diag diag;
	enum err err;

	err = spool_store_read(control->daemon->store, name, &shown, &diag);
	if (err == ERR_INPUT && job_find(control->daemon, name->id) == NULL)
		outcome_damaged(control->daemon, name, &diag);
	if (err != OK)
		return OK;	/* gone meanwhile, or set aside */
	row_mail(control, name, &shown.file, false);
	spool_mail_close(&shown);
	return row_send(control);
}

static void
list_step(struct control *control)
{
	enum err err;

	while (control->names_at < control->names_n) {
		err = list_row(control, &control->names[control->names_at]);
		if (err == ERR_AGAIN) {
			step_again(control, RETRY_MS);
			return;
		}
		if (err != OK) {
			control_free(control);
			return;
		}
		control->names_at++;
	}
	if (names_next(control)) {
		step_again(control, 0);
	} else if (is_open(control) && control->folder == SPOOL_QUEUE) {
		control->folder = SPOOL_DEFERRED;
		control->scanned = false;
		step_again(control, 0);
	} else if (is_open(control)) {
		control_end(control, EXIT_DONE, "");
	}
}

/* ---- retry ---- */

static bool
retry_one(struct spool_daemon *daemon, const struct spool_name *name)
{
	struct queue_entry entry = { *name, QUEUE_ROUTE_UNKNOWN };
	struct diag diag;

	if (name->state == SPOOL_QUEUE)
		return true;		/* it does not wait for a time */
	if (job_find(daemon, name->id) != NULL || spool_store_move(
	    daemon->store, &entry.name, SPOOL_QUEUE, 0, &diag) != OK)
		return false;
	if (daemon->deferred > 0)
		daemon->deferred--;
	daemon->queued++;
	queue_forget(daemon->queue, name->id);
	queue_add(daemon->queue, &entry);
	return true;
}

static void
retry_step(struct control *control)
{
	char text[80];

	for (uint32_t i = 0; i < control->names_n; i++)
		control->rows += retry_one(control->daemon,
		    &control->names[i]);
	if (names_next(control)) {
		step_again(control, 0);
		return;
	}
	if (!is_open(control))
		return;
	queue_hops_retry(control->daemon->queue);
	daemon_gauges(control->daemon);
	log_info("uid %u: all mails that wait are tried now", control->uid);
	snprintf(text, sizeof(text), "%u mails are tried now",
	    (unsigned)control->rows);
	control->rows = 0;
	control_end(control, EXIT_DONE, text);
}

/* ---- one mail ---- */

static void
show(struct control *control, const struct spool_name *name)
{
	struct diag diag;
	enum err err;

	if (spool_store_read(control->daemon->store, name, &shown, &diag) !=
	    OK) {
		control_end(control, EXIT_SYSTEM, diag.what);
		return;
	}
	row_mail(control, name, &shown.file, true);
	err = row_send(control);
	for (uint32_t i = 0; i < shown.file.envelope.recipients_n &&
	    err == OK; i++) {
		row_recipient(name, &shown.file, i);
		err = row_send(control);
	}
	spool_mail_close(&shown);
	control_end(control, EXIT_DONE, "");
}

static void
original_get(struct control *control, const struct spool_name *name)
{
	struct msg_control_file file;
	char receipt[RECEIPT_TEXT_BYTES];
	struct diag diag;

	if (spool_store_read(control->daemon->store, name, &shown, &diag) !=
	    OK) {
		control_end(control, EXIT_SYSTEM, diag.what);
		return;
	}
	receipt_text(name->id, receipt);
	if (!audit_admin(control->daemon, control->uid, "original get",
	    receipt)) {
		spool_mail_close(&shown);
		control_end(control, EXIT_SYSTEM, NOT_RECORDED);
		return;
	}
	log_info("uid %u: original of %s read", control->uid, receipt);
	row_clear(&row);
	row_str(&row, "receipt", receipt);
	row_number(&row, "bytes", shown.file.body_bytes);
	file = (struct msg_control_file){ .offset = shown.file.body_offset,
	    .bytes = shown.file.body_bytes };
	if (row_send(control) == OK && ipc_send(control->channel,
	    MSG_CONTROL_FILE, &file, NO_SPAN, &shown.fd, 1) == OK)
		control_end(control, EXIT_DONE, "");
	else
		control_free(control);
	spool_mail_close(&shown);
}

static void
decide(struct control *control, const struct spool_name *name)
{
	struct spool_daemon *daemon = control->daemon;
	char receipt[RECEIPT_TEXT_BYTES];
	const char *done = "";
	struct diag diag;
	struct job *job;
	enum err err;

	receipt_text(name->id, receipt);
	if (job_find(daemon, name->id) != NULL) {
		control_end(control, EXIT_REFUSED,
		    "it is being worked on just now; try again");
		return;
	}
	job = job_open(daemon, name, &err, &diag);
	if (job == NULL) {
		control_end(control, EXIT_SYSTEM, diag.what);
		return;
	}
	if (!audit_admin(daemon, control->uid, control->verb ==
	    CONTROL_HELD_RELEASE ? "held release" : control->verb ==
	    CONTROL_HELD_REJECT ? "held reject" : "queue drop", receipt)) {
		job_free(daemon, job);
		control_end(control, EXIT_SYSTEM, NOT_RECORDED);
		return;
	}
	if (control->verb == CONTROL_HELD_RELEASE) {
		done = "released";
		outcome_release(daemon, job);
	} else if (control->verb == CONTROL_HELD_REJECT) {
		done = "rejected";
		job_enter(daemon, job);
		outcome_final(daemon, job, SPOOL_REJECTED);
	} else {
		done = "dropped";
		job_enter(daemon, job);
		outcome_final(daemon, job, SPOOL_DROPPED);
	}
	log_info("uid %u: %s %s", control->uid, receipt, done);
	control_end(control, EXIT_DONE, done);
}

static void
act(struct control *control, const struct spool_name *name)
{
	bool waits = name->state == SPOOL_QUEUE ||
	    name->state == SPOOL_DEFERRED;
	bool held = name->state == SPOOL_HELD;

	switch (control->verb) {
	case CONTROL_QUEUE_SHOW:
	case CONTROL_HELD_SHOW:
		show(control, name);
		return;
	case CONTROL_ORIGINAL_GET:
		original_get(control, name);
		return;
	case CONTROL_QUEUE_RETRY:
		if (waits) {
			(void)retry_one(control->daemon, name);
			queue_hops_retry(control->daemon->queue);
			control_end(control, EXIT_DONE, "it is tried now");
			return;
		}
		break;
	case CONTROL_QUEUE_DROP:
		if (waits) {
			decide(control, name);
			return;
		}
		break;
	case CONTROL_HELD_RELEASE:
	case CONTROL_HELD_REJECT:
		if (held) {
			decide(control, name);
			return;
		}
		break;
	case CONTROL_QUEUE_LIST:
	case CONTROL_HELD_LIST:
	case CONTROL_STATUS:
	case CONTROL_RELOAD:
	case CONTROL_STOP:
	case CONTROL_APPLY:
	case CONTROL_CONFIRM:
	case CONTROL_ROLLBACK:
	case CONTROL_HISTORY:
	case CONTROL_SHOW:
	case CONTROL_CUT:
	case CONTROL_UNCUT:
	case CONTROL_CUTS:
	case CONTROL_TOP:
	case CONTROL_METRICS:
	case CONTROL_VERB_N:
		break;
	}
	control_end(control, EXIT_REFUSED, held ?
	    "it is held, see 'sekisho held'" : waits ?
	    "it is in the queue, see 'sekisho queue'" :
	    "it has left the queue already");
}

/* Where a name tells all, at once; in deferred/ by reading it in steps. */
static void
find_step(struct control *control)
{
	static const enum spool_state direct[] = { SPOOL_QUEUE, SPOOL_HELD,
	    SPOOL_ORIGINAL };
	const struct job *job = job_find(control->daemon, control->id);
	struct spool_name name = { .id = control->id };

	if (job != NULL) {
		name = job->mail.name;
		act(control, &name);
		return;
	}
	for (size_t i = 0; i < sizeof(direct) / sizeof(direct[0]); i++) {
		name.state = direct[i];
		if (spool_store_exists(control->daemon->store, &name)) {
			act(control, &name);
			return;
		}
	}
	for (uint32_t i = 0; i < control->names_n; i++) {
		if (control->names[i].id == control->id) {
			act(control, &control->names[i]);
			return;
		}
	}
	if (names_next(control))
		step_again(control, 0);
	else if (is_open(control))
		control_end(control, EXIT_NO, "no such mail");
}

static void
control_fire(struct loop_timer *timer)
{
	struct control *control = (struct control *)((char *)timer -
	    offsetof(struct control, timer));

	if (clock_monotonic_ms() >= control->deadline_ms) {
		log_warn("an administrator's tool did not read its answer");
		control_free(control);
		return;
	}
	if (control->ended) {
		if (ipc_waiting(control->channel) == 0)
			control_free(control);
		else
			step_again(control, RETRY_MS);
		return;
	}
	switch (control->verb) {
	case CONTROL_QUEUE_LIST:
	case CONTROL_HELD_LIST:
		list_step(control);
		return;
	case CONTROL_QUEUE_RETRY:
		if (control->id == 0) {
			retry_step(control);
			return;
		}
		find_step(control);
		return;
	case CONTROL_QUEUE_SHOW:
	case CONTROL_QUEUE_DROP:
	case CONTROL_HELD_SHOW:
	case CONTROL_HELD_RELEASE:
	case CONTROL_HELD_REJECT:
	case CONTROL_ORIGINAL_GET:
		find_step(control);
		return;
	case CONTROL_STATUS:
	case CONTROL_RELOAD:
	case CONTROL_STOP:
	case CONTROL_APPLY:
	case CONTROL_CONFIRM:
	case CONTROL_ROLLBACK:
	case CONTROL_HISTORY:
	case CONTROL_SHOW:
	case CONTROL_CUT:
	case CONTROL_UNCUT:
	case CONTROL_CUTS:
	case CONTROL_TOP:
	case CONTROL_METRICS:
	case CONTROL_VERB_N:
		break;
	}
	control_end(control, EXIT_REFUSED, "not a question for the spool");
}
